//! What a chat server's answer means. Pure; the servers refuse in as many ways as there are servers.

use std::time::Duration;

use serde_json::Value;

use super::client::Unsent;
use crate::model::{Done, Micros, RoomKind, Trouble, TroubleKind};
use crate::net::Answer;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The room has it; what its server answered.
    Taken(String),
    /// This message is not understood; a plainer one may be.
    Bad(String),
    /// The room has not got it.
    Not(Unsent),
}

/// Reads an answer. `told` is what its body says, fit to be printed.
pub(super) fn read(kind: RoomKind, answer: &Answer, told: &str, now: Micros) -> Outcome {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let what = format!("{} answered {} ({told})", server(kind), answer.status);
    if let Some(wait) = asked_to_wait(kind, answer, &body, now) {
        return Outcome::Not(Unsent::Later(Trouble::undone(TroubleKind::Wait(wait), what)));
    }
    match answer.status {
        200..=299 => taken(kind, answer, &body, what),
        408 | 425 => Outcome::Not(Unsent::Later(Trouble::undone(TroubleKind::Down, what))),
        501 if kind == RoomKind::Mattermost => off(kind, &what),
        500..=599 => {
            Outcome::Not(Unsent::Later(Trouble { kind: TroubleKind::Down, done: Done::Perhaps, sentence: what }))
        }
        300..=399 => Outcome::Not(Unsent::Off(format!(
            "{what}: the address leads elsewhere; write the address that it leads to"
        ))),
        400 | 413 | 422 if !names_the_room(kind, &body, told) => Outcome::Bad(what),
        _ => off(kind, &what),
    }
}

fn taken(kind: RoomKind, answer: &Answer, body: &Value, what: String) -> Outcome {
    let refused = body["success"] == false || body["ok"] == false;
    let missing = match kind {
        RoomKind::Rocketchat => body["success"] != true,
        RoomKind::Matrix => !body["event_id"].is_string(),
        _ => false,
    };
    let page = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    if refused {
        return Outcome::Bad(what);
    }
    if missing && page.is_some_and(|kind| kind.starts_with("text/html")) {
        return Outcome::Not(Unsent::Off(format!("{what}: that is a page for people; {}", cure(kind))));
    }
    if missing {
        let sentence = format!("{what}, which does not say that the room has the message");
        return Outcome::Not(Unsent::Later(Trouble { kind: TroubleKind::Down, done: Done::Perhaps, sentence }));
    }
    Outcome::Taken(what)
}

fn off(kind: RoomKind, what: &str) -> Outcome {
    Outcome::Not(Unsent::Off(format!("{what}; {}", cure(kind))))
}

/// A refusal that no other message will escape, among the statuses that mean a bad message elsewhere.
fn names_the_room(kind: RoomKind, body: &Value, told: &str) -> bool {
    let words: &[&str] = match kind {
        RoomKind::Rocketchat => {
            &["invalid-channel", "overriding destination", "Invalid integration", "error-not-allowed"]
        }
        RoomKind::Slack => &["user_not_found", "invalid_token", "no_active_hooks", "no_team", "channel_not_found"],
        RoomKind::Mattermost => {
            &["incoming_webhook.invalid", "find the channel", "find the user", "Invalid webhook", "disabled"]
        }
        RoomKind::Teams => &["WorkflowTriggerIsNotEnabled", "DirectApi", "Authorization", "WorkflowNotFound"],
        RoomKind::Discord => &["Unknown Webhook", "Unknown Channel", "Invalid Webhook Token"],
        RoomKind::Matrix => &["M_INVALID_PARAM", "M_UNSUPPORTED_ROOM_VERSION"],
        // Telegram, spoken to through a template.
        RoomKind::Webhook => &["chat not found", "migrate_to_chat_id"],
        RoomKind::Hipchat => &[],
    };
    // A thread is required in a forum channel: no message of ours has one.
    let forum = kind == RoomKind::Discord && body["code"] == 220_001;
    forum || words.iter().any(|word| told.contains(word))
}

/// How long the server asks us to wait, in whichever of their ways: a header in seconds, in epoch seconds or epoch
/// milliseconds; a number in the body, in seconds or milliseconds; a sentence. `None`: it does not.
fn asked_to_wait(kind: RoomKind, answer: &Answer, body: &Value, now: Micros) -> Option<Duration> {
    let sentence =
        body["error"].as_str().filter(|text| text.contains("too-many-requests") || text.contains("too many requests"));
    let busy = answer.status == 503 && answer.headers.contains_key("retry-after");
    if answer.status != 429 && sentence.is_none() && !busy {
        return None;
    }
    let wait = in_header(answer, now)
        .max(seconds(&body["retry_after"]))
        .max(seconds(&body["parameters"]["retry_after"]))
        .max(body["retry_after_ms"].as_u64().map(Duration::from_millis))
        .max(sentence.and_then(in_sentence));
    let usual = Duration::from_secs(match kind {
        RoomKind::Rocketchat | RoomKind::Hipchat => 20,
        RoomKind::Teams => 12,
        _ => 5,
    });
    Some(wait.unwrap_or(usual).clamp(Duration::from_millis(100), Duration::from_secs(3_600)))
}

fn in_header(answer: &Answer, now: Micros) -> Option<Duration> {
    let number = |name: &str| -> Option<f64> { answer.headers.get(name)?.to_str().ok()?.trim().parse().ok() };
    let number = |name: &str| number(name).filter(|number| number.is_finite() && *number >= 0.0);
    let until = |moment: f64| moment - now.0 as f64 / 1e6;
    let reset = number("x-ratelimit-reset").or_else(|| number("x-floodcontrol-reset")).map(|reset| match reset {
        milliseconds if milliseconds > 1e11 => until(milliseconds / 1e3),
        seconds if seconds > 1e8 => until(seconds),
        seconds => seconds,
    });
    let wait = number("retry-after").or_else(|| number("x-ratelimit-reset-after")).or(reset)?;
    Some(Duration::from_secs_f64(wait.clamp(0.0, 3_600.0)))
}

fn seconds(value: &Value) -> Option<Duration> {
    value.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| Duration::from_secs_f64(seconds.min(3_600.0)))
}

/// "… You must wait 12 seconds before trying this endpoint again. [error-too-many-requests]"
fn in_sentence(sentence: &str) -> Option<Duration> {
    let number = sentence.split("wait ").nth(1)?.split(' ').next()?;
    number.parse().ok().map(|seconds: u64| Duration::from_secs(seconds.min(3_600)))
}

/// How long until the server takes another message, as it says beside one that it took.
pub(super) fn pause_after(answer: &Answer) -> Option<Duration> {
    let number = |name: &str| -> Option<f64> { answer.headers.get(name)?.to_str().ok()?.trim().parse().ok() };
    let none_left = number("x-ratelimit-remaining") == Some(0.0);
    let after = number("x-ratelimit-reset-after").filter(|seconds| none_left && *seconds > 0.0)?;
    Some(Duration::from_secs_f64(after.min(3_600.0)))
}

/// What the server is called.
pub(super) fn server(kind: RoomKind) -> &'static str {
    match kind {
        RoomKind::Hipchat => "HipChat",
        RoomKind::Rocketchat => "Rocket.Chat",
        RoomKind::Slack => "Slack",
        RoomKind::Mattermost => "Mattermost",
        RoomKind::Discord => "Discord",
        RoomKind::Teams => "Teams",
        RoomKind::Matrix => "Matrix",
        RoomKind::Webhook => "the webhook's receiver",
    }
}

/// What to do about a room that refuses for good.
fn cure(kind: RoomKind) -> &'static str {
    match kind {
        RoomKind::Hipchat => "is the room there, and may the token send notifications (scope send_notification) to it?",
        RoomKind::Rocketchat => {
            "is the integration still there, enabled, and its channel too? Administration, Workspace, Integrations \
             shows its address"
        }
        RoomKind::Slack => {
            "was the app removed, or the channel archived? Make a new incoming webhook and write its address"
        }
        RoomKind::Mattermost => {
            "is the incoming webhook still there, may it write to its channel, and are incoming webhooks enabled on the \
             server?"
        }
        RoomKind::Discord => "was the webhook deleted, or does its channel want a thread (a forum)? Make a new one",
        RoomKind::Teams => {
            "is the workflow still there and switched on, and was the whole address copied? A workflow ends with the \
             account of the person who made it"
        }
        RoomKind::Matrix => {
            "is the token still good, has the bot been invited and joined the room, and may it speak there?"
        }
        RoomKind::Webhook => "is the address still right, and does it take what is sent to it?",
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    const NOW: Micros = Micros(1_700_000_000_000_000);

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Answer {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        Answer {
            status,
            headers: HeaderMap::from_iter(headers.iter().map(header)),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    fn said(kind: RoomKind, answer: &Answer) -> Outcome {
        read(kind, answer, std::str::from_utf8(&answer.body).unwrap(), NOW)
    }

    fn wait(kind: RoomKind, headers: &[(&'static str, &'static str)], body: &'static str) -> Duration {
        match said(kind, &answer(429, headers, body)) {
            Outcome::Not(Unsent::Later(Trouble { kind: TroubleKind::Wait(span), done: Done::No, .. })) => span,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_way_of_saying_wait_is_read() {
        let seconds = Duration::from_secs;
        assert_eq!(wait(RoomKind::Slack, &[("retry-after", "30")], ""), seconds(30));
        assert_eq!(
            wait(RoomKind::Discord, &[("retry-after", "1")], r#"{"retry_after":1.337}"#),
            Duration::from_millis(1_337)
        );
        assert_eq!(
            wait(RoomKind::Matrix, &[], r#"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2500}"#),
            Duration::from_millis(2_500)
        );
        assert_eq!(wait(RoomKind::Hipchat, &[("x-floodcontrol-reset", "1700000042")], ""), seconds(42));
        assert_eq!(wait(RoomKind::Rocketchat, &[("x-ratelimit-reset", "1700000042000")], ""), seconds(42));
        assert_eq!(wait(RoomKind::Mattermost, &[("x-ratelimit-reset", "3")], ""), seconds(3));
        assert_eq!(wait(RoomKind::Webhook, &[], r#"{"ok":false,"parameters":{"retry_after":17}}"#), seconds(17));
    }

    #[test]
    fn a_wait_that_is_none_is_as_long_as_usual_and_never_too_long() {
        let seconds = Duration::from_secs;
        assert_eq!(wait(RoomKind::Teams, &[], "slow down"), seconds(12));
        assert_eq!(wait(RoomKind::Slack, &[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], ""), seconds(5));
        assert_eq!(wait(RoomKind::Slack, &[("retry-after", "NaN")], ""), seconds(5));
        assert_eq!(wait(RoomKind::Slack, &[("retry-after", "1e300")], ""), seconds(3_600));
        assert_eq!(wait(RoomKind::Hipchat, &[("x-ratelimit-reset", "1600000000")], ""), Duration::from_millis(100));
        assert_eq!(
            wait(RoomKind::Rocketchat, &[], r#"{"error":"wait many seconds [error-too-many-requests]"}"#),
            seconds(20)
        );
    }

    #[test]
    fn a_used_up_allowance_is_read_from_a_success() {
        let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "1.5")];
        assert_eq!(pause_after(&answer(204, &headers, "")), Some(Duration::from_millis(1_500)));
        let headers = [("x-ratelimit-remaining", "3"), ("x-ratelimit-reset-after", "1.5")];
        assert_eq!(pause_after(&answer(204, &headers, "")), None);
    }

    #[test]
    fn a_refusal_is_of_the_message_or_of_the_room() {
        let bad = [
            (RoomKind::Slack, 400, "invalid_blocks"),
            (RoomKind::Hipchat, 400, "message too long"),
            (RoomKind::Matrix, 413, r#"{"errcode":"M_TOO_LARGE"}"#),
            (RoomKind::Discord, 400, r#"{"code":50035}"#),
            (RoomKind::Teams, 413, ""),
            (RoomKind::Rocketchat, 200, r#"{"success":false,"error":"odd"}"#),
            (RoomKind::Webhook, 422, ""),
        ];
        for (kind, status, body) in bad {
            assert!(matches!(said(kind, &answer(status, &[], body)), Outcome::Bad(_)), "{kind} {status} {body}");
        }
        let off = [
            (RoomKind::Slack, 403, "action_prohibited"),
            (RoomKind::Slack, 404, "no_service"),
            (RoomKind::Hipchat, 401, "Unauthorized"),
            (RoomKind::Matrix, 401, r#"{"errcode":"M_UNKNOWN_TOKEN"}"#),
            (RoomKind::Discord, 404, r#"{"code":10015}"#),
            (RoomKind::Discord, 400, r#"{"code":220001}"#),
            (RoomKind::Teams, 400, r#"{"error":{"code":"WorkflowTriggerIsNotEnabled"}}"#),
            (RoomKind::Rocketchat, 400, r#"{"success":false,"error":"invalid-channel"}"#),
            (RoomKind::Mattermost, 400, r#"{"id":"web.incoming_webhook.invalid.app_error"}"#),
            (RoomKind::Mattermost, 501, "Incoming webhooks have been disabled by the system admin."),
            (RoomKind::Webhook, 400, r#"{"ok":false,"parameters":{"migrate_to_chat_id":-100}}"#),
            (RoomKind::Webhook, 302, ""),
        ];
        for (kind, status, body) in off {
            let outcome = said(kind, &answer(status, &[], body));
            assert!(matches!(&outcome, Outcome::Not(Unsent::Off(_))), "{kind} {status} {body}: {outcome:?}");
        }
        for (kind, status) in
            [(RoomKind::Hipchat, 204), (RoomKind::Teams, 202), (RoomKind::Discord, 204), (RoomKind::Slack, 200)]
        {
            assert!(matches!(said(kind, &answer(status, &[], "")), Outcome::Taken(_)), "{kind}");
        }
    }
}
