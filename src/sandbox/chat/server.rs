//! How the look-alikes rule on a call: whose room, faults, refusals, pace, and then the body.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use hyper::Request;
use serde_json::json;
use tokio::net::TcpListener;

use super::forms::{self, Answer};
use super::{Call, Kind, Room, State, checks, lock, signature};
use crate::sandbox::faults::{Fault, Outcome};
use crate::sandbox::server::{self, Ruling};

/// What is said to a room.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    headers: HeaderMap,
    /// Matrix's transaction.
    transaction: Option<String>,
    body: Bytes,
}

/// Whom a call is for.
enum Ask {
    /// Something is said in this room.
    Say(usize, Option<String>),
    /// Something is asked that nobody in the room hears of; this is the answer.
    Told(Answer),
    /// Somebody wants to know what was said in this room.
    Look(usize),
}

pub(super) async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    let rule = move |request| {
        let state = Arc::clone(&state);
        async move { rule(&mut lock(&state), request) }
    };
    server::serve(listener, rule).await;
}

fn rule(state: &mut State, request: Request<Bytes>) -> Ruling {
    let (head, body) = request.into_parts();
    let latency = state.options.latency;
    let outcome = match find(state, &head.method, &head.uri, &head.headers) {
        Err(answer) => Outcome::Answer(answer),
        Ok(Ask::Told(answer)) => Outcome::Answer(answer),
        Ok(Ask::Look(room)) => Outcome::Answer(looked(&state.rooms[room])),
        Ok(Ask::Say(room, transaction)) => {
            let heard = Heard { headers: head.headers, transaction, body };
            carry_out(state, room, heard)
        }
    };
    let written = outcome.map(|answer| server::response(answer.status, answer.kind, answer.headers, answer.body));
    (written, latency)
}

/// Our own door, which none of the servers has: what was said in a room, for programs elsewhere.
fn looked(room: &Room) -> Answer {
    let said = room.said.iter().map(|said| {
        json!({ "text": said.text, "pings": said.pings, "mistakes": said.mistakes, "id": said.id, "body": said.body })
    });
    Answer::json(200, &said.collect())
}

fn carry_out(state: &mut State, room: usize, heard: Heard) -> Outcome<Answer> {
    let name = state.rooms[room].view.name.clone();
    let fault = state.faults.next(&name);
    let answer = match &fault {
        Some(Fault::Answer(status, text)) => Answer::text(*status, text),
        Some(fault) if !fault.carries_out() => Answer::text(0, ""),
        _ => refusal(state, room).unwrap_or_else(|| hear(state, room, &heard)),
    };
    if fault == Some(Fault::ApplyLater) {
        state.faults.hold((room, heard));
    }
    state.calls.add(Call { route: format!("POST {name}"), status: answer.status, at: Instant::now() });
    Outcome::under(fault.as_ref(), answer)
}

/// Why a room hears nothing at present.
fn refusal(state: &mut State, room: usize) -> Option<Answer> {
    let paced = state.options.paced;
    let room = &mut state.rooms[room];
    let kind = room.view.kind;
    if room.closed {
        return Some(forms::gone(kind));
    }
    if let Some(wait) = room.busy.pop_front() {
        return Some(forms::busy(kind, wait));
    }
    let wait = too_fast(room).filter(|_| paced);
    wait.map(|wait| forms::busy(kind, wait))
}

/// How long until the room can hear more. What is refused does not count.
fn too_fast(room: &mut Room) -> Option<Duration> {
    let now = tokio::time::Instant::now();
    let windows = forms::windows(room.view.kind);
    let wait = windows.iter().filter_map(|(most, per)| {
        let first = room.heard.len().checked_sub(*most).and_then(|at| room.heard.get(at))?;
        per.checked_sub(now.duration_since(*first)).filter(|wait| !wait.is_zero())
    });
    let wait = wait.max();
    if wait.is_none() {
        room.heard.push_back(now);
        while room.heard.len() > 64 {
            room.heard.pop_front();
        }
    }
    wait
}

/// Hears it: keeps what is said, or refuses the body.
pub(super) fn hear(state: &mut State, at: usize, heard: &Heard) -> Answer {
    let tolerance = state.options.tolerance;
    let room = &mut state.rooms[at];
    let kind = room.view.kind;
    if let Some(event) = heard.transaction.as_ref().and_then(|id| room.transactions.get(id)) {
        return forms::taken(kind, event, room.said.len());
    }
    let signed = |key: &String| signature::verified(key, &heard.headers, &heard.body, tolerance);
    if room.signing_key.as_ref().is_some_and(|key| !signed(key)) {
        return Answer::text(401, "bad signature");
    }
    let json = heard.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    if !json.is_some_and(|kind| kind.starts_with("application/json")) {
        return Answer::text(415, "application/json is wanted");
    }
    let mut said = match checks::read(kind, &heard.body) {
        Ok(said) => said,
        Err(refusal) => return refusal,
    };
    let webhook_id = heard.headers.get("webhook-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    said.id = heard.transaction.clone().or(webhook_id);
    room.said.push(said);
    let event = format!("$event-{}", room.said.len());
    if let Some(transaction) = &heard.transaction {
        room.transactions.insert(transaction.clone(), event.clone());
    }
    let answer = forms::taken(kind, &event, room.said.len());
    state.changes.send_modify(|count| *count += 1);
    answer
}

/// The room that an address belongs to, and whether the caller may speak there.
fn find(state: &State, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Ask, Answer> {
    let path: Vec<String> = uri.path().trim_matches('/').split('/').map(decoded).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let below = |kind: Kind, room: &Room| room.view.kind == kind && room.view.token.as_deref() == Some(bearer);
    match path.as_slice() {
        ["v2", "room", name, "notification"] if method == Method::POST => {
            let at =
                position(state, |room| room.view.kind == Kind::Hipchat && room.view.room.as_deref() == Some(*name));
            let at = at.ok_or_else(|| forms::gone(Kind::Hipchat))?;
            let tests = uri.query().is_some_and(|query| query.contains("auth_test=true"));
            let ask = if tests { Ask::Told(forms::known(Kind::Hipchat, &[])) } else { Ask::Say(at, None) };
            below(Kind::Hipchat, &state.rooms[at]).then_some(ask).ok_or_else(|| forms::stranger(Kind::Hipchat))
        }
        ["_matrix", "client", "v3", "directory", "room", alias] if method == Method::GET => {
            let known = |room: &&Room| room.view.alias.as_deref() == Some(*alias);
            let id = state.rooms.iter().find(known).and_then(|room| room.view.room.clone());
            let unknown = || Answer::json(404, &json!({ "errcode": "M_NOT_FOUND", "error": "Room alias not found" }));
            let told = |id| Ask::Told(Answer::json(200, &json!({ "room_id": id, "servers": ["sandbox"] })));
            id.map(told).ok_or_else(unknown)
        }
        ["_matrix", "client", "v3", "account", "whoami"] | ["_matrix", "client", "v3", "joined_rooms"] => {
            let own = state.rooms.iter().filter(|room| below(Kind::Matrix, room));
            let joined: Vec<&str> = own.filter_map(|room| room.view.room.as_deref()).collect();
            match joined.is_empty() {
                true => Err(forms::stranger(Kind::Matrix)),
                false => Ok(Ask::Told(forms::known(Kind::Matrix, &joined))),
            }
        }
        ["_matrix", "client", "v3", "rooms", id, "send", "m.room.message", transaction] if method == Method::PUT => {
            let known = state.rooms.iter().any(|room| below(Kind::Matrix, room));
            let at = position(state, |room| below(Kind::Matrix, room) && room.view.room.as_deref() == Some(*id));
            let refused = || forms::gone(Kind::Matrix);
            match at {
                Some(at) => Ok(Ask::Say(at, Some((*transaction).to_owned()))),
                None if known => Err(refused()),
                None => Err(forms::stranger(Kind::Matrix)),
            }
        }
        ["said", name] if method == Method::GET => {
            let at = position(state, |room| room.view.name == *name);
            at.map(Ask::Look).ok_or_else(|| Answer::text(404, "there is no such room"))
        }
        _ if method == Method::POST => hook(state, uri),
        _ => Err(Answer::text(405, "POST is wanted")),
    }
}

/// A room whose address is all that it takes: path and query, byte for byte. Discord's may ask to wait.
fn hook(state: &State, uri: &Uri) -> Result<Ask, Answer> {
    let asked = uri.path_and_query().map_or("", |path| path.as_str());
    let at = position(state, |room| {
        let of = room.view.url.splitn(4, '/').nth(3).unwrap_or_default();
        let waits = asked.strip_suffix("?wait=true").filter(|_| room.view.kind == Kind::Discord);
        !matches!(room.view.kind, Kind::Hipchat | Kind::Matrix) && waits.unwrap_or(asked).strip_prefix('/') == Some(of)
    });
    match at {
        Some(at) => Ok(Ask::Say(at, None)),
        None if asked.starts_with("/workflows/") => Err(forms::stranger(Kind::Teams)),
        None if asked.starts_with("/api/webhooks/") => Err(forms::gone(Kind::Discord)),
        // Servers made with a framework of JavaScript's repeat what they do not know.
        None => Err(Answer::text(404, &format!("Cannot POST {asked}"))),
    }
}

fn position(state: &State, fits: impl Fn(&Room) -> bool) -> Option<usize> {
    state.rooms.iter().position(fits)
}

/// A piece of a path, its escapes undone.
fn decoded(piece: &str) -> String {
    let plus = piece.replace('+', "%2B");
    url::form_urlencoded::parse(plus.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
}
