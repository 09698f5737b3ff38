//! The boards that people can ask about: those that routes and relays name, and a room's own.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::model::{AccountName, ListId, Room, RoomName, Trouble, TroubleKind};
use crate::trello::{Board, Trello};

/// A board's name and id are remembered this long.
const MEMORY: Duration = Duration::from_secs(300);

/// How a board is named in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// By id or short link.
    Board(String),
    /// By a list that stands on it.
    OfList(ListId),
}

/// A board as the configuration knows it.
#[derive(Clone, Debug)]
pub struct KnownBoard {
    /// With these credentials.
    pub account: AccountName,
    /// Which.
    pub place: Place,
    /// A route leads there.
    pub routed: bool,
    /// The list for open issues' cards, by id or name.
    pub opened: Option<String>,
    /// The list for those of closed issues, by id or name.
    pub done: Option<String>,
    /// The one project whose issues live there, by path or number.
    pub project: Option<String>,
    /// What people do there happens in GitLab.
    pub two_way: bool,
    /// Its activity is told in these rooms.
    pub rooms: Vec<RoomName>,
}

/// All of them, and what was read of them.
#[derive(Debug)]
pub(super) struct Boards {
    known: Vec<KnownBoard>,
    read: Mutex<HashMap<(AccountName, Place), (Instant, Board)>>,
}

impl Boards {
    pub(super) fn new(known: Vec<KnownBoard>) -> Self {
        Boards { known, read: Mutex::default() }
    }

    /// Those that a room sees, its own first: where it has one of its own, or some are told in it, those and no others.
    pub(super) fn seen_by(&self, room: &Room) -> Vec<KnownBoard> {
        let own = room.commands.board.as_ref().map(|board| Place::Board(board.clone()));
        let mut seen: Vec<KnownBoard> = own.into_iter().map(|place| self.named(place)).collect();
        seen.extend(self.known.iter().filter(|board| board.rooms.contains(&room.name)).cloned());
        if seen.is_empty() {
            seen = self.routed().cloned().collect();
        }
        seen
    }

    /// Whether a room sees some boards and no others.
    pub(super) fn binds(&self, room: &Room) -> bool {
        room.commands.board.is_some() || self.tells(&room.name)
    }

    /// Whether some board's activity is told in a room.
    pub(super) fn tells(&self, room: &RoomName) -> bool {
        self.known.iter().any(|board| board.rooms.contains(room))
    }

    /// Those that routes name.
    pub(super) fn routed(&self) -> impl Iterator<Item = &KnownBoard> {
        self.known.iter().filter(|board| board.routed)
    }

    /// A room's own board: with the credentials by which others know it, else those of the environment.
    fn named(&self, place: Place) -> KnownBoard {
        let known = self.known.iter().find(|board| board.place == place).map(|board| board.account.clone());
        KnownBoard {
            account: known.unwrap_or_else(|| AccountName("default".to_owned())),
            place,
            routed: false,
            opened: None,
            done: None,
            project: None,
            two_way: false,
            rooms: Vec::new(),
        }
    }

    /// A board's id and name, as read of late.
    pub(super) async fn read(&self, trello: &Trello, place: &Place) -> Result<Board, Trouble> {
        let name = (trello.account().clone(), place.clone());
        let fresh = |(at, _): &&(Instant, Board)| at.elapsed() < MEMORY;
        if let Some((_, board)) = self.read.lock().await.get(&name).filter(fresh) {
            return Ok(board.clone());
        }
        let board = match place {
            Place::Board(board) => trello.board(board).await?,
            Place::OfList(list) => {
                let gone = || Trouble::undone(TroubleKind::Gone, "the list of TRELLO_LIST_ID stands on no board");
                let board = trello.list(list).await?.board.ok_or_else(gone)?;
                trello.board(board.as_str()).await?
            }
        };
        self.read.lock().await.insert(name, (Instant::now(), board.clone()));
        Ok(board)
    }
}

impl KnownBoard {
    /// Several routes may lead to one board, and a relay knows less of it than a route.
    pub(super) fn learn(&mut self, other: KnownBoard) {
        self.opened = self.opened.take().or(other.opened);
        self.done = self.done.take().or(other.done);
        self.project = self.project.take().or(other.project);
        self.two_way |= other.two_way;
        self.routed |= other.routed;
    }
}
