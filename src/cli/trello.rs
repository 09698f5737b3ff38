//! `kanbridge trello boards|lists|labels|members`: names and ids, so that nobody has to dig them out of a URL's `.json`.
//! Needs a key and a token, and nothing else of the configuration.

use std::io::Write;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::outward;
use super::table::Table;
use crate::config::{Environment, board_of, read_trello};
use crate::trello::{Board, OwnBoard, Trello};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The boards that the token's member sees.
    Boards(Common),
    /// The lists of a board, in their order.
    Lists(OnBoard),
    /// The labels of a board.
    Labels(OnBoard),
    /// The members of a board.
    Members(OnBoard),
}

#[derive(Debug, Args)]
pub(super) struct Common {
    /// Whose credentials to use: `default`, or an account of kanbridge.toml.
    #[arg(long, default_value = "default")]
    account: String,
    /// Also what is closed or archived.
    #[arg(long)]
    all: bool,
    /// As JSON, one object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct OnBoard {
    /// The board: its URL, short link, id or name. May be left out where there is only one.
    #[arg(long)]
    board: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn run(
    command: Command,
    environment: &Environment,
    file: Option<&str>,
    out: &mut impl Write,
) -> Result<()> {
    let on_board = async |on: &OnBoard| -> Result<(Trello, Board)> {
        let trello = account(environment, file, &on.common.account)?;
        let board = find_board(&trello, on.board.as_deref()).await?;
        Ok((trello, board))
    };
    let (rows, as_json) = match &command {
        Command::Boards(common) => {
            (boards(&account(environment, file, &common.account)?, common.all).await?, common.json)
        }
        Command::Lists(on) => {
            let (trello, board) = on_board(on).await?;
            (lists(&trello, &board, on.common.all).await?, on.common.json)
        }
        Command::Labels(on) => {
            let (trello, board) = on_board(on).await?;
            (labels(&trello, &board).await?, on.common.json)
        }
        Command::Members(on) => {
            let (trello, board) = on_board(on).await?;
            (members(&trello, &board).await?, on.common.json)
        }
    };
    print(&rows, as_json, out)
}

fn account(environment: &Environment, file: Option<&str>, name: &str) -> Result<Trello> {
    let access = read_trello(environment, file, name)?;
    let found = outward::accounts(&access)?.into_iter().find(|trello| trello.account().0 == name);
    found.with_context(|| format!("there is no account `{name}`"))
}

/// The board that a person means; the only one where they do not say.
pub(super) async fn find_board(trello: &Trello, given: Option<&str>) -> Result<Board> {
    let own = trello.own_boards().await.map_err(|trouble| anyhow!(trouble))?;
    let Some(given) = given else {
        let mut open = own.iter().filter(|board| !board.closed);
        return match (open.next(), open.next()) {
            (Some(only), None) => Ok(board(only)),
            (None, _) => bail!("the token's member has no open board; make one, or add them to yours"),
            _ => bail!("there are several boards; name one with --board (`kanbridge trello boards` lists them)"),
        };
    };
    let by_name: Vec<&OwnBoard> = own.iter().filter(|board| board.name == given).collect();
    if let [only] = by_name.as_slice() {
        return Ok(board(only));
    }
    if by_name.len() > 1 {
        bail!("{} boards are called `{given}`; name one by its URL or id", by_name.len());
    }
    let id = board_of(given).with_context(|| {
        format!("there is no board `{given}`; `kanbridge trello boards --all` lists those that the token's member sees")
    })?;
    match own.iter().find(|board| board.short_link == id || board.id.as_str().eq_ignore_ascii_case(&id)) {
        Some(own) => Ok(board(own)),
        // A board that everybody may see does not have to be the member's own.
        None => trello.board(&id).await.map_err(|trouble| anyhow!(trouble)),
    }
}

fn board(own: &OwnBoard) -> Board {
    let url = format!("https://trello.com/b/{}", own.short_link);
    Board { id: own.id.clone(), name: own.name.clone(), closed: own.closed, url, public: false }
}

async fn boards(trello: &Trello, all: bool) -> Result<Vec<Value>> {
    let own = trello.own_boards().await.map_err(|trouble| anyhow!(trouble))?;
    let row = |board: OwnBoard| {
        let url = format!("https://trello.com/b/{}", board.short_link);
        json!({ "id": board.id.as_str(), "name": board.name, "url": url, "closed": board.closed })
    };
    Ok(own.into_iter().filter(|board| all || !board.closed).map(row).collect())
}

async fn lists(trello: &Trello, board: &Board, all: bool) -> Result<Vec<Value>> {
    let lists = trello.lists(&board.id).await.map_err(|trouble| anyhow!(trouble))?;
    let kept = lists.into_iter().filter(|list| all || !list.closed);
    Ok(kept.map(|list| json!({ "id": list.id.as_str(), "name": list.name, "closed": list.closed })).collect())
}

async fn labels(trello: &Trello, board: &Board) -> Result<Vec<Value>> {
    let labels = trello.coloured_labels(&board.id).await.map_err(|trouble| anyhow!(trouble))?;
    Ok(labels.into_iter().map(|label| json!({ "id": label.id, "name": label.name, "color": label.color })).collect())
}

async fn members(trello: &Trello, board: &Board) -> Result<Vec<Value>> {
    let members = trello.board_members(&board.id).await.map_err(|trouble| anyhow!(trouble))?;
    let row = |member: crate::trello::Person| json!({ "id": member.id, "name": member.full_name, "username": member.username });
    Ok(members.into_iter().map(row).collect())
}

fn print(rows: &[Value], as_json: bool, out: &mut impl Write) -> Result<()> {
    if as_json {
        for row in rows {
            writeln!(out, "{row}")?;
        }
        return Ok(());
    }
    let mut table = Table::default();
    for row in rows {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let closed = if row.get("closed") == Some(&json!(true)) { "closed" } else { "" };
        let more = ["url", "color"].map(text).concat();
        let at = row.get("username").map(|_| format!("@{}", text("username"))).unwrap_or_default();
        table.row(vec![text("id"), text("name"), more + &at, closed.to_owned()]);
    }
    table.print(out)
}
