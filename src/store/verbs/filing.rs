//! Cards made by hand that become issues.

use super::super::Engine;
use super::in_json;
use super::intake::mark;
use super::outbox::tell_changes;
use crate::model::{CardId, IssueRef, Key, Link, Micros, Rank};
use crate::store::sql::repair as sql;
use crate::store::{Filing, Leased, Signals, StoreError, rows, sql as general};

impl Engine {
    pub(in crate::store) async fn filing(&self, card: &CardId) -> Result<Option<Filing>, StoreError> {
        let query = sqlx::query_as(sql::FILING).bind(card.as_str());
        let row: Option<(i64, Option<i64>, Option<String>)> = query.fetch_optional(&self.reader).await?;
        let Some((project, intent, issue)) = row else { return Ok(None) };
        let issue = issue.as_deref().map(rows::parse::<IssueRef>).transpose()?;
        Ok(Some(Filing { project, intent: intent.map(Micros), issue }))
    }

    /// Fenced, in that the lease is renewed in the same commit.
    pub(in crate::store) async fn intend_filing(
        &self,
        turn: &Leased,
        card: &CardId,
        project: i64,
        span: std::time::Duration,
    ) -> Result<Micros, StoreError> {
        let now = self.now().await?;
        let key = turn.key.to_string();
        let mut tx = self.begin().await?;
        let until = now + span;
        let renewed = sqlx::query(general::RENEW).bind(until.0).bind(key).bind(&turn.token).execute(&mut *tx).await?;
        let query = sqlx::query(sql::INTEND_FILING).bind(card.as_str()).bind(project).bind(now.0);
        let intended = query.execute(&mut *tx).await?;
        if renewed.rows_affected() == 0 || intended.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        tx.commit().await?;
        Ok(now)
    }

    pub(in crate::store) async fn withdraw_filing(&self, card: &CardId, at: Micros) -> Result<(), StoreError> {
        sqlx::query(sql::WITHDRAW_FILING).bind(card.as_str()).bind(at.0).execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn file(
        &self,
        link: &Link,
        global_id: Option<i64>,
        signals: Signals<'_>,
    ) -> Result<bool, StoreError> {
        let Some(card) = &link.card else { return Ok(false) };
        let (now, issue) = (self.now().await?, &link.issue);
        let key = Key::Issue(issue.clone()).to_string();
        let mut tx = self.begin().await?;
        // The queue's row before the link's, as every turn takes them.
        mark(&mut tx, std::slice::from_ref(&key), Rank::Live, now).await?;
        let query = sqlx::query(sql::FILE).bind(issue.to_string()).bind(card.as_str()).bind(issue.project);
        if query.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(sql::LINK_FILED)
            .bind(&key)
            .bind(issue.instance.as_str())
            .bind(issue.project)
            .bind(issue.iid)
            .bind(&link.account.0)
            .bind(link.board.as_str())
            .bind(card.as_str())
            .bind(now.0)
            .bind(link.base.as_ref().map(in_json).transpose()?)
            .bind(global_id)
            .execute(&mut *tx)
            .await?;
        let holder: Option<String> =
            sqlx::query_scalar(general::ISSUE_OF_CARD).bind(card.as_str()).fetch_optional(&mut *tx).await?;
        let is_its = holder.as_deref() == Some(key.as_str());
        if is_its {
            tell_changes(&mut tx, &Key::Issue(issue.clone()), signals, now).await?;
        }
        tx.commit().await?;
        Ok(is_its)
    }
}
