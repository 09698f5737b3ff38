//! Boards, their lists, labels and members.

use http::Method;

use super::client::Trello;
use super::map::{self, Board, BoardLabel, List, Member};
use super::{color, wire};
use crate::model::{BoardId, LabelId, ListId, Trouble};

impl Trello {
    /// Reads a list.
    pub async fn list(&self, id: &ListId) -> Result<List, Trouble> {
        let query = [("fields", "name,closed,idBoard")];
        self.read::<wire::List, _>(&format!("lists/{id}"), "GET /lists/{id}", &query).await
    }

    /// Reads a board; `id` may be its short link.
    pub async fn board(&self, id: &str) -> Result<Board, Trouble> {
        let fields = [("fields", "name,closed,shortUrl,prefs")];
        self.read::<wire::Board, _>(&format!("boards/{id}"), "GET /boards/{id}", &fields).await
    }

    /// All lists of a board, archived ones too.
    pub async fn lists(&self, board: &BoardId) -> Result<Vec<List>, Trouble> {
        let query = [("filter", "all"), ("fields", "name,closed,idBoard")];
        self.read_all::<wire::List, _>(&format!("boards/{board}/lists"), "GET /boards/{id}/lists", &query).await
    }

    /// All labels of a board. Trello gives 50 where no limit is asked for; a board holds at most 1,000.
    pub async fn labels(&self, board: &BoardId) -> Result<Vec<BoardLabel>, Trouble> {
        let query = [("limit", "1000"), ("fields", "name")];
        self.read_all::<wire::Label, _>(&format!("boards/{board}/labels"), "GET /boards/{id}/labels", &query).await
    }

    /// The members of a board.
    pub async fn members(&self, board: &BoardId) -> Result<Vec<Member>, Trouble> {
        let query = [("fields", "username")];
        self.read_all::<wire::Member, _>(&format!("boards/{board}/members"), "GET /boards/{id}/members", &query).await
    }

    /// Makes a label on a board, in the colour of Trello's that is nearest to `color` (`#rrggbb`).
    pub async fn create_label(&self, board: &BoardId, name: &str, color: Option<&str>) -> Result<LabelId, Trouble> {
        let call = "POST /labels";
        let color = color.and_then(color::nearest).unwrap_or("null");
        let form = vec![("idBoard", board.to_string()), ("name", name.to_owned()), ("color", color.to_owned())];
        let slot = self.slot().await?;
        let made: wire::Made = self.write(slot, Method::POST, "labels", call, form).await?;
        made.id.parse().map_err(|error| map::nonsense(call, &error))
    }
}
