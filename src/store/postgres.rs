//! PostgreSQL: the shared engine, when several replicas share the work. Times of leases are the server's clock, so
//! that replicas whose clocks differ agree on who holds what.

use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{StoreError, sql};
use crate::clock::Clock;
use crate::model::Micros;

pub(super) type Db = sqlx::Postgres;
pub(super) const LEASE: &str = sql::LEASE_POSTGRES;
/// Rows that one statement writes at most, and how many bytes of them. The driver leaves Nagle's algorithm on and writes
/// each TLS record (16 KB) by itself; a statement of two records waits 40 ms for an acknowledgement that the server
/// holds back. Measured over loopback: 64 rows of 4 KB in one statement took 270 ms a batch.
const ROWS: usize = 32;
const BYTES: usize = 14 << 10;

#[path = "verbs/mod.rs"]
mod verbs;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/postgres");

const NOW: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";

/// The store on PostgreSQL. Readers and writers share one pool.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) writer: sqlx::Pool<Db>,
    pub(super) reader: sqlx::Pool<Db>,
    clock: Clock,
}

impl Engine {
    pub(super) async fn open(url: &str, clock: Clock) -> Result<Self, StoreError> {
        // The error may repeat the URL, and the URL may hold a password.
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| {
                StoreError::Unusable("DATABASE_URL is not a PostgreSQL URL (postgres://user@host/name)".into())
            })?
            .application_name("kanbridge")
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await
            .map_err(|error| {
                StoreError::Unusable(format!(
                    "cannot connect to PostgreSQL: {error}; check DATABASE_URL and that the server is up"
                ))
            })?;
        super::migrate(&MIGRATIONS, &pool).await?;
        Ok(Engine { writer: pool.clone(), reader: pool, clock })
    }

    pub(super) async fn begin(&self) -> Result<sqlx::Transaction<'static, Db>, StoreError> {
        Ok(self.writer.begin().await?)
    }

    pub(super) async fn now(&self) -> Result<Micros, StoreError> {
        match self.clock {
            Clock::System => Ok(Micros(sqlx::query_scalar(NOW).fetch_one(&self.writer).await?)),
            Clock::Manual(_) => Ok(self.clock.now()),
        }
    }
}
