//! People's hands: what somebody does on GitLab's pages, by name. Hooks tell of it as of everything else.

use super::world::{Invalid, Target, World};
use super::{Change, GitLab, State};

/// What was named is not there, or GitLab refuses the change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuch {
    /// No such user.
    #[error("there is no user `{0}`")]
    User(String),
    /// No such project.
    #[error("there is no project {0}")]
    Project(i64),
    /// No such issue, merge request or note.
    #[error("there is no {0} {1}")]
    Thing(&'static str, i64),
    /// Refused.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// Somebody at GitLab's pages.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    gitlab: &'a GitLab,
    name: &'a str,
}

impl GitLab {
    /// Somebody's hands; `name` is a username.
    pub fn by<'a>(&'a self, name: &'a str) -> Person<'a> {
        Person { gitlab: self, name }
    }
}

/// An issue that was taken out of sight.
#[derive(Debug)]
pub struct Hidden(super::world::Issue);

impl GitLab {
    /// Takes an issue out of everybody's sight, as a restored backup without it would; no hook tells of it.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn hides(&self, project: i64, iid: i64) -> Result<Hidden, NoSuch> {
        let world = &mut self.lock().world;
        let id = issue(world, project, iid)?;
        let at = world.issues.iter().position(|issue| issue.id == id).ok_or(NoSuch::Thing("issue", iid))?;
        Ok(Hidden(world.issues.remove(at)))
    }

    /// Brings it back as it was; no hook tells of it.
    pub fn shows(&self, hidden: Hidden) {
        self.lock().world.issues.push(hidden.0);
    }
}

impl Person<'_> {
    /// Opens an issue; gives its iid.
    ///
    /// # Errors
    /// [`NoSuch`], as of every verb here.
    pub fn opens(&self, project: i64, title: &str, text: &str) -> Result<i64, NoSuch> {
        self.opens_with(project, &Change::text(title, text))
    }

    /// Opens an issue with everything that `change` says; gives its iid.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn opens_with(&self, project: i64, change: &Change) -> Result<i64, NoSuch> {
        self.acts(|world, by| {
            world.project(project).ok_or(NoSuch::Project(project))?;
            Ok(world.open_issue(by, project, change)?)
        })
    }

    /// Changes an issue.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn changes(&self, project: i64, iid: i64, change: &Change) -> Result<(), NoSuch> {
        self.acts(|world, by| {
            let id = issue(world, project, iid)?;
            Ok(world.change_issue(by, id, change)?)
        })
    }

    /// Gives an issue another title.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn retitles(&self, project: i64, iid: i64, title: &str) -> Result<(), NoSuch> {
        self.changes(project, iid, &Change { title: Some(title.to_owned()), ..Change::default() })
    }

    /// Closes an issue, or opens it again.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn closes(&self, project: i64, iid: i64, closed: bool) -> Result<(), NoSuch> {
        self.changes(project, iid, &Change { closed: Some(closed), ..Change::default() })
    }

    /// Puts labels on an issue and takes others off.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn labels(&self, project: i64, iid: i64, add: &[&str], remove: &[&str]) -> Result<(), NoSuch> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let change = Change { add_labels: owned(add), remove_labels: owned(remove), ..Change::default() };
        self.changes(project, iid, &change)
    }

    /// Assigns an issue to these and nobody else.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn assigns(&self, project: i64, iid: i64, usernames: &[&str]) -> Result<(), NoSuch> {
        let ids: Result<Vec<i64>, NoSuch> =
            usernames.iter().map(|name| user(&self.gitlab.lock().world, name)).collect();
        self.changes(project, iid, &Change { assignees: Some(ids?), ..Change::default() })
    }

    /// Makes an issue confidential, or visible again.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn makes_confidential(&self, project: i64, iid: i64, confidential: bool) -> Result<(), NoSuch> {
        self.changes(project, iid, &Change { confidential: Some(confidential), ..Change::default() })
    }

    /// Says something on an issue; gives the note's id.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn comments(&self, project: i64, iid: i64, text: &str) -> Result<i64, NoSuch> {
        self.says(project, iid, text, false)
    }

    /// Says something on an issue that only members may read; gives the note's id.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn comments_internally(&self, project: i64, iid: i64, text: &str) -> Result<i64, NoSuch> {
        self.says(project, iid, text, true)
    }

    fn says(&self, project: i64, iid: i64, text: &str, internal: bool) -> Result<i64, NoSuch> {
        self.acts(|world, by| {
            let target = Target::Issue(issue(world, project, iid)?);
            Ok(world.add_note(by, target, text, internal)?)
        })
    }

    /// Says something on a merge request; gives the note's id.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn comments_on_merge_request(&self, project: i64, iid: i64, text: &str) -> Result<i64, NoSuch> {
        self.acts(|world, by| {
            let merge = world.merge_request(project, iid).ok_or(NoSuch::Thing("merge request", iid))?.id;
            Ok(world.add_note(by, Target::MergeRequest(merge), text, false)?)
        })
    }

    /// Changes what was said.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn edits_comment(&self, note: i64, text: &str) -> Result<(), NoSuch> {
        self.acts(|world, by| {
            known_note(world, note)?;
            Ok(world.change_note(by, note, text)?)
        })
    }

    /// Deletes what was said; no hook tells of it.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn deletes_comment(&self, note: i64) -> Result<(), NoSuch> {
        self.acts(|world, _| {
            known_note(world, note)?;
            world.delete_note(note);
            Ok(())
        })
    }

    /// Moves an issue to another project; gives its iid there.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn moves(&self, project: i64, iid: i64, to: i64) -> Result<i64, NoSuch> {
        self.acts(|world, by| {
            let id = issue(world, project, iid)?;
            world.project(to).ok_or(NoSuch::Project(to))?;
            world.move_issue(by, id, to).ok_or(NoSuch::Thing("issue", iid))
        })
    }

    /// Deletes an issue; no hook tells of it.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn deletes(&self, project: i64, iid: i64) -> Result<(), NoSuch> {
        self.acts(|world, _| {
            let id = issue(world, project, iid)?;
            world.delete_issue(id);
            Ok(())
        })
    }

    /// Opens a merge request; gives its iid. `#3` in its text mentions an issue, `Closes #3` closes it with the merge.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn opens_merge_request(&self, project: i64, title: &str, text: &str) -> Result<i64, NoSuch> {
        self.acts(|world, by| {
            world.project(project).ok_or(NoSuch::Project(project))?;
            Ok(world.open_merge_request(by, project, title, text))
        })
    }

    /// Merges a merge request, or closes it unmerged.
    ///
    /// # Errors
    /// [`NoSuch`]
    pub fn ends_merge_request(&self, project: i64, iid: i64, merged: bool) -> Result<(), NoSuch> {
        self.acts(|world, by| {
            let merge = world.merge_request(project, iid).ok_or(NoSuch::Thing("merge request", iid))?.id;
            world.end_merge_request(by, merge, merged);
            Ok(())
        })
    }

    fn acts<T>(&self, act: impl FnOnce(&mut World, i64) -> Result<T, NoSuch>) -> Result<T, NoSuch> {
        let state: &mut State = &mut self.gitlab.lock();
        let by = user(&state.world, self.name)?;
        let result = act(&mut state.world, by);
        self.gitlab.courier.tell(state, None);
        result
    }
}

fn user(world: &World, name: &str) -> Result<i64, NoSuch> {
    world.user_named(name).map(|user| user.id).ok_or_else(|| NoSuch::User(name.to_owned()))
}

fn issue(world: &World, project: i64, iid: i64) -> Result<i64, NoSuch> {
    world.issue(project, iid).map(|issue| issue.id).ok_or(NoSuch::Thing("issue", iid))
}

fn known_note(world: &World, note: i64) -> Result<(), NoSuch> {
    world.notes.iter().find(|other| other.id == note).map(|_| ()).ok_or(NoSuch::Thing("note", note))
}
