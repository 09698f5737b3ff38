//! The calls that the look-alike answers, with GitLab's bodies and refusals.

mod hooks;
mod issues;
mod json;
mod labels;
mod notes;
mod paging;
mod projects;
mod request;

use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) use request::{ApiRequest, Credentials};

use super::State;
use super::clock::iso;
use super::hooks::Parcel;
use super::world::{Invalid, PLANNER, World};
use super::{Delivery, Era};

/// What an answer holds.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Json(Value),
    Text(String),
    Empty,
}

/// An answer, or a refusal.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Body,
    pub(super) headers: Vec<(String, String)>,
    /// To be sent to a hook first; how that goes decides the answer.
    pub(super) send: Option<(Box<Parcel>, Then)>,
}

/// What to answer once it was sent.
type Then = fn(&Delivery) -> Answer;

/// A refusal ends a call early.
pub(super) type Answered = Result<Answer, Answer>;

impl Answer {
    pub(super) fn json(status: u16, value: Value) -> Self {
        Answer { status, body: Body::Json(value), headers: Vec::new(), send: None }
    }

    pub(super) fn text(status: u16, text: &str) -> Self {
        Answer { body: Body::Text(text.to_owned()), ..Answer::json(status, Value::Null) }
    }

    fn message(status: u16, message: &str) -> Self {
        Answer::json(status, json!({ "message": message }))
    }

    fn nothing() -> Self {
        Answer { body: Body::Empty, ..Answer::json(204, Value::Null) }
    }

    fn not_found(what: &str) -> Self {
        Answer::message(404, &format!("404 {what}Not Found"))
    }

    /// What Rails says of a row that is not there.
    fn no_row() -> Self {
        Answer::message(404, "404 Not found")
    }

    fn forbidden() -> Self {
        Answer::message(403, "403 Forbidden")
    }
}

impl From<Invalid> for Answer {
    fn from(invalid: Invalid) -> Self {
        Answer::json(400, json!({ "message": { invalid.field: [invalid.why] } }))
    }
}

/// A token that opens the API.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) user: i64,
    pub(super) scopes: Vec<String>,
    /// The day on which it ends.
    pub(super) expires_at: Option<String>,
    pub(super) revoked: bool,
}

impl Token {
    pub(super) fn new(text: &str, user: i64, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Token { text: text.to_owned(), user, scopes, expires_at: None, revoked: false }
    }

    fn expired(&self, now: Timestamp) -> bool {
        self.expires_at.as_ref().is_some_and(|day| iso(now).get(..10).is_some_and(|today| today >= day.as_str()))
    }

    fn has(&self, scopes: &[&str]) -> bool {
        self.scopes.iter().any(|scope| scopes.contains(&scope.as_str()))
    }
}

/// A call about a project, by somebody who may see it.
struct Desk<'a> {
    state: &'a mut State,
    request: &'a ApiRequest,
    who: i64,
    project: i64,
    access: i64,
}

impl Desk<'_> {
    fn world(&mut self) -> &mut World {
        &mut self.state.world
    }

    fn needs(&self, level: i64) -> Result<(), Answer> {
        if self.access >= level { Ok(()) } else { Err(Answer::forbidden()) }
    }

    fn is_member(&self) -> bool {
        self.access >= PLANNER
    }
}

/// Carries a call out, or refuses it.
pub(super) fn carry_out(state: &mut State, request: &ApiRequest) -> Answer {
    routed(state, request).unwrap_or_else(|refusal| refusal)
}

fn routed(state: &mut State, request: &ApiRequest) -> Answered {
    let token = authenticate(state, request)?;
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    if path.as_slice() == ["personal_access_tokens", "self"] {
        return Ok(Answer::json(200, token_json(&token, state.world.clock.now())));
    }
    allow(&token, request)?;
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["version"]) => Ok(Answer::json(200, version(state.world.era))),
        ("GET", ["metadata"]) => {
            let mut metadata = version(state.world.era);
            metadata["kas"] = json!({ "enabled": false, "externalUrl": null, "version": null });
            metadata["enterprise"] = json!(state.world.edition == super::Edition::Premium);
            Ok(Answer::json(200, metadata))
        }
        ("GET", ["user"]) => projects::current_user(state, token.user),
        ("GET", ["users"]) => projects::users(state, request),
        ("GET", ["users", id]) => projects::user(state, id),
        ("GET", ["projects"]) => projects::list(state, request, token.user),
        (_, ["projects", id, rest @ ..]) => {
            let project = projects::find(state, request, id, token.user)?;
            let access = state.world.access(project, token.user);
            part(Desk { state, request, who: token.user, project, access }, rest)
        }
        _ => Err(Answer::json(404, json!({ "error": "404 Not Found" }))),
    }
}

/// A call about something in a project.
fn part(mut desk: Desk<'_>, path: &[&str]) -> Answered {
    match (desk.request.method.as_str(), path) {
        ("GET", []) => projects::single(&mut desk),
        ("GET", ["members"] | ["members", "all"]) => projects::members(&mut desk),
        ("GET", ["members", id] | ["members", "all", id]) => projects::member(&mut desk, id),
        ("GET", ["milestones", rest @ ..]) => projects::milestones(&mut desk, rest),
        (_, ["labels", rest @ ..]) => labels::answer(&mut desk, rest),
        (_, ["hooks", rest @ ..]) => hooks::answer(&mut desk, rest),
        (_, [on @ ("issues" | "merge_requests"), iid, "notes", rest @ ..]) => notes::answer(&mut desk, on, iid, rest),
        ("GET", ["merge_requests", rest @ ..]) => issues::merge_requests(&mut desk, rest),
        (_, ["issues", rest @ ..]) => issues::answer(&mut desk, rest),
        _ => Err(Answer::json(404, json!({ "error": "404 Not Found" }))),
    }
}

fn version(era: Era) -> Value {
    json!({ "version": format!("{}-ee", era.version()), "revision": "5a17ed0c0de" })
}

/// Whose token it is; a refusal says what is wrong with it.
fn authenticate(state: &State, request: &ApiRequest) -> Result<Token, Answer> {
    let Credentials::Token(given) = &request.credentials else {
        return Err(Answer::message(401, "401 Unauthorized"));
    };
    let Some(token) = state.tokens.iter().find(|token| token.text == *given) else {
        return Err(Answer::message(401, "401 Unauthorized"));
    };
    let ended = |description: &str| {
        Err(Answer::json(401, json!({ "error": "invalid_token", "error_description": description })))
    };
    match token {
        token if token.revoked => ended("Token was revoked. You have to re-authorize from the user."),
        token if token.expired(state.world.clock.now()) => {
            ended("Token is expired. You can either do re-authorization or token refresh.")
        }
        token => Ok(token.clone()),
    }
}

/// Whether the token's scopes allow such a call.
fn allow(token: &Token, request: &ApiRequest) -> Result<(), Answer> {
    let (scopes, named): (&[&str], &str) = match (request.method.as_str(), request.path.first().map(String::as_str)) {
        ("GET", Some("user" | "users")) => (&["api", "read_api", "read_user"], "api read_api read_user"),
        ("GET" | "HEAD", _) => (&["api", "read_api"], "api read_api"),
        _ => (&["api"], "api"),
    };
    if token.has(scopes) {
        return Ok(());
    }
    let description = "The request requires higher privileges than provided by the access token.";
    let body = json!({ "error": "insufficient_scope", "error_description": description, "scope": named });
    Err(Answer::json(403, body))
}

fn token_json(token: &Token, now: Timestamp) -> Value {
    json!({
        "id": 1, "name": "sandbox", "revoked": token.revoked, "created_at": iso(now), "description": null,
        "scopes": token.scopes, "user_id": token.user, "last_used_at": iso(now), "active": !token.revoked,
        "expires_at": token.expires_at,
    })
}
