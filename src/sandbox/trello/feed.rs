//! Activity feeds: newest first, cut by `since`, `before`, `filter`, `limit` and `page`. They hold only the types that
//! Trello's feeds hold, and `display` only where it is asked for.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Trello;
use super::actions::Action;
use super::api::{Answer, Reply, gone, invalid, is_id, pick};
use super::params::ApiRequest;
use super::world::World;

/// What a card's feed shows where no filter is asked for.
const OF_CARDS: &str = "commentCard,updateCard:idList";
const MOST: usize = 1000;

pub(super) fn of_board(world: &World, request: &ApiRequest, id: &str) -> Reply {
    let board = world.board(id)?.id.as_str();
    feed(world, request, "all", |action| action.about("board") == Some(board))
}

pub(super) fn of_card(world: &World, request: &ApiRequest, id: &str) -> Reply {
    let card = world.card(id)?.id.as_str();
    feed(world, request, OF_CARDS, |action| action.about("card") == Some(card))
}

pub(super) fn of_list(world: &World, request: &ApiRequest, id: &str) -> Reply {
    world.list(id)?;
    feed(world, request, "all", |action| action.creator != id && action.concerns(id))
}

pub(super) fn of_member(world: &World, request: &ApiRequest, id: &str) -> Reply {
    let member = world.member(id).ok_or_else(gone)?.id.as_str();
    feed(world, request, "all", |action| action.creator == member)
}

impl Trello {
    /// Keeps an action out of the feeds, or has them show it: they may show one later than a newer one.
    pub fn show_late(&self, action: &str, late: bool) {
        for known in self.lock().world.actions.iter_mut().filter(|known| known.id == action) {
            known.late = late;
        }
    }
}

/// Actions that come along with a board or a card: `filter` says which.
pub(super) fn nested(
    world: &World,
    request: &ApiRequest,
    filter: Option<&str>,
    wanted: impl Fn(&Action) -> bool,
) -> Reply {
    let limit = request.get("actions_limit").and_then(|limit| limit.parse().ok()).unwrap_or(50usize).min(MOST);
    let filter = filter.filter(|filter| *filter != "true").unwrap_or("all");
    let all = world.actions.iter().rev().filter(|action| action.in_feeds() && wanted(action) && passes(filter, action));
    Ok(all.take(limit).map(|action| pick(world.action_json(action), request.get("actions_fields"))).collect())
}

fn feed(world: &World, request: &ApiRequest, usual: &str, wanted: impl Fn(&Action) -> bool) -> Reply {
    let limit = number(request, "limit", 50)?;
    let page = number(request, "page", 0)?;
    if limit > MOST {
        return Err(invalid("limit"));
    }
    if page * limit >= MOST && page > 0 {
        return Err(invalid("page"));
    }
    let since = request.get("since").filter(|at| !at.is_empty() && *at != "null");
    let since = since.map(|at| Mark::read(at, "since")).transpose()?;
    let before = request.get("before").filter(|at| !at.is_empty() && *at != "null");
    let before = before.map(|at| Mark::read(at, "before")).transpose()?;
    let filter = request.given("filter").unwrap_or(usual);
    let models = request.list("idModels");
    let kept = |action: &&Action| {
        action.in_feeds()
            && wanted(action)
            && passes(filter, action)
            && since.as_ref().is_none_or(|since| !since.is_after(action))
            && before.as_ref().is_none_or(|before| before.is_after(action))
            && models.as_ref().is_none_or(|models| models.iter().any(|id| action.concerns(id)))
    };
    let kept = world.actions.iter().rev().filter(kept).skip(page * limit).take(limit);
    if request.get("format") == Some("count") {
        return Ok(json!({ "_value": kept.count() }));
    }
    Ok(kept.map(|action| line(world, request, action)).collect())
}

fn number(request: &ApiRequest, name: &str, usual: usize) -> Result<usize, Answer> {
    match request.get(name) {
        None | Some("") => Ok(usual),
        Some(text) => text.parse().map_err(|_| invalid(name)),
    }
}

/// One action, with the fields and companions that are asked for.
fn line(world: &World, request: &ApiRequest, action: &Action) -> Value {
    let display = request.get("display") == Some("true");
    let whole = if display { world.action_with_display(action) } else { world.action_json(action) };
    let companions = ["memberCreator", "member"];
    let companion = |name: &&str| request.get(name) != Some("false") && !whole[*name].is_null();
    let beside: Vec<(&str, Value)> = companions
        .into_iter()
        .filter(companion)
        .map(|name| (name, pick(whole[name].clone(), request.get(&format!("{name}_fields")))))
        .collect();
    let mut line = pick(whole.clone(), request.get("fields"));
    if let Value::Object(fields) = &mut line {
        fields.retain(|name, _| !companions.contains(&name.as_str()));
        fields.extend(beside.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    line
}

/// Whether an action passes `filter`: `all`, or types such as `createCard`, narrowed as in `updateCard:idList`.
fn passes(filter: &str, action: &Action) -> bool {
    filter.split(',').any(|part| match part.split_once(':') {
        None => part == "all" || part == action.kind,
        Some((kind, field)) => kind == action.kind && action.data["old"].get(field).is_some(),
    })
}

/// A place in the feed: an action's id, or a time.
enum Mark {
    Id(String),
    Time(Timestamp),
}

impl Mark {
    fn read(text: &str, name: &str) -> Result<Self, Answer> {
        if is_id(text) {
            return Ok(Mark::Id(text.to_lowercase()));
        }
        let millis = text.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
        let day = || text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
        let time = text.parse().ok().or(millis).or_else(|| day().map(|day| day.timestamp()));
        time.map(Mark::Time).ok_or_else(|| invalid(name))
    }

    /// Whether the mark lies after the action. The action at the mark is not before it, so that `since` includes it;
    /// the documentation does not say.
    fn is_after(&self, action: &Action) -> bool {
        match self {
            Mark::Id(id) => *id > action.id,
            Mark::Time(time) => *time > action.date,
        }
    }
}
