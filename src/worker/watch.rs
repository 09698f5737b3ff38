//! A watch's turn: it is as it should be at Trello, and what is not is mended and said. Nothing depends on it: without
//! watches the feed tells the same, only later, except for what Trello tells by webhooks alone.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::boards::{board_scope, neighbour};
use super::hooks::say;
use super::making::trouble_with;
use super::trouble::TurnError;
use super::watching::{Healed, WatchError, heal, leftovers};
use super::{Hands, feed};
use crate::model::{AccountName, BoardId, Micros, ModelId, Trouble, TroubleKind, Watch, WatchState};
use crate::store::{Finish, Wanted};
use crate::trello::{Trello, Webhook, callback_url};

/// Trello's list of an account's webhooks serves the turns of all its watches, which come at one moment.
const FRESH: std::time::Duration = std::time::Duration::from_secs(30);

/// An action is tried four times; more failures in a row mean that actions were lost.
const TRIES: i64 = 4;

/// How Trello calls the watches that a route or relay wants.
const DESCRIPTION: &str = "kanbridge";

/// What this process knows of the webhooks of each account.
#[derive(Debug, Default)]
pub(super) struct Webhooks(Mutex<HashMap<AccountName, Shelf>>);

type Shelf = Arc<Mutex<Option<(Micros, Vec<Webhook>)>>>;

impl Webhooks {
    async fn shelf(&self, account: &AccountName) -> Shelf {
        Arc::clone(self.0.lock().await.entry(account.clone()).or_default())
    }
}

/// Why a watch can do nothing here, and the cure.
fn obstacle(hands: &Hands, account: &AccountName) -> Option<&'static str> {
    let door = hands.door.as_ref()?;
    if door.public_url.is_none() {
        return Some("PUBLIC_URL is not set; set it to how Trello reaches kanbridge");
    }
    let secret = "its account has no secret, so nothing that it tells can be believed; set TRELLO_API_SECRET (or `secret` \
                  of the [[account]])";
    (!door.signed.contains(account)).then_some(secret)
}

/// Where Trello is to call, if this process has its doors open and can believe what it is told there.
fn address(hands: &Hands, account: &AccountName, model: &ModelId) -> Option<String> {
    let door = hands.door.as_ref().filter(|door| door.signed.contains(account))?;
    door.public_url.as_ref().map(|public| callback_url(public, account, model))
}

/// A board is followed: it is watched too, where that is possible and nobody has forbidden it.
pub(super) async fn want(hands: &Hands, account: &AccountName, board: &BoardId) -> Result<(), TurnError> {
    let model = ModelId::from(board);
    let automatic = hands.door.as_ref().is_some_and(|door| door.watches);
    let Some(url) = address(hands, account, &model).filter(|_| automatic) else { return Ok(()) };
    let known = hands.store.watch(account, &model).await?;
    if known.is_some_and(|watch| watch.state != WatchState::Removed || watch.by_hand) {
        return Ok(());
    }
    let wanted = Wanted { account, model: &model, url: &url, description: DESCRIPTION, by_hand: false };
    hands.store.want_watch(&wanted).await?;
    Ok(())
}

pub(super) async fn turn(hands: &Hands, account: &AccountName, model: &ModelId) -> Result<Finish, TurnError> {
    let Some(mut watch) = hands.store.watch(account, model).await? else { return Ok(Finish::Done) };
    let Some(trello) = hands.accounts.get(account) else {
        let sentence = format!("{} cannot be looked after: its account is not configured any more", named(&watch));
        say(hands, &about(&watch), Some(&sentence)).await?;
        return Ok(Finish::Done);
    };
    if hands.door.is_none() {
        return next_look(hands).await;
    }
    if watch.state != WatchState::Removed && !is_wanted(hands, &watch).await? {
        tracing::info!(%account, %model, "no route follows this board any more; it is not watched any more either");
        hands.store.remove_watch(account, model, false).await?;
        watch.state = WatchState::Removed;
    }
    let shelf = hands.webhooks.shelf(account).await;
    let mut shelf = shelf.lock().await;
    let done = match watch.state {
        WatchState::Removed => clear(hands, trello, &watch, &mut shelf).await.map(|()| Finish::Done),
        _ => look(hands, trello, &mut watch, &mut shelf).await,
    };
    if done.is_err() {
        // Whatever became of the call, Trello's list tells.
        *shelf = None;
    }
    done
}

/// A person asked for it, or a board is followed of which it tells.
async fn is_wanted(hands: &Hands, watch: &Watch) -> Result<bool, TurnError> {
    if watch.by_hand {
        return Ok(true);
    }
    let automatic = hands.door.as_ref().is_some_and(|door| door.watches);
    let Ok(board) = watch.model.as_str().parse::<BoardId>() else { return Ok(false) };
    let names = hands.store.names_of(&board_scope(&watch.account), board.as_str()).await?;
    Ok(automatic && names.iter().any(|name| feed::is_followed(hands, &watch.account, name)))
}

/// Trello's list, read where it was not a moment ago.
async fn listed<'a>(
    hands: &Hands,
    trello: &Trello,
    shelf: &'a mut Option<(Micros, Vec<Webhook>)>,
) -> Result<&'a mut Vec<Webhook>, TurnError> {
    let now = hands.clock.now();
    if shelf.as_ref().is_none_or(|(read_at, _)| now.since(*read_at) >= FRESH) {
        let list = trello.webhooks().await.map_err(|trouble| trouble_with(trello, trouble))?;
        hands.heard(&neighbour(trello)).await;
        *shelf = Some((now, list));
    }
    Ok(&mut shelf.get_or_insert_with(|| (now, Vec::new())).1)
}

/// Has Trello forget a watch that we removed.
async fn clear(
    hands: &Hands,
    trello: &Trello,
    watch: &Watch,
    shelf: &mut Option<(Micros, Vec<Webhook>)>,
) -> Result<(), TurnError> {
    let there = listed(hands, trello, shelf).await?;
    let left: Vec<Webhook> = leftovers(watch, there).cloned().collect();
    for hook in left {
        trello.delete_webhook(&hook.id).await.map_err(|trouble| trouble_with(trello, trouble))?;
        there.retain(|known| known.id != hook.id);
    }
    for about in [about(watch), about_failures(watch)] {
        say(hands, &about, None).await?;
    }
    Ok(())
}

async fn look(
    hands: &Hands,
    trello: &Trello,
    watch: &mut Watch,
    shelf: &mut Option<(Micros, Vec<Webhook>)>,
) -> Result<Finish, TurnError> {
    let Some(url) = address(hands, &watch.account, &watch.model) else {
        let why = obstacle(hands, &watch.account).unwrap_or_default();
        watch.reason = why.to_owned();
        hands.store.keep_watch(watch).await?;
        say(hands, &about(watch), Some(&format!("{} can do nothing: {why}", named(watch)))).await?;
        return next_look(hands).await;
    };
    let there = listed(hands, trello, shelf).await?;
    tell_switched_off(hands, watch, there).await?;
    match heal(&hands.store, trello, watch, there, &url).await {
        Ok(healed) => tell_healed(hands, watch, healed).await?,
        Err(WatchError::Store(error)) => return Err(error.into()),
        // It will not be otherwise within the minute; the next look tries again.
        Err(WatchError::Trello(Trouble { kind: TroubleKind::Refused | TroubleKind::Gone, sentence, .. })) => {
            let poll = hands.spans.poll.as_secs();
            let sentence = format!(
                "{} could not be made: {sentence}. What happens on a board that is followed is read every {poll} s all \
                 the same",
                named(watch)
            );
            say(hands, &about(watch), Some(&sentence)).await?;
            *shelf = None;
        }
        Err(WatchError::Trello(trouble)) => return Err(trouble_with(trello, trouble)),
    }
    next_look(hands).await
}

/// Trello switches a webhook off that has failed for long, and tells nobody.
async fn tell_switched_off(hands: &Hands, watch: &Watch, there: &[Webhook]) -> Result<(), TurnError> {
    let Some(hook) = there.iter().find(|hook| Some(&hook.id) == watch.webhook.as_ref()) else { return Ok(()) };
    if !hook.active {
        let since = hook.failing_since.map(|at| format!(" since {at:.0}")).unwrap_or_default();
        let sentence = format!(
            "Trello has switched {} off, after {} failed deliveries{since}; switching it on again",
            named(watch),
            hook.failures
        );
        say(hands, &about(watch), Some(&sentence)).await?;
    }
    Ok(())
}

async fn tell_healed(hands: &Hands, watch: &Watch, healed: Healed) -> Result<(), TurnError> {
    if !matches!(healed, Healed::Fine | Healed::Removed) {
        tracing::info!(account = %watch.account, model = %watch.model, "{}: {healed}", named(watch));
    }
    say(hands, &about(watch), None).await?;
    let sentence = format!(
        "{} deliveries in a row of {} failed; can Trello reach {}, and is TRELLO_API_SECRET (or `secret` of the \
         [[account]]) the secret of the app whose key is used?",
        watch.failures,
        named(watch),
        watch.url
    );
    // Each look would count others.
    let fails = watch.failures >= TRIES;
    let before = hands.store.pin("said", &about_failures(watch)).await?.unwrap_or_default();
    if fails == before.is_empty() {
        say(hands, &about_failures(watch), fails.then_some(sentence.as_str())).await?;
    }
    Ok(())
}

fn about(watch: &Watch) -> String {
    format!("watch {}/{}", watch.account, watch.model)
}

fn about_failures(watch: &Watch) -> String {
    format!("deliveries of watch {}/{}", watch.account, watch.model)
}

/// The watch as people read it.
fn named(watch: &Watch) -> String {
    format!("the watch {}/{} ({})", watch.account, watch.model, watch.description)
}

/// All watches look at one moment, so that one list serves them.
async fn next_look(hands: &Hands) -> Result<Finish, TurnError> {
    let now = hands.store.now().await?;
    let span = i64::try_from(hands.spans.watch.as_micros()).unwrap_or(i64::MAX).max(1);
    Ok(Finish::Look { at: Micros((now.0 / span).saturating_add(1).saturating_mul(span)) })
}
