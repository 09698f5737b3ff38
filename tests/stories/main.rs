//! Stories: the whole bridge on free ports against the look-alike of Trello, on both engines. The worker is stepped
//! and the clock is handed in, so nothing waits and nothing is left to chance.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

mod asking;
mod chat;
mod comments;
mod confidential;
mod cruelty;
mod database;
mod discreet;
mod doors;
mod economy;
mod edges;
mod facets;
mod filing;
mod following;
mod gone;
mod hearsay;
mod interplay;
mod listening;
mod lost;
mod merges;
mod opening;
mod queue;
mod random;
mod recorded;
mod relay;
mod relay_door;
mod relay_kinds;
mod relay_order;
mod relay_rooms;
mod repair;
mod replicas;
mod room;
mod silence;
mod storage;
mod twins;
mod two_names;
mod two_way;
mod two_way_comments;
mod two_way_fields;
mod watch_relay;
mod watch_told;
mod watches;
mod wishing;
mod world;

/// Writes each story once and runs it on SQLite, and on PostgreSQL where that is installed (`.ci/run` sees to it).
macro_rules! stories {
    ($($(#[$note:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {
        mod sqlite {
            $($(#[$note])* #[tokio::test] async fn $name() {
                let $world = crate::world::World::on(crate::database::Database::sqlite()).await;
                super::$name($world).await;
            })*
        }
        mod postgres {
            $($(#[$note])* #[tokio::test] #[ignore = "needs PostgreSQL"] async fn $name() {
                let $world = crate::world::World::on(crate::database::Database::postgres().await).await;
                super::$name($world).await;
            })*
        }
        $(async fn $name($world: crate::world::World) $body)*
    };
}
pub(crate) use stories;
