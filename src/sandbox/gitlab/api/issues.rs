//! Issues, and the merge requests that name them.

use jiff::civil::Date;
use serde_json::json;

use super::paging::{self, Place, page};
use super::request::ApiRequest;
use super::{Answer, Answered, Desk};
use crate::sandbox::gitlab::clock::sortable;
use crate::sandbox::gitlab::world::{Change, Issue, Kind, MergeRequest, PLANNER, World};
use crate::sandbox::gitlab::{Edition, Era};

/// The parameters of which a `PUT` has to bring one. `weight` is not among them.
const ONE_OF: [&str; 14] = [
    "assignee_id",
    "assignee_ids",
    "confidential",
    "created_at",
    "description",
    "discussion_locked",
    "due_date",
    "labels",
    "add_labels",
    "remove_labels",
    "milestone_id",
    "state_event",
    "title",
    "issue_type",
];

pub(super) fn answer(desk: &mut Desk<'_>, path: &[&str]) -> Answered {
    match (desk.request.method.as_str(), path) {
        ("GET", []) => list(desk),
        ("POST", []) => create(desk),
        ("GET", [iid]) => {
            let issue = find(desk, iid)?;
            Ok(Answer::json(200, desk.world().issue_json(&issue, false)))
        }
        ("PUT", [iid]) => change(desk, iid),
        ("DELETE", [iid]) => delete(desk, iid),
        ("POST", [iid, "move"]) => relocate(desk, iid),
        ("GET", [iid, "related_merge_requests"]) => naming(desk, iid, false),
        ("GET", [iid, "closed_by"]) => naming(desk, iid, true),
        _ => Err(Answer::json(404, json!({ "error": "404 Not Found" }))),
    }
}

/// An issue that the caller may see.
pub(super) fn find(desk: &mut Desk<'_>, iid: &str) -> Result<Issue, Answer> {
    let iid = iid.parse().map_err(|_| Answer::json(400, json!({ "error": "issue_iid is invalid" })))?;
    let issue = desk.state.world.issue(desk.project, iid).filter(|issue| sees(desk, issue));
    issue.cloned().ok_or_else(Answer::no_row)
}

fn sees(desk: &Desk<'_>, issue: &Issue) -> bool {
    !issue.confidential || desk.is_member() || issue.author == desk.who || issue.assignees.contains(&desk.who)
}

fn list(desk: &mut Desk<'_>) -> Answered {
    let (desk, request) = (&*desk, desk.request);
    let world = &desk.state.world;
    let wanted = filter(world, request)?;
    let here = |issue: &&Issue| issue.project == desk.project && sees(desk, issue) && wanted(issue);
    let mut issues: Vec<&Issue> = world.issues.iter().filter(here).collect();
    let by = request.one_of("order_by", &ORDERS)?.unwrap_or("created_at");
    let ascending = request.one_of("sort", &["asc", "desc"])? == Some("asc");
    issues.sort_by_cached_key(|issue| place(issue, by));
    if !ascending {
        issues.reverse();
    }
    let details = request.flag("with_labels_details")?.unwrap_or(false);
    let json = |issue: &&Issue| world.issue_json(issue, details);
    if request.filled("pagination").as_deref() != Some("keyset") {
        return page(&world.base, request, &issues, json);
    }
    if world.era == Era::Plain {
        let message = "Keyset pagination is not yet available for this type of request";
        return Err(Answer::json(405, json!({ "error": message })));
    }
    paging::keyset(&world.base, request, &issues, |issue| place(issue, by), json)
}

const ORDERS: [&str; 7] = ["created_at", "updated_at", "due_date", "relative_position", "title", "weight", "id"];

/// What an issue is sorted by; its id decides between equals.
fn place(issue: &Issue, by: &str) -> Place {
    let key = match by {
        "updated_at" => sortable(issue.updated_at),
        "due_date" => issue.due_date.clone().unwrap_or_default(),
        "title" => issue.title.to_lowercase(),
        "weight" => format!("{:010}", issue.weight.unwrap_or_default()),
        "relative_position" => format!("{:010}", issue.iid),
        "id" => String::new(),
        _ => sortable(issue.created_at),
    };
    (key, issue.id)
}

/// The filters of a list, as one question.
fn filter<'a>(world: &'a World, request: &'a ApiRequest) -> Result<impl Fn(&Issue) -> bool + 'a, Answer> {
    let state = request.one_of("state", &["opened", "closed", "all"])?.unwrap_or("all");
    let (labels, without) = (request.names("labels"), request.names("not[labels]").unwrap_or_default());
    let (after, before) = (request.time("updated_after")?, request.time("updated_before")?);
    let (created_after, created_before) = (request.time("created_after")?, request.time("created_before")?);
    let (iids, kind) = (request.numbers("iids")?, request.filled("issue_type"));
    let confidential = request.flag("confidential")?;
    let (author, assignee) = (request.filled("author_username"), request.filled("assignee_username"));
    let search = request.filled("search").map(|text| text.to_lowercase());
    let bears = |issue: &Issue, name: &str| {
        issue.labels.iter().filter_map(|id| world.label(*id)).any(|label| label.name == name)
    };
    let labelled = move |issue: &Issue| match labels.as_deref() {
        None => true,
        Some([one]) if one.eq_ignore_ascii_case("none") => issue.labels.is_empty(),
        Some([one]) if one.eq_ignore_ascii_case("any") => !issue.labels.is_empty(),
        Some(all) => all.iter().all(|name| bears(issue, name)),
    };
    let is = |id: i64, name: &str| world.user(id).is_some_and(|user| user.username == name);
    Ok(move |issue: &Issue| {
        (state == "all" || (state == "closed") == issue.closed.is_some())
            && labelled(issue)
            && !without.iter().any(|name| bears(issue, name))
            && after.is_none_or(|at| issue.updated_at >= at)
            && before.is_none_or(|at| issue.updated_at <= at)
            && created_after.is_none_or(|at| issue.created_at >= at)
            && created_before.is_none_or(|at| issue.created_at <= at)
            && iids.as_ref().is_none_or(|iids| iids.contains(&issue.iid))
            // Tasks come only to who asks for them.
            && kind.as_deref().map_or(issue.kind != Kind::Task, |kind| issue.kind.name() == kind)
            && confidential.is_none_or(|confidential| issue.confidential == confidential)
            && author.as_deref().is_none_or(|name| is(issue.author, name))
            && assignee.as_deref().is_none_or(|name| issue.assignees.iter().any(|id| is(*id, name)))
            && search.as_ref().is_none_or(|text| issue.title.to_lowercase().contains(text))
    })
}

fn create(desk: &mut Desk<'_>) -> Answered {
    desk.request.required("title")?;
    let wish = read(desk)?;
    let (who, project) = (desk.who, desk.project);
    let iid = desk.world().open_issue(who, project, &wish)?;
    let world = desk.world();
    let issue = world.issue(project, iid).ok_or_else(Answer::no_row)?;
    Ok(Answer::json(201, world.issue_json(issue, false)))
}

fn change(desk: &mut Desk<'_>, iid: &str) -> Answered {
    let issue = find(desk, iid)?;
    if !ONE_OF.iter().any(|name| desk.request.params.contains_key(*name)) {
        let error = format!("{} are missing, at least one parameter must be provided", ONE_OF.join(", "));
        return Err(Answer::json(400, json!({ "error": error })));
    }
    if issue.author != desk.who {
        desk.needs(PLANNER)?;
    }
    let wish = read(desk)?;
    let who = desk.who;
    desk.world().change_issue(who, issue.id, &wish)?;
    let issue = find(desk, iid)?;
    Ok(Answer::json(200, desk.world().issue_json(&issue, false)))
}

fn read(desk: &Desk<'_>) -> Result<Change, Answer> {
    let (world, request) = (&desk.state.world, desk.request);
    let assignees = match request.numbers("assignee_ids")? {
        None => request.number("assignee_id")?.map(|id| id.into_iter().collect()),
        ids => ids,
    };
    let known = |ids: Vec<i64>| ids.into_iter().filter(|id| world.user(*id).is_some()).collect();
    // GitLab takes what is no day for no day.
    let day = |text: String| text.get(..10).and_then(|day| day.parse::<Date>().ok()).map(|day| day.to_string());
    let milestone = request.number("milestone_id")?;
    let here = |id: &i64| world.milestone(*id).is_some_and(|milestone| milestone.project == desk.project);
    let kind = request.one_of("issue_type", &["issue", "incident", "task"])?;
    let weight = request.number("weight")?;
    let wish = Change {
        title: request.text("title"),
        description: request.text("description"),
        closed: request.one_of("state_event", &["close", "reopen"])?.map(|event| event == "close"),
        labels: request.names("labels"),
        add_labels: request.names("add_labels").unwrap_or_default(),
        remove_labels: request.names("remove_labels").unwrap_or_default(),
        assignees: assignees.map(known),
        due_date: request.text("due_date").map(day),
        confidential: request.flag("confidential")?,
        milestone: milestone.map(|id| id.filter(here)),
        weight: weight.filter(|_| world.edition == Edition::Premium),
        kind: kind.and_then(Kind::named),
    };
    // Who is no member may write, and no more.
    Ok(if desk.is_member() {
        wish
    } else {
        Change {
            title: wish.title,
            description: wish.description,
            closed: wish.closed,
            confidential: wish.confidential,
            ..Change::default()
        }
    })
}

fn delete(desk: &mut Desk<'_>, iid: &str) -> Answered {
    /// Owners may, and planners, but not those between them.
    const OWNER: i64 = 50;
    let issue = find(desk, iid)?;
    if issue.author != desk.who && desk.access != PLANNER {
        desk.needs(OWNER)?;
    }
    desk.world().delete_issue(issue.id);
    Ok(Answer::nothing())
}

fn relocate(desk: &mut Desk<'_>, iid: &str) -> Answered {
    let issue = find(desk, iid)?;
    let to = desk.request.required("to_project_id")?;
    let to = super::projects::find(desk.state, desk.request, &to, desk.who)?;
    if to == desk.project {
        return Err(Answer::message(400, "Cannot move issue to project it originates from!"));
    }
    let who = desk.who;
    if !desk.is_member() || desk.state.world.access(to, who) < PLANNER || issue.moved_to.is_some() {
        return Err(Answer::message(400, "Cannot move issue due to insufficient permissions!"));
    }
    let moved = desk.world().move_issue(who, issue.id, to).ok_or_else(Answer::no_row)?;
    let world = desk.world();
    let issue = world.issue(to, moved).ok_or_else(Answer::no_row)?;
    Ok(Answer::json(201, world.issue_json(issue, false)))
}

fn naming(desk: &mut Desk<'_>, iid: &str, closes: bool) -> Answered {
    let issue = find(desk, iid)?;
    let (world, request) = (&desk.state.world, desk.request);
    let merges = world.merge_requests_of(issue.project, issue.iid, closes);
    page(&world.base, request, &merges, |merge| world.merge_request_json(merge))
}

pub(super) fn merge_requests(desk: &mut Desk<'_>, path: &[&str]) -> Answered {
    let (world, request) = (&desk.state.world, desk.request);
    let state = request.one_of("state", &["opened", "closed", "locked", "merged", "all"])?.unwrap_or("all");
    let here = |merge: &&MergeRequest| {
        merge.project == desk.project && (state == "all" || merge.state.name() == state || !path.is_empty())
    };
    let mut merges: Vec<&MergeRequest> = world.merge_requests.iter().filter(here).collect();
    merges.reverse();
    match path {
        [] => page(&world.base, request, &merges, |merge| world.merge_request_json(merge)),
        [iid] => {
            let found = merges.iter().find(|merge| merge.iid.to_string() == *iid);
            found.map(|merge| Answer::json(200, world.merge_request_json(merge))).ok_or_else(Answer::no_row)
        }
        _ => Err(Answer::json(404, json!({ "error": "404 Not Found" }))),
    }
}
