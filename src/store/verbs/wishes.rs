//! What people asked from chat to have changed.

use super::super::Engine;
use super::in_json;
use super::intake::mark;
use super::outbox;
use crate::model::{BoardId, CardId, IssueRef, Key, Message, Micros, Rank, RoomName, WishId, Wished};
use crate::store::rows::parse;
use crate::store::wishes::{NewWish, WishRow};
use crate::store::{Leased, StoreError, sql::wishes as sql};

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
    ) -> Result<(), StoreError> {
        let answer = in_json(answer)?;
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
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn tell_wish(&self, id: &WishId) -> Result<bool, StoreError> {
        let told = sqlx::query(sql::TELL_WISH).bind(id.as_str()).execute(&self.writer).await?;
        Ok(told.rows_affected() > 0)
    }

    pub(in crate::store) async fn tell_wish_there(
        &self,
        id: &WishId,
        room: &RoomName,
        answer: &Message,
        card: Option<&CardId>,
    ) -> Result<bool, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let told = sqlx::query(sql::TELL_WISH).bind(id.as_str()).execute(&mut *tx).await?;
        if told.rows_affected() == 0 {
            return Ok(false);
        }
        outbox::put(&mut tx, room, answer, card, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    pub(in crate::store) async fn prune_wishes(&self, before: Micros) -> Result<u64, StoreError> {
        Ok(sqlx::query(sql::PRUNE_WISHES).bind(before.0).execute(&self.writer).await?.rows_affected())
    }

    pub(in crate::store) async fn linked_cards(&self, board: &BoardId) -> Result<Vec<(CardId, IssueRef)>, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as(sql::LINKED_CARDS).bind(board.as_str()).fetch_all(&self.reader).await?;
        let linked = |(card, key): (String, String)| match key.parse::<Key>() {
            Ok(Key::Issue(issue)) => Some(parse(&card).map(|card| (card, issue))),
            _ => None,
        };
        rows.into_iter().filter_map(linked).collect()
    }
}
