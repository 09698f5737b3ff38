//! The queue and the store's promises, on both engines.

use std::time::Duration;

use kanbridge::model::{Key, Micros, Rank};
use kanbridge::sandbox::trello::Fault;
use kanbridge::store::{Finish, Leased, StoreError};

use crate::stories;
use crate::world::{MORNING, World, closed, issue, updated};

const LEASE: Duration = Duration::from_secs(20);

stories! {
    async fn when_an_issue_s_last_turn_ended_is_kept_and_how(world: World) {
        let last = async |world: &World| world.store.last_turn("issue/gitlab.example.com/42/23").await.unwrap();
        let at = |seconds: i64| Micros((MORNING + seconds) * 1_000_000);
        world.opens(23, "Boiler is cold").await;
        assert_eq!(last(&world).await, None);
        world.turns().await;
        assert_eq!(last(&world).await, Some((at(0), "done".to_owned())));
        world.clock.advance(Duration::from_secs(60));
        // Nothing is to be done, and the turn was there all the same.
        world.sends("Issue Hook", &updated(issue(23, "Boiler is cold"), 60, "update")).await;
        world.turns().await;
        assert_eq!(last(&world).await, Some((at(60), "done".to_owned())));
        world.clock.advance(Duration::from_secs(60));
        world.trello.fail_next("PUT /cards/{id}", Fault::Answer(503, "away"));
        world.sends("Issue Hook", &updated(issue(23, "Boiler is warm"), 120, "update")).await;
        world.turns().await;
        assert_eq!(last(&world).await, Some((at(120), "tries again".to_owned())));
        for _ in 0..10 {
            world.trello.fail_next("PUT /cards/{id}", Fault::Answer(400, "no"));
        }
        for _ in 0..10 {
            world.later(Duration::from_secs(61)).await;
        }
        assert_eq!(last(&world).await.unwrap().1, "failed");
    }

    async fn a_hundred_events_about_one_issue_are_one_turn(world: World) {
        for second in 0..100 {
            world.sends("Issue Hook", &updated(issue(23, "Busy"), second, "update")).await;
        }
        assert_eq!((world.turns().await, world.cards().len()), (1, 1));
    }

    async fn a_key_in_hand_is_nobody_else_s_until_its_lease_runs_out(world: World) {
        world.store.mark(&key(1), Rank::Live, None).await.unwrap();
        let first = lease(&world).await.unwrap();
        assert_eq!(lease(&world).await, None);
        world.clock.advance(Duration::from_secs(19));
        world.store.renew(&first, LEASE).await.unwrap();
        world.clock.advance(Duration::from_secs(19));
        assert_eq!(lease(&world).await, None, "renewed");
        world.clock.advance(Duration::from_secs(2));
        let second = lease(&world).await.unwrap();
        assert_eq!((second.key.clone(), second.attempts), (first.key.clone(), 2));
        for late in [world.store.finish(&first, &Finish::Done).await, world.store.renew(&first, LEASE).await] {
            assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
        }
        world.store.finish(&second, &Finish::Done).await.unwrap();
        assert!(world.store.key_state(&key(1).to_string()).await.unwrap().is_none());
    }

    async fn who_watches_the_worker_sees_how_turns_end_and_what_they_called(world: World) {
        world.opens(1, "Before anybody watched").await;
        world.turns().await;
        let mut ends = world.worker.turns_ended();
        world.opens(2, "Watched").await;
        world.trello.fail_next("POST /cards", Fault::Answer(503, "down"));
        world.turns().await;
        world.later(Duration::from_secs(60)).await;
        let mut next = || {
            let end = std::iter::repeat_with(|| ends.try_recv().unwrap()).find(|end| end.key != Key::Prune).unwrap();
            (end.finish.unwrap(), end.calls.into_iter().map(|call| (call.route, call.status)).collect::<Vec<_>>())
        };
        let (first, calls) = next();
        assert!(matches!(first, Finish::Again { .. }), "{first:?}");
        assert_eq!(calls.last().unwrap(), &("POST /cards".to_owned(), Some(503)));
        let (second, calls) = next();
        assert_eq!((second, calls.last().unwrap()), (Finish::Done, &("POST /cards".to_owned(), Some(200))));
    }

    async fn many_hands_never_hold_one_key_twice(world: World) {
        for number in 1..=40 {
            world.store.mark(&key(number), Rank::Live, None).await.unwrap();
        }
        let leases = futures_util::future::join_all((0..16).map(|_| world.store.lease(5, LEASE))).await;
        let mut held: Vec<Key> = leases.into_iter().flat_map(Result::unwrap).map(|turn| turn.key).collect();
        held.retain(|key| *key != Key::Prune);
        let all = held.len();
        held.sort();
        held.dedup();
        assert_eq!((held.len(), all), (40, 40));
    }

    async fn marked_during_its_turn_means_exactly_one_more(world: World) {
        world.store.mark(&key(1), Rank::Live, None).await.unwrap();
        let turn = lease(&world).await.unwrap();
        for _ in 0..3 {
            world.store.mark(&key(1), Rank::Live, None).await.unwrap();
        }
        assert_eq!(lease(&world).await, None, "one turn per key at a time");
        world.store.finish(&turn, &Finish::Done).await.unwrap();
        let again = lease(&world).await.unwrap();
        world.store.finish(&again, &Finish::Done).await.unwrap();
        assert_eq!(lease(&world).await, None);
    }

    async fn a_failed_key_that_was_marked_meanwhile_is_looked_at_once_more(world: World) {
        world.store.mark(&key(1), Rank::Live, None).await.unwrap();
        let turn = lease(&world).await.unwrap();
        world.store.mark(&key(1), Rank::Live, None).await.unwrap();
        world.store.finish(&turn, &Finish::Failed { reason: "no".into() }).await.unwrap();
        let again = lease(&world).await.unwrap();
        world.store.finish(&again, &Finish::Failed { reason: "still no".into() }).await.unwrap();
        assert_eq!((lease(&world).await, world.store.count_failed().await.unwrap()), (None, 1));
        world.store.mark(&key(1), Rank::Live, None).await.unwrap();
        assert_eq!((lease(&world).await.unwrap().attempts, world.store.count_failed().await.unwrap()), (1, 0));
    }

    async fn a_mark_moves_a_key_earlier_and_never_before_a_neighbour_s_time(world: World) {
        world.store.mark(&key(1), Rank::Live, None).await.unwrap();
        let now = world.clock.now();
        let again = |not_before| Finish::Again {
            at: now + Duration::from_secs(60),
            not_before,
            waits_for: None,
            reason: "busy".into(),
        };
        let turn = lease(&world).await.unwrap();
        world.store.finish(&turn, &again(false)).await.unwrap();
        assert_eq!(lease(&world).await, None);
        world.store.mark(&key(1), Rank::Live, None).await.unwrap();
        let turn = lease(&world).await.expect("a new event moves it earlier");
        assert_eq!(turn.tries, 1);
        world.store.finish(&turn, &again(true)).await.unwrap();
        world.store.mark(&key(1), Rank::Live, None).await.unwrap();
        assert_eq!(lease(&world).await, None, "the neighbour asked for a minute");
        world.clock.advance(Duration::from_secs(60));
        assert_eq!(lease(&world).await.unwrap().tries, 1, "to be asked to wait is neither to fail nor to succeed");
    }

    async fn people_go_first_and_nothing_starves(world: World) {
        world.store.mark(&key(1), Rank::Background, None).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
        world.store.mark(&key(2), Rank::Live, None).await.unwrap();
        world.clock.advance(Duration::from_secs(5));
        world.store.mark(&key(3), Rank::Command, None).await.unwrap();
        assert_eq!(line(&world).await, [3, 2, 1]);
        world.store.mark(&key(1), Rank::Background, None).await.unwrap();
        world.clock.advance(Duration::from_secs(3700));
        world.store.mark(&key(2), Rank::Live, None).await.unwrap();
        assert_eq!(line(&world).await, [1, 2], "an hour is the longest that the background lets others pass");
    }

    async fn a_turn_that_never_ends_is_given_up_after_five(world: World) {
        world.opens(23, "Poison").await;
        for attempt in 1..=5 {
            assert_eq!(lease(&world).await.unwrap().attempts, attempt);
            world.clock.advance(Duration::from_secs(21));
        }
        world.turns().await;
        let (failed, reason) = world.state(23).await.unwrap();
        assert!(failed && reason.contains("5 turns began and none ended"), "{reason}");
        assert_eq!(world.cards().len(), 0);
        world.sends("Issue Hook", &updated(issue(23, "Poison"), 60, "update")).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 1, "a new event begins afresh");
    }

    async fn an_older_state_is_refused_and_of_two_at_one_moment_the_later_wins(world: World) {
        let known = async || {
            let issue = world.known(23).await;
            (issue.ticket.title, issue.ticket.closed)
        };
        world.sends("Issue Hook", &closed(issue(23, "Second"), 60)).await;
        world.sends("Issue Hook", &issue(23, "First")).await;
        assert_eq!(known().await, ("Second".to_owned(), true));
        world.sends("Issue Hook", &updated(issue(23, "Third"), 60, "update")).await;
        assert_eq!(known().await, ("Third".to_owned(), false));
        let mut seconds = updated(issue(23, "Fourth"), 60, "update");
        seconds["object_attributes"]["updated_at"] = serde_json::json!("2026-05-28 06:01:00 UTC");
        world.sends("Issue Hook", &seconds).await;
        assert_eq!(known().await.0, "Fourth", "whole seconds and milliseconds compare as whole seconds");
    }

    async fn what_a_waiting_key_came_from_is_not_pruned(world: World) {
        world.opens(1, "Waits").await;
        let now = world.clock.now() + LEASE;
        assert_eq!(world.store.prune(now, 0, 9).await.unwrap(), 0);
        world.turns().await;
        assert_eq!(world.store.prune(now, 0, 9).await.unwrap(), 1);
    }

    async fn what_was_seen_before_never_wins_a_tie(world: World) {
        let open = issue(23, "Boiler is cold");
        let mut close = closed(open.clone(), 0);
        close["object_attributes"]["updated_at"] = open["object_attributes"]["updated_at"].clone();
        for hook in [&open, &close, &open] {
            world.sends("Issue Hook", hook).await;
        }
        world.turns().await;
        assert_eq!(world.cards().len(), 0, "the opening was sent again after the close of the same moment");
    }

    async fn history_is_pruned_by_age_and_size_and_links_stay(world: World) {
        for iid in 1..=3 {
            world.opens(iid, "Old").await;
        }
        world.turns().await;
        world.clock.advance(Duration::from_secs(31 * 86_400));
        world.opens(4, "New").await;
        let old = world.clock.now() - Duration::from_secs(30 * 86_400);
        assert_eq!(world.store.prune(old, 1 << 30, 2).await.unwrap(), 2, "in small steps");
        assert_eq!(world.store.prune(old, 1 << 30, 2).await.unwrap(), 1);
        assert_eq!(world.store.prune(old, 1 << 30, 2).await.unwrap(), 0);
        world.turns().await;
        assert_eq!(world.store.prune(old, 10, 2).await.unwrap(), 1, "too many bytes");
        assert!(world.store.link(&"gitlab.example.com/42/1".parse().unwrap()).await.unwrap().is_some());
    }
}

fn key(number: i64) -> Key {
    format!("issue/gitlab.example.com/7/{number}").parse().unwrap()
}

/// Takes the next key of an issue into hand.
async fn lease(world: &World) -> Option<Leased> {
    loop {
        match world.store.lease(1, LEASE).await.unwrap().pop() {
            Some(turn) if turn.key == Key::Prune => {}
            other => return other,
        }
    }
}

/// The numbers of the keys that are due, in the order of their turns, which end at once.
async fn line(world: &World) -> Vec<i64> {
    let mut line = Vec::new();
    while let Some(turn) = lease(world).await {
        world.store.finish(&turn, &Finish::Done).await.unwrap();
        let Key::Issue(issue) = turn.key else { unreachable!() };
        line.push(issue.iid);
    }
    line
}
