//! Webhooks: who is told of what. Trello asks the address of a new one by HEAD while our call waits, and knows one webhook
//! for an address, a model and a token (<https://developer.atlassian.com/cloud/trello/rest/api-group-webhooks/>).

use http::Method;
use jiff::Timestamp;
use serde::Deserialize;

use super::client::Trello;
use super::map;
use crate::model::{BadId, ModelId, Trouble, TroubleKind, WebhookId};

/// A webhook as Trello has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The board, list, card or member that it watches.
    pub model: ModelId,
    /// Where Trello calls.
    pub url: String,
    /// As whoever made it put it.
    pub description: String,
    /// Trello switches off one that fails for 30 days and a thousand times.
    pub active: bool,
    /// Deliveries in a row that failed.
    pub failures: i64,
    /// Since when they fail.
    pub failing_since: Option<Timestamp>,
}

/// Something that can be watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its id.
    pub id: ModelId,
    /// `board`, `list`, `card`, `member`.
    pub kind: &'static str,
    /// As people read it.
    pub name: String,
}

#[derive(Deserialize)]
struct WireWebhook {
    id: String,
    #[serde(rename = "idModel")]
    model: String,
    #[serde(rename = "callbackURL")]
    url: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    active: bool,
    #[serde(default, rename = "consecutiveFailures")]
    failures: Option<i64>,
    #[serde(default, rename = "firstConsecutiveFailDate")]
    failing_since: Option<Timestamp>,
}

impl TryFrom<WireWebhook> for Webhook {
    type Error = BadId;

    fn try_from(wire: WireWebhook) -> Result<Self, BadId> {
        Ok(Webhook {
            id: wire.id.parse()?,
            model: wire.model.parse()?,
            url: wire.url,
            description: wire.description.unwrap_or_default(),
            active: wire.active,
            failures: wire.failures.unwrap_or_default(),
            failing_since: wire.failing_since,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireModel {
    id: String,
    name: Option<String>,
    full_name: Option<String>,
}

/// Where each kind of thing is read, the field that holds its name, and the log's word for the call.
const KINDS: [(&str, &str, &str, &str); 4] = [
    ("board", "boards", "name", "GET /boards/{id}"),
    ("card", "cards", "name", "GET /cards/{id}"),
    ("list", "lists", "name", "GET /lists/{id}"),
    ("member", "members", "fullName", "GET /members/{id}"),
];

impl Trello {
    /// The webhooks that were made with the token.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, Trouble> {
        // Trello wants the token in the path of this call; our log names the route only.
        let path = format!("tokens/{}/webhooks", self.token());
        self.read_all::<WireWebhook, _>(&path, "GET /tokens/{token}/webhooks", &[]).await
    }

    /// Registers a webhook; `None` where Trello has it already.
    pub async fn create_webhook(
        &self,
        model: &ModelId,
        url: &str,
        description: &str,
    ) -> Result<Option<Webhook>, Trouble> {
        let call = "POST /webhooks";
        let form = vec![
            ("idModel", model.to_string()),
            ("callbackURL", url.to_owned()),
            ("description", description.to_owned()),
            ("active", "true".to_owned()),
        ];
        let slot = self.slot().await?;
        match self.write::<WireWebhook>(slot, Method::POST, "webhooks/", call, form).await {
            Ok(made) => made.try_into().map(Some).map_err(|error| map::nonsense(call, &error)),
            Err(trouble) if trouble.kind == TroubleKind::Refused && trouble.sentence.contains("already exists") => {
                Ok(None)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Leads a webhook to another address, which Trello asks by HEAD first, and switches it on.
    pub async fn move_webhook(&self, id: &WebhookId, url: &str) -> Result<Webhook, Trouble> {
        self.change_webhook(id, vec![("callbackURL", url.to_owned()), ("active", "true".to_owned())]).await
    }

    /// Switches a webhook on again.
    pub async fn revive_webhook(&self, id: &WebhookId) -> Result<Webhook, Trouble> {
        self.change_webhook(id, vec![("active", "true".to_owned())]).await
    }

    async fn change_webhook(&self, id: &WebhookId, form: Vec<(&'static str, String)>) -> Result<Webhook, Trouble> {
        let call = "PUT /webhooks/{id}";
        let slot = self.slot().await?;
        let changed: WireWebhook = self.write(slot, Method::PUT, &format!("webhooks/{id}"), call, form).await?;
        changed.try_into().map_err(|error| map::nonsense(call, &error))
    }

    /// Removes a webhook. That there is none is no failure.
    pub async fn delete_webhook(&self, id: &WebhookId) -> Result<(), Trouble> {
        match self.remove(&format!("webhooks/{id}"), "DELETE /webhooks/{id}").await {
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(()),
            other => other,
        }
    }

    /// What a text names that can be watched: an id, a board's or card's short link or URL, a member's `@name`. `None`:
    /// nothing that the token's member sees.
    pub async fn model(&self, text: &str) -> Result<Option<Model>, Trouble> {
        let (kinds, id) = named(text.trim());
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
            return Ok(None);
        }
        for (kind, path, field, call) in KINDS.iter().filter(|(kind, ..)| kinds.contains(kind)) {
            match self.get::<WireModel>(&format!("{path}/{id}"), call, &[("fields", *field)]).await {
                Ok(found) => {
                    let id = found.id.parse().map_err(|error: BadId| map::nonsense(call, &error))?;
                    let name = found.name.or(found.full_name).unwrap_or_default();
                    return Ok(Some(Model { id, kind, name }));
                }
                // No such thing of this kind, or none that may be seen.
                Err(Trouble { kind: TroubleKind::Gone | TroubleKind::Refused, .. }) => {}
                Err(passes) => return Err(passes),
            }
        }
        Ok(None)
    }
}

/// The kinds of thing that a text may name, and how.
fn named(text: &str) -> (&'static [&'static str], &str) {
    for (mark, kinds) in [("/b/", &["board"]), ("/c/", &["card"])] {
        if let Some((_, tail)) = text.split_once(mark) {
            return (kinds, tail.split(['/', '?', '#']).next().unwrap_or_default());
        }
    }
    match text.strip_prefix('@') {
        Some(name) => (&["member"], name),
        None if text.len() == 24 => (&["board", "card", "list", "member"], text),
        None if text.len() == 8 => (&["board", "card"], text),
        None => (&[], text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_webhook_is_read() {
        let told = r#"{"id":"5e93bac014d40e501ee46b8d","description":"","idModel":"53582e2da0fac5676a714277",
            "callbackURL":"https://kan.example.com/x","active":true,"consecutiveFailures":64,
            "firstConsecutiveFailDate":"2024-01-12T12:00:00.000Z"}"#;
        let hook = Webhook::try_from(serde_json::from_str::<WireWebhook>(told).unwrap()).unwrap();
        assert_eq!((hook.active, hook.failures, hook.failing_since.is_some()), (true, 64, true));
    }

    #[test]
    fn what_is_to_be_watched_is_named_by_id_link_or_name() {
        assert_eq!(named("https://trello.com/b/AbCd1234/heating"), (&["board"][..], "AbCd1234"));
        assert_eq!(named("https://trello.com/c/AbCd1234?x"), (&["card"][..], "AbCd1234"));
        assert_eq!(named("@zoe"), (&["member"][..], "zoe"));
        assert_eq!(named("AbCd1234").0, ["board", "card"]);
        assert_eq!(named("5e93bac014d40e501ee46b8d").0.len(), 4);
        assert!(named("Heating").0.is_empty());
    }
}
