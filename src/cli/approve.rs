//! `kanbridge links approve`: issues that are gone in GitLab in such numbers that an operator has to say whether that is
//! right. Without a route it only shows what waits.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::table::Table;
use crate::model::Discretion;
use crate::store::{Missing, Store};
use crate::worker::known;

#[derive(Debug, Args)]
pub(super) struct Command {
    /// The route whose cards may be archived, as `project` in kanbridge.toml names it; none: show what waits.
    route: Option<String>,
    /// As JSON, one object a line.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: &Command, store: &Store, out: &mut impl Write) -> Result<()> {
    let waiting = by_route(store.missing().await?);
    let Some(wanted) = &command.route else { return show(store, &waiting, command.json, out).await };
    let wanted = wanted.trim().trim_matches('/').to_lowercase();
    let numbered = format!("project {wanted}");
    let Some(route) = waiting.keys().find(|route| **route == wanted || **route == numbered) else {
        let names: Vec<String> = waiting.keys().map(|route| format!("`{route}`")).collect();
        match names.as_slice() {
            [] => bail!("nothing waits for approval"),
            names => bail!("nothing of the route `{wanted}` waits; what waits is of {}", names.join(", ")),
        }
    };
    let approved = store.approve(route).await?;
    if command.json {
        return Ok(writeln!(out, "{}", json!({ "route": route, "approved": approved }))?);
    }
    Ok(writeln!(
        out,
        "{route}: approved; the cards of {approved} issues are archived where GitLab still has none of them"
    )?)
}

fn by_route(all: Vec<Missing>) -> BTreeMap<String, Vec<Missing>> {
    let mut routes: BTreeMap<String, Vec<Missing>> = BTreeMap::new();
    for waiting in all {
        routes.entry(waiting.route.clone()).or_default().push(waiting);
    }
    routes
}

async fn show(
    store: &Store,
    routes: &BTreeMap<String, Vec<Missing>>,
    as_json: bool,
    out: &mut impl Write,
) -> Result<()> {
    let mut table = Table::default();
    for (route, waiting) in routes {
        for Missing { issue, found_at, .. } in waiting {
            let title = known(store, &Discretion::default(), issue)
                .await?
                .map(|known| known.issue.ticket.title)
                .unwrap_or_default();
            if as_json {
                let line = json!({ "route": route, "issue": issue.to_string(), "title": title, "since": found_at.to_string() });
                writeln!(out, "{line}")?;
            } else {
                table.row(vec![route.clone(), issue.to_string(), format!("gone since {found_at}"), title]);
            }
        }
    }
    table.print(out)?;
    if !as_json {
        for (route, waiting) in routes {
            writeln!(
                out,
                "{route}: {} issues are gone in GitLab; `kanbridge links approve {route:?}` archives their cards",
                waiting.len()
            )?;
        }
        if routes.is_empty() {
            writeln!(out, "nothing waits for approval")?;
        }
    }
    Ok(())
}
