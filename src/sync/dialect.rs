//! How one side's people and words are said on the other.

use std::collections::{BTreeMap, BTreeSet};

use super::face::{self, Fitted};
use crate::model::IssueRef;
use crate::text::{Home, cut, follow, normal, title_for_gitlab, title_from_gitlab, to_trello};

/// Who is who: by the route's table, else whoever has the same user name on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// GitLab's user name to Trello's.
    pub table: BTreeMap<String, String>,
    /// User names of the board's members.
    pub members: BTreeSet<String>,
}

impl People {
    /// The Trello user name of a GitLab user who is a member of the board.
    pub fn on_card(&self, gitlab: &str) -> Option<String> {
        let of_table = self.table.iter().find(|(name, _)| name.eq_ignore_ascii_case(gitlab));
        let name = of_table.map_or(gitlab, |(_, trello)| trello.as_str());
        // Trello writes every user name in lower case, and GitLab tells no case apart.
        self.members.iter().find(|member| member.eq_ignore_ascii_case(name)).cloned()
    }

    /// Those among GitLab's `names` who are no members of the board.
    pub fn not_on_board(&self, names: &[String]) -> Vec<String> {
        names.iter().filter(|name| self.on_card(name).is_none()).cloned().collect()
    }

    /// The GitLab user name of a member of the board.
    pub fn in_gitlab(&self, trello: &str) -> Option<String> {
        let of_table = self.table.iter().find(|(_, name)| name.eq_ignore_ascii_case(trello));
        // Who is somebody else by the table is not also the one of the same name.
        let somebody_else = || self.table.keys().any(|name| name.eq_ignore_ascii_case(trello));
        match of_table {
            Some((gitlab, _)) => Some(gitlab.clone()),
            None => (!somebody_else()).then(|| trello.to_owned()),
        }
    }
}

/// How an issue's words become its card's, and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The issue.
    pub issue: IssueRef,
    /// Where people read it.
    pub url: Option<String>,
    /// The project that its text speaks of.
    pub home: Home,
}

/// GitLab takes at most this many characters in a title, and in a label's name
/// (<https://docs.gitlab.com/administration/instance_limits/>).
const LONGEST_TITLE: usize = 255;

impl Dialect {
    /// The issue's title as its card can show it.
    pub fn card_title(&self, title: &str) -> String {
        face::fit_title(self.issue.iid, &title_from_gitlab(title))
    }

    /// The card's title as the issue can have it whose title was `old`: it calls nobody anew.
    pub fn issue_title(&self, old: &str, title: &str) -> String {
        cut(&title_for_gitlab(old, title), LONGEST_TITLE, "…").into_owned()
    }

    /// Whether two titles of a card say the same.
    pub fn same_title(&self, one: &str, other: &str) -> bool {
        title_from_gitlab(one) == title_from_gitlab(other)
    }

    /// Whether GitLab could have a label of this name. Labels are told apart by commas, and one that is refused takes
    /// the whole change with it.
    pub fn is_issue_label(&self, name: &str) -> bool {
        !name.is_empty() && name.trim() == name && !name.contains(',') && name.chars().count() <= LONGEST_TITLE
    }

    /// The issue's text as its card can show it.
    pub fn card_text(&self, text: &str) -> Fitted {
        face::fit(&self.issue, self.url.as_deref(), &to_trello(text, &self.home))
    }

    /// What the issue's `old` text becomes when people changed its card's to `text`; `None` where that cannot be told
    /// without loss.
    pub fn issue_text(&self, old: &str, text: &str) -> Option<String> {
        follow(old, text, &self.home)
    }

    /// Whether two texts of a card say the same, however the servers have rewritten them.
    pub fn same_text(&self, one: &str, other: &str) -> bool {
        normal(one) == normal(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect() -> Dialect {
        Dialect { issue: "gitlab.example.com/42/23".parse().unwrap(), url: None, home: Home::default() }
    }

    #[test]
    fn a_card_s_title_calls_nobody_in_gitlab_and_reads_the_same_on_the_card() {
        let cases = [
            ("ask @bob", "ask @·bob"),
            ("@all: (@team/sub) @_x", "@·all: (@·team/sub) @·_x"),
            ("mail bob@example.com @ noon", "mail bob@example.com @ noon"),
            ("  two   words ", "two words"),
            ("`@bob`", "`@·bob`"),
        ];
        for (card, issue) in cases {
            let made = dialect().issue_title("", card);
            assert_eq!(made.replace('\u{2060}', "·"), issue);
            assert_eq!(dialect().issue_title("", &made), made);
            assert!(dialect().same_title(&dialect().card_title(&made), card.trim()) || card.contains("  "));
        }
    }

    #[test]
    fn whom_the_issue_s_title_calls_already_is_called_no_more_than_that() {
        let made = dialect().issue_title("ask @Bob", "ask @bob, @bobby or @bob.");
        assert_eq!(made.replace('\u{2060}', "·"), "ask @bob, @·bobby or @bob.");
        let long = "@bob ".repeat(100);
        assert_eq!(dialect().issue_title("", &long).chars().count(), LONGEST_TITLE);
    }
}
