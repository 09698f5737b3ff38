//! What people do at the board with their own hands. It leaves the same actions as calls do, and reaches the same
//! webhooks; only the app is missing.

use super::Trello;
use super::api::Answer;
use super::card::Card;
use super::checklists::Checklist;
use super::lists::ListChange;
use super::world::{Who, World};
use super::{BoardView, labels};

/// A member at the board. Every verb fails with Trello's own sentence when there is no such thing.
#[derive(Debug)]
pub struct Hand<'a> {
    trello: &'a Trello,
    who: Who,
}

/// What a verb gives, or why it cannot be done.
pub type Done<T = ()> = Result<T, String>;

impl Hand<'_> {
    fn does<T>(&self, work: impl FnOnce(&mut World, &Who) -> Result<T, Answer>) -> Done<T> {
        let reply = self.trello.lock().work(|world| work(world, &self.who));
        reply.map_err(|answer| match answer {
            Answer::Text(_, sentence) => sentence,
            Answer::Json(_, value) => value.to_string(),
        })
    }

    /// Makes a board with these lists, and is its first member.
    pub fn add_board(&self, name: &str, lists: &[&str]) -> BoardView {
        let mut state = self.trello.lock();
        state.work(|world| {
            let id = world.add_board(&self.who, name);
            for (at, list) in lists.iter().enumerate() {
                world.add_list(&self.who, &id, list, 16_384.0 * (at + 1) as f64);
            }
            world.board_view(&id)
        })
    }

    /// Closes or reopens a board.
    pub fn close_board(&self, board: &str, closed: bool) -> Done {
        self.does(|world, who| world.update_board(who, board, |board| board.closed = closed))
    }

    /// Gives a board another name.
    pub fn rename_board(&self, board: &str, name: &str) -> Done {
        self.does(|world, who| world.update_board(who, board, |board| name.clone_into(&mut board.name)))
    }

    /// Puts a member on a board.
    pub fn invite(&self, board: &str, username: &str) -> Done {
        self.does(|world, who| {
            let (board, member) = (world.board(board)?.id.clone(), world.member_named(username, username));
            world.join(who, &board, &member, "normal");
            Ok(())
        })
    }

    /// Makes a list at the right end of a board.
    pub fn add_list(&self, board: &str, name: &str) -> Done<String> {
        self.does(|world, who| {
            let board = world.board(board)?.id.clone();
            let pos = world.list_positions(&board).fold(0.0, f64::max) + 16_384.0;
            Ok(world.add_list(who, &board, name, pos))
        })
    }

    /// Renames a list, and archives it or brings it back.
    pub fn change_list(&self, list: &str, name: &str, closed: bool) -> Done {
        let change = ListChange { name: Some(name.to_owned()), closed: Some(closed), ..ListChange::default() };
        self.does(|world, who| world.change_list(who, list, change))
    }

    /// Makes a label on a board; `color` is one of Trello's.
    pub fn add_label(&self, board: &str, name: &str, color: Option<&str>) -> Done<String> {
        self.does(|world, who| {
            let (board, color) = (world.board(board)?.id.clone(), labels::color(color.unwrap_or_default())?);
            Ok(world.add_label(who, &board, name, color))
        })
    }

    /// Deletes a label, from its board and all cards.
    pub fn delete_label(&self, label: &str) -> Done {
        self.does(|world, who| world.delete_label(who, label))
    }

    /// Makes a card at the end of a list.
    pub fn add_card(&self, list: &str, name: &str, description: &str) -> Done<String> {
        self.does(|world, who| {
            let list = world.list(list)?.clone();
            let bottom = world.cards.iter().filter(|card| card.list == list.id).map(|card| card.pos);
            let pos = bottom.fold(0.0, f64::max) + 16_384.0;
            let (name, desc) = (name.to_owned(), description.to_owned());
            let card = Card { board: list.board, list: list.id, name, desc, pos, ..Card::default() };
            world.put_card(who, card, None, None)
        })
    }

    /// Moves a card to another list, of its board or another.
    pub fn move_card(&self, card: &str, list: &str) -> Done {
        self.does(|world, who| world.move_card(who, card, list))
    }

    /// Gives a card another name.
    pub fn rename_card(&self, card: &str, name: &str) -> Done {
        self.does(|world, who| world.update_card(who, card, |card| name.clone_into(&mut card.name)))
    }

    /// Gives a card another description.
    pub fn describe_card(&self, card: &str, description: &str) -> Done {
        self.does(|world, who| world.update_card(who, card, |card| description.clone_into(&mut card.desc)))
    }

    /// Sets a card's due time, or takes it away.
    pub fn set_due(&self, card: &str, due: Option<jiff::Timestamp>) -> Done {
        self.does(|world, who| world.update_card(who, card, |card| card.due = due))
    }

    /// Ticks a card's due time off, or not.
    pub fn complete_due(&self, card: &str, complete: bool) -> Done {
        self.does(|world, who| world.update_card(who, card, |card| card.due_complete = complete))
    }

    /// Archives a card, or sends it back to the board.
    pub fn archive_card(&self, card: &str, closed: bool) -> Done {
        self.does(|world, who| world.update_card(who, card, |card| card.closed = closed))
    }

    /// Deletes a card for good.
    pub fn delete_card(&self, card: &str) -> Done {
        self.does(|world, who| world.delete_card(who, card))
    }

    /// Puts a label of the board on a card.
    pub fn label_card(&self, card: &str, label: &str) -> Done {
        self.does(|world, who| {
            world.label(label)?;
            let mut labels = world.card(card)?.labels.clone();
            labels.push(label.to_owned());
            world.set_labels(who, card, &labels)
        })
    }

    /// Takes a label off a card.
    pub fn unlabel_card(&self, card: &str, label: &str) -> Done {
        self.does(|world, who| {
            let labels: Vec<String> = world.card(card)?.labels.iter().filter(|id| *id != label).cloned().collect();
            world.set_labels(who, card, &labels)
        })
    }

    /// Puts a member on a card.
    pub fn assign(&self, card: &str, username: &str) -> Done {
        self.does(|world, who| {
            let member = world.member(username).ok_or_else(super::api::gone)?.id.clone();
            let mut members = world.card(card)?.members.clone();
            members.push(member);
            world.set_members(who, card, &members)
        })
    }

    /// Takes a member off a card.
    pub fn unassign(&self, card: &str, username: &str) -> Done {
        self.does(|world, who| {
            let member = world.member(username).ok_or_else(super::api::gone)?.id.clone();
            let members: Vec<String> = world.card(card)?.members.iter().filter(|id| **id != member).cloned().collect();
            world.set_members(who, card, &members)
        })
    }

    /// Attaches a URL to a card.
    pub fn attach(&self, card: &str, url: &str) -> Done<String> {
        self.does(|world, who| world.attach(who, card, url, url))
    }

    /// Says something on a card.
    pub fn comment(&self, card: &str, text: &str) -> Done<String> {
        self.does(|world, who| world.comment(who, card, text))
    }

    /// Changes what one said oneself.
    pub fn change_comment(&self, comment: &str, text: &str) -> Done {
        self.does(|world, who| world.change_comment(who, comment, text))
    }

    /// Takes back what one said oneself.
    pub fn delete_comment(&self, comment: &str) -> Done {
        self.does(|world, who| world.delete_comment(who, comment))
    }

    /// Puts a checklist with these items on a card; gives the ids of the items.
    pub fn add_checklist(&self, card: &str, name: &str, items: &[&str]) -> Done<Vec<String>> {
        self.does(|world, who| {
            let list = world.add_checklist(who, card, name, 16_384.0)?;
            for (at, item) in items.iter().enumerate() {
                world.add_item(who, &list, item, false, 16_384.0 * (at + 1) as f64)?;
            }
            let items = |list: &Checklist| list.items.iter().map(|item| item.id.clone()).collect();
            world.checklist(&list).map(items)
        })
    }

    /// Ticks an item of a checklist, or unticks it.
    pub fn tick(&self, item: &str, done: bool) -> Done {
        self.does(|world, who| world.update_item(who, item, |item| item.done = done))
    }
}

impl Trello {
    /// The member with this username, at the board. They need not be a member of it.
    pub fn by(&self, username: &str) -> Hand<'_> {
        let member = self.lock().work(|world| world.member_named(username, username));
        Hand { trello: self, who: Who { member, token: None, client: None } }
    }

    /// Makes a member, if there is none with this username; gives their id.
    pub fn add_member(&self, username: &str, full_name: &str) -> String {
        self.lock().work(|world| world.member_named(username, full_name))
    }
}
