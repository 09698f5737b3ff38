//! Clients that nobody here wrote, at home with the real Trello, and Trello's own OpenAPI document.

use std::path::Path;

use kanbridge::sandbox::trello::{Allowance, Exchange, Options};
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
