//! A project's issues, page by page. The one thing to know: pages by number skip issues when one of them moves while we
//! read (an issue that changes goes to the end, and all behind it move up). So each page begins where the last one
//! ended in time, and numbers are only counted among issues of one moment.

use jiff::Timestamp;

use super::client::{Call, GitLab, PAGE, decode, next_page};
use super::error;
use super::issues::WireIssue;
use super::time;
use crate::model::{Instance, Issue, Trouble};
use crate::net::Answer;

/// In which order issues are listed, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By their last change.
    Changed,
    /// By their opening.
    Opened,
}

impl Order {
    fn field(self) -> &'static str {
        match self {
            Order::Changed => "updated_at",
            Order::Opened => "created_at",
        }
    }

    fn stamp(self, row: &WireIssue) -> Option<Timestamp> {
        let text = match self {
            Order::Changed => row.updated_at.as_deref(),
            Order::Opened => row.created_at.as_deref(),
        };
        Timestamp::from_microsecond(time::parse(text?)?.at).ok()
    }
}

/// Which issues of a project.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The project's number, or its path.
    pub project: &'a str,
    /// Those that changed at or after this.
    pub changed_since: Option<Timestamp>,
    /// `opened`, `closed` or `all`.
    pub state: &'a str,
    /// In this order.
    pub order: Order,
}

/// A listing on its way. Issues that change meanwhile may come twice, and none is left out.
#[derive(Debug)]
pub struct Pages<'a> {
    gitlab: &'a GitLab,
    instance: &'a Instance,
    wanted: Wanted<'a>,
    /// Where the next page begins; more than one page may begin at one moment.
    from: Option<Timestamp>,
    number: usize,
    /// Those of that moment, which the next page may begin with.
    edge: Vec<i64>,
    ended: bool,
}

impl GitLab {
    /// Begins a listing. Labels come with their colours.
    pub fn issue_pages<'a>(&'a self, instance: &'a Instance, wanted: Wanted<'a>) -> Pages<'a> {
        Pages { gitlab: self, instance, wanted, from: None, number: 1, edge: Vec::new(), ended: false }
    }
}

impl Pages<'_> {
    /// The next issues, up to a hundred; `None` at the end.
    ///
    /// # Errors
    /// The call's; asked again, the same page is read again.
    pub async fn next(&mut self) -> Result<Option<Vec<Issue>>, Trouble> {
        const NAME: &str = "GET /projects/{id}/issues";
        if self.ended {
            return Ok(None);
        }
        let answer = self.read(NAME).await?;
        let mut rows: Vec<WireIssue> = decode(NAME, &answer)?;
        let last = rows.last().and_then(|row| self.wanted.order.stamp(row));
        self.ended = rows.is_empty() || next_page(&answer).is_none();
        let (order, from) = (self.wanted.order, self.from);
        rows.retain(|row| order.stamp(row) != from || !self.edge.contains(&row.id));
        match last {
            Some(last) if Some(last) != from => (self.from, self.number, self.edge) = (Some(last), 1, Vec::new()),
            _ => self.number += 1,
        }
        let at_edge = rows.iter().filter(|row| self.from.is_some() && order.stamp(row) == self.from);
        self.edge.extend(at_edge.map(|row| row.id));
        let issues: Result<Vec<Issue>, _> =
            rows.into_iter().map(|row| row.issue(self.instance, self.gitlab.discretion())).collect();
        issues.map(Some).map_err(|bad| error::nonsense(NAME, &bad))
    }

    async fn read(&self, name: &str) -> Result<Answer, Trouble> {
        let (per_page, number) = (PAGE.to_string(), self.number.to_string());
        let (mut changed, mut opened) = (self.wanted.changed_since, None);
        match self.wanted.order {
            Order::Changed => changed = self.from.or(changed),
            Order::Opened => opened = self.from,
        }
        let (changed, opened) = (changed.map(|at| at.to_string()), opened.map(|at: Timestamp| at.to_string()));
        let mut query = vec![
            ("scope", "all"),
            ("order_by", self.wanted.order.field()),
            ("sort", "asc"),
            ("state", self.wanted.state),
            ("with_labels_details", "true"),
            ("per_page", per_page.as_str()),
            ("page", number.as_str()),
        ];
        query.extend(changed.as_deref().map(|at| ("updated_after", at)));
        query.extend(opened.as_deref().map(|at| ("created_after", at)));
        let path = ["projects", self.wanted.project, "issues"];
        self.gitlab.send(Call::get(name, &path, &query)).await
    }
}
