//! How the look-alike rules on a call: limiter, faults, credentials, and then the work.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response};
use tokio::net::TcpListener;

use super::api::{self, Answer};
use super::params::ApiRequest;
use super::{Call, State, lock};
use crate::sandbox::faults::{Fault, Outcome};
use crate::sandbox::server::{self, Ruling};

pub(super) async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    server::serve(listener, move |request| rule(&mut lock(&state), request)).await;
}

fn rule(state: &mut State, request: Request<Bytes>) -> Ruling {
    let (head, body) = request.into_parts();
    let latency = state.options.latency;
    let Some(request) = ApiRequest::read(head.method, &head.uri, &head.headers, &body) else {
        let answer = response(&Answer::Text(404, "not the API".to_owned()), Vec::new());
        return (Outcome::Answer(answer), latency);
    };
    let (outcome, headers) = carry_out(state, request);
    (outcome.map(|answer| response(&answer, headers)), latency)
}

fn carry_out(state: &mut State, request: ApiRequest) -> (Outcome<Answer>, Vec<(String, String)>) {
    let route = request.route();
    let at = Instant::now();
    let ruling = state.limiter.rule(at);
    if !ruling.allowed {
        let body = serde_json::json!({ "error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded" });
        state.calls.add(Call { route, status: 429, at });
        return (Outcome::Answer(Answer::Json(429, body)), ruling.headers());
    }
    let fault = state.faults.next(&route);
    let answer = match (&fault, api::refuse(&request, &state.options.key, &state.options.token)) {
        (Some(Fault::Answer(status, text)), _) => Answer::Text(*status, (*text).to_owned()),
        (_, Some(refusal)) => refusal,
        (Some(fault), _) if !fault.carries_out() => Answer::Text(0, String::new()),
        _ => api::answer(&mut state.world, &request),
    };
    if fault == Some(Fault::ApplyLater) {
        state.faults.hold(request);
    }
    state.calls.add(Call { route, status: answer.status(), at });
    (Outcome::under(fault.as_ref(), answer), ruling.headers())
}

fn response(answer: &Answer, headers: Vec<(String, String)>) -> Response<Full<Bytes>> {
    let (kind, body) = match answer {
        Answer::Json(_, value) => ("application/json; charset=utf-8", value.to_string()),
        Answer::Text(_, text) => ("text/plain; charset=utf-8", text.clone()),
    };
    server::response(answer.status(), kind, headers, body)
}
