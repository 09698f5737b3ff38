//! What a room of any kind does when it is busy, slow, away, gone or silent, and what becomes of what it is to hear.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kanbridge::model::{Key, Micros, Room, Secret, SigningKey};
use kanbridge::sandbox::chat::{Chat, Fault, Kind, Options};

use crate::listening::KEY;
use crate::relay::{adds, looks};
use crate::relay_rooms::{configured, servers, told_in};
use crate::stories;
use crate::two_way::POLL;
use crate::world::World;

/// Longer than any wait between two tries.
const LONG: Duration = Duration::from_secs(61);

/// Rooms are called after their kinds.
fn name(kind: Kind) -> String {
    format!("{kind:?}")
}

/// A room of each kind, as fast as one likes.
fn rooms(servers: &Chat) -> Vec<Room> {
    Kind::ALL.into_iter().map(|kind| configured(&servers.room(kind, &name(kind)), 6000)).collect()
}

/// What was said in a room of this kind.
fn heard(servers: &Chat, kind: Kind) -> Vec<String> {
    servers.said(&name(kind)).into_iter().map(|said| said.text).collect()
}

/// How many messages each kind of room has heard, where all have heard as many.
fn counted(servers: &Chat) -> Option<usize> {
    let counts = Kind::ALL.map(|kind| heard(servers, kind).len());
    counts.iter().all(|count| *count == counts[0]).then_some(counts[0])
}

/// Every kind of room has heard of these cards, in order, and of no others.
fn all_heard(servers: &Chat, cards: &[&str]) {
    for kind in Kind::ALL {
        let heard = heard(servers, kind);
        let in_order = heard.iter().zip(cards).all(|(told, card)| told.contains(card));
        assert!(heard.len() == cards.len() && in_order, "{kind:?}: {heard:?}");
    }
}

/// By the time that it has looked at the board, the bridge has the time that some servers name when they ask to wait.
fn wakes_today(world: &World) {
    let today = Micros::default() + SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    world.clock.advance(today.since(world.clock.now()) - POLL - Duration::from_secs(2));
}

/// Time passes on every clock: the rooms' pace goes by tokio's.
async fn passes(world: &World, span: Duration) {
    tokio::time::pause();
    tokio::time::advance(span).await;
    tokio::time::resume();
    world.later(span).await;
}

stories! {
    async fn every_kind_of_room_that_asks_to_wait_is_left_alone_so_long(mut_world: World) {
        let mut world = mut_world;
        wakes_today(&world);
        let servers = servers().await;
        told_in(&mut world, rooms(&servers)).await;
        Kind::ALL.into_iter().for_each(|kind| servers.busy_next(&name(kind), Duration::from_millis(7_400)));
        adds(&world, "Boiler");
        looks(&world).await;
        passes(&world, Duration::from_secs(5)).await;
        assert_eq!((servers.calls().len(), counted(&servers)), (Kind::ALL.len(), Some(0)), "nobody is asked meanwhile");
        passes(&world, Duration::from_secs(30)).await;
        all_heard(&servers, &["Boiler"]);
        assert_eq!(servers.calls().len(), 2 * Kind::ALL.len());
    }

    async fn what_piles_up_in_front_of_a_slow_room_of_any_kind_is_told_as_one(mut_world: World) {
        let mut world = mut_world;
        let servers = Chat::start(Options::default()).await.unwrap();
        // Four servers are slow by themselves; the others' owners say so.
        let slow = [Kind::Hipchat, Kind::Rocketchat, Kind::Slack, Kind::Discord];
        let pace = |kind| (!slow.contains(&kind)).then_some(10);
        let rooms = Kind::ALL.into_iter().map(|kind| configured(&servers.room(kind, &name(kind)), pace(kind)));
        told_in(&mut world, rooms.collect()).await;
        for card in 0..40 {
            adds(&world, &format!("Card {card}"));
        }
        looks(&world).await;
        all_heard(&servers, &["40 cards"]);
        assert!(servers.calls().iter().all(|call| call.status < 300), "and none is provoked: {:?}", servers.calls());
    }

    async fn every_kind_of_room_that_is_away_delays_no_other_and_hears_everything_later(mut_world: World) {
        let mut world = mut_world;
        let servers = servers().await;
        let alive = configured(&servers.room(Kind::Slack, "alive"), 6000);
        told_in(&mut world, [rooms(&servers), vec![alive]].concat()).await;
        for kind in Kind::ALL {
            let faults = [Fault::Answer(503, "away"), Fault::DropBefore, Fault::Answer(500, "oops"), Fault::Answer(502, "")];
            faults.into_iter().for_each(|fault| servers.fail_next(&name(kind), fault));
        }
        adds(&world, "Boiler");
        looks(&world).await;
        adds(&world, "Pump");
        looks(&world).await;
        assert_eq!((servers.said("alive").len(), counted(&servers)), (2, Some(0)));
        for _ in 0..4 {
            world.later(LONG).await;
        }
        all_heard(&servers, &["Boiler", "Pump"]);
    }

    async fn every_kind_of_room_that_is_gone_is_switched_off_until_somebody_switches_it_on(mut_world: World) {
        let mut world = mut_world;
        let servers = servers().await;
        told_in(&mut world, rooms(&servers)).await;
        Kind::ALL.into_iter().for_each(|kind| servers.close(&name(kind), true));
        adds(&world, "Boiler");
        looks(&world).await;
        adds(&world, "Pump");
        looks(&world).await;
        assert_eq!((servers.calls().len(), counted(&servers)), (Kind::ALL.len(), Some(0)), "none is asked again");
        for kind in Kind::ALL {
            let room = name(kind).parse().unwrap();
            let (_, why) = world.store.off(&room).await.unwrap().expect("switched off");
            assert!(why.contains(&format!("room `{room}`")) && why.contains('?'), "{why}");
            servers.close(&name(kind), false);
            assert!(world.store.switch_on(&room).await.unwrap());
        }
        world.turns().await;
        all_heard(&servers, &["Boiler", "Pump"]);
    }

    async fn a_room_that_never_answers_keeps_no_other_waiting(mut_world: World) {
        let mut world = mut_world;
        world.config.limits.call_timeout = Duration::from_secs(10);
        let servers = servers().await;
        let rooms = ["hangs", "lives"].map(|room| configured(&servers.room(Kind::Rocketchat, room), 6000));
        told_in(&mut world, rooms.to_vec()).await;
        servers.fail_next("hangs", Fault::TimeoutBefore);
        adds(&world, "Boiler");
        world.later(POLL).await;
        world.clock.advance(Duration::from_secs(2));
        while !matches!(world.turn().await, Some(Key::Board(..))) {}
        let (worker, mut calls) = (world.worker.clone(), servers.counted());
        let hanging = tokio::spawn(async move { worker.step().await.unwrap() });
        calls.wait_for(|calls| *calls == 1).await.unwrap();
        assert_eq!(servers.calls()[0].route, "POST hangs");
        world.turns().await;
        assert_eq!((servers.said("lives").len(), hanging.is_finished()), (1, false), "it is still asked");
        hanging.abort();
        world.later(LONG).await;
        assert_eq!((servers.said("lives").len(), servers.said("hangs").len()), (1, 1), "and hears it later");
    }

    async fn code_behind_a_slow_webhook_hears_each_activity_signed_and_none_together_with_others(mut_world: World) {
        let mut world = mut_world;
        let servers = Chat::start(Options { tolerance: None, ..Options::default() }).await.unwrap();
        let view = servers.room(Kind::Webhook, "code");
        servers.wants_signature("code", KEY);
        let signing_key = Some(SigningKey::parse(&Secret::new(KEY)).unwrap());
        told_in(&mut world, vec![Room { signing_key, ..configured(&view, 10) }]).await;
        for card in 0..40 {
            adds(&world, &format!("Card {card}."));
        }
        looks(&world).await;
        assert_eq!(servers.said("code").len(), 10, "ten a minute");
        for _ in 0..3 {
            passes(&world, LONG).await;
        }
        let said = servers.said("code");
        let is_it = |card: usize| said[card].body["text"].as_str().unwrap().contains(&format!("Card {card}."));
        assert!(said.len() == 40 && (0..40).all(is_it), "{said:?}");
        let ids: std::collections::HashSet<_> = said.iter().map(|said| said.id.clone().unwrap()).collect();
        assert_eq!((ids.len(), said.iter().all(|said| said.body["type"] == "activity")), (40, true));
    }
}
