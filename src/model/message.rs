//! A message: what is said in a room, before any room's own way of writing. A message never mentions anybody: who
//! renders one breaks whatever a room would take for a mention.

use serde::{Deserialize, Serialize};

/// What is to be said in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The sentence, piece by piece. Never empty.
    pub spans: Vec<Span>,
    /// Where it leads to; shown once, even where a span leads there as well.
    pub url: Option<String>,
    /// Short facts shown beside the sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// What sort of news it is; rooms that know colours show it as one.
    #[serde(default)]
    pub tone: Tone,
    /// Messages with the same key belong to one conversation, where a room has such: a card's short link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// How many like it are told as one when a room is slow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gist: Option<Gist>,
}

/// A piece of a sentence. Texts are as people wrote them: nothing in them is markup of any kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Plain.
    Text(String),
    /// Stressed: the title of a card.
    Bold(String),
    /// Slanted: the name of a list.
    Italic(String),
    /// Literal.
    Code(String),
    /// What somebody said; may have several lines.
    Quote(String),
    /// Leads somewhere.
    Link {
        /// What is shown.
        text: String,
        /// Where to, http or https.
        url: String,
    },
    /// A new line.
    Break,
}

/// A short fact beside the sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it is.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// What sort of news it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// Something new.
    New,
    /// Something moved on.
    Moved,
    /// Something is done.
    Done,
    /// Something was said.
    Said,
    /// Something went away.
    Removed,
    /// Something is wrong.
    Wrong,
}

/// What a message has in common with others of its sort: "5 cards moved to Done".
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gist {
    /// For one: "card moved to Done".
    pub one: String,
    /// For several: "cards moved to Done".
    pub many: String,
}

impl Message {
    /// A plain sentence.
    pub fn text(text: impl Into<String>) -> Self {
        Message { spans: vec![Span::Text(text.into())], ..Message::default() }
    }

    /// The sentence without its dress, as a terminal shows it.
    pub fn plain(&self) -> String {
        let mut plain = String::new();
        for span in &self.spans {
            match span {
                Span::Text(text) | Span::Bold(text) | Span::Italic(text) | Span::Code(text) => plain.push_str(text),
                Span::Quote(text) => plain.push_str(text),
                Span::Link { text, .. } => plain.push_str(text),
                Span::Break => plain.push('\n'),
            }
        }
        plain
    }
}
