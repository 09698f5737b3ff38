//! The calls that read, make, change and delete cards.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::{Answer, Reply, field_of, invalid, is_id, pick, position, refuse_text};
use super::card::Card;
use super::members;
use super::params::ApiRequest;
use super::parts::Attachment;
use super::world::{Who, World};
use super::{boards, checklists, feed, lists};

/// A time that a parameter asks for; nothing and `null` mean none.
pub(super) fn time(request: &ApiRequest, name: &str) -> Result<Option<Option<Timestamp>>, Answer> {
    match request.get(name) {
        None => Ok(None),
        Some("" | "null") => Ok(Some(None)),
        Some(text) => read_time(text).map(|time| Some(Some(time))).ok_or_else(|| invalid(name)),
    }
}

/// Trello reads ISO times, days, and what languages print: `2020-12-22 01:59:00 UTC`, `2020-12-22 01:59:00 +0000`.
fn read_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let text = text.strip_suffix(" UTC").map_or_else(|| text.to_owned(), |time| format!("{time}Z"));
    let spaced = || jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %z", &text).ok()?.to_timestamp().ok();
    let day = || text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse().ok().or_else(spaced).or_else(|| day().map(|day| day.timestamp()))
}

/// Cards that a call about a board, a list or a member asks for: newest first, at most a thousand, `before` an id or a
/// time.
pub(super) fn some(world: &World, request: &ApiRequest, filter: Option<&str>, wanted: impl Fn(&Card) -> bool) -> Reply {
    let limit = request.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX).min(1000);
    let before = |card: &Card| request.get("before").is_none_or(|id| card.id.as_str() < id);
    let since = |card: &Card| request.get("since").is_none_or(|id| card.id.as_str() > id);
    let kept =
        world.cards.iter().rev().filter(|card| wanted(card) && shown(card, filter) && before(card) && since(card));
    kept.take(limit).map(|card| with_parts(world, request, card)).collect::<Result<Value, Answer>>()
}

/// The same cards, along with something else.
pub(super) fn all(world: &World, filter: Option<&str>, fields: Option<&str>, wanted: impl Fn(&Card) -> bool) -> Value {
    let kept = world.cards.iter().filter(|card| wanted(card) && shown(card, filter));
    kept.map(|card| world.card_fields(card, fields)).collect()
}

fn shown(card: &Card, filter: Option<&str>) -> bool {
    match filter.unwrap_or("visible") {
        "all" => true,
        "closed" => card.closed,
        "none" => false,
        _ => !card.closed,
    }
}

pub(super) fn read(world: &World, request: &ApiRequest, id: &str) -> Reply {
    with_parts(world, request, world.card(id)?)
}

/// A card with what the call wants beside it: attachments, members, actions, checklists, board, list.
fn with_parts(world: &World, request: &ApiRequest, card: &Card) -> Reply {
    let mut answer = world.card_fields(card, request.get("fields"));
    for part in ["attachments", "members", "membersVoted", "actions", "checklists", "board", "list"] {
        if request.wants(part) {
            answer[part] = card_part(world, request, card, part, request.get(part))?;
        }
    }
    for part in ["customFieldItems", "pluginData", "stickers"] {
        if request.switch(part)? == Some(true) {
            answer[part] = json!([]);
        }
    }
    Ok(answer)
}

pub(super) fn read_part(world: &World, request: &ApiRequest, id: &str, part: &str) -> Reply {
    let card = world.card(id)?;
    match part {
        "attachments" | "members" | "membersVoted" | "checklists" => card_part(world, request, card, part, None),
        "board" => boards::read(world, request, &card.board),
        "list" => lists::read(world, request, &card.list),
        "customFieldItems" | "pluginData" | "stickers" => Ok(json!([])),
        _ => field_of(&world.card_json(card), part),
    }
}

fn card_part(world: &World, request: &ApiRequest, card: &Card, part: &str, filter: Option<&str>) -> Reply {
    let alone = request.path.len() > 2;
    let fields = |nested: &str| request.get(if alone { "fields" } else { nested });
    Ok(match part {
        "attachments" => {
            let fields = fields("attachment_fields");
            card.attachments.iter().map(|attachment| pick(attachment.json(), fields)).collect()
        }
        "members" => members::some(world, card.members.iter(), fields("member_fields")),
        "membersVoted" => members::some(world, card.voters.iter(), fields("memberVoted_fields")),
        "actions" => feed::nested(world, request, filter, |action| action.about("card") == Some(&card.id))?,
        "checklists" => checklists::some(world, |list| list.card == card.id),
        "board" => pick(world.board_json(world.board(&card.board)?), fields("board_fields")),
        _ => World::list_json(world.list(&card.list)?),
    })
}

pub(super) fn create(world: &mut World, who: &Who, request: &ApiRequest) -> Reply {
    let list = request.get("idList").filter(|id| is_id(id)).ok_or_else(|| invalid("idList"))?;
    let Ok(list) = world.list(list).cloned() else {
        return Err(refuse_text(404, "could not find the board that the card belongs to"));
    };
    let source = request.given("idCardSource").map(|id| world.card(id).cloned()).transpose()?;
    let nameless = source.is_some() || request.given("urlSource").is_some();
    let name = request.some_words("name", usize::from(!nameless))?.filter(|name| !name.is_empty());
    let name = match (name, &source, request.given("urlSource")) {
        (Some(name), ..) => name.to_owned(),
        (None, Some(source), _) => source.name.clone(),
        (None, None, Some(url)) => url.to_owned(),
        _ => return Err(invalid("name")),
    };
    let positions = world.cards.iter().filter(|card| card.list == list.id).map(|card| card.pos);
    let card = Card {
        name,
        desc: request.some_words("desc", 0)?.unwrap_or_default().to_owned(),
        due: time(request, "due")?.flatten(),
        start: time(request, "start")?.flatten(),
        due_complete: request.switch("dueComplete")?.unwrap_or(false),
        pos: position(request.get("pos"), positions)?,
        labels: labels_on(world, &list.board, request.list("idLabels").unwrap_or_default())?,
        members: members_of(world, request.list("idMembers").unwrap_or_default())?,
        board: list.board,
        list: list.id,
        ..Card::default()
    };
    let card = match &source {
        Some(source) => copied(request, source, card),
        None => card,
    };
    let id = world.put_card(who, card, source.as_ref(), request.given("urlSource"))?;
    let mut answer = world.card_json(world.card(&id)?);
    answer["attachments"] = world.card(&id)?.attachments.iter().map(Attachment::json).collect();
    (answer["stickers"], answer["limits"]) = (json!([]), json!({}));
    Ok(answer)
}

/// What a copy takes over where the call does not say otherwise. Attachments, checklists and comments stay behind here.
fn copied(request: &ApiRequest, source: &Card, card: Card) -> Card {
    let keep = request.given("keepFromSource").unwrap_or("all");
    let takes = |part: &str, name: &str| {
        request.given(name).is_none() && keep.split(',').any(|kept| kept == "all" || kept == part)
    };
    let same_board = source.board == card.board;
    Card {
        desc: if request.given("desc").is_none() { source.desc.clone() } else { card.desc },
        due: if takes("due", "due") { source.due } else { card.due },
        labels: if same_board && takes("labels", "idLabels") { source.labels.clone() } else { card.labels },
        members: if takes("members", "idMembers") { source.members.clone() } else { card.members },
        ..card
    }
}

fn labels_on(world: &World, board: &str, ids: Vec<String>) -> Result<Vec<String>, Answer> {
    let known = |id: &String| world.label(id).is_ok_and(|label| label.board == board);
    if ids.iter().all(known) { Ok(ids) } else { Err(invalid("idLabels")) }
}

fn members_of(world: &World, ids: Vec<String>) -> Result<Vec<String>, Answer> {
    ids.iter().map(|id| members::named(world, id, "idMembers")).collect()
}

pub(super) fn change(world: &mut World, who: &Who, request: &ApiRequest, id: &str) -> Reply {
    let before = world.card(id)?.clone();
    let target = target(world, request, &before)?;
    let board = target.as_ref().map_or(&before.board, |(board, _)| board);
    let list = target.as_ref().map_or(&before.list, |(_, list)| list);
    let positions = world.cards.iter().filter(|card| card.list == *list && card.id != before.id).map(|card| card.pos);
    let pos = request.given("pos").map(|pos| position(Some(pos), positions)).transpose()?;
    let mut after = before.clone();
    after.name = request.some_words("name", 1)?.unwrap_or(&before.name).to_owned();
    after.desc = request.some_words("desc", 0)?.unwrap_or(&before.desc).to_owned();
    after.closed = request.switch("closed")?.unwrap_or(before.closed);
    after.due = time(request, "due")?.unwrap_or(before.due);
    after.start = time(request, "start")?.unwrap_or(before.start);
    after.due_complete = request.switch("dueComplete")?.unwrap_or(before.due_complete);
    after.subscribed = request.switch("subscribed")?.unwrap_or(before.subscribed);
    after.pos = pos.unwrap_or(before.pos);
    let labels = request.list("idLabels").map(|ids| labels_on(world, board, ids)).transpose()?;
    let people = request.list("idMembers").map(|ids| members_of(world, ids)).transpose()?;
    if let Some((_, list)) = target {
        world.move_card(who, &before.id, &list)?;
    }
    world.update_card(who, &before.id, |card| {
        *card = Card { board: card.board.clone(), list: card.list.clone(), labels: card.labels.clone(), ..after };
    })?;
    if let Some(labels) = labels {
        world.set_labels(who, &before.id, &labels)?;
    }
    if let Some(people) = people {
        world.set_members(who, &before.id, &people)?;
    }
    Ok(world.card_json(world.card(&before.id)?))
}

/// Board and list that a change moves the card to: the list that is asked for, or the first of the board.
fn target(world: &World, request: &ApiRequest, card: &Card) -> Result<Option<(String, String)>, Answer> {
    let board = request
        .get("idBoard")
        .filter(|id| !id.is_empty())
        .map(|id| world.board(id).map(|board| board.id.clone()).map_err(|_| invalid("idBoard")));
    let board = board.transpose()?;
    if let Some(id) = request.given("idList") {
        let list = world.list(id).map_err(|_| invalid("idList"))?;
        if board.is_some_and(|board| board != list.board) {
            return Err(invalid("idList"));
        }
        return Ok(Some((list.board.clone(), list.id.clone())));
    }
    let Some(board) = board.filter(|board| *board != card.board) else { return Ok(None) };
    let lists = world.lists.iter().filter(|list| list.board == board && !list.closed);
    let first = lists.min_by(|one, other| one.pos.total_cmp(&other.pos)).ok_or_else(|| invalid("idList"))?;
    Ok(Some((board, first.id.clone())))
}

pub(super) fn delete(world: &mut World, who: &Who, id: &str) -> Reply {
    world.delete_card(who, id)?;
    Ok(json!({ "limits": {} }))
}
