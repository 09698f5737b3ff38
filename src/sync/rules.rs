//! Routes: which project's issues live on which board and lists. Looked up anew each turn, the
//! first match in written order wins.

use std::fmt;

use crate::model::{AccountName, Issue, Ticket};

/// Which projects a route is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectPattern {
    /// Every project (the route that the environment makes).
    Any,
    /// The project's numeric id.
    Id(i64),
    /// `group/project`; GitLab does not tell case apart.
    Path(String),
    /// `group/*`: every project in the group and its subgroups.
    Group(String),
}

impl ProjectPattern {
    /// Whether `issue` belongs to such a project.
    pub fn matches(&self, issue: &Issue) -> bool {
        let path = issue.project_path.as_deref().map(str::to_lowercase);
        match (self, path) {
            (ProjectPattern::Any, _) => true,
            (ProjectPattern::Id(id), _) => issue.id.project == *id,
            (ProjectPattern::Path(wanted), Some(path)) => path == *wanted,
            (ProjectPattern::Group(group), Some(path)) => {
                path.strip_prefix(group.as_str()).is_some_and(|rest| rest.starts_with('/'))
            }
            (_, None) => false,
        }
    }

    /// Whether every project that `later` is for is already taken by `self`.
    pub fn covers(&self, later: &ProjectPattern) -> bool {
        match (self, later) {
            (ProjectPattern::Any, _) => true,
            (ProjectPattern::Group(group), ProjectPattern::Path(path) | ProjectPattern::Group(path)) => {
                path == group || path.strip_prefix(group.as_str()).is_some_and(|rest| rest.starts_with('/'))
            }
            _ => self == later,
        }
    }
}

impl fmt::Display for ProjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProjectPattern::Any => f.write_str("every project"),
            ProjectPattern::Id(id) => write!(f, "project {id}"),
            ProjectPattern::Path(path) => f.write_str(path),
            ProjectPattern::Group(group) => write!(f, "{group}/*"),
        }
    }
}

/// Which issues stand in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Open issues that no label column takes.
    Opened,
    /// Open issues that have this label.
    Label(String),
    /// Closed issues.
    Closed,
}

/// A list on the board and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The list's id, or its name as people see it on the board.
    pub list: String,
    /// Which issues stand in it.
    pub holds: Holds,
}

/// Which project's issues live on which board and lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The projects it is for.
    pub project: ProjectPattern,
    /// The Trello credentials it uses.
    pub account: AccountName,
    /// The board's id or short link; `None`: the board that the list (given by id) stands on.
    pub board: Option<String>,
    /// In written order.
    pub columns: Vec<Column>,
}

impl Route {
    /// The column in which an issue like `ticket` stands: a closed one in the `closed` column, an
    /// open one in the first column whose label it has, else in `opened`.
    pub fn column(&self, ticket: &Ticket) -> Option<&Column> {
        let has = |wanted: &str| ticket.labels.iter().any(|label| label.name == wanted);
        let by_label = |column: &&Column| matches!(&column.holds, Holds::Label(label) if has(label));
        let plain = if ticket.closed { Holds::Closed } else { Holds::Opened };
        let labelled = (!ticket.closed).then(|| self.columns.iter().find(by_label)).flatten();
        labelled.or_else(|| self.columns.iter().find(|column| column.holds == plain))
    }
}

/// The first route for `issue`, in written order.
pub fn route_for<'a>(routes: &'a [Route], issue: &Issue) -> Option<&'a Route> {
    routes.iter().find(|route| route.project.matches(issue))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Label, Version};

    fn issue(path: Option<&str>) -> Issue {
        Issue {
            id: "gitlab.example.com/42/23".parse().unwrap(),
            global_id: None,
            project_path: path.map(str::to_owned),
            url: None,
            kind: None,
            confidential: false,
            version: Version::UNKNOWN,
            ticket: Ticket::default(),
        }
    }

    #[test]
    fn a_project_is_matched_by_id_path_or_group() {
        let app = issue(Some("Team/sub/App"));
        for pattern in [
            ProjectPattern::Any,
            ProjectPattern::Id(42),
            ProjectPattern::Path("team/sub/app".into()),
            ProjectPattern::Group("team".into()),
            ProjectPattern::Group("team/sub".into()),
        ] {
            assert!(pattern.matches(&app), "{pattern}");
        }
        for pattern in
            [ProjectPattern::Id(7), ProjectPattern::Path("sub/app".into()), ProjectPattern::Group("tea".into())]
        {
            assert!(!pattern.matches(&app), "{pattern}");
        }
        assert!(ProjectPattern::Id(42).matches(&issue(None)), "old payloads carry only the id");
        assert!(!ProjectPattern::Group("team".into()).matches(&issue(None)));
    }

    #[test]
    fn a_route_that_takes_everything_hides_those_after_it() {
        let group = ProjectPattern::Group("team".into());
        assert!(group.covers(&ProjectPattern::Path("team/app".into())));
        assert!(group.covers(&ProjectPattern::Group("team/sub".into())));
        assert!(!group.covers(&ProjectPattern::Path("teams/app".into())));
        assert!(!ProjectPattern::Path("team/app".into()).covers(&group));
        assert!(ProjectPattern::Id(1).covers(&ProjectPattern::Id(1)));
    }

    #[test]
    fn labels_choose_the_column_in_written_order() {
        let column = |list: &str, holds| Column { list: list.into(), holds };
        let route = Route {
            project: ProjectPattern::Any,
            account: AccountName("default".into()),
            board: None,
            columns: vec![
                column("To do", Holds::Opened),
                column("Review", Holds::Label("review".into())),
                column("Doing", Holds::Label("doing".into())),
                column("Done", Holds::Closed),
            ],
        };
        let ticket = |labels: &[&str], closed| Ticket {
            labels: labels.iter().map(|name| Label { name: (*name).to_owned(), color: None }).collect(),
            closed,
            ..Ticket::default()
        };
        let list = |ticket: &Ticket| route.column(ticket).map(|column| column.list.as_str());
        assert_eq!(list(&ticket(&[], false)), Some("To do"));
        assert_eq!(list(&ticket(&["doing", "review"], false)), Some("Review"));
        assert_eq!(list(&ticket(&["doing"], true)), Some("Done"));
    }
}
