//! The server under every look-alike: hyper without a framework, since a fault may have to cut a connection in the
//! middle. What a call means is the look-alike's own business.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::faults::Outcome;

/// An answer, ready to be sent.
pub(super) type Response = hyper::Response<Full<Bytes>>;
/// How a look-alike answers a call, and after what time.
pub(super) type Ruling = (Outcome<Response>, Duration);

/// Ends the connection without an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is cut on purpose")
    }
}

impl std::error::Error for Cut {}

/// Serves until it is dropped; `rule` carries a call out and says what becomes of it, once it knows.
pub(super) async fn serve<F, R>(listener: TcpListener, rule: F)
where
    F: Fn(Request<Bytes>) -> R + Clone + Send + 'static,
    R: Future<Output = Ruling> + Send,
{
    while let Ok((stream, _)) = listener.accept().await {
        let rule = rule.clone();
        let service = service_fn(move |request| answer(rule.clone(), request));
        tokio::spawn(async move {
            // A cut is an error here, and wanted.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer<F, R>(rule: F, request: Request<Incoming>) -> Result<Response, Cut>
where
    F: Fn(Request<Bytes>) -> R,
    R: Future<Output = Ruling>,
{
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let (outcome, latency) = rule(Request::from_parts(head, body)).await;
    if latency > Duration::ZERO {
        tokio::time::sleep(latency).await;
    }
    match outcome {
        Outcome::Answer(response) => Ok(response),
        Outcome::Cut => Err(Cut),
        Outcome::Silence => match std::future::pending::<Infallible>().await {},
    }
}

/// A response with these headers.
pub(super) fn response(status: u16, content_type: &str, headers: Vec<(String, String)>, body: String) -> Response {
    let mut response = hyper::Response::builder().status(status).header("content-type", content_type);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    // Only a status that is none could fail here, and those of faults are never sent.
    response.body(Full::new(body.into())).unwrap_or_default()
}
