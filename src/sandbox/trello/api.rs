//! Which call is whose, and the answers that all of them share, with the bodies that Trello was recorded to answer.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::params::ApiRequest;
use super::world::{Who, World};
use super::{actions, boards, cards, checklists, feed, items, labels, lists, members, parts, tokens, webhooks};

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

    /// The content type and the body.
    pub(super) fn written(&self) -> (&'static str, String) {
        match self {
            Answer::Json(_, value) => ("application/json; charset=utf-8", value.to_string()),
            Answer::Text(_, text) => ("text/plain; charset=utf-8", text.clone()),
        }
    }
}

/// The body of a 200, or the answer that says why not. Trello knows no other success than 200.
pub(super) type Reply = Result<Value, Answer>;

pub(super) fn refuse_text(status: u16, sentence: &str) -> Answer {
    Answer::Text(status, sentence.to_owned())
}

/// What is wrong with a parameter, or with an id in the path.
pub(super) fn invalid(name: &str) -> Answer {
    match name {
        "id" => refuse_text(400, "invalid id"),
        other => Answer::Text(400, format!("invalid value for {other}")),
    }
}

pub(super) fn gone() -> Answer {
    refuse_text(404, "The requested resource was not found.")
}

pub(super) fn unauthorized() -> Answer {
    refuse_text(401, "unauthorized permission requested")
}

pub(super) fn is_id(id: &str) -> bool {
    id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_short_link(id: &str) -> bool {
    id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Who calls, or why the call is refused. Trello looks at the id in the path before it looks at the credentials.
pub(super) fn admit(world: &mut World, key: &str, request: &ApiRequest) -> Result<Who, Answer> {
    if malformed_id(request) {
        return Err(invalid("id"));
    }
    let writes = request.method != Method::GET;
    let token = match &request.credentials {
        (Some(given), _) if given != key => return Err(refuse_text(401, "invalid key")),
        (Some(_), Some(token)) => token,
        (None, _) | (_, None) if writes => return Err(Answer::Json(401, json!({ "message": "missing scopes" }))),
        _ => return Err(unauthorized()),
    };
    let now = world.now();
    let token = world.token(token).filter(|token| token.expires.is_none_or(|at| at > now));
    let token = token.ok_or_else(|| refuse_text(401, "invalid token"))?;
    if writes && !token.writes {
        return Err(unauthorized());
    }
    let who = Who { member: token.member.clone(), token: Some(token.id.clone()), client: request.client.clone() };
    if sees(world, &who, request) { Ok(who) } else { Err(unauthorized()) }
}

fn malformed_id(request: &ApiRequest) -> bool {
    match (request.path.first().map(String::as_str), request.path.get(1)) {
        (Some("boards" | "cards" | "card"), Some(id)) => !is_id(id) && !is_short_link(id),
        (Some("lists" | "labels" | "checklists" | "actions" | "webhooks"), Some(id)) => !is_id(id),
        _ => false,
    }
}

/// Whether the thing that the path names stands on a board that the caller is a member of. What is not there is not
/// judged here.
fn sees(world: &World, who: &Who, request: &ApiRequest) -> bool {
    let id = request.path.get(1).map_or("", String::as_str);
    let board = match request.path.first().map(String::as_str) {
        Some("boards") => world.board(id).ok().map(|board| board.id.as_str()),
        Some("cards" | "card") => world.card(id).ok().map(|card| card.board.as_str()),
        Some("lists") => world.list(id).ok().map(|list| list.board.as_str()),
        Some("labels") => world.label(id).ok().map(|label| label.board.as_str()),
        _ => None,
    };
    board.is_none_or(|board| world.is_on_board(&who.member, board))
}

/// Carries a call out.
pub(super) fn answer(world: &mut World, who: &Who, request: &ApiRequest) -> Answer {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    // Two of py-trello's calls say `card`.
    let room = if path.first() == Some(&"card") { "cards" } else { path.first().copied().unwrap_or_default() };
    let rest = path.get(1..).unwrap_or_default();
    let method = request.method.as_str();
    let reply = match room {
        "boards" => to_boards(world, who, request, method, rest),
        "lists" => to_lists(world, who, request, method, rest),
        "cards" => to_cards(world, who, request, method, rest),
        "labels" => to_labels(world, who, request, method, rest),
        "members" => to_members(world, who, request, method, rest),
        "checklists" => to_checklists(world, who, request, method, rest),
        "actions" => to_actions(world, who, request, method, rest),
        "tokens" => to_tokens(world, who, request, method, rest),
        "webhooks" => to_webhooks(world, who, request, method, rest),
        _ => None,
    };
    let no_route = || Err(Answer::Text(404, format!("Cannot {method} /1/{}", path.join("/"))));
    match reply.unwrap_or_else(no_route) {
        Ok(body) => Answer::Json(200, body),
        Err(answer) => answer,
    }
}

/// `None`: there is no such call.
type Routed = Option<Reply>;

fn to_boards(w: &mut World, who: &Who, r: &ApiRequest, method: &str, path: &[&str]) -> Routed {
    Some(match (method, path) {
        ("POST", []) => boards::create(w, who, r),
        ("GET", [id]) => boards::read(w, r, id),
        ("PUT", [id]) => boards::change(w, who, r, id),
        ("DELETE", [id]) => boards::delete(w, id),
        ("PUT", [id, "members", member]) => boards::add_member(w, who, r, id, member),
        ("DELETE", [id, "members", member]) => boards::remove_member(w, who, id, member),
        ("POST", [id, "lists"]) => lists::create(w, who, r, Some(id)),
        ("POST", [id, "labels"]) => labels::create(w, who, r, Some(id)),
        ("PUT", [id, field]) => boards::change(w, who, &r.with_value_as(field), id),
        ("GET", [id, "actions"]) => feed::of_board(w, r, id),
        ("GET", [id, "cards", which]) => boards::some_cards(w, r, id, which),
        ("GET", [id, "lists", filter]) => boards::some_lists(w, r, id, filter),
        ("GET", [id, part]) => boards::read_part(w, r, id, part),
        _ => return None,
    })
}

fn to_lists(w: &mut World, who: &Who, r: &ApiRequest, method: &str, path: &[&str]) -> Routed {
    Some(match (method, path) {
        ("POST", []) => lists::create(w, who, r, None),
        ("GET", [id]) => lists::read(w, r, id),
        ("PUT", [id]) => lists::change(w, who, r, id),
        ("PUT", [id, field]) => lists::change(w, who, &r.with_value_as(field), id),
        ("POST", [id, "archiveAllCards"]) => lists::archive_all(w, who, id),
        ("POST", [id, "moveAllCards"]) => lists::move_all(w, who, r, id),
        ("GET", [id, "actions"]) => feed::of_list(w, r, id),
        ("GET", [id, part]) => lists::read_part(w, r, id, part),
        _ => return None,
    })
}

fn to_cards(w: &mut World, who: &Who, r: &ApiRequest, method: &str, path: &[&str]) -> Routed {
    Some(match (method, path) {
        ("POST", []) => cards::create(w, who, r),
        ("GET", [id]) => cards::read(w, r, id),
        ("PUT", [id]) => cards::change(w, who, r, id),
        ("DELETE", [id]) => cards::delete(w, who, id),
        ("POST", [id, "actions", "comments"]) => actions::comment(w, who, r, id),
        ("PUT", [_, "actions", action, "comments"]) => actions::change_comment(w, who, r, action),
        ("DELETE", [_, "actions", action, "comments"]) => actions::delete_comment(w, who, action),
        ("POST", [id, "idLabels"]) => parts::add_label(w, who, r, id),
        ("POST", [id, "labels"]) => parts::add_new_label(w, who, r, id),
        ("DELETE", [id, "idLabels", label]) => parts::remove_label(w, who, id, label),
        ("POST", [id, "idMembers" | "members"]) => parts::add_member(w, who, r, id),
        ("DELETE", [id, "idMembers", member]) => parts::remove_member(w, who, id, member),
        ("POST", [id, "membersVoted"]) => parts::vote(w, who, r, id),
        ("DELETE", [id, "membersVoted", member]) => parts::take_vote_back(w, id, member),
        ("POST", [id, "attachments"]) => parts::attach(w, who, r, id),
        ("GET", [id, "attachments", attachment]) => parts::read_attachment(w, r, id, attachment),
        ("DELETE", [id, "attachments", attachment]) => parts::detach(w, who, id, attachment),
        ("POST", [id, "checklists"]) => checklists::create(w, who, r, Some(id)),
        ("DELETE", [_, "checklists", list]) => checklists::delete(w, who, list),
        ("GET", [_, "checkItem", item]) => items::read(w, r, item),
        ("PUT", [_, "checkItem", item]) => items::change(w, who, r, item),
        ("PUT", [_, "checklist", _, "checkItem", item]) => items::change(w, who, r, item),
        ("DELETE", [_, "checkItem", item]) => items::delete(w, who, item),
        ("PUT", [id, field]) => cards::change(w, who, &r.with_value_as(field), id),
        ("GET", [id, "actions"]) => feed::of_card(w, r, id),
        ("GET", [id, part]) => cards::read_part(w, r, id, part),
        _ => return None,
    })
}

fn to_labels(w: &mut World, who: &Who, r: &ApiRequest, method: &str, path: &[&str]) -> Routed {
    Some(match (method, path) {
        ("POST", []) => labels::create(w, who, r, None),
        ("GET", [id]) => labels::read(w, r, id),
        ("PUT", [id]) => labels::change(w, who, r, id),
        ("PUT", [id, field]) => labels::change(w, who, &r.with_value_as(field), id),
        ("DELETE", [id]) => labels::delete(w, who, id),
        _ => return None,
    })
}

fn to_members(w: &mut World, who: &Who, r: &ApiRequest, method: &str, path: &[&str]) -> Routed {
    let id = if path.first() == Some(&"me") { who.member.as_str() } else { path.first().copied().unwrap_or_default() };
    Some(match (method, path) {
        ("GET", [_]) => members::read(w, r, id),
        ("GET", [_, "actions"]) => feed::of_member(w, r, id),
        ("GET", [_, part]) => members::read_part(w, who, r, id, part),
        _ => return None,
    })
}

fn to_checklists(w: &mut World, who: &Who, r: &ApiRequest, method: &str, path: &[&str]) -> Routed {
    Some(match (method, path) {
        ("POST", []) => checklists::create(w, who, r, None),
        ("GET", [id]) => checklists::read(w, r, id),
        ("PUT", [id]) => checklists::change(w, who, r, id),
        ("DELETE", [id]) => checklists::delete(w, who, id),
        ("POST", [id, "checkItems"]) => items::create(w, who, r, id),
        ("GET", [_, "checkItems", item]) => items::read(w, r, item),
        ("DELETE", [_, "checkItems", item]) => items::delete(w, who, item),
        ("PUT", [id, field]) => checklists::change(w, who, &r.with_value_as(field), id),
        ("GET", [id, part]) => checklists::read_part(w, r, id, part),
        _ => return None,
    })
}

fn to_actions(w: &mut World, who: &Who, r: &ApiRequest, method: &str, path: &[&str]) -> Routed {
    Some(match (method, path) {
        ("GET", [id]) => actions::read(w, r, id),
        ("PUT", [id] | [id, "text"]) => actions::change_comment(w, who, r, id),
        ("DELETE", [id]) => actions::delete_comment(w, who, id),
        ("GET", [id, part]) => actions::read_part(w, r, id, part),
        _ => return None,
    })
}

fn to_tokens(w: &mut World, who: &Who, r: &ApiRequest, method: &str, path: &[&str]) -> Routed {
    let value = path.first().copied().unwrap_or_default();
    let reply = tokens::own(w, who, value).and_then(|()| {
        Ok(match (method, path) {
            ("GET", [_]) => Some(tokens::read(w, who, r)?),
            ("GET", [_, "member"]) => Some(members::read(w, r, &who.member)?),
            ("DELETE", [_]) => Some(tokens::revoke(w, who)?),
            ("GET", [_, "webhooks"]) => Some(webhooks::list(w, who)?),
            ("POST", [_, "webhooks"]) => Some(webhooks::create(w, who, r)?),
            ("GET", [_, "webhooks", id]) => Some(webhooks::read(w, who, id)?),
            ("PUT", [_, "webhooks", id]) => Some(webhooks::change(w, who, r, id)?),
            ("DELETE", [_, "webhooks", id]) => Some(webhooks::delete(w, who, id)?),
            _ => None,
        })
    });
    reply.transpose()
}

fn to_webhooks(w: &mut World, who: &Who, r: &ApiRequest, method: &str, path: &[&str]) -> Routed {
    Some(match (method, path) {
        ("POST", []) => webhooks::create(w, who, r),
        ("GET", [id]) => webhooks::read(w, who, id),
        ("PUT", [id]) => webhooks::change(w, who, r, id),
        ("DELETE", [id]) => webhooks::delete(w, who, id),
        ("GET", [id, field]) => webhooks::read(w, who, id).and_then(|hook| field_of(&hook, field)),
        _ => return None,
    })
}

/// The asked-for fields; the id always comes along.
pub(super) fn pick(value: Value, fields: Option<&str>) -> Value {
    let (Value::Object(all), Some(fields)) = (&value, fields.filter(|fields| *fields != "all")) else {
        return value;
    };
    let wanted: Vec<&str> = fields.split(',').chain(["id"]).collect();
    let kept: Map<String, Value> =
        all.iter().filter(|(name, _)| wanted.contains(&name.as_str())).map(|(n, v)| (n.clone(), v.clone())).collect();
    Value::Object(kept)
}

/// What `GET /things/{id}/{field}` answers: a plain value wrapped, an object or a list as it is.
pub(super) fn field_of(whole: &Value, field: &str) -> Reply {
    let Value::Object(all) = whole else { return Err(gone()) };
    match all.iter().find(|(name, _)| name.eq_ignore_ascii_case(field)) {
        Some((_, value @ (Value::Object(_) | Value::Array(_)))) => Ok(value.clone()),
        Some((_, value)) => Ok(json!({ "_value": value })),
        None => Err(invalid("field")),
    }
}

/// A place as Trello writes it: without a point where there is nothing behind it.
pub(super) fn place(pos: f64) -> Value {
    if pos.fract() == 0.0 && pos < 1e15 { json!(pos as i64) } else { json!(pos) }
}

/// Where something is put among others: `top`, `bottom` or a number above zero; nothing means `bottom`.
pub(super) fn position(asked: Option<&str>, others: impl Iterator<Item = f64>) -> Result<f64, Answer> {
    const STEP: f64 = 16_384.0;
    let others: Vec<f64> = others.collect();
    match asked {
        Some("top") => Ok(others.iter().copied().reduce(f64::min).map_or(STEP, |least| least / 2.0)),
        None | Some("bottom" | "") => Ok(others.iter().copied().fold(0.0, f64::max) + STEP),
        Some(number) => number.parse().ok().filter(|at: &f64| *at >= 0.0).ok_or_else(|| invalid("pos")),
    }
}
