//! A delivery: one webhook request as received.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;

use super::{BadId, Issue, IssueRef, Key, MergeNews, Micros, NoteNews, ProjectName, WatchNews};

/// What the door decided about a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It concerns us; its key was marked.
    Accepted,
    /// It is none of ours; the reason stands beside it.
    Ignored,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Accepted => "accepted",
            Verdict::Ignored => "ignored",
        })
    }
}

impl FromStr for Verdict {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        match text {
            "accepted" => Ok(Verdict::Accepted),
            "ignored" => Ok(Verdict::Ignored),
            _ => Err(BadId { text: text.to_owned(), wanted: "a verdict" }),
        }
    }
}

/// What a door hands to the store, to be written down and marked in one commit.
#[derive(Clone, Debug)]
pub struct Intake {
    /// Names the request: two deliveries with the same text are one, sent twice.
    pub dedupe: String,
    /// The kind of event, as the sender's header says.
    pub event: String,
    /// The headers worth keeping, as a JSON object; no secrets among them.
    pub headers: String,
    /// The raw body; empty where it must not be kept (confidential issues).
    pub body: Bytes,
    /// What the door decided.
    pub verdict: Verdict,
    /// Why; empty for what was accepted without remark.
    pub reason: String,
    /// The state of the issue that the delivery brought. Its key is marked.
    pub issue: Option<Issue>,
    /// The note that the delivery brought. The key of its issue is marked.
    pub note: Option<NoteNews>,
    /// The merge request that the delivery brought. The keys of the issues that it names are marked.
    pub merge: Option<Box<MergeNews>>,
    /// What a watch told. The key of its card's issue is marked, and that of its board's feed.
    pub watch: Option<Box<WatchNews>>,
}

impl Intake {
    /// The key that this delivery marks by itself, of several the first; which issue's card a watch speaks of, only the
    /// store knows.
    pub fn key(&self) -> Option<Key> {
        let issue = self.issue.as_ref().map(|issue| issue.id.clone());
        let noted = || self.note.as_ref().map(|news| news.issue.clone());
        issue.or_else(noted).or_else(|| first_named(self.merge.as_deref()?)).map(Key::Issue)
    }
}

/// The first issue that a merge request names whose project's number is known.
fn first_named(MergeNews { instance, names, .. }: &MergeNews) -> Option<IssueRef> {
    names.iter().find_map(|(project, iid)| match project {
        ProjectName::Id(project) => Some(IssueRef { instance: instance.clone(), project: *project, iid: *iid }),
        ProjectName::Path(_) => None,
    })
}

/// The store's word that an intake is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The delivery's id; for a duplicate the id of the first one.
    pub delivery: String,
    /// Whether the same request had been written down before.
    pub duplicate: bool,
}

/// A delivery as the store keeps it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Our id (UUID version 7, so ids sort by time).
    pub id: String,
    /// When it first came.
    pub received_at: Micros,
    /// The sender's kind of event.
    pub event: String,
    /// The headers kept, as a JSON object.
    pub headers: String,
    /// The raw body; empty where it must not be kept.
    pub body: Vec<u8>,
    /// What the door decided.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// The key that it marked, as text.
    pub key: Option<String>,
    /// How often the same request came again.
    pub repeats: i64,
}
