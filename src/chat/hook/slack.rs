//! Slack's slash commands: a form, signed over its raw bytes
//! (<https://docs.slack.dev/authentication/verifying-requests-from-slack/>).

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::form::Fields;
use super::{Called, Heard, Hearing, Knock, Unheard, token};
use crate::model::{Room, Secret};

/// How far a signature's time may be from ours, in seconds and in both directions, as Slack advises.
const TOLERANCE: u64 = 300;

pub(super) fn hear(room: &Room, knock: Knock<'_>) -> Result<Hearing, Unheard> {
    verify(room, knock)?;
    let fields = Fields::form(knock);
    if fields.text("/ssl_check").is_some() {
        return Ok(Hearing::Nothing("Slack looks whether the door is there"));
    }
    let Some(command) = fields.text("/command") else {
        let wrong =
            "this is no slash command of Slack's: it has no `command`; set the request URL of a slash command here";
        return Err(Unheard::Malformed(wrong.to_owned()));
    };
    Ok(Hearing::Heard(Box::new(Heard {
        text: fields.text("/text").unwrap_or_default().to_owned(),
        called: Called::Slash(command.to_owned()),
        person: fields.speaker("/user_name", "/user_id", "/user/name"),
        request: fields.id("/trigger_id"),
        reply_to: fields.text("/response_url").map(Secret::new),
        notification: fields.notification(),
    })))
}

fn verify(room: &Room, knock: Knock<'_>) -> Result<(), Unheard> {
    let sent = header(knock.headers, "x-slack-request-timestamp")?;
    let given = header(knock.headers, "x-slack-signature")?;
    let is_right = |right: Choice, secret: &Secret| match sign(secret, sent, knock.body) {
        Some(signature) => right | signature.as_bytes().ct_eq(given.as_bytes()),
        None => right,
    };
    if !bool::from(room.commands.tokens.iter().fold(Choice::from(0), is_right)) {
        let cure = "it has to be the signing secret of the Slack app (Basic Information)";
        return Err(Unheard::Unverified(format!(
            "X-Slack-Signature is wrong; compare {}: {cure}",
            token::setting(room)
        )));
    }
    // Only once the signature is right: its time is signed too.
    let bad = || Unheard::Unverified("X-Slack-Request-Timestamp is not a number of seconds".to_owned());
    let sent: i64 = sent.parse().map_err(|_| bad())?;
    let apart = knock.now.seconds().abs_diff(sent);
    if apart > TOLERANCE {
        let wrong = format!("the signature's time and ours are {apart} seconds apart, more than {TOLERANCE}");
        return Err(Unheard::Unverified(format!("{wrong}; compare the clocks, and send the command again")));
    }
    Ok(())
}

fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Unheard> {
    let found = headers.get(name).and_then(|value| value.to_str().ok());
    found.ok_or_else(|| {
        Unheard::Unverified(format!("{name} is missing; only requests that Slack signed are taken here"))
    })
}

/// `v0=` and the digest in hexadecimal.
fn sign(secret: &Secret, sent: &str, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(format!("v0:{sent}:").as_bytes());
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("v0={hex}"))
}
