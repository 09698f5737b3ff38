//! A room whose people ask: each kind of chat server sends what they type in its own form, and the worker takes its turns
//! while they wait.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use kanbridge::config::Config;
use kanbridge::model::{Room, RoomKind, Secret};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::room::Listener;
use crate::world::World;

pub(crate) const TOKEN: &str = "a-command-token";

pub(crate) struct Chat {
    pub(crate) world: World,
    pub(crate) listener: Listener,
    kind: RoomKind,
    client: reqwest::Client,
}

impl Chat {
    /// People wait for as long as it takes.
    pub(crate) async fn of(world: World, kind: RoomKind) -> Self {
        Self::with(world, kind, |_| ()).await
    }

    pub(crate) async fn with(mut world: World, kind: RoomKind, change: impl FnOnce(&mut Config)) -> Self {
        let listener = Listener::start().await;
        let mut room = Room { kind, ..listener.room("dev") };
        room.commands.tokens = vec![Secret::new(TOKEN)];
        if kind == RoomKind::Hipchat {
            (room.token, room.room) = (Some(Secret::new("t")), Some("1".to_owned()));
        }
        world
            .restarts(|config| {
                config.limits.answer = Duration::from_secs(60);
                config.rooms.push(room);
                change(config);
            })
            .await;
        Chat { world, listener, kind, client: reqwest::Client::new() }
    }

    /// Ana types something; the chat server calls it `id`.
    pub(crate) fn request(&self, id: &str, text: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}/webhooks/chat/dev", self.world.address());
        let post = self.client.post(&url);
        match self.kind {
            RoomKind::Hipchat => self.client.post(format!("{url}?token={TOKEN}")).json(&json!({
                "event": "room_message",
                "item": { "message": { "id": id, "message": format!("/{text}"), "from": { "id": 7, "mention_name": "ana", "name": "Ana" } }, "room": { "id": 1, "name": "dev" } },
            })),
            RoomKind::Rocketchat => post.json(&json!({
                "token": TOKEN, "bot": false, "trigger_word": "!kan", "text": format!("!kan {text}"), "message_id": id,
                "user_id": "u7", "user_name": "ana", "channel_id": "c1", "channel_name": "dev",
            })),
            RoomKind::Mattermost => {
                let reply_to = self.listener.room("dev").url.expose().replace("/hook", "/hooks/commands/x");
                let form = [("command", "/kan"), ("text", text), ("trigger_id", id), ("user_name", "ana"), ("response_url", &reply_to)];
                post.header("authorization", format!("Token {TOKEN}")).form(&form)
            }
            RoomKind::Slack => {
                let form = [("command", "/kan"), ("text", text), ("trigger_id", id), ("user_name", "ana"), ("user_id", "U7")];
                let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
                let at = self.world.clock.now().seconds();
                let signature = slack_signature(at, &body);
                post.header("x-slack-request-timestamp", at).header("x-slack-signature", signature).body(body)
            }
            _ => post.bearer_auth(TOKEN).json(&json!({ "text": text, "person": "ana", "id": id })),
        }
    }

    /// The request is sent, and the worker takes turns until it is answered.
    pub(crate) async fn answer(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let mut answer = tokio::spawn(async move {
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
        });
        loop {
            self.world.turns().await;
            tokio::select! {
                done = &mut answer => return done.unwrap(),
                due = self.world.store.wait_due() => due.unwrap(),
            }
        }
    }

    /// Nobody takes turns while it waits.
    pub(crate) async fn answer_alone(&self, request: reqwest::RequestBuilder) -> Value {
        request.send().await.unwrap().json().await.unwrap()
    }

    /// What Ana is answered, as people read it.
    pub(crate) async fn asks(&self, text: &str) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        let (status, answer) = self.answer(self.request(&id, text)).await;
        assert_eq!(status, 200, "{answer}");
        sentence(&answer)
    }
}

pub(crate) fn sentence(answer: &Value) -> String {
    // What might be a tag or a mention was broken.
    answer["text"].as_str().unwrap_or_else(|| panic!("{answer}")).replace('\u{200b}', "")
}

fn slack_signature(at: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(format!("v0:{at}:{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={hex}")
}
