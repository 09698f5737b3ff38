//! What is there, for whoever looks, and the setting up of what people seldom do: users, projects, members, hooks,
//! tokens.

use super::api::Token;
use super::hooks::{Health, Hook, TRIGGERS};
use super::world::{Issue, Note, Target, World};
use super::{GitLab, Kind};

/// An issue, for whoever looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueView {
    /// Its id on the whole instance.
    pub id: i64,
    /// Its number in the project.
    pub iid: i64,
    /// Its project.
    pub project: i64,
    /// Issue, incident or task.
    pub kind: Kind,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// Closed.
    pub closed: bool,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// The usernames of its assignees.
    pub assignees: Vec<String>,
    /// The day on which it is due.
    pub due_date: Option<String>,
    /// Weight.
    pub weight: Option<i64>,
    /// The title of its milestone.
    pub milestone: Option<String>,
    /// Confidential.
    pub confidential: bool,
    /// The id of the issue that it was moved to.
    pub moved_to: Option<i64>,
    /// Where people read it.
    pub url: String,
}

/// A note, for whoever looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteView {
    /// Its id.
    pub id: i64,
    /// The username of its author.
    pub author: String,
    /// What it says.
    pub body: String,
    /// Written by GitLab itself.
    pub system: bool,
    /// For members only.
    pub internal: bool,
}

/// How a hook is and fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookView {
    /// Its id.
    pub id: i64,
    /// Where it sends to.
    pub url: String,
    /// The switches that are on.
    pub triggers: Vec<&'static str>,
    /// `executable`, `temporarily_disabled` or `disabled`.
    pub status: &'static str,
}

/// A hook to be made.
#[derive(Clone, Debug, Default)]
pub struct NewHook<'a> {
    /// Where it sends to.
    pub url: &'a str,
    /// The secret token.
    pub token: Option<&'a str>,
    /// The signing token, `whsec_…`.
    pub signing_token: Option<&'a str>,
    /// The switches that are on; empty: all those that the look-alike has events for.
    pub triggers: &'a [&'static str],
}

/// The switches that the look-alike has events for.
const LIVE: usize = 5;

impl GitLab {
    /// The id of the root user, whose token the options name.
    pub fn root(&self) -> i64 {
        self.root
    }

    /// Makes a project that the root user owns.
    pub fn add_project(&self, path: &str) -> i64 {
        self.lock().world.add_project(path, self.root)
    }

    /// Makes a user, who may see nothing yet.
    pub fn add_user(&self, username: &str, name: &str) -> i64 {
        self.lock().world.add_user(username, name)
    }

    /// Lets a user into a project: 10 guest, 15 planner, 20 reporter, 30 developer, 40 maintainer, 50 owner.
    pub fn add_member(&self, project: i64, user: i64, level: i64) {
        self.lock().world.add_member(project, user, level);
    }

    /// Makes a milestone; gives its id.
    pub fn add_milestone(&self, project: i64, title: &str, due_date: Option<&str>) -> i64 {
        self.lock().world.add_milestone(project, title, due_date.map(str::to_owned))
    }

    /// Makes a label; gives its id.
    pub fn add_label(&self, project: i64, name: &str, color: &str) -> i64 {
        self.lock().world.add_label(project, name, color, None)
    }

    /// Gives a project another path. The old one leads to the new one.
    pub fn rename_project(&self, project: i64, path: &str) {
        self.lock().world.rename_project(project, path);
    }

    /// Makes an API token of a user; `expires_at` is a day.
    pub fn add_token(&self, text: &str, user: i64, scopes: &[&str], expires_at: Option<&str>) {
        let token = Token { expires_at: expires_at.map(str::to_owned), ..Token::new(text, user, scopes) };
        self.lock().tokens.push(token);
    }

    /// Revokes an API token.
    pub fn revoke_token(&self, text: &str) {
        self.lock().tokens.iter_mut().filter(|token| token.text == text).for_each(|token| token.revoked = true);
    }

    /// Allows a user this many calls in a minute from now on; `None`: as many as they like.
    pub fn limit_calls(&self, per_minute: Option<u32>) {
        self.lock().limiter.change(per_minute);
    }

    /// Points a hook of a project somewhere; gives its id.
    pub fn add_hook(&self, project: i64, new: &NewHook<'_>) -> i64 {
        let mut state = self.lock();
        let (id, now) = (state.world.fresh_id(), state.world.clock.now());
        let mut hook = Hook::new(id, project, new.url, now);
        hook.token = new.token.map(str::to_owned);
        hook.signing_token = new.signing_token.map(str::to_owned);
        let triggers = if new.triggers.is_empty() { &TRIGGERS[..LIVE] } else { new.triggers };
        triggers.iter().for_each(|trigger| hook.switch(trigger, true));
        state.hooks.push(hook);
        id
    }

    /// Points a hook elsewhere, secrets and all: what a proxy in front of the receiver does when it breaks.
    pub fn point_hook(&self, id: i64, url: &str) {
        self.lock().hooks.iter_mut().filter(|hook| hook.id == id).for_each(|hook| url.clone_into(&mut hook.url));
    }

    /// Deletes a hook.
    pub fn delete_hook(&self, id: i64) {
        self.lock().hooks.retain(|hook| hook.id != id);
    }

    /// Lets a hook that GitLab has stopped sending to start afresh.
    pub fn revive_hook(&self, id: i64) {
        self.lock().hooks.iter_mut().filter(|hook| hook.id == id).for_each(|hook| hook.health = Health::default());
    }

    /// The hooks of a project.
    pub fn hooks(&self, project: i64) -> Vec<HookView> {
        let state = self.lock();
        let now = state.world.clock.now();
        let hooks = state.hooks.iter().filter(|hook| hook.project == project);
        let view = |hook: &Hook| {
            let (url, triggers) = (hook.url.clone(), hook.triggers.clone());
            HookView { id: hook.id, url, triggers, status: hook.health.status(now) }
        };
        hooks.map(view).collect()
    }

    /// The issues of a project, in the order they were opened.
    pub fn issues(&self, project: i64) -> Vec<IssueView> {
        let world = &self.lock().world;
        world.issues.iter().filter(|issue| issue.project == project).map(|issue| view(world, issue)).collect()
    }

    /// One issue.
    pub fn issue(&self, project: i64, iid: i64) -> Option<IssueView> {
        let world = &self.lock().world;
        world.issue(project, iid).map(|issue| view(world, issue))
    }

    /// What was said on an issue, the oldest first, GitLab's own lines too.
    pub fn notes(&self, project: i64, iid: i64) -> Vec<NoteView> {
        let world = &self.lock().world;
        let Some(target) = world.issue(project, iid).map(|issue| Target::Issue(issue.id)) else {
            return Vec::new();
        };
        world.notes.iter().filter(|note| note.target == target).map(|note| note_view(world, note)).collect()
    }
}

fn view(world: &World, issue: &Issue) -> IssueView {
    let user = |id: &i64| world.user(*id).map(|user| user.username.clone());
    let label = |id: &i64| world.label(*id).map(|label| label.name.clone());
    IssueView {
        id: issue.id,
        iid: issue.iid,
        project: issue.project,
        kind: issue.kind,
        title: issue.title.clone(),
        description: issue.description.clone().unwrap_or_default(),
        closed: issue.closed.is_some(),
        labels: issue.labels.iter().filter_map(label).collect(),
        assignees: issue.assignees.iter().filter_map(user).collect(),
        due_date: issue.due_date.clone(),
        weight: issue.weight,
        milestone: issue.milestone.and_then(|id| world.milestone(id)).map(|milestone| milestone.title.clone()),
        confidential: issue.confidential,
        moved_to: issue.moved_to,
        url: world.issue_url(issue),
    }
}

fn note_view(world: &World, note: &Note) -> NoteView {
    NoteView {
        id: note.id,
        author: world.user(note.author).map(|user| user.username.clone()).unwrap_or_default(),
        body: note.body.clone(),
        system: note.system,
        internal: note.internal,
    }
}
