//! Two cards with one issue's mark: what is left of a call whose work was done when nobody expected it any more, or
//! somebody's copy. The one that the issue is linked with stays; the other is archived, where it still wears the issue's
//! face: a copy that people gave a name of its own is theirs. Boards are not read for this: what the index of cards has
//! come across is enough.

use super::boards::marked;
use super::hiding::emptied;
use super::issue::Visit;
use super::making::trouble_with;
use super::trouble::TurnError;
use crate::model::{CardId, What};
use crate::sync::face;
use crate::trello::Card;

/// Archives the twins of the card of the turn's issue.
pub(super) async fn part(visit: Visit<'_>) -> Result<(), TurnError> {
    for card in visit.hands.store.twins(&visit.issue.id).await? {
        look_at(visit, &card).await?;
    }
    Ok(())
}

/// The issue has turned confidential: its twins say nothing of it any more, in the archive or not.
pub(super) async fn strip(visit: Visit<'_>) -> Result<(), TurnError> {
    let Visit { hands, issue, trello, .. } = visit;
    for id in hands.store.lookalikes(&issue.id).await? {
        let card = trello.card(&id).await.map_err(|trouble| trouble_with(trello, trouble))?;
        if card.is_some_and(|card| is_face_of(visit, &card)) {
            let update = trello.update_card(&id, &emptied(&issue.id)).await;
            update.map_err(|trouble| trouble_with(trello, trouble))?;
            tracing::warn!(issue = %issue.id, card = %id, "turned confidential: a second card of it was emptied");
        }
    }
    Ok(())
}

/// The index may be old, so the card is looked at before it is believed; what was seen makes the index new.
async fn look_at(visit: Visit<'_>, id: &CardId) -> Result<(), TurnError> {
    let Visit { hands, issue, trello, .. } = visit;
    let Some(link) = hands.store.link(&issue.id).await? else { return Ok(()) };
    let card = trello.card(id).await.map_err(|trouble| trouble_with(trello, trouble))?;
    let Some(mut card) = card.filter(|card| card.board.as_ref() == Some(&link.board)) else {
        return Ok(hands.store.forget_card(&link.board, id).await?);
    };
    // One in the archive we have put there, and then broken off; or somebody else was quicker.
    if is_face_of(visit, &card) {
        if !card.closed {
            trello.archive_card(&card.id).await.map_err(|trouble| trouble_with(trello, trouble))?;
            card.closed = true;
        }
        let told = format!("a second card carried this issue's mark and was archived: https://trello.com/c/{id}");
        let changes = visit.changes((id, &link.board), vec![(What::CardArchived, Vec::new())]).await?;
        hands.store.tell_changed(&issue.id, &told, changes.signals()).await?;
        tracing::warn!(issue = %issue.id, card = %id, "a second card of one issue was archived");
    }
    match marked(std::slice::from_ref(&card)).pop() {
        Some(seen) => hands.store.add_cards(&link.board, &[seen]).await?,
        None => hands.store.forget_card(&link.board, id).await?,
    }
    Ok(())
}

fn is_face_of(visit: Visit<'_>, card: &Card) -> bool {
    let issue = &visit.issue.id;
    face::read_mark(&card.description).as_ref() == Some(issue) && face::issue_number(&card.name) == Some(issue.iid)
}
