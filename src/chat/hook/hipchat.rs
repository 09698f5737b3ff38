//! HipChat's `room_message` (API version 2). Its plain hooks carry no credentials, so the token stands in the address
//! that the hook was made with: `?token=…`. Read leniently: of everything but the text there are servers without it.

use super::form::Fields;
use super::{Called, Heard, Hearing, Knock, Unheard, token};
use crate::model::Room;

pub(super) fn hear(room: &Room, knock: Knock<'_>) -> Result<Hearing, Unheard> {
    let query = knock.query.unwrap_or_default();
    let given = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    token::check(room, given.as_ref().map(|(_, token)| token.as_ref()), "`?token=` in the hook's address")?;
    let fields = Fields::json(knock)?;
    if fields.text("/event").is_some_and(|event| event != "room_message") {
        return Ok(Hearing::Nothing("another event than room_message"));
    }
    let Some(text) = fields.text("/item/message/message") else {
        return Err(Unheard::Malformed(
            "this is no room_message of HipChat's: it has no item.message.message".to_owned(),
        ));
    };
    let from = "/item/message/from";
    Ok(Hearing::Heard(Box::new(Heard {
        text: text.to_owned(),
        called: Called::Anywhere,
        person: fields.speaker(&format!("{from}/mention_name"), &format!("{from}/id"), &format!("{from}/name")),
        request: fields.id("/item/message/id"),
        reply_to: None,
        notification: fields.notification(),
    })))
}
