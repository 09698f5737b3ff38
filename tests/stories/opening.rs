//! The main job: an issue opens in GitLab, its card stands on the Trello list.

use std::time::Duration;

use kanbridge::sync::rules::ProjectPattern;
use serde_json::json;

use crate::stories;
use crate::world::{closed, issue, three_columns, updated};

stories! {
    async fn an_issue_that_opens_gets_a_card_with_everything_on_it(world: World) {
        world.trello.add_label(&world.board.id, "urgent");
        let mut hook = issue(23, "Boiler is cold");
        hook["object_attributes"]["due_date"] = json!("2026-06-01");
        hook["labels"] = json!([{ "title": "urgent", "color": "#ff0000" }, { "title": "cellar", "color": "#00ff00" }]);
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        let card = world.cards().remove(0);
        let url = "https://gitlab.example.com/team/app/-/issues/23";
        assert_eq!((card.name.as_str(), card.list.as_str()), ("[ ISSUE 23 ] Boiler is cold", world.board.lists[0].as_str()));
        assert_eq!(card.description, format!("{url}\n\nThe text of Boiler is cold.\n\n`kanbridge gitlab.example.com/42/23`"));
        assert_eq!((card.labels, card.attachments), (vec!["urgent".into(), "cellar".into()], vec![url.to_owned()]));
        assert_eq!(card.due.as_deref(), Some("2026-06-01T12:00:00.000Z"));
    }

    async fn one_call_makes_a_card_once_the_board_is_known(world: World) {
        world.opens(1, "First").await;
        world.turns().await;
        let board = ["GET /lists/{id}", "GET /boards/{id}", "GET /boards/{id}/lists", "GET /boards/{id}/labels", "GET /boards/{id}/cards"];
        assert_eq!(world.calls(), [board.as_slice(), &["POST /cards"]].concat());
        for iid in 2..12 {
            world.opens(iid, "Another").await;
        }
        world.turns().await;
        assert_eq!(world.calls(), ["POST /cards"; 10]);
        assert_eq!(world.cards().len(), 11);
    }

    async fn a_label_that_is_missing_is_made_once(world: World) {
        for iid in 1..4 {
            let mut hook = issue(iid, "Labelled");
            hook["labels"] = json!([{ "title": "cellar", "color": "#00ff00" }]);
            world.sends("Issue Hook", &hook).await;
        }
        world.turns().await;
        assert_eq!(world.calls().iter().filter(|call| *call == "POST /labels").count(), 1);
        assert_eq!(world.trello.labels(&world.board.id), ["cellar"]);
    }

    async fn an_event_that_changes_nothing_costs_no_call(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.calls();
        world.sends("Issue Hook", &updated(issue(23, "Boiler is cold"), 60, "update")).await;
        assert_eq!((world.turns().await, world.calls()), (1, vec![]));
        assert_eq!(world.cards().len(), 1);
    }

    async fn a_closed_issue_that_nobody_knew_gets_no_card(world: World) {
        world.sends("Issue Hook", &closed(issue(23, "Long ago"), 60)).await;
        world.turns().await;
        assert_eq!((world.cards().len(), world.calls().len()), (0, 0));
    }

    async fn an_update_makes_the_card_whose_opening_was_lost(world: World) {
        world.sends("Issue Hook", &updated(issue(23, "Boiler is cold"), 60, "update")).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 1);
    }

    async fn the_newest_state_wins_whatever_the_order_of_arrival(world: World) {
        world.sends("Issue Hook", &updated(issue(23, "New title"), 60, "update")).await;
        world.sends("Issue Hook", &issue(23, "Old title")).await;
        world.turns().await;
        assert_eq!(world.cards()[0].name, "[ ISSUE 23 ] New title");
    }

    async fn a_confidential_issue_leaves_no_trace(world: World) {
        let mut hook = issue(23, "The password is hunter2");
        hook["object_attributes"]["confidential"] = json!(true);
        let (status, answer) = world.sends("Confidential Issue Hook", &hook).await;
        assert_eq!((status, &answer["status"]), (200, &json!("ignored")));
        world.turns().await;
        assert_eq!((world.cards().len(), world.calls().len()), (0, 0));
        let kept = format!("{:?}", world.store.deliveries(10, true).await.unwrap());
        let known = format!("{:?}", world.store.observation(&"gitlab.example.com/42/23".parse().unwrap()).await.unwrap());
        assert!(!kept.contains("hunter2") && !known.contains("hunter2"), "{kept} {known}");
    }

    async fn an_issue_that_turns_confidential_before_its_turn_gets_no_card(world: World) {
        world.opens(23, "Boiler is cold").await;
        let mut hook = updated(issue(23, "Boiler is cold"), 1, "update");
        hook["object_attributes"]["confidential"] = json!(true);
        world.sends("Confidential Issue Hook", &hook).await;
        world.sends("Issue Hook", &issue(23, "Boiler is cold")).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 0);
    }

    async fn a_card_that_the_origin_made_is_adopted(world: World) {
        let url = "http://gitlab.example.com/Team/App/issues/23";
        let old = world.trello.add_card(&world.board.lists[1], "[ ISSUE 23 ] Boiler", &format!("ISSUE 23: {url}"));
        world.trello.add_card(&world.board.lists[1], "[ ISSUE 23 ] Boiler", &format!("a copy: {url}"));
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        assert_eq!(world.cards().len(), 2);
        let link = world.store.link(&"gitlab.example.com/42/23".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((link.card.map(|card| card.to_string()), link.adopted), (Some(old), true), "the oldest open one");
    }

    async fn an_archived_card_of_other_means_is_not_adopted(world: World) {
        let url = "http://gitlab.example.com/team/app/issues/23";
        let old = world.trello.add_card(&world.board.lists[1], "[ ISSUE 23 ] Boiler", url);
        world.trello.archive_card(&old);
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        assert_eq!(world.cards().len(), 2);
    }

    async fn memory_that_was_lost_makes_no_second_card(world: World) {
        let mut cards = Vec::new();
        for iid in 1..=1100 {
            let mark = format!("text\n\n`kanbridge gitlab.example.com/42/{iid}`");
            cards.push(world.trello.add_card(&world.board.lists[0], &format!("[ ISSUE {iid} ] x"), &mark));
        }
        world.trello.archive_card(&cards[0]);
        world.opens(1, "Archived by a person, and respected").await;
        world.opens(1100, "On the second page of cards").await;
        world.turns().await;
        assert_eq!(world.cards().len(), 1100);
        assert_eq!(world.calls().iter().filter(|call| *call == "GET /boards/{id}/cards").count(), 2, "a thousand a call");
    }

    async fn columns_follow_labels_and_lists_follow_renames(world: World) {
        let mut world = world;
        let route = three_columns(&world.board.short_link);
        world.restarts(|config| config.routes = vec![route]).await;
        let mut hook = issue(1, "Labelled");
        hook["labels"] = json!([{ "title": "doing" }]);
        world.sends("Issue Hook", &hook).await;
        world.opens(2, "Plain").await;
        world.turns().await;
        world.trello.change_list(&world.board.lists[0], "Backlog", false);
        world.restarts(|_| {}).await;
        world.opens(3, "After the rename").await;
        world.turns().await;
        let lists: Vec<String> = world.cards().into_iter().map(|card| card.list).collect();
        let [todo, doing, _] = &world.board.lists[..] else { unreachable!() };
        assert_eq!(lists, [doing.clone(), todo.clone(), todo.clone()]);
    }

    async fn a_project_without_a_route_is_let_pass(world: World) {
        let mut world = world;
        let mut route = three_columns(&world.board.id);
        route.project = ProjectPattern::Path("team/other".into());
        world.restarts(|config| config.routes = vec![route]).await;
        world.opens(23, "Elsewhere").await;
        assert_eq!((world.turns().await, world.calls().len()), (1, 0));
        world.restarts(|config| config.routes[0].project = ProjectPattern::Group("team".into())).await;
        let delivery = world.store.deliveries(1, false).await.unwrap().remove(0);
        world.store.mark(&delivery.key.unwrap().parse().unwrap(), kanbridge::model::Rank::Live, None).await.unwrap();
        world.turns().await;
        assert_eq!(world.cards().len(), 1, "once there is a route, a replay makes the card");
    }

    async fn a_list_that_is_archived_meanwhile_is_noticed(world: World) {
        world.opens(1, "Before").await;
        world.turns().await;
        world.trello.change_list(&world.board.lists[0], "To do", true);
        world.clock.advance(Duration::from_secs(16 * 60));
        world.opens(2, "After").await;
        for _ in 0..3 {
            world.later(Duration::from_secs(60)).await;
        }
        assert_eq!(world.cards().len(), 1);
        let (failed, reason) = world.state(2).await.unwrap();
        assert!(failed && reason.contains("archived") && reason.contains("send it back"), "{reason}");
    }
}
