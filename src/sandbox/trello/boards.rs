//! Boards.

use serde_json::{Map, Value, json};

use super::actions::Data;
use super::api::{Answer, Reply, field_of, gone, invalid, is_id, pick};
use super::labels::COLORS;
use super::members::{self, Membership, joined};
use super::params::ApiRequest;
use super::world::{Who, World, written};
use super::{cards, checklists, feed, limits};

#[derive(Clone, Debug)]
pub(super) struct Board {
    pub(super) id: String,
    pub(super) short_link: String,
    pub(super) name: String,
    pub(super) desc: String,
    pub(super) closed: bool,
    pub(super) memberships: Vec<Membership>,
    organization: String,
    /// Preferences that are not as they are on every new board.
    prefs: Map<String, Value>,
}

/// The workspace of everybody, and of boards that name none.
pub(super) const WORKSPACE: &str = "5e93ba000000000000000001";

/// The fields of a board where none are asked for.
const USUAL: &str = "name,desc,descData,closed,idOrganization,idEnterprise,pinned,url,shortUrl,prefs,labelNames";

impl World {
    /// A board by its id or its short link.
    pub(super) fn board(&self, id: &str) -> Result<&Board, Answer> {
        self.boards.iter().find(|board| board.id == id || board.short_link == id).ok_or_else(gone)
    }

    pub(super) fn add_board(&mut self, who: &Who, name: &str) -> String {
        let (id, short_link) = (self.fresh_id(), self.fresh_short_link("Bd"));
        let place = Membership { id: self.fresh_id(), member: who.member.clone(), kind: "admin".to_owned() };
        self.boards.push(Board {
            id: id.clone(),
            short_link,
            name: name.to_owned(),
            desc: String::new(),
            closed: false,
            memberships: vec![place],
            organization: WORKSPACE.to_owned(),
            prefs: Map::new(),
        });
        self.act(
            who,
            "createBoard",
            Data::new().with("board", self.board_ref(&id)).with("creationMethod", Value::Null),
        );
        id
    }

    pub(super) fn update_board(&mut self, who: &Who, id: &str, change: impl FnOnce(&mut Board)) -> Result<(), Answer> {
        let before = self.board(id)?.clone();
        let id = before.id.clone();
        let mut after = before.clone();
        change(&mut after);
        let (old, new) = (self.board_json(&before), self.board_json(&after));
        for board in self.boards.iter_mut().filter(|board| board.id == id) {
            *board = after.clone();
        }
        for field in ["name", "desc", "closed"] {
            if old[field] != new[field] {
                let data = Data::new().with("board", self.board_ref(&id)).and("board", field, new[field].clone());
                self.act(who, "updateBoard", data.and("old", field, old[field].clone()));
            }
        }
        for (name, value) in &after.prefs {
            if old["prefs"][name] != *value {
                let data = Data::new().with("board", self.board_ref(&id)).and("board", "prefs", json!({ name: value }));
                self.act(who, "updateBoard", data.and("old", "prefs", json!({ name: old["prefs"][name] })));
            }
        }
        Ok(())
    }

    pub(super) fn board_json(&self, board: &Board) -> Value {
        let url = format!("https://trello.com/b/{}", board.short_link);
        let usual = json!({
            "id": board.id, "name": board.name, "desc": board.desc, "descData": null, "closed": board.closed,
            "idOrganization": board.organization, "idEnterprise": null, "pinned": false,
            "url": format!("{url}/{}", slug(&board.name)), "shortUrl": url,
            "prefs": joined(prefs(), Value::Object(board.prefs.clone())), "labelNames": self.label_names(&board.id),
        });
        let mut actions = self.actions.iter().filter(|action| action.about("board") == Some(&board.id));
        let creator = board.memberships.first().map(|place| place.member.as_str());
        let more = json!({
            "shortLink": board.short_link, "dateLastActivity": actions.next_back().map(|action| written(action.date)),
            "dateLastView": actions_begin(self, board), "memberships": memberships(board), "starred": false,
            "subscribed": false, "enterpriseOwned": false, "idMemberCreator": creator, "idTags": [], "powerUps": [],
            "premiumFeatures": [], "datePluginDisable": null, "creationMethod": null, "idBoardSource": null,
            "dateClosed": null, "ixUpdate": "1", "templateGallery": null, "limits": limits::of_board(),
        });
        joined(usual, more)
    }

    fn label_names(&self, board: &str) -> Value {
        let named = |color: &str| {
            let mut labels = self.labels.iter().filter(|label| label.board == board);
            let label = labels.find(|label| label.color.as_deref() == Some(color));
            label.map_or("", |label| label.name.as_str()).to_owned()
        };
        let shades = COLORS.iter().flat_map(|color| ["", "_light", "_dark"].map(|shade| format!("{color}{shade}")));
        Value::Object(shades.map(|color| (color.clone(), named(&color).into())).collect())
    }
}

/// When the first action about a board was written; whoever looks has looked since then.
fn actions_begin(world: &World, board: &Board) -> Option<String> {
    let first = world.actions.iter().find(|action| action.about("board") == Some(&board.id));
    first.map(|action| written(action.date))
}

fn memberships(board: &Board) -> Value {
    let place = |place: &Membership| {
        json!({
            "id": place.id, "idMember": place.member, "memberType": place.kind, "unconfirmed": false,
            "deactivated": false,
        })
    };
    board.memberships.iter().map(place).collect()
}

/// What a new board prefers.
fn prefs() -> Value {
    json!({
        "permissionLevel": "private", "hideVotes": false, "voting": "disabled", "comments": "members",
        "invitations": "members", "selfJoin": true, "cardCovers": true, "isTemplate": false, "cardAging": "regular",
        "calendarFeedEnabled": false, "background": "blue", "backgroundImage": null, "backgroundImageScaled": null,
        "backgroundTile": false, "backgroundBrightness": "dark", "backgroundColor": "#0079BF",
        "backgroundBottomColor": "#0079BF", "hiddenPluginBoardButtons": [], "backgroundTopColor": "#0079BF", "canBePublic": true,
        "canBeEnterprise": true, "canBeOrg": true, "canBePrivate": true, "canInvite": true,
    })
}

/// A name as the end of a URL: `To do!` is `to-do`.
pub(super) fn slug(name: &str) -> String {
    let words = name.split_whitespace().map(|word| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-").to_lowercase()
}

pub(super) fn create(world: &mut World, who: &Who, request: &ApiRequest) -> Reply {
    let name = request.words("name", 1)?;
    let desc = request.some_words("desc", 0)?.unwrap_or_default();
    let id = world.add_board(who, name);
    let (lists, colors) = (request.switch("defaultLists")?, request.switch("defaultLabels")?);
    if lists.unwrap_or(true) {
        for (at, list) in ["To Do", "Doing", "Done"].into_iter().enumerate() {
            world.add_list(who, &id, list, 16_384.0 * (at + 1) as f64);
        }
    }
    if colors.unwrap_or(true) {
        for color in &COLORS[..6] {
            world.add_label(who, &id, "", Some((*color).to_owned()));
        }
    }
    let organization = request.get("idOrganization").filter(|id| is_id(id)).unwrap_or(WORKSPACE);
    for board in world.boards.iter_mut().filter(|board| board.id == id) {
        desc.clone_into(&mut board.desc);
        organization.clone_into(&mut board.organization);
        board.prefs = asked_prefs(request, "prefs_");
    }
    let mut answer = pick(world.board_json(world.board(&id)?), Some(USUAL));
    answer["limits"] = json!({});
    Ok(answer)
}

/// The preferences among the parameters: `prefs_comments=…` on creation, `prefs/comments=…` on a change.
fn asked_prefs(request: &ApiRequest, prefix: &str) -> Map<String, Value> {
    let asked = request.params.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value)));
    let typed = |value: &String| match value.as_str() {
        "true" => json!(true),
        "false" => json!(false),
        text => json!(text),
    };
    asked.map(|(name, value)| (name.to_owned(), typed(value))).collect()
}

pub(super) fn read(world: &World, request: &ApiRequest, id: &str) -> Reply {
    let board = world.board(id)?;
    let mut answer = pick(world.board_json(board), request.get("fields").or(Some(USUAL)));
    for part in ["lists", "cards", "labels", "members", "memberships", "actions", "checklists"] {
        if request.wants(part) {
            answer[part] = board_part(world, request, board, part, request.get(part))?;
        }
    }
    Ok(answer)
}

pub(super) fn read_part(world: &World, request: &ApiRequest, id: &str, part: &str) -> Reply {
    let board = world.board(id)?;
    match part {
        "lists" | "cards" | "labels" | "members" | "memberships" | "checklists" => {
            board_part(world, request, board, part, request.get("filter"))
        }
        // Nothing here has Power-Ups or fields of its own.
        "customFields" | "plugins" | "boardPlugins" | "pluginData" => Ok(json!([])),
        _ => field_of(&world.board_json(board), part),
    }
}

/// A part of a board: asked for by its own call, with `filter`, or along with the board, with the filter as its value.
fn board_part(world: &World, request: &ApiRequest, board: &Board, part: &str, filter: Option<&str>) -> Reply {
    let alone = request.path.len() > 2;
    let nested = format!("{}_fields", part.trim_end_matches('s'));
    let fields = request.get(if alone { "fields" } else { &nested });
    match part {
        "lists" => Ok(lists(world, board, filter.unwrap_or("open"), fields)),
        "cards" if alone => cards::some(world, request, filter, |card| card.board == board.id),
        "cards" => Ok(cards::all(world, filter, fields, |card| card.board == board.id)),
        "labels" => {
            let limit = request.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(50);
            let labels = world.labels.iter().filter(|label| label.board == board.id);
            Ok(labels.take(limit).map(|label| pick(World::label_json(label), fields)).collect())
        }
        "members" => {
            let ids = board.memberships.iter().map(|place| &place.member);
            Ok(members::some(world, ids, fields.or(Some("username,fullName"))))
        }
        "memberships" => Ok(memberships(board)),
        "actions" => feed::nested(world, request, filter, |action| action.about("board") == Some(&board.id)),
        _ => Ok(checklists::some(world, |list| list.board == board.id)),
    }
}

fn lists(world: &World, board: &Board, filter: &str, fields: Option<&str>) -> Value {
    let mut lists: Vec<_> = world.lists.iter().filter(|list| list.board == board.id).collect();
    lists.retain(|list| filter == "all" || list.closed == (filter == "closed"));
    lists.sort_by(|one, other| one.pos.total_cmp(&other.pos));
    lists.into_iter().map(|list| pick(World::list_json(list), fields)).collect()
}

/// `GET /boards/{id}/cards/{filter}`, or one card by its id, short link or number.
pub(super) fn some_cards(world: &World, request: &ApiRequest, id: &str, which: &str) -> Reply {
    let board = world.board(id)?;
    if matches!(which, "all" | "open" | "closed" | "visible") {
        return cards::some(world, request, Some(which), |card| card.board == board.id);
    }
    let named =
        |card: &&super::card::Card| card.id == which || card.short_link == which || card.number.to_string() == which;
    let card = world.cards.iter().filter(|card| card.board == board.id).find(named).ok_or_else(gone)?;
    cards::read(world, request, &card.id)
}

pub(super) fn some_lists(world: &World, request: &ApiRequest, id: &str, filter: &str) -> Reply {
    Ok(lists(world, world.board(id)?, filter, request.get("fields")))
}

pub(super) fn change(world: &mut World, who: &Who, request: &ApiRequest, id: &str) -> Reply {
    let name = request.some_words("name", 1)?.map(str::to_owned);
    let desc = request.some_words("desc", 0)?.map(str::to_owned);
    let closed = request.switch("closed")?;
    let organization = request.get("idOrganization").filter(|id| is_id(id)).map(str::to_owned);
    let asked = asked_prefs(request, "prefs/");
    world.update_board(who, id, |board| {
        board.name = name.unwrap_or(board.name.clone());
        board.desc = desc.unwrap_or(board.desc.clone());
        board.closed = closed.unwrap_or(board.closed);
        board.organization = organization.unwrap_or(board.organization.clone());
        board.prefs.extend(asked);
    })?;
    Ok(pick(world.board_json(world.board(id)?), Some(USUAL)))
}

pub(super) fn delete(world: &mut World, id: &str) -> Reply {
    let id = world.board(id)?.id.clone();
    world.boards.retain(|board| board.id != id);
    world.lists.retain(|list| list.board != id);
    world.cards.retain(|card| card.board != id);
    world.labels.retain(|label| label.board != id);
    world.actions.retain(|action| action.about("board") != Some(&id));
    world.changed = true;
    Ok(json!({ "_value": null }))
}

pub(super) fn add_member(world: &mut World, who: &Who, request: &ApiRequest, id: &str, member: &str) -> Reply {
    let board = world.board(id)?.id.clone();
    let member = world.member(member).ok_or_else(gone)?.id.clone();
    let kind = request.get("type").unwrap_or("normal").to_owned();
    if !matches!(kind.as_str(), "normal" | "admin" | "observer") {
        return Err(invalid("type"));
    }
    world.join(who, &board, &member, &kind);
    let board = world.board(&board)?;
    Ok(json!({ "id": board.id, "members": people(world, board), "memberships": memberships(board) }))
}

pub(super) fn remove_member(world: &mut World, who: &Who, id: &str, member: &str) -> Reply {
    let board = world.board(id)?.id.clone();
    let member = world.member(member).ok_or_else(gone)?.id.clone();
    if !world.is_on_board(&member, &board) {
        return Err(gone());
    }
    world.leave(who, &board, &member);
    let board = world.board(&board)?;
    let mut answer = pick(world.board_json(board), Some(USUAL));
    answer["members"] = people(world, board);
    Ok(answer)
}

/// Everybody on a board, as the answers to changes of its members tell them.
fn people(world: &World, board: &Board) -> Value {
    let members = board.memberships.iter().filter_map(|place| world.member(&place.member));
    let known = json!({ "confirmed": true, "memberType": "normal" });
    members.map(|member| joined(World::member_in_short(member), known.clone())).collect()
}
