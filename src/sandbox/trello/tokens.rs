//! Tokens: whose they are, what they may do and until when.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::{Answer, Reply, pick, refuse_text};
use super::params::ApiRequest;
use super::webhooks;
use super::world::{Who, World, written};

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) id: String,
    pub(super) value: String,
    pub(super) member: String,
    pub(super) created: Timestamp,
    pub(super) expires: Option<Timestamp>,
    pub(super) writes: bool,
}

impl World {
    /// The token with this value.
    pub(super) fn token(&self, value: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.value == value)
    }

    pub(super) fn add_token(&mut self, value: &str, member: &str, expires: Option<Timestamp>, writes: bool) {
        let (id, created) = (self.fresh_id(), self.now());
        let (value, member) = (value.to_owned(), member.to_owned());
        self.tokens.push(Token { id, value, member, created, expires, writes });
    }
}

/// A token's own calls are for those who call with it.
pub(super) fn own(world: &World, who: &Who, value: &str) -> Result<(), Answer> {
    let known = world.tokens.iter().find(|token| token.value == value || token.id == value);
    match known {
        Some(token) if Some(&token.id) == who.token.as_ref() => Ok(()),
        Some(_) => Err(refuse_text(401, "unauthorized token")),
        None => Err(refuse_text(401, "invalid token")),
    }
}

pub(super) fn read(world: &World, who: &Who, request: &ApiRequest) -> Reply {
    let token = world.tokens.iter().find(|token| Some(&token.id) == who.token.as_ref());
    let token = token.ok_or_else(|| refuse_text(401, "invalid token"))?;
    let may =
        |kind: &str, model: &str| json!({ "idModel": model, "modelType": kind, "read": true, "write": token.writes });
    let whole = json!({
        "id": token.id, "identifier": "kanbridge", "idMember": token.member, "dateCreated": written(token.created),
        "dateExpires": token.expires.map(written),
        "permissions": [may("Member", &token.member), may("Board", "*"), may("Organization", "*")],
    });
    let mut answer = pick(whole, request.get("fields"));
    if request.wants("webhooks") {
        answer["webhooks"] = webhooks::list(world, who)?;
    }
    Ok(answer)
}

/// Revokes the token, and with it its webhooks.
pub(super) fn revoke(world: &mut World, who: &Who) -> Reply {
    world.tokens.retain(|token| Some(&token.id) != who.token.as_ref());
    world.webhooks.retain(|hook| Some(&hook.token) != who.token.as_ref());
    world.changed = true;
    Ok(json!({ "_value": Value::Null }))
}
