//! An issue and its card are one ticket: comparing them, and writing on the card what the issue has become.

use super::boards::{Place, RouteBoard, neighbour};
use super::issue::{Visit, rest};
use super::making::trouble_with;
use super::signals::{Changes, Untold};
use super::trouble::TurnError;
use crate::model::{Base, CardId, Link, Parked, Seen, Spot, Ticket, Trouble, TroubleKind};
use crate::store::Finish;
use crate::sync::change::{CardChange, Change, Conflict, IssueChange};
use crate::sync::discretion::is_blank;
use crate::sync::face;
use crate::sync::memory::{Pending, remember};
use crate::sync::plan::Why;
use crate::sync::reconcile::reconcile;
use crate::sync::rules::{Rules, Winner};
use crate::trello::{Card, CardUpdate, Member};

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
}

/// What a look at the card found.
enum Found {
    Here(Ticket),
    Deleted,
    Elsewhere,
}

/// How the writes on the card went.
enum Written {
    /// What Trello answered, where one call said it all.
    Done(Option<Ticket>),
    Deleted,
    Elsewhere,
}

impl<'a> Pair<'a> {
    pub(super) fn new(visit: Visit<'a>, link: Link) -> Self {
        let stored = link.clone();
        Pair { visit, link, stored, misnamed: false, bare: false, untold: Untold::default() }
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
        let unsure = self.recover(&card, &rules)?;
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
        let answer = match self.write_card(&board, &mut change, &card).await? {
            Written::Done(answer) => answer,
            Written::Deleted => return self.park(Parked::Deleted, Why::Deleted).await,
            Written::Elsewhere => return self.park(Parked::Elsewhere, Why::Elsewhere).await,
        };
        let written = if into_issue { Some(self.write_issue(&change.issue).await?) } else { None };
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
    fn recover(&mut self, card: &Ticket, rules: &Rules) -> Result<bool, TurnError> {
        let (Some(pending), Some(base)) = (self.link.pending.take(), &self.link.base) else {
            return Ok(false);
        };
        let unreadable = |error| TurnError::Hopeless(format!("what was about to be written cannot be read: {error}"));
        let pending: Pending = serde_json::from_str(&pending).map_err(unreadable)?;
        self.untold.note(&pending.onto_card, &pending.into_issue);
        self.link.base = Some(pending.recover(base, &self.visit.issue.ticket, card, rules));
        Ok(pending.into_issue != IssueChange::default())
    }

    /// What people did on the card must not lose against what the issue was: where they disagree, or where a hook told
    /// so in whole seconds, which may arrive in any order, GitLab is asked first.
    fn is_hearsay(&self, change: &Change, rules: &Rules) -> bool {
        let disagree = change.conflicts.iter().any(|conflict| conflict.winner.is_some());
        rules.fields.ticket_from_trello() && (disagree || self.visit.issue.version.is_vague())
    }

    /// Writes down what is about to be written on either side.
    async fn intend(&mut self, change: &Change, card: &Ticket) -> Result<(), TurnError> {
        let pending = serde_json::to_string(&Pending::of(change, &self.visit.issue.ticket, card));
        let refused = |error| TurnError::Hopeless(format!("what is to be written cannot be kept: {error}"));
        self.link.pending = Some(pending.map_err(refused)?);
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

    async fn write_card(
        &self,
        board: &RouteBoard<'_>,
        change: &mut Change,
        card: &Ticket,
    ) -> Result<Written, TurnError> {
        let id = self.card()?;
        let mut answer = None;
        if change.card.has_values() {
            match self.visit.trello.remembered().update_card(id, &self.update(change, card)).await {
                Ok(card) if card.board.as_ref().is_some_and(|board| *board != self.link.board) => {
                    return Ok(Written::Elsewhere);
                }
                Ok(card) => {
                    self.mention_archive(&change.card, &card).await?;
                    answer = Some(board.ticket(&card, &self.visit.issue.id).await?);
                }
                Err(trouble) if trouble.kind == TroubleKind::Gone => return self.missing(board, trouble).await,
                Err(trouble) => return Err(self.trouble(trouble)),
            }
        }
        match self.write_elements(board, &mut change.card).await {
            Err(TurnError::Neighbour(_, trouble)) if trouble.kind == TroubleKind::Gone => {
                self.missing(board, trouble).await
            }
            Err(TurnError::Neighbour(name, trouble)) if trouble.kind == TroubleKind::UnknownId => {
                board.forget().await;
                Err(TurnError::Neighbour(name, trouble))
            }
            other => other.map(|()| Written::Done(answer)),
        }
    }

    /// Labels and members are put on and taken off one by one: others may do the same at this moment. What could not be
    /// put on leaves the change: remembered as put on, it would look as if people had taken it off.
    async fn write_elements(&self, board: &RouteBoard<'_>, change: &mut CardChange) -> Result<(), TurnError> {
        let (id, trello) = (self.card()?, self.visit.trello.remembered());
        let labels = board.labels(&change.add_labels).await?;
        change.add_labels.retain(|label| labels.iter().any(|(name, _)| *name == label.name));
        for (_, label) in labels {
            trello.add_label(id, &label).await.map_err(|trouble| self.trouble(trouble))?;
        }
        for label in board.known_labels(&change.drop_labels).await? {
            trello.drop_label(id, &label).await.map_err(|trouble| self.trouble(trouble))?;
        }
        let members = board.members_named(&change.add_people).await?;
        change.add_people.retain(|name| members.iter().any(|member| member.username == *name));
        for Member { id: member, .. } in members {
            trello.add_member(id, &member).await.map_err(|trouble| self.trouble(trouble))?;
        }
        for Member { id: member, .. } in board.members_named(&change.drop_people).await? {
            trello.drop_member(id, &member).await.map_err(|trouble| self.trouble(trouble))?;
        }
        Ok(())
    }

    fn update(&self, change: &Change, card: &Ticket) -> CardUpdate {
        let issue = self.visit.issue;
        let (list, closed) = match &change.card.spot {
            None => (None, None),
            Some(Spot::Archive) => (None, Some(true)),
            Some(Spot::List(list)) => (Some(list.clone()), self.comes_back(card).then_some(false)),
        };
        let text = change.card.text.as_ref().or_else(|| change.card.footer.then_some(&card.text));
        CardUpdate {
            name: change.card.title.as_ref().map(|title| face::name(issue.id.iid, title)),
            description: text.map(|text| face::description(&issue.id, issue.url.as_deref(), text, &change.footer)),
            board: None,
            list,
            closed,
            labels: None,
            members: None,
            due: change.card.due,
            done: change.card.done,
        }
    }

    /// Out of the archive comes what we put there, and the card of an issue that was reopened. What people archived
    /// otherwise stays there.
    fn comes_back(&self, card: &Ticket) -> bool {
        let base = self.link.base.as_ref();
        let ours = base.is_none_or(|base| base.issue.spot == Some(Spot::Archive));
        let was_closed = base.is_none_or(|base| base.issue.closed);
        (ours && card.spot == Some(Spot::Archive)) || (was_closed && !self.visit.issue.ticket.closed)
    }

    async fn mention_archive(&self, change: &CardChange, card: &Card) -> Result<(), TurnError> {
        if card.closed && matches!(change.spot, Some(Spot::List(_))) {
            let told = "people archived the card: it stays in the archive until the issue is reopened";
            self.visit.hands.store.tell(&self.visit.issue.id, told).await?;
        }
        Ok(())
    }

    /// Trello does not know the card, or the list: which?
    async fn missing(&self, board: &RouteBoard<'_>, trouble: Trouble) -> Result<Written, TurnError> {
        match self.read().await? {
            None => Ok(Written::Deleted),
            Some(card) if card.board.as_ref() != Some(&self.link.board) => Ok(Written::Elsewhere),
            Some(_) => {
                board.forget().await;
                Err(self.trouble(trouble))
            }
        }
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
        let kept = Link { base, pending: None, parked, ..self.link.clone() };
        self.link = kept;
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
