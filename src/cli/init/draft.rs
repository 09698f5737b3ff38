//! The values to be, while they are being asked for: what the present `.env` holds, and what was answered.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::ask::Asker;
use super::{files, routes};
use crate::clock::Clock;
use crate::config::{Environment, TrelloAccess, read_trello};

/// What will be written.
#[derive(Debug)]
pub(super) struct Draft {
    values: BTreeMap<String, String>,
    environment: Environment,
}

impl Draft {
    pub(super) fn begin(file: &Path) -> Result<Self> {
        let values = Environment::in_file(file)?;
        // The variables of the process alone.
        let environment = Environment::load(Path::new(""))?;
        Ok(Draft { values, environment })
    }

    /// A value of the present file, or one that was answered.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.values.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A variable of the process.
    pub(super) fn of_process(&self, name: &str) -> Option<String> {
        self.environment.any(name).map(str::to_owned)
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Everything as the bridge would have it: answers over the process's own variables, since they are newer.
    pub(super) fn whole(&self) -> Environment {
        let mut environment = self.environment.clone();
        for (name, value) in &self.values {
            environment.set(name, value);
        }
        environment
    }

    /// What it takes to call Trello, with `key` and `token`.
    pub(super) fn trello(&self, key: &str, token: &str) -> Result<TrelloAccess> {
        let mut environment = self.whole();
        environment.set("TRELLO_API_KEY", key);
        environment.set("TRELLO_API_TOKEN", token);
        Ok(read_trello(&environment, None, "default")?)
    }

    /// Writes everything.
    pub(super) fn write(&self, asker: &Asker, file: &Path, toml: Option<&str>) -> Result<()> {
        let now = Timestamp::from_microsecond(Clock::System.now().0).context("the clock stands at no time")?;
        let env = files::dotenv(&self.values)?;
        let toml = toml.map(|text| (routes::path(file), text));
        let all = toml.iter().map(|(path, text)| (path.as_path(), *text)).chain([(file, env.as_str())]);
        for (path, text) in all {
            let kept = files::replace(path, text, now)?;
            let kept = kept.map(|kept| format!(" (the former one is kept as {})", kept.display()));
            asker.say(&format!("  ✓ {} is written{}", path.display(), kept.unwrap_or_default()))?;
        }
        Ok(())
    }

    /// Writes `.env` once more in the same run, without keeping what stood there for a moment.
    pub(super) fn write_again(&self, file: &Path) -> Result<()> {
        files::write(file, &files::dotenv(&self.values)?)
    }
}
