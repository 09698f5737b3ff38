//! An issue's milestone, type and weight as labels of its card: `milestone: May release`, `type: incident`, `weight: 3`.
//! They go from the issue to its card alone. What looks like one of them on a card never becomes a label in GitLab.

use crate::model::{Issue, Ticket};

/// What no route shows as a label: nearly every issue is one.
const USUAL: &str = "issue";

/// The types of work items that GitLab knows (<https://docs.gitlab.com/user/work_items/>).
const TYPES: [&str; 8] = ["incident", "task", "test case", "requirement", "objective", "key result", "epic", "ticket"];

/// Which of them the cards of a route show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// The milestone's title.
    pub milestone: bool,
    /// The type, where it is another than issue.
    pub issue_type: bool,
    /// The weight.
    pub weight: bool,
}

impl Facets {
    /// The labels that the card of `issue` gets. A milestone of which only the number is known has none.
    pub fn labels(&self, issue: &Issue) -> Vec<String> {
        let milestone = issue.milestone.as_ref().and_then(|milestone| milestone.title.as_deref());
        let milestone = milestone.map(str::trim).filter(|title| self.milestone && !title.is_empty());
        let kind = issue.kind.as_deref().map(kind).filter(|kind| self.issue_type && kind != USUAL);
        let weight = issue.weight.filter(|_| self.weight);
        let labels = [
            milestone.map(|title| format!("milestone: {title}")),
            kind.map(|kind| format!("type: {kind}")),
            weight.map(|weight| format!("weight: {weight}")),
        ];
        labels.into_iter().flatten().collect()
    }

    /// Whether a card's label looks like one of these.
    pub fn owns(&self, label: &str) -> bool {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match label.split_once(": ") {
            Some(("milestone", title)) => self.milestone && !title.is_empty(),
            Some(("type", kind)) => self.issue_type && TYPES.contains(&kind),
            Some(("weight", weight)) => self.weight && is_number(weight),
            _ => false,
        }
    }
}

/// Hooks write `Test Case`, the API `test_case`.
fn kind(kind: &str) -> String {
    kind.to_lowercase().replace('_', " ")
}

/// Whether two states of an issue are the same in milestone, type and weight, as far as both tell.
pub fn same_facets(one: &Issue, other: &Issue) -> bool {
    let milestone = |issue: &Issue| issue.milestone.as_ref().map(|milestone| milestone.id);
    let same_kind = one.kind.as_deref().zip(other.kind.as_deref()).is_none_or(|(one, other)| kind(one) == kind(other));
    milestone(one) == milestone(other) && one.weight == other.weight && same_kind
}

/// The labels of a card that are no facets, so that they may become the issue's.
pub(super) fn is_facet(facets: &Facets, name: &str, issue: &Ticket, base: Option<&Ticket>) -> bool {
    let came = |ticket: &Ticket| ticket.facets.iter().any(|facet| facet == name);
    let own = |ticket: &Ticket| ticket.has_label(name);
    let in_gitlab = own(issue) || base.is_some_and(own);
    !in_gitlab && (facets.owns(name) || came(issue) || base.is_some_and(came))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Milestone, Version, Withheld};

    fn issue(kind: &str) -> Issue {
        Issue {
            id: "gitlab.example.com/42/23".parse().unwrap(),
            global_id: None,
            project_path: None,
            url: None,
            kind: Some(kind.to_owned()),
            milestone: Some(Milestone { id: 7, title: Some("May release".to_owned()) }),
            weight: Some(3),
            confidential: false,
            withheld: Withheld::Nothing,
            moved_to: None,
            version: Version::UNKNOWN,
            ticket: Ticket::default(),
        }
    }

    const ALL: Facets = Facets { milestone: true, issue_type: true, weight: true };

    #[test]
    fn a_card_gets_a_label_for_each_facet_that_its_route_asks_for() {
        assert_eq!(ALL.labels(&issue("Incident")), ["milestone: May release", "type: incident", "weight: 3"]);
        assert_eq!(ALL.labels(&issue("test_case"))[1], "type: test case");
        assert_eq!(Facets { weight: true, ..Facets::default() }.labels(&issue("Issue")), ["weight: 3"]);
        assert_eq!(ALL.labels(&issue("ISSUE")), ["milestone: May release", "weight: 3"], "an issue is no news");
        assert!(Facets::default().labels(&issue("Incident")).is_empty());
    }

    #[test]
    fn only_what_looks_like_a_facet_is_one() {
        for label in ["milestone: x", "type: key result", "weight: 13"] {
            assert!(ALL.owns(label) && !Facets::default().owns(label), "{label}");
        }
        for label in ["type: bug", "weight: heavy", "weight:3", "milestone: ", "urgent"] {
            assert!(!ALL.owns(label), "{label}");
        }
        assert!(ALL.labels(&issue("Task")).iter().all(|label| ALL.owns(label)));
    }

    #[test]
    fn hooks_and_api_write_a_type_differently() {
        assert!(same_facets(&issue("Test Case"), &issue("test_case")));
        assert!(!same_facets(&issue("Task"), &issue("issue")));
        assert!(!same_facets(&issue("Task"), &Issue { weight: None, ..issue("Task") }));
    }
}
