//! What happens on a board is told once and in order, though webhooks and the feed tell of it as they like.

use std::time::Duration;

use kanbridge::config::Config;
use serde_json::{Value, json};

use crate::relay::{adds, looks, relay, relayed};
use crate::room::Listener;
use crate::stories;
use crate::watches::{Post, SIGNS};
use crate::world::World;

/// How long an activity is held.
const HOLD: Duration = Duration::from_secs(2);
const TENTH: Duration = Duration::from_millis(100);

/// The board is told in a room, and none of Trello's deliveries comes through but by the story's own hands.
async fn told_by_hand(world: World) -> (Post, Listener) {
    let (room, relay) = (Listener::start().await, relay(&world, &["dev"]));
    let rooms = vec![room.room("dev")];
    let post = Post::with(world, |config: &mut Config| (config.relays, config.rooms) = (vec![relay], rooms)).await;
    post.house.looks().await;
    post.front.leads_nowhere();
    (post, room)
}

/// The action that made a card, as Trello has it.
fn made(world: &World, card: &str) -> Value {
    let actions = world.trello.actions(&world.board.id);
    let is_it = |action: &Value| action["type"] == "createCard" && action["data"]["card"]["name"] == card;
    actions.into_iter().find(is_it).unwrap()
}

impl Post {
    /// The delivery of the action that made a card arrives, as something new.
    async fn brings(&self, card: &str) {
        let body = json!({ "action": made(&self.house.world, card), "model": {} }).to_string();
        let (status, answer) = self.sends(&self.path(), &body, SIGNS).await;
        assert_eq!((status, &answer["status"]), (200, &json!("accepted")), "{answer}");
    }
}

stories! {
    async fn what_the_feed_told_is_not_told_again_by_a_delivery_that_comes_later(world: World) {
        let (post, room) = told_by_hand(world).await;
        let world = &post.house.world;
        adds(world, "Boiler");
        looks(world).await;
        assert_eq!(room.heard().len(), 1, "by the feed alone");
        post.brings("Boiler").await;
        world.later(HOLD).await;
        looks(world).await;
        assert_eq!(room.heard(), Vec::<String>::new());
    }

    async fn deliveries_within_two_seconds_are_told_by_the_dates_of_their_actions(world: World) {
        let (post, room) = told_by_hand(world).await;
        let world = &post.house.world;
        adds(world, "Boiler");
        adds(world, "Pump");
        post.brings("Pump").await;
        world.later(TENTH).await;
        post.brings("Boiler").await;
        world.later(HOLD - TENTH * 2).await;
        assert_eq!(room.heard(), Vec::<String>::new(), "held for 1.9 s");
        world.later(TENTH).await;
        let heard = room.heard();
        assert!(heard.len() == 2 && heard[0].contains("Boiler") && heard[1].contains("Pump"), "{heard:?}");
    }

    async fn what_comes_later_than_what_is_newer_is_told_late_and_once(world: World) {
        let (post, room) = told_by_hand(world).await;
        let world = &post.house.world;
        adds(world, "Boiler");
        adds(world, "Pump");
        post.brings("Pump").await;
        world.later(HOLD).await;
        let heard = room.heard();
        assert!(heard.len() == 1 && heard[0].contains("Pump"), "{heard:?}");
        post.brings("Boiler").await;
        world.later(HOLD).await;
        let heard = room.heard();
        assert!(heard.len() == 1 && heard[0].contains("Boiler"), "{heard:?}");
        looks(world).await;
        assert_eq!(room.heard(), Vec::<String>::new());
    }

    async fn what_the_feed_shows_within_a_minute_of_newer_things_is_told_and_nothing_twice(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Boiler");
        let boiler = made(&world, "Boiler");
        world.trello.show_late(boiler["id"].as_str().unwrap(), true);
        world.trello.pass(Duration::from_secs(50));
        adds(&world, "Pump");
        looks(&world).await;
        let heard = room.heard();
        assert!(heard.len() == 1 && heard[0].contains("Pump"), "{heard:?}");
        world.trello.show_late(boiler["id"].as_str().unwrap(), false);
        looks(&world).await;
        let heard = room.heard();
        assert!(heard.len() == 1 && heard[0].contains("Boiler"), "{heard:?}");
        looks(&world).await;
        assert_eq!(room.heard(), Vec::<String>::new());
    }
}
