//! `kanbridge serve`.

use anyhow::{Context, Result, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::notify::{READY, STOPPING, tell};
use super::{log, start};
use crate::clock::Clock;
use crate::config::Config;

pub(super) async fn run(config: Config) -> Result<()> {
    log::start(&config.log)?;
    for note in &config.notes {
        tracing::warn!("{note}");
    }
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be listened for")?;
    let address = config.listen;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is it in use? Set LISTEN to another address"))?;
    let (routes, relays) = (config.routes.len(), config.relays.len());
    let mut running = start(config, listener, Clock::System).await?;
    tracing::info!(address = %running.address, routes, relays, "kanbridge {} is ready", env!("CARGO_PKG_VERSION"));
    tell(READY);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        part = running.broke() => bail!("{part} ended unexpectedly; see the log"),
    }
    tell(STOPPING);
    tracing::info!("stopping: no new requests, turns in hand go to their end");
    running.stop().await?;
    tracing::info!("stopped");
    Ok(())
}
