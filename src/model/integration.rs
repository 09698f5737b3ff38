//! What the configuration says of an integration: a team's own script.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Secret;

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
