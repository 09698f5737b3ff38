//! What is rare between an issue and its card, and must come right all the same.

use std::time::Duration;

use serde_json::{Value, json};

use crate::following::with_columns;
use crate::stories;
use crate::world::{issue, updated};

fn with(mut hook: Value, field: &str, value: Value) -> Value {
    hook[field] = value;
    hook
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
}
