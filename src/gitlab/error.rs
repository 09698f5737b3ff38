//! What GitLab's errors mean to us. Its bodies come in at least seven shapes
//! (<https://docs.gitlab.com/api/rest/troubleshooting/>), and 404 also means "not for this token". Pure.

use std::time::Duration;

use serde_json::Value;

use crate::model::{Done, Trouble, TroubleKind};
use crate::net::{Answer, NetTrouble, one_line};

/// How long to keep still after a 429 that names no time: GitLab's limits count by the minute.
const WINDOW: Duration = Duration::from_secs(60);

/// What to do where GitLab will not send its hooks to an address of its own network.
pub(super) const LOCAL_NETWORK: &str = "GitLab does not send hooks to addresses in a local network unless an \
    administrator allows it (Admin › Settings › Network › Outbound requests: tick \"Allow requests to the local \
    network from webhooks and integrations\", or add the host to the list below it); or set PUBLIC_URL to an address \
    that can be reached from outside";

/// Lets answers of 2xx through.
pub(super) fn only_success(call: &str, answer: Answer) -> Result<Answer, Trouble> {
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(trouble(call, &answer)) }
}

/// What an answer other than 2xx means. `call` names the call, without its ids.
fn trouble(call: &str, answer: &Answer) -> Trouble {
    let told = told(answer);
    let what = format!("GitLab answered {} to {call} ({told})", answer.status);
    match answer.status {
        300..400 => Trouble::refused(format!(
            "{what}; GITLAB_URL leads elsewhere: write it as the browser shows it, https included"
        )),
        401 => Trouble::refused(format!(
            "{what}; GITLAB_TOKEN is wrong, expired or revoked: make a new access token with scope api and set it"
        )),
        403 if told.contains("insufficient_scope") => Trouble::refused(format!(
            "{what}; GITLAB_TOKEN lacks a scope: make a new access token with scope api and set it"
        )),
        403 => Trouble::refused(format!(
            "{what}; the one whose GITLAB_TOKEN this is may not do this: give them the role Maintainer in the project"
        )),
        404 => Trouble::undone(
            TroubleKind::Gone,
            format!("{what}; it does not exist, or the one whose GITLAB_TOKEN this is may not see it"),
        ),
        400 | 422 if is_blocked(&told) => Trouble::refused(format!("{what}; {LOCAL_NETWORK}")),
        429 => Trouble::undone(TroubleKind::Wait(answer.retry_after().unwrap_or(WINDOW)), what),
        408 | 409 => Trouble::undone(TroubleKind::Down, what),
        400..500 => Trouble::refused(format!("{what}; this is not expected: please report it with the log")),
        _ => Trouble { kind: TroubleKind::Down, done: Done::Perhaps, sentence: what },
    }
}

/// Whether GitLab refuses to send hooks to an address. Its API says no more than `Invalid url given` in many versions.
pub(super) fn is_blocked(told: &str) -> bool {
    let told = told.to_lowercase();
    told.contains("is blocked") || told.contains("local network") || told.contains("invalid url given")
}

/// What the lack of an answer means to us.
pub(super) fn net_trouble(call: &str, trouble: &NetTrouble) -> Trouble {
    let done = match trouble {
        NetTrouble::NotSent(_) => Done::No,
        NetTrouble::Lost(_) => Done::Perhaps,
    };
    let sentence = format!("GitLab gave no answer to {call} ({trouble}); is GITLAB_URL right, and can it be reached?");
    Trouble { kind: TroubleKind::Down, done, sentence }
}

/// An answer of 2xx that is not what it should be. The call may have done its work.
pub(super) fn nonsense(call: &str, error: &dyn std::fmt::Display) -> Trouble {
    let sentence = format!("GitLab's answer to {call} cannot be read ({error}); is GITLAB_URL right?");
    Trouble { kind: TroubleKind::Down, done: Done::Perhaps, sentence }
}

/// What the body says, in one line.
fn told(answer: &Answer) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        let text = String::from_utf8_lossy(&answer.body);
        // Proxies answer with whole pages.
        return if text.trim_start().starts_with('<') { "a web page".to_owned() } else { one_line(&text) };
    };
    let parts: Vec<String> = ["message", "error", "error_description"]
        .iter()
        .filter_map(|name| body.get(name))
        .map(flat)
        .filter(|part| !part.is_empty())
        .collect();
    one_line(&parts.join(": "))
}

/// `"text"`, `["text"]`, `{"field": ["text"]}` and what is nested deeper, as one text.
fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let parts: Vec<String> = fields.iter().map(|(name, value)| format!("{name} {}", flat(value))).collect();
            parts.join(", ")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, body: &'static str) -> Trouble {
        trouble("POST /projects/{id}/hooks", &Answer { status, headers: http::HeaderMap::new(), body: body.into() })
    }

    #[test]
    fn every_shape_of_error_is_told_with_its_cure() {
        let table = [
            (301, "<html>moved</html>", "a web page", "GITLAB_URL"),
            (401, r#"{"message":"401 Unauthorized"}"#, "401 Unauthorized", "scope api"),
            (401, r#"{"error":"invalid_token","error_description":"Token is expired."}"#, "Token is expired", "new"),
            (403, r#"{"error":"insufficient_scope","scope":"api"}"#, "insufficient_scope", "lacks a scope"),
            (403, r#"{"message":"403 Forbidden"}"#, "403 Forbidden", "Maintainer"),
            (404, r#"{"message":"404 Project Not Found"}"#, "404 Project Not Found", "may not see it"),
            (422, r#"{"error":"Invalid url given"}"#, "Invalid url given", "Outbound requests"),
            (422, r#"{"message":{"url":["is blocked: Requests to localhost are not allowed"]}}"#, "url is", "Outbound"),
            (400, r#"{"message":["too long","too odd"]}"#, "too long, too odd", "report"),
        ];
        for (status, body, told, cure) in table {
            let sentence = meaning(status, body).sentence;
            assert!(sentence.contains(told) && sentence.contains(cure), "{status} {body}: {sentence}");
        }
    }

    #[test]
    fn what_may_pass_by_itself_is_told_from_what_needs_a_person() {
        assert_eq!(meaning(404, "").kind, TroubleKind::Gone);
        assert_eq!(meaning(429, "Retry later").kind, TroubleKind::Wait(WINDOW));
        assert_eq!((meaning(502, "<html>").kind, meaning(502, "").done), (TroubleKind::Down, Done::Perhaps));
        assert_eq!(meaning(400, "{}").kind, TroubleKind::Refused);
    }
}
