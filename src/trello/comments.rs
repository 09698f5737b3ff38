//! What people say on a card. Comments are actions of the card; only one's own can be changed
//! (<https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-id-actions-comments-post>).

use http::Method;
use serde::Deserialize;

use super::client::{PAGE, Slot, Trello};
use super::map;
use crate::model::{ActionId, BadId, CardId, Comment, Micros, Trouble};
use crate::text::clean;

#[derive(Deserialize)]
struct WireComment {
    id: String,
    date: jiff::Timestamp,
    data: WireData,
    #[serde(rename = "memberCreator")]
    author: Option<WireAuthor>,
}

#[derive(Deserialize)]
struct WireData {
    #[serde(default)]
    text: String,
    /// Live answers have it once a comment was edited; no page documents it.
    #[serde(rename = "dateLastEdited")]
    edited: Option<jiff::Timestamp>,
}

#[derive(Deserialize)]
struct WireAuthor {
    #[serde(default, rename = "fullName")]
    full_name: String,
    #[serde(default)]
    username: String,
}

impl TryFrom<WireComment> for Comment {
    type Error = BadId;

    fn try_from(wire: WireComment) -> Result<Self, BadId> {
        let created = Micros(wire.date.as_microsecond());
        let names = wire.author.map(|author| [author.full_name, author.username]).unwrap_or_default();
        Ok(Comment {
            id: wire.id.parse()?,
            author: names.iter().map(|name| clean(name)).find(|name| !name.trim().is_empty()).unwrap_or_default(),
            text: clean(&wire.data.text),
            created,
            changed: wire.data.edited.map_or(created, |edited| Micros(edited.as_microsecond())),
        })
    }
}

impl Trello {
    /// All comments on a card, those included that came along when it was copied from another card.
    pub async fn comments(&self, card: &CardId) -> Result<Vec<Comment>, Trouble> {
        let mut all = self.comment_page(card, None).await?;
        let mut fresh = all.len();
        while fresh >= PAGE {
            let oldest = all.iter().map(|comment| comment.id.clone()).min();
            let page = self.comment_page(card, oldest.as_ref()).await?;
            let before = all.len();
            all.extend(page.into_iter().filter(|comment| oldest.as_ref().is_none_or(|oldest| comment.id < *oldest)));
            fresh = all.len() - before;
        }
        Ok(all)
    }

    async fn comment_page(&self, card: &CardId, before: Option<&ActionId>) -> Result<Vec<Comment>, Trouble> {
        let limit = PAGE.to_string();
        let mut query = vec![
            ("filter", "commentCard,copyCommentCard"),
            ("limit", limit.as_str()),
            ("fields", "data,date,type"),
            ("member", "false"),
            ("memberCreator_fields", "fullName,username"),
        ];
        query.extend(before.map(|id| ("before", id.as_str())));
        self.read_all::<WireComment, _>(&format!("cards/{card}/actions"), "GET /cards/{id}/actions", &query).await
    }

    /// Says something on a card; gives the comment as Trello keeps it.
    pub async fn post_comment(&self, slot: Slot, card: &CardId, text: &str) -> Result<Comment, Trouble> {
        let (path, call) = (format!("cards/{card}/actions/comments"), "POST /cards/{id}/actions/comments");
        self.write_comment(slot, Method::POST, &path, call, text).await
    }

    /// Changes a comment; gives it as Trello keeps it.
    pub async fn edit_comment(&self, slot: Slot, comment: &ActionId, text: &str) -> Result<Comment, Trouble> {
        self.write_comment(slot, Method::PUT, &format!("actions/{comment}"), "PUT /actions/{id}", text).await
    }

    /// Deletes a comment.
    pub async fn delete_comment(&self, comment: &ActionId) -> Result<(), Trouble> {
        self.remove(&format!("actions/{comment}"), "DELETE /actions/{id}").await
    }

    async fn write_comment(
        &self,
        slot: Slot,
        method: Method,
        path: &str,
        call: &str,
        text: &str,
    ) -> Result<Comment, Trouble> {
        let form = vec![("text", text.to_owned())];
        let written: WireComment = self.write(slot, method, path, call, form).await?;
        written.try_into().map_err(|error| map::nonsense(call, &error))
    }
}
