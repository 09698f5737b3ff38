//! What code that listens is told of the changes that the bridge makes. A change is told in the transaction that
//! remembers it, after the call that made it: at least once, also where a crash came between, as far as what was about to
//! be written had been written down. Of confidential issues nothing is told.

use std::collections::BTreeSet;

use super::Hands;
use super::issue::Visit;
use crate::model::{BoardId, CardId, Dest, Issue, Link, Pair, Signal, SignalCard, SignalIssue, What};
use crate::store::{Signals, StoreError};
use crate::sync::change::{CardChange, IssueChange};
use crate::sync::thread::Step;

/// Changes of one issue and its card, to be told along with what remembers them.
#[derive(Debug, Default)]
pub(super) struct Changes {
    made: Vec<Signal>,
    to: Vec<Dest>,
}

impl Changes {
    pub(super) fn signals(&self) -> Signals<'_> {
        Signals { made: &self.made, to: &self.to }
    }
}

/// What was changed, and which fields of it.
pub(super) type Changed = (What, Vec<&'static str>);

impl Hands {
    /// What is to be told of `changed`; an update of nothing is none.
    pub(super) async fn changes(
        &self,
        issue: &Issue,
        (card, board): (&CardId, &BoardId),
        changed: Vec<Changed>,
    ) -> Result<Changes, StoreError> {
        if issue.confidential {
            return Ok(Changes::default());
        }
        let card = SignalCard { id: card.clone(), board: Some(board.clone()) };
        self.changes_of(Some(about(issue)), Some(card), changed).await
    }

    /// The same where there is no issue, or no card.
    pub(super) async fn changes_of(
        &self,
        issue: Option<SignalIssue>,
        card: Option<SignalCard>,
        changed: Vec<Changed>,
    ) -> Result<Changes, StoreError> {
        let is_some =
            |(what, fields): &Changed| !matches!(what, What::CardUpdated | What::IssueUpdated) || !fields.is_empty();
        let changed: Vec<Changed> = changed.into_iter().filter(is_some).collect();
        let to = if changed.is_empty() { Vec::new() } else { self.told_of_changes() };
        if to.is_empty() {
            return Ok(Changes::default());
        }
        let at = self.store.now().await?.to_string();
        let signal = |(what, fields): Changed| Signal {
            what,
            issue: issue.clone(),
            card: card.clone(),
            fields: fields.into_iter().map(str::to_owned).collect(),
            at: at.clone(),
        };
        Ok(Changes { made: changed.into_iter().map(signal).collect(), to })
    }
}

/// An issue as code that listens is told of it.
pub(super) fn about(issue: &Issue) -> SignalIssue {
    SignalIssue::new(&issue.id, issue.project_path.as_deref(), issue.url.as_deref())
}

/// Fields that were written on a card and into its issue, or may have been before a crash, and are not told yet.
#[derive(Debug, Default)]
pub(super) struct Untold {
    card: BTreeSet<&'static str>,
    issue: BTreeSet<&'static str>,
}

impl Untold {
    pub(super) fn note(&mut self, card: &CardChange, issue: &IssueChange) {
        self.card.extend(card.fields());
        self.issue.extend(issue.fields());
    }

    /// The card has come to another board.
    pub(super) fn moved(&mut self) {
        self.card.insert("board");
    }

    /// What is to be told of it.
    pub(super) async fn changes(&self, visit: Visit<'_>, link: &Link) -> Result<Changes, StoreError> {
        let Some(card) = &link.card else { return Ok(Changes::default()) };
        let [card_fields, issue_fields] = [&self.card, &self.issue].map(|fields| fields.iter().copied().collect());
        let changed = vec![(What::CardUpdated, card_fields), (What::IssueUpdated, issue_fields)];
        visit.changes((card, &link.board), changed).await
    }
}

impl Visit<'_> {
    /// The same for the issue in hand.
    pub(super) async fn changes(&self, at: (&CardId, &BoardId), changed: Vec<Changed>) -> Result<Changes, StoreError> {
        self.hands.changes(self.known, at, changed).await
    }

    /// What a step of a thread has changed. A copy that is only remembered was made in a call that got no answer, where
    /// such a call had been intended.
    pub(super) async fn said(&self, at: (&CardId, &BoardId), step: &Step) -> Result<Changes, StoreError> {
        let what = match step {
            Step::Post { .. } => What::CommentCopied,
            Step::Edit { .. } => What::CommentUpdated,
            Step::Remove(_) => What::CommentRemoved,
            Step::Remember(pair) if self.was_intended(pair).await? => What::CommentCopied,
            Step::Remember(_) | Step::Read(_) | Step::Wait(_) | Step::Forget(_) => return Ok(Changes::default()),
        };
        self.changes(at, vec![(what, Vec::new())]).await
    }

    async fn was_intended(&self, pair: &Pair) -> Result<bool, StoreError> {
        let same = |known: &&Pair| known.origin == pair.origin && known.original_id() == pair.original_id();
        let pairs = self.hands.store.pairs(&self.issue.id).await?;
        Ok(pairs.iter().find(same).is_some_and(|known| known.intent.is_some()))
    }
}
