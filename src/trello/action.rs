//! An action as Trello tells it, the same in a board's feed and in a webhook's body, as an [`Activity`]. Pure.

use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use crate::model::{ActionId, Activity, Actor, BadId, Micros};

/// A JSON value that is no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAction {
    /// A part that every action has is missing, or is something else.
    #[error("this is no action of Trello's: {0}")]
    Shape(String),
    /// Its id is none.
    #[error("this is no action of Trello's: {0}")]
    Id(#[from] BadId),
}

/// What every action has (<https://developer.atlassian.com/cloud/trello/rest/api-group-actions/>).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    date: Option<String>,
    member_creator: Option<Who>,
    member: Option<Who>,
    app_creator: Option<App>,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Who {
    id: String,
    full_name: Option<String>,
    username: Option<String>,
}

#[derive(Deserialize)]
struct App {
    id: Option<String>,
}

/// Reads one action. Only its id and kind are indispensable: kinds that nobody knows yet are activities too.
///
/// # Errors
/// [`BadAction`], saying what is missing.
pub fn activity(action: Value) -> Result<Activity, BadAction> {
    let told: Told = serde_json::from_value(action).map_err(|error| BadAction::Shape(error.to_string()))?;
    let id: ActionId = told.id.parse()?;
    let list = id_in(&told.data, "listAfter").or_else(|| id_in(&told.data, "list"));
    Ok(Activity {
        at: told.date.as_deref().and_then(moment).unwrap_or_else(|| id.made()),
        id,
        kind: told.kind,
        actor: told.member_creator.and_then(actor),
        member: told.member.and_then(actor),
        app: told.app_creator.and_then(|app| app.id),
        board: id_in(&told.data, "board"),
        list,
        card: id_in(&told.data, "card"),
        data: told.data,
    })
}

fn actor(who: Who) -> Option<Actor> {
    let id = who.id.parse().ok()?;
    Some(Actor { id, name: who.full_name.unwrap_or_default(), username: who.username.unwrap_or_default() })
}

fn moment(date: &str) -> Option<Micros> {
    date.parse::<jiff::Timestamp>().ok().map(|at| Micros(at.as_microsecond()))
}

fn id_in<T: FromStr>(data: &Value, part: &str) -> Option<T> {
    data.get(part)?.get("id")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_move_is_read_with_the_list_that_the_card_came_to() {
        let told = json!({
            "id": "572b6d4635b843ed3faa7dc0", "type": "updateCard", "date": "2016-05-05T15:56:54.348Z",
            "appCreator": {"id": "app"},
            "memberCreator": {"id": "53582e2da0fac5676a714276", "fullName": "Ana", "username": "ana"},
            "data": {
                "old": {"idList": "53582e2da0fac5676a714278"},
                "card": {"id": "53582e2da0fac5676a71428b", "name": "Boiler"},
                "listAfter": {"id": "53582e2da0fac5676a714279", "name": "Done"},
                "board": {"id": "53582e2da0fac5676a714277"},
            },
        });
        let activity = activity(told).unwrap();
        assert_eq!(activity.at.to_string(), "2016-05-05T15:56:54Z");
        assert_eq!(activity.list.as_ref().unwrap().as_str(), "53582e2da0fac5676a714279");
        assert_eq!(activity.actor.as_ref().unwrap().name, "Ana");
        assert_eq!(activity.app.as_deref(), Some("app"));
        assert_eq!(activity.changed().collect::<Vec<_>>(), ["idList"]);
    }

    #[test]
    fn an_action_without_date_actor_and_data_is_one_all_the_same() {
        let activity = activity(json!({"id": "5e93bac014d40e501ee46b8d", "type": "somethingNew"})).unwrap();
        assert_eq!(activity.at.to_string(), "2020-04-13T01:05:04Z");
        assert_eq!((activity.actor, activity.board), (None, None));
    }

    #[test]
    fn what_is_no_action_says_why() {
        let error = activity(json!({"type": "createCard"})).unwrap_err().to_string();
        assert!(error.contains("missing field `id`"), "{error}");
        assert!(activity(json!({"id": "x", "type": "createCard"})).is_err());
    }
}
