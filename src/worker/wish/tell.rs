//! Telling how a wish ended where nobody waits for it any more.

use super::super::Hands;
use super::super::trouble::TurnError;
use crate::model::{Message, Wished};

pub(super) async fn tell(hands: &Hands, wished: &Wished, answer: &Message) -> Result<(), TurnError> {
    tracing::info!(room = %wished.room, answer = answer.plain(), "how a wish ended");
    hands.store.tell_wish(&wished.id).await?;
    Ok(())
}
