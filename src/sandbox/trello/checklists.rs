//! Checklists.

use serde_json::{Value, json};

use super::actions::Data;
use super::api::{Answer, Reply, field_of, gone, invalid, is_id, pick, place, position};
use super::items::CheckItem;
use super::params::ApiRequest;
use super::world::{Who, World};
use super::{boards, cards};

#[derive(Clone, Debug)]
pub(super) struct Checklist {
    pub(super) id: String,
    pub(super) board: String,
    pub(super) card: String,
    pub(super) name: String,
    pub(super) pos: f64,
    pub(super) items: Vec<CheckItem>,
}

impl Checklist {
    pub(super) fn json(&self) -> Value {
        let items: Vec<Value> = self.items.iter().map(|item| item.json(&self.id)).collect();
        json!({
            "id": self.id, "name": self.name, "idCard": self.card, "pos": place(self.pos), "idBoard": self.board,
            "checkItems": items,
        })
    }
}

impl World {
    pub(super) fn checklist(&self, id: &str) -> Result<&Checklist, Answer> {
        self.checklists.iter().find(|list| list.id == id).ok_or_else(gone)
    }

    /// What actions about a checklist begin with.
    pub(super) fn about_checklist(&self, list: &Checklist) -> Result<Data, Answer> {
        let card = self.card(&list.card)?;
        Ok(self.about_card(card, false).with("checklist", json!({ "id": list.id, "name": list.name })))
    }

    pub(super) fn add_checklist(&mut self, who: &Who, card: &str, name: &str, pos: f64) -> Result<String, Answer> {
        let card = self.card(card)?;
        let (board, card, name) = (card.board.clone(), card.id.clone(), name.to_owned());
        let list = Checklist { id: self.fresh_id(), board, card, name, pos, items: Vec::new() };
        let (id, data) = (list.id.clone(), self.about_checklist(&list)?);
        self.checklists.push(list);
        self.act(who, "addChecklistToCard", data);
        Ok(id)
    }
}

/// The checklists that are wanted, whole.
pub(super) fn some(world: &World, wanted: impl Fn(&Checklist) -> bool) -> Value {
    world.checklists.iter().filter(|list| wanted(list)).map(Checklist::json).collect()
}

/// Makes a checklist, perhaps with the items of another.
pub(super) fn create(world: &mut World, who: &Who, request: &ApiRequest, card: Option<&str>) -> Reply {
    let on_card = card.is_some();
    let card = card.or(request.get("idCard")).filter(|id| is_id(id)).ok_or_else(|| invalid("idCard"))?;
    let card = world.card(card)?.id.clone();
    let source = request.given("idChecklistSource");
    let source = source.map(|id| world.checklist(id).cloned()).transpose()?;
    let name = request.some_words("name", 0)?.filter(|name| !name.is_empty());
    let name = name.or(source.as_ref().map(|source| source.name.as_str())).unwrap_or("Checklist").to_owned();
    let others = world.checklists.iter().filter(|list| list.card == card).map(|list| list.pos);
    let pos = position(request.get("pos"), others)?;
    let id = world.add_checklist(who, &card, &name, pos)?;
    for item in source.into_iter().flat_map(|source| source.items) {
        world.add_item(who, &id, &item.name, item.done, item.pos)?;
    }
    let mut answer = world.checklist(&id)?.json();
    if !on_card {
        answer["limits"] = json!({});
    }
    Ok(answer)
}

pub(super) fn read(world: &World, request: &ApiRequest, id: &str) -> Reply {
    Ok(pick(world.checklist(id)?.json(), request.get("fields")))
}

pub(super) fn read_part(world: &World, request: &ApiRequest, id: &str, part: &str) -> Reply {
    let list = world.checklist(id)?;
    match part {
        "board" => boards::read(world, request, &list.board),
        "cards" => Ok(json!([cards::read(world, request, &list.card)?])),
        _ => field_of(&list.json(), part),
    }
}

pub(super) fn change(world: &mut World, who: &Who, request: &ApiRequest, id: &str) -> Reply {
    let before = world.checklist(id)?.clone();
    let others = world.checklists.iter().filter(|list| list.card == before.card && list.id != id).map(|list| list.pos);
    let pos = request.get("pos").map(|pos| position(Some(pos), others)).transpose()?;
    let name = request.some_words("name", 1)?.map(str::to_owned);
    for list in world.checklists.iter_mut().filter(|list| list.id == id) {
        list.pos = pos.unwrap_or(list.pos);
        list.name = name.clone().unwrap_or(list.name.clone());
    }
    let after = world.checklist(id)?.clone();
    if after.name != before.name {
        let data = world.about_checklist(&after)?.and("old", "name", before.name);
        world.act(who, "updateChecklist", data);
    }
    Ok(after.json())
}

pub(super) fn delete(world: &mut World, who: &Who, id: &str) -> Reply {
    let data = world.about_checklist(world.checklist(id)?)?;
    world.checklists.retain(|list| list.id != id);
    world.act(who, "removeChecklistFromCard", data);
    Ok(json!({ "limits": {} }))
}
