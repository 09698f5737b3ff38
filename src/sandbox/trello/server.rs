//! How the look-alike rules on a call: limiter, faults, credentials, and then the work.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response};
use tokio::net::TcpListener;

use super::api::{self, Answer};
use super::courier::{self, Desk};
use super::params::ApiRequest;
use super::{Call, Exchange, State, lock, webhooks};
use crate::sandbox::faults::{Fault, Outcome};
use crate::sandbox::server::{self, Ruling};

pub(super) async fn serve(listener: TcpListener, desk: Desk) {
    let rule = move |request| {
        let desk = desk.clone();
        async move { rule(&desk, request).await }
    };
    server::serve(listener, rule).await;
}

async fn rule(desk: &Desk, request: Request<Bytes>) -> Ruling {
    let (head, body) = request.into_parts();
    let latency = lock(&desk.state).options.latency;
    let Some(mut request) = ApiRequest::read(head.method.clone(), &head.uri, &head.headers, &body) else {
        let answer = response(&Answer::Text(404, "not the API".to_owned()), Vec::new());
        return (Outcome::Answer(answer), latency);
    };
    check_callback(desk, &mut request).await;
    let state = &mut *lock(&desk.state);
    let (outcome, headers) = carry_out(state, request);
    if let (Some(kept), Outcome::Answer(answer)) = (&mut state.exchanges, &outcome) {
        kept.push(Exchange::of(&head, &body, answer));
    }
    (outcome.map(|answer| response(&answer, headers)), latency)
}

/// A callback URL is checked while its call waits, and without the lock: whoever is called may call back.
async fn check_callback(desk: &Desk, request: &mut ApiRequest) {
    let Some(url) = webhooks::to_check(request).map(str::to_owned) else { return };
    let admitted = {
        let State { world, options, .. } = &mut *lock(&desk.state);
        api::admit(world, &options.key, request).is_ok()
    };
    if admitted {
        request.checked = Some(courier::check(&desk.client, &url).await);
    }
}

fn carry_out(state: &mut State, request: ApiRequest) -> (Outcome<Answer>, Vec<(String, String)>) {
    let route = request.route();
    let at = Instant::now();
    let token = request.credentials.1.as_deref().unwrap_or_default();
    let member = state.world.token(token).map(|token| token.member.clone()).unwrap_or_default();
    let about_members = request.path.first().is_some_and(|room| room == "members");
    let ruling = state.limiter.rule(at, token, &member, about_members);
    if let Some(error) = ruling.refused {
        let body = serde_json::json!({ "error": error, "message": "Rate limit exceeded" });
        state.calls.add(Call { route, status: 429, at });
        return (Outcome::Answer(Answer::Json(429, body)), ruling.headers());
    }
    let fault = state.faults.next(&route);
    let answer = match (&fault, api::admit(&mut state.world, &state.options.key, &request)) {
        (Some(Fault::Answer(status, text)), _) => Answer::Text(*status, (*text).to_owned()),
        (_, Err(refusal)) => refusal,
        (Some(fault), _) if !fault.carries_out() => Answer::Text(0, String::new()),
        (_, Ok(who)) => state.work(|world| api::answer(world, &who, &request)),
    };
    if fault == Some(Fault::ApplyLater) {
        state.faults.hold(request);
    }
    state.calls.add(Call { route, status: answer.status(), at });
    (Outcome::under(fault.as_ref(), answer), ruling.headers())
}

/// Does work that was held back, if its caller may still do it.
pub(super) fn carry_out_late(state: &Arc<Mutex<State>>) {
    let state = &mut *lock(state);
    for request in state.faults.take_held() {
        if let Ok(who) = api::admit(&mut state.world, &state.options.key, &request) {
            state.work(|world| api::answer(world, &who, &request));
        }
    }
}

fn response(answer: &Answer, headers: Vec<(String, String)>) -> Response<Full<Bytes>> {
    let (kind, body) = answer.written();
    server::response(answer.status(), kind, headers, body)
}
