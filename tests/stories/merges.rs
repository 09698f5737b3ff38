//! Merge requests that name an issue hang on its card, once, and move it where the route says so.

use std::time::Duration;

use kanbridge::model::IssueRef;
use kanbridge::sandbox::trello::Fault;
use kanbridge::sync::discretion::Confidential;
use kanbridge::sync::merges::MergeRules;
use kanbridge::sync::rules::Direction;
use serde_json::{Value, json};

use crate::following::with_columns;
use crate::stories;
use crate::two_way::House;
use crate::world::{World, closed, issue, updated};

const ATTACH: &str = "POST /cards/{id}/attachments";
const MOVE: &str = "PUT /cards/{id}";
const LOOK: &str = "GET /cards/{id}";

/// 2030-01-01 00:00:00 UTC: after the look-alike made its cards.
const YEARS_LATER: i64 = 1_893_456_000;

/// A merge-request hook as GitLab 19 sends it, `seconds` after it all began.
fn merge(iid: i64, text: &str, action: &str, state: &str, seconds: i64) -> Value {
    let at = |seconds| format!("{:.3}", jiff::Timestamp::from_second(YEARS_LATER + seconds).unwrap());
    json!({
        "object_kind": "merge_request", "event_type": "merge_request",
        "user": { "id": 11, "name": "Ana", "username": "ana", "avatar_url": null, "email": "[REDACTED]" },
        "project": issue(1, "")["project"],
        "object_attributes": {
            "id": 7000 + iid, "iid": iid, "target_project_id": 42, "source_project_id": 42, "title": "Warm the boiler",
            "description": text, "state": state, "action": action, "created_at": at(5), "updated_at": at(seconds),
            "url": url(iid),
        },
        "labels": [], "changes": {},
    })
}

fn url(iid: i64) -> String {
    format!("https://gitlab.example.com/team/app/-/merge_requests/{iid}")
}

pub(crate) fn opened(iid: i64, text: &str) -> Value {
    merge(iid, text, "open", "opened", 5)
}

fn merged(iid: i64, text: &str, seconds: i64) -> Value {
    merge(iid, text, "merge", "merged", seconds)
}

pub(crate) async fn hears(world: &World, hook: &Value) {
    let (status, answer) = world.sends("Merge Request Hook", hook).await;
    assert_eq!(status, 200, "{answer}");
    world.turns().await;
}

/// The merge requests that hang on the first card.
fn hanging(world: &World) -> Vec<String> {
    world.cards()[0].attachments.iter().filter(|url| url.contains("/merge_requests/")).cloned().collect()
}

/// Somebody asks Trello about what hangs on the first card.
async fn asks(world: &World, method: reqwest::Method, attachment: &str) -> Value {
    let url = format!("{}/cards/{}/attachments{attachment}", world.trello.url(), world.cards()[0].id);
    let auth = r#"OAuth oauth_consumer_key="sandbox-key", oauth_token="sandbox-token""#;
    let request = reqwest::Client::new().request(method, url).header("authorization", auth);
    request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
}

/// What hangs there for the merge request 12: its id and name.
async fn hung(world: &World) -> Vec<(String, String)> {
    let hanging = asks(world, reqwest::Method::GET, "").await;
    let part = |attachment: &Value, part: &str| attachment[part].as_str().unwrap().to_owned();
    let ours = hanging.as_array().unwrap().iter().filter(|attachment| attachment["url"] == json!(url(12)));
    ours.map(|attachment| (part(attachment, "id"), part(attachment, "name"))).collect()
}

async fn names(world: &World) -> Vec<String> {
    hung(world).await.into_iter().map(|(_, name)| name).collect()
}

/// It is called otherwise since then.
fn renamed(title: &str, seconds: i64) -> Value {
    let mut hook = merge(12, "See #23", "update", "opened", seconds);
    hook["object_attributes"]["title"] = json!(title);
    hook
}

fn stands(world: &World) -> usize {
    let list = world.cards()[0].list.clone();
    world.board.lists.iter().position(|other| *other == list).unwrap()
}

fn review_and_done(rules: &mut MergeRules) {
    (rules.opened, rules.merged) = (Some("Doing".into()), Some("Done".into()));
}

/// A one-way route on which merge requests move cards, and an open issue with its card.
async fn with_rule(world: &mut World) {
    with_columns(world).await;
    world.restarts(|config| review_and_done(&mut config.routes[0].merges)).await;
    world.opens(23, "Boiler is cold").await;
    world.turns().await;
    world.calls();
}

stories! {
    async fn a_merge_request_hangs_on_the_card_once(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.calls();
        hears(&world, &opened(12, "Closes #23, see #99")).await;
        assert_eq!((world.calls(), hanging(&world)), (vec![LOOK.to_owned(), ATTACH.to_owned()], vec![url(12)]));
        hears(&world, &opened(12, "Closes #23, see #99")).await;
        hears(&world, &merge(12, "Closes #23", "update", "opened", 60)).await;
        hears(&world, &merged(12, "Closes #23", 90)).await;
        let calls = world.calls();
        assert!(!calls.contains(&ATTACH.to_owned()) && !calls.contains(&MOVE.to_owned()), "{calls:?}");
        assert_eq!((hanging(&world), world.cards().len()), (vec![url(12)], 1));
    }

    async fn one_that_people_hung_there_is_not_hung_there_again(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.trello.by("zoe").attach(&world.cards()[0].id, &url(12)).unwrap();
        hears(&world, &opened(12, "team/app#23")).await;
        assert_eq!(hanging(&world), [url(12)]);
    }

    async fn what_a_merge_request_names_is_told_by_number_path_and_address(world: World) {
        for iid in 23..=26 {
            world.opens(iid, "Boiler is cold").await;
        }
        world.turns().await;
        let text = "Fixes #23; Team/app#24 and https://gitlab.example.com/team/app/-/issues/25, not `#26` or other/app#26";
        hears(&world, &opened(12, text)).await;
        let hang = |iid: usize| world.cards()[iid - 23].attachments.iter().filter(|at| **at == url(12)).count();
        assert_eq!([23, 24, 25, 26].map(hang), [1, 1, 1, 0]);
    }

    async fn one_that_came_before_its_issue_waits_for_the_card(world: World) {
        hears(&world, &opened(12, "Closes #23")).await;
        assert_eq!(world.cards().len(), 0);
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        assert_eq!(hanging(&world), [url(12)]);
    }

    async fn an_opened_one_moves_the_card_and_a_merged_one_moves_it_on(mut_world: World) {
        let mut world = mut_world;
        with_rule(&mut world).await;
        hears(&world, &opened(12, "See #23")).await;
        assert_eq!((stands(&world), world.calls()), (1, [LOOK, ATTACH, MOVE].map(str::to_owned).to_vec()));
        hears(&world, &merged(12, "See #23", 60)).await;
        assert_eq!((stands(&world), world.calls()), (2, [LOOK, MOVE].map(str::to_owned).to_vec()));
    }

    async fn a_card_that_was_moved_since_is_not_moved_back(mut_world: World) {
        let mut world = mut_world;
        with_rule(&mut world).await;
        hears(&world, &opened(12, "See #23")).await;
        let todo = world.board.lists[0].clone();
        world.trello.by("zoe").move_card(&world.cards()[0].id, &todo).unwrap();
        hears(&world, &merge(12, "See #23 again", "update", "opened", 60)).await;
        world.sends("Issue Hook", &updated(issue(23, "Boiler is warm"), 70, "update")).await;
        world.turns().await;
        assert_eq!(stands(&world), 0, "people's move stays");
        let mut doing = updated(issue(23, "Boiler is warm"), 80, "update");
        doing["labels"] = json!([{ "title": "doing" }]);
        world.sends("Issue Hook", &doing).await;
        world.turns().await;
        world.sends("Issue Hook", &updated(issue(23, "Boiler is warm"), 90, "update")).await;
        world.turns().await;
        assert_eq!(stands(&world), 0, "and so does the issue's");
        hears(&world, &merge(12, "See #23", "reopen", "opened", 100)).await;
        assert_eq!(stands(&world), 0, "it was open all the time");
    }

    async fn a_closed_issue_s_card_stays_among_the_closed(mut_world: World) {
        let mut world = mut_world;
        with_rule(&mut world).await;
        world.restarts(|config| config.routes[0].merges.merged = Some("Doing".into())).await;
        world.sends("Issue Hook", &closed(issue(23, "Boiler is cold"), 60)).await;
        hears(&world, &merged(12, "Closes #23", 60)).await;
        assert_eq!((stands(&world), hanging(&world)), (2, vec![url(12)]));
    }

    async fn what_was_opened_before_the_card_was_made_moves_nothing(mut_world: World) {
        let mut world = mut_world;
        with_rule(&mut world).await;
        let mut old = merge(12, "See #23", "update", "opened", 60);
        old["object_attributes"]["created_at"] = json!("2020-01-01T00:00:00.000Z");
        hears(&world, &old).await;
        assert_eq!((stands(&world), hanging(&world)), (0, vec![url(12)]));
    }

    async fn one_that_is_renamed_hangs_there_by_its_new_name_and_no_more_by_its_old_one(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        hears(&world, &opened(12, "See #23")).await;
        assert_eq!(names(&world).await, ["!12 Warm the boiler"]);
        hears(&world, &renamed("Heat the boiler", 60)).await;
        assert_eq!(names(&world).await, ["!12 Heat the boiler"]);
        world.calls();
        hears(&world, &renamed("Heat the boiler", 70)).await;
        assert_eq!(world.calls(), Vec::<String>::new());
    }

    async fn a_renamed_one_hangs_there_once_though_answers_are_lost(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        hears(&world, &opened(12, "See #23")).await;
        let detach = "DELETE /cards/{id}/attachments/{idAttachment}";
        let faults = [(ATTACH, Fault::DropAfter), (ATTACH, Fault::ApplyLater), (detach, Fault::DropAfter), (detach, Fault::Answer(503, "later"))];
        for (number, (route, fault)) in faults.into_iter().enumerate() {
            world.trello.fail_next(route, fault);
            let title = format!("Heat it {number}");
            hears(&world, &renamed(&title, 60 + i64::try_from(number).unwrap())).await;
            world.later(Duration::from_secs(5)).await;
            world.trello.apply_held_work();
            for _ in 0..3 {
                world.later(Duration::from_secs(61)).await;
            }
            assert_eq!(names(&world).await, [format!("!12 {title}")], "{route}");
        }
    }

    async fn one_that_is_renamed_again_before_the_first_answer_leaves_no_old_name_behind(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.trello.fail_next(ATTACH, Fault::DropAfter);
        hears(&world, &opened(12, "See #23")).await;
        for (number, title) in ["Heat the boiler", "Heat it", "Warm the boiler"].into_iter().enumerate() {
            world.trello.fail_next(ATTACH, Fault::ApplyLater);
            hears(&world, &renamed(title, 60 + i64::try_from(number).unwrap())).await;
            world.later(Duration::from_secs(5)).await;
            world.trello.apply_held_work();
        }
        for _ in 0..4 {
            world.later(Duration::from_secs(61)).await;
        }
        assert_eq!(names(&world).await, ["!12 Warm the boiler"]);
        world.calls();
        hears(&world, &renamed("Warm the boiler", 90)).await;
        assert_eq!(world.calls(), Vec::<String>::new());
    }

    async fn one_that_people_took_off_does_not_come_back_by_another_name(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        hears(&world, &opened(12, "See #23")).await;
        let [(id, _)] = hung(&world).await.try_into().unwrap();
        asks(&world, reqwest::Method::DELETE, &format!("/{id}")).await;
        hears(&world, &renamed("Heat the boiler", 60)).await;
        assert_eq!(names(&world).await, Vec::<String>::new());
    }

    async fn a_lost_answer_makes_no_second_attachment(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        for fault in [Fault::TimeoutAfter, Fault::DropAfter, Fault::Answer(503, "later"), Fault::TimeoutBefore] {
            let iid = 12 + i64::try_from(hanging(&world).len()).unwrap();
            world.trello.fail_next(ATTACH, fault);
            hears(&world, &opened(iid, "See #23")).await;
            for _ in 0..4 {
                world.later(Duration::from_secs(61)).await;
            }
            assert_eq!(hanging(&world).last(), Some(&url(iid)));
        }
        let mut once = hanging(&world);
        once.dedup();
        assert_eq!((once.len(), hanging(&world).len()), (4, 4));
    }

    async fn an_attachment_that_appears_late_is_waited_for(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.trello.fail_next(ATTACH, Fault::ApplyLater);
        hears(&world, &opened(12, "See #23")).await;
        world.later(Duration::from_secs(5)).await;
        world.trello.apply_held_work();
        for _ in 0..3 {
            world.later(Duration::from_secs(61)).await;
        }
        assert_eq!(hanging(&world), [url(12)]);
    }

    async fn a_move_whose_answer_was_lost_is_not_made_after_people_s(mut_world: World) {
        let mut world = mut_world;
        with_rule(&mut world).await;
        world.trello.fail_next(MOVE, Fault::DropAfter);
        hears(&world, &opened(12, "See #23")).await;
        assert_eq!(stands(&world), 1);
        let todo = world.board.lists[2].clone();
        world.trello.by("zoe").move_card(&world.cards()[0].id, &todo).unwrap();
        world.later(Duration::from_secs(61)).await;
        assert_eq!((stands(&world), hanging(&world)), (2, vec![url(12)]));
    }

    async fn a_bridge_that_stops_in_between_goes_on_where_it_was(mut_world: World) {
        let mut world = mut_world;
        with_rule(&mut world).await;
        for (route, fault) in [(ATTACH, Fault::DropAfter), (MOVE, Fault::Answer(503, "later"))] {
            world.trello.fail_next(route, fault);
            hears(&world, &merge(12, "See #23", "open", "opened", 5)).await;
            world.restarts(|_| ()).await;
            world.later(Duration::from_secs(61)).await;
        }
        world.later(Duration::from_secs(61)).await;
        assert_eq!((stands(&world), hanging(&world)), (1, vec![url(12)]));
    }

    async fn where_they_are_off_nothing_hangs_on_the_card(mut_world: World) {
        let mut world = mut_world;
        world.restarts(|config| config.routes[0].merges = MergeRules::off()).await;
        world.opens(23, "Boiler is cold").await;
        hears(&world, &opened(12, "See #23")).await;
        assert_eq!(hanging(&world).len(), 0);
    }

    async fn a_confidential_issue_has_no_merge_requests(mut_world: World) {
        let mut world = mut_world;
        with_columns(&mut world).await;
        for mode in [Confidential::Skip, Confidential::Redact] {
            world.restarts(|config| config.routes[0].confidential = mode).await;
            let iid = if mode == Confidential::Skip { 23 } else { 24 };
            let mut hook = issue(iid, "The password is hunter2");
            hook["object_attributes"]["confidential"] = json!(true);
            world.sends("Confidential Issue Hook", &hook).await;
            hears(&world, &opened(12, &format!("Closes #{iid}: hunter2"))).await;
            let id: IssueRef = format!("gitlab.example.com/42/{iid}").parse().unwrap();
            assert_eq!((world.store.merges(&id).await.unwrap(), world.calls().contains(&ATTACH.to_owned())), (vec![], false));
        }
        assert_eq!((world.cards().len(), hanging(&world).len()), (1, 0));
    }

    async fn a_merge_request_leaves_with_an_issue_that_turns_confidential(mut_world: World) {
        let mut world = mut_world;
        world.opens(23, "Boiler is cold").await;
        hears(&world, &opened(12, "See #23")).await;
        world.trello.by("zoe").comment(&world.cards()[0].id, "On my way.").unwrap();
        let mut hook = updated(issue(23, "Boiler is cold"), 60, "update");
        hook["object_attributes"]["confidential"] = json!(true);
        world.sends("Confidential Issue Hook", &hook).await;
        world.turns().await;
        assert!(world.cards()[0].closed);
        assert_eq!(hanging(&world).len(), 0);
        world.restarts(|_| ()).await;
        world.opens(24, "Boiler is cold").await;
        hears(&world, &opened(13, "See #24")).await;
        let mut hook = updated(issue(24, "Boiler is cold"), 60, "update");
        hook["object_attributes"]["confidential"] = json!(true);
        world.sends("Confidential Issue Hook", &hook).await;
        world.turns().await;
        assert_eq!(world.cards().len(), 1, "nobody else had worked on the second");
    }

    async fn with_a_token_what_no_hook_told_is_found(world: World) {
        let mut house = House::with(world, Direction::Gitlab, kanbridge::sandbox::gitlab::Clock::system()).await;
        house.routes(|route| review_and_done(&mut route.merges)).await;
        let iid = house.opens("Boiler is cold").await;
        for hook in house.gitlab.hooks(house.project) {
            house.gitlab.delete_hook(hook.id);
        }
        house.gitlab.by("ana").opens_merge_request(house.project, "Warm it", &format!("See #{iid}")).unwrap();
        house.world.later(Duration::from_secs(700)).await;
        house.rests().await;
        assert_eq!((hanging(&house.world).len(), stands(&house.world)), (1, 1));
        house.gitlab.by("ana").ends_merge_request(house.project, 1, true).unwrap();
        house.gitlab.by("ana").comments(house.project, iid, "Merged.").unwrap();
        house.world.later(Duration::from_secs(700)).await;
        house.rests().await;
        assert_eq!((hanging(&house.world).len(), stands(&house.world)), (1, 2));
    }

    async fn on_a_two_way_route_the_issue_follows_where_the_card_went(world: World) {
        let mut house = House::of(world).await;
        house.routes(|route| review_and_done(&mut route.merges)).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.by("ana").opens_merge_request(house.project, "Warm it", &format!("See #{iid}")).unwrap();
        house.rests().await;
        house.looks().await;
        assert_eq!((stands(&house.world), house.issue(iid).labels), (1, vec!["doing".to_owned()]));
        house.gitlab.by("ana").ends_merge_request(house.project, 1, true).unwrap();
        house.rests().await;
        house.looks().await;
        assert!(stands(&house.world) == 2 && house.issue(iid).closed);
        assert_eq!(hanging(&house.world).len(), 1);
        house.is_silent().await;
    }

    async fn a_merge_request_of_a_project_without_a_route_stays_where_it_is(world: World) {
        let house = House::of(world).await;
        let secret = house.gitlab.add_project("team/secret");
        let iid = house.opens("Boiler is cold").await;
        let hook = kanbridge::sandbox::gitlab::NewHook {
            url: &format!("http://{}/webhooks/gitlab", house.world.address()),
            token: Some(crate::world::SECRET),
            ..kanbridge::sandbox::gitlab::NewHook::default()
        };
        house.gitlab.add_hook(secret, &hook);
        house.gitlab.by("root").opens_merge_request(secret, "Plan", &format!("See team/app#{iid}")).unwrap();
        house.rests().await;
        house.looks().await;
        assert_eq!(hanging(&house.world).len(), 0);
    }
}
