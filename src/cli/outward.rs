//! The way out: one HTTP client, Trello as each account, GitLab as its token, made of the configuration.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use crate::chat::Chat;
use crate::config::{Account, Config, Limits, Outward, TrelloAccess};
use crate::gitlab::GitLab;
use crate::model::Room;
use crate::net::{Http, HttpOptions, Pace, Pacer, ProxyOptions};
use crate::sync::discretion::discretion;
use crate::trello::{Credentials, Trello};

/// The client under all neighbours.
pub(super) fn http(outward: &Outward, limits: &Limits) -> Result<Http> {
    Http::new(&HttpOptions {
        timeout: limits.call_timeout,
        authorities: outward.authorities.clone(),
        proxy: ProxyOptions {
            https: outward.https_proxy.clone(),
            http: outward.http_proxy.clone(),
            direct: outward.no_proxy.clone(),
        },
    })
    .context("CA_FILE, HTTPS_PROXY or HTTP_PROXY cannot be used")
}

/// Trello as each account sees it. Accounts with one token share its allowance.
pub(super) fn accounts(access: &TrelloAccess) -> Result<Vec<Trello>> {
    let http = http(&access.outward, &access.limits)?;
    let interval = Duration::from_secs(10) / access.limits.trello_calls.max(1);
    let pace = Pace { interval, patience: access.limits.lease / 4 };
    let mut pacers: HashMap<String, Arc<Pacer>> = HashMap::new();
    let mut account = |account: &Account| {
        let Account { name, key, token, .. } = account.clone();
        let pacer = Arc::clone(pacers.entry(token.expose().to_owned()).or_insert_with(|| Arc::new(Pacer::new(pace))));
        let credentials = Credentials { name, key, token };
        Trello::new(http.clone(), access.url.clone(), &credentials, pacer).map_err(|error| anyhow!(error))
    };
    access.accounts.iter().map(&mut account).collect()
}

/// GitLab's API as our token sees it, where there is one.
pub(super) fn gitlab(config: &Config) -> Result<Option<GitLab>> {
    let Some(token) = &config.gitlab.token else { return Ok(None) };
    let http = http(&config.outward, &config.limits)?;
    let gitlab = GitLab::new(http, &config.gitlab.url, token).map_err(|error| anyhow!(error))?;
    Ok(Some(gitlab.with(discretion(&config.routes))))
}

/// The rooms.
pub(super) fn rooms(config: &Config) -> Result<Vec<Chat>> {
    let http = http(&config.outward, &config.limits)?;
    let sharing = |room: &Room| config.rooms.iter().filter(|other| other.token == room.token).count();
    let chat = |room: &Room| {
        let chat = Chat::new(http.clone(), room.clone()).map_err(|error| anyhow!(error))?;
        Ok(chat.sharing(u32::try_from(sharing(room)).unwrap_or(u32::MAX)))
    };
    config.rooms.iter().map(chat).collect()
}
