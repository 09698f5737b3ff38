//! `GET /relay/{board}/{room}`: looks at a board at once and waits for what is found, for whoever has a scheduler of
//! their own, as the first origin was used. `?no-publish` looks and tells the room nothing; `?test` tells it what is found,
//! and of the newest five activities again what it was told before.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::path::decoded;
use super::{bearer, refusal};
use crate::model::{AccountName, Dest, Key, RoomName, Secret};
use crate::store::{Ask, Found, Store, StoreError};

/// Between two looks whether the turn has ended.
const BREATH: Duration = Duration::from_millis(50);

/// How many activities `?test` tells again.
const TEST: i64 = 5;

/// A board that is relayed.
#[derive(Clone, Debug)]
pub struct RelayedBoard {
    /// The account that looks at it.
    pub account: AccountName,
    /// As the configuration names it.
    pub name: String,
    /// Where it is told.
    pub rooms: Vec<RoomName>,
}

/// What the door needs.
#[derive(Debug)]
pub struct RelayDoor {
    /// Who has it may come in; `None`: nobody.
    pub token: Option<Secret>,
    /// The boards, in written order.
    pub boards: Vec<RelayedBoard>,
    /// Where the turn is asked for, and answers.
    pub store: Store,
    /// So long the turn is waited for.
    pub patience: Duration,
}

pub(super) fn filter(door: Arc<RelayDoor>) -> BoxedFilter<(Response,)> {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::path!("relay" / String / String)
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .and(query)
        .then(move |board: String, room: String, headers: HeaderMap, query: String| {
            let door = Arc::clone(&door);
            async move {
                door.look(&decoded(&board), &decoded(&room), &headers, &Flags::of(&query))
                    .await
                    .unwrap_or_else(Refused::answer)
            }
        })
        .boxed()
}

/// What the query asks for; a flag needs no value.
struct Flags {
    test: bool,
    mute: bool,
}

impl Flags {
    fn of(query: &str) -> Self {
        let set = |name: &str| query.split('&').any(|part| part.split('=').next() == Some(name));
        Flags { test: set("test"), mute: set("no-publish") }
    }
}

/// Why nothing was looked at, or nothing found.
struct Refused(StatusCode, String);

impl Refused {
    fn answer(self) -> Response {
        let mut response = refusal::json(self.0, &json!({ "result": "error", "error": self.1 }));
        match self.0 {
            StatusCode::UNAUTHORIZED => {
                response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a board could not be looked at for who asked");
        Refused(StatusCode::SERVICE_UNAVAILABLE, "the database cannot be used; see the log of kanbridge".to_owned())
    }
}

impl RelayDoor {
    async fn look(&self, board: &str, room: &str, headers: &HeaderMap, flags: &Flags) -> Result<Response, Refused> {
        self.check(headers)?;
        let (key, room) = self.find(board, room).await?;
        let known = if flags.test { self.newest(&key).await? } else { Vec::new() };
        let found = self.ask(&key, flags.mute.then(|| room.clone())).await?;
        let again = if flags.test { self.tell_again(&key, &room, &known, flags.mute).await? } else { 0 };
        let body = json!({ "result": "success", "timestamp": found.since.to_string(), "actions": found.new + again });
        Ok(refusal::json(StatusCode::OK, &body))
    }

    fn check(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let refused = |sentence: String| Refused(StatusCode::UNAUTHORIZED, sentence);
        let nobody = || refused("ADMIN_TOKEN is not set, so nobody may do this".to_owned());
        let wanted = self.token.as_ref().ok_or_else(nobody)?;
        bearer::check(headers, wanted).map_err(|refusal| refused(refusal.sentence()))
    }

    /// The key of a board that is told in a room. The board is named as the configuration names it, or by its id.
    async fn find(&self, board: &str, room: &str) -> Result<(Key, RoomName), Refused> {
        let unknown = |sentence: String| Refused(StatusCode::NOT_FOUND, sentence);
        let mut known = false;
        for relayed in &self.boards {
            let key = Key::Board(relayed.account.clone(), relayed.name.clone());
            if relayed.name != board && self.store.board_of(&key).await?.is_none_or(|id| id.as_str() != board) {
                continue;
            }
            known = true;
            if let Some(room) = relayed.rooms.iter().find(|name| name.as_str() == room) {
                return Ok((key, room.clone()));
            }
        }
        Err(unknown(match known {
            true => format!("the board {board} is not told in a room `{room}`; name the room in its [[relay]]"),
            false => format!("no relay has the board {board}; add a [[relay]], or set TRELLO_BOARD_ID"),
        }))
    }

    /// Has the board looked at, and waits for what is found.
    async fn ask(&self, key: &Key, mute: Option<RoomName>) -> Result<Found, Refused> {
        let busy = |sentence: String| Refused(StatusCode::SERVICE_UNAVAILABLE, sentence);
        let ask = match self.store.asked(key).await? {
            // Who asks the same meanwhile hears the same.
            Some(ask) if ask.mute == mute => ask,
            Some(_) => return Err(busy("somebody else has the board looked at in another way; ask again".to_owned())),
            None => {
                let until = self.store.now().await? + self.patience;
                let ask = Ask { id: uuid::Uuid::now_v7().to_string(), mute, until };
                self.store.ask(key, &ask).await?;
                ask
            }
        };
        let asked = Instant::now();
        loop {
            if let Some(found) = self.store.found(key).await?.filter(|found| found.id == ask.id) {
                return Ok(found);
            }
            if asked.elapsed() > self.patience {
                let state = self.store.key_state(&key.to_string()).await?;
                let reason = state.and_then(|state| state.reason).map(|why| format!(": {why}")).unwrap_or_default();
                let sentence = "the board could not be looked at in time, and will be as soon as possible";
                return Err(busy(format!("{sentence}{reason}")));
            }
            tokio::time::sleep(BREATH).await;
        }
    }

    /// The newest activities of a board that has been looked at.
    async fn newest(&self, key: &Key) -> Result<Vec<String>, Refused> {
        let Some(board) = self.store.board_of(key).await? else { return Ok(Vec::new()) };
        let newest = self.store.activities(Some(&board), TEST).await?;
        Ok(newest.into_iter().map(|activity| activity.id).collect())
    }

    /// Has those of the newest activities that were `known` told in the room again, whatever was told before. Gives how
    /// many.
    async fn tell_again(&self, key: &Key, room: &RoomName, known: &[String], mute: bool) -> Result<usize, Refused> {
        let mut again = self.newest(key).await?;
        again.retain(|id| known.contains(id));
        for id in again.iter().filter(|_| !mute) {
            self.store.replay(id, Some(&Dest::Room(room.clone()))).await?;
        }
        Ok(again.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_needs_no_value() {
        let flags = |query: &str| (Flags::of(query).test, Flags::of(query).mute);
        assert_eq!(flags("test"), (true, false));
        assert_eq!(flags("no-publish=1&test="), (true, true));
        assert_eq!(flags("testing&x=test"), (false, false));
    }
}
