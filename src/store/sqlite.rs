//! SQLite: the default engine, a file beside the process. One connection writes, four read; WAL with
//! `synchronous=FULL`, so that what was committed survives a power cut.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::{StoreError, sql};
use crate::clock::Clock;
use crate::model::Micros;

pub(super) type Db = sqlx::Sqlite;
pub(super) const LEASE: &str = sql::LEASE_SQLITE;
/// Rows that one statement writes at most, and how many bytes of them.
const ROWS: usize = 32;
const BYTES: usize = 1 << 30;

#[path = "verbs/mod.rs"]
mod verbs;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/sqlite");

/// A commit that finds the log this long (8 MB) moves it into the database. Twice SQLite's own default: moving it more
/// seldom saves writes, and makes the one request longer that has to wait for it.
const WAL_PAGES: &str = "2000";

/// The store on SQLite.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) writer: sqlx::Pool<Db>,
    pub(super) reader: sqlx::Pool<Db>,
    clock: Clock,
    file: PathBuf,
}

impl Engine {
    pub(super) async fn open(url: &str, clock: Clock) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| StoreError::Unusable(format!("DATABASE_URL: {error}")))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("wal_autocheckpoint", WAL_PAGES)
            .disable_statement_logging();
        let file = options.get_filename().to_path_buf();
        let unusable = |error: sqlx::Error| StoreError::Unusable(cannot_open(&file, &error.to_string()));
        if !url.contains(":memory:") && !url.contains("mode=memory") {
            make_for_us_alone(&file).map_err(|error| StoreError::Unusable(cannot_open(&file, &error.to_string())))?;
        }
        // One writer: a second one would only wait for the first one's lock.
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .after_release(|connection, _| Box::pin(is_whole(connection)))
            .connect_with(options.clone())
            .await
            .map_err(unusable)?;
        super::migrate(&MIGRATIONS, &writer).await?;
        let reader = SqlitePoolOptions::new().max_connections(4).connect_lazy_with(options.read_only(true));
        Ok(Engine { writer, reader, clock, file })
    }

    /// A transaction that takes the write lock at once: one that reads first and then writes would fail where another
    /// process wrote in between.
    pub(super) async fn begin(&self) -> Result<sqlx::Transaction<'static, Db>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    #[expect(clippy::unused_async, reason = "PostgreSQL's time comes from the server")]
    pub(super) async fn now(&self) -> Result<Micros, StoreError> {
        Ok(self.clock.now())
    }

    /// Frees every lease. Only for the process that holds the lock: whoever held them is dead.
    pub(super) async fn free_leases(&self) -> Result<(), StoreError> {
        sqlx::query(sql::FREE_LEASES).execute(&self.writer).await?;
        Ok(())
    }

    /// Makes sure that no other process runs turns on this file. The lock goes with the process, however it ends.
    /// `None`: another does.
    pub(super) fn lock(&self) -> Result<Option<File>, StoreError> {
        let path = self.file.with_added_extension("lock");
        let trouble = |error: &dyn std::fmt::Display| StoreError::Unusable(cannot_open(&path, &error.to_string()));
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(|e| trouble(&e))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(trouble(&error)),
        }
    }

    /// That another process works on the file.
    pub(super) fn taken(&self) -> StoreError {
        StoreError::Unusable(format!(
            "another kanbridge already works on {}; stop it first, or use PostgreSQL (DATABASE_URL=postgres:…) to run \
             several",
            self.file.display()
        ))
    }
}

/// The file holds what issues say; SQLite's own would be for whoever the umask lets. Its companions take its mode.
fn make_for_us_alone(file: &Path) -> std::io::Result<()> {
    match File::options().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A commit that fails because the disk is full is rolled back by SQLite itself, and then the driver's own roll-back has
/// nothing to do and takes the transaction for still open. Such a connection is closed; the next one begins afresh.
async fn is_whole(connection: &mut sqlx::SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A roll-back may still be on its way to the connection; after a round trip it has arrived.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

fn cannot_open(file: &Path, error: &str) -> String {
    format!(
        "cannot use {}: {error}; check DATABASE_URL, that its folder exists and that this user may write there",
        file.display()
    )
}
