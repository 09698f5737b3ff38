//! The accept loop under warp's filters. warp's own server never closes a connection whose request head does not come,
//! caps no number of connections, and its graceful shutdown waits for ever; this loop does better in forty lines.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;

use super::refusal::json;

/// What a connection may hold in its buffer: request heads are far shorter, and bodies come in pieces.
const MOST_BUFFERED: usize = 64 << 10;

/// Caps on connections.
#[derive(Clone, Copy, Debug)]
pub struct ServeLimits {
    /// Connections at once; more wait until one is free.
    pub connections: usize,
    /// A request head must have come within this.
    pub head: Duration,
    /// Shutdown waits this long for requests in hand.
    pub goodbye: Duration,
}

/// Serves `filter` on `listener` until `goodbye` says so, then lets the requests in hand end.
pub async fn serve(
    listener: TcpListener,
    filter: BoxedFilter<(Response,)>,
    limits: ServeLimits,
    mut goodbye: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    while !*goodbye.borrow() {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            break;
        };
        let stream = tokio::select! {
            stream = accept(&listener) => stream,
            _ = goodbye.changed() => break,
        };
        let service =
            ServiceBuilder::new().layer(CatchPanicLayer::custom(panicked)).service(warp::service(filter.clone()));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(MOST_BUFFERED)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.goodbye, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end in time and were cut");
    }
}

/// The next connection. Running out of file descriptors is no reason to stop: connections end, and there are more.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY could not be set");
                }
                return stream;
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("(no text)"), "a door panicked; answered 500");
    json(StatusCode::INTERNAL_SERVER_ERROR, &serde_json::json!({ "error": "an internal error; see the log" }))
}
