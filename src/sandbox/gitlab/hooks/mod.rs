//! Webhooks of projects: which events they want, how they fare, and what was sent to them.

mod health;
mod parcel;
mod payload;
mod post;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use health::AutoDisable;
pub(super) use health::Health;
pub(super) use parcel::{Parcel, parcel, signing_key};
pub(super) use payload::Writer;
pub use post::{Delivery, Shuffle, Tally};
pub(super) use post::{Post, post, send};

/// Every switch of a hook, in the order in which GitLab's API lists them. The look-alike has events for the first five.
pub(super) const TRIGGERS: [&str; 20] = [
    "issues_events",
    "confidential_issues_events",
    "note_events",
    "confidential_note_events",
    "merge_requests_events",
    "push_events",
    "tag_push_events",
    "job_events",
    "pipeline_events",
    "wiki_page_events",
    "deployment_events",
    "feature_flag_events",
    "releases_events",
    "milestone_events",
    "emoji_events",
    "resource_access_token_events",
    "resource_deploy_token_events",
    "vulnerability_events",
    "member_events",
    "repository_update_events",
];

/// A hook of a project.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) id: i64,
    pub(super) project: i64,
    pub(super) url: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) created_at: Timestamp,
    /// The switches that are on.
    pub(super) triggers: Vec<&'static str>,
    pub(super) token: Option<String>,
    pub(super) signing_token: Option<String>,
    pub(super) verify_tls: bool,
    pub(super) custom_headers: BTreeMap<String, String>,
    /// `{name}` in the URL stands for these when something is sent.
    pub(super) url_variables: BTreeMap<String, String>,
    pub(super) health: Health,
}

impl Hook {
    pub(super) fn new(id: i64, project: i64, url: &str, created_at: Timestamp) -> Self {
        Hook {
            id,
            project,
            url: url.to_owned(),
            name: None,
            description: None,
            created_at,
            triggers: Vec::new(),
            token: None,
            signing_token: None,
            verify_tls: true,
            custom_headers: BTreeMap::new(),
            url_variables: BTreeMap::new(),
            health: Health::default(),
        }
    }

    /// Another URL forgets what was secret with the old one, lest it be sent to somebody else.
    pub(super) fn change_url(&mut self, url: &str) {
        if self.url != url {
            url.clone_into(&mut self.url);
            (self.token, self.signing_token) = (None, None);
            self.custom_headers.clear();
            self.url_variables.clear();
        }
    }

    pub(super) fn switch(&mut self, trigger: &'static str, on: bool) {
        self.triggers.retain(|other| *other != trigger);
        if on {
            self.triggers.push(trigger);
        }
    }

    /// Where it really sends to.
    pub(super) fn target(&self) -> String {
        let fill = |url: String, (name, value): (&String, &String)| url.replace(&format!("{{{name}}}"), value);
        self.url_variables.iter().fold(self.url.clone(), fill)
    }
}

/// Why GitLab does not send to a URL, if its administrator has not allowed requests to the local network.
pub(super) fn blocked(url: &str) -> Option<&'static str> {
    let host = url::Url::parse(url).ok()?.host().map(|host| host.to_owned())?;
    let (local, private) = match host {
        url::Host::Domain(name) => (name == "localhost" || name.ends_with(".localhost"), false),
        url::Host::Ipv4(ip) => (ip.is_loopback() || ip.is_unspecified(), ip.is_private() || ip.is_link_local()),
        url::Host::Ipv6(ip) => {
            (ip.is_loopback() || ip.is_unspecified(), ip.is_unique_local() || ip.is_unicast_link_local())
        }
    };
    match (local, private) {
        (true, _) => Some("Url is blocked: Requests to localhost are not allowed"),
        (_, true) => Some("Url is blocked: Requests to the local network are not allowed"),
        _ => None,
    }
}
