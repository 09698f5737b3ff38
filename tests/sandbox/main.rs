//! The look-alikes against clients that nobody here wrote, the vendor's own document, and recorded traffic.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

mod clients;
mod gitlab;
mod hooks;
mod receiver;
mod shapes;
mod slack;
mod trello;
