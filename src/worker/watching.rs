//! A watch and what Trello has of it, compared; and what is done so that it is live. The worker does it by itself
//! (`watch`), `kanbridge watches` when a person asks. Two that do it at once do no harm: Trello knows one webhook for an
//! address, a model and a token, and who comes second finds the first one's.

use crate::model::{ModelId, Trouble, TroubleKind, Watch, WatchState, WebhookId};
use crate::store::{Store, StoreError};
use crate::trello::{Trello, Webhook};

/// Why a watch could not be made live.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// Trello's failure.
    #[error("{0}")]
    Trello(Trouble),
    /// The store's.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// What it took to make a watch live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Healed {
    /// Nothing: it was.
    Fine,
    /// It was registered.
    Made,
    /// Trello had it, and we did not know.
    Adopted,
    /// It leads to another address now.
    Moved,
    /// Trello had switched it off, and it is on again.
    Revived,
    /// Somebody has removed it meanwhile.
    Removed,
}

impl std::fmt::Display for Healed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Healed::Fine => "in order",
            Healed::Made => "registered",
            Healed::Adopted => "found at Trello and adopted",
            Healed::Moved => "led to the new address",
            Healed::Revived => "switched on again",
            Healed::Removed => "removed meanwhile",
        })
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Create,
    Keep(WebhookId),
    Move(WebhookId),
    Revive(WebhookId),
}

/// The webhook that stands for `watch` where it should lead to `url`: one with that address, else the one that we know.
fn step(watch: &Watch, there: &[Webhook], url: &str) -> Step {
    let own = |hook: &&Webhook| hook.model == watch.model;
    let right = there.iter().filter(own).find(|hook| hook.url == url);
    let known = || there.iter().filter(own).find(|hook| Some(&hook.id) == watch.webhook.as_ref());
    match right.or_else(known) {
        None => Step::Create,
        Some(hook) if hook.url != url => Step::Move(hook.id.clone()),
        Some(hook) if !hook.active => Step::Revive(hook.id.clone()),
        Some(hook) => Step::Keep(hook.id.clone()),
    }
}

/// Makes `watch` live with `url` as its address. `there` is Trello's list, read a moment ago, and is kept up with what is
/// done.
///
/// # Errors
/// [`WatchError`], which the watch's row tells as well.
pub async fn heal(
    store: &Store,
    trello: &Trello,
    watch: &mut Watch,
    there: &mut Vec<Webhook>,
    url: &str,
) -> Result<Healed, WatchError> {
    match act(store, trello, watch, there, url).await {
        Err(WatchError::Trello(trouble)) => {
            watch.reason.clone_from(&trouble.sentence);
            store.keep_watch(watch).await?;
            Err(WatchError::Trello(trouble))
        }
        other => other,
    }
}

async fn act(
    store: &Store,
    trello: &Trello,
    watch: &mut Watch,
    there: &mut Vec<Webhook>,
    url: &str,
) -> Result<Healed, WatchError> {
    if watch.url != url {
        // Before Trello is told: it asks the new address while our call waits, and signs with it from then on.
        let before = std::mem::replace(&mut watch.url, url.to_owned());
        watch.other_url = Some(before);
        if !store.keep_watch(watch).await? {
            return Ok(Healed::Removed);
        }
    }
    let (hook, healed) = match step(watch, there, url) {
        Step::Create => {
            (watch.webhook, watch.state) = (None, WatchState::Wanted);
            create(trello, watch, there).await?
        }
        Step::Move(id) => (trello.move_webhook(&id, url).await.map_err(WatchError::Trello)?, Healed::Moved),
        Step::Revive(id) => (trello.revive_webhook(&id).await.map_err(WatchError::Trello)?, Healed::Revived),
        Step::Keep(id) => {
            let known = watch.webhook.as_ref() == Some(&id);
            let hook = there.iter().find(|hook| hook.id == id).cloned().ok_or_else(unlisted)?;
            (hook, if known { Healed::Fine } else { Healed::Adopted })
        }
    };
    // What led to the old address, where another one leads to the new.
    if let Some(old) = watch.webhook.take().filter(|old| *old != hook.id && there.iter().any(|hook| hook.id == *old)) {
        trello.delete_webhook(&old).await.map_err(WatchError::Trello)?;
        there.retain(|hook| hook.id != old);
    }
    (watch.webhook, watch.failures, watch.state) = (Some(hook.id.clone()), hook.failures, WatchState::Live);
    watch.reason.clear();
    if healed == Healed::Fine {
        // A look after it was moved: nothing that was signed with the old address is on its way any more.
        watch.other_url = None;
    }
    there.retain(|known| known.id != hook.id);
    there.push(hook.clone());
    if store.keep_watch(watch).await? {
        return Ok(healed);
    }
    trello.delete_webhook(&hook.id).await.map_err(WatchError::Trello)?;
    there.retain(|known| known.id != hook.id);
    Ok(Healed::Removed)
}

/// Registers; what Trello has already is found.
async fn create(trello: &Trello, watch: &Watch, there: &mut Vec<Webhook>) -> Result<(Webhook, Healed), WatchError> {
    let made = trello.create_webhook(&watch.model, &watch.url, &watch.description).await;
    if let Some(made) = made.map_err(WatchError::Trello)? {
        return Ok((made, Healed::Made));
    }
    *there = trello.webhooks().await.map_err(WatchError::Trello)?;
    let found = there.iter().find(|hook| hook.model == watch.model && hook.url == watch.url).cloned();
    let found = found.ok_or_else(unlisted)?;
    if found.active {
        return Ok((found, Healed::Adopted));
    }
    Ok((trello.revive_webhook(&found.id).await.map_err(WatchError::Trello)?, Healed::Revived))
}

fn unlisted() -> WatchError {
    let sentence = "Trello says that the webhook exists, and does not list it; it is looked for again";
    WatchError::Trello(Trouble::undone(TroubleKind::Down, sentence))
}

/// Removes a watch: what it still tells is answered 410 from now on. `by_hand`: no route brings it back.
///
/// # Errors
/// [`WatchError`]; a watch that Trello could not be asked to forget is answered 410 all the same.
pub async fn unwatch(store: &Store, trello: &Trello, watch: &Watch, by_hand: bool) -> Result<(), WatchError> {
    store.remove_watch(&watch.account, &watch.model, by_hand).await?;
    match &watch.webhook {
        Some(webhook) => trello.delete_webhook(webhook).await.map_err(WatchError::Trello),
        None => Ok(()),
    }
}

/// The webhooks of a removed watch that Trello still has.
pub(super) fn leftovers<'a>(watch: &'a Watch, there: &'a [Webhook]) -> impl Iterator<Item = &'a Webhook> {
    let model: &ModelId = &watch.model;
    there
        .iter()
        .filter(move |hook| Some(&hook.id) == watch.webhook.as_ref() || (hook.model == *model && hook.url == watch.url))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AccountName;

    const NEW: &str = "https://new.example.com/webhooks/trello/default/5e93bac014d40e501ee46b8d";
    const OLD: &str = "https://old.example.com/webhooks/trello/default/5e93bac014d40e501ee46b8d";

    fn watch(webhook: Option<&str>) -> Watch {
        Watch {
            account: AccountName("default".to_owned()),
            model: "5e93bac014d40e501ee46b8d".parse().unwrap(),
            webhook: webhook.map(|id| id.parse().unwrap()),
            url: OLD.to_owned(),
            other_url: None,
            description: String::new(),
            by_hand: false,
            state: WatchState::Wanted,
            reason: String::new(),
            failures: 0,
            last_delivery_at: None,
        }
    }

    fn hook(id: &str, url: &str, active: bool) -> Webhook {
        Webhook {
            id: id.parse().unwrap(),
            model: watch(None).model,
            url: url.to_owned(),
            description: String::new(),
            active,
            failures: 0,
            failing_since: None,
        }
    }

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn each_way_to_be_out_of_order_has_its_step() {
        let id = |id: &str| id.parse::<WebhookId>().unwrap();
        assert_eq!(step(&watch(None), &[], NEW), Step::Create);
        assert_eq!(step(&watch(Some(A)), &[], NEW), Step::Create, "somebody deleted it");
        assert_eq!(step(&watch(None), &[hook(A, NEW, true)], NEW), Step::Keep(id(A)));
        assert_eq!(step(&watch(Some(A)), &[hook(A, NEW, false)], NEW), Step::Revive(id(A)));
        assert_eq!(step(&watch(Some(A)), &[hook(A, OLD, true)], NEW), Step::Move(id(A)));
        assert_eq!(step(&watch(Some(A)), &[hook(A, OLD, true), hook(B, NEW, true)], NEW), Step::Keep(id(B)));
    }

    #[test]
    fn what_we_do_not_know_is_let_be() {
        let other = Webhook { model: "5e93bac014d40e501ee46b8e".parse().unwrap(), ..hook(A, NEW, true) };
        assert_eq!(step(&watch(None), &[other, hook(B, OLD, true)], NEW), Step::Create);
    }
}
