//! What a person does on the page, done on the look-alikes by hand: the bridge hears of it as of everything else.

use std::convert::Infallible;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use warp::Rejection;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};

use super::{Page, Stage, view};
use crate::sandbox::gitlab::Change;
use crate::sandbox::story::YOU;

/// Something that a person does.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Gesture {
    Open { title: String, text: String, labels: Vec<String>, people: Vec<String>, due: Option<String> },
    Edit { iid: i64, title: String, text: String },
    Label { iid: i64, labels: Vec<String> },
    Assign { iid: i64, people: Vec<String> },
    Due { iid: i64, due: Option<String> },
    Close { iid: i64 },
    Reopen { iid: i64 },
    Move { card: String, list: String },
    Say { text: String },
}

/// Carries a gesture out and answers it: the issue's number, if it is about one, or why not.
pub(super) async fn reply(page: Arc<Page>, gesture: Gesture) -> Response {
    let done = match &gesture {
        Gesture::Say { text } => page.stage.chat.types(&page.stage.room, YOU, text).await.map(|()| None),
        _ => carry_out(&page, gesture),
    };
    match done {
        Ok(iid) => warp::reply::json(&json!({ "iid": iid })).into_response(),
        Err(error) => refusal(StatusCode::UNPROCESSABLE_ENTITY, &error),
    }
}

fn carry_out(page: &Page, gesture: Gesture) -> Result<Option<i64>, String> {
    let Stage { gitlab, project, .. } = &page.stage;
    let you = gitlab.by(YOU);
    let (iid, change) = match gesture {
        Gesture::Open { title, text, labels, people, due } => {
            let assignees = Some(project.ids(&people));
            let change = Change { labels: Some(labels), assignees, due_date: Some(due), ..Change::text(&title, &text) };
            return you.opens_with(project.id, &change).map(Some).map_err(|error| error.to_string());
        }
        Gesture::Move { card, list } => return move_card(page, &card, &list),
        Gesture::Say { .. } => return Ok(None),
        Gesture::Edit { iid, title, text } => (iid, Change::text(&title, &text)),
        Gesture::Label { iid, labels } => (iid, Change { labels: Some(labels), ..Change::default() }),
        Gesture::Assign { iid, people } => (iid, Change { assignees: Some(project.ids(&people)), ..Change::default() }),
        Gesture::Due { iid, due } => (iid, Change { due_date: Some(due), ..Change::default() }),
        Gesture::Close { iid } => (iid, Change { closed: Some(true), ..Change::default() }),
        Gesture::Reopen { iid } => (iid, Change { closed: Some(false), ..Change::default() }),
    };
    you.changes(project.id, iid, &change).map(|()| Some(iid)).map_err(|error| error.to_string())
}

/// Moves a card by hand. No hook of GitLab's tells of it: the bridge hears it from Trello.
fn move_card(page: &Page, card: &str, list: &str) -> Result<Option<i64>, String> {
    let Stage { trello, board, .. } = &page.stage;
    trello.by(YOU).move_card(card, list)?;
    let moved = trello.cards(board).into_iter().find(|other| other.id == card);
    let issue = moved.as_ref().and_then(|card| view::issue_number(&card.name));
    if let (Some(card), Some(issue)) = (&moved, issue) {
        let title = card.name.split_once("] ").map_or("", |(_, title)| title);
        page.travel().begin("You", "moved the card of", issue, title);
    }
    Ok(issue)
}

fn refusal(status: StatusCode, sentence: &str) -> Response {
    let body: Value = json!({ "error": sentence });
    warp::reply::with_status(warp::reply::json(&body), status).into_response()
}

/// What no gesture could be read from.
pub(super) async fn refuse(_: Rejection) -> Result<Response, Infallible> {
    let sentence = "The page and the demo do not understand each other. Load the page again.";
    Ok(refusal(StatusCode::BAD_REQUEST, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gestures_are_read_as_the_page_sends_them() {
        let read = |text: &str| serde_json::from_str::<Gesture>(text);
        let due = Gesture::Due { iid: 3, due: None };
        assert_eq!(read(r#"{ "do": "due", "iid": 3, "due": null }"#).unwrap(), due);
        assert_eq!(read(r#"{ "do": "close", "iid": 3 }"#).unwrap(), Gesture::Close { iid: 3 });
        assert!(read(r#"{ "do": "delete", "iid": 3 }"#).is_err());
    }
}
