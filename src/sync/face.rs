//! The face of a card: what we put around an issue's title and text. Put on and taken off here
//! alone, and no part of the ticket.
//!
//! The last line of a description is the mark. Trello has no idempotency keys, so the mark is how
//! a card that was made in a call whose answer got lost is recognised as ours. It stands in a code
//! span because Trello's editor turns bare host names into links when a person edits the text.

use crate::model::{Issue, IssueRef, IssueUrl};
use crate::text::{cut, length};

/// Trello takes at most this many UTF-16 units in a card's name and in its description
/// (<https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-post>).
pub const LIMIT: usize = 16_384;

const MARK_OPEN: &str = "`kanbridge ";

/// The card's name: `[ ISSUE 23 ] title`.
pub fn name(issue: &Issue) -> String {
    let whole = format!("[ ISSUE {} ] {}", issue.id.iid, issue.ticket.title);
    cut(&whole, LIMIT, "…").into_owned()
}

/// The card's description: the issue's link, its text (cut where it does not fit, with a link to
/// the rest) and the mark.
pub fn description(issue: &Issue) -> String {
    let head = issue.url.as_deref().map(|url| format!("{url}\n\n")).unwrap_or_default();
    let tail = mark(&issue.id);
    let more = match &issue.url {
        Some(url) => format!("\n\n[… more in GitLab]({url})"),
        None => "\n\n… more in GitLab".to_owned(),
    };
    let text = without_marks(issue.ticket.text.trim());
    let room = LIMIT.saturating_sub(length(&head) + length(&tail) + 2);
    match cut(&text, room, &more) {
        text if text.is_empty() => format!("{head}{tail}"),
        text => format!("{head}{text}\n\n{tail}"),
    }
}

/// The line that tells a card as ours.
pub fn mark(issue: &IssueRef) -> String {
    format!("{MARK_OPEN}{issue}`")
}

/// The mark in a card's description. The last one counts: ours stands below the issue's own text,
/// and people may have written below it.
pub fn read_mark(description: &str) -> Option<IssueRef> {
    description.lines().rev().find_map(mark_in_line)
}

fn mark_in_line(line: &str) -> Option<IssueRef> {
    line.trim().strip_prefix(MARK_OPEN)?.strip_suffix('`')?.parse().ok()
}

/// An issue's text may quote a mark (an issue about kanbridge, or somebody's bad joke). Such a line
/// must not make the card look like another issue's.
fn without_marks(text: &str) -> String {
    let line = |line: &str| {
        if mark_in_line(line).is_some() { format!("· {line}") } else { line.to_owned() }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// The number in a name that starts with `[ ISSUE n ]`.
pub fn issue_number(name: &str) -> Option<i64> {
    let rest = name.trim_start().strip_prefix('[')?.trim_start().strip_prefix("ISSUE")?;
    let (number, _) = rest.split_once(']')?;
    number.trim().parse().ok().filter(|n| *n > 0)
}

/// The address of the issue that a card made by other means speaks of: its name starts with
/// `[ ISSUE n ]`, and its text or an attachment links to an issue of that number.
pub fn foreign_issue<'a>(
    name: &str,
    description: &'a str,
    attachments: impl IntoIterator<Item = &'a str>,
) -> Option<IssueUrl> {
    let number = issue_number(name)?;
    let in_text = description.split(|c: char| c.is_whitespace() || "()<>[]\"'`".contains(c));
    in_text
        .chain(attachments)
        .filter_map(|word| IssueUrl::parse(word.trim_end_matches(['.', ',', ';', '!'])))
        .find(|url| url.iid == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ticket, Version};
    use proptest::prelude::*;

    fn issue(title: &str, text: &str) -> Issue {
        Issue {
            id: "gitlab.example.com/42/23".parse().unwrap(),
            global_id: Some(301),
            project_path: Some("team/app".into()),
            url: Some("https://gitlab.example.com/team/app/-/issues/23".into()),
            kind: None,
            confidential: false,
            version: Version::UNKNOWN,
            ticket: Ticket { title: title.into(), text: text.into(), ..Ticket::default() },
        }
    }

    #[test]
    fn a_face_carries_number_title_link_text_and_mark() {
        let issue = issue("Boiler is cold", "It has been *cold* since Monday.\n");
        assert_eq!(name(&issue), "[ ISSUE 23 ] Boiler is cold");
        assert_eq!(
            description(&issue),
            "https://gitlab.example.com/team/app/-/issues/23\n\nIt has been *cold* since Monday.\n\n`kanbridge gitlab.example.com/42/23`"
        );
        assert_eq!(read_mark(&description(&issue)), Some(issue.id));
    }

    #[test]
    fn an_issue_without_text_or_link_still_has_its_mark() {
        let mut bare = issue("x", "");
        bare.url = None;
        assert_eq!(description(&bare), "`kanbridge gitlab.example.com/42/23`");
    }

    #[test]
    fn a_long_text_is_cut_with_a_link_to_the_rest() {
        let issue = issue("x", &"wörd ".repeat(5_000));
        let description = description(&issue);
        assert!(length(&description) <= LIMIT && length(&description) > LIMIT - 10);
        assert!(description.contains("[… more in GitLab](https://gitlab.example.com/team/app/-/issues/23)"));
        assert_eq!(read_mark(&description), Some(issue.id));
    }

    #[test]
    fn a_mark_quoted_in_an_issue_does_not_take_the_card_over() {
        let issue = issue("x", "look:\n`kanbridge gitlab.example.com/1/1`\nend");
        let description = description(&issue);
        assert_eq!(read_mark(&description), Some(issue.id.clone()));
        let ours_removed = description.replace(&mark(&issue.id), "");
        assert_eq!(read_mark(&ours_removed), None);
    }

    #[test]
    fn people_may_write_below_the_mark() {
        assert!(read_mark("text\n`kanbridge gitlab.example.com/42/23`\n\nasked Ana").is_some());
    }

    #[test]
    fn a_foreign_card_needs_both_the_number_and_the_link() {
        let url = "https://gitlab.example.com/team/app/issues/23";
        let found = foreign_issue("[ ISSUE 23 ] old", &format!("see [here]({url})."), []);
        assert_eq!(found, IssueUrl::parse(url));
        assert_eq!(foreign_issue("[ ISSUE 23 ] old", "", [url]), IssueUrl::parse(url));
        assert_eq!(foreign_issue("[ISSUE 23] old", url, []), IssueUrl::parse(url));
        assert_eq!(foreign_issue("[ ISSUE 24 ] old", url, []), None, "another number");
        assert_eq!(foreign_issue("old", url, []), None, "no number");
        assert_eq!(foreign_issue("[ ISSUE 23 ] old", "no link", []), None);
    }

    proptest! {
        #[test]
        fn every_face_fits_and_is_read_back(title in any::<String>(), text in any::<String>(), times in 1usize..2000) {
            let issue = issue(&title, &text.repeat(times));
            prop_assert!(length(&name(&issue)) <= LIMIT);
            prop_assert!(length(&description(&issue)) <= LIMIT);
            prop_assert_eq!(read_mark(&description(&issue)), Some(issue.id.clone()));
            prop_assert_eq!(issue_number(&name(&issue)), Some(23));
        }
    }
}
