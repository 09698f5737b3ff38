//! Labels of a project, by id or by name.

use serde_json::json;

use super::paging::page;
use super::{Answer, Answered, Desk};
use crate::sandbox::gitlab::world::{Label, PLANNER};

pub(super) fn answer(desk: &mut Desk<'_>, path: &[&str]) -> Answered {
    match (desk.request.method.as_str(), path) {
        ("GET", []) => list(desk),
        ("POST", []) => create(desk),
        ("GET", [name]) => {
            let id = find(desk, name)?;
            shown(desk, 200, id)
        }
        // The older forms name the label in the body.
        ("PUT", []) => change(desk, None),
        ("PUT", [name]) => change(desk, Some(name)),
        ("DELETE", []) => {
            let name = desk.request.required("name")?;
            delete(desk, &name)
        }
        ("DELETE", [name]) => delete(desk, name),
        _ => Err(Answer::json(404, json!({ "error": "404 Not Found" }))),
    }
}

fn shown(desk: &mut Desk<'_>, status: u16, id: i64) -> Answered {
    let world = desk.world();
    let label = world.label(id).ok_or_else(|| Answer::not_found("Label "))?;
    Ok(Answer::json(status, world.label_json(label)))
}

fn list(desk: &mut Desk<'_>) -> Answered {
    let (world, request) = (&desk.state.world, desk.request);
    let search = request.filled("search").unwrap_or_default().to_lowercase();
    let here = |label: &&Label| label.project == desk.project && label.name.to_lowercase().contains(&search);
    let mut labels: Vec<&Label> = world.labels.iter().filter(here).collect();
    labels.sort_by_key(|label| label.name.to_lowercase());
    page(&world.base, request, &labels, |label| world.label_json(label))
}

fn named<'a>(desk: &'a Desk<'_>, name: &str) -> Option<&'a Label> {
    let mut labels = desk.state.world.labels.iter().filter(|label| label.project == desk.project);
    labels.find(|label| label.name == name || label.id.to_string() == name)
}

fn find(desk: &Desk<'_>, name: &str) -> Result<i64, Answer> {
    named(desk, name).map(|label| label.id).ok_or_else(|| Answer::not_found("Label "))
}

fn create(desk: &mut Desk<'_>) -> Answered {
    desk.needs(PLANNER)?;
    let (name, color) = (desk.request.required("name")?, desk.request.required("color")?);
    if named(desk, &name).is_some() {
        return Err(Answer::message(409, "Label already exists"));
    }
    let color = checked(&name, &color)?;
    let (project, description) = (desk.project, desk.request.filled("description"));
    let id = desk.world().add_label(project, &name, &color, description);
    shown(desk, 201, id)
}

/// A name without commas and question marks, a colour as `#rrggbb`; GitLab knows colours by name too.
fn checked(name: &str, color: &str) -> Result<String, Answer> {
    if name.trim().is_empty() || name.contains(',') {
        return Err(Answer::json(400, json!({ "message": { "title": ["is invalid"] } })));
    }
    let digits = color.strip_prefix('#').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    match (digits.map(str::len), color) {
        (Some(3 | 6), _) => Ok(color.to_owned()),
        (_, "red") => Ok("#ff0000".to_owned()),
        (_, "blue") => Ok("#0000ff".to_owned()),
        _ => Err(Answer::json(400, json!({ "message": { "color": ["must be a valid color code"] } }))),
    }
}

fn change(desk: &mut Desk<'_>, name: Option<&str>) -> Answered {
    desk.needs(PLANNER)?;
    let name = name.map_or_else(|| desk.request.required("name"), |name| Ok(name.to_owned()))?;
    let id = find(desk, &name)?;
    let (new, color) = (desk.request.filled("new_name"), desk.request.filled("color"));
    let description = desk.request.params.get("description").map(|text| text.as_str().map(str::to_owned));
    if new.is_none() && color.is_none() && description.is_none() {
        let error = "new_name, color, description, priority are missing, at least one parameter must be provided";
        return Err(Answer::json(400, json!({ "error": error })));
    }
    let color = color.map(|color| checked("-", &color)).transpose()?;
    let world = desk.world();
    let now = world.clock.now();
    for label in world.labels.iter_mut().filter(|label| label.id == id) {
        label.name = new.clone().unwrap_or_else(|| label.name.clone());
        label.color = color.clone().unwrap_or_else(|| label.color.clone());
        label.description = description.clone().unwrap_or_else(|| label.description.clone());
        label.updated_at = now;
    }
    shown(desk, 200, id)
}

fn delete(desk: &mut Desk<'_>, name: &str) -> Answered {
    desk.needs(PLANNER)?;
    let id = find(desk, name)?;
    desk.world().delete_label(id);
    Ok(Answer::nothing())
}
