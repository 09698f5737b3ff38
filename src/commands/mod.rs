//! What people ask and wish from chat: read, looked up on their boards, and answered with a message. The one thing to
//! know: nothing is changed here. What somebody wants changed is written down as a wish and carried out in a turn; here
//! it is only waited for, and not for long.

#![expect(clippy::result_large_err, reason = "what is said instead of an answer is made once a question")]

mod ask;
mod change;
mod day;
mod integrations;
mod known;
mod may;
mod parse;
mod pick;
mod read;
mod say;
mod seen;
mod view;
mod words;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use ask::{Ask, Person};
pub use known::{KnownBoard, Place};
pub use parse::{Typed, is_name, is_own};

use crate::clock::Clock;
use crate::model::{AccountName, Deed, Key, Message, Tone, Wish, WishId};
use crate::scripts::Scripts;
use crate::store::{NewWish, Store, StoreError};
use crate::trello::Trello;
use known::Boards;
use parse::{Asked, Command};

/// What answering needs.
#[derive(Debug)]
pub struct Setup {
    /// Where wishes are written down.
    pub store: Store,
    /// Tells which day it is.
    pub clock: Clock,
    /// Trello, as every account sees it.
    pub accounts: Vec<Trello>,
    /// The boards that people can ask about.
    pub boards: Vec<KnownBoard>,
    /// A team's own.
    pub scripts: Scripts,
    /// GitLab can be written to.
    pub opens_issues: bool,
    /// A request is answered within this, come what may.
    pub patience: Duration,
}

/// Answers what people ask. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Commands(Arc<Desk>);

/// The inside of [`Commands`].
#[derive(Debug)]
struct Desk {
    store: Store,
    clock: Clock,
    accounts: HashMap<AccountName, Trello>,
    boards: Boards,
    scripts: Scripts,
    opens_issues: bool,
    patience: Duration,
    /// Answers that are told later.
    late: Mutex<JoinSet<()>>,
}

/// What came of a question.
enum Reply {
    /// Its answer.
    Said(Message),
    /// It is a wish, and was written down.
    Wished(WishId),
    /// There is nothing to say.
    Nothing,
}

/// What came of a question, or else what is said instead of an answer: that something was not understood, or failed.
type Answered<T> = Result<T, Message>;

impl Commands {
    /// Everything put together.
    pub fn new(setup: Setup) -> Self {
        let Setup { store, clock, accounts, boards, scripts, opens_issues, patience } = setup;
        let accounts = accounts.iter().map(|trello| (trello.account().clone(), trello.first_in_line())).collect();
        let (boards, late) = (Boards::new(boards), Mutex::default());
        Commands(Arc::new(Desk { store, clock, accounts, boards, scripts, opens_issues, patience, late }))
    }

    /// Answers, within the patience of whoever asks. What takes longer is told later, where it was asked. `None`: there is
    /// nothing to say.
    pub async fn answer(&self, ask: Ask) -> Option<Message> {
        let until = Instant::now() + self.0.patience;
        let (desk, ask) = (Arc::clone(&self.0), Arc::new(ask));
        let mut work = tokio::spawn({
            let (desk, ask) = (Arc::clone(&desk), Arc::clone(&ask));
            async move { desk.consider(&ask).await }
        });
        Some(match tokio::time::timeout_at(until, &mut work).await {
            Ok(Ok(Ok(Reply::Nothing))) => return None,
            Ok(Ok(Ok(Reply::Wished(wish)))) => desk.wait_for(&wish, until).await,
            Ok(Ok(Ok(Reply::Said(message)) | Err(message))) => message,
            Ok(Err(error)) => broken(&error),
            Err(_) => {
                let mut late = self.0.late.lock().await;
                while late.try_join_next().is_some() {}
                late.spawn(async move { desk.follow_up(&ask, work.await).await });
                say::sentence("On it; the answer comes here as soon as I have it. If it does not, please ask again.")
            }
        })
    }

    /// Waits until everything that is to be told later has been written down.
    pub async fn finish(&self) {
        let mut late = std::mem::take(&mut *self.0.late.lock().await);
        while late.join_next().await.is_some() {}
    }
}

impl Desk {
    /// Understands what was asked, and answers it or writes it down.
    async fn consider(&self, ask: &Ask) -> Answered<Reply> {
        // Sent again, it is not looked up again: the board has changed since.
        if let Some(dedupe) = ask.dedupe()
            && let Some(wish) = self.store.wish_named(&dedupe).await.map_err(|error| away(&error))?
        {
            return Ok(Reply::Wished(wish));
        }
        let readings = parse::readings(&ask.typed);
        for asked in &readings {
            match parse::command(asked) {
                Some(Ok(command)) => return self.obey(ask, asked, command).await,
                Some(Err(incomplete)) => return Err(say::usage(incomplete.0)),
                None => {}
            }
            if let Some(script) = self.script(asked) {
                return self.run(ask, asked, &script).await;
            }
        }
        Err(say::unknown(readings.last()))
    }

    async fn obey(&self, ask: &Ask, asked: &Asked, command: Command) -> Answered<Reply> {
        if parse::usage_of(&asked.word).is_some_and(|usage| usage.changes) {
            may::change(&ask.room.commands.may, ask.person.as_ref()).map_err(say::sentence)?;
        }
        match command {
            Command::Help => Ok(Reply::Said(self.help(ask))),
            Command::Boards => self.boards(ask).await.map(Reply::Said),
            Command::Lists(board) => self.lists(ask, board.as_deref()).await.map(Reply::Said),
            Command::List(list) => self.list(ask, list.as_deref()).await.map(Reply::Said),
            Command::Card(card) => self.card(ask, &card).await.map(Reply::Said),
            Command::Find(words) => self.find(ask, &words).await.map(Reply::Said),
            Command::Mine(person) => self.mine(ask, person.as_deref()).await.map(Reply::Said),
            Command::Status => self.status(ask).await.map(Reply::Said),
            Command::New(titled) => self.new_card(ask, titled).await,
            Command::Issue(titled) => self.new_issue(ask, titled).await,
            Command::Move(card, list) => self.move_card(ask, &card, &list).await,
            Command::Done(card) => self.done(ask, &card).await,
            Command::Assign(card, person) => self.assign(ask, &card, &person).await,
            Command::Comment(card, text) => self.comment(ask, &card, &text).await,
            Command::Due(card, day) => self.due(ask, &card, &day).await,
            Command::Watch => self.mute(ask, false).await.map(Reply::Said),
            Command::Mute => self.mute(ask, true).await.map(Reply::Said),
        }
    }

    /// Waits for a wish to come true, and else says that it will.
    async fn wait_for(&self, wish: &WishId, until: Instant) -> Message {
        let ended = match self.store.wish_ends(wish, until).await {
            Ok(ended) => ended,
            Err(error) => return away(&error),
        };
        let Some(answer) = ended else {
            return say::sentence("Written down, and on its way; how it ends is told here.");
        };
        // Where this fails it is told a second time, which is better than not at all.
        if let Err(error) = self.store.tell_wish(wish).await {
            tracing::warn!(%wish, %error, "that a wish's end was told could not be written down");
        }
        answer
    }

    /// An answer that came too late for its request is told as the end of a wish is, so that it survives what a wish does.
    /// A wish's own end is told by its turn.
    async fn follow_up(&self, ask: &Ask, answer: Result<Answered<Reply>, tokio::task::JoinError>) {
        let message = match answer {
            Ok(Ok(Reply::Wished(_) | Reply::Nothing)) => return,
            Ok(Ok(Reply::Said(message)) | Err(message)) => message,
            Err(error) => broken(&error),
        };
        let wish = Wish { deed: Deed::Say, said: message.clone() };
        if let Err(error) = self.write_down(ask, &wish, None, Some(&message)).await {
            tracing::error!(room = %ask.room.name, %error, "a late answer could not be written down, so it is not told");
        }
    }

    /// Writes a wish down. `key`: whose turn carries it out, where that is not its own.
    async fn write_down(
        &self,
        ask: &Ask,
        wish: &Wish,
        key: Option<Key>,
        answer: Option<&Message>,
    ) -> Result<WishId, StoreError> {
        let id = WishId::from(uuid::Uuid::now_v7());
        let dedupe = ask.dedupe().filter(|_| answer.is_none()).unwrap_or_else(|| id.to_string());
        let key = key.unwrap_or_else(|| Key::Wish(id.clone()));
        let (room, reply_to) = (&ask.room.name, ask.reply_to.as_ref());
        self.store.add_wish(&NewWish { id: &id, dedupe: &dedupe, key: &key, room, wish, reply_to, answer }).await
    }
}

fn away(error: &StoreError) -> Message {
    tracing::error!(%error, "a question from chat could not be answered");
    wrong("My memory cannot be reached; nothing was changed. Please ask again in a while.")
}

fn broken(error: &dyn std::fmt::Display) -> Message {
    tracing::error!(%error, "answering a question from chat broke off");
    wrong("Something broke while I looked at that; the log says what.")
}

fn wrong(text: &str) -> Message {
    Message { tone: Tone::Wrong, ..say::sentence(text) }
}
