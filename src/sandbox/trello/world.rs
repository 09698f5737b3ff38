//! What is on the look-alike's boards, and how it is written as JSON.

use serde_json::{Value, json};

/// A board, for whoever arranges a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardView {
    /// Its id.
    pub id: String,
    /// What its URL ends in.
    pub short_link: String,
    /// The ids of its lists, in order.
    pub lists: Vec<String>,
}

/// A card, for whoever looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardView {
    /// Its id.
    pub id: String,
    /// The list it stands on.
    pub list: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its due time, as written.
    pub due: Option<String>,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// The URLs attached to it.
    pub attachments: Vec<String>,
    /// Archived.
    pub closed: bool,
}

#[derive(Debug)]
pub(super) struct Board {
    pub(super) id: String,
    short_link: String,
    name: String,
    pub(super) closed: bool,
}

#[derive(Debug)]
pub(super) struct List {
    pub(super) id: String,
    pub(super) board: String,
    name: String,
    closed: bool,
}

#[derive(Debug)]
pub(super) struct Label {
    pub(super) id: String,
    pub(super) board: String,
    name: String,
    color: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Card {
    pub(super) id: String,
    pub(super) board: String,
    pub(super) list: String,
    pub(super) name: String,
    pub(super) desc: String,
    pub(super) due: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) attachments: Vec<String>,
    pub(super) closed: bool,
    pub(super) number: usize,
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) boards: Vec<Board>,
    pub(super) lists: Vec<List>,
    pub(super) label_list: Vec<Label>,
    pub(super) card_list: Vec<Card>,
    ids: u64,
}

impl World {
    /// Ids like Trello's: 24 hexadecimal digits that begin with a time and grow.
    pub(super) fn fresh_id(&mut self) -> String {
        self.ids += 1;
        format!("{:08x}{:016x}", 0x6700_0000 + self.ids / 16, self.ids)
    }

    pub(super) fn add_board(&mut self, name: &str, lists: &[&str]) -> BoardView {
        let id = self.fresh_id();
        let short_link = format!("Bd{:06}", self.ids);
        let board = Board { id: id.clone(), short_link: short_link.clone(), name: name.to_owned(), closed: false };
        self.boards.push(board);
        let lists = lists.iter().map(|list| self.add_list(&id, list)).collect();
        BoardView { id, short_link, lists }
    }

    fn add_list(&mut self, board: &str, name: &str) -> String {
        let id = self.fresh_id();
        self.lists.push(List { id: id.clone(), board: board.to_owned(), name: name.to_owned(), closed: false });
        id
    }

    pub(super) fn add_label(&mut self, board: &str, name: &str, color: Option<String>) -> String {
        let id = self.fresh_id();
        self.label_list.push(Label { id: id.clone(), board: board.to_owned(), name: name.to_owned(), color });
        id
    }

    pub(super) fn add_card(&mut self, list: &str, name: &str, description: &str) -> String {
        let board = self.lists.iter().find(|other| other.id == list).map(|list| list.board.clone()).unwrap_or_default();
        self.put_card(Card {
            board,
            list: list.to_owned(),
            name: name.to_owned(),
            desc: description.to_owned(),
            ..Card::default()
        })
    }

    pub(super) fn put_card(&mut self, mut card: Card) -> String {
        card.id = self.fresh_id();
        card.number = self.card_list.iter().filter(|other| other.board == card.board).count() + 1;
        let id = card.id.clone();
        self.card_list.push(card);
        id
    }

    pub(super) fn change_list(&mut self, id: &str, name: &str, closed: bool) {
        for list in self.lists.iter_mut().filter(|list| list.id == id) {
            name.clone_into(&mut list.name);
            list.closed = closed;
        }
    }

    pub(super) fn close_board(&mut self, id: &str, closed: bool) {
        for board in self.boards.iter_mut().filter(|board| board.id == id) {
            board.closed = closed;
        }
    }

    pub(super) fn archive_card(&mut self, id: &str) {
        for card in self.card_list.iter_mut().filter(|card| card.id == id) {
            card.closed = true;
        }
    }

    pub(super) fn delete_label(&mut self, id: &str) {
        self.label_list.retain(|label| label.id != id);
        for card in &mut self.card_list {
            card.labels.retain(|label| label != id);
        }
    }

    pub(super) fn cards(&self, board: &str) -> Vec<CardView> {
        self.card_list.iter().filter(|card| card.board == board).map(|card| self.view(card)).collect()
    }

    pub(super) fn labels(&self, board: &str) -> Vec<String> {
        self.label_list.iter().filter(|label| label.board == board).map(|label| label.name.clone()).collect()
    }

    fn view(&self, card: &Card) -> CardView {
        let name = |id: &String| self.label_list.iter().find(|label| label.id == *id).map(|label| label.name.clone());
        CardView {
            id: card.id.clone(),
            list: card.list.clone(),
            name: card.name.clone(),
            description: card.desc.clone(),
            due: card.due.clone(),
            labels: card.labels.iter().filter_map(name).collect(),
            attachments: card.attachments.clone(),
            closed: card.closed,
        }
    }

    /// A board by its id or its short link.
    pub(super) fn board(&self, id: &str) -> Option<&Board> {
        self.boards.iter().find(|board| board.id == id || board.short_link == id)
    }

    pub(super) fn board_json(board: &Board) -> Value {
        let url = format!("https://trello.com/b/{}", board.short_link);
        json!({
            "id": board.id, "name": board.name, "desc": "", "descData": null, "closed": board.closed,
            "shortLink": board.short_link, "shortUrl": url, "url": format!("{url}/board"),
        })
    }

    pub(super) fn list_json(list: &List) -> Value {
        json!({
            "id": list.id, "name": list.name, "closed": list.closed, "pos": 16384, "idBoard": list.board,
            "subscribed": false, "softLimit": null,
        })
    }

    pub(super) fn label_json(label: &Label) -> Value {
        json!({ "id": label.id, "idBoard": label.board, "name": label.name, "color": label.color })
    }

    pub(super) fn card_json(&self, card: &Card, with_attachments: bool) -> Value {
        let labels: Vec<Value> =
            self.label_list.iter().filter(|label| card.labels.contains(&label.id)).map(Self::label_json).collect();
        let short_link = format!("Cd{}", &card.id[18..]);
        let mut value = json!({
            "id": card.id, "checkItemStates": [], "closed": card.closed, "dateLastActivity": "2026-11-22T00:00:00.000Z",
            "desc": card.desc, "descData": { "emoji": {} }, "dueReminder": null, "idBoard": card.board,
            "idList": card.list, "idMembersVoted": [], "idShort": card.number, "idAttachmentCover": null,
            "idLabels": card.labels, "manualCoverAttachment": false, "name": card.name, "pos": 16384 * card.number,
            "shortLink": short_link, "isTemplate": false, "dueComplete": false, "due": card.due, "email": null,
            "shortUrl": format!("https://trello.com/c/{short_link}"),
            "url": format!("https://trello.com/c/{short_link}/{}", card.number),
            "idMembers": [], "labels": labels, "idChecklists": [], "subscribed": false, "stickers": [],
        });
        if with_attachments {
            let attachment = |(at, url): (usize, &String)| json!({ "id": format!("{}{at:04x}", &card.id[..20]), "name": url, "url": url, "isUpload": false });
            value["attachments"] = card.attachments.iter().enumerate().map(attachment).collect();
        }
        value
    }
}
