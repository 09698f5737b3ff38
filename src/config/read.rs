//! From variables and file to the one validated value.

use std::collections::BTreeMap;

use super::relays::{self, ACCOUNT_CURE, no_account};
use super::{Account, Config, Environment, Fault, Faults, GitLab, Outward, TrelloAccess, file, watches};
use crate::model::{AccountName, Instance, ListId, Room, Secret, SigningKey};
use crate::sync::discretion::Confidential;
use crate::sync::facets::Facets;
use crate::sync::merges::MergeRules;
use crate::sync::rules::{Column, Direction, Fields, Holds, ProjectPattern, Route, Winner};

pub(super) const DEFAULT_ACCOUNT: &str = "default";
pub(super) const PUBLIC_URL_CURE: &str = "write for instance https://kanbridge.example.com, without the path of a door";
const TRELLO_URL_CURE: &str = "write the API's URL with its version, https://api.trello.com/1";

const LIST_CURE: &str = "take an id of `kanbridge trello lists --board NAME`";

/// Reads everything. `file` is the path given on the command line; `KANBRIDGE_CONFIG` names one otherwise.
///
/// # Errors
/// All [`Faults`] together.
pub fn read(environment: &Environment, file: Option<&str>) -> Result<Config, Faults> {
    let mut reader = Reader { environment, faults: Vec::new() };
    let parts = reader.file(file);
    let file_is_sound = reader.faults.is_empty();
    let default = reader.account();
    let own_route = reader.route(default.is_some());
    let own_rooms = reader.own_rooms();
    let own_relay = reader.own_relay(&own_rooms, default.is_some());
    let relays_only = parts.routes.is_empty() && reader.relays_only(&parts);
    let listen = reader.listen();
    let public_url = reader.public_url();
    let database_url = reader.database();
    let gitlab = reader.gitlab(relays_only);
    let admin_token = reader.admin_token();
    let integrations = reader.integrations(parts.integrations);
    let trello_url = reader.url("TRELLO_API_URL", TRELLO_URL_CURE);
    let outward = reader.outward();
    let limits = reader.limits();
    let log = reader.log();
    let watches = watches::automatic(environment, &mut reader.faults);

    let accounts: Vec<Account> = default.into_iter().chain(parts.accounts).collect();
    reader.check_accounts(&accounts);
    reader.check_routes(&parts.routes, &accounts);
    reader.check_rooms(&own_rooms, &parts.rooms);
    if file_is_sound && parts.routes.is_empty() && !relays_only {
        reader.check_own_route();
    }
    let room_places = parts.rooms.iter().map(|(place, room)| (room.name.clone(), place.clone())).collect();
    let rooms: Vec<Room> = own_rooms.into_iter().chain(parts.rooms.into_iter().map(|(_, room)| room)).collect();
    let relays: Vec<relays::Placed> = parts.relays.into_iter().chain(own_relay).collect();
    if file_is_sound {
        reader.check_relays(&relays, &rooms, &accounts);
    }
    let routes = parts.routes.into_iter().map(|(_, route)| route).chain(own_route).collect();
    match (reader.faults, listen, database_url, gitlab, trello_url) {
        (faults, Some(listen), Some(database_url), Some(gitlab), Some(trello_url)) if faults.is_empty() => {
            let mut notes = environment.notes().to_vec();
            notes.extend(watches::no_address(&accounts, public_url.as_ref()));
            Ok(Config {
                listen,
                public_url,
                database_url,
                gitlab,
                trello_url,
                accounts,
                watches,
                routes,
                rooms,
                room_places,
                relays: relays::named(relays),
                integrations,
                admin_token,
                outward,
                limits,
                log,
                notes,
            })
        }
        (faults, ..) => Err(Faults(faults)),
    }
}

/// Reads what it takes to call Trello as `account`: whoever looks ids up has not written the rest of the configuration
/// yet, so its faults are of no account here, those in routes included.
///
/// # Errors
/// The [`Faults`] that stand in the way of this.
pub fn read_trello(environment: &Environment, file: Option<&str>, account: &str) -> Result<TrelloAccess, Faults> {
    let mut reader = Reader { environment, faults: Vec::new() };
    let default = reader.account();
    let url = reader.url("TRELLO_API_URL", TRELLO_URL_CURE);
    let outward = reader.outward();
    let limits = reader.limits();
    let mut in_file = Reader { environment, faults: Vec::new() };
    let accounts: Vec<Account> = default.into_iter().chain(in_file.file(file).accounts).collect();
    if accounts.iter().all(|known| known.name.0 != account) {
        reader.faults.append(&mut in_file.faults);
        if reader.faults.is_empty() {
            reader.no_account(account);
        }
    }
    match (reader.faults, url) {
        (faults, Some(url)) if faults.is_empty() => Ok(TrelloAccess { url, accounts, outward, limits }),
        (faults, _) => Err(Faults(faults)),
    }
}

/// Reads how outward connections are made, and nothing else.
///
/// # Errors
/// The [`Faults`] in it.
pub fn read_outward(environment: &Environment) -> Result<Outward, Faults> {
    let mut reader = Reader { environment, faults: Vec::new() };
    let outward = reader.outward();
    if reader.faults.is_empty() { Ok(outward) } else { Err(Faults(reader.faults)) }
}

/// Reads the variables; each topic's in a file of its own.
pub(super) struct Reader<'a> {
    pub(super) environment: &'a Environment,
    pub(super) faults: Vec<Fault>,
}

impl Reader<'_> {
    pub(super) fn fault(&mut self, place: &str, wrong: impl Into<String>, cure: impl Into<String>) {
        self.faults.push(Fault::new(place, wrong, cure));
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.environment.get(name).map(str::to_owned)
    }

    pub(super) fn file(&mut self, given: Option<&str>) -> file::Parts {
        let Some(path) = given.map(str::to_owned).or_else(|| self.get("KANBRIDGE_CONFIG")) else {
            return file::Parts::default();
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => file::read(&path, &text, self.environment, &mut self.faults),
            Err(error) => {
                let place = if given.is_some() { "--config" } else { "KANBRIDGE_CONFIG" };
                self.fault(place, format!("{path} cannot be read ({error})"), "name the kanbridge.toml to use");
                file::Parts::default()
            }
        }
    }

    fn no_account(&mut self, account: &str) {
        if account == DEFAULT_ACCOUNT {
            self.no_credentials();
        } else {
            let cure = "name one that kanbridge.toml has (and name that file with --config or KANBRIDGE_CONFIG)";
            self.fault("--account", format!("there is no account `{account}`"), cure);
        }
    }

    fn no_credentials(&mut self) {
        let cure = "set both (see the README, \"Trello's key and token\")";
        self.fault("TRELLO_API_KEY, TRELLO_API_TOKEN", "there are no Trello credentials", cure);
    }

    /// The account that the environment makes, if it says anything of one.
    fn account(&mut self) -> Option<Account> {
        let (key, token) = (self.get("TRELLO_API_KEY"), self.get("TRELLO_API_TOKEN"));
        match (key, token) {
            (Some(key), Some(token)) => {
                let name = AccountName(DEFAULT_ACCOUNT.to_owned());
                let secrets = self.list("TRELLO_API_SECRET");
                Some(Account { name, key: Secret::new(key), token: Secret::new(token), secrets })
            }
            (None, None) => None,
            (Some(_), None) => {
                let cure = "set the token that belongs to TRELLO_API_KEY (scope read,write; see the README)";
                self.fault("TRELLO_API_TOKEN", "it is not set, though TRELLO_API_KEY is", cure);
                None
            }
            (None, Some(_)) => {
                let cure = "set the key from https://trello.com/apps/admin that the token was made for";
                self.fault("TRELLO_API_KEY", "it is not set, though TRELLO_API_TOKEN is", cure);
                None
            }
        }
    }

    /// The route that the environment makes: every project's open issues on one list.
    fn route(&mut self, has_account: bool) -> Option<Route> {
        let list = self.get("TRELLO_LIST_ID")?;
        let half = self.environment.is_set("TRELLO_API_KEY") || self.environment.is_set("TRELLO_API_TOKEN");
        if !has_account && !half {
            let cure = "set TRELLO_API_KEY and TRELLO_API_TOKEN as well";
            self.fault("TRELLO_LIST_ID", "a list is named, and there are no Trello credentials", cure);
        }
        match list.parse::<ListId>() {
            Ok(id) => Some(Route {
                project: ProjectPattern::Any,
                account: AccountName(DEFAULT_ACCOUNT.to_owned()),
                board: None,
                columns: self.columns(&id),
                fields: Fields::all(Direction::Gitlab),
                winner: Winner::Gitlab,
                people: BTreeMap::new(),
                create_issues: false,
                confidential: Confidential::default(),
                facets: Facets::default(),
                merges: MergeRules::default(),
            }),
            Err(error) => {
                self.fault("TRELLO_LIST_ID", error.to_string(), LIST_CURE);
                None
            }
        }
    }

    fn columns(&mut self, opened: &ListId) -> Vec<Column> {
        let mut columns = vec![Column { list: opened.to_string(), holds: Holds::Opened }];
        match self.get("TRELLO_DONE_LIST_ID").map(|done| done.parse::<ListId>()) {
            None => {}
            Some(Ok(done)) => columns.push(Column { list: done.to_string(), holds: Holds::Closed }),
            Some(Err(error)) => self.fault("TRELLO_DONE_LIST_ID", error.to_string(), LIST_CURE),
        }
        columns
    }

    /// Whether this deployment tells rooms what happens on boards, and has nothing to do with GitLab.
    fn relays_only(&self, parts: &file::Parts) -> bool {
        let set = |name| self.environment.is_set(name);
        let gitlab = ["TRELLO_LIST_ID", "GITLAB_WEBHOOK_SECRET", "GITLAB_SIGNING_TOKEN"].into_iter().any(set);
        (set("TRELLO_BOARD_ID") || !parts.relays.is_empty()) && !gitlab
    }

    fn gitlab(&mut self, relays_only: bool) -> Option<GitLab> {
        let secrets = self.list("GITLAB_WEBHOOK_SECRET");
        let signing_tokens = self.list("GITLAB_SIGNING_TOKEN");
        let mut signing_keys = Vec::new();
        if secrets.is_empty() && signing_tokens.is_empty() && !relays_only {
            let wrong = "neither it nor GITLAB_SIGNING_TOKEN is set, so anybody could send issues";
            let cure = "invent a long random text, set it here and as the secret token of the webhook in GitLab";
            self.fault("GITLAB_WEBHOOK_SECRET", wrong, cure);
        }
        for token in &signing_tokens {
            match SigningKey::parse(token) {
                Ok(key) => signing_keys.push(key),
                Err(error) => {
                    let cure = "copy the signing token as GitLab shows it, whsec_ included";
                    self.fault("GITLAB_SIGNING_TOKEN", format!("it {error}"), cure);
                }
            }
        }
        let url = self.url("GITLAB_URL", "write for instance https://gitlab.example.com")?;
        let instance = Instance::of_url(url.as_str()).ok()?;
        let token = self.get("GITLAB_TOKEN").map(Secret::new);
        Some(GitLab { secrets, signing_keys, url, instance, token })
    }

    pub(super) fn list(&self, name: &str) -> Vec<Secret> {
        file::several(&Secret::new(self.get(name).unwrap_or_default()))
    }

    pub(super) fn url(&mut self, name: &str, cure: &str) -> Option<url::Url> {
        let text = self.get(name).unwrap_or_default();
        let url = url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_none() {
            self.fault(name, "it is not an http or https URL", cure);
        }
        url
    }

    fn check_accounts(&mut self, accounts: &[Account]) {
        for (at, account) in accounts.iter().enumerate() {
            watches::check_secrets(account, &mut self.faults);
            if accounts[..at].iter().any(|other| other.name == account.name) {
                let wrong = format!("there are two accounts called `{}`", account.name);
                let cure = "give one another name; `default` is the one that TRELLO_API_KEY and TRELLO_API_TOKEN make";
                self.fault("[[account]]", wrong, cure);
            }
        }
    }

    fn check_routes(&mut self, routes: &[(String, Route)], accounts: &[Account]) {
        for (at, (place, route)) in routes.iter().enumerate() {
            if accounts.iter().all(|account| account.name != route.account) {
                self.fault(place, no_account(&route.account), ACCOUNT_CURE);
            }
            if route.fields.any_from_trello() && !self.environment.is_set("GITLAB_TOKEN") {
                let wrong = "it carries changes from the card to the issue, and GITLAB_TOKEN is not set";
                self.fault(place, wrong, "set an access token of GitLab with scope api, or write sync = \"one-way\"");
            }
            if let Some((_, before)) = routes[..at].iter().find(|(_, before)| before.project.covers(&route.project)) {
                let wrong = format!("{} is already taken by the route for {} above", route.project, before.project);
                self.fault(place, wrong, "remove one of them, or write the narrower one first");
            }
        }
    }

    /// Without a route from a file the environment has to make one, and an account for it.
    fn check_own_route(&mut self) {
        let set = |name| self.environment.is_set(name);
        let (list, key, token) = (set("TRELLO_LIST_ID"), set("TRELLO_API_KEY"), set("TRELLO_API_TOKEN"));
        if !list {
            let cure = "set it, or name a kanbridge.toml with a [[route]] in KANBRIDGE_CONFIG; a bridge that only \
                        relays needs TRELLO_BOARD_ID instead, and nothing of GitLab";
            self.fault("TRELLO_LIST_ID", "it is not set and there is no route, so no issue could get a card", cure);
        }
        if !list && !key && !token {
            self.no_credentials();
        }
    }
}
