//! `kanbridge relay preview|backfill`: what would be told of a board, and telling what happened before.

use std::io::Write;

use anyhow::{Context, Result, anyhow, bail};
use clap::Subcommand;
use serde_json::json;

use super::{bridge, outward};
use crate::clock::Clock;
use crate::config::{Config, TrelloAccess, board_of};
use crate::model::{Activity, BoardId, Key, Micros};
use crate::relay::{Relay, Verdict};
use crate::store::Store;
use crate::trello::Trello;
use crate::worker::board_scope;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the last activities of boards as they would be told, or why not. Tells nothing.
    Preview {
        /// The board: its id, short link or URL; left out: every board that is relayed.
        board: Option<String>,
        /// How many activities of each board.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        /// As JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Tell what happened on a board since a moment in the past, as far as it was not told before.
    Backfill {
        /// The board: its id, short link or URL.
        board: String,
        /// Since when: 2026-11-01, or 2026-11-01T08:00:00Z.
        #[arg(long)]
        since: String,
    },
}

pub(super) async fn run(command: Command, config: &Config, store: &Store, out: &mut impl Write) -> Result<()> {
    match command {
        Command::Preview { board, limit, json } => preview(config, store, board.as_deref(), limit, json, out).await,
        Command::Backfill { board, since } => backfill(config, store, &board, &since, out).await,
    }
}

async fn preview(
    config: &Config,
    store: &Store,
    board: Option<&str>,
    limit: usize,
    as_json: bool,
    out: &mut impl Write,
) -> Result<()> {
    let only = match board {
        Some(name) => Some(find(config, store, name).await?),
        None => None,
    };
    let wanted =
        |relay: &&Relay| only.is_none_or(|only: &Relay| only.board == relay.board && only.account == relay.account);
    let mut relays = config.relays.iter().filter(wanted).peekable();
    if relays.peek().is_none() {
        bail!("nothing is relayed; set TRELLO_BOARD_ID, or add a [[relay]]");
    }
    let worker = bridge::worker(config, store, &Clock::System, None).await?;
    for relay in relays {
        let trello = trello(config, relay)?;
        let id = looked_up(store, &trello, relay).await?;
        let newest = trello.newest_actions(&id, limit).await?;
        let activities = newest.iter().rev().map(|(activity, _)| activity);
        for (activity, verdict) in worker.preview(&id, relay, activities).await.map_err(|error| anyhow!(error))? {
            show(relay, activity, verdict, as_json, out)?;
        }
    }
    Ok(())
}

fn show(relay: &Relay, activity: &Activity, verdict: Verdict, as_json: bool, out: &mut impl Write) -> Result<()> {
    let rooms: Vec<&str> = relay.rooms.iter().map(|room| room.as_str()).collect();
    let (told, why) = match verdict {
        Verdict::Tell(message) => (Some(message), None),
        Verdict::TellPlainly(message, failed) => (Some(message), Some(failed.to_string())),
        Verdict::Silent(silence) => (None, Some(silence.to_string())),
    };
    if as_json {
        let line = json!({
            "id": activity.id.as_str(), "board": relay.board, "rooms": rooms, "kind": activity.kind,
            "at": activity.at.to_string(), "told": told.map(|message| message.plain()), "reason": why,
        });
        writeln!(out, "{line}")?;
        return Ok(());
    }
    let (at, kind) = (activity.at, &activity.kind);
    match (told, why) {
        (Some(message), None) => writeln!(out, "{at}  {}: {}", rooms.join(", "), message.plain())?,
        (Some(message), Some(why)) => writeln!(out, "{at}  {}: {} ({why})", rooms.join(", "), message.plain())?,
        (None, why) => writeln!(out, "{at}  not told: {kind} ({})", why.unwrap_or_default())?,
    }
    Ok(())
}

async fn backfill(config: &Config, store: &Store, name: &str, since: &str, out: &mut impl Write) -> Result<()> {
    let since = moment(since).with_context(|| format!("`{since}` is no day or moment; write 2026-11-01"))?;
    let relay = find(config, store, name).await?;
    let id = looked_up(store, &trello(config, relay)?, relay).await?;
    if let Some(forgotten) = store.backfill(&id, since).await? {
        bail!("what happened on the board until {forgotten} may have been told and forgotten; name a later moment");
    }
    store.hurry(&Key::Board(relay.account.clone(), relay.board.clone())).await?;
    writeln!(out, "what happened on the board since {since} and was not known is told as soon as kanbridge runs")?;
    Ok(())
}

fn moment(text: &str) -> Option<Micros> {
    let day = || Some(text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    let at = text.parse::<jiff::Timestamp>().ok().or_else(day)?;
    Some(Micros(at.as_microsecond()))
}

fn trello(config: &Config, relay: &Relay) -> Result<Trello> {
    let accounts = outward::accounts(&TrelloAccess::from(config.clone()))?;
    let found = accounts.into_iter().find(|trello| *trello.account() == relay.account);
    found.with_context(|| format!("there is no account `{}`", relay.account))
}

/// The relay of a board, which is named as there, or by its id or URL.
async fn find<'a>(config: &'a Config, store: &Store, name: &str) -> Result<&'a Relay> {
    let wanted = board_of(name).unwrap_or_else(|| name.to_owned());
    for relay in &config.relays {
        let id = store.pin(&board_scope(&relay.account), &relay.board).await?;
        if relay.board == wanted || id.as_deref() == Some(wanted.as_str()) {
            return Ok(relay);
        }
    }
    let boards: Vec<&str> = config.relays.iter().map(|relay| relay.board.as_str()).collect();
    match boards.is_empty() {
        true => Err(anyhow!("nothing is relayed; set TRELLO_BOARD_ID, or add a [[relay]]")),
        false => Err(anyhow!("no relay has the board {wanted}; there are {}", boards.join(", "))),
    }
}

/// A relayed board and its id, as far as the bridge has looked it up.
pub(super) async fn board<'a>(config: &'a Config, store: &Store, name: &str) -> Result<(&'a Relay, BoardId)> {
    let relay = find(config, store, name).await?;
    let key = Key::Board(relay.account.clone(), relay.board.clone());
    let id = store.board_of(&key).await?;
    Ok((relay, id.with_context(|| format!("the board {name} has not been looked at yet"))?))
}

async fn looked_up(store: &Store, trello: &Trello, relay: &Relay) -> Result<BoardId> {
    let key = Key::Board(relay.account.clone(), relay.board.clone());
    match store.board_of(&key).await? {
        Some(id) => Ok(id),
        None => {
            let id = trello.board(&relay.board).await?.id;
            store.set_pin(&board_scope(&relay.account), &relay.board, id.as_str()).await?;
            Ok(id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_day_or_a_time() {
        assert_eq!(moment("2026-11-01").unwrap().to_string(), "2026-11-01T00:00:00Z");
        assert_eq!(moment("2026-11-01T08:30:00+01:00").unwrap().to_string(), "2026-11-01T07:30:00Z");
        assert_eq!(moment("yesterday"), None);
    }
}
