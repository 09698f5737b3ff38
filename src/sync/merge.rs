//! Merging one field three ways: two sides, and what each was when they last agreed.

use std::collections::BTreeSet;

use super::rules::{Direction, Winner};

/// Which way a field's value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// Nowhere.
    Rest,
    /// Onto the card.
    ToCard,
    /// Into the issue.
    ToIssue,
    /// Both sides changed it, and differently; this one's value stays.
    Conflict(Winner),
}

/// Decides about one value. `issue` and `card`: whether that side moved away from its own half of the base; `agree`:
/// whether the sides say the same in each other's words.
pub(super) fn flow(direction: Direction, winner: Winner, issue: bool, card: bool, agree: bool) -> Flow {
    let (from_gitlab, from_trello) = (direction.from_gitlab(), direction.from_trello());
    match (issue && from_gitlab, card && from_trello) {
        _ if agree => Flow::Rest,
        (false, false) => Flow::Rest,
        (true, false) => Flow::ToCard,
        (false, true) => Flow::ToIssue,
        (true, true) => Flow::Conflict(winner),
    }
}

/// What a set of names has to gain and to lose on each side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SetFlow {
    pub(super) onto_card: Vec<String>,
    pub(super) off_card: Vec<String>,
    pub(super) into_issue: Vec<String>,
    pub(super) out_of_issue: Vec<String>,
}

/// One side of a set: its names now, and when both sides last agreed (`None`: they never did).
#[derive(Clone, Copy, Debug)]
pub(super) struct SetSide<'a> {
    pub(super) now: &'a BTreeSet<&'a str>,
    pub(super) base: Option<&'a BTreeSet<&'a str>>,
}

impl SetSide<'_> {
    fn has(&self, name: &str) -> bool {
        self.now.contains(name)
    }

    fn had(&self, name: &str) -> bool {
        self.base.is_some_and(|base| base.contains(name))
    }

    fn gained(&self, name: &str) -> bool {
        self.has(name) && !self.had(name)
    }

    fn lost(&self, name: &str) -> bool {
        !self.has(name) && self.had(name)
    }
}

/// Merges name by name. What one side gained the other gains, what one side lost the other loses if both had it; so
/// what people put on one side by hand stays. Where one side gained and the other lost the same name, it stays.
pub(super) fn sets(direction: Direction, issue: SetSide<'_>, card: SetSide<'_>) -> SetFlow {
    let mut names: BTreeSet<&str> = issue.now.union(card.now).copied().collect();
    for base in [issue.base, card.base].into_iter().flatten() {
        names.extend(base);
    }
    let mut flow = SetFlow::default();
    for name in names {
        let owned = || name.to_owned();
        if direction.from_gitlab() && issue.gained(name) && !card.has(name) {
            flow.onto_card.push(owned());
        } else if direction.from_trello() && card.gained(name) && !issue.has(name) {
            flow.into_issue.push(owned());
        } else if direction.from_gitlab() && issue.lost(name) && card.has(name) && card.had(name) {
            flow.off_card.push(owned());
        } else if direction.from_trello() && card.lost(name) && issue.has(name) && issue.had(name) {
            flow.out_of_issue.push(owned());
        }
    }
    flow
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_goes_from_the_side_that_moved_where_its_direction_lets_it() {
        use Direction::{Both, Gitlab, Off, Trello};
        let table = [
            (Both, true, false, Flow::ToCard),
            (Both, false, true, Flow::ToIssue),
            (Both, true, true, Flow::Conflict(Winner::Gitlab)),
            (Gitlab, true, true, Flow::ToCard),
            (Gitlab, false, true, Flow::Rest),
            (Trello, true, true, Flow::ToIssue),
            (Trello, true, false, Flow::Rest),
            (Off, true, true, Flow::Rest),
        ];
        for (direction, issue, card, wanted) in table {
            assert_eq!(flow(direction, Winner::Gitlab, issue, card, false), wanted, "{direction:?} {issue} {card}");
            assert_eq!(flow(direction, Winner::Gitlab, issue, card, true), Flow::Rest);
        }
    }

    fn merged(direction: Direction, issue: (&str, Option<&str>), card: (&str, Option<&str>)) -> [String; 4] {
        let set = |text: &'static str| text.split_whitespace().collect::<BTreeSet<&str>>();
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let (i, i0) = (set(leak(issue.0)), issue.1.map(|text| set(leak(text))));
        let (c, c0) = (set(leak(card.0)), card.1.map(|text| set(leak(text))));
        let flow = sets(direction, SetSide { now: &i, base: i0.as_ref() }, SetSide { now: &c, base: c0.as_ref() });
        [flow.onto_card, flow.off_card, flow.into_issue, flow.out_of_issue].map(|names| names.join(" "))
    }

    #[test]
    fn sets_merge_element_by_element() {
        let base = Some("a b");
        assert_eq!(merged(Direction::Gitlab, ("a c", base), ("a b mine", base)), ["c", "b", "", ""].map(str::to_owned));
        assert_eq!(
            merged(Direction::Both, ("a b", base), ("b mine", base)),
            ["", "", "mine", "a"].map(str::to_owned),
            "gained and lost on the card"
        );
        assert_eq!(merged(Direction::Both, ("a", None), ("b", None)), ["a", "", "b", ""].map(str::to_owned));
        assert_eq!(
            merged(Direction::Gitlab, ("b", base), ("a b", Some("b"))),
            ["", "", "", ""].map(str::to_owned),
            "what somebody put on the card again by hand stays there"
        );
    }
}
