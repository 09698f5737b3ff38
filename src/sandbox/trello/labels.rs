//! Labels.

use serde_json::{Value, json};

use super::actions::Data;
use super::api::{Answer, Reply, gone, invalid, is_id, pick};
use super::params::ApiRequest;
use super::world::{Who, World};

#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) id: String,
    pub(super) board: String,
    pub(super) name: String,
    pub(super) color: Option<String>,
}

/// Each comes plain, `_light` and `_dark`.
pub(super) const COLORS: [&str; 10] =
    ["green", "yellow", "orange", "red", "purple", "blue", "sky", "lime", "pink", "black"];

fn is_color(color: &str) -> bool {
    let base = color.strip_suffix("_light").or(color.strip_suffix("_dark")).unwrap_or(color);
    COLORS.contains(&base)
}

/// A colour as it is asked for; nothing and `null` mean none.
pub(super) fn color(asked: &str) -> Result<Option<String>, Answer> {
    match asked {
        "" | "null" => Ok(None),
        color if is_color(color) => Ok(Some(color.to_owned())),
        _ => Err(invalid("color")),
    }
}

impl World {
    pub(super) fn label(&self, id: &str) -> Result<&Label, Answer> {
        self.labels.iter().find(|label| label.id == id).ok_or_else(gone)
    }

    pub(super) fn label_json(label: &Label) -> Value {
        json!({ "id": label.id, "idBoard": label.board, "name": label.name, "color": label.color })
    }

    pub(super) fn add_label(&mut self, who: &Who, board: &str, name: &str, color: Option<String>) -> String {
        let id = self.fresh_id();
        let data = Data::new().with("board", self.board_ref(board)).with("label", json!({ "id": id, "name": name }));
        self.labels.push(Label { id: id.clone(), board: board.to_owned(), name: name.to_owned(), color });
        self.act(who, "createLabel", data);
        id
    }

    /// Takes a label off its board and all cards. The cards' part in it is no action of theirs.
    pub(super) fn delete_label(&mut self, who: &Who, id: &str) -> Result<(), Answer> {
        let board = self.label(id)?.board.clone();
        self.labels.retain(|label| label.id != id);
        for card in &mut self.cards {
            card.labels.retain(|label| label != id);
        }
        let data = Data::new().with("board", self.board_ref(&board)).with("label", json!({ "id": id }));
        self.act(who, "deleteLabel", data);
        Ok(())
    }
}

pub(super) fn create(world: &mut World, who: &Who, request: &ApiRequest, board: Option<&str>) -> Reply {
    let board = board.or(request.get("idBoard")).filter(|id| is_id(id)).ok_or_else(|| invalid("idBoard"))?;
    let name = request.words("name", 0)?;
    let color = color(request.get("color").ok_or_else(|| invalid("color"))?)?;
    let board = world.board(board)?.id.clone();
    let id = world.add_label(who, &board, name, color);
    let mut answer = World::label_json(world.label(&id)?);
    answer["limits"] = json!({});
    Ok(answer)
}

pub(super) fn read(world: &World, request: &ApiRequest, id: &str) -> Reply {
    Ok(pick(World::label_json(world.label(id)?), request.get("fields")))
}

pub(super) fn change(world: &mut World, who: &Who, request: &ApiRequest, id: &str) -> Reply {
    let before = World::label_json(world.label(id)?);
    let name = request.some_words("name", 0)?.map(str::to_owned);
    let color = request.get("color").map(color).transpose()?;
    for label in world.labels.iter_mut().filter(|label| label.id == id) {
        label.name = name.clone().unwrap_or(label.name.clone());
        label.color = color.clone().unwrap_or(label.color.clone());
    }
    let after = World::label_json(world.label(id)?);
    for field in ["name", "color"] {
        if before[field] != after[field] {
            let board = world.board_ref(after["idBoard"].as_str().unwrap_or_default());
            let data = Data::new().with("board", board).with("label", pick(after.clone(), Some("name,color")));
            world.act(who, "updateLabel", data.and("old", field, before[field].clone()));
        }
    }
    Ok(after)
}

pub(super) fn delete(world: &mut World, who: &Who, id: &str) -> Reply {
    world.delete_label(who, id)?;
    Ok(json!({ "limits": {} }))
}
