//! Rocket.Chat's outgoing webhook. It signs nothing: the token stands in the body. A try that failed is repeated with the
//! same message id, and what an integration posted comes back as `bot`.

use super::form::Fields;
use super::{Called, Heard, Hearing, Knock, Unheard, token};
use crate::model::Room;

pub(super) fn hear(room: &Room, knock: Knock<'_>) -> Result<Hearing, Unheard> {
    let fields = Fields::either(knock)?;
    token::check(room, fields.text("/token"), "`token` in the body")?;
    let bot = fields.0.get("bot");
    if bot.is_some_and(|bot| bot == true || bot == "true" || bot.is_object()) {
        return Ok(Hearing::Nothing("an integration said it"));
    }
    let Some(text) = fields.text("/text") else {
        return Ok(Hearing::Nothing("nothing was said"));
    };
    Ok(Hearing::Heard(Box::new(Heard {
        text: text.to_owned(),
        called: Called::Trigger(fields.text("/trigger_word").map(str::to_owned)),
        person: fields.speaker("/user_name", "/user_id", "/user/name"),
        request: fields.id("/message_id"),
        reply_to: None,
        notification: fields.notification(),
    })))
}
