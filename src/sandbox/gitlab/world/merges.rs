//! Merge requests, as far as issues hear of them: opened, merged, closed, and the issues that they name.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::notes::Target;
use super::{Change, Event, World};
use crate::sandbox::gitlab::hooks::Writer;

#[derive(Clone, Debug)]
pub(crate) struct MergeRequest {
    pub(crate) id: i64,
    pub(crate) iid: i64,
    pub(crate) project: i64,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) branch: String,
    pub(crate) author: i64,
    pub(crate) state: MergeState,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) ended: Option<(Timestamp, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeState {
    Opened,
    Closed,
    Merged,
}

impl MergeState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            MergeState::Opened => "opened",
            MergeState::Closed => "closed",
            MergeState::Merged => "merged",
        }
    }

    pub(crate) fn number(self) -> i64 {
        match self {
            MergeState::Opened => 1,
            MergeState::Closed => 2,
            MergeState::Merged => 3,
        }
    }
}

impl World {
    /// Opens a merge request; gives its iid. The issues that its text names hear of it.
    pub(crate) fn open_merge_request(&mut self, by: i64, project: i64, title: &str, description: &str) -> i64 {
        let (id, now) = (self.fresh_id(), self.clock.now());
        let iid = self.projects.iter_mut().find(|other| other.id == project).map_or(0, |project| {
            project.merge_requests += 1;
            project.merge_requests
        });
        self.merge_requests.push(MergeRequest {
            id,
            iid,
            project,
            title: title.to_owned(),
            description: description.to_owned(),
            branch: format!("change-{iid}"),
            author: by,
            state: MergeState::Opened,
            created_at: now,
            updated_at: now,
            ended: None,
        });
        for issue in mentioned(&format!("{title}\n{description}")) {
            if let Some(issue) = self.issue(project, issue).map(|issue| issue.id) {
                self.add_system_note(by, Target::Issue(issue), &format!("mentioned in merge request !{iid}"));
            }
        }
        self.tell_merge_request(id, by, "open", BTreeMap::new());
        iid
    }

    /// Merges or closes it. What it closes by its words closes when it is merged.
    pub(crate) fn end_merge_request(&mut self, by: i64, id: i64, merged: bool) {
        let now = self.clock.now();
        let Some(merge) = self.merge_requests.iter_mut().find(|merge| merge.id == id && merge.ended.is_none()) else {
            return;
        };
        merge.state = if merged { MergeState::Merged } else { MergeState::Closed };
        (merge.ended, merge.updated_at) = (Some((now, by)), now);
        let (project, issues) = (merge.project, closing(&format!("{}\n{}", merge.title, merge.description)));
        let state = json!({ "previous": 1, "current": merge.state.number() });
        let changes = BTreeMap::from([("state_id".to_owned(), state)]);
        self.tell_merge_request(id, by, if merged { "merge" } else { "close" }, changes);
        for iid in issues.into_iter().filter(|_| merged) {
            if let Some(issue) = self.issue(project, iid).map(|issue| issue.id) {
                // Closing alone breaks no limit on texts, so nothing can be refused here.
                let _ = self.change_issue(by, issue, &Change { closed: Some(true), ..Change::default() });
            }
        }
    }

    fn tell_merge_request(&mut self, id: i64, by: i64, action: &str, changes: BTreeMap<String, Value>) {
        let Some(merge) = self.merge_requests.iter().find(|merge| merge.id == id) else {
            return;
        };
        let body = Writer::real(self).merge_request(merge, by, action, changes);
        self.events.push(Event { project: merge.project, trigger: "merge_requests_events", body });
    }

    /// The merge requests whose text names an issue; with `closes`, those that close it.
    pub(crate) fn merge_requests_of(&self, project: i64, iid: i64, closes: bool) -> Vec<&MergeRequest> {
        let names = |merge: &&MergeRequest| {
            let text = format!("{}\n{}", merge.title, merge.description);
            let named = if closes { closing(&text) } else { mentioned(&text) };
            merge.project == project && named.contains(&iid)
        };
        self.merge_requests.iter().filter(names).collect()
    }
}

/// The issues that a text names: `#12`.
fn mentioned(text: &str) -> Vec<i64> {
    text.match_indices('#').filter_map(|(at, _)| number(&text[at + 1..])).collect()
}

/// The issues that a text closes: `Closes #12`, in any of the forms that GitLab takes
/// (<https://docs.gitlab.com/user/project/issues/managing_issues/#default-closing-pattern>).
fn closing(text: &str) -> Vec<i64> {
    const STEMS: [&str; 4] = ["clos", "fix", "resolv", "implement"];
    const ENDINGS: [&str; 6] = ["", "e", "es", "ed", "s", "ing"];
    let says_so = |before: &str| {
        let word = before.trim_end_matches([' ', ':']).rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        let word = word.to_lowercase();
        STEMS.iter().any(|stem| word.strip_prefix(stem).is_some_and(|ending| ENDINGS.contains(&ending)))
    };
    let hits = text.match_indices('#').filter(|(at, _)| says_so(&text[..*at]));
    hits.filter_map(|(at, _)| number(&text[at + 1..])).collect()
}

fn number(text: &str) -> Option<i64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_closes_only_what_it_says_it_closes() {
        let text = "Closes #3, fixes: #4 and implements #5; see #6. Enclosed #7, disclosed #8";
        assert_eq!(mentioned(text), [3, 4, 5, 6, 7, 8]);
        assert_eq!(closing(text), [3, 4, 5]);
    }
}
