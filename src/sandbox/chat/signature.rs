//! A receiver's side of Standard Webhooks (<https://www.standardwebhooks.com>), written from the specification.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;

/// Whether `body` came with a good signature of a good time.
pub(super) fn verified(key: &str, headers: &HeaderMap, body: &[u8], tolerance: Option<Duration>) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(time), Some(signatures)) =
        (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"))
    else {
        return false;
    };
    let Some(Ok(key)) = key.strip_prefix("whsec_").map(|key| STANDARD.decode(key)) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return false };
    mac.update(format!("{id}.{time}.").as_bytes());
    mac.update(body);
    let signed = signatures
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1,"))
        .any(|one| STANDARD.decode(one).is_ok_and(|signature| mac.clone().verify_slice(&signature).is_ok()));
    signed && timely(time, tolerance)
}

fn timely(time: &str, tolerance: Option<Duration>) -> bool {
    let Some(tolerance) = tolerance else { return true };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    time.parse().is_ok_and(|time: u64| now.abs_diff(Duration::from_secs(time)) <= tolerance)
}
