//! Writing on the card what the issue has become. `upstream` is the other way.

use super::boards::RouteBoard;
use super::pair::Pair;
use super::trouble::TurnError;
use crate::model::{Spot, Ticket, Trouble, TroubleKind};
use crate::sync::change::{CardChange, Change};
use crate::sync::face;
use crate::trello::{CardUpdate, Member};

/// How the writes on the card went.
pub(super) enum Written {
    /// What Trello answered, where one call said it all.
    Done(Option<Ticket>),
    Deleted,
    Elsewhere,
}

impl Pair<'_> {
    /// Writes on the card what has changed; what could not be put on leaves the change.
    pub(super) async fn write_card(
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
                    if card.closed && change.card.spot != Some(Spot::Archive) {
                        self.mention_archive().await?;
                    }
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
}
