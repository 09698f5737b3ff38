//! Whether Trello tells us what happens: the watches of one account, as we know them and as Trello has them.

use super::report::Finding;
use crate::config::Config;
use crate::model::{Watch, WatchState};
use crate::store::Store;
use crate::trello::{Trello, Webhook};

const SYNC: &str = "`kanbridge watches sync` brings it in order and says what Trello answers";

/// Nothing where the account neither watches nor follows anything.
pub(super) async fn account(trello: &Trello, config: &Config, store: Option<&Store>) -> Vec<Finding> {
    let what = format!("Trello `{}`: watches", trello.account());
    let known = match store {
        Some(store) => store.watches().await.unwrap_or_default(),
        None => Vec::new(),
    };
    let own = |watch: &Watch| watch.account == *trello.account() && watch.state != WatchState::Removed;
    let watches: Vec<Watch> = known.into_iter().filter(own).collect();
    if watches.is_empty() && !follows(trello, config) {
        return Vec::new();
    }
    if let Some(why) = obstacle(trello, config) {
        return vec![match watches.len() {
            0 => Finding::not_looked_at(&what, why),
            _ => Finding::fails(&what, why, "set it again, or `kanbridge watches remove` them"),
        }];
    }
    if watches.is_empty() {
        let why = if config.watches {
            "nothing is watched yet; `kanbridge serve` sees to it when it runs"
        } else {
            "TRELLO_WATCHES is off"
        };
        return vec![Finding::not_looked_at(&what, why)];
    }
    match trello.webhooks().await {
        Ok(there) => judge(&what, &watches, &there),
        Err(trouble) => vec![Finding::trouble(&what, &trouble)],
    }
}

/// Whether a board is followed with the account's credentials.
fn follows(trello: &Trello, config: &Config) -> bool {
    let account = trello.account();
    config.routes.iter().any(|route| route.account == *account && route.fields.any_from_trello())
        || config.relays.iter().any(|relay| relay.account == *account)
}

fn obstacle(trello: &Trello, config: &Config) -> Option<&'static str> {
    let account = config.accounts.iter().find(|account| account.name == *trello.account());
    if account.is_none_or(|account| account.secrets.is_empty()) {
        return Some(
            "TRELLO_API_SECRET (or `secret` of the [[account]]) is not set, so boards are polled and what only webhooks \
             tell is not heard",
        );
    }
    config.public_url.is_none().then_some("PUBLIC_URL is not set, so Trello cannot be told where to call")
}

fn judge(what: &str, watches: &[Watch], there: &[Webhook]) -> Vec<Finding> {
    let odd: Vec<Finding> = watches.iter().filter_map(|watch| fault(what, watch, there)).collect();
    if !odd.is_empty() {
        return odd;
    }
    let heard = watches.iter().filter_map(|watch| watch.last_delivery_at).max();
    let heard = heard.map_or_else(|| "nothing heard yet".to_owned(), |at| format!("last heard at {at}"));
    vec![Finding::holds(what, format!("{} registered and switched on; {heard}", watches.len()))]
}

fn fault(what: &str, watch: &Watch, there: &[Webhook]) -> Option<Finding> {
    let name = format!("{} ({})", watch.model, watch.description);
    let Some(hook) = there.iter().find(|hook| Some(&hook.id) == watch.webhook.as_ref()) else {
        let why = if watch.reason.is_empty() { "Trello does not have it" } else { watch.reason.as_str() };
        return Some(Finding::doubtful(what, format!("{name} is not registered: {why}"), SYNC));
    };
    if !hook.active {
        return Some(Finding::doubtful(what, format!("{name} is switched off at Trello"), SYNC));
    }
    let says = format!("of {name}, {} deliveries in a row failed", hook.failures);
    let cure = "can Trello reach PUBLIC_URL, and is TRELLO_API_SECRET the secret of the app whose key is used?";
    (hook.failures > 0).then(|| Finding::doubtful(what, says, cure))
}

#[cfg(test)]
mod tests {
    use super::super::report::State;
    use super::*;
    use crate::model::AccountName;

    #[test]
    fn what_is_missing_switched_off_or_failing_is_doubtful() {
        let watch = Watch {
            account: AccountName("default".to_owned()),
            model: "5e93bac014d40e501ee46b8d".parse().unwrap(),
            webhook: "aaaaaaaaaaaaaaaaaaaaaaaa".parse().ok(),
            url: String::new(),
            other_url: None,
            description: String::new(),
            by_hand: false,
            state: WatchState::Live,
            reason: String::new(),
            failures: 0,
            last_delivery_at: None,
        };
        let hook = |active, failures| Webhook {
            id: "aaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap(),
            model: watch.model.clone(),
            url: String::new(),
            description: String::new(),
            active,
            failures,
            failing_since: None,
        };
        let state = |there: &[Webhook]| judge("watches", std::slice::from_ref(&watch), there).remove(0).state;
        assert_eq!(state(&[hook(true, 0)]), State::Holds);
        for odd in [vec![], vec![hook(false, 0)], vec![hook(true, 3)]] {
            assert_eq!(state(&odd), State::Doubtful, "{odd:?}");
        }
    }
}
