//! What can go wrong in the store, cut by what the caller can do about it.

/// A failed verb.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or cannot write: disk full, server away, file locked.
    /// Nothing of the verb was done; the same verb may work later.
    #[error("the database cannot be written or reached: {0}")]
    Away(String),
    /// Two transactions stood in each other's way and this one was taken back; repeating it is safe.
    #[error("the database took a transaction back: {0}")]
    Clash(String),
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

/// PostgreSQL's classes of SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>) that mean "not
/// now": connection, read-only, resources, shutdown, I/O.
const POSTGRES_AWAY: [&str; 5] = ["08", "25", "53", "57", "58"];
/// And the class of a transaction that was taken back: deadlock, serialization.
const POSTGRES_CLASH: &str = "40";

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(told) => {
                let code = told.code().unwrap_or_default().into_owned();
                // SQLSTATEs have five characters; SQLite's codes are numbers, the longest of them of four digits.
                let away = match code.len() {
                    5 => POSTGRES_AWAY.iter().any(|class| code.starts_with(class)),
                    _ => code.parse::<u32>().is_ok_and(|code| SQLITE_AWAY.contains(&(code & 0xff))),
                };
                match code.len() {
                    _ if away => StoreError::Away(error.to_string()),
                    5 if code.starts_with(POSTGRES_CLASH) => StoreError::Clash(error.to_string()),
                    _ => StoreError::Refused(error.to_string()),
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
