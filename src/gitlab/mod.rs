//! The neighbour GitLab: its webhooks, verified and read, and the calls that we make to it. What its webhooks' JSON
//! looks like is known in `wire` alone, what its errors mean in `error`.

mod client;
mod error;
mod hook;
mod hooks;
mod issues;
mod map;
mod notes;
mod projects;
mod time;
mod verify;
mod wire;

pub use client::GitLab;
pub use hook::{Malformed, read, read_kept};
pub use hooks::{HookCall, HookEvent, RegisteredHook};
pub use issues::IssueUpdate;
pub use projects::{MOST_PROJECTS, Project, TokenFacts, User};
pub use time::parse as parse_time;
pub use verify::{Unverified, Verifier};
