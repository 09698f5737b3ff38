//! `kanbridge deliveries list|show|replay`: what GitLab and Trello sent, what was decided, and how its key stands.

use std::io::Write;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::gitlab;
use crate::model::{Delivery, Discretion, Instance, Key, Micros, Rank, Verdict};
use crate::store::{KeyState, Store};
use crate::trello;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the newest deliveries, newest first.
    List {
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Also those that were ignored.
        #[arg(long)]
        all: bool,
        /// As JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show one delivery: headers, body, and how its key stands.
    Show {
        /// Its id, as in the list.
        id: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Have the issue of a delivery looked after again. It never brings an old state back.
    Replay {
        /// Its id.
        id: String,
    },
}

/// What a stored request is read by: the instance of those that do not name theirs, and what may be kept.
type Reading<'a> = (&'a Instance, &'a Discretion);

pub(super) async fn run(command: Command, store: &Store, reading: Reading<'_>, out: &mut impl Write) -> Result<()> {
    match command {
        Command::List { limit, all, json } => list(store, limit, all, json, out).await,
        Command::Show { id, json } => show(store, &id, json, out).await,
        Command::Replay { id } => replay(store, &id, reading, out).await,
    }
}

async fn list(store: &Store, limit: u32, all: bool, json: bool, out: &mut impl Write) -> Result<()> {
    for delivery in store.deliveries(i64::from(limit), all).await? {
        let state = state(store, &delivery).await?;
        if json {
            writeln!(out, "{}", summary(&delivery, &state))?;
        } else {
            let key = delivery.key.as_deref().unwrap_or("-");
            let (at, event) = (delivery.received_at, &delivery.event);
            writeln!(out, "{}  {at}  {event}  {key}  {state}", delivery.id)?;
        }
    }
    Ok(())
}

async fn show(store: &Store, id: &str, as_json: bool, out: &mut impl Write) -> Result<()> {
    let delivery = find(store, id).await?;
    let state = state(store, &delivery).await?;
    let body = String::from_utf8_lossy(&delivery.body);
    if as_json {
        let mut whole = summary(&delivery, &state);
        whole["headers"] = serde_json::from_str(&delivery.headers).unwrap_or(Value::Null);
        whole["body"] = serde_json::from_str(&body).unwrap_or(Value::Null);
        writeln!(out, "{whole}")?;
        return Ok(());
    }
    writeln!(out, "delivery  {}", delivery.id)?;
    writeln!(out, "received  {} (and {} times again)", delivery.received_at, delivery.repeats)?;
    writeln!(out, "event     {}", delivery.event)?;
    writeln!(out, "key       {}", delivery.key.as_deref().unwrap_or("-"))?;
    writeln!(out, "state     {state}")?;
    writeln!(out, "headers   {}", delivery.headers)?;
    match delivery.body.len() {
        0 if !delivery.reason.is_empty() && trello::is_trello_event(&delivery.event) => {
            writeln!(out, "body      {}; see `kanbridge activity show`", delivery.reason)?;
        }
        0 => writeln!(out, "body      not kept: it was confidential")?,
        _ => writeln!(out, "body      {body}")?,
    }
    Ok(())
}

/// Reads the stored request again as the door would today, so that what was ignored by an older version, or under an
/// older configuration, can be taken up. The guard on versions keeps an old state from overwriting a newer one.
async fn replay(store: &Store, id: &str, reading: Reading<'_>, out: &mut impl Write) -> Result<()> {
    let delivery = find(store, id).await?;
    let (instance, discretion) = reading;
    let read = match delivery.body.len() {
        // Of Trello's, the issue that it is about is all that counts here: its turn reads the card.
        _ if trello::is_trello_event(&delivery.event) => None,
        0 => None,
        _ => Some(gitlab::read_kept(&delivery.headers, Bytes::from(delivery.body.clone()), instance, discretion)?),
    };
    let (issue, note, merge) = read.map(|intake| (intake.issue, intake.note, intake.merge)).unwrap_or_default();
    if let Some(news) = merge {
        let keys = store.see_merge_again(&news).await?;
        if keys.is_empty() {
            bail!("there is nothing to replay: the merge request names no issue that is known");
        }
        writeln!(out, "{} due now; `kanbridge links show` tells how each stands", keys.join(", "))?;
        return Ok(());
    }
    let key = match (issue, note, &delivery.key) {
        (Some(issue), ..) => {
            store.observe_again(&issue).await?;
            Key::Issue(issue.id)
        }
        (None, Some(news), _) => {
            store.see_note_again(&news).await?;
            Key::Issue(news.issue)
        }
        (None, None, Some(key)) => {
            let key: Key = key.parse()?;
            store.mark(&key, Rank::Live, None).await?;
            key
        }
        (None, None, None) if delivery.verdict == Verdict::Accepted => {
            bail!("there is nothing to replay: it is about no issue's card")
        }
        (None, None, None) => bail!("there is nothing to replay: it was ignored ({})", delivery.reason),
    };
    writeln!(out, "{key} is due now; `kanbridge deliveries show {id}` tells how it ends")?;
    Ok(())
}

async fn find(store: &Store, id: &str) -> Result<Delivery> {
    let found = store.delivery(id).await?;
    found.with_context(|| format!("there is no delivery {id}; see `kanbridge deliveries list --all`"))
}

/// How a delivery stands, in words.
async fn state(store: &Store, delivery: &Delivery) -> Result<String> {
    let Some(key) = &delivery.key else {
        return Ok(match delivery.verdict {
            Verdict::Ignored => format!("ignored: {}", delivery.reason),
            Verdict::Accepted => "done; about no issue's card".to_owned(),
        });
    };
    let state = store.key_state(key).await?;
    Ok(match (delivery.verdict, state) {
        (Verdict::Ignored, None) => format!("ignored: {}", delivery.reason),
        (Verdict::Accepted, None) => match store.read_note(key).await? {
            note if note.is_empty() => "done".to_owned(),
            note => format!("done, and nothing to do: {note}"),
        },
        (_, Some(state)) => in_words(&state, store.now().await?),
    })
}

pub(super) fn in_words(state: &KeyState, now: Micros) -> String {
    let reason = state.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    match state.failed_at {
        Some(at) => format!("failed at {}{reason}", Micros(at)),
        None if state.lease_until > now.0 => "in hand".to_owned(),
        None => format!("waiting until {}{reason}", Micros(state.due_at)),
    }
}

fn summary(delivery: &Delivery, state: &str) -> Value {
    json!({
        "id": delivery.id,
        "received_at": delivery.received_at.to_string(),
        "event": delivery.event,
        "verdict": delivery.verdict.to_string(),
        "reason": delivery.reason,
        "key": delivery.key,
        "repeats": delivery.repeats,
        "state": state,
    })
}
