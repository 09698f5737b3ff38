//! Something that hooks are pointed at: keeps what it is sent and answers as it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::mpsc;
use warp::Filter;

pub(crate) struct Receiver {
    pub(crate) url: String,
    requests: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
    status: Arc<AtomicU16>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::unbounded_channel();
        let status = Arc::new(AtomicU16::new(200));
        let told = Arc::clone(&status);
        let door = warp::post().and(warp::header::headers_cloned()).and(warp::body::bytes());
        let door = door.map(move |headers: HeaderMap, body: Bytes| {
            let _ = sender.send((headers, body));
            warp::reply::with_status("heard", told.load(Ordering::SeqCst).try_into().unwrap())
        });
        let server = tokio::spawn(warp::serve(door).incoming(listener).run());
        Receiver { url, requests, status, server }
    }

    pub(crate) fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The next request, as soon as it is there.
    pub(crate) async fn next(&mut self) -> (HeaderMap, Bytes) {
        self.requests.recv().await.unwrap()
    }

    /// The requests that have come and were not looked at.
    pub(crate) fn rest(&mut self) -> Vec<(HeaderMap, Bytes)> {
        std::iter::from_fn(|| self.requests.try_recv().ok()).collect()
    }
}
