//! What can be learned of a room without anybody hearing of it. HipChat and Matrix can be asked; an address that takes
//! messages can only be tried out with one.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;
use url::Url;

use super::answer::{self, Outcome};
use super::client::{Chat, Lane, Unsent};
use super::place::{Place, matrix_client};
use crate::model::{Micros, RoomKind};
use crate::net::Answer;

impl Chat {
    /// Asks the room's server whether we may speak there. Gives what it says; `None`: it has no such question.
    ///
    /// # Errors
    /// [`Unsent`]: what a message would meet with.
    pub async fn look(&self, now: Micros) -> Result<Option<String>, Unsent> {
        match &self.place {
            Place::Hook { url, headers } if self.room().kind == RoomKind::Hipchat => {
                let mut url = url.clone();
                url.query_pairs_mut().append_pair("auth_test", "true");
                let mut lane = self.lane.lock().await;
                let answer = self.call(&mut lane, self.request(Method::POST, url, headers), Bytes::from("{}")).await?;
                self.accepted(&answer, now)?;
                Ok(Some("HipChat knows the token, and it may speak in the room".to_owned()))
            }
            Place::Hook { .. } => Ok(None),
            Place::Matrix { base, headers, room } => {
                let mut lane = self.lane.lock().await;
                self.look_in_matrix(&mut lane, base, headers, room, now).await.map(Some)
            }
        }
    }

    async fn look_in_matrix(
        &self,
        lane: &mut Lane,
        base: &Url,
        headers: &HeaderMap,
        room: &str,
        now: Micros,
    ) -> Result<String, Unsent> {
        let me = self.ask(lane, matrix_client(base, &["account", "whoami"]), headers, now).await?;
        let me = me["user_id"].as_str().unwrap_or_default().to_owned();
        let id = self.room_id(lane, base, headers, room, now).await?;
        let joined = self.ask(lane, matrix_client(base, &["joined_rooms"]), headers, now).await?;
        if joined["joined_rooms"].as_array().is_some_and(|rooms| rooms.iter().any(|room| *room == *id)) {
            return Ok(format!("Matrix knows the token; {me} has joined the room"));
        }
        let name = &self.room().name;
        Err(Unsent::Off(format!("room `{name}`: {me} has not joined {room}; invite it there, and let it join")))
    }

    async fn ask(&self, lane: &mut Lane, url: Url, headers: &HeaderMap, now: Micros) -> Result<Value, Unsent> {
        let answer = self.call(lane, self.request(Method::GET, url, headers), Bytes::new()).await?;
        self.accepted(&answer, now)?;
        let elsewhere = |_| {
            let name = &self.room().name;
            Unsent::Off(format!(
                "room `{name}`: what answers at its `url` is no Matrix homeserver; is the address right?"
            ))
        };
        serde_json::from_slice(&answer.body).map_err(elsewhere)
    }

    /// A question is answered with 2xx, in whichever words; anything else means what it would mean to a message.
    fn accepted(&self, answer: &Answer, now: Micros) -> Result<(), Unsent> {
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        match self.named(answer::read(self.room().kind, answer, &self.scrub.told(&answer.body), now)) {
            Outcome::Not(unsent) => Err(unsent),
            Outcome::Bad(sentence) => Err(Unsent::Never(sentence)),
            Outcome::Taken(_) => Ok(()),
        }
    }
}
