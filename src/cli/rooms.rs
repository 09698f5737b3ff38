//! `kanbridge rooms list|test|on`: where something can be said, how each room stands, and trying one out.

use std::io::Write;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::json;

use super::outward;
use super::table::Table;
use crate::chat::{Chat, Unsent};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::{Message, RoomName, Span};
use crate::store::Store;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the rooms: how often each may hear a message, what waits for it, and whether it is switched off.
    List {
        /// As JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Say something in a room, and tell what came back.
    Test {
        /// The room.
        name: RoomName,
    },
    /// Switch a room on again that refused and was switched off. What waited for it is said.
    On {
        /// The room.
        name: RoomName,
    },
}

pub(super) async fn run(command: Command, config: &Config, store: &Store, out: &mut impl Write) -> Result<()> {
    let rooms = outward::rooms(config)?;
    match command {
        Command::List { json } => list(&rooms, config, store, json, out).await,
        Command::Test { name } => test(find(&rooms, &name)?, out).await,
        Command::On { name } => on(find(&rooms, &name)?, store, out).await,
    }
}

fn find<'a>(rooms: &'a [Chat], name: &RoomName) -> Result<&'a Chat> {
    rooms.iter().find(|chat| chat.room().name == *name).with_context(|| {
        let names: Vec<&str> = rooms.iter().map(|chat| chat.room().name.as_str()).collect();
        match names.is_empty() {
            true => "there are no rooms; set for instance SLACK_WEBHOOK_URL, or add a [[room]]".to_owned(),
            false => format!("there is no room `{name}`; there are {}", names.join(", ")),
        }
    })
}

async fn list(rooms: &[Chat], config: &Config, store: &Store, as_json: bool, out: &mut impl Write) -> Result<()> {
    let mut table = Table::default();
    for chat in rooms {
        let (name, kind) = (&chat.room().name, chat.room().kind);
        let (waiting, off) = (store.count_waiting(name).await?, store.off(name).await?);
        let told = |board: &&crate::relay::Relay| board.rooms.contains(name);
        let boards: Vec<&str> = config.relays.iter().filter(told).map(|relay| relay.board.as_str()).collect();
        let promise = chat.promise().to_string();
        if as_json {
            let off = off.as_ref().map(|(at, why)| json!({ "since": at.to_string(), "reason": why }));
            let line = json!({
                "name": name.as_str(), "kind": kind.as_str(), "promise": promise, "waiting": waiting, "off": off,
                "boards": boards,
            });
            writeln!(out, "{line}")?;
            continue;
        }
        let state = match off {
            Some((at, why)) => format!("switched off since {at}: {why}"),
            None => format!("{waiting} waiting"),
        };
        let hears = if boards.is_empty() { "hears no board".to_owned() } else { boards.join(", ") };
        table.row(vec![name.to_string(), kind.to_string(), promise, hears, state]);
    }
    table.print(out)?;
    for note in rooms.iter().flat_map(Chat::notes) {
        writeln!(out, "{note}")?;
    }
    Ok(())
}

/// Straight to the room, past what waits for it and whether it is switched off.
async fn test(chat: &Chat, out: &mut impl Write) -> Result<()> {
    let (name, kind) = (&chat.room().name, chat.room().kind);
    let spans = vec![Span::Bold("kanbridge".to_owned()), Span::Text(" can be heard here.".to_owned())];
    let message = Message { spans, ..Message::default() };
    let id = uuid::Uuid::now_v7().to_string();
    match chat.say(&id, &message, Clock::System.now()).await {
        Ok(answer) => {
            writeln!(out, "`{name}` ({kind}) took the message: {answer}; go and see that it is there")?;
            Ok(())
        }
        Err(Unsent::Later(trouble)) => bail!("`{name}` did not take it now: {trouble}"),
        Err(Unsent::Never(why)) => bail!("`{name}` will never take this message: {why}"),
        Err(Unsent::Off(why)) => bail!("`{name}` refuses: {why}"),
    }
}

async fn on(chat: &Chat, store: &Store, out: &mut impl Write) -> Result<()> {
    let name = &chat.room().name;
    let waiting = store.count_waiting(name).await?;
    match store.switch_on(name).await? {
        true => writeln!(out, "`{name}` is switched on; {waiting} messages are said now")?,
        false => writeln!(out, "`{name}` was on; {waiting} messages wait for it")?,
    }
    Ok(())
}
