//! An issue made of a card that people made by hand: what it says when it is made, and the base that follows.
//!
//! The issue's description ends with a mark, an HTML comment that GitLab does not show: GitLab has no idempotency keys, so
//! the mark tells what became of a call whose answer got lost, and that the issue whose hook comes first has a card.

use jiff::civil::Date;

use super::rules::{Direction, Holds, Rules};
use crate::model::{Base, CardId, Ticket};
use crate::text::for_gitlab;

const MARK: (&str, &str) = ("<!-- kanbridge card ", " -->");

/// An issue to be made, in GitLab's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIssue {
    /// At most 255 characters.
    pub title: String,
    /// With the mark.
    pub text: String,
    /// By name.
    pub labels: Vec<String>,
    /// GitLab user names.
    pub people: Vec<String>,
    /// The day it is due.
    pub due: Option<Date>,
}

impl NewIssue {
    /// What the issue made of `card` says; `None` where the card has no title, without which there is no issue. Whether
    /// it is closed cannot be said when it is made: the first comparison does that.
    pub fn of(id: &CardId, card: &Ticket, rules: &Rules) -> Option<Self> {
        let title = rules.dialect.issue_title("", &card.title);
        if title.is_empty() {
            return None;
        }
        let carried = |direction: Direction| direction.from_trello();
        let text = if carried(rules.fields.description) { card.text.as_str() } else { "" };
        // Words that GitLab would show otherwise are better than none: the card keeps its own.
        let text = rules.dialect.issue_text("", text).unwrap_or_else(|| for_gitlab(text));
        let mut labels = Vec::new();
        if carried(rules.fields.labels) {
            labels.extend(card.labels.iter().map(|label| label.name.clone()));
        }
        labels.extend(column_label(card, rules));
        labels.retain(|name| rules.dialect.is_issue_label(name));
        labels.sort();
        labels.dedup();
        let people = card.people.iter().filter(|_| carried(rules.fields.people));
        Some(NewIssue {
            title,
            text: with_mark(&text, id),
            labels,
            people: people.filter_map(|name| rules.people.in_gitlab(name)).collect(),
            due: card.due.filter(|_| carried(rules.fields.due)),
        })
    }
}

/// The label of the column in which the card stands.
fn column_label(card: &Ticket, rules: &Rules) -> Option<String> {
    let spot = card.spot.as_ref().filter(|_| rules.fields.state.from_trello())?;
    match &rules.column_at(spot)?.holds {
        Holds::Label(label) => Some(label.clone()),
        Holds::Opened | Holds::Closed => None,
    }
}

/// The base when `issue` is what GitLab made of `card`: they agree, except about where the card stands, which the rules
/// decide next, and about the column's label, which the card may have yet to get.
pub fn base(issue: &Ticket, card: &Ticket, rules: &Rules) -> Base {
    let (mut issue_half, mut card_half) = (issue.clone(), card.clone());
    issue_half.labels.retain(|label| card.has_label(&label.name));
    issue_half.spot = rules.spot(issue);
    if issue_half.spot != card.spot {
        match rules.fields.state {
            Direction::Trello | Direction::Both => card_half.spot = None,
            Direction::Gitlab => issue_half.spot = None,
            Direction::Off => {}
        }
    }
    Base { issue: issue_half, card: card_half, footer: Vec::new() }
}

fn with_mark(text: &str, card: &CardId) -> String {
    let mark = format!("{}{card}{}", MARK.0, MARK.1);
    if text.is_empty() { mark } else { format!("{text}\n\n{mark}") }
}

/// The card that an issue's text says it was made of. Whoever writes issues can write this too: it is to be believed only
/// where such an issue was about to be made.
pub fn read_mark(text: &str) -> Option<CardId> {
    text.lines().rev().find_map(|line| line.trim().strip_prefix(MARK.0)?.strip_suffix(MARK.1)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Label, Seen, Spot};
    use crate::sync::change::Change;
    use crate::sync::dialect::{Dialect, People};
    use crate::sync::facets::Facets;
    use crate::sync::reconcile::reconcile;
    use crate::sync::rules::{Column, Fields, Winner};
    use crate::text::Home;

    fn list(digit: char) -> Spot {
        Spot::List(digit.to_string().repeat(24).parse().unwrap())
    }

    fn rules(fields: Fields) -> Rules {
        let column = |list, holds| Column { list, holds };
        Rules {
            fields,
            winner: Winner::Gitlab,
            people: People {
                table: BTreeMap::from([("ana".to_owned(), "ana_trello".to_owned())]),
                members: ["ana_trello".to_owned()].into(),
            },
            columns: vec![
                column(list('1'), Holds::Opened),
                column(list('2'), Holds::Label("doing".into())),
                column(list('3'), Holds::Closed),
            ],
            dialect: Dialect { issue: "gitlab.example.com/42/23".parse().unwrap(), url: None, home: Home::default() },
            facets: Facets::default(),
        }
    }

    fn card(spot: char) -> Ticket {
        Ticket {
            title: "Boiler  is cold".into(),
            text: "Since @ben left.".into(),
            labels: vec![Label { name: "cellar".into(), color: None }, Label { name: "a, b".into(), color: None }],
            people: vec!["ana_trello".into()],
            due: Some(Date::constant(2026, 6, 3)),
            spot: Some(list(spot)),
            ..Ticket::default()
        }
    }

    fn id() -> CardId {
        "5e93bac014d40e5000000005".parse().unwrap()
    }

    /// What GitLab makes of it.
    fn made(new: &NewIssue) -> Ticket {
        let labels = new.labels.iter().map(|name| Label { name: name.clone(), color: None }).collect();
        Ticket {
            title: new.title.clone(),
            text: new.text.clone(),
            labels,
            people: new.people.clone(),
            due: new.due,
            ..Ticket::default()
        }
    }

    fn next(card: &Ticket, rules: &Rules) -> Change {
        let issue = made(&NewIssue::of(&id(), card, rules).unwrap());
        let base = base(&issue, card, rules);
        reconcile(Some(&base), &Seen::Here(issue), &Seen::Here(card.clone()), rules)
    }

    #[test]
    fn an_issue_says_what_its_card_says_and_calls_nobody() {
        let new = NewIssue::of(&id(), &card('2'), &rules(Fields::all(Direction::Both))).unwrap();
        assert_eq!(
            (new.title.as_str(), new.labels.as_slice()),
            ("Boiler is cold", &["cellar".into(), "doing".into()][..])
        );
        assert_eq!((new.people.as_slice(), new.due), (&["ana".to_owned()][..], Some(Date::constant(2026, 6, 3))));
        assert!(!new.text.contains("@ben") && read_mark(&new.text) == Some(id()), "{}", new.text);
        let mute = NewIssue::of(&id(), &card('1'), &rules(Fields::all(Direction::Gitlab))).unwrap();
        assert_eq!((mute.text.as_str(), mute.labels.len()), ("<!-- kanbridge card 5e93bac014d40e5000000005 -->", 0));
        assert_eq!(NewIssue::of(&id(), &Ticket::default(), &rules(Fields::all(Direction::Both))), None);
    }

    #[test]
    fn after_it_was_made_only_its_state_is_left_to_say() {
        let both = rules(Fields::all(Direction::Both));
        assert!(next(&card('1'), &both).is_empty());
        let closes = next(&card('3'), &both);
        assert_eq!(closes.issue.column.unwrap().closed, Some(true));
        assert_eq!(closes.card.spot, None);
        let labelled = next(&card('2'), &both);
        assert_eq!(labelled.card.add_labels.len(), 1, "the column's label");
        assert!(labelled.conflicts.is_empty() && labelled.issue.column.is_none());
        let state = Fields { state: Direction::Gitlab, ..Fields::all(Direction::Both) };
        assert_eq!(next(&card('3'), &rules(state)).card.spot, Some(list('1')), "an open issue's card");
    }

    #[test]
    fn a_text_that_cannot_come_back_as_it_went_is_no_conflict() {
        let card = Ticket { text: "| a | b |\n|---|---|\n| 1 | <b>2</b> |".into(), ..card('1') };
        let change = next(&card, &rules(Fields::all(Direction::Both)));
        assert!(change.is_empty() && change.conflicts.is_empty(), "{change:?}");
    }
}
