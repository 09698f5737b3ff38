//! Lists.

use serde_json::{Value, json};

use super::actions::Data;
use super::api::{Answer, Reply, field_of, gone, invalid, is_id, pick, place, position, refuse_text};
use super::params::ApiRequest;
use super::world::{Who, World};
use super::{cards, limits};

#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) id: String,
    pub(super) board: String,
    pub(super) name: String,
    pub(super) closed: bool,
    pub(super) pos: f64,
    pub(super) subscribed: bool,
}

/// The fields of a list that is asked for alone; among others there are more.
const ALONE: &str = "name,closed,pos,idBoard";

/// What a change of a list asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct ListChange {
    pub(super) name: Option<String>,
    pub(super) closed: Option<bool>,
    pub(super) pos: Option<f64>,
    pub(super) board: Option<String>,
}

impl World {
    pub(super) fn list(&self, id: &str) -> Result<&List, Answer> {
        self.lists.iter().find(|list| list.id == id).ok_or_else(gone)
    }

    pub(super) fn list_json(list: &List) -> Value {
        json!({
            "id": list.id, "name": list.name, "closed": list.closed, "color": null, "idBoard": list.board,
            "pos": place(list.pos), "subscribed": list.subscribed, "softLimit": null, "type": null, "creationMethod": null,
            "limits": limits::of_list(),
        })
    }

    pub(super) fn add_list(&mut self, who: &Who, board: &str, name: &str, pos: f64) -> String {
        let id = self.fresh_id();
        let (board, name) = (board.to_owned(), name.to_owned());
        let data = Data::new().with("board", self.board_ref(&board)).with("list", json!({ "id": id, "name": name }));
        self.lists.push(List { id: id.clone(), board, name, closed: false, pos, subscribed: false });
        self.act(who, "createList", data);
        id
    }

    /// Changes a list; each field that is no longer as it was is an action.
    pub(super) fn change_list(&mut self, who: &Who, id: &str, change: ListChange) -> Result<(), Answer> {
        let before = self.list(id)?.clone();
        let mut after = before.clone();
        after.name = change.name.unwrap_or(after.name);
        after.closed = change.closed.unwrap_or(after.closed);
        after.pos = change.pos.unwrap_or(after.pos);
        for list in self.lists.iter_mut().filter(|list| list.id == id) {
            *list = after.clone();
        }
        let (old, new) = (Self::list_json(&before), Self::list_json(&after));
        for field in ["name", "closed", "pos"] {
            if old[field] != new[field] {
                let data = Data::new().with("board", self.board_ref(&before.board)).with("list", self.list_ref(id));
                let data = data.and("list", field, new[field].clone()).and("old", field, old[field].clone());
                self.act(who, "updateList", data);
            }
        }
        match change.board.filter(|board| *board != before.board) {
            Some(board) => self.move_list(who, id, &before.board, &board),
            None => Ok(()),
        }
    }

    fn move_list(&mut self, who: &Who, id: &str, from: &str, to: &str) -> Result<(), Answer> {
        self.board(to)?;
        for list in self.lists.iter_mut().filter(|list| list.id == id) {
            to.clone_into(&mut list.board);
        }
        for card in self.cards.iter_mut().filter(|card| card.list == id) {
            to.clone_into(&mut card.board);
        }
        let data = |board: &str, world: &World| {
            Data::new().with("board", world.board_ref(board)).with("list", world.list_ref(id))
        };
        let (left, reached) = (data(from, self), data(to, self));
        let (target, source) = (self.board_ref(to), self.board_ref(from));
        self.act(who, "moveListFromBoard", left.with("boardTarget", target));
        self.act(who, "moveListToBoard", reached.with("boardSource", source));
        Ok(())
    }

    pub(super) fn list_positions(&self, board: &str) -> impl Iterator<Item = f64> {
        self.lists.iter().filter(move |list| list.board == board).map(|list| list.pos)
    }
}

pub(super) fn create(world: &mut World, who: &Who, request: &ApiRequest, board: Option<&str>) -> Reply {
    let name = request.words("name", 1)?;
    let board = board.or(request.get("idBoard")).filter(|id| is_id(id)).ok_or_else(|| invalid("idBoard"))?;
    let board = world.board(board)?.id.clone();
    let pos = request.get("pos").or(Some("top"));
    let pos = position(pos, world.list_positions(&board).collect::<Vec<_>>().into_iter())?;
    let id = world.add_list(who, &board, name, pos);
    let mut answer = pick(World::list_json(world.list(&id)?), Some(ALONE));
    answer["limits"] = json!({});
    Ok(answer)
}

pub(super) fn read(world: &World, request: &ApiRequest, id: &str) -> Reply {
    let list = World::list_json(world.list(id)?);
    Ok(pick(list, request.get("fields").or(Some(ALONE))))
}

pub(super) fn read_part(world: &World, request: &ApiRequest, id: &str, part: &str) -> Reply {
    let list = world.list(id)?;
    match part {
        "cards" => cards::some(world, request, request.get("filter"), |card| card.list == id),
        "board" => super::boards::read(world, request, &list.board),
        _ => field_of(&World::list_json(list), part),
    }
}

pub(super) fn change(world: &mut World, who: &Who, request: &ApiRequest, id: &str) -> Reply {
    let board = world.list(id)?.board.clone();
    let others = world.lists.iter().filter(|list| list.board == board && list.id != id).map(|list| list.pos);
    let pos = request.given("pos").map(|pos| position(Some(pos), others)).transpose()?;
    let target = request.given("idBoard");
    let change = ListChange {
        name: request.some_words("name", 1)?.map(str::to_owned),
        closed: request.switch("closed")?,
        pos,
        board: target.map(|board| world.board(board).map(|board| board.id.clone())).transpose()?,
    };
    let subscribed = request.switch("subscribed")?;
    world.change_list(who, id, change)?;
    for list in world.lists.iter_mut().filter(|list| list.id == id) {
        list.subscribed = subscribed.unwrap_or(list.subscribed);
    }
    Ok(pick(World::list_json(world.list(id)?), Some(ALONE)))
}

pub(super) fn archive_all(world: &mut World, who: &Who, id: &str) -> Reply {
    world.list(id)?;
    let open = world.cards.iter().filter(|card| card.list == id && !card.closed);
    for card in open.map(|card| card.id.clone()).collect::<Vec<_>>() {
        world.update_card(who, &card, |card| card.closed = true)?;
    }
    Ok(json!({}))
}

pub(super) fn move_all(world: &mut World, who: &Who, request: &ApiRequest, id: &str) -> Reply {
    world.list(id)?;
    let target = request.get("idList").filter(|id| is_id(id)).ok_or_else(|| invalid("idList"))?;
    if request.get("idBoard").is_some_and(|board| world.list(target).is_ok_and(|list| list.board != board)) {
        return Err(refuse_text(400, "invalid value for idBoard"));
    }
    let cards: Vec<String> = world.cards.iter().filter(|card| card.list == id).map(|card| card.id.clone()).collect();
    let mut moved = Vec::new();
    for card in cards {
        world.move_card(who, &card, target)?;
        let card = world.card(&card)?;
        moved.push(json!({ "id": card.id, "idBoard": card.board, "idList": card.list, "pos": place(card.pos) }));
    }
    Ok(moved.into())
}
