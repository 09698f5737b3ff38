//! What is rare between an issue and its card, and must come right all the same.

use std::time::Duration;

use kanbridge::model::IssueRef;
use kanbridge::sandbox::gitlab::{Change, NewHook};
use kanbridge::sandbox::trello::Fault;
use kanbridge::sync::rules::{Direction, ProjectPattern, Winner};
use serde_json::{Value, json};

use crate::following::with_columns;
use crate::stories;
use crate::two_way::House;
use crate::world::{SECRET, closed, issue, updated};

fn with(mut hook: Value, field: &str, value: Value) -> Value {
    hook[field] = value;
    hook
}

fn confidential(hook: Value, seconds: i64) -> Value {
    let mut hook = updated(hook, seconds, "update");
    hook["object_attributes"]["confidential"] = json!(true);
    hook
}

impl House {
    fn id(&self, iid: i64) -> IssueRef {
        format!("{}/{}/{iid}", self.world.config.gitlab.instance, self.project).parse().unwrap()
    }

    async fn told(&self, iid: i64) -> String {
        let told = self.world.store.told(&self.id(iid), 50).await.unwrap();
        told.into_iter().map(|(_, told)| told + "\n").collect()
    }
}

stories! {
    async fn who_was_the_last_one_assigned_leaves_the_card(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        world.trello.by("zoe").invite(&world.board.id, "ana_trello").unwrap();
        let hook = with(issue(23, "Boiler is cold"), "assignees", json!([{ "username": "ana" }]));
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        assert_eq!(world.cards()[0].members, ["ana_trello"]);
        world.sends("Issue Hook", &with(updated(hook, 60, "update"), "assignees", json!([]))).await;
        world.turns().await;
        assert_eq!(world.cards()[0].members.len(), 0);
    }

    async fn who_joins_the_board_later_comes_from_the_footer_onto_the_card(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        let hook = with(issue(23, "Boiler is cold"), "assignees", json!([{ "username": "ben" }]));
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        assert!(world.cards()[0].description.contains("Assigned in GitLab: ben"));
        world.trello.by("zoe").invite(&world.board.id, "ben").unwrap();
        world.clock.advance(Duration::from_secs(3600));
        let mut hook = updated(hook, 60, "update");
        hook["object_attributes"]["title"] = json!("Boiler is warm");
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        let card = world.cards().remove(0);
        assert_eq!(card.members, ["ben"]);
        assert!(!card.description.contains("Assigned in GitLab"), "{}", card.description);
    }

    async fn user_names_are_the_same_whatever_their_case(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        world.trello.by("zoe").invite(&world.board.id, "ben").unwrap();
        let hook = with(issue(23, "Boiler is cold"), "assignees", json!([{ "username": "Ben" }]));
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        assert_eq!(world.cards()[0].members, ["ben"]);
    }

    async fn what_a_hidden_card_says_never_becomes_the_issue_s(world: World) {
        let mut house = House::of(world).await;
        house.routes(|route| route.winner = Winner::Trello).await;
        let iid = house.opens("Boiler is cold").await;
        house.world.trello.by("zoe").comment(&house.card().id, "On my way.").unwrap();
        house.gitlab.by("ana").makes_confidential(house.project, iid, true).unwrap();
        house.rests().await;
        house.looks().await;
        assert!(house.card().closed && house.card().name.contains("(confidential)"));
        house.gitlab.by("ana").makes_confidential(house.project, iid, false).unwrap();
        house.rests().await;
        house.looks().await;
        let (issue, card) = (house.issue(iid), house.card());
        assert_eq!((issue.title.as_str(), issue.description.as_str()), ("Boiler is cold", "It is cold."));
        assert_eq!((card.name.as_str(), card.closed, issue.closed), ("[ ISSUE 1 ] Boiler is cold", false, false));
        house.is_silent().await;
    }

    async fn an_issue_that_moves_is_not_closed_by_the_card_of_the_one_it_was(world: World) {
        let mut house = House::of(world).await;
        house.routes(|route| (route.winner, route.project) = (Winner::Trello, ProjectPattern::Any)).await;
        let first = house.opens("Boiler is cold").await;
        let elsewhere = house.gitlab.add_project("team/cellar");
        house.gitlab.by("ana").moves(house.project, first, elsewhere).unwrap();
        house.rests().await;
        house.looks().await;
        let hook = house.gitlab.hooks(house.project).remove(0).url;
        house.gitlab.add_hook(elsewhere, &NewHook { url: &hook, token: Some(SECRET), ..NewHook::default() });
        house.gitlab.by("ana").retitles(elsewhere, 1, "Boiler is cold here").unwrap();
        house.rests().await;
        let issue = house.gitlab.issue(elsewhere, 1).unwrap();
        assert_eq!((issue.closed, issue.title.as_str()), (false, "Boiler is cold here"));
        assert_eq!((house.world.cards().len(), &house.card().list), (1, &house.world.board.lists[0]));
    }

    async fn a_label_for_which_the_board_has_no_room_stays_in_the_issue(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        for label in 0..1000 {
            house.world.trello.add_label(&house.world.board.id, &format!("label {label}"));
        }
        house.gitlab.by("ana").labels(house.project, iid, &["fresh"], &[]).unwrap();
        house.rests().await;
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] Boiler is warm").unwrap();
        house.looks().await;
        assert_eq!((house.card().labels.len(), house.issue(iid).labels), (0, vec!["fresh".to_owned()]));
        house.is_silent().await;
    }

    async fn a_label_that_was_deleted_on_the_board_is_made_again_for_the_next_card(world: World) {
        for iid in [1, 2] {
            world.opens(iid, "Boiler is cold").await;
        }
        world.turns().await;
        let labelled = |iid| with(updated(issue(iid, "Boiler is cold"), 60, "update"), "labels", json!([{ "title": "cellar" }]));
        let label = world.trello.add_label(&world.board.id, "cellar");
        world.sends("Issue Hook", &labelled(1)).await;
        world.turns().await;
        world.trello.delete_label(&label);
        world.sends("Issue Hook", &labelled(2)).await;
        for _ in 0..3 {
            world.later(Duration::from_secs(5)).await;
        }
        assert_eq!(world.cards()[1].labels, ["cellar"]);
        assert_eq!(world.store.count_failed().await.unwrap(), 0);
    }

    async fn labels_that_gitlab_cannot_have_stay_on_the_card(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        let hand = house.world.trello.by("zoe");
        for name in ["cellar, attic", &"long ".repeat(60), "fine"] {
            let label = hand.add_label(&house.world.board.id, name, None).unwrap();
            hand.label_card(&house.card().id, &label).unwrap();
        }
        hand.rename_card(&house.card().id, "[ ISSUE 1 ] Boiler is warm").unwrap();
        house.looks().await;
        assert_eq!((house.issue(iid).labels, house.card().labels.len()), (vec!["fine".to_owned()], 3));
        assert_eq!(house.issue(iid).title, "Boiler is warm");
        house.is_silent().await;
    }

    async fn what_people_archived_is_not_taken_out_for_a_new_column(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.trello.archive_card(&world.cards()[0].id);
        let doing = json!([{ "title": "doing" }]);
        for (seconds, labels) in [(60, doing.clone()), (120, json!([])), (180, doing)] {
            let hook = with(updated(issue(23, "Boiler is cold"), seconds, "update"), "labels", labels);
            world.sends("Issue Hook", &hook).await;
            world.turns().await;
            assert!(world.cards()[0].closed, "after {seconds} s");
        }
        world.sends("Issue Hook", &closed(issue(23, "Boiler is cold"), 240)).await;
        world.turns().await;
        world.sends("Issue Hook", &updated(issue(23, "Boiler is cold"), 300, "reopen")).await;
        world.turns().await;
        assert!(!world.cards()[0].closed);
    }

    async fn a_card_that_people_archived_on_a_two_way_route_stays_there(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.world.trello.by("zoe").archive_card(&house.card().id, true).unwrap();
        house.looks().await;
        house.gitlab.by("ana").labels(house.project, iid, &["doing"], &[]).unwrap();
        house.rests().await;
        house.looks().await;
        assert!(house.card().closed);
        house.is_silent().await;
    }

    async fn what_was_told_and_kept_of_an_issue_goes_when_it_turns_confidential(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("The password is hunter2").await;
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] The password is hunter3").unwrap();
        house.gitlab.by("ana").retitles(house.project, iid, "The password is hunter4").unwrap();
        house.rests().await;
        house.looks().await;
        assert!(house.told(iid).await.contains("hunter3"));
        house.gitlab.by("ana").makes_confidential(house.project, iid, true).unwrap();
        house.rests().await;
        house.looks().await;
        let told = house.told(iid).await;
        assert!(!told.contains("hunter") && told.contains("turned confidential"), "{told}");
        for delivery in house.world.store.deliveries(100, true).await.unwrap() {
            assert!(!String::from_utf8_lossy(&delivery.body).contains("hunter"), "{}", delivery.id);
        }
    }

    async fn a_card_whose_words_are_people_s_is_not_deleted_with_a_confidential_issue(world: World) {
        let mut house = House::of(world).await;
        house.routes(|route| route.fields.description = Direction::Gitlab).await;
        let iid = house.opens("Boiler is cold").await;
        let card = house.card();
        let words = card.description.replace("It is cold.", "It is cold, and I know why.");
        house.world.trello.by("zoe").describe_card(&card.id, &words).unwrap();
        house.looks().await;
        house.gitlab.by("ana").makes_confidential(house.project, iid, true).unwrap();
        house.rests().await;
        assert_eq!(house.world.cards().len(), 1, "Trello's activity keeps their words");
        assert!(house.card().closed && !house.card().description.contains("I know why"));
    }

    async fn an_issue_without_a_route_that_turns_confidential_takes_its_card_with_it(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        world.opens(23, "The password is hunter2").await;
        world.turns().await;
        let other = ProjectPattern::Id(7);
        world.restarts(|config| config.routes[0].project = other).await;
        world.sends("Confidential Issue Hook", &confidential(issue(23, "The password is hunter2"), 60)).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 0);
    }

    async fn a_card_edited_before_its_route_moves_keeps_the_edit(world: World) {
        let mut house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.by("ana").labels(house.project, iid, &["cellar"], &[]).unwrap();
        house.rests().await;
        house.looks().await;
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] Boiler is warm").unwrap();
        let other = house.world.trello.add_board("New house", &["To do", "Doing", "Done"]);
        house.routes(|route| route.board = Some(other.short_link.clone())).await;
        let due = Change { due_date: Some(Some("2026-06-03".parse().unwrap())), ..Change::default() };
        house.gitlab.by("ana").changes(house.project, iid, &due).unwrap();
        house.rests().await;
        house.looks().await;
        let card = house.world.trello.cards(&other.id).remove(0);
        assert_eq!((house.issue(iid).title.as_str(), card.name.as_str()), ("Boiler is warm", "[ ISSUE 1 ] Boiler is warm"));
        assert_eq!((house.issue(iid).labels, card.labels), (vec!["cellar".to_owned()], vec!["cellar".to_owned()]));
    }

    async fn a_card_that_was_on_another_board_for_a_while_leaves_the_issue_its_labels(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.by("ana").labels(house.project, iid, &["cellar"], &[]).unwrap();
        house.rests().await;
        house.looks().await;
        let (card, home) = (house.card(), house.world.board.lists[0].clone());
        let other = house.world.trello.add_board("Elsewhere", &["To do"]);
        house.world.trello.by("zoe").move_card(&card.id, &other.lists[0]).unwrap();
        house.looks().await;
        house.world.trello.by("zoe").move_card(&card.id, &home).unwrap();
        house.looks().await;
        assert_eq!((house.issue(iid).labels, house.card().labels), (vec!["cellar".to_owned()], vec!["cellar".to_owned()]));
        house.is_silent().await;
    }

    async fn a_gitlab_that_lags_behind_its_own_hooks_is_not_asked_for_ever(world: World) {
        let house = House::of(world).await;
        house.opens("Boiler is cold").await;
        let mut ahead: Value = serde_json::from_slice(&house.world.store.deliveries(1, false).await.unwrap()[0].body).unwrap();
        ahead["object_attributes"]["title"] = json!("Boiler is warm");
        ahead["object_attributes"]["updated_at"] = json!("2099-01-01 00:00:00 UTC");
        house.world.sends("Issue Hook", &ahead).await;
        house.world.trello.by("zoe").set_due(&house.card().id, Some("2026-06-03T16:00:00Z".parse().unwrap())).unwrap();
        house.world.trello.forget_calls();
        house.looks().await;
        assert!(house.world.calls().len() < 20);
    }

    async fn a_board_that_was_closed_for_a_while_is_followed_again(world: World) {
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.world.trello.close_board(&house.world.board.id, true);
        for _ in 0..10 {
            house.world.later(Duration::from_secs(1000)).await;
        }
        house.world.trello.close_board(&house.world.board.id, false);
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] Boiler is warm").unwrap();
        for _ in 0..3 {
            house.world.later(Duration::from_secs(1000)).await;
            house.rests().await;
        }
        assert_eq!(house.issue(iid).title, "Boiler is warm");
    }

    async fn a_card_made_without_its_labels_gets_them_next(world: World) {
        world.trello.fail_next("POST /cards", Fault::Answer(400, "invalid value for idLabels"));
        let hook = with(issue(23, "Boiler is cold"), "labels", json!([{ "title": "cellar" }]));
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        assert_eq!(world.cards()[0].labels, ["cellar"]);
    }
}
