//! `kanbridge check`: one line for each thing that must hold, each failure with its cure. It changes nothing at the
//! neighbours; the database is opened as `serve` would open it, so its schema is brought up to date.

mod failed;
mod gitlab;
mod gone;
mod here;
pub(super) mod hook;
mod modes;
mod people;
pub(super) mod report;
mod rooms;
mod scripts;
mod trello;
mod watches;

use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;
use jiff::Timestamp;

use super::outward;
use crate::clock::Clock;
use crate::config::{Config, Faults, TrelloAccess};
use crate::worker::{SOON, days_left};
use report::{Finding, Report};

#[derive(Debug, Args)]
pub(super) struct Command {
    /// As JSON: {"holds": …, "findings": […]}.
    #[arg(long)]
    json: bool,
    /// The GitLab project whose hook to look at, where the routes name none.
    #[arg(long, value_name = "PATH OR ID")]
    project: Option<String>,
}

pub(super) async fn run(command: Command, config: Result<Config, Faults>, out: impl Write) -> Result<()> {
    let report = Report::new(out, command.json);
    match all(config, command.project.as_deref(), true, report).await? {
        0 => Ok(()),
        1 => bail!("one thing does not hold"),
        many => bail!("{many} things do not hold"),
    }
}

/// Looks at everything; gives the number of things that fail. `running`: whether the bridge should be running already.
pub(super) async fn all(
    config: Result<Config, Faults>,
    project: Option<&str>,
    running: bool,
    mut report: Report<impl Write>,
) -> Result<usize> {
    report.add(here::configuration(&config))?;
    let Ok(config) = config else {
        let why = "the configuration has faults";
        let rest = ["database", "Trello", "GitLab", "public address"];
        report.add(rest.iter().map(|what| Finding::not_looked_at(what, why)).collect())?;
        return report.end();
    };
    let now = Timestamp::from_microsecond(Clock::System.now().0)?;
    let (store, finding) = here::database(&config).await;
    report.add(vec![finding])?;
    for trello in outward::accounts(&TrelloAccess::from(config.clone()))? {
        report.add(trello::account(&trello, &config.routes, store.as_ref(), now).await?)?;
        report.add(rooms::boards(&trello, &config.relays, store.as_ref()).await)?;
        report.add(watches::account(&trello, &config, store.as_ref()).await)?;
    }
    report.add(modes::milestones(&config.routes, config.gitlab.token.is_some()).into_iter().collect())?;
    report.add(gitlab::all(&config, project, now).await?)?;
    report.add(rooms::all(&config, store.as_ref()).await?)?;
    report.add(scripts::all(&config.integrations))?;
    if let Some(store) = &store {
        report.add(gone::all(store).await?)?;
        report.add(failed::all(store).await?)?;
    }
    report.add(here::public_url(&config, running).await?)?;
    report.end()
}

/// What is wrong with a token of Trello's, and the cure.
pub(super) fn trello_token_fault(facts: &crate::trello::TokenFacts, now: Timestamp) -> Option<String> {
    let finding = trello::judge_token("", facts, now);
    let cure = finding.cure.unwrap_or_default();
    (finding.state == report::State::Fails).then(|| format!("{}; {cure}", finding.says))
}
