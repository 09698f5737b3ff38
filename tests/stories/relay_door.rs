//! Looking at a board at once, telling again, and telling what happened before.

use kanbridge::model::{Key, Micros, Secret};
use serde_json::Value;

use crate::relay::{adds, looks, relayed};
use crate::room::Listener;
use crate::stories;
use crate::world::World;

const TOKEN: &str = "a-long-admin-token";

async fn open_to_operators(world: &mut World, room: &Listener) {
    relayed(world, &[("dev", room)]).await;
    world.restarts(|config| config.admin_token = Some(Secret::new(TOKEN))).await;
    world.turns().await;
}

/// Somebody asks for a look, and the worker does its turns meanwhile.
async fn asks(world: &World, path: &str, token: &str) -> (u16, Value) {
    let url = format!("http://{}/relay/{path}", world.address());
    let request = reqwest::Client::new().get(url).header("authorization", format!("Bearer {token}"));
    let asking = tokio::spawn(async move {
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    });
    while !asking.is_finished() {
        world.turns().await;
        world.store.wait_due().await.unwrap();
    }
    world.turns().await;
    asking.await.unwrap()
}

stories! {
    async fn who_asks_has_the_board_looked_at_at_once(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        open_to_operators(&mut world, &room).await;
        adds(&world, "Boiler");
        adds(&world, "Pump");
        let path = format!("{}/dev", world.board.short_link);
        let (status, answer) = asks(&world, &path, TOKEN).await;
        assert_eq!((status, &answer["result"], &answer["actions"]), (200, &"success".into(), &2.into()), "{answer}");
        assert!(answer["timestamp"].as_str().unwrap().ends_with('Z'));
        assert_eq!(room.heard().len(), 2, "told without being held");
        let (_, again) = asks(&world, &format!("{}/dev", world.board.id), TOKEN).await;
        assert_eq!((&again["actions"], room.heard().len()), (&0.into(), 0), "by its id as well, and nothing twice");
    }

    async fn a_room_is_not_told_where_who_asks_does_not_want_it(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        open_to_operators(&mut world, &room).await;
        adds(&world, "Boiler");
        let (_, answer) = asks(&world, &format!("{}/dev?no-publish", world.board.short_link), TOKEN).await;
        assert_eq!(answer["actions"], 1);
        looks(&world).await;
        assert_eq!(room.heard().len(), 0);
        let (_, answer) = asks(&world, &format!("{}/dev?test", world.board.short_link), TOKEN).await;
        assert_eq!(answer["actions"], 5);
        let heard = room.heard();
        assert!(heard.iter().any(|told| told.contains("Boiler")), "{heard:?}");
    }

    async fn a_test_tells_what_is_found_and_the_newest_again(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        open_to_operators(&mut world, &room).await;
        adds(&world, "Old");
        looks(&world).await;
        room.heard();
        for number in 0..8 {
            adds(&world, &format!("New {number}"));
        }
        let path = format!("{}/dev?test", world.board.short_link);
        let (_, answer) = asks(&world, &path, TOKEN).await;
        assert_eq!((&answer["actions"], room.heard().len()), (&8.into(), 8), "{answer}");
        let (_, answer) = asks(&world, &path, TOKEN).await;
        let heard = room.heard();
        assert_eq!((&answer["actions"], heard.len()), (&5.into(), 5), "{answer} {heard:?}");
        assert!(heard.iter().all(|told| told.contains("New")), "{heard:?}");
    }

    async fn nobody_else_gets_in_and_what_is_not_there_is_said(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        open_to_operators(&mut world, &room).await;
        let path = format!("{}/dev", world.board.short_link);
        for token in ["", "wrong", "a-long-admin-toke", "a-long-admin-token2"] {
            assert_eq!(asks(&world, &path, token).await.0, 401);
        }
        let (status, why) = asks(&world, &format!("{}/ops", world.board.short_link), TOKEN).await;
        assert!(status == 404 && why["error"].as_str().unwrap().contains("not told in a room `ops`"), "{why}");
        assert_eq!(asks(&world, "AbCd1234/dev", TOKEN).await.0, 404);
        world.restarts(|config| config.admin_token = None).await;
        let (status, why) = asks(&world, &path, TOKEN).await;
        assert!(status == 401 && why["error"].as_str().unwrap().contains("ADMIN_TOKEN is not set"), "{why}");
    }

    async fn an_activity_is_told_again_where_somebody_wants_it(mut_world: World) {
        let mut world = mut_world;
        let (dev, ops) = (Listener::start().await, Listener::start().await);
        relayed(&mut world, &[("dev", &dev), ("ops", &ops)]).await;
        adds(&world, "Boiler");
        looks(&world).await;
        assert_eq!((dev.heard().len(), ops.heard().len()), (1, 1));
        let newest = world.store.activities(None, 1).await.unwrap().remove(0);
        assert!(world.store.replay(&newest.id, Some(&"room/ops".parse().unwrap())).await.unwrap());
        world.turns().await;
        assert_eq!((dev.heard().len(), ops.heard().len()), (0, 1));
        assert!(world.store.replay(&newest.id, None).await.unwrap());
        world.turns().await;
        assert_eq!((dev.heard().len(), ops.heard().len()), (1, 1));
    }

    async fn what_happened_before_is_told_where_somebody_wants_it(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        adds(&world, "Boiler");
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Pump");
        looks(&world).await;
        assert_eq!(room.heard().len(), 1);
        let key = Key::Board(world.config.relays[0].account.clone(), world.board.short_link.clone());
        let board = world.store.board_of(&key).await.unwrap().unwrap();
        world.store.backfill(&board, Micros(0)).await.unwrap();
        world.store.hurry(&key).await.unwrap();
        world.turns().await;
        looks(&world).await;
        let heard = room.heard();
        let times = |name: &str| heard.iter().filter(|told| told.contains(name)).count();
        assert_eq!((times("Boiler"), times("Pump")), (1, 0), "{heard:?}");
    }
}
