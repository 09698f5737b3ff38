//! The Trello side.

mod elsewhere;
mod feed;
mod people;
mod recorded;
mod refusals;
mod told;
mod webhooks;

use kanbridge::sandbox::trello::{BoardView, Options, Trello};
use serde_json::Value;

/// A look-alike with one board, and a client that calls as the owner of its token.
pub(crate) struct Api {
    pub(crate) trello: Trello,
    pub(crate) board: BoardView,
    client: reqwest::Client,
}

/// What came back: status, content type, and a body that is text where it is no JSON.
pub(crate) type Reply = (u16, String, Value);

impl Api {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let trello = Trello::start(options).await.unwrap();
        let board = trello.add_board("Heating", &["To do", "Doing", "Done"]);
        Api { trello, board, client: reqwest::Client::new() }
    }

    /// Calls with the parameters as a form, or in the query where a form has no place.
    pub(crate) async fn call(&self, method: &str, path: &str, params: &[(&str, &str)]) -> Reply {
        let method: http::Method = method.parse().unwrap();
        let request = self.client.request(method.clone(), format!("{}{path}", self.trello.url()));
        let auth = r#"OAuth oauth_consumer_key="sandbox-key", oauth_token="sandbox-token""#;
        let request = request.header("authorization", auth);
        let request = match method.as_str() {
            "GET" | "DELETE" => request.query(params),
            _ => request.form(params),
        };
        reply(request).await
    }

    /// The body of a call that succeeds.
    pub(crate) async fn ok(&self, method: &str, path: &str, params: &[(&str, &str)]) -> Value {
        let (status, kind, body) = self.call(method, path, params).await;
        assert_eq!((status, kind.as_str()), (200, "application/json; charset=utf-8"), "{method} {path}: {body}");
        body
    }

    /// The feed at `path`, as `type` or `type:changed field`.
    pub(crate) async fn kinds(&self, path: &str, params: &[(&str, &str)]) -> Vec<String> {
        self.ok("GET", path, params).await.as_array().unwrap().iter().map(kind).collect()
    }
}

pub(crate) async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let kind = headers.get("content-type").map_or("", |value| value.to_str().unwrap()).to_owned();
    let body = if kind.starts_with("application/json") { serde_json::from_str(&text).unwrap() } else { text.into() };
    (status, kind, body)
}

/// `updateCard:idList`, `commentCard`.
pub(crate) fn kind(action: &Value) -> String {
    let kind = action["type"].as_str().unwrap();
    match action["data"]["old"].as_object().and_then(|old| old.keys().next()) {
        Some(field) => format!("{kind}:{field}"),
        None => kind.to_owned(),
    }
}

pub(crate) fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}
