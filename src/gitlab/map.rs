//! From GitLab's words to ours. Pure.

use jiff::civil::Date;

use super::time;
use super::wire;
use crate::model::{Instance, Issue, IssueRef, IssueUrl, Label, Milestone, Ticket, Version, Withheld};
use crate::text::clean;

/// Why an issue payload yields no issue.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoIssue {
    /// A field without which nothing can be named.
    Missing(&'static str),
    /// A work item of a group (an epic): no project, so no route can be for it.
    OfGroup,
}

/// Translates an issue or work item hook, whole as it is. `fallback` names the instance where the payload has no
/// URL to tell it (the test payloads of old versions).
pub(super) fn issue(hook: wire::IssueHook, confidential: bool, fallback: &Instance) -> Result<Issue, NoIssue> {
    let project_id = project_id(&hook)?;
    let iid = hook.object_attributes.iid.filter(|iid| *iid > 0).ok_or(NoIssue::Missing("object_attributes.iid"))?;
    if hook.object_attributes.title.is_none() {
        return Err(NoIssue::Missing("object_attributes.title"));
    }
    let url = url(&hook, iid);
    let instance = instance(&hook, url.as_deref()).unwrap_or_else(|| fallback.clone());
    let project_path = project_path(&hook, url.as_deref());
    let version = hook.object_attributes.updated_at.as_deref().and_then(time::parse).unwrap_or(Version::UNKNOWN);
    let id = IssueRef { instance, project: project_id, iid };
    let global_id = hook.object_attributes.id;
    let kind = hook.object_attributes.kind.clone();
    let moved_to = hook.object_attributes.moved_to_id;
    let milestone = hook.object_attributes.milestone_id.as_i64().map(|id| Milestone { id, title: None });
    let weight = hook.object_attributes.weight.as_i64();
    let ticket = ticket(hook);
    Ok(Issue {
        id,
        global_id,
        project_path,
        url,
        kind,
        milestone,
        weight,
        confidential,
        withheld: Withheld::Nothing,
        moved_to,
        version,
        ticket,
    })
}

fn project_id(hook: &wire::IssueHook) -> Result<i64, NoIssue> {
    let of_attributes = hook.object_attributes.project_id;
    let elsewhere = || hook.project.as_ref().and_then(|project| project.id).or(hook.project_id);
    match of_attributes.flatten().or_else(elsewhere) {
        Some(id) if id > 0 => Ok(id),
        None if of_attributes.is_some() => Err(NoIssue::OfGroup),
        _ => Err(NoIssue::Missing("object_attributes.project_id")),
    }
}

/// Where people read the issue. The test payloads of old versions have no URL; the project's has
/// always been the front of it.
fn url(hook: &wire::IssueHook, iid: i64) -> Option<String> {
    let own = hook.object_attributes.url.as_deref().filter(|url| Instance::of_url(url).is_ok());
    own.map(clean).or_else(|| {
        let project = hook.project.as_ref()?.web_url.as_deref().filter(|url| Instance::of_url(url).is_ok())?;
        Some(format!("{}/-/issues/{iid}", clean(project).trim_end_matches('/')))
    })
}

fn instance(hook: &wire::IssueHook, url: Option<&str>) -> Option<Instance> {
    let homepage = hook.repository.as_ref().and_then(|repository| repository.homepage.as_deref());
    [url, homepage].into_iter().flatten().find_map(|url| Instance::of_url(url).ok())
}

fn project_path(hook: &wire::IssueHook, url: Option<&str>) -> Option<String> {
    let written = hook.project.as_ref().and_then(|project| project.path_with_namespace.as_deref()).map(clean);
    written.or_else(|| url.and_then(IssueUrl::parse).map(|url| url.path))
}

fn ticket(hook: wire::IssueHook) -> Ticket {
    let attributes = hook.object_attributes;
    Ticket {
        title: clean(attributes.title.as_deref().unwrap_or_default()).trim().to_owned(),
        text: clean(attributes.description.as_deref().unwrap_or_default()),
        closed: closed(attributes.state.as_deref(), attributes.state_id),
        labels: labels(hook.labels.or(attributes.labels).unwrap_or_default()),
        facets: Vec::new(),
        people: people(hook.assignees, hook.assignee),
        due: attributes.due_date.as_deref().and_then(date),
        spot: None,
    }
}

/// `reopened` was a state of its own up to GitLab 9. The action is no guide: an `update` can carry
/// a close.
fn closed(state: Option<&str>, state_id: Option<i64>) -> bool {
    match state {
        Some(state) => state == "closed",
        None => state_id == Some(2),
    }
}

fn labels(labels: Vec<wire::Label>) -> Vec<Label> {
    let mut known: Vec<Label> = Vec::with_capacity(labels.len());
    for label in labels {
        let Some(name) = label.title.as_deref().map(clean) else {
            continue;
        };
        if !name.is_empty() && known.iter().all(|other| other.name != name) {
            known.push(Label { name, color: label.color.as_deref().map(clean) });
        }
    }
    known
}

fn people(assignees: Option<Vec<wire::User>>, assignee: Option<wire::User>) -> Vec<String> {
    let all = assignees.unwrap_or_else(|| assignee.into_iter().collect());
    all.into_iter().filter_map(|user| user.username).map(|name| clean(&name)).collect()
}

fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}
