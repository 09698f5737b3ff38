//! Something that hooks are pointed at: keeps what it is sent and answers as it is told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::mpsc;
use warp::Filter;

pub(crate) struct Receiver {
    pub(crate) url: String,
    requests: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
    status: Arc<AtomicU16>,
    next_statuses: Arc<Mutex<VecDeque<u16>>>,
    checked: Arc<AtomicU16>,
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
        let (next_statuses, checked) = (Arc::new(Mutex::new(VecDeque::new())), Arc::new(AtomicU16::new(200)));
        let (told, told_next, told_checked) = (Arc::clone(&status), Arc::clone(&next_statuses), Arc::clone(&checked));
        let door = warp::post().and(warp::header::headers_cloned()).and(warp::body::bytes());
        let door = door.map(move |headers: HeaderMap, body: Bytes| {
            let _ = sender.send((headers, body));
            let next = told_next.lock().unwrap().pop_front();
            answer(next.unwrap_or_else(|| told.load(Ordering::SeqCst)))
        });
        let door = door.or(warp::head().map(move || answer(told_checked.load(Ordering::SeqCst))));
        let server = tokio::spawn(warp::serve(door).incoming(listener).run());
        Receiver { url, requests, status, next_statuses, checked, server }
    }

    pub(crate) fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Answers the next deliveries so, and those after them as ever.
    pub(crate) fn answers_next(&self, statuses: &[u16]) {
        self.next_statuses.lock().unwrap().extend(statuses);
    }

    /// Answers HEAD, by which Trello looks whether anybody is there.
    pub(crate) fn answers_checks(&self, status: u16) {
        self.checked.store(status, Ordering::SeqCst);
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

fn answer(status: u16) -> impl warp::Reply {
    warp::reply::with_status("heard", status.try_into().unwrap())
}
