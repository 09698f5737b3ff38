//! Integrations, a team's own scripts: where they are, their tokens, and what is different about the runs of some.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::read::Reader;
use super::{Environment, Fault, Faults, Integrations, file};
use crate::model::{Integration, Secret, check_name};

const TOKENS: &str = "INTEGRATION_TOKENS";
const TOKENS_CURE: &str =
    "write NAME:VALUE or ROOM:NAME:VALUE, comma-separated; values with commas belong in kanbridge.toml";

/// `[[integration]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileIntegration {
    name: Spanned<String>,
    token: Option<Spanned<String>>,
    #[serde(default)]
    tokens: BTreeMap<String, Spanned<String>>,
    timeout: Option<Spanned<i64>>,
    memory: Option<Spanned<i64>>,
    #[serde(default)]
    overlap: bool,
    #[serde(default)]
    share_tokens: bool,
}

/// An integration with its place.
pub(super) type Placed = (String, Integration);

/// Reads what it takes to run integrations from a terminal, which may come before everything else is written: faults of
/// other variables are of no account here.
///
/// # Errors
/// The [`Faults`] that stand in the way of this.
pub fn read_integrations(environment: &Environment, path: Option<&str>) -> Result<(Integrations, Secret), Faults> {
    let mut reader = Reader { environment, faults: Vec::new() };
    let in_file = reader.file(path).integrations;
    let integrations = reader.integrations(in_file);
    match (reader.database(), reader.faults) {
        (Some(database), faults) if faults.is_empty() => Ok((integrations, database)),
        (_, faults) => Err(Faults(faults)),
    }
}

impl Reader<'_> {
    /// What variables and file say together.
    pub(super) fn integrations(&mut self, in_file: Vec<Placed>) -> Integrations {
        let mut known: Vec<Integration> = Vec::new();
        for (place, integration) in in_file {
            if known.iter().any(|other| other.name == integration.name) {
                let wrong = format!("there are two integrations called `{}`", integration.name);
                self.faults.push(Fault::new(place, wrong, "make one of them"));
            } else {
                known.push(integration);
            }
        }
        let tokens = self.get(TOKENS).unwrap_or_default();
        for (at, entry) in tokens.split(',').map(str::trim).enumerate().filter(|(_, entry)| !entry.is_empty()) {
            // The entry may be a secret as a whole, so its number has to do.
            if let Err(wrong) = add_token(&mut known, entry) {
                self.fault(TOKENS, format!("entry {}: {wrong}", at + 1), TOKENS_CURE);
            }
        }
        let path = |name: &str| self.environment.get(name).unwrap_or_default().into();
        let (folder, python, storage) = (path("INTEGRATIONS_DIR"), path("INTEGRATIONS_PYTHON"), path("STORAGE_DIR"));
        let seconds = self.number("INTEGRATION_TIMEOUT_SECONDS", 1, 600);
        let timeout = Duration::from_secs(seconds.into());
        let launcher = "/proc/self/exe".into();
        Integrations { folder, launcher, python: python.into(), storage, timeout, known }
    }
}

/// `NAME:VALUE` or `ROOM:NAME:VALUE`, as the origin took them; what has two colons is of a room, and its value may have
/// more of them.
fn add_token(known: &mut Vec<Integration>, entry: &str) -> Result<(), String> {
    let (first, rest) = entry.split_once(':').ok_or("it has no colon")?;
    let (room, name, value) = match rest.split_once(':') {
        Some((name, value)) => (Some(first), name, value),
        None => (None, first, rest),
    };
    if room.is_some_and(|room| room.trim().is_empty()) || value.trim().is_empty() {
        return Err("a part of it is empty".to_owned());
    }
    check_name(name).map_err(|bad| bad.to_string())?;
    let at = known.iter().position(|integration| integration.name == name).unwrap_or_else(|| {
        known.push(Integration::new(name));
        known.len() - 1
    });
    let token = Secret::new(value.trim());
    let twice = match room.map(str::trim) {
        Some(room) => known[at].tokens.insert(room.to_owned(), token).is_some(),
        None => known[at].token.replace(token).is_some(),
    };
    match (twice, room) {
        (false, _) => Ok(()),
        (true, None) => Err(format!("there is a second token of `{name}` for all rooms")),
        (true, Some(room)) => Err(format!("there is a second token of `{name}` for room {room}")),
    }
}

impl file::Reader<'_> {
    /// An integration of the file, with its place.
    pub(super) fn integration(&mut self, said: FileIntegration) -> Option<Placed> {
        let place = self.place(&said.name);
        let name = said.name.get_ref().trim().to_owned();
        if let Err(bad) = check_name(&name) {
            self.fault(
                &said.name,
                bad.to_string(),
                "write the script's name without its extension, for instance weather",
            );
            return None;
        }
        let token = said.token.as_ref().and_then(|token| self.secret(token));
        let tokens = said.tokens.iter().filter_map(|(room, token)| Some((room.clone(), self.secret(token)?))).collect();
        let timeout = self.between(said.timeout.as_ref(), 600, "write seconds").map(Duration::from_secs);
        let memory = self.between(said.memory.as_ref(), 1 << 20, "write megabytes").map(|megabytes| megabytes << 20);
        let (overlap, share_tokens) = (said.overlap, said.share_tokens);
        Some((place, Integration { name, token, tokens, timeout, memory, overlap, share_tokens }))
    }

    fn between(&mut self, number: Option<&Spanned<i64>>, most: u64, cure: &str) -> Option<u64> {
        let number = number?;
        let fits = u64::try_from(*number.get_ref()).ok().filter(|number| (1..=most).contains(number));
        if fits.is_none() {
            self.fault(number, format!("it is not a number from 1 to {most}"), cure);
        }
        fits
    }
}
