//! Hooks that GitLab has switched off: said once each, since nobody looks at a bridge that works. A hook is switched on
//! again by a test request: no edit does it
//! (<https://docs.gitlab.com/user/project/integrations/webhooks/#re-enable-disabled-webhooks>).

use std::fmt;

use super::trouble::TurnError;
use super::upstream::trouble;
use super::{Door, Hands};
use crate::gitlab::{GitLab, Project, RegisteredHook, SwitchedOff, leads_here};
use crate::model::{Trouble, TroubleKind};

/// Under this stands what was last said about something, so that it is said once.
const SAID: &str = "said";

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

/// Whose hooks they are.
#[derive(Clone, Copy)]
pub(super) enum Owner<'a> {
    Project(&'a Project),
    /// A group, by its path (GitLab Premium).
    Group(&'a str),
}

impl Owner<'_> {
    async fn hooks(self, gitlab: &GitLab) -> Result<Vec<RegisteredHook>, Trouble> {
        match self {
            Owner::Project(project) => gitlab.hooks(project.id).await,
            Owner::Group(group) => gitlab.group_hooks(group).await,
        }
    }

    async fn test(self, gitlab: &GitLab, hook: &RegisteredHook) -> Result<(), Trouble> {
        match self {
            Owner::Project(project) => gitlab.test_hook(project.id, hook.id).await,
            Owner::Group(group) => gitlab.test_group_hook(group, hook.id).await,
        }
    }

    fn hook(self, hook: &RegisteredHook) -> String {
        format!("hook {} of {self}", hook.id)
    }

    /// What follows where a hook sends no issues. The sweep reads the projects that routes name or that have cards.
    fn late(self, hands: &Hands) -> String {
        let late = format!("seen {} s late, by the sweep", hands.spans.sweep.as_secs());
        match self {
            Owner::Project(_) => format!("so changes are {late}"),
            Owner::Group(_) => format!("so changes are {late}, and in projects without cards not at all"),
        }
    }
}

impl fmt::Display for Owner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Project(project) => f.write_str(&project.path_with_namespace),
            Owner::Group(group) => write!(f, "the group {group}"),
        }
    }
}

/// Looks at the hooks that lead to our door.
pub(super) async fn watch(hands: &Hands, gitlab: &GitLab, owner: Owner<'_>) -> Result<(), TurnError> {
    let Some(door) = &hands.door else { return Ok(()) };
    let about = format!("hooks of {owner}");
    let hooks = match owner.hooks(gitlab).await {
        Ok(hooks) => hooks,
        Err(refused) if matches!(refused.kind, TroubleKind::Refused | TroubleKind::Gone) => {
            return say(hands, &about, Some(&format!("{about} cannot be watched: {refused}"))).await;
        }
        Err(other) => return Err(trouble(other)),
    };
    say(hands, &about, None).await?;
    for hook in hooks.iter().filter(|hook| is_ours(hook, door)) {
        triggers(hands, owner, hook).await?;
        if let Some(off) = hook.switched_off() {
            revive(hands, gitlab, owner, hook, &off).await?;
        } else {
            say(hands, &owner.hook(hook), None).await?;
        }
    }
    Ok(())
}

fn is_ours(hook: &RegisteredHook, door: &Door) -> bool {
    leads_here(&hook.url, door.public_url.as_ref())
}

/// What a hook sends is its owner's decision, and so only said.
async fn triggers(hands: &Hands, owner: Owner<'_>, hook: &RegisteredHook) -> Result<(), TurnError> {
    let about = format!("triggers of {}", owner.hook(hook));
    let lacks = hook.lacks_issues();
    let sentence = format!(
        "{about}: {} switched off, {}; tick them at the hook in GitLab (Settings › Webhooks)",
        lacks.join(" and "),
        owner.late(hands),
    );
    say(hands, &about, (!lacks.is_empty()).then_some(sentence.as_str())).await
}

/// Has GitLab send a test request, whose success switches the hook on again. What it missed meanwhile, the sweep finds
/// right after.
async fn revive(
    hands: &Hands,
    gitlab: &GitLab,
    owner: Owner<'_>,
    hook: &RegisteredHook,
    off: &SwitchedOff,
) -> Result<(), TurnError> {
    let about = owner.hook(hook);
    let how_long = match off {
        SwitchedOff::ForGood => "for good, after too many failures".to_owned(),
        SwitchedOff::Until(until) => format!("until {until}, after failures"),
    };
    say(hands, &about, Some(&format!("GitLab has switched {about} off {how_long}; switching it on again"))).await?;
    match owner.test(gitlab, hook).await {
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
