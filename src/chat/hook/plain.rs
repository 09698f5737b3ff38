//! The plain form, for everything that has none of its own: `{"text": "list Doing", "person": "ana", "id": "…"}` with the
//! token as a bearer, or as `token` beside the text.

use super::form::Fields;
use super::{Called, Heard, Hearing, Knock, Unheard, token};
use crate::model::Room;

pub(super) fn hear(room: &Room, knock: Knock<'_>) -> Result<Hearing, Unheard> {
    let bearer = token::authorization(knock.headers, "bearer");
    if bearer.is_some() {
        token::check(room, bearer, "`Authorization: Bearer`")?;
    }
    let fields = Fields::json(knock)?;
    if bearer.is_none() {
        token::check(room, fields.text("/token"), "`Authorization: Bearer`, or `token` in the body,")?;
    }
    let Some(text) = fields.text("/text") else {
        return Err(Unheard::Malformed("`text` is missing; send {\"text\": \"help\", \"person\": \"ana\"}".to_owned()));
    };
    Ok(Hearing::Heard(Box::new(Heard {
        text: text.to_owned(),
        called: Called::Trigger(None),
        person: fields.speaker("/person", "/person_id", "/person_name"),
        request: fields.id("/id"),
        reply_to: None,
        notification: fields.notification(),
    })))
}
