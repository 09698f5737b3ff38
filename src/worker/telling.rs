//! What happened on a board is judged: which room is told of it, in which words, which of a team's scripts hear of it,
//! and why the others do not. Each activity once, in the order in which they happened.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::Hands;
use super::boards::board_scope;
use super::making::trouble_with;
use super::trouble::TurnError;
use crate::model::{AccountName, Activity, BoardId, CardId, Dest, MemberId, Message, Micros, RoomName};
use crate::relay::{self, Relay, Scene, Verdict, word};
use crate::scripts::Script;
use crate::store::{Decision, Held, Judged};
use crate::trello::{BoardLabel, activity};

/// A watch that has told something within this is alive.
pub(super) const ALIVE: Duration = Duration::from_secs(86_400);

/// Activities judged in one commit at most.
const STEP: i64 = 200;

/// What a turn that polls at once asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wish<'a> {
    /// Nothing is held any longer.
    pub(super) at_once: bool,
    /// This room is not told.
    pub(super) mute: Option<&'a RoomName>,
}

/// Judges what has been held long enough.
pub(super) async fn tell(hands: &Hands, board: &BoardId, wish: Wish<'_>) -> Result<(), TurnError> {
    loop {
        let until = if wish.at_once { Micros(i64::MAX) } else { hands.store.now().await? };
        let held = hands.store.held(board, until, STEP).await?;
        if held.is_empty() {
            return Ok(());
        }
        let relays = hands.relays_of(board).await?;
        let mut judge = Judge { ears: hands.ears(), mute: wish.mute, ..Judge::new(hands, board, relays).await? };
        let mut judged = Vec::with_capacity(held.len());
        for held in held {
            judged.push(judge.of(held).await?);
        }
        hands.store.judge(&judged).await?;
    }
}

/// What a relay would say of activities, oldest first, in the circumstances of now. Writes and tells nothing.
pub(super) async fn preview<'a>(
    hands: &Hands,
    board: &BoardId,
    relay: &Relay,
    activities: impl Iterator<Item = &'a Activity>,
) -> Result<Vec<(&'a Activity, Verdict)>, TurnError> {
    let mut judge = Judge::new(hands, board, vec![relay]).await?;
    let mut verdicts = Vec::new();
    for activity in activities {
        let mut whole = activity.clone();
        let scene = judge.scene(&mut whole).await?;
        verdicts.push((activity, relay::judge(&whole, relay, scene)));
    }
    Ok(verdicts)
}

/// Why nobody is told of what no reader understands.
const UNREADABLE: &str = "it cannot be read";

/// Whether a script hears of an activity. It is given the action itself; the words are for people who look at the outbox.
fn heard(script: &Script, activity: &Activity) -> Result<Message, String> {
    match script.hears(activity) {
        true => Ok(word(activity).unwrap_or_else(|| Message::text(&*activity.kind))),
        false => Err(format!("it hears {}", script.hears.join(", "))),
    }
}

/// Judges the activities of one board.
struct Judge<'a> {
    hands: &'a Hands,
    board: &'a BoardId,
    relays: Vec<&'a Relay>,
    /// The scripts that are there now and hear activities.
    ears: Vec<Script>,
    watched: bool,
    mute: Option<&'a RoomName>,
    /// Rooms in which somebody has said `mute`.
    muted: Vec<RoomName>,
    labels: HashMap<CardId, Value>,
    /// Who made the cards whose making was among these activities.
    makers: HashMap<CardId, MemberId>,
}

impl<'a> Judge<'a> {
    /// Who tells every room and no script.
    async fn new(hands: &'a Hands, board: &'a BoardId, relays: Vec<&'a Relay>) -> Result<Self, TurnError> {
        let watched = hands.store.is_watched(board, hands.store.now().await? - ALIVE).await?;
        let muted = hands.muted(&relays).await?;
        let (labels, makers) = (HashMap::new(), HashMap::new());
        Ok(Judge { hands, board, relays, ears: Vec::new(), watched, mute: None, muted, labels, makers })
    }

    async fn of(&mut self, held: Held) -> Result<Judged, TurnError> {
        let action = serde_json::from_str(&held.payload).unwrap_or(Value::Null);
        let Ok(mut activity) = activity(action) else {
            let decisions = self.for_all(|_| Err(UNREADABLE.to_owned()), |_| Err(UNREADABLE.to_owned()));
            return Ok(Judged { at: held.id.made(), id: held.id, card: None, decisions });
        };
        let scene = self.scene(&mut activity).await?;
        let room = |room: &RoomName| {
            let told = || self.judge_for(room, &activity, scene);
            match self.mute == Some(room) {
                true => Err("asked not to".to_owned()),
                false if self.muted.contains(room) => Err("muted in the room".to_owned()),
                false => told(),
            }
        };
        let decisions = self.for_all(room, |script| heard(script, &activity));
        Ok(Judged { id: activity.id, at: activity.at, card: activity.card, decisions })
    }

    /// What is known about an activity; where a filter asks for its card's labels, they are put in.
    async fn scene(&mut self, activity: &mut Activity) -> Result<Scene, TurnError> {
        if self.relays.iter().any(|relay| relay.filter.needs_labels()) {
            self.look_at_labels(activity).await?;
        }
        let ours = self.is_ours(activity).await?;
        Ok(Scene { watched: self.watched, ours, maker: ours || self.is_maker(activity) })
    }

    /// One decision for each room that hears of the board, and for each script.
    fn for_all(
        &self,
        told: impl Fn(&RoomName) -> Result<Message, String>,
        heard: impl Fn(&Script) -> Result<Message, String>,
    ) -> Vec<Decision> {
        let mut rooms: Vec<&RoomName> = self.relays.iter().flat_map(|relay| &relay.rooms).collect();
        rooms.sort_unstable();
        rooms.dedup();
        let rooms = rooms.into_iter().map(|room| Decision { dest: Dest::Room(room.clone()), said: told(room) });
        let scripts = self.ears.iter().filter_map(|script| {
            let dest = Dest::Script(script.name.parse().ok()?);
            Some(Decision { dest, said: heard(script) })
        });
        rooms.chain(scripts).collect()
    }

    /// Where several relays lead to a room, the first that tells is heard; else the first one's reason stands.
    fn judge_for(&self, room: &RoomName, activity: &Activity, scene: Scene) -> Result<Message, String> {
        let mut why = None;
        for relay in self.relays.iter().filter(|relay| relay.rooms.contains(room)) {
            match relay::judge(activity, relay, scene) {
                Verdict::Tell(message) => return Ok(*message),
                Verdict::TellPlainly(message, failed) => {
                    tracing::warn!(%room, activity = %activity.id, %failed, "a template did not work; told plainly");
                    return Ok(*message);
                }
                Verdict::Silent(silence) => why = why.or(Some(silence.to_string())),
            }
        }
        Err(why.unwrap_or_default())
    }

    /// Whether who did it made the card, too. Where its making was judged earlier nobody knows any more, and what came
    /// with the card is told once more often than it need be.
    fn is_maker(&mut self, activity: &Activity) -> bool {
        let (Some(card), Some(actor)) = (&activity.card, &activity.actor) else { return false };
        if activity.kind == "createCard" {
            self.makers.insert(card.clone(), actor.id.clone());
        }
        self.makers.get(card) == Some(&actor.id)
    }

    /// Whether the bridge itself did it. The token may be a person's, who does things by hand too: those name no app.
    /// Another app that a person gave the same member's token works on other cards than ours.
    async fn is_ours(&self, activity: &Activity) -> Result<bool, TurnError> {
        let (Some(_), Some(actor)) = (&activity.app, &activity.actor) else { return Ok(false) };
        let mut is_me = false;
        for account in self.relays.iter().map(|relay| &relay.account) {
            is_me = is_me || self.hands.me(account).await? == actor.id.as_str();
        }
        match &activity.card {
            // Whose card is gone, we have forgotten it.
            Some(_) if activity.kind == "deleteCard" => Ok(is_me),
            Some(card) if is_me => {
                Ok(self.hands.store.issue_of(card).await?.is_some() || self.may_be_made(activity).await?)
            }
            _ => Ok(is_me),
        }
    }

    /// A card that was made in a call that got no answer is nobody's until it is found.
    async fn may_be_made(&self, activity: &Activity) -> Result<bool, TurnError> {
        match &activity.board {
            Some(board) if activity.kind == "createCard" => Ok(self.hands.store.makes_cards(board).await?),
            _ => Ok(false),
        }
    }

    /// Actions do not say which labels the card has. A filter that asks for them has the card looked at, once.
    async fn look_at_labels(&mut self, activity: &mut Activity) -> Result<(), TurnError> {
        let Some(card) = activity.card.clone() else { return Ok(()) };
        let found = match self.labels.get(&card) {
            Some(found) => found.clone(),
            None => {
                let found = self.labels_of(&card).await?;
                self.labels.entry(card).or_insert(found).clone()
            }
        };
        if let Some(said) = activity.data.get_mut("card").and_then(Value::as_object_mut) {
            said.insert("labels".to_owned(), found);
        }
        Ok(())
    }

    async fn labels_of(&self, card: &CardId) -> Result<Value, TurnError> {
        let Some(trello) = self.relays.iter().find_map(|relay| self.hands.accounts.get(&relay.account)) else {
            return Ok(Value::Null);
        };
        let found = match trello.card(card).await {
            // It may have been moved to where the token's member is not; that must not silence the board. A token that
            // reads nothing at all is another matter.
            Err(trouble) if trouble.is_lasting() => {
                trello.board(self.board.as_str()).await.map_err(|trouble| trouble_with(trello, trouble))?;
                tracing::info!(%card, %trouble, "the labels of a card cannot be read");
                None
            }
            found => found.map_err(|trouble| trouble_with(trello, trouble))?,
        };
        let label = |label: BoardLabel| json!({ "id": label.id.as_str(), "name": label.name });
        Ok(found.map(|card| card.labels.into_iter().map(label).collect()).unwrap_or(Value::Null))
    }
}

impl Hands {
    async fn muted(&self, relays: &[&Relay]) -> Result<Vec<RoomName>, TurnError> {
        let mut muted = Vec::new();
        for room in relays.iter().flat_map(|relay| &relay.rooms) {
            if self.store.is_muted(room).await? {
                muted.push(room.clone());
            }
        }
        Ok(muted)
    }

    /// The relays of a board, in written order, by whatever account and name.
    pub(super) async fn relays_of(&self, board: &BoardId) -> Result<Vec<&Relay>, TurnError> {
        let mut relays = Vec::new();
        for relay in &self.relays {
            let is_it = relay.board == board.as_str()
                || self.store.pin(&board_scope(&relay.account), &relay.board).await?.as_deref() == Some(board.as_str());
            relays.extend(is_it.then_some(relay));
        }
        Ok(relays)
    }

    /// The id of the member whose token an account has; asked for once.
    async fn me(&self, account: &AccountName) -> Result<String, TurnError> {
        let mut known = self.members.lock().await;
        if let Some(id) = known.get(account) {
            return Ok(id.clone());
        }
        let Some(trello) = self.accounts.get(account) else { return Ok(String::new()) };
        let id = trello.me().await.map_err(|trouble| trouble_with(trello, trouble))?.id;
        known.insert(account.clone(), id.clone());
        Ok(id)
    }
}
