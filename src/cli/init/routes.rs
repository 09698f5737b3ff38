//! The one list of the environment, or a `kanbridge.toml` with a route for each project and several lists.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::ask::{Asker, Question};
use super::draft::Draft;
use super::{Command, bool_of, trello};
use crate::gitlab::Project;
use crate::trello::{List, OwnBoard, Trello};

/// What was chosen so far.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) trello: &'a Trello,
    pub(super) board: &'a OwnBoard,
    pub(super) list: &'a List,
    pub(super) closed_list: Option<&'a List>,
    pub(super) projects: &'a [Project],
}

/// Beside the file of variables.
pub(super) fn path(env_file: &Path) -> PathBuf {
    env_file.with_file_name("kanbridge.toml")
}

/// Whether the routes of a file that is in use stay as they are: they may be many, and written by hand.
pub(super) async fn keeps(asker: &Asker, command: &Command, draft: &Draft) -> Result<bool> {
    let Some(config) = draft.get("KANBRIDGE_CONFIG") else { return Ok(false) };
    // Whoever asks for new ones does not want the old ones.
    let given = bool_of(command.keep_routes).or((command.toml.is_some() || command.list.is_some()).then_some(false));
    let ask = format!("\n{config} says where issues go. Keep it as it is");
    asker.agrees("--keep-routes", &ask, given, true).await
}

/// Asks how many lists there are to be; gives the text of a `kanbridge.toml` where one list does not suffice.
pub(super) async fn file(
    asker: &Asker,
    command: &Command,
    draft: &mut Draft,
    place: &Place<'_>,
) -> Result<Option<String>> {
    let given = bool_of(command.toml).or((!command.label_lists.is_empty()).then_some(true));
    let ask = "Every project whose webhook comes here gets its cards on these lists. Do you want more: only the \
               projects that are named, or lists by label (kanbridge.toml)";
    if !asker.agrees("--toml", ask, given, false).await? {
        draft.set("TRELLO_LIST_ID", place.list.id.as_str());
        match place.closed_list {
            Some(list) => draft.set("TRELLO_DONE_LIST_ID", list.id.as_str()),
            None => draft.remove("TRELLO_DONE_LIST_ID"),
        }
        draft.remove("KANBRIDGE_CONFIG");
        return Ok(None);
    }
    if place.projects.is_empty() {
        bail!("a route needs its project; name it with --project");
    }
    let mut columns = vec![(place.list.name.clone(), "opened".to_owned())];
    columns.extend(labelled(asker, command, place).await?);
    columns.extend(place.closed_list.map(|list| (list.name.clone(), "closed".to_owned())));
    draft.remove("TRELLO_LIST_ID");
    draft.remove("TRELLO_DONE_LIST_ID");
    draft.set("KANBRIDGE_CONFIG", &path(&command.env_file).to_string_lossy());
    text(place, &columns).map(Some)
}

async fn labelled(asker: &Asker, command: &Command, place: &Place<'_>) -> Result<Vec<(String, String)>> {
    let lists = lists(place).await?;
    let mut columns = Vec::new();
    for given in &command.label_lists {
        columns.push(pair(given, &lists).map_err(anyhow::Error::msg).context("--label-list")?);
    }
    while asker.asks() && command.label_lists.is_empty() {
        let ask = Question {
            flag: "--label-list",
            ask: "A list for issues with a label, written label=list",
            default: Some(String::new()),
            ..Question::default()
        };
        let answer = asker
            .text(ask, async |answer| if answer.is_empty() { Ok(None) } else { pair(answer, &lists).map(Some) })
            .await?;
        match answer {
            Some(column) => columns.push(column),
            None => break,
        }
    }
    Ok(columns)
}

/// The names of the open lists.
async fn lists(place: &Place<'_>) -> Result<Vec<String>> {
    let choices = trello::list_choices(place.trello, place.board).await?;
    Ok(choices.into_iter().filter(|choice| choice.refusal.is_none()).map(|choice| choice.label).collect())
}

fn pair(text: &str, lists: &[String]) -> Result<(String, String), String> {
    let (label, list) = text.rsplit_once('=').ok_or("write it as label=list")?;
    let (label, list) = (label.trim(), list.trim());
    let found = lists.iter().find(|name| name.eq_ignore_ascii_case(list));
    let found = found.ok_or_else(|| format!("the board has no open list `{list}`; it has: {}", lists.join(", ")))?;
    if label.is_empty() {
        return Err("the label is missing in front of =".to_owned());
    }
    Ok((found.clone(), format!("label:{label}")))
}

fn text(place: &Place<'_>, columns: &[(String, String)]) -> Result<String> {
    let mut text = "# Written by `kanbridge init`. kanbridge.example.toml tells what else may stand here.\n".to_owned();
    for project in place.projects {
        let url = format!("https://trello.com/b/{}", place.board.short_link);
        write!(
            text,
            "\n[[route]]\nproject = {}\nboard = {}  # {}\n",
            quoted(&project.path_with_namespace)?,
            quoted(&url)?,
            place.board.name.replace(char::is_control, " ")
        )?;
        for (list, holds) in columns {
            write!(text, "[[route.column]]\nlist = {}\nholds = {}\n", quoted(list)?, quoted(holds)?)?;
        }
    }
    Ok(text)
}

/// What JSON escapes, TOML reads alike (<https://toml.io/en/v1.0.0#string>).
fn quoted(text: &str) -> Result<String> {
    Ok(serde_json::to_string(text)?.replace('\u{7f}', "\\u007f"))
}
