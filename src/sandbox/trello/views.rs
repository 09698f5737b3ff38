//! What is on the boards, for whoever arranges a story or draws a page.

use std::collections::HashMap;

use serde_json::Value;

use super::Trello;
use super::card::Card;
use super::labels::Label;
use super::world::World;

/// A board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardView {
    /// Its id.
    pub id: String,
    /// What its URL ends in.
    pub short_link: String,
    /// The ids of its lists, in order.
    pub lists: Vec<String>,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Archived.
    pub closed: bool,
    /// The ids of its open cards, from the top.
    pub cards: Vec<String>,
}

/// A card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardView {
    /// Its id.
    pub id: String,
    /// Its page.
    pub url: String,
    /// The list it stands on.
    pub list: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its due time, as Trello writes it.
    pub due: Option<String>,
    /// The due time is met.
    pub due_complete: bool,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// The colours of its labels, in the same order.
    pub colors: Vec<Option<String>>,
    /// The usernames of its members.
    pub members: Vec<String>,
    /// The URLs attached to it.
    pub attachments: Vec<String>,
    /// What was said on it, in that order.
    pub comments: Vec<CommentView>,
    /// Archived.
    pub closed: bool,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentView {
    /// Its id, which is that of an action.
    pub id: String,
    /// Who said it: a username.
    pub by: String,
    /// What was said.
    pub text: String,
}

impl Trello {
    /// All cards of a board, in the order they were made.
    pub fn cards(&self, board: &str) -> Vec<CardView> {
        let world = &self.lock().world;
        let mut comments = world.comments();
        let view = |card: &Card| world.card_view(card, comments.remove(card.id.as_str()).unwrap_or_default());
        world.cards.iter().filter(|card| card.board == board).map(view).collect()
    }

    /// The names of all cards of a board: cheap, for whoever asks often.
    pub fn card_names(&self, board: &str) -> Vec<String> {
        let world = &self.lock().world;
        world.cards.iter().filter(|card| card.board == board).map(|card| card.name.clone()).collect()
    }

    /// A board's lists, from the left, with their open cards.
    pub fn lists(&self, board: &str) -> Vec<ListView> {
        self.lock().world.list_views(board)
    }

    /// The names of a board's labels, in the order they were made.
    pub fn labels(&self, board: &str) -> Vec<String> {
        let world = &self.lock().world;
        world.labels.iter().filter(|label| label.board == board).map(|label| label.name.clone()).collect()
    }

    /// All that was done on a board, oldest first, as webhooks tell it: also what no feed holds.
    pub fn actions(&self, board: &str) -> Vec<Value> {
        let world = &self.lock().world;
        let about = world.actions.iter().filter(|action| action.about("board") == Some(board));
        about.map(|action| world.action_with_display(action)).collect()
    }
}

impl World {
    pub(super) fn board_view(&self, id: &str) -> BoardView {
        let short_link = self.board(id).map(|board| board.short_link.clone()).unwrap_or_default();
        let lists = self.list_views(id).into_iter().map(|list| list.id).collect();
        BoardView { id: id.to_owned(), short_link, lists }
    }

    fn list_views(&self, board: &str) -> Vec<ListView> {
        let mut lists: Vec<_> = self.lists.iter().filter(|list| list.board == board).collect();
        lists.sort_by(|one, other| one.pos.total_cmp(&other.pos));
        let view = |list: &super::lists::List| {
            let mut cards: Vec<_> = self.cards.iter().filter(|card| card.list == list.id && !card.closed).collect();
            cards.sort_by(|one, other| one.pos.total_cmp(&other.pos));
            let cards = cards.into_iter().map(|card| card.id.clone()).collect();
            ListView { id: list.id.clone(), name: list.name.clone(), closed: list.closed, cards }
        };
        lists.into_iter().map(view).collect()
    }

    /// What was said, by card. One walk over all actions, since boards have thousands of cards.
    fn comments(&self) -> HashMap<&str, Vec<CommentView>> {
        let mut all: HashMap<&str, Vec<CommentView>> = HashMap::new();
        for action in self.actions.iter().filter(|action| action.kind == "commentCard") {
            let by = self.member(&action.creator).map(|member| member.username.clone()).unwrap_or_default();
            let text = action.data["text"].as_str().unwrap_or_default().to_owned();
            if let Some(card) = action.about("card") {
                all.entry(card).or_default().push(CommentView { id: action.id.clone(), by, text });
            }
        }
        all
    }

    fn card_view(&self, card: &Card, comments: Vec<CommentView>) -> CardView {
        let labels: Vec<&Label> = card.labels.iter().filter_map(|id| self.label(id).ok()).collect();
        let username = |id: &String| self.member(id).map(|member| member.username.clone());
        CardView {
            id: card.id.clone(),
            url: card.short_url(),
            list: card.list.clone(),
            name: card.name.clone(),
            description: card.desc.clone(),
            due: card.due.map(super::world::written),
            due_complete: card.due_complete,
            labels: labels.iter().map(|label| label.name.clone()).collect(),
            colors: labels.iter().map(|label| label.color.clone()).collect(),
            members: card.members.iter().filter_map(username).collect(),
            attachments: card.attachments.iter().map(|attachment| attachment.url.clone()).collect(),
            comments,
            closed: card.closed,
        }
    }
}
