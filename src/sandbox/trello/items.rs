//! Items of checklists.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::{Answer, Reply, gone, invalid, pick, place, position};
use super::cards::time;
use super::checklists::Checklist;
use super::params::ApiRequest;
use super::world::{Who, World, written};

#[derive(Clone, Debug)]
pub(super) struct CheckItem {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) done: bool,
    pub(super) pos: f64,
    due: Option<Timestamp>,
    member: Option<String>,
}

impl CheckItem {
    fn state(&self) -> &'static str {
        if self.done { "complete" } else { "incomplete" }
    }

    pub(super) fn json(&self, list: &str) -> Value {
        json!({
            "idChecklist": list, "state": self.state(), "id": self.id, "name": self.name, "nameData": { "emoji": {} },
            "pos": place(self.pos), "due": self.due.map(written), "dueReminder": null, "idMember": self.member,
            "creationMethod": null,
        })
    }

    fn in_short(&self) -> Value {
        json!({ "id": self.id, "name": self.name, "state": self.state() })
    }
}

impl World {
    fn item(&self, id: &str) -> Result<(&Checklist, &CheckItem), Answer> {
        let mut items = self.checklists.iter().flat_map(|list| list.items.iter().map(move |item| (list, item)));
        items.find(|(_, item)| item.id == id).ok_or_else(gone)
    }

    /// What cards tell of their items: those that are done.
    pub(super) fn done_items(&self, card: &str) -> Value {
        let items = self.checklists.iter().filter(|list| list.card == card).flat_map(|list| &list.items);
        items.filter(|item| item.done).map(|item| json!({ "idCheckItem": item.id, "state": "complete" })).collect()
    }

    pub(super) fn add_item(
        &mut self,
        who: &Who,
        list: &str,
        name: &str,
        done: bool,
        pos: f64,
    ) -> Result<String, Answer> {
        let id = self.fresh_id();
        let item = CheckItem { id: id.clone(), name: name.to_owned(), done, pos, due: None, member: None };
        let data = self.about_checklist(self.checklist(list)?)?.with("checkItem", item.in_short());
        for list in self.checklists.iter_mut().filter(|other| other.id == list) {
            list.items.push(item.clone());
        }
        self.act(who, "createCheckItem", data);
        Ok(id)
    }

    /// Changes an item, and tells of its state and its name apart.
    pub(super) fn update_item(
        &mut self,
        who: &Who,
        id: &str,
        change: impl FnOnce(&mut CheckItem),
    ) -> Result<(), Answer> {
        let (list, before) = self.item(id)?;
        let (list, before) = (list.clone(), before.clone());
        let mut after = before.clone();
        change(&mut after);
        for item in self.checklists.iter_mut().flat_map(|list| &mut list.items).filter(|item| item.id == id) {
            *item = after.clone();
        }
        self.changed = true;
        let data = self.about_checklist(&list)?.with("checkItem", after.in_short());
        if before.done != after.done {
            self.act(who, "updateCheckItemStateOnCard", data.clone());
        }
        if before.name != after.name {
            self.act(who, "updateCheckItem", data.and("old", "name", before.name));
        }
        Ok(())
    }
}

pub(super) fn create(world: &mut World, who: &Who, request: &ApiRequest, list: &str) -> Reply {
    let name = request.words("name", 1)?;
    let done = request.switch("checked")?.unwrap_or(false);
    let pos = position(request.get("pos"), world.checklist(list)?.items.iter().map(|item| item.pos))?;
    let id = world.add_item(who, list, name, done, pos)?;
    let mut answer = world.item(&id)?.1.json(list);
    answer["limits"] = json!({});
    Ok(answer)
}

pub(super) fn read(world: &World, request: &ApiRequest, id: &str) -> Reply {
    let (list, item) = world.item(id)?;
    Ok(pick(item.json(&list.id), request.get("fields")))
}

pub(super) fn change(world: &mut World, who: &Who, request: &ApiRequest, id: &str) -> Reply {
    let (list, item) = world.item(id)?;
    let others = list.items.iter().filter(|other| other.id != item.id).map(|item| item.pos);
    let pos = request.get("pos").map(|pos| position(Some(pos), others)).transpose()?;
    let done = match request.get("state") {
        None => None,
        Some("complete" | "true") => Some(true),
        Some("incomplete" | "false") => Some(false),
        Some(_) => return Err(invalid("state")),
    };
    let (name, due) = (request.some_words("name", 1)?.map(str::to_owned), time(request, "due")?);
    let member = request.get("idMember").map(|id| Some(id.to_owned()).filter(|id| !id.is_empty()));
    world.update_item(who, id, |item| {
        item.name = name.unwrap_or(item.name.clone());
        item.done = done.unwrap_or(item.done);
        item.pos = pos.unwrap_or(item.pos);
        item.due = due.unwrap_or(item.due);
        item.member = member.unwrap_or(item.member.clone());
    })?;
    read(world, request, id)
}

pub(super) fn delete(world: &mut World, who: &Who, id: &str) -> Reply {
    let (list, item) = world.item(id)?;
    let data = world.about_checklist(list)?.with("checkItem", item.in_short());
    for list in &mut world.checklists {
        list.items.retain(|item| item.id != id);
    }
    world.act(who, "deleteCheckItem", data);
    Ok(json!({ "_value": null }))
}
