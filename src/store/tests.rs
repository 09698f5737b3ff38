//! Every statement is understood by both engines: preparing it asks for its tables, columns and types.

use sqlx::{AssertSqlSafe, Connection, Executor, SqlSafeStr};

use super::sql;
use super::{Store, postgres, sqlite};
use crate::clock::Clock;

/// Those that stand as they are.
const WHOLE: &[&str] = &[
    sql::FIRST_DELIVERY,
    sql::REPEAT_DELIVERY,
    sql::NOTE,
    sql::READ_NOTE,
    sql::OBSERVATION,
    sql::OBSERVED_ISSUE,
    sql::ASK,
    sql::IS_ASKED,
    sql::KEEP_READING,
    sql::RENEW,
    sql::FAIL_UNREADABLE,
    sql::FINISH_DONE,
    sql::FINISH_MARKED,
    sql::FINISH_AGAIN,
    sql::FINISH_FAILED,
    sql::WAKE,
    sql::NEXT_DUE,
    sql::FREE_LEASES,
    sql::KEY_STATE,
    sql::BACKLOG,
    sql::FAILED,
    sql::COUNT_FAILED,
    sql::LINK,
    sql::LINKS,
    sql::NAMED,
    sql::PARK,
    sql::RESERVE,
    sql::REMEMBER_CARD,
    sql::REMEMBER_BASE,
    sql::UNLINK,
    sql::TELL,
    sql::TOLD,
    sql::FORGET_INTENT,
    sql::PIN,
    sql::SET_PIN,
    sql::FORGET_CARD,
    sql::FIND_CARD,
    sql::DELIVERIES,
    sql::DELIVERY,
    sql::PRUNE_BY_AGE,
    sql::PRUNE_OLDEST,
    sql::HISTORY_BYTES,
    sql::PROBE,
    sql::ISSUE_OF_CARD,
    sql::PROJECTS,
    sql::FIRST_LINK,
    sql::RECOVERED,
    sql::ADD_RECOVERED,
    sql::CURSOR,
    sql::SET_CURSOR,
    sql::NOTE_MOVED,
    sql::MOVED_FROM,
    sql::MADE_ANEW,
    sql::MOVED_HERE,
    sql::SPARE,
    sql::FORGET_SPARE,
    sql::FORGET_MOVE,
    sql::GIVE_UP,
    sql::MAKE_ROOM,
    sql::FORGET_TOLD,
    sql::FORGET_BODIES,
    sql::TAKE_OVER,
    sql::NOTES,
    sql::DROP_NOTES,
    sql::PAIRS,
    sql::KEEP_PAIR,
    sql::FORGET_PAIR,
    sql::FORGET_PAIRS,
    sql::MOVE_PAIRS,
    sql::merges::NAMED_BY,
    sql::merges::MERGES,
    sql::merges::DROP_MERGES,
    sql::merges::MERGE_TRACES,
    sql::merges::KEEP_MERGE_TRACE,
    sql::merges::FORGET_MERGE_TRACES,
    sql::merges::MOVE_MERGE_TRACES,
    sql::merges::CONFIDENTIAL_KEYS,
];

/// Those that take many rows: front, values of a row, end.
const ROWS: &[(&str, usize, &str)] = &[
    (sql::INSERT_DELIVERIES, 9, sql::INSERT_DELIVERIES_END),
    (sql::OBSERVE, 7, sql::OBSERVE_END),
    (sql::OBSERVE, 7, sql::OBSERVE_AGAIN_END),
    (sql::MARK, 3, sql::MARK_END),
    (sql::INDEX_CARDS, 5, sql::INDEX_CARDS_END),
    (sql::SEE_NOTES, 8, sql::SEE_NOTES_END),
    (sql::SEE_NOTES, 8, sql::SEE_NOTES_AGAIN_END),
    (sql::merges::SEE_MERGES, 9, sql::merges::SEE_MERGES_END),
];

/// Fronts and ends in `ROWS`, and the leases of the two engines.
const OTHERS: usize = 14 + 2;

fn statements(lease: &str) -> Vec<String> {
    let rows = |(front, count, end): &(&str, usize, &str)| {
        let values: Vec<String> = (1..=*count).map(|at| format!("${at}")).collect();
        format!("{front}VALUES ({}){end}", values.join(", "))
    };
    WHOLE.iter().map(|text| (*text).to_owned()).chain(ROWS.iter().map(rows)).chain([lease.to_owned()]).collect()
}

#[test]
fn no_statement_is_left_out() {
    let written = include_str!("sql.rs").matches("pub(super) const ").count()
        + include_str!("sql/merges.rs").matches("pub(in crate::store) const ").count();
    assert_eq!(WHOLE.len() + OTHERS, written, "add the new statement here");
}

#[tokio::test]
async fn sqlite_understands_every_statement() {
    let folder = std::env::temp_dir().join(format!("kanbridge-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).unwrap();
    let url = format!("sqlite:{}", folder.join("statements.db").display());
    Store::open(&url, Clock::System).await.unwrap();
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    for text in statements(sqlite::LEASE) {
        let prepared = connection.prepare(AssertSqlSafe(text.clone()).into_sql_str()).await;
        prepared.unwrap_or_else(|error| panic!("{error} in {text}"));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn postgres_understands_every_statement() {
    let server = std::env::var("KANBRIDGE_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let name = format!("kanbridge_{}", uuid::Uuid::now_v7().simple());
    let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    Store::open(url.as_str(), Clock::System).await.unwrap();
    let mut connection = sqlx::PgConnection::connect(url.as_str()).await.unwrap();
    for text in statements(postgres::LEASE) {
        let prepared = connection.prepare(AssertSqlSafe(text.clone()).into_sql_str()).await;
        prepared.unwrap_or_else(|error| panic!("{error} in {text}"));
    }
    admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
}
