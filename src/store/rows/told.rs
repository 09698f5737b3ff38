//! Rows about what happened on boards: who tells of it, what is kept of it, and what waits to be said.

use sqlx::FromRow;

use super::parse;
use crate::model::{AccountName, Micros, ModelId, Watch, WatchState, WebhookId};
use crate::store::StoreError;
use crate::store::activities::{KeptActivity, Outcome};
use crate::store::outbox::Waiting;

#[derive(FromRow)]
pub(in crate::store) struct WatchRow {
    account: String,
    model: String,
    webhook: Option<String>,
    url: String,
    other_url: Option<String>,
    description: String,
    by_hand: i64,
    state: String,
    reason: String,
    failures: i64,
    last_delivery_at: Option<i64>,
}

impl TryFrom<WatchRow> for Watch {
    type Error = StoreError;

    fn try_from(row: WatchRow) -> Result<Self, StoreError> {
        Ok(Watch {
            account: AccountName(row.account),
            model: parse::<ModelId>(&row.model)?,
            webhook: row.webhook.as_deref().map(parse::<WebhookId>).transpose()?,
            url: row.url,
            other_url: row.other_url,
            description: row.description,
            by_hand: row.by_hand != 0,
            state: parse::<WatchState>(&row.state)?,
            reason: row.reason,
            failures: row.failures,
            last_delivery_at: row.last_delivery_at.map(Micros),
        })
    }
}

#[derive(FromRow)]
pub(in crate::store) struct ActivityRow {
    id: String,
    board: String,
    kind: String,
    at: i64,
    seen_at: i64,
    source: String,
    payload: String,
    state: String,
}

impl ActivityRow {
    pub(in crate::store) fn board(&self) -> &str {
        &self.board
    }
}

impl From<ActivityRow> for KeptActivity {
    fn from(row: ActivityRow) -> Self {
        KeptActivity {
            id: row.id,
            board: row.board,
            kind: row.kind,
            at: Micros(row.at),
            seen_at: Micros(row.seen_at),
            source: row.source,
            payload: row.payload,
            held: row.state == "held",
        }
    }
}

#[derive(FromRow)]
pub(in crate::store) struct OutcomeRow {
    dest: String,
    said: String,
    reason: String,
    at: i64,
}

impl From<OutcomeRow> for Outcome {
    fn from(row: OutcomeRow) -> Self {
        Outcome { dest: row.dest, said: row.said, reason: row.reason, at: Micros(row.at) }
    }
}

#[derive(FromRow)]
pub(in crate::store) struct WaitingRow {
    id: String,
    message: String,
    written_at: i64,
    tried: i64,
    payload: Option<String>,
    event: Option<String>,
    bundle: i64,
}

impl TryFrom<WaitingRow> for Waiting {
    type Error = StoreError;

    fn try_from(row: WaitingRow) -> Result<Self, StoreError> {
        let bad = |error| StoreError::Refused(format!("a message that waits cannot be read: {error}"));
        Ok(Waiting {
            message: serde_json::from_str(&row.message).map_err(bad)?,
            id: row.id,
            since: Micros(row.written_at),
            tries: row.tried,
            signal: row.event.map(|event| serde_json::from_str(&event)).transpose().map_err(bad)?,
            payload: row.payload.filter(|payload| !payload.is_empty()),
            bundle: row.bundle != 0,
        })
    }
}
