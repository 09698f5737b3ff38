//! Hooks of a project: kept, tested, looked back on, sent again
//! (<https://docs.gitlab.com/api/project_webhooks/>).

use std::time::Instant;

use serde_json::{Value, json};

use super::json::delivery_json;
use super::paging::{page, page_of};
use super::{Answer, Answered, Desk};
use crate::sandbox::gitlab::hooks::{self, Hook, TRIGGERS, Writer};
use crate::sandbox::gitlab::world::{Issue, MAINTAINER, MergeRequest, Note, Target};
use crate::sandbox::gitlab::{Delivery, Era};

pub(super) fn answer(desk: &mut Desk<'_>, path: &[&str]) -> Answered {
    desk.needs(MAINTAINER)?;
    match (desk.request.method.as_str(), path) {
        ("GET", []) => {
            let (world, project) = (&desk.state.world, desk.project);
            let all: Vec<&Hook> = desk.state.hooks.iter().filter(|hook| hook.project == project).collect();
            page(&world.base, desk.request, &all, |hook| world.hook_json(hook))
        }
        ("POST", []) => create(desk),
        (_, [id, rest @ ..]) => {
            let known = |hook: &Hook| hook.project == desk.project && hook.id.to_string() == **id;
            let at = desk.state.hooks.iter().position(known).ok_or_else(Answer::no_row)?;
            single(desk, at, rest)
        }
        _ => Err(Answer::json(404, json!({ "error": "404 Not Found" }))),
    }
}

fn single(desk: &mut Desk<'_>, at: usize, path: &[&str]) -> Answered {
    match (desk.request.method.as_str(), path) {
        ("GET", []) => Ok(shown(desk, 200, at)),
        ("PUT", []) => change(desk, at),
        ("DELETE", []) => {
            desk.state.hooks.remove(at);
            Ok(Answer::nothing())
        }
        ("POST", ["test", trigger]) => test(desk, at, trigger),
        ("GET", ["events"]) => events(desk, at),
        ("POST", ["events", event, "resend"]) => resend(desk, at, event),
        (method @ ("PUT" | "DELETE"), [what @ ("custom_headers" | "url_variables"), key]) => {
            let value = if method == "PUT" { Some(desk.request.required("value")?) } else { None };
            set_pair(&mut desk.state.hooks[at], what, key, value)
        }
        _ => Err(Answer::json(404, json!({ "error": "404 Not Found" }))),
    }
}

fn shown(desk: &Desk<'_>, status: u16, at: usize) -> Answer {
    Answer::json(status, desk.state.world.hook_json(&desk.state.hooks[at]))
}

fn create(desk: &mut Desk<'_>) -> Answered {
    /// Hooks that a project may have.
    const MOST: usize = 100;
    let url = desk.request.required("url")?;
    if desk.state.hooks.iter().filter(|hook| hook.project == desk.project).count() >= MOST {
        let message = json!({ "base": ["Maximum number of project hooks (100) exceeded"] });
        return Err(Answer::json(422, json!({ "message": message })));
    }
    let (id, now) = (desk.world().fresh_id(), desk.world().clock.now());
    let mut hook = Hook::new(id, desk.project, &url, now);
    hook.switch("push_events", true);
    apply(desk, &mut hook)?;
    desk.state.hooks.push(hook);
    Ok(shown(desk, 201, desk.state.hooks.len() - 1))
}

fn change(desk: &mut Desk<'_>, at: usize) -> Answered {
    let mut hook = desk.state.hooks[at].clone();
    hook.change_url(&desk.request.required("url")?);
    apply(desk, &mut hook)?;
    desk.state.hooks[at] = hook;
    Ok(shown(desk, 200, at))
}

/// Takes what the request says of a hook, its URL apart.
fn apply(desk: &Desk<'_>, hook: &mut Hook) -> Result<(), Answer> {
    let request = desk.request;
    let parsed = url::Url::parse(&hook.target()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let blocked = !desk.state.options.local_requests && hooks::blocked(&hook.target()).is_some();
    if parsed.is_none() || blocked {
        return Err(Answer::json(422, json!({ "error": "Invalid url given" })));
    }
    for trigger in TRIGGERS {
        if let Some(on) = request.flag(trigger)? {
            hook.switch(trigger, on);
        }
    }
    hook.name = request.filled("name").or_else(|| hook.name.clone());
    hook.description = request.filled("description").or_else(|| hook.description.clone());
    hook.verify_tls = request.flag("enable_ssl_verification")?.unwrap_or(hook.verify_tls);
    if let Some(token) = request.text("token") {
        hook.token = Some(token).filter(|token| !token.is_empty());
    }
    // Versions before 19 take no notice of a signing token.
    if let (Some(token), Era::Signed) = (request.text("signing_token"), desk.state.world.era) {
        if !token.is_empty() && hooks::signing_key(&token).is_none() {
            let why = "must be whsec_ followed by 32 bytes in base64";
            return Err(Answer::json(422, json!({ "message": { "signing_token": [why] } })));
        }
        hook.signing_token = Some(token).filter(|token| !token.is_empty());
    }
    hook.url_variables.extend(request.pairs("url_variables"));
    hook.custom_headers.extend(request.pairs("custom_headers"));
    Ok(())
}

fn set_pair(hook: &mut Hook, what: &str, key: &str, value: Option<String>) -> Answered {
    let pairs = if what == "url_variables" { &mut hook.url_variables } else { &mut hook.custom_headers };
    let known = match value {
        Some(value) => {
            pairs.insert(key.to_owned(), value);
            true
        }
        None => pairs.remove(key).is_some(),
    };
    if known { Ok(Answer::nothing()) } else { Err(Answer::no_row()) }
}

fn too_many() -> Answer {
    let error = "This endpoint has been requested too many times. Try again later.";
    Answer::json(429, json!({ "message": { "error": error } }))
}

/// The Test button: the project's newest thing of the kind, as if it had just been opened.
fn test(desk: &mut Desk<'_>, at: usize, trigger: &str) -> Answered {
    let Some(trigger) = TRIGGERS.iter().find(|known| **known == trigger) else {
        return Err(Answer::json(400, json!({ "error": "trigger does not have a valid value" })));
    };
    if !desk.state.limiter.tests(desk.project, "test", Instant::now()) {
        return Err(too_many());
    }
    let body = sample(desk, trigger).map_err(|message| Answer::message(422, message))?;
    let parcel = hooks::parcel(&desk.state.hooks[at], trigger, &body, None);
    let then = |delivery: &Delivery| match &delivery.answer {
        Ok(200..=299) => Answer::message(201, "201 Created"),
        Ok(_) => Answer::message(422, &delivery.answered),
        Err(why) => Answer::message(422, why),
    };
    Ok(Answer { send: Some((Box::new(parcel), then)), ..Answer::json(201, Value::Null) })
}

fn sample(desk: &Desk<'_>, trigger: &str) -> Result<Value, &'static str> {
    let (world, project) = (&desk.state.world, desk.project);
    let writer = Writer::test(world);
    let changes = std::collections::BTreeMap::new();
    match trigger {
        "issues_events" | "confidential_issues_events" => {
            let issue: Option<&Issue> = world.issues.iter().rev().find(|issue| issue.project == project);
            let issue = issue.ok_or("Ensure the project has issues.")?;
            Ok(writer.issue(issue, desk.who, "open", changes))
        }
        "note_events" | "confidential_note_events" => {
            let said =
                |note: &&Note| note.project == project && matches!(note.target, Target::Issue(_)) && !note.system;
            let note = world.notes.iter().rev().find(said).ok_or("Ensure the project has notes.")?;
            Ok(writer.note(note, desk.who, "create"))
        }
        "merge_requests_events" => {
            let here = |merge: &&MergeRequest| merge.project == project;
            let merge = world.merge_requests.iter().rev().find(here).ok_or("Ensure the project has merge requests.")?;
            Ok(writer.merge_request(merge, desk.who, "open", changes))
        }
        _ => Err("The look-alike has no such events."),
    }
}

/// Recent events, at most 20 on a page.
fn events(desk: &mut Desk<'_>, at: usize) -> Answered {
    const MOST: usize = 20;
    let (hook, request) = (desk.state.hooks[at].id, desk.request);
    let status = request.filled("status");
    let wanted = |delivery: &&Delivery| {
        let status = match status.as_deref() {
            None => true,
            Some("successful") => matches!(delivery.answer, Ok(200..=299)),
            Some("client_failure") => matches!(delivery.answer, Ok(400..=499)),
            Some("server_failure") => matches!(delivery.answer, Ok(500..=599)),
            Some(number) => delivery.answer.as_ref().is_ok_and(|status| status.to_string() == number),
        };
        delivery.hook == hook && status
    };
    let rows: Vec<&Delivery> = desk.state.post.log().rev().filter(wanted).collect();
    page_of(&desk.state.world.base, request, &rows, MOST, |delivery| delivery_json(delivery))
}

/// Sends a recent event again: the same body under the same key, stamped anew.
fn resend(desk: &mut Desk<'_>, at: usize, event: &str) -> Answered {
    if !desk.state.limiter.tests(desk.project, "resend", Instant::now()) {
        return Err(too_many());
    }
    let hook = &desk.state.hooks[at];
    let of_hook = |delivery: &&Delivery| delivery.hook == hook.id && delivery.id.to_string() == event;
    let row = desk.state.post.log().find(of_hook).map(|delivery| delivery.id);
    let parcel = row.and_then(|id| desk.state.post.parcel(id)).ok_or_else(Answer::no_row)?;
    if parcel.url != hook.target() {
        return Err(Answer::message(422, "The hook URL has changed. Unable to resend the request."));
    }
    let then = |delivery: &Delivery| match &delivery.answer {
        Ok(status) => Answer::json(201, json!({ "response_status": status })),
        Err(why) => Answer::message(422, why),
    };
    Ok(Answer { send: Some((Box::new(parcel.clone()), then)), ..Answer::json(201, Value::Null) })
}
