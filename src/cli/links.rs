//! `kanbridge links list|show|unlink|relink|approve`: issues and their cards, how each pair stands, and why it is not in step.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::approve;
use super::deliveries::in_words;
use super::table::Table;
use crate::model::{Discretion, Issue, IssueRef, Key, Link, Micros, Parked, Rank, Spot, Ticket};
use crate::store::Store;
use crate::worker::known;

/// Lines of what was told that are shown.
const LINES: i64 = 20;

/// Why nothing is done about an issue that is gone.
const GONE: &str = "it is gone in GitLab with many others of its route; see `kanbridge links approve`";

const UNREAD: &str = "the board's feed has told of it, and no turn has read it yet";

/// A turn that has the pair in hand comes to its end within this.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List all pairs.
    List {
        /// Only those that are not in step.
        #[arg(long)]
        odd: bool,
        /// As JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show one pair: both sides, what they last agreed on, how it stands, what was told of it.
    Show(Named),
    /// Let a pair go: the card stays as it is, and neither follows the other any more.
    Unlink(Named),
    /// Take a pair up again that was let go.
    Relink(Named),
    /// Say that issues may be gone: too many of a route are gone in GitLab at once.
    Approve(approve::Command),
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// 23, group/project#23, or gitlab.example.com/42/23 (host, project's number, issue).
    issue: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: Command, store: &Store, out: &mut impl Write) -> Result<()> {
    match command {
        Command::List { odd, json } => list(store, odd, json, out).await,
        Command::Show(named) => show(store, &named, out).await,
        Command::Unlink(named) => park(store, &named, Some(Parked::Unlinked), out).await,
        Command::Relink(named) => park(store, &named, None, out).await,
        Command::Approve(command) => approve::run(&command, store, out).await,
    }
}

/// An issue and its card, with how they stand.
struct Standing {
    id: IssueRef,
    issue: Option<Issue>,
    link: Option<Link>,
    /// `in step`, `waiting`, `failed`, `resting`, `gone?`, or why it is parked.
    state: String,
    why: String,
    next_look: Option<Micros>,
    /// When its last turn ended, and how.
    last_turn: Option<(Micros, String)>,
}

impl Standing {
    async fn of(store: &Store, id: IssueRef) -> Result<Self> {
        let key = Key::Issue(id.clone()).to_string();
        let issue = known(store, &Discretion::default(), &id).await?.map(|known| known.issue);
        let link = store.link(&id).await?;
        let note = store.read_note(&key).await?;
        let queued = store.key_state(&key).await?;
        let next_look = queued.as_ref().filter(|key| key.failed_at.is_none()).map(|key| Micros(key.due_at));
        let parked = link.as_ref().and_then(|link| link.parked);
        let (state, why) = match (queued, parked) {
            _ if store.is_gone(&id).await? == Some(false) => ("gone?".to_owned(), GONE.to_owned()),
            (Some(queued), _) => {
                let state = if queued.failed_at.is_some() { "failed" } else { "waiting" };
                (state.to_owned(), in_words(&queued, store.now().await?))
            }
            (None, Some(parked)) => (parked.to_string(), note),
            (None, None) if link.is_none() || !note.is_empty() => ("resting".to_owned(), note),
            (None, None) => ("in step".to_owned(), String::new()),
        };
        let last_turn = store.last_turn(&key).await?;
        Ok(Standing { id, issue, link, state, why, next_look, last_turn })
    }

    fn is_known(&self) -> bool {
        self.issue.is_some() || self.link.is_some()
    }

    /// As people write it, where the project's path is known.
    fn name(&self) -> String {
        match self.issue.as_ref().and_then(|issue| issue.project_path.as_deref()) {
            Some(path) => format!("{path}#{}", self.id.iid),
            None => self.id.to_string(),
        }
    }

    fn card(&self) -> Option<&str> {
        self.link.as_ref()?.card.as_ref().map(|card| card.as_str())
    }

    /// The address of the card; Trello takes its id for its short link.
    fn card_url(&self) -> Option<String> {
        self.card().map(|card| format!("https://trello.com/c/{card}"))
    }

    /// The board's feed has told of the card, and no turn has read it since.
    fn is_unread(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.card.is_some() && link.stir.is_some())
    }

    fn board(&self) -> Option<&str> {
        self.link.as_ref().map(|link| link.board.as_str())
    }

    fn in_json(&self) -> Value {
        json!({
            "issue": self.id.to_string(), "name": self.name(), "card": self.card(), "board": self.board(),
            "state": self.state, "why": self.why, "next_look": self.next_look.map(|at| at.to_string()),
            "last_turn": self.last_turn.as_ref().map(|(at, how)| json!({ "at": at.to_string(), "ended": how })),
            "card_unread": self.is_unread(),
        })
    }
}

async fn list(store: &Store, odd: bool, as_json: bool, out: &mut impl Write) -> Result<()> {
    let mut table = Table::default();
    for link in store.links().await? {
        let standing = Standing::of(store, link.issue).await?;
        if odd && standing.state == "in step" {
            continue;
        }
        if as_json {
            writeln!(out, "{}", standing.in_json())?;
            continue;
        }
        let (card, board) = (or_none(standing.card_url()), or_none(standing.board().map(str::to_owned)));
        table.row(vec![standing.name(), card, board, standing.state, standing.why]);
    }
    table.print(out)
}

async fn show(store: &Store, named: &Named, out: &mut impl Write) -> Result<()> {
    let standing = Standing::of(store, find(store, &named.issue).await?).await?;
    let told = store.told(&standing.id, LINES).await?;
    let base = standing.link.as_ref().and_then(|link| link.base.as_ref());
    let issue = standing.issue.as_ref().filter(|issue| !issue.confidential);
    if named.json {
        let mut whole = standing.in_json();
        whole["seen"] = json!(issue.map(|issue| &issue.ticket));
        whole["base"] = json!(base.map(|base| json!({ "issue": base.issue, "card": base.card })));
        let line = |(at, told): &(Micros, String)| json!({ "at": at.to_string(), "told": told });
        whole["told"] = told.iter().map(line).collect::<Vec<_>>().into();
        return Ok(writeln!(out, "{whole}")?);
    }
    let ticket = |ticket: Option<&Ticket>| or_none(ticket.map(in_short));
    let mut table = Table::default();
    for (name, value) in [
        ("issue", format!("{} ({})", standing.name(), standing.id)),
        ("address", or_none(issue.and_then(|issue| issue.url.clone()))),
        ("card", or_none(standing.card_url())),
        ("board", or_none(standing.board().map(str::to_owned))),
        ("state", standing.state.clone()),
        ("why", or_none(Some(standing.why.clone()).filter(|why| !why.is_empty()))),
        ("last turn", or_none(standing.last_turn.as_ref().map(|(at, how)| format!("{at}: {how}")))),
        ("next look", or_none(standing.next_look.map(|at| at.to_string()))),
        ("issue, as last seen", ticket(issue.map(|issue| &issue.ticket))),
        ("issue, as last agreed", ticket(base.map(|base| &base.issue))),
        ("card, as last seen and agreed", ticket(base.map(|base| &base.card))),
        ("card, since then", or_none(standing.is_unread().then(|| UNREAD.to_owned()))),
    ] {
        table.row(vec![name.to_owned(), value]);
    }
    for (at, told) in told {
        table.row(vec![at.to_string(), told]);
    }
    table.print(out)
}

fn or_none(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

/// A ticket in a line; texts are told by their length.
fn in_short(ticket: &Ticket) -> String {
    let labels: Vec<&str> = ticket.labels.iter().map(|label| label.name.as_str()).collect();
    let mut parts = vec![format!("{:?}", ticket.title), if ticket.closed { "closed" } else { "open" }.to_owned()];
    parts.push(format!("text of {} characters", ticket.text.chars().count()));
    parts.extend((!labels.is_empty()).then(|| format!("labels {}", labels.join(", "))));
    parts.extend((!ticket.people.is_empty()).then(|| format!("people {}", ticket.people.join(", "))));
    parts.extend(ticket.due.map(|due| format!("due {due}")));
    parts.extend(ticket.spot.as_ref().map(|spot| match spot {
        Spot::List(list) => format!("on list {list}"),
        Spot::Archive => "archived".to_owned(),
    }));
    parts.join("; ")
}

/// The link is kept and only laid to rest: so neither the mark on the card nor the next event makes a pair of the two
/// again.
async fn park(store: &Store, named: &Named, parked: Option<Parked>, out: &mut impl Write) -> Result<()> {
    let id = find(store, &named.issue).await?;
    let link = store.link(&id).await?.filter(|link| link.card.is_some());
    let link = link.with_context(|| format!("{id} has no card"))?;
    if parked.is_none() && link.parked != Some(Parked::Unlinked) {
        bail!("{id} was not unlinked; `kanbridge links show` tells how it stands");
    }
    let began = Instant::now();
    while !store.park(&id, parked).await? {
        if began.elapsed() > PATIENCE {
            bail!("a turn has {id} in hand and does not come to its end; try again later");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (told, result) = match parked {
        Some(_) => ("unlinked from its card, by hand", "unlinked; the card stays as it is"),
        None => ("linked with its card again, by hand", "linked again; the two are compared next"),
    };
    store.tell(&id, told).await?;
    store.mark(&Key::Issue(id.clone()), Rank::Command, None).await?;
    let standing = Standing::of(store, id).await?;
    if named.json {
        return Ok(writeln!(out, "{}", standing.in_json())?);
    }
    Ok(writeln!(out, "{}: {result}", standing.name())?)
}

/// The issue that a person means.
async fn find(store: &Store, text: &str) -> Result<IssueRef> {
    let (path, number) = text.rsplit_once(['#', '/']).unwrap_or(("", text));
    let iid = number.parse::<i64>().ok().filter(|iid| *iid > 0);
    let iid = iid.with_context(|| format!("`{text}` is no issue; write 23, group/project#23 or host/42/23"))?;
    let whole = text.parse::<IssueRef>().ok();
    let mut found = Vec::new();
    for id in store.named(iid).await? {
        let standing = Standing::of(store, id).await?;
        let its_path = standing.issue.as_ref().and_then(|issue| issue.project_path.as_deref()).unwrap_or_default();
        let meant = path.is_empty() || path.eq_ignore_ascii_case(its_path) || whole.as_ref() == Some(&standing.id);
        if meant && standing.is_known() {
            found.push(standing);
        }
    }
    match found.as_slice() {
        [only] => Ok(only.id.clone()),
        [] => bail!("nothing is known of {text}; `kanbridge links list` shows all pairs"),
        several => {
            let names: Vec<String> = several.iter().map(Standing::name).collect();
            bail!("several issues have this number: {}; name the project as well", names.join(", "))
        }
    }
}
