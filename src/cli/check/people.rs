//! People of a route who cannot stand on its cards, so that nobody wonders why a card shows nobody: those of its table
//! who are no members of the board, and those whom cards name in their footers instead.

use std::collections::BTreeSet;

use anyhow::Result;

use super::report::Finding;
use crate::model::{BoardId, Discretion};
use crate::store::Store;
use crate::sync::dialect::People;
use crate::sync::rules::{Route, route_for_project};
use crate::trello::Trello;
use crate::worker::known;

/// So many are named one by one.
const NAMED: usize = 10;

/// `routes`: all there are, since the first that is for a project counts.
pub(super) async fn of_route(
    trello: &Trello,
    route: &Route,
    routes: &[Route],
    board: &BoardId,
    store: Option<&Store>,
) -> Result<Vec<Finding>> {
    if !route.fields.people.from_gitlab() {
        return Ok(Vec::new());
    }
    let what = format!("people, {}", route.project);
    let members = match trello.board_members(board).await {
        Ok(members) => members.into_iter().map(|person| person.username).collect(),
        Err(trouble) => return Ok(vec![Finding::trouble(&what, &trouble)]),
    };
    let people = People { table: route.people.clone(), members };
    let assigned = match store {
        Some(store) => in_footers(store, route, routes, board).await?,
        None => BTreeSet::new(),
    };
    Ok([strangers(&what, &people), unplaced(&what, &people, assigned)].into_iter().flatten().collect())
}

/// Who was assigned and not on the board when the cards were last written.
async fn in_footers(store: &Store, route: &Route, routes: &[Route], board: &BoardId) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for link in store.links().await? {
        let Some(base) = link.base.filter(|base| !base.footer.is_empty() && link.board == *board) else { continue };
        let path = known(store, &Discretion::default(), &link.issue).await?.and_then(|known| known.issue.project_path);
        let own = route_for_project(routes, link.issue.project, path.as_deref());
        if own.is_some_and(|own| std::ptr::eq(own, route)) {
            // A name that nobody has stands for a footer that is to be written once more.
            names.extend(base.footer.into_iter().filter(|name| !name.is_empty()));
        }
    }
    Ok(names)
}

/// Entries of the table whose Trello name nobody on the board has.
fn strangers(what: &str, people: &People) -> Option<Finding> {
    let is_member = |name: &String| people.members.iter().any(|member| member.eq_ignore_ascii_case(name));
    let entries = people.table.iter().filter(|(_, trello)| !is_member(trello));
    let entries: Vec<String> = entries.map(|(gitlab, trello)| format!("{gitlab} = @{trello}")).collect();
    let says = format!("no member of the board has these names of `people`: {}", listed(&entries));
    let cure = "invite them to the board in Trello, or correct their names in `people` of the [[route]] (`kanbridge \
                trello members` lists those who are there)";
    (!entries.is_empty()).then(|| Finding::doubtful(what, says, cure))
}

/// Those assigned whom the table does not name, and who are on the board by no name of theirs.
fn unplaced(what: &str, people: &People, assigned: BTreeSet<String>) -> Option<Finding> {
    let in_table = |name: &String| people.table.keys().any(|known| known.eq_ignore_ascii_case(name));
    let assigned: Vec<String> = assigned.into_iter().filter(|name| !in_table(name)).collect();
    let names = people.not_on_board(&assigned);
    let says =
        format!("assigned in GitLab and not on the board, so only their cards' footers name them: {}", listed(&names));
    let cure = "invite them to the board in Trello, or write who they are there into `people` of the [[route]]: people \
                = { gitlab_name = \"trello_name\" }";
    (!names.is_empty()).then(|| Finding::doubtful(what, says, cure))
}

fn listed(names: &[String]) -> String {
    let first = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(NAMED).filter(|more| *more > 0) {
        Some(more) => format!("{first} and {more} more"),
        None => first,
    }
}
