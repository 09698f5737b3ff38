//! Each chat server's requests, right and wrong, read out of the fixtures.

use proptest::prelude::*;

use super::*;
use crate::model::{CommandRules, RoomName};

const TOKEN: &str = "a-command-token";
/// Slack's own example of a signed request
/// (<https://docs.slack.dev/authentication/verifying-requests-from-slack/>).
const SLACK_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const SLACK_TIME: &str = "1531420618";
const SLACK_BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const SLACK_SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

fn room(kind: RoomKind, tokens: &[&str]) -> Room {
    let tokens = tokens.iter().copied().map(Secret::new).collect();
    Room {
        name: "dev".parse::<RoomName>().unwrap(),
        kind,
        url: Secret::new("https://chat.example.com/hooks/1"),
        token: None,
        room: None,
        template: None,
        signing_key: None,
        changes: false,
        per_minute: None,
        commands: CommandRules { tokens, ..CommandRules::default() },
    }
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/fixtures/chat/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
}

/// What a request with this body, and perhaps a query and headers, comes to.
fn sent(kind: RoomKind, body: &str, query: Option<&str>, pairs: &[(&'static str, &str)]) -> Result<Hearing, Unheard> {
    let headers = headers(pairs);
    let knock = Knock { headers: &headers, query, body: body.as_bytes(), now: Micros(1_531_420_618_000_000) };
    let token = if kind == RoomKind::Slack { SLACK_SECRET } else { TOKEN };
    hear(&room(kind, &["another-token", token]), knock)
}

fn heard(hearing: Result<Hearing, Unheard>) -> Heard {
    match hearing {
        Ok(Hearing::Heard(heard)) => *heard,
        other => panic!("{other:?}"),
    }
}

fn refused(hearing: Result<Hearing, Unheard>) -> String {
    match hearing {
        Err(Unheard::Unverified(sentence)) => sentence,
        other => panic!("{other:?}"),
    }
}

#[test]
fn hipchat_s_message_is_heard_with_the_token_of_its_address() {
    let body = fixture("hipchat_room_message.json");
    let heard = heard(sent(RoomKind::Hipchat, &body, Some("x=1&token=a-command-token"), &[]));
    assert_eq!((heard.text.as_str(), &heard.called), ("please, /list To do", &Called::Anywhere));
    assert_eq!(heard.person.as_ref().map(|person| person.name.as_str()), Some("ana"));
    assert_eq!(heard.person.unwrap().id.as_deref(), Some("351107"));
    assert_eq!(heard.request.as_deref(), Some("00a3eb7f-fac5-496a-8d64-a9050c712ca1"));
    assert_eq!(heard.notification["item"]["room"]["name"], "Heating");
    for query in [None, Some(""), Some("token="), Some("token=another"), Some("atoken=a-command-token")] {
        assert!(refused(sent(RoomKind::Hipchat, &body, query, &[])).contains("CHAT_COMMAND_TOKEN"), "{query:?}");
    }
}

#[test]
fn hipchat_is_read_leniently() {
    let heard = heard(sent(RoomKind::Hipchat, &fixture("hipchat_sparse.json"), Some("token=a-command-token"), &[]));
    assert_eq!((heard.text.as_str(), heard.request), ("see http://x/ y", None));
    let other = r#"{"event": "room_enter", "item": {}}"#;
    assert!(matches!(sent(RoomKind::Hipchat, other, Some("token=a-command-token"), &[]), Ok(Hearing::Nothing(_))));
    let none = sent(RoomKind::Hipchat, "{}", Some("token=a-command-token"), &[]);
    assert!(matches!(none, Err(Unheard::Malformed(_))));
}

#[test]
fn rocket_chat_s_message_is_heard_with_the_token_of_its_body_and_integrations_are_not() {
    let heard = heard(sent(RoomKind::Rocketchat, &fixture("rocketchat_outgoing.json"), None, &[]));
    assert_eq!(heard.called, Called::Trigger(Some("!kan".to_owned())));
    assert_eq!((heard.text.as_str(), heard.request.as_deref()), ("!kan list To do", Some("y7wGTL2n4rX8sVb3q")));
    assert_eq!(heard.notification.get("token"), None, "scripts need not know it");
    let bot = sent(RoomKind::Rocketchat, &fixture("rocketchat_integration.json"), None, &[]);
    assert!(matches!(bot, Ok(Hearing::Nothing(_))));
    let wrong = fixture("rocketchat_outgoing.json").replace(TOKEN, "a-command-tokem");
    assert!(refused(sent(RoomKind::Rocketchat, &wrong, None, &[])).contains("CHAT_COMMAND_TOKEN"));
}

#[test]
fn mattermost_is_heard_in_all_its_forms() {
    for name in ["mattermost_outgoing.form", "mattermost_outgoing.json"] {
        let heard = heard(sent(RoomKind::Mattermost, &fixture(name), None, &[]));
        assert_eq!((heard.text.as_str(), &heard.called), ("!kan list To do", &Called::Trigger(Some("!kan".into()))));
        assert_eq!(heard.request.as_deref(), Some("axdygg1957njfe5pu38saikdho"));
    }
    let slash = fixture("mattermost_slash.form");
    let heard = heard(sent(RoomKind::Mattermost, &slash, None, &[("authorization", "Token a-command-token")]));
    assert_eq!((heard.text.as_str(), &heard.called), ("list To do", &Called::Slash("/kan".into())));
    assert!(heard.reply_to.unwrap().expose().starts_with("https://chat.example.com/hooks/commands/"));
    assert_eq!(heard.notification.get("response_url"), None);
    let both = [("authorization", "Token wrong-token")];
    assert!(refused(sent(RoomKind::Mattermost, &slash, None, &both)).contains("`Authorization: Token` is wrong"));
    refused(sent(RoomKind::Mattermost, &slash.replace(TOKEN, "x"), None, &[]));
}

#[test]
fn slack_s_own_example_passes_and_whatever_differs_does_not() {
    let signed = |body: &str, time: &str, signature: &str| {
        sent(
            RoomKind::Slack,
            body,
            None,
            &[
                ("x-slack-request-timestamp", time),
                ("x-slack-signature", signature),
                ("content-type", "application/x-www-form-urlencoded"),
            ],
        )
    };
    let heard = heard(signed(SLACK_BODY, SLACK_TIME, SLACK_SIGNATURE));
    assert_eq!((heard.text.as_str(), &heard.called), ("", &Called::Slash("/webhook-collect".into())));
    assert_eq!(heard.person.unwrap().name, "roadrunner");
    for (body, time, signature) in [
        (SLACK_BODY, SLACK_TIME, &SLACK_SIGNATURE.to_uppercase() as &str),
        (SLACK_BODY, "1531420619", SLACK_SIGNATURE),
        (SLACK_BODY, SLACK_TIME, "v0="),
        (&SLACK_BODY.replace("roadrunner", "coyote"), SLACK_TIME, SLACK_SIGNATURE),
    ] {
        assert!(refused(signed(body, time, signature)).contains("SLACK_SIGNING_SECRET"));
    }
    refused(sent(RoomKind::Slack, SLACK_BODY, None, &[]));
}

#[test]
fn a_stale_signature_of_slack_s_is_refused() {
    let pairs = [("x-slack-request-timestamp", SLACK_TIME), ("x-slack-signature", SLACK_SIGNATURE)];
    let headers = headers(&pairs);
    let at = |seconds: i64| {
        let now = Micros((1_531_420_618 + seconds) * 1_000_000);
        let knock = Knock { headers: &headers, query: None, body: SLACK_BODY.as_bytes(), now };
        hear(&room(RoomKind::Slack, &[SLACK_SECRET]), knock)
    };
    assert!(at(300).is_ok() && at(-300).is_ok());
    assert!(refused(at(301)).contains("301 seconds apart") && refused(at(-301)).contains("301 seconds apart"));
}

#[test]
fn everything_else_is_heard_in_the_plain_form() {
    let body = fixture("plain.json");
    for kind in [RoomKind::Webhook, RoomKind::Discord, RoomKind::Teams, RoomKind::Matrix] {
        let heard = heard(sent(kind, &body, None, &[("authorization", "Bearer a-command-token")]));
        assert_eq!((heard.text.as_str(), heard.request.as_deref()), ("list To do", Some("7")));
        refused(sent(kind, &body, None, &[("authorization", "Bearer wrong")]));
        refused(sent(kind, &body, None, &[]));
    }
    let inside = body.replace('}', r#", "token": "a-command-token"}"#);
    assert_eq!(heard(sent(RoomKind::Webhook, &inside, None, &[])).person.unwrap().name, "ana");
}

#[test]
fn a_room_without_a_token_takes_nothing() {
    for kind in RoomKind::ALL {
        let headers = headers(&[("authorization", "Bearer ")]);
        let knock = Knock { headers: &headers, query: Some("token="), body: b"{\"token\":\"\"}", now: Micros(0) };
        let sentence = refused(hear(&room(kind, &[]), knock));
        assert!(sentence.contains("takes no commands yet") && sentence.contains("command_token"), "{sentence}");
    }
}

proptest! {
    #[test]
    fn no_body_and_no_header_break_a_door(body in any::<Vec<u8>>(), value in "[ -~]{0,40}", at in 0usize..8) {
        let kind = RoomKind::ALL[at];
        let headers = headers(&[("authorization", &value), ("x-slack-signature", &value), ("x-slack-request-timestamp", "1")]);
        let query = value.as_str();
        let knock = Knock { headers: &headers, query: Some(query), body: &body, now: Micros(0) };
        prop_assert!(!matches!(hear(&room(kind, &[TOKEN]), knock), Ok(Hearing::Heard(_))));
    }
}
