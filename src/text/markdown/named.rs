//! The issues that a text of GitLab's names: `#34`, `group/app#34`, or by their addresses. What stands in code names none.

use super::layout::{CODE, Layout, Reader};
use super::refs;
use crate::model::{Instance, IssueUrl};

/// An issue that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedIssue {
    /// The instance, where an address tells it.
    pub host: Option<Instance>,
    /// The project's path, where it is told.
    pub path: Option<String>,
    /// The number within the project.
    pub iid: i64,
}

/// Addresses that are looked at.
const MOST: usize = 1_000;

/// The issues that `text` names, in the order of the text within each kind.
pub fn named_issues(text: &str) -> Vec<NamedIssue> {
    let layout = Layout::of(text, Reader::GitLab);
    let references = refs::issues(&layout).into_iter().filter_map(|range| reference(&text[range]));
    let starts = text.match_indices("http").filter(|(at, _)| layout.at(*at) & CODE == 0);
    let addresses = starts.take(MOST).filter_map(|(at, _)| address(&text[at..]));
    references.chain(addresses).collect()
}

fn reference(written: &str) -> Option<NamedIssue> {
    let (path, number) = written.split_once('#')?;
    let iid = number.trim_end_matches(['+', 's']).parse().ok()?;
    Some(NamedIssue { host: None, path: Some(path.to_owned()).filter(|path| !path.is_empty()), iid })
}

fn address(text: &str) -> Option<NamedIssue> {
    let end = text.find(|c: char| c.is_whitespace() || "()<>[]\"'`|".contains(c)).unwrap_or(text.len());
    let IssueUrl { instance, path, iid } =
        IssueUrl::parse(text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?']))?;
    Some(NamedIssue { host: Some(instance), path: Some(path), iid })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let name = |issue: NamedIssue| {
            let host = issue.host.map(|host| format!("{host}/")).unwrap_or_default();
            format!("{host}{}#{}", issue.path.unwrap_or_default(), issue.iid)
        };
        named_issues(text).into_iter().map(name).collect()
    }

    #[test]
    fn issues_are_named_by_number_by_path_and_by_address() {
        assert_eq!(names("Closes #3, fixes: #4 and\nteam/sub/app#5+; see (#6)."), ["#3", "#4", "team/sub/app#5", "#6"]);
        assert_eq!(
            names(
                "[this](https://gitlab.example.com/Team/app/-/issues/7) and https://gitlab.example.com/team/app/-/work_items/8."
            ),
            ["gitlab.example.com/team/app#7", "gitlab.example.com/team/app#8"]
        );
    }

    #[test]
    fn code_other_addresses_and_other_signs_name_none() {
        for text in
            ["`#3`", "```\nCloses #3\n```", "https://gitlab.example.com/team/app/-/merge_requests/7", "C#7", "!3", "#0"]
        {
            assert!(names(text).is_empty(), "{text}: {:?}", names(text));
        }
    }
}
