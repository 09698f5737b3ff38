//! Setting the log up: to standard error, as text or as JSON.

use std::io::IsTerminal;

use anyhow::{Context, Result, anyhow};
use tracing_subscriber::EnvFilter;

use crate::config::Log;

pub(super) fn start(log: &Log) -> Result<()> {
    let filter =
        EnvFilter::try_new(&log.filter).context("RUST_LOG cannot be read; write for instance kanbridge=debug")?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started =
        if log.json { builder.json().flatten_event(true).try_init() } else { builder.with_target(false).try_init() };
    started.map_err(|error| anyhow!("the log cannot be set up: {error}"))
}
