//! What an import would do, without doing it: boards are read, and nothing is written, neither to Trello nor to the
//! store.

use std::collections::HashMap;

use super::boards::{Place, board_scope, list_scope, marked};
use super::import::plan_import;
use super::known::{Sight, sight};
use crate::model::{AccountName, BoardId, CardId, Issue, IssueUrl, Trouble};
use crate::store::{IndexedCard, Store};
use crate::sync::discretion::discretion;
use crate::sync::plan::Plan;
use crate::sync::rules::{Route, route_for};
use crate::trello::{List, Trello};

/// What would be done about an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A card would be made on this list.
    Create(String),
    /// This card, which stands there already, would be taken.
    Adopt(String),
    /// Its card is this one, and would be compared with what has changed in the issue.
    Follow(String),
    /// It has turned confidential, and this card would be taken away, or emptied where people worked on it.
    Hide(String),
    /// It is confidential, and all but its place would be taken off this card.
    Redact(String),
    /// Nothing, and why.
    Nothing(String),
}

/// Looks ahead.
#[derive(Debug)]
pub struct Preview<'a> {
    routes: &'a [Route],
    accounts: &'a [Trello],
    store: Option<&'a Store>,
    boards: HashMap<(AccountName, String), Board>,
}

#[derive(Debug)]
struct Board {
    id: BoardId,
    lists: Vec<List>,
    cards: Vec<IndexedCard>,
}

impl<'a> Preview<'a> {
    /// `store`: what is known already, if anything.
    pub fn new(routes: &'a [Route], accounts: &'a [Trello], store: Option<&'a Store>) -> Self {
        Preview { routes, accounts, store, boards: HashMap::new() }
    }

    /// What an import would do about `issue`.
    ///
    /// # Errors
    /// A sentence: what of Trello or the store could not be read.
    pub async fn outcome(&mut self, issue: &Issue, closed_too: bool) -> Result<Outcome, String> {
        let Some(route) = route_for(self.routes, issue) else {
            return Ok(Outcome::Nothing("no route is for its project".to_owned()));
        };
        let link = match self.store {
            Some(store) => store.link(&issue.id).await.map_err(|error| error.to_string())?,
            None => None,
        };
        let card = || link.as_ref().and_then(|link| link.card.as_ref()).map_or_else(String::new, CardId::to_string);
        match plan_import(issue, link.as_ref(), route, closed_too) {
            Plan::Create | Plan::CreateAnew => self.place(issue, route).await,
            Plan::Follow if self.is_news(issue).await? => Ok(Outcome::Follow(card())),
            Plan::Follow => Ok(Outcome::Nothing("it has a card, and has not changed".to_owned())),
            Plan::Hide => Ok(Outcome::Hide(card())),
            Plan::Redact => Ok(Outcome::Redact(card())),
            Plan::NoteClosed => Ok(Outcome::Nothing("its card was deleted".to_owned())),
            Plan::Rest(why) => Ok(Outcome::Nothing(why.to_string())),
        }
    }

    /// Whether the issue says something else than we know.
    async fn is_news(&self, issue: &Issue) -> Result<bool, String> {
        let Some(store) = self.store else { return Ok(true) };
        let seen = sight(store, &discretion(self.routes), issue).await.map_err(|error| error.to_string())?;
        Ok(seen == Sight::News)
    }

    async fn place(&mut self, issue: &Issue, route: &Route) -> Result<Outcome, String> {
        let Some(column) = route.column(&issue.ticket) else {
            return Ok(Outcome::Nothing("no column of its route holds such issues".to_owned()));
        };
        let key = (route.account.clone(), Place::of_route(route).name().to_owned());
        if !self.boards.contains_key(&key) {
            let board = self.read(route).await?;
            self.boards.insert(key.clone(), board);
        }
        let Some(board) = self.boards.get(&key) else { return Err("a board was read and is gone".to_owned()) };
        if let Some(card) = best(&board.cards, issue) {
            return Ok(Outcome::Adopt(card.card.to_string()));
        }
        let pinned = self.pinned(&list_scope(&board.id), &column.list).await?;
        let named = pinned.as_deref().unwrap_or(&column.list);
        let open = |list: &&List| !list.closed && (list.id.as_str() == named || list.name == column.list);
        Ok(match board.lists.iter().find(open) {
            Some(list) => Outcome::Create(list.name.clone()),
            None => Outcome::Nothing(format!("the board has no open list `{}`; change the route", column.list)),
        })
    }

    async fn pinned(&self, scope: &str, name: &str) -> Result<Option<String>, String> {
        match self.store {
            Some(store) => store.pin(scope, name).await.map_err(|error| error.to_string()),
            None => Ok(None),
        }
    }

    async fn read(&self, route: &Route) -> Result<Board, String> {
        let said = |trouble: Trouble| trouble.sentence;
        let account = self.accounts.iter().find(|trello| *trello.account() == route.account);
        let trello = account.ok_or_else(|| format!("the Trello account `{}` is not configured", route.account))?;
        let name = match Place::of_route(route) {
            Place::Board(name) => {
                self.pinned(&board_scope(trello.account()), name).await?.unwrap_or_else(|| name.to_owned())
            }
            Place::OfList(list) => {
                let id = list.parse().map_err(|error: crate::model::BadId| error.to_string())?;
                let board = trello.list(&id).await.map_err(said)?.board;
                board.ok_or_else(|| format!("the list {list} stands on no board"))?.to_string()
            }
        };
        let id = trello.board(&name).await.map_err(said)?.id;
        let lists = trello.lists(&id).await.map_err(said)?;
        let cards = marked(&trello.all_cards(&id).await.map_err(said)?);
        Ok(Board { id, lists, cards })
    }
}

/// The card that is the issue's already, as the store's index would choose it: ours first, open ones first, the oldest.
fn best<'a>(cards: &'a [IndexedCard], issue: &Issue) -> Option<&'a IndexedCard> {
    let url = issue.url.as_deref().and_then(IssueUrl::parse).map(|url| url.to_string());
    let foreign = |card: &IndexedCard| card.mark.is_none() && !card.closed && url.is_some() && card.foreign_url == url;
    let ours = |card: &IndexedCard| card.mark.as_ref() == Some(&issue.id);
    let candidates = cards.iter().filter(|card| ours(card) || foreign(card));
    candidates.min_by_key(|card| (card.mark.is_none(), card.closed, card.card.as_str()))
}
