//! The doors of the rooms: `POST /webhooks/chat/{room}` takes what people type there, and answers. Unlike the other
//! doors it reads outward before it answers, within the patience of a chat server; what people want changed it writes down
//! as they do. No log shows a query: HipChat's holds the token.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Buf;
use futures_util::Stream;
use tokio::sync::Semaphore;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::body::{Body, BodyLimits};
use super::path::decoded;
use super::refusal::{Refusal, json};
use crate::chat::{self, Called, Heard, Hearing, Knock, Unheard};
use crate::clock::Clock;
use crate::commands::{Ask, Commands, Person, Typed};
use crate::model::{Message, Room, RoomKind, RoomName};

/// What the doors of the rooms need.
#[derive(Debug)]
pub struct ChatDoor {
    /// The rooms that there are.
    pub rooms: BTreeMap<RoomName, Arc<Room>>,
    /// Who answers.
    pub commands: Commands,
    /// Caps on bodies.
    pub limits: BodyLimits,
    /// For the age of signatures.
    pub clock: Clock,
    /// How many may be answered at once.
    pub places: Semaphore,
}

pub(super) fn filter(door: Arc<ChatDoor>) -> BoxedFilter<(Response,)> {
    let query = warp::query::raw().map(Some).or(warp::any().map(|| None::<String>)).unify();
    warp::path!("webhooks" / "chat" / String)
        .and(warp::post())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |room: String, query: Option<String>, headers: HeaderMap, body| {
            let door = Arc::clone(&door);
            async move {
                let Some(room) = door.room(&decoded(&room)) else { return Refusal::NoRoom.answer() };
                let knock = Outside { headers: &headers, query: query.as_deref() };
                match door.take(&room, knock, body).await {
                    Ok(answer) => answer,
                    Err(refusal) => {
                        tracing::warn!(room = %room.name, ?refusal, "refused a request at a room's door");
                        refusal.answer()
                    }
                }
            }
        })
        .boxed()
}

/// A request without its body.
struct Outside<'a> {
    headers: &'a HeaderMap,
    query: Option<&'a str>,
}

impl ChatDoor {
    fn room(&self, name: &str) -> Option<Arc<Room>> {
        self.rooms.get(&name.parse::<RoomName>().ok()?).map(Arc::clone)
    }

    async fn take<S, B>(&self, room: &Arc<Room>, outside: Outside<'_>, stream: S) -> Result<Response, Refusal>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let _place = self.places.try_acquire().map_err(|_| Refusal::Busy)?;
        let Body { bytes, room: _held } = self.limits.take(outside.headers, stream).await?;
        let Outside { headers, query } = outside;
        let heard = chat::hear(room, Knock { headers, query, body: &bytes, now: self.clock.now() });
        let heard = match heard {
            Ok(Hearing::Heard(heard)) => *heard,
            Ok(Hearing::Nothing(why)) => {
                tracing::debug!(room = %room.name, why, "nothing was asked");
                return Ok(nothing(room.kind));
            }
            Err(Unheard::Unverified(sentence)) => return Err(Refusal::Unverified(sentence)),
            Err(Unheard::Malformed(sentence)) => return Err(Refusal::Malformed(sentence)),
        };
        let Some(ask) = ask(room, heard) else { return Ok(nothing(room.kind)) };
        let answer = self.commands.answer(ask).await;
        Ok(answer.map_or_else(|| nothing(room.kind), |answer| said(room.kind, &answer)))
    }
}

/// What was typed, as a question; `None`: it calls nobody.
fn ask(room: &Arc<Room>, heard: Heard) -> Option<Ask> {
    let typed = match &heard.called {
        Called::Slash(command) => Typed::after(command, &heard.text),
        Called::Trigger(trigger) => Typed::triggered(trigger.as_deref(), &heard.text),
        Called::Anywhere => Typed::slashed(&heard.text)?,
    };
    Some(Ask {
        room: Arc::clone(room),
        typed,
        person: heard.person.map(|speaker| Person { name: speaker.name, id: speaker.id, full_name: speaker.full_name }),
        request: heard.request,
        reply_to: heard.reply_to,
        notification: heard.notification,
    })
}

fn said(kind: RoomKind, answer: &Message) -> Response {
    json(StatusCode::OK, &chat::reply(kind, answer))
}

/// An answer that says nothing. For Rocket.Chat an empty body is a failure, and it would ask again; the others would show
/// or refuse an empty object.
fn nothing(kind: RoomKind) -> Response {
    match kind {
        RoomKind::Hipchat => {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        RoomKind::Slack => Response::default(),
        _ => json(StatusCode::OK, &serde_json::json!({})),
    }
}
