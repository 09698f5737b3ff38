//! Relays: which boards' activity is told in which rooms. The environment makes one: its board to all its rooms.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::read::{DEFAULT_ACCOUNT, Reader};
use super::{Account, board_of, file};
use crate::model::{AccountName, Room, RoomName};

const BOARD_CURE: &str = "write the board's URL as the browser shows it (https://trello.com/b/AbCd1234/name)";

/// `[[relay]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRelay {
    board: Spanned<String>,
    account: Option<String>,
    rooms: Spanned<Vec<Spanned<String>>>,
    actions: Option<Spanned<Vec<String>>>,
    lists: Option<Spanned<Vec<String>>>,
    labels: Option<Spanned<Vec<String>>>,
    members: Option<Spanned<Vec<String>>>,
    own: Option<bool>,
    #[serde(default)]
    templates: BTreeMap<String, Spanned<String>>,
}

/// A relay as it was read, with its place for faults that show only when everything is known.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) place: String,
    pub(super) account: AccountName,
    pub(super) board: String,
    pub(super) rooms: Vec<RoomName>,
}

impl file::Reader<'_> {
    pub(super) fn relay(&mut self, relay: FileRelay) -> Option<Draft> {
        let place = self.place(&relay.board);
        let board = self.board(&relay.board);
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
        Some(Draft { place, account, board: board?, rooms })
    }
}

impl Reader<'_> {
    /// The relay that the environment makes.
    pub(super) fn own_relay(&mut self, own: &[Room], has_account: bool) -> Option<Draft> {
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
        Some(Draft { place, account: AccountName(DEFAULT_ACCOUNT.to_owned()), board, rooms })
    }

    pub(super) fn check_relays(&mut self, relays: &[Draft], rooms: &[Room], accounts: &[Account]) {
        for relay in relays.iter().filter(|relay| relay.place != "TRELLO_BOARD_ID") {
            if accounts.iter().all(|account| account.name != relay.account) {
                self.fault(&relay.place, no_account(&relay.account), ACCOUNT_CURE);
            }
            for name in relay.rooms.iter().filter(|name| rooms.iter().all(|room| room.name != **name)) {
                let cure = "add a [[room]] of that name; a room of the environment is called as its kind";
                self.fault(&relay.place, format!("its room `{name}` does not exist"), cure);
            }
        }
    }
}

/// What to do where an account is named that there is not.
pub(super) const ACCOUNT_CURE: &str =
    "add an [[account]] of that name; `default` needs TRELLO_API_KEY and TRELLO_API_TOKEN";

pub(super) fn no_account(name: &AccountName) -> String {
    format!("its account `{name}` does not exist")
}
