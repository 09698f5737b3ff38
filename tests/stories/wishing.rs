//! People wish from chat: what they want changed is changed once, through crashes, lost answers and repeated requests.

use std::time::Duration;

use kanbridge::model::{Key, Room, RoomKind, Secret};
use kanbridge::sandbox::{gitlab, trello::Fault};

use crate::chat::{Chat, TOKEN, sentence};
use crate::room::Listener;
use crate::stories;
use crate::two_way::House;

/// What was lost cannot appear any more after this.
const SETTLED: Duration = Duration::from_secs(51);

/// Nobody waits.
fn at_once(config: &mut kanbridge::config::Config) {
    config.limits.answer = Duration::ZERO;
}

/// A two-way house with a room where people ask.
pub(crate) async fn house(world: crate::world::World) -> (House, Listener) {
    let mut house = House::of(world).await;
    let listener = Listener::start().await;
    let room = asked_in(&listener);
    house.configures(|config| config.rooms.push(room)).await;
    (house, listener)
}

/// A room where people ask.
pub(crate) fn asked_in(listener: &Listener) -> Room {
    let mut room = listener.room("dev");
    room.commands.tokens = vec![Secret::new(TOKEN)];
    room
}

/// Ana types something there, and everything that follows from it happens.
pub(crate) async fn types(house: &House, text: &str) {
    let url = format!("http://{}/webhooks/chat/dev", house.world.address());
    let body = serde_json::json!({ "text": text, "person": "ana" });
    let request = reqwest::Client::new().post(url).bearer_auth(TOKEN).json(&body);
    let answer = tokio::spawn(async move { request.send().await.unwrap().status().as_u16() });
    while !answer.is_finished() {
        house.rests().await;
        house.world.store.wait_due().await.unwrap();
    }
    assert_eq!(answer.await.unwrap(), 200);
    house.rests().await;
}

stories! {
    async fn a_new_card_is_made_once_however_often_the_request_comes(world: World) {
        let chat = Chat::of(world, RoomKind::Rocketchat).await;
        let (_, first) = chat.answer(chat.request("m1", "new Buy a valve\nHalf an inch.")).await;
        let (_, again) = chat.answer(chat.request("m1", "new Buy a valve\nHalf an inch.")).await;
        assert!(sentence(&first).contains("Buy a valve") && sentence(&first).contains("trello.com/c/"), "{first}");
        assert_eq!(first, again);
        let cards = chat.world.cards();
        assert_eq!((cards.len(), cards[0].name.as_str()), (1, "Buy a valve"));
        assert!(cards[0].description.starts_with("Half an inch.\n\nAsked for by **ana** in dev"), "{}", cards[0].description);
    }

    async fn a_command_of_slack_s_that_is_replayed_acts_once(world: World) {
        let chat = Chat::of(world, RoomKind::Slack).await;
        let sent = chat.request("t1", "new Buy a valve");
        let replayed = sent.try_clone().unwrap();
        let first = chat.answer(sent).await;
        chat.world.later(Duration::from_secs(299)).await;
        assert_eq!(chat.answer(replayed).await, first, "its signature is still good");
        assert_eq!(chat.world.cards().len(), 1);
    }

    async fn a_request_that_is_repeated_while_the_first_is_in_hand_acts_once(world: World) {
        let chat = Chat::of(world, RoomKind::Rocketchat).await;
        let tries = (0..3).map(|_| chat.answer(chat.request("m1", "new Buy a valve")));
        let answers = futures_util::future::join_all(tries).await;
        assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
        assert!(answers.iter().any(|(_, answer)| sentence(answer).contains("Buy a valve")), "{answers:?}");
        assert_eq!(chat.world.cards().len(), 1);
    }

    async fn a_card_without_an_issue_is_moved_assigned_spoken_on_dated_and_done(world: World) {
        let chat = Chat::of(world, RoomKind::Webhook).await;
        let lists = chat.world.board.lists.clone();
        chat.world.trello.by("zoe").invite(&chat.world.board.id, "ana").unwrap();
        chat.world.trello.add_card(&lists[0], "Buy a valve", "");
        assert!(chat.asks("move valve to doing").await.contains("Buy a valve moved to Doing."));
        assert_eq!(chat.world.cards()[0].list, lists[1]);
        assert!(chat.asks("assign valve to me").await.contains("is on #1 Buy a valve."));
        assert!(chat.asks("due valve tomorrow").await.contains("is due on 2026-05-29."));
        assert!(chat.asks("comment valve: It is\non order.").await.contains("Said on #1 Buy a valve."));
        assert!(chat.asks("done valve").await.contains("is done, in Done."));
        let card = chat.world.cards().remove(0);
        assert_eq!((card.list.as_str(), card.due_complete, card.members), (lists[2].as_str(), true, vec!["ana".to_owned()]));
        assert!(card.due.unwrap().starts_with("2026-05-29"));
        assert!(card.comments[0].text.starts_with("**ana** in dev:\n\nIt is\non order.\n\n`kanbridge wish "));
        assert!(chat.asks("due valve none").await.contains("no due date any more"));
        assert_eq!(chat.world.cards()[0].due, None);
    }

    async fn a_wish_is_carried_out_before_what_nobody_waits_for(world: World) {
        let chat = Chat::with(world, RoomKind::Webhook, at_once).await;
        for iid in 1..=5 {
            chat.world.opens(iid, "Boiler is cold").await;
        }
        chat.answer_alone(chat.request("1", "new Buy a valve")).await;
        assert!(!chat.world.cards().iter().any(|card| card.name == "Buy a valve"), "the door changes nothing itself");
        while chat.world.store.wish_named("dev/1").await.unwrap().is_none() {
            chat.world.store.wait_due().await.unwrap();
        }
        assert!(matches!(chat.world.turn().await, Some(Key::Wish(_))));
        assert_eq!(chat.world.cards().len(), 1);
    }

    async fn a_wish_outlives_a_restart_and_its_end_is_told_in_the_room(world: World) {
        let mut chat = Chat::with(world, RoomKind::Webhook, at_once).await;
        chat.answer_alone(chat.request("1", "new Buy a valve")).await;
        while chat.world.store.wish_named("dev/1").await.unwrap().is_none() {
            chat.world.store.wait_due().await.unwrap();
        }
        chat.world.restarts(|_| ()).await;
        chat.world.turns().await;
        assert_eq!(chat.world.cards().len(), 1);
        assert_eq!(chat.listener.heard(), Vec::<String>::new(), "somebody may still wait for the answer");
        chat.world.later(Duration::from_secs(4)).await;
        let heard = chat.listener.heard();
        assert!(heard.len() == 1 && heard[0].starts_with("New card Buy a valve in To do."), "{heard:?}");
        chat.world.later(Duration::from_secs(60)).await;
        assert_eq!((chat.listener.heard().len(), chat.world.cards().len()), (0, 1));
    }

    async fn where_the_chat_server_takes_a_later_answer_it_gets_one(world: World) {
        let chat = Chat::with(world, RoomKind::Mattermost, at_once).await;
        chat.answer_alone(chat.request("1", "new Buy a valve")).await;
        while chat.world.store.wish_named("dev/1").await.unwrap().is_none() {
            chat.world.store.wait_due().await.unwrap();
        }
        chat.world.turns().await;
        chat.listener.answers_next(&[503]);
        chat.world.later(Duration::from_secs(4)).await;
        chat.world.later(Duration::from_secs(4)).await;
        let events = chat.listener.events();
        assert_eq!((events.len(), &events[0]["response_type"]), (1, &serde_json::json!("in_channel")), "{events:?}");
    }

    async fn a_card_whose_making_got_no_answer_is_not_made_again(world: World) {
        for fault in [Fault::DropAfter, Fault::TimeoutAfter, Fault::Answer(500, "oops"), Fault::DropBefore] {
            chat_makes_one_card(&chat_of(&world).await, fault).await;
        }
    }

    async fn a_comment_whose_posting_got_no_answer_is_not_posted_again(world: World) {
        let chat = Chat::with(world, RoomKind::Webhook, at_once).await;
        chat.world.opens(7, "Boiler is cold").await;
        chat.world.turns().await;
        chat.world.trello.fail_next("POST /cards/{id}/actions/comments", Fault::DropAfter);
        chat.answer_alone(chat.request("1", "comment #7 I am on it")).await;
        while chat.world.store.wish_named("dev/1").await.unwrap().is_none() {
            chat.world.store.wait_due().await.unwrap();
        }
        chat.world.turns().await;
        chat.world.later(Duration::from_secs(5)).await;
        chat.world.later(SETTLED).await;
        assert_eq!(chat.world.cards()[0].comments.len(), 1);
        assert_eq!(chat.listener.heard().len(), 1);
        assert_eq!(chat.world.state(7).await, None, "nothing is left to do");
    }

    async fn a_wish_that_trello_refuses_says_why(world: World) {
        let chat = Chat::of(world, RoomKind::Webhook).await;
        chat.world.trello.add_card(&chat.world.board.lists[0], "Buy a valve", "");
        chat.world.trello.fail_next("PUT /cards/{id}", Fault::Answer(401, "unauthorized card permission requested"));
        let answer = chat.asks("move valve to done").await;
        assert!(answer.starts_with("That did not work: Trello answered 401"), "{answer}");
        assert_eq!(chat.world.turns().await, 0, "and it is not tried again");
    }

    async fn on_a_two_way_route_new_opens_an_issue_and_there_is_one_card(world: World) {
        let (house, _listener) = house(world).await;
        types(&house, "new Boiler is cold\nIt is /close cold.").await;
        house.looks().await;
        let issue = house.issue(1);
        assert_eq!((issue.title.as_str(), issue.closed, house.world.cards().len()), ("Boiler is cold", false, 1));
        assert_eq!(house.card().name, "[ ISSUE 1 ] Boiler is cold");
        types(&house, "done #1").await;
        house.looks().await;
        assert!(house.issue(1).closed);
        types(&house, "comment #1 It is warm.").await;
        house.looks().await;
        assert_eq!(house.gitlab.notes(house.project, 1).len(), 1);
        house.is_silent().await;
    }

    async fn an_issue_whose_opening_got_no_answer_is_not_opened_again(world: World) {
        let (mut house, _listener) = house(world).await;
        house.configures(at_once).await;
        house.gitlab.fail_next("POST /projects/{id}/issues", gitlab::Fault::DropAfter);
        types(&house, "issue Boiler is cold").await;
        for _ in 0..3 {
            house.world.later(SETTLED).await;
            house.rests().await;
        }
        assert_eq!((house.gitlab.issues(house.project).len(), house.world.cards().len()), (1, 1));
    }
}

async fn chat_of(_world: &crate::world::World) -> Chat {
    let world = crate::world::World::on(crate::database::Database::sqlite()).await;
    Chat::with(world, RoomKind::Webhook, at_once).await
}

async fn chat_makes_one_card(chat: &Chat, fault: Fault) {
    let told = format!("{fault:?}");
    chat.world.trello.fail_next("POST /cards", fault);
    chat.answer_alone(chat.request("1", "new Buy a valve")).await;
    while chat.world.store.wish_named("dev/1").await.unwrap().is_none() {
        chat.world.store.wait_due().await.unwrap();
    }
    chat.world.turns().await;
    chat.world.later(Duration::from_secs(5)).await;
    chat.world.later(SETTLED).await;
    chat.world.later(SETTLED).await;
    assert_eq!(chat.world.cards().len(), 1, "{told}");
    assert_eq!(chat.listener.heard().len(), 1, "{told}");
}
