//! The neighbour GitLab: its webhooks, verified and read, and the calls that we make to it. What its webhooks' JSON
//! looks like is known in `wire` alone, what its errors mean in `error`.

mod client;
mod error;
mod filing;
mod hook;
mod hooks;
mod issues;
mod listing;
mod map;
mod merges;
mod notes;
mod projects;
mod roll;
mod time;
mod verify;
mod wire;

pub use client::GitLab;
pub use filing::IssueCall;
pub use hook::{Malformed, read, read_kept};
pub use hooks::{HookCall, HookEvent, RegisteredHook, SwitchedOff, hook_target, leads_here};
pub use issues::IssueUpdate;
pub use listing::{Order, Pages, Wanted};
pub use projects::{MOST_PROJECTS, Permissions, Project, TokenFacts, User};
pub use roll::ROLL;
pub use time::parse as parse_time;
pub use verify::{Unverified, Verifier};
