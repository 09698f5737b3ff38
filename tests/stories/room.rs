//! A room of a story: whatever takes JSON, keeps what it heard, and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use kanbridge::model::{CommandRules, Room, RoomKind, Secret};
use serde_json::Value;
use warp::Filter;

/// What a room heard, and how it will answer.
#[derive(Default)]
struct Ears {
    heard: Vec<Value>,
    next: VecDeque<(u16, Option<&'static str>)>,
    always: Option<u16>,
}

pub(crate) struct Listener {
    url: String,
    ears: Arc<Mutex<Ears>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Listener {
    pub(crate) async fn start() -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", socket.local_addr().unwrap());
        let ears = Arc::new(Mutex::new(Ears::default()));
        let told = Arc::clone(&ears);
        let door = warp::post().and(warp::body::bytes()).map(move |body: Bytes| {
            let mut ears = told.lock().unwrap();
            let (status, wait) =
                ears.next.pop_front().or(ears.always.map(|status| (status, None))).unwrap_or((200, None));
            if status == 200 {
                ears.heard.push(serde_json::from_slice(&body).unwrap());
            }
            let answer = warp::http::Response::builder().status(status);
            answer.header("retry-after", wait.unwrap_or("0")).body("heard").unwrap()
        });
        let server = tokio::spawn(warp::serve(door).incoming(socket).run());
        Listener { url, ears, server }
    }

    /// As the configuration has it: a room of kind `webhook`, as fast as one likes.
    pub(crate) fn room(&self, name: &str) -> Room {
        Room {
            name: name.parse().unwrap(),
            kind: RoomKind::Webhook,
            url: Secret::new(&*self.url),
            token: None,
            room: None,
            template: None,
            signing_key: None,
            changes: false,
            per_minute: Some(1_000_000),
            commands: CommandRules::default(),
        }
    }

    /// The next requests are answered so.
    pub(crate) fn answers_next(&self, statuses: &[u16]) {
        self.ears.lock().unwrap().next.extend(statuses.iter().map(|status| (*status, None)));
    }

    /// The next request is told to come again in so many seconds.
    pub(crate) fn asks_to_wait(&self, seconds: &'static str) {
        self.ears.lock().unwrap().next.push_back((429, Some(seconds)));
    }

    /// All requests are answered so from now on; `None`: as ever.
    pub(crate) fn answers(&self, status: Option<u16>) {
        self.ears.lock().unwrap().always = status;
    }

    /// What was heard since the last look, as it came.
    pub(crate) fn events(&self) -> Vec<Value> {
        std::mem::take(&mut self.ears.lock().unwrap().heard)
    }

    /// The sentences heard since the last look.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.events().into_iter().map(|event| event["text"].as_str().unwrap().to_owned()).collect()
    }
}
