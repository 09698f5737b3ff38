//! Whatever goes wrong between us and Trello, an issue ends with one lasting card.

use std::time::Duration;

use kanbridge::sandbox::trello::Fault;

use crate::stories;
use crate::world::issue;

/// A call leaves within 17 s of its intent, and Trello gives up on it 30 s later: what has not appeared by then will not.
const SETTLED: Duration = Duration::from_secs(51);

stories! {
    async fn a_creation_that_timed_out_after_the_work_is_found(world: World) {
        world.trello.fail_next("POST /cards", Fault::TimeoutAfter);
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.later(Duration::from_secs(2)).await;
        assert_eq!(world.cards().len(), 1);
        assert_eq!(world.calls().iter().filter(|call| *call == "POST /cards").count(), 1);
        assert_eq!(world.state(23).await, None, "nothing is left to do");
    }

    async fn a_creation_that_timed_out_before_the_work_is_repeated_when_it_cannot_appear_any_more(world: World) {
        world.trello.fail_next("POST /cards", Fault::TimeoutBefore);
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.later(Duration::from_secs(2)).await;
        world.later(Duration::from_secs(35)).await;
        assert_eq!(world.cards().len(), 0, "too early to try again");
        world.later(SETTLED).await;
        assert_eq!(world.cards().len(), 1);
    }

    async fn a_connection_that_dropped_before_the_answer_makes_no_second_card(world: World) {
        for (iid, fault) in [(1, Fault::DropAfter), (2, Fault::DropBefore)] {
            world.trello.fail_next("POST /cards", fault);
            world.opens(iid, "Dropped").await;
            world.turns().await;
        }
        world.later(Duration::from_secs(2)).await;
        world.later(SETTLED).await;
        assert_eq!(numbers(&world), [1, 2]);
    }

    async fn work_that_is_done_long_after_the_answer_was_dropped_makes_no_second_card(world: World) {
        world.trello.fail_next("POST /cards", Fault::ApplyLater);
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.later(Duration::from_secs(5)).await;
        world.clock.advance(Duration::from_secs(15));
        world.trello.apply_held_work();
        world.later(SETTLED).await;
        world.later(SETTLED).await;
        assert_eq!(numbers(&world), [23]);
    }

    async fn an_internal_error_is_an_unknown_outcome(world: World) {
        world.trello.fail_next("POST /cards", Fault::Answer(500, "oops"));
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.later(Duration::from_secs(2)).await;
        assert_eq!(numbers(&world), [0i64; 0]);
        world.later(SETTLED).await;
        assert_eq!(numbers(&world), [23]);
    }

    async fn a_restart_in_the_middle_of_a_creation_makes_no_second_card(world: World) {
        let mut world = world;
        world.trello.fail_next("POST /cards", Fault::DropAfter);
        world.opens(23, "Boiler is cold").await;
        world.turn().await;
        world.restarts(|_| {}).await;
        world.later(SETTLED).await;
        assert_eq!(numbers(&world), [23]);
    }

    async fn a_closed_issue_still_has_its_unknown_creation_settled(world: World) {
        world.trello.fail_next("POST /cards", Fault::ApplyLater);
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.sends("Issue Hook", &crate::world::closed(issue(23, "Boiler is cold"), 5)).await;
        world.turns().await;
        world.trello.apply_held_work();
        world.later(SETTLED).await;
        let link = world.store.link(&"gitlab.example.com/42/23".parse().unwrap()).await.unwrap().unwrap();
        assert!(link.card.is_some() && link.intent.is_none(), "{link:?}");
    }

    async fn an_unknown_creation_is_looked_for_where_it_was_meant_to_stand(world: World) {
        let mut world = world;
        world.trello.fail_next("POST /cards", Fault::ApplyLater);
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        let other = world.trello.add_board("Another", &["To do"]);
        world.restarts(|config| config.routes[0].columns[0].list.clone_from(&other.lists[0])).await;
        world.later(Duration::from_secs(10)).await;
        world.trello.apply_held_work();
        world.later(SETTLED).await;
        assert_eq!((numbers(&world).len(), world.trello.cards(&other.id).len()), (0, 1), "found there, and taken along");
    }

    async fn a_card_that_is_remembered_is_not_replaced_by_a_second_one(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        let first = world.cards().remove(0);
        let issue = "gitlab.example.com/42/23".parse().unwrap();
        let link = world.store.link(&issue).await.unwrap().unwrap();
        let second = "670000000000000000000fff".parse().unwrap();
        let (account, none) = (&link.account, kanbridge::store::Signals::default());
        let taken = world.store.remember_card(&issue, account, &link.board, &second, None, none).await.unwrap();
        assert!(!taken, "the first card stays");
        let kept = world.store.link(&issue).await.unwrap().unwrap().card.unwrap();
        assert_eq!(kept.to_string(), first.id);
    }

    async fn an_unknown_creation_on_a_board_that_is_gone_is_given_up(world: World) {
        let mut world = world;
        world.trello.fail_next("POST /cards", Fault::DropBefore);
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        let other = world.trello.add_board("Another", &["To do"]);
        world.trello.fail_next("GET /boards/{id}", Fault::Answer(404, "The requested resource was not found."));
        world.restarts(|config| config.routes[0].columns[0].list.clone_from(&other.lists[0])).await;
        world.later(SETTLED).await;
        assert_eq!(world.trello.cards(&other.id).len(), 1, "where the route leads now");
    }

    async fn an_outage_does_not_use_up_the_retries_of_a_refusal(world: World) {
        for _ in 0..6 {
            world.trello.fail_next("GET /lists/{id}", Fault::DropBefore);
        }
        world.trello.fail_next("GET /lists/{id}", Fault::Answer(401, "invalid token"));
        world.opens(23, "Boiler is cold").await;
        for _ in 0..12 {
            world.later(Duration::from_secs(60)).await;
        }
        assert_eq!(numbers(&world), [23], "one refusal while Trello recovers is not the end");
    }

    async fn a_429_is_waited_out(world: World) {
        world.opens(1, "Makes the board known").await;
        world.turns().await;
        world.calls();
        world.trello.fail_next("POST /cards", Fault::Answer(429, "Rate limit exceeded"));
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.sends("Issue Hook", &crate::world::updated(issue(23, "Boiler is warm"), 5, "update")).await;
        world.later(Duration::from_secs(5)).await;
        assert_eq!(world.calls(), ["POST /cards"], "not even a new event goes before the window has ended");
        assert!(world.state(23).await.unwrap().1.contains("429"));
    }

    async fn trello_s_first_answer_wakes_what_waits_for_it(world: World) {
        for _ in 0..50 {
            world.trello.fail_next("GET /lists/{id}", Fault::DropBefore);
        }
        for iid in 1..=5 {
            world.opens(iid, "During the outage").await;
        }
        // Ten looks of five keys use the faults up; each key then waits for about a minute.
        while world.trello.calls().len() < 50 {
            world.later(Duration::from_secs(60)).await;
        }
        assert_eq!(world.cards().len(), 0);
        world.opens(6, "After the outage").await;
        world.turns().await;
        assert_eq!(numbers(&world), [1, 2, 3, 4, 5, 6], "at once, though the clock stood still");
    }

    async fn a_revoked_token_is_a_failure_that_a_replay_heals(world: World) {
        world.trello.change_token("another");
        world.opens(23, "Boiler is cold").await;
        for _ in 0..4 {
            world.later(Duration::from_secs(60)).await;
        }
        let (failed, reason) = world.state(23).await.unwrap();
        assert!(failed && reason.contains("TRELLO_API_TOKEN") && !reason.contains("sandbox-token"), "{reason}");
        assert_eq!(world.store.count_failed().await.unwrap(), 1);
        world.trello.change_token("sandbox-token");
        let (_, answer) = world.sends("Issue Hook", &issue(23, "Boiler is cold")).await;
        assert_eq!(answer["status"], "duplicate", "GitLab's Resend button");
        world.turns().await;
        assert_eq!((numbers(&world), world.store.count_failed().await.unwrap()), (vec![23], 0));
    }

    async fn an_unknown_label_is_forgotten_and_put_on_once_it_is_made_again(world: World) {
        let label = world.trello.add_label(&world.board.id, "cellar");
        let labelled = |iid| {
            let mut hook = issue(iid, "Labelled");
            hook["labels"] = serde_json::json!([{ "title": "cellar" }]);
            hook
        };
        world.sends("Issue Hook", &labelled(1)).await;
        world.turns().await;
        world.trello.delete_label(&label);
        world.sends("Issue Hook", &labelled(2)).await;
        world.sends("Issue Hook", &labelled(3)).await;
        world.turns().await;
        let labels: Vec<usize> = world.cards().iter().map(|card| card.labels.len()).collect();
        assert_eq!(labels, [0, 1, 1], "the first one's was deleted; for the second the board was read again");
    }

    async fn one_broken_route_does_not_hold_up_another(world: World) {
        let mut world = world;
        let other = world.trello.add_board("Gone", &["To do"]);
        world.trello.close_board(&other.id, true);
        world.restarts(|config| {
            let mut broken = config.routes[0].clone();
            broken.project = kanbridge::sync::rules::ProjectPattern::Id(7);
            broken.board = Some(other.id.clone());
            config.routes.insert(0, broken);
        }).await;
        for iid in 1..=20 {
            let mut hook = issue(iid, "Nowhere to go");
            hook["object_attributes"]["project_id"] = serde_json::json!(7);
            world.sends("Issue Hook", &hook).await;
        }
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        assert_eq!(numbers(&world), [23]);
        for _ in 0..4 {
            world.later(Duration::from_secs(60)).await;
        }
        assert_eq!(world.store.count_failed().await.unwrap(), 20);
    }
}

/// The numbers of the issues that have cards.
fn numbers(world: &crate::world::World) -> Vec<i64> {
    let number = |card: &kanbridge::sandbox::trello::CardView| kanbridge::sync::face::issue_number(&card.name).unwrap();
    let mut numbers: Vec<i64> = world.cards().iter().map(number).collect();
    numbers.sort_unstable();
    numbers
}
