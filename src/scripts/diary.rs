//! The log of one run: what the script says to it, line by line, marked with the run's reference.

use std::sync::{Mutex, PoisonError};

use super::ears::Beginning;
use crate::model::Secret;

/// Bytes of all lines of one run.
const MOST_LOGGED: usize = 64 << 10;

pub(super) struct Diary<'a> {
    script: &'a str,
    log_ref: &'a str,
    secrets: &'a [Secret],
    /// Bytes that may still be logged.
    room: Mutex<usize>,
}

impl<'a> Diary<'a> {
    /// `secrets` are what the run is given: what it says may repeat them, and the log must not.
    pub(super) fn new(script: &'a str, log_ref: &'a str, secrets: &'a [Secret]) -> Self {
        Diary { script, log_ref, secrets, room: Mutex::new(MOST_LOGGED) }
    }

    /// A line of standard error.
    pub(super) fn heard(&self, line: &Beginning) {
        self.note(false, &String::from_utf8_lossy(&line.bytes));
    }

    pub(super) fn note(&self, is_error: bool, text: &str) {
        let (script, log_ref) = (self.script, self.log_ref);
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        if *room == 0 {
            return;
        }
        *room = room.saturating_sub(text.len() + 1);
        for line in self.clean(text).lines() {
            if is_error {
                tracing::error!(script, log_ref, "{line}");
            } else {
                tracing::info!(script, log_ref, "{line}");
            }
        }
        if *room == 0 {
            tracing::warn!(script, log_ref, "it says too much; the rest of this run is not logged");
        }
    }

    /// How it ended; this is always said.
    pub(super) fn did_not_work(&self, why: &str) {
        let (script, log_ref) = (self.script, self.log_ref);
        tracing::error!(script, log_ref, "did not work: {}", self.clean(why));
    }

    /// Without the tokens that it was given, and without control characters.
    fn clean(&self, text: &str) -> String {
        let mut text: String = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
        for secret in self.secrets {
            text = text.replace(secret.expose(), "***");
        }
        text
    }
}
