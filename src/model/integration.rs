//! Integrations, which are a team's own scripts: what the configuration says of them, and what they keep.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Map, Value};

use super::Secret;

/// A longer name is nobody's command.
const LONGEST_NAME: usize = 64;

/// A script's tokens and what is different about its runs. A script that nothing is said of has no tokens and the
/// usual limits.
#[derive(Clone, Debug, Default)]
pub struct Integration {
    /// The script's name, which is its command.
    pub name: String,
    /// Its token in rooms that have none of their own.
    pub token: Option<Secret>,
    /// Its tokens by room: the room's name, or its id on the chat server.
    pub tokens: BTreeMap<String, Secret>,
    /// How long a run may take; `None`: as long as any other.
    pub timeout: Option<Duration>,
    /// How much memory each of its processes may have, in bytes; `None`: as much as any other's.
    pub memory: Option<u64>,
    /// Its runs may overlap.
    pub overlap: bool,
    /// It is given all tokens of all scripts, as the origin gave them to every script.
    pub share_tokens: bool,
}

impl Integration {
    /// An integration of that name of which nothing is said.
    pub fn new(name: impl Into<String>) -> Self {
        Integration { name: name.into(), ..Integration::default() }
    }
}

/// A name that no script can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadName(String);

/// Tells whether a script may have this name.
///
/// # Errors
/// The reason why not, as a sentence.
pub fn check_name(name: &str) -> Result<(), BadName> {
    let shown: String = name.chars().take(40).collect();
    let bad = |why: &str| Err(BadName(format!("{shown:?} is no name of a script: {why}")));
    match name {
        "" => bad("it is empty"),
        _ if name.contains(['/', '\\']) => bad("a script stands in the folder itself"),
        _ if name.contains("..") || name.starts_with('.') => bad("it may not begin with a dot or have two in a row"),
        _ if name.chars().any(|c| c.is_control() || c.is_whitespace()) => bad("it has blanks or control characters"),
        _ if name.starts_with('-') => bad("it may not begin with a dash"),
        _ if name.len() > LONGEST_NAME => bad("it is too long"),
        _ => Ok(()),
    }
}

/// A script's name: the command that it answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScriptName(String);

impl ScriptName {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ScriptName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        check_name(text).map(|()| ScriptName(text.to_owned()))
    }
}

impl fmt::Display for ScriptName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a script keeps, as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// By the script's own keys; empty where it keeps nothing.
    pub document: Map<String, Value>,
    /// Grows with every change; 0 where nothing was ever kept.
    pub version: i64,
}

impl Kept {
    /// What is kept after a run that read this and wrote `after`, where others have written `now` meanwhile: what the
    /// run changed, key by key, goes over what they left.
    pub fn merged(&self, after: &Map<String, Value>, now: &Map<String, Value>) -> Map<String, Value> {
        let mut merged = now.clone();
        merged.retain(|key, _| after.contains_key(key) || !self.document.contains_key(key));
        for (key, value) in after.iter().filter(|(key, value)| self.document.get(*key) != Some(*value)) {
            merged.insert(key.clone(), value.clone());
        }
        merged
    }
}

/// What all scripts keep, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Storages(pub BTreeMap<String, Map<String, Value>>);

impl Storages {
    /// Reads a file as the origin wrote it and as `kanbridge storage save` does: `{"weather": {…}, …}`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let whole: Map<String, Value> = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| format!("it is no JSON object of storages by script ({error})"))?;
        let mut storages = Storages::default();
        for (name, document) in whole {
            check_name(&name).map_err(|bad| bad.to_string())?;
            let Value::Object(document) = document else {
                return Err(format!("the storage of `{name}` is no JSON object"));
            };
            storages.0.insert(name, document);
        }
        Ok(storages)
    }
}

impl fmt::Display for Storages {
    /// As the origin wrote it: JSON with an indentation of four.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        let four = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, four);
        serde::Serialize::serialize(&self.0, &mut serializer).map_err(|_| fmt::Error)?;
        f.write_str(&String::from_utf8_lossy(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused_with_a_sentence() {
        for name in ["../weather", "..", "a/b", "/etc/passwd", "a\0b", ".hidden", "", "a..b", "-x", "a b", "a\\b"] {
            let bad = check_name(name).unwrap_err().to_string();
            assert!(bad.contains("is no name of a script: "), "{bad}");
        }
        for name in ["weather", "wetter-heute", "v1.2", "größe"] {
            check_name(name).unwrap();
        }
    }

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_a_run_changed_goes_over_what_others_left() {
        let read = Kept { document: map(json!({ "a": 1, "b": 1, "c": 1, "d": 1 })), version: 7 };
        let after = map(json!({ "a": 2, "b": 1, "d": 1, "new": 1 }));
        let now = map(json!({ "a": 1, "b": 9, "c": 1, "theirs": 1 }));
        let merged = json!({ "a": 2, "b": 9, "theirs": 1, "new": 1 });
        assert_eq!(
            Value::Object(read.merged(&after, &now)),
            merged,
            "d is gone: they removed it and we did not touch it"
        );
    }

    #[test]
    fn a_file_of_the_origin_is_read_and_comes_out_as_it_was() {
        let text =
            "{\n    \"test\": {\n        \"0\": 3,\n        \"names\": [\n            \"Ana\"\n        ]\n    }\n}";
        let storages = Storages::parse(text).unwrap();
        assert_eq!(storages.0["test"]["0"], 3);
        assert_eq!(storages.to_string(), text);
    }

    #[test]
    fn what_is_no_file_of_storages_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "no JSON object"),
            ("[1]", "no JSON object"),
            (r#"{"test": 3}"#, "`test` is no JSON object"),
            (r#"{"../x": {}}"#, "is no name of a script"),
        ] {
            assert!(Storages::parse(text).unwrap_err().contains(why), "{text}");
        }
    }
}
