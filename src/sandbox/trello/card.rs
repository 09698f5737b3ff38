//! A card: what it is, and how each of its fields is written.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::{Answer, gone, place};
use super::boards::slug;
use super::limits;
use super::parts::Attachment;
use super::world::{World, written};

#[derive(Clone, Debug, Default)]
pub(super) struct Card {
    pub(super) id: String,
    pub(super) short_link: String,
    pub(super) board: String,
    pub(super) list: String,
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) desc: String,
    pub(super) closed: bool,
    pub(super) due: Option<Timestamp>,
    pub(super) start: Option<Timestamp>,
    pub(super) due_complete: bool,
    pub(super) pos: f64,
    pub(super) labels: Vec<String>,
    pub(super) members: Vec<String>,
    pub(super) voters: Vec<String>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) subscribed: bool,
    pub(super) last_activity: Timestamp,
}

/// How a field of a card is written.
type Write = fn(&World, &Card) -> Value;

/// A card's fields.
const FIELDS: &[(&str, Write)] = &[
    ("id", |_, card| json!(card.id)),
    ("name", |_, card| json!(card.name)),
    ("desc", |_, card| json!(card.desc)),
    ("descData", |_, _| json!({ "emoji": {} })),
    ("closed", |_, card| json!(card.closed)),
    ("due", |_, card| json!(card.due.map(written))),
    ("dueComplete", |_, card| json!(card.due_complete)),
    ("dueReminder", |_, _| Value::Null),
    ("start", |_, card| json!(card.start.map(written))),
    ("idBoard", |_, card| json!(card.board)),
    ("idList", |_, card| json!(card.list)),
    ("idShort", |_, card| json!(card.number)),
    ("pos", |_, card| place(card.pos)),
    ("idLabels", |_, card| json!(card.labels)),
    ("labels", |world, card| card.labels.iter().filter_map(|id| world.label(id).ok()).map(World::label_json).collect()),
    ("idMembers", |_, card| json!(card.members)),
    ("idMembersVoted", |_, card| json!(card.voters)),
    ("idChecklists", |world, card| {
        world.checklists.iter().filter(|list| list.card == card.id).map(|list| list.id.as_str()).collect()
    }),
    ("checkItemStates", |world, card| world.done_items(&card.id)),
    ("badges", World::badges),
    ("dateLastActivity", |_, card| json!(written(card.last_activity))),
    ("shortLink", |_, card| json!(card.short_link)),
    ("shortUrl", |_, card| json!(card.short_url())),
    ("url", |_, card| json!(format!("{}/{}-{}", card.short_url(), card.number, slug(&card.name)))),
    ("subscribed", |_, card| json!(card.subscribed)),
    ("address", |_, _| Value::Null),
    ("cardRole", |_, _| Value::Null),
    ("coordinates", |_, _| Value::Null),
    ("creationMethod", |_, _| Value::Null),
    ("email", |_, _| Value::Null),
    ("idAttachmentCover", |_, _| Value::Null),
    ("isTemplate", |_, _| json!(false)),
    ("limits", |_, _| limits::of_card()),
    ("locationName", |_, _| Value::Null),
    ("manualCoverAttachment", |_, _| json!(false)),
    ("mirrorSourceId", |_, _| Value::Null),
    ("staticMapUrl", |_, _| Value::Null),
    ("cover", |_, _| {
        json!({
            "idAttachment": null, "color": null, "idUploadedBackground": null, "size": "normal",
            "brightness": "light", "idPlugin": null,
        })
    }),
];

impl Card {
    pub(super) fn short_url(&self) -> String {
        format!("https://trello.com/c/{}", self.short_link)
    }
}

impl World {
    /// A card by its id or its short link.
    pub(super) fn card(&self, id: &str) -> Result<&Card, Answer> {
        self.cards.iter().find(|card| card.id == id || card.short_link == id).ok_or_else(gone)
    }

    pub(super) fn card_mut(&mut self, id: &str) -> Result<&mut Card, Answer> {
        self.changed = true;
        self.cards.iter_mut().find(|card| card.id == id || card.short_link == id).ok_or_else(gone)
    }

    /// A card with all its fields.
    pub(super) fn card_json(&self, card: &Card) -> Value {
        self.card_fields(card, None)
    }

    /// A card with the fields that are asked for, and its id. A thousand cards come at once, so no other is written.
    pub(super) fn card_fields(&self, card: &Card, fields: Option<&str>) -> Value {
        let fields = fields.filter(|fields| *fields != "all");
        let wanted = |name: &str| name == "id" || fields.is_none_or(|all| all.split(',').any(|field| field == name));
        let written = FIELDS.iter().filter(|(name, _)| wanted(name));
        Value::Object(written.map(|(name, write)| ((*name).to_owned(), write(self, card))).collect())
    }

    fn badges(&self, card: &Card) -> Value {
        let items = || self.checklists.iter().filter(|list| list.card == card.id).flat_map(|list| &list.items);
        let comments = self.actions.iter().filter(|a| a.kind == "commentCard" && a.about("card") == Some(&card.id));
        json!({
            "attachmentsByType": { "trello": { "board": 0, "card": 0 } }, "location": false,
            "votes": card.voters.len(), "viewingMemberVoted": false, "subscribed": card.subscribed, "fogbugz": "",
            "checkItems": items().count(), "checkItemsChecked": items().filter(|item| item.done).count(),
            "checkItemsEarliestDue": null, "comments": comments.count(), "attachments": card.attachments.len(),
            "description": !card.desc.is_empty(), "due": card.due.map(written), "start": card.start.map(written),
            "dueComplete": card.due_complete,
        })
    }
}
