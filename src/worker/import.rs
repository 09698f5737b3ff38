//! Existing issues, brought in by listing them: written down and marked, so that the queue does the rest, after whatever
//! happens live. Made to be repeated: what has its card and has not changed is passed over.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::known::{Sight, sight};
use crate::gitlab::{GitLab, Order, Pages, Wanted};
use crate::model::{Discretion, Instance, Issue, IssueRef, Link, Rank, Trouble};
use crate::store::{Listed, Store, StoreError};
use crate::sync::discretion::discretion;
use crate::sync::plan::{Plan, plan, plan_asked};
use crate::sync::rules::{Route, route_for};

/// Which issues are brought in.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The instance.
    pub instance: &'a Instance,
    /// The project's number, or its path.
    pub project: &'a str,
    /// Those that changed at or after this.
    pub since: Option<Timestamp>,
    /// `opened`, `closed` or `all`. Who asks for closed ones wants their cards.
    pub state: &'a str,
}

impl<'a> Asked<'a> {
    /// The listing, in the order in which the issues were opened.
    pub fn pages(self, gitlab: &'a GitLab) -> Pages<'a> {
        let Asked { instance, project, since, state } = self;
        gitlab.issue_pages(instance, Wanted { project, changed_since: since, state, order: Order::Opened })
    }

    /// Whether closed issues are to have cards.
    pub fn closed_too(self) -> bool {
        self.state != "opened"
    }
}

/// What is to be done about an issue that is being imported.
pub(super) fn plan_import(issue: &Issue, link: Option<&Link>, route: &Route, closed_too: bool) -> Plan {
    if closed_too { plan_asked(issue, link, route) } else { plan(issue, link, route) }
}

/// What an import came across.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Issues listed.
    pub listed: usize,
    /// Those that are to be looked after.
    pub marked: Vec<IssueRef>,
    /// Why the others are not, and how many of each.
    pub skipped: BTreeMap<String, usize>,
}

/// Why an import went no further.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// GitLab's failure.
    #[error(transparent)]
    GitLab(#[from] Trouble),
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes the next page in; `false` at the end.
///
/// # Errors
/// GitLab's or the store's. What was taken in before stays.
pub async fn import_page(
    store: &Store,
    routes: &[Route],
    pages: &mut Pages<'_>,
    closed_too: bool,
    tally: &mut Tally,
) -> Result<bool, ImportError> {
    let Some(page) = pages.next().await? else { return Ok(false) };
    let discretion = discretion(routes);
    let (news, marks, asked) = (Vec::new(), Vec::new(), Vec::new());
    let mut listed = Listed { news, marks, rank: Rank::Background, asked, cursor: None, recovered: 0 };
    for issue in page {
        tally.listed += 1;
        match judge(store, routes, &discretion, &issue, closed_too).await? {
            Judged::Skip(why) => *tally.skipped.entry(why).or_default() += 1,
            Judged::Take { news } => {
                tally.marked.push(issue.id.clone());
                listed.marks.push(issue.id.clone());
                if closed_too {
                    listed.asked.push(issue.id.clone());
                }
                if news {
                    listed.news.push(issue);
                }
            }
        }
    }
    store.take_in(&listed).await?;
    Ok(true)
}

enum Judged {
    Skip(String),
    Take { news: bool },
}

async fn judge(
    store: &Store,
    routes: &[Route],
    discretion: &Discretion,
    issue: &Issue,
    closed_too: bool,
) -> Result<Judged, StoreError> {
    let Some(route) = route_for(routes, issue) else {
        return Ok(Judged::Skip("no route is for its project".to_owned()));
    };
    let link = store.link(&issue.id).await?;
    let news = sight(store, discretion, issue).await? != Sight::Old;
    Ok(match plan_import(issue, link.as_ref(), route, closed_too) {
        Plan::Rest(why) if link.is_none() => Judged::Skip(why.to_string()),
        Plan::Follow | Plan::Rest(_) if !news => Judged::Skip("it has a card, and has not changed".to_owned()),
        _ => Judged::Take { news },
    })
}
