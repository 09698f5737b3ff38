//! `kanbridge activity list|show|replay`: what happened on boards, what was decided about it, and to have it told again.

use std::io::Write;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use super::table::Table;
use crate::config::Config;
use crate::model::{Dest, RoomName, ScriptName};
use crate::relay::word;
use crate::store::{KeptActivity, Outcome, Store};
use crate::trello::activity;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the newest activities, newest first, and what became of them.
    List {
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Of this board alone: its id, or its name in a relay of kanbridge.toml.
        #[arg(long)]
        board: Option<String>,
        /// As JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show one activity: what Trello told, and what was decided for each room and each script that listens.
    Show {
        /// Its id, as in the list.
        id: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Have an activity judged again by the relays and scripts as they are now, and told again.
    Replay {
        /// Its id.
        id: String,
        /// In this room alone.
        #[arg(long, conflicts_with = "script")]
        room: Option<RoomName>,
        /// For this script alone.
        #[arg(long)]
        script: Option<ScriptName>,
    },
}

pub(super) async fn run(command: Command, config: &Config, store: &Store, out: &mut impl Write) -> Result<()> {
    match command {
        Command::List { limit, board, json } => list(config, store, limit, board.as_deref(), json, out).await,
        Command::Show { id, json } => show(store, &id, json, out).await,
        Command::Replay { id, room, script } => {
            if let Some(room) = room.as_ref().filter(|name| config.rooms.iter().all(|room| room.name != **name)) {
                bail!("there is no room `{room}`; see `kanbridge rooms list`");
            }
            let dest = room.map(Dest::Room).or(script.map(Dest::Script));
            replay(store, &id, dest.as_ref(), out).await
        }
    }
}

async fn list(
    config: &Config,
    store: &Store,
    limit: u32,
    board: Option<&str>,
    as_json: bool,
    out: &mut impl Write,
) -> Result<()> {
    let board = match board {
        Some(name) => Some(super::relay::board(config, store, name).await?.1),
        None => None,
    };
    let mut table = Table::default();
    for kept in store.activities(board.as_ref(), i64::from(limit)).await? {
        let outcomes = store.activity(&kept.id).await?.map(|(_, outcomes)| outcomes).unwrap_or_default();
        if as_json {
            writeln!(out, "{}", summary(&kept, &outcomes))?;
        } else {
            let at = kept.at.to_string();
            table.row(vec![kept.id.clone(), at, kept.kind.clone(), in_words(&kept, &outcomes), sentence(&kept)]);
        }
    }
    table.print(out)
}

async fn show(store: &Store, id: &str, as_json: bool, out: &mut impl Write) -> Result<()> {
    let (kept, outcomes) = find(store, id).await?;
    if as_json {
        let mut whole = summary(&kept, &outcomes);
        whole["action"] = serde_json::from_str(&kept.payload).unwrap_or(Value::Null);
        writeln!(out, "{whole}")?;
        return Ok(());
    }
    writeln!(out, "activity  {} ({})", kept.id, kept.kind)?;
    writeln!(out, "happened  {}", kept.at)?;
    writeln!(out, "heard of  {} ({})", kept.seen_at, kept.source)?;
    writeln!(out, "board     {}", kept.board)?;
    writeln!(out, "words     {}", sentence(&kept))?;
    match outcomes.len() {
        0 => writeln!(out, "state     {}", in_words(&kept, &outcomes))?,
        _ => outcomes.iter().try_for_each(|outcome| writeln!(out, "{}", of_one(outcome)))?,
    }
    match kept.payload.len() {
        0 => writeln!(out, "action    not kept: its issue turned confidential")?,
        _ => writeln!(out, "action    {}", kept.payload)?,
    }
    Ok(())
}

async fn replay(store: &Store, id: &str, dest: Option<&Dest>, out: &mut impl Write) -> Result<()> {
    find(store, id).await?;
    if !store.replay(id, dest).await? {
        bail!("its words were not kept, since its issue turned confidential");
    }
    writeln!(out, "it is judged and told again; `kanbridge activity show {id}` tells how that ends")?;
    Ok(())
}

async fn find(store: &Store, id: &str) -> Result<(KeptActivity, Vec<Outcome>)> {
    let found = store.activity(id).await?;
    found.with_context(|| format!("there is no activity {id}; see `kanbridge activity list`"))
}

/// What became of an activity, in a line.
fn in_words(kept: &KeptActivity, outcomes: &[Outcome]) -> String {
    if kept.held {
        return "held".to_owned();
    }
    let words: Vec<String> = outcomes.iter().map(in_short).collect();
    if words.is_empty() { "only kept".to_owned() } else { words.join(", ") }
}

fn in_short(outcome: &Outcome) -> String {
    let reason = &outcome.reason;
    match (outcome.said.as_str(), outcome.dest.strip_prefix("script/")) {
        ("told", None) => format!("told in {}", outcome.dest.trim_start_matches("room/")),
        ("told", Some(script)) => format!("heard by {script}"),
        ("waiting", None) => format!("waits for {}", outcome.dest.trim_start_matches("room/")),
        ("waiting", Some(script)) => format!("waits for {script}"),
        (_, Some(script)) => format!("not heard by {script} ({reason})"),
        (said, None) => format!("{said} in {} ({reason})", outcome.dest.trim_start_matches("room/")),
    }
}

/// What became of it at one destination: "told in dev at …", "not told in dev: …", "heard by script/weather at …".
fn of_one(outcome: &Outcome) -> String {
    let Outcome { dest, said, reason, at } = outcome;
    let because = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    match (said.as_str(), dest.strip_prefix("room/")) {
        ("told", Some(room)) => format!("told in {room} at {at}{because}"),
        ("told", None) => format!("heard by {dest} at {at}{because}"),
        ("waiting", room) => format!("waits for {} since {at}{because}", room.unwrap_or(dest)),
        (_, Some(room)) => format!("not told in {room}: {reason} ({at})"),
        (_, None) => format!("{dest:<9} not heard: {reason} ({at})"),
    }
}

/// What it says in our own words, on one line.
fn sentence(kept: &KeptActivity) -> String {
    let action = serde_json::from_str(&kept.payload).unwrap_or(Value::Null);
    let message = activity(action).ok().and_then(|activity| word(&activity));
    message.map(|message| message.plain().replace('\n', " ")).unwrap_or_default()
}

fn summary(kept: &KeptActivity, outcomes: &[Outcome]) -> Value {
    let outcome = |outcome: &Outcome| {
        json!({
            "dest": outcome.dest, "said": outcome.said, "reason": outcome.reason, "at": outcome.at.to_string(),
        })
    };
    json!({
        "id": kept.id,
        "board": kept.board,
        "kind": kept.kind,
        "at": kept.at.to_string(),
        "seen_at": kept.seen_at.to_string(),
        "source": kept.source,
        "held": kept.held,
        "outcomes": outcomes.iter().map(outcome).collect::<Vec<_>>(),
    })
}
