//! What happens on a board is told in its rooms: once, in order, and nothing old.

use std::time::Duration;

use kanbridge::config::Config;
use kanbridge::model::{AccountName, RoomName};
use kanbridge::relay::{Filter, Relay, Templates, Wanted};
use kanbridge::sandbox::trello::Fault;

use crate::room::Listener;
use crate::stories;
use crate::two_way::POLL;
use crate::world::World;

/// How long an activity is held.
const HOLD: Duration = Duration::from_secs(2);

pub(crate) fn relay(world: &World, rooms: &[&str]) -> Relay {
    Relay {
        account: AccountName("default".into()),
        board: world.board.short_link.clone(),
        rooms: rooms.iter().map(|room| room.parse().unwrap()).collect(),
        filter: Filter::default(),
        templates: Templates::default(),
        name_board: false,
    }
}

pub(crate) fn every_kind() -> Filter {
    Filter::parse(&Wanted { actions: Some(vec!["*".into()]), ..Wanted::default() }).unwrap()
}

/// A bridge that relays the board to these rooms, and has had its first look.
pub(crate) async fn relayed(world: &mut World, rooms: &[(&str, &Listener)]) {
    let names: Vec<&str> = rooms.iter().map(|(name, _)| *name).collect();
    let relay = relay(world, &names);
    let rooms = rooms.iter().map(|(name, listener)| listener.room(name)).collect();
    changed(world, |config| (config.relays, config.rooms) = (vec![relay], rooms)).await;
}

async fn changed(world: &mut World, change: impl FnOnce(&mut Config)) {
    world.restarts(change).await;
    world.turns().await;
    world.calls();
}

/// The board is looked at, and what was held is told.
pub(crate) async fn looks(world: &World) {
    world.later(POLL).await;
    world.later(HOLD).await;
}

pub(crate) fn adds(world: &World, name: &str) -> String {
    world.trello.by("zoe").add_card(&world.board.lists[0], name, "").unwrap()
}

fn dev() -> RoomName {
    "dev".parse().unwrap()
}

stories! {
    async fn what_happens_is_told_once_in_order_and_nothing_old(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        adds(&world, "Long ago");
        relayed(&mut world, &[("dev", &room)]).await;
        looks(&world).await;
        assert_eq!(room.heard(), Vec::<String>::new(), "the first look begins now");
        let card = adds(&world, "Boiler");
        world.trello.by("zoe").comment(&card, "It is cold").unwrap();
        world.trello.by("zoe").move_card(&card, &world.board.lists[2]).unwrap();
        looks(&world).await;
        let heard = room.heard();
        let expected = ["zoe created Boiler", "It is cold", "zoe moved Boiler"];
        assert!(heard.len() == 3 && heard.iter().zip(expected).all(|(told, part)| told.contains(part)), "{heard:?}");
        for _ in 0..4 {
            looks(&world).await;
        }
        assert_eq!(room.heard(), Vec::<String>::new(), "though each look reads a minute of overlap");
    }

    async fn an_issue_s_new_card_is_one_sentence_whatever_hangs_on_it(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        world.opens(1, "Boiler is cold").await;
        world.turns().await;
        looks(&world).await;
        let heard = room.heard();
        assert!(heard.len() == 1 && heard[0].contains("created #1 Boiler is cold"), "{heard:?}");
        let kept = world.store.activities(None, 100).await.unwrap();
        assert!(kept.iter().any(|activity| activity.kind == "addAttachmentToCard"), "its link was seen");
    }

    async fn what_its_maker_hangs_on_a_card_at_once_is_told_as_the_card_and_what_others_do_is_told(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        let card = adds(&world, "Boiler");
        world.trello.by("zoe").attach(&card, "https://example.org/manual").unwrap();
        world.trello.by("bea").attach(&card, "https://example.org/bill").unwrap();
        looks(&world).await;
        let heard = room.heard();
        assert!(heard.len() == 2 && heard[0].contains("zoe created Boiler") && heard[1].contains("bill"), "{heard:?}");
    }

    async fn a_restart_loses_nothing_and_tells_nothing_twice(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        for card in 0..3 {
            adds(&world, &format!("Card {card}"));
        }
        world.later(POLL).await;
        world.restarts(|_| {}).await;
        adds(&world, "Card 3");
        world.later(HOLD).await;
        world.later(HOLD).await;
        let heard = room.heard();
        let told = |at: usize| heard.get(at).is_some_and(|told| told.contains(&format!("Card {at}")));
        assert!(heard.len() == 4 && (0..4).all(told), "{heard:?}");
        world.restarts(|_| {}).await;
        looks(&world).await;
        assert_eq!(room.heard(), Vec::<String>::new());
    }

    async fn one_and_a_half_thousand_actions_between_two_looks_all_arrive(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        changed(&mut world, |config| config.limits.call_timeout = Duration::from_secs(30)).await;
        for card in 0..1500 {
            adds(&world, &format!("Card {card} of many"));
        }
        world.later(POLL).await;
        let reads = world.calls().into_iter().filter(|call| call == "GET /boards/{id}/actions").count();
        assert_eq!(reads, 2, "a thousand a call");
        world.later(HOLD).await;
        let heard = room.heard();
        assert_eq!(heard.len(), 1500);
        let in_order = |(at, told): (usize, &String)| told.contains(&format!("Card {at} of many"));
        assert!(heard.iter().enumerate().all(in_order), "oldest first");
    }

    async fn a_dead_room_delays_no_other_and_hears_everything_later(mut_world: World) {
        let mut world = mut_world;
        let (dead, alive) = (Listener::start().await, Listener::start().await);
        relayed(&mut world, &[("dead", &dead), ("alive", &alive)]).await;
        dead.answers(Some(503));
        adds(&world, "Boiler");
        looks(&world).await;
        adds(&world, "Pump");
        looks(&world).await;
        assert_eq!((alive.heard().len(), dead.heard().len()), (2, 0));
        dead.answers(None);
        world.later(Duration::from_secs(61)).await;
        let heard = dead.heard();
        assert!(heard.len() == 2 && heard[0].contains("Boiler") && heard[1].contains("Pump"), "{heard:?}");
    }

    async fn failures_now_and_then_in_a_long_line_make_no_longer_and_longer_waits(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        for number in 0..8 {
            adds(&world, &format!("Card {number}"));
        }
        room.answers_next(&[200, 500].repeat(8));
        looks(&world).await;
        for _ in 0..8 {
            world.later(Duration::from_millis(1100)).await;
        }
        let heard = room.heard();
        assert_eq!(heard.len(), 8, "{heard:?}");
    }

    async fn a_room_that_asks_to_wait_is_left_alone_so_long(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        room.asks_to_wait("1");
        adds(&world, "Boiler");
        looks(&world).await;
        assert_eq!(room.heard().len(), 0);
        tokio::time::timeout(Duration::from_secs(10), async {
            while room.heard().is_empty() {
                world.later(Duration::from_secs(3)).await;
            }
        })
        .await
        .unwrap();
        assert_eq!(world.store.count_waiting(&dev()).await.unwrap(), 0);
    }

    async fn what_piles_up_in_front_of_a_slow_room_is_told_as_one(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        changed(&mut world, |config| config.rooms[0].per_minute = Some(10)).await;
        for card in 0..40 {
            adds(&world, &format!("Card {card}"));
        }
        looks(&world).await;
        let heard = room.heard();
        assert!(heard.len() == 1 && heard[0].contains("40 cards"), "{heard:?}");
        let newest = world.store.activities(None, 1).await.unwrap().remove(0);
        let (_, outcomes) = world.store.activity(&newest.id).await.unwrap().unwrap();
        assert_eq!((outcomes[0].said.as_str(), outcomes[0].reason.as_str()), ("told", "together with others"));
    }

    async fn a_room_that_refuses_for_good_is_switched_off_until_somebody_switches_it_on(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        room.answers_next(&[404]);
        adds(&world, "Boiler");
        looks(&world).await;
        let (_, why) = world.store.off(&dev()).await.unwrap().expect("switched off");
        assert!(!why.is_empty());
        adds(&world, "Pump");
        looks(&world).await;
        assert_eq!((room.heard().len(), world.store.count_waiting(&dev()).await.unwrap()), (0, 2));
        assert!(world.store.switch_on(&dev()).await.unwrap());
        world.turns().await;
        let heard = room.heard();
        assert!(heard.len() == 2 && heard[0].contains("Boiler") && heard[1].contains("Pump"), "{heard:?}");
    }

    async fn while_trello_is_down_nothing_is_lost(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Boiler");
        for fault in [Fault::Answer(503, "away"), Fault::DropBefore, Fault::DropAfter] {
            world.trello.fail_next("GET /boards/{id}/actions", fault);
        }
        looks(&world).await;
        assert_eq!(room.heard().len(), 0);
        for _ in 0..4 {
            world.later(Duration::from_secs(61)).await;
        }
        assert_eq!(room.heard().len(), 1);
    }

    async fn what_a_filter_leaves_out_is_kept_with_the_reason(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        let filter = Filter::parse(&Wanted { lists: vec!["Done".into()], ..Wanted::default() }).unwrap();
        let relay = Relay { filter, ..relay(&world, &["dev"]) };
        let rooms = vec![room.room("dev")];
        changed(&mut world, |config| (config.relays, config.rooms) = (vec![relay], rooms)).await;
        adds(&world, "Boiler");
        looks(&world).await;
        assert_eq!(room.heard().len(), 0);
        let kept = world.store.activities(None, 10).await.unwrap();
        assert_eq!((kept[0].kind.as_str(), kept[0].source.as_str()), ("createCard", "feed"));
        let (_, outcomes) = world.store.activity(&kept[0].id).await.unwrap().unwrap();
        assert!(outcomes[0].said == "not told" && outcomes[0].reason.contains("lists"), "{outcomes:?}");
    }

    async fn only_cards_with_the_label_are_told_of_where_a_filter_says_so(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        let filter = Filter::parse(&Wanted { labels: vec!["urgent".into()], ..Wanted::default() }).unwrap();
        let relay = Relay { filter, ..relay(&world, &["dev"]) };
        let rooms = vec![room.room("dev")];
        changed(&mut world, |config| (config.relays, config.rooms) = (vec![relay], rooms)).await;
        let urgent = world.trello.add_label(&world.board.id, "urgent");
        let (boiler, pump) = (adds(&world, "Boiler"), adds(&world, "Pump"));
        world.trello.by("zoe").label_card(&boiler, &urgent).unwrap();
        world.trello.by("zoe").comment(&boiler, "Cold").unwrap();
        world.trello.by("zoe").comment(&pump, "Loud").unwrap();
        looks(&world).await;
        let heard = room.heard();
        assert!(heard.len() == 2 && heard.iter().all(|told| told.contains("Boiler")), "{heard:?}");
    }

    async fn a_listener_hears_the_action_as_trello_told_it(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Boiler");
        looks(&world).await;
        let event = room.events().remove(0);
        assert_eq!((event["type"].as_str(), event["activity"]["type"].as_str()), (Some("activity"), Some("createCard")));
        assert_eq!(event["activity"]["data"]["card"]["name"], "Boiler");
    }

    async fn what_the_bridge_itself_does_can_be_left_out_and_what_its_member_does_by_hand_is_told(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        let filter = Filter::parse(&Wanted { own: false, ..Wanted::default() }).unwrap();
        let relay = Relay { filter, ..relay(&world, &["dev"]) };
        let rooms = vec![room.room("dev")];
        changed(&mut world, |config| (config.relays, config.rooms) = (vec![relay], rooms)).await;
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        let card = world.cards().remove(0);
        world.trello.by("zoe").comment(&card.id, "Since Monday").unwrap();
        looks(&world).await;
        let heard = room.heard();
        assert!(heard.len() == 1 && heard[0].contains("Since Monday"), "{heard:?}");
    }

    async fn what_waits_to_be_told_of_an_issue_is_dropped_when_it_turns_confidential(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        let relay = Relay { filter: every_kind(), ..relay(&world, &["dev"]) };
        let rooms = vec![room.room("dev")];
        changed(&mut world, |config| (config.relays, config.rooms) = (vec![relay], rooms)).await;
        room.answers(Some(503));
        world.opens(23, "The password is hunter2").await;
        world.turns().await;
        looks(&world).await;
        let card = world.cards().remove(0);
        world.trello.by("zoe").comment(&card.id, "hunter2 indeed").unwrap();
        let mut hook = crate::world::updated(crate::world::issue(23, "The password is hunter2"), 60, "update");
        hook["object_attributes"]["confidential"] = true.into();
        world.sends("Confidential Issue Hook", &hook).await;
        world.turns().await;
        room.answers(None);
        for _ in 0..3 {
            looks(&world).await;
            world.later(Duration::from_secs(61)).await;
        }
        let told = room.events();
        assert!(told.iter().all(|event| !event.to_string().contains("hunter2")), "{told:?}");
        let kept = world.store.activities(None, 100).await.unwrap();
        assert!(kept.iter().all(|activity| !activity.payload.contains("hunter2")), "{kept:?}");
    }

    async fn a_quiet_board_is_asked_less_often_and_at_once_as_before_when_something_happens(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        for _ in 0..60 {
            world.later(POLL).await;
        }
        let reads = |world: &World| world.calls().len();
        let early = reads(&world);
        for _ in 0..60 {
            world.later(POLL).await;
        }
        let late = reads(&world);
        assert!(early > 25 && late < 20, "{early} then {late}");
        adds(&world, "Boiler");
        for _ in 0..5 {
            looks(&world).await;
        }
        assert_eq!((room.heard().len(), reads(&world) > 2), (1, true));
    }

    async fn the_same_action_is_kept_once_whichever_way_it_came_first(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Boiler");
        let action = world.trello.actions(&world.board.id).pop().unwrap();
        let (board, now) = (world.board.id.parse().unwrap(), world.clock.now());
        let heard = || {
            let kept = kanbridge::store::Kept {
                activity: kanbridge::trello::activity(action.clone()).unwrap(),
                payload: action.to_string(),
                due: Some(now + HOLD),
            };
            let source = kanbridge::store::Source::Hook;
            kanbridge::store::Heard { board: &board, source, kept: vec![kept], reach: None, follow: false, arrivals: Vec::new() }
        };
        assert_eq!(world.store.keep_activities(&heard()).await.unwrap().len(), 1);
        assert_eq!(world.store.keep_activities(&heard()).await.unwrap().len(), 0);
        world.later(HOLD).await;
        assert_eq!((room.heard().len(), world.calls().len()), (1, 0), "told without asking Trello");
        looks(&world).await;
        assert_eq!(room.heard().len(), 0, "the feed brings nothing new");
    }

    async fn history_is_pruned_and_what_the_feed_still_shows_is_not_told_again(mut_world: World) {
        let mut world = mut_world;
        let room = Listener::start().await;
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Boiler");
        looks(&world).await;
        assert_eq!(room.heard().len(), 1);
        world.later(Duration::from_secs(86_400 * 40)).await;
        for _ in 0..3 {
            looks(&world).await;
        }
        assert_eq!(room.heard().len(), 0);
    }
}
