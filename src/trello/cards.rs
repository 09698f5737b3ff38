//! Cards, and what is put on them and taken off element by element
//! (<https://developer.atlassian.com/cloud/trello/rest/api-group-cards/>).

use http::Method;
use serde::de::IgnoredAny;

use super::client::{PAGE, Slot, Trello};
use super::map::{self, Card, CardCall, CardUpdate, Traces};
use super::wire;
use crate::model::{BoardId, CardId, LabelId, MemberId, Trouble, TroubleKind};

/// What is read of a card.
const CARD_FIELDS: &str = "name,desc,closed,idBoard,idList,due,dueComplete,labels,idMembers";

impl Trello {
    /// The newest thousand cards of a board, archived ones too, or the thousand made before `before`.
    pub async fn cards(&self, board: &BoardId, before: Option<&CardId>) -> Result<Vec<Card>, Trouble> {
        let limit = PAGE.to_string();
        let mut query = vec![
            ("filter", "all"),
            ("limit", limit.as_str()),
            ("fields", "name,desc,closed,idBoard"),
            ("attachments", "true"),
            ("attachment_fields", "url"),
        ];
        query.extend(before.map(|card| ("before", card.as_str())));
        self.read_all::<wire::Card, _>(&format!("boards/{board}/cards"), "GET /boards/{id}/cards", &query).await
    }

    /// All cards of a board, a thousand a call.
    pub async fn all_cards(&self, board: &BoardId) -> Result<Vec<Card>, Trouble> {
        let mut all = self.cards(board, None).await?;
        let mut fresh = all.len();
        while fresh >= PAGE {
            let oldest = all.iter().map(|card| card.id.clone()).min();
            let page = self.cards(board, oldest.as_ref()).await?;
            let before = all.len();
            all.extend(page.into_iter().filter(|card| oldest.as_ref().is_none_or(|oldest| card.id < *oldest)));
            fresh = all.len() - before;
        }
        Ok(all)
    }

    /// Reads a card; `None` when there is none, or none any more.
    pub async fn card(&self, id: &CardId) -> Result<Option<Card>, Trouble> {
        let query = [("fields", CARD_FIELDS), ("attachments", "true"), ("attachment_fields", "url")];
        match self.read::<wire::Card, _>(&format!("cards/{id}"), "GET /cards/{id}", &query).await {
            Ok(card) => Ok(Some(card)),
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Reads what people may have left on a card besides its own words.
    pub async fn traces(&self, id: &CardId) -> Result<Traces, Trouble> {
        let query = [
            ("fields", "id"),
            ("actions", "commentCard"),
            ("actions_limit", "1000"),
            ("checklists", "all"),
            ("checklist_fields", "name"),
            ("customFieldItems", "true"),
        ];
        self.read::<wire::Traces, _>(&format!("cards/{id}"), "GET /cards/{id}", &query).await
    }

    /// Makes a card, with everything on it in one call.
    pub async fn create_card(&self, slot: Slot, card: &CardCall) -> Result<Card, Trouble> {
        let call = "POST /cards";
        let made: wire::Card = self.write(slot, Method::POST, "cards", call, card.form()).await?;
        made.try_into().map_err(|error| map::nonsense(call, &error))
    }

    /// Changes a card; gives what it is then.
    pub async fn update_card(&self, id: &CardId, update: &CardUpdate) -> Result<Card, Trouble> {
        let call = "PUT /cards/{id}";
        let slot = self.slot().await?;
        let changed: wire::Card = self.write(slot, Method::PUT, &format!("cards/{id}"), call, update.form()).await?;
        changed.try_into().map_err(|error| map::nonsense(call, &error))
    }

    /// Puts a label on a card. That it is there already is no failure.
    pub async fn add_label(&self, card: &CardId, label: &LabelId) -> Result<(), Trouble> {
        self.add(&format!("cards/{card}/idLabels"), "POST /cards/{id}/idLabels", label.as_str()).await
    }

    /// Takes a label off a card. That it is not there is no failure.
    pub async fn drop_label(&self, card: &CardId, label: &LabelId) -> Result<(), Trouble> {
        self.remove(&format!("cards/{card}/idLabels/{label}"), "DELETE /cards/{id}/idLabels/{id}").await
    }

    /// Puts a member on a card. That they are there already is no failure.
    pub async fn add_member(&self, card: &CardId, member: &MemberId) -> Result<(), Trouble> {
        self.add(&format!("cards/{card}/idMembers"), "POST /cards/{id}/idMembers", member.as_str()).await
    }

    /// Takes a member off a card. That they are not there is no failure.
    pub async fn drop_member(&self, card: &CardId, member: &MemberId) -> Result<(), Trouble> {
        self.remove(&format!("cards/{card}/idMembers/{member}"), "DELETE /cards/{id}/idMembers/{id}").await
    }

    /// Deletes a card and what was said on it, for good. That there is none is no failure.
    pub async fn delete_card(&self, id: &CardId) -> Result<(), Trouble> {
        match self.remove(&format!("cards/{id}"), "DELETE /cards/{id}").await {
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(()),
            other => other,
        }
    }

    async fn add(&self, path: &str, call: &str, value: &str) -> Result<(), Trouble> {
        let slot = self.slot().await?;
        let added: Result<IgnoredAny, Trouble> =
            self.write(slot, Method::POST, path, call, vec![("value", value.to_owned())]).await;
        match added {
            // "that label is already on the card", "member is already on the card"
            Err(trouble) if trouble.kind == TroubleKind::Refused && trouble.sentence.contains("already on") => Ok(()),
            other => other.map(|_| ()).map_err(unknown_element),
        }
    }

    pub(super) async fn remove(&self, path: &str, call: &str) -> Result<(), Trouble> {
        let slot = self.slot().await?;
        let removed: Result<IgnoredAny, Trouble> = self.write(slot, Method::DELETE, path, call, Vec::new()).await;
        match removed {
            Err(trouble) if trouble.kind == TroubleKind::Refused && trouble.sentence.contains("not on the card") => {
                Ok(())
            }
            other => other.map(|_| ()).map_err(unknown_element),
        }
    }

    /// Archives a card.
    pub async fn archive_card(&self, id: &CardId) -> Result<(), Trouble> {
        let call = "PUT /cards/{id}";
        let slot = self.slot().await?;
        let form = vec![("closed", "true".to_owned())];
        let _: wire::Made = self.write(slot, Method::PUT, &format!("cards/{id}"), call, form).await?;
        Ok(())
    }
}

/// A label or member that is put on a card or taken off it is named by a `value`, or in the path, and what the board
/// does not know is refused like any bad value.
fn unknown_element(trouble: Trouble) -> Trouble {
    match trouble.kind {
        TroubleKind::Refused if trouble.sentence.contains("invalid value for") => {
            Trouble { kind: TroubleKind::UnknownId, ..trouble }
        }
        _ => trouble,
    }
}
