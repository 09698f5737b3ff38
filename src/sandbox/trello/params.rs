//! A request in Trello's terms. Parameters come in the query, as a form or as JSON; Trello takes all three.

use std::collections::BTreeMap;

use hyper::{HeaderMap, Method};

/// A request, taken apart.
#[derive(Clone, Debug)]
pub(super) struct ApiRequest {
    pub(super) method: Method,
    /// The path behind `/1/`, split.
    pub(super) path: Vec<String>,
    pub(super) params: BTreeMap<String, String>,
    /// Key and token, from the query or the `Authorization: OAuth …` header.
    pub(super) credentials: (Option<String>, Option<String>),
}

impl ApiRequest {
    /// `None` when the path lies outside the API.
    pub(super) fn read(method: Method, uri: &hyper::Uri, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let path = uri.path().strip_prefix("/1/")?.trim_end_matches('/');
        let mut params: BTreeMap<String, String> = decode(uri.query().unwrap_or_default().as_bytes());
        let content_type = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if content_type.starts_with("application/json") {
            params.extend(json_params(body));
        } else {
            params.extend(decode(body));
        }
        let (key, token) = oauth(headers);
        let credentials = (params.remove("key").or(key), params.remove("token").or(token));
        Some(ApiRequest { method, path: path.split('/').map(str::to_owned).collect(), params, credentials })
    }

    /// Method and path with ids replaced.
    pub(super) fn route(&self) -> String {
        let part = |(at, part): (usize, &String)| if at == 1 { "{id}".to_owned() } else { part.clone() };
        let path: Vec<String> = self.path.iter().enumerate().map(part).collect();
        format!("{} /{}", self.method, path.join("/"))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }
}

fn decode(pairs: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(pairs).into_owned().collect()
}

fn json_params(body: &[u8]) -> BTreeMap<String, String> {
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        serde_json::Value::Array(items) => items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    let object: BTreeMap<String, serde_json::Value> = serde_json::from_slice(body).unwrap_or_default();
    object.into_iter().map(|(name, value)| (name, text(value))).collect()
}

fn oauth(headers: &HeaderMap) -> (Option<String>, Option<String>) {
    let header = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let part = |name: &str| {
        let (_, rest) = header.strip_prefix("OAuth ")?.split_once(&format!("{name}=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    (part("oauth_consumer_key"), part("oauth_token"))
}
