//! A fresh database for each story.

use std::path::PathBuf;

use sqlx::{Connection, Executor};
use uuid::Uuid;

/// A database of its own; gone when dropped.
pub(crate) struct Database {
    pub(crate) url: String,
    kind: Kind,
}

enum Kind {
    Folder(PathBuf),
    Postgres { server: String, name: String },
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(format!("kanbridge-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        Database { url: format!("sqlite:{}", folder.join("story.db").display()), kind: Kind::Folder(folder) }
    }

    /// On the server that `KANBRIDGE_TEST_POSTGRES` names, else on this machine's.
    pub(crate) async fn postgres() -> Self {
        let server = std::env::var("KANBRIDGE_TEST_POSTGRES")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
        let name = format!("kanbridge_{}", Uuid::now_v7().simple());
        let mut admin = sqlx::PgConnection::connect(&server).await.expect("a PostgreSQL server that lets us in");
        admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Database { url: url.into(), kind: Kind::Postgres { server, name } }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.kind {
            Kind::Folder(folder) => drop(std::fs::remove_dir_all(folder)),
            Kind::Postgres { server, name } => {
                let (server, drop_it) = (server.clone(), format!("DROP DATABASE {name} WITH (FORCE)"));
                let work = move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(async {
                        let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
                        admin.execute(sqlx::AssertSqlSafe(drop_it)).await.unwrap();
                    });
                };
                std::thread::spawn(work).join().unwrap();
            }
        }
    }
}
