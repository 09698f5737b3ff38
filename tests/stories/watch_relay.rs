//! Boards that are relayed are watched too, and what only their webhooks tell is told.

use std::time::Duration;

use kanbridge::model::{AccountName, WatchState};
use kanbridge::relay::Relay;

use crate::relay::{adds, every_kind, relay};
use crate::room::Listener;
use crate::stories;
use crate::watches::{Front, LOOK, watching};
use crate::world::World;

/// How long an activity is held.
const HOLD: Duration = Duration::from_secs(2);

/// A bridge that relays one board and does nothing else, and can be reached by Trello.
async fn relayed(world: &mut World) -> (Listener, Front) {
    let (room, front) = (Listener::start().await, Front::open().await);
    let relay = Relay { filter: every_kind(), ..relay(world, &["dev"]) };
    watching(&mut world.config, &front);
    world.restarts(|config| (config.relays, config.rooms) = (vec![relay], vec![room.room("dev")])).await;
    front.leads_to(world);
    world.turns().await;
    assert_eq!(failures(world).await, (0, None), "it is watched");
    (room, front)
}

/// So many deliveries were tried, whatever came of them.
async fn tried(world: &World, times: usize) {
    let mut changes = world.trello.changes();
    while world.trello.deliveries().len() < times {
        changes.changed().await.unwrap();
    }
}

async fn failures(world: &World) -> (i64, Option<String>) {
    let account = AccountName("default".to_owned());
    let watch = world.store.watch(&account, &world.board.id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(watch.state, WatchState::Live);
    let said = world.store.pin("said", &format!("deliveries of watch default/{}", watch.model)).await.unwrap();
    (watch.failures, said)
}

stories! {
    async fn a_board_that_is_relayed_and_nothing_else_is_watched(mut_world: World) {
        let mut world = mut_world;
        let (room, _front) = relayed(&mut world).await;
        world.calls();
        adds(&world, "Boiler");
        tried(&world, 1).await;
        world.later(HOLD).await;
        let heard = room.heard();
        assert!(heard.len() == 1 && heard[0].contains("Boiler"), "{heard:?}");
        assert_eq!(world.calls(), Vec::<String>::new(), "told without asking Trello");
    }

    async fn what_only_webhooks_tell_is_told(mut_world: World) {
        let mut world = mut_world;
        let (room, _front) = relayed(&mut world).await;
        let zoe = world.trello.by("zoe");
        let card = adds(&world, "Boiler");
        let comment = zoe.comment(&card, "It is cold").unwrap();
        zoe.add_checklist(&card, "Parts", &["Valve"]).unwrap();
        zoe.delete_comment(&comment).unwrap();
        tried(&world, 5).await;
        world.later(HOLD).await;
        let heard = room.heard();
        let of = |words: [&str; 2]| heard.iter().filter(|told| words.iter().all(|word| told.contains(word))).count();
        assert_eq!((of(["zoe added", "Valve"]), of(["zoe deleted a comment", "Boiler"])), (1, 1), "{heard:?}");
    }

    async fn deliveries_that_fail_again_and_again_are_said_until_one_arrives(mut_world: World) {
        let mut world = mut_world;
        let (_room, front) = relayed(&mut world).await;
        front.leads_nowhere();
        for card in 0..4 {
            adds(&world, &format!("Card {card}"));
        }
        tried(&world, 4).await;
        world.later(LOOK).await;
        let (failed, said) = failures(&world).await;
        assert!(failed == 4 && said.as_ref().is_some_and(|said| said.contains("4 deliveries in a row")), "{failed}: {said:?}");
        front.leads_to(&world);
        adds(&world, "Boiler");
        tried(&world, 5).await;
        world.later(LOOK).await;
        let (failed, said) = failures(&world).await;
        assert!(failed == 0 && said.is_none_or(|said| said.is_empty()), "it is well again");
    }
}
