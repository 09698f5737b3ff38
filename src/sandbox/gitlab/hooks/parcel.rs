//! One request to a hook, made up: body and headers of its era, signed at the moment it leaves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;

use super::Hook;
use crate::sandbox::gitlab::Era;

/// A request to a hook.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) hook: i64,
    pub(crate) url: String,
    pub(crate) trigger: &'static str,
    pub(crate) body: Bytes,
    /// The same whenever this is sent again.
    pub(crate) key: String,
    /// One for a whole chain of recursive hooks.
    pub(crate) event_uuid: String,
    token: Option<String>,
    signing_token: Option<String>,
    custom_headers: Vec<(String, String)>,
}

/// Makes up the request that tells `hook` of `body`.
pub(crate) fn parcel(hook: &Hook, trigger: &'static str, body: &Value, cause: Option<&str>) -> Parcel {
    Parcel {
        hook: hook.id,
        url: hook.target(),
        trigger,
        body: Bytes::from(body.to_string()),
        key: Uuid::now_v7().to_string(),
        event_uuid: cause.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned),
        token: hook.token.clone(),
        signing_token: hook.signing_token.clone(),
        custom_headers: hook.custom_headers.clone().into_iter().collect(),
    }
}

impl Parcel {
    /// What `X-Gitlab-Event` says.
    pub(crate) fn event(&self) -> &'static str {
        match self.trigger {
            "confidential_issues_events" => "Confidential Issue Hook",
            "note_events" => "Note Hook",
            "confidential_note_events" => "Confidential Note Hook",
            "merge_requests_events" => "Merge Request Hook",
            _ => "Issue Hook",
        }
    }

    /// The headers of a request that leaves now. Own headers come first: they cannot take the place of GitLab's.
    pub(crate) fn headers(&self, era: Era, instance: &str, now: Timestamp) -> Vec<(String, String)> {
        let mut headers = self.custom_headers.clone();
        let mut add = |name: &str, value: &str| {
            headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            headers.push((name.to_owned(), value.to_owned()));
        };
        add("Content-Type", "application/json");
        add("User-Agent", &format!("GitLab/{}", era.version()));
        add("X-Gitlab-Event", self.event());
        add("X-Gitlab-Webhook-UUID", &Uuid::now_v7().to_string());
        add("X-Gitlab-Instance", instance);
        add("X-Gitlab-Event-UUID", &self.event_uuid);
        if let Some(token) = &self.token {
            add("X-Gitlab-Token", &token.replace(['\r', '\n'], ""));
        }
        if era != Era::Plain {
            add("Idempotency-Key", &self.key);
        }
        if era == Era::Signed {
            let at = now.as_second().to_string();
            add("webhook-id", &self.key);
            add("webhook-timestamp", &at);
            if let Some(signature) = self.signing_token.as_deref().and_then(|token| self.sign(token, &at)) {
                add("webhook-signature", &signature);
            }
        }
        headers
    }

    fn sign(&self, token: &str, at: &str) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&signing_key(token)?).ok()?;
        mac.update(format!("{}.{at}.", self.key).as_bytes());
        mac.update(&self.body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// The key in a signing token: `whsec_` and 32 bytes in base64. `None`: it is no such token.
pub(crate) fn signing_key(token: &str) -> Option<Vec<u8>> {
    STANDARD.decode(token.strip_prefix("whsec_")?).ok().filter(|key| key.len() == 32)
}
