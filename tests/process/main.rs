//! The binary itself as an operator meets it: killed at random, on a full disk, behind nginx, from a terminal.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

mod activity;
mod backup;
mod bridge;
mod chat;
mod check;
#[path = "../stories/database.rs"]
#[allow(dead_code, reason = "SQLite is in the folder of each test here")]
mod database;
mod disk;
mod import;
mod init;
mod kill;
mod kill_two_way;
mod links;
mod matrix;
mod nginx;
mod pty;
mod relaying;
mod rooms;
mod sandbox;
#[path = "../chat/synapse.rs"]
mod synapse;
mod systemd;
mod terminal;
mod town;
mod watches;
