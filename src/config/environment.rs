//! The environment and `.env` as one layer. `.env` is read as data: setting variables of a running process with
//! threads is unsound, and so edition 2024 calls it unsafe.

use std::collections::BTreeMap;
use std::path::Path;

use super::variables::{self, VARIABLES};
use super::{Fault, Faults};

/// Variables by name; those that are set to nothing count as not set.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
    notes: Vec<String>,
}

impl Environment {
    /// The process's environment over what `file` (usually `.env`) holds; without such a file, the environment alone.
    ///
    /// # Errors
    /// [`Faults`] when the file is there and cannot be read.
    pub fn load(file: &Path) -> Result<Self, Faults> {
        let mut environment = Environment { values: Self::in_file(file)?, notes: Vec::new() };
        let names: Vec<String> = environment.values.keys().cloned().collect();
        for name in &names {
            environment.note_unknown(&file.display().to_string(), name);
        }
        let own = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok().filter(|value| !value.trim().is_empty())?))
        });
        environment.values.extend(own);
        Ok(environment)
    }

    /// What `file` alone holds; nothing where there is no such file.
    ///
    /// # Errors
    /// [`Faults`] when the file is there and cannot be read.
    pub fn in_file(file: &Path) -> Result<BTreeMap<String, String>, Faults> {
        if !file.exists() {
            return Ok(BTreeMap::new());
        }
        let fault = |error: dotenvy::Error| {
            let cure = "write NAME=value, one a line; put values with spaces, # or $ in single quotes";
            Faults(vec![Fault::new(file.display().to_string(), error_text(&error), cure)])
        };
        dotenvy::from_path_iter(file).map_err(fault)?.map(|pair| pair.map_err(fault)).collect()
    }

    /// Sets a variable, for this value alone: the process's own are left as they are.
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// Variables given as pairs.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let values = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Environment { values, notes: Vec::new() }
    }

    /// A variable of the table, or its default; `None` where it is not set and has none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let default = variables::find(name).map_or_else(
            || unreachable!("{name} is not in the table of variables"),
            |variable| Some(variable.default).filter(|default| !default.is_empty()),
        );
        self.any(name).or(default)
    }

    /// Whether a variable is set to something.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.any(name).is_some()
    }

    /// Any variable: `${NAME}` in `kanbridge.toml` may name those of the operator's own choice.
    pub fn any(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// A misspelt variable in `.env` would be silently without effect.
    fn note_unknown(&mut self, place: &str, name: &str) {
        let ours = [
            "GITLAB_",
            "TRELLO_",
            "KANBRIDGE_",
            "HISTORY_",
            "LISTEN",
            "DATABASE",
            "PUBLIC_",
            "ADMIN_",
            "INTEGRATION",
            "STORAGE_",
            "HIPCHAT_",
            "ROCKETCHAT_",
            "SLACK_",
            "MATTERMOST_",
            "DISCORD_",
            "TEAMS_",
            "MATRIX_",
        ];
        let known = VARIABLES.iter().any(|variable| variable.name == name);
        if !known && ours.iter().any(|prefix| name.starts_with(prefix)) {
            self.notes.push(format!("{place}: kanbridge knows no variable {name}"));
        }
    }
}

/// Without the line's text, which may hold a secret.
fn error_text(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(_, column) => format!("a line cannot be read (at its character {column})"),
        dotenvy::Error::Io(error) => format!("the file cannot be read ({error})"),
        _ => "the file cannot be read".to_owned(),
    }
}
