//! The face of a card: what we put around an issue's title and text. Put on and taken off here
//! alone, and no part of the ticket.
//!
//! The last line of a description is the mark. Trello has no idempotency keys, so the mark is how
//! a card that was made in a call whose answer got lost is recognised as ours. It stands in a code
//! span because Trello's editor turns bare host names into links when a person edits the text.

pub use crate::text::card_name::issue_number;

use crate::model::{IssueRef, IssueUrl};
use crate::text::card_name::prefix;
use crate::text::{cut, length};

/// Trello takes at most this many UTF-16 units in a card's name and in its description
/// (<https://developer.atlassian.com/cloud/trello/rest/api-group-cards/#api-cards-post>).
pub const LIMIT: usize = 16_384;

/// What the footer may take of it.
const FOOTER: usize = 400;

const MARK_OPEN: &str = "`kanbridge ";
const FOOTER_OPEN: &str = "Assigned in GitLab: ";

/// A text made to fit onto a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// As much of it as fits.
    pub text: String,
    /// Some of it did not.
    pub cut: bool,
}

/// The card's name: `[ ISSUE 23 ] title`.
pub fn name(iid: i64, title: &str) -> String {
    cut(&format!("{}{title}", prefix(iid)), LIMIT, "…").into_owned()
}

/// As much of a title as fits behind the prefix, on one line.
pub fn fit_title(iid: i64, title: &str) -> String {
    cut(title.trim(), LIMIT - length(&prefix(iid)), "…").trim().to_owned()
}

/// The title in a card's name: without the prefix, where it is there.
pub fn title(name: &str) -> &str {
    match name.split_once(']') {
        Some((_, title)) if issue_number(name).is_some() => title.trim(),
        _ => name.trim(),
    }
}

/// As much of an issue's text as fits onto its card with all of the face, with a link to the rest.
pub fn fit(issue: &IssueRef, url: Option<&str>, text: &str) -> Fitted {
    let more = match url {
        Some(url) => format!("\n\n[… more in GitLab]({url})"),
        None => "\n\n… more in GitLab".to_owned(),
    };
    let around = length(&head(url)) + length(&mark(issue)) + FOOTER + 5;
    let text = without_marks(within(text));
    let fitted = cut(&text, LIMIT.saturating_sub(around), &more);
    Fitted { cut: fitted.len() != text.len(), text: within(&fitted).to_owned() }
}

/// The card's description: the issue's link, a text that was made to fit, who of those assigned
/// has no Trello member, and the mark.
pub fn description(issue: &IssueRef, url: Option<&str>, text: &str, footer: &[String]) -> String {
    let mut parts = vec![head(url), within(text).to_owned(), footer_line(footer)];
    parts.retain(|part| !part.is_empty());
    let last = if footer.is_empty() { "\n\n" } else { "\n" };
    match parts.is_empty() {
        true => mark(issue),
        false => format!("{}{last}{}", parts.join("\n\n"), mark(issue)),
    }
}

fn head(url: Option<&str>) -> String {
    url.unwrap_or_default().to_owned()
}

fn footer_line(people: &[String]) -> String {
    if people.is_empty() {
        return String::new();
    }
    cut(&format!("{FOOTER_OPEN}{}", people.join(", ")), FOOTER, " …").into_owned()
}

/// The text in a card's description, without link, footer and mark. What people wrote below the
/// mark is part of it.
pub fn text(description: &str, issue: &IssueRef) -> String {
    let mut lines: Vec<&str> = description.lines().collect();
    if let Some(at) = lines.iter().rposition(|line| mark_in_line(line).is_some()) {
        lines.remove(at);
        if at > 0 && lines[at - 1].starts_with(FOOTER_OPEN) {
            lines.remove(at - 1);
        }
    }
    if lines.first().is_some_and(|line| links_to(line, issue)) {
        lines.remove(0);
    }
    within(&lines.join("\n")).to_owned()
}

/// Without blank lines around it. What stands before the first word stays: four spaces make a block of code.
fn within(text: &str) -> &str {
    let text = text.trim_end();
    let blank = text.lines().take_while(|line| line.trim().is_empty()).map(|line| line.len() + 1).sum::<usize>();
    text.get(blank..).unwrap_or_default()
}

/// A line that is the issue's link and nothing else. Trello's editor turns a bare URL into a link
/// whose text is the URL.
fn links_to(line: &str, issue: &IssueRef) -> bool {
    let words = line.split(|c: char| c.is_whitespace() || "()<>[]\"'`".contains(c)).filter(|word| !word.is_empty());
    let mut urls = words.filter(|word| *word != "smartCard-inline").map(IssueUrl::parse).peekable();
    let ours =
        |url: &Option<IssueUrl>| url.as_ref().is_some_and(|url| url.iid == issue.iid && url.instance == issue.instance);
    urls.peek().is_some() && urls.all(|url| ours(&url))
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
    use proptest::prelude::*;

    const URL: Option<&str> = Some("https://gitlab.example.com/team/app/-/issues/23");

    fn id() -> IssueRef {
        "gitlab.example.com/42/23".parse().unwrap()
    }

    fn whole(text: &str, footer: &[&str]) -> String {
        let footer: Vec<String> = footer.iter().map(|name| (*name).to_owned()).collect();
        description(&id(), URL, &fit(&id(), URL, text).text, &footer)
    }

    #[test]
    fn a_face_carries_number_title_link_text_and_mark() {
        assert_eq!(name(23, "Boiler is cold"), "[ ISSUE 23 ] Boiler is cold");
        assert_eq!(
            whole("It has been *cold* since Monday.\n", &[]),
            "https://gitlab.example.com/team/app/-/issues/23\n\nIt has been *cold* since Monday.\n\n`kanbridge gitlab.example.com/42/23`"
        );
        assert_eq!(
            whole("Cold.", &["ana", "ben"]),
            "https://gitlab.example.com/team/app/-/issues/23\n\nCold.\n\nAssigned in GitLab: ana, ben\n`kanbridge gitlab.example.com/42/23`"
        );
        assert_eq!(description(&id(), None, "", &[]), "`kanbridge gitlab.example.com/42/23`");
        assert_eq!(read_mark(&whole("x", &[])), Some(id()));
    }

    #[test]
    fn a_face_is_taken_off_again() {
        for text in ["", "one line", "a\n\nb\n- [ ] c"] {
            for footer in [&[][..], &["ana"]] {
                assert_eq!(super::text(&whole(text, footer), &id()), text);
            }
        }
        assert_eq!(title(&name(23, "Boiler [cold]")), "Boiler [cold]");
        assert_eq!(title("renamed by hand"), "renamed by hand");
        let edited = "[https://gitlab.example.com/team/app/-/issues/23](https://gitlab.example.com/team/app/-/issues/23 \"smartCard-inline\")\n\ntext\n\n`kanbridge gitlab.example.com/42/23`\nbelow";
        assert_eq!(super::text(edited, &id()), "text\n\nbelow");
        let other = "https://gitlab.example.com/team/app/-/issues/24\ntext";
        assert_eq!(super::text(other, &id()), other, "a link to another issue is text");
    }

    #[test]
    fn a_long_text_is_cut_with_a_link_to_the_rest() {
        let description = whole(&"wörd ".repeat(5_000), &["ana"]);
        assert!(length(&description) <= LIMIT && length(&description) > LIMIT - FOOTER - 10);
        assert!(description.contains("[… more in GitLab](https://gitlab.example.com/team/app/-/issues/23)"));
        assert_eq!(read_mark(&description), Some(id()));
    }

    #[test]
    fn a_mark_quoted_in_an_issue_does_not_take_the_card_over() {
        let description = whole("look:\n`kanbridge gitlab.example.com/1/1`\nend", &[]);
        assert_eq!(read_mark(&description), Some(id()));
        let ours_removed = description.replace(&mark(&id()), "");
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
        fn every_face_fits_and_is_taken_off_again(
            title in any::<String>(),
            text in any::<String>(),
            people in proptest::collection::vec("[a-z]{1,40}", 0..40),
            times in 1usize..2000,
        ) {
            let name = name(23, &title);
            prop_assert!(length(&name) <= LIMIT);
            prop_assert_eq!(issue_number(&name), Some(23));
            let fitted = fit(&id(), URL, &text.repeat(times)).text;
            let whole = description(&id(), URL, &fitted, &people);
            prop_assert!(length(&whole) <= LIMIT);
            prop_assert_eq!(read_mark(&whole), Some(id()));
            let lines = |text: &str| text.lines().collect::<Vec<_>>().join("\n");
            let lines = lines(&fitted);
            prop_assert_eq!(super::text(&whole, &id()), within(&lines));
        }
    }
}
