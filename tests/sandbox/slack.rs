//! Slack's own library signs a command, and the door lets it in; whatever was changed on the way it does not.

use kanbridge::chat::{Hearing, Knock, Unheard, hear};
use kanbridge::model::{CommandRules, Micros, Room, RoomKind, Secret};

use crate::clients::python;

const SECRET: &str = "a-signing-secret";
const AT: i64 = 1_779_948_000;

fn knock(signature: &str, body: &str) -> Result<Hearing, Unheard> {
    let commands = CommandRules { tokens: vec![Secret::new(SECRET)], ..CommandRules::default() };
    let room = Room {
        name: "dev".parse().unwrap(),
        kind: RoomKind::Slack,
        url: Secret::new("https://hooks.slack.com/services/x"),
        token: None,
        room: None,
        template: None,
        signing_key: None,
        changes: false,
        per_minute: None,
        commands,
    };
    let headers = [("x-slack-request-timestamp", AT.to_string()), ("x-slack-signature", signature.to_owned())];
    let headers = headers
        .into_iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_str(&value).unwrap()));
    hear(&room, Knock { headers: &headers.collect(), query: None, body: body.as_bytes(), now: Micros(AT * 1_000_000) })
}

#[test]
#[ignore = "needs Python with slack_sdk (KANBRIDGE_TEST_PYTHON)"]
fn what_slack_s_own_library_signs_is_let_in() {
    let body = include_str!("../../fixtures/chat/slack_slash.form");
    let path = std::env::temp_dir().join(format!("kanbridge-{}.form", uuid::Uuid::now_v7()));
    std::fs::write(&path, body).unwrap();
    python("slack_signature.py", &[SECRET, &AT.to_string(), path.to_str().unwrap()]);
    let beside = path.with_added_extension("signature");
    let signature = std::fs::read_to_string(&beside).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::remove_file(&beside).unwrap();
    assert!(matches!(knock(&signature, body), Ok(Hearing::Heard(_))));
    assert!(matches!(knock(&signature, &body.replace("list", "done")), Err(Unheard::Unverified(_))));
}
