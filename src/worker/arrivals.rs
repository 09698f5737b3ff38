//! Which cards have come to a list whose cards become issues, by what a board's feed tells.

use super::Hands;
use super::boards::{Place, RouteBoard};
use super::trouble::TurnError;
use crate::model::{Activity, CardId, Key, ListId, Micros};
use crate::sync::rules::Route;
use crate::trello::FeedAction;

/// The keys of the cards that have come since that was switched on on the board's routes. A card that was moved from one of a route's lists to
/// another has not come: it may have stood there before. `read_to`: how far the feed has been read with `actions`.
pub(super) async fn arrivals(
    hands: &Hands,
    routes: &[&Route],
    actions: &[FeedAction],
    read_to: Micros,
) -> Result<Vec<Key>, TurnError> {
    let mut keys = Vec::new();
    for route in routes {
        let (account, newest) = (&route.account, newest(actions, read_to));
        let Some(trello) = hands.accounts.get(account) else { continue };
        let Some(since) = switched_on(hands, route, &newest).await? else { continue };
        let board = RouteBoard::open(hands, trello, Place::of_route(route)).await?;
        let mut lists: Vec<ListId> = Vec::new();
        for column in &route.columns {
            lists.push(board.list(&column.list).await?);
        }
        let later =
            actions.iter().map(|(activity, _)| activity).filter(|activity| activity.id.as_str() > since.as_str());
        keys.extend(later.filter_map(|activity| Some(Key::Card(account.clone(), come(activity, &lists)?.clone()))));
    }
    Ok(keys)
}

/// The card that has come to one of `lists` from elsewhere: made there, by whatever means, or moved there.
fn come<'a>(activity: &'a Activity, lists: &[ListId]) -> Option<&'a CardId> {
    const MADE: [&str; 5] = ["createCard", "copyCard", "emailCard", "convertToCardFromCheckItem", "moveCardToBoard"];
    let left = activity.data.get("listBefore").and_then(|list| list.get("id")?.as_str());
    let came = MADE.contains(&activity.kind.as_str()) || left.is_some();
    let stayed = left.is_some_and(|left| lists.iter().any(|list| list.as_str() == left));
    let list = activity.list.as_ref().filter(|_| came && !stayed)?;
    activity.card.as_ref().filter(|_| lists.contains(list))
}

/// A place in the feed that all of `actions` are before, or at. Trello's ids begin with their second.
fn newest(actions: &[FeedAction], read_to: Micros) -> String {
    let newest = actions.iter().map(|(activity, _)| activity.id.as_str()).max();
    newest.map_or_else(|| format!("{:08x}0000000000000000", read_to.seconds().max(0)), str::to_owned)
}

/// From when on a route makes issues of cards, as a place in its board's feed: what came before is left alone. A route
/// that does not, or not any more, has no such place.
async fn switched_on(hands: &Hands, route: &Route, newest: &str) -> Result<Option<String>, TurnError> {
    let scope = format!("create/{}/{}/{}", route.account, Place::of_route(route).name(), route.project);
    let place = hands.store.cursor(&scope).await?.filter(|place| !place.is_empty());
    match (route.create_issues, place) {
        (true, None) => {
            hands.store.set_cursor(&scope, newest).await?;
            tracing::info!(project = %route.project, "cards made from now on become issues");
            Ok(Some(newest.to_owned()))
        }
        (false, Some(_)) => {
            hands.store.set_cursor(&scope, "").await?;
            Ok(None)
        }
        (_, place) => Ok(place),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::trello::activity;

    #[test]
    fn a_card_comes_by_being_made_or_moved_there_and_not_from_one_of_the_lists_to_another() {
        let list = |digit: &str| format!("53582e2da0fac5676a7142{digit}");
        let lists: Vec<ListId> = ["01", "02"].iter().map(|digit| list(digit).parse().unwrap()).collect();
        let told = |kind: &str, data: serde_json::Value| {
            let mut data = data;
            data["card"] = json!({ "id": list("aa") });
            activity(json!({ "id": list("ff"), "type": kind, "data": data })).unwrap()
        };
        let moved = |from: &str, to: &str| {
            told("updateCard", json!({ "listBefore": { "id": list(from) }, "listAfter": { "id": list(to) } }))
        };
        let at = |digit: &str| json!({ "list": { "id": list(digit) } });
        for come_to in [told("createCard", at("01")), told("copyCard", at("02")), moved("03", "01")] {
            assert_eq!(come(&come_to, &lists).map(CardId::as_str), Some(list("aa").as_str()), "{come_to:?}");
        }
        for other in [told("createCard", at("03")), told("commentCard", at("01")), moved("01", "02"), moved("01", "03")]
        {
            assert_eq!(come(&other, &lists), None, "{other:?}");
        }
    }

    #[test]
    fn without_actions_the_place_is_the_time_that_was_read_to() {
        assert_eq!(newest(&[], Micros(0)), "000000000000000000000000");
        assert_eq!(newest(&[], Micros(1_779_948_000_000_000)), "6a17d9e00000000000000000");
    }
}
