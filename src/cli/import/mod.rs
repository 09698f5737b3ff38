//! `kanbridge import`: the issues that were there before kanbridge get their cards. They are listed and marked; the queue
//! does the rest, after whatever happens live. Marks last, so an import that was stopped goes on, here or in `serve`.

mod preview;
mod progress;

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{bridge, outward};
use crate::clock::Clock;
use crate::config::Config;
use crate::gitlab::GitLab;
use crate::model::{IssueRef, Rank};
use crate::store::{Claim, Store};
use crate::sync::rules::ProjectPattern;
use crate::worker::{Asked, Tally, import_page};
use progress::Progress;

/// Between two looks at the queue.
const LOOK: Duration = Duration::from_millis(500);

/// Where several processes may share the queue: one of them shows itself within this.
const SOMEBODY: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct Command {
    /// The project, by path or number. May be left out where routes name their projects.
    #[arg(long)]
    project: Option<String>,
    /// Only issues that changed since then: 2026-05-28, or 2026-05-28T06:00:00Z.
    #[arg(long, value_name = "DATE", value_parser = read_date)]
    since: Option<Timestamp>,
    /// Which issues. Closed ones get a card where their route has a column for closed issues.
    #[arg(long, value_enum, default_value_t = State::Opened)]
    state: State,
    /// Only print what would be done; nothing is written, neither to Trello nor to the database.
    #[arg(long)]
    dry_run: bool,
    /// The result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Opened,
    Closed,
    All,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Opened => "opened",
            State::Closed => "closed",
            State::All => "all",
        }
    }
}

fn read_date(text: &str) -> Result<Timestamp, String> {
    let day = |text: &str| text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    let at = text.parse::<Timestamp>().ok().or_else(|| day(text));
    at.ok_or_else(|| "write a day, 2026-05-28, or a moment, 2026-05-28T06:00:00Z".to_owned())
}

pub(super) async fn run(command: Command, config: Config, out: &mut impl Write) -> Result<()> {
    let gitlab = outward::gitlab(&config)?.context(
        "GITLAB_TOKEN is not set, and issues are listed with it: make an access token (scope read_api or api) and set it",
    )?;
    if command.dry_run {
        return preview::run(&command, &config, &gitlab, out).await;
    }
    let store = super::open_store(&config).await?;
    let projects = projects(&command, &config, &gitlab, Some(&store)).await?;
    let before = store.backlog(Rank::Background).await?.left;
    let mut hands = if store.is_shared() { None } else { Hands::of_our_own(&config, &store).await? };
    let mut progress = Progress::begin();
    let mut tally = Tally::default();
    let work = async {
        list(&command, &config, &gitlab, &store, &projects, &mut tally, &mut progress).await?;
        if hands.is_none() && store.is_shared() && !somebody_works(&store).await? {
            hands = Hands::of_our_own(&config, &store).await?;
        }
        if hands.is_none() {
            progress.say("another kanbridge works on the queue; this one only watches")?;
        }
        watch_queue(&store, before, &tally, &mut progress).await
    };
    let ended = tokio::select! {
        ended = work => ended.map(|()| true),
        _ = tokio::signal::ctrl_c() => Ok(false),
    };
    progress.end()?;
    if let Some(hands) = hands {
        hands.stop(config.limits.goodbye).await;
    }
    report(&command, &store, &tally, ended?, out).await
}

/// The projects to list, by number.
async fn projects(command: &Command, config: &Config, gitlab: &GitLab, store: Option<&Store>) -> Result<Vec<i64>> {
    let mut names: Vec<String> = match &command.project {
        Some(project) => vec![project.clone()],
        None => config.routes.iter().filter_map(|route| named(&route.project)).collect(),
    };
    if let (None, Some(store)) = (&command.project, store) {
        names.extend(store.projects(&config.gitlab.instance).await?.iter().map(i64::to_string));
    }
    if names.is_empty() {
        bail!("no route names a project; say which one to import: --project group/project");
    }
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let project = gitlab.project(&name).await.map_err(|trouble| anyhow!(trouble))?;
        let project = project.with_context(|| {
            format!("GitLab has no project {name}, or the one whose GITLAB_TOKEN this is may not see it")
        })?;
        found.push(project.id);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn named(pattern: &ProjectPattern) -> Option<String> {
    match pattern {
        ProjectPattern::Id(id) => Some(id.to_string()),
        ProjectPattern::Path(path) => Some(path.clone()),
        ProjectPattern::Any | ProjectPattern::Group(_) => None,
    }
}

async fn list(
    command: &Command,
    config: &Config,
    gitlab: &GitLab,
    store: &Store,
    projects: &[i64],
    tally: &mut Tally,
    progress: &mut Progress,
) -> Result<()> {
    for project in projects {
        let project = project.to_string();
        let (instance, state) = (&config.gitlab.instance, command.state.word());
        let asked = Asked { instance, project: &project, since: command.since, state };
        let mut pages = asked.pages(gitlab);
        while import_page(store, &config.routes, &mut pages, asked.closed_too(), tally).await? {
            progress.listing(tally.listed)?;
        }
    }
    Ok(())
}

/// Shows the queue until it is empty.
async fn watch_queue(store: &Store, before: i64, tally: &Tally, progress: &mut Progress) -> Result<()> {
    let all = before + i64::try_from(tally.marked.len()).unwrap_or(i64::MAX);
    let mut looks = tokio::time::interval(LOOK);
    loop {
        looks.tick().await;
        let backlog = store.backlog(Rank::Background).await?;
        progress.working(all.saturating_sub(backlog.left), all, backlog.reason.as_deref())?;
        if backlog.left == 0 {
            return Ok(());
        }
    }
}

/// Whether another process takes turns.
async fn somebody_works(store: &Store) -> Result<bool> {
    let began = std::time::Instant::now();
    let left = store.backlog(Rank::Background).await?.left;
    while began.elapsed() < SOMEBODY {
        let now = store.backlog(Rank::Background).await?;
        if now.in_hand > 0 || now.left < left || now.left == 0 {
            return Ok(true);
        }
        tokio::time::sleep(LOOK / 2).await;
    }
    Ok(false)
}

/// A worker of our own, where nobody else works on the queue.
struct Hands {
    goodbye: watch::Sender<bool>,
    worker: JoinHandle<()>,
    _claim: Claim,
}

impl Hands {
    /// `None`: another process has the queue.
    async fn of_our_own(config: &Config, store: &Store) -> Result<Option<Self>> {
        let Some(claim) = store.try_claim().await? else { return Ok(None) };
        let worker = bridge::worker(config, store, &Clock::System, None).await?;
        let (goodbye, told) = watch::channel(false);
        Ok(Some(Hands { goodbye, worker: tokio::spawn(worker.run(told)), _claim: claim }))
    }

    /// Lets the turns in hand come to their ends.
    async fn stop(self, patience: Duration) {
        // It may have ended already; then nobody listens.
        let _ = self.goodbye.send(true);
        if tokio::time::timeout(patience, self.worker).await.is_err() {
            tracing::warn!("some turns did not end in time; they go on after the next start");
        }
    }
}

async fn report(command: &Command, store: &Store, tally: &Tally, ended: bool, out: &mut impl Write) -> Result<()> {
    let left = store.backlog(Rank::Background).await?.left;
    let failed: Vec<(IssueRef, String)> =
        store.failed_issues().await?.into_iter().filter(|(issue, _)| tally.marked.contains(issue)).collect();
    if command.json {
        let failures: Vec<_> =
            failed.iter().map(|(issue, why)| json!({ "issue": issue.to_string(), "reason": why })).collect();
        let (listed, marked, skipped) = (tally.listed, tally.marked.len(), &tally.skipped);
        let whole = json!({
            "listed": listed, "marked": marked, "skipped": skipped, "left": left, "failed": failures, "ended": ended,
        });
        writeln!(out, "{whole}")?;
    } else {
        writeln!(out, "{} issues listed, {} looked after", tally.listed, tally.marked.len())?;
        for (why, count) in &tally.skipped {
            writeln!(out, "{count} passed over: {why}")?;
        }
        for (issue, why) in &failed {
            writeln!(out, "failed: {issue}: {why}")?;
        }
    }
    if !ended {
        bail!("stopped; {left} issues wait for their turns: `kanbridge serve` goes on with them, and so does import");
    }
    if !failed.is_empty() {
        bail!("{} issues failed; mend what the reasons say, and import again", failed.len());
    }
    Ok(())
}
