//! Who is not let in, and the words for it.

use std::time::Duration;

use kanbridge::sandbox::trello::{Allowance, Options};
use serde_json::json;

use super::{Api, reply};

const JSON: &str = "application/json; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

#[tokio::test]
async fn credentials_come_in_the_query_the_body_or_either_header() {
    let api = Api::start().await;
    let (client, url) = (reqwest::Client::new(), format!("{}/members/me", api.trello.url()));
    let query = client.get(&url).query(&[("key", "sandbox-key"), ("token", "sandbox-token")]);
    let signed = r#"OAuth oauth_nonce="1", oauth_timestamp="2", oauth_version="1.0", oauth_signature_method="HMAC-SHA1", oauth_consumer_key="sandbox-key", oauth_token="sandbox-token", oauth_signature="x%3D""#;
    let header = client.get(&url).header("authorization", signed);
    for request in [query, header] {
        let (status, _, body) = reply(request).await;
        assert_eq!((status, &body["username"]), (200, &json!("kanbridge")));
    }
    let body =
        json!({ "key": "sandbox-key", "token": "sandbox-token", "idList": api.board.lists[0], "name": "Boiler" });
    assert_eq!(reply(client.post(format!("{}/cards", api.trello.url())).json(&body)).await.0, 200);
}

#[tokio::test]
async fn who_is_refused_reads_trello_s_words() {
    let api = Api::start().await;
    let client = reqwest::Client::new();
    let get = |path: &str, key: &str, token: &str| {
        client.get(format!("{}{path}", api.trello.url())).query(&[("key", key), ("token", token)])
    };
    let text = |words: &str| (401, TEXT.to_owned(), json!(words));
    assert_eq!(reply(get("/members/me", "other", "sandbox-token")).await, text("invalid key"));
    assert_eq!(reply(get("/members/me", "sandbox-key", "other")).await, text("invalid token"));
    let bare = client.get(format!("{}/members/me", api.trello.url()));
    assert_eq!(reply(bare).await, text("unauthorized permission requested"));
    let bare = client.post(format!("{}/cards", api.trello.url()));
    assert_eq!(reply(bare).await, (401, JSON.to_owned(), json!({ "message": "missing scopes" })));
    let board = format!("/boards/{}", api.board.id);
    api.trello.add_token("of-bo", "bo");
    assert_eq!(reply(get(&board, "sandbox-key", "of-bo")).await, text("unauthorized permission requested"));
    api.trello.by("kanbridge").invite(&api.board.id, "bo").unwrap();
    assert_eq!(reply(get(&board, "sandbox-key", "of-bo")).await.0, 200);
    assert_eq!(reply(get("/tokens/sandbox-token", "sandbox-key", "of-bo")).await, text("unauthorized token"));
    let (status, _, body) = reply(get("/boards/no", "other", "other")).await;
    assert_eq!((status, body), (400, json!("invalid id")), "the id is looked at first");
}

#[tokio::test]
async fn a_token_ends_and_may_only_read() {
    let api = Api::start().await;
    let ends: jiff::Timestamp = "2099-01-01T00:00:00Z".parse().unwrap();
    api.trello.limit_token(Some(ends), false);
    let token = api.ok("GET", "/tokens/sandbox-token", &[]).await;
    assert_eq!(token["dateExpires"], "2099-01-01T00:00:00.000Z");
    assert_eq!(token["permissions"][1], json!({ "idModel": "*", "modelType": "Board", "read": true, "write": false }));
    let params = [("idList", api.board.lists[0].as_str()), ("name", "Boiler")];
    assert_eq!(api.call("POST", "/cards", &params).await.2, "unauthorized permission requested");
    api.trello.limit_token(Some(jiff::Timestamp::now() - Duration::from_secs(1)), true);
    assert_eq!(api.call("GET", "/members/me", &[]).await.2, "invalid token");
}

#[tokio::test]
async fn parameters_that_cannot_be_are_named() {
    let api = Api::start().await;
    let card = api.trello.add_card(&api.board.lists[0], "Boiler", "");
    let label = api.trello.add_label(&api.board.id, "cellar");
    let card = format!("/cards/{card}");
    let long = "x".repeat(16_385);
    let unknown = "000000000000000000000000";
    let table: &[(&str, &str, (&str, &str), &str)] = &[
        ("PUT", "", ("name", ""), "invalid value for name"),
        ("PUT", "", ("desc", &long), "invalid value for desc"),
        ("PUT", "", ("due", "soon"), "invalid value for due"),
        ("PUT", "", ("idList", unknown), "invalid value for idList"),
        ("PUT", "", ("idLabels", unknown), "invalid value for idLabels"),
        ("PUT", "", ("idMembers", unknown), "invalid value for idMembers"),
        ("PUT", "/closed", ("value", "perhaps"), "invalid value for closed"),
        ("POST", "/idLabels", ("value", unknown), "invalid value for value"),
        ("POST", "/actions/comments", ("text", ""), "invalid value for text"),
    ];
    for (method, path, param, words) in table {
        let answer = api.call(method, &format!("{card}{path}"), &[*param]).await;
        assert_eq!(answer, (400, TEXT.to_owned(), json!(words)), "{method} {path} {}", param.0);
    }
    api.ok("POST", &format!("{card}/idLabels"), &[("value", &label)]).await;
    assert_eq!(api.call("POST", &format!("{card}/idLabels"), &[("value", &label)]).await.0, 400);
    assert_eq!(api.call("GET", "/webhooks", &[]).await.2, "Cannot GET /1/webhooks");
    let lists = [("idList", unknown), ("name", "Boiler")];
    assert_eq!(api.call("POST", "/cards", &lists).await.2, "could not find the board that the card belongs to");
}

#[tokio::test]
async fn each_token_has_its_own_allowance_and_each_answer_tells_it() {
    let allowance = Allowance { token: 3, key: 7, ..Allowance::default() };
    let api = Api::with(Options { allowance, ..Options::default() }).await;
    for token in ["two", "three"] {
        api.trello.add_token(token, token);
    }
    let client = reqwest::Client::new();
    let call = async |token: &str| {
        let url = format!("{}/boards/{}", api.trello.url(), api.board.id);
        client.get(url).query(&[("key", "sandbox-key"), ("token", token)]).send().await.unwrap()
    };
    let first = call("two").await;
    let told = |name: &str| first.headers()[format!("x-rate-limit-{name}")].to_str().unwrap().to_owned();
    assert_eq!([told("api-token-max"), told("api-token-remaining")], ["3", "2"]);
    assert_eq!([told("api-key-max"), told("api-key-remaining"), told("member-max")], ["7", "6", "375"]);
    let mut refusals = Vec::new();
    for token in ["two", "two", "two", "three", "three", "three", "sandbox-token", "sandbox-token"] {
        let response = call(token).await;
        if response.status().as_u16() == 429 {
            refusals.push(response.json::<serde_json::Value>().await.unwrap()["error"].clone());
        }
    }
    assert_eq!(refusals, ["API_TOKEN_LIMIT_EXCEEDED", "API_KEY_LIMIT_EXCEEDED"]);
}
