//! Clients that nobody here wrote, at home with the real Trello, and Trello's own OpenAPI document.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kanbridge::model::{AccountName, CardId, MemberId, Secret};
use kanbridge::net::{Http, HttpOptions, Pace, Pacer, ProxyOptions};
use kanbridge::sandbox::trello::{Allowance, Exchange, Options};
use kanbridge::trello::{CardCall, CardUpdate, Credentials, Trello};
use serde_json::json;

use super::Api;
use crate::clients;
use crate::receiver::Receiver;

/// A look-alike that keeps what it is asked, and does not slow down those who ask much.
async fn patient() -> (Api, Receiver) {
    let options = Options { allowance: Allowance::BOUNDLESS, keep_exchanges: true, ..Options::default() };
    (Api::with(options).await, Receiver::start().await)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs py-trello"]
async fn py_trello_has_no_complaint() {
    let (api, receiver) = patient().await;
    api.trello.add_member("bo", "Bo Lind");
    let url = api.trello.url();
    let arguments = [url.as_str(), "sandbox-key", "sandbox-token", &api.board.id, "bo", &receiver.url];
    tokio::task::block_in_place(|| clients::python("py_trello.py", &arguments));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs trello.js"]
async fn trello_js_has_no_complaint_though_it_is_strict() {
    let (api, receiver) = patient().await;
    let member = api.trello.add_member("bo", "Bo Lind");
    let url = api.trello.url();
    let arguments = [url.as_str(), "sandbox-key", "sandbox-token", &api.board.id, &member, &receiver.url];
    tokio::task::block_in_place(|| clients::node("trello_js.mjs", &arguments));
}

/// Exchanges as `openapi.py` reads them, one a line.
fn lines(exchanges: Vec<Exchange>, ours: bool) -> String {
    let line = |exchange: Exchange| {
        let mut line = json!(exchange);
        line["ours"] = json!(ours);
        format!("{line}\n")
    };
    exchanges.into_iter().map(line).collect()
}

/// The routes that our client names in its source.
fn routes() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/trello");
    let texts = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let mut routes = BTreeSet::new();
    for text in texts {
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        let literals = code.split('"').skip(1).step_by(2).filter(|literal| literal.contains(" /"));
        let methods = ["GET /", "POST /", "PUT /", "DELETE /"];
        routes.extend(literals.filter(|text| methods.iter().any(|m| text.starts_with(m))).map(str::to_owned));
    }
    routes
}

/// Our client makes each of its calls.
async fn our_calls(api: &Api, receiver: &Receiver) {
    let account = Credentials {
        name: AccountName("default".to_owned()),
        key: Secret::new("sandbox-key"),
        token: Secret::new("sandbox-token"),
    };
    let options = HttpOptions { timeout: Duration::from_secs(20), authorities: None, proxy: ProxyOptions::default() };
    let pace = Pace { interval: Duration::ZERO, patience: Duration::from_secs(20) };
    let base = api.trello.url().parse().unwrap();
    let client = Trello::new(Http::new(&options).unwrap(), base, &account, Arc::new(Pacer::new(pace))).unwrap();
    let (board, list) = (api.board.id.parse().unwrap(), api.board.lists[0].parse().unwrap());
    let member: MemberId = api.trello.add_member("bo", "Bo Lind").parse().unwrap();
    let label = client.create_label(&board, "cellar", Some("#428bca")).await.unwrap();
    client.create_label(&board, "plain", None).await.unwrap();
    let call = CardCall {
        list,
        name: "[ ISSUE 23 ] Boiler is cold".to_owned(),
        description: "Since Monday".to_owned(),
        url: Some("https://gitlab.example.com/team/app/-/issues/23".to_owned()),
        due: Some("2026-06-02".parse().unwrap()),
        done: false,
        labels: vec![label.clone()],
        members: vec![member.clone()],
    };
    let slot = client.slot().await.unwrap();
    let card = client.create_card(slot, &call).await.unwrap().id;
    let update = CardUpdate {
        name: Some("[ ISSUE 23 ] Boiler is warm".to_owned()),
        description: Some(String::new()),
        list: Some(api.board.lists[1].parse().unwrap()),
        closed: Some(false),
        labels: Some(vec![label.clone()]),
        due: Some(None),
        done: Some(true),
        ..CardUpdate::default()
    };
    client.update_card(&card, &update).await.unwrap();
    client.update_card(&card, &CardUpdate { labels: Some(Vec::new()), ..CardUpdate::default() }).await.unwrap();
    client.drop_label(&card, &label).await.unwrap();
    client.add_label(&card, &label).await.unwrap();
    client.add_label(&card, &label).await.unwrap();
    client.drop_member(&card, &member).await.unwrap();
    client.add_member(&card, &member).await.unwrap();
    api.trello.by("bo").comment(card.as_str(), "Seen").unwrap();
    assert_eq!(client.traces(&card).await.unwrap().comments, ["Seen"]);
    our_comments(&client, &card).await;
    our_attachments(&client, &card).await;
    our_webhooks(&client, &api.board.id, &receiver.url).await;
    client.board(&api.board.short_link).await.unwrap();
    client.lists(&board).await.unwrap();
    client.list(&call.list).await.unwrap();
    client.labels(&board).await.unwrap();
    client.coloured_labels(&board).await.unwrap();
    client.members(&board).await.unwrap();
    client.board_members(&board).await.unwrap();
    client.own_boards().await.unwrap();
    client.me().await.unwrap();
    client.token_facts().await.unwrap();
    assert_eq!(client.all_cards(&board).await.unwrap().len(), 1);
    client.cards(&board, Some(&card)).await.unwrap();
    assert!(client.card(&card).await.unwrap().is_some());
    let (newest, _) = client.newest_actions(&board, 1).await.unwrap().remove(0);
    client.archive_card(&card).await.unwrap();
    let since = client.actions_since(&board, newest.at).await.unwrap();
    assert_eq!(since.iter().filter(|(activity, _)| activity.id != newest.id).count(), 1);
    client.delete_card(&card).await.unwrap();
    assert!(client.card(&card).await.unwrap().is_none());
}

async fn our_comments(client: &Trello, card: &CardId) {
    let slot = client.slot().await.unwrap();
    let said = client.post_comment(slot, card, "Since Monday").await.unwrap();
    let slot = client.slot().await.unwrap();
    client.edit_comment(slot, &said.id, "Since Tuesday").await.unwrap();
    assert_eq!(client.comments(card).await.unwrap().len(), 2);
    client.delete_comment(&said.id).await.unwrap();
}

async fn our_attachments(client: &Trello, card: &CardId) {
    let (url, slot) = ("https://gitlab.example.com/team/app/-/merge_requests/12", client.slot().await.unwrap());
    client.attach(slot, card, url, "!12 Warm the boiler").await.unwrap();
    let hanging = client.attachments(card).await.unwrap();
    let ours = hanging.iter().find(|attachment| attachment.url == url).unwrap();
    client.detach(card, ours).await.unwrap();
    assert_eq!(client.attachments(card).await.unwrap().len(), hanging.len() - 1);
}

async fn our_webhooks(client: &Trello, board: &str, url: &str) {
    client.create_webhook(&board.parse().unwrap(), url, "Ours").await.unwrap();
    let made = client.webhooks().await.unwrap().remove(0);
    client.move_webhook(&made.id, &format!("{url}?moved")).await.unwrap();
    client.revive_webhook(&made.id).await.unwrap();
    client.delete_webhook(&made.id).await.unwrap();
    assert_eq!(client.webhooks().await.unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs recorded traffic, py-trello, trello.js"]
async fn every_answer_and_our_requests_are_as_trello_s_document_says() {
    let (api, receiver) = patient().await;
    our_calls(&api, &receiver).await;
    let ours = api.trello.take_exchanges();
    let made: BTreeSet<String> = api.trello.calls().into_iter().map(|call| call.route).collect();
    let named = |route: &String| route.replace("{token}", "{id}").replace("/members/me", "/members/{id}");
    let missing: Vec<String> = routes().into_iter().filter(|route| !made.contains(&named(route))).collect();
    assert!(missing.is_empty(), "calls of our client that `our_calls` does not make yet: {missing:?}");
    let (url, member) = (api.trello.url(), api.trello.add_member("bo", "Bo Lind"));
    let document = super::recorded::folder().join("openapi.json");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trello-exchanges.jsonl");
    tokio::task::block_in_place(|| {
        let arguments = [url.as_str(), "sandbox-key", "sandbox-token", &api.board.id, &member, &receiver.url];
        clients::node("trello_js.mjs", &arguments);
        let arguments = [url.as_str(), "sandbox-key", "sandbox-token", &api.board.id, "bo", &receiver.url];
        clients::python("py_trello.py", &arguments);
        let theirs = api.trello.take_exchanges();
        assert!(theirs.len() > 200, "{}", theirs.len());
        let stories = stories();
        std::fs::write(&file, lines(ours, true) + &stories + &lines(theirs, false)).unwrap();
        clients::python("openapi.py", &[document.to_str().unwrap(), file.to_str().unwrap()]);
    });
}

/// What the stories left in the folder that `KANBRIDGE_TEST_EXCHANGES` names, where they ran with it.
fn stories() -> String {
    let Some(folder) = std::env::var_os("KANBRIDGE_TEST_EXCHANGES") else { return String::new() };
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty(), "KANBRIDGE_TEST_EXCHANGES names a folder without stories");
    files.into_iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}
