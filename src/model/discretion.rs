//! What of a confidential issue may be kept. The doors and the API's readers cut an issue down to that before anything
//! of it is written down; which it is, whoever knows the routes tells them.

use std::fmt;
use std::sync::Arc;

use super::{Issue, Label, Ticket, Withheld};

/// How much of a confidential issue may be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MayKeep {
    /// That there is one, and which.
    #[default]
    Name,
    /// And what tells where its card stands: whether it is closed, and which of these labels it has.
    Place(Vec<String>),
    /// All of it, as of any other issue.
    All,
}

impl MayKeep {
    /// The issue with nothing in it that must not be kept. A public issue is whole in any case.
    pub fn of(&self, issue: Issue) -> Issue {
        if !issue.confidential || *self == MayKeep::All {
            return issue;
        }
        let (withheld, ticket) = match self {
            MayKeep::Place(labels) if !issue.has_no_place() => (Withheld::Words, place(&issue.ticket, labels)),
            _ => (Withheld::Everything, Ticket::default()),
        };
        Issue { url: None, milestone: None, weight: None, withheld, ticket, ..issue }
    }
}

fn place(ticket: &Ticket, labels: &[String]) -> Ticket {
    let named = ticket.labels.iter().filter(|label| labels.contains(&label.name));
    let labels = named.map(|label| Label { name: label.name.clone(), color: None }).collect();
    Ticket { closed: ticket.closed, labels, ..Ticket::default() }
}

type Judge = dyn Fn(i64, Option<&str>) -> MayKeep + Send + Sync;

/// What may be kept of confidential issues, project by project.
#[derive(Clone)]
pub struct Discretion(Arc<Judge>);

impl Discretion {
    /// `judge` is asked with a project's number, and its path where that is known.
    pub fn new(judge: impl Fn(i64, Option<&str>) -> MayKeep + Send + Sync + 'static) -> Self {
        Discretion(Arc::new(judge))
    }

    /// What may be kept in this project.
    pub fn in_project(&self, project: i64, path: Option<&str>) -> MayKeep {
        (self.0)(project, path)
    }

    /// The issue with nothing in it that must not be kept.
    pub fn cut(&self, issue: Issue) -> Issue {
        self.in_project(issue.id.project, issue.project_path.as_deref()).of(issue)
    }
}

/// Nothing but names.
impl Default for Discretion {
    fn default() -> Self {
        Discretion::new(|_, _| MayKeep::Name)
    }
}

impl fmt::Debug for Discretion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Discretion")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Version;

    fn issue(confidential: bool) -> Issue {
        let label = |name: &str| Label { name: name.to_owned(), color: Some("#ff0000".to_owned()) };
        Issue {
            id: "gitlab.example.com/42/23".parse().unwrap(),
            global_id: None,
            project_path: Some("team/app".to_owned()),
            url: Some("https://gitlab.example.com/team/app/-/issues/23".to_owned()),
            kind: None,
            milestone: None,
            weight: Some(3),
            confidential,
            withheld: Withheld::Nothing,
            moved_to: None,
            version: Version::UNKNOWN,
            ticket: Ticket {
                title: "The password is hunter2".to_owned(),
                text: "hunter2".to_owned(),
                closed: true,
                labels: vec![label("hunter2"), label("doing")],
                people: vec!["ana".to_owned()],
                ..Ticket::default()
            },
        }
    }

    #[test]
    fn only_what_may_be_kept_is_left_of_a_confidential_issue() {
        assert_eq!(MayKeep::Name.of(issue(false)), issue(false));
        assert_eq!(MayKeep::All.of(issue(true)), issue(true));
        let name = MayKeep::Name.of(issue(true));
        assert!(name.has_no_place() && name.ticket == Ticket::default());
        let place = MayKeep::Place(vec!["doing".to_owned()]).of(issue(true));
        assert!(
            place.is_withheld()
                && !place.has_no_place()
                && place.ticket.closed
                && place.ticket.labels[0].name == "doing"
        );
        for cut in [name, place] {
            let kept = format!("{cut:?}");
            assert!(!kept.contains("hunter2") && !kept.contains("ana") && !kept.contains("https"), "{kept}");
        }
    }
}
