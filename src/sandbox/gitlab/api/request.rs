//! A request in GitLab's terms. Parameters come in the query, as a form or as JSON; ids in the path may be
//! percent-encoded paths.

use bytes::Bytes;
use hyper::Request;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::Answer;

/// Credentials as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    None,
    Token(String),
}

/// A request, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct ApiRequest {
    pub(crate) method: String,
    /// The path as it was written.
    pub(crate) raw_path: String,
    /// The path behind `/api/v4/`, split and decoded.
    pub(crate) path: Vec<String>,
    pub(crate) params: Map<String, Value>,
    pub(crate) credentials: Credentials,
    /// The `X-Gitlab-Event-UUID` that the caller passed on: the chain of hooks that this call belongs to.
    pub(crate) cause: Option<String>,
}

impl ApiRequest {
    /// `None` when the path lies outside the API.
    pub(crate) fn read(request: &Request<Bytes>) -> Option<Self> {
        let raw_path = request.uri().path().to_owned();
        let path = raw_path.strip_prefix("/api/v4/")?.trim_end_matches('/');
        let path = path.split('/').map(decode_segment).collect();
        let mut params = Map::new();
        collect(&mut params, request.uri().query().unwrap_or_default().as_bytes());
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        if header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
            params.extend(serde_json::from_slice::<Map<String, Value>>(request.body()).unwrap_or_default());
        } else {
            collect(&mut params, request.body());
        }
        let bearer = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let given = header("private-token").or(bearer).map(str::to_owned);
        let given =
            given.or_else(|| params.remove("private_token").and_then(|value| value.as_str().map(str::to_owned)));
        let credentials = given.map_or(Credentials::None, Credentials::Token);
        let cause = header("x-gitlab-event-uuid").map(str::to_owned);
        Some(ApiRequest { method: request.method().to_string(), raw_path, path, params, credentials, cause })
    }

    /// Method and path with ids replaced.
    pub(crate) fn route(&self) -> String {
        const NAMED: [&str; 5] = ["projects", "groups", "labels", "custom_headers", "url_variables"];
        let mut route = format!("{} ", self.method);
        let mut before = "";
        for part in &self.path {
            let id = NAMED.contains(&before) || part.bytes().all(|byte| byte.is_ascii_digit());
            route.push('/');
            route.push_str(if id { "{id}" } else { part });
            before = if id { "" } else { part };
        }
        route
    }

    /// A parameter as text; empty text counts.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.params.get(name)? {
            Value::Null => Some(String::new()),
            Value::String(text) => Some(text.clone()),
            Value::Array(items) => Some(items.iter().map(as_text).collect::<Vec<_>>().join(",")),
            other => Some(other.to_string()),
        }
    }

    /// A parameter that says something.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// A list of names: an array, or commas.
    pub(crate) fn names(&self, name: &str) -> Option<Vec<String>> {
        let text = self.text(name)?;
        Some(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
    }

    /// A list of numbers.
    pub(crate) fn numbers(&self, name: &str) -> Result<Option<Vec<i64>>, Answer> {
        let Some(names) = self.names(name) else {
            return Ok(None);
        };
        let numbers: Result<Vec<i64>, _> = names.iter().map(|text| text.parse()).collect();
        numbers.map(Some).map_err(|_| invalid(name))
    }

    /// A number; `Some(None)`: it is to be cleared.
    pub(crate) fn number(&self, name: &str) -> Result<Option<Option<i64>>, Answer> {
        match self.text(name) {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(Some(None)),
            Some(text) => text.parse().map(|number| Some(Some(number))).map_err(|_| invalid(name)),
        }
    }

    /// Yes or no, in any of the words that GitLab takes for it.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Answer> {
        match self.filled(name).map(|text| text.to_lowercase()).as_deref() {
            None => Ok(None),
            Some("true" | "1" | "t" | "on" | "y" | "yes") => Ok(Some(true)),
            Some("false" | "0" | "f" | "off" | "n" | "no") => Ok(Some(false)),
            Some(_) => Err(invalid(name)),
        }
    }

    /// A time, or a day's beginning.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, Answer> {
        let Some(text) = self.filled(name) else {
            return Ok(None);
        };
        let day = || text.parse::<Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|day| day.timestamp());
        text.parse().ok().or_else(day).map(Some).ok_or_else(|| invalid(name))
    }

    /// One of these words.
    pub(crate) fn one_of(&self, name: &str, words: &[&'static str]) -> Result<Option<&'static str>, Answer> {
        let Some(text) = self.filled(name) else {
            return Ok(None);
        };
        let word = words.iter().find(|word| **word == text);
        let wrong = || Answer::json(400, json!({ "error": format!("{name} does not have a valid value") }));
        word.copied().map(Some).ok_or_else(wrong)
    }

    /// A parameter that has to be there.
    pub(crate) fn required(&self, name: &str) -> Result<String, Answer> {
        self.text(name).ok_or_else(|| Answer::json(400, json!({ "error": format!("{name} is missing") })))
    }

    /// `[{"key": …, "value": …}]` as pairs.
    pub(crate) fn pairs(&self, name: &str) -> Vec<(String, String)> {
        let items = self.params.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        items.iter().map(|item| (as_text(&item["key"]), as_text(&item["value"]))).collect()
    }
}

fn invalid(name: &str) -> Answer {
    Answer::json(400, json!({ "error": format!("{name} is invalid") }))
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `name[]=…` gathers to an array.
fn collect(params: &mut Map<String, Value>, pairs: &[u8]) {
    for (name, value) in url::form_urlencoded::parse(pairs) {
        let value = Value::String(value.into_owned());
        match name.strip_suffix("[]") {
            Some(list) => {
                let place = params.entry(list).or_insert_with(|| json!([]));
                if let Value::Array(items) = place {
                    items.push(value);
                }
            }
            None => {
                params.insert(name.into_owned(), value);
            }
        }
    }
}

/// Decodes one part of a path, in which `+`, `&` and `=` stand for themselves.
fn decode_segment(part: &str) -> String {
    let part = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &str, uri: &str, kind: &str, body: &'static str) -> ApiRequest {
        let request = Request::builder().method(method).uri(uri).header("content-type", kind);
        ApiRequest::read(&request.body(Bytes::from(body)).unwrap()).unwrap()
    }

    #[test]
    fn a_project_is_named_by_its_path_and_a_label_by_its_name() {
        let request = read("PUT", "/api/v4/projects/team%2Fapp/labels/a+b%20c", "", "");
        assert_eq!(request.path, ["projects", "team/app", "labels", "a+b c"]);
        assert_eq!(request.route(), "PUT /projects/{id}/labels/{id}");
        let request = read("GET", "/api/v4/projects/7/issues/3/notes/9?x=1", "", "");
        assert_eq!(request.route(), "GET /projects/{id}/issues/{id}/notes/{id}");
        assert_eq!(
            read("GET", "/api/v4/personal_access_tokens/self", "", "").route(),
            "GET /personal_access_tokens/self"
        );
    }

    #[test]
    fn parameters_are_one_thing_however_they_come() {
        let json = r#"{"labels":["a","b"],"assignee_ids":[3,4],"confidential":true}"#;
        let form = "labels=a,b&assignee_ids[]=3&assignee_ids[]=4&confidential=true";
        for request in [
            read("POST", "/api/v4/x", "application/json", json),
            read("POST", "/api/v4/x", "application/x-www-form-urlencoded", form),
            read("GET", "/api/v4/x?labels=a,b&assignee_ids%5B%5D=3&assignee_ids[]=4&confidential=1", "", ""),
        ] {
            assert_eq!(request.names("labels").unwrap(), ["a", "b"]);
            assert_eq!(request.numbers("assignee_ids").unwrap().unwrap(), [3, 4]);
            assert_eq!(request.flag("confidential").unwrap(), Some(true));
        }
    }
}
