//! What was said on issues, and which comment copies which note.

use std::collections::BTreeMap;

use sqlx::QueryBuilder;

use super::super::{Db, Engine};
use super::intake::mark;
use super::outbox::tell_changes;
use super::{in_json, runs};
use crate::model::{IssueRef, Key, Note, NoteNews, Pair, Rank, Side};
use crate::store::rows::NoteRow;
use crate::store::{Leased, Signals, StoreError, sql};

impl Engine {
    pub(in crate::store) async fn notes(&self, issue: &IssueRef) -> Result<Vec<Note>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let rows: Vec<NoteRow> = sqlx::query_as(sql::NOTES).bind(key).fetch_all(&self.reader).await?;
        Ok(rows.into_iter().map(Note::from).collect())
    }

    /// Writes a note down that was seen before, unless it is known as newly, and marks the key of its issue.
    pub(in crate::store) async fn see_note_again(&self, news: &NoteNews) -> Result<(), StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        see(&mut tx, &newest([news]), sql::SEE_NOTES_AGAIN_END).await?;
        mark(&mut tx, &[Key::Issue(news.issue.clone()).to_string()], Rank::Live, now).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn drop_notes(&self, issue: &IssueRef) -> Result<(), StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        sqlx::query(sql::DROP_NOTES).bind(key).execute(&self.writer).await?;
        Ok(())
    }

    pub(in crate::store) async fn pairs(&self, issue: &IssueRef) -> Result<Vec<Pair>, StoreError> {
        let key = Key::Issue(issue.clone()).to_string();
        let rows: Vec<String> = sqlx::query_scalar(sql::PAIRS).bind(key).fetch_all(&self.reader).await?;
        let bad = |error| StoreError::Refused(format!("what is known of a copied comment cannot be read: {error}"));
        rows.iter().map(|row| serde_json::from_str(row).map_err(bad)).collect()
    }

    pub(in crate::store) async fn keep_pair(
        &self,
        turn: &Leased,
        pair: &Pair,
        signals: Signals<'_>,
    ) -> Result<(), StoreError> {
        let (origin, original) = name(pair)?;
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let done = sqlx::query(sql::KEEP_PAIR)
            .bind(origin)
            .bind(original)
            .bind(in_json(pair)?)
            .bind(turn.key.to_string())
            .bind(&turn.token)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::LeaseLost);
        }
        tell_changes(&mut tx, &turn.key, signals, now).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn forget_pair(&self, turn: &Leased, pair: &Pair) -> Result<(), StoreError> {
        let (origin, original) = name(pair)?;
        let (key, token) = (turn.key.to_string(), &turn.token);
        sqlx::query(sql::FORGET_PAIR).bind(key).bind(origin).bind(original).bind(token).execute(&self.writer).await?;
        Ok(())
    }
}

/// A pair's name in its table.
fn name(pair: &Pair) -> Result<(&'static str, String), StoreError> {
    let origin = match pair.origin {
        Side::Gitlab => "gitlab",
        Side::Trello => "trello",
    };
    let nameless = || StoreError::Refused("a copy without an original cannot be remembered".to_owned());
    Ok((origin, pair.original_id().ok_or_else(nameless)?))
}

/// The newest news of each note: one statement may touch a row only once. In the order of the keys, so that two
/// replicas never wait for each other's rows.
pub(super) fn newest<'a>(news: impl IntoIterator<Item = &'a NoteNews>) -> Vec<(String, &'a NoteNews)> {
    let mut newest: BTreeMap<(String, i64), &NoteNews> = BTreeMap::new();
    for news in news {
        let name = (Key::Issue(news.issue.clone()).to_string(), news.note.id.0);
        match newest.get(&name) {
            Some(known) if known.refuses(news) => {}
            _ => drop(newest.insert(name, news)),
        }
    }
    newest.into_iter().map(|((key, _), news)| (key, news)).collect()
}

pub(super) async fn see(
    tx: &mut sqlx::Transaction<'static, Db>,
    notes: &[(String, &NoteNews)],
    on_conflict: &'static str,
) -> Result<(), StoreError> {
    for run in runs(notes, |(_, news)| news.note.text.len()) {
        let mut query = QueryBuilder::<Db>::new(sql::SEE_NOTES);
        query.push_values(run, |mut row, (key, NoteNews { note, step, .. })| {
            row.push_bind(key)
                .push_bind(note.id.0)
                .push_bind(&note.author)
                .push_bind(&note.text)
                .push_bind(note.created.0)
                .push_bind(note.changed.0)
                .push_bind(*step)
                .push_bind(i64::from(note.hidden));
        });
        query.push(on_conflict);
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}
