//! From Trello's words to ours, its errors included. Pure.

use std::time::Duration;

use jiff::civil::Date;

use super::wire;
use crate::model::{BadId, BoardId, CardId, Done, LabelId, ListId, MemberId, Trouble, TroubleKind};
use crate::net::{Answer, NetTrouble, one_line};
use crate::text::clean;

/// A list on a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its id.
    pub id: ListId,
    /// As people read it.
    pub name: String,
    /// Archived.
    pub closed: bool,
    /// The board it stands on.
    pub board: Option<BoardId>,
}

/// A board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Its id.
    pub id: BoardId,
    /// As people read it.
    pub name: String,
    /// Closed boards take no cards.
    pub closed: bool,
    /// Its address.
    pub url: String,
    /// Everybody sees it, with an account or without.
    pub public: bool,
}

/// A label of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardLabel {
    /// Its id.
    pub id: LabelId,
    /// As people read it; may be empty.
    pub name: String,
}

/// A card as read from a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its id; the first eight digits are the time it was made.
    pub id: CardId,
    /// Its name, with whatever prefix.
    pub name: String,
    /// Its whole description.
    pub description: String,
    /// Archived.
    pub closed: bool,
    /// The board it stands on.
    pub board: Option<BoardId>,
    /// The list it stands on, or stood on before it was archived.
    pub list: Option<ListId>,
    /// The day it is due, in UTC.
    pub due: Option<Date>,
    /// Marked as done.
    pub done: bool,
    /// Its labels.
    pub labels: Vec<BoardLabel>,
    /// Its members.
    pub members: Vec<MemberId>,
    /// The URLs of its attachments.
    pub attachments: Vec<String>,
}

/// A member of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Their id.
    pub id: MemberId,
    /// Their user name.
    pub username: String,
}

/// What `PUT /cards/{id}` is to change; the rest stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardUpdate {
    /// At most 16,384 UTF-16 units.
    pub name: Option<String>,
    /// At most 16,384 UTF-16 units.
    pub description: Option<String>,
    /// Onto another board.
    pub board: Option<BoardId>,
    /// Onto another list.
    pub list: Option<ListId>,
    /// Into the archive, or out of it.
    pub closed: Option<bool>,
    /// These labels and no others.
    pub labels: Option<Vec<LabelId>>,
    /// These members and no others.
    pub members: Option<Vec<MemberId>>,
    /// Another due day, or none.
    pub due: Option<Option<Date>>,
    /// Marked as done, or not any more.
    pub done: Option<bool>,
}

/// What people may have left on a card besides its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// The texts of comments, the newest thousand.
    pub comments: Vec<String>,
    /// The number of checklists and filled-in custom fields.
    pub others: usize,
}

impl CardUpdate {
    /// The form that `PUT /cards/{id}` takes. An empty `due` takes it off.
    pub(super) fn form(&self) -> Vec<(&'static str, String)> {
        let mut form = Vec::new();
        form.extend(self.name.as_ref().map(|name| ("name", name.clone())));
        form.extend(self.description.as_ref().map(|text| ("desc", text.clone())));
        form.extend(self.board.as_ref().map(|board| ("idBoard", board.to_string())));
        form.extend(self.list.as_ref().map(|list| ("idList", list.to_string())));
        form.extend(self.closed.map(|closed| ("closed", closed.to_string())));
        form.extend(self.labels.as_ref().map(|labels| ("idLabels", join(labels))));
        form.extend(self.members.as_ref().map(|members| ("idMembers", join(members))));
        form.extend(self.due.map(|due| ("due", due.map(instant).unwrap_or_default())));
        form.extend(self.done.map(|done| ("dueComplete", done.to_string())));
        form
    }
}

fn join(ids: &[impl ToString]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// A due date has no time of day in GitLab: noon UTC falls on the same day in nearly every time zone.
fn instant(due: Date) -> String {
    format!("{due}T12:00:00.000Z")
}

/// A card to be made, in Trello's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardCall {
    /// Where.
    pub list: ListId,
    /// At most 16,384 UTF-16 units.
    pub name: String,
    /// At most 16,384 UTF-16 units.
    pub description: String,
    /// Attached as a link.
    pub url: Option<String>,
    /// The day it is due.
    pub due: Option<Date>,
    /// Marked as done.
    pub done: bool,
    /// Labels of the card's board.
    pub labels: Vec<LabelId>,
    /// Members of the card's board.
    pub members: Vec<MemberId>,
}

impl CardCall {
    /// The form that `POST /cards` takes.
    pub(super) fn form(&self) -> Vec<(&'static str, String)> {
        let mut form = vec![
            ("idList", self.list.to_string()),
            ("name", self.name.clone()),
            ("desc", self.description.clone()),
            ("pos", "bottom".to_owned()),
        ];
        form.extend(self.url.as_ref().map(|url| ("urlSource", url.clone())));
        form.extend(self.due.map(|due| ("due", instant(due))));
        form.extend(self.done.then(|| ("dueComplete", "true".to_owned())));
        let lists = [("idLabels", join(&self.labels)), ("idMembers", join(&self.members))];
        form.extend(lists.into_iter().filter(|(_, ids)| !ids.is_empty()));
        form
    }
}

impl TryFrom<wire::List> for List {
    type Error = BadId;

    fn try_from(list: wire::List) -> Result<Self, BadId> {
        let board = list.board.as_deref().map(str::parse).transpose()?;
        Ok(List { id: list.id.parse()?, name: list.name, closed: list.closed, board })
    }
}

impl TryFrom<wire::Board> for Board {
    type Error = BadId;

    fn try_from(board: wire::Board) -> Result<Self, BadId> {
        let public = board.prefs.and_then(|prefs| prefs.permission_level).is_some_and(|level| level == "public");
        Ok(Board { id: board.id.parse()?, name: board.name, closed: board.closed, url: board.url, public })
    }
}

impl TryFrom<wire::Label> for BoardLabel {
    type Error = BadId;

    fn try_from(label: wire::Label) -> Result<Self, BadId> {
        Ok(BoardLabel { id: label.id.parse()?, name: label.name })
    }
}

impl TryFrom<wire::Traces> for Traces {
    type Error = BadId;

    fn try_from(traces: wire::Traces) -> Result<Self, BadId> {
        let comments = traces.actions.into_iter().map(|action| clean(&action.data.text)).collect();
        Ok(Traces { comments, others: traces.checklists.len() + traces.custom_fields.len() })
    }
}

impl TryFrom<wire::Member> for Member {
    type Error = BadId;

    fn try_from(member: wire::Member) -> Result<Self, BadId> {
        Ok(Member { id: member.id.parse()?, username: member.username })
    }
}

impl TryFrom<wire::Card> for Card {
    type Error = BadId;

    fn try_from(card: wire::Card) -> Result<Self, BadId> {
        Ok(Card {
            id: card.id.parse()?,
            name: clean(&card.name),
            description: clean(&card.desc),
            closed: card.closed,
            board: card.board.as_deref().map(str::parse).transpose()?,
            list: card.list.as_deref().map(str::parse).transpose()?,
            due: card.due.as_deref().and_then(|due| due.get(..10)?.parse().ok()),
            done: card.done,
            labels: card.labels.into_iter().map(BoardLabel::try_from).collect::<Result<_, _>>()?,
            members: card.members.iter().map(|id| id.parse()).collect::<Result<_, _>>()?,
            attachments: card.attachments.into_iter().map(|attachment| attachment.url).collect(),
        })
    }
}

/// What an answer other than 200 means to us. Bodies and statuses are those that were recorded; see the table "Errors"
/// of the vendor's pages (<https://developer.atlassian.com/cloud/trello/guides/rest-api/status-codes/>).
/// `call` names the call, without its query.
pub(super) fn trouble(account: &str, call: &str, answer: &Answer, window: Duration) -> Trouble {
    let told = told(answer);
    let what = format!("Trello answered {} to {call} ({told})", answer.status);
    match answer.status {
        401 => Trouble::refused(format!("{what}; {}", cure_for_401(account, &told))),
        403 => Trouble::refused(format!(
            "{what}; the board or list may be full (5,000 open cards), or the token's member may not write there"
        )),
        404 => Trouble::undone(
            TroubleKind::Gone,
            format!("{what}; was it deleted, or the token's member removed from the board?"),
        ),
        400 if told.starts_with("invalid value for idLabels") || told.starts_with("invalid value for idMembers") => {
            Trouble::undone(TroubleKind::UnknownId, what)
        }
        400 if told.starts_with("invalid value for idList") => Trouble::undone(
            TroubleKind::Gone,
            format!("{what}; there is no such list: change TRELLO_LIST_ID or the route"),
        ),
        // The answer to the check of a webhook's address, and the refusal of a second one.
        400 if told.starts_with("URL (") => Trouble::refused(format!(
            "{what}; Trello must reach PUBLIC_URL from the internet, with a certificate that it trusts, and the proxy in \
             front must pass HEAD and POST of /webhooks/trello/ on (deploy/nginx.conf)"
        )),
        400 if told.starts_with("invalid value for idModel") => Trouble::refused(format!(
            "{what}; there is no such board, list, card or member that the token's member may see"
        )),
        400 if told.contains("webhook") && told.contains("already exists") => Trouble::refused(what),
        429 => Trouble::undone(TroubleKind::Wait(answer.retry_after().unwrap_or(window)), what),
        // 409: "doesn't match our state"; it may match the next time.
        // 408: it did not wait for the whole request.
        408 | 409 => Trouble::undone(TroubleKind::Down, what),
        400..=448 => Trouble::refused(format!("{what}; this is not expected: please report it with the log")),
        // 5xx, 449 ("a sub-request failed"), and what no proxy or server should say to a write.
        _ => Trouble { kind: TroubleKind::Down, done: Done::Perhaps, sentence: what },
    }
}

/// What the lack of an answer means to us.
pub(super) fn net_trouble(call: &str, trouble: &NetTrouble) -> Trouble {
    let done = match trouble {
        NetTrouble::NotSent(_) => Done::No,
        NetTrouble::Lost(_) => Done::Perhaps,
    };
    Trouble { kind: TroubleKind::Down, done, sentence: format!("Trello gave no answer to {call} ({trouble})") }
}

/// An answer of 200 that is not what it should be. The call may have done its work.
pub(super) fn nonsense(call: &str, error: &dyn std::fmt::Display) -> Trouble {
    let sentence = format!("Trello's answer to {call} cannot be read ({error}); is TRELLO_API_URL right?");
    Trouble { kind: TroubleKind::Down, done: Done::Perhaps, sentence }
}

fn cure_for_401(account: &str, told: &str) -> String {
    match told {
        "invalid key" => format!(
            "the API key of account `{account}` is wrong (for `default`: TRELLO_API_KEY); keys are shown at \
             https://trello.com/apps/admin"
        ),
        told if told.contains("token") || told.contains("scopes") => format!(
            "the token of account `{account}` is wrong, revoked or expired, or has no write scope; make a new one \
             (for `default`: TRELLO_API_TOKEN) with scope read,write"
        ),
        _ => format!("the member whose token account `{account}` uses may not write here; add them to the board"),
    }
}

/// What the body says, in one line of bounded length.
fn told(answer: &Answer) -> String {
    let text = match serde_json::from_slice::<wire::Error>(&answer.body) {
        Ok(error) => error.message.or(error.error).unwrap_or_default(),
        Err(_) => String::from_utf8_lossy(&answer.body).into_owned(),
    };
    one_line(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, body: &'static str) -> (TroubleKind, Done) {
        let answer = Answer { status, headers: http::HeaderMap::new(), body: body.into() };
        let trouble = trouble("default", "POST /cards", &answer, Duration::from_secs(10));
        (trouble.kind, trouble.done)
    }

    #[test]
    fn recorded_errors_mean_what_they_should() {
        let table = [
            (400, "invalid value for idList", TroubleKind::Gone),
            (400, "invalid value for idLabels", TroubleKind::UnknownId),
            (400, "invalid value for name", TroubleKind::Refused),
            (400, "invalid id", TroubleKind::Refused),
            (401, "invalid key", TroubleKind::Refused),
            (401, r#"{"message":"missing scopes"}"#, TroubleKind::Refused),
            (403, "", TroubleKind::Refused),
            (404, "could not find the board that the card belongs to", TroubleKind::Gone),
            (
                429,
                r#"{"error":"API_TOKEN_LIMIT_EXCEEDED","message":"Rate limit exceeded"}"#,
                TroubleKind::Wait(Duration::from_secs(10)),
            ),
        ];
        for (status, body, kind) in table {
            assert_eq!(meaning(status, body), (kind, Done::No), "{status} {body}");
        }
        for status in [449, 500, 502, 503, 504, 302] {
            assert_eq!(meaning(status, "<html>").1, Done::Perhaps, "{status}");
        }
    }

    #[test]
    fn a_refused_token_names_the_variable_and_the_scope() {
        let answer = Answer { status: 401, headers: http::HeaderMap::new(), body: "invalid token".into() };
        let sentence = trouble("default", "POST /cards", &answer, Duration::ZERO).sentence;
        assert!(sentence.contains("TRELLO_API_TOKEN") && sentence.contains("read,write"), "{sentence}");
    }

    #[test]
    fn a_neighbour_that_names_its_time_is_believed() {
        let mut headers = http::HeaderMap::new();
        headers.insert("retry-after", http::HeaderValue::from_static("7"));
        let answer = Answer { status: 429, headers, body: "".into() };
        let kind = trouble("default", "GET /boards", &answer, Duration::from_secs(10)).kind;
        assert_eq!(kind, TroubleKind::Wait(Duration::from_secs(7)));
    }
}
