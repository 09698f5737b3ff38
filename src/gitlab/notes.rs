//! What people say on issues: read out of note hooks, and read and written over the API
//! (<https://docs.gitlab.com/api/notes/>). The words of a hidden note go no further than this file.

use http::Method;
use serde::Deserialize;

use super::client::{Call, GitLab, decode};
use super::time;
use super::wire;
use crate::model::{Instance, IssueRef, Micros, Note, NoteId, NoteNews, Trouble, Version};
use crate::text::clean;

/// More than an issue can have (<https://docs.gitlab.com/administration/instance_limits/#number-of-comments-per-issuable>).
const MOST: usize = 10_000;

/// Reads a note hook. `fallback` names the instance where no URL in it does.
///
/// # Errors
/// Why there is nothing to copy, in a sentence.
pub(super) fn of_hook(hook: wire::NoteHook, hidden: bool, fallback: &Instance) -> Result<NoteNews, String> {
    let Some(target) = hook.issue.as_ref().or(hook.work_item.as_ref()) else {
        return Err("only notes on issues are copied".to_owned());
    };
    if hook.object_attributes.system {
        return Err("notes that GitLab writes itself are not copied".to_owned());
    }
    let missing = |field: &str| format!("the note cannot be read: `{field}` is missing");
    let positive = |number: Option<i64>| number.filter(|number| *number > 0);
    let attributes = &hook.object_attributes;
    let project = project(&hook).ok_or_else(|| missing("project_id"))?;
    let iid = positive(target.iid).ok_or_else(|| missing("issue.iid"))?;
    let id = NoteId(positive(attributes.id).ok_or_else(|| missing("object_attributes.id"))?);
    let issue = IssueRef { instance: instance(&hook).unwrap_or_else(|| fallback.clone()), project, iid };
    let (created, changed) = times(attributes.created_at.as_deref(), attributes.updated_at.as_deref());
    let text = attributes.note.as_deref().map(clean).ok_or_else(|| missing("object_attributes.note"))?;
    let (author, text) = if hidden { (String::new(), String::new()) } else { (author(&hook), text) };
    let note = Note { id, author, text, created, changed: Micros(changed.at), hidden };
    Ok(NoteNews { issue, note, step: changed.step })
}

/// The number of the project that the note stands in.
pub(super) fn project(hook: &wire::NoteHook) -> Option<i64> {
    let target = hook.issue.as_ref().or(hook.work_item.as_ref()).and_then(|target| target.project_id);
    let project = hook.project.as_ref().and_then(|project| project.id);
    let told = [target, hook.object_attributes.project_id, hook.project_id, project];
    told.into_iter().flatten().find(|id| *id > 0)
}

/// And its path.
pub(super) fn project_path(hook: &wire::NoteHook) -> Option<&str> {
    hook.project.as_ref()?.path_with_namespace.as_deref()
}

fn instance(hook: &wire::NoteHook) -> Option<Instance> {
    let target = hook.issue.as_ref().or(hook.work_item.as_ref()).and_then(|target| target.url.as_deref());
    let project = hook.project.as_ref().and_then(|project| project.web_url.as_deref());
    let homepage = hook.repository.as_ref().and_then(|repository| repository.homepage.as_deref());
    let urls = [hook.object_attributes.url.as_deref(), target, project, homepage];
    urls.into_iter().flatten().find_map(|url| Instance::of_url(url).ok())
}

/// The author's name, where the hook tells it: it names who caused it, and that may be who edited the note or pressed
/// GitLab's Test button. Old hooks told of new notes alone, and did not number people.
fn author(hook: &wire::NoteHook) -> String {
    let Some(user) = &hook.user else { return String::new() };
    let theirs = match (user.id, hook.object_attributes.author_id) {
        (Some(user), Some(author)) => user == author,
        _ => hook.object_attributes.action.as_deref().is_none_or(|action| action == "create"),
    };
    if theirs { name(user.name.as_deref(), user.username.as_deref()) } else { String::new() }
}

fn name(name: Option<&str>, username: Option<&str>) -> String {
    [name, username].into_iter().flatten().map(clean).find(|name| !name.trim().is_empty()).unwrap_or_default()
}

/// When a note was written, and when it was last changed.
fn times(created: Option<&str>, updated: Option<&str>) -> (Micros, Version) {
    let created = created.and_then(time::parse);
    let changed = updated.and_then(time::parse).or(created).unwrap_or(Version::UNKNOWN);
    (Micros(created.unwrap_or(changed).at), changed)
}

#[derive(Deserialize)]
struct WireNote {
    id: i64,
    body: String,
    author: Option<WireAuthor>,
    created_at: Option<String>,
    updated_at: Option<String>,
    #[serde(default)]
    system: bool,
    #[serde(default)]
    internal: bool,
    /// What `internal` was called up to GitLab 15.
    #[serde(default)]
    confidential: bool,
}

#[derive(Deserialize)]
struct WireAuthor {
    name: Option<String>,
    username: Option<String>,
}

impl From<WireNote> for Note {
    fn from(wire: WireNote) -> Self {
        let hidden = wire.system || wire.internal || wire.confidential;
        let (created, changed) = times(wire.created_at.as_deref(), wire.updated_at.as_deref());
        let author = wire.author.filter(|_| !hidden);
        Note {
            id: NoteId(wire.id),
            author: author.map(|who| name(who.name.as_deref(), who.username.as_deref())).unwrap_or_default(),
            text: if hidden { String::new() } else { clean(&wire.body) },
            created,
            changed: Micros(changed.at),
            hidden,
        }
    }
}

impl GitLab {
    /// All notes of an issue that people wrote; hidden ones without their words.
    pub async fn notes(&self, issue: &IssueRef) -> Result<Vec<Note>, Trouble> {
        let (project, iid) = (issue.project.to_string(), issue.iid.to_string());
        let path = ["projects", project.as_str(), "issues", iid.as_str(), "notes"];
        let query = [("activity_filter", "only_comments"), ("order_by", "created_at"), ("sort", "asc")];
        let call = Call::get("GET /projects/{id}/issues/{iid}/notes", &path, &query);
        let rows: Vec<WireNote> = self.read_all(call, MOST).await?;
        Ok(rows.into_iter().map(Note::from).collect())
    }

    /// Says something on an issue; gives the note as GitLab keeps it.
    pub async fn post_note(&self, issue: &IssueRef, text: &str) -> Result<Note, Trouble> {
        let (project, iid) = (issue.project.to_string(), issue.iid.to_string());
        let name = "POST /projects/{id}/issues/{iid}/notes";
        let path = ["projects", project.as_str(), "issues", iid.as_str(), "notes"];
        let form = Some(vec![("body", text.to_owned())]);
        let made = self.send(Call { name, method: Method::POST, path: &path, query: &[], form }).await?;
        decode::<WireNote>(name, &made).map(Note::from)
    }

    /// Changes a note; gives it as GitLab keeps it.
    pub async fn edit_note(&self, issue: &IssueRef, note: NoteId, text: &str) -> Result<Note, Trouble> {
        let (project, iid, note) = (issue.project.to_string(), issue.iid.to_string(), note.to_string());
        let name = "PUT /projects/{id}/issues/{iid}/notes/{id}";
        let path = ["projects", project.as_str(), "issues", iid.as_str(), "notes", note.as_str()];
        let form = Some(vec![("body", text.to_owned())]);
        let changed = self.send(Call { name, method: Method::PUT, path: &path, query: &[], form }).await?;
        decode::<WireNote>(name, &changed).map(Note::from)
    }

    /// Deletes a note.
    pub async fn delete_note(&self, issue: &IssueRef, note: NoteId) -> Result<(), Trouble> {
        let (project, iid, note) = (issue.project.to_string(), issue.iid.to_string(), note.to_string());
        let name = "DELETE /projects/{id}/issues/{iid}/notes/{id}";
        let path = ["projects", project.as_str(), "issues", iid.as_str(), "notes", note.as_str()];
        self.send(Call { name, method: Method::DELETE, path: &path, query: &[], form: None }).await.map(|_| ())
    }
}
