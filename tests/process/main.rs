//! The binary itself as an operator meets it: killed at random, on a full disk, behind nginx, from a terminal.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

mod bridge;
mod disk;
mod kill;
mod nginx;
mod sandbox;
mod terminal;
