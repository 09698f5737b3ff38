//! What must not be lost, however odd the hour: a card that cannot be read, a question that nobody waits for any more,
//! history that is full, an answer that comes after the door was closed.

use std::time::Duration;

use kanbridge::model::{Key, Micros, RoomKind, Secret};
use kanbridge::relay::{Filter, Relay, Wanted};
use kanbridge::sandbox::{gitlab, trello::Fault};
use kanbridge::store::{Ask, Heard, Kept, Reach, Source};
use kanbridge::trello::activity;

use crate::chat::Chat;
use crate::relay::{adds, looks, relay, relayed};
use crate::room::Listener;
use crate::stories;
use crate::two_way::{House, POLL};
use crate::world::World;

fn key(world: &World) -> Key {
    Key::Board(world.config.relays[0].account.clone(), world.board.short_link.clone())
}

/// A board that is told of cards with one label only.
async fn told_by_label(world: &mut World, room: &Listener) {
    let filter = Filter::parse(&Wanted { labels: vec!["urgent".into()], ..Wanted::default() }).unwrap();
    let relay = Relay { filter, ..relay(world, &["dev"]) };
    let room = room.room("dev");
    world.restarts(|config| (config.relays, config.rooms) = (vec![relay], vec![room])).await;
    world.turns().await;
}

/// A webhook tells of the newest thing that happened on the board.
async fn is_told_by_hook(world: &World, due: Option<Micros>) -> Micros {
    let (board, action) = (world.board.id.parse().unwrap(), world.trello.actions(&world.board.id).pop().unwrap());
    let kept = Kept { activity: activity(action.clone()).unwrap(), payload: action.to_string(), due };
    let at = kept.activity.at;
    let heard = Heard {
        board: &board,
        source: Source::Hook,
        kept: vec![kept],
        reach: None,
        follow: false,
        arrivals: Vec::new(),
    };
    world.store.keep_activities(&heard).await.unwrap();
    at
}

async fn is_read(world: &World, reach: Reach) {
    let board = world.board.id.parse().unwrap();
    let heard = Heard {
        board: &board,
        source: Source::Feed,
        kept: Vec::new(),
        reach: Some(reach),
        follow: false,
        arrivals: Vec::new(),
    };
    world.store.keep_activities(&heard).await.unwrap();
}

stories! {
    async fn a_card_that_the_token_cannot_see_any_more_does_not_silence_its_board(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        told_by_label(&mut world, &room).await;
        let urgent = world.trello.add_label(&world.board.id, "urgent");
        for name in ["Boiler", "Pump"] {
            let card = adds(&world, name);
            world.trello.by("zoe").label_card(&card, &urgent).unwrap();
        }
        world.trello.fail_next("GET /cards/{id}", Fault::Answer(401, "unauthorized card permission requested"));
        looks(&world).await;
        let heard = room.heard();
        assert!(!heard.is_empty() && heard.iter().all(|told| told.contains("Pump")), "{heard:?}");
    }

    async fn what_a_filter_cannot_judge_since_the_token_was_revoked_is_told_with_a_new_one(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        told_by_label(&mut world, &room).await;
        let urgent = world.trello.add_label(&world.board.id, "urgent");
        let card = adds(&world, "Boiler");
        world.trello.by("zoe").label_card(&card, &urgent).unwrap();
        world.later(POLL).await;
        for route in ["GET /cards/{id}", "GET /boards/{id}"] {
            world.trello.fail_next(route, Fault::Answer(401, "invalid token"));
        }
        world.later(Duration::from_secs(2)).await;
        assert_eq!(room.heard().len(), 0);
        for _ in 0..6 {
            world.later(Duration::from_secs(61)).await;
        }
        assert!(!room.heard().is_empty());
    }

    async fn who_asked_for_quiet_while_trello_was_away_silences_nothing_else(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        for _ in 0..20 {
            world.trello.fail_next("GET /boards/{id}/actions", Fault::Answer(503, "away"));
        }
        let now = world.clock.now();
        let ask = Ask { id: "1".into(), mute: Some("dev".parse().unwrap()), until: now + Duration::from_secs(10) };
        world.store.ask(&key(&world), &ask).await.unwrap();
        adds(&world, "Boiler");
        is_told_by_hook(&world, Some(now)).await;
        world.turns().await;
        assert_eq!(room.heard().len(), 1, "what a webhook told is told");
        adds(&world, "Pump");
        for _ in 0..30 {
            world.later(Duration::from_secs(61)).await;
        }
        assert_eq!(room.heard().len(), 1, "and what is found when nobody waits any more");
    }

    async fn a_look_that_began_before_a_backfill_does_not_take_it_back(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Boiler");
        looks(&world).await;
        let board = world.board.id.parse().unwrap();
        let from = world.store.feed_read(&board).await.unwrap();
        assert_eq!(world.store.backfill(&board, Micros(7)).await.unwrap(), None);
        is_read(&world, Reach { from, to: Micros(i64::MAX) }).await;
        assert_eq!(world.store.feed_read(&board).await.unwrap(), Some(Micros(7)));
        is_read(&world, Reach { from: Some(Micros(7)), to: Micros(9) }).await;
        assert_eq!(world.store.feed_read(&board).await.unwrap(), Some(Micros(9)));
    }

    async fn what_may_have_been_told_and_forgotten_is_not_told_again(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Boiler");
        looks(&world).await;
        let (board, newest) = (world.board.id.parse().unwrap(), world.store.activities(None, 1).await.unwrap().remove(0));
        let from = world.store.feed_read(&board).await.unwrap();
        is_read(&world, Reach { from, to: newest.at + Duration::from_secs(600) }).await;
        world.clock.advance(Duration::from_secs(1));
        assert!(world.store.prune(world.clock.now(), i64::MAX, 100).await.unwrap() > 0);
        assert_eq!(world.store.backfill(&board, Micros(0)).await.unwrap(), Some(newest.at));
        assert_eq!(world.store.backfill(&board, newest.at + Duration::from_secs(1)).await.unwrap(), None);
    }

    async fn history_that_may_not_go_keeps_no_other_from_going(world: World) {
        world.opens(1, "Boiler is cold").await;
        world.turns().await;
        for card in 0..40 {
            adds(&world, &format!("Card {card}"));
            is_told_by_hook(&world, Some(world.clock.now() + Duration::from_secs(1_000))).await;
        }
        assert_eq!(world.store.deliveries(10, true).await.unwrap().len(), 1);
        assert_eq!(world.store.prune(Micros(0), 0, 10).await.unwrap(), 1);
        assert_eq!(world.store.activities(None, 100).await.unwrap().len(), 40, "they wait to be told");
    }

    async fn an_issue_that_gitlab_opens_after_a_minute_is_not_opened_again(world: World) {
        let mut house = House::of(world).await;
        let listener = Listener::start().await;
        let mut room = listener.room("dev");
        room.commands.tokens = vec![Secret::new(crate::chat::TOKEN)];
        house
            .configures(|config| {
                config.rooms.push(room);
                config.limits.answer = Duration::ZERO;
            })
            .await;
        house.gitlab.fail_next("POST /projects/{id}/issues", gitlab::Fault::ApplyLater);
        crate::wishing::types(&house, "issue Boiler is cold").await;
        house.world.later(Duration::from_secs(55)).await;
        house.gitlab.apply_held_work();
        house.rests().await;
        for _ in 0..4 {
            house.world.later(Duration::from_secs(61)).await;
            house.rests().await;
        }
        assert_eq!((house.issues().len(), house.world.cards().len()), (1, 1));
    }

    async fn a_new_card_is_read_once_after_it_was_linked(world: World) {
        let house = House::of(world).await;
        house.looks().await;
        let iid = house.gitlab.by("ana").opens(house.project, "Boiler is cold", "It is cold.").unwrap();
        house.rests().await;
        let calls = house.world.calls();
        let made = calls.iter().position(|call| call == "POST /cards").unwrap();
        assert!(calls[made..].iter().any(|call| call.contains("actions")), "what was said meanwhile: {calls:?}");
        let id = format!("{}/{}/{iid}", house.world.config.gitlab.instance, house.project).parse().unwrap();
        assert_eq!(house.world.store.link(&id).await.unwrap().unwrap().stir, None);
        house.is_silent().await;
    }

    async fn a_late_answer_is_written_down_before_the_bridge_has_stopped(world: World) {
        let mut chat = Chat::with(world, RoomKind::Webhook, |config| config.limits.answer = Duration::ZERO).await;
        let answer = chat.answer_alone(chat.request("1", "lists")).await;
        assert!(crate::chat::sentence(&answer).contains("please ask again"), "{answer}");
        chat.world.restarts(|_| ()).await;
        chat.world.later(Duration::from_secs(4)).await;
        let heard = chat.listener.heard();
        assert!(heard.len() == 1 && heard[0].starts_with("Heating has 3 lists"), "{heard:?}");
    }
}

/// Where a merge request moves the card cannot be found, and what people say is said all the same.
mod merges_and_comments {
    use super::*;

    stories! {
        async fn a_wrong_list_in_the_rules_of_merge_requests_keeps_no_comment_waiting(mut_world: World) {
            let mut world = mut_world;
            crate::following::with_columns(&mut world).await;
            world.restarts(|config| config.routes[0].merges.opened = Some("No such list".into())).await;
            world.opens(23, "Boiler is cold").await;
            world.turns().await;
            crate::merges::hears(&world, &crate::merges::opened(5, "Closes #23")).await;
            world.sends("Note Hook", &crate::comments::note(23, 5, "I looked.")).await;
            world.turns().await;
            let said: Vec<String> = world.cards()[0].comments.iter().map(|comment| comment.text.clone()).collect();
            assert!(said.iter().any(|text| text.contains("I looked.")), "{said:?}");
            let state = world.state(23).await.expect("it is still to be mended");
            assert!(state.1.contains("No such list"), "{state:?}");
        }
    }
}
