//! Merge requests: read out of hooks, with the issues that they name, and read over the API as the issues tell them
//! (<https://docs.gitlab.com/api/issues/#list-merge-requests-related-to-an-issue>).

use serde::Deserialize;

use super::client::{Call, GitLab};
use super::time;
use super::wire;
use crate::model::{Instance, IssueRef, MergeNews, MergeRequest, MergeState, Micros, ProjectName, Trouble, Version};
use crate::text::{clean, named_issues};

/// Merge requests of one issue that are read.
const MOST: usize = 1_000;

/// Issues that one merge request may name. More is a list of changes, and no work on any of them.
const MOST_NAMED: usize = 100;

/// Reads a merge-request hook. `fallback` names the instance where no URL in it does.
///
/// # Errors
/// Why there is nothing in it, in a sentence.
pub(super) fn of_hook(hook: wire::MergeHook, fallback: &Instance) -> Result<MergeNews, String> {
    let missing = |field: &str| format!("the merge request cannot be read: `{field}` is missing");
    let positive = |number: Option<i64>| number.filter(|number| *number > 0);
    let attributes = &hook.object_attributes;
    let of_project = hook.project.as_ref().and_then(|project| project.id);
    let project = positive(attributes.target_project_id).or(positive(of_project));
    let project = project.ok_or_else(|| missing("target_project_id"))?;
    let iid = positive(attributes.iid).ok_or_else(|| missing("object_attributes.iid"))?;
    let title = attributes.title.as_deref().map(clean).ok_or_else(|| missing("object_attributes.title"))?;
    let web = hook.project.as_ref().and_then(|project| project.web_url.as_deref());
    let of_web = || web.map(|web| format!("{}/-/merge_requests/{iid}", web.trim_end_matches('/')));
    let url = attributes.url.as_deref().map(str::to_owned).or_else(of_web).ok_or_else(|| missing("url"))?;
    let instance = Instance::of_url(&url).unwrap_or_else(|_| fallback.clone());
    let state = attributes.state.as_deref().unwrap_or_default();
    let state: MergeState = state.parse().map_err(|_| missing("object_attributes.state"))?;
    let version = attributes.updated_at.as_deref().and_then(time::parse).unwrap_or(Version::UNKNOWN);
    let path = hook.project.as_ref().and_then(|project| project.path_with_namespace.as_deref());
    let text = format!("{title}\n\n{}", attributes.description.as_deref().map(clean).unwrap_or_default());
    let names = names(&text, &instance, project, path);
    let merge = MergeRequest {
        project,
        iid,
        title,
        url: clean(&url),
        state,
        turned: turned(attributes, state, version),
        version,
    };
    Ok(MergeNews { instance, merge, names })
}

/// When the merge request came to its state, where the hook tells of that.
fn turned(attributes: &wire::MergeAttributes, state: MergeState, version: Version) -> Option<Micros> {
    let created = || attributes.created_at.as_deref().and_then(time::parse);
    let now = || Some(version).filter(|version| *version != Version::UNKNOWN);
    let at = match (attributes.action.as_deref(), state) {
        (Some("merge"), MergeState::Merged) | (Some("close"), MergeState::Closed) => now(),
        (Some("reopen"), MergeState::Opened) => now(),
        (_, MergeState::Opened) => created(),
        _ => None,
    };
    at.map(|version| Micros(version.at))
}

/// The issues that a text in a project names, as far as they are of its instance.
fn names(text: &str, instance: &Instance, project: i64, path: Option<&str>) -> Vec<(ProjectName, i64)> {
    let mut names = Vec::new();
    for named in named_issues(text) {
        let here = named.host.as_ref().is_none_or(|host| host == instance);
        let project = match named.path {
            Some(named) if path.is_none_or(|path| !path.eq_ignore_ascii_case(&named)) => {
                ProjectName::Path(named.to_lowercase())
            }
            _ => ProjectName::Id(project),
        };
        let name = (project, named.iid);
        if here && !names.contains(&name) && names.len() < MOST_NAMED {
            names.push(name);
        }
    }
    names
}

#[derive(Deserialize)]
struct WireMerge {
    iid: i64,
    project_id: i64,
    title: String,
    web_url: String,
    state: String,
    created_at: Option<String>,
    updated_at: Option<String>,
    merged_at: Option<String>,
    closed_at: Option<String>,
}

impl WireMerge {
    /// `None` where its state is none that we know.
    fn merge(self) -> Option<MergeRequest> {
        let state: MergeState = self.state.parse().ok()?;
        let turned = match state {
            MergeState::Opened => self.created_at,
            MergeState::Merged => self.merged_at,
            MergeState::Closed => self.closed_at,
        };
        Some(MergeRequest {
            project: self.project_id,
            iid: self.iid,
            title: clean(&self.title),
            url: clean(&self.web_url),
            state,
            turned: turned.as_deref().and_then(time::parse).map(|version| Micros(version.at)),
            version: self.updated_at.as_deref().and_then(time::parse).unwrap_or(Version::UNKNOWN),
        })
    }
}

impl GitLab {
    /// The merge requests that mention an issue, and those that close it, as far as this token may see them.
    pub async fn merge_requests_of(&self, issue: &IssueRef) -> Result<Vec<MergeRequest>, Trouble> {
        let mut all = self
            .naming(issue, "GET /projects/{id}/issues/{iid}/related_merge_requests", "related_merge_requests")
            .await?;
        for closing in self.naming(issue, "GET /projects/{id}/issues/{iid}/closed_by", "closed_by").await? {
            if all.iter().all(|known| known.name() != closing.name()) {
                all.push(closing);
            }
        }
        Ok(all)
    }

    async fn naming(&self, issue: &IssueRef, name: &str, how: &str) -> Result<Vec<MergeRequest>, Trouble> {
        let (project, iid) = (issue.project.to_string(), issue.iid.to_string());
        let path = ["projects", project.as_str(), "issues", iid.as_str(), how];
        let rows: Vec<WireMerge> = self.read_all(Call::get(name, &path, &[]), MOST).await?;
        Ok(rows.into_iter().filter_map(WireMerge::merge).collect())
    }
}
