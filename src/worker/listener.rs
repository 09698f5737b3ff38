//! A listening script's turn: what waits for it is heard, in order, one run each. What it fails at stays first in line
//! and is tried again, but not for ever: then it is skipped, aloud, and the next is heard. Other scripts and rooms have
//! turns of their own, so a failing script delays nobody.
//!
//! What a script keeps and that it has heard are written in one commit, so its storage counts everything once. What it
//! does to the world outside it does at least once: a crash in the middle of a run has it run again.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::Hands;
use super::outbox::{WITHHELD, signalled};
use super::trouble::TurnError;
use crate::model::{Dest, ScriptName};
use crate::scripts::{Input, Script, ScriptTrouble};
use crate::store::{Finish, Leased, Said, Saying, Waiting};
use crate::trello::activity;

/// Looked at in one go.
const MOST: i64 = 100;

/// A script that fails as often at one thing has it skipped.
const FAILURES: i64 = 5;

/// How long a script is left alone after its failures at one thing, one after another.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30), Duration::from_secs(120)];

/// After so long a turn lets others have theirs.
const LONG: Duration = Duration::from_secs(10);

/// Scripts that hear at once: half of the runs that go on at once, so that commands are answered meanwhile, and few of
/// the worker's turns.
pub(super) const AT_ONCE: usize = 2;

/// Who finds no place looks again after this.
const SHORTLY: Duration = Duration::from_secs(1);

/// A file may be away for a moment while it is replaced. What waits for it waits so long.
const AWAY: Duration = Duration::from_secs(3600);
const LOOK_FOR: Duration = Duration::from_secs(60);

pub(super) async fn turn(hands: &Hands, turn: &Leased, name: &ScriptName) -> Result<Finish, TurnError> {
    let Ok(_place) = hands.listening.try_acquire() else {
        return Ok(Finish::Look { at: hands.store.now().await? + SHORTLY });
    };
    let ear = Ear { hands, turn, name, dest: Dest::Script(name.clone()) };
    let started = Instant::now();
    loop {
        let waiting = hands.store.waiting(&ear.dest, MOST).await?;
        if waiting.is_empty() {
            return Ok(Finish::Done);
        }
        for waiting in waiting {
            if let Some(finish) = ear.hear(&waiting).await? {
                return Ok(finish);
            }
            if started.elapsed() > LONG {
                return Ok(Finish::Look { at: hands.store.now().await? });
            }
        }
    }
}

/// A script that listens, and what waits for it.
struct Ear<'a> {
    hands: &'a Hands,
    turn: &'a Leased,
    name: &'a ScriptName,
    dest: Dest,
}

impl Ear<'_> {
    /// Has one thing heard, or done with. `Some`: the turn ends with it.
    async fn hear(&self, waiting: &Waiting) -> Result<Option<Finish>, TurnError> {
        let Hands { store, scripts, .. } = self.hands;
        // Its issue may have turned confidential since.
        if !store.waits(&waiting.id).await? {
            return Ok(None);
        }
        if let Some(signal) = &waiting.signal
            && store.is_withheld(signal).await?
        {
            return self.never(waiting, WITHHELD).await;
        }
        let Some(script) = scripts.find(self.name.as_str()).ok().flatten() else {
            return self.away(waiting).await;
        };
        let Some(event) = event(waiting) else {
            return self.never(waiting, "its words were not kept").await;
        };
        if !wants(&script, waiting, &event) {
            return self.never(waiting, "it does not listen to this any more").await;
        }
        if waiting.tries >= FAILURES {
            return self.skip(waiting, "it was run as often, and the bridge did not see the end").await;
        }
        let place = match scripts.enter(&script).await {
            Ok(place) => place,
            Err(_) => return Ok(Some(Finish::Look { at: store.now().await? + SHORTLY })),
        };
        store.try_saying(self.turn, &waiting.id).await?;
        let kept = store.storage(self.name.as_str()).await?;
        let storage = kept.document.clone();
        let input = Input { command: self.name.to_string(), event: Some(event), storage, ..Input::default() };
        match place.run(&input).await {
            Ok(output) => {
                let (turn, dest, id) = (self.turn, &self.dest, &waiting.id);
                match &output.storage {
                    Some(after) => store.settle_heard(turn, dest, id, (&kept, after)).await?,
                    None => store.settle(turn, dest, &Saying { id, parts: &[] }, Said::Told, "").await?,
                }
                Ok(None)
            }
            Err(trouble) => self.failed(waiting, &trouble).await,
        }
    }

    async fn failed(&self, waiting: &Waiting, trouble: &ScriptTrouble) -> Result<Option<Finish>, TurnError> {
        let pause = usize::try_from(waiting.tries).ok().and_then(|tries| PAUSES.get(tries));
        let Some(pause) = pause else {
            return self.skip(waiting, &trouble.sentence).await;
        };
        let at = self.hands.store.now().await? + *pause;
        let reason = trouble.sentence.clone();
        Ok(Some(Finish::Again { at, not_before: true, waits_for: None, reason }))
    }

    async fn skip(&self, waiting: &Waiting, why: &str) -> Result<Option<Finish>, TurnError> {
        let what = waiting.message.plain();
        tracing::error!(script = %self.name, what, why, "it failed {FAILURES} times at one thing, which is skipped");
        self.never(waiting, &format!("it failed {FAILURES} times: {why}")).await
    }

    async fn away(&self, waiting: &Waiting) -> Result<Option<Finish>, TurnError> {
        let now = self.hands.store.now().await?;
        if now.since(waiting.since) > AWAY {
            return self.never(waiting, "there is no such script any more").await;
        }
        Ok(Some(Finish::Look { at: now + LOOK_FOR }))
    }

    async fn never(&self, waiting: &Waiting, why: &str) -> Result<Option<Finish>, TurnError> {
        let saying = Saying { id: &waiting.id, parts: &[] };
        self.hands.store.settle(self.turn, &self.dest, &saying, Said::Never, why).await?;
        Ok(None)
    }
}

/// What a script is handed: the action as Trello told it, or the change that the bridge made.
fn event(waiting: &Waiting) -> Option<Value> {
    match &waiting.signal {
        Some(signal) => Some(signalled(&waiting.id, signal)),
        None => serde_json::from_str(waiting.payload.as_deref()?).ok(),
    }
}

/// It may have been changed since it was decided that it hears this.
fn wants(script: &Script, waiting: &Waiting, event: &Value) -> bool {
    match &waiting.signal {
        Some(_) => script.hears_changes(),
        None => activity(event.clone()).is_ok_and(|activity| script.hears(&activity)),
    }
}

impl Hands {
    /// The scripts that are there now and hear activities.
    pub(super) fn ears(&self) -> Vec<Script> {
        let listeners = self.scripts.listeners().into_iter().map(|(script, _)| script);
        listeners.filter(Script::hears_activities).collect()
    }

    /// Who is told now of the changes that the bridge makes: rooms that are configured so, and scripts.
    pub(super) fn told_of_changes(&self) -> Vec<Dest> {
        let rooms = self.rooms.values().map(crate::chat::Chat::room).filter(|room| room.changes);
        let mut told: Vec<Dest> = rooms.map(|room| Dest::Room(room.name.clone())).collect();
        let scripts = self.scripts.listeners().into_iter().filter(|(script, _)| script.hears_changes());
        told.extend(scripts.filter_map(|(script, _)| script.name.parse().ok().map(Dest::Script)));
        told.sort_unstable();
        told
    }
}
