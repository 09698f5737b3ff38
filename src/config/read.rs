//! From variables and file to the one validated value.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::{Account, Config, Environment, Fault, Faults, GitLab, Limits, Log, Outward, TrelloAccess, file};
use crate::model::{AccountName, Instance, ListId, Secret, SigningKey};
use crate::sync::discretion::Confidential;
use crate::sync::facets::Facets;
use crate::sync::merges::MergeRules;
use crate::sync::rules::{Column, Direction, Fields, Holds, ProjectPattern, Route, Winner};

const DEFAULT_ACCOUNT: &str = "default";
const PUBLIC_URL_CURE: &str = "write for instance https://kanbridge.example.com, without the path of a door";
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
    let listen = reader.listen();
    let public_url = reader.public_url();
    let database_url = reader.database();
    let gitlab = reader.gitlab();
    let trello_url = reader.url("TRELLO_API_URL", TRELLO_URL_CURE);
    let outward = reader.outward();
    let limits = reader.limits();
    let log = reader.log();

    let accounts: Vec<Account> = default.into_iter().chain(parts.accounts).collect();
    reader.check_accounts(&accounts);
    reader.check_routes(&parts.routes, &accounts);
    if file_is_sound && parts.routes.is_empty() {
        reader.check_own_route();
    }
    let routes = parts.routes.into_iter().map(|(_, route)| route).chain(own_route).collect();
    match (reader.faults, listen, database_url, gitlab, trello_url) {
        (faults, Some(listen), Some(database_url), Some(gitlab), Some(trello_url)) if faults.is_empty() => {
            let notes = environment.notes().to_vec();
            Ok(Config {
                listen,
                public_url,
                database_url,
                gitlab,
                trello_url,
                accounts,
                routes,
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

struct Reader<'a> {
    environment: &'a Environment,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, place: &str, wrong: impl Into<String>, cure: impl Into<String>) {
        self.faults.push(Fault::new(place, wrong, cure));
    }

    fn get(&self, name: &str) -> Option<String> {
        self.environment.get(name).map(str::to_owned)
    }

    fn file(&mut self, given: Option<&str>) -> file::Parts {
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
                Some(Account { name, key: Secret::new(key), token: Secret::new(token) })
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

    fn listen(&mut self) -> Option<SocketAddr> {
        if !self.environment.is_set("LISTEN")
            && let Some(port) = self.get("PORT")
        {
            return match port.parse() {
                Ok(port) => Some(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))),
                Err(_) => {
                    self.fault("PORT", format!("`{port}` is not a port"), "write a number from 0 to 65535");
                    None
                }
            };
        }
        let text = self.get("LISTEN").unwrap_or_default();
        let address = text.parse().ok();
        if address.is_none() {
            self.fault("LISTEN", format!("`{text}` is not an address and port"), "write for instance 127.0.0.1:8080");
        }
        address
    }

    fn public_url(&mut self) -> Option<url::Url> {
        let name = if self.environment.is_set("PUBLIC_URL") { "PUBLIC_URL" } else { "CALLBACK_DOMAIN" };
        let url = self.environment.is_set(name).then(|| self.url(name, PUBLIC_URL_CURE))??;
        if url.query().is_some() || url.path().ends_with("/webhooks/gitlab") {
            self.fault(name, "it is more than where kanbridge is", PUBLIC_URL_CURE);
        }
        Some(url)
    }

    fn database(&mut self) -> Option<Secret> {
        let url = self.get("DATABASE_URL").unwrap_or_default();
        if ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Some(Secret::new(url));
        }
        // Not repeated: it may hold a password.
        let cure = "write sqlite:kanbridge.db or postgres://user:password@host/name";
        self.fault("DATABASE_URL", "it starts with neither `sqlite:` nor `postgres:`", cure);
        None
    }

    fn gitlab(&mut self) -> Option<GitLab> {
        let secrets = self.list("GITLAB_WEBHOOK_SECRET");
        let signing_tokens = self.list("GITLAB_SIGNING_TOKEN");
        let mut signing_keys = Vec::new();
        if secrets.is_empty() && signing_tokens.is_empty() {
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

    fn list(&self, name: &str) -> Vec<Secret> {
        let text = self.get(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Secret::new).collect()
    }

    fn url(&mut self, name: &str, cure: &str) -> Option<url::Url> {
        let text = self.get(name).unwrap_or_default();
        let url = url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_none() {
            self.fault(name, "it is not an http or https URL", cure);
        }
        url
    }

    fn outward(&mut self) -> Outward {
        let authorities = self.get("CA_FILE").and_then(|path| match std::fs::read_to_string(&path) {
            Ok(pem) => Some(pem),
            Err(error) => {
                self.fault("CA_FILE", format!("{path} cannot be read ({error})"), "name a PEM file of certificates");
                None
            }
        });
        let mut proxy = |name: &str| {
            self.environment
                .is_set(name)
                .then(|| self.url(name, "write for instance http://proxy.example.com:3128"))??;
            self.get(name).map(Secret::new)
        };
        let (https_proxy, http_proxy) = (proxy("HTTPS_PROXY"), proxy("HTTP_PROXY"));
        Outward { authorities, https_proxy, http_proxy, no_proxy: self.get("NO_PROXY") }
    }

    fn limits(&mut self) -> Limits {
        let calls = self.number("TRELLO_CALLS_PER_10_SECONDS", 1, 10_000);
        let poll = self.number("TRELLO_POLL_SECONDS", 1, 86_400);
        let sweep = self.number("GITLAB_SWEEP_SECONDS", 10, 86_400);
        let days = self.number("HISTORY_DAYS", 1, 36_500);
        let megabytes = self.number("HISTORY_MEGABYTES", 1, 1 << 20);
        Limits {
            trello_calls: calls,
            poll: Duration::from_secs(poll.into()),
            sweep: Duration::from_secs(sweep.into()),
            history: Duration::from_secs(u64::from(days) * 86_400),
            history_bytes: i64::from(megabytes) << 20,
            ..Limits::default()
        }
    }

    fn number(&mut self, name: &str, least: u32, most: u32) -> u32 {
        let text = self.get(name).unwrap_or_default();
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => number,
            _ => {
                self.fault(name, format!("`{text}` is not a number from {least} to {most}"), "write such a number");
                least
            }
        }
    }

    fn log(&mut self) -> Log {
        let format = self.get("LOG_FORMAT").unwrap_or_default();
        if !matches!(format.as_str(), "text" | "json") {
            self.fault("LOG_FORMAT", format!("`{format}` is no format"), "write text or json");
        }
        Log { json: format == "json", filter: self.get("RUST_LOG").unwrap_or_default() }
    }

    fn check_accounts(&mut self, accounts: &[Account]) {
        for (at, account) in accounts.iter().enumerate() {
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
                let wrong = format!("its account `{}` does not exist", route.account);
                let cure = "add an [[account]] of that name; `default` needs TRELLO_API_KEY and TRELLO_API_TOKEN";
                self.fault(place, wrong, cure);
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
            let cure = "set it, or name a kanbridge.toml with a [[route]] in KANBRIDGE_CONFIG";
            self.fault("TRELLO_LIST_ID", "it is not set and there is no route, so no issue could get a card", cure);
        }
        if !list && !key && !token {
            self.no_credentials();
        }
    }
}
