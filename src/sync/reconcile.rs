//! What has to be written on either side, so that an issue and its card are one ticket again. Field by field, three
//! ways, each side against its own half of the base.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::change::{Change, ColumnChange, Conflict};
use super::facets::is_facet;
use super::merge::{Flow, SetFlow, SetSide, flow, sets};
use super::rules::{Column, Direction, Holds, Rules, Winner};
use crate::model::{Base, Label, Seen, Spot, Ticket};

/// Decides. With anything unknown or gone there is nothing to decide field by field, and the change is empty.
pub fn reconcile(base: Option<&Base>, issue: &Seen<Ticket>, card: &Seen<Ticket>, rules: &Rules) -> Change {
    match (issue, card) {
        (Seen::Here(issue), Seen::Here(card)) => Pair { base, issue, card, rules }.change(),
        _ => Change::default(),
    }
}

struct Pair<'a> {
    base: Option<&'a Base>,
    issue: &'a Ticket,
    card: &'a Ticket,
    rules: &'a Rules,
}

impl Pair<'_> {
    fn change(&self) -> Change {
        let mut change = Change::default();
        self.title(&mut change);
        self.due(&mut change);
        self.place(&mut change);
        self.labels(&mut change);
        self.facets(&mut change);
        self.people(&mut change);
        self.text(&mut change);
        change
    }

    /// Whether each side moved away from its half of the base. Without a base both did.
    fn moved<T: PartialEq>(&self, of: impl Fn(&Ticket) -> T) -> (bool, bool) {
        self.base.map_or((true, true), |base| (of(self.issue) != of(&base.issue), of(self.card) != of(&base.card)))
    }

    fn title(&self, change: &mut Change) {
        let (issue, card) = self.moved(|ticket| ticket.title.clone());
        let for_card = self.rules.dialect.card_title(&self.issue.title);
        let agree = self.rules.dialect.same_title(&for_card, &self.card.title);
        let flow = flow(self.rules.fields.title, self.rules.winner, issue, card, agree);
        // An issue cannot be without a title, and Trello's empty name is a slip of the hand.
        let unfit = self.card.title.trim().is_empty();
        match settled(flow, change, "title", || (self.issue.title.clone(), self.card.title.clone())) {
            Flow::ToCard => change.card.title = Some(for_card),
            Flow::ToIssue if !unfit => {
                change.issue.title = Some(self.rules.dialect.issue_title(&self.issue.title, &self.card.title));
            }
            _ => {}
        }
    }

    fn due(&self, change: &mut Change) {
        let (issue, card) = self.moved(|ticket| ticket.due);
        let agree = self.issue.due == self.card.due;
        let flow = flow(self.rules.fields.due, self.rules.winner, issue, card, agree);
        let text = |due: Option<Date>| due.map_or_else(|| "none".to_owned(), |due| due.to_string());
        match settled(flow, change, "due", || (text(self.issue.due), text(self.card.due))) {
            Flow::ToCard => change.card.due = Some(self.issue.due),
            Flow::ToIssue => change.issue.due = Some(self.card.due),
            _ => {}
        }
    }

    fn place(&self, change: &mut Change) {
        let Some(wanted) = self.rules.spot(self.issue) else { return };
        let (issue, card) = match self.base {
            // A card that stood before us keeps its list, unless it says open where the issue is closed or the reverse.
            None => {
                let stands_closed = self.rules.is_closed_spot(self.card.spot.as_ref());
                let differs = stands_closed != self.issue.closed;
                (differs, differs)
            }
            Some(base) => (base.issue.spot.as_ref() != Some(&wanted), base.card.spot != self.card.spot),
        };
        let column = self.card.spot.as_ref().and_then(|spot| self.rules.column_at(spot));
        // A list that no column names says nothing about the issue.
        let card = card && column.is_some();
        let agree = self.card.spot.as_ref() == Some(&wanted);
        let flow = flow(self.rules.fields.state, self.rules.winner, issue, card, agree);
        let told = || {
            (self.rules.name_of(&wanted), self.card.spot.as_ref().map_or_else(String::new, |s| self.rules.name_of(s)))
        };
        match settled(flow, change, "state", told) {
            Flow::ToCard => change.card.spot = Some(wanted),
            Flow::ToIssue => change.issue.column = column.map(|column| self.column_change(column)),
            _ => {}
        }
        let closes = change.issue.column.as_ref().and_then(|column| column.closed);
        let closed = closes.unwrap_or(self.issue.closed);
        let changed = self.base.is_none_or(|base| base.issue.closed != closed);
        if changed && self.rules.fields.state.from_gitlab() && self.card.closed != closed {
            change.card.done = Some(closed);
        }
    }

    fn column_change(&self, column: &Column<Spot>) -> ColumnChange {
        let others = self.rules.column_labels().filter(|name| self.issue.has_label(name));
        let (closes, label) = match &column.holds {
            Holds::Closed => (true, None),
            Holds::Opened => (false, None),
            Holds::Label(label) => (false, Some(label.clone())),
        };
        // A closed issue keeps its labels: it is in the closed column whatever they are.
        let drop_labels = match closes {
            true => Vec::new(),
            false => others.filter(|name| label.as_deref() != Some(*name)).map(str::to_owned).collect(),
        };
        ColumnChange {
            spot: column.list.clone(),
            closed: (self.issue.closed != closes).then_some(closes),
            add_label: label.filter(|label| !self.issue.has_label(label)),
            drop_labels,
        }
    }

    fn labels(&self, change: &mut Change) {
        let (issue, card) = (names(self.issue), self.own_names(self.card));
        let base = self.base.map(|base| (names(&base.issue), self.own_names(&base.card)));
        let flow = merge(self.rules.fields.labels, (&issue, &card), base.as_ref());
        let color = |name: &String| self.issue.labels.iter().find(|label| label.name == *name).cloned();
        change.card.add_labels = flow.onto_card.iter().filter_map(color).collect();
        change.card.drop_labels = flow.off_card;
        let (fit, unfit) = flow.into_issue.into_iter().partition(|name| self.rules.dialect.is_issue_label(name));
        change.issue.add_labels = fit;
        let kept = |name: String| Conflict { field: "labels", winner: None, gitlab: String::new(), trello: name };
        change.conflicts.extend(Vec::into_iter(unfit).map(kept));
        change.issue.drop_labels = flow.out_of_issue;
    }

    /// The labels of the card or its half of the base that are no facets.
    fn own_names(&self, card: &Ticket) -> Names {
        let base = self.base.map(|base| &base.issue);
        let own = |name: &String| !is_facet(&self.rules.facets, name, self.issue, base);
        names(card).into_iter().filter(own).collect()
    }

    /// Milestone, type and weight, which go onto the card alone. Nobody knows any more who put on what where there is no
    /// base: then what looks like another facet is an old one.
    fn facets(&self, change: &mut Change) {
        let facets = |ticket: &Ticket| ticket.facets.iter().filter(|name| !ticket.has_label(name)).cloned().collect();
        let (issue, card): (Names, _) = (facets(self.issue), names(self.card));
        let base = self.base.map(|base| (facets(&base.issue), names(&base.card)));
        let mut flow = merge(Direction::Gitlab, (&issue, &card), base.as_ref());
        if base.is_none() {
            let old = |name: &&String| self.rules.facets.owns(name) && !self.issue.has_label(name);
            flow.off_card = card.difference(&issue).filter(old).cloned().collect();
        }
        flow.off_card.retain(|name| !self.issue.has_label(name));
        flow.onto_card.retain(|name| change.card.add_labels.iter().all(|label| label.name != *name));
        change.card.drop_labels.retain(|name| !issue.contains(name));
        change.card.add_labels.extend(flow.onto_card.into_iter().map(|name| Label { name, color: None }));
        change.card.drop_labels.extend(flow.off_card);
    }

    /// Compared as Trello's user names. Who has none is named in the footer.
    fn people(&self, change: &mut Change) {
        if self.rules.fields.people == Direction::Off {
            return;
        }
        let people = &self.rules.people;
        let mapped = |ticket: &Ticket| {
            ticket.people.iter().filter_map(|name| people.on_card(name)).collect::<BTreeSet<String>>()
        };
        let known =
            |ticket: &Ticket| ticket.people.iter().filter(|name| people.in_gitlab(name).is_some()).cloned().collect();
        let (issue, card): (BTreeSet<String>, BTreeSet<String>) = (mapped(self.issue), known(self.card));
        // Who was named in the footer was not on the card, whoever joined the board since.
        let on_card = |base: &Base| {
            let there = base.issue.people.iter().filter(|name| !base.footer.contains(name));
            there.filter_map(|name| people.on_card(name)).collect::<BTreeSet<String>>()
        };
        let base = self.base.map(|base| (on_card(base), known(&base.card)));
        let flow = merge(self.rules.fields.people, (&issue, &card), base.as_ref());
        let at_home = |name: &String| {
            let assigned = self.issue.people.iter().find(|own| people.on_card(own).as_ref() == Some(name));
            assigned.cloned().or_else(|| people.in_gitlab(name))
        };
        let home = |names: Vec<String>| names.iter().filter_map(at_home).collect();
        change.card.add_people = flow.onto_card;
        change.card.drop_people = flow.off_card;
        change.issue.add_people = home(flow.into_issue);
        change.issue.drop_people = home(flow.out_of_issue);
        if self.rules.fields.people.from_gitlab() {
            change.footer = people.not_on_board(&self.issue.people);
        }
    }

    fn text(&self, change: &mut Change) {
        let dialect = &self.rules.dialect;
        // Hooks and API write the same text differently (links to uploads), so what the card would show is compared.
        let issue = self.base.is_none_or(|base| {
            base.issue.text != self.issue.text
                && dialect.card_text(&base.issue.text) != dialect.card_text(&self.issue.text)
        });
        let card = self.base.is_none_or(|base| !dialect.same_text(&base.card.text, &self.card.text));
        let for_card = dialect.card_text(&self.issue.text);
        let agree = dialect.same_text(&for_card.text, &self.card.text);
        let flow = flow(self.rules.fields.description, self.rules.winner, issue, card, agree);
        let values = || (self.issue.text.clone(), self.card.text.clone());
        match settled(flow, change, "description", values) {
            Flow::ToCard => change.card.text = Some(for_card.text),
            Flow::ToIssue => match dialect.issue_text(&self.issue.text, &self.card.text).filter(|_| !for_card.cut) {
                Some(text) => change.issue.text = Some(text),
                // Nobody's words are overwritten: the card keeps them, and the log tells.
                None => {
                    let (gitlab, trello) = values();
                    change.conflicts.push(Conflict { field: "description", winner: None, gitlab, trello });
                }
            },
            _ => {}
        }
        let footer = self.base.map_or(&[][..], |base| &base.footer);
        change.card.footer = footer != change.footer && self.rules.fields.description.from_gitlab();
    }
}

/// Writes a conflict down and gives the flow that follows from it.
fn settled(flow: Flow, change: &mut Change, field: &'static str, values: impl FnOnce() -> (String, String)) -> Flow {
    let Flow::Conflict(winner) = flow else { return flow };
    let (gitlab, trello) = values();
    change.conflicts.push(Conflict { field, winner: Some(winner), gitlab, trello });
    match winner {
        Winner::Gitlab => Flow::ToCard,
        Winner::Trello => Flow::ToIssue,
    }
}

type Names = BTreeSet<String>;

fn names(ticket: &Ticket) -> Names {
    ticket.labels.iter().map(|label| label.name.clone()).collect()
}

fn merge(direction: Direction, (issue, card): (&Names, &Names), base: Option<&(Names, Names)>) -> SetFlow {
    fn view(names: &Names) -> BTreeSet<&str> {
        names.iter().map(String::as_str).collect()
    }
    let (issue, card) = (view(issue), view(card));
    let base = base.map(|(issue, card)| (view(issue), view(card)));
    let (issue0, card0) = base.as_ref().map(|(issue, card)| (issue, card)).unzip();
    sets(direction, SetSide { now: &issue, base: issue0 }, SetSide { now: &card, base: card0 })
}
