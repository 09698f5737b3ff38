//! kanbridge keeps a Trello board and a GitLab project telling the same story, and tells the chat room about it: every
//! issue that opens gets a card, one lasting card, on the right list, and the two stay one ticket; what happens on the
//! board is told in rooms, and people ask and act from there.
//!
//! # One way through
//!
//! ```text
//!  GitLab ─hook────▶ web ── delivery, observation, ──▶ store ── due keys ──▶ worker ── calls ──▶ gitlab, trello, chat
//!  Trello ─hook────▶     ── marked key                       ◀── link, base, outbox, next look ──
//!  chat   ─command─▶     (one commit, and only then 2xx)
//! ```
//!
//! The doors only write down. The queue is a set of keys, not a list of jobs: a turn asks "what is, and what should
//! be", never "what happened".
//!
//! # The rooms
//!
//! A room may name only rooms named on its right; `tests/floor_plan.rs` holds this map against the code.
//!
//! | room | what lives there | may name |
//! |---|---|---|
//! | `model` | the nouns: ids, keys, tickets, links, secrets, troubles. Pure | – |
//! | `text` | Markdown from one side as the other shows it; cut, cleaned, calling nobody. Pure | `model` |
//! | `sync` | the core: routes, the face of a card, `reconcile` for what a ticket says, `thread` for what people say. Pure | `model`, `text` |
//! | `relay` | what is said of what happens on a board: wording, filters, templates. Pure | `model`, `text` |
//! | `clock` | the one clock, handed in | `model` |
//! | `config` | environment, `.env` and `kanbridge.toml` as one validated value | `model`, `sync`, `relay` |
//! | `net` | the one HTTP client, and pacing. Knows no vendor | `model` |
//! | `store` | memory: domain verbs over SQLite or PostgreSQL | `model`, `clock` |
//! | `gitlab` | GitLab's hooks, verified and read; calls to its API, and what its errors mean | `model`, `text`, `net` |
//! | `trello` | calls to Trello, and what its errors mean | `model`, `text`, `net` |
//! | `chat` | a message as each chat server writes it, sent at its pace, and what its answers mean; what people type there, verified and read | `model`, `text`, `net` |
//! | `scripts` | runs a team's own scripts: found in a folder, bounded, never through a shell | `model` |
//! | `commands` | what people ask and wish from chat: read, looked up, answered | `model`, `text`, `clock`, `store`, `trello`, `scripts` |
//! | `worker` | the hands: leases, turns, retries; one file per kind of key | `model`, `text`, `sync`, `relay`, `clock`, `store`, `gitlab`, `trello`, `chat`, `scripts` |
//! | `web` | the doors, one file each, and the accept loop | `model`, `store`, `gitlab`, `trello`, `chat`, `commands`, `clock` |
//! | `sandbox` | stand-ins for the neighbours, and the demo's page; shares no types with them | – |
//! | `cli` | one file per command; the only place that assembles | all |
//!
//! "Where do I add …": a field of the ticket → `model/ticket.rs`, and the compiler leads on; a variable →
//! `config/variables.rs`; the words for a kind of action → a row in `relay/kinds.rs` and `relay/wording/`; a kind of
//! work → one key in `model/key.rs` and one file in `worker/`; a door → one file in `web/`; a chat server → one file in
//! `chat/render/`, one in `chat/hook/`, and its answers in `chat/answer.rs`; a command → a row in `commands/parse.rs`.

pub mod chat;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod gitlab;
pub mod model;
pub mod net;
pub mod relay;
pub mod sandbox;
pub mod scripts;
pub mod store;
pub mod sync;
pub mod text;
pub mod trello;
pub mod web;
pub mod worker;
