//! A signal: a change that the bridge has made, for code that listens.

use serde::{Deserialize, Serialize};

use super::{BoardId, CardId, IssueRef, Message, Tone};

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// A card was made: for an issue, or since somebody wished for one.
    #[serde(rename = "card.created")]
    CardCreated,
    /// A card says something else, or stands elsewhere.
    #[serde(rename = "card.updated")]
    CardUpdated,
    /// A card was archived, since its issue is gone or has another card.
    #[serde(rename = "card.archived")]
    CardArchived,
    /// A card was deleted: an issue that was moved brought its own along.
    #[serde(rename = "card.deleted")]
    CardDeleted,
    /// An issue was made: of a card, or since somebody wished for one.
    #[serde(rename = "issue.created")]
    IssueCreated,
    /// An issue says something else.
    #[serde(rename = "issue.updated")]
    IssueUpdated,
    /// A comment was written on a card, since somebody wished for it.
    #[serde(rename = "comment.created")]
    CommentCreated,
    /// What somebody said on one side was copied to the other.
    #[serde(rename = "comment.copied")]
    CommentCopied,
    /// A copy says what its original says by now.
    #[serde(rename = "comment.updated")]
    CommentUpdated,
    /// A copy was taken away.
    #[serde(rename = "comment.removed")]
    CommentRemoved,
}

impl What {
    fn in_words(self) -> &'static str {
        match self {
            What::CardCreated => "made the card of",
            What::CardUpdated => "changed the card of",
            What::CardArchived => "archived the card of",
            What::CardDeleted => "deleted the spare card of",
            What::IssueCreated => "opened",
            What::IssueUpdated => "changed",
            What::CommentCreated => "commented on the card of",
            What::CommentCopied => "copied a comment of",
            What::CommentUpdated => "changed a copied comment of",
            What::CommentRemoved => "removed a copied comment of",
        }
    }

    fn tone(self) -> Tone {
        match self {
            What::CardCreated | What::IssueCreated => Tone::New,
            What::CardUpdated | What::IssueUpdated | What::CommentUpdated => Tone::Plain,
            What::CommentCreated | What::CommentCopied => Tone::Said,
            What::CardArchived | What::CardDeleted | What::CommentRemoved => Tone::Removed,
        }
    }
}

/// An issue as code that listens is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalIssue {
    /// The instance's host.
    pub instance: String,
    /// The project's id.
    pub project: i64,
    /// The project's path, where it is known.
    pub path: Option<String>,
    /// The issue's number in its project.
    pub iid: i64,
    /// Where it is read.
    pub url: Option<String>,
}

/// A card as code that listens is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalCard {
    /// Its id.
    pub id: CardId,
    /// Its board's, where it is known.
    pub board: Option<BoardId>,
}

/// A change that the bridge has made. What was written is not repeated: who wants it reads it, as far as they may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "change")]
pub struct Signal {
    /// What was changed.
    pub what: What,
    /// The issue; `None`: the card is no issue's.
    pub issue: Option<SignalIssue>,
    /// Its card; `None`: it has none yet.
    pub card: Option<SignalCard>,
    /// The fields that were written; empty for what is new, gone or said.
    pub fields: Vec<String>,
    /// When, in RFC 3339.
    pub at: String,
}

impl Signal {
    /// For rooms that people read.
    pub fn words(&self) -> Message {
        let fields = if self.fields.is_empty() { String::new() } else { format!(": {}", self.fields.join(", ")) };
        let what = match (&self.issue, self.what) {
            (Some(issue), what) => format!("{} {}", what.in_words(), issue.name()),
            (None, What::CardCreated) => "made a card".to_owned(),
            (None, what) => format!("{} no issue", what.in_words()),
        };
        let url = match (&self.issue, &self.card) {
            (Some(issue), _) => issue.url.clone(),
            (None, Some(card)) => Some(card.url()),
            (None, None) => None,
        };
        Message { url, tone: self.what.tone(), ..Message::text(format!("kanbridge {what}{fields}")) }
    }
}

impl SignalCard {
    /// Where it is read; Trello takes its id for its short link.
    fn url(&self) -> String {
        format!("https://trello.com/c/{}", self.id)
    }
}

impl SignalIssue {
    /// The issue, as everybody else names it.
    pub fn id(&self) -> Option<IssueRef> {
        format!("{}/{}/{}", self.instance, self.project, self.iid).parse().ok()
    }

    fn name(&self) -> String {
        let project = self.path.clone().unwrap_or_else(|| self.project.to_string());
        format!("{project}#{}", self.iid)
    }

    /// An issue, and what else is known of it.
    pub fn new(id: &IssueRef, path: Option<&str>, url: Option<&str>) -> Self {
        SignalIssue {
            instance: id.instance.as_str().to_owned(),
            project: id.project,
            path: path.map(str::to_owned),
            iid: id.iid,
            url: url.map(str::to_owned),
        }
    }
}
