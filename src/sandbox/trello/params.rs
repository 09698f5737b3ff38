//! A request in Trello's terms. Parameters come in the query, as a form or as JSON; Trello takes all three.

use std::collections::{BTreeMap, BTreeSet};

use hyper::{HeaderMap, Method};

use super::api::{Answer, invalid};

/// Trello's limit on names, descriptions and comments, in UTF-16 units.
pub(super) const LONGEST: usize = 16_384;

/// A request, taken apart.
#[derive(Clone, Debug)]
pub(super) struct ApiRequest {
    pub(super) method: Method,
    /// The path behind `/1/`, split.
    pub(super) path: Vec<String>,
    pub(super) params: BTreeMap<String, String>,
    /// Parameters that a JSON body gave as numbers.
    numbers: BTreeSet<String>,
    /// Key and token, from the query, the body or the `Authorization: OAuth …` header.
    pub(super) credentials: (Option<String>, Option<String>),
    /// `X-Trello-Client-Identifier`.
    pub(super) client: Option<String>,
    /// What the check of a callback URL found, for calls that name one.
    pub(super) checked: Option<Result<(), String>>,
}

impl ApiRequest {
    /// `None` when the path lies outside the API.
    pub(super) fn read(method: Method, uri: &hyper::Uri, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let path = uri.path().strip_prefix("/1/")?.trim_end_matches('/');
        let mut params: BTreeMap<String, String> = decode(uri.query().unwrap_or_default().as_bytes());
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut numbers = BTreeSet::new();
        if header("content-type").unwrap_or_default().starts_with("application/json") {
            let object: BTreeMap<String, serde_json::Value> = serde_json::from_slice(body).unwrap_or_default();
            numbers.extend(object.iter().filter(|(_, value)| value.is_number()).map(|(name, _)| name.clone()));
            params.extend(object.into_iter().map(|(name, value)| (name, json_text(value))));
        } else {
            params.extend(decode(body));
        }
        let (key, token) = oauth(header("authorization").unwrap_or_default());
        let client = header("x-trello-client-identifier").map(str::to_owned);
        let path: Vec<String> = path.split('/').map(unescaped).collect();
        // Whoever makes a webhook by its token's path may leave the token out elsewhere, as py-trello does.
        let named = path.get(1).filter(|_| path[0] == "tokens").cloned();
        let credentials = (params.remove("key").or(key), params.remove("token").or(token).or(named));
        Some(ApiRequest { method, path, params, numbers, credentials, client, checked: None })
    }

    /// Method and path with ids replaced.
    pub(super) fn route(&self) -> String {
        let hex = |part: &str| part.len() == 24 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let part = |(at, part): (usize, &String)| if at == 1 || hex(part) { "{id}".to_owned() } else { part.clone() };
        let path: Vec<String> = self.path.iter().enumerate().map(part).collect();
        format!("{} /{}", self.method, path.join("/"))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }

    /// A parameter that says something.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Whether a parameter asks for something to come along.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value, "false" | "none" | ""))
    }

    /// A required text of at least `least` characters.
    pub(super) fn words(&self, name: &str, least: usize) -> Result<&str, Answer> {
        let text = self.get(name).ok_or_else(|| invalid(name))?;
        let length = text.encode_utf16().count();
        if length < least || length > LONGEST || self.numbers.contains(name) {
            return Err(invalid(name));
        }
        Ok(text)
    }

    /// A text that may be left out.
    pub(super) fn some_words(&self, name: &str, least: usize) -> Result<Option<&str>, Answer> {
        self.get(name).map(|_| self.words(name, least)).transpose()
    }

    /// `true` or `false`, where it is given.
    pub(super) fn switch(&self, name: &str) -> Result<Option<bool>, Answer> {
        match self.get(name).map(str::to_lowercase).as_deref() {
            None | Some("") => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(invalid(name)),
        }
    }

    /// A comma-separated list, where it is given.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        let items = |text: &str| text.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect();
        self.get(name).map(items)
    }

    /// The same request with `value` under the name of the field that its path ends in: `PUT /cards/{id}/idList?value=…`
    /// says the same as `PUT /cards/{id}?idList=…`.
    pub(super) fn with_value_as(&self, field: &str) -> Self {
        let mut request = self.clone();
        if let Some(value) = request.params.remove("value") {
            request.params.insert(field.to_owned(), value);
        }
        if request.numbers.remove("value") {
            request.numbers.insert(field.to_owned());
        }
        request
    }
}

fn decode(pairs: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(pairs).into_owned().collect()
}

/// A part of a path, percent-decoded. A plus sign stays one.
fn unescaped(part: &str) -> String {
    let part = part.replace('+', "%2B");
    url::form_urlencoded::parse(part.as_bytes()).next().map_or(String::new(), |(name, _)| name.into_owned())
}

fn json_text(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => String::new(),
        serde_json::Value::Array(items) => items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Key and token of `OAuth oauth_consumer_key="…", oauth_token="…"`; a signed OAuth 1 header has more, which nobody
/// checks here.
fn oauth(header: &str) -> (Option<String>, Option<String>) {
    let part = |name: &str| {
        let (_, rest) = header.strip_prefix("OAuth ")?.split_once(&format!("{name}=\""))?;
        Some(unescaped(rest.split_once('"')?.0))
    };
    (part("oauth_consumer_key"), part("oauth_token"))
}
