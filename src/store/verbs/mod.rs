//! The body of the store, written once and compiled for each engine: `sqlite.rs` and `postgres.rs` each take this
//! folder in and say what `Db`, `Engine` and `LEASE` are. Only what truly differs stands there.

mod cards;
mod history;
mod intake;
mod links;
mod queue;

use super::ROWS;

/// Splits `rows` into runs of `ROWS`, and of half as many, a quarter …, so that a batch of any size uses one of a few
/// statements and each is prepared once.
fn runs<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let size = 1 << rest.len().min(ROWS).checked_ilog2()?;
        let (run, tail) = rest.split_at(size);
        rest = tail;
        Some(run)
    })
}
