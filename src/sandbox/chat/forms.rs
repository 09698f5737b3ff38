//! The outer forms: where each kind of room is, how it says that it has heard, that it is too much, and that it is gone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Kind, RoomView};

/// An answer, to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Answer { status, kind: "application/json", headers: Vec::new(), body: body.to_string() }
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Answer { status, kind: "text/plain", headers: Vec::new(), body: body.to_owned() }
    }

    fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// Where a room of this kind and name is.
pub(super) fn view(server: &str, kind: Kind, name: &str) -> RoomView {
    // In an address and a header.
    let slug: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let secret = format!("sandbox-key-of-{slug}");
    let mut view = RoomView { name: name.to_owned(), kind, url: String::new(), token: None, room: None, alias: None };
    match kind {
        Kind::Hipchat => {
            (view.url, view.token, view.room) = (server.to_owned(), Some(secret), Some(name.to_owned()));
        }
        Kind::Matrix => {
            (view.url, view.token) = (server.to_owned(), Some(secret));
            view.room = Some(format!("!{slug}:sandbox"));
            view.alias = Some(format!("#{slug}:sandbox"));
        }
        Kind::Rocketchat => view.url = format!("{server}/hooks/{slug}/{secret}"),
        Kind::Slack => view.url = format!("{server}/services/T0/{slug}/{secret}"),
        Kind::Mattermost => view.url = format!("{server}/hooks/{secret}"),
        Kind::Discord => view.url = format!("{server}/api/webhooks/{slug}/{secret}"),
        Kind::Teams => {
            view.url = format!(
                "{server}/workflows/{slug}/triggers/manual/paths/invoke?api-version=2016-06-01&\
                 sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={secret}"
            );
        }
        Kind::Webhook => view.url = format!("{server}/in/{secret}"),
    }
    view
}

/// "I have it."
pub(super) fn taken(kind: Kind, event: &str, said: usize) -> Answer {
    match kind {
        Kind::Hipchat => Answer { body: String::new(), ..Answer::text(204, "") },
        Kind::Rocketchat => Answer::json(200, &json!({ "success": true })),
        Kind::Slack | Kind::Mattermost => Answer::text(200, "ok"),
        Kind::Discord => Answer::json(200, &json!({ "id": said.to_string(), "type": 0 })),
        Kind::Teams => Answer::text(202, ""),
        Kind::Matrix => Answer::json(200, &json!({ "event_id": event })),
        Kind::Webhook => Answer::text(200, "thanks"),
    }
}

/// "Wait so long", each in its own way.
pub(super) fn busy(kind: Kind, wait: Duration) -> Answer {
    let whole = wait.as_secs_f64().ceil() as u64;
    let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + wait;
    match kind {
        Kind::Hipchat => {
            let error =
                json!({ "error": { "code": 429, "type": "Too Many Requests", "message": "Rate limit exceeded." } });
            Answer::json(429, &error)
                .with("X-FloodControl-Remaining", 0)
                .with("X-FloodControl-Reset", epoch.as_secs() + 1)
        }
        Kind::Rocketchat => {
            let error = format!(
                "Error, too many requests. Please slow down. You must wait {whole} seconds before trying this endpoint \
                 again. [error-too-many-requests]"
            );
            Answer::json(429, &json!({ "success": false, "error": error }))
        }
        Kind::Discord => {
            let error = json!({
                "message": "You are being rate limited.", "retry_after": wait.as_secs_f64(), "global": false,
            });
            Answer::json(429, &error)
                .with("X-RateLimit-Reset-After", wait.as_secs_f64())
                .with("X-RateLimit-Scope", "user")
        }
        Kind::Teams => Answer::text(429, "Too many requests"),
        Kind::Matrix => {
            let error = json!({
                "errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests",
                "retry_after_ms": u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            });
            Answer::json(429, &error)
        }
        Kind::Mattermost => Answer::text(429, "limit exceeded").with("X-RateLimit-Reset", whole),
        Kind::Slack | Kind::Webhook => Answer::text(429, "rate_limited").with("Retry-After", whole),
    }
}

/// "Never again", each in its own way.
pub(super) fn gone(kind: Kind) -> Answer {
    match kind {
        Kind::Hipchat => {
            Answer::json(404, &json!({ "error": { "code": 404, "type": "Not Found", "message": "Room not found" } }))
        }
        Kind::Rocketchat => Answer::json(400, &json!({ "success": false, "error": "invalid-channel" })),
        Kind::Slack => Answer::text(410, "channel_is_archived"),
        Kind::Mattermost => Answer::json(
            404,
            &json!({ "id": "web.incoming_webhook.channel.app_error", "message": "Couldn't find the channel.", "status_code": 404 }),
        ),
        Kind::Discord => Answer::json(404, &json!({ "message": "Unknown Webhook", "code": 10_015 })),
        Kind::Teams => {
            Answer::json(404, &json!({ "error": { "code": "WorkflowNotFound", "message": "The workflow is gone." } }))
        }
        Kind::Matrix => Answer::json(403, &json!({ "errcode": "M_FORBIDDEN", "error": "User not in room" })),
        Kind::Webhook => Answer::text(410, "gone"),
    }
}

/// "Who are you?"
pub(super) fn stranger(kind: Kind) -> Answer {
    match kind {
        Kind::Hipchat => Answer::json(
            401,
            &json!({ "error": { "code": 401, "type": "Unauthorized", "message": "Invalid OAuth session" } }),
        ),
        Kind::Matrix => {
            Answer::json(401, &json!({ "errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token passed." }))
        }
        Kind::Teams => {
            Answer::json(401, &json!({ "error": { "code": "DirectApiAuthorizationRequired", "message": "sig" } }))
        }
        _ => Answer::text(401, "no"),
    }
}

/// "I know you": to whoever asks without saying anything. Matrix tells the rooms that they have joined.
pub(super) fn known(kind: Kind, joined: &[&str]) -> Answer {
    match kind {
        Kind::Matrix => Answer::json(200, &json!({ "user_id": "@kanbridge:sandbox", "joined_rooms": joined })),
        _ => Answer::json(
            202,
            &json!({ "success": { "code": 202, "type": "Accepted", "message": "This auth_token has access to use this method." } }),
        ),
    }
}

/// What each server hears in a stretch of time before it is too much.
pub(super) fn windows(kind: Kind) -> &'static [(usize, Duration)] {
    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_secs(60);
    const TWO_SECONDS: Duration = Duration::from_secs(2);
    match kind {
        Kind::Hipchat => &[(30, MINUTE)],
        Kind::Rocketchat => &[(10, MINUTE)],
        Kind::Slack => &[(1, SECOND)],
        Kind::Discord => &[(5, TWO_SECONDS), (30, MINUTE)],
        Kind::Teams => &[(4, SECOND)],
        Kind::Mattermost | Kind::Matrix | Kind::Webhook => &[],
    }
}
