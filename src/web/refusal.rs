//! What a door says when it does not let something in: one table from refusal to status. Bodies are JSON
//! `{"error": "…"}`, never a stack and never a secret.

use std::convert::Infallible;

use warp::http::StatusCode;
use warp::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use warp::reject::Rejection;
use warp::reply::Response;

/// A request that was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It does not come from whom it should.
    Unverified(String),
    /// It is not what this door is for.
    Malformed(String),
    /// Its body is longer than this many bytes.
    TooLarge(usize),
    /// Its body did not come in time.
    TooSlow,
    /// Its body broke off.
    BrokenOff,
    /// Too much is being taken in at this moment.
    Busy,
    /// It could not be made safe, and so it was not taken.
    NotSafe,
    /// Nothing is watched there.
    NoWatch,
    /// What was watched there is not any more; Trello forgets whom it calls in vain so.
    Unwatched,
    /// There is no room of that name.
    NoRoom,
    /// There is no such door.
    NoDoor,
    /// The door is there and does not know this method.
    WrongMethod,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Refusal::Unverified(_) => StatusCode::UNAUTHORIZED,
            Refusal::Malformed(_) | Refusal::BrokenOff => StatusCode::BAD_REQUEST,
            Refusal::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Refusal::Busy | Refusal::NotSafe => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::NoRoom | Refusal::NoDoor | Refusal::NoWatch => StatusCode::NOT_FOUND,
            Refusal::Unwatched => StatusCode::GONE,
            Refusal::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    pub(super) fn sentence(&self) -> String {
        match self {
            Refusal::Unverified(sentence) | Refusal::Malformed(sentence) => sentence.clone(),
            Refusal::TooLarge(cap) if *cap < 1 << 20 => {
                format!("the body is longer than {} KB, the most that this door takes", cap >> 10)
            }
            Refusal::TooLarge(cap) => format!("the body is longer than {} MB, the most that this door takes", cap >> 20),
            Refusal::TooSlow => "the body did not arrive in time".to_owned(),
            Refusal::BrokenOff => "the body broke off".to_owned(),
            Refusal::Busy => "too many requests at once; send it again".to_owned(),
            Refusal::NotSafe => {
                "it could not be written down, so it was not taken; see the log of kanbridge, and send it again \
                 (\"Resend Request\" in GitLab)"
                    .to_owned()
            }
            Refusal::NoWatch => {
                "nothing is watched here; see `kanbridge watches list`, and remove the webhook at Trello with `kanbridge \
                 watches remove --trello-id`"
                    .to_owned()
            }
            Refusal::Unwatched => "this watch was removed; do not call again".to_owned(),
            Refusal::NoRoom => {
                "there is no room of that name; it is called as its [[room]] in kanbridge.toml, or as its kind"
                    .to_owned()
            }
            Refusal::NoDoor => "there is no such door; GitLab's webhook belongs at /webhooks/gitlab".to_owned(),
            Refusal::WrongMethod => "this door does not know that method".to_owned(),
        }
    }

    pub(super) fn answer(&self) -> Response {
        let mut response = json(self.status(), &serde_json::json!({ "error": self.sentence() }));
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = Response::new(body.to_string().into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The answer where no door matched.
pub(super) async fn no_door(rejection: Rejection) -> Result<Response, Infallible> {
    let wrong_method = rejection.find::<warp::reject::MethodNotAllowed>().is_some();
    let refusal = if wrong_method { Refusal::WrongMethod } else { Refusal::NoDoor };
    Ok(refusal.answer())
}
