//! The neighbour GitLab: its webhooks, verified and read. What its JSON looks like is known in
//! `wire` alone.

mod hook;
mod map;
mod time;
mod verify;
mod wire;

pub use hook::{Malformed, read, read_kept};
pub use time::parse as parse_time;
pub use verify::{Unverified, Verifier};
