//! The calls that the look-alike answers, with the bodies that Trello was recorded to answer.

use serde_json::{Map, Value, json};

use super::params::ApiRequest;
use super::world::{Card, World};

/// Trello's limit on names and descriptions, in UTF-16 units.
const LONGEST: usize = 16_384;

/// An answer: JSON, or plain text as most of Trello's errors are.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Json(u16, Value),
    Text(u16, String),
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        match self {
            Answer::Json(status, _) | Answer::Text(status, _) => *status,
        }
    }
}

fn text(status: u16, sentence: &str) -> Answer {
    Answer::Text(status, sentence.to_owned())
}

fn not_found() -> Answer {
    text(404, "The requested resource was not found.")
}

/// Who may call: `None` lets the call in.
pub(super) fn refuse(request: &ApiRequest, key: &str, token: &str) -> Option<Answer> {
    if malformed_id(request) {
        return Some(text(400, "invalid id"));
    }
    let writes = request.method != hyper::Method::GET;
    match &request.credentials {
        (Some(given), _) if given != key => Some(text(401, "invalid key")),
        (Some(_), Some(given)) if given != token => Some(text(401, "invalid token")),
        (Some(_), Some(_)) => None,
        _ if writes => Some(Answer::Json(401, json!({ "message": "missing scopes" }))),
        _ => Some(text(401, "unauthorized permission requested")),
    }
}

/// Trello looks at the id in the path before it looks at the credentials.
fn malformed_id(request: &ApiRequest) -> bool {
    let hex = |id: &str| id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let short = |id: &str| id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match (request.path.first().map(String::as_str), request.path.get(1)) {
        (Some("boards" | "cards"), Some(id)) => !hex(id) && !short(id),
        (Some("lists"), Some(id)) => !hex(id),
        _ => false,
    }
}

/// Carries a call out.
pub(super) fn answer(world: &mut World, request: &ApiRequest) -> Answer {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["lists", id]) => match world.lists.iter().find(|list| list.id == *id) {
            Some(list) => Answer::Json(200, pick(World::list_json(list), request.get("fields"))),
            None => not_found(),
        },
        ("GET", ["boards", id]) => match world.board(id) {
            Some(board) => Answer::Json(200, pick(World::board_json(board), request.get("fields"))),
            None => not_found(),
        },
        ("GET", ["boards", id, what]) => board_part(world, id, what, request),
        ("GET", ["cards", id]) => match world.card_list.iter().find(|card| card.id == *id) {
            Some(card) => Answer::Json(200, card_json(world, card, request)),
            None => not_found(),
        },
        ("PUT", ["cards", id]) => change_card(world, id, request),
        ("POST", ["cards"]) => create_card(world, request),
        ("POST", ["labels"]) => create_label(world, request),
        (method, _) => Answer::Text(404, format!("Cannot {method} /1/{}", path.join("/"))),
    }
}

fn board_part(world: &World, id: &str, what: &str, request: &ApiRequest) -> Answer {
    let Some(board) = world.board(id) else {
        return not_found();
    };
    let fields = request.get("fields");
    let all: Vec<Value> = match what {
        "lists" => world.lists.iter().filter(|list| list.board == board.id).map(World::list_json).collect(),
        "labels" => {
            let limit = request.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(50);
            let labels = world.label_list.iter().filter(|label| label.board == board.id);
            labels.take(limit).map(World::label_json).collect()
        }
        "cards" => return Answer::Json(200, cards(world, &board.id, request)),
        other => return Answer::Text(404, format!("Cannot GET /1/boards/{id}/{other}")),
    };
    let open_only = what == "lists" && request.get("filter").unwrap_or("open") == "open";
    let kept = all.into_iter().filter(|item| !open_only || item["closed"] != json!(true));
    Answer::Json(200, kept.map(|item| pick(item, fields)).collect())
}

/// The newest first, a page at a time: `limit` at most 1,000, `before` an id.
fn cards(world: &World, board: &str, request: &ApiRequest) -> Value {
    let filter = request.get("filter").unwrap_or("visible");
    let limit = request.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX).min(1000);
    let before = request.get("before").unwrap_or("~");
    let wanted = |card: &&Card| {
        card.board == board
            && card.id.as_str() < before
            && match filter {
                "all" => true,
                "closed" => card.closed,
                _ => !card.closed,
            }
    };
    world.card_list.iter().rev().filter(wanted).take(limit).map(|card| card_json(world, card, request)).collect()
}

fn card_json(world: &World, card: &Card, request: &ApiRequest) -> Value {
    let with_attachments = request.get("attachments") == Some("true");
    let whole = world.card_json(card, with_attachments);
    let attachments = whole.get("attachments").cloned();
    let mut picked = pick(whole, request.get("fields"));
    if let Some(attachments) = attachments {
        picked["attachments"] = attachments;
    }
    picked
}

/// The asked-for fields; the id always comes along.
fn pick(value: Value, fields: Option<&str>) -> Value {
    let (Value::Object(all), Some(fields)) = (&value, fields.filter(|fields| *fields != "all")) else {
        return value;
    };
    let wanted: Vec<&str> = fields.split(',').chain(["id"]).collect();
    let kept: Map<String, Value> =
        all.iter().filter(|(name, _)| wanted.contains(&name.as_str())).map(|(n, v)| (n.clone(), v.clone())).collect();
    Value::Object(kept)
}

fn create_card(world: &mut World, request: &ApiRequest) -> Answer {
    let Some(list_id) = request.get("idList") else {
        return text(400, "invalid value for idList");
    };
    let Some(list) = world.lists.iter().find(|list| list.id == list_id) else {
        let known_form = list_id.len() == 24;
        return if known_form {
            text(404, "could not find the board that the card belongs to")
        } else {
            text(400, "invalid value for idList")
        };
    };
    let board = list.board.clone();
    let name = request.get("name").unwrap_or_default();
    let desc = request.get("desc").unwrap_or_default();
    if name.is_empty() || name.encode_utf16().count() > LONGEST {
        return text(400, "invalid value for name");
    }
    if desc.encode_utf16().count() > LONGEST {
        return text(400, "invalid value for desc");
    }
    let labels: Vec<String> =
        request.get("idLabels").unwrap_or_default().split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let on_board = |id: &String| world.label_list.iter().any(|label| label.id == *id && label.board == board);
    if !labels.iter().all(on_board) {
        return text(400, "invalid value for idLabels");
    }
    let card = Card {
        board,
        list: list_id.to_owned(),
        name: name.to_owned(),
        desc: desc.to_owned(),
        due: request.get("due").map(str::to_owned),
        labels,
        attachments: request.get("urlSource").map(str::to_owned).into_iter().collect(),
        ..Card::default()
    };
    let id = world.put_card(card);
    match world.card_list.iter().find(|card| card.id == id) {
        Some(card) => Answer::Json(200, world.card_json(card, true)),
        None => not_found(),
    }
}

fn change_card(world: &mut World, id: &str, request: &ApiRequest) -> Answer {
    if request.get("closed") == Some("true") {
        world.archive_card(id);
    }
    match world.card_list.iter().find(|card| card.id == id) {
        Some(card) => Answer::Json(200, world.card_json(card, false)),
        None => not_found(),
    }
}

fn create_label(world: &mut World, request: &ApiRequest) -> Answer {
    let (Some(board), Some(name), Some(color)) = (request.get("idBoard"), request.get("name"), request.get("color"))
    else {
        return text(400, "invalid value for name");
    };
    let Some(board) = world.board(board).map(|board| board.id.clone()) else {
        return not_found();
    };
    let color = (color != "null" && !color.is_empty()).then(|| color.to_owned());
    let id = world.add_label(&board, name, color);
    match world.label_list.iter().find(|label| label.id == id) {
        Some(label) => Answer::Json(200, World::label_json(label)),
        None => not_found(),
    }
}
