//! The index of cards that carry our mark or speak of an issue, board by board.

use sqlx::QueryBuilder;

use super::super::{Db, Engine};
use super::runs;
use crate::model::{BoardId, CardId, IssueRef, IssueUrl, Key};
use crate::store::rows::CardRow;
use crate::store::{IndexedCard, StoreError, sql};

impl Engine {
    pub(in crate::store) async fn add_cards(&self, board: &BoardId, cards: &[IndexedCard]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        index(&mut tx, board, cards).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn forget_card(&self, board: &BoardId, card: &CardId) -> Result<(), StoreError> {
        sqlx::query(sql::FORGET_CARD).bind(board.as_str()).bind(card.as_str()).execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn find_card(
        &self,
        board: &BoardId,
        issue: &IssueRef,
        url: Option<&IssueUrl>,
    ) -> Result<Option<IndexedCard>, StoreError> {
        let row: Option<CardRow> = sqlx::query_as(sql::FIND_CARD)
            .bind(board.as_str())
            .bind(issue.to_string())
            .bind(url.map(ToString::to_string))
            .bind(Key::Issue(issue.clone()).to_string())
            .fetch_optional(&self.reader)
            .await?;
        row.map(IndexedCard::try_from).transpose()
    }
}

async fn index(
    tx: &mut sqlx::Transaction<'static, Db>,
    board: &BoardId,
    cards: &[IndexedCard],
) -> Result<(), StoreError> {
    for run in runs(cards, |_| 100) {
        let mut query = QueryBuilder::<Db>::new(sql::INDEX_CARDS);
        query.push_values(run, |mut row, card| {
            row.push_bind(board.as_str())
                .push_bind(card.card.as_str())
                .push_bind(card.mark.as_ref().map(ToString::to_string))
                .push_bind(card.foreign_url.as_deref())
                .push_bind(i64::from(card.closed))
                .push_bind(i64::from(card.named));
        });
        query.push(sql::INDEX_CARDS_END);
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}
