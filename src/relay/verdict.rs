//! What becomes of an activity in a relay.

use std::fmt;

use super::template::TemplateFailed;
use crate::model::Message;

/// What a relay makes of an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This is said.
    Tell(Box<Message>),
    /// This is said, in our words, because the relay's template did not work.
    TellPlainly(Box<Message>, TemplateFailed),
    /// Nothing is said.
    Silent(Silence),
}

impl Verdict {
    /// What is said, if anything.
    pub fn message(self) -> Option<Message> {
        match self {
            Verdict::Tell(message) | Verdict::TellPlainly(message, _) => Some(*message),
            Verdict::Silent(_) => None,
        }
    }
}

/// Why nothing is said. Its text is kept with the activity and shown to those who ask why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The relay's filter leaves it out: which part, and why.
    Filter(String),
    /// Nobody wants to hear of it: what it is.
    Noise(&'static str),
    /// The bridge did it, and the relay does not tell that.
    Ours,
    /// Another action about the same gesture tells it: that one's kind.
    ToldAs(&'static str),
    /// It does not say what it changed.
    Nothing,
    /// The relay's template says nothing of it.
    Template,
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Silence::Filter(why) => write!(f, "filter: {why}"),
            Silence::Noise(what) => write!(f, "noise: {what}"),
            Silence::Ours => f.write_str("by the bridge itself"),
            Silence::ToldAs(kind) => write!(f, "told as {kind}"),
            Silence::Template => f.write_str("its template says nothing of it"),
            Silence::Nothing => f.write_str("it does not say what changed"),
        }
    }
}
