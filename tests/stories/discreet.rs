//! Issues that turn confidential while people ask and wish in chat: no answer shows their words, no wish changes their
//! cards, and none of it is kept.

use std::time::Duration;

use kanbridge::model::RoomKind;
use kanbridge::sync::discretion::Confidential;
use serde_json::json;

use crate::chat::{Chat, sentence};
use crate::stories;
use crate::world::{World, issue, updated};

const TITLE: &str = "The password is hunter2";

/// A room, and the card of an issue that nobody hides yet. `patience`: how long people wait for an answer.
async fn with_a_card(world: World, mode: Confidential, patience: u64) -> Chat {
    let chat = Chat::with(world, RoomKind::Webhook, |config| {
        config.limits.answer = Duration::from_secs(patience);
        config.routes[0].confidential = mode;
    })
    .await;
    chat.world.opens(7, TITLE).await;
    chat.world.turns().await;
    chat
}

impl Chat {
    async fn hears_that_it_is_confidential(&self) {
        let mut hook = updated(issue(7, TITLE), 60, "update");
        hook["object_attributes"]["confidential"] = json!(true);
        hook["event_type"] = json!("confidential_issue");
        assert_eq!(self.world.sends("Confidential Issue Hook", &hook).await.0, 200);
    }

    /// Nobody works; the wish is written down all the same.
    async fn wishes(&self, text: &str) {
        self.answer_alone(self.request("1", text)).await;
        while self.world.store.wish_named("dev/1").await.unwrap().is_none() {
            self.world.store.wait_due().await.unwrap();
        }
    }

    /// What the store has of the wish.
    async fn wished(&self) -> String {
        let id = self.world.store.wish_named("dev/1").await.unwrap().unwrap();
        format!("{:?}", self.world.store.wish(&id).await.unwrap().unwrap())
    }
}

async fn no_answer_shows_what_must_not_be_said_although_the_board_still_does(world: World, mode: Confidential) {
    let chat = with_a_card(world, mode, 60).await;
    chat.hears_that_it_is_confidential().await;
    for text in ["lists", "list to do", "find password", "card password", "card #7", "mine ana", "status"] {
        let answer = sentence(&chat.answer_alone(chat.request(text, text)).await);
        assert!(!answer.contains("hunter2"), "{mode:?}, {text}: {answer}");
    }
    let card = sentence(&chat.answer_alone(chat.request("1", "card #7")).await);
    match mode {
        Confidential::Skip => assert!(card.contains("no open card #7"), "{card}"),
        _ => assert!(card.contains("#7 (confidential) in To do"), "{card}"),
    }
    assert!(chat.world.cards()[0].name.contains("hunter2"), "{mode:?}: its turn has not come yet");
}

async fn a_wish_is_not_carried_out_and_its_end_holds_no_words_of_the_card(world: World, mode: Confidential) {
    let chat = with_a_card(world, mode, 0).await;
    chat.wishes("move #7 to done").await;
    assert!(chat.wished().await.contains("hunter2"));
    chat.hears_that_it_is_confidential().await;
    chat.world.turns().await;
    assert!(chat.world.cards().iter().all(|card| card.list == chat.world.board.lists[0]), "{mode:?}");
    assert!(!chat.wished().await.contains("hunter2"), "{mode:?}");
    chat.world.later(Duration::from_secs(4)).await;
    let heard = chat.listener.heard();
    assert!(heard.len() == 1 && heard[0].starts_with("That did not work: from here, that card"), "{heard:?}");
}

async fn a_wish_that_came_true_before_is_answered_without_its_words_when_sent_again(world: World, mode: Confidential) {
    let chat = with_a_card(world, mode, 60).await;
    let (_, answer) = chat.answer(chat.request("1", "due #7 tomorrow")).await;
    assert!(sentence(&answer).contains("hunter2"), "{answer}");
    chat.hears_that_it_is_confidential().await;
    chat.world.turns().await;
    let (_, again) = chat.answer(chat.request("1", "due #7 tomorrow")).await;
    assert!(sentence(&again).starts_with("That did not work"), "{again}");
    chat.world.later(Duration::from_secs(5)).await;
    assert_eq!(chat.listener.heard(), Vec::<String>::new(), "{mode:?}: it was told");
}

async fn an_end_that_waits_for_its_room_is_dropped(world: World, mode: Confidential) {
    let chat = with_a_card(world, mode, 0).await;
    chat.listener.answers(Some(503));
    chat.wishes("move #7 to done").await;
    chat.world.turns().await;
    chat.world.later(Duration::from_secs(4)).await;
    let room = "dev".parse().unwrap();
    assert_eq!(chat.world.store.count_waiting(&room).await.unwrap(), 1, "{mode:?}");
    chat.hears_that_it_is_confidential().await;
    chat.world.turns().await;
    chat.listener.answers(None);
    chat.world.later(Duration::from_secs(120)).await;
    assert_eq!(chat.listener.heard(), Vec::<String>::new(), "{mode:?}");
    assert_eq!(chat.world.store.count_waiting(&room).await.unwrap(), 0, "{mode:?}");
}

stories! {
    async fn under_skip_no_answer_shows_what_must_not_be_said_although_the_board_still_does(world: World) {
        no_answer_shows_what_must_not_be_said_although_the_board_still_does(world, Confidential::Skip).await;
    }

    async fn under_redact_no_answer_shows_what_must_not_be_said_although_the_board_still_does(world: World) {
        no_answer_shows_what_must_not_be_said_although_the_board_still_does(world, Confidential::Redact).await;
    }

    async fn under_skip_a_wish_is_not_carried_out_and_its_end_holds_no_words_of_the_card(world: World) {
        a_wish_is_not_carried_out_and_its_end_holds_no_words_of_the_card(world, Confidential::Skip).await;
    }

    async fn under_redact_a_wish_is_not_carried_out_and_its_end_holds_no_words_of_the_card(world: World) {
        a_wish_is_not_carried_out_and_its_end_holds_no_words_of_the_card(world, Confidential::Redact).await;
    }

    async fn under_skip_a_wish_that_came_true_before_is_answered_without_its_words_when_sent_again(world: World) {
        a_wish_that_came_true_before_is_answered_without_its_words_when_sent_again(world, Confidential::Skip).await;
    }

    async fn under_redact_a_wish_that_came_true_before_is_answered_without_its_words_when_sent_again(world: World) {
        a_wish_that_came_true_before_is_answered_without_its_words_when_sent_again(world, Confidential::Redact).await;
    }

    async fn under_skip_an_end_that_waits_for_its_room_is_dropped(world: World) {
        an_end_that_waits_for_its_room_is_dropped(world, Confidential::Skip).await;
    }

    async fn under_redact_an_end_that_waits_for_its_room_is_dropped(world: World) {
        an_end_that_waits_for_its_room_is_dropped(world, Confidential::Redact).await;
    }
}
