//! `kanbridge.toml`: more accounts, routes, rooms, relays and integrations than the environment can say.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::extras::FileMerges;
use super::integrations::{self, FileIntegration};
use super::relays::{self, FileRelay};
use super::rooms::FileRoom;
use super::{Account, Environment, Fault};
use crate::model::{AccountName, Room, Secret};
use crate::sync::rules::{Column, Direction, Fields, Holds, ProjectPattern, Route, Winner};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    account: Vec<FileAccount>,
    #[serde(default)]
    route: Vec<FileRoute>,
    #[serde(default)]
    room: Vec<FileRoom>,
    #[serde(default)]
    relay: Vec<FileRelay>,
    #[serde(default)]
    integration: Vec<FileIntegration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAccount {
    name: Spanned<String>,
    key: Spanned<String>,
    token: Spanned<String>,
    secret: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRoute {
    project: Spanned<toml::Value>,
    board: Spanned<String>,
    account: Option<Spanned<String>>,
    sync: Option<Spanned<String>>,
    winner: Option<Spanned<String>>,
    #[serde(default)]
    fields: FileFields,
    #[serde(default)]
    people: BTreeMap<String, String>,
    create_issues: Option<Spanned<bool>>,
    confidential: Option<Spanned<String>>,
    milestone: Option<Spanned<String>>,
    issue_type: Option<Spanned<String>>,
    weight: Option<Spanned<String>>,
    merge_requests: Option<Spanned<FileMerges>>,
    #[serde(default)]
    column: Vec<FileColumn>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFields {
    title: Option<Spanned<String>>,
    description: Option<Spanned<String>>,
    state: Option<Spanned<String>>,
    labels: Option<Spanned<String>>,
    people: Option<Spanned<String>>,
    due: Option<Spanned<String>>,
    comments: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileColumn {
    list: Spanned<String>,
    holds: Spanned<String>,
}

/// What the file adds.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) accounts: Vec<Account>,
    /// Each with its place, for faults that show only when everything is known.
    pub(super) routes: Vec<(String, Route)>,
    /// Likewise.
    pub(super) rooms: Vec<(String, Room)>,
    /// Likewise.
    pub(super) relays: Vec<relays::Placed>,
    /// Likewise.
    pub(super) integrations: Vec<integrations::Placed>,
}

/// Reads `text`, the content of the file called `name`.
pub(super) fn read(name: &str, text: &str, environment: &Environment, faults: &mut Vec<Fault>) -> Parts {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let cure = "see kanbridge.example.toml for what may stand there";
            faults.push(Fault::new(place(name, text, at), error.message().replace('\n', ", "), cure));
            return Parts::default();
        }
    };
    let mut reader = Reader { name, text, environment, faults };
    let accounts = file.account.into_iter().filter_map(|account| reader.account(account)).collect();
    let routes = file.route.into_iter().filter_map(|route| reader.route(route)).collect();
    let rooms = file.room.into_iter().filter_map(|room| reader.room(room)).collect();
    let relays = file.relay.into_iter().filter_map(|relay| reader.relay(relay)).collect();
    let integrations = file.integration.into_iter().filter_map(|said| reader.integration(said)).collect();
    Parts { accounts, routes, rooms, relays, integrations }
}

/// `file:line:column`, both counted from 1.
fn place(name: &str, text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{name}:{line}:{column}")
}

/// Reads the parts of the file; each topic's in a file of its own.
pub(super) struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    pub(super) environment: &'a Environment,
    pub(super) faults: &'a mut Vec<Fault>,
}

impl Reader<'_> {
    pub(super) fn place<T>(&self, value: &Spanned<T>) -> String {
        place(self.name, self.text, value.span().start)
    }

    pub(super) fn fault<T>(&mut self, at: &Spanned<T>, wrong: impl Into<String>, cure: &str) {
        let place = self.place(at);
        self.faults.push(Fault::new(place, wrong, cure));
    }

    fn account(&mut self, account: FileAccount) -> Option<Account> {
        let (key, token) = (self.secret(&account.key), self.secret(&account.token));
        let secret = account.secret.as_ref().map(|secret| self.secret(secret));
        let secrets = secret.flatten().as_ref().map(several).unwrap_or_default();
        let name = AccountName(account.name.into_inner());
        Some(Account { name, key: key?, token: token?, secrets })
    }

    /// A value with its `${NAME}`s filled in from the environment.
    pub(super) fn secret(&mut self, value: &Spanned<String>) -> Option<Secret> {
        let mut filled = String::new();
        let mut rest = value.get_ref().as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, tail)) = after.split_once('}') else {
                self.fault(value, "`${` without `}`", "write ${NAME}");
                return None;
            };
            let Some(found) = self.environment.any(name) else {
                self.fault(value, format!("the variable {name} is not set"), "set it in the environment or in .env");
                return None;
            };
            filled.push_str(before);
            filled.push_str(found);
            rest = tail;
        }
        filled.push_str(rest);
        if filled.trim().is_empty() {
            self.fault(value, "it is empty", "write the credential, best as ${NAME} of a variable");
            return None;
        }
        Some(Secret::new(filled))
    }

    fn route(&mut self, route: FileRoute) -> Option<(String, Route)> {
        let place = self.place(&route.project);
        let project = self.project(&route.project);
        let board = self.board(&route.board);
        let count = route.column.len();
        let columns: Vec<Column> = route.column.into_iter().filter_map(|column| self.column(&column)).collect();
        if count == 0 {
            let cure = "add a [[route.column]] with list and holds = \"opened\"";
            self.faults.push(Fault::new(&place, "the route has no columns, so no issue could stand anywhere", cure));
        }
        for (at, column) in columns.iter().enumerate() {
            if columns[..at].iter().any(|other| other.holds == column.holds) {
                let wrong = format!("two columns of this route hold the same issues (list `{}`)", column.list);
                self.faults.push(Fault::new(&place, wrong, "keep one of them"));
            }
        }
        let account = AccountName(route.account.map_or_else(|| "default".to_owned(), Spanned::into_inner));
        let fields = self.fields(route.sync.as_ref(), &route.fields);
        let winner = self.winner(route.winner.as_ref());
        let create_issues = self.create_issues(route.create_issues.as_ref(), project.as_ref(), &fields);
        let confidential = self.confidential(route.confidential.as_ref());
        let facets = self.facets([&route.milestone, &route.issue_type, &route.weight]);
        let merges = self.merges(route.merge_requests);
        let (project, board, people) = (project?, Some(board?), route.people);
        let route = Route {
            project,
            account,
            board,
            columns,
            fields,
            winner,
            people,
            create_issues,
            confidential,
            facets,
            merges,
        };
        Some((place, route))
    }

    /// An issue has to be made in one project, and what people do on its card from then on has to go somewhere.
    fn create_issues(
        &mut self,
        value: Option<&Spanned<bool>>,
        project: Option<&ProjectPattern>,
        fields: &Fields,
    ) -> bool {
        let Some(value) = value.filter(|value| *value.get_ref()) else { return false };
        if !fields.ticket_from_trello() {
            let wrong = "cards are to become issues, and nothing goes from the card to the issue";
            self.fault(value, wrong, "write sync = \"two-way\", or take create_issues away");
        }
        if let Some(ProjectPattern::Any | ProjectPattern::Group(_)) = project {
            let wrong = "cards are to become issues, and the route does not say in which project";
            self.fault(value, wrong, "name one project (\"team/app\" or its numeric id) in a route of its own");
        }
        true
    }

    fn fields(&mut self, sync: Option<&Spanned<String>>, fields: &FileFields) -> Fields {
        let usual = match sync.map(|sync| (sync, sync.get_ref().as_str())) {
            None | Some((_, "one-way")) => Direction::Gitlab,
            Some((_, "two-way")) => Direction::Both,
            Some((sync, other)) => {
                self.fault(sync, format!("`{other}` is no kind of sync"), "write \"one-way\" or \"two-way\"");
                Direction::Gitlab
            }
        };
        Fields {
            title: self.direction(fields.title.as_ref(), usual),
            description: self.direction(fields.description.as_ref(), usual),
            state: self.direction(fields.state.as_ref(), usual),
            labels: self.direction(fields.labels.as_ref(), usual),
            people: self.direction(fields.people.as_ref(), usual),
            due: self.direction(fields.due.as_ref(), usual),
            comments: self.direction(fields.comments.as_ref(), usual),
        }
    }

    fn direction(&mut self, value: Option<&Spanned<String>>, usual: Direction) -> Direction {
        match value.map(|value| (value, value.get_ref().as_str())) {
            None => usual,
            Some((_, "gitlab")) => Direction::Gitlab,
            Some((_, "trello")) => Direction::Trello,
            Some((_, "both")) => Direction::Both,
            Some((_, "off")) => Direction::Off,
            Some((value, other)) => {
                let cure = "write whose changes count: \"gitlab\", \"trello\", \"both\" or \"off\"";
                self.fault(value, format!("`{other}` is no direction"), cure);
                usual
            }
        }
    }

    fn winner(&mut self, value: Option<&Spanned<String>>) -> Winner {
        match value.map(|value| (value, value.get_ref().as_str())) {
            None | Some((_, "gitlab")) => Winner::Gitlab,
            Some((_, "trello")) => Winner::Trello,
            Some((value, other)) => {
                self.fault(value, format!("`{other}` is no side"), "write \"gitlab\" or \"trello\"");
                Winner::Gitlab
            }
        }
    }

    fn project(&mut self, value: &Spanned<toml::Value>) -> Option<ProjectPattern> {
        let pattern = match value.get_ref() {
            toml::Value::Integer(id) if *id > 0 => Some(ProjectPattern::Id(*id)),
            toml::Value::String(text) => project(text.trim().trim_matches('/')),
            _ => None,
        };
        if pattern.is_none() {
            let cure = "write the project's path (\"team/app\"), its numeric id, or \"team/*\" for a whole group";
            self.fault(value, "this names no project", cure);
        }
        pattern
    }

    /// A board as an id, a short link, or the URL that the browser shows.
    pub(super) fn board(&mut self, value: &Spanned<String>) -> Option<String> {
        let text = value.get_ref().trim();
        if let Some(id) = board_of(text) {
            return Some(id);
        }
        let cure = "write the board's URL as the browser shows it (https://trello.com/b/AbCd1234/name)";
        self.fault(value, format!("`{text}` names no board"), cure);
        None
    }

    fn column(&mut self, column: &FileColumn) -> Option<Column> {
        let list = column.list.get_ref().trim().to_owned();
        if list.is_empty() {
            self.fault(&column.list, "the list has no name", "write the list's name as the board shows it, or its id");
        }
        let holds = match column.holds.get_ref().trim() {
            "opened" => Some(Holds::Opened),
            "closed" => Some(Holds::Closed),
            other => other
                .strip_prefix("label:")
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(|name| Holds::Label(name.to_owned())),
        };
        if holds.is_none() {
            let wrong = format!("`{}` says nothing about issues", column.holds.get_ref());
            self.fault(&column.holds, wrong, "write \"opened\", \"closed\" or \"label:NAME\"");
        }
        Some(Column { list, holds: holds? })
    }
}

/// The board's id or short link out of what a person gives: an id, a short link, or the URL that the browser shows.
pub fn board_of(text: &str) -> Option<String> {
    let text = text.trim();
    let tail = text.split_once("/b/").map_or(text, |(_, tail)| tail);
    let id = tail.split(['/', '?', '#']).next().unwrap_or_default();
    let fits = matches!(id.len(), 8 | 24) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| id.to_owned())
}

/// Secrets as they are written while they are being rotated: one behind the other, with commas.
pub(super) fn several(text: &Secret) -> Vec<Secret> {
    text.expose().split(',').map(str::trim).filter(|item| !item.is_empty()).map(Secret::new).collect()
}

fn project(text: &str) -> Option<ProjectPattern> {
    let path = text.to_lowercase();
    if let Ok(id) = path.parse::<i64>() {
        return (id > 0).then_some(ProjectPattern::Id(id));
    }
    match path.strip_suffix("/*") {
        Some(group) if !group.is_empty() && !group.contains('*') => Some(ProjectPattern::Group(group.to_owned())),
        None if path.contains('/') && !path.contains(['*', ' ', ':']) => Some(ProjectPattern::Path(path)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::board_of;

    #[test]
    fn a_board_is_named_by_id_short_link_or_url() {
        for text in ["AbCd1234", " https://trello.com/b/AbCd1234/app?x=1 ", "https://trello.com/b/AbCd1234"] {
            assert_eq!(board_of(text).as_deref(), Some("AbCd1234"));
        }
        assert_eq!(board_of("5e93ba98614ac22d22f085c4").as_deref(), Some("5e93ba98614ac22d22f085c4"));
        for text in ["", "Heating board", "To do", "Board"] {
            assert_eq!(board_of(text), None, "{text}");
        }
    }
}
