//! An issue that was moved here from another project brings its card along. GitLab tells of the new issue before it
//! tells that the old one was moved, so the new one may have a card of its own by then: that one goes.

use super::issue::Visit;
use super::making::trouble_with;
use super::pair::Pair;
use super::trouble::TurnError;
use crate::model::{Link, Parked, What};

/// Gives the turn's issue the card of the issue that it was.
pub(super) async fn take_over(visit: Visit<'_>) -> Result<bool, TurnError> {
    let Visit { hands, turn, issue, .. } = visit;
    let Some(global_id) = issue.global_id else { return Ok(false) };
    let Some(from) = hands.store.take_over(turn, &issue.id, global_id).await? else { return Ok(false) };
    tracing::info!(issue = %issue.id, %from, "takes over the card of the issue that it was");
    hands.store.tell(&issue.id, &format!("was the issue {from}, whose card it took over")).await?;
    hands.store.tell(&from, &format!("became the issue {}, which took its card over", issue.id)).await?;
    Ok(true)
}

/// Exchanges the card that was made before we heard of the move for the one that the issue always had, unless people
/// have worked on it already. `true`: the link is another now.
pub(super) async fn exchange(visit: Visit<'_>, link: &Link) -> Result<bool, TurnError> {
    let Visit { hands, issue, trello, .. } = visit;
    let Some(global_id) = issue.global_id else { return Ok(false) };
    let (spare, gives) = hands.store.moved_here(&issue.id, global_id).await?;
    let mut exchanged = false;
    if gives && !link.adopted && link.parked.is_none_or(|parked| parked == Parked::Redacted) {
        let pair = Pair::new(visit, link.clone());
        let alone = match pair.read().await? {
            Some(card) => pair.is_ours_alone(&card).await?,
            None => true,
        };
        if !alone {
            let told = "people had worked on the new issue's card before we heard of the move: both cards stay";
            hands.store.tell(&issue.id, told).await?;
            hands.store.forget_move(&issue.id, global_id).await?;
            return Ok(false);
        }
        exchanged = take_over(visit).await?;
    }
    let spare = if exchanged { hands.store.moved_here(&issue.id, global_id).await?.0 } else { spare };
    if let Some(spare) = spare {
        trello.delete_card(&spare).await.map_err(|trouble| trouble_with(trello, trouble))?;
        hands.store.forget_spare(&issue.id, global_id).await?;
        let changes = visit.changes((&spare, &link.board), vec![(What::CardDeleted, Vec::new())]).await?;
        let told = "the new issue's own card was deleted: the old one's came along";
        hands.store.tell_changed(&issue.id, told, changes.signals()).await?;
    }
    Ok(exchanged)
}
