//! Routes: which project's issues live on which board and lists. Looked up anew each turn, the
//! first match in written order wins.

use std::collections::BTreeMap;
use std::fmt;

use super::dialect::{Dialect, People};
use super::discretion::Confidential;
use super::facets::Facets;
use super::merges::MergeRules;
use crate::model::{AccountName, Issue, Spot, Ticket};

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
        self.is_for(issue.id.project, issue.project_path.as_deref())
    }

    /// Whether the project of this number, and of this path where that is known, is such a project.
    pub fn is_for(&self, project: i64, path: Option<&str>) -> bool {
        match (self, path.map(str::to_lowercase)) {
            (ProjectPattern::Any, _) => true,
            (ProjectPattern::Id(id), _) => project == *id,
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
pub struct Column<List = String> {
    /// The list's id, or its name as people see it on the board; once looked up, the [`Spot`].
    pub list: List,
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
    /// Which way each field goes.
    pub fields: Fields,
    /// Whose value stays when both sides changed a field.
    pub winner: Winner,
    /// GitLab's user name to Trello's.
    pub people: BTreeMap<String, String>,
    /// A card that people make in one of the lists becomes an issue.
    pub create_issues: bool,
    /// What becomes of confidential issues.
    pub confidential: Confidential,
    /// What of milestone, type and weight cards show as labels.
    pub facets: Facets,
    /// What cards make of merge requests.
    pub merges: MergeRules,
}

/// Which way a field's changes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the issue to the card.
    Gitlab,
    /// From the card to the issue.
    Trello,
    /// Both.
    Both,
    /// Nowhere.
    Off,
}

impl Direction {
    /// The card follows the issue.
    pub fn from_gitlab(self) -> bool {
        matches!(self, Direction::Gitlab | Direction::Both)
    }

    /// The issue follows the card.
    pub fn from_trello(self) -> bool {
        matches!(self, Direction::Trello | Direction::Both)
    }
}

/// Which way each field goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The title.
    pub title: Direction,
    /// The text.
    pub description: Direction,
    /// Open or closed, and the column.
    pub state: Direction,
    /// Labels, name by name.
    pub labels: Direction,
    /// Assignees and members, one by one.
    pub people: Direction,
    /// The due day.
    pub due: Direction,
    /// What people say.
    pub comments: Direction,
}

impl Fields {
    /// All of them the same way.
    pub fn all(direction: Direction) -> Self {
        Fields {
            title: direction,
            description: direction,
            state: direction,
            labels: direction,
            people: direction,
            due: direction,
            comments: direction,
        }
    }

    /// The same, but nothing goes from the card to the issue, and a title onto the card in any case.
    pub fn onto_card_alone(self) -> Self {
        let onto_card = |direction| if direction == Direction::Off { Direction::Off } else { Direction::Gitlab };
        Fields {
            title: Direction::Gitlab,
            description: onto_card(self.description),
            state: onto_card(self.state),
            labels: onto_card(self.labels),
            people: onto_card(self.people),
            due: onto_card(self.due),
            comments: self.comments,
        }
    }

    /// Whether anything goes from the card to the issue.
    pub fn any_from_trello(&self) -> bool {
        self.ticket_from_trello() || self.comments.from_trello()
    }

    /// Whether anything of the ticket goes from the card to the issue, so that the card has to be read.
    pub fn ticket_from_trello(&self) -> bool {
        [self.title, self.description, self.state, self.labels, self.people, self.due]
            .iter()
            .any(|direction| direction.from_trello())
    }
}

/// Whose value stays when both sides changed a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Winner {
    /// The issue's.
    Gitlab,
    /// The card's.
    Trello,
}

impl Route {
    /// The column in which an issue like `ticket` stands: a closed one in the `closed` column, an
    /// open one in the first column whose label it has, else in `opened`.
    pub fn column(&self, ticket: &Ticket) -> Option<&Column> {
        column_for(&self.columns, ticket)
    }
}

fn column_for<'a, List>(columns: &'a [Column<List>], ticket: &Ticket) -> Option<&'a Column<List>> {
    let by_label = |column: &&Column<List>| matches!(&column.holds, Holds::Label(label) if ticket.has_label(label));
    let plain = if ticket.closed { Holds::Closed } else { Holds::Opened };
    let labelled = (!ticket.closed).then(|| columns.iter().find(by_label)).flatten();
    labelled.or_else(|| columns.iter().find(|column| column.holds == plain))
}

/// A route's rules for one issue, with everything looked up that a decision needs.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which way each field goes.
    pub fields: Fields,
    /// Whose value stays when both sides changed a field.
    pub winner: Winner,
    /// Who is who.
    pub people: People,
    /// In written order. Where no column holds closed issues, the archive does.
    pub columns: Vec<Column<Spot>>,
    /// Which labels of the card are facets of the issue.
    pub facets: Facets,
    /// How words are carried over.
    pub dialect: Dialect,
}

impl Rules {
    /// Where the card of such an issue has to stand.
    pub fn spot(&self, ticket: &Ticket) -> Option<Spot> {
        match column_for(&self.columns, ticket) {
            Some(column) => Some(column.list.clone()),
            None => ticket.closed.then_some(Spot::Archive),
        }
    }

    /// The column whose list this is; several may name one list, and then the first counts.
    pub fn column_at(&self, spot: &Spot) -> Option<&Column<Spot>> {
        self.columns.iter().find(|column| column.list == *spot)
    }

    /// Whether a card that stands there is a closed issue's.
    pub fn is_closed_spot(&self, spot: Option<&Spot>) -> bool {
        match spot.and_then(|spot| self.column_at(spot)) {
            Some(column) => column.holds == Holds::Closed,
            None => spot == Some(&Spot::Archive),
        }
    }

    /// The labels that columns go by.
    pub fn column_labels(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|column| match &column.holds {
            Holds::Label(label) => Some(label.as_str()),
            Holds::Opened | Holds::Closed => None,
        })
    }

    /// A spot in words, for a log.
    pub fn name_of(&self, spot: &Spot) -> String {
        match (spot, self.column_at(spot).map(|column| &column.holds)) {
            (_, Some(Holds::Opened)) => "opened".to_owned(),
            (_, Some(Holds::Closed)) => "closed".to_owned(),
            (_, Some(Holds::Label(label))) => format!("label:{label}"),
            (Spot::Archive, None) => "archived".to_owned(),
            (Spot::List(list), None) => format!("list {list}"),
        }
    }
}

/// The first route for `issue`, in written order.
pub fn route_for<'a>(routes: &'a [Route], issue: &Issue) -> Option<&'a Route> {
    route_for_project(routes, issue.id.project, issue.project_path.as_deref())
}

/// The first route for a project, in written order.
pub fn route_for_project<'a>(routes: &'a [Route], project: i64, path: Option<&str>) -> Option<&'a Route> {
    routes.iter().find(|route| route.project.is_for(project, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Label, Version, Withheld};

    fn issue(path: Option<&str>) -> Issue {
        Issue {
            id: "gitlab.example.com/42/23".parse().unwrap(),
            global_id: None,
            project_path: path.map(str::to_owned),
            url: None,
            kind: None,
            milestone: None,
            weight: None,
            confidential: false,
            withheld: Withheld::Nothing,
            moved_to: None,
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
            fields: Fields::all(Direction::Gitlab),
            winner: Winner::Gitlab,
            people: BTreeMap::new(),
            create_issues: false,
            confidential: Confidential::default(),
            facets: Facets::default(),
            merges: MergeRules::default(),
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
