//! Our rooms against the look-alikes of every chat server, and against a real Matrix server.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

mod answers;
mod dialect;
mod markup;
mod matrix;
mod paces;
mod rooms;
mod secrets;
mod synapse;
mod world;
