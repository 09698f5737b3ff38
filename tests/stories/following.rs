//! What happens to an issue happens to its card.

use std::time::Duration;

use kanbridge::sandbox::trello::Fault;
use kanbridge::sync::rules::Route;
use serde_json::json;

use crate::stories;
use crate::world::{World, closed, issue, three_columns, updated};

/// A bridge whose route has a column for each kind of issue.
pub(crate) async fn with_columns(world: &mut World) {
    let people = [("ana".to_owned(), "ana_trello".to_owned())].into();
    let route = Route { people, ..three_columns(&world.board.short_link) };
    world.restarts(|config| config.routes = vec![route]).await;
}

stories! {
    async fn a_new_title_text_and_due_day_are_one_call(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.calls();
        let mut hook = updated(issue(23, "Boiler is warm"), 60, "update");
        hook["object_attributes"]["description"] = json!("Better.");
        hook["object_attributes"]["due_date"] = json!("2026-06-03");
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        assert_eq!(world.calls(), ["PUT /cards/{id}"]);
        let card = world.cards().remove(0);
        assert_eq!(card.name, "[ ISSUE 23 ] Boiler is warm");
        assert!(card.description.contains("\n\nBetter.\n\n`kanbridge"), "{}", card.description);
        assert_eq!(card.due.as_deref(), Some("2026-06-03T12:00:00.000Z"));
        let mut hook = updated(hook, 120, "update");
        hook["object_attributes"]["due_date"] = json!(null);
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        assert_eq!((world.cards().remove(0).due, world.calls()), (None, vec!["PUT /cards/{id}".to_owned()]));
    }

    async fn a_hundred_edits_in_a_burst_cost_at_most_three_calls(world: World) {
        world.opens(23, "Draft").await;
        world.turns().await;
        world.calls();
        for edit in 1..=100 {
            world.sends("Issue Hook", &updated(issue(23, &format!("Draft {edit}")), edit, "update")).await;
        }
        world.turns().await;
        assert_eq!(world.cards().remove(0).name, "[ ISSUE 23 ] Draft 100");
        assert!(world.calls().len() <= 3);
    }

    async fn a_closed_issue_s_card_is_archived_where_no_list_is_for_it_and_comes_back(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.sends("Issue Hook", &closed(issue(23, "Boiler is cold"), 60)).await;
        world.turns().await;
        assert!(world.cards()[0].closed);
        world.sends("Issue Hook", &updated(issue(23, "Boiler is cold"), 120, "reopen")).await;
        world.turns().await;
        let cards = world.cards();
        assert_eq!((cards.len(), cards[0].closed, &cards[0].list), (1, false, &world.board.lists[0]));
    }

    async fn the_card_stands_where_state_and_labels_say(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        let labelled = |hook: serde_json::Value| {
            let mut hook = hook;
            hook["labels"] = json!([{ "title": "doing", "color": "#00ff00" }]);
            hook
        };
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        let stands = |world: &World| world.board.lists.iter().position(|list| *list == world.cards()[0].list).unwrap();
        assert_eq!(stands(&world), 0);
        world.calls();
        world.sends("Issue Hook", &labelled(updated(issue(23, "Boiler is cold"), 60, "update"))).await;
        world.turns().await;
        assert_eq!((stands(&world), world.cards()[0].labels.clone()), (1, vec!["doing".to_owned()]));
        assert_eq!(world.calls(), ["PUT /cards/{id}", "GET /boards/{id}/labels", "POST /labels", "POST /cards/{id}/idLabels"]);
        world.sends("Issue Hook", &labelled(closed(issue(23, "Boiler is cold"), 120))).await;
        world.turns().await;
        assert_eq!((stands(&world), world.cards()[0].closed), (2, false));
        world.sends("Issue Hook", &labelled(updated(issue(23, "Boiler is cold"), 180, "reopen"))).await;
        world.turns().await;
        assert_eq!(stands(&world), 1, "back to where its label says");
        world.sends("Issue Hook", &updated(issue(23, "Boiler is cold"), 240, "update")).await;
        world.turns().await;
        assert_eq!((stands(&world), world.cards()[0].labels.len()), (0, 0));
    }

    async fn a_closed_issue_s_card_is_done_and_a_reopened_one_s_is_not(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        let mut hook = issue(23, "Boiler is cold");
        hook["object_attributes"]["due_date"] = json!("2026-06-03");
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        assert!(!world.cards()[0].due_complete);
        world.sends("Issue Hook", &closed(hook.clone(), 60)).await;
        world.turns().await;
        assert!(world.cards()[0].due_complete);
        world.sends("Issue Hook", &updated(hook, 120, "reopen")).await;
        world.turns().await;
        assert!(!world.cards()[0].due_complete);
    }

    async fn labels_that_people_put_on_the_card_stay(world: World) {
        let mut hook = issue(23, "Boiler is cold");
        hook["labels"] = json!([{ "title": "urgent", "color": "#ff0000" }]);
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        let mine = world.trello.add_label(&world.board.id, "mine");
        let card = world.cards().remove(0);
        world.trello.by("zoe").label_card(&card.id, &mine).unwrap();
        let mut hook = updated(issue(23, "Boiler is cold"), 60, "update");
        hook["labels"] = json!([{ "title": "later", "color": "#0000ff" }]);
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        assert_eq!(world.cards()[0].labels, ["mine", "later"]);
    }

    async fn who_is_assigned_is_a_member_or_named_in_the_footer(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        world.trello.by("zoe").invite(&world.board.id, "ana_trello").unwrap();
        world.trello.by("zoe").invite(&world.board.id, "ben").unwrap();
        let mut hook = issue(23, "Boiler is cold");
        hook["assignees"] = json!([{ "username": "ana" }, { "username": "zoe" }]);
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        let card = world.cards().remove(0);
        assert_eq!(card.members, ["ana_trello"]);
        assert!(card.description.contains("\n\nAssigned in GitLab: zoe\n`kanbridge"), "{}", card.description);
        let mut hook = updated(hook, 60, "update");
        hook["assignees"] = json!([{ "username": "ben" }]);
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        let card = world.cards().remove(0);
        assert_eq!(card.members, ["ben"]);
        assert!(!card.description.contains("Assigned in GitLab"), "{}", card.description);
    }

    async fn a_footer_that_changes_leaves_what_people_wrote_on_the_card(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        let card = world.cards().remove(0);
        let written = card.description.replace("The text of", "Careful, hot! The text of");
        world.trello.by("zoe").describe_card(&card.id, &written).unwrap();
        let mut hook = updated(issue(23, "Boiler is cold"), 60, "update");
        hook["assignees"] = json!([{ "username": "nobody_on_the_board" }]);
        hook["object_attributes"]["description"] = json!("The text of Boiler is cold.\n<!-- what no card shows -->");
        world.sends("Issue Hook", &hook).await;
        world.turns().await;
        let card = world.cards().remove(0);
        assert!(card.description.contains("Careful, hot!"), "{}", card.description);
        assert!(card.description.contains("Assigned in GitLab: nobody_on_the_board"), "{}", card.description);
    }

    async fn a_card_that_people_deleted_comes_back_when_the_issue_is_reopened(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        let card = world.cards().remove(0);
        world.trello.by("zoe").delete_card(&card.id).unwrap();
        world.sends("Issue Hook", &updated(issue(23, "Boiler is warm"), 60, "update")).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 0, "it is respected");
        world.sends("Issue Hook", &closed(issue(23, "Boiler is warm"), 120)).await;
        world.turns().await;
        world.calls();
        world.sends("Issue Hook", &updated(issue(23, "Boiler is warm"), 180, "reopen")).await;
        world.turns().await;
        assert_eq!((world.cards().len(), world.calls()), (1, vec!["POST /cards".to_owned()]));
        let told = world.store.told(&"gitlab.example.com/42/23".parse().unwrap(), 10).await.unwrap();
        assert!(told.iter().any(|(_, told)| told.contains("deleted")), "{told:?}");
    }

    async fn a_card_that_people_archived_stays_so_until_the_issue_is_reopened(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.trello.archive_card(&world.cards()[0].id);
        world.sends("Issue Hook", &updated(issue(23, "Boiler is warm"), 60, "update")).await;
        world.turns().await;
        let card = world.cards().remove(0);
        assert_eq!((card.closed, card.name.as_str()), (true, "[ ISSUE 23 ] Boiler is warm"));
        world.sends("Issue Hook", &updated(issue(23, "Boiler is hot"), 90, "update")).await;
        world.turns().await;
        let told = world.store.told(&"gitlab.example.com/42/23".parse().unwrap(), 10).await.unwrap();
        let told: Vec<&str> = told.iter().map(|(_, told)| told.as_str()).collect();
        assert_eq!(told, ["people archived the card: it stays in the archive until the issue is reopened"]);
        world.sends("Issue Hook", &closed(issue(23, "Boiler is warm"), 120)).await;
        world.turns().await;
        world.sends("Issue Hook", &updated(issue(23, "Boiler is warm"), 180, "reopen")).await;
        world.turns().await;
        assert!(!world.cards()[0].closed);
    }

    async fn a_write_whose_answer_is_lost_is_repeated_and_ends_right(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        for fault in [Fault::DropAfter, Fault::TimeoutAfter, Fault::DropBefore, Fault::Answer(500, "oops")] {
            world.trello.fail_next("PUT /cards/{id}", fault);
        }
        world.sends("Issue Hook", &updated(issue(23, "Boiler is warm"), 60, "update")).await;
        world.turns().await;
        world.sends("Issue Hook", &updated(issue(23, "Boiler is cold"), 120, "update")).await;
        for _ in 0..6 {
            world.later(Duration::from_secs(61)).await;
        }
        assert_eq!(world.cards()[0].name, "[ ISSUE 23 ] Boiler is cold", "as it was, though the card was another meanwhile");
        assert_eq!(world.state(23).await, None);
    }

    async fn a_public_issue_that_turns_confidential_takes_its_card_with_it(world: World) {
        world.opens(23, "The password is hunter2").await;
        world.turns().await;
        let mut hook = updated(issue(23, "The password is hunter2"), 60, "update");
        hook["object_attributes"]["confidential"] = json!(true);
        world.sends("Confidential Issue Hook", &hook).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 0, "only we had written on it");
        world.sends("Issue Hook", &updated(issue(23, "The password is changed"), 120, "update")).await;
        world.turns().await;
        assert_eq!(world.cards()[0].name, "[ ISSUE 23 ] The password is changed", "public again: a card again");
    }

    async fn a_confidential_issue_s_card_that_people_worked_on_is_emptied_and_archived(world: World) {
        world.opens(23, "The password is hunter2").await;
        world.turns().await;
        let card = world.cards().remove(0);
        world.trello.by("zoe").comment(&card.id, "I changed it yesterday.").unwrap();
        let mut hook = updated(issue(23, "The password is hunter2"), 60, "update");
        hook["object_attributes"]["confidential"] = json!(true);
        world.sends("Confidential Issue Hook", &hook).await;
        world.turns().await;
        let card = world.cards().remove(0);
        assert!(card.closed && !card.name.contains("hunter2") && !card.description.contains("hunter2"), "{card:?}");
        world.calls();
        world.sends("Confidential Issue Hook", &updated(hook, 120, "update")).await;
        assert_eq!((world.turns().await, world.calls()), (1, vec![]), "once is enough");
        world.sends("Issue Hook", &updated(issue(23, "Public again"), 180, "update")).await;
        world.turns().await;
        let card = world.cards().remove(0);
        assert_eq!((card.closed, card.name.as_str()), (false, "[ ISSUE 23 ] Public again"));
        assert!(card.description.contains("The text of Public again."), "{}", card.description);
    }

    async fn a_route_to_another_board_takes_the_cards_along(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        let other = world.trello.add_board("New house", &["To do", "Doing", "Done"]);
        let link = other.short_link.clone();
        world.restarts(|config| config.routes[0].board = Some(link)).await;
        world.sends("Issue Hook", &updated(issue(23, "Boiler is warm"), 60, "update")).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 0);
        let card = world.trello.cards(&other.id).remove(0);
        assert_eq!((card.name.as_str(), &card.list), ("[ ISSUE 23 ] Boiler is warm", &other.lists[0]));
    }
}
