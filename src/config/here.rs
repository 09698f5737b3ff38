//! What concerns this process alone: where it listens, its memory, its ways out, its limits, its log.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::read::{PUBLIC_URL_CURE, Reader};
use super::{Limits, Log, Outward};
use crate::model::Secret;

const SHORTEST_TOKEN: usize = 16;

impl Reader<'_> {
    pub(super) fn listen(&mut self) -> Option<SocketAddr> {
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

    pub(super) fn public_url(&mut self) -> Option<url::Url> {
        let name = if self.environment.is_set("PUBLIC_URL") { "PUBLIC_URL" } else { "CALLBACK_DOMAIN" };
        let url = self.environment.is_set(name).then(|| self.url(name, PUBLIC_URL_CURE))??;
        if url.query().is_some() || url.path().ends_with("/webhooks/gitlab") {
            self.fault(name, "it is more than where kanbridge is", PUBLIC_URL_CURE);
        }
        Some(url)
    }

    pub(super) fn database(&mut self) -> Option<Secret> {
        let url = self.get("DATABASE_URL").unwrap_or_default();
        if ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Some(Secret::new(url));
        }
        // Not repeated: it may hold a password.
        let cure = "write sqlite:kanbridge.db or postgres://user:password@host/name";
        self.fault("DATABASE_URL", "it starts with neither `sqlite:` nor `postgres:`", cure);
        None
    }

    pub(super) fn outward(&mut self) -> Outward {
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

    pub(super) fn limits(&mut self) -> Limits {
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

    pub(super) fn number(&mut self, name: &str, least: u32, most: u32) -> u32 {
        let text = self.get(name).unwrap_or_default();
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => number,
            _ => {
                self.fault(name, format!("`{text}` is not a number from {least} to {most}"), "write such a number");
                least
            }
        }
    }

    pub(super) fn log(&mut self) -> Log {
        let format = self.get("LOG_FORMAT").unwrap_or_default();
        if !matches!(format.as_str(), "text" | "json") {
            self.fault("LOG_FORMAT", format!("`{format}` is no format"), "write text or json");
        }
        Log { json: format == "json", filter: self.get("RUST_LOG").unwrap_or_default() }
    }

    pub(super) fn admin_token(&mut self) -> Option<Secret> {
        let token = self.get("ADMIN_TOKEN")?;
        if token.len() < SHORTEST_TOKEN {
            let wrong = format!("it is shorter than {SHORTEST_TOKEN} characters, and could be guessed");
            self.fault("ADMIN_TOKEN", wrong, "invent a long random text: openssl rand -hex 32");
        }
        Some(Secret::new(token))
    }
}
