//! A board's open cards as people ask for them from chat: a line's worth of each.

use jiff::civil::Date;
use serde::Deserialize;

use super::client::{PAGE, Trello};
use crate::model::{BadId, BoardId, CardId, ListId, MemberId, Trouble, TroubleKind};
use crate::text::clean;

const FIELDS: &str = "name,idBoard,idList,idShort,shortLink,shortUrl,due,dueComplete,idMembers,closed";

/// What is shown of a card in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardLine {
    /// Its id.
    pub id: CardId,
    /// Its name, with whatever prefix.
    pub name: String,
    /// Its number on the board.
    pub number: i64,
    /// What its address ends in.
    pub short_link: String,
    /// Its address.
    pub url: String,
    /// The board it stands on.
    pub board: BoardId,
    /// The list it stands on.
    pub list: ListId,
    /// The day it is due, in UTC.
    pub due: Option<Date>,
    /// Marked as done.
    pub done: bool,
    /// Archived.
    pub closed: bool,
    /// Its members.
    pub members: Vec<MemberId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireLine {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    id_short: i64,
    #[serde(default)]
    short_link: String,
    #[serde(default)]
    short_url: String,
    id_board: String,
    id_list: String,
    due: Option<String>,
    #[serde(default)]
    due_complete: bool,
    #[serde(default)]
    closed: bool,
    #[serde(default)]
    id_members: Vec<String>,
}

impl TryFrom<WireLine> for CardLine {
    type Error = BadId;

    fn try_from(wire: WireLine) -> Result<Self, BadId> {
        Ok(CardLine {
            id: wire.id.parse()?,
            name: clean(&wire.name),
            number: wire.id_short,
            short_link: wire.short_link,
            url: wire.short_url,
            board: wire.id_board.parse()?,
            list: wire.id_list.parse()?,
            due: wire.due.as_deref().and_then(|due| due.get(..10)?.parse().ok()),
            done: wire.due_complete,
            closed: wire.closed,
            members: wire.id_members.iter().map(|id| id.parse()).collect::<Result<_, _>>()?,
        })
    }
}

impl Trello {
    /// All open cards of a board, a thousand a call, in the order in which they were made.
    pub async fn open_cards(&self, board: &BoardId) -> Result<Vec<CardLine>, Trouble> {
        let mut all = self.open_page(board, None).await?;
        let mut fresh = all.len();
        while fresh >= PAGE {
            let oldest = all.iter().map(|card| card.id.clone()).min();
            let page = self.open_page(board, oldest.as_ref()).await?;
            let before = all.len();
            all.extend(page.into_iter().filter(|card| oldest.as_ref().is_none_or(|oldest| card.id < *oldest)));
            fresh = all.len() - before;
        }
        all.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(all)
    }

    async fn open_page(&self, board: &BoardId, before: Option<&CardId>) -> Result<Vec<CardLine>, Trouble> {
        let limit = PAGE.to_string();
        let mut query = vec![("filter", "open"), ("limit", limit.as_str()), ("fields", FIELDS)];
        query.extend(before.map(|card| ("before", card.as_str())));
        self.read_all::<WireLine, _>(&format!("boards/{board}/cards"), "GET /boards/{id}/cards", &query).await
    }

    /// A card's line, by its id or short link; `None` when there is none.
    pub async fn card_line(&self, id: &str) -> Result<Option<CardLine>, Trouble> {
        match self.read::<WireLine, _>(&format!("cards/{id}"), "GET /cards/{id}", &[("fields", FIELDS)]).await {
            Ok(card) => Ok(Some(card)),
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }
}
