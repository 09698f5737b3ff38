//! What this process knows of the boards it works on: lists and labels for a quarter of an hour, and when their cards were
//! read into the store's index of marks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::Hands;
use super::trouble::TurnError;
use crate::model::{AccountName, BoardId, ListId, Micros, Trouble, TroubleKind};
use crate::store::{IndexedCard, Store};
use crate::sync::face;
use crate::sync::rules::Route;
use crate::trello::{BoardLabel, Card, List, Member, Trello};

/// What happened to cards that no turn of ours had in hand shows when their board is read again, after this: one call for
/// a thousand cards.
const INDEX: Duration = Duration::from_secs(3600);

/// Boards by account and id or short link, as routes name them. Each has a lock of its own, so that a hundred turns
/// that need a board at once read it once, and a label that two of them miss is made once.
#[derive(Debug, Default)]
pub(super) struct Boards(Mutex<HashMap<(String, String), Slot>>);

/// What is known of one board.
pub(super) type Slot = Arc<Mutex<Shelf>>;

#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// As last read; `None` before.
    pub(super) known: Option<Known>,
    /// The last attempt to read it, where that failed, and when it ended.
    failed: Option<(Instant, Trouble)>,
}

/// A board as last read.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: BoardId,
    pub(super) read_at: Micros,
    /// When its cards were read into the store's index.
    indexed_at: Micros,
    pub(super) lists: Vec<List>,
    pub(super) labels: Vec<BoardLabel>,
    /// Read when somebody is first assigned.
    pub(super) members: Option<Vec<Member>>,
}

impl Boards {
    async fn slot(&self, account: &str, name: &str) -> Slot {
        let mut boards = self.0.lock().await;
        Arc::clone(boards.entry((account.to_owned(), name.to_owned())).or_default())
    }
}

/// How a board is named.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// By its id or short link.
    Board(&'a str),
    /// By a list that stands on it, as `TRELLO_LIST_ID` does.
    OfList(&'a str),
}

/// Under this the names of boards are pinned to their ids.
pub fn board_scope(account: &AccountName) -> String {
    format!("board/{account}")
}

/// Under this the names of a board's lists are pinned to their ids.
pub fn list_scope(board: &BoardId) -> String {
    format!("list/{board}")
}

impl<'a> Place<'a> {
    /// Where `route` has its cards.
    pub(super) fn of_route(route: &'a Route) -> Self {
        match &route.board {
            Some(board) => Place::Board(board),
            None => Place::OfList(route.columns.first().map_or("", |column| column.list.as_str())),
        }
    }

    pub(super) fn name(self) -> &'a str {
        match self {
            Place::Board(name) | Place::OfList(name) => name,
        }
    }
}

/// A board, read.
pub(super) struct RouteBoard<'a> {
    pub(super) trello: &'a Trello,
    pub(super) store: &'a Store,
    pub(super) slot: Slot,
}

impl<'a> RouteBoard<'a> {
    /// The board at `place`, read where it is not known or was read too long ago.
    pub(super) async fn open(hands: &'a Hands, trello: &'a Trello, place: Place<'_>) -> Result<Self, TurnError> {
        let asked = Instant::now();
        let slot = hands.boards.slot(&trello.account().0, place.name()).await;
        let board = RouteBoard { trello, store: &hands.store, slot };
        let mut shelf = board.slot.lock().await;
        // Who waited while somebody else read in vain need not try the same again: a board that cannot be read must
        // not take up the turns of all that can.
        if let Some((_, trouble)) = shelf.failed.as_ref().filter(|(ended, _)| *ended >= asked) {
            return Err(board.trouble(trouble.clone()));
        }
        let now = hands.clock.now();
        let stale = shelf.known.as_ref().is_none_or(|known| now.since(known.read_at) >= hands.spans.board_memory);
        if stale {
            match board.read_and_index(place, now, shelf.known.as_ref()).await {
                Ok(fresh) => *shelf = Shelf { known: Some(fresh), failed: None },
                Err(error) => {
                    if let TurnError::Neighbour(_, trouble) = &error {
                        shelf.failed = Some((Instant::now(), trouble.clone()));
                    }
                    return Err(error);
                }
            }
        }
        drop(shelf);
        Ok(board)
    }

    /// Reads the board, and its cards where they were not read before, or long ago.
    async fn read_and_index(&self, place: Place<'_>, now: Micros, before: Option<&Known>) -> Result<Known, TurnError> {
        let fresh = self.read(place, now).await?;
        match before.filter(|before| before.id == fresh.id && now.since(before.indexed_at) < INDEX) {
            Some(before) => Ok(Known { indexed_at: before.indexed_at, ..fresh }),
            None => {
                self.index_all(&fresh.id).await?;
                Ok(fresh)
            }
        }
    }

    pub(super) async fn known(&self) -> Result<Known, TurnError> {
        self.slot.lock().await.known.clone().ok_or_else(|| self.unread())
    }

    pub(super) fn unread(&self) -> TurnError {
        self.trouble(Trouble::undone(TroubleKind::Down, "the board has to be read again"))
    }

    pub(super) async fn id(&self) -> Result<BoardId, TurnError> {
        Ok(self.known().await?.id)
    }

    /// Forgets what is known, so that the next turn reads the board again. Its cards need not be read again.
    pub(super) async fn forget(&self) {
        if let Some(known) = self.slot.lock().await.known.as_mut() {
            known.read_at = Micros::default();
        }
    }

    pub(super) fn trouble(&self, trouble: Trouble) -> TurnError {
        TurnError::Neighbour(neighbour(self.trello), trouble)
    }

    async fn read(&self, place: Place<'_>, now: Micros) -> Result<Known, TurnError> {
        let scope = board_scope(self.trello.account());
        // Only a board's own name is pinned: a list may be moved to another board, and is followed there.
        let id = match place {
            Place::Board(name) => self.store.pin(&scope, name).await?.unwrap_or_else(|| name.to_owned()),
            Place::OfList(list) => self.board_of_list(list).await?,
        };
        let found = self.trello.board(&id).await;
        let board = found.map_err(|trouble| self.trouble(missing(trouble, place)))?;
        if board.closed {
            let sentence = format!("the board `{}` is closed; reopen it in Trello, or {}", board.name, change(place));
            return Err(self.trouble(Trouble::refused(sentence)));
        }
        if let Place::Board(name) = place {
            self.store.set_pin(&scope, name, board.id.as_str()).await?;
        }
        let lists = self.trello.lists(&board.id).await.map_err(|trouble| self.trouble(trouble))?;
        let labels = self.trello.labels(&board.id).await.map_err(|trouble| self.trouble(trouble))?;
        Ok(Known { id: board.id, read_at: now, indexed_at: now, lists, labels, members: None })
    }

    /// The board of a list that is given by its id alone.
    async fn board_of_list(&self, list: &str) -> Result<String, TurnError> {
        let gone =
            || self.trouble(Trouble::refused(format!("the list {list} does not exist; is TRELLO_LIST_ID right?")));
        let id: ListId = list.parse().map_err(|_| gone())?;
        match self.trello.list(&id).await {
            Ok(List { board: Some(board), .. }) => Ok(board.to_string()),
            Ok(_) => Err(gone()),
            Err(trouble) if trouble.kind == TroubleKind::Gone => Err(gone()),
            Err(trouble) => Err(self.trouble(trouble)),
        }
    }

    /// Reads all cards of the board into the index of marks: memory that was lost must not make second cards.
    async fn index_all(&self, board: &BoardId) -> Result<(), TurnError> {
        let cards = self.trello.all_cards(board).await.map_err(|trouble| self.trouble(trouble))?;
        tracing::info!(%board, cards = cards.len(), "read a board's cards");
        self.store.add_cards(board, &marked(&cards)).await?;
        match self.store.mark_twinned(board).await? {
            0 => {}
            twins => tracing::warn!(%board, twins, "issues have more than one card on this board"),
        }
        Ok(())
    }

    /// Reads the newest cards of the board into the index: where a card must be that was made a moment ago.
    pub(super) async fn index_newest(&self) -> Result<(), TurnError> {
        let board = self.id().await?;
        let cards = self.trello.cards(&board, None).await.map_err(|trouble| self.trouble(trouble))?;
        Ok(self.store.add_cards(&board, &marked(&cards)).await?)
    }
}

/// The name that keys wait for while an account's Trello is down.
pub(super) fn neighbour(trello: &Trello) -> String {
    format!("trello/{}", trello.account())
}

/// The trouble where a board of a relay is not there.
pub(super) fn no_board(trouble: Trouble, name: &str) -> Trouble {
    missing(trouble, Place::Board(name))
}

fn missing(trouble: Trouble, place: Place<'_>) -> Trouble {
    match trouble.kind {
        TroubleKind::Gone => Trouble::undone(
            TroubleKind::Gone,
            format!(
                "the board of `{}` does not exist, or the token's member is not on it; add the member, or {}",
                place.name(),
                change(place)
            ),
        ),
        _ => trouble,
    }
}

/// What to change where a board or list is not the right one.
fn change(place: Place<'_>) -> &'static str {
    match place {
        Place::Board(_) => "change the [[route]], the [[relay]] or TRELLO_BOARD_ID",
        Place::OfList(_) => "change TRELLO_LIST_ID",
    }
}

/// The cards among `cards` that carry our mark or speak of an issue.
pub(super) fn marked(cards: &[Card]) -> Vec<IndexedCard> {
    let index = |card: &Card| IndexedCard {
        card: card.id.clone(),
        mark: face::read_mark(&card.description),
        foreign_url: foreign(card),
        closed: card.closed,
        named: face::read_mark(&card.description).is_none_or(|mark| face::issue_number(&card.name) == Some(mark.iid)),
    };
    cards.iter().map(index).filter(|card| card.mark.is_some() || card.foreign_url.is_some()).collect()
}

fn foreign(card: &Card) -> Option<String> {
    let attachments = card.attachments.iter().map(String::as_str);
    face::foreign_issue(&card.name, &card.description, attachments).map(|url| url.to_string())
}
