//! Wishes: what people asked from chat to have changed. What concerns an issue's card is carried out in the issue's turn,
//! before anything else, so that it never races with the bridge's own writes; the rest in turns of its own, and there it
//! is told how a wish ended, where nobody waits for it any more.
//!
//! States (a list, a due day, a member) may be written twice without harm. What makes something new is made once: see
//! `make`.

mod make;
mod tell;

use std::time::Duration;

use super::Hands;
use super::boards::neighbour;
use super::issue::no_account;
use super::known::known;
use super::signals::{Changed, Changes, about};
use super::trouble::TurnError;
use crate::model::{
    AccountName, Deed, Key, Message, SignalCard, SignalIssue, Span, Tone, Trouble, What, WishId, WishState, Wished,
};
use crate::store::{Finish, Leased};
use crate::trello::{CardUpdate, Trello};

/// A door waits a little less for a wish to come true, and then says that it is on its way.
pub const TELL_AFTER: Duration = Duration::from_secs(3);

/// Carries out what was wished of an issue's card. `Some`: the turn ends with it.
pub(super) async fn of_issue(hands: &Hands, turn: &Leased) -> Result<Option<Finish>, TurnError> {
    carry_out_all(hands, turn).await
}

/// The issue has turned confidential, and of its card nothing is said or changed from chat: whoever wished for something
/// is told so in words that are not the card's.
pub(super) async fn hush(hands: &Hands, turn: &Leased) -> Result<(), TurnError> {
    Ok(hands.store.hush_wishes(&turn.key).await?)
}

/// A wish's own turn.
pub(super) async fn turn(hands: &Hands, turn: &Leased, id: &WishId) -> Result<Finish, TurnError> {
    if let Some(finish) = carry_out_all(hands, turn).await? {
        return Ok(finish);
    }
    let Some(wished) = hands.store.wish(id).await?.filter(|wished| !wished.told) else {
        return Ok(Finish::Done);
    };
    let WishState::Ended(answer) = &wished.state else {
        // It is another key's to carry out, and that one marks this one.
        return Ok(Finish::Done);
    };
    let tell_at = wished.asked + TELL_AFTER;
    if hands.store.now().await? < tell_at {
        return Ok(Finish::Look { at: tell_at });
    }
    tell::tell(hands, &wished, answer).await?;
    Ok(Finish::Done)
}

async fn carry_out_all(hands: &Hands, turn: &Leased) -> Result<Option<Finish>, TurnError> {
    for wished in hands.store.open_wishes(&turn.key).await? {
        let doing = Doing { hands, turn, wished: &wished };
        if let Some(finish) = doing.carry_out().await? {
            return Ok(Some(finish));
        }
    }
    Ok(None)
}

/// A wish in hand.
struct Doing<'a> {
    hands: &'a Hands,
    turn: &'a Leased,
    wished: &'a Wished,
}

/// What came of a wish that came true.
#[derive(Debug, Default)]
struct Made {
    /// The address of what was made, where that is worth telling.
    url: Option<String>,
    /// The card that was made.
    card: Option<SignalCard>,
    /// The issue that was opened.
    issue: Option<SignalIssue>,
}

/// How carrying out went.
enum Done {
    /// It came true.
    True(Made),
    /// Look again then.
    Look(Finish),
}

impl Doing<'_> {
    async fn carry_out(&self) -> Result<Option<Finish>, TurnError> {
        let done = match self.act().await {
            Err(TurnError::Neighbour(_, trouble)) if trouble.is_lasting() => {
                tracing::warn!(wish = %self.wished.id, room = %self.wished.room, %trouble, "a wish cannot come true");
                return self.end(&failed(&trouble.sentence), Changes::default()).await;
            }
            Err(TurnError::Hopeless(reason)) => return self.end(&failed(&reason), Changes::default()).await,
            done => done?,
        };
        match done {
            Done::Look(finish) => Ok(Some(finish)),
            Done::True(made) => {
                let mut said = self.wished.wish.said.clone();
                said.url = made.url.clone().or(said.url);
                tracing::info!(wish = %self.wished.id, room = %self.wished.room, "a wish came true");
                let changes = self.changes(made).await?;
                self.end(&said, changes).await
            }
        }
    }

    async fn end(&self, answer: &Message, changes: Changes) -> Result<Option<Finish>, TurnError> {
        let tell_at = self.wished.asked + TELL_AFTER;
        self.hands.store.end_wish(self.turn, &self.wished.id, answer, tell_at, changes.signals()).await?;
        Ok(None)
    }

    /// What code that listens is told of it.
    async fn changes(&self, made: Made) -> Result<Changes, TurnError> {
        let deed = &self.wished.wish.deed;
        let Some(changed) = changed(deed) else { return Ok(Changes::default()) };
        if matches!(deed, Deed::NewIssue { .. }) && made.issue.is_none() {
            return Ok(Changes::default());
        }
        let (mut board, mut issue) = (None, made.issue);
        if let Key::Issue(id) = &self.turn.key {
            board = self.hands.store.link(id).await?.map(|link| link.board);
            issue = known(&self.hands.store, &self.hands.discretion, id).await?.map(|known| about(&known.issue));
        }
        let card = || deed.card().map(|id| SignalCard { id: id.clone(), board });
        Ok(self.hands.changes_of(issue, made.card.or_else(card), vec![changed]).await?)
    }

    async fn act(&self) -> Result<Done, TurnError> {
        match &self.wished.wish.deed {
            Deed::Change { card, list, done, due } => {
                let trello = self.trello(&card.account)?;
                let update = CardUpdate { list: list.clone(), done: *done, due: *due, ..CardUpdate::default() };
                let changed = trello.update_card(&card.id, &update).await;
                self.heard(&trello, changed.map(drop)).await
            }
            Deed::Assign { card, member } => {
                let trello = self.trello(&card.account)?;
                let added = trello.add_member(&card.id, member).await;
                self.heard(&trello, added).await
            }
            Deed::NewCard { .. } | Deed::NewIssue { .. } | Deed::Comment { .. } => self.make().await,
            Deed::Say => Ok(Done::True(Made::default())),
        }
    }

    async fn heard(&self, trello: &Trello, outcome: Result<(), Trouble>) -> Result<Done, TurnError> {
        outcome.map_err(|trouble| TurnError::Neighbour(neighbour(trello), trouble))?;
        self.hands.heard(&neighbour(trello)).await;
        Ok(Done::True(Made::default()))
    }

    /// Trello, and first in its line: a person waits.
    fn trello(&self, account: &AccountName) -> Result<Trello, TurnError> {
        let trello = self.hands.accounts.get(account);
        trello.map(Trello::first_in_line).ok_or_else(|| TurnError::Hopeless(no_account(&account.0)))
    }
}

/// What a deed changes, and which fields of it.
fn changed(deed: &Deed) -> Option<Changed> {
    match deed {
        Deed::NewCard { .. } => Some((What::CardCreated, Vec::new())),
        Deed::NewIssue { .. } => Some((What::IssueCreated, Vec::new())),
        Deed::Comment { .. } => Some((What::CommentCreated, Vec::new())),
        Deed::Assign { .. } => Some((What::CardUpdated, vec!["people"])),
        Deed::Change { list, done, due, .. } => {
            let fields = [("state", list.is_some() || done.is_some()), ("due", due.is_some())];
            let written = fields.into_iter().filter_map(|(field, is_written)| is_written.then_some(field));
            Some((What::CardUpdated, written.collect()))
        }
        Deed::Say => None,
    }
}

fn failed(sentence: &str) -> Message {
    let spans = vec![Span::Text("That did not work: ".to_owned()), Span::Text(format!("{sentence}."))];
    Message { spans, tone: Tone::Wrong, ..Message::default() }
}
