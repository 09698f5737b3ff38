//! Signing what is posted as Standard Webhooks does (<https://www.standardwebhooks.com>): the receiver can tell that it
//! comes from us, is whole, and is no replay.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;

use crate::model::{Micros, SigningKey};

/// The headers that go with `body`. `id` stays the same when the message is sent again, and tells the receiver so.
///
/// # Errors
/// A sentence when `id` is none that a header can hold.
pub(super) fn headers(key: &SigningKey, id: &str, now: Micros, body: &[u8]) -> Result<HeaderMap, String> {
    let timestamp = now.seconds().to_string();
    // HMAC takes keys of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).map_err(|error| error.to_string())?;
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| format!("`{id}` cannot stand in a header"));
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", value(id)?);
    headers.insert("webhook-timestamp", value(&timestamp)?);
    headers.insert("webhook-signature", value(&signature)?);
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    #[test]
    fn the_signature_is_the_one_of_the_specification_s_example() {
        let key = SigningKey::parse(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        let now = Micros(1_614_265_330 * 1_000_000);
        let headers = headers(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", now, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(headers["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(headers["webhook-timestamp"], "1614265330");
    }
}
