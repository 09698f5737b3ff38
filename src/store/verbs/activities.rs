//! What happened on boards: kept once, whoever told of it first; judged once.

use std::collections::HashSet;

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::super::{Db, Engine};
use super::intake::mark;
use super::{in_json, reach, runs};
use crate::model::{ActionId, BoardId, CardId, Dest, Key, Micros, Rank};
use crate::store::activities::{Decision, Heard, Held, Judged, Kept, KeptActivity, Outcome, Source};
use crate::store::rows::{ActivityRow, OutcomeRow, parse};
use crate::store::{StoreError, sql};

/// Bytes of a row beside its payload.
const ROW: usize = 200;

impl Engine {
    pub(in crate::store) async fn keep_activities(&self, heard: &Heard<'_>) -> Result<Vec<ActionId>, StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        let news = hear(&mut tx, heard, now).await?;
        // The board's own turn knows when to look again.
        let due = news.iter().filter_map(|kept| kept.due).min().filter(|_| heard.source == Source::Hook);
        if let Some(due) = due {
            let keys: Vec<String> =
                sqlx::query_scalar(sql::activities::BOARD_KEYS).bind(heard.board.as_str()).fetch_all(&mut *tx).await?;
            mark(&mut tx, &keys, Rank::Live, due).await?;
        }
        let issues = match heard.follow {
            true => issues_of(&mut tx, cards_of(&news).into_iter()).await?,
            false => Vec::new(),
        };
        let mut keys = revived(&mut tx, &news).await?;
        keys.extend(unlinked(&mut tx, &heard.arrivals).await?);
        keys.extend(issues.iter().cloned());
        keys.sort_unstable();
        keys.dedup();
        // The queue's rows before the links', as every turn takes them.
        mark(&mut tx, &keys, Rank::Live, now).await?;
        stir(&mut tx, &issues).await?;
        if let Some(reach) = heard.reach {
            reach::move_on(&mut tx, heard.board, reach).await?;
        }
        tx.commit().await?;
        Ok(news.into_iter().map(|kept| kept.activity.id.clone()).collect())
    }

    pub(in crate::store) async fn held(
        &self,
        board: &BoardId,
        until: Micros,
        most: i64,
    ) -> Result<Vec<Held>, StoreError> {
        let query = sqlx::query_as(sql::activities::HELD).bind(board.as_str()).bind(until.0).bind(most);
        let rows: Vec<(String, String)> = query.fetch_all(&self.reader).await?;
        rows.into_iter().map(|(id, payload)| Ok(Held { id: parse(&id)?, payload })).collect()
    }

    pub(in crate::store) async fn next_held(&self, board: &BoardId) -> Result<Option<Micros>, StoreError> {
        let query = sqlx::query_scalar(sql::activities::NEXT_HELD).bind(board.as_str());
        let due: Option<i64> = query.fetch_one(&self.reader).await?;
        Ok(due.map(Micros))
    }

    pub(in crate::store) async fn makes_cards(&self, board: &BoardId) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar(sql::activities::MAKES_CARDS).bind(board.as_str());
        let making: i64 = query.fetch_one(&self.reader).await?;
        Ok(making > 0)
    }

    pub(in crate::store) async fn judge(&self, judged: &[Judged]) -> Result<(), StoreError> {
        let now = self.now().await?;
        let mut tx = self.begin().await?;
        sqlx::query(sql::activities::BLANK_HIDDEN).execute(&mut *tx).await?;
        let mine = claim(&mut tx, judged).await?;
        let judged: Vec<&Judged> = judged.iter().filter(|judged| mine.contains(judged.id.as_str())).collect();
        let decided: Vec<(&Judged, &Decision)> =
            judged.iter().flat_map(|judged| judged.decisions.iter().map(move |decision| (*judged, decision))).collect();
        let fresh = decide(&mut tx, &decided, now).await?;
        let said: Vec<(&Judged, &Decision)> = decided
            .into_iter()
            .filter(|(judged, decision)| fresh.contains(&(judged.id.to_string(), decision.dest.to_string())))
            .filter(|(_, decision)| decision.said.is_ok())
            .collect();
        let mut keys: Vec<String> = said.iter().map(|(_, decision)| decision.dest.key().to_string()).collect();
        keys.sort_unstable();
        keys.dedup();
        put_out(&mut tx, &said, now).await?;
        mark(&mut tx, &keys, Rank::Live, now).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn activities(
        &self,
        board: Option<&BoardId>,
        most: i64,
    ) -> Result<Vec<KeptActivity>, StoreError> {
        let rows: Vec<ActivityRow> = match board {
            Some(board) => {
                let query = sqlx::query_as(sql::activities::ACTIVITIES).bind(board.as_str()).bind(most);
                query.fetch_all(&self.reader).await?
            }
            None => sqlx::query_as(sql::activities::ALL_ACTIVITIES).bind(most).fetch_all(&self.reader).await?,
        };
        Ok(rows.into_iter().map(KeptActivity::from).collect())
    }

    pub(in crate::store) async fn activity(
        &self,
        id: &str,
    ) -> Result<Option<(KeptActivity, Vec<Outcome>)>, StoreError> {
        let row: Option<ActivityRow> =
            sqlx::query_as(sql::activities::ACTIVITY).bind(id).fetch_optional(&self.reader).await?;
        let Some(row) = row else { return Ok(None) };
        let outcomes: Vec<OutcomeRow> =
            sqlx::query_as(sql::activities::DECISIONS).bind(id).fetch_all(&self.reader).await?;
        Ok(Some((row.into(), outcomes.into_iter().map(Outcome::from).collect())))
    }

    pub(in crate::store) async fn replay(&self, id: &str, dest: Option<&Dest>) -> Result<bool, StoreError> {
        let (now, dest) = (self.now().await?, dest.map(Dest::to_string));
        let mut tx = self.begin().await?;
        let held = sqlx::query(sql::activities::HOLD_AGAIN).bind(id).bind(now.0).execute(&mut *tx).await?;
        if held.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(sql::activities::UNDECIDE).bind(id).bind(&dest).execute(&mut *tx).await?;
        sqlx::query(sql::activities::UNSAY).bind(id).bind(&dest).execute(&mut *tx).await?;
        let row: ActivityRow = sqlx::query_as(sql::activities::ACTIVITY).bind(id).fetch_one(&mut *tx).await?;
        let keys: Vec<String> =
            sqlx::query_scalar(sql::activities::BOARD_KEYS).bind(row.board()).fetch_all(&mut *tx).await?;
        mark(&mut tx, &keys, Rank::Command, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Keeps what was told, and gives what was new.
pub(super) async fn hear<'a>(
    tx: &mut sqlx::Transaction<'static, Db>,
    heard: &'a Heard<'_>,
    now: Micros,
) -> Result<Vec<&'a Kept>, StoreError> {
    let hidden: HashSet<String> =
        sqlx::query_scalar(sql::activities::HIDDEN_CARDS).fetch_all(&mut **tx).await?.into_iter().collect();
    let new = insert(tx, heard, &hidden, now).await?;
    Ok(heard.kept.iter().filter(|kept| new.contains(kept.activity.id.as_str())).collect())
}

fn cards_of<'a>(news: &[&'a Kept]) -> HashSet<&'a CardId> {
    news.iter().filter_map(|kept| kept.activity.card.as_ref()).collect()
}

/// The keys of cards that wait for a turn, or whose turn has failed, and to which something has happened now.
pub(super) async fn revived(
    tx: &mut sqlx::Transaction<'static, Db>,
    news: &[&Kept],
) -> Result<Vec<String>, StoreError> {
    let cards = cards_of(news);
    if cards.is_empty() {
        return Ok(Vec::new());
    }
    let waiting: Vec<(String, i64)> = sqlx::query_as(sql::WAITING_CARDS).fetch_all(&mut **tx).await?;
    let is_news = |key: &String| matches!(key.parse(), Ok(Key::Card(_, card)) if cards.contains(&card));
    Ok(waiting.into_iter().map(|(key, _)| key).filter(is_news).collect())
}

/// These issues' cards may say something that nobody has read.
pub(super) async fn stir(tx: &mut sqlx::Transaction<'static, Db>, issues: &[String]) -> Result<(), StoreError> {
    for key in issues {
        sqlx::query(sql::repair::STIR).bind(key).execute(&mut **tx).await?;
    }
    Ok(())
}

/// The cards among `arrivals` that are no issue's, and whose turn has not failed: a feed is read with a minute of overlap,
/// and what it tells again is no reason to try again.
async fn unlinked(tx: &mut sqlx::Transaction<'static, Db>, arrivals: &[Key]) -> Result<Vec<String>, StoreError> {
    let mut keys = Vec::new();
    for key in arrivals {
        let Key::Card(_, card) = key else { continue };
        let issue: Option<String> =
            sqlx::query_scalar(sql::ISSUE_OF_CARD).bind(card.as_str()).fetch_optional(&mut **tx).await?;
        keys.extend(issue.is_none().then(|| key.to_string()));
    }
    if !keys.is_empty() {
        let waiting: Vec<(String, i64)> = sqlx::query_as(sql::WAITING_CARDS).fetch_all(&mut **tx).await?;
        keys.retain(|key| !waiting.iter().any(|(waiting, failed)| waiting == key && *failed != 0));
    }
    Ok(keys)
}

/// Inserts what is new and gives its ids.
async fn insert(
    tx: &mut sqlx::Transaction<'static, Db>,
    heard: &Heard<'_>,
    hidden: &HashSet<String>,
    now: Micros,
) -> Result<HashSet<String>, StoreError> {
    // In the order of their ids, so that two replicas never wait for each other's rows.
    let mut rows: Vec<&Kept> = heard.kept.iter().collect();
    rows.sort_by(|one, other| one.activity.id.cmp(&other.activity.id));
    rows.dedup_by(|one, other| one.activity.id == other.activity.id);
    let mut new = HashSet::new();
    for run in runs(&rows, |kept| kept.payload.len() + ROW) {
        let mut query = QueryBuilder::<Db>::new(sql::activities::KEEP_ACTIVITIES);
        query.push_values(run, |mut values, kept| {
            let Kept { activity, payload, due } = *kept;
            let card = activity.card.as_ref().map(CardId::as_str);
            let is_hidden = card.is_some_and(|card| hidden.contains(card));
            let due = due.filter(|_| !is_hidden);
            values
                .push_bind(activity.id.as_str())
                .push_bind(heard.board.as_str())
                .push_bind(card)
                .push_bind(&activity.kind)
                .push_bind(activity.at.0)
                .push_bind(now.0)
                .push_bind(heard.source.as_str())
                .push_bind(if is_hidden { "" } else { payload.as_str() })
                .push_bind(if due.is_some() { "held" } else { "judged" })
                .push_bind(due.unwrap_or(now).0);
        });
        query.push(sql::activities::KEEP_ACTIVITIES_END);
        let ids: Vec<(String,)> = query.build_query_as().fetch_all(&mut **tx).await?;
        new.extend(ids.into_iter().map(|(id,)| id));
    }
    Ok(new)
}

/// The keys of the issues whose cards these are, in order.
pub(super) async fn issues_of(
    tx: &mut sqlx::Transaction<'static, Db>,
    cards: impl Iterator<Item = &CardId>,
) -> Result<Vec<String>, StoreError> {
    let mut keys: Vec<String> = Vec::new();
    for card in cards {
        let key: Option<String> =
            sqlx::query_scalar(sql::ISSUE_OF_CARD).bind(card.as_str()).fetch_optional(&mut **tx).await?;
        keys.extend(key.filter(|key| key.parse::<Key>().is_ok()));
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// Takes the activities that nobody else has judged meanwhile.
async fn claim(tx: &mut sqlx::Transaction<'static, Db>, judged: &[Judged]) -> Result<HashSet<String>, StoreError> {
    let mut ids: Vec<&ActionId> = judged.iter().map(|judged| &judged.id).collect();
    ids.sort_unstable();
    let mut mine = HashSet::new();
    for run in runs(&ids, |_| 40) {
        let mut query = QueryBuilder::<Db>::new(sql::activities::JUDGE);
        let mut list = query.separated(", ");
        for id in run {
            list.push_bind(id.as_str());
        }
        query.push(sql::activities::JUDGE_END);
        let ids: Vec<(String,)> = query.build_query_as().fetch_all(&mut **tx).await?;
        mine.extend(ids.into_iter().map(|(id,)| id));
    }
    Ok(mine)
}

/// Writes decisions down; gives those that were not made before.
async fn decide(
    tx: &mut sqlx::Transaction<'static, Db>,
    decided: &[(&Judged, &Decision)],
    now: Micros,
) -> Result<HashSet<(String, String)>, StoreError> {
    let mut rows: Vec<(&str, String, &str, String)> = decided
        .iter()
        .map(|(judged, decision)| {
            let (said, reason) = match &decision.said {
                Ok(_) => ("waiting", String::new()),
                // PostgreSQL takes no NUL in a text, and a template may put one there.
                Err(why) => ("not told", why.replace('\0', "")),
            };
            (judged.id.as_str(), decision.dest.to_string(), said, reason)
        })
        .collect();
    rows.sort_unstable();
    let mut fresh = HashSet::new();
    for run in runs(&rows, |(.., reason)| reason.len() + ROW) {
        let mut query = QueryBuilder::<Db>::new(sql::activities::DECIDE);
        query.push_values(run, |mut values, (activity, dest, said, reason)| {
            values.push_bind(*activity).push_bind(dest).push_bind(*said).push_bind(reason).push_bind(now.0);
        });
        query.push(sql::activities::DECIDE_END);
        let made: Vec<(String, String)> = query.build_query_as().fetch_all(&mut **tx).await?;
        fresh.extend(made);
    }
    Ok(fresh)
}

/// Puts what is to be said into the outbox.
async fn put_out(
    tx: &mut sqlx::Transaction<'static, Db>,
    said: &[(&Judged, &Decision)],
    now: Micros,
) -> Result<(), StoreError> {
    let mut rows: Vec<(&Judged, String, String)> = Vec::with_capacity(said.len());
    for (judged, decision) in said {
        if let Ok(message) = &decision.said {
            rows.push((judged, decision.dest.to_string(), in_json(message)?));
        }
    }
    for run in runs(&rows, |(.., message)| message.len() + ROW) {
        let mut query = QueryBuilder::<Db>::new(sql::outbox::SAY);
        query.push_values(run, |mut values, (judged, dest, message)| {
            values
                .push_bind(Uuid::now_v7().to_string())
                .push_bind(dest)
                .push_bind(judged.at.0)
                .push_bind(now.0)
                .push_bind(judged.id.as_str())
                .push_bind(judged.card.as_ref().map(CardId::as_str))
                .push_bind(message)
                .push_bind(None::<String>);
        });
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}

/// Nothing is said of an issue's card any more, and nothing of what was said on it is kept: the issue has turned
/// confidential. Activities, decisions, messages: in this order everybody takes their rows.
pub(super) async fn hide_card(
    tx: &mut sqlx::Transaction<'static, Db>,
    issue: &str,
    now: Micros,
) -> Result<(), StoreError> {
    let card: Option<String> =
        sqlx::query_scalar(sql::activities::HIDE_CARD).bind(issue).bind(now.0).fetch_optional(&mut **tx).await?;
    let Some(card) = card else { return Ok(()) };
    // First what a judge claims: one that was quicker has put its messages into the outbox before this goes on.
    sqlx::query(sql::activities::BLANK_CARD).bind(&card).execute(&mut **tx).await?;
    let reason = "the issue turned confidential";
    sqlx::query(sql::activities::DECIDE_HIDDEN).bind(&card).bind(reason).execute(&mut **tx).await?;
    sqlx::query(sql::activities::TAKE_OF_CARD).bind(&card).execute(&mut **tx).await?;
    sqlx::query(sql::activities::BREAK_BUNDLES).bind(&card).execute(&mut **tx).await?;
    sqlx::query(sql::activities::RELEASE_PARTS).execute(&mut **tx).await?;
    sqlx::query(sql::activities::DROP_OF_CARD).bind(&card).execute(&mut **tx).await?;
    Ok(())
}

impl Engine {
    /// Removes up to `step` activities that came before `before`, with what was decided about them.
    pub(super) async fn prune_activities(&self, before: Micros, step: i64) -> Result<u64, StoreError> {
        let overlap = crate::store::activities::OVERLAP;
        let overlap = (Micros::default() + overlap + overlap).0;
        let mut tx = self.begin().await?;
        let gone: Vec<(String, String, i64)> = sqlx::query_as(sql::activities::PRUNE_ACTIVITIES)
            .bind(before.0)
            .bind(step)
            .bind(overlap)
            .fetch_all(&mut *tx)
            .await?;
        for run in runs(&gone, |_| 40) {
            let mut query = QueryBuilder::<Db>::new(sql::activities::FORGET_DECISIONS);
            let mut list = query.separated(", ");
            for (id, ..) in run {
                list.push_bind(id);
            }
            query.push(")");
            query.build().execute(&mut *tx).await?;
        }
        reach::forgot(&mut tx, &gone).await?;
        tx.commit().await?;
        Ok(u64::try_from(gone.len()).unwrap_or_default())
    }
}
