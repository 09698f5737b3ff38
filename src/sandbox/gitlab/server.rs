//! How the look-alike rules on a call: limiter, faults, credentials, and then the work.

use std::time::Instant;

use bytes::Bytes;
use hyper::Request;
use serde_json::json;
use tokio::net::TcpListener;

use super::api::{self, Answer, ApiRequest, Body};
use super::{Call, Courier, State, hooks, lock};
use crate::sandbox::faults::{Fault, Outcome};
use crate::sandbox::server::{self, Ruling};

pub(super) async fn serve(listener: TcpListener, courier: Courier) {
    server::serve(listener, move |request| rule(courier.clone(), request)).await;
}

async fn rule(courier: Courier, request: Request<Bytes>) -> Ruling {
    let latency = lock(&courier.state).options.latency;
    let Some(request) = ApiRequest::read(&request) else {
        let answer = Answer::json(404, json!({ "error": "404 Not Found" }));
        return (Outcome::Answer(response(answer, Vec::new())), latency);
    };
    let (outcome, headers) = carry_out(&courier, request);
    let outcome = match outcome {
        Outcome::Answer(Answer { send: Some((parcel, then)), .. }) => {
            Outcome::Answer(then(&hooks::send(&courier, *parcel).await))
        }
        outcome => outcome,
    };
    (outcome.map(|answer| response(answer, headers)), latency)
}

fn carry_out(courier: &Courier, request: ApiRequest) -> (Outcome<Answer>, Vec<(String, String)>) {
    let state: &mut State = &mut lock(&courier.state);
    let (route, at) = (request.route(), Instant::now());
    let ruling = state.limiter.rule(at, state.world.clock.now());
    if !ruling.allowed {
        state.calls.add(Call { route, status: 429, at });
        return (Outcome::Answer(Answer::text(429, "Retry later\n")), ruling.headers);
    }
    let fault = state.faults.next(&route);
    let answer = match &fault {
        Some(Fault::Answer(status, text)) => Answer::text(*status, text),
        Some(fault) if !fault.carries_out() => Answer::text(0, ""),
        _ => api::carry_out(state, &request),
    };
    courier.tell(state, request.cause.as_deref());
    if fault == Some(Fault::ApplyLater) {
        state.faults.hold(request);
    }
    state.calls.add(Call { route, status: answer.status, at });
    (Outcome::under(fault.as_ref(), answer), ruling.headers)
}

fn response(answer: Answer, mut headers: Vec<(String, String)>) -> server::Response {
    headers.extend(answer.headers);
    let (kind, body) = match answer.body {
        Body::Json(value) => ("application/json", value.to_string()),
        Body::Text(text) => ("text/plain; charset=utf-8", text),
        Body::Empty => ("application/json", String::new()),
    };
    server::response(answer.status, kind, headers, body)
}
