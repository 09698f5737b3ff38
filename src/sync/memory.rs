//! Moving the base forward: only by what has been written, so that a crash leaves work to repeat and never a lie.

use serde::{Deserialize, Serialize};

use super::change::{CardChange, Change, IssueChange};
use super::rules::Rules;
use crate::model::{Base, Label, Micros, Ticket};

/// Writes that are about to be made, and what both sides were then. Written down first, so that after a crash our own
/// half-done work is not taken for somebody's edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The issue as it was.
    pub issue: Ticket,
    /// The card as it was.
    pub card: Ticket,
    /// To be written on the card.
    pub onto_card: CardChange,
    /// To be written into the issue.
    pub into_issue: IssueChange,
    /// When they were about to be made; `None`: they have not been, and will not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Micros>,
    /// Those before them whose work may still appear: a call that got no answer may be carried out later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Pending>,
}

impl Pending {
    /// The writes of `change`.
    pub fn of(change: &Change, issue: &Ticket, card: &Ticket) -> Self {
        let (onto_card, into_issue) = (change.card.clone(), change.issue.clone());
        Pending { issue: issue.clone(), card: card.clone(), onto_card, into_issue, at: None, before: Vec::new() }
    }

    /// No writes but those of `before`, whose work may still appear.
    pub fn late(before: Vec<Pending>, issue: &Ticket, card: &Ticket) -> Self {
        Pending { before, ..Self::of(&Change::default(), issue, card) }
    }

    /// Those that were about to be made after `since` and whose work may still appear. What is seen on the card has
    /// appeared; that earlier ones are seen there proves nothing, for the same has been written again since.
    pub fn unseen(&self, card: &Ticket, since: Micros, rules: &Rules) -> Vec<Pending> {
        let own = Pending { before: Vec::new(), ..self.clone() };
        let own = Some(own).filter(|own| !own.is_seen(card, rules));
        self.before.iter().cloned().chain(own).filter(|one| one.at.is_some_and(|at| at > since)).collect()
    }

    /// Whether the card says all that was to be written, and nothing was to be written elsewhere.
    fn is_seen(&self, card: &Ticket, rules: &Rules) -> bool {
        let change = &self.onto_card;
        self.into_issue == IssueChange::default()
            && change.title.as_ref().is_none_or(|title| *title == card.title)
            && change.text.as_ref().is_none_or(|text| rules.dialect.same_text(text, &card.text))
            && change.due.is_none_or(|due| due == card.due)
            && change.done.is_none_or(|done| done == card.closed)
            && (change.spot.is_none() || change.spot == card.spot)
            && change.add_labels.iter().all(|label| card.has_label(&label.name))
            && change.drop_labels.iter().all(|name| !card.has_label(name))
            && change.add_people.iter().all(|name| card.people.contains(name))
            && change.drop_people.iter().all(|name| !card.people.contains(name))
    }

    /// Moves `base` forward by those writes that have evidently been made: the side says what we were about to write.
    pub fn recover(&self, base: &Base, issue: &Ticket, card: &Ticket, rules: &Rules) -> Base {
        let mut base = self.before.iter().fold(base.clone(), |base, one| one.recover(&base, issue, card, rules));
        self.recover_card(&mut base, card, rules);
        self.recover_issue(&mut base, issue, rules);
        base
    }

    fn recover_card(&self, base: &mut Base, card: &Ticket, rules: &Rules) {
        let change = &self.onto_card;
        if change.title.as_ref() == Some(&card.title) {
            base.card.title.clone_from(&card.title);
            base.issue.title.clone_from(&self.issue.title);
        }
        if change.text.as_ref().is_some_and(|text| rules.dialect.same_text(text, &card.text)) {
            base.card.text.clone_from(&card.text);
            base.issue.text.clone_from(&self.issue.text);
        }
        if change.footer {
            // Whether it was written cannot be seen, so it is written once more: nobody has this name.
            base.footer.push(String::new());
        }
        if change.due == Some(card.due) {
            (base.card.due, base.issue.due) = (card.due, self.issue.due);
        }
        if change.spot.is_some() && change.spot == card.spot {
            base.card.spot.clone_from(&card.spot);
            base.issue.spot = rules.spot(&self.issue);
        }
        if change.done == Some(card.closed) {
            // What the issue is, or was about to become: where it did not, its card has to be marked anew.
            (base.card.closed, base.issue.closed) = (card.closed, card.closed);
        }
        for label in change.add_labels.iter().filter(|label| card.has_label(&label.name)) {
            match self.issue.has_label(&label.name) {
                true => base.put_label(label),
                false => base.put_facet(&label.name),
            }
        }
        for name in change.drop_labels.iter().filter(|name| !card.has_label(name)) {
            base.take_label(name);
            base.issue.facets.retain(|facet| facet != name);
        }
        let person = |name: &String| rules.people.in_gitlab(name).unwrap_or_else(|| name.clone());
        for name in change.add_people.iter().filter(|name| card.people.contains(name)) {
            base.put_person(&person(name), name);
        }
        for name in change.drop_people.iter().filter(|name| !card.people.contains(name)) {
            base.take_person(&person(name), name);
        }
    }

    fn recover_issue(&self, base: &mut Base, issue: &Ticket, rules: &Rules) {
        let change = &self.into_issue;
        if change.title.as_ref() == Some(&issue.title) {
            base.issue.title.clone_from(&issue.title);
            base.card.title.clone_from(&self.card.title);
        }
        if change.text.as_ref().is_some_and(|text| text.trim() == issue.text.trim()) {
            base.issue.text.clone_from(&issue.text);
            base.card.text.clone_from(&self.card.text);
        }
        if change.due == Some(issue.due) {
            (base.issue.due, base.card.due) = (issue.due, self.card.due);
        }
        for name in change.add_labels.iter().filter(|name| issue.has_label(name)) {
            base.put_label(&Label { name: name.clone(), color: None });
        }
        for name in change.drop_labels.iter().filter(|name| !issue.has_label(name)) {
            base.take_label(name);
        }
        let member = |name: &String| rules.people.on_card(name).unwrap_or_else(|| name.clone());
        for name in change.add_people.iter().filter(|name| issue.people.contains(name)) {
            base.put_person(name, &member(name));
        }
        for name in change.drop_people.iter().filter(|name| !issue.people.contains(name)) {
            base.take_person(name, &member(name));
        }
        if let Some(column) = &change.column {
            let closed = column.closed.unwrap_or(self.issue.closed);
            let labelled = column.add_label.as_ref().is_none_or(|name| issue.has_label(name));
            if issue.closed == closed && labelled && column.drop_labels.iter().all(|name| !issue.has_label(name)) {
                base.issue.spot = Some(column.spot.clone());
                base.card.spot.clone_from(&self.card.spot);
            }
        }
    }
}

/// The base that follows when everything in `change` has been written. What a side answered to a write counts for the
/// fields that were written; the others stand as they were seen, so that a change made meanwhile is still seen as one.
pub fn remember(
    change: &Change,
    issue: (&Ticket, Option<&Ticket>),
    card: (&Ticket, Option<&Ticket>),
    rules: &Rules,
) -> Base {
    let issue_half = issue_half(&change.issue, issue.0, issue.1.unwrap_or(issue.0), rules);
    Base {
        issue: issue_half,
        card: card_half(&change.card, card.0, card.1.unwrap_or(card.0)),
        footer: change.footer.clone(),
    }
}

fn issue_half(change: &IssueChange, seen: &Ticket, answer: &Ticket, rules: &Rules) -> Ticket {
    let mut half = Ticket { spot: rules.spot(seen), ..seen.clone() };
    if change.title.is_some() {
        half.title.clone_from(&answer.title);
    }
    if change.text.is_some() {
        half.text.clone_from(&answer.text);
    }
    if change.due.is_some() {
        half.due = answer.due;
    }
    if !change.add_people.is_empty() || !change.drop_people.is_empty() {
        half.people.clone_from(&answer.people);
    }
    half.labels.retain(|label| !change.drop_labels.contains(&label.name));
    let added = answer.labels.iter().filter(|label| change.add_labels.contains(&label.name));
    half.labels.extend(added.cloned());
    // The labels that the column brought are news, which the card's labels have yet to follow.
    if let Some(column) = &change.column {
        half.spot = Some(column.spot.clone());
        half.closed = column.closed.map_or(seen.closed, |_| answer.closed);
    }
    half
}

fn card_half(change: &CardChange, seen: &Ticket, answer: &Ticket) -> Ticket {
    let mut half = seen.clone();
    if change.title.is_some() {
        half.title.clone_from(&answer.title);
    }
    if change.text.is_some() {
        half.text.clone_from(&answer.text);
    }
    if change.due.is_some() {
        half.due = answer.due;
    }
    if change.spot.is_some() {
        half.spot.clone_from(&answer.spot);
    }
    if change.done.is_some() {
        half.closed = answer.closed;
    }
    half.labels.retain(|label| !change.drop_labels.contains(&label.name));
    half.labels.extend(change.add_labels.iter().cloned());
    half.people.retain(|name| !change.drop_people.contains(name));
    half.people.extend(change.add_people.iter().cloned());
    half
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Spot;
    use crate::sync::change::ColumnChange;
    use crate::sync::dialect::{Dialect, People};
    use crate::sync::facets::Facets;
    use crate::sync::rules::{Direction, Fields, Winner};
    use crate::text::Home;

    fn rules() -> Rules {
        Rules {
            fields: Fields::all(Direction::Both),
            winner: Winner::Gitlab,
            people: People::default(),
            columns: Vec::new(),
            facets: Facets::default(),
            dialect: Dialect { issue: "gitlab.example.com/42/23".parse().unwrap(), url: None, home: Home::default() },
        }
    }

    fn closed(closed: bool) -> Ticket {
        Ticket { closed, ..Ticket::default() }
    }

    /// The card of a closed issue was put back among the open ones, and the bridge died somewhere while it followed.
    fn reopening() -> (Base, Pending) {
        let column =
            ColumnChange { spot: Spot::Archive, closed: Some(false), add_label: None, drop_labels: Vec::new() };
        let change = Change {
            card: CardChange { done: Some(false), ..CardChange::default() },
            issue: IssueChange { column: Some(column), ..IssueChange::default() },
            ..Change::default()
        };
        let base = Base { issue: closed(true), card: closed(true), footer: Vec::new() };
        (base, Pending::of(&change, &closed(true), &closed(true)))
    }

    #[test]
    fn a_card_marked_for_what_its_issue_did_not_become_is_marked_anew() {
        let (base, pending) = reopening();
        let base = pending.recover(&base, &closed(true), &closed(false), &rules());
        assert!(!base.card.closed && !base.issue.closed, "the issue is closed still, which is news");
    }

    #[test]
    fn an_issue_that_became_what_its_card_was_not_marked_for_yet_is_news() {
        let (base, pending) = reopening();
        let base = pending.recover(&base, &closed(false), &closed(true), &rules());
        assert!(base.issue.closed, "somebody else reopened it");
    }

    #[test]
    fn a_footer_that_may_have_been_written_is_written_again() {
        let change = Change { card: CardChange { footer: true, ..CardChange::default() }, ..Change::default() };
        let base = Base { footer: vec!["ben".into()], ..Base::default() };
        let pending = Pending::of(&change, &Ticket::default(), &Ticket::default());
        let base = pending.recover(&base, &Ticket::default(), &Ticket::default(), &rules());
        assert!(base.footer != ["ben"] && !base.footer.is_empty(), "{:?}", base.footer);
    }

    #[test]
    fn people_put_on_one_side_do_not_hide_those_put_on_the_other() {
        let people = |names: &[&str]| Ticket {
            people: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Ticket::default()
        };
        let change = Change {
            card: CardChange { add_people: vec!["ana".into()], ..CardChange::default() },
            issue: IssueChange { add_people: vec!["cleo".into()], ..IssueChange::default() },
            ..Change::default()
        };
        let pending = Pending::of(&change, &people(&["ana"]), &people(&["cleo"]));
        let (issue, card) = (people(&["ana", "cleo"]), people(&["cleo", "ana"]));
        let base = pending.recover(&Base::default(), &issue, &card, &rules());
        assert_eq!((base.issue.people, base.card.people), (issue.people, vec!["ana".to_owned(), "cleo".to_owned()]));
    }

    #[test]
    fn an_issue_closed_while_its_column_was_written_is_news() {
        let column = ColumnChange { spot: Spot::Archive, closed: None, add_label: None, drop_labels: Vec::new() };
        let issue = IssueChange { column: Some(column), ..IssueChange::default() };
        let change = Change { issue, ..Change::default() };
        let base = remember(&change, (&closed(false), Some(&closed(true))), (&closed(false), None), &rules());
        assert!(!base.issue.closed);
    }
}
