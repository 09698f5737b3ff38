//! Ids as newtypes, so that a list's id is never handed over as a board's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Micros;

/// What was wrong with a text that should have been an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {wanted}")]
pub struct BadId {
    /// The text as given.
    pub text: String,
    /// What it should have been.
    pub wanted: &'static str,
}

/// Trello's ids are 24 hexadecimal digits (reference of the REST API, "Object ids").
fn is_trello_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

macro_rules! trello_id {
    ($($(#[$doc:meta])* $name:ident, $wanted:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The 24 hexadecimal digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                if is_trello_id(text) {
                    Ok($name(text.to_ascii_lowercase()))
                } else {
                    Err(BadId { text: text.to_owned(), wanted: $wanted })
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

trello_id! {
    /// The id of a Trello action, 24 hexadecimal digits.
    ActionId, "a Trello action id (24 hexadecimal digits)";
    /// A Trello board's id, 24 hexadecimal digits.
    BoardId, "a Trello board id (24 hexadecimal digits)";
    /// A Trello list's id, 24 hexadecimal digits.
    ListId, "a Trello list id (24 hexadecimal digits)";
    /// A Trello card's id, 24 hexadecimal digits.
    CardId, "a Trello card id (24 hexadecimal digits)";
    /// A Trello label's id, 24 hexadecimal digits.
    LabelId, "a Trello label id (24 hexadecimal digits)";
    /// The id of something that hangs on a Trello card, 24 hexadecimal digits.
    AttachmentId, "a Trello attachment id (24 hexadecimal digits)";
    /// A Trello member's id, 24 hexadecimal digits.
    MemberId, "a Trello member id (24 hexadecimal digits)";
    /// The id of anything that can be watched on Trello (a board, list, card or member), 24 hexadecimal digits.
    ModelId, "the id of a Trello board, list, card or member (24 hexadecimal digits)";
    /// The id of a Trello webhook, 24 hexadecimal digits.
    WebhookId, "a Trello webhook id (24 hexadecimal digits)";
}

impl From<&BoardId> for ModelId {
    fn from(board: &BoardId) -> Self {
        ModelId(board.0.clone())
    }
}

impl CardId {
    /// When the card was made, to the second: Trello's ids begin with it.
    pub fn made(&self) -> Micros {
        made(&self.0)
    }
}

impl ActionId {
    /// When it happened, to the second.
    pub fn made(&self) -> Micros {
        made(&self.0)
    }
}

fn made(id: &str) -> Micros {
    let seconds = id.get(..8).and_then(|digits| i64::from_str_radix(digits, 16).ok());
    Micros(seconds.unwrap_or_default().saturating_mul(1_000_000))
}

/// The name of one set of Trello credentials; the environment's is `default`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountName(pub String);

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A GitLab instance: its host in lower case, with the port where it is not the scheme's own.
/// The scheme is left out, so that a move from http to https does not make every issue a new one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instance(String);

impl Instance {
    /// Reads the instance out of any URL on it.
    ///
    /// # Errors
    /// [`BadId`] when `url` is not an absolute http or https URL.
    pub fn of_url(url: &str) -> Result<Self, BadId> {
        let bad = || BadId { text: url.to_owned(), wanted: "an http or https URL of a GitLab instance" };
        let parsed = url::Url::parse(url).map_err(|_| bad())?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad());
        }
        let host = parsed.host_str().ok_or_else(bad)?;
        Ok(Instance(match parsed.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }))
    }

    /// `host` or `host:port`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One issue in the world: instance, the project's numeric id, and the number people see (iid).
/// Written `gitlab.example.com/42/23`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IssueRef {
    /// Where it lives.
    pub instance: Instance,
    /// The project's numeric id; paths change, it does not.
    pub project: i64,
    /// The number within the project.
    pub iid: i64,
}

impl fmt::Display for IssueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.instance, self.project, self.iid)
    }
}

impl FromStr for IssueRef {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId { text: text.to_owned(), wanted: "an issue written host/project id/iid" };
        let mut parts = text.rsplitn(3, '/');
        let (iid, project, host) = (parts.next(), parts.next(), parts.next());
        let number = |part: Option<&str>| part.and_then(|p| p.parse::<i64>().ok()).filter(|n| *n > 0);
        let host = host.filter(|h| !h.is_empty() && !h.contains(['/', ' '])).ok_or_else(bad)?;
        Ok(IssueRef {
            instance: Instance(host.to_owned()),
            project: number(project).ok_or_else(bad)?,
            iid: number(iid).ok_or_else(bad)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_its_host_whatever_scheme_path_or_case() {
        for url in
            ["https://GitLab.example.com/team/app", "http://gitlab.example.com:80", "https://gitlab.example.com/"]
        {
            assert_eq!(Instance::of_url(url).unwrap().as_str(), "gitlab.example.com");
        }
        assert_eq!(Instance::of_url("http://localhost:8929/x").unwrap().as_str(), "localhost:8929");
        assert!(Instance::of_url("git@example.com:a/b.git").is_err());
    }

    #[test]
    fn an_issue_is_read_back_as_it_was_written() {
        let issue = IssueRef { instance: Instance::of_url("http://localhost:8929").unwrap(), project: 42, iid: 23 };
        assert_eq!(issue.to_string(), "localhost:8929/42/23");
        assert_eq!("localhost:8929/42/23".parse::<IssueRef>().unwrap(), issue);
        for text in ["", "42/23", "/42/23", "host/x/23", "host/42/0", "a b/1/2"] {
            assert!(text.parse::<IssueRef>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_trello_id_has_24_hexadecimal_digits() {
        assert!("5e93bac014d40e501ee46b8d".parse::<ListId>().is_ok());
        let card: CardId = "5e93bac014d40e501ee46b8d".parse().unwrap();
        assert_eq!(card.made().to_string(), "2020-04-13T01:05:04Z");
        let error = "To do".parse::<ListId>().unwrap_err();
        assert_eq!(error.to_string(), "`To do` is not a Trello list id (24 hexadecimal digits)");
    }
}
