//! What can go wrong in the store, cut by what the caller can do about it.

/// A failed verb.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or cannot write: disk full, server away, file locked.
    /// Nothing of the verb was done; the same verb may work later.
    #[error("the database cannot be written or reached: {0}")]
    Away(String),
    /// The database answered, and what it said makes no sense to us.
    #[error("the database refused: {0}")]
    Refused(String),
    /// The turn that speaks has lost its lease to another.
    #[error("the lease of this turn has passed to another")]
    LeaseLost,
    /// The database cannot be used at all; told at start.
    #[error("{0}")]
    Unusable(String),
}

/// SQLite's codes (<https://www.sqlite.org/rescode.html>) that mean "not now": busy, locked, read-only, interrupted,
/// I/O error, corrupt, full, cannot open. The low byte of an extended code is the primary one.
const SQLITE_AWAY: [u32; 7] = [5, 6, 8, 10, 11, 13, 14];

/// PostgreSQL's classes of SQLSTATE that mean "not now": connection, rollback (deadlock), resources, shutdown, I/O.
const POSTGRES_AWAY: [&str; 6] = ["08", "25", "40", "53", "57", "58"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(told) => {
                let code = told.code().unwrap_or_default();
                let sqlite = code
                    .parse::<u32>()
                    .is_ok_and(|code| code < 65_536 && SQLITE_AWAY.contains(&(code & 0xff)));
                let postgres = code.len() == 5 && POSTGRES_AWAY.iter().any(|class| code.starts_with(class));
                if sqlite && code.len() < 5 || postgres {
                    StoreError::Away(error.to_string())
                } else {
                    StoreError::Refused(error.to_string())
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => StoreError::Away(error.to_string()),
            _ => StoreError::Refused(error.to_string()),
        }
    }
}
