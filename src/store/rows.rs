//! What the verbs take and give, and how rows become our nouns.

mod told;

use std::str::FromStr;

use sqlx::FromRow;

use super::StoreError;
use crate::model::{
    AccountName, Base, BoardId, CardId, Delivery, Intent, Issue, IssueRef, Key, Link, ListId, Micros, Note, NoteId,
    Parked, Rank, Verdict,
};

pub(super) use told::{ActivityRow, OutcomeRow, WaitingRow, WatchRow};

/// A key in hand: one turn's right to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// What to look after.
    pub key: Key,
    /// Fencing token. Writes of a turn whose token is no longer the row's are refused.
    pub token: String,
    /// Leases since the last finish, this one included.
    pub attempts: i64,
    /// Finishes in a row that failed.
    pub tries: i64,
    /// Those finishes failed because this neighbour was down; else they were refused.
    pub waits_for: Option<String>,
}

impl Leased {
    /// Refusals in a row. Tries at a neighbour that was down are none.
    pub fn refusals(&self) -> i64 {
        if self.waits_for.is_some() { 0 } else { self.tries }
    }
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Nothing left to do.
    Done,
    /// Look again, without having failed.
    Look {
        /// When.
        at: Micros,
    },
    /// It failed and is to be tried again.
    Again {
        /// When.
        at: Micros,
        /// A neighbour named the time: a new mark does not move it earlier.
        not_before: bool,
        /// The neighbour that is down; its first answer wakes the key.
        waits_for: Option<String>,
        /// What happened.
        reason: String,
    },
    /// It failed for good, until a new event or a replay.
    Failed {
        /// What happened and what to do.
        reason: String,
    },
}

impl Finish {
    /// In a word or two, for those who ask how the last turn ended.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Finish::Done => "done",
            Finish::Look { .. } => "looks again",
            Finish::Again { .. } => "tries again",
            Finish::Failed { .. } => "failed",
        }
    }
}

/// The newest state of an issue, as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It was read.
    Read(Box<Issue>),
    /// A delivery tells it that nobody has read since the door wrote it down.
    Told {
        /// The delivery's id.
        delivery: String,
        /// The headers kept, as a JSON object.
        headers: String,
        /// The raw body.
        body: Vec<u8>,
    },
}

/// A page of a listing over GitLab's API, to be taken in.
#[derive(Clone, Debug)]
pub struct Listed {
    /// States to write down.
    pub news: Vec<Issue>,
    /// Issues to look after, in the order in which they are to have their turns.
    pub marks: Vec<IssueRef>,
    /// How soon.
    pub rank: Rank,
    /// Of those, the ones that get a card even closed.
    pub asked: Vec<IssueRef>,
    /// A name for the listing, and how far it has come.
    pub cursor: Option<(String, String)>,
    /// What no hook had told.
    pub recovered: i64,
}

/// Issues of a rank that still wait for their turns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many.
    pub left: i64,
    /// Those of them that have their turn at this moment.
    pub in_hand: i64,
    /// Why one of them waits, if not for its turn.
    pub reason: Option<String>,
}

/// A key as it stands in the queue.
#[derive(Clone, Debug, FromRow)]
pub struct KeyState {
    /// Due then, in microseconds since 1970.
    pub due_at: i64,
    /// A turn has it in hand until then.
    pub lease_until: i64,
    /// Failed then.
    pub failed_at: Option<i64>,
    /// Why it waits or failed.
    pub reason: Option<String>,
}

/// A card on a board that carries our mark or speaks of an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedCard {
    /// The card.
    pub card: CardId,
    /// The issue in our mark.
    pub mark: Option<IssueRef>,
    /// The normal form of the issue's address on a card made by other means.
    pub foreign_url: Option<String>,
    /// Archived.
    pub closed: bool,
    /// It is called as the card of the issue in its mark is.
    pub named: bool,
}

/// A linked issue of a project, as a roll call goes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its number.
    pub iid: i64,
    /// It was gone when it was last asked for.
    pub gone: bool,
}

/// A linked issue that GitLab has no more, and about which an operator has to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its route, as people read it.
    pub route: String,
    /// The issue.
    pub issue: IssueRef,
    /// When it was missed.
    pub found_at: Micros,
}

/// How far a card made by hand has come on its way to be an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filing {
    /// The project that gets the issue.
    pub project: i64,
    /// A call may have made the issue then, and nobody knows.
    pub intent: Option<Micros>,
    /// What it became.
    pub issue: Option<IssueRef>,
}

/// What an id in the store should have been when it cannot be read: only ever by a hand that wrote past us.
pub(super) fn parse<T: FromStr>(text: &str) -> Result<T, StoreError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| StoreError::Refused(format!("a row holds what it should not: {error}")))
}

#[derive(FromRow)]
pub(super) struct LeasedRow {
    pub(super) key: String,
    pub(super) attempts: i64,
    pub(super) tries: i64,
    pub(super) waits_for: Option<String>,
}

#[derive(FromRow)]
pub(super) struct LinkRow {
    pub(super) instance: String,
    pub(super) project: i64,
    pub(super) iid: i64,
    pub(super) account: String,
    pub(super) board: String,
    pub(super) card: Option<String>,
    pub(super) intent_at: Option<i64>,
    pub(super) intent_list: Option<String>,
    pub(super) adopted: i64,
    pub(super) base: Option<String>,
    pub(super) pending: Option<String>,
    pub(super) parked: Option<String>,
    pub(super) stirs: i64,
    pub(super) stirs_seen: i64,
}

impl TryFrom<LinkRow> for Link {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<Self, StoreError> {
        let issue: IssueRef = parse(&format!("{}/{}/{}", row.instance, row.project, row.iid))?;
        let intent = match (row.intent_at, row.intent_list) {
            (Some(at), Some(list)) => Some(Intent { at: Micros(at), list: parse::<ListId>(&list)? }),
            _ => None,
        };
        Ok(Link {
            issue,
            account: AccountName(row.account),
            board: parse::<BoardId>(&row.board)?,
            card: row.card.as_deref().map(parse::<CardId>).transpose()?,
            intent,
            adopted: row.adopted != 0,
            base: row.base.as_deref().map(base).transpose()?,
            pending: row.pending,
            parked: row.parked.as_deref().map(parse::<Parked>).transpose()?,
            stir: (row.stirs != row.stirs_seen).then_some(row.stirs),
        })
    }
}

fn base(text: &str) -> Result<Base, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Refused(format!("a link's base cannot be read: {error}")))
}

#[derive(FromRow)]
pub(super) struct ObservationRow {
    issue: String,
    id: Option<String>,
    headers: Option<String>,
    body: Option<Vec<u8>>,
}

impl TryFrom<ObservationRow> for Observation {
    type Error = serde_json::Error;

    fn try_from(row: ObservationRow) -> Result<Self, serde_json::Error> {
        Ok(match (row.id, row.headers, row.body) {
            (Some(delivery), Some(headers), Some(body)) => Observation::Told { delivery, headers, body },
            _ => Observation::Read(serde_json::from_str(&row.issue)?),
        })
    }
}

#[derive(FromRow)]
pub(super) struct DeliveryRow {
    id: String,
    received_at: i64,
    event: String,
    headers: String,
    body: Vec<u8>,
    verdict: String,
    reason: String,
    key: Option<String>,
    repeats: i64,
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        Ok(Delivery {
            id: row.id,
            received_at: Micros(row.received_at),
            event: row.event,
            headers: row.headers,
            body: row.body,
            verdict: parse::<Verdict>(&row.verdict)?,
            reason: row.reason,
            key: row.key,
            repeats: row.repeats,
        })
    }
}

#[derive(FromRow)]
pub(super) struct CardRow {
    card: String,
    mark: Option<String>,
    foreign_url: Option<String>,
    closed: i64,
    named: i64,
}

impl TryFrom<CardRow> for IndexedCard {
    type Error = StoreError;

    fn try_from(row: CardRow) -> Result<Self, StoreError> {
        Ok(IndexedCard {
            card: parse(&row.card)?,
            mark: row.mark.as_deref().map(parse::<IssueRef>).transpose()?,
            foreign_url: row.foreign_url,
            closed: row.closed != 0,
            named: row.named != 0,
        })
    }
}

#[derive(FromRow)]
pub(super) struct NoteRow {
    id: i64,
    author: String,
    text: String,
    created_at: i64,
    changed_at: i64,
    hidden: i64,
}

impl From<NoteRow> for Note {
    fn from(row: NoteRow) -> Self {
        Note {
            id: NoteId(row.id),
            author: row.author,
            text: row.text,
            created: Micros(row.created_at),
            changed: Micros(row.changed_at),
            hidden: row.hidden != 0,
        }
    }
}
