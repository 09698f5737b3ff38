//! A team's own scripts answer the words that are none of ours.

use serde_json::{Value, json};

use super::ask::Ask;
use super::parse::Asked;
use super::{Answered, Desk, Reply, away, wrong};
use crate::model::{Message, Span};
use crate::scripts::{Input, Script};

impl Desk {
    /// The script that answers to a word; what no script could be called is no script's.
    pub(super) fn script(&self, asked: &Asked) -> Option<Script> {
        self.scripts.find(&asked.typed).ok().flatten().or_else(|| self.scripts.find(&asked.word).ok().flatten())
    }

    /// Runs a script and gives its answer; a request that comes again runs nothing.
    pub(super) async fn run(&self, ask: &Ask, asked: &Asked, script: &Script) -> Answered<Reply> {
        // Written down first: what a script does outside, nobody could tell whether it did it.
        if let Some(request) = ask.dedupe()
            && !self.store.may_run(&request).await.map_err(|error| away(&error))?
        {
            return Ok(Reply::Nothing);
        }
        let turn = self.scripts.enter(script).await.map_err(|trouble| wrong(&trouble.sentence))?;
        let kept = self.store.storage(&script.name).await.map_err(|error| away(&error))?;
        let input = Input {
            command: asked.word.clone(),
            query: asked.query.clone(),
            room: Some(ask.room.name.clone()),
            room_id: room_id(&ask.notification),
            person: ask.person.as_ref().map(|person| person.name.clone()).filter(|name| !name.is_empty()),
            notification: notification(ask, asked),
            storage: kept.document.clone(),
            event: None,
        };
        let output = turn.run(&input).await.map_err(|trouble| wrong(&trouble.sentence))?;
        if let Some(after) = &output.storage {
            self.store.keep_storage(&script.name, &kept, after).await.map_err(|error| away(&error))?;
        }
        let reply = output.reply.filter(|reply| !reply.trim().is_empty());
        Ok(reply.map_or(Reply::Nothing, |reply| Reply::Said(lines(&reply))))
    }
}

fn lines(reply: &str) -> Message {
    let mut spans = Vec::new();
    for line in reply.trim().lines() {
        if !spans.is_empty() {
            spans.push(Span::Break);
        }
        spans.push(Span::Text(line.to_owned()));
    }
    Message { spans, ..Message::default() }
}

fn room_id(notification: &Value) -> Option<String> {
    let id = notification.pointer("/item/room/id").or_else(|| notification.get("channel_id"))?;
    id.as_str().map(str::to_owned).or_else(|| id.as_i64().map(|id| id.to_string()))
}

/// What was said, in the form of HipChat's `room_message`, whichever chat server it came from.
fn notification(ask: &Ask, asked: &Asked) -> Value {
    if ask.notification.pointer("/item/message").is_some() {
        return ask.notification.clone();
    }
    let person = ask.person.clone().unwrap_or_default();
    let name = ask.notification.get("channel_name").and_then(Value::as_str).unwrap_or(ask.room.name.as_str());
    json!({
        "event": "room_message",
        "item": {
            "message": {
                "id": ask.request, "type": "message", "mentions": [], "date": ask.notification.get("timestamp"),
                "message": format!("/{} {}", asked.typed, asked.query).trim_end(),
                "from": { "id": person.id, "mention_name": person.name, "name": person.called() },
            },
            "room": { "id": room_id(&ask.notification), "name": name },
        },
        "webhook_id": null,
        "oauth_client_id": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_s_lines_are_lines() {
        assert_eq!(lines("a\nb\n").plain(), "a\nb");
    }
}
