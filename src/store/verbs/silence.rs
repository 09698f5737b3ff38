//! What becomes of what the store holds of an issue's words when it turns confidential: gone, in the transaction that
//! writes down that it has. A turn may be held off by a neighbour for hours, and hooks and rooms do not wait for it.

use super::super::Db;
use super::activities::hide_card;
use super::intake::Observed;
use super::wishes::hush;
use crate::model::Micros;
use crate::store::{StoreError, sql};

/// The keys of states that may turn a public issue into one whose words must not be shown. One that is known as such is
/// let be: what was asked and told since then holds none of them.
pub(super) async fn turning<'a>(
    tx: &mut sqlx::Transaction<'static, Db>,
    states: &'a [Observed<'_>],
) -> Result<Vec<&'a str>, StoreError> {
    let mut keys = Vec::new();
    for state in states.iter().filter(|state| state.issue.confidential && state.issue.is_withheld()) {
        keys.extend((!is_confidential(tx, &state.key).await?).then_some(state.key.as_str()));
    }
    Ok(keys)
}

/// Forgets the words of those that have indeed turned: an older state is refused.
pub(super) async fn fall(
    tx: &mut sqlx::Transaction<'static, Db>,
    keys: &[&str],
    now: Micros,
) -> Result<(), StoreError> {
    for key in keys {
        if is_confidential(tx, key).await? {
            forget_words(tx, key, now).await?;
        }
    }
    Ok(())
}

/// The wishes go before the messages: telling how a wish ended takes its row, so that whoever is at it is waited for, and
/// what was put into an outbox is seen.
pub(super) async fn forget_words(
    tx: &mut sqlx::Transaction<'static, Db>,
    key: &str,
    now: Micros,
) -> Result<(), StoreError> {
    sqlx::query(sql::FORGET_TOLD).bind(key).execute(&mut **tx).await?;
    sqlx::query(sql::FORGET_BODIES).bind(Vec::<u8>::new()).bind(key).execute(&mut **tx).await?;
    hush(tx, key, now).await?;
    hide_card(tx, key, now).await
}

async fn is_confidential(tx: &mut sqlx::Transaction<'static, Db>, key: &str) -> Result<bool, StoreError> {
    let query = sqlx::query_scalar(sql::merges::IS_CONFIDENTIAL).bind(key);
    let confidential: Option<i64> = query.fetch_optional(&mut **tx).await?;
    Ok(confidential == Some(1))
}
