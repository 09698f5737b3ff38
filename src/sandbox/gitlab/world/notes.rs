//! Notes: what people say on issues and merge requests, and the lines that GitLab writes itself.

use jiff::Timestamp;

use super::{Event, Invalid, World};
use crate::sandbox::gitlab::hooks::Writer;

/// GitLab's limit on notes, in characters.
const LONGEST: usize = 1_000_000;

/// What a note stands on, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Issue(i64),
    MergeRequest(i64),
}

#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) id: i64,
    pub(crate) project: i64,
    pub(crate) target: Target,
    pub(crate) author: i64,
    pub(crate) body: String,
    pub(crate) system: bool,
    pub(crate) internal: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

fn check(body: &str) -> Result<(), Invalid> {
    if body.trim().is_empty() {
        return Err(Invalid { field: "note", why: "can't be blank".to_owned() });
    }
    if body.chars().count() > LONGEST {
        return Err(Invalid { field: "note", why: format!("is too long (maximum is {LONGEST} characters)") });
    }
    Ok(())
}

impl World {
    /// Somebody says something; gives the note's id.
    pub(crate) fn add_note(&mut self, by: i64, target: Target, body: &str, internal: bool) -> Result<i64, Invalid> {
        check(body)?;
        let id = self.put_note(by, target, body, internal, false);
        self.tell_note(id, by, "create");
        Ok(id)
    }

    pub(super) fn add_system_note(&mut self, by: i64, target: Target, body: &str) {
        self.put_note(by, target, body, false, true);
    }

    fn put_note(&mut self, author: i64, target: Target, body: &str, internal: bool, system: bool) -> i64 {
        let (id, now) = (self.fresh_id(), self.clock.now());
        let project = self.project_of(target);
        let body = body.to_owned();
        self.notes.push(Note { id, project, target, author, body, system, internal, created_at: now, updated_at: now });
        self.touch(target, now);
        id
    }

    fn project_of(&self, target: Target) -> i64 {
        match target {
            Target::Issue(id) => self.issue_by_id(id).map(|issue| issue.project),
            Target::MergeRequest(id) => self.merge_requests.iter().find(|merge| merge.id == id).map(|m| m.project),
        }
        .unwrap_or_default()
    }

    /// A note moves the `updated_at` of what it stands on, without a hook for that.
    fn touch(&mut self, target: Target, now: Timestamp) {
        match target {
            Target::Issue(id) => {
                self.issues.iter_mut().filter(|issue| issue.id == id).for_each(|issue| issue.updated_at = now);
            }
            Target::MergeRequest(id) => {
                self.merge_requests.iter_mut().filter(|merge| merge.id == id).for_each(|merge| merge.updated_at = now);
            }
        }
    }

    pub(crate) fn change_note(&mut self, by: i64, id: i64, body: &str) -> Result<(), Invalid> {
        check(body)?;
        let now = self.clock.now();
        let Some(note) = self.notes.iter_mut().find(|note| note.id == id && note.body != body) else {
            return Ok(());
        };
        body.clone_into(&mut note.body);
        note.updated_at = now;
        let target = note.target;
        self.touch(target, now);
        self.tell_note(id, by, "update");
        Ok(())
    }

    /// Deletes a note. No hook tells of it.
    pub(crate) fn delete_note(&mut self, id: i64) {
        let target = self.notes.iter().find(|note| note.id == id).map(|note| note.target);
        self.notes.retain(|note| note.id != id);
        if let Some(target) = target {
            self.touch(target, self.clock.now());
        }
    }

    /// What people said comes along when an issue is moved, under new ids and in silence.
    pub(super) fn copy_notes(&mut self, from: i64, to: i64) {
        let project = self.project_of(Target::Issue(to));
        let said: Vec<Note> = self.notes.iter().filter(|note| note.target == Target::Issue(from)).cloned().collect();
        for note in said {
            let id = self.fresh_id();
            self.notes.push(Note { id, project, target: Target::Issue(to), ..note });
        }
    }

    /// Whether a note is for members only: by itself, or by what it stands on.
    pub(crate) fn note_is_confidential(&self, note: &Note) -> bool {
        let on_confidential = match note.target {
            Target::Issue(id) => self.issue_by_id(id).is_some_and(|issue| issue.confidential),
            Target::MergeRequest(_) => false,
        };
        note.internal || on_confidential
    }

    fn tell_note(&mut self, id: i64, by: i64, action: &str) {
        let Some(note) = self.notes.iter().find(|note| note.id == id) else {
            return;
        };
        let trigger = if self.note_is_confidential(note) { "confidential_note_events" } else { "note_events" };
        let body = Writer::real(self).note(note, by, action);
        self.events.push(Event { project: note.project, trigger, body });
    }
}
