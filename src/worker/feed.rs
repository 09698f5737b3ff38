//! A board's turn: what happened on its cards since the last look marks their issues. Trello's webhooks may be faster;
//! the feed is true.

use super::Hands;
use super::boards::{Place, RouteBoard, neighbour};
use super::making::trouble_with;
use super::trouble::TurnError;
use crate::model::{AccountName, ActionId, CardId, Rank};
use crate::store::{Finish, StoreError};

/// An id that every action's is greater than, for a board on which nothing has happened yet.
const BEFORE_ALL: &str = "000000000000000000000000";

pub(super) async fn turn(hands: &Hands, account: &AccountName, board: &str) -> Result<Finish, TurnError> {
    let wanted = hands.routes.iter().any(|route| {
        route.fields.any_from_trello() && route.account == *account && Place::of_route(route).name() == board
    });
    let Some(trello) = hands.accounts.get(account).filter(|_| wanted) else {
        tracing::info!(%account, board, "no route follows this board any more");
        return Ok(Finish::Done);
    };
    let route = hands.routes.iter().find(|route| route.account == *account && Place::of_route(route).name() == board);
    let place = route.map_or(Place::Board(board), Place::of_route);
    let id = RouteBoard::open(hands, trello, place).await?.id().await?;
    let scope = format!("feed/{id}");
    let since = match hands.store.cursor(&scope).await? {
        Some(place) => Some(place.parse::<ActionId>().map_err(|error| StoreError::Refused(error.to_string()))?),
        None => None,
    };
    let actions = trello.actions(&id, since.as_ref()).await.map_err(|trouble| trouble_with(trello, trouble))?;
    hands.heard(&neighbour(trello)).await;
    // The first look begins now: what stands on the cards is compared when their issues have a turn.
    let cards: Vec<CardId> =
        actions.iter().filter(|_| since.is_some()).filter_map(|action| action.card.clone()).collect();
    let newest = actions.iter().map(|action| action.id.as_str()).max();
    let newest = newest.or(since.is_none().then_some(BEFORE_ALL));
    if let Some(newest) = newest {
        let marked = hands.store.follow_feed(&scope, newest, &cards, &[], Rank::Live).await?;
        tracing::debug!(board = %id, actions = actions.len(), marked, "read a board's feed");
    }
    Ok(Finish::Look { at: hands.store.now().await? + hands.spans.poll })
}
