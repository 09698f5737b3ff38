//! What hangs on a card: labels, members, votes and attachments.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::{Answer, Reply, gone, invalid, pick, place, refuse_text};
use super::labels;
use super::members;
use super::params::ApiRequest;
use super::world::{Who, World, written};

/// A link. Files are not kept here.
#[derive(Clone, Debug)]
pub(super) struct Attachment {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) url: String,
    member: String,
    date: Timestamp,
    pos: f64,
}

impl Attachment {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "bytes": null, "date": written(self.date), "edgeColor": null, "idMember": self.member,
            "isUpload": false, "mimeType": "", "name": self.name, "previews": [], "url": self.url, "pos": place(self.pos),
            "fileName": null,
        })
    }
}

impl World {
    pub(super) fn attach(&mut self, who: &Who, card: &str, url: &str, name: &str) -> Result<String, Answer> {
        let (id, date) = (self.fresh_id(), self.now());
        let card = self.card_mut(card)?;
        let pos = 16_384.0 * (card.attachments.len() + 1) as f64;
        let (url, name) = (url.to_owned(), name.to_owned());
        let about = json!({ "id": id, "name": name, "url": url });
        card.attachments.push(Attachment { id: id.clone(), name, url, member: who.member.clone(), date, pos });
        let card = card.clone();
        let data = self.about_card(&card, true).with("attachment", about);
        self.act(who, "addAttachmentToCard", data);
        Ok(id)
    }
}

pub(super) fn add_label(world: &mut World, who: &Who, request: &ApiRequest, card: &str) -> Reply {
    let label = request.get("value").ok_or_else(|| invalid("value"))?;
    let board = &world.card(card)?.board;
    if !world.label(label).is_ok_and(|label| label.board == *board) {
        return Err(invalid("value"));
    }
    if world.card(card)?.labels.iter().any(|other| other == label) {
        return Err(refuse_text(400, "that label is already on the card"));
    }
    world.label_card(who, card, label)?;
    Ok(json!(world.card(card)?.labels))
}

/// Makes a label on the card's board and puts it on the card.
pub(super) fn add_new_label(world: &mut World, who: &Who, request: &ApiRequest, card: &str) -> Reply {
    let color = labels::color(request.get("color").ok_or_else(|| invalid("color"))?)?;
    let name = request.some_words("name", 0)?.unwrap_or_default();
    let board = world.card(card)?.board.clone();
    let id = world.add_label(who, &board, name, color);
    world.label_card(who, card, &id)?;
    Ok(World::label_json(world.label(&id)?))
}

pub(super) fn remove_label(world: &mut World, who: &Who, card: &str, label: &str) -> Reply {
    if !world.card(card)?.labels.iter().any(|other| other == label) {
        return Err(refuse_text(400, "label is not on the card"));
    }
    world.unlabel_card(who, card, label)?;
    Ok(json!({ "_value": null }))
}

pub(super) fn add_member(world: &mut World, who: &Who, request: &ApiRequest, card: &str) -> Reply {
    let member = members::named(world, request.get("value").unwrap_or_default(), "value")?;
    if world.card(card)?.members.contains(&member) {
        return Err(refuse_text(400, "member is already on the card"));
    }
    world.assign(who, card, &member)?;
    Ok(members::some(world, world.card(card)?.members.iter(), None))
}

pub(super) fn remove_member(world: &mut World, who: &Who, card: &str, member: &str) -> Reply {
    let member = members::named(world, member, "idMember")?;
    if !world.card(card)?.members.contains(&member) {
        return Err(refuse_text(400, "member is not on the card"));
    }
    world.unassign(who, card, &member)?;
    Ok(members::some(world, world.card(card)?.members.iter(), None))
}

/// Votes are in no feed, and nobody watches them here: they leave no action.
pub(super) fn vote(world: &mut World, who: &Who, request: &ApiRequest, card: &str) -> Reply {
    let member = members::named(world, request.get("value").unwrap_or(&who.member), "value")?;
    let card = world.card_mut(card)?;
    if card.voters.contains(&member) {
        return Err(refuse_text(400, "member has already voted on the card"));
    }
    card.voters.push(member);
    Ok(json!({ "_value": null }))
}

pub(super) fn take_vote_back(world: &mut World, card: &str, member: &str) -> Reply {
    let card = world.card_mut(card)?;
    if !card.voters.iter().any(|other| other == member) {
        return Err(refuse_text(400, "member has not voted on the card"));
    }
    card.voters.retain(|other| other != member);
    Ok(json!({ "_value": null }))
}

pub(super) fn attach(world: &mut World, who: &Who, request: &ApiRequest, card: &str) -> Reply {
    let url = request.words("url", 1)?;
    let name = request.some_words("name", 0)?.filter(|name| !name.is_empty()).unwrap_or(url);
    if name.encode_utf16().count() > 256 {
        return Err(invalid("name"));
    }
    let id = world.attach(who, card, url, name)?;
    let attachment = world.card(card)?.attachments.iter().find(|attachment| attachment.id == id);
    let mut answer = attachment.map(Attachment::json).ok_or_else(gone)?;
    answer["limits"] = json!({});
    Ok(answer)
}

pub(super) fn read_attachment(world: &World, request: &ApiRequest, card: &str, id: &str) -> Reply {
    let attachment = world.card(card)?.attachments.iter().find(|attachment| attachment.id == id);
    attachment.map(|attachment| pick(attachment.json(), request.get("fields"))).ok_or_else(gone)
}

pub(super) fn detach(world: &mut World, who: &Who, card: &str, id: &str) -> Reply {
    let card = world.card_mut(card)?;
    let at = card.attachments.iter().position(|attachment| attachment.id == id).ok_or_else(gone)?;
    let attachment = card.attachments.remove(at);
    let card = card.clone();
    let data = world.about_card(&card, false).with("attachment", json!({ "id": id, "name": attachment.name }));
    world.act(who, "deleteAttachmentFromCard", data);
    Ok(json!({ "limits": {} }))
}
