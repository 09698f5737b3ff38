//! A board told in rooms of every kind, each as its server wants it; in Matrix exactly once, whatever gets lost.

use std::time::Duration;

use kanbridge::model::{CommandRules, Room, RoomKind, Secret};
use kanbridge::sandbox::chat::{Chat, Fault, Kind, Options, RoomView};

use crate::relay::{adds, looks, relay};
use crate::stories;
use crate::world::World;

pub(crate) fn configured(view: &RoomView, per_minute: impl Into<Option<u32>>) -> Room {
    let kind = format!("{:?}", view.kind).to_lowercase();
    Room {
        name: view.name.parse().unwrap(),
        kind: kind.parse::<RoomKind>().unwrap(),
        url: Secret::new(&*view.url),
        token: view.token.as_deref().map(Secret::new),
        room: view.room.clone(),
        template: None,
        signing_key: None,
        changes: false,
        per_minute: per_minute.into(),
        commands: CommandRules::default(),
    }
}

pub(crate) async fn servers() -> Chat {
    Chat::start(Options { paced: false, ..Options::default() }).await.unwrap()
}

/// The board is told in these rooms.
pub(crate) async fn told_in(world: &mut World, rooms: Vec<Room>) {
    let names: Vec<&str> = rooms.iter().map(|room| room.name.as_str()).collect();
    let relay = relay(world, &names);
    world.restarts(|config| (config.relays, config.rooms) = (vec![relay], rooms)).await;
    world.turns().await;
}

stories! {
    async fn every_kind_of_room_hears_the_board_in_order(mut_world: World) {
        let mut world = mut_world;
        let servers = servers().await;
        let rooms = Kind::ALL.into_iter().map(|kind| configured(&servers.room(kind, &format!("{kind:?}")), 6000));
        told_in(&mut world, rooms.collect()).await;
        let card = adds(&world, "Boiler @all");
        world.trello.by("zoe").comment(&card, "It is cold").unwrap();
        looks(&world).await;
        for kind in Kind::ALL {
            let said = servers.said(&format!("{kind:?}"));
            assert_eq!(said.len(), 2, "{kind:?}");
            assert!(said[0].text.contains("created") && said[1].text.contains("It is cold"), "{said:?}");
            assert!(said.iter().all(|said| said.pings.is_empty() && said.mistakes.is_empty()), "{said:?}");
        }
    }

    async fn matrix_hears_each_message_once_though_answers_get_lost_and_the_bridge_restarts(mut_world: World) {
        let mut world = mut_world;
        let servers = servers().await;
        told_in(&mut world, vec![configured(&servers.room(Kind::Matrix, "dev"), 6000)]).await;
        for (at, fault) in [Fault::DropAfter, Fault::TimeoutAfter, Fault::DropBefore].into_iter().enumerate() {
            servers.fail_next("dev", fault);
            adds(&world, &format!("Card {at}"));
            looks(&world).await;
            world.restarts(|_| {}).await;
            world.later(Duration::from_secs(61)).await;
        }
        world.later(Duration::from_secs(61)).await;
        let said: Vec<String> = servers.said("dev").into_iter().map(|said| said.text).collect();
        assert!(said.len() == 3 && (0..3).all(|at| said[at].contains(&format!("Card {at}"))), "{said:?}");
    }

    async fn what_may_have_arrived_in_matrix_is_not_told_again_together_with_others(mut_world: World) {
        let mut world = mut_world;
        let servers = servers().await;
        told_in(&mut world, vec![configured(&servers.room(Kind::Matrix, "dev"), 6)]).await;
        servers.fail_next("dev", Fault::DropAfter);
        servers.fail_next("dev", Fault::DropAfter);
        adds(&world, "The first");
        looks(&world).await;
        for card in 0..12 {
            adds(&world, &format!("Card {card}"));
        }
        looks(&world).await;
        world.later(Duration::from_secs(61)).await;
        let said: Vec<String> = servers.said("dev").into_iter().map(|said| said.text).collect();
        assert_eq!(said.iter().filter(|told| told.contains("The first")).count(), 1, "{said:?}");
        assert!(said.len() == 2 && said[1].contains("12 cards"), "{said:?}");
    }
}
