//! Writing down what the doors took in: deliveries, observations and marks, a whole batch in one commit.

use std::collections::BTreeMap;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::super::{Db, Engine};
use super::activities::stir;
use super::watches::About;
use super::{comments, in_json, merges, runs, silence, watches};
use crate::model::{Intake, Issue, Key, MergeNews, Micros, NoteNews, Rank, Receipt};
use crate::store::{StoreError, sql};

impl Engine {
    /// Writes `batch` down in one transaction and answers after its commit, in order.
    pub(in crate::store) async fn accept(&self, batch: &[Intake]) -> Result<Vec<Receipt>, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let issues = watches::issues(&mut tx, batch).await?;
        let rows: Vec<Row<'_>> = batch.iter().map(|intake| Row::of(intake, watches::about(intake, &issues))).collect();
        let repeated = insert_deliveries(&mut tx, &rows, now).await?;
        let receipt = |row: &Row<'_>| match repeated.get(row.intake.dedupe.as_str()) {
            Some(first) if *first != row.id => Receipt { delivery: first.clone(), duplicate: true },
            _ => Receipt { delivery: row.id.clone(), duplicate: false },
        };
        let receipts: Vec<Receipt> = rows.iter().map(receipt).collect();
        let (again, new): (Vec<_>, Vec<_>) = batch.iter().zip(&receipts).partition(|(_, receipt)| receipt.duplicate);
        observe(&mut tx, &newest(&new), now, sql::OBSERVE_END).await?;
        observe(&mut tx, &newest(&again), now, sql::OBSERVE_AGAIN_END).await?;
        comments::see(&mut tx, &comments::newest(notes(&new)), sql::SEE_NOTES_END).await?;
        comments::see(&mut tx, &comments::newest(notes(&again)), sql::SEE_NOTES_AGAIN_END).await?;
        let named = merges::see(&mut tx, &merge_requests(batch)).await?;
        watches::heard(&mut tx, batch, now).await?;
        // The keys of boards and cards sort before those of issues, here as with other replicas.
        for (key, due) in watches::keep(&mut tx, batch, now).await? {
            mark(&mut tx, &[key], Rank::Live, due).await?;
        }
        mark(&mut tx, &keys(&rows, named), Rank::Live, now).await?;
        let mut told: Vec<String> =
            rows.iter().filter(|row| row.intake.watch.is_some()).filter_map(Row::news).collect();
        told.sort_unstable();
        told.dedup();
        stir(&mut tx, &told).await?;
        tx.commit().await?;
        Ok(receipts)
    }

    /// Marks `key`: it is due at `at` (`None`: now), or earlier if it already was.
    pub(in crate::store) async fn mark(&self, key: &Key, rank: Rank, at: Option<Micros>) -> Result<(), StoreError> {
        let at = match at {
            Some(at) => at,
            None => self.now().await?,
        };
        let mut tx = self.begin().await?;
        mark(&mut tx, &[key.to_string()], rank, at).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn observe_now(&self, issue: &Issue) -> Result<(), StoreError> {
        let now = self.now().await?;
        let key = Key::Issue(issue.id.clone()).to_string();
        let mut tx = self.begin().await?;
        observe(&mut tx, &[Observed { key, issue, delivery: None }], now, sql::OBSERVE_END).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes a state of an issue that was seen before down, unless it is known as newly, and marks its key.
    pub(in crate::store) async fn observe_again(&self, issue: &Issue) -> Result<(), StoreError> {
        let now = self.now().await?;
        let key = Key::Issue(issue.id.clone()).to_string();
        let mut tx = self.begin().await?;
        observe(&mut tx, &[Observed { key: key.clone(), issue, delivery: None }], now, sql::OBSERVE_AGAIN_END).await?;
        mark(&mut tx, &[key], Rank::Live, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// An intake with the id that it gets if it is new.
struct Row<'a> {
    intake: &'a Intake,
    id: String,
    /// The issue that it is about.
    key: Option<String>,
    /// What is kept of the body.
    body: &'a [u8],
}

impl<'a> Row<'a> {
    fn of(intake: &'a Intake, about: Option<&About>) -> Self {
        let key = intake.key().map(|key| key.to_string()).or_else(|| about.map(|about| about.key.clone()));
        // What is kept as an activity is not kept twice, and goes with it when the card's issue turns confidential: it may
        // come before anybody knows whose card that is.
        let activity = intake.watch.as_ref().and_then(|news| news.activity.as_ref());
        let elsewhere = activity.is_some_and(|activity| activity.board.is_some());
        let hidden = about.is_some_and(|about| about.confidential);
        let body = if elsewhere || hidden { &[] } else { intake.body.as_ref() };
        Row { intake, id: Uuid::now_v7().to_string(), key, body }
    }

    /// The key that it is news for.
    fn news(&self) -> Option<String> {
        let is_echo = self.intake.watch.as_ref().is_some_and(|news| news.is_echo);
        self.key.clone().filter(|_| !is_echo)
    }
}

/// Inserts the rows whose names are new. Where some are not, gives the id of the first delivery of every name in the
/// batch, and counts the repetitions.
async fn insert_deliveries(
    tx: &mut sqlx::Transaction<'static, Db>,
    rows: &[Row<'_>],
    now: Micros,
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut inserted = 0;
    for run in runs(rows, |row| row.body.len() + row.intake.headers.len()) {
        let mut query = QueryBuilder::<Db>::new(sql::INSERT_DELIVERIES);
        query.push_values(run, |mut values, Row { intake, id, key, body }| {
            values
                .push_bind(id)
                .push_bind(&intake.dedupe)
                .push_bind(now.0)
                .push_bind(&intake.event)
                .push_bind(&intake.headers)
                .push_bind(*body)
                .push_bind(intake.verdict.to_string())
                .push_bind(&intake.reason)
                .push_bind(key);
        });
        query.push(sql::INSERT_DELIVERIES_END);
        inserted += query.build().execute(&mut **tx).await?.rows_affected();
    }
    let mut first = BTreeMap::new();
    if usize::try_from(inserted).is_ok_and(|inserted| inserted == rows.len()) {
        return Ok(first);
    }
    // In the order of the names, so that two replicas never wait for each other's rows.
    let mut named: Vec<&Row<'_>> = rows.iter().collect();
    named.sort_by_key(|row| &row.intake.dedupe);
    for row in named {
        let dedupe = &row.intake.dedupe;
        let id: String = sqlx::query_scalar(sql::FIRST_DELIVERY).bind(dedupe).fetch_one(&mut **tx).await?;
        if id != row.id {
            sqlx::query(sql::REPEAT_DELIVERY).bind(dedupe).execute(&mut **tx).await?;
        }
        first.insert(dedupe.clone(), id);
    }
    Ok(first)
}

/// A state of an issue on its way into the store.
pub(super) struct Observed<'a> {
    pub(super) key: String,
    pub(super) issue: &'a Issue,
    /// The delivery whose body says the same: the issue's turn reads it there.
    pub(super) delivery: Option<&'a str>,
}

/// The newest state of each issue in the batch: one statement may touch a row only once. In the order of the keys, so
/// that two replicas never wait for each other's rows.
fn newest<'a>(batch: &[(&'a Intake, &'a Receipt)]) -> Vec<Observed<'a>> {
    let mut newest: BTreeMap<String, Observed<'a>> = BTreeMap::new();
    for (intake, receipt) in batch {
        let Some(issue) = &intake.issue else { continue };
        // A body that was not kept, or is another request's of the same name, cannot be read later.
        let told = !receipt.duplicate && !intake.body.is_empty();
        let key = Key::Issue(issue.id.clone()).to_string();
        let observed = Observed { key: key.clone(), issue, delivery: told.then_some(receipt.delivery.as_str()) };
        match newest.get(&key) {
            Some(known) if known.issue.refuses(issue) => {}
            _ => drop(newest.insert(key, observed)),
        }
    }
    newest.into_values().collect()
}

fn notes<'a>(batch: &[(&'a Intake, &'a Receipt)]) -> impl Iterator<Item = &'a NoteNews> {
    batch.iter().filter_map(|(intake, _)| intake.note.as_ref())
}

fn merge_requests(batch: &[Intake]) -> Vec<&MergeNews> {
    batch.iter().filter_map(|intake| intake.merge.as_deref()).collect()
}

/// The keys that the batch marks, each once, in order. `named`: those of the issues that merge requests name.
fn keys(rows: &[Row<'_>], named: Vec<String>) -> Vec<String> {
    let mut keys: Vec<String> = rows.iter().filter_map(Row::news).chain(named).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Writes states down. Where one says that an issue has turned confidential, its words are forgotten in the same commit.
pub(super) async fn observe(
    tx: &mut sqlx::Transaction<'static, Db>,
    states: &[Observed<'_>],
    now: Micros,
    on_conflict: &'static str,
) -> Result<(), StoreError> {
    let text = |state: &Observed<'_>| match state.delivery {
        Some(_) => Ok(String::new()),
        None => in_json(state.issue),
    };
    let turning = silence::turning(tx, states).await?;
    let texts: Vec<String> = states.iter().map(text).collect::<Result<_, _>>()?;
    let rows: Vec<(&Observed<'_>, String)> = states.iter().zip(texts).collect();
    for run in runs(&rows, |(_, text)| text.len()) {
        let mut query = QueryBuilder::<Db>::new(sql::OBSERVE);
        query.push_values(run, |mut row, (Observed { key, issue, delivery }, text)| {
            row.push_bind(key)
                .push_bind(issue.version.at)
                .push_bind(issue.version.step)
                .push_bind(i64::from(issue.confidential))
                .push_bind(now.0)
                .push_bind(text)
                .push_bind(*delivery);
        });
        query.push(on_conflict);
        query.build().execute(&mut **tx).await?;
    }
    silence::fall(tx, &turning, now).await
}

pub(super) async fn mark(
    tx: &mut sqlx::Transaction<'static, Db>,
    keys: &[String],
    rank: Rank,
    at: Micros,
) -> Result<(), StoreError> {
    let offset = (Micros::default() + rank.offset()).0;
    for run in runs(keys, String::len) {
        let mut query = QueryBuilder::<Db>::new(sql::MARK);
        query.push_values(run, |mut row, key| {
            row.push_bind(key).push_bind(offset).push_bind(at.0);
        });
        query.push(sql::MARK_END);
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}
