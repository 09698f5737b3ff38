//! GitLab as our token sees it: the token itself, and the projects of the routes, whose hooks `hook` judges.

use anyhow::{Result, anyhow};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::outward;
use super::report::Finding;
use super::{SOON, days_left, hook};
use crate::config::Config;
use crate::gitlab::{GitLab, Project, TokenFacts};
use crate::model::Trouble;
use crate::sync::rules::ProjectPattern;

const WHAT: &str = "GitLab";
const TOKEN: &str = "GitLab: token";
const NEW_TOKEN: &str = "make a new access token with scope api (in the project: Settings › Access tokens, role \
                         Maintainer) and set GITLAB_TOKEN";

/// Projects whose hooks are looked at where a route is for every project, the most recently used first.
const MOST_LOOKED_AT: usize = 50;

/// GitLab, the token, then the hooks.
pub(super) async fn all(config: &Config, project: Option<&str>, now: Timestamp) -> Result<Vec<Finding>> {
    let Some(token) = &config.gitlab.token else {
        let why = "GITLAB_TOKEN is not set, so nobody has looked at the hook, its triggers and whether it is enabled";
        return Ok(vec![Finding::not_looked_at(WHAT, why)]);
    };
    let http = outward::http(&config.outward, &config.limits)?;
    let gitlab = GitLab::new(http, &config.gitlab.url, token).map_err(|error| anyhow!(error))?;
    let mut findings = Vec::new();
    match gitlab.version().await {
        Ok(version) => findings.push(Finding::holds(WHAT, format!("{} answers, version {version}", config.gitlab.url))),
        Err(trouble) => {
            let why = "GitLab did not let us in";
            let rest = ["GitLab: token", "hook"].map(|what| Finding::not_looked_at(what, why));
            return Ok([Finding::trouble(WHAT, &trouble)].into_iter().chain(rest).collect());
        }
    }
    findings.push(match gitlab.token_facts().await {
        Ok(facts) => judge_token(config, facts.as_ref(), now),
        Err(trouble) => Finding::trouble(TOKEN, &trouble),
    });
    let wanted = match project {
        Some(name) => vec![ProjectPattern::Path(name.to_owned())],
        None => config.routes.iter().map(|route| route.project.clone()).collect(),
    };
    for pattern in wanted {
        findings.extend(check_projects(&gitlab, config, &pattern).await);
    }
    Ok(findings)
}

fn judge_token(config: &Config, facts: Option<&TokenFacts>, now: Timestamp) -> Finding {
    let Some(facts) = facts else {
        return Finding::holds(TOKEN, "it is accepted; this GitLab does not tell its scopes");
    };
    let scopes = facts.scopes.join(", ");
    let has = |scope: &str| facts.scopes.iter().any(|known| known == scope);
    if !has("api") && !has("read_api") {
        return Finding::fails(TOKEN, format!("its scopes ({scopes}) do not let it read the API"), NEW_TOKEN);
    }
    let two_way = config.routes.iter().find(|route| route.fields.any_from_trello());
    if let Some(route) = two_way.filter(|_| !has("api")) {
        let says =
            format!("its scopes ({scopes}) do not let it change issues, as the route for {} wants", route.project);
        return Finding::fails(TOKEN, says, NEW_TOKEN);
    }
    let ends = facts.expires_at.and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map(|day| day.timestamp());
    match ends.map(|ends| (days_left(ends, now), ends)) {
        Some((left, ends)) if left < SOON => {
            Finding::doubtful(TOKEN, format!("it expires in {} days ({ends:.0})", left.max(0)), NEW_TOKEN)
        }
        _ if !has("api") => {
            let cure = "enough to look; to register hooks it needs the scope api";
            Finding::doubtful(TOKEN, format!("its scopes are {scopes}"), cure)
        }
        Some((_, ends)) => Finding::holds(TOKEN, format!("scopes {scopes}; expires {ends:.0}")),
        None => Finding::holds(TOKEN, format!("scopes {scopes}; never expires")),
    }
}

async fn check_projects(gitlab: &GitLab, config: &Config, pattern: &ProjectPattern) -> Vec<Finding> {
    let name = match pattern {
        ProjectPattern::Any => return check_many(gitlab, config, None).await,
        ProjectPattern::Group(group) => return check_many(gitlab, config, Some(group)).await,
        ProjectPattern::Id(id) => id.to_string(),
        ProjectPattern::Path(path) => path.clone(),
    };
    let what = format!("hook of {name}");
    match gitlab.project(&name).await {
        Ok(Some(project)) => match hook::of_project(gitlab, config, &project).await {
            Ok(Some(findings)) => findings,
            Ok(None) => vec![hook::missing(&what, config, "the project has no hook to kanbridge")],
            Err(trouble) => vec![Finding::trouble(&what, &trouble)],
        },
        Ok(None) => {
            let cure = "is the path right (--project, or `project` of the [[route]])? If so, give the one whose \
                        GITLAB_TOKEN this is the role Maintainer in the project";
            vec![Finding::fails(&what, "there is no such project that the token may see", cure)]
        }
        Err(trouble) => vec![Finding::trouble(&what, &trouble)],
    }
}

/// A route for a whole group or for every project: one hook at least has to be there, and each one that is has to be in
/// order.
async fn check_many(gitlab: &GitLab, config: &Config, group: Option<&str>) -> Vec<Finding> {
    let what = group.map_or_else(|| "hooks".to_owned(), |group| format!("hooks of {group}/*"));
    match look_at_many(gitlab, config, group).await {
        Ok((findings, _)) if !findings.is_empty() => findings,
        Ok((_, looked_at)) => {
            let says = format!("none of the {looked_at} projects that the token maintains has a hook to kanbridge");
            vec![hook::missing(&what, config, &says)]
        }
        Err(trouble) => vec![Finding::trouble(&what, &trouble)],
    }
}

async fn look_at_many(gitlab: &GitLab, config: &Config, group: Option<&str>) -> Result<(Vec<Finding>, usize), Trouble> {
    let mut findings = match group {
        Some(group) => hook::of_group(config, group, &gitlab.group_hooks(group).await?),
        None => Vec::new(),
    };
    let inside = |project: &Project| match group {
        Some(group) => {
            let path = project.path_with_namespace.to_lowercase();
            path.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'))
        }
        None => true,
    };
    let projects: Vec<Project> = gitlab.projects(None).await?.into_iter().filter(inside).collect();
    let has_group_hook = !findings.is_empty();
    let mut without = Vec::new();
    for project in projects.iter().take(MOST_LOOKED_AT) {
        match hook::of_project(gitlab, config, project).await? {
            Some(more) => findings.extend(more),
            None => without.push(project.path_with_namespace.as_str()),
        }
    }
    if let Some(group) = group
        && !has_group_hook
        && !findings.is_empty()
        && !without.is_empty()
    {
        let says = format!("no hook, and so no cards, for {}", without.join(", "));
        findings.push(hook::missing_in_some(&format!("hooks of {group}/*"), &says));
    }
    Ok((findings, projects.len()))
}
