//! Actions: what was done, by whom, to what. Comments are actions too
//! (<https://developer.atlassian.com/cloud/trello/guides/rest-api/action-types/>).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::api::{Answer, Reply, field_of, gone, invalid, is_id, pick, refuse_text, unauthorized};
use super::params::ApiRequest;
use super::world::{Who, World, written};
use super::{display, limits};

/// The types that only webhooks tell of; no feed has them.
const WEBHOOK_ONLY: &[&str] = &[
    "addLabelToCard",
    "removeLabelFromCard",
    "createLabel",
    "updateLabel",
    "deleteLabel",
    "updateComment",
    "deleteComment",
    "createCheckItem",
    "updateCheckItem",
    "deleteCheckItem",
    "removeMemberFromBoard",
];

/// The app that a call's key belongs to.
const APP: &str = "5d0a1f1b2c3d4e5f60718293";

/// An action's `data`, put together field by field.
#[derive(Clone, Debug, Default)]
pub(super) struct Data(pub(super) Map<String, Value>);

impl Data {
    pub(super) fn new() -> Self {
        Data::default()
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a field to one of the things that the action is about.
    pub(super) fn and(mut self, thing: &str, name: &str, value: impl Into<Value>) -> Self {
        let entry = self.0.entry(thing.to_owned()).or_insert_with(|| json!({}));
        if let Value::Object(fields) = entry {
            fields.insert(name.to_owned(), value.into());
        }
        self
    }
}

#[derive(Clone, Debug)]
pub(super) struct Action {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) date: Timestamp,
    pub(super) creator: String,
    by_app: bool,
    pub(super) data: Value,
    /// No feed shows it yet.
    pub(super) late: bool,
}

impl Action {
    pub(super) fn new(id: String, date: Timestamp, who: &Who, kind: &'static str, data: Data) -> Self {
        let (creator, by_app) = (who.member.clone(), who.token.is_some());
        Action { id, kind, date, creator, by_app, data: Value::Object(data.0), late: false }
    }

    pub(super) fn in_feeds(&self) -> bool {
        !WEBHOOK_ONLY.contains(&self.kind) && !self.late
    }

    /// The id of the board, list or card that the action is about.
    pub(super) fn about(&self, thing: &str) -> Option<&str> {
        self.data.get(thing)?.get("id")?.as_str()
    }

    /// Whether the action is about the thing with this id: a board, a list that a card left or reached, a card, or the
    /// member who acted.
    pub(super) fn concerns(&self, id: &str) -> bool {
        let things = ["board", "list", "listBefore", "listAfter", "card"];
        self.creator == id || things.iter().any(|thing| self.about(thing) == Some(id))
    }
}

impl World {
    /// An action without `display` and `entities`, as feeds have it.
    pub(super) fn action_json(&self, action: &Action) -> Value {
        let mut value = json!({
            "id": action.id, "idMemberCreator": action.creator, "data": action.data, "type": action.kind,
            "date": written(action.date), "limits": {}, "appCreator": null,
        });
        if action.by_app {
            value["appCreator"] = json!({ "id": APP, "name": "kanbridge" });
        }
        if action.kind == "commentCard" {
            value["limits"] = limits::of_comment();
        }
        if let Some(member) = self.member(&action.creator) {
            value["memberCreator"] = Self::member_in_short(member);
        }
        let other = action.data.get("idMember").or_else(|| action.data.get("idMemberAdded")).and_then(Value::as_str);
        if let Some(member) = other.and_then(|id| self.member(id)) {
            value["member"] = Self::member_in_short(member);
        }
        value
    }

    /// An action as webhooks and calls by id have it.
    pub(super) fn action_with_display(&self, action: &Action) -> Value {
        let mut value = self.action_json(action);
        value["display"] = display::of(self, action);
        value
    }

    fn action(&self, id: &str) -> Result<&Action, Answer> {
        if !is_id(id) {
            return Err(invalid("id"));
        }
        self.actions.iter().find(|action| action.id == id).ok_or_else(gone)
    }
}

pub(super) fn read(world: &World, request: &ApiRequest, id: &str) -> Reply {
    let action = world.action(id)?;
    let whole = if request.get("display") == Some("false") {
        world.action_json(action)
    } else {
        world.action_with_display(action)
    };
    Ok(pick(whole, request.get("fields")))
}

/// `GET /actions/{id}/board` and the like, or one field.
pub(super) fn read_part(world: &World, request: &ApiRequest, id: &str, part: &str) -> Reply {
    let action = world.action(id)?;
    let about = |thing: &str| action.about(thing).ok_or_else(gone);
    match part {
        "board" => Ok(pick(world.board_json(world.board(about("board")?)?), request.get("fields"))),
        "card" => super::cards::read(world, request, about("card")?),
        "list" => Ok(pick(World::list_json(world.list(about("list")?)?), request.get("fields"))),
        "memberCreator" => super::members::read(world, request, &action.creator),
        "member" => {
            let id = action.data.get("idMember").and_then(Value::as_str).ok_or_else(gone)?;
            super::members::read(world, request, id)
        }
        _ => field_of(&world.action_with_display(action), part),
    }
}

/// Says something on a card.
pub(super) fn comment(world: &mut World, who: &Who, request: &ApiRequest, card: &str) -> Reply {
    let id = world.comment(who, card, request.words("text", 1)?)?;
    let action = world.action(&id)?;
    let mut answer = world.action_with_display(action);
    answer["entities"] = display::entities(&answer["display"]);
    Ok(answer)
}

/// Changes one's own comment.
pub(super) fn change_comment(world: &mut World, who: &Who, request: &ApiRequest, id: &str) -> Reply {
    let text = request.words(if request.get("value").is_some() { "value" } else { "text" }, 1)?.to_owned();
    world.change_comment(who, id, &text)?;
    Ok(world.action_with_display(world.action(id)?))
}

pub(super) fn delete_comment(world: &mut World, who: &Who, id: &str) -> Reply {
    world.delete_comment(who, id)?;
    Ok(json!({ "_value": null }))
}

impl World {
    pub(super) fn comment(&mut self, who: &Who, card: &str, text: &str) -> Result<String, Answer> {
        let card = self.card(card)?;
        let data = self.about_card(card, true).with("text", text).with("textData", json!({ "emoji": {} }));
        Ok(self.act(who, "commentCard", data))
    }

    pub(super) fn change_comment(&mut self, who: &Who, id: &str, text: &str) -> Result<(), Answer> {
        let (data, old) = self.own_comment(who, id)?;
        for action in self.actions.iter_mut().filter(|action| action.id == id) {
            action.data["text"] = text.into();
        }
        let data = data.with("action", json!({ "id": id, "text": text })).and("old", "text", old);
        self.act(who, "updateComment", data);
        Ok(())
    }

    pub(super) fn delete_comment(&mut self, who: &Who, id: &str) -> Result<(), Answer> {
        let (data, _) = self.own_comment(who, id)?;
        self.actions.retain(|action| action.id != id);
        self.act(who, "deleteComment", data.with("action", json!({ "id": id })));
        Ok(())
    }

    /// What actions about a comment of `who`'s begin with, and its text.
    fn own_comment(&self, who: &Who, id: &str) -> Result<(Data, Value), Answer> {
        let action = self.action(id)?;
        if action.kind != "commentCard" {
            return Err(refuse_text(400, "only comments can be changed"));
        }
        if action.creator != who.member {
            return Err(unauthorized());
        }
        let card = self.card(action.about("card").unwrap_or_default())?;
        Ok((self.about_card(card, false), action.data["text"].clone()))
    }
}
