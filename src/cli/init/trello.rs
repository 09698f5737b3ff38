//! The questions about Trello: key and token, board and list.

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;

use super::ask::{Asker, Choice, Question};
use super::draft::Draft;
use super::{Command, question, secret};
use crate::cli::{check, outward};
use crate::clock::Clock;
use crate::config::board_of;
use crate::trello::{List, OwnBoard, Trello};

const NONE: &str = "none";

const KEY: &str = "\
The key: at https://trello.com/apps/admin make an app; its key stands under \"API key\".";

/// Key and token, tried out.
pub(super) async fn account(asker: &Asker, command: &Command, draft: &mut Draft) -> Result<Trello> {
    asker.explain(KEY)?;
    let mut key_given = command.trello_key.clone();
    let mut token_given = secret(command.trello_token_file.as_ref(), draft, "TRELLO_API_TOKEN")?;
    loop {
        let key = asker.text(question(draft, "--trello-key", "API key", key_given, "TRELLO_API_KEY"), one_word).await?;
        if token_given.is_none() {
            asker.explain(&format!(
                "The token: open this page as the one in whose name cards are to be made (a Trello account of its own, \
                 added to the one board, is best), allow, and copy what it shows:\n  {}",
                authorize(&key)
            ))?;
        }
        let ask = Question {
            flag: "--trello-token-file or TRELLO_API_TOKEN",
            ask: "Token",
            given: token_given,
            default: draft.get("TRELLO_API_TOKEN"),
            secret: true,
        };
        let token = asker.text(ask, one_word).await?;
        match try_out(draft, &key, &token).await? {
            Ok((trello, name)) => {
                asker.say(&format!("  ✓ Trello knows the token: cards will be made by @{name}"))?;
                draft.set("TRELLO_API_KEY", &key);
                draft.set("TRELLO_API_TOKEN", &token);
                return Ok(trello);
            }
            Err(wrong) if asker.asks() => asker.say(&format!("  ✗ {wrong}"))?,
            Err(wrong) => bail!(wrong),
        }
        (key_given, token_given) = (None, None);
    }
}

/// Trello and the member's name, or what is wrong with key or token.
async fn try_out(draft: &Draft, key: &str, token: &str) -> Result<Result<(Trello, String), String>> {
    let access = draft.trello(key, token)?;
    let trello = outward::accounts(&access)?.into_iter().next().context("there is no account")?;
    let now = Timestamp::from_microsecond(Clock::System.now().0)?;
    let name = match trello.me().await {
        Ok(member) => member.username,
        Err(trouble) => return Ok(Err(trouble.sentence)),
    };
    Ok(match trello.token_facts().await {
        Ok(facts) => match check::trello_token_fault(&facts, now) {
            Some(wrong) => Err(wrong),
            None => Ok((trello, name)),
        },
        Err(trouble) => Err(trouble.sentence),
    })
}

fn authorize(key: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("key", key)
        .append_pair("name", "kanbridge")
        // The vendor's pages disagree on the default.
        .append_pair("expiration", "never")
        .append_pair("scope", "read,write")
        .append_pair("response_type", "token")
        .finish();
    format!("https://trello.com/1/authorize?{query}")
}

pub(super) async fn one_word(answer: &str) -> Result<String, String> {
    match answer {
        "" => Err("it is empty".to_owned()),
        text if text.contains(char::is_whitespace) => Err("it cannot hold blanks; copy it once more".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// The board, the list for open issues, and that for closed ones.
pub(super) async fn place(
    asker: &Asker,
    command: &Command,
    draft: &Draft,
    trello: &Trello,
) -> Result<(OwnBoard, List, Option<List>)> {
    let present = present_list(trello, draft).await;
    let boards = trello.own_boards().await.map_err(|trouble| anyhow!(trouble))?;
    if boards.iter().all(|board| board.closed) {
        bail!("the token's member has no open board; make one in Trello, or add them to yours, and start again");
    }
    asker.explain("\nThe board for the cards:")?;
    let given = command.board.as_deref().map(|text| board_of(text).unwrap_or_else(|| text.to_owned()));
    let default = present.as_ref().and_then(|list| list.board.as_ref()).map(ToString::to_string);
    let ask = Question { flag: "--board", ask: "Board (number or name)", given, default, secret: false };
    let board = asker.choose(ask, boards.into_iter().map(board_choice).collect()).await?;
    asker.say(&format!("  ✓ board {}", board.name))?;

    asker.explain("\nThe list on which the cards of open issues begin:")?;
    let ask = Question {
        flag: "--list",
        ask: "List (number or name)",
        given: command.list.clone(),
        default: present.map(|list| list.id.to_string()),
        secret: false,
    };
    let list = asker.choose(ask, list_choices(trello, &board).await?).await?;
    asker.say(&format!("  ✓ list {}", list.name))?;
    let closed = closed_list(asker, command, draft, list_choices(trello, &board).await?).await?;
    Ok((board, list, closed))
}

/// The list of the present file. One that Trello does not know any more is no answer, and no trouble here.
async fn present_list(trello: &Trello, draft: &Draft) -> Option<List> {
    trello.list(&draft.get("TRELLO_LIST_ID")?.parse().ok()?).await.ok()
}

/// Without such a list the cards of closed issues are archived.
async fn closed_list(
    asker: &Asker,
    command: &Command,
    draft: &Draft,
    lists: Vec<Choice<List>>,
) -> Result<Option<List>> {
    let none = Choice { label: NONE.to_owned(), names: Vec::new(), refusal: None, value: None };
    let some = |choice: Choice<List>| {
        let Choice { label, names, refusal, value } = choice;
        Choice { label, names, refusal, value: Some(value) }
    };
    asker.explain("\nThe list to which they go when their issue is closed (none: they are archived):")?;
    let ask = Question {
        flag: "--closed-list",
        ask: "List (number or name)",
        given: command.closed_list.clone(),
        // A list that is not there any more is no answer.
        default: draft
            .get("TRELLO_DONE_LIST_ID")
            .filter(|id| lists.iter().any(|list| list.refusal.is_none() && list.names.contains(id)))
            .or_else(|| Some(NONE.to_owned())),
        secret: false,
    };
    asker.choose(ask, lists.into_iter().map(some).chain([none]).collect()).await
}

fn board_choice(board: OwnBoard) -> Choice<OwnBoard> {
    let refusal = board
        .closed
        .then(|| format!("the board `{}` is closed; reopen it in Trello, or choose another one", board.name));
    let names = vec![board.id.to_string(), board.short_link.clone()];
    Choice { label: board.name.clone(), names, refusal, value: board }
}

pub(super) async fn list_choices(trello: &Trello, board: &OwnBoard) -> Result<Vec<Choice<List>>> {
    let lists = trello.lists(&board.id).await.map_err(|trouble| anyhow!(trouble))?;
    if lists.iter().all(|list| list.closed) {
        bail!("the board `{}` has no list; add one in Trello and start again", board.name);
    }
    let choice = |list: List| {
        let refusal = list.closed.then(|| {
            format!("the list `{}` is archived; send it back to the board in Trello, or choose another one", list.name)
        });
        Choice { label: list.name.clone(), names: vec![list.id.to_string()], refusal, value: list }
    };
    Ok(lists.into_iter().map(choice).collect())
}
