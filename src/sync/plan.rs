//! What is to be done about an issue, as data. A plan is empty ([`Plan::Rest`]) when there is
//! nothing to do, and says why.

use std::fmt;

use jiff::civil::Date;

use super::face;
use super::rules::Route;
use crate::model::{Issue, Label, Link};

/// A card to be made, with everything on it: one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCard {
    /// The list, by id or by name.
    pub list: String,
    /// `[ ISSUE n ] title`.
    pub name: String,
    /// Link, text and mark.
    pub description: String,
    /// Attached as a link.
    pub url: Option<String>,
    /// The day it is due.
    pub due: Option<Date>,
    /// Made on the board where they are missing.
    pub labels: Vec<Label>,
}

/// Why there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The card stands.
    HasCard,
    /// The issue is closed and we never made a card for it.
    ClosedAndUnknown,
    /// Confidential issues are not synced.
    Confidential,
    /// The route has no column for such an issue.
    NoColumn,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::HasCard => "its card stands",
            Why::ClosedAndUnknown => "it is closed and has no card",
            Why::Confidential => "it is confidential",
            Why::NoColumn => "no column of its route holds such issues",
        })
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Rest(Why),
    /// Make a card.
    Create(Box<NewCard>),
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Plan::Rest(why) => write!(f, "nothing to do: {why}"),
            Plan::Create(card) => write!(f, "make the card `{}` on list `{}`", card.name, card.list),
        }
    }
}

/// Decides about `issue`. A link that is only reserved counts as none: whether its card exists has
/// been settled before anyone asks for a plan.
pub fn plan(issue: &Issue, link: Option<&Link>, route: &Route) -> Plan {
    if issue.confidential {
        return Plan::Rest(Why::Confidential);
    }
    if link.is_some_and(|link| link.card.is_some()) {
        return Plan::Rest(Why::HasCard);
    }
    if issue.ticket.closed {
        return Plan::Rest(Why::ClosedAndUnknown);
    }
    let Some(column) = route.column(&issue.ticket) else {
        return Plan::Rest(Why::NoColumn);
    };
    Plan::Create(Box::new(NewCard {
        list: column.list.clone(),
        name: face::name(issue),
        description: face::description(issue),
        url: issue.url.clone(),
        due: issue.ticket.due,
        labels: issue.ticket.labels.clone(),
    }))
}
