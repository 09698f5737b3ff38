//! The history's turn: old deliveries are removed in small steps, so that no door waits long for the writer. It comes
//! whatever is configured and whoever is away, and so the tokens are looked at here as well.

use std::time::Duration;

use super::trouble::TurnError;
use super::{Hands, tokens};
use crate::store::Finish;

/// Rows removed in one step.
const STEP: i64 = 200;
/// Between two looks when nothing was left to remove.
const PAUSE: Duration = Duration::from_secs(600);
/// Between two steps while there is more.
const BREATH: Duration = Duration::from_millis(200);

pub(super) async fn turn(hands: &Hands) -> Result<Finish, TurnError> {
    let now = hands.store.now().await?;
    let removed = hands.store.prune(now - hands.spans.history, hands.spans.history_bytes, STEP).await?;
    hands.store.prune_wishes(now - hands.spans.history).await?;
    if removed > 0 {
        tracing::debug!(removed, "removed old deliveries");
    }
    tokens::watch(hands, now).await?;
    Ok(Finish::Look { at: now + if removed > 0 { BREATH } else { PAUSE } })
}
