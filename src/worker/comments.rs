//! What people say on an issue is said on its card, and on two-way routes the reverse. `sync::thread` decides; here its
//! steps are carried out, each written down before and after its call, so that a crash between any two leaves work to
//! repeat and no second copy.

use std::time::Instant;

use super::boards::neighbour;
use super::issue::Visit;
use super::making::FRESH;
use super::pair::Pair;
use super::trouble::TurnError;
use super::{GITLAB, gone, upstream};
use crate::model::{CardId, Comment, Done, Listing, Micros, Note, Pair as Paired, Parked, Side, Trouble, TroubleKind};
use crate::store::{Finish, Signals};
use crate::sync::plan::Why;
use crate::sync::thread::{Plan, Rules, Step, Thread, Written, is_copied_comment, thread};
use crate::text::Home;
use crate::trello::Slot;

/// Plans in one turn: each but the first follows on a read that the one before asked for, one for each side, on one that
/// failed, or on news that make a look at the card worth it.
const ROUNDS: usize = 5;

/// Brings issue and card in step about what was said. Where nothing was said that the other side does not have, and no
/// side is to be asked, no call is made.
pub(super) async fn turn(visit: Visit<'_>) -> Result<Finish, TurnError> {
    let store = &visit.hands.store;
    let asks_card = visit.route.fields.comments.from_trello();
    let unread = asks_card && visit.stir.is_some();
    let asks_issue = visit.hands.gitlab.is_some() && !visit.told;
    if !unread && !asks_issue && store.notes(&visit.issue.id).await?.is_empty() {
        return Ok(Finish::Done);
    }
    match store.link(&visit.issue.id).await?.filter(|link| link.card.is_some() && link.parked.is_none()) {
        Some(link) => Pair::new(visit, link).converse(asks_card).await,
        None => Ok(Finish::Done),
    }
}

/// Which sides are read whole before a plan is made.
#[derive(Clone, Copy, Debug)]
struct Reads {
    gitlab: bool,
    trello: bool,
}

/// What became of a plan's steps.
enum Outcome {
    /// All were taken.
    Taken,
    /// A side has to be read whole before the next plan.
    Read(Side),
    /// There is nothing to do until then.
    Look(Micros),
    /// The card is not there any more.
    Deleted,
}

impl Pair<'_> {
    /// From when on what was said on the issue is copied even where no hook told it: of what was said before the card was
    /// made, or before a card was found, nothing is.
    async fn since(&self) -> Result<Option<Micros>, TurnError> {
        let read = self.visit.hands.store.notes_read(&self.visit.issue.id).await?;
        Ok(read.or_else(|| self.link.card.as_ref().filter(|_| !self.link.adopted).map(CardId::made)))
    }

    /// Hooks get lost, and GitLab tells of a note in no other way than by a newer `updated_at` of its issue. With a
    /// token, the notes of an issue that changed without a hook telling are read; and those of a found card's issue,
    /// once: it may have been moved, with what was said.
    async fn asks_issue(&self) -> Result<bool, TurnError> {
        let Visit { hands, issue, route, told, .. } = self.visit;
        if told || hands.gitlab.is_none() || !route.fields.comments.from_gitlab() {
            return Ok(false);
        }
        Ok(self.since().await?.is_none_or(|since| Micros(issue.version.at) > since))
    }

    async fn converse(self, asks_card: bool) -> Result<Finish, TurnError> {
        let (store, issue) = (&self.visit.hands.store, self.visit.issue);
        let mut reads = Reads { gitlab: self.asks_issue().await?, trello: asks_card && self.visit.stir.is_some() };
        let mut unasked = reads.gitlab;
        for _ in 0..ROUNDS {
            let plan = match self.plan(reads).await {
                // What hooks brought is said all the same, and the next turn asks again.
                Err(TurnError::Neighbour(name, trouble)) if name == GITLAB && std::mem::take(&mut unasked) => {
                    tracing::warn!(issue = %issue.id, %trouble, "whether a note was missed cannot be found out for now");
                    reads.gitlab = false;
                    continue;
                }
                Err(error) => return Err(error),
                Ok(Some(plan)) => plan,
                Ok(None) => return self.park(Parked::Deleted, Why::Deleted).await,
            };
            // No feed tells of an edited comment, so where there is something to do the card is read as well.
            if asks_card && !reads.trello && !plan.steps.is_empty() {
                reads.trello = true;
                continue;
            }
            match self.carry_out(&plan).await? {
                Outcome::Taken if reads.gitlab => {
                    store.keep_notes_read(&issue.id, Micros(issue.version.at)).await?;
                    return Ok(Finish::Done);
                }
                Outcome::Taken => return Ok(Finish::Done),
                Outcome::Read(Side::Gitlab) => reads.gitlab = true,
                Outcome::Read(Side::Trello) => reads.trello = true,
                Outcome::Look(at) => return Ok(Finish::Look { at }),
                Outcome::Deleted => return self.park(Parked::Deleted, Why::Deleted).await,
            }
        }
        Ok(Finish::Look { at: store.now().await? })
    }

    /// What is to be done; `None` where the card is not there any more. The memory is read before the sides, so that it
    /// cannot be younger than what is compared with it.
    async fn plan(&self, reads: Reads) -> Result<Option<Plan>, TurnError> {
        let Visit { hands, issue, route, .. } = self.visit;
        let pairs = hands.store.pairs(&issue.id).await?;
        let notes = self.notes(reads.gitlab, &pairs).await?;
        let Some(comments) = self.comments(reads.trello).await? else {
            return Ok(None);
        };
        let home = Home::of_issue(issue.url.as_deref(), issue.project_path.as_deref());
        let rules = Rules {
            direction: route.fields.comments,
            deletions: false,
            since: None,
            gitlab_is_read: hands.gitlab.is_some(),
            settle: hands.spans.settle,
        };
        let known = Thread {
            issue: &issue.id,
            url: issue.url.as_deref(),
            home: &home,
            notes: &notes,
            comments: &comments,
            pairs: &pairs,
            memory: !self.link.adopted,
        };
        Ok(Some(thread(&known, &rules)))
    }

    async fn notes(&self, whole: bool, pairs: &[Paired]) -> Result<Listing<Note>, TurnError> {
        let Visit { hands, issue, .. } = self.visit;
        let told = hands.store.notes(&issue.id).await?;
        if !whole {
            return Ok(Listing::part(told));
        }
        let (at, since) = (hands.store.now().await?, self.since().await?);
        let mut notes = upstream::api(hands)?.notes(&issue.id).await.map_err(upstream::trouble)?;
        hands.heard(GITLAB).await;
        // The notes of an issue that was moved have new ids, and the times of the old ones.
        let paired = |note: &Note| pairs.iter().any(|pair| pair.note == Some(note.id) || pair.created == note.created);
        notes.retain(|note| {
            since.is_some_and(|since| note.created >= since)
                || told.iter().any(|told| told.id == note.id)
                || paired(note)
                || is_copied_comment(&note.text)
        });
        Ok(Listing::whole(notes, at))
    }

    async fn comments(&self, whole: bool) -> Result<Option<Listing<Comment>>, TurnError> {
        let Visit { hands, trello, .. } = self.visit;
        if !whole {
            return Ok(Some(Listing::unknown()));
        }
        let at = hands.store.now().await?;
        match trello.comments(self.card()?).await {
            Ok(comments) => Ok(Some(Listing::whole(comments, at))),
            Err(trouble) if trouble.kind == TroubleKind::Gone && self.read().await?.is_none() => Ok(None),
            Err(trouble) => Err(self.trouble(trouble)),
        }
    }

    async fn carry_out(&self, plan: &Plan) -> Result<Outcome, TurnError> {
        let Visit { hands, turn, issue, .. } = self.visit;
        let mut outcome = Outcome::Taken;
        for step in &plan.steps {
            tracing::debug!(issue = %issue.id, "{step}");
            match step {
                Step::Remember(pair) => {
                    let changes = self.visit.said((self.card()?, &self.link.board), step).await?;
                    hands.store.keep_pair(turn, pair, changes.signals()).await?;
                }
                Step::Forget(pair) => hands.store.forget_pair(turn, pair).await?,
                Step::Read(side) => outcome = Outcome::Read(*side),
                // What has to be read is read first, and then the next plan says again how long to wait.
                Step::Wait(_) if matches!(outcome, Outcome::Read(_)) => {}
                Step::Wait(at) => outcome = Outcome::Look(*at),
                Step::Post { .. } | Step::Edit { .. } | Step::Remove(_) => {
                    if let Some(end) = self.write(step).await? {
                        return Ok(end);
                    }
                }
            }
        }
        Ok(outcome)
    }

    /// Takes one step that writes. `Some`: the turn ends with it.
    async fn write(&self, step: &Step) -> Result<Option<Outcome>, TurnError> {
        let Visit { hands, turn, issue, trello, .. } = self.visit;
        // The place in line comes first: between the intent and the call there must be nothing to wait for.
        let slot = match step.intent(Micros::default()).and(step.side()) {
            Some(Side::Trello) => Some(trello.slot().await.map_err(|trouble| self.trouble(trouble))?),
            _ => None,
        };
        let (began, at) = (Instant::now(), hands.store.now().await?);
        if let Some(intent) = step.intent(at) {
            hands.store.keep_pair(turn, &intent, Signals::default()).await?;
        }
        if began.elapsed() > FRESH {
            self.withdraw(step).await?;
            return Ok(Some(Outcome::Look(hands.store.now().await?)));
        }
        let written = match self.send(step, slot).await {
            Ok(written) => written,
            Err(trouble) if trouble.kind == TroubleKind::Gone => return self.missing_copy(step, trouble).await,
            Err(trouble) if matches!(step, Step::Edit { .. }) => return self.refused_edit(step, trouble).await,
            Err(trouble) => {
                if trouble.done == Done::No {
                    self.withdraw(step).await?;
                }
                return Err(self.trouble_at(step, trouble));
            }
        };
        if let Some(pair) = step.done(written) {
            let changes = self.visit.said((self.card()?, &self.link.board), step).await?;
            hands.store.keep_pair(turn, &pair, changes.signals()).await?;
        }
        let neighbour = if step.side() == Some(Side::Gitlab) { GITLAB.to_owned() } else { neighbour(trello) };
        hands.heard(&neighbour).await;
        if let Step::Edit { overrules: true, .. } = step {
            hands.store.tell(&issue.id, &step.to_string()).await?;
        }
        tracing::info!(issue = %issue.id, "{step}");
        Ok(None)
    }

    /// A post that was not made leaves no question behind.
    async fn withdraw(&self, step: &Step) -> Result<(), TurnError> {
        if let Step::Post { pair, .. } = step {
            self.visit.hands.store.forget_pair(self.visit.turn, pair).await?;
        }
        Ok(())
    }

    /// The call itself, with the `slot` of a post or an edit on the card; gives what the neighbour made of the text.
    async fn send(&self, step: &Step, slot: Option<Slot>) -> Result<Option<Written>, Trouble> {
        let Visit { hands, issue, .. } = self.visit;
        let trello = self.visit.trello.remembered();
        let on_card = |comment: Comment| Some(Written::Comment(comment.id, comment.text));
        let on_issue = |note: Note| Some(Written::Note(note.id, note.text));
        let unnamed = || Trouble::refused("what is to be written has no id; please report it with the log");
        let gitlab = || hands.gitlab.as_ref().ok_or_else(|| Trouble::refused(upstream::NO_TOKEN));
        match (step, slot) {
            (Step::Post { text, .. }, Some(slot)) => {
                let card = self.link.card.as_ref().ok_or_else(unnamed)?;
                trello.post_comment(slot, card, text).await.map(on_card)
            }
            (Step::Post { text, .. }, None) => gitlab()?.post_note(&issue.id, text).await.map(on_issue),
            (Step::Edit { pair, text, .. }, Some(slot)) => {
                let comment = pair.comment.as_ref().ok_or_else(unnamed)?;
                trello.edit_comment(slot, comment, text).await.map(on_card)
            }
            (Step::Edit { pair, text, .. }, None) => {
                gitlab()?.edit_note(&issue.id, pair.note.ok_or_else(unnamed)?, text).await.map(on_issue)
            }
            (Step::Remove(pair), _) if step.side() == Some(Side::Trello) => {
                trello.delete_comment(pair.comment.as_ref().ok_or_else(unnamed)?).await.map(|()| None)
            }
            (Step::Remove(pair), _) => {
                gitlab()?.delete_note(&issue.id, pair.note.ok_or_else(unnamed)?).await.map(|()| None)
            }
            _ => Ok(None),
        }
    }

    /// The neighbour does not know the copy, or not even what it stands on: which?
    async fn missing_copy(&self, step: &Step, trouble: Trouble) -> Result<Option<Outcome>, TurnError> {
        let Visit { hands, turn, issue, .. } = self.visit;
        self.withdraw(step).await?;
        match (self.stands(step).await?, step.gone()) {
            (true, Some(pair)) => {
                hands.store.keep_pair(turn, &pair, Signals::default()).await?;
                tracing::info!(issue = %issue.id, "the copy was taken away by people: {step}");
                Ok(None)
            }
            (false, _) if step.side() == Some(Side::Trello) => Ok(Some(Outcome::Deleted)),
            _ => Err(self.trouble_at(step, trouble)),
        }
    }

    /// Both sides let nobody change what another member wrote, and the token may have been another's. Such a copy stays
    /// as it is, and people are told; where nothing can be written at all, the trouble is the token's.
    async fn refused_edit(&self, step: &Step, trouble: Trouble) -> Result<Option<Outcome>, TurnError> {
        let Visit { hands, turn, issue, .. } = self.visit;
        let Some(pair) = step.done(None).filter(|_| trouble.kind == TroubleKind::Refused) else {
            return Err(self.trouble_at(step, trouble));
        };
        if !self.stands(step).await? {
            return Err(self.trouble_at(step, trouble));
        }
        hands.store.keep_pair(turn, &pair, Signals::default()).await?;
        let told = format!("could not {step}, and it stays as it is: {trouble}");
        tracing::warn!(issue = %issue.id, "{told}");
        hands.store.tell(&issue.id, &told).await?;
        Ok(None)
    }

    /// Whether what the copy stands on is there, and may be read.
    async fn stands(&self, step: &Step) -> Result<bool, TurnError> {
        let Visit { hands, issue, .. } = self.visit;
        match step.side() {
            Some(Side::Gitlab) => {
                let there = upstream::api(hands)?.issue(&issue.id).await.map_err(upstream::trouble)?.is_some();
                if !there {
                    // Whether it was deleted, the sweep finds out.
                    gone::call_soon(hands).await?;
                }
                Ok(there)
            }
            _ => Ok(self.read().await?.is_some()),
        }
    }

    fn trouble_at(&self, step: &Step, trouble: Trouble) -> TurnError {
        if step.side() == Some(Side::Gitlab) { upstream::trouble(trouble) } else { self.trouble(trouble) }
    }
}
