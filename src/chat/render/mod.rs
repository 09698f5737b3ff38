//! A message as the body that each chat server wants. Pure. Each kind has a file of its own; what they have in common:
//! `layout` makes the message fit to be written at all (one link to where it leads, no live mention), `fit` cuts it
//! until the written body fits, and the dialects (`html`, `markdown`, `plain`) write its pieces.

mod color;
mod discord;
mod fit;
mod hipchat;
mod html;
mod layout;
mod markdown;
mod matrix;
mod mattermost;
mod plain;
mod prose;
mod rocketchat;
mod slack;
mod teams;
mod webhook;

use serde_json::{Value, json};

use crate::model::{Message, RoomKind};

pub(super) use webhook::{Letter, color, letter, quieted};

/// `message` as the body that a room of this kind wants.
pub fn render(kind: RoomKind, message: &Message) -> Value {
    match kind {
        RoomKind::Hipchat => hipchat::body(message),
        RoomKind::Rocketchat => rocketchat::body(message),
        RoomKind::Slack => slack::body(message),
        RoomKind::Mattermost => mattermost::body(message),
        RoomKind::Discord => discord::body(message),
        RoomKind::Teams => teams::body(message),
        RoomKind::Matrix => matrix::body(message),
        RoomKind::Webhook => webhook::body(message),
    }
}

/// `message` as the answer to a command that a room of this kind sent, to be seen by everybody in it. Never empty:
/// Rocket.Chat takes an empty answer for a failure and asks again.
pub fn reply(kind: RoomKind, message: &Message) -> Value {
    let mut body = render(kind, message);
    match kind {
        RoomKind::Slack | RoomKind::Mattermost => body["response_type"] = json!("in_channel"),
        RoomKind::Discord => body = json!({ "type": 4, "data": body }),
        _ => {}
    }
    body
}

#[cfg(test)]
mod tests;
