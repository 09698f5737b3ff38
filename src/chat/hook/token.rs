//! Tokens, compared so that the time it takes says nothing about them.

use http::HeaderMap;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::Unheard;
use crate::model::{Room, RoomKind};

/// Whether `given` is one of the room's tokens; `place` says where it was looked for.
///
/// # Errors
/// Names what to set.
pub(super) fn check(room: &Room, given: Option<&str>, place: &str) -> Result<(), Unheard> {
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return Err(Unheard::Unverified(format!("{place} is missing; {}", cure(room))));
    };
    // Digests have one length: how long a token is stays secret too.
    let given = Sha256::digest(given.as_bytes());
    let same = |matched: Choice, token: &crate::model::Secret| {
        matched | Sha256::digest(token.expose().as_bytes()).as_slice().ct_eq(given.as_slice())
    };
    if room.commands.tokens.iter().fold(Choice::from(0), same).into() {
        return Ok(());
    }
    Err(Unheard::Unverified(format!("{place} is wrong; {}", cure(room))))
}

/// What follows `scheme` in the Authorization header.
pub(super) fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (given, token) = headers.get("authorization")?.to_str().ok()?.trim().split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| token.trim())
}

fn cure(room: &Room) -> String {
    format!("it has to be the value of {}", setting(room))
}

/// Where what the chat server proves itself by is set.
pub(super) fn setting(room: &Room) -> String {
    let variable = if room.kind == RoomKind::Slack { "SLACK_SIGNING_SECRET" } else { "CHAT_COMMAND_TOKEN" };
    format!("{variable}, or of `command_token` where the [[room]] `{}` has one", room.name)
}

/// That nothing is taken from this room.
pub(super) fn none(room: &Room) -> String {
    let variable = if room.kind == RoomKind::Slack { "SLACK_SIGNING_SECRET" } else { "CHAT_COMMAND_TOKEN" };
    format!("the room `{}` takes no commands yet; set {variable}, or `command_token` in its [[room]]", room.name)
}
