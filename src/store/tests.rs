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
    sql::TURN_ENDED,
    sql::LAST_TURN,
    sql::WAKE,
    sql::NEXT_DUE,
    sql::FREE_LEASES,
    sql::KEY_STATE,
    sql::BACKLOG,
    sql::FAILED,
    sql::WAITING_CARDS,
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
    sql::PIN_ONCE,
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
    sql::wishes::ADD_WISH,
    sql::wishes::WISH,
    sql::wishes::WISH_NAMED,
    sql::wishes::OPEN_WISHES,
    sql::wishes::INTEND_WISH,
    sql::wishes::END_WISH,
    sql::wishes::TELL_WISH,
    sql::wishes::TELL_WISH_SO,
    sql::wishes::WORDY_WISHES,
    sql::wishes::HUSH_WISHES,
    sql::wishes::RUN_SCRIPT,
    sql::wishes::PRUNE_RUNS,
    sql::wishes::PRUNE_WISHES,
    sql::wishes::LINKED_CARDS,
    sql::activities::BOARD_KEYS,
    sql::activities::HIDDEN_CARDS,
    sql::activities::BLANK_HIDDEN,
    sql::activities::MAKES_CARDS,
    sql::activities::HELD,
    sql::activities::NEXT_HELD,
    sql::activities::ACTIVITIES,
    sql::activities::ALL_ACTIVITIES,
    sql::activities::ACTIVITY,
    sql::activities::DECISIONS,
    sql::activities::UNDECIDE,
    sql::activities::UNSAY,
    sql::activities::HOLD_AGAIN,
    sql::activities::HOLD_UNDECIDED,
    sql::activities::HIDE_CARD,
    sql::activities::BREAK_BUNDLES,
    sql::activities::RELEASE_PARTS,
    sql::activities::DECIDE_HIDDEN,
    sql::activities::TAKE_OF_CARD,
    sql::activities::DROP_OF_CARD,
    sql::activities::BLANK_CARD,
    sql::activities::PRUNE_ACTIVITIES,
    sql::activities::ACTIVITY_BYTES,
    sql::activities::FORGOT,
    sql::activities::MOVE_ON,
    sql::activities::BEGIN,
    sql::outbox::WAITING,
    sql::outbox::WAITS,
    sql::outbox::COUNT_WAITING,
    sql::outbox::PARTS,
    sql::outbox::HOLDS,
    sql::outbox::IS_CONFIDENTIAL,
    sql::outbox::TRY,
    sql::outbox::SETTLE,
    sql::outbox::TAKE_OUT,
    sql::outbox::BUNDLE,
    sql::outbox::SWITCH_OFF,
    sql::outbox::SWITCH_ON,
    sql::outbox::OFF,
    sql::outbox::OVERDUE,
    sql::watches::WATCH,
    sql::watches::WATCHES,
    sql::watches::WANT_WATCH,
    sql::watches::KEEP_WATCH,
    sql::watches::REMOVE_WATCH,
    sql::watches::HEARD_WATCH,
    sql::watches::IS_WATCHED,
    sql::watches::ABOUT_CARD,
    sql::watches::NAMES_OF,
    sql::storage::KEPT,
    sql::storage::ALL_KEPT,
    sql::storage::KEEP,
    sql::storage::KEEP_FIRST,
    sql::storage::PUT,
    sql::storage::ERASE,
    sql::storage::BACK_UP,
    sql::storage::BACKUPS,
    sql::storage::BACKUP,
    sql::storage::DROP_BACKUPS,
    sql::repair::STIR,
    sql::repair::STIR_BOARD,
    sql::repair::CARD_WAS_READ,
    sql::repair::STANDING,
    sql::repair::FORGET_WAITING,
    sql::repair::KEEP_GONE,
    sql::repair::IS_GONE,
    sql::repair::WAITING,
    sql::repair::APPROVE,
    sql::repair::FORGET_GONE,
    sql::repair::TWINNED,
    sql::repair::TWINS,
    sql::repair::LOOKALIKES,
    sql::repair::FILING,
    sql::repair::INTEND_FILING,
    sql::repair::WITHDRAW_FILING,
    sql::repair::FILE,
    sql::repair::LINK_FILED,
    sql::merges::NAMED_BY,
    sql::merges::LINKED_AT,
    sql::merges::MERGES,
    sql::merges::DROP_MERGES,
    sql::merges::MERGE_TRACES,
    sql::merges::KEEP_MERGE_TRACE,
    sql::merges::FORGET_MERGE_TRACES,
    sql::merges::MOVE_MERGE_TRACES,
    sql::merges::CONFIDENTIAL_KEYS,
    sql::merges::IS_CONFIDENTIAL,
];

/// Those that take many rows: front, values of a row, end.
const ROWS: &[(&str, usize, &str)] = &[
    (sql::INSERT_DELIVERIES, 9, sql::INSERT_DELIVERIES_END),
    (sql::OBSERVE, 7, sql::OBSERVE_END),
    (sql::OBSERVE, 7, sql::OBSERVE_AGAIN_END),
    (sql::MARK, 3, sql::MARK_END),
    (sql::INDEX_CARDS, 6, sql::INDEX_CARDS_END),
    (sql::SEE_NOTES, 8, sql::SEE_NOTES_END),
    (sql::SEE_NOTES, 8, sql::SEE_NOTES_AGAIN_END),
    (sql::activities::KEEP_ACTIVITIES, 10, sql::activities::KEEP_ACTIVITIES_END),
    (sql::activities::DECIDE, 5, sql::activities::DECIDE_END),
    (sql::outbox::SAY, 8, ""),
    (sql::merges::SEE_MERGES, 9, sql::merges::SEE_MERGES_END),
];

/// Those that go on with a list: front, end.
const LISTS: &[(&str, &str)] = &[
    (sql::activities::JUDGE, sql::activities::JUDGE_END),
    (sql::activities::FORGET_DECISIONS, ")"),
    (sql::outbox::INTO_BUNDLE, " WHERE within IS NULL AND id IN ($2)"),
];

/// Fronts and ends in `ROWS` and `LISTS`, and the leases of the two engines.
const OTHERS: usize = 14 + 5 + 4 + 2;

fn statements(lease: &str) -> Vec<String> {
    let rows = |(front, count, end): &(&str, usize, &str)| {
        let values: Vec<String> = (1..=*count).map(|at| format!("${at}")).collect();
        format!("{front}VALUES ({}){end}", values.join(", "))
    };
    let list = |(front, end): &(&str, &str)| format!("{front}$1{end}");
    let whole = WHOLE.iter().map(|text| (*text).to_owned());
    whole.chain(ROWS.iter().map(rows)).chain(LISTS.iter().map(list)).chain([lease.to_owned()]).collect()
}

#[test]
fn no_statement_is_left_out() {
    let topics = [
        include_str!("sql/activities.rs"),
        include_str!("sql/merges.rs"),
        include_str!("sql/outbox.rs"),
        include_str!("sql/repair.rs"),
        include_str!("sql/storage.rs"),
        include_str!("sql/watches.rs"),
        include_str!("sql/wishes.rs"),
    ];
    let of_topics: usize = topics.iter().map(|text| text.matches("pub(in crate::store) const ").count()).sum();
    let written = include_str!("sql.rs").matches("pub(super) const ").count() + of_topics;
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
