//! Notes on issues and merge requests.

use serde_json::json;

use super::paging::page;
use super::{Answer, Answered, Desk, issues};
use crate::sandbox::gitlab::clock::sortable;
use crate::sandbox::gitlab::world::{MAINTAINER, Note, Target};

pub(super) fn answer(desk: &mut Desk<'_>, on: &str, iid: &str, path: &[&str]) -> Answered {
    let target = match on {
        "issues" => Target::Issue(issues::find(desk, iid)?.id),
        _ => {
            let merge = iid.parse().ok().and_then(|iid| desk.state.world.merge_request(desk.project, iid));
            Target::MergeRequest(merge.ok_or_else(Answer::no_row)?.id)
        }
    };
    match (desk.request.method.as_str(), path) {
        ("GET", []) => list(desk, target),
        ("POST", []) => create(desk, target),
        ("GET", [id]) => {
            let note = find(desk, target, id)?;
            Ok(Answer::json(200, desk.world().note_json(&note)))
        }
        ("PUT", [id]) => {
            let note = mine(desk, target, id)?;
            let (who, body) = (desk.who, desk.request.required("body")?);
            desk.world().change_note(who, note.id, &body)?;
            let note = find(desk, target, id)?;
            Ok(Answer::json(200, desk.world().note_json(&note)))
        }
        ("DELETE", [id]) => {
            let note = mine(desk, target, id)?;
            desk.world().delete_note(note.id);
            Ok(Answer::nothing())
        }
        _ => Err(Answer::json(404, json!({ "error": "404 Not Found" }))),
    }
}

fn sees(desk: &Desk<'_>, note: &Note) -> bool {
    !note.internal || desk.is_member() || note.author == desk.who
}

fn list(desk: &mut Desk<'_>, target: Target) -> Answered {
    let (desk, request) = (&*desk, desk.request);
    let world = &desk.state.world;
    let comments = request.one_of("activity_filter", &["all_notes", "only_comments", "only_activity"])?;
    let kind = |note: &Note| match comments {
        Some("only_comments") => !note.system,
        Some("only_activity") => note.system,
        _ => true,
    };
    let by_update = request.one_of("order_by", &["created_at", "updated_at"])? == Some("updated_at");
    let ascending = request.one_of("sort", &["asc", "desc"])? == Some("asc");
    let here = |note: &&Note| note.target == target && sees(desk, note) && kind(note);
    let mut notes: Vec<&Note> = world.notes.iter().filter(here).collect();
    notes.sort_by_key(|note| (sortable(if by_update { note.updated_at } else { note.created_at }), note.id));
    if !ascending {
        notes.reverse();
    }
    page(&world.base, request, &notes, |note| world.note_json(note))
}

fn create(desk: &mut Desk<'_>, target: Target) -> Answered {
    let (who, body) = (desk.who, desk.request.required("body")?);
    let internal = desk.request.flag("internal")?.or(desk.request.flag("confidential")?).unwrap_or(false);
    if internal && !desk.is_member() {
        return Err(Answer::forbidden());
    }
    let id = desk.world().add_note(who, target, &body, internal)?;
    let note = find(desk, target, &id.to_string())?;
    Ok(Answer::json(201, desk.world().note_json(&note)))
}

fn find(desk: &mut Desk<'_>, target: Target, id: &str) -> Result<Note, Answer> {
    let (desk, world) = (&*desk, &desk.state.world);
    let found = world.notes.iter().find(|note| note.id.to_string() == id && note.target == target && sees(desk, note));
    found.cloned().ok_or_else(|| Answer::not_found("Note "))
}

/// A note that the caller may change: their own, or anybody's as a maintainer; never GitLab's.
fn mine(desk: &mut Desk<'_>, target: Target, id: &str) -> Result<Note, Answer> {
    let note = find(desk, target, id)?;
    if note.system || (note.author != desk.who && desk.access < MAINTAINER) {
        return Err(Answer::forbidden());
    }
    Ok(note)
}
