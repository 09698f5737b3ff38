//! Links that hang on cards (<https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-attachments-post>).

use http::Method;
use serde::Deserialize;

use super::client::{Slot, Trello};
use super::wire;
use crate::model::{AttachmentId, BadId, CardId, Trouble, TroubleKind};
use crate::text::clean;

/// A link or file that hangs on a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Where it leads.
    pub url: String,
    /// What people read on the card.
    pub name: String,
}

#[derive(Deserialize)]
struct WireAttachment {
    id: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    name: String,
}

impl TryFrom<WireAttachment> for Attachment {
    type Error = BadId;

    fn try_from(wire: WireAttachment) -> Result<Self, BadId> {
        Ok(Attachment { id: wire.id.parse()?, url: clean(&wire.url), name: clean(&wire.name) })
    }
}

impl Trello {
    /// What hangs on a card.
    pub async fn attachments(&self, card: &CardId) -> Result<Vec<Attachment>, Trouble> {
        let (path, call) = (format!("cards/{card}/attachments"), "GET /cards/{id}/attachments");
        self.read_all::<WireAttachment, _>(&path, call, &[("fields", "url,name")]).await
    }

    /// Hangs a link on a card. `name`: at most 256 characters.
    pub async fn attach(&self, slot: Slot, card: &CardId, url: &str, name: &str) -> Result<(), Trouble> {
        let (path, call) = (format!("cards/{card}/attachments"), "POST /cards/{id}/attachments");
        let form = vec![("url", url.to_owned()), ("name", name.to_owned())];
        let made: wire::Made = self.write(slot, Method::POST, &path, call, form).await?;
        tracing::debug!(%card, attachment = made.id, "attached");
        Ok(())
    }

    /// Takes an attachment off a card. That it is not there is no failure.
    pub async fn detach(&self, card: &CardId, attachment: &Attachment) -> Result<(), Trouble> {
        let path = format!("cards/{card}/attachments/{}", attachment.id);
        match self.remove(&path, "DELETE /cards/{id}/attachments/{id}").await {
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(()),
            other => other,
        }
    }
}
