//! Which tokens a run gets. A script sees its own for the room that it was called from, and those of others only where
//! the configuration says so.

use serde_json::json;

use super::{Input, TokenTable};
use crate::model::{Integration, Secret};

pub(super) struct Tokens {
    /// The script's for this room, else its own for all rooms.
    pub(super) own: Option<Secret>,
    /// In the origin's form: global ones by name, those of rooms by room and name.
    pub(super) all: TokenTable,
    /// Everything that the run is given, to be kept out of the log.
    pub(super) secrets: Vec<Secret>,
}

impl Tokens {
    pub(super) fn of(name: &str, input: &Input, integrations: &[Integration]) -> Self {
        let said = integrations.iter().find(|said| said.name == name);
        let share = said.is_some_and(|said| said.share_tokens);
        let here = [input.room.as_ref().map(|room| room.as_str()), input.room_id.as_deref()];
        let of_room = |said: &Integration| {
            let mut here = here.into_iter().flatten();
            here.find_map(|room| said.tokens.get_key_value(room).map(|(room, token)| (room.clone(), token.clone())))
        };
        let mut tokens = Tokens { own: None, all: TokenTable::new(), secrets: Vec::new() };
        if share {
            for other in integrations {
                tokens.give_all(other);
            }
        }
        let Some(said) = said else { return tokens };
        if let Some((room, token)) = of_room(said) {
            tokens.give(Some(&room), name, &token);
            tokens.own = Some(token);
        } else if let Some(token) = &said.token {
            tokens.give(None, name, token);
            tokens.own = Some(token.clone());
        }
        tokens
    }

    fn give_all(&mut self, said: &Integration) {
        if let Some(token) = &said.token {
            self.give(None, &said.name, token);
        }
        for (room, token) in &said.tokens {
            self.give(Some(room), &said.name, token);
        }
    }

    fn give(&mut self, room: Option<&str>, name: &str, token: &Secret) {
        match room {
            None => drop(self.all.insert(name.to_owned(), json!(token.expose()))),
            Some(room) => {
                let of_room = self.all.entry(room.to_owned()).or_insert_with(|| json!({}));
                // A room called like a script with a token for all rooms: the room's is what is looked for there.
                if !of_room.is_object() {
                    *of_room = json!({});
                }
                of_room[name] = json!(token.expose());
            }
        }
        self.secrets.push(token.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integrations(share_tokens: bool) -> Vec<Integration> {
        let secret = |text: &str| Secret::new(text);
        let tokens = [("dev".to_owned(), secret("of dev")), ("77".to_owned(), secret("of 77"))].into();
        let weather =
            Integration { tokens, token: Some(secret("of all")), share_tokens, ..Integration::new("weather") };
        vec![weather, Integration { token: Some(secret("other's")), ..Integration::new("other") }]
    }

    fn given(room: Option<&str>, room_id: Option<&str>, share: bool) -> (Option<String>, String) {
        let input = Input {
            room: room.map(|room| room.parse().unwrap()),
            room_id: room_id.map(str::to_owned),
            ..Input::default()
        };
        let tokens = Tokens::of("weather", &input, &integrations(share));
        (tokens.own.map(|own| own.expose().to_owned()), serde_json::to_string(&tokens.all).unwrap())
    }

    #[test]
    fn a_script_gets_the_token_of_its_room_and_no_other() {
        let own = |text: &str| Some(text.to_owned());
        assert_eq!(given(Some("dev"), None, false), (own("of dev"), r#"{"dev":{"weather":"of dev"}}"#.to_owned()));
        assert_eq!(given(Some("ops"), Some("77"), false), (own("of 77"), r#"{"77":{"weather":"of 77"}}"#.to_owned()));
        assert_eq!(given(Some("ops"), None, false), (own("of all"), r#"{"weather":"of all"}"#.to_owned()));
    }

    #[test]
    fn all_tokens_only_where_the_configuration_says_so() {
        let whole = r#"{"77":{"weather":"of 77"},"dev":{"weather":"of dev"},"other":"other's","weather":"of all"}"#;
        assert_eq!(given(Some("dev"), None, true).1, whole);
    }
}
