//! What is to be said: in order, until the room took it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::super::{Db, Engine};
use super::intake::mark;
use super::{in_json, runs};
use crate::model::{CardId, Dest, Kept, Key, Message, Micros, Rank, RoomName, Signal};
use crate::store::outbox::{Said, Saying, Signals, Waiting};
use crate::store::rows::WaitingRow;
use crate::store::{Leased, StoreError, sql};

/// Bytes of a row beside its texts.
const ROW: usize = 200;

impl Engine {
    pub(in crate::store) async fn say(&self, room: &RoomName, message: &Message) -> Result<String, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let id = put(&mut tx, room, message, None, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(in crate::store) async fn waiting(&self, dest: &Dest, most: i64) -> Result<Vec<Waiting>, StoreError> {
        let query = sqlx::query_as(sql::outbox::WAITING).bind(dest.to_string()).bind(most);
        let rows: Vec<WaitingRow> = query.fetch_all(&self.reader).await?;
        rows.into_iter().map(Waiting::try_from).collect()
    }

    pub(in crate::store) async fn parts(&self, id: &str) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(sql::outbox::PARTS).bind(id).fetch_all(&self.reader).await?)
    }

    pub(in crate::store) async fn waits(&self, id: &str) -> Result<bool, StoreError> {
        let count: i64 = sqlx::query_scalar(sql::outbox::WAITS).bind(id).fetch_one(&self.reader).await?;
        Ok(count > 0)
    }

    pub(in crate::store) async fn count_waiting(&self, dest: &Dest) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(sql::outbox::COUNT_WAITING).bind(dest.to_string()).fetch_one(&self.reader).await?)
    }

    pub(in crate::store) async fn try_saying(&self, turn: &Leased, id: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        holds(&mut tx, turn).await?;
        sqlx::query(sql::outbox::TRY).bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn settle(
        &self,
        turn: &Leased,
        dest: &Dest,
        message: &Saying<'_>,
        said: Said,
        reason: &str,
    ) -> Result<(), StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        holds(&mut tx, turn).await?;
        let dest = dest.to_string();
        if !take_out(&mut tx, &dest, message.id, said, reason, now).await? {
            // It fell apart while it was on its way, and arrived whole.
            for part in message.parts {
                take_out(&mut tx, &dest, part, said, reason, now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn settle_heard(
        &self,
        turn: &Leased,
        dest: &Dest,
        id: &str,
        (before, after): (&Kept, &Map<String, Value>),
    ) -> Result<(), StoreError> {
        let Dest::Script(script) = dest else {
            return Err(StoreError::Refused(format!("{dest} keeps nothing")));
        };
        let now = self.now().await?;
        let mut known = before.clone();
        for _ in 0..super::storage::TRIES {
            let mut tx = self.begin().await?;
            holds(&mut tx, turn).await?;
            if super::storage::keep(&mut tx, script.as_str(), (before, &known), after, now).await? {
                take_out(&mut tx, &dest.to_string(), id, Said::Told, "", now).await?;
                tx.commit().await?;
                return Ok(());
            }
            drop(tx);
            known = self.storage(script.as_str()).await?;
        }
        Err(StoreError::Clash(format!("what `{script}` keeps is being written by others all the time")))
    }

    pub(in crate::store) async fn bundle(
        &self,
        turn: &Leased,
        parts: &[String],
        message: &Message,
    ) -> Result<Option<String>, StoreError> {
        let id = Uuid::now_v7().to_string();
        let message = in_json(message)?;
        let mut tx = self.begin().await?;
        holds(&mut tx, turn).await?;
        let first = parts.first().map(String::as_str).unwrap_or_default();
        let bundled = sqlx::query(sql::outbox::BUNDLE).bind(&id).bind(message).bind(first).execute(&mut *tx).await?;
        let mut taken = 0;
        for run in runs(parts, String::len) {
            let mut query = QueryBuilder::<Db>::new(sql::outbox::INTO_BUNDLE);
            query.push_bind(&id).push(" WHERE within IS NULL AND id IN (");
            let mut list = query.separated(", ");
            for part in run {
                list.push_bind(part);
            }
            query.push(")");
            taken += query.build().execute(&mut *tx).await?.rows_affected();
        }
        if bundled.rows_affected() != 1 || usize::try_from(taken).is_ok_and(|taken| taken != parts.len()) {
            // One of them must not be told any more, and the message holds its words.
            return Ok(None);
        }
        tx.commit().await?;
        Ok(Some(id))
    }

    pub(in crate::store) async fn switch_off(&self, room: &RoomName, reason: &str) -> Result<(), StoreError> {
        let now = self.now().await?;
        let query =
            sqlx::query(sql::outbox::SWITCH_OFF).bind(room_dest(room)).bind(now.0).bind(reason.replace('\0', ""));
        query.execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn switch_on(&self, room: &RoomName) -> Result<bool, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let gone = sqlx::query(sql::outbox::SWITCH_ON).bind(room_dest(room)).execute(&mut *tx).await?;
        mark(&mut tx, &[Key::Outbox(room.clone()).to_string()], Rank::Live, now).await?;
        tx.commit().await?;
        Ok(gone.rows_affected() > 0)
    }

    pub(in crate::store) async fn off(&self, room: &RoomName) -> Result<Option<(Micros, String)>, StoreError> {
        let row: Option<(i64, String)> =
            sqlx::query_as(sql::outbox::OFF).bind(room_dest(room)).fetch_optional(&self.reader).await?;
        Ok(row.map(|(at, reason)| (Micros(at), reason)))
    }

    /// Gives up to `step` messages up that have waited since before `before`.
    pub(super) async fn give_up_saying(&self, before: Micros, step: i64) -> Result<u64, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let query = sqlx::query_as(sql::outbox::OVERDUE).bind(before.0).bind(step);
        let overdue: Vec<(String, String)> = query.fetch_all(&mut *tx).await?;
        for (dest, id) in &overdue {
            let reason = "it waited for longer than history is kept";
            take_out(&mut tx, dest, id, Said::Never, reason, now).await?;
        }
        tx.commit().await?;
        Ok(u64::try_from(overdue.len()).unwrap_or_default())
    }
}

/// Puts a message into a room's outbox, perhaps with the card that it tells of, and marks the room's key. Gives its id.
pub(super) async fn put(
    tx: &mut sqlx::Transaction<'static, Db>,
    room: &RoomName,
    message: &Message,
    card: Option<&CardId>,
    now: Micros,
) -> Result<String, StoreError> {
    let (id, dest) = (Uuid::now_v7().to_string(), Dest::Room(room.clone()));
    let card = card.map(CardId::as_str);
    put_all(tx, &[Put { id: &id, dest: &dest, card, message, event: None }], now).await?;
    Ok(id)
}

/// A message on its way into the outbox.
struct Put<'a> {
    id: &'a str,
    dest: &'a Dest,
    /// The card that it speaks of.
    card: Option<&'a str>,
    message: &'a Message,
    /// The change that it tells of, as JSON.
    event: Option<&'a str>,
}

/// Puts messages that no activity stands behind into the outbox, and marks the keys of where they go.
async fn put_all(tx: &mut sqlx::Transaction<'static, Db>, news: &[Put<'_>], now: Micros) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(news.len());
    for put in news {
        rows.push((put, in_json(put.message)?));
    }
    for run in runs(&rows, |(put, message)| message.len() + put.event.map_or(0, str::len) + ROW) {
        let mut query = QueryBuilder::<Db>::new(sql::outbox::SAY);
        query.push_values(run, |mut values, (put, message)| {
            values
                .push_bind(put.id)
                .push_bind(put.dest.to_string())
                .push_bind(now.0)
                .push_bind(now.0)
                .push_bind(None::<String>)
                .push_bind(put.card)
                .push_bind(message)
                .push_bind(put.event);
        });
        query.build().execute(&mut **tx).await?;
    }
    let mut keys: Vec<String> = news.iter().map(|put| put.dest.key().to_string()).collect();
    keys.sort_unstable();
    keys.dedup();
    mark(tx, &keys, Rank::Live, now).await
}

/// Tells of changes that the bridge has made to an issue and its card, within the transaction that remembers them. Of an
/// issue that is confidential by now nothing is told.
pub(super) async fn tell_changes(
    tx: &mut sqlx::Transaction<'static, Db>,
    issue: &Key,
    signals: Signals<'_>,
    now: Micros,
) -> Result<(), StoreError> {
    if signals.made.is_empty() || signals.to.is_empty() {
        return Ok(());
    }
    let told_of = signals.made.iter().filter_map(|signal| signal.issue.as_ref()?.id()).map(Key::Issue);
    let about: BTreeSet<String> = told_of.chain([issue.clone()]).map(|key| key.to_string()).collect();
    for key in about {
        let withheld: i64 = sqlx::query_scalar(sql::outbox::IS_CONFIDENTIAL).bind(key).fetch_one(&mut **tx).await?;
        if withheld > 0 {
            return Ok(());
        }
    }
    let mut rows = Vec::new();
    for signal in signals.made {
        let (message, event) = (signal.words(), in_json(signal)?);
        rows.extend(
            signals.to.iter().map(|dest| (Uuid::now_v7().to_string(), dest, signal, message.clone(), event.clone())),
        );
    }
    let news: Vec<Put<'_>> = rows
        .iter()
        .map(|(id, dest, signal, message, event)| Put {
            id,
            dest,
            card: signal.card.as_ref().map(|card| card.id.as_str()),
            message,
            event: Some(event),
        })
        .collect();
    put_all(tx, &news, now).await
}

impl Engine {
    /// Whether a change was made to an issue that is confidential by now.
    pub(in crate::store) async fn is_withheld(&self, signal: &Signal) -> Result<bool, StoreError> {
        let key = match (&signal.issue, &signal.card) {
            (Some(issue), _) => issue.id().map(|id| Key::Issue(id).to_string()),
            (None, Some(card)) => {
                let query = sqlx::query_scalar(sql::ISSUE_OF_CARD).bind(card.id.as_str());
                query.fetch_optional(&self.reader).await?
            }
            (None, None) => None,
        };
        let Some(key) = key else { return Ok(false) };
        let withheld: i64 = sqlx::query_scalar(sql::outbox::IS_CONFIDENTIAL).bind(key).fetch_one(&self.reader).await?;
        Ok(withheld > 0)
    }
}

fn room_dest(room: &RoomName) -> String {
    Dest::Room(room.clone()).to_string()
}

async fn holds(tx: &mut sqlx::Transaction<'static, Db>, turn: &Leased) -> Result<(), StoreError> {
    let query = sqlx::query(sql::outbox::HOLDS).bind(turn.key.to_string()).bind(&turn.token);
    let held = query.execute(&mut **tx).await?;
    if held.rows_affected() > 0 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// `false`: it was not there.
async fn take_out(
    tx: &mut sqlx::Transaction<'static, Db>,
    dest: &str,
    id: &str,
    said: Said,
    reason: &str,
    now: Micros,
) -> Result<bool, StoreError> {
    let (word, reason) = match said {
        Said::Told => ("told", reason.replace('\0', "")),
        Said::Together => ("told", "together with others".to_owned()),
        Said::Never => ("not told", reason.replace('\0', "")),
    };
    sqlx::query(sql::outbox::SETTLE).bind(dest).bind(id).bind(word).bind(reason).bind(now.0).execute(&mut **tx).await?;
    let gone = sqlx::query(sql::outbox::TAKE_OUT).bind(id).execute(&mut **tx).await?;
    Ok(gone.rows_affected() > 0)
}
