//! A public issue turns confidential: from that commit on nothing of its words is kept or said, though its turn has not
//! come, and whoever is telling something of it at that moment.

use std::time::Duration;

use kanbridge::config::Config;
use kanbridge::model::{AccountName, CardId, Deed, Dest, Key, Message, OnCard, RoomName, Span, Wish, WishId};
use kanbridge::relay::{Filter, Relay, Wanted};
use kanbridge::store::{Leased, NewWish, Said, Saying, StoreError};
use kanbridge::sync::discretion::Confidential;
use uuid::Uuid;

use crate::relay::{looks, relay};
use crate::room::Listener;
use crate::stories;
use crate::world::{World, issue, updated};

const LEASE: Duration = Duration::from_secs(20);
const TITLE: &str = "The password is hunter2";

fn dev() -> RoomName {
    "dev".parse().unwrap()
}

fn dest() -> Dest {
    Dest::Room(dev())
}

fn message(text: &str) -> Message {
    Message { spans: vec![Span::Text(text.to_owned())], ..Message::default() }
}

/// A bridge whose room hears of everything, and takes nothing for now; issue 23 has its card, and zoe has spoken there.
async fn told(world: &mut World, room: &Listener) -> CardId {
    let filter = Filter::parse(&Wanted { actions: Some(vec!["*".into()]), ..Wanted::default() }).unwrap();
    let relay = Relay { filter, ..relay(world, &["dev"]) };
    let rooms = vec![room.room("dev")];
    world.restarts(|config: &mut Config| (config.relays, config.rooms) = (vec![relay], rooms)).await;
    world.turns().await;
    room.answers(Some(503));
    world.opens(23, TITLE).await;
    world.turns().await;
    looks(world).await;
    let card = world.cards().remove(0);
    world.trello.by("zoe").comment(&card.id, "hunter2 indeed").unwrap();
    looks(world).await;
    card.id.parse().unwrap()
}

/// GitLab tells that it has turned confidential; no turn follows.
async fn turns_confidential(world: &World) {
    let mut hook = updated(issue(23, TITLE), 60, "update");
    hook["object_attributes"]["confidential"] = true.into();
    let (status, _) = world.sends("Confidential Issue Hook", &hook).await;
    assert_eq!(status, 200);
}

fn issue_key() -> Key {
    "issue/gitlab.example.com/42/23".parse().unwrap()
}

/// What waits for the room, in words.
async fn waiting(world: &World) -> Vec<String> {
    let waiting = world.store.waiting(&dest(), 100).await.unwrap();
    waiting.iter().map(|waiting| format!("{:?}", waiting.message)).collect()
}

/// The room's key, in hand.
async fn room_turn(world: &World) -> Leased {
    let key = Key::Outbox(dev());
    world.clock.advance(Duration::from_secs(3600));
    let turns = world.store.lease(100, LEASE).await.unwrap();
    turns.into_iter().find(|turn| turn.key == key).unwrap()
}

/// Somebody wished something of the card, and it came true.
async fn wished(world: &World, card: &CardId) -> (WishId, Message) {
    let (id, said) = (WishId::from(Uuid::now_v7()), message("Said on #23 hunter2."));
    let card = OnCard { account: AccountName("default".into()), id: card.clone() };
    let wish = Wish { deed: Deed::Comment { card, text: "yes".into() }, said: said.clone() };
    let dedupe = id.to_string();
    let new = NewWish {
        id: &id,
        dedupe: &dedupe,
        key: &issue_key(),
        room: &dev(),
        wish: &wish,
        reply_to: None,
        answer: Some(&said),
    };
    world.store.add_wish(&new).await.unwrap();
    (id, said)
}

stories! {
    async fn an_issue_that_turns_confidential_is_silent_before_its_turn_comes(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        let card = told(&mut world, &room).await;
        let (said_late, _) = wished(&world, &card).await;
        let (said_here, answer) = wished(&world, &card).await;
        let here = world.store.wish(&said_here).await.unwrap().unwrap();
        let late = world.store.wish(&said_late).await.unwrap().unwrap();
        assert!(world.store.tell_wish_there(&here, &answer).await.unwrap());
        let before = waiting(&world).await;
        assert!(before.iter().filter(|told| told.contains("hunter2")).count() >= 2, "{before:?}");
        turns_confidential(&world).await;
        assert_eq!(waiting(&world).await, Vec::<String>::new());
        assert!(!world.store.tell_wish_there(&late, &answer).await.unwrap(), "it had been read before");
        let hushed = world.store.wish(&said_late).await.unwrap().unwrap();
        assert!(!format!("{:?} {:?}", hushed.wish, hushed.state).contains("hunter2"), "{:?}", hushed.wish);
        let kept = world.store.activities(None, 100).await.unwrap();
        assert!(kept.iter().all(|activity| !activity.payload.contains("hunter2")), "{kept:?}");
        let kept = world.store.deliveries(100, true).await.unwrap();
        assert!(kept.iter().all(|delivery| !String::from_utf8_lossy(&delivery.body).contains("hunter2")));
    }

    async fn what_was_said_of_an_issue_known_as_confidential_is_not_dropped_by_its_next_hook(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        let card = told(&mut world, &room).await;
        turns_confidential(&world).await;
        let (wish, _) = wished(&world, &card).await;
        let mut hook = updated(issue(23, TITLE), 120, "update");
        hook["object_attributes"]["confidential"] = true.into();
        world.sends("Confidential Issue Hook", &hook).await;
        assert!(world.store.wish(&wish).await.unwrap().is_some());
    }

    async fn messages_are_told_as_one_only_while_all_of_them_wait(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        told(&mut world, &room).await;
        let plain = world.store.say(&dev(), &message("The gate is open")).await.unwrap();
        let waits = world.store.waiting(&dest(), 100).await.unwrap();
        let turn = room_turn(&world).await;
        let parts: Vec<String> = waits.iter().map(|waiting| waiting.id.clone()).collect();
        turns_confidential(&world).await;
        let bundle = world.store.bundle(&turn, &parts, &message("hunter2 and more")).await.unwrap();
        assert_eq!(bundle, None, "it was composed of what must not be told any more");
        let mut parts = parts;
        parts.rotate_right(1);
        let bundle = world.store.bundle(&turn, &parts, &message("hunter2 and more")).await.unwrap();
        assert_eq!(bundle, None, "though the first of them still waits");
        let left: Vec<String> =
            world.store.waiting(&dest(), 100).await.unwrap().into_iter().map(|waiting| waiting.id).collect();
        assert_eq!(left, [plain]);
    }

    async fn a_message_that_fell_apart_on_its_way_is_not_told_again_in_pieces(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        told(&mut world, &room).await;
        world.store.say(&dev(), &message("The gate is open")).await.unwrap();
        let waits = world.store.waiting(&dest(), 100).await.unwrap();
        let turn = room_turn(&world).await;
        let parts: Vec<String> = waits.into_iter().map(|waiting| waiting.id).collect();
        let bundle = world.store.bundle(&turn, &parts, &message("all of it")).await.unwrap().unwrap();
        let mut kept = world.store.parts(&bundle).await.unwrap();
        let mut all = parts.clone();
        kept.sort();
        all.sort();
        assert_eq!(kept, all);
        turns_confidential(&world).await;
        assert_eq!(waiting(&world).await.len(), 1, "what is no card's is to be told after all");
        let saying = Saying { id: &bundle, parts: &kept };
        world.store.settle(&turn, &dest(), &saying, Said::Together, "").await.unwrap();
        assert_eq!(waiting(&world).await, Vec::<String>::new(), "the room had taken it");
        let lost = Leased { token: "another's".into(), ..turn };
        let refused = world.store.settle(&lost, &dest(), &saying, Said::Together, "").await;
        assert!(matches!(refused, Err(StoreError::LeaseLost)), "{refused:?}");
    }

    async fn under_redact_nothing_is_told_of_a_card_whose_issue_was_never_public(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        let filter = Filter::parse(&Wanted { actions: Some(vec!["*".into()]), ..Wanted::default() }).unwrap();
        let relay = Relay { filter, ..relay(&world, &["dev"]) };
        let rooms = vec![room.room("dev")];
        world
            .restarts(|config: &mut Config| {
                (config.relays, config.rooms) = (vec![relay], rooms);
                config.routes[0].confidential = Confidential::Redact;
            })
            .await;
        world.turns().await;
        turns_confidential(&world).await;
        world.turns().await;
        looks(&world).await;
        let card = world.cards().remove(0);
        world.trello.by("zoe").comment(&card.id, "hunter2 indeed").unwrap();
        looks(&world).await;
        let heard = room.heard();
        assert!(heard.iter().all(|told| !told.contains("hunter2")), "{heard:?}");
        let kept = world.store.activities(None, 100).await.unwrap();
        assert!(kept.iter().all(|activity| !activity.payload.contains("hunter2")), "{kept:?}");
    }
}
