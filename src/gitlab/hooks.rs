//! A project's hooks at GitLab: read, made, changed (<https://docs.gitlab.com/api/project_webhooks/>). Secrets go in
//! and never come out: GitLab does not tell them.

use http::Method;
use serde::Deserialize;
use url::Url;

use super::client::{Call, GitLab};
use super::error;
use crate::model::{Secret, Trouble, TroubleKind};

/// A hook as GitLab describes it. What an older GitLab does not know is `None`, or off.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct RegisteredHook {
    /// Its number.
    pub id: i64,
    /// Where it goes; masked parts are written `{name}`.
    pub url: String,
    /// Sends issues.
    #[serde(default)]
    pub issues_events: bool,
    /// Sends confidential issues: also what tells us that an issue has become confidential.
    #[serde(default)]
    pub confidential_issues_events: Option<bool>,
    /// Sends comments.
    #[serde(default)]
    pub note_events: bool,
    /// Sends comments on confidential issues.
    #[serde(default)]
    pub confidential_note_events: Option<bool>,
    /// Sends merge requests.
    #[serde(default)]
    pub merge_requests_events: bool,
    /// `executable`, `temporarily_disabled`, `disabled`.
    pub alert_status: Option<String>,
    /// Until when, where it is for a time.
    pub disabled_until: Option<String>,
    /// A body of the user's own making.
    pub custom_webhook_template: Option<String>,
    /// Whether requests are signed; GitLab 19 and later say so.
    pub signing_token_present: Option<bool>,
}

/// The paths that GitLab's hooks may go to.
const DOORS: [&str; 2] = ["/webhooks/gitlab", "/issue"];

/// Where a hook should go.
pub fn hook_target(public_url: &Url) -> String {
    format!("{}{}", public_url.as_str().trim_end_matches('/'), DOORS[0])
}

/// Whether a hook goes to kanbridge: to one of its doors at PUBLIC_URL, or at any host where that is not set.
pub fn leads_here(url: &str, public_url: Option<&Url>) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let Some(door) = DOORS.iter().find_map(|door| url.path().trim_end_matches('/').strip_suffix(door)) else {
        return false;
    };
    public_url.is_none_or(|public| url.origin() == public.origin() && door == public.path().trim_end_matches('/'))
}

/// GitLab does not send to a hook that failed too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwitchedOff {
    /// Until somebody does something.
    ForGood,
    /// Until then, as GitLab writes it.
    Until(String),
}

impl RegisteredHook {
    /// Whether GitLab has switched it off
    /// (<https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks>).
    pub fn switched_off(&self) -> Option<SwitchedOff> {
        match (self.alert_status.as_deref(), &self.disabled_until) {
            (Some("disabled"), _) => Some(SwitchedOff::ForGood),
            (Some("temporarily_disabled"), until) | (None, until @ Some(_)) => {
                Some(SwitchedOff::Until(until.clone().unwrap_or_else(|| "it says so no more".to_owned())))
            }
            _ => None,
        }
    }

    /// The triggers that are off and without which issues do not come, or are not seen to turn confidential.
    pub fn lacks_issues(&self) -> Vec<&'static str> {
        off([
            ("Issues events", self.issues_events),
            ("Confidential issues events", self.confidential_issues_events == Some(true)),
        ])
    }

    /// The triggers that are off and without which comments and merge requests do not come.
    pub fn lacks_comments(&self) -> Vec<&'static str> {
        off([
            ("Comments", self.note_events),
            ("Confidential comments", self.confidential_note_events == Some(true)),
            ("Merge request events", self.merge_requests_events),
        ])
    }
}

fn off<const N: usize>(triggers: [(&'static str, bool); N]) -> Vec<&'static str> {
    triggers.into_iter().filter(|(_, on)| !on).map(|(name, _)| name).collect()
}

/// A hook as it should be. Everything goes along in every call: changing the URL alone would clear the secrets.
#[derive(Clone, Debug)]
pub struct HookCall {
    /// Where it goes.
    pub url: String,
    /// `X-Gitlab-Token`.
    pub secret: Option<Secret>,
    /// `whsec_…`; ignored without a word by GitLab before 19.
    pub signing_token: Option<Secret>,
}

/// How GitLab fared with a hook's newest delivery.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct HookEvent {
    /// A status in digits, or `internal error`.
    pub response_status: String,
    /// What was answered, or why nothing could be sent.
    #[serde(default)]
    pub response_body: Option<String>,
}

impl HookEvent {
    /// GitLab itself refused to send it, to an address of a local network.
    pub fn is_blocked(&self) -> bool {
        self.response_body.as_deref().is_some_and(error::is_blocked)
    }

    /// What to do about that.
    pub const BLOCKED_CURE: &'static str = error::LOCAL_NETWORK;
}

/// GitLab allows a project this many hooks (<https://docs.gitlab.com/administration/instance_limits/>).
const MOST_HOOKS: usize = 100;

impl HookCall {
    fn form(&self) -> Vec<(&'static str, String)> {
        let on = |name| (name, "true".to_owned());
        let mut form = vec![
            ("url", self.url.clone()),
            // On by default, and nothing of ours.
            ("push_events", "false".to_owned()),
            on("issues_events"),
            on("confidential_issues_events"),
            on("note_events"),
            on("confidential_note_events"),
            on("merge_requests_events"),
            on("enable_ssl_verification"),
        ];
        form.extend(self.secret.as_ref().map(|secret| ("token", secret.expose().to_owned())));
        form.extend(self.signing_token.as_ref().map(|token| ("signing_token", token.expose().to_owned())));
        form
    }
}

impl GitLab {
    /// All hooks of a project. The token needs the role Maintainer there.
    pub async fn hooks(&self, project: i64) -> Result<Vec<RegisteredHook>, Trouble> {
        let path = ["projects", &project.to_string(), "hooks"];
        self.read_all(Call::get("GET /projects/{id}/hooks", &path, &[]), MOST_HOOKS).await
    }

    /// All hooks of a group; none where this GitLab has no hooks for groups (they need Premium).
    pub async fn group_hooks(&self, group: &str) -> Result<Vec<RegisteredHook>, Trouble> {
        let path = ["groups", group, "hooks"];
        match self.read_all(Call::get("GET /groups/{id}/hooks", &path, &[]), MOST_HOOKS).await {
            Err(trouble) if matches!(trouble.kind, TroubleKind::Gone | TroubleKind::Refused) => Ok(Vec::new()),
            hooks => hooks,
        }
    }

    /// Makes a hook.
    pub async fn create_hook(&self, project: i64, hook: &HookCall) -> Result<RegisteredHook, Trouble> {
        let path = ["projects", &project.to_string(), "hooks"];
        self.read(Call {
            name: "POST /projects/{id}/hooks",
            method: Method::POST,
            path: &path,
            query: &[],
            form: Some(hook.form()),
        })
        .await
    }

    /// Changes a hook.
    pub async fn update_hook(&self, project: i64, id: i64, hook: &HookCall) -> Result<RegisteredHook, Trouble> {
        let path = ["projects", &project.to_string(), "hooks", &id.to_string()];
        self.read(Call {
            name: "PUT /projects/{id}/hooks/{id}",
            method: Method::PUT,
            path: &path,
            query: &[],
            form: Some(hook.form()),
        })
        .await
    }

    /// The newest delivery of a hook within the week that GitLab remembers; `None` where there is none, or where GitLab
    /// does not tell (before 17.3).
    pub async fn newest_hook_event(&self, project: i64, id: i64) -> Result<Option<HookEvent>, Trouble> {
        let path = ["projects", &project.to_string(), "hooks", &id.to_string(), "events"];
        let query = [("per_page", "1")];
        match self.read::<Vec<HookEvent>>(Call::get("GET /projects/{id}/hooks/{id}/events", &path, &query)).await {
            Ok(events) => Ok(events.into_iter().next()),
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Has GitLab send the project's newest issue to a hook now; it looks exactly like a real event. A success also
    /// switches a disabled hook on again.
    ///
    /// # Errors
    /// Also when the receiver answered other than 2xx, and when the project has no issues yet.
    pub async fn test_hook(&self, project: i64, id: i64) -> Result<(), Trouble> {
        let path = ["projects", &project.to_string(), "hooks", &id.to_string(), "test", "issues_events"];
        let name = "POST /projects/{id}/hooks/{id}/test/issues_events";
        self.send(Call { name, method: Method::POST, path: &path, query: &[], form: None }).await.map(drop)
    }

    /// The same for a hook of a group, since GitLab 17.1
    /// (<https://docs.gitlab.com/api/group_webhooks/#trigger-a-test-group-hook>).
    pub async fn test_group_hook(&self, group: &str, id: i64) -> Result<(), Trouble> {
        let path = ["groups", group, "hooks", &id.to_string(), "test", "issues_events"];
        let name = "POST /groups/{id}/hooks/{id}/test/issues_events";
        self.send(Call { name, method: Method::POST, path: &path, query: &[], form: None }).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_ours_by_its_address() {
        let public: Url = "https://kan.example.com/bridge/".parse().unwrap();
        assert_eq!(hook_target(&public), "https://kan.example.com/bridge/webhooks/gitlab");
        for url in [
            "https://kan.example.com/bridge/webhooks/gitlab",
            "https://KAN.example.com:443/bridge/webhooks/gitlab/",
            "https://kan.example.com/bridge/issue",
        ] {
            assert!(leads_here(url, Some(&public)), "{url}");
        }
        for url in ["https://kan.example.com/webhooks/gitlab", "http://kan.example.com/bridge/issue", "nonsense"] {
            assert!(!leads_here(url, Some(&public)), "{url}");
        }
        assert!(leads_here("https://old.example.com/issue", None) && !leads_here("https://old.example.com/hook", None));
    }
}
