//! A look-alike, and our rooms in it.

use std::io::Write;
use std::sync::{Mutex, Once};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kanbridge::chat::Chat;
use kanbridge::model::{CommandRules, Message, Micros, Room, RoomKind, Secret, Span, Tone};
use kanbridge::net::{Http, HttpOptions, ProxyOptions};
use kanbridge::sandbox::chat::{self as look_alike, Kind, Options, RoomView};

pub(crate) const CARD: &str = "https://trello.com/c/AbCd1234";
/// 32 bytes that are no secret.
pub(crate) const KEY: &str = "whsec_c2FuZGJveCBzaWduaW5nIGtleSwgMzIgYnl0ZXMhISE=";

pub(crate) async fn servers() -> look_alike::Chat {
    look_alike::Chat::start(Options::default()).await.unwrap()
}

/// What was logged by all of this crate's tests. It is listened to before the first call goes out: what is found
/// uninteresting at first may stay so.
static LOG: Log = Log(Mutex::new(Vec::new()));

struct Log(Mutex<Vec<u8>>);

impl Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) fn log() -> String {
    String::from_utf8(LOG.0.lock().unwrap().clone()).unwrap()
}

pub(crate) fn http() -> Http {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(|| &LOG).init();
    });
    let timeout = Duration::from_millis(700);
    Http::new(&HttpOptions { timeout, authorities: None, proxy: ProxyOptions::default() }).unwrap()
}

pub(crate) fn kind(kind: Kind) -> RoomKind {
    match kind {
        Kind::Hipchat => RoomKind::Hipchat,
        Kind::Rocketchat => RoomKind::Rocketchat,
        Kind::Slack => RoomKind::Slack,
        Kind::Mattermost => RoomKind::Mattermost,
        Kind::Discord => RoomKind::Discord,
        Kind::Teams => RoomKind::Teams,
        Kind::Matrix => RoomKind::Matrix,
        Kind::Webhook => RoomKind::Webhook,
    }
}

/// How the room would be configured.
pub(crate) fn configured(view: &RoomView) -> Room {
    Room {
        name: "dev".parse().unwrap(),
        kind: kind(view.kind),
        url: Secret::new(&view.url),
        token: view.token.as_ref().map(Secret::new),
        room: view.room.clone(),
        template: None,
        signing_key: None,
        changes: false,
        per_minute: None,
        commands: CommandRules::default(),
    }
}

pub(crate) fn chat(room: Room) -> Chat {
    Chat::new(http(), room).unwrap()
}

/// A room of this kind called `dev`, and our way to it.
pub(crate) fn dev(servers: &look_alike::Chat, kind: Kind) -> Chat {
    chat(configured(&servers.room(kind, "dev")))
}

pub(crate) fn now() -> Micros {
    Micros::default() + SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// Somebody made a card of this title.
pub(crate) fn made(title: &str) -> Message {
    let spans = vec![
        Span::Text("Ana made ".to_owned()),
        Span::Link { text: title.to_owned(), url: CARD.to_owned() },
        Span::Break,
        Span::Quote(title.to_owned()),
    ];
    Message { spans, url: Some(CARD.to_owned()), tone: Tone::New, ..Message::default() }
}
