//! What people asked from chat to have changed.

use super::super::{Db, Engine};
use super::in_json;
use super::intake::mark;
use super::outbox::{self, tell_changes};
use crate::model::{BoardId, Deed, Issue, Key, Message, Micros, Rank, Wish, WishId, Wished, Withheld};
use crate::store::rows::parse;
use crate::store::wishes::{LinkedCard, NewWish, WishRow};
use crate::store::{Leased, Signals, StoreError, sql::wishes as sql};

impl Engine {
    pub(in crate::store) async fn add_wish(&self, wish: &NewWish<'_>) -> Result<WishId, StoreError> {
        let now = self.now().await?;
        let (text, answer) = (in_json(wish.wish)?, wish.answer.map(in_json).transpose()?);
        let mut tx = self.begin().await?;
        let added = sqlx::query(sql::ADD_WISH)
            .bind(wish.id.as_str())
            .bind(wish.dedupe)
            .bind(wish.key.to_string())
            .bind(wish.room.as_str())
            .bind(text)
            .bind(now.0)
            .bind(wish.reply_to.map(|url| url.expose().to_owned()))
            .bind(answer)
            .execute(&mut *tx)
            .await?;
        let id: String = sqlx::query_scalar(sql::WISH_NAMED).bind(wish.dedupe).fetch_one(&mut *tx).await?;
        if added.rows_affected() > 0 {
            mark(&mut tx, &[wish.key.to_string()], Rank::Command, now).await?;
        }
        tx.commit().await?;
        parse(&id)
    }

    pub(in crate::store) async fn wish(&self, id: &WishId) -> Result<Option<Wished>, StoreError> {
        let row: Option<WishRow> = sqlx::query_as(sql::WISH).bind(id.as_str()).fetch_optional(&self.reader).await?;
        row.map(Wished::try_from).transpose()
    }

    pub(in crate::store) async fn wish_named(&self, dedupe: &str) -> Result<Option<WishId>, StoreError> {
        let id: Option<String> = sqlx::query_scalar(sql::WISH_NAMED).bind(dedupe).fetch_optional(&self.reader).await?;
        id.as_deref().map(parse).transpose()
    }

    pub(in crate::store) async fn open_wishes(&self, key: &Key) -> Result<Vec<Wished>, StoreError> {
        let rows: Vec<WishRow> = sqlx::query_as(sql::OPEN_WISHES).bind(key.to_string()).fetch_all(&self.reader).await?;
        rows.into_iter().map(Wished::try_from).collect()
    }

    pub(in crate::store) async fn intend_wish(
        &self,
        turn: &Leased,
        id: &WishId,
        at: Option<Micros>,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(sql::INTEND_WISH)
            .bind(at.map(|at| at.0))
            .bind(id.as_str())
            .bind(turn.key.to_string())
            .bind(&turn.token)
            .execute(&self.writer)
            .await?;
        if done.rows_affected() > 0 { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    pub(in crate::store) async fn end_wish(
        &self,
        turn: &Leased,
        id: &WishId,
        answer: &Message,
        tell_at: Micros,
        signals: Signals<'_>,
    ) -> Result<(), StoreError> {
        let (answer, now) = (in_json(answer)?, self.now().await?);
        let telling = Key::Wish(id.clone());
        let mut tx = self.begin().await?;
        let done = sqlx::query(sql::END_WISH)
            .bind(answer)
            .bind(id.as_str())
            .bind(turn.key.to_string())
            .bind(&turn.token)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        if telling != turn.key {
            mark(&mut tx, &[telling.to_string()], Rank::Command, tell_at).await?;
        }
        tell_changes(&mut tx, &turn.key, signals, now).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn tell_wish(&self, id: &WishId) -> Result<bool, StoreError> {
        let told = sqlx::query(sql::TELL_WISH).bind(id.as_str()).execute(&self.writer).await?;
        Ok(told.rows_affected() > 0)
    }

    pub(in crate::store) async fn tell_wish_there(
        &self,
        wished: &Wished,
        answer: &Message,
    ) -> Result<bool, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let told =
            sqlx::query(sql::TELL_WISH_SO).bind(wished.id.as_str()).bind(in_json(answer)?).execute(&mut *tx).await?;
        if told.rows_affected() == 0 {
            return Ok(false);
        }
        outbox::put(&mut tx, &wished.room, answer, wished.wish.deed.card(), now).await?;
        tx.commit().await?;
        Ok(true)
    }

    pub(in crate::store) async fn hush_wishes(&self, key: &Key) -> Result<(), StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        hush(&mut tx, &key.to_string(), now).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn may_run(&self, request: &str) -> Result<bool, StoreError> {
        let now = self.now().await?;
        let first = sqlx::query(sql::RUN_SCRIPT).bind(request).bind(now.0).execute(&self.writer).await?;
        Ok(first.rows_affected() > 0)
    }

    pub(in crate::store) async fn prune_wishes(&self, before: Micros) -> Result<u64, StoreError> {
        sqlx::query(sql::PRUNE_RUNS).bind(before.0).execute(&self.writer).await?;
        Ok(sqlx::query(sql::PRUNE_WISHES).bind(before.0).execute(&self.writer).await?.rows_affected())
    }

    pub(in crate::store) async fn linked_cards(&self, board: &BoardId) -> Result<Vec<LinkedCard>, StoreError> {
        let rows: Vec<(String, String, Option<String>)> =
            sqlx::query_as(sql::LINKED_CARDS).bind(board.as_str()).fetch_all(&self.reader).await?;
        let linked = |(card, key, confidential): (String, String, Option<String>)| match key.parse::<Key>() {
            Ok(Key::Issue(issue)) => {
                let withheld = confidential.as_deref().map_or(Withheld::Nothing, withheld);
                Some(parse(&card).map(|card| LinkedCard { card, issue, withheld }))
            }
            _ => None,
        };
        rows.into_iter().filter_map(linked).collect()
    }
}

/// How much of a confidential issue must not be said. One that cannot be read says nothing.
fn withheld(issue: &str) -> Withheld {
    match serde_json::from_str::<Issue>(issue) {
        Ok(issue) if issue.has_no_place() => Withheld::Everything,
        Ok(issue) => issue.withheld,
        Err(_) => Withheld::Everything,
    }
}

/// Ends what was wished of an issue's card that must not be shown any more, and forgets the words of it. Telling how a wish
/// ended takes its row as well, so that whoever is at it is waited for.
pub(super) async fn hush(tx: &mut sqlx::Transaction<'static, Db>, key: &str, now: Micros) -> Result<(), StoreError> {
    let answer = Wish::hushed();
    let (nothing, answer) = (in_json(&Wish { deed: Deed::Say, said: answer.clone() })?, in_json(&answer)?);
    let wordy = sqlx::query_scalar(sql::WORDY_WISHES).bind(key).bind(&answer).bind(&nothing);
    let wordy: Vec<String> = wordy.fetch_all(&mut **tx).await?;
    if wordy.is_empty() {
        return Ok(());
    }
    let telling = wordy.iter().map(|id| parse(id).map(|id| Key::Wish(id).to_string()));
    let telling = telling.collect::<Result<Vec<_>, _>>()?;
    sqlx::query(sql::HUSH_WISHES).bind(key).bind(&answer).bind(&nothing).execute(&mut **tx).await?;
    mark(tx, &telling, Rank::Command, now).await
}
