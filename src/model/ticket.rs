//! A ticket: the neutral value that an issue and a card both translate to. Where a synced field is added: here first,
//! and the compiler leads on.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ListId;

/// A label: its name, and the colour it has at home as `#rrggbb` where known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// As people read it.
    pub name: String,
    /// `#rrggbb`; only a hint for the other side's nearest colour.
    pub color: Option<String>,
}

/// Where a card stands, or an issue's card should.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spot {
    /// On this list.
    List(ListId),
    /// In the board's archive.
    Archive,
}

/// The neutral value that an issue and a card both translate to. Its words are those of its home: an issue's text is
/// GitLab's Markdown and its people are GitLab's user names, a card's are Trello's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// One line, without any prefix.
    pub title: String,
    /// Markdown as its home wrote it, line ends as `\n`, without what we put around it on a card.
    pub text: String,
    /// No longer open; of a card: marked as done.
    pub closed: bool,
    /// In the order of its home, each name once.
    pub labels: Vec<Label>,
    /// Labels that an issue's card gets for what is no label in GitLab (its milestone, type or weight), where the route
    /// asks for them. None of a card: there they are labels like any other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<String>,
    /// User names at home of those assigned.
    pub people: Vec<String>,
    /// The day it is due. Of a card's time the day in UTC.
    pub due: Option<Date>,
    /// Where the card stands; of an issue: where its route wanted the card, once that was found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<Spot>,
}

impl Ticket {
    /// Whether it has a label of this name.
    pub fn has_label(&self, name: &str) -> bool {
        self.labels.iter().any(|label| label.name == name)
    }
}

/// What a look at one side found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// This.
    Here(T),
    /// It does not exist any more.
    Gone,
    /// No answer, or none that can be believed. Never to be taken for [`Seen::Gone`].
    Unknown,
}

/// What both sides were when our own writes had last succeeded, each in its own words. Changes are told by comparing
/// each side with its own half, so what translation loses never looks like an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The issue's half.
    pub issue: Ticket,
    /// The card's half.
    pub card: Ticket,
    /// Those assigned in GitLab who are named in the card's footer, for want of a Trello member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub footer: Vec<String>,
}

impl Base {
    /// Both halves have the label.
    pub fn put_label(&mut self, label: &Label) {
        for half in [&mut self.issue, &mut self.card] {
            if !half.has_label(&label.name) {
                half.labels.push(label.clone());
            }
        }
    }

    /// The card has the label that one of the issue's facets makes.
    pub fn put_facet(&mut self, name: &str) {
        if !self.issue.facets.iter().any(|facet| facet == name) {
            self.issue.facets.push(name.to_owned());
        }
        if !self.card.has_label(name) {
            self.card.labels.push(Label { name: name.to_owned(), color: None });
        }
    }

    /// Neither half has the label.
    pub fn take_label(&mut self, name: &str) {
        for half in [&mut self.issue, &mut self.card] {
            half.labels.retain(|label| label.name != name);
        }
    }

    /// Both halves have the person, each under the name at home.
    pub fn put_person(&mut self, gitlab: &str, trello: &str) {
        self.take_person(gitlab, trello);
        self.issue.people.push(gitlab.to_owned());
        self.card.people.push(trello.to_owned());
    }

    /// Neither half has the person.
    pub fn take_person(&mut self, gitlab: &str, trello: &str) {
        self.issue.people.retain(|name| name != gitlab);
        self.card.people.retain(|name| name != trello);
    }
}
