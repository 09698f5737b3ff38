//! Webhooks: the check, the signature, the tries.

use std::time::Duration;

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use kanbridge::sandbox::trello::Options;
use serde_json::{Value, json};
use sha1::Sha1;

use super::{Api, kind};
use crate::receiver::Receiver;

/// The next delivery's body.
pub(super) async fn told(receiver: &mut Receiver) -> Value {
    serde_json::from_slice(&receiver.next().await.1).unwrap()
}

pub(super) async fn watched() -> (Api, Receiver, Value) {
    let options = Options { webhook_retries: vec![Duration::from_millis(20); 3], ..Options::default() };
    let (api, receiver) = (Api::with(options).await, Receiver::start().await);
    let params = [("idModel", api.board.id.as_str()), ("callbackURL", &receiver.url), ("description", "a board")];
    let hook = api.ok("POST", "/webhooks", &params).await;
    (api, receiver, hook)
}

#[tokio::test]
async fn a_delivery_is_signed_over_its_bytes_and_the_registered_url() {
    let (api, mut receiver, hook) = watched().await;
    let client = reqwest::Client::new();
    let auth = r#"OAuth oauth_consumer_key="sandbox-key", oauth_token="sandbox-token""#;
    let call = client.post(format!("{}/cards", api.trello.url())).header("authorization", auth);
    let call = call.header("x-trello-client-identifier", "kanbridge");
    let form = [("idList", api.board.lists[0].as_str()), ("name", "Wärme 💧")];
    assert_eq!(call.form(&form).send().await.unwrap().status(), 200);
    let (headers, body) = receiver.next().await;
    let mut mac = Hmac::<Sha1>::new_from_slice(b"sandbox-secret").unwrap();
    mac.update(&body);
    mac.update(receiver.url.as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(headers["x-trello-webhook"], signature);
    assert_eq!(
        (&headers["content-type"], &headers["user-agent"]),
        (&"application/json".parse().unwrap(), &"Trello".parse().unwrap())
    );
    assert_eq!(headers["x-trello-client-identifier"], "kanbridge");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["action", "model", "webhook"]);
    assert_eq!((&body["model"]["id"], &body["webhook"]), (&json!(api.board.id), &hook));
    assert_eq!(
        (kind(&body["action"]).as_str(), &body["action"]["data"]["card"]["name"]),
        ("createCard", &json!("Wärme 💧"))
    );
    assert_eq!(body["action"]["display"]["translationKey"], "action_create_card");
}

#[tokio::test]
async fn one_gesture_may_be_told_twice_and_feeds_tell_less() {
    let (api, mut receiver, _) = watched().await;
    let hand = api.trello.by("ana");
    let label = hand.add_label(&api.board.id, "cellar", Some("sky")).unwrap();
    let card = hand.add_card(&api.board.lists[0], "Boiler", "").unwrap();
    let comment = hand.comment(&card, "Cold").unwrap();
    hand.label_card(&card, &label).unwrap();
    hand.change_comment(&comment, "Warm").unwrap();
    let mut all_told = Vec::new();
    for _ in 0..6 {
        all_told.push(told(&mut receiver).await["action"].take());
    }
    let kinds: Vec<String> = all_told.iter().map(kind).collect();
    let all =
        ["createLabel", "createCard", "commentCard", "addLabelToCard", "updateCard:idLabels", "updateComment:text"];
    assert_eq!(kinds, all);
    assert_eq!(all_told[3]["data"]["value"], "sky");
    assert_eq!(all_told[4]["display"]["translationKey"], "unknown");
    assert_eq!(all_told[5]["data"]["action"], json!({ "id": comment, "text": "Warm" }));
}

#[tokio::test]
async fn a_url_that_does_not_answer_200_to_head_is_refused() {
    let (api, receiver) = (Api::start().await, Receiver::start().await);
    receiver.answers_checks(405);
    let register = async |url: &str| {
        api.call("POST", "/webhooks", &[("idModel", api.board.id.as_str()), ("callbackURL", url)]).await
    };
    let (status, kind, body) = register(&receiver.url).await;
    let sentence = format!("URL ({}) did not return 200 status code, got 405", receiver.url);
    assert_eq!((status, kind.as_str()), (400, "application/json; charset=utf-8"));
    assert_eq!(body, json!({ "message": sentence, "error": "ERROR" }));
    let (status, _, body) = register("http://127.0.0.1:1/hook").await;
    let sentence = body["message"].as_str().unwrap();
    assert!(
        status == 400 && sentence.starts_with("URL (http://127.0.0.1:1/hook) not reachable. Error: "),
        "{sentence}"
    );
    assert_eq!(register("no url").await.2, "invalid value for callbackURL");
    let (_, _, body) = api.call("POST", "/webhooks", &[("callbackURL", &receiver.url), ("idModel", "x")]).await;
    assert_eq!(body, "invalid value for idModel");
    assert_eq!(api.ok("GET", "/tokens/sandbox-token/webhooks", &[]).await, json!([]));
}

#[tokio::test]
async fn one_webhook_for_one_url_model_and_token() {
    let (api, receiver, hook) = watched().await;
    let params = [("idModel", api.board.id.as_str()), ("callbackURL", &receiver.url)];
    let (status, _, body) = api.call("POST", "/tokens/sandbox-token/webhooks", &params).await;
    assert_eq!((status, body), (400, json!("A webhook with that callback, model, and token already exists")));
    let path = format!("/webhooks/{}", super::id(&hook));
    receiver.answers_checks(404);
    let changed = api.ok("PUT", &path, &[("description", "still the board")]).await;
    assert_eq!(changed["description"], "still the board", "an unchanged URL is not checked again");
    assert_eq!(api.call("PUT", &path, &[("callbackURL", &format!("{}?2", receiver.url))]).await.0, 400);
    assert_eq!(api.ok("GET", "/tokens/sandbox-token/webhooks", &[]).await, json!([changed]));
    assert_eq!(api.ok("DELETE", &path, &[]).await, json!({ "_value": null }));
    assert_eq!(api.call("GET", &path, &[]).await.0, 404);
}

/// Waits until the look-alike has counted this many tries.
async fn tried(api: &Api, times: usize) {
    let mut changes = api.trello.changes();
    while api.trello.deliveries().len() < times {
        changes.changed().await.unwrap();
    }
}

#[tokio::test]
async fn a_failed_delivery_is_tried_three_times_more_and_failures_are_counted() {
    let (api, mut receiver, hook) = watched().await;
    let path = format!("/webhooks/{}", super::id(&hook));
    receiver.answers_next(&[500, 503, 302, 500]);
    api.trello.add_card(&api.board.lists[0], "Boiler", "");
    let first = told(&mut receiver).await["action"]["id"].clone();
    for _ in 0..3 {
        assert_eq!(told(&mut receiver).await["action"]["id"], first, "the same action");
    }
    tried(&api, 4).await;
    let failed = api.ok("GET", &path, &[]).await;
    assert_eq!((&failed["consecutiveFailures"], failed["firstConsecutiveFailDate"].is_string()), (&json!(4), true));
    api.trello.add_card(&api.board.lists[0], "Kettle", "");
    assert_ne!(told(&mut receiver).await["action"]["id"], first, "after three retries it is given up");
    tried(&api, 5).await;
    assert_eq!(api.ok("GET", &path, &[]).await["consecutiveFailures"], 0, "one success forgets them all");
    let retries: Vec<usize> = api.trello.deliveries().iter().map(|delivered| delivered.retry).collect();
    assert_eq!(retries, [0, 1, 2, 3, 0]);
}

#[tokio::test]
async fn who_answers_410_is_never_called_again() {
    let (api, mut receiver, hook) = watched().await;
    receiver.answers_next(&[410]);
    api.trello.add_card(&api.board.lists[0], "Boiler", "");
    receiver.next().await;
    tried(&api, 1).await;
    let (status, _, _) = api.call("GET", &format!("/webhooks/{}", super::id(&hook)), &[]).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_webhook_ends_with_its_token() {
    let (api, mut receiver, hook) = watched().await;
    api.trello.add_card(&api.board.lists[0], "Boiler", "");
    told(&mut receiver).await;
    api.trello.change_token("another");
    api.trello.add_card(&api.board.lists[0], "Kettle", "");
    api.trello.change_token("sandbox-token");
    assert_eq!(api.call("GET", &format!("/webhooks/{}", super::id(&hook)), &[]).await.0, 404);
    let params = [("idModel", api.board.id.as_str()), ("callbackURL", &receiver.url)];
    api.ok("POST", "/webhooks", &params).await;
    api.trello.add_card(&api.board.lists[0], "Stove", "");
    assert_eq!(told(&mut receiver).await["action"]["data"]["card"]["name"], "Stove", "nobody was told of the kettle");
}

#[tokio::test]
async fn a_card_s_webhook_is_told_of_its_card_alone() {
    let (api, mut receiver) = (Api::start().await, Receiver::start().await);
    let (one, other) =
        (api.trello.add_card(&api.board.lists[0], "One", ""), api.trello.add_card(&api.board.lists[0], "Other", ""));
    api.ok("POST", "/webhooks", &[("idModel", one.as_str()), ("callbackURL", &receiver.url)]).await;
    api.trello.by("ana").comment(&other, "not here").unwrap();
    api.trello.by("ana").comment(&one, "here").unwrap();
    let told = told(&mut receiver).await;
    assert_eq!((&told["action"]["data"]["text"], &told["model"]["id"]), (&json!("here"), &json!(one)));
}
