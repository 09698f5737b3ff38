//! What a person looks up while setting kanbridge up: who the token is and what it may do, boards, members. Nothing here
//! is called while the bridge runs.

use jiff::Timestamp;
use serde::Deserialize;

use super::client::Trello;
use crate::model::{BadId, BoardId, Trouble};

/// A member by all their names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Person {
    /// Their id, 24 hexadecimal digits.
    pub id: String,
    /// As behind the `@`.
    pub username: String,
    /// As people read it.
    #[serde(default, rename = "fullName")]
    pub full_name: String,
}

/// A board as its member sees it in the list of their boards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnBoard {
    /// Its id.
    pub id: BoardId,
    /// As people read it.
    pub name: String,
    /// Closed boards take no cards.
    pub closed: bool,
    /// What its URL ends in.
    pub short_link: String,
}

/// A label with its colour: half of all labels have no name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ColouredLabel {
    /// Its id, 24 hexadecimal digits.
    pub id: String,
    /// As people read it; may be empty.
    #[serde(default)]
    pub name: String,
    /// Trello's name of it; there are labels without.
    #[serde(default)]
    pub color: Option<String>,
}

/// What a token may do, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// Never, where there is no time.
    pub expires: Option<Timestamp>,
    /// It may read boards.
    pub reads: bool,
    /// It may write on boards.
    pub writes: bool,
}

#[derive(Deserialize)]
struct WireBoard {
    id: String,
    name: String,
    #[serde(default)]
    closed: bool,
    #[serde(default, rename = "shortLink")]
    short_link: String,
}

#[derive(Deserialize)]
struct WireToken {
    #[serde(default, rename = "dateExpires")]
    expires: Option<Timestamp>,
    #[serde(default)]
    permissions: Vec<Permission>,
}

#[derive(Deserialize)]
struct Permission {
    #[serde(default, rename = "modelType")]
    model: String,
    #[serde(default)]
    read: bool,
    #[serde(default)]
    write: bool,
}

impl TryFrom<WireBoard> for OwnBoard {
    type Error = BadId;

    fn try_from(board: WireBoard) -> Result<Self, BadId> {
        let WireBoard { id, name, closed, short_link } = board;
        Ok(OwnBoard { id: id.parse()?, name, closed, short_link })
    }
}

impl From<WireToken> for TokenFacts {
    /// One permission stands for the boards of all workspaces; that for `Member` is the scope `account`.
    fn from(token: WireToken) -> Self {
        let boards = || token.permissions.iter().filter(|permission| permission.model == "Board");
        TokenFacts {
            expires: token.expires,
            reads: boards().any(|permission| permission.read),
            writes: boards().any(|permission| permission.write),
        }
    }
}

impl Trello {
    /// Who the token acts as.
    pub async fn me(&self) -> Result<Person, Trouble> {
        self.get("members/me", "GET /members/me", &[("fields", "username,fullName")]).await
    }

    /// What the token may do, and until when.
    pub async fn token_facts(&self) -> Result<TokenFacts, Trouble> {
        // Trello wants the token in the path of this one call; our log names the route only.
        let path = format!("tokens/{}", self.token());
        self.get::<WireToken>(&path, "GET /tokens/{token}", &[]).await.map(TokenFacts::from)
    }

    /// The boards of the token's member, closed ones too.
    pub async fn own_boards(&self) -> Result<Vec<OwnBoard>, Trouble> {
        let query = [("filter", "all"), ("fields", "name,closed,shortLink")];
        self.read_all::<WireBoard, _>("members/me/boards", "GET /members/me/boards", &query).await
    }

    /// All labels of a board, with their colours.
    pub async fn coloured_labels(&self, board: &BoardId) -> Result<Vec<ColouredLabel>, Trouble> {
        let query = [("limit", "1000"), ("fields", "name,color")];
        self.get(&format!("boards/{board}/labels"), "GET /boards/{id}/labels", &query).await
    }

    /// The members of a board.
    pub async fn board_members(&self, board: &BoardId) -> Result<Vec<Person>, Trouble> {
        let query = [("fields", "username,fullName")];
        self.get(&format!("boards/{board}/members"), "GET /boards/{id}/members", &query).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_out_of_the_permissions_for_boards() {
        let facts = |json: &str| TokenFacts::from(serde_json::from_str::<WireToken>(json).unwrap());
        let whole = facts(
            r#"{"id":"x","dateExpires":null,"permissions":[
                {"idModel":"m","modelType":"Member","read":true,"write":false},
                {"idModel":"*","modelType":"Board","read":true,"write":true}]}"#,
        );
        assert_eq!(whole, TokenFacts { expires: None, reads: true, writes: true });
        let narrow =
            facts(r#"{"dateExpires":"2026-12-01T00:00:00.000Z","permissions":[{"modelType":"Board","read":true}]}"#);
        assert!(narrow.expires.is_some() && narrow.reads && !narrow.writes);
    }
}
