//! What is said on an issue is said on its card, once, in order and in its author's name.

use std::time::Duration;

use kanbridge::sandbox::trello::Fault;
use kanbridge::sync::rules::Direction;
use serde_json::{Value, json};

use crate::stories;
use crate::world::{MORNING, World, issue, updated};

const POST: &str = "POST /cards/{id}/actions/comments";

/// A note hook as GitLab 19 sends it when Ana says something, `id` seconds after the morning began.
pub(crate) fn note(iid: i64, id: i64, text: &str) -> Value {
    let at = moment(id);
    let issue = issue(iid, "Boiler is cold");
    json!({
        "object_kind": "note", "event_type": "note",
        "user": { "id": 11, "name": "Ana Agnes", "username": "ana", "avatar_url": null, "email": "[REDACTED]" },
        "project_id": 42, "project": issue["project"],
        "object_attributes": {
            "id": id, "note": text, "description": text, "noteable_type": "Issue", "noteable_id": 9000 + iid,
            "project_id": 42, "author_id": 11, "discussion_id": "4e1f", "type": null, "system": false,
            "internal": false, "action": "create", "created_at": at, "updated_at": at, "commit_id": null,
            "url": format!("https://gitlab.example.com/team/app/-/issues/{iid}#note_{id}"),
        },
        "issue": issue["object_attributes"],
    })
}

fn moment(seconds: i64) -> String {
    format!("{:.3}", jiff::Timestamp::from_second(MORNING + seconds).unwrap())
}

/// The same note with another text, `seconds` after the morning began.
pub(crate) fn edited(mut hook: Value, text: &str, seconds: i64) -> Value {
    hook["object_attributes"]["note"] = json!(text);
    hook["object_attributes"]["action"] = json!("update");
    hook["object_attributes"]["updated_at"] = json!(moment(seconds));
    hook
}

/// The same note, only for members from now on.
pub(crate) fn internal(mut hook: Value, seconds: i64) -> Value {
    hook["event_type"] = json!("confidential_note");
    hook["object_attributes"]["internal"] = json!(true);
    hook["object_attributes"]["updated_at"] = json!(moment(seconds));
    hook
}

/// What the comments on the first card say between their first line and their mark.
fn said(world: &World) -> Vec<String> {
    let words = |text: String| text.split("\n\n").skip(1).take_while(|part| !part.starts_with("`kanbridge")).collect();
    world.cards()[0].comments.iter().map(|comment| words(comment.text.clone())).collect()
}

pub(crate) async fn hears(world: &World, hook: &Value) {
    let (status, answer) = world.sends("Note Hook", hook).await;
    assert_eq!(status, 200, "{answer}");
    world.turns().await;
}

stories! {
    async fn a_note_appears_once_in_its_author_s_name_and_in_order(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.calls();
        world.sends("Note Hook", &note(23, 7, "It **hums**.")).await;
        world.sends("Note Hook", &note(23, 5, "I looked.")).await;
        world.turns().await;
        assert_eq!(world.calls(), [POST, POST], "and nothing is read");
        let comments = world.cards().remove(0).comments;
        assert_eq!(
            comments[0].text,
            "**Ana Agnes** in [GitLab](https://gitlab.example.com/team/app/-/issues/23#note_5):\n\nI looked.\n\n\
             `kanbridge gitlab.example.com/42/23/5`"
        );
        assert_eq!(said(&world), ["I looked.", "It **hums**."]);
    }

    async fn what_is_told_again_or_too_late_changes_nothing(world: World) {
        world.opens(23, "Boiler is cold").await;
        let (first, second) = (note(23, 5, "one"), edited(note(23, 5, "one"), "two", 60));
        hears(&world, &first).await;
        hears(&world, &second).await;
        assert_eq!(said(&world), ["two"]);
        world.calls();
        for hook in [&second, &first, &second, &first] {
            let (_, answer) = world.sends("Note Hook", hook).await;
            assert_eq!(answer["status"], "duplicate");
            let body = hook.to_string();
            let headers = [("x-gitlab-token", crate::world::SECRET), ("webhook-id", "resent")];
            world.sends_with("Note Hook", body, &headers).await;
            world.turns().await;
        }
        world.sends("Issue Hook", &updated(issue(23, "Boiler is cold"), 90, "update")).await;
        world.turns().await;
        assert_eq!((world.calls(), said(&world)), (vec![], vec!["two".to_owned()]));
    }

    async fn an_edit_is_followed_with_one_call(world: World) {
        world.opens(23, "Boiler is cold").await;
        hears(&world, &note(23, 5, "one")).await;
        world.calls();
        let mut edit = edited(note(23, 5, "one"), "two", 60);
        edit["user"] = json!({ "id": 12, "name": "Bo", "username": "bo" });
        hears(&world, &edit).await;
        assert_eq!(world.calls(), ["PUT /actions/{id}"]);
        assert_eq!(said(&world), ["two"]);
        assert!(world.cards()[0].comments[0].text.starts_with("**Ana Agnes** in"), "hers, whoever edited it");
    }

    async fn internal_confidential_and_system_notes_never_appear(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.calls();
        let on_confidential = |mut hook: Value| {
            hook["event_type"] = json!("confidential_note");
            hook["issue"]["confidential"] = json!(true);
            hook
        };
        let mut system = note(23, 8, "changed the milestone");
        system["object_attributes"]["system"] = json!(true);
        world.sends("Confidential Note Hook", &internal(note(23, 5, "hunter2"), 5)).await;
        world.sends("Confidential Note Hook", &on_confidential(note(23, 6, "hunter2"))).await;
        world.sends("Confidential Note Hook", &note(23, 7, "hunter2")).await;
        world.sends("Note Hook", &system).await;
        world.turns().await;
        assert_eq!((world.calls(), said(&world).len()), (vec![], 0));
        let kept = format!("{:?}", world.store.notes(&"gitlab.example.com/42/23".parse().unwrap()).await.unwrap());
        let deliveries = world.store.deliveries(10, true).await.unwrap();
        let bodies: String = deliveries.iter().map(|kept| String::from_utf8_lossy(&kept.body).into_owned()).collect();
        assert!(!kept.contains("hunter2") && !bodies.contains("hunter2"), "{kept} {bodies}");
    }

    async fn a_note_that_turns_internal_takes_its_copy_with_it(world: World) {
        world.opens(23, "Boiler is cold").await;
        hears(&world, &note(23, 5, "hunter2")).await;
        world.calls();
        world.sends("Confidential Note Hook", &internal(note(23, 5, "hunter2"), 60)).await;
        world.turns().await;
        assert_eq!((world.calls(), said(&world).len()), (vec!["DELETE /actions/{id}".to_owned()], 0));
        hears(&world, &edited(note(23, 5, "hunter2"), "hunter3", 30)).await;
        assert_eq!((world.calls(), said(&world).len()), (vec![], 0), "older news bring it back no more");
    }

    async fn a_note_that_came_before_its_issue_waits_for_the_card(world: World) {
        hears(&world, &note(23, 5, "early")).await;
        assert_eq!(world.cards().len(), 0);
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        assert_eq!(said(&world), ["early"]);
    }

    async fn a_lost_answer_makes_no_second_copy(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        let faults = [Fault::DropAfter, Fault::TimeoutAfter, Fault::DropBefore, Fault::TimeoutBefore, Fault::Answer(500, "oops")];
        for (at, fault) in (1..).zip(faults) {
            world.trello.fail_next(POST, fault.clone());
            hears(&world, &note(23, 10 * at, &format!("word {at}"))).await;
            hears(&world, &note(23, 10 * at + 1, &format!("word {at} again"))).await;
            for _ in 0..3 {
                world.later(Duration::from_secs(61)).await;
            }
            let mut wanted: Vec<String> = (1..=at).flat_map(|at| [format!("word {at}"), format!("word {at} again")]).collect();
            wanted.retain(|word| !word.is_empty());
            assert_eq!(said(&world), wanted, "after {fault:?}");
            assert_eq!(world.state(23).await, None);
        }
    }

    async fn a_copy_that_appears_late_is_waited_for(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.trello.fail_next(POST, Fault::ApplyLater);
        hears(&world, &note(23, 5, "one")).await;
        world.later(Duration::from_secs(20)).await;
        assert_eq!(said(&world).len(), 0, "it may still appear");
        world.trello.apply_held_work();
        for _ in 0..3 {
            world.later(Duration::from_secs(61)).await;
        }
        assert_eq!(said(&world), ["one"]);
        hears(&world, &edited(note(23, 5, "one"), "two", 60)).await;
        assert_eq!(said(&world), ["two"], "it is known as the copy");
    }

    async fn an_edit_whose_answer_is_lost_ends_right(world: World) {
        world.opens(23, "Boiler is cold").await;
        hears(&world, &note(23, 5, "one")).await;
        world.trello.fail_next("PUT /actions/{id}", Fault::DropAfter);
        hears(&world, &edited(note(23, 5, "one"), "two", 60)).await;
        hears(&world, &edited(note(23, 5, "one"), "three", 61)).await;
        world.later(Duration::from_secs(61)).await;
        assert_eq!(said(&world), ["three"]);
    }

    async fn a_copy_that_people_deleted_stays_away(world: World) {
        world.opens(23, "Boiler is cold").await;
        hears(&world, &note(23, 5, "one")).await;
        let copy = world.cards()[0].comments[0].clone();
        world.trello.by(&copy.by).delete_comment(&copy.id).unwrap();
        hears(&world, &edited(note(23, 5, "one"), "two", 60)).await;
        hears(&world, &edited(note(23, 5, "one"), "three", 70)).await;
        assert_eq!((said(&world).len(), world.state(23).await), (0, None));
        hears(&world, &note(23, 80, "more")).await;
        assert_eq!(said(&world), ["more"]);
    }

    async fn off_means_off(mut_world: World) {
        let mut world = mut_world;
        world.restarts(|config| config.routes[0].fields.comments = Direction::Off).await;
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.calls();
        hears(&world, &note(23, 5, "one")).await;
        assert_eq!((world.calls(), said(&world).len()), (vec![], 0));
    }

    async fn an_adopted_card_s_copies_are_known_by_their_marks(world: World) {
        let list = world.board.lists[0].clone();
        let description = "https://gitlab.example.com/team/app/-/issues/23";
        let card = world.trello.by("zoe").add_card(&list, "[ ISSUE 23 ] Boiler is cold", description).unwrap();
        let old = "**Ana** in GitLab:\n\none\n\n`kanbridge gitlab.example.com/42/23/5`";
        world.trello.by("zoe").comment(&card, old).unwrap();
        world.opens(23, "Boiler is cold").await;
        hears(&world, &note(23, 5, "one")).await;
        hears(&world, &note(23, 6, "two")).await;
        assert_eq!(said(&world), ["one", "two"]);
    }

    async fn a_card_that_people_deleted_is_noticed_when_something_is_said(world: World) {
        world.opens(23, "Boiler is cold").await;
        hears(&world, &note(23, 5, "one")).await;
        let card = world.cards().remove(0);
        world.trello.by("zoe").delete_card(&card.id).unwrap();
        hears(&world, &note(23, 6, "two")).await;
        assert_eq!((world.cards().len(), world.state(23).await), (0, None));
        world.sends("Issue Hook", &crate::world::closed(issue(23, "Boiler is cold"), 60)).await;
        world.turns().await;
        world.sends("Issue Hook", &updated(issue(23, "Boiler is cold"), 120, "reopen")).await;
        world.turns().await;
        assert_eq!(said(&world), ["one", "two"], "the new card tells the whole story");
    }

    async fn with_a_confidential_issue_its_words_go_as_well(world: World) {
        world.opens(23, "The password is hunter2").await;
        hears(&world, &note(23, 5, "Is it hunter2?")).await;
        let card = world.cards().remove(0);
        let mut hook = updated(issue(23, "The password is hunter2"), 60, "update");
        hook["object_attributes"]["confidential"] = json!(true);
        world.sends("Confidential Issue Hook", &hook).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 0, "our own copies are nobody's work on card {}", card.id);
        assert_eq!(world.store.notes(&"gitlab.example.com/42/23".parse().unwrap()).await.unwrap().len(), 0);
        assert_eq!(world.store.pairs(&"gitlab.example.com/42/23".parse().unwrap()).await.unwrap().len(), 0);
    }

    async fn a_confidential_issue_s_copies_go_where_people_worked_on_its_card(world: World) {
        world.opens(23, "The password is hunter2").await;
        hears(&world, &note(23, 5, "Is it hunter2?")).await;
        world.trello.fail_next(POST, Fault::ApplyLater);
        hears(&world, &note(23, 6, "Yes, hunter2.")).await;
        let card = world.cards().remove(0);
        world.trello.by("zoe").comment(&card.id, "I changed it.").unwrap();
        let mut hook = updated(issue(23, "The password is hunter2"), 60, "update");
        hook["object_attributes"]["confidential"] = json!(true);
        world.sends("Confidential Issue Hook", &hook).await;
        world.turns().await;
        world.trello.apply_held_work();
        for _ in 0..3 {
            world.later(Duration::from_secs(61)).await;
        }
        let card = world.cards().remove(0);
        let texts: Vec<_> = card.comments.iter().map(|comment| comment.text.as_str()).collect();
        assert_eq!((card.closed, texts), (true, vec!["I changed it."]));
    }
}
