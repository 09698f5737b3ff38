//! A link: an issue and its card.

use super::{AccountName, BoardId, CardId, IssueRef, ListId, Micros};

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
}
