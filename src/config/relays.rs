//! Relays: which boards' activity is told in which rooms. The environment makes one: its board to all its rooms.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::read::{DEFAULT_ACCOUNT, Reader};
use super::{Account, Fault, board_of, file};
use crate::model::{AccountName, Room};
use crate::relay::{Filter, Relay, Templates, Wanted};

const BOARD_CURE: &str = "write the board's URL as the browser shows it (https://trello.com/b/AbCd1234/name)";

/// `[[relay]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRelay {
    board: Spanned<String>,
    account: Option<String>,
    rooms: Spanned<Vec<Spanned<String>>>,
    actions: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    lists: Vec<Spanned<String>>,
    #[serde(default)]
    labels: Vec<Spanned<String>>,
    #[serde(default)]
    members: Vec<Spanned<String>>,
    own: Option<bool>,
    #[serde(default)]
    templates: BTreeMap<String, Spanned<String>>,
}

/// A relay with its place, for faults that show only when everything is known.
pub(super) type Placed = (String, Relay);

fn texts(values: &[Spanned<String>]) -> Vec<String> {
    values.iter().map(|value| value.get_ref().clone()).collect()
}

impl file::Reader<'_> {
    pub(super) fn relay(&mut self, relay: FileRelay) -> Option<Placed> {
        let place = self.place(&relay.board);
        let board = self.board(&relay.board);
        let (filter, templates) = (self.filter(&relay), self.templates(&relay.templates));
        if relay.rooms.get_ref().is_empty() {
            self.fault(&relay.rooms, "the relay has no rooms, so nobody would hear of it", "name a [[room]]");
        }
        let mut rooms = Vec::new();
        for name in relay.rooms.get_ref() {
            match name.get_ref().trim().parse() {
                Ok(name) => rooms.push(name),
                Err(error) => self.fault(name, format!("{error}"), "name a [[room]], or a room of the environment"),
            }
        }
        let account = AccountName(relay.account.unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned()));
        let (filter, templates, name_board) = (filter?, templates?, false);
        Some((place, Relay { account, board: board?, rooms, filter, templates, name_board }))
    }

    fn filter(&mut self, relay: &FileRelay) -> Option<Filter> {
        let usual = Wanted::default();
        let wanted = Wanted {
            actions: relay.actions.as_deref().map(texts),
            lists: texts(&relay.lists),
            labels: texts(&relay.labels),
            members: texts(&relay.members),
            own: relay.own.unwrap_or(usual.own),
        };
        let faults = match Filter::parse(&wanted) {
            Ok(filter) => return Some(filter),
            Err(faults) => faults,
        };
        for fault in faults {
            let entries = match fault.part {
                "lists" => &relay.lists[..],
                "labels" => &relay.labels,
                "members" => &relay.members,
                _ => relay.actions.as_deref().unwrap_or_default(),
            };
            let cure = "see the README, \"The relay\", for what a filter may say";
            match entries.get(fault.entry) {
                Some(entry) => self.fault(entry, fault.sentence, cure),
                None => self.fault(&relay.board, format!("`{}` {}", fault.part, fault.sentence), cure),
            }
        }
        None
    }

    fn templates(&mut self, templates: &BTreeMap<String, Spanned<String>>) -> Option<Templates> {
        let texts = templates.iter().map(|(kind, text)| (kind.clone(), text.get_ref().clone())).collect();
        let faults = match Templates::compile(&texts) {
            Ok(templates) => return Some(templates),
            Err(faults) => faults,
        };
        for fault in faults {
            let place = templates.get(&fault.kind).map_or_else(|| "[relay.templates]".to_owned(), |at| self.place(at));
            let wrong =
                format!("the template for {}, line {}, column {}: {}", fault.kind, fault.line, fault.column, fault);
            self.faults.push(Fault::new(place, wrong, "see the README, \"The relay\", for what templates may say"));
        }
        None
    }
}

impl Reader<'_> {
    /// The relay that the environment makes.
    pub(super) fn own_relay(&mut self, own: &[Room], has_account: bool) -> Option<Placed> {
        let text = self.get("TRELLO_BOARD_ID")?;
        let place = "TRELLO_BOARD_ID".to_owned();
        let half = self.environment.is_set("TRELLO_API_KEY") || self.environment.is_set("TRELLO_API_TOKEN");
        if !has_account && !half {
            let cure = "set TRELLO_API_KEY and TRELLO_API_TOKEN as well";
            self.fault(&place, "a board is named, and there are no Trello credentials", cure);
        }
        if own.is_empty() {
            let cure = "set for instance SLACK_WEBHOOK_URL; rooms of a kanbridge.toml are named by a [[relay]] there";
            self.fault(&place, "a board is named, and the environment makes no room to tell of it in", cure);
        }
        let Some(board) = board_of(&text) else {
            self.fault(&place, format!("`{text}` names no board"), BOARD_CURE);
            return None;
        };
        let rooms = own.iter().map(|room| room.name.clone()).collect();
        let account = AccountName(DEFAULT_ACCOUNT.to_owned());
        let (filter, templates) = (Filter::default(), Templates::default());
        Some((place, Relay { account, board, rooms, filter, templates, name_board: false }))
    }

    pub(super) fn check_relays(&mut self, relays: &[Placed], rooms: &[Room], accounts: &[Account]) {
        for (place, relay) in relays.iter().filter(|(place, _)| place != "TRELLO_BOARD_ID") {
            if accounts.iter().all(|account| account.name != relay.account) {
                self.fault(place, no_account(&relay.account), ACCOUNT_CURE);
            }
            for name in relay.rooms.iter().filter(|name| rooms.iter().all(|room| room.name != **name)) {
                let cure = "add a [[room]] of that name; a room of the environment is called as its kind";
                self.fault(place, format!("its room `{name}` does not exist"), cure);
            }
        }
    }
}

/// The relays without their places. Where a room hears of several boards, each sentence there names its board.
pub(super) fn named(relays: Vec<Placed>) -> Vec<Relay> {
    let mut relays: Vec<Relay> = relays.into_iter().map(|(_, relay)| relay).collect();
    let hears_more = |relay: &Relay| {
        let other = |other: &&Relay| other.board != relay.board || other.account != relay.account;
        relays.iter().filter(other).any(|other| other.rooms.iter().any(|room| relay.rooms.contains(room)))
    };
    let more: Vec<bool> = relays.iter().map(hears_more).collect();
    for (relay, more) in relays.iter_mut().zip(more) {
        relay.name_board = more;
    }
    relays
}

/// What to do where an account is named that there is not.
pub(super) const ACCOUNT_CURE: &str =
    "add an [[account]] of that name; `default` needs TRELLO_API_KEY and TRELLO_API_TOKEN";

pub(super) fn no_account(name: &AccountName) -> String {
    format!("its account `{name}` does not exist")
}
