//! The look-alike's server: hyper without a framework, since a fault may have to cut a connection in the middle.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::api::{self, Answer};
use super::faults::Fault;
use super::params::ApiRequest;
use super::{Call, State, lock};

/// Ends the connection without an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is cut on purpose")
    }
}

impl std::error::Error for Cut {}

pub(super) async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        tokio::spawn(async move {
            // A cut is an error here, and wanted.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// What becomes of a call once it was ruled on.
enum Outcome {
    Answer(Answer),
    Cut,
    Silence,
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let Some(request) = ApiRequest::read(head.method, &head.uri, &head.headers, &body) else {
        return Ok(response(&Answer::Text(404, "not the API".to_owned()), Vec::new()));
    };
    let latency = lock(&state).options.latency;
    let (outcome, headers) = carry_out(&mut lock(&state), request);
    if latency > Duration::ZERO {
        tokio::time::sleep(latency).await;
    }
    match outcome {
        Outcome::Answer(answer) => Ok(response(&answer, headers)),
        Outcome::Cut => Err(Cut),
        Outcome::Silence => match std::future::pending::<Infallible>().await {},
    }
}

fn carry_out(state: &mut State, request: ApiRequest) -> (Outcome, Vec<(String, String)>) {
    let route = request.route();
    let at = Instant::now();
    let ruling = state.limiter.rule(at);
    if !ruling.allowed {
        let body = serde_json::json!({ "error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded" });
        state.count(Call { route, status: 429, at });
        return (Outcome::Answer(Answer::Json(429, body)), ruling.headers());
    }
    let fault = state.faults.next(&route);
    let does = !matches!(fault, Some(Fault::Answer(..) | Fault::TimeoutBefore | Fault::DropBefore | Fault::ApplyLater));
    let answer = match (&fault, api::refuse(&request, &state.options.key, &state.options.token)) {
        (Some(Fault::Answer(status, text)), _) => Answer::Text(*status, (*text).to_owned()),
        (_, Some(refusal)) => refusal,
        _ if does => api::answer(&mut state.world, &request),
        _ => Answer::Text(0, String::new()),
    };
    if fault == Some(Fault::ApplyLater) {
        state.faults.hold(request);
    }
    state.count(Call { route, status: answer.status(), at });
    let outcome = match fault {
        Some(Fault::TimeoutBefore | Fault::TimeoutAfter) => Outcome::Silence,
        Some(Fault::DropBefore | Fault::DropAfter | Fault::ApplyLater) => Outcome::Cut,
        Some(Fault::Answer(..)) | None => Outcome::Answer(answer),
    };
    (outcome, ruling.headers())
}

fn response(answer: &Answer, headers: Vec<(String, String)>) -> Response<Full<Bytes>> {
    let (kind, body) = match answer {
        Answer::Json(_, value) => ("application/json; charset=utf-8", value.to_string()),
        Answer::Text(_, text) => ("text/plain; charset=utf-8", text.clone()),
    };
    let mut response = Response::builder().status(answer.status()).header("content-type", kind);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    // Only a status that is none could fail here, and those of faults are never sent.
    response.body(Full::new(body.into())).unwrap_or_default()
}
