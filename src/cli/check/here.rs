//! What can be looked at from here: the configuration, the database, our own public address.

use anyhow::Result;
use http::{HeaderMap, Method};
use serde_json::Value;
use url::{Host, Url};

use super::super::outward;
use super::report::Finding;
use crate::clock::Clock;
use crate::config::{Config, Faults};
use crate::gitlab::HookEvent;
use crate::net::Request;
use crate::store::Store;

const PUBLIC: &str = "public address";

pub(super) fn configuration(config: &Result<Config, Faults>) -> Vec<Finding> {
    let what = "configuration";
    let config = match config {
        Ok(config) => config,
        Err(Faults(faults)) => {
            let fails = |fault: &crate::config::Fault| {
                Finding::fails(what, format!("{}: {}", fault.place, fault.wrong), &*fault.cure)
            };
            return faults.iter().map(fails).collect();
        }
    };
    let (routes, accounts) = (config.routes.len(), config.accounts.len());
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let says = format!("{routes} route{}, {accounts} Trello account{}", plural(routes), plural(accounts));
    let notes = config.notes.iter().map(|note| match note.split_once("; ") {
        Some((says, cure)) => Finding::doubtful(what, says, cure),
        None => Finding::doubtful(what, &**note, "remove it, or correct its name"),
    });
    [Finding::holds(what, says)].into_iter().chain(notes).collect()
}

pub(super) async fn database(config: &Config) -> (Option<Store>, Finding) {
    let what = "database";
    let url = config.database_url.expose();
    let kind = if url.starts_with("sqlite:") { url } else { "PostgreSQL" };
    let store = match Store::open(url, Clock::System).await {
        Ok(store) => store,
        Err(error) => {
            let cure = "check DATABASE_URL, that the database is there, and that this user may write to it";
            return (None, Finding::fails(what, error.to_string(), cure));
        }
    };
    match store.probe().await {
        Ok(()) => (Some(store), Finding::holds(what, format!("{kind}: writable, its schema is up to date"))),
        Err(error) => {
            let cure = "free space on its disk, or let this user write to it";
            (Some(store), Finding::fails(what, error.to_string(), cure))
        }
    }
}

/// Asks for `/healthz` by the address that GitLab would use.
pub(super) async fn public_url(config: &Config, running: bool) -> Result<Vec<Finding>> {
    let Some(url) = &config.public_url else {
        return Ok(vec![Finding::not_looked_at(PUBLIC, "PUBLIC_URL is not set")]);
    };
    let mut findings = vec![manners(url)];
    findings.retain(|finding| finding.cure.is_some());
    if running {
        findings.push(healthz(config, url).await?);
    } else {
        let why = "kanbridge does not run yet; start it and run `kanbridge check` again";
        findings.push(Finding::not_looked_at(PUBLIC, why));
    }
    Ok(findings)
}

async fn healthz(config: &Config, url: &Url) -> Result<Finding> {
    let http = outward::http(&config.outward, &config.limits)?;
    let mut asked = url.clone();
    asked.set_path(&format!("{}/healthz", url.path().trim_end_matches('/')));
    let request = Request { method: Method::GET, url: asked.clone(), headers: HeaderMap::new(), form: None };
    let cure = "is `kanbridge serve` running, does the name lead to this machine, and does the proxy in front pass \
                /healthz and /webhooks/gitlab on to LISTEN (deploy/nginx.conf)?";
    Ok(match http.send(request).await {
        Err(trouble) => Finding::fails(PUBLIC, format!("{asked} gives no answer ({trouble})"), cure),
        Ok(answer) if answer.status != 200 => {
            Finding::fails(PUBLIC, format!("{asked} answers {}", answer.status), cure)
        }
        Ok(answer) if is_ours(&answer.body) => Finding::holds(PUBLIC, format!("{asked} answers")),
        Ok(_) => Finding::fails(PUBLIC, format!("something else than kanbridge answers at {asked}"), cure),
    })
}

fn is_ours(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get("status").is_some_and(|status| status == "alive"))
}

/// What an address is like before anybody has asked it.
fn manners(url: &Url) -> Finding {
    if is_local(url) {
        return Finding::doubtful(PUBLIC, format!("{url} is an address in a local network"), HookEvent::BLOCKED_CURE);
    }
    if url.scheme() == "http" {
        let cure = "put TLS in front (deploy/nginx.conf) and write https:// in PUBLIC_URL and in the hook";
        return Finding::doubtful(
            PUBLIC,
            format!("{url} is not encrypted: the hook's secret can be read on the way"),
            cure,
        );
    }
    Finding::holds(PUBLIC, "")
}

/// An address that GitLab counts to its local network (<https://docs.gitlab.com/security/webhooks/>).
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => {
            ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unique_local() || ip.is_unspecified()
        }
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_local_network_are_known() {
        let local = |url: &str| is_local(&url.parse().unwrap());
        for url in ["http://localhost:8080", "https://10.1.2.3", "http://192.168.0.7:8080/x", "http://[::1]:8080"] {
            assert!(local(url), "{url}");
        }
        for url in ["https://kanbridge.example.com", "https://203.0.113.7", "https://[2001:db8::1]"] {
            assert!(!local(url), "{url}");
        }
    }
}
