//! The body of the store, written once and compiled for each engine: `sqlite.rs` and `postgres.rs` each take this
//! folder in and say what `Db`, `Engine` and `LEASE` are. Only what truly differs stands there.

mod activities;
mod cards;
mod comments;
mod feed;
mod filing;
mod history;
mod intake;
mod links;
mod listing;
mod merges;
mod moved;
mod outbox;
mod queue;
mod reach;
mod repair;
mod silence;
mod storage;
mod watches;
mod wishes;

use serde::Serialize;

use super::{BYTES, ROWS};
use crate::store::StoreError;

/// Splits `rows` into runs that one statement each can write: of `ROWS` rows, or half as many, a quarter …, so that a
/// batch of any size uses one of a few statements and each is prepared once; and of no more than `BYTES` in all where
/// a single row does not exceed that.
fn runs<'a, T>(rows: &'a [T], weight: impl Fn(&T) -> usize + 'a) -> impl Iterator<Item = &'a [T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let mut size = 1 << rest.len().min(ROWS).checked_ilog2()?;
        while size > 1 && rest[..size].iter().map(&weight).sum::<usize>() > BYTES {
            size /= 2;
        }
        let (run, tail) = rest.split_at(size);
        rest = tail;
        Some(run)
    })
}

/// A value of ours as the text that the store keeps.
fn in_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Refused(format!("a value cannot be written as JSON: {error}")))
}
