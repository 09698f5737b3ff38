//! A board's turn. Its feed is read when its time has come: what happened since the last look is kept, marks the issues
//! of its cards where a route is two-way, and is told where the board is relayed (`telling`). Trello's webhooks may be
//! faster; the feed is true.
//!
//! One call a board and look: `GET /batch` counts every call in it, so it would save none; and a board's
//! `dateLastActivity`, which one call tells of all boards, is nowhere said to move with every kind of action, so a look
//! that relied on it might miss some. A quiet board is looked at more seldom instead.

use std::time::Duration;

use super::arrivals::arrivals;
use super::boards::{Place, RouteBoard, board_scope, neighbour};
use super::making::trouble_with;
use super::telling::{self, ALIVE, Wish};
use super::trouble::TurnError;
use super::{Hands, watch};
use crate::model::{AccountName, ActionId, BoardId, Key, Micros};
use crate::store::{Ask, Finish, Found, HOLD, Heard, Kept, OVERLAP, Reach, Source};
use crate::sync::rules::Route;
use crate::trello::{FeedAction, Trello};

/// What is kept of a board when it is first looked at.
const FIRST: usize = 50;

/// A webhook tells of an action within this, unless it got lost.
const LATE: Duration = Duration::from_secs(10);

/// After so many looks that found nothing a board is looked at half as often, after twice as many a quarter.
const QUIET: u32 = 20;

pub(super) async fn turn(hands: &Hands, account: &AccountName, board: &str) -> Result<Finish, TurnError> {
    let route = hands.routes.iter().find(|route| follows(route, account, board));
    let Some(trello) = hands.accounts.get(account).filter(|_| is_followed(hands, account, board)) else {
        return unfollowed(hands, account, board).await;
    };
    let key = Key::Board(account.clone(), board.to_owned());
    let feed = Feed { hands, trello, board, route, key };
    // What webhooks told is told even where Trello's API is down.
    if let Some(id) = hands.store.board_of(&feed.key).await? {
        telling::tell(hands, &id, Wish::default()).await?;
    }
    let (id, look) = feed.look().await?;
    watch::want(hands, account, &id).await?;
    telling::tell(hands, &id, Wish::default()).await?;
    let held = hands.store.next_held(&id).await?;
    Ok(Finish::Look { at: held.map_or(look, |due| due.min(look)) })
}

/// A board that neither route nor relay names may be watched all the same: what its webhook told is for scripts that
/// listen.
async fn unfollowed(hands: &Hands, account: &AccountName, board: &str) -> Result<Finish, TurnError> {
    let known = hands.store.board_of(&Key::Board(account.clone(), board.to_owned())).await?;
    let Some(id) = known.or_else(|| board.parse().ok()) else { return Ok(Finish::Done) };
    telling::tell(hands, &id, Wish::default()).await?;
    let held = hands.store.next_held(&id).await?;
    Ok(held.map_or(Finish::Done, |at| Finish::Look { at }))
}

/// Whether what happens on a board is anybody's business; the board as keys name it.
pub(super) fn is_followed(hands: &Hands, account: &AccountName, board: &str) -> bool {
    let is_relayed = || hands.relays.iter().any(|relay| relay.account == *account && relay.board == board);
    hands.routes.iter().any(|route| follows(route, account, board)) || is_relayed()
}

/// Whether what happens on a board is carried into GitLab by this route.
fn follows(route: &Route, account: &AccountName, board: &str) -> bool {
    is_two_way(route) && route.account == *account && Place::of_route(route).name() == board
}

fn is_two_way(route: &Route) -> bool {
    route.fields.any_from_trello()
}

/// A board's feed, as one key looks at it.
struct Feed<'a> {
    hands: &'a Hands,
    trello: &'a Trello,
    board: &'a str,
    route: Option<&'a Route>,
    key: Key,
}

/// When a board is to be looked at next, and how many looks in a row have found nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Pace {
    next: Micros,
    quiet: u32,
}

impl Pace {
    fn read(place: Option<&str>) -> Self {
        let parts = place.and_then(|place| place.split_once(' '));
        let parsed = parts.and_then(|(next, quiet)| Some((next.parse().ok()?, quiet.parse().ok()?)));
        parsed.map_or_else(Pace::default, |(next, quiet)| Pace { next: Micros(next), quiet })
    }

    fn after(self, found: bool, poll: Duration, now: Micros) -> Self {
        let quiet = if found { 0 } else { self.quiet.saturating_add(1) };
        Pace { next: now + poll * factor(quiet), quiet }
    }

    fn written(self) -> String {
        format!("{} {}", self.next.0, self.quiet)
    }
}

/// How many spans to wait after so many looks that found nothing.
fn factor(quiet: u32) -> u32 {
    match quiet / QUIET {
        0 => 1,
        1 => 2,
        _ => 4,
    }
}

impl Feed<'_> {
    /// Reads the feed if its time has come, or somebody asks. Gives the board's id, and when to look next.
    async fn look(&self) -> Result<(BoardId, Micros), TurnError> {
        let store = &self.hands.store;
        let pace = Pace::read(store.next_look(&self.key).await?.as_deref());
        let ask = store.asked(&self.key).await?;
        let now = store.now().await?;
        if now < pace.next && ask.is_none() {
            return Ok((self.id().await?, pace.next));
        }
        let id = self.id().await?;
        let (since, new) = self.read(&id).await?;
        self.hands.heard(&neighbour(self.trello)).await;
        let pace = pace.after(new > 0, self.hands.spans.poll, now);
        store.keep_next_look(&self.key, &pace.written()).await?;
        if let Some(Ask { id: asker, mute, .. }) = ask {
            telling::tell(self.hands, &id, Wish { at_once: true, mute: mute.as_ref() }).await?;
            store.answer(&self.key, &Found { id: asker, since, new }).await?;
        }
        Ok((id, pace.next))
    }

    /// The board's id. Where a route lives there, its lists and cards are read along with it.
    async fn id(&self) -> Result<BoardId, TurnError> {
        let Some(route) = self.route else {
            return relayed(self.hands, self.trello, self.board).await;
        };
        RouteBoard::open(self.hands, self.trello, Place::of_route(route)).await?.id().await
    }

    /// Reads what happened since the last look, a minute of overlap included, and keeps what is new. Gives from when on
    /// it read, and how much was new.
    async fn read(&self, id: &BoardId) -> Result<(Micros, usize), TurnError> {
        let store = &self.hands.store;
        let trouble = |trouble| trouble_with(self.trello, trouble);
        let from = store.feed_read(id).await?;
        let Some(read) = (match from {
            Some(from) => Some(from),
            None => self.read_before(id).await?,
        }) else {
            return self.read_first(id).await;
        };
        self.follow_from_now(id).await?;
        let since = read - OVERLAP;
        let actions = self.trello.actions_since(id, since).await.map_err(trouble)?;
        let now = store.now().await?;
        let newest = actions.iter().map(|(activity, _)| activity.at).max().unwrap_or(read).max(read);
        let new = self.keep(id, actions, Some(now), Reach { from, to: newest }).await?;
        self.count_recovered(id, &new, now).await?;
        tracing::debug!(board = %id, new = new.len(), "read a board's feed");
        Ok((since, new.len()))
    }

    /// What the board's live watch should have told long ago, and did not.
    async fn count_recovered(&self, id: &BoardId, new: &[ActionId], now: Micros) -> Result<(), TurnError> {
        let store = &self.hands.store;
        let recovered = new.iter().filter(|action| action.made() + LATE < now).count();
        if recovered > 0 && store.is_watched(id, now - ALIVE).await? {
            let all = store.add_recovered(recovered).await?;
            tracing::warn!(board = %id, recovered, all, "recovered what the board's webhook had not told");
        }
        Ok(())
    }

    /// The first look begins now: nothing old is told, and what stands on the cards is compared when their issues have
    /// a turn. The newest actions are kept, so that the next look knows them.
    async fn read_first(&self, id: &BoardId) -> Result<(Micros, usize), TurnError> {
        self.follow_from_now(id).await?;
        let trouble = |trouble| trouble_with(self.trello, trouble);
        let mut actions = self.trello.newest_actions(id, FIRST).await.map_err(trouble)?;
        let newest = actions.iter().map(|(activity, _)| activity.at).max().unwrap_or_default();
        let oldest = actions.iter().map(|(activity, _)| activity.at).min().unwrap_or_default();
        if actions.len() >= FIRST && oldest >= newest - OVERLAP {
            actions = self.trello.actions_since(id, newest - OVERLAP).await.map_err(trouble)?;
        }
        let newest = actions.iter().map(|(activity, _)| activity.at).max().unwrap_or(newest);
        self.keep(id, actions, None, Reach { from: None, to: newest }).await?;
        Ok((newest, 0))
    }

    /// A board may have been looked at before any route carried what happens there into GitLab, and by another name.
    async fn follow_from_now(&self, id: &BoardId) -> Result<(), TurnError> {
        let store = &self.hands.store;
        let scope = format!("follow/{id}");
        let is_followed = self.hands.routes_of(id).await?.into_iter().any(is_two_way);
        match (is_followed, store.cursor(&scope).await?.is_some_and(|since| !since.is_empty())) {
            (true, false) => {
                store.stir_board(id).await?;
                store.set_cursor(&scope, &store.now().await?.to_string()).await?;
            }
            (false, true) => store.set_cursor(&scope, "").await?,
            _ => {}
        }
        Ok(())
    }

    /// How far earlier versions had read the feed: they kept the id of the last action.
    async fn read_before(&self, id: &BoardId) -> Result<Option<Micros>, TurnError> {
        let last = self.hands.store.cursor(&format!("feed/{id}")).await?;
        Ok(last.and_then(|last| last.parse::<ActionId>().ok()).map(|last| last.made()))
    }

    /// Keeps actions, oldest first; `now`: they are told once they have been held. Gives those that were new.
    async fn keep(
        &self,
        id: &BoardId,
        actions: Vec<FeedAction>,
        now: Option<Micros>,
        reach: Reach,
    ) -> Result<Vec<ActionId>, TurnError> {
        // By whatever key the board is looked at, it is looked at once: the feed is read to there for all of them.
        let routes = self.hands.routes_of(id).await?;
        let arrivals = arrivals(self.hands, &routes, &actions, reach.to).await?;
        // Who is told is decided when it is judged: scripts come and go.
        let due = |at: Micros| now.map(|now| now.min(at) + HOLD);
        let mut kept: Vec<Kept> = actions
            .into_iter()
            .map(|(activity, action)| Kept { due: due(activity.at), payload: action.to_string(), activity })
            .collect();
        kept.sort_by(|one, other| (one.activity.at, &one.activity.id).cmp(&(other.activity.at, &other.activity.id)));
        let follow = routes.into_iter().any(is_two_way) && now.is_some();
        let heard = Heard { board: id, source: Source::Feed, kept, reach: Some(reach), follow, arrivals };
        Ok(self.hands.store.keep_activities(&heard).await?)
    }
}

impl Hands {
    /// The routes that carry what happens on a board into GitLab, in written order, by whatever account and name. One whose
    /// board cannot be had has none, and its own turns say so.
    async fn routes_of(&self, board: &BoardId) -> Result<Vec<&Route>, TurnError> {
        let mut routes = Vec::new();
        for route in self.routes.iter().filter(|route| route.fields.any_from_trello()) {
            let Some(trello) = self.accounts.get(&route.account) else { continue };
            let is_it = match self.board_of(trello, route).await {
                Err(TurnError::Neighbour(_, trouble)) if trouble.is_lasting() => false,
                found => found? == *board,
            };
            routes.extend(is_it.then_some(route));
        }
        Ok(routes)
    }

    async fn board_of(&self, trello: &Trello, route: &Route) -> Result<BoardId, TurnError> {
        let place = Place::of_route(route);
        let known = match place {
            Place::Board(name) => self.store.pin(&board_scope(trello.account()), name).await?,
            // A list may be moved to another board.
            Place::OfList(_) => None,
        };
        match known.and_then(|id| id.parse().ok()) {
            Some(id) => Ok(id),
            None => RouteBoard::open(self, trello, place).await?.id().await,
        }
    }
}

/// The id of a board that is relayed, looked up where it is not known yet.
pub(super) async fn relayed(hands: &Hands, trello: &Trello, name: &str) -> Result<BoardId, TurnError> {
    let scope = board_scope(trello.account());
    if let Some(id) = hands.store.pin(&scope, name).await?.and_then(|id| id.parse().ok()) {
        return Ok(id);
    }
    let board =
        trello.board(name).await.map_err(|trouble| trouble_with(trello, super::boards::no_board(trouble, name)))?;
    hands.store.set_pin(&scope, name, board.id.as_str()).await?;
    Ok(board.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_board_is_looked_at_ever_more_seldom_and_at_once_as_before_when_something_happens() {
        let poll = Duration::from_secs(30);
        let mut pace = Pace::default();
        let waits: Vec<u64> = (0..50)
            .map(|_| {
                pace = pace.after(false, poll, Micros(0));
                pace.next.since(Micros(0)).as_secs()
            })
            .collect();
        assert_eq!((waits[0], waits[18], waits[19], waits[38], waits[39], waits[49]), (30, 30, 60, 60, 120, 120));
        assert_eq!(pace.after(true, poll, Micros(0)).next.since(Micros(0)), poll);
    }

    #[test]
    fn a_pace_is_read_back_as_it_was_written() {
        let pace = Pace { next: Micros(7), quiet: 3 };
        assert_eq!(Pace::read(Some(&pace.written())).written(), "7 3");
        assert_eq!(Pace::read(Some("x")).written(), "0 0");
    }
}
