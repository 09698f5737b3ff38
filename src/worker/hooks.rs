//! Hooks that GitLab has switched off, and tokens that end soon: said once each, since nobody looks at a bridge that
//! works. A hook is switched on again by a test request: no edit does it
//! (<https://docs.gitlab.com/user/project/integrations/webhooks/#re-enable-disabled-webhooks>).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::boards::neighbour;
use super::trouble::TurnError;
use super::upstream::trouble;
use super::{Door, GITLAB, Hands};
use crate::gitlab::{GitLab, Project, RegisteredHook, SwitchedOff, leads_here};
use crate::model::{Micros, Trouble, TroubleKind};

/// Under this stands what was last said about something, so that it is said once.
const SAID: &str = "said";

/// A token that ends within this many days is warned of.
pub const SOON: i64 = 14;

/// Says it where it is another sentence than the last one about this; `None`: there is nothing to say any more.
pub(super) async fn say(hands: &Hands, about: &str, sentence: Option<&str>) -> Result<(), TurnError> {
    let before = hands.store.pin(SAID, about).await?.unwrap_or_default();
    let sentence = sentence.unwrap_or_default();
    if before == sentence {
        return Ok(());
    }
    match sentence {
        "" => tracing::info!("in order again: {about}"),
        _ => tracing::error!("{sentence}"),
    }
    hands.store.set_pin(SAID, about, sentence).await?;
    Ok(())
}

/// Looks at the project's hooks that lead to our door.
pub(super) async fn watch(hands: &Hands, gitlab: &GitLab, project: &Project) -> Result<(), TurnError> {
    let Some(door) = &hands.door else { return Ok(()) };
    let about = format!("hooks of {}", project.path_with_namespace);
    let hooks = match gitlab.hooks(project.id).await {
        Ok(hooks) => hooks,
        Err(refused) if matches!(refused.kind, TroubleKind::Refused | TroubleKind::Gone) => {
            return say(hands, &about, Some(&format!("{about} cannot be watched: {refused}"))).await;
        }
        Err(other) => return Err(trouble(other)),
    };
    say(hands, &about, None).await?;
    for hook in hooks.iter().filter(|hook| is_ours(hook, door)) {
        triggers(hands, project, hook).await?;
        if let Some(off) = hook.switched_off() {
            revive(hands, gitlab, project, hook, &off).await?;
        } else {
            say(hands, &about_switch(project, hook), None).await?;
        }
    }
    Ok(())
}

fn is_ours(hook: &RegisteredHook, door: &Door) -> bool {
    leads_here(&hook.url, door.public_url.as_ref())
}

fn about_switch(project: &Project, hook: &RegisteredHook) -> String {
    format!("hook {} of {}", hook.id, project.path_with_namespace)
}

/// What a hook sends is its owner's decision, and so only said.
async fn triggers(hands: &Hands, project: &Project, hook: &RegisteredHook) -> Result<(), TurnError> {
    let about = format!("triggers of hook {} of {}", hook.id, project.path_with_namespace);
    let lacks = hook.lacks_issues();
    let sentence = format!(
        "{about}: {} switched off, so changes are seen {} s late, by the sweep; tick them at the hook in GitLab \
         (Settings › Webhooks)",
        lacks.join(" and "),
        hands.spans.sweep.as_secs(),
    );
    say(hands, &about, (!lacks.is_empty()).then_some(sentence.as_str())).await
}

/// Has GitLab send a test request, whose success switches the hook on again. What it missed meanwhile, the sweep finds
/// right after.
async fn revive(
    hands: &Hands,
    gitlab: &GitLab,
    project: &Project,
    hook: &RegisteredHook,
    off: &SwitchedOff,
) -> Result<(), TurnError> {
    let about = about_switch(project, hook);
    let how_long = match off {
        SwitchedOff::ForGood => "for good, after too many failures".to_owned(),
        SwitchedOff::Until(until) => format!("until {until}, after failures"),
    };
    say(hands, &about, Some(&format!("GitLab has switched {about} off {how_long}; switching it on again"))).await?;
    match gitlab.test_hook(project.id, hook.id).await {
        Ok(()) => {
            tracing::warn!("{about} is on again; what it missed is read now");
            say(hands, &format!("test of {about}"), None).await?;
            say(hands, &about, None).await
        }
        Err(why) if matches!(why.kind, TroubleKind::Down) => Err(trouble(why)),
        Err(why) => {
            let sentence = format!(
                "{about} could not be switched on again: {why}. See that PUBLIC_URL can be reached from GitLab, then \
                 press Test › Issues events at the hook"
            );
            say(hands, &format!("test of {about}"), Some(&sentence)).await
        }
    }
}

/// Warns of tokens that end soon, once a day.
pub(super) async fn watch_tokens(hands: &Hands, gitlab: &GitLab, now: Micros) -> Result<(), TurnError> {
    const ABOUT: &str = "tokens looked at";
    let Ok(now) = Timestamp::from_microsecond(now.0) else { return Ok(()) };
    let today = now.to_zoned(TimeZone::UTC).date().to_string();
    if hands.store.pin(SAID, ABOUT).await?.as_ref() == Some(&today) {
        return Ok(());
    }
    let facts = gitlab.token_facts().await.map_err(trouble)?;
    let ends = facts.and_then(|facts| facts.expires_at).and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    warn("GITLAB_TOKEN", ends.map(|ends| ends.timestamp()), now);
    for trello in hands.accounts.values() {
        match trello.token_facts().await {
            Ok(facts) => warn(&format!("the Trello token of account `{}`", trello.account()), facts.expires, now),
            Err(Trouble { kind: TroubleKind::Refused | TroubleKind::Gone, sentence, .. }) => {
                tracing::error!("the Trello token of account `{}` cannot be looked at: {sentence}", trello.account());
            }
            Err(passes) => return Err(TurnError::Neighbour(neighbour(trello), passes)),
        }
    }
    hands.store.set_pin(SAID, ABOUT, &today).await?;
    tracing::debug!(neighbour = GITLAB, "looked at the tokens");
    Ok(())
}

fn warn(token: &str, ends: Option<Timestamp>, now: Timestamp) {
    if let Some(days) = ends.map(|ends| days_left(ends, now)).filter(|days| *days < SOON) {
        tracing::error!("{token} ends in {days} days; make a new one and set it, or everything stops then");
    }
}

/// Whole days until a token ends.
pub fn days_left(ends: Timestamp, now: Timestamp) -> i64 {
    (ends.as_second() - now.as_second()).div_euclid(86_400)
}
