//! Webhooks: who is told of what. A callback URL is checked by a HEAD request while the call that names it still waits
//! (<https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/>).

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::actions::Action;
use super::api::{Answer, Reply, gone, invalid, refuse_text};
use super::courier::Delivery;
use super::params::ApiRequest;
use super::tokens::Token;
use super::world::{Who, World, written};

#[derive(Clone, Debug)]
pub(super) struct Webhook {
    pub(super) id: String,
    /// The id of the token that made it.
    pub(super) token: String,
    /// The id of the board, list, card or member that it watches.
    pub(super) model: String,
    pub(super) url: String,
    pub(super) description: String,
    pub(super) active: bool,
    /// Failed deliveries since the last that succeeded.
    pub(super) failures: u32,
    pub(super) failing_since: Option<Timestamp>,
}

impl Webhook {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "description": self.description, "idModel": self.model, "callbackURL": self.url,
            "active": self.active, "consecutiveFailures": self.failures,
            "firstConsecutiveFailDate": self.failing_since.map(written),
        })
    }
}

impl World {
    /// Puts an action into the bag for every webhook that watches something it is about.
    pub(super) fn tell(&mut self, action: &Action, who: &Who) {
        let lives = |token: &Token| token.expires.is_none_or(|at| at > action.date);
        let tokens: Vec<&str> = self.tokens.iter().filter(|t| lives(t)).map(|token| token.id.as_str()).collect();
        // A webhook ends with its token.
        self.webhooks.retain(|hook| tokens.contains(&hook.token.as_str()));
        let watching = self.webhooks.iter().filter(|hook| hook.active && action.concerns(&hook.model));
        let deliveries: Vec<Delivery> = watching
            .map(|hook| {
                let body = json!({
                    "action": self.action_with_display(action), "model": self.watched(&hook.model),
                    "webhook": hook.json(),
                });
                Delivery { webhook: hook.id.clone(), action: action.id.clone(), body, client: who.client.clone() }
            })
            .collect();
        self.outgoing.extend(deliveries);
    }

    /// The watched thing as deliveries show it; nothing once it is gone.
    fn watched(&self, id: &str) -> Value {
        if let Ok(board) = self.board(id) {
            return self.board_json(board);
        }
        if let Ok(card) = self.card(id) {
            return self.card_json(card);
        }
        if let Ok(list) = self.list(id) {
            return Self::list_json(list);
        }
        self.member(id).map_or(Value::Null, Self::member_in_short)
    }

    /// The webhook, if it is the caller's own.
    fn webhook(&self, who: &Who, id: &str) -> Result<&Webhook, Answer> {
        let hook = self.webhooks.iter().find(|hook| hook.id == id).ok_or_else(gone)?;
        if who.token.as_ref() == Some(&hook.token) {
            Ok(hook)
        } else {
            Err(refuse_text(401, "webhook does not belong to token"))
        }
    }

    fn check_unique(&self, token: &str, model: &str, url: &str, but: &str) -> Result<(), Answer> {
        let same = |hook: &&Webhook| hook.token == token && hook.model == model && hook.url == url && hook.id != but;
        match self.webhooks.iter().find(same) {
            Some(_) => Err(refuse_text(400, "A webhook with that callback, model, and token already exists")),
            None => Ok(()),
        }
    }

    /// What a webhook may watch: a thing that is there and that the caller may see.
    fn watchable(&self, who: &Who, id: &str) -> Result<(), Answer> {
        let board = self.board(id).map(|board| &board.id);
        let board = board.or_else(|_| self.card(id).map(|card| &card.board));
        let board = board.or_else(|_| self.list(id).map(|list| &list.board));
        match board {
            Ok(board) if self.is_on_board(&who.member, board) => Ok(()),
            Ok(_) => Err(super::api::unauthorized()),
            Err(_) if self.member(id).is_some_and(|member| member.id == id) => Ok(()),
            Err(_) => Err(invalid("idModel")),
        }
    }
}

/// The callback URL that a call wants checked before it is carried out.
pub(super) fn to_check(request: &ApiRequest) -> Option<&str> {
    let about_webhooks = request.path.iter().any(|part| part == "webhooks");
    let writes = matches!(request.method.as_str(), "POST" | "PUT");
    request.get("callbackURL").filter(|url| about_webhooks && writes && callback(url).is_ok())
}

fn callback(url: &str) -> Result<Url, Answer> {
    let parsed = Url::parse(url).map_err(|_| invalid("callbackURL"))?;
    if matches!(parsed.scheme(), "http" | "https") { Ok(parsed) } else { Err(invalid("callbackURL")) }
}

/// What the check of a callback URL found, as Trello answers it.
fn checked(request: &ApiRequest) -> Result<(), Answer> {
    match &request.checked {
        Some(Err(sentence)) => Err(Answer::Json(400, json!({ "message": sentence, "error": "ERROR" }))),
        _ => Ok(()),
    }
}

pub(super) fn create(world: &mut World, who: &Who, request: &ApiRequest) -> Reply {
    let url = request.get("callbackURL").ok_or_else(|| invalid("callbackURL"))?;
    callback(url)?;
    let model = request.get("idModel").ok_or_else(|| invalid("idModel"))?;
    world.watchable(who, model)?;
    let token = who.token.clone().ok_or_else(|| refuse_text(401, "invalid token"))?;
    world.check_unique(&token, model, url, "")?;
    checked(request)?;
    let hook = Webhook {
        id: world.fresh_id(),
        token,
        model: model.to_owned(),
        url: url.to_owned(),
        description: request.some_words("description", 0)?.unwrap_or_default().to_owned(),
        active: request.switch("active")?.unwrap_or(true),
        failures: 0,
        failing_since: None,
    };
    let answer = hook.json();
    world.webhooks.push(hook);
    world.changed = true;
    Ok(answer)
}

pub(super) fn read(world: &World, who: &Who, id: &str) -> Reply {
    world.webhook(who, id).map(Webhook::json)
}

pub(super) fn list(world: &World, who: &Who) -> Reply {
    let own = world.webhooks.iter().filter(|hook| Some(&hook.token) == who.token.as_ref());
    Ok(own.map(Webhook::json).collect())
}

pub(super) fn change(world: &mut World, who: &Who, request: &ApiRequest, id: &str) -> Reply {
    let mut hook = world.webhook(who, id)?.clone();
    if let Some(model) = request.given("idModel") {
        world.watchable(who, model)?;
        model.clone_into(&mut hook.model);
    }
    if let Some(url) = request.given("callbackURL") {
        callback(url)?;
        url.clone_into(&mut hook.url);
    }
    world.check_unique(&hook.token, &hook.model, &hook.url, id)?;
    checked(request)?;
    if let Some(description) = request.some_words("description", 0)? {
        description.clone_into(&mut hook.description);
    }
    hook.active = request.switch("active")?.unwrap_or(hook.active);
    let answer = hook.json();
    for old in world.webhooks.iter_mut().filter(|old| old.id == id) {
        *old = hook.clone();
    }
    world.changed = true;
    Ok(answer)
}

pub(super) fn delete(world: &mut World, who: &Who, id: &str) -> Reply {
    world.webhook(who, id)?;
    world.webhooks.retain(|hook| hook.id != id);
    world.changed = true;
    Ok(json!({ "_value": null }))
}
