//! A small project that lives: what its people wrote, and when they did what. It makes a demonstration's first screen
//! worth looking at.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::sync::watch;

use super::gitlab::{Change, GitLab, NoSuch};
use super::trello::{BoardView, Done, Trello};

/// The project's path.
pub const PATH: &str = "garden/planner";
/// The board's name.
pub const BOARD: &str = "Garden planner";
/// The board's lists.
pub const LISTS: [&str; 3] = ["To do", "Doing", "Done"];
/// The label whose issues stand in the middle list.
pub const DOING: &str = "doing";
/// The API token of the bridge's own user.
pub const BRIDGE_TOKEN: &str = "glpat-sandbox-bridge";
/// The username of whoever looks on.
pub const YOU: &str = "you";

/// GitLab's level of access of who works in a project.
const DEVELOPER: i64 = 30;
/// Whose token the bridge has: hooks are hidden from others.
const MAINTAINER: i64 = 40;
/// The username of the bridge's own user.
const BRIDGE: &str = "kanbridge";

/// Username and name.
const PEOPLE: [(&str, &str); 4] = [("ana", "Ana"), ("ben", "Ben"), ("mei", "Mei"), (YOU, "You")];
const LABELS: [(&str, &str); 6] = [
    ("bug", "#d9534f"),
    ("feature", "#5cb85c"),
    ("docs", "#8e8e8e"),
    ("mobile", "#7f5fc7"),
    ("urgent", "#f0ad4e"),
    (DOING, "#428bca"),
];

/// An issue as somebody writes it.
struct Written {
    by: &'static str,
    title: &'static str,
    text: &'static str,
    labels: &'static [&'static str],
    person: Option<&'static str>,
    /// Days from now.
    due: Option<i64>,
}

/// There before anybody looks.
const BEFORE: [Written; 7] = [
    Written {
        by: "mei",
        title: "Write down how a backup is restored",
        text: "Nobody has tried it since spring. Two lines in the handbook would do.",
        labels: &["docs"],
        person: Some("mei"),
        due: None,
    },
    Written {
        by: "ben",
        title: "Photos turn sideways after upload",
        text: "Only those from phones. The picture knows which way is up; we do not ask it.",
        labels: &["bug"],
        person: Some("ben"),
        due: None,
    },
    Written {
        by: "ana",
        title: "Let two neighbours share one plot",
        text: "Both see its calendar, both get its reminders, either may water.",
        labels: &["feature"],
        person: None,
        due: None,
    },
    Written {
        by: "mei",
        title: "Watering reminder comes twice after the clocks change",
        text: "The night has two half past twos. We send at both.",
        labels: &["bug", DOING],
        person: Some("ben"),
        due: Some(4),
    },
    Written {
        by: "ben",
        title: "Export the harvest log as a spreadsheet",
        text: "One row for each basket: date, plot, what, how much.",
        labels: &["feature"],
        person: None,
        due: None,
    },
    Written {
        by: "ana",
        title: "Plot map does not open on small phones",
        text: "The map is wider than the screen, and the button to it lies outside.",
        labels: &["bug", "mobile"],
        person: Some("ana"),
        due: None,
    },
    Written {
        by: "mei",
        title: "Say in the calendar who has the key to the shed",
        text: "It is always somebody, and never the one whom we ask first.",
        labels: &["feature"],
        person: None,
        due: None,
    },
];

/// Written while somebody looks.
const MEANWHILE: [Written; 3] = [
    Written {
        by: "ben",
        title: "Translate the season plan into Portuguese",
        text: "Half of the east side would read it then.",
        labels: &["docs"],
        person: None,
        due: None,
    },
    Written {
        by: "mei",
        title: "Sign-in link expires before the mail arrives",
        text: "Ten minutes are too short for some mailboxes. An hour is still safe.",
        labels: &["bug", "urgent", DOING],
        person: Some("ana"),
        due: Some(1),
    },
    Written {
        by: "ana",
        title: "Show tomorrow’s rain before asking anyone to water",
        text: "Most reminders of last week were not needed.",
        labels: &["feature"],
        person: Some("mei"),
        due: Some(10),
    },
];

/// How many of those from before are closed by now: the oldest.
const CLOSED: i64 = 2;

/// Between what people do while somebody looks.
const BREATH: Duration = Duration::from_millis(900);

/// The project, once it is made.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its id.
    pub id: i64,
    /// Its people.
    pub people: Vec<Person>,
    /// Its labels.
    pub labels: Vec<Label>,
}

/// Somebody in the project.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// GitLab's id.
    #[serde(skip)]
    pub id: i64,
    /// GitLab's username, and Trello's.
    pub username: &'static str,
    /// As people say it.
    pub name: &'static str,
}

/// A label of the project.
#[derive(Clone, Debug, Serialize)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// `#rrggbb`.
    pub color: &'static str,
}

impl Project {
    /// Makes it, with its people, labels, and a user for the bridge.
    pub fn make(gitlab: &GitLab) -> Self {
        let id = gitlab.add_project(PATH);
        let person = |(username, name)| {
            let user = gitlab.add_user(username, name);
            gitlab.add_member(id, user, DEVELOPER);
            Person { id: user, username, name }
        };
        let bridge = gitlab.add_user(BRIDGE, BRIDGE);
        gitlab.add_member(id, bridge, MAINTAINER);
        gitlab.add_token(BRIDGE_TOKEN, bridge, &["api"], None);
        let label = |(name, color)| {
            gitlab.add_label(id, name, color);
            Label { name, color }
        };
        Project { id, people: PEOPLE.map(person).to_vec(), labels: LABELS.map(label).to_vec() }
    }

    /// Makes its board on Trello, with the same people.
    ///
    /// # Errors
    /// Trello's own sentence.
    pub fn board(&self, trello: &Trello) -> Done<BoardView> {
        let board = trello.add_board(BOARD, &LISTS);
        for person in &self.people {
            trello.add_member(person.username, person.name);
            trello.by(person.username).invite(&board.id, person.username)?;
        }
        Ok(board)
    }

    /// GitLab's ids of the people with these usernames.
    pub fn ids(&self, usernames: &[String]) -> Vec<i64> {
        let named = |person: &&Person| usernames.iter().any(|name| name == person.username);
        self.people.iter().filter(named).map(|person| person.id).collect()
    }
}

/// Lets the project's people do what they do: most at once, the rest when the first of `viewers` comes.
///
/// # Errors
/// When somebody or something is missing that [`Project::make`] makes.
pub async fn tell(
    gitlab: &GitLab,
    project: &Project,
    trello: &Trello,
    board: &str,
    mut viewers: watch::Receiver<usize>,
) -> Result<(), NoSuch> {
    for (count, written) in BEFORE.iter().enumerate() {
        open(gitlab, project, written)?;
        // One after the other, as in life. And an issue that is closed before it has a card gets none.
        cards(trello, board, count + 1).await;
    }
    for iid in 1..=CLOSED {
        gitlab.by("mei").closes(project.id, iid, true)?;
    }
    // The senders live as long as the page and the look-alikes.
    let _ = viewers.wait_for(|viewers| *viewers > 0).await;
    for written in &MEANWHILE {
        tokio::time::sleep(BREATH).await;
        open(gitlab, project, written)?;
    }
    Ok(())
}

fn open(gitlab: &GitLab, project: &Project, written: &Written) -> Result<i64, NoSuch> {
    let people: Vec<String> = written.person.into_iter().map(str::to_owned).collect();
    let day = |days| Timestamp::now().saturating_add(SignedDuration::from_hours(24 * days)).ok();
    let change = Change {
        labels: Some(written.labels.iter().map(|label| (*label).to_owned()).collect()),
        assignees: Some(project.ids(&people)),
        due_date: Some(written.due.and_then(day).map(|day| day.strftime("%Y-%m-%d").to_string())),
        ..Change::text(written.title, written.text)
    };
    gitlab.by(written.by).opens_with(project.id, &change)
}

/// Waits until the board has this many cards.
async fn cards(trello: &Trello, board: &str, count: usize) {
    let mut changes = trello.changes();
    while trello.cards(board).len() < count {
        if changes.changed().await.is_err() {
            return;
        }
    }
}
