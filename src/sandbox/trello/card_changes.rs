//! What happens to cards, whoever brings it about, and the actions that it leaves: one for each field that is no longer
//! as it was, with the old value.

use serde_json::{Value, json};

use super::actions::Data;
use super::api::{Answer, place};
use super::card::Card;
use super::world::{Who, World, written};

/// A card's plain fields, as actions call them.
fn plain_fields(card: &Card) -> [(&'static str, Value); 7] {
    [
        ("name", json!(card.name)),
        ("desc", json!(card.desc)),
        ("closed", json!(card.closed)),
        ("due", json!(card.due.map(written))),
        ("start", json!(card.start.map(written))),
        ("dueComplete", json!(card.due_complete)),
        ("pos", place(card.pos)),
    ]
}

impl World {
    /// Puts a new card on its list; it may be a copy, and may have a URL attached. A due time and members are actions
    /// of their own, which Trello writes before the card's creation.
    pub(super) fn put_card(
        &mut self,
        who: &Who,
        mut card: Card,
        source: Option<&Card>,
        url: Option<&str>,
    ) -> Result<String, Answer> {
        (card.id, card.short_link) = (self.fresh_id(), self.fresh_short_link("Cd"));
        let taken = self.cards.iter().filter(|other| other.board == card.board).map(|other| other.number);
        card.number = taken.max().unwrap_or(0) + 1;
        card.last_activity = self.now();
        self.cards.push(card.clone());
        if let Some(due) = card.due {
            let data = self.about_card(&card, true).and("card", "due", written(due)).and("old", "due", Value::Null);
            self.act(who, "updateCard", data);
        }
        for member in &card.members {
            let data = self.about_member(&card, member);
            let data = if source.is_some() { data.with("fromCopy", true) } else { data };
            self.act(who, "addMemberToCard", data);
        }
        let data = self.about_card(&card, true);
        match source {
            Some(source) => self.act(who, "copyCard", data.with("cardSource", Self::card_ref(source))),
            None => self.act(who, "createCard", data),
        };
        if let Some(url) = url {
            self.attach(who, &card.id, url, url)?;
        }
        Ok(card.id)
    }

    /// Changes a card's plain fields.
    pub(super) fn update_card(&mut self, who: &Who, id: &str, change: impl FnOnce(&mut Card)) -> Result<(), Answer> {
        let before = self.card(id)?.clone();
        let card = self.card_mut(id)?;
        change(card);
        let after = card.clone();
        for ((field, old), (_, new)) in plain_fields(&before).into_iter().zip(plain_fields(&after)) {
            if old != new {
                let data = self.about_card(&after, true).and("card", field, new).and("old", field, old);
                self.act(who, "updateCard", data);
            }
        }
        Ok(())
    }

    /// Moves a card to a list, on its board or another.
    pub(super) fn move_card(&mut self, who: &Who, id: &str, list: &str) -> Result<(), Answer> {
        let before = self.card(id)?.clone();
        let target = self.list(list)?.clone();
        if target.id == before.list {
            return Ok(());
        }
        let bottom = self.cards.iter().filter(|card| card.list == target.id).map(|card| card.pos).fold(0.0, f64::max);
        if target.board != before.board {
            return self.move_to_board(who, &before, &target.board, &target.id, bottom);
        }
        let card = self.card_mut(id)?;
        card.list.clone_from(&target.id);
        card.pos = bottom + 16_384.0;
        let card = card.clone();
        let data = self.about_card(&card, false).and("card", "idList", target.id.as_str());
        let data = data.and("old", "idList", before.list.as_str()).with("listBefore", self.list_ref(&before.list));
        self.act(who, "updateCard", data.with("listAfter", self.list_ref(&target.id)));
        Ok(())
    }

    /// Only labels that the other board has too, by name and colour, come along.
    fn move_to_board(&mut self, who: &Who, before: &Card, board: &str, list: &str, bottom: f64) -> Result<(), Answer> {
        let alike = |id: &String| {
            let label = self.label(id).ok()?;
            let same = self.labels.iter().find(|l| l.board == board && l.name == label.name && l.color == label.color);
            same.map(|label| label.id.clone())
        };
        let labels = before.labels.iter().filter_map(alike).collect();
        let number =
            self.cards.iter().filter(|card| card.board == board).map(|card| card.number).max().unwrap_or(0) + 1;
        let card = self.card_mut(&before.id)?;
        (card.board, card.list, card.labels) = (board.to_owned(), list.to_owned(), labels);
        (card.number, card.pos) = (number, bottom + 16_384.0);
        let card = card.clone();
        for checklist in self.checklists.iter_mut().filter(|checklist| checklist.card == card.id) {
            board.clone_into(&mut checklist.board);
        }
        let left = Data::new().with("board", self.board_ref(&before.board)).with("list", self.list_ref(&before.list));
        let left = left.with("card", json!({ "id": card.id, "name": card.name }));
        self.act(who, "moveCardFromBoard", left.with("boardTarget", self.board_ref(board)));
        let reached = self.about_card(&card, true).with("boardSource", self.board_ref(&before.board));
        self.act(who, "moveCardToBoard", reached);
        Ok(())
    }

    /// Takes a card away, and with it all that its feed had to say, but for its end.
    pub(super) fn delete_card(&mut self, who: &Who, id: &str) -> Result<(), Answer> {
        let card = self.card(id)?.clone();
        let about = json!({ "id": card.id, "idShort": card.number, "shortLink": card.short_link });
        let data = Data::new().with("board", self.board_ref(&card.board)).with("card", about);
        let data = data.with("list", self.list_ref(&card.list));
        self.actions.retain(|action| action.about("card") != Some(&card.id));
        self.checklists.retain(|list| list.card != card.id);
        self.act(who, "deleteCard", data);
        self.cards.retain(|other| other.id != card.id);
        Ok(())
    }

    /// Puts a label on a card. Webhooks are told twice: of the label, and of the card that has changed.
    pub(super) fn label_card(&mut self, who: &Who, card: &str, label: &str) -> Result<(), Answer> {
        let mut labels = self.card(card)?.labels.clone();
        labels.push(label.to_owned());
        self.act_on_label(who, "addLabelToCard", card, label, labels)
    }

    pub(super) fn unlabel_card(&mut self, who: &Who, card: &str, label: &str) -> Result<(), Answer> {
        let mut labels = self.card(card)?.labels.clone();
        labels.retain(|other| other != label);
        self.act_on_label(who, "removeLabelFromCard", card, label, labels)
    }

    fn act_on_label(
        &mut self,
        who: &Who,
        kind: &'static str,
        card: &str,
        label: &str,
        labels: Vec<String>,
    ) -> Result<(), Answer> {
        let label = self.label(label)?.clone();
        let card = self.card_mut(card)?;
        let old = std::mem::replace(&mut card.labels, labels);
        let card = card.clone();
        let about = json!({ "id": label.id, "name": label.name, "color": label.color });
        let data = self.about_card(&card, false).with("label", about).with("value", label.color.clone());
        self.act(who, kind, data.with("text", label.name.as_str()));
        let data = self.about_card(&card, true).and("card", "idLabels", card.labels.clone());
        self.act(who, "updateCard", data.and("old", "idLabels", old));
        Ok(())
    }

    pub(super) fn set_labels(&mut self, who: &Who, card: &str, wanted: &[String]) -> Result<(), Answer> {
        let had = self.card(card)?.labels.clone();
        for label in had.iter().filter(|label| !wanted.contains(label)) {
            self.unlabel_card(who, card, label)?;
        }
        for label in wanted.iter().filter(|label| !had.contains(label)) {
            self.label_card(who, card, label)?;
        }
        Ok(())
    }

    pub(super) fn assign(&mut self, who: &Who, card: &str, member: &str) -> Result<(), Answer> {
        let card = self.card_mut(card)?;
        card.members.push(member.to_owned());
        let card = card.clone();
        self.act(who, "addMemberToCard", self.about_member(&card, member));
        Ok(())
    }

    pub(super) fn unassign(&mut self, who: &Who, card: &str, member: &str) -> Result<(), Answer> {
        let card = self.card_mut(card)?;
        card.members.retain(|other| other != member);
        let card = card.clone();
        self.act(who, "removeMemberFromCard", self.about_member(&card, member).with("deactivated", false));
        Ok(())
    }

    fn about_member(&self, card: &Card, member: &str) -> Data {
        let name = self.member(member).map(|member| member.full_name.clone());
        let data = self.about_card(card, false).with("idMember", member);
        data.with("member", json!({ "id": member, "name": name }))
    }

    pub(super) fn set_members(&mut self, who: &Who, card: &str, wanted: &[String]) -> Result<(), Answer> {
        let had = self.card(card)?.members.clone();
        for member in had.iter().filter(|member| !wanted.contains(member)) {
            self.unassign(who, card, member)?;
        }
        for member in wanted.iter().filter(|member| !had.contains(member)) {
            self.assign(who, card, member)?;
        }
        Ok(())
    }
}
