//! What `check` found, one line for each thing, as text or as JSON.

use std::io::{IsTerminal, Write};

use anyhow::Result;
use serde_json::{Value, json};

use crate::model::{Trouble, TroubleKind};

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum State {
    /// As it should be.
    Holds,
    /// The bridge works, and yet somebody should look at it.
    Doubtful,
    /// Something will not work.
    Fails,
    /// It could not be looked at, or need not be.
    NotLookedAt,
}

/// One thing and how it stands.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Finding {
    /// The thing: `Trello token`, `hook of team/app`.
    pub(in crate::cli) what: String,
    /// How it stands.
    pub(in crate::cli) state: State,
    /// In words.
    pub(in crate::cli) says: String,
    /// What to do.
    pub(in crate::cli) cure: Option<String>,
}

impl Finding {
    fn new(what: &str, state: State, says: impl Into<String>, cure: Option<String>) -> Self {
        Finding { what: what.to_owned(), state, says: says.into(), cure }
    }

    pub(super) fn holds(what: &str, says: impl Into<String>) -> Self {
        Self::new(what, State::Holds, says, None)
    }

    pub(super) fn doubtful(what: &str, says: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(what, State::Doubtful, says, Some(cure.into()))
    }

    pub(super) fn fails(what: &str, says: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(what, State::Fails, says, Some(cure.into()))
    }

    pub(super) fn not_looked_at(what: &str, why: impl Into<String>) -> Self {
        Self::new(what, State::NotLookedAt, format!("not looked at: {}", why.into()), None)
    }

    /// A neighbour's failure; most of their sentences hold the cure behind a semicolon.
    pub(super) fn trouble(what: &str, trouble: &Trouble) -> Self {
        let cure = match trouble.kind {
            TroubleKind::Wait(span) => {
                format!("wait {} s and try again; does something else use the token?", span.as_secs())
            }
            TroubleKind::Down => "can this machine reach it (HTTPS_PROXY, CA_FILE)? If so it may be down: try again \
                                  later"
                .to_owned(),
            _ => "see what it says, and try again".to_owned(),
        };
        match trouble.sentence.split_once("; ") {
            Some((says, cure)) => Self::fails(what, says, cure),
            None => Self::fails(what, &*trouble.sentence, cure),
        }
    }
}

/// Where the findings go.
#[derive(Debug)]
pub(in crate::cli) struct Report<W> {
    out: W,
    as_json: bool,
    colour: bool,
    all: Vec<Finding>,
}

/// Wide enough for most things that are named.
const WIDTH: usize = 24;

impl<W: Write> Report<W> {
    pub(in crate::cli) fn new(out: W, as_json: bool) -> Self {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Report { out, as_json, colour, all: Vec::new() }
    }

    /// Takes findings in. Text is told at once: a neighbour that is down takes its time.
    pub(super) fn add(&mut self, findings: Vec<Finding>) -> Result<()> {
        if !self.as_json {
            for finding in &findings {
                self.tell(finding)?;
            }
            self.out.flush()?;
        }
        self.all.extend(findings);
        Ok(())
    }

    fn tell(&mut self, finding: &Finding) -> Result<()> {
        let (mark, colour) = match finding.state {
            State::Holds => ("✓", "32"),
            State::Doubtful => ("!", "33"),
            State::Fails => ("✗", "31"),
            State::NotLookedAt => ("–", "2"),
        };
        let mark = if self.colour { format!("\x1b[{colour}m{mark}\x1b[0m") } else { mark.to_owned() };
        writeln!(self.out, "{mark} {:<WIDTH$}  {}", finding.what, finding.says)?;
        if let Some(cure) = &finding.cure {
            writeln!(self.out, "  {:<WIDTH$}  → {cure}", "")?;
        }
        Ok(())
    }

    /// Ends the report and gives the number of things that fail.
    pub(super) fn end(mut self) -> Result<usize> {
        let fails = self.all.iter().filter(|finding| finding.state == State::Fails).count();
        if self.as_json {
            let findings: Vec<Value> = self.all.iter().map(as_json).collect();
            writeln!(self.out, "{}", json!({ "holds": fails == 0, "findings": findings }))?;
        }
        Ok(fails)
    }
}

fn as_json(finding: &Finding) -> Value {
    let state = match finding.state {
        State::Holds => "holds",
        State::Doubtful => "doubtful",
        State::Fails => "fails",
        State::NotLookedAt => "not looked at",
    };
    json!({ "what": finding.what, "state": state, "says": finding.says, "cure": finding.cure })
}
