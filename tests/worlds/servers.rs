//! The two servers: what they keep of what they are given, and what GitLab's hooks and answers tell.

use std::cmp::Ordering;

use kanbridge::model::{Issue, IssueRef, Spot, Ticket, Version, Withheld};
use kanbridge::sync::change::{CardChange, IssueChange};
use kanbridge::sync::face;

use crate::field::label;

pub(crate) const URL: &str = "https://gitlab.example.com/team/app/-/issues/23";

pub(crate) fn id() -> IssueRef {
    "gitlab.example.com/42/23".parse().unwrap()
}

/// GitLab, which has one issue.
pub(crate) struct GitLab {
    pub(crate) issue: Ticket,
    /// The free edition keeps one assignee.
    pub(crate) free: bool,
    /// Its hooks tell whole seconds, as they did until 2026.
    pub(crate) seconds: bool,
    /// Milliseconds.
    now: i64,
    updated: i64,
    /// What its hooks have told or may yet tell, and whether it has been heard before.
    told: Vec<(Issue, bool)>,
}

impl GitLab {
    pub(crate) fn new(issue: Ticket, free: bool, seconds: bool) -> Self {
        let mut gitlab = GitLab { issue, free, seconds, now: 5_000, updated: 0, told: Vec::new() };
        gitlab.edit(|_| ());
        gitlab
    }

    /// Somebody changes the issue, and a hook tells.
    pub(crate) fn edit(&mut self, with: impl FnOnce(&mut Ticket)) {
        with(&mut self.issue);
        self.issue.title = self.issue.title.trim().to_owned();
        assert!(!self.issue.title.is_empty(), "GitLab takes no issue without a title");
        if self.free {
            self.issue.people.truncate(1);
        }
        self.now += 400;
        self.updated = self.now;
        let step = if self.seconds { 1_000 } else { 1 };
        let hook = self.state(self.now / step * step, step);
        self.told.push((hook, false));
    }

    /// Nobody does anything for a while. Of hooks that tell whole seconds, those of one second cannot be told apart: the
    /// one that comes last wins until the next sweep. That what came to rest is not stirred up again can be promised only
    /// where none comes that late.
    pub(crate) fn pause(&mut self) {
        self.now += 2_000;
        if self.seconds {
            self.told.clear();
        }
    }

    fn state(&self, at: i64, step: i64) -> Issue {
        Issue {
            id: id(),
            global_id: None,
            project_path: None,
            url: None,
            kind: None,
            milestone: None,
            weight: None,
            confidential: false,
            withheld: Withheld::default(),
            moved_to: None,
            version: Version { at: at * 1_000, step: step * 1_000 },
            ticket: self.issue.clone(),
        }
    }

    /// What the API answers.
    pub(crate) fn read(&self) -> Issue {
        self.state(self.updated, 1)
    }

    pub(crate) fn hooks(&self) -> usize {
        self.told.len()
    }

    /// A hook arrives, and `known` is what it leaves of what was known: one that was heard before wins no tie.
    pub(crate) fn hook(&mut self, which: usize, known: &mut Issue) -> bool {
        let Some((hook, heard)) = self.told.get_mut(which) else { return false };
        let again = std::mem::replace(heard, true);
        let newer = hook.version.cmp_coarse(known.version) == Ordering::Greater;
        let taken = if again { newer } else { !known.refuses(hook) };
        if taken {
            known.clone_from(hook);
        }
        taken
    }

    /// One call writes all of it.
    pub(crate) fn write(&mut self, to: &IssueChange, known: &Ticket) {
        let stay = known.people.iter().filter(|name| !to.drop_people.contains(name));
        // Who has no account cannot be assigned.
        let people: Vec<String> = stay.chain(&to.add_people).filter(|name| *name != "zoe").cloned().collect();
        self.edit(|issue| {
            if let Some(title) = &to.title {
                issue.title.clone_from(title);
            }
            if let Some(text) = &to.text {
                issue.text = format!("{text}\n");
            }
            issue.due = to.due.unwrap_or(issue.due);
            if !to.add_people.is_empty() || !to.drop_people.is_empty() {
                issue.people = people;
            }
            let column = to.column.iter();
            let add = to.add_labels.iter().chain(column.clone().filter_map(|column| column.add_label.as_ref()));
            let drop: Vec<_> =
                to.drop_labels.iter().chain(column.clone().flat_map(|column| &column.drop_labels)).collect();
            issue.labels.retain(|label| !drop.contains(&&label.name));
            for name in add {
                if !issue.has_label(name) {
                    issue.labels.push(label(name));
                }
            }
            issue.closed = column.filter_map(|column| column.closed).next().unwrap_or(issue.closed);
        });
    }
}

/// Trello, which has one card.
pub(crate) struct Trello {
    pub(crate) card: Ticket,
    /// Who is named on it below the text.
    pub(crate) footer: Vec<String>,
}

impl Trello {
    pub(crate) fn edit(&mut self, with: impl FnOnce(&mut Ticket)) {
        with(&mut self.card);
        self.card.title = self.card.title.trim().to_owned();
        // Trello refuses a longer text, and people leave room for who is named below it.
        let is_long = self.card.text.len() > face::LIMIT / 2 && face::fit(&id(), Some(URL), &self.card.text).cut;
        let most = if is_long { face::LIMIT - 600 } else { face::LIMIT };
        let text: String = self.card.text.chars().take(most).collect();
        self.describe(&text, &self.footer.clone());
    }

    /// The text goes there and comes back with all that is put around it.
    fn describe(&mut self, text: &str, footer: &[String]) {
        let whole = face::description(&id(), Some(URL), text, footer);
        assert!(kanbridge::text::length(&whole) <= face::LIMIT, "Trello takes no longer one");
        // Trello drops white space at the end.
        self.card.text = face::text(whole.trim_end(), &id());
        self.footer = footer.to_vec();
    }

    /// The one call that writes titles, texts, days and places.
    /// Where `comes_back`, also out of the archive.
    pub(crate) fn write(&mut self, to: &CardChange, seen: &Ticket, footer: &[String], comes_back: bool) {
        if let Some(title) = &to.title {
            self.card.title = face::title(&face::name(23, title)).to_owned();
        }
        if let Some(text) = to.text.as_ref().or_else(|| to.footer.then_some(&seen.text)) {
            self.describe(text, footer);
        }
        self.card.due = to.due.unwrap_or(self.card.due);
        let stays = self.card.spot == Some(Spot::Archive) && !comes_back;
        if let Some(spot) = to.spot.as_ref().filter(|_| !stays) {
            self.card.spot = Some(spot.clone());
        }
        self.card.closed = to.done.unwrap_or(self.card.closed);
    }

    pub(crate) fn put_label(&mut self, name: &str) {
        if !self.card.has_label(name) {
            self.card.labels.push(label(name));
        }
    }

    pub(crate) fn take_label(&mut self, name: &str) {
        self.card.labels.retain(|label| label.name != name);
    }

    pub(crate) fn put_person(&mut self, name: &str) {
        self.take_person(name);
        self.card.people.push(name.to_owned());
    }

    pub(crate) fn take_person(&mut self, name: &str) {
        self.card.people.retain(|other| other != name);
    }
}
