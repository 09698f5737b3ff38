//! An issue and its card are one ticket: comparing them, and remembering what was written. `downstream` writes on the
//! card, `upstream` into the issue.

use super::boards::{Place, RouteBoard, neighbour};
use super::downstream::Written;
use super::issue::{Visit, rest};
use super::making::trouble_with;
use super::signals::{Changes, Untold};
use super::trouble::TurnError;
use crate::model::{Base, CardId, Done, Link, Parked, Seen, Spot, Ticket, Trouble};
use crate::store::Finish;
use crate::sync::change::{Change, Conflict, IssueChange};
use crate::sync::discretion::is_blank;
use crate::sync::face;
use crate::sync::memory::{Pending, remember};
use crate::sync::plan::Why;
use crate::sync::reconcile::reconcile;
use crate::sync::rules::{Rules, Winner};
use crate::trello::{Card, CardUpdate};

/// An issue that has a card.
pub(super) struct Pair<'a> {
    pub(super) visit: Visit<'a>,
    pub(super) link: Link,
    /// The link as the store has it.
    stored: Link,
    /// The card says that it is another issue's: the one that this issue was before it was moved.
    misnamed: bool,
    /// The card was found, and does not say yet whose it is: people made it, and the issue was made of it.
    bare: bool,
    /// What was written, or may have been before a crash, and has not been told yet.
    untold: Untold,
    /// Earlier writes whose work may still appear.
    late: Vec<Pending>,
}

/// What a look at the card found.
enum Found {
    Here(Ticket),
    Deleted,
    Elsewhere,
}

impl<'a> Pair<'a> {
    pub(super) fn new(visit: Visit<'a>, link: Link) -> Self {
        let stored = link.clone();
        Pair { visit, link, stored, misnamed: false, bare: false, untold: Untold::default(), late: Vec::new() }
    }

    /// Compares, and writes what is to be written. `card`: the card as it was read a moment ago.
    pub(super) async fn follow(mut self, card: Option<Card>) -> Result<Finish, TurnError> {
        if self.visit.redacted && !is_blank(&self.link) {
            return Box::pin(self.redact()).await;
        }
        if card.is_none() && self.nothing_moved() {
            return rest(self.visit.hands, self.visit.issue, Why::InStep).await;
        }
        let Visit { hands, issue, route, trello, .. } = self.visit;
        let board = RouteBoard::open(hands, trello, Place::of_route(route)).await?;
        let mut rules = board.rules(route, issue, self.link.base.as_ref()).await?;
        let unveiled = self.unveil(&mut rules);
        let card = match self.look(&board, &rules, card).await? {
            Found::Here(card) => card,
            Found::Deleted => return self.park(Parked::Deleted, Why::Deleted).await,
            Found::Elsewhere => return self.park(Parked::Elsewhere, Why::Elsewhere).await,
        };
        if self.misnamed {
            // Closing the issue that it was has moved its card: nobody's wish for the issue that it is.
            rules.winner = Winner::Gitlab;
        }
        let unsure = self.recover(&card, &rules).await?;
        let closes = rules.fields.state.from_trello() && rules.column_at(&Spot::Archive).is_some();
        if card.spot == Some(Spot::Archive) && !closes {
            self.mention_archive().await?;
        }
        let (issue_seen, card_seen) = (Seen::Here(issue.ticket.clone()), Seen::Here(card.clone()));
        let mut change = reconcile(self.link.base.as_ref(), &issue_seen, &card_seen, &rules);
        if self.misnamed || self.bare {
            change.card.title.get_or_insert(card.title.clone());
            // Words that people wrote are not cut to make room for a face.
            change.card.footer |= self.misnamed || !face::fit(&issue.id, issue.url.as_deref(), &card.text).cut;
        }
        let into_issue = change.issue != IssueChange::default();
        let decides = into_issue || unsure || self.is_hearsay(&change, &rules);
        if decides && self.issue_is_news().await? {
            return Ok(Finish::Look { at: hands.store.now().await? });
        }
        self.tell_conflicts(&change.conflicts).await?;
        if !change.is_empty() {
            self.intend(&change, &card).await?;
        }
        let written = self.write_card(&board, &mut change, &card).await;
        let answer = match self.heed_refusal(written).await? {
            Written::Done(answer) => answer,
            Written::Deleted => return self.park(Parked::Deleted, Why::Deleted).await,
            Written::Elsewhere => return self.park(Parked::Elsewhere, Why::Elsewhere).await,
        };
        let written = match into_issue {
            true => {
                let written = self.write_issue(&change.issue).await;
                Some(self.heed_refusal(written).await?)
            }
            false => None,
        };
        let issue_answer = written.as_ref().map(|issue| &issue.ticket);
        self.untold.note(&change.card, &change.issue);
        let base = remember(&change, (&issue.ticket, issue_answer), (&card, answer.as_ref()), &rules);
        self.keep(Some(base), self.visit.parked()).await?;
        if !change.is_empty() {
            hands.heard(&neighbour(trello)).await;
            tracing::info!(issue = %issue.id, "the card follows its issue");
        }
        if into_issue || unveiled {
            // What the card's column brought along (its label) is news for the card's labels, and what was said while it
            // was confidential for its comments.
            return Ok(Finish::Look { at: hands.store.now().await? });
        }
        rest(hands, issue, Why::InStep).await
    }

    /// An issue that says what it said when the two last agreed needs no look at its card, where only the card follows or
    /// the feed has told nothing of it since it was last read.
    fn nothing_moved(&self) -> bool {
        let (issue, fields) = (self.visit.issue, &self.visit.route.fields);
        let same = |base: &Base| Ticket { spot: None, ..base.issue.clone() } == issue.ticket;
        let settled = self.link.parked == self.visit.parked() && self.link.pending.is_none();
        let unread = fields.ticket_from_trello() && self.visit.stir.is_some();
        settled && !unread && self.link.base.as_ref().is_some_and(same)
    }

    /// After a crash in the middle of writing: what was evidently written is ours, and nobody's edit. `true`: the issue
    /// may have been written too, which what is known of it need not show yet.
    async fn recover(&mut self, card: &Ticket, rules: &Rules) -> Result<bool, TurnError> {
        let (Some(pending), Some(base)) = (self.link.pending.take(), &self.link.base) else {
            return Ok(false);
        };
        let unreadable = |error| TurnError::Hopeless(format!("what was about to be written cannot be read: {error}"));
        let pending: Pending = serde_json::from_str(&pending).map_err(unreadable)?;
        self.untold.note(&pending.onto_card, &pending.into_issue);
        self.link.base = Some(pending.recover(base, &self.visit.issue.ticket, card, rules));
        let hands = self.visit.hands;
        self.late = pending.unseen(card, hands.store.now().await? - hands.spans.settle, rules);
        if let Some(last) = self.late.iter().filter_map(|one| one.at).max() {
            // Only the first turn that finds them asks for this, and one is enough.
            let _ = self.visit.settled.set(last + hands.spans.settle);
        }
        let into_issue = |one: &Pending| one.into_issue != IssueChange::default();
        Ok(into_issue(&pending) || pending.before.iter().any(into_issue))
    }

    /// What people did on the card must not lose against what the issue was: where they disagree, or where a hook told
    /// so in whole seconds, which may arrive in any order, GitLab is asked first.
    fn is_hearsay(&self, change: &Change, rules: &Rules) -> bool {
        let disagree = change.conflicts.iter().any(|conflict| conflict.winner.is_some());
        rules.fields.ticket_from_trello() && (disagree || self.visit.issue.version.is_vague())
    }

    /// What was certainly not done will not appear later.
    async fn heed_refusal<T>(&mut self, outcome: Result<T, TurnError>) -> Result<T, TurnError> {
        if let Err(TurnError::Neighbour(_, Trouble { done: Done::No, .. })) = &outcome
            && let Some(pending) = self.link.pending.as_deref().and_then(|text| serde_json::from_str(text).ok())
        {
            self.link.pending = Some(written(&Pending { at: None, ..pending })?);
            self.store(&Changes::default()).await?;
        }
        outcome
    }

    /// Writes down what is about to be written on either side.
    async fn intend(&mut self, change: &Change, card: &Ticket) -> Result<(), TurnError> {
        let at = Some(self.visit.hands.store.now().await?);
        let pending = Pending { at, before: self.late.clone(), ..Pending::of(change, &self.visit.issue.ticket, card) };
        self.link.pending = Some(written(&pending)?);
        self.store(&Changes::default()).await
    }

    pub(super) fn card(&self) -> Result<&CardId, TurnError> {
        self.link.card.as_ref().ok_or_else(|| TurnError::Hopeless("the link has no card".to_owned()))
    }

    pub(super) fn trouble(&self, trouble: Trouble) -> TurnError {
        trouble_with(self.visit.trello, trouble)
    }

    /// The card as it is; where only the card follows, as we left it.
    async fn look(&mut self, board: &RouteBoard<'_>, rules: &Rules, card: Option<Card>) -> Result<Found, TurnError> {
        let here = board.id().await?;
        let assumed = self.link.parked == self.visit.parked()
            && self.link.pending.is_none()
            && !rules.fields.ticket_from_trello()
            && self.link.board == here
            && !self.footer_alone_moves(rules);
        if let (None, true, Some(base)) = (&card, assumed, &self.link.base) {
            return Ok(Found::Here(base.card.clone()));
        }
        let card = match card {
            Some(card) => card,
            None => match self.read().await? {
                Some(card) => card,
                None => return Ok(Found::Deleted),
            },
        };
        let (mark, issue) = (face::read_mark(&card.description), &self.visit.issue.id);
        self.misnamed = mark.as_ref().is_some_and(|mark| mark != issue);
        self.bare = self.link.adopted && mark.is_none() && face::issue_number(&card.name) != Some(issue.iid);
        if card.board.as_ref() == Some(&here) {
            if self.link.board != here || self.link.parked == Some(Parked::Elsewhere) {
                self.forget_elements();
            }
            self.link.board = here;
            return Ok(Found::Here(board.ticket(&card, &self.visit.issue.id).await?));
        }
        if self.link.parked.is_some_and(|parked| parked != Parked::Redacted)
            || card.board.as_ref() != Some(&self.link.board)
        {
            return Ok(Found::Elsewhere);
        }
        self.move_over(board, rules, &card.id).await.map(Found::Here)
    }

    /// A footer that changes by itself is put below the words that stand on the card, so these have to be read: people
    /// may have written there.
    fn footer_alone_moves(&self, rules: &Rules) -> bool {
        let issue = &self.visit.issue.ticket;
        let goes = rules.fields.people.from_gitlab() && rules.fields.description.from_gitlab();
        let shown = |text: &str| rules.dialect.card_text(text);
        let moved = |base: &Base| {
            let footer = base.footer != rules.people.not_on_board(&issue.people);
            footer && (base.issue.text == issue.text || shown(&base.issue.text) == shown(&issue.text))
        };
        goes && self.link.base.as_ref().is_some_and(moved)
    }

    pub(super) async fn read(&self) -> Result<Option<Card>, TurnError> {
        let card = self.visit.trello.card(self.card()?).await.map_err(|trouble| self.trouble(trouble))?;
        if card.is_none() {
            // No card is only believed where its board answers.
            let board = self.visit.trello.board(self.link.board.as_str()).await;
            board.map_err(|trouble| self.trouble(trouble))?;
        }
        Ok(card)
    }

    /// The card comes from another board, and labels and members are a board's own: what it lost on its way, nobody
    /// took off.
    pub(super) fn forget_elements(&mut self) {
        if let Some(base) = &mut self.link.base {
            for half in [&mut base.issue, &mut base.card] {
                half.labels.clear();
                half.facets.clear();
                half.people.clear();
            }
        }
    }

    /// The route leads to another board now: the card is moved there. What the two had agreed on else is kept.
    async fn move_over(&mut self, board: &RouteBoard<'_>, rules: &Rules, card: &CardId) -> Result<Ticket, TurnError> {
        let list = match rules.spot(&self.visit.issue.ticket) {
            Some(Spot::List(list)) => Some(list),
            Some(Spot::Archive) | None => None,
        };
        let to = board.id().await?;
        let update = CardUpdate { board: Some(to.clone()), list, ..CardUpdate::default() };
        let moved = self.visit.trello.update_card(card, &update).await.map_err(|trouble| self.trouble(trouble))?;
        let ticket = board.ticket(&moved, &self.visit.issue.id).await?;
        self.link.board = to;
        self.untold.moved();
        self.forget_elements();
        if let Some(base) = &mut self.link.base {
            base.issue.spot = rules.spot(&self.visit.issue.ticket);
            base.card.spot.clone_from(&ticket.spot);
        }
        self.visit.hands.store.tell(&self.visit.issue.id, "the card was moved to the route's board").await?;
        Ok(ticket)
    }

    /// The card is in the archive, and we did not put it there.
    pub(super) async fn mention_archive(&self) -> Result<(), TurnError> {
        let known = |base: &Base| base.card.spot == Some(Spot::Archive);
        if self.stored.parked.is_none() && self.link.base.as_ref().is_some_and(|base| !known(base)) {
            let told = "people archived the card: it stays in the archive until the issue is reopened";
            self.visit.hands.store.tell(&self.visit.issue.id, told).await?;
        }
        Ok(())
    }

    async fn tell_conflicts(&self, conflicts: &[Conflict]) -> Result<(), TurnError> {
        for Conflict { field, winner, gitlab, trello } in conflicts {
            let outcome = match winner {
                Some(Winner::Gitlab) => "both sides changed it; GitLab's stays",
                Some(Winner::Trello) => "both sides changed it; Trello's stays",
                None => "Trello's cannot be carried over without loss; each side keeps its own",
            };
            let told = format!("conflict in {field}: {outcome}. GitLab: {gitlab:?}. Trello: {trello:?}");
            tracing::warn!(issue = %self.visit.issue.id, field, outcome, "a conflict; see `kanbridge links show`");
            self.visit.hands.store.tell(&self.visit.issue.id, &told).await?;
        }
        Ok(())
    }

    /// Leaves the card alone from now on.
    pub(super) async fn park(mut self, parked: Parked, why: Why) -> Result<Finish, TurnError> {
        if self.link.parked != Some(parked) {
            tracing::warn!(issue = %self.visit.issue.id, "{why}");
            self.visit.hands.store.tell(&self.visit.issue.id, &why.to_string()).await?;
        }
        self.late.clear();
        let mut base = self.link.base.take();
        if parked == Parked::Deleted {
            base.get_or_insert_default().issue.closed = self.visit.issue.ticket.closed;
        }
        // A card without words is so wherever it stands.
        let hidden = parked == Parked::Elsewhere && self.link.parked == Some(Parked::Hidden);
        self.keep(base, Some(if hidden { Parked::Hidden } else { parked })).await?;
        rest(self.visit.hands, self.visit.issue, why).await
    }

    /// The card is gone; whether the issue is open is all that has to be known of it.
    pub(super) async fn note_closed(self) -> Result<Finish, TurnError> {
        self.park(Parked::Deleted, Why::Deleted).await
    }

    async fn keep(&mut self, base: Option<Base>, parked: Option<Parked>) -> Result<(), TurnError> {
        let pending = match (&base, self.late.is_empty()) {
            (Some(base), false) => Some(written(&Pending::late(self.late.clone(), &base.issue, &base.card))?),
            _ => None,
        };
        self.link = Link { base, pending, parked, ..self.link.clone() };
        let changes = self.untold.changes(self.visit, &self.link).await?;
        self.store(&changes).await
    }

    async fn store(&mut self, changes: &Changes) -> Result<(), TurnError> {
        if self.link != self.stored {
            self.visit.hands.store.remember_base(self.visit.turn, &self.link, changes.signals()).await?;
            self.stored.clone_from(&self.link);
        }
        Ok(())
    }
}

/// Writes that are about to be made, as the link keeps them.
fn written(pending: &Pending) -> Result<String, TurnError> {
    let refused = |error| TurnError::Hopeless(format!("what is to be written cannot be kept: {error}"));
    serde_json::to_string(pending).map_err(refused)
}
