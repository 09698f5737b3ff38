//! What people may ask from a room: by what its chat server proves itself, who may change something, what is meant where
//! nothing is named.

use toml::Spanned;

use super::rooms::FileRoom;
use super::{Environment, file};
use crate::model::{CommandRules, May, RoomKind, Secret};

const SHORTEST_TOKEN: usize = 8;
const MAY_CURE: &str = "write \"read\", \"write\", or the people who may: [\"ana\", \"zoe\"]";

/// What serves the rooms of a kind that have no token of their own.
pub(super) fn shared_tokens(environment: &Environment, kind: RoomKind) -> Vec<Secret> {
    let name = if kind == RoomKind::Slack { "SLACK_SIGNING_SECRET" } else { "CHAT_COMMAND_TOKEN" };
    several(environment.get(name).unwrap_or_default())
}

fn several(text: &str) -> Vec<Secret> {
    text.split(',').map(str::trim).filter(|token| !token.is_empty()).map(Secret::new).collect()
}

impl file::Reader<'_> {
    pub(super) fn command_rules(&mut self, kind: RoomKind, room: &FileRoom) -> CommandRules {
        let tokens = match &room.command_token {
            None => shared_tokens(self.environment, kind),
            Some(value) => self.command_tokens(value),
        };
        let may = room.may.as_ref().and_then(|may| self.may(may)).unwrap_or_default();
        let board = room.board.as_ref().and_then(|board| self.board(board));
        let list = room.list.as_ref().map(|list| list.get_ref().trim().to_owned()).filter(|list| !list.is_empty());
        CommandRules { tokens, may, board, list }
    }

    fn command_tokens(&mut self, value: &Spanned<String>) -> Vec<Secret> {
        let tokens = self.secret(value).map(|text| several(text.expose())).unwrap_or_default();
        if tokens.iter().any(|token| token.expose().len() < SHORTEST_TOKEN) {
            let wrong = format!("the token is shorter than {SHORTEST_TOKEN} characters, and could be guessed");
            self.fault(value, wrong, "invent a long random text (openssl rand -hex 32), or take the chat server's own");
        }
        tokens
    }

    fn may(&mut self, value: &Spanned<toml::Value>) -> Option<May> {
        let may = match value.get_ref() {
            toml::Value::String(text) if text == "read" => Some(May::Read),
            toml::Value::String(text) if text == "write" => Some(May::Write),
            toml::Value::Array(people) => {
                let name = |person: &toml::Value| person.as_str().map(|name| name.trim_start_matches('@').to_owned());
                people.iter().map(name).collect::<Option<Vec<_>>>().map(May::People)
            }
            _ => None,
        };
        if may.is_none() {
            self.fault(value, "this says nothing about who may change something", MAY_CURE);
        }
        may
    }
}
