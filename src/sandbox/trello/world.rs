//! What the look-alike remembers, and the one way by which anything becomes known: every change writes an action, and
//! every action goes into the feed and to the webhooks that watch.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::actions::{Action, Data};
use super::boards::Board;
use super::card::Card;
use super::checklists::Checklist;
use super::courier::Delivery;
use super::labels::Label;
use super::lists::List;
use super::members::Member;
use super::tokens::Token;
use super::webhooks::Webhook;

/// Who does something.
#[derive(Clone, Debug, Default)]
pub(super) struct Who {
    /// The member's id.
    pub(super) member: String,
    /// The token that the call came with; a person at the board has none.
    pub(super) token: Option<String>,
    /// The call's `X-Trello-Client-Identifier`.
    pub(super) client: Option<String>,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) boards: Vec<Board>,
    pub(super) lists: Vec<List>,
    pub(super) labels: Vec<Label>,
    pub(super) cards: Vec<Card>,
    pub(super) checklists: Vec<Checklist>,
    pub(super) members: Vec<Member>,
    pub(super) actions: Vec<Action>,
    pub(super) tokens: Vec<Token>,
    pub(super) webhooks: Vec<Webhook>,
    /// What waits to go out to webhooks.
    pub(super) outgoing: Vec<Delivery>,
    /// Something is not as it was when this was last cleared.
    pub(super) changed: bool,
    shift: SignedDuration,
    last: Timestamp,
    ids: u64,
}

impl World {
    /// An empty world, whose time begins at `starts_at` (else now) and goes on with the machine's.
    pub(super) fn new(starts_at: Option<Timestamp>) -> Self {
        let shift = starts_at.map_or(SignedDuration::ZERO, |start| start.duration_since(Timestamp::now()));
        World {
            boards: Vec::new(),
            lists: Vec::new(),
            labels: Vec::new(),
            cards: Vec::new(),
            checklists: Vec::new(),
            members: Vec::new(),
            actions: Vec::new(),
            tokens: Vec::new(),
            webhooks: Vec::new(),
            outgoing: Vec::new(),
            changed: false,
            shift,
            last: Timestamp::UNIX_EPOCH,
            ids: 0,
        }
    }

    /// The time, in whole milliseconds. Never the same twice, so that a feed can be cut at any action.
    pub(super) fn now(&mut self) -> Timestamp {
        let clock = Timestamp::now().saturating_add(self.shift).unwrap_or(self.last).as_millisecond();
        let millis = clock.max(self.last.as_millisecond() + 1);
        self.last = Timestamp::from_millisecond(millis).unwrap_or(self.last);
        self.last
    }

    /// Time passes.
    pub(super) fn pass(&mut self, span: SignedDuration) {
        self.shift += span;
    }

    /// Ids like Trello's: 24 hexadecimal digits that begin with the time in seconds, and grow.
    pub(super) fn fresh_id(&mut self) -> String {
        let seconds = self.now().as_second();
        self.ids += 1;
        format!("{seconds:08x}{:016x}", self.ids)
    }

    /// Eight letters and digits for a URL.
    pub(super) fn fresh_short_link(&mut self, kind: &str) -> String {
        self.ids += 1;
        format!("{kind}{:06x}", self.ids)
    }

    /// Writes an action down and hands it to the webhooks that watch one of the things it is about.
    pub(super) fn act(&mut self, who: &Who, kind: &'static str, data: Data) -> String {
        let (id, date) = (self.fresh_id(), self.now());
        let action = Action::new(id.clone(), date, who, kind, data);
        let card = action.about("card").map(str::to_owned);
        for card in self.cards.iter_mut().filter(|other| Some(&other.id) == card.as_ref()) {
            card.last_activity = date;
        }
        self.tell(&action, who);
        self.actions.push(action);
        self.changed = true;
        id
    }

    /// `{id, name, shortLink}` of a board, as actions have it.
    pub(super) fn board_ref(&self, id: &str) -> Value {
        let board = self.boards.iter().find(|board| board.id == id);
        board.map_or(Value::Null, |b| json!({ "id": b.id, "name": b.name, "shortLink": b.short_link }))
    }

    /// `{id, name}` of a list, as actions have it.
    pub(super) fn list_ref(&self, id: &str) -> Value {
        self.lists.iter().find(|list| list.id == id).map_or(Value::Null, |l| json!({ "id": l.id, "name": l.name }))
    }

    /// `{id, name, idShort, shortLink}` of a card, as actions have it.
    pub(super) fn card_ref(card: &Card) -> Value {
        json!({ "id": card.id, "name": card.name, "idShort": card.number, "shortLink": card.short_link })
    }

    /// The board and the card, which every action about a card has; and the list, which most have.
    pub(super) fn about_card(&self, card: &Card, with_list: bool) -> Data {
        let data = Data::new().with("board", self.board_ref(&card.board)).with("card", Self::card_ref(card));
        if with_list { data.with("list", self.list_ref(&card.list)) } else { data }
    }
}

/// A time as Trello writes it: `2026-05-28T06:00:00.120Z`.
pub(super) fn written(time: Timestamp) -> String {
    format!("{time:.3}")
}
