//! The card of a confidential issue that shows only where it stands: what else it showed is taken off.

use super::issue::Visit;
use super::pair::Pair;
use super::trouble::TurnError;
use super::{Hands, twins};
use crate::model::{Link, Micros, Parked};
use crate::store::{Finish, Leased, Signals};
use crate::sync::discretion::{self, CONFIDENTIAL, is_blank};
use crate::sync::face;
use crate::sync::plan::Why;
use crate::sync::rules::Rules;
use crate::trello::{Card, CardUpdate};

/// Nothing can be taken off a card that people deleted, and what was said of it is forgotten all the same.
pub(super) async fn forget_deleted(
    hands: &Hands,
    turn: &Leased,
    link: Option<Link>,
) -> Result<Option<Link>, TurnError> {
    let words = |link: &Link| {
        let base = link.base.as_ref().filter(|_| link.parked == Some(Parked::Deleted));
        base.map(discretion::redacted).filter(|blank| link.base.as_ref() != Some(blank))
    };
    let Some((link, blank)) = link.as_ref().and_then(|link| Some((link, words(link)?))) else { return Ok(link) };
    hands.store.forget_words(&link.issue).await?;
    let kept = Link { base: Some(blank), pending: None, ..link.clone() };
    hands.store.remember_base(turn, &kept, Signals::default()).await?;
    Ok(Some(kept))
}

impl Pair<'_> {
    /// Takes everything off the card that must not be seen, and leaves it where it stands. What was copied comes back
    /// when the issue is public again.
    pub(super) async fn redact(self) -> Result<Finish, TurnError> {
        let (hands, issue) = (self.visit.hands, self.visit.issue);
        hands.store.forget_words(&issue.id).await?;
        twins::strip(self.visit).await?;
        let Some(card) = self.read().await? else {
            return self.park(Parked::Deleted, Why::Deleted).await;
        };
        let showed = !self.is_blank(&card);
        if showed {
            self.visit.trello.update_card(&card.id, &self.blank()).await.map_err(|trouble| self.trouble(trouble))?;
        }
        let begun = hands.store.pairs(&issue.id).await?.iter().filter(|pair| !pair.gone).map(|pair| pair.created).min();
        let (comments, links) = (self.take_copies(&card, false).await?, self.take_links(&card).await?);
        if let Some(at) = comments.max(links) {
            return Ok(Finish::Look { at });
        }
        if let Some(begun) = begun {
            hands.store.keep_notes_read(&issue.id, begun).await?;
        }
        if showed {
            let told = "the issue is confidential: everything but its place was taken off its card. Trello keeps the old \
                        text in the card's activity: delete the card by hand if that must not be";
            hands.store.tell(&issue.id, told).await?;
            tracing::error!(issue = %issue.id, card = %card.id, "{told}");
        }
        let parked = match self.link.parked {
            Some(Parked::Unlinked) => Parked::Unlinked,
            _ if card.board.as_ref() != Some(&self.link.board) => Parked::Elsewhere,
            _ => Parked::Redacted,
        };
        let base = self.link.base.as_ref().map(discretion::redacted);
        let kept = Link { base, pending: None, parked: Some(parked), ..self.link.clone() };
        hands.store.remember_base(self.visit.turn, &kept, Signals::default()).await?;
        Ok(Finish::Look { at: hands.store.now().await? })
    }

    /// What a card says whose words were taken away is what we put there, and must not become the issue's. `true`: it
    /// showed where it stands, and shows the rest again from now on.
    pub(super) fn unveil(&mut self, rules: &mut Rules) -> bool {
        let redacted = is_blank(&self.link) && !self.visit.redacted;
        if redacted || self.link.parked == Some(Parked::Hidden) {
            rules.fields = rules.fields.onto_card_alone();
        }
        if redacted {
            self.forget_elements();
        }
        redacted
    }

    fn blank(&self) -> CardUpdate {
        let id = &self.visit.issue.id;
        CardUpdate {
            name: Some(face::name(id.iid, CONFIDENTIAL)),
            description: Some(face::mark(id)),
            labels: Some(Vec::new()),
            members: Some(Vec::new()),
            due: Some(None),
            ..CardUpdate::default()
        }
    }

    fn is_blank(&self, card: &Card) -> bool {
        let CardUpdate { name, description, .. } = self.blank();
        name.as_ref() == Some(&card.name)
            && description.as_ref() == Some(&card.description)
            && card.labels.is_empty()
            && card.members.is_empty()
            && card.due.is_none()
    }

    /// Takes off the links to merge requests that we hung on the card: their titles may quote the issue's. `Some`: one may
    /// still appear until then, from a call that got no answer.
    pub(super) async fn take_links(&self, card: &Card) -> Result<Option<Micros>, TurnError> {
        let Visit { hands, turn, issue, trello, .. } = self.visit;
        let traces = hands.store.merge_traces(&issue.id).await?;
        if traces.is_empty() {
            return Ok(None);
        }
        let at = hands.store.now().await?;
        let hanging = trello.attachments(&card.id).await.map_err(|trouble| self.trouble(trouble))?;
        for attachment in hanging.iter().filter(|there| traces.iter().any(|trace| trace.url == there.url)) {
            trello.detach(&card.id, attachment).await.map_err(|trouble| self.trouble(trouble))?;
        }
        let settled = traces.iter().filter_map(|trace| trace.intent.map(|intent| intent + hands.spans.settle));
        if let Some(settled) = settled.filter(|settled| *settled > at).max() {
            return Ok(Some(settled));
        }
        for mut trace in traces {
            (trace.attached, trace.intent, trace.leaving) = (false, None, None);
            hands.store.keep_merge_trace(turn, &trace, Signals::default()).await?;
        }
        Ok(None)
    }
}

impl Visit<'_> {
    /// How a link stands whose card shows what it should.
    pub(super) fn parked(&self) -> Option<Parked> {
        self.redacted.then_some(Parked::Redacted)
    }
}
