//! Confidential issues: what a route lets be kept of them, and what it lets their cards show.

use std::borrow::Cow;

use super::facets::Facets;
use super::merges::MergeRules;
use super::rules::{Direction, Fields, Holds, Route, route_for_project};
use crate::model::{Base, Discretion, Issue, Link, MayKeep, Parked, Ticket};

/// The title of a card that says of its issue only that it is confidential.
pub const CONFIDENTIAL: &str = "(confidential)";

/// What becomes of a route's confidential issues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Confidential {
    /// They have no card, and nothing of them is kept.
    #[default]
    Skip,
    /// Their cards stand where they belong and show nothing else.
    Redact,
    /// They are issues like any other.
    Sync,
}

/// What may be kept of confidential issues under these routes: what their cards show, and no more.
pub fn discretion(routes: &[Route]) -> Discretion {
    let routes = routes.to_vec();
    Discretion::new(move |project, path| {
        match route_for_project(&routes, project, path).map(|route| (route, route.confidential)) {
            None | Some((_, Confidential::Skip)) => MayKeep::Name,
            Some((route, Confidential::Redact)) => MayKeep::Place(column_labels(route)),
            Some((_, Confidential::Sync)) => MayKeep::All,
        }
    })
}

fn column_labels(route: &Route) -> Vec<String> {
    let label = |holds: &Holds| match holds {
        Holds::Label(label) => Some(label.clone()),
        Holds::Opened | Holds::Closed => None,
    };
    route.columns.iter().filter_map(|column| label(&column.holds)).collect()
}

/// Whether the card of such an issue shows only where it stands.
pub fn is_redacted(issue: &Issue, route: &Route) -> bool {
    issue.confidential && route.confidential == Confidential::Redact
}

/// The issue as its card is to show it, and the route by which it does.
pub fn shown<'a>(issue: &Issue, route: &'a Route) -> (Issue, Cow<'a, Route>) {
    if !is_redacted(issue, route) {
        let facets = route.facets.labels(issue);
        return (Issue { ticket: Ticket { facets, ..issue.ticket.clone() }, ..issue.clone() }, Cow::Borrowed(route));
    }
    // Of a state that was kept when more might be, no more than this is shown.
    let issue = MayKeep::Place(column_labels(route)).of(issue.clone());
    let ticket = Ticket { title: CONFIDENTIAL.to_owned(), ..issue.ticket };
    let state = if route.fields.state == Direction::Off { Direction::Off } else { Direction::Gitlab };
    let words = Direction::Gitlab;
    let fields = Fields { title: words, description: words, state, ..Fields::all(Direction::Off) };
    let (facets, merges) = (Facets::default(), MergeRules::off());
    (Issue { ticket, ..issue }, Cow::Owned(Route { fields, facets, merges, ..route.clone() }))
}

/// What the two agreed on when all but where they stand has been taken off the card.
pub fn redacted(base: &Base) -> Base {
    let blank = |half: &Ticket| Ticket {
        title: CONFIDENTIAL.to_owned(),
        closed: half.closed,
        spot: half.spot.clone(),
        ..Ticket::default()
    };
    Base { issue: blank(&base.issue), card: blank(&base.card), footer: Vec::new() }
}

/// Whether a link says that its card shows nothing but where it stands.
pub fn is_blank(link: &Link) -> bool {
    let agreed_on_nothing = || link.base.as_ref().is_some_and(|base| redacted(base).card == base.card);
    match link.parked {
        Some(Parked::Redacted) => true,
        // People let it go or took it elsewhere, before or after.
        Some(Parked::Unlinked | Parked::Elsewhere) => agreed_on_nothing(),
        _ => false,
    }
}
