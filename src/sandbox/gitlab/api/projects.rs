//! Projects, users, members, milestones.

use serde_json::{Value, json};

use super::paging::{self, page};
use super::request::ApiRequest;
use super::{Answer, Answered, Desk};
use crate::sandbox::gitlab::State;
use crate::sandbox::gitlab::clock::iso;
use crate::sandbox::gitlab::world::{Milestone, Project, User};

/// The project that a path names, by number or by its own path. What one may not see is not there.
pub(super) fn find(state: &State, request: &ApiRequest, id: &str, who: i64) -> Result<i64, Answer> {
    let world = &state.world;
    let seen = |project: &&Project| world.access(project.id, who) > 0;
    let named = |project: &&Project| project.id.to_string() == id || project.path.eq_ignore_ascii_case(id);
    if let Some(project) = world.projects.iter().filter(seen).find(named) {
        return Ok(project.id);
    }
    let formerly = |project: &&Project| project.former.iter().any(|path| path.eq_ignore_ascii_case(id));
    match world.projects.iter().filter(seen).find(formerly) {
        Some(project) => {
            let old = url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>();
            let path = request.raw_path.replacen(&old, &project.id.to_string(), 1);
            let place = format!("{}{path}", world.base);
            let text = format!("This resource has been moved permanently to {place}.");
            Err(Answer { headers: vec![("location".to_owned(), place)], ..Answer::text(301, &text) })
        }
        None => Err(Answer::not_found("Project ")),
    }
}

pub(super) fn list(state: &State, request: &ApiRequest, who: i64) -> Answered {
    let world = &state.world;
    let search = request.filled("search").unwrap_or_default().to_lowercase();
    let least = request.number("min_access_level")?.flatten().unwrap_or(1);
    let wanted = |project: &&Project| {
        world.access(project.id, who) >= least.max(1) && project.path.to_lowercase().contains(&search)
    };
    let mut projects: Vec<&Project> = world.projects.iter().filter(wanted).collect();
    let ascending = request.filled("sort").as_deref() == Some("asc");
    projects.sort_by_key(|project| if ascending { project.id } else { -project.id });
    let json = |project: &&Project| world.project_json(project, world.access(project.id, who));
    if request.filled("pagination").as_deref() == Some("keyset") {
        let place = |project: &&Project| (String::new(), project.id);
        return paging::keyset(&world.base, request, &projects, place, json);
    }
    page(&world.base, request, &projects, json)
}

pub(super) fn single(desk: &mut Desk<'_>) -> Answered {
    let (id, access) = (desk.project, desk.access);
    let world = desk.world();
    let project = world.project(id).ok_or_else(|| Answer::not_found("Project "))?;
    Ok(Answer::json(200, world.project_json(project, access)))
}

pub(super) fn current_user(state: &State, id: i64) -> Answered {
    let mut user = state.world.person(id);
    let extra = json!({ "created_at": iso(state.world.clock.now()), "bio": "", "bot": false, "external": false,
        "email": "", "two_factor_enabled": false, "can_create_project": true, "private_profile": false });
    if let (Value::Object(user), Value::Object(extra)) = (&mut user, extra) {
        user.extend(extra);
    }
    Ok(Answer::json(200, user))
}

pub(super) fn users(state: &State, request: &ApiRequest) -> Answered {
    let name = request.filled("username");
    let search = request.filled("search").unwrap_or_default().to_lowercase();
    let wanted = |user: &&User| {
        name.as_ref().is_none_or(|name| user.username.eq_ignore_ascii_case(name))
            && format!("{} {}", user.username, user.name).to_lowercase().contains(&search)
    };
    let found: Vec<&User> = state.world.users.iter().filter(wanted).collect();
    page(&state.world.base, request, &found, |user| state.world.user_json(user))
}

pub(super) fn user(state: &State, id: &str) -> Answered {
    let found = state.world.users.iter().find(|user| user.id.to_string() == id);
    found.map(|user| Answer::json(200, state.world.user_json(user))).ok_or_else(|| Answer::not_found("User "))
}

pub(super) fn members(desk: &mut Desk<'_>) -> Answered {
    let (world, request) = (&desk.state.world, desk.request);
    let query = request.filled("query").unwrap_or_default().to_lowercase();
    let project = world.project(desk.project).ok_or_else(|| Answer::not_found("Project "))?;
    let wanted = |(user, _): &&(i64, i64)| {
        let user = world.user(*user);
        user.is_some_and(|user| format!("{} {}", user.username, user.name).to_lowercase().contains(&query))
    };
    let found: Vec<&(i64, i64)> = project.members.iter().filter(wanted).collect();
    page(&world.base, request, &found, |(user, level)| world.member_json(project, *user, *level))
}

pub(super) fn member(desk: &mut Desk<'_>, id: &str) -> Answered {
    let world = &desk.state.world;
    let project = world.project(desk.project).ok_or_else(|| Answer::not_found("Project "))?;
    let found = project.members.iter().find(|(user, _)| user.to_string() == id);
    let json = |(user, level): &(i64, i64)| Answer::json(200, world.member_json(project, *user, *level));
    found.map(json).ok_or_else(Answer::no_row)
}

pub(super) fn milestones(desk: &mut Desk<'_>, path: &[&str]) -> Answered {
    let (world, request) = (&desk.state.world, desk.request);
    let title = request.filled("title");
    let here = |milestone: &&Milestone| {
        milestone.project == desk.project && title.as_ref().is_none_or(|title| milestone.title == *title)
    };
    let mut all: Vec<&Milestone> = world.milestones.iter().filter(here).collect();
    all.reverse();
    match path {
        [] => page(&world.base, request, &all, |milestone| world.milestone_json(milestone)),
        [id] => {
            let found = all.iter().find(|milestone| milestone.id.to_string() == *id);
            let found = found.map(|milestone| Answer::json(200, world.milestone_json(milestone)));
            found.ok_or_else(|| Answer::not_found("Milestone "))
        }
        _ => Err(Answer::json(404, json!({ "error": "404 Not Found" }))),
    }
}
