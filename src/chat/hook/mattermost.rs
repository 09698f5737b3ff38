//! Mattermost's outgoing webhooks and slash commands, as a form or as JSON. Each hook and each command has a token of its
//! own, in the body, and since version 5.8 in `Authorization: Token …` as well.

use super::form::Fields;
use super::{Called, Heard, Hearing, Knock, Unheard, token};
use crate::model::{Room, Secret};

pub(super) fn hear(room: &Room, knock: Knock<'_>) -> Result<Hearing, Unheard> {
    let in_header = token::authorization(knock.headers, "token");
    if in_header.is_some() {
        token::check(room, in_header, "`Authorization: Token`")?;
    }
    let fields = Fields::either(knock)?;
    if in_header.is_none() {
        token::check(room, fields.text("/token"), "`token` in the body")?;
    }
    let called = match fields.text("/command") {
        Some(command) => Called::Slash(command.to_owned()),
        None => Called::Trigger(fields.text("/trigger_word").map(str::to_owned)),
    };
    Ok(Hearing::Heard(Box::new(Heard {
        text: fields.text("/text").unwrap_or_default().to_owned(),
        called,
        person: fields.speaker("/user_name", "/user_id", "/user/name"),
        request: fields.id("/post_id").or_else(|| fields.id("/trigger_id")),
        reply_to: fields.text("/response_url").map(Secret::new),
        notification: fields.notification(),
    })))
}
