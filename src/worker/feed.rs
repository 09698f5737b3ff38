//! A board's turn: what happened on its cards since the last look marks their issues. Trello's webhooks may be faster;
//! the feed is true.

use super::boards::{Place, RouteBoard, neighbour};
use super::making::trouble_with;
use super::trouble::TurnError;
use super::{Hands, filing};
use crate::model::{AccountName, ActionId, CardId, Key, ListId, Rank};
use crate::store::{Finish, StoreError};
use crate::sync::rules::Route;
use crate::trello::Action;

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
    let open = RouteBoard::open(hands, trello, place).await?;
    let id = open.id().await?;
    let scope = format!("feed/{id}");
    let since = match hands.store.cursor(&scope).await? {
        Some(place) => Some(place.parse::<ActionId>().map_err(|error| StoreError::Refused(error.to_string()))?),
        None => None,
    };
    let actions = trello.actions(&id, since.as_ref()).await.map_err(|trouble| trouble_with(trello, trouble))?;
    hands.heard(&neighbour(trello)).await;
    // The first look begins now: what stands on the cards is compared when their issues have a turn.
    if since.is_none() {
        hands.store.stir_board(&id).await?;
    }
    let cards: Vec<CardId> =
        actions.iter().filter(|_| since.is_some()).filter_map(|action| action.card.clone()).collect();
    let newest = actions.iter().map(|action| action.id.as_str()).max();
    let place = newest.or(since.as_ref().map(ActionId::as_str)).unwrap_or(BEFORE_ALL).to_owned();
    let arrivals = arrivals(hands, account, board, &open, &actions, &place).await?;
    if newest.is_some() || since.is_none() {
        let marked = hands.store.follow_feed(&scope, &place, &cards, &arrivals, Rank::Live).await?;
        tracing::debug!(board = %id, actions = actions.len(), marked, "read a board's feed");
    }
    Ok(Finish::Look { at: hands.store.now().await? + hands.spans.poll })
}

/// The cards that have come to a list whose cards become issues, since that was switched on. A card that was moved from
/// one of a route's lists to another has not come: it may have stood there before.
async fn arrivals(
    hands: &Hands,
    account: &AccountName,
    name: &str,
    board: &RouteBoard<'_>,
    actions: &[Action],
    newest: &str,
) -> Result<Vec<Key>, TurnError> {
    let mut keys = Vec::new();
    let here = |route: &&Route| route.account == *account && Place::of_route(route).name() == name;
    for route in hands.routes.iter().filter(here) {
        let Some(since) = filing::switched_on(hands, account, name, route, newest).await? else { continue };
        let mut lists: Vec<ListId> = Vec::new();
        for column in &route.columns {
            lists.push(board.list(&column.list).await?);
        }
        let came = |action: &&Action| {
            action.id.as_str() > since.as_str()
                && action.came_to().is_some_and(|list| lists.contains(list))
                && action.left.as_ref().is_none_or(|left| !lists.contains(left))
        };
        keys.extend(actions.iter().filter(came).filter_map(|action| Some(filing::key(account, action.card.as_ref()?))));
    }
    Ok(keys)
}
