//! One side of a thread in common terms, so that both directions are one piece of code.

use std::collections::HashMap;

use super::copy::{self, Copy};
use super::{Thread, print};
use crate::model::{ActionId, Comment, Listing, Micros, Note, NoteId, Pair, Print, Side};

/// A note or a comment, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Id {
    Note(NoteId),
    Comment(ActionId),
}

/// A note or a comment.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    pub(super) id: Id,
    pub(super) created: Micros,
    pub(super) changed: Micros,
    pub(super) hidden: bool,
    /// Made by us, of whichever original.
    pub(super) ours: bool,
    /// The original in this thread that it is a copy of.
    pub(super) original: Option<Id>,
    text: &'a str,
    whole: Whole<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Whole<'a> {
    Note(&'a Note),
    Comment(&'a Comment),
}

impl Item<'_> {
    /// What a copy of it says.
    pub(super) fn copy(&self, thread: &Thread<'_>) -> Copy {
        match self.whole {
            Whole::Note(note) => copy::comment(note, thread.issue, thread.url, thread.home),
            Whole::Comment(comment) => copy::note(comment),
        }
    }

    pub(super) fn print(&self) -> Print {
        print(self.text)
    }

    pub(super) fn order(&self) -> (Micros, &Id) {
        (self.created, &self.id)
    }
}

/// One side: what was seen there.
#[derive(Debug)]
pub(super) struct Shore<'a> {
    pub(super) side: Side,
    /// In the order of their creation.
    pub(super) items: Vec<Item<'a>>,
    pub(super) whole: Option<Micros>,
    places: HashMap<Id, usize>,
}

impl<'a> Shore<'a> {
    pub(super) fn of_notes(notes: &'a Listing<Note>) -> Self {
        let item = |note: &'a Note| {
            let original = copy::original_comment(&note.text).map(Id::Comment);
            Item {
                id: Id::Note(note.id),
                created: note.created,
                changed: note.changed,
                hidden: note.hidden,
                ours: original.is_some(),
                original,
                text: &note.text,
                whole: Whole::Note(note),
            }
        };
        Shore::new(Side::Gitlab, notes.items.iter().map(item).collect(), notes.whole)
    }

    pub(super) fn of_comments(comments: &'a Listing<Comment>, thread: &Thread<'_>) -> Self {
        let item = |comment: &'a Comment| {
            let mark = copy::original_note(&comment.text);
            Item {
                id: Id::Comment(comment.id.clone()),
                created: comment.created,
                changed: comment.changed,
                hidden: false,
                ours: mark.is_some(),
                original: mark.filter(|(issue, _)| issue == thread.issue).map(|(_, note)| Id::Note(note)),
                text: &comment.text,
                whole: Whole::Comment(comment),
            }
        };
        Shore::new(Side::Trello, comments.items.iter().map(item).collect(), comments.whole)
    }

    /// Of news told twice the later counts.
    fn new(side: Side, mut items: Vec<Item<'a>>, whole: Option<Micros>) -> Self {
        items.sort_by(|a, b| (a.order(), a.changed).cmp(&(b.order(), b.changed)));
        let mut last: Vec<Item<'a>> = Vec::with_capacity(items.len());
        for item in items {
            match last.last_mut() {
                Some(before) if before.id == item.id => *before = item,
                _ => last.push(item),
            }
        }
        let places = last.iter().enumerate().map(|(at, item)| (item.id.clone(), at)).collect();
        Shore { side, items: last, whole, places }
    }

    pub(super) fn get(&self, id: &Id) -> Option<&Item<'a>> {
        self.places.get(id).map(|at| &self.items[*at])
    }

    /// Certainly not there. A list that is not whole says nothing of what it lacks.
    pub(super) fn lacks(&self, id: &Id) -> bool {
        self.whole.is_some() && self.get(id).is_none()
    }
}

/// The id of a pair's half on `side`.
pub(super) fn half(pair: &Pair, side: Side) -> Option<Id> {
    match side {
        Side::Gitlab => pair.note.map(Id::Note),
        Side::Trello => pair.comment.clone().map(Id::Comment),
    }
}

/// Names a pair's half on the side that `id` is of.
pub(super) fn set_half(pair: &mut Pair, id: &Id) {
    match id {
        Id::Note(note) => pair.note = Some(*note),
        Id::Comment(comment) => pair.comment = Some(comment.clone()),
    }
}
