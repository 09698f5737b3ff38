//! What the page is told, part by part, in its own words: neither GitLab's JSON nor Trello's.

use serde::Serialize;
use serde_json::Value;

use super::travel::Hook;
use super::{Page, Stage, room};
use crate::sandbox::gitlab::{Delivery, IssueView};
use crate::sandbox::story::{self, Label, Person, Project};
use crate::sandbox::trello::{CardView, ListView};

/// The parts of the state, as its events are called.
pub(super) const PARTS: [&str; 4] = ["issues", "board", "room", "travel"];

/// What GitLab shows.
#[derive(Serialize)]
struct Issues<'a> {
    project: &'a str,
    /// The newest first.
    issues: Vec<Issue<'a>>,
    labels: &'a [Label],
    people: &'a [Person],
}

#[derive(Serialize)]
struct Issue<'a> {
    iid: i64,
    title: String,
    text: String,
    state: &'static str,
    labels: Vec<&'a Label>,
    assignees: Vec<&'a Person>,
    due: Option<String>,
}

/// What Trello shows.
#[derive(Serialize)]
struct Board {
    name: &'static str,
    lists: Vec<List>,
}

#[derive(Serialize)]
struct List {
    id: String,
    name: String,
    /// From the top.
    cards: Vec<Card>,
}

#[derive(Serialize)]
struct Card {
    id: String,
    /// Where Trello would show it.
    address: String,
    /// The issue that it says it is for.
    issue: Option<i64>,
    name: String,
    description: String,
    labels: Vec<CardLabel>,
    members: Vec<String>,
    due: Option<String>,
}

#[derive(Serialize)]
struct CardLabel {
    name: String,
    color: &'static str,
}

/// The whole state, in the order of [`PARTS`].
pub(super) fn parts(page: &Page) -> [String; PARTS.len()] {
    let Page { stage, .. } = page;
    [json(&issues(stage)), json(&board(stage)), json(&room::room(stage)), json(page.travel().gestures())]
}

fn json(part: &impl Serialize) -> String {
    // Nothing in these parts is what JSON cannot say; were it so, the page would stand still and say why.
    serde_json::to_string(part).unwrap_or_else(|error| Value::from(error.to_string()).to_string())
}

fn issues(stage: &Stage) -> Issues<'_> {
    let Project { id, people, labels } = &stage.project;
    let issues = stage.gitlab.issues(*id).into_iter().rev().map(|view| issue(&stage.project, view));
    Issues { project: story::PATH, issues: issues.collect(), labels, people }
}

fn issue(project: &Project, view: IssueView) -> Issue<'_> {
    let has = |all: &[String], name: &str| all.iter().any(|other| other == name);
    Issue {
        iid: view.iid,
        title: view.title,
        text: view.description,
        state: if view.closed { "closed" } else { "opened" },
        labels: project.labels.iter().filter(|label| has(&view.labels, label.name)).collect(),
        assignees: project.people.iter().filter(|person| has(&view.assignees, person.username)).collect(),
        due: view.due_date,
    }
}

fn board(stage: &Stage) -> Board {
    let cards = stage.trello.cards(&stage.board);
    let on = |list: &ListView| {
        let found = list.cards.iter().filter_map(|id| cards.iter().find(|card| card.id == *id));
        found.map(|view| card(&stage.project, view)).collect()
    };
    let lists = stage.trello.lists(&stage.board).into_iter().filter(|list| !list.closed);
    let lists = lists.map(|list| List { cards: on(&list), id: list.id, name: list.name });
    Board { name: story::BOARD, lists: lists.collect() }
}

fn card(project: &Project, view: &CardView) -> Card {
    let color = |at: usize| view.colors.get(at).and_then(Option::as_deref).unwrap_or_default();
    let label = |(at, name): (usize, &String)| CardLabel { name: name.clone(), color: css(color(at)) };
    let name = |username: &String| {
        let person = project.people.iter().find(|person| person.username == username);
        person.map_or_else(|| username.clone(), |person| person.name.to_owned())
    };
    Card {
        id: view.id.clone(),
        address: view.url.clone(),
        issue: issue_number(&view.name),
        name: view.name.clone(),
        description: view.description.clone(),
        labels: view.labels.iter().enumerate().map(label).collect(),
        members: view.members.iter().map(name).collect(),
        due: view.due.clone(),
    }
}

/// The number in `[ ISSUE 23 ] title`.
pub(super) fn issue_number(name: &str) -> Option<i64> {
    name.strip_prefix("[ ISSUE ")?.split_once(" ]")?.0.parse().ok()
}

/// Trello's colours by name, about as its boards show them; each has a `_light` and a `_dark` sister.
fn css(color: &str) -> &'static str {
    match color.split('_').next().unwrap_or_default() {
        "green" => "#4bce97",
        "yellow" => "#e2b203",
        "orange" => "#fea362",
        "red" => "#f87168",
        "purple" => "#9f8fef",
        "blue" => "#579dff",
        "sky" => "#6cc3e0",
        "lime" => "#94c748",
        "pink" => "#e774bb",
        "black" => "#8590a2",
        _ => "#b3b9c4",
    }
}

/// How a hook fared.
pub(super) fn hook(delivery: &Delivery) -> Hook {
    let said: Value = serde_json::from_str(&delivery.answered).unwrap_or_default();
    let text = |name: &str| said[name].as_str().map(str::to_owned);
    let answer = match &delivery.answer {
        Ok(_) => text("status").or_else(|| text("error")).unwrap_or_default(),
        Err(why) => why.clone(),
    };
    Hook {
        event: delivery.event.to_owned(),
        status: delivery.answer.as_ref().ok().copied(),
        answer,
        delivery: text("delivery"),
        took: delivery.took,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_says_which_issue_it_is_for() {
        assert_eq!(issue_number("[ ISSUE 23 ] Boiler is cold"), Some(23));
        for other in ["Boiler", "[ ISSUE x ] Boiler", "[ ISSUE 23"] {
            assert_eq!(issue_number(other), None, "{other}");
        }
    }
}
