//! Telling how a wish ended where nobody waits for it any more: as the answer of the command, where its chat server still
//! takes one, else in the room like any other message.

use std::time::Duration;

use super::super::Hands;
use super::super::trouble::TurnError;
use crate::chat::Unsent;
use crate::model::{Message, Wished};

/// Slack and Mattermost take later answers to a command for so long. We give one.
const ANSWERABLE: Duration = Duration::from_secs(29 * 60);

pub(super) async fn tell(hands: &Hands, wished: &Wished, answer: &Message) -> Result<(), TurnError> {
    let (id, room) = (&wished.id, &wished.room);
    let Some(chat) = hands.rooms.get(room) else {
        tracing::warn!(wish = %id, %room, "how a wish ended is not told: the room is not configured any more");
        hands.store.tell_wish(id).await?;
        return Ok(());
    };
    let now = hands.store.now().await?;
    let address = wished.reply_to.as_ref().filter(|_| now.since(wished.asked) < ANSWERABLE);
    if let Some(address) = address {
        match chat.follow_up(address, answer, now).await {
            Ok(()) => {
                hands.store.tell_wish(id).await?;
                return Ok(());
            }
            Err(Unsent::Later(trouble)) => return Err(TurnError::Neighbour(format!("chat/{room}"), trouble)),
            Err(unsent) => tracing::info!(wish = %id, %unsent, "answering in the room instead"),
        }
    }
    hands.store.tell_wish_there(id, room, answer, wished.wish.deed.card()).await?;
    Ok(())
}
