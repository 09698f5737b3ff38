//! What is to be done about an issue, before anything is looked at: nothing (and why), a card to be made, or a card to
//! be compared with.

use std::fmt;

use jiff::civil::Date;

use super::discretion::{Confidential, is_blank};
use super::rules::{Direction, Route, Rules};
use crate::model::{Base, Issue, Label, Link, ListId, Parked, Spot, Ticket};

/// A card to be made, with everything on it: one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCard {
    /// Where.
    pub list: ListId,
    /// Without the prefix.
    pub title: String,
    /// Without the face.
    pub text: String,
    /// The day it is due.
    pub due: Option<Date>,
    /// Made on the board where they are missing.
    pub labels: Vec<Label>,
    /// Trello user names.
    pub people: Vec<String>,
    /// Those assigned in GitLab who have no Trello member.
    pub footer: Vec<String>,
}

impl NewCard {
    /// What the card of `issue` says when it is made; `None` where no column holds such issues.
    pub fn of(issue: &Issue, rules: &Rules) -> Option<Self> {
        let ticket = &issue.ticket;
        let Some(Spot::List(list)) = rules.spot(ticket) else { return None };
        let carried = |direction: Direction| direction.from_gitlab();
        let text = if carried(rules.fields.description) { ticket.text.as_str() } else { "" };
        let (mut people, mut footer) = (Vec::new(), Vec::new());
        for name in ticket.people.iter().filter(|_| carried(rules.fields.people)) {
            match rules.people.on_card(name) {
                Some(member) => people.push(member),
                None => footer.push(name.clone()),
            }
        }
        Some(NewCard {
            list,
            title: rules.dialect.card_title(&ticket.title),
            text: rules.dialect.card_text(text).text,
            due: ticket.due.filter(|_| carried(rules.fields.due)),
            labels: labels(ticket, rules),
            people,
            footer,
        })
    }

    /// The base that follows when `card` is what Trello made of it.
    pub fn base(&self, issue: &Issue, card: Ticket, rules: &Rules) -> Base {
        let half = Ticket { spot: rules.spot(&issue.ticket), ..issue.ticket.clone() };
        Base { issue: half, card, footer: self.footer.clone() }
    }
}

/// The labels of a new card.
fn labels(ticket: &Ticket, rules: &Rules) -> Vec<Label> {
    let mut labels = if rules.fields.labels.from_gitlab() { ticket.labels.clone() } else { Vec::new() };
    for facet in ticket.facets.iter().filter(|facet| !ticket.has_label(facet)) {
        labels.push(Label { name: facet.clone(), color: None });
    }
    labels
}

/// Why there is nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The card says what the issue says.
    InStep,
    /// The issue is closed and we never made a card for it.
    ClosedAndUnknown,
    /// Confidential issues are not synced.
    Confidential,
    /// It is to be shown like any other, and what it says is not known.
    Withheld,
    /// The route has no column for such an issue.
    NoColumn,
    /// People deleted the card.
    Deleted,
    /// People moved the card to another board.
    Elsewhere,
    /// Somebody let the pair go.
    Unlinked,
    /// The issue was deleted, and its card archived.
    Gone,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::InStep => "issue and card are in step",
            Why::ClosedAndUnknown => "it is closed and has no card",
            Why::Confidential => "it is confidential",
            Why::Withheld => {
                "it is confidential, and what its card may show was not kept; its next event brings it, or GITLAB_TOKEN reads it"
            }
            Why::NoColumn => "no column of its route holds such issues",
            Why::Deleted => "its card was deleted; reopening the issue makes a new one",
            Why::Unlinked => "it was unlinked from its card; `kanbridge links relink` takes both up again",
            Why::Gone => "it was deleted in GitLab, and its card archived; both come back when the issue does",
            Why::Elsewhere => "its card was moved to another board, and is followed again when it comes back",
        })
    }
}

/// What is to be done about an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Rest(Why),
    /// Make a card.
    Create,
    /// Make a card in place of one that was deleted.
    CreateAnew,
    /// The issue's card was deleted; only remember that the issue was closed or reopened.
    NoteClosed,
    /// Compare the issue with its card.
    Follow,
    /// Take what the card says away: the issue has turned confidential.
    Hide,
    /// The same, and leave the card where it stands.
    Redact,
}

/// Decides about `issue`. A link that is only reserved counts as none: whether its card exists has
/// been settled before anyone asks for a plan.
pub fn plan(issue: &Issue, link: Option<&Link>, route: &Route) -> Plan {
    let link = link.filter(|link| link.card.is_some());
    match (issue.confidential.then_some(route.confidential), link) {
        (Some(Confidential::Skip), Some(link)) if link.parked != Some(Parked::Hidden) => Plan::Hide,
        (Some(Confidential::Skip), _) => Plan::Rest(Why::Confidential),
        (Some(Confidential::Redact), Some(link)) if !is_blank(link) && link.parked != Some(Parked::Deleted) => {
            Plan::Redact
        }
        (Some(Confidential::Redact), _) if issue.has_no_place() => Plan::Rest(Why::Withheld),
        (Some(Confidential::Sync), _) if issue.is_withheld() => Plan::Rest(Why::Withheld),
        (_, link) => plan_shown(issue, link, route),
    }
}

/// The same of an issue that may be shown, be it in full or without its words.
fn plan_shown(issue: &Issue, link: Option<&Link>, route: &Route) -> Plan {
    match link {
        Some(link) if link.parked == Some(Parked::Deleted) => after_deletion(issue, link),
        Some(link) if link.parked == Some(Parked::Unlinked) => Plan::Rest(Why::Unlinked),
        Some(link) if link.parked == Some(Parked::Gone) => Plan::Rest(Why::Gone),
        Some(_) => Plan::Follow,
        None if issue.ticket.closed => Plan::Rest(Why::ClosedAndUnknown),
        None if route.column(&issue.ticket).is_none() => Plan::Rest(Why::NoColumn),
        None => Plan::Create,
    }
}

/// The same where somebody asked for the card of this very issue: a closed one gets it too, in the column of closed
/// issues.
pub fn plan_asked(issue: &Issue, link: Option<&Link>, route: &Route) -> Plan {
    match plan(issue, link, route) {
        Plan::Rest(Why::ClosedAndUnknown) if route.column(&issue.ticket).is_some() => Plan::Create,
        Plan::Rest(Why::ClosedAndUnknown) => Plan::Rest(Why::NoColumn),
        other => other,
    }
}

/// A deleted card is not made again until the issue is reopened.
fn after_deletion(issue: &Issue, link: &Link) -> Plan {
    let was_closed = link.base.as_ref().is_some_and(|base| base.issue.closed);
    match (was_closed, issue.ticket.closed) {
        (true, false) => Plan::CreateAnew,
        (false, true) => Plan::NoteClosed,
        _ => Plan::Rest(Why::Deleted),
    }
}
