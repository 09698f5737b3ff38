//! What is to be written on either side, as data.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::rules::Winner;
use crate::model::{Label, Spot};

/// What is to change on the card, in Trello's words. Empty when nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardChange {
    /// A new title, without its prefix.
    pub title: Option<String>,
    /// The text to put on, without its face.
    pub text: Option<String>,
    /// The footer is another, so that the description has to be written anew even where the text stays.
    pub footer: bool,
    /// A new due day, or none any more.
    pub due: Option<Option<Date>>,
    /// Where it has to stand.
    pub spot: Option<Spot>,
    /// Marked as done, or not any more.
    pub done: Option<bool>,
    /// Labels to put on.
    pub add_labels: Vec<Label>,
    /// Labels to take off, by name.
    pub drop_labels: Vec<String>,
    /// Trello user names to put on.
    pub add_people: Vec<String>,
    /// Trello user names to take off.
    pub drop_people: Vec<String>,
}

/// What is to change in the issue, in GitLab's words. Empty when nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueChange {
    /// A new title.
    pub title: Option<String>,
    /// A new description.
    pub text: Option<String>,
    /// A new due day, or none any more.
    pub due: Option<Option<Date>>,
    /// Labels to add, by name.
    pub add_labels: Vec<String>,
    /// Labels to remove, by name.
    pub drop_labels: Vec<String>,
    /// GitLab user names to assign.
    pub add_people: Vec<String>,
    /// GitLab user names to take off.
    pub drop_people: Vec<String>,
    /// What the card's new column asks for.
    pub column: Option<ColumnChange>,
}

/// What an issue needs to stand in the column that its card was moved to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnChange {
    /// Where the card stands.
    pub spot: Spot,
    /// Close or reopen.
    pub closed: Option<bool>,
    /// The column's own label.
    pub add_label: Option<String>,
    /// The labels of other columns.
    pub drop_labels: Vec<String>,
}

/// A field that both sides had changed, or a change that could not be carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The field's name, as the configuration writes it.
    pub field: &'static str,
    /// Whose value stays; `None`: each side keeps its own.
    pub winner: Option<Winner>,
    /// GitLab's value.
    pub gitlab: String,
    /// Trello's value.
    pub trello: String,
}

/// What is to be done about a pair, as data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// On the card.
    pub card: CardChange,
    /// In the issue.
    pub issue: IssueChange,
    /// To be written in the bridge's log of this pair.
    pub conflicts: Vec<Conflict>,
    /// Who has to be named in the card's footer.
    pub footer: Vec<String>,
}

impl Change {
    /// Nothing to write on either side.
    pub fn is_empty(&self) -> bool {
        self.card == CardChange::default() && self.issue == IssueChange::default()
    }
}

impl IssueChange {
    /// The fields that it writes, as the configuration names them.
    pub fn fields(&self) -> Vec<&'static str> {
        named([
            ("title", self.title.is_some()),
            ("description", self.text.is_some()),
            ("state", self.column.is_some()),
            ("labels", !self.add_labels.is_empty() || !self.drop_labels.is_empty()),
            ("people", !self.add_people.is_empty() || !self.drop_people.is_empty()),
            ("due", self.due.is_some()),
        ])
    }
}

fn named(fields: [(&'static str, bool); 6]) -> Vec<&'static str> {
    fields.into_iter().filter_map(|(name, is_written)| is_written.then_some(name)).collect()
}

impl CardChange {
    /// The fields that it writes, as the configuration names them.
    pub fn fields(&self) -> Vec<&'static str> {
        named([
            ("title", self.title.is_some()),
            ("description", self.text.is_some() || self.footer),
            ("state", self.spot.is_some() || self.done.is_some()),
            ("labels", !self.add_labels.is_empty() || !self.drop_labels.is_empty()),
            ("people", !self.add_people.is_empty() || !self.drop_people.is_empty()),
            ("due", self.due.is_some()),
        ])
    }

    /// Something that one `PUT` of the card says.
    pub fn has_values(&self) -> bool {
        self.title.is_some()
            || self.text.is_some()
            || self.footer
            || self.due.is_some()
            || self.spot.is_some()
            || self.done.is_some()
    }
}
