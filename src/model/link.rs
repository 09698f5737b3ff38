//! A link: an issue and its card.

use std::fmt;
use std::str::FromStr;

use super::{AccountName, BadId, Base, BoardId, CardId, IssueRef, ListId, Micros};

/// That a card is being made. It is written down before the call that makes it, so that a crash
/// or a dropped answer leaves a question behind ("did it happen?") and never a second card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// When the call was about to be sent.
    pub at: Micros,
    /// The list that the card was meant for.
    pub list: ListId,
}

/// An issue and its card; at most one per issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The issue.
    pub issue: IssueRef,
    /// The credentials that made or found the card.
    pub account: AccountName,
    /// The board it stands on, or is about to.
    pub board: BoardId,
    /// The card; `None` while only reserved.
    pub card: Option<CardId>,
    /// A creation whose outcome is not known yet.
    pub intent: Option<Intent>,
    /// Found on the board rather than made by us.
    pub adopted: bool,
    /// What both sides were when our own writes had last succeeded; `None`: they were never compared.
    pub base: Option<Base>,
    /// Writes that were about to be made when the link was last written down, as JSON of `sync::reconcile::Pending`.
    pub pending: Option<String>,
    /// Why nothing is written to the card for now.
    pub parked: Option<Parked>,
    /// The board's feed has told of the card since it was last read; the number names what it told last.
    pub stir: Option<i64>,
}

/// Why nothing is written to a card for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// People deleted it. A new one is made when the issue is reopened.
    Deleted,
    /// People moved it to another board. It is followed again when it comes back.
    Elsewhere,
    /// The issue turned confidential, and the card was emptied and archived.
    Hidden,
    /// The issue is confidential, and its card shows nothing of it but where it stands.
    Redacted,
    /// Somebody let the pair go. The card stays as it is, and the issue gets no other.
    Unlinked,
    /// The issue was deleted, and the card archived. It is followed again when the issue is there again.
    Gone,
}

impl fmt::Display for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Parked::Deleted => "deleted",
            Parked::Elsewhere => "elsewhere",
            Parked::Hidden => "hidden",
            Parked::Redacted => "redacted",
            Parked::Unlinked => "unlinked",
            Parked::Gone => "gone",
        })
    }
}

impl FromStr for Parked {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        match text {
            "deleted" => Ok(Parked::Deleted),
            "elsewhere" => Ok(Parked::Elsewhere),
            "hidden" => Ok(Parked::Hidden),
            "redacted" => Ok(Parked::Redacted),
            "unlinked" => Ok(Parked::Unlinked),
            "gone" => Ok(Parked::Gone),
            _ => Err(BadId { text: text.to_owned(), wanted: "a reason to leave a card alone" }),
        }
    }
}
