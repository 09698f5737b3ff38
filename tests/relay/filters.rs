//! What a relay tells, and why it does not tell the rest.

use std::time::Duration;

use kanbridge::model::{Activity, Field};
use kanbridge::relay::{Filter, Scene, Verdict, Wanted, judge, nameable, usual};
use serde_json::{Value, json};

use super::{ANA, about_bo, action, relay};

fn wanted(actions: &[&str]) -> Wanted {
    Wanted { actions: Some(actions.iter().map(|action| (*action).to_owned()).collect()), ..Wanted::default() }
}

/// Why it is not told; empty where it is.
fn silence(wanted: &Wanted, activity: &Activity, scene: Scene) -> String {
    match judge(activity, &relay(Filter::parse(wanted).unwrap()), scene) {
        Verdict::Silent(silence) => silence.to_string(),
        Verdict::Tell(_) => String::new(),
        Verdict::TellPlainly(_, failed) => panic!("{failed}"),
    }
}

fn why(wanted: &Wanted, activity: &Activity) -> String {
    silence(wanted, activity, Scene::default())
}

fn updated(old: Value) -> Activity {
    action("updateCard", json!({"old": old}))
}

fn moved() -> Activity {
    let lists =
        json!({"listBefore": {"id": ANA, "name": "To do"}, "listAfter": {"name": "Done"}, "old": {"idList": ANA}});
    action("updateCard", lists)
}

#[test]
fn by_default_what_the_first_origin_told_is_told_and_what_comes_and_goes() {
    let default = Wanted::default();
    assert_eq!(Filter::parse(&default), Ok(Filter::default()));
    let item = json!({"checkItem": {"state": "complete"}});
    let told = [
        action("createCard", json!({})),
        action("commentCard", json!({})),
        moved(),
        action("updateCheckItemStateOnCard", item),
        updated(json!({"closed": false})),
        action("addAttachmentToCard", json!({})),
        about_bo("addMemberToCard", json!({})),
    ];
    for activity in told {
        assert_eq!(why(&default, &activity), "", "{}", activity.kind);
    }
    assert_eq!(why(&default, &updated(json!({"desc": ""}))), "filter: updateCard:desc is not among its actions");
    assert_eq!(why(&default, &action("createList", json!({}))), "filter: createList is not among its actions");
    assert_eq!(why(&default, &action("somethingNew", json!({}))), "filter: somethingNew is not among its actions");
}

#[test]
fn noise_is_told_only_where_it_is_named_exactly() {
    let shifted = updated(json!({"pos": 1}));
    for broad in [&["*"][..], &["updateCard"], &["default", "updateCard"]] {
        assert_eq!(why(&wanted(broad), &shifted), "noise: a card's place in its list", "{broad:?}");
    }
    assert_eq!(why(&wanted(&["updateCard:pos"]), &shifted), "");
    let painted = action("updateBoard", json!({"old": {"prefs": {"background": "blue"}}}));
    assert_eq!(why(&wanted(&["*"]), &painted), "noise: a board's background and settings");
    let published = action("updateBoard", json!({"old": {"prefs": {"permissionLevel": "org"}}}));
    assert_eq!(why(&wanted(&["*"]), &published), "", "who may see a board is no noise");
    assert_eq!(why(&wanted(&["*"]), &updated(json!({"pos": 1, "name": "x"}))), "", "more than noise changed");
    assert_eq!(why(&wanted(&["*"]), &action("createBoardPreference", json!({}))), "noise: a board's settings");
    assert_eq!(why(&wanted(&["createBoardPreference"]), &action("createBoardPreference", json!({}))), "");
}

#[test]
fn a_label_s_change_is_told_once_where_a_watch_sees_it_too() {
    let labelled = updated(json!({"idLabels": []}));
    let watched = Scene { watched: true, ..Scene::default() };
    let as_the_watch_tells = "told as addLabelToCard or removeLabelFromCard";
    for actions in [&["*"][..], &["updateCard"], &["updateCard:idLabels"]] {
        assert_eq!(silence(&wanted(actions), &labelled, watched), as_the_watch_tells, "{actions:?}");
        assert_eq!(why(&wanted(actions), &labelled), "", "without a watch this is all that comes");
    }
    assert_eq!(silence(&wanted(&["*"]), &updated(json!({"idLabels": [], "due": 0})), watched), "");
    assert_eq!(silence(&wanted(&["*"]), &action("addLabelToCard", json!({})), watched), "");
}

#[test]
fn a_location_s_several_updates_are_told_as_one() {
    let all = wanted(&["*"]);
    assert_eq!(why(&all, &updated(json!({"coordinates": 0}))), "");
    for follower in ["address", "locationName"] {
        assert_eq!(why(&all, &updated(json!({follower: ""}))), "told as updateCard:coordinates");
    }
    assert_eq!(why(&wanted(&["updateCard:locationName"]), &updated(json!({"locationName": ""}))), "");
}

#[test]
fn what_comes_into_being_with_a_card_is_told_as_the_card() {
    // The card's id tells when it was made.
    let after = |kind: &str, seconds: u64| {
        let mut activity = action(kind, json!({}));
        activity.at = activity.card.as_ref().unwrap().made() + Duration::from_secs(seconds);
        activity
    };
    let maker = Scene { maker: true, ..Scene::default() };
    for kind in ["addAttachmentToCard", "addMemberToCard", "addLabelToCard"] {
        for broad in [&["*"][..], &["default", "*"]] {
            assert_eq!(silence(&wanted(broad), &after(kind, 3), maker), "told as createCard", "{kind} {broad:?}");
        }
        assert_eq!(silence(&wanted(&["*"]), &after(kind, 4), maker), "", "{kind} hung there later");
        assert_eq!(why(&wanted(&["*"]), &after(kind, 0)), "", "{kind} by somebody else");
        assert_eq!(silence(&wanted(&["default", kind]), &after(kind, 0), maker), "", "{kind} is named");
    }
    assert_eq!(silence(&Wanted::default(), &after("addMemberToCard", 0), maker), "told as createCard");
    for kind in ["createCard", "commentCard"] {
        assert_eq!(silence(&Wanted::default(), &after(kind, 0), maker), "", "{kind} says what the card does not");
    }
}

#[test]
fn sub_kinds_tell_one_change_from_another() {
    let moves = wanted(&["updateCard:idList"]);
    assert_eq!(why(&moves, &moved()), "");
    assert_eq!(why(&moves, &updated(json!({"closed": false}))), "filter: updateCard:closed is not among its actions");
    let done = wanted(&["updateCheckItemStateOnCard:complete"]);
    let item = |state: &str| action("updateCheckItemStateOnCard", json!({"checkItem": {"state": state}}));
    assert_eq!(why(&done, &item("complete")), "");
    assert!(why(&done, &item("incomplete")).starts_with("filter: "));
}

#[test]
fn every_kind_is_one_of_everything() {
    assert_eq!(why(&wanted(&["*"]), &action("somethingNew", json!({}))), "");
    assert_eq!(why(&wanted(&["*"]), &updated(json!({"cardRole": ""}))), "");
    assert_eq!(why(&wanted(&["*"]), &action("updateCard", json!({}))), "it does not say what changed");
}

#[test]
fn lists_are_known_by_name_or_id_on_both_ends_of_a_move() {
    let of = |list: &str| Wanted { lists: vec![list.to_owned()], ..Wanted::default() };
    for list in ["Done", " done ", "to do", ANA] {
        assert_eq!(why(&of(list), &moved()), "", "{list}");
    }
    assert_eq!(why(&of("Later"), &moved()), "filter: not one of its lists");
    let unsaid = about_bo("addMemberToCard", json!({}));
    assert_eq!(why(&of("Done"), &unsaid), "filter: the action names no lists");
}

#[test]
fn members_are_those_who_do_it_and_those_whom_it_is_about() {
    let of = |member: &str| Wanted { members: vec![member.to_owned()], ..Wanted::default() };
    for member in ["ana_trello", "@Ana_Trello", ANA, "bo"] {
        assert_eq!(why(&of(member), &about_bo("addMemberToCard", json!({}))), "", "{member}");
    }
    assert_eq!(why(&of("cy"), &moved()), "filter: not one of its members");
}

#[test]
fn labels_are_known_where_the_action_or_whoever_looked_says_them() {
    let urgent = Wanted { labels: vec!["urgent".into()], actions: Some(vec!["*".into()]), ..Wanted::default() };
    assert!(Filter::parse(&urgent).unwrap().needs_labels());
    let label = json!({"label": {"name": "Urgent", "color": "red"}});
    assert_eq!(why(&urgent, &action("addLabelToCard", label)), "");
    let on_card = json!({"card": {"labels": [{"name": "later"}, {"name": "urgent"}]}});
    assert_eq!(why(&urgent, &action("createCard", on_card)), "");
    let other = json!({"card": {"labels": [{"name": "later", "color": "blue"}]}});
    assert_eq!(why(&urgent, &action("createCard", other)), "filter: not one of its labels");
    let unsaid = action("createCard", json!({}));
    assert_eq!(why(&urgent, &unsaid), "filter: the action names no labels");
}

#[test]
fn what_the_bridge_itself_did_can_be_left_out() {
    let ours = Scene { ours: true, ..Scene::default() };
    let without = Wanted { own: false, ..Wanted::default() };
    assert_eq!(silence(&without, &action("createCard", json!({})), ours), "by the bridge itself");
    assert_eq!(silence(&Wanted::default(), &action("createCard", json!({})), ours), "");
    assert_eq!(why(&without, &action("createCard", json!({}))), "");
}

#[test]
fn a_filter_that_cannot_be_says_what_was_probably_meant() {
    let bad = Wanted {
        actions: Some(
            ["cardCreate", "createcard", "updateCard:", "defaults", "updateCard:idlist", "createCard:name"]
                .map(str::to_owned)
                .to_vec(),
        ),
        lists: vec!["Done".into(), "  ".into()],
        ..Wanted::default()
    };
    let faults = Filter::parse(&bad).unwrap_err();
    let found: Vec<_> = faults.iter().map(|fault| (fault.part, fault.entry)).collect();
    assert_eq!(
        found,
        [("actions", 0), ("actions", 1), ("actions", 2), ("actions", 3), ("actions", 4), ("actions", 5), ("lists", 1)]
    );
    assert_eq!(
        faults[1].to_string(),
        "`createcard` is no kind of action; did you mean `createCard`? `*` is every kind"
    );
    for (fault, meant) in
        [(3, "mean `default`?"), (4, "mean `updateCard:idList`?"), (5, "`createCard` has no sub-kinds")]
    {
        assert!(faults[fault].to_string().contains(meant), "{}", faults[fault]);
    }
    assert!(Filter::parse(&wanted(&[])).unwrap_err()[0].to_string().contains("leave it out for the default kinds"));
}

#[test]
fn every_kind_and_default_can_be_named() {
    let names: Vec<String> = nameable().collect();
    for name in &names {
        assert!(Filter::parse(&wanted(&[name])).is_ok(), "{name}");
    }
    assert!(usual().all(|kind| names.contains(&kind.to_owned())));
}

#[test]
fn a_room_that_hears_of_several_boards_is_told_which() {
    let mut relay = relay(Filter::default());
    let board = |relay: &_| judge(&moved(), relay, Scene::default()).message().unwrap().fields;
    assert_eq!(board(&relay), []);
    relay.name_board = true;
    assert_eq!(board(&relay), [Field { name: "Board".into(), value: "Heating".into() }]);
}
