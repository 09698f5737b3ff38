//! A public issue has turned confidential: what its card says is taken away.

use super::issue::{Visit, rest};
use super::trouble::TurnError;
use super::{pair, twins};
use crate::model::{IssueRef, IssueUrl, Link, Micros, Pair, Parked, Side, Ticket, TroubleKind};
use crate::store::{Finish, Signals};
use crate::sync::dialect::Dialect;
use crate::sync::discretion::CONFIDENTIAL;
use crate::sync::face;
use crate::sync::plan::Why;
use crate::sync::thread::copied_from;
use crate::text::Home;
use crate::trello::{Card, CardUpdate};

impl pair::Pair<'_> {
    /// Deletes the card where nobody but us wrote on it. Else it is emptied and archived, and the log says that Trello
    /// keeps the old text in the card's activity.
    pub(super) async fn hide(self) -> Result<Finish, TurnError> {
        let (hands, issue) = (self.visit.hands, self.visit.issue);
        hands.store.forget_words(&issue.id).await?;
        twins::strip(self.visit).await?;
        let Some(card) = self.read().await? else {
            hands.store.unlink(self.visit.turn).await?;
            return rest(hands, issue, Why::Confidential).await;
        };
        if self.is_ours_alone(&card).await? {
            self.visit.trello.delete_card(&card.id).await.map_err(|trouble| self.trouble(trouble))?;
            hands.store.unlink(self.visit.turn).await?;
            hands.store.tell(&issue.id, "the issue turned confidential: the card was deleted").await?;
            tracing::warn!(issue = %issue.id, "turned confidential: its card was deleted");
            return rest(hands, issue, Why::Confidential).await;
        }
        self.empty(&card).await?;
        if let Some(at) = self.take_copies(&card, true).await?.max(self.take_links(&card).await?) {
            return Ok(Finish::Look { at });
        }
        let told = "the issue turned confidential: the card was emptied and archived, since people had worked on it. \
                    Trello keeps the old text in the card's activity: delete the card by hand if that must not be";
        hands.store.tell(&issue.id, told).await?;
        tracing::error!(issue = %issue.id, card = %card.id, "{told}");
        let kept = Link { base: None, pending: None, parked: Some(Parked::Hidden), ..self.link.clone() };
        hands.store.remember_base(self.visit.turn, &kept, Signals::default()).await?;
        rest(hands, issue, Why::Confidential).await
    }

    /// Whether nothing would be lost with the card but what we put there ourselves.
    pub(super) async fn is_ours_alone(&self, card: &Card) -> Result<bool, TurnError> {
        let issue = &self.visit.issue.id;
        let links_home = |url: &String| {
            IssueUrl::parse(url).is_some_and(|url| url.iid == issue.iid && url.instance == issue.instance)
        };
        let url = card.attachments.iter().find(|url| links_home(url));
        let untouched = self.link.base.as_ref().is_some_and(|base| self.says_what(&base.issue, card, url));
        let traces = self.visit.hands.store.merge_traces(issue).await?;
        let ours = |url: &String| links_home(url) || traces.iter().any(|trace| trace.url == *url);
        if !untouched || !card.attachments.iter().all(ours) {
            return Ok(false);
        }
        let traces = self.visit.trello.traces(&card.id).await.map_err(|trouble| self.trouble(trouble))?;
        Ok(traces.others == 0 && traces.comments.iter().all(|text| copied_from(text).is_some()))
    }

    /// Takes away what we copied onto the card, `for_good` or until it may be shown again. `Some`: a copy may still appear
    /// until then, from a call that got no answer.
    pub(super) async fn take_copies(&self, card: &Card, for_good: bool) -> Result<Option<Micros>, TurnError> {
        let Visit { hands, turn, issue, trello, .. } = self.visit;
        let (pairs, at) = (hands.store.pairs(&issue.id).await?, hands.store.now().await?);
        let comments = trello.comments(&card.id).await.map_err(|trouble| self.trouble(trouble))?;
        // Copies from before the issue was moved carry its old name; the pairs know them.
        let paired = |id| pairs.iter().any(|pair| pair.origin == Side::Gitlab && pair.comment.as_ref() == Some(id));
        let ours = |text: &str| copied_from(text).is_some_and(|from| from == issue.id);
        for copy in comments.iter().filter(|comment| ours(&comment.text) || paired(&comment.id)) {
            match trello.delete_comment(&copy.id).await {
                Err(trouble) if trouble.kind != TroubleKind::Gone => return Err(self.trouble(trouble)),
                _ => {}
            }
        }
        let settled =
            |pair: &Pair| pair.intent.map(|intent| intent + hands.spans.settle).filter(|settled| *settled > at);
        let unsettled = pairs.iter().filter_map(settled).max();
        for pair in pairs.into_iter().filter(|pair| pair.origin == Side::Gitlab && !pair.gone && unsettled.is_none()) {
            match for_good {
                true => {
                    hands.store.keep_pair(turn, &Pair { gone: true, intent: None, ..pair }, Signals::default()).await?
                }
                false => hands.store.forget_pair(turn, &pair).await?,
            }
        }
        Ok(unsettled)
    }

    /// Whether the card says what the issue said when the two last agreed, and nothing of people's own. What it was
    /// then does not tell that: a route may leave their words on the card. Of a confidential issue nobody knows the
    /// address any more; the card has it attached.
    fn says_what(&self, ticket: &Ticket, card: &Card, url: Option<&String>) -> bool {
        let (issue, url) = (self.visit.issue, url.cloned());
        let home = Home::of_issue(url.as_deref(), issue.project_path.as_deref());
        let dialect = Dialect { issue: issue.id.clone(), url, home };
        let text = face::text(&card.description, &issue.id);
        face::title(&card.name) == dialect.card_title(&ticket.title)
            && (text.is_empty() || dialect.same_text(&dialect.card_text(&ticket.text).text, &text))
    }

    async fn empty(&self, card: &Card) -> Result<(), TurnError> {
        let emptied = emptied(&self.visit.issue.id);
        self.visit.trello.update_card(&card.id, &emptied).await.map_err(|trouble| self.trouble(trouble))?;
        Ok(())
    }
}

/// A card in the archive that says nothing but whose it was.
pub(super) fn emptied(issue: &IssueRef) -> CardUpdate {
    CardUpdate {
        name: Some(face::name(issue.iid, CONFIDENTIAL)),
        description: Some(face::mark(issue)),
        closed: Some(true),
        labels: Some(Vec::new()),
        members: Some(Vec::new()),
        due: Some(None),
        ..CardUpdate::default()
    }
}
