//! `kanbridge import --dry-run`: what would be done about each issue.

use std::io::Write;

use anyhow::{Result, anyhow};
use serde_json::json;

use super::super::outward;
use super::{Asked, Command, projects};
use crate::config::{Config, TrelloAccess};
use crate::gitlab::GitLab;
use crate::model::Issue;
use crate::worker::{Outcome, Preview};

pub(super) async fn run(command: &Command, config: &Config, gitlab: &GitLab, out: &mut impl Write) -> Result<()> {
    let store =
        if is_there(config.database_url.expose()) { Some(super::super::open_store(config).await?) } else { None };
    let accounts = outward::accounts(&TrelloAccess::from(config.clone()))?;
    let mut preview = Preview::new(&config.routes, &accounts, store.as_ref());
    let (mut creates, mut changes) = (0, 0);
    for project in projects(command, config, gitlab, store.as_ref()).await? {
        let project = project.to_string();
        let (instance, state) = (&config.gitlab.instance, command.state.word());
        let asked = Asked { instance, project: &project, since: command.since, state };
        let mut pages = asked.pages(gitlab);
        while let Some(page) = pages.next().await.map_err(|trouble| anyhow!(trouble))? {
            for issue in page {
                let outcome = preview.outcome(&issue, asked.closed_too()).await.map_err(|error| anyhow!(error))?;
                creates += usize::from(matches!(outcome, Outcome::Create(_)));
                changes += usize::from(!matches!(outcome, Outcome::Create(_) | Outcome::Nothing(_)));
                tell(&issue, &outcome, command.json, out)?;
            }
        }
    }
    if !command.json {
        writeln!(out, "{creates} cards would be made, {changes} looked at or changed; nothing has been done")?;
    }
    Ok(())
}

/// A database that is not there yet is not made for this.
fn is_there(url: &str) -> bool {
    let Some(file) = url.strip_prefix("sqlite:") else { return true };
    let file = file.trim_start_matches("//").split('?').next().unwrap_or_default();
    std::path::Path::new(file).exists()
}

fn tell(issue: &Issue, outcome: &Outcome, as_json: bool, out: &mut impl Write) -> Result<()> {
    let title: String = issue.ticket.title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let (word, what) = match outcome {
        Outcome::Create(list) => ("create", list),
        Outcome::Adopt(card) => ("adopt", card),
        Outcome::Follow(card) => ("follow", card),
        Outcome::Hide(card) => ("hide", card),
        Outcome::Redact(card) => ("redact", card),
        Outcome::Nothing(why) => ("nothing", why),
    };
    if as_json {
        let line = json!({ "issue": issue.id.to_string(), "title": title, "outcome": word, "what": what });
        return Ok(writeln!(out, "{line}")?);
    }
    let name =
        issue.project_path.as_ref().map_or_else(|| issue.id.to_string(), |path| format!("{path}#{}", issue.id.iid));
    let doing = match outcome {
        Outcome::Create(list) => format!("create a card on `{list}`"),
        Outcome::Adopt(card) => format!("take over the card {card}"),
        Outcome::Follow(card) => format!("bring its changes onto its card {card}"),
        Outcome::Hide(card) => format!("it is confidential: take its card {card} away, or empty it"),
        Outcome::Redact(card) => format!("it is confidential: take all but its place off its card {card}"),
        Outcome::Nothing(why) => format!("nothing: {why}"),
    };
    Ok(writeln!(out, "{name}  {doing}  {title}")?)
}
