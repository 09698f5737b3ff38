//! One room, and speaking in it: one message at a time, at the room's pace, with what came back put into three words:
//! later, never, or off.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::allowance::{Allowance, Pace, paces, share, slowest};
use super::answer::{self, Outcome, server};
use super::place::{Place, matrix_alias, matrix_send};
use super::render::{render, reply};
use super::scrub::Scrub;
use super::sign;
use super::template::Template;
use crate::model::{Done, Message, Micros, Room, RoomKind, Secret, Trouble, TroubleKind};
use crate::net::{Answer, Http, NetTrouble, Request};
use crate::text::head;

/// Who has to wait longer for the room is told so instead.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is left of a message that the room did not understand.
const SHRUNK: usize = 500;

/// How often a room may hear one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// The server knows a message that it is sent again.
    ExactlyOnce,
    /// It does not: a message whose answer was lost is sent again, and may be heard twice.
    AtLeastOnce,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Promise::ExactlyOnce => "exactly once",
            Promise::AtLeastOnce => "at least once",
        })
    }
}

/// A message that the room has not got, as far as we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// Try again: [`TroubleKind::Wait`] says when, [`TroubleKind::Down`] with back-off. Whether the room may have it all
    /// the same is said too.
    Later(Trouble),
    /// This message will never be taken; others may.
    Never(String),
    /// The room refuses whatever is said, until a person changes something. The sentence says what.
    Off(String),
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsent::Later(trouble) => trouble.fmt(f),
            Unsent::Never(sentence) | Unsent::Off(sentence) => f.write_str(sentence),
        }
    }
}

impl std::error::Error for Unsent {}

/// One room.
#[derive(Debug)]
pub struct Chat {
    room: Room,
    http: Http,
    pub(super) place: Place,
    template: Option<Template>,
    pub(super) scrub: Scrub,
    paces: Vec<Pace>,
    pub(super) lane: Mutex<Lane>,
}

/// What is known of a room from one message to the next. Who holds it speaks.
#[derive(Debug)]
pub(super) struct Lane {
    allowance: Allowance,
    /// The id behind a Matrix alias.
    resolved: Option<String>,
    /// The message that was not understood last: it goes in plain words from then on, or a room that takes one message
    /// at a time would hear the other half of the attempt for ever.
    misunderstood: Option<String>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Chat {
    /// # Errors
    /// A sentence: what of the room cannot be used; for a template with line and column.
    pub fn new(http: Http, room: Room) -> Result<Self, String> {
        let place = Place::of(&room)?;
        let scrub = Scrub::of(&room, place.url());
        let template = compiled(&room)?;
        let paces = paces(&room);
        let lane = Mutex::new(Lane { allowance: Allowance::new(paces.clone()), resolved: None, misunderstood: None });
        Ok(Chat { room, http, place, template, scrub, paces, lane })
    }

    /// The same, where so many rooms speak with its token. An operator's number holds for what the server counts by token,
    /// too.
    #[must_use]
    pub fn sharing(mut self, rooms: u32) -> Self {
        self.paces.extend(share(self.room.kind, rooms).filter(|_| self.room.per_minute.is_none()));
        self.lane.get_mut().allowance = Allowance::new(self.paces.clone());
        self
    }

    /// Whether a room could be spoken to as it is configured.
    ///
    /// # Errors
    /// As [`Chat::new`].
    pub fn try_out(room: &Room) -> Result<(), String> {
        Place::of(room)?;
        compiled(room).map(|_| ())
    }

    /// The room.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// How often it may hear one message.
    pub fn promise(&self) -> Promise {
        match self.room.kind {
            RoomKind::Matrix => Promise::ExactlyOnce,
            _ => Promise::AtLeastOnce,
        }
    }

    /// How much it may be told in the long run.
    pub fn pace(&self) -> Pace {
        slowest(&self.paces)
    }

    /// What an operator should know about how it is configured.
    pub fn notes(&self) -> Vec<String> {
        let name = &self.room.name;
        let url = self.place.url();
        let mut notes = Vec::new();
        let connector = url.host_str().is_some_and(|host| host.ends_with(".office.com") && host.contains("webhook"));
        if self.room.kind == RoomKind::Teams && connector {
            notes.push(format!(
                "room `{name}`: its address is one of an Office 365 connector, which Microsoft has retired; in Teams, \
                 make a workflow \"Post to a channel when a webhook request is received\" and write its address"
            ));
        }
        let dialect =
            url.path().trim_end_matches('/').rsplit('/').next().filter(|end| matches!(*end, "slack" | "github"));
        if let Some(end) = dialect.filter(|_| self.room.kind == RoomKind::Discord) {
            notes
                .push(format!("room `{name}`: its address ends in `/{end}`, which wants another form; leave that out"));
        }
        notes
    }

    /// Says `message`. `id` stays the same for the same message: Matrix and receivers of signed webhooks know it again.
    /// `now` is for the signature.
    ///
    /// # Errors
    /// [`Unsent`] says what to do.
    pub async fn send(&self, id: &str, message: &Message, now: Micros) -> Result<(), Unsent> {
        self.say(id, message, now).await.map(drop)
    }

    /// As [`Chat::send`]; gives what the room's server answered.
    ///
    /// # Errors
    /// [`Unsent`] says what to do.
    pub async fn say(&self, id: &str, message: &Message, now: Micros) -> Result<String, Unsent> {
        if self.lane.lock().await.misunderstood.as_deref() != Some(id) {
            match self.deliver(id, &self.body(id, message)?, now).await? {
                Outcome::Bad(_) => self.lane.lock().await.misunderstood = Some(id.to_owned()),
                outcome => return settled(outcome),
            }
        }
        // Perhaps it was the dress, or the length.
        settled(self.deliver(id, &self.body(id, &shrunk(message))?, now).await?)
    }

    /// Posts `event` as it is to a room of kind `webhook`, signed where the room has a signing key.
    ///
    /// # Errors
    /// [`Unsent`] says what to do.
    pub async fn post(&self, id: &str, event: &Value, now: Micros) -> Result<(), Unsent> {
        if self.room.kind != RoomKind::Webhook {
            return Err(Unsent::Never(format!("room `{}` is for people; only a webhook takes events", self.room.name)));
        }
        settled(self.deliver(id, event, now).await?).map(drop)
    }

    /// Answers a command after its request has been answered, at the address that came with it. That has to lead to the
    /// room's own server: nobody else is told what is said here.
    ///
    /// # Errors
    /// [`Unsent`]; whatever it says is of this address and not of the room.
    pub async fn follow_up(&self, address: &Secret, message: &Message, now: Micros) -> Result<(), Unsent> {
        let own = |url: &Url| url.origin() == self.place.url().origin();
        let Some(url) = Url::parse(address.expose()).ok().filter(own) else {
            let sentence = format!("room `{}`: the command's response_url leads to another server", self.room.name);
            return Err(Unsent::Never(sentence));
        };
        let scrub = self.scrub.and(&self.room, &url);
        let mut lane = self.lane.lock().await;
        let request = self.request(Method::POST, url, &HeaderMap::new());
        let answer = self.call(&mut lane, request, Bytes::from(reply(self.room.kind, message).to_string())).await?;
        settled(self.named(answer::read(self.room.kind, &answer, &scrub.told(&answer.body), now))).map(drop)
    }

    fn body(&self, id: &str, message: &Message) -> Result<Value, Unsent> {
        match &self.template {
            Some(template) => {
                let fault = |fault| Unsent::Never(format!("the template of room `{}`, {fault}", self.room.name));
                template.tried(id, message).map_err(fault)
            }
            None => Ok(render(self.room.kind, message)),
        }
    }

    async fn deliver(&self, id: &str, body: &Value, now: Micros) -> Result<Outcome, Unsent> {
        let mut lane = self.lane.lock().await;
        let body = Bytes::from(body.to_string());
        let request = match &self.place {
            Place::Hook { url, headers } => self.request(Method::POST, url.clone(), headers),
            Place::Matrix { base, headers, room } => {
                let room = self.room_id(&mut lane, base, headers, room, now).await?;
                self.request(Method::PUT, matrix_send(base, &room, id), headers)
            }
        };
        let request = self.signed(request, id, &body, now)?;
        let answer = self.call(&mut lane, request, body).await?;
        let outcome = answer::read(self.room.kind, &answer, &self.scrub.told(&answer.body), now);
        if let Outcome::Not(Unsent::Off(_)) = outcome {
            // The alias may lead elsewhere by the time that a person has seen to it.
            lane.resolved = None;
        }
        let asked = match &outcome {
            Outcome::Not(Unsent::Later(Trouble { kind: TroubleKind::Wait(span), .. })) => Some(*span),
            _ => answer::pause_after(&answer),
        };
        if let Some(span) = asked {
            lane.allowance.pause(span);
        }
        Ok(self.named(outcome))
    }

    /// The id of a Matrix room that may be named by its alias.
    pub(super) async fn room_id(
        &self,
        lane: &mut Lane,
        base: &Url,
        headers: &HeaderMap,
        room: &str,
        now: Micros,
    ) -> Result<String, Unsent> {
        if room.starts_with('!') {
            return Ok(room.to_owned());
        }
        if let Some(known) = &lane.resolved {
            return Ok(known.clone());
        }
        let request = self.request(Method::GET, matrix_alias(base, room), headers);
        let answer = self.call(lane, request, Bytes::new()).await?;
        let told = self.scrub.told(&answer.body);
        let found: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        if let Some(id) = found["room_id"].as_str().filter(|_| answer.status == 200) {
            return Ok(lane.resolved.insert(id.to_owned()).clone());
        }
        match self.named(answer::read(RoomKind::Matrix, &answer, &told, now)) {
            Outcome::Not(unsent) => Err(unsent),
            Outcome::Taken(_) | Outcome::Bad(_) => Err(Unsent::Off(format!(
                "room `{}`: Matrix answered {} ({told}) when asked for {room}; is the alias right?",
                self.room.name, answer.status
            ))),
        }
    }

    pub(super) fn request(&self, method: Method, url: Url, headers: &HeaderMap) -> Request {
        let mut headers = headers.clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Request { method, url, headers, form: None }
    }

    fn signed(&self, mut request: Request, id: &str, body: &[u8], now: Micros) -> Result<Request, Unsent> {
        if let Some(key) = &self.room.signing_key {
            request.headers.extend(sign::headers(key, id, now, body).map_err(Unsent::Never)?);
        }
        Ok(request)
    }

    /// One call, when the room's pace allows it.
    pub(super) async fn call(&self, lane: &mut Lane, request: Request, body: Bytes) -> Result<Answer, Unsent> {
        let wait = lane.allowance.wait();
        if wait > PATIENCE {
            let sentence = format!("room `{}` has been told as much as it takes for now", self.room.name);
            return Err(Unsent::Later(Trouble::undone(TroubleKind::Wait(wait), sentence)));
        }
        tokio::time::sleep(wait).await;
        lane.allowance.goes();
        let started = tokio::time::Instant::now();
        let answer = self.http.send_bytes(request, body).await;
        lane.allowance.answered();
        let status = answer.as_ref().ok().map(|answer| answer.status);
        let (room, took) = (&self.room.name, started.elapsed());
        tracing::debug!(%room, kind = %self.room.kind, status, ?took, "spoke in a room");
        answer.map_err(|trouble| Unsent::Later(self.unanswered(&trouble)))
    }

    fn unanswered(&self, trouble: &NetTrouble) -> Trouble {
        let done = match trouble {
            NetTrouble::NotSent(_) => Done::No,
            NetTrouble::Lost(_) => Done::Perhaps,
        };
        let sentence = format!("room `{}`: {} gave no answer ({trouble})", self.room.name, server(self.room.kind));
        Trouble { kind: TroubleKind::Down, done, sentence }
    }

    /// With the room's name in its sentence.
    pub(super) fn named(&self, outcome: Outcome) -> Outcome {
        let name = |sentence: String| format!("room `{}`: {sentence}", self.room.name);
        match outcome {
            Outcome::Taken(what) => Outcome::Taken(what),
            Outcome::Bad(sentence) => Outcome::Bad(name(sentence)),
            Outcome::Not(Unsent::Never(sentence)) => Outcome::Not(Unsent::Never(name(sentence))),
            Outcome::Not(Unsent::Off(sentence)) => Outcome::Not(Unsent::Off(name(sentence))),
            Outcome::Not(Unsent::Later(Trouble { kind, done, sentence })) => {
                Outcome::Not(Unsent::Later(Trouble { kind, done, sentence: name(sentence) }))
            }
        }
    }
}

fn compiled(room: &Room) -> Result<Option<Template>, String> {
    let fault = |fault| format!("room `{}`: its template, {fault}", room.name);
    room.template.as_ref().map(|source| Template::compile(source).map_err(fault)).transpose()
}

/// The start of what is said, without dress.
fn shrunk(message: &Message) -> Message {
    let plain = message.plain();
    let start = head(&plain, SHRUNK);
    let more = if start.len() < plain.len() { " …" } else { "" };
    Message { url: message.url.clone(), ..Message::text(format!("{start}{more}")) }
}

/// The end of it: a message that is not understood now never will be.
fn settled(outcome: Outcome) -> Result<String, Unsent> {
    match outcome {
        Outcome::Taken(what) => Ok(what),
        Outcome::Bad(sentence) => Err(Unsent::Never(sentence)),
        Outcome::Not(unsent) => Err(unsent),
    }
}
