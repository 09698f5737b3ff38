//! A team's own scripts, run by the real binary: what they are asked, what they may answer, and that none of them can
//! hold the bridge up.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

mod bounds;
mod finding;
mod folder;
mod listeners;
mod programs;
mod python;
mod terminal;
