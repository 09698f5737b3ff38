//! What changes leave behind, and how feeds are cut.

use serde_json::json;

use super::{Api, id};

#[tokio::test]
async fn every_field_that_changes_is_an_action_with_the_old_value() {
    let api = Api::start().await;
    let card = api.trello.add_card(&api.board.lists[0], "Boiler", "cold");
    let path = format!("/cards/{card}");
    let changes =
        [("name", "Kettle"), ("desc", ""), ("due", "2026-06-02"), ("dueComplete", "true"), ("closed", "true")];
    api.ok("PUT", &path, &changes).await;
    api.ok("PUT", &format!("{path}/idList"), &[("value", &api.board.lists[1])]).await;
    let answer = api.ok("PUT", &path, &[("due", "null"), ("name", "Kettle"), ("closed", "true")]).await;
    assert_eq!((&answer["due"], &answer["closed"], &answer["name"]), (&json!(null), &json!(true), &json!("Kettle")));
    let feed = api.ok("GET", &format!("{path}/actions"), &[("filter", "all")]).await;
    let line = |at: usize, field: &str| {
        let data = &feed[at]["data"];
        json!([super::kind(&feed[at]), data["old"][field], data["card"][field]])
    };
    assert_eq!(line(0, "due"), json!(["updateCard:due", "2026-06-02T00:00:00.000Z", null]));
    assert_eq!(line(1, "idList"), json!(["updateCard:idList", api.board.lists[0], api.board.lists[1]]));
    assert_eq!(feed[1]["data"]["listAfter"], json!({ "id": api.board.lists[1], "name": "Doing" }));
    assert!(feed[1]["data"]["list"].is_null(), "a move has no list of its own");
    assert_eq!(line(2, "dueComplete"), json!(["updateCard:dueComplete", false, true]));
    assert_eq!(line(3, "due"), json!(["updateCard:due", null, "2026-06-02T00:00:00.000Z"]));
    assert_eq!(line(4, "closed"), json!(["updateCard:closed", false, true]));
    assert_eq!(line(5, "desc"), json!(["updateCard:desc", "cold", ""]));
    assert_eq!(line(6, "name"), json!(["updateCard:name", "Boiler", "Kettle"]));
    assert_eq!(super::kind(&feed[7]), "createCard");
    assert_eq!(feed.as_array().unwrap().len(), 8, "what stays as it is leaves nothing");
}

#[tokio::test]
async fn a_call_is_told_from_a_hand_by_its_app() {
    let api = Api::start().await;
    let card = api.trello.by("ana").add_card(&api.board.lists[0], "Boiler", "").unwrap();
    api.ok("POST", &format!("/cards/{card}/actions/comments"), &[("text", "Seen")]).await;
    let feed = api.ok("GET", &format!("/boards/{}/actions", api.board.id), &[]).await;
    let by = |at: usize| (feed[at]["memberCreator"]["username"].clone(), feed[at]["appCreator"].is_null());
    assert_eq!((by(0), by(1)), ((json!("kanbridge"), false), (json!("ana"), true)));
}

#[tokio::test]
async fn a_feed_is_cut_by_since_before_limit_and_page() {
    let api = Api::start().await;
    let card = api.trello.add_card(&api.board.lists[0], "Boiler", "");
    for number in 0..60 {
        api.trello.by("ana").comment(&card, &number.to_string()).unwrap();
    }
    let path = format!("/boards/{}/actions", api.board.id);
    let texts = async |params: &[(&str, &str)]| -> Vec<i64> {
        let feed = api.ok("GET", &path, params).await;
        let text = |action: &serde_json::Value| action["data"]["text"].as_str()?.parse().ok();
        feed.as_array().unwrap().iter().filter_map(text).collect()
    };
    let usual = texts(&[]).await;
    assert_eq!((usual.len(), usual[0], usual[49]), (50, 59, 10), "newest first, fifty");
    assert_eq!(texts(&[("limit", "3"), ("page", "2")]).await, [53, 52, 51]);
    let all = api.ok("GET", &path, &[("limit", "1000")]).await;
    let (sixth, ninth) = (&all[5], &all[8]);
    assert_eq!(texts(&[("before", id(sixth)), ("limit", "2")]).await, [53, 52]);
    assert_eq!(texts(&[("since", id(ninth)), ("before", id(sixth))]).await, [53, 52, 51], "since includes");
    let (from, to) = (ninth["date"].as_str().unwrap(), sixth["date"].as_str().unwrap());
    assert_eq!(texts(&[("since", from), ("before", to)]).await, [53, 52, 51], "times do as well");
    for wrong in [("limit", "1001"), ("page", "20"), ("since", "yesterday")] {
        let (status, kind, body) = api.call("GET", &path, &[wrong]).await;
        let sentence = format!("invalid value for {}", wrong.0);
        assert_eq!((status, kind.as_str(), body), (400, "text/plain; charset=utf-8", json!(sentence)));
    }
    assert_eq!(api.ok("GET", &path, &[("format", "count"), ("limit", "1000")]).await, json!({ "_value": 65 }));
}

#[tokio::test]
async fn a_filter_names_types_and_their_kinds() {
    let api = Api::start().await;
    let hand = api.trello.by("ana");
    let card = hand.add_card(&api.board.lists[0], "Boiler", "").unwrap();
    hand.rename_card(&card, "Kettle").unwrap();
    hand.move_card(&card, &api.board.lists[1]).unwrap();
    let comment = hand.comment(&card, "Warm now").unwrap();
    hand.change_comment(&comment, "Warm").unwrap();
    let label = hand.add_label(&api.board.id, "cellar", Some("sky")).unwrap();
    hand.label_card(&card, &label).unwrap();
    let (board, own) = (format!("/boards/{}/actions", api.board.id), format!("/cards/{card}/actions"));
    let narrow = [("filter", "updateCard:idList,createCard")];
    assert_eq!(api.kinds(&board, &narrow).await, ["updateCard:idList", "createCard"]);
    assert_eq!(api.kinds(&own, &[]).await, ["commentCard", "updateCard:idList"], "a card's feed shows these two");
    let all = ["updateCard:idLabels", "commentCard", "updateCard:idList", "updateCard:name", "createCard"];
    assert_eq!(api.kinds(&own, &[("filter", "all")]).await, all, "labels and changed comments are for webhooks");
    let feed = api.ok("GET", &own, &[("fields", "type,data"), ("memberCreator", "false")]).await;
    let keys: Vec<&str> = feed[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((keys, &feed[0]["data"]["text"]), (vec!["data", "id", "type"], &json!("Warm")));
    assert_eq!(
        api.ok("GET", &own, &[("display", "true")]).await[0]["display"]["translationKey"],
        "action_comment_on_card"
    );
}

#[tokio::test]
async fn what_is_deleted_takes_its_history_along() {
    let api = Api::start().await;
    let hand = api.trello.by("ana");
    let card = hand.add_card(&api.board.lists[0], "Boiler", "").unwrap();
    let comment = hand.comment(&card, "Cold").unwrap();
    hand.delete_comment(&comment).unwrap();
    assert_eq!(api.call("GET", &format!("/actions/{comment}"), &[]).await.0, 404);
    assert_eq!(api.ok("DELETE", &format!("/cards/{card}"), &[]).await, json!({ "limits": {} }));
    let feed =
        api.ok("GET", &format!("/boards/{}/actions", api.board.id), &[("filter", "createCard,deleteCard")]).await;
    assert_eq!(super::kind(&feed[0]), "deleteCard");
    assert_eq!((feed.as_array().unwrap().len(), &feed[0]["data"]["card"]["name"]), (1, &json!(null)));
    assert_eq!(api.call("GET", &format!("/cards/{card}"), &[]).await.0, 404);
}

#[tokio::test]
async fn a_copy_takes_over_what_the_call_does_not_say() {
    let api = Api::start().await;
    let hand = api.trello.by("ana");
    let card = hand.add_card(&api.board.lists[0], "Boiler", "cold").unwrap();
    hand.set_due(&card, Some("2026-06-02T12:00:00Z".parse().unwrap())).unwrap();
    let label = hand.add_label(&api.board.id, "cellar", None).unwrap();
    hand.label_card(&card, &label).unwrap();
    let params =
        [("idList", api.board.lists[1].as_str()), ("idCardSource", &card), ("keepFromSource", "labels,members")];
    let copy = api.ok("POST", "/cards", &params).await;
    assert_eq!((&copy["name"], &copy["desc"], &copy["due"]), (&json!("Boiler"), &json!("cold"), &json!(null)));
    assert_eq!(copy["idLabels"], json!([label]));
    assert_eq!(api.kinds(&format!("/cards/{}/actions", id(&copy)), &[("filter", "all")]).await, ["copyCard"]);
}

#[tokio::test]
async fn ids_begin_with_the_time_and_grow() {
    let start: jiff::Timestamp = "2026-05-28T06:00:00Z".parse().unwrap();
    let options = kanbridge::sandbox::trello::Options { starts_at: Some(start), ..Default::default() };
    let api = Api::with(options).await;
    let one = api.trello.add_card(&api.board.lists[0], "One", "");
    let other = api.trello.add_card(&api.board.lists[0], "Other", "");
    assert!(one < other);
    let seconds = i64::from_str_radix(&one[..8], 16).unwrap();
    assert!((start.as_second()..start.as_second() + 60).contains(&seconds), "{seconds}");
}
