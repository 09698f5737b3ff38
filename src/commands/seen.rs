//! Which boards a room sees, and which of them is meant.

use super::ask::Ask;
use super::known::KnownBoard;
use super::pick::{Pick, pick};
use super::say::{Text, choices, sentence};
use super::view::{no_such, out_of_reach};
use super::{Answered, Desk, wrong};
use crate::trello::{Board, Trello};

/// A board that a room sees.
pub(super) type Seen = (KnownBoard, Board);

impl Desk {
    pub(super) fn trello(&self, known: &KnownBoard) -> Answered<&Trello> {
        let missing = || wrong(&format!("The Trello account `{}` is not configured.", known.account));
        self.accounts.get(&known.account).ok_or_else(missing)
    }

    async fn read_board(&self, known: &KnownBoard) -> Answered<Board> {
        self.boards.read(self.trello(known)?, &known.place).await.map_err(|trouble| out_of_reach(&trouble))
    }

    /// The boards that a room sees, its own first. One that cannot be read hides no other.
    pub(super) async fn seen(&self, ask: &Ask) -> Answered<Vec<Seen>> {
        let (mut seen, mut trouble): (Vec<Seen>, _) = (Vec::new(), None);
        for known in self.boards.seen_by(&ask.room) {
            match self.read_board(&known).await {
                Ok(board) => match seen.iter_mut().find(|(_, other)| other.id == board.id) {
                    Some((other, _)) => other.learn(known),
                    None => seen.push((known, board)),
                },
                Err(message) => trouble = trouble.or(Some(message)),
            }
        }
        match trouble {
            Some(message) if seen.is_empty() => Err(message),
            _ if seen.is_empty() => {
                Err(sentence("This room sees no board yet; set `board` in its [[room]] in kanbridge.toml."))
            }
            _ => Ok(seen),
        }
    }

    /// The board that is meant: the one named, or the room's own.
    pub(super) async fn board_named(&self, ask: &Ask, name: Option<&str>) -> Answered<Seen> {
        let mut seen = self.seen(ask).await?;
        let all: Vec<String> = seen.iter().map(|(_, board)| board.name.clone()).collect();
        let Some(name) = name else {
            if seen.len() > 1 && ask.room.commands.board.is_none() {
                let text = Text::new().text("This room has no board of its own; it sees ");
                let text = choices(text, &all).text(". Set `board` in its [[room]], and I know which one is meant.");
                return Err(text.message());
            }
            let (mut known, board) = seen.remove(0);
            self.learn_of_routes(&mut known, &board).await;
            return Ok((known, board));
        };
        match pick(name, &seen, |(_, board)| vec![board.name.clone()]) {
            Pick::One(found) => Ok(found.clone()),
            found => Err(no_such(found, "board", name, |(_, board)| board.name.clone(), &all)),
        }
    }

    /// A room may name its board by another name than the route does.
    async fn learn_of_routes(&self, known: &mut KnownBoard, board: &Board) {
        for routed in self.boards.routed() {
            let same = routed.account == known.account;
            if same && self.read_board(routed).await.is_ok_and(|other| other.id == board.id) {
                known.learn(routed.clone());
            }
        }
    }
}
