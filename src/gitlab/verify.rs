//! Who may knock: GitLab's secret token, and since 19.0 its signing token (Standard Webhooks:
//! HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{raw body}`), compared in constant time
//! (<https://docs.gitlab.com/user/project/integrations/webhooks/>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::model::{Micros, Secret, SigningKey};

/// How far a signature's time may be from ours, in seconds and in both directions. Standard
/// Webhooks libraries use the same.
const TOLERANCE: i64 = 300;

/// Why a request was not let in, in a sentence for whoever set the hook up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// No `X-Gitlab-Token`.
    #[error("X-Gitlab-Token is missing; set the hook's secret token in GitLab to the value of GITLAB_WEBHOOK_SECRET")]
    NoToken,
    /// Another `X-Gitlab-Token`.
    #[error("X-Gitlab-Token is wrong; set the hook's secret token in GitLab to the value of GITLAB_WEBHOOK_SECRET")]
    WrongToken,
    /// A signing token is configured, and the request carries no signature.
    #[error(
        "the request is not signed ({0} is missing); GITLAB_SIGNING_TOKEN is set here, so set that signing token on the hook in GitLab (19.0 or later)"
    )]
    Unsigned(&'static str),
    /// No signature matches.
    #[error(
        "webhook-signature is wrong; set GITLAB_SIGNING_TOKEN to the signing token of this hook, and let no proxy change the body"
    )]
    WrongSignature,
    /// The time of the signature is not a number.
    #[error("webhook-timestamp is not a number of seconds")]
    BadTimestamp,
    /// The signature is right and too old.
    #[error(
        "the signature is {0} seconds old, more than {TOLERANCE} are not accepted; compare the clocks of both machines, and let GitLab send the event again"
    )]
    Stale(i64),
    /// The signature is right and from the future.
    #[error(
        "the signature is {0} seconds in the future, more than {TOLERANCE} are not accepted; compare the clocks of both machines"
    )]
    Early(i64),
}

/// What is accepted. Several of each while they are being rotated.
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    /// Accepted values of `X-Gitlab-Token`.
    pub secrets: Vec<Secret>,
    /// Accepted signing keys. With any, unsigned requests are refused.
    pub signing_keys: Vec<SigningKey>,
}

impl Verifier {
    /// What can be refused before the body is read.
    ///
    /// # Errors
    /// [`Unverified`] says what is missing or wrong.
    pub fn check_headers(&self, headers: &HeaderMap) -> Result<(), Unverified> {
        if self.signing_keys.is_empty() {
            return self.check_token(headers);
        }
        signature_parts(headers).map(|_| ())
    }

    /// Verifies a whole request; `now` is the time of its arrival.
    ///
    /// # Errors
    /// [`Unverified`] says what is missing or wrong.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: Micros) -> Result<(), Unverified> {
        if self.signing_keys.is_empty() {
            return self.check_token(headers);
        }
        let (id, timestamp, signatures) = signature_parts(headers)?;
        let given: Vec<Vec<u8>> = signatures
            .split(' ')
            .filter_map(|entry| entry.strip_prefix("v1,"))
            .filter_map(|encoded| STANDARD.decode(encoded).ok())
            .collect();
        let mut matched = Choice::from(0);
        for key in &self.signing_keys {
            let Some(wanted) = sign(key, id, timestamp, body) else {
                continue;
            };
            for signature in &given {
                matched |= signature.as_slice().ct_eq(&wanted);
            }
        }
        if !bool::from(matched) {
            return Err(Unverified::WrongSignature);
        }
        let sent: i64 = timestamp.parse().map_err(|_| Unverified::BadTimestamp)?;
        match now.seconds().saturating_sub(sent) {
            age if age > TOLERANCE => Err(Unverified::Stale(age)),
            age if age < -TOLERANCE => Err(Unverified::Early(-age)),
            _ => Ok(()),
        }
    }

    /// Compares digests, so that neither the time taken nor an early end tells anything of the
    /// secret or its length.
    fn check_token(&self, headers: &HeaderMap) -> Result<(), Unverified> {
        let given = Sha256::digest(headers.get("x-gitlab-token").ok_or(Unverified::NoToken)?.as_bytes());
        let mut matched = Choice::from(0);
        for secret in &self.secrets {
            matched |= Sha256::digest(secret.expose()).as_slice().ct_eq(given.as_slice());
        }
        if bool::from(matched) { Ok(()) } else { Err(Unverified::WrongToken) }
    }
}

fn sign(key: &SigningKey, id: &str, timestamp: &str, body: &[u8]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).ok()?;
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

fn signature_parts(headers: &HeaderMap) -> Result<(&str, &str, &str), Unverified> {
    let part =
        |name: &'static str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Unverified::Unsigned(name));
    Ok((part("webhook-id")?, part("webhook-timestamp")?, part("webhook-signature")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOKEN: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const AT: Micros = Micros(1_614_265_330_000_000);

    fn verifier(tokens: &[&str]) -> Verifier {
        let signing_keys = tokens.iter().map(|token| SigningKey::parse(&Secret::new(*token)).unwrap()).collect();
        Verifier { secrets: vec![Secret::new("old"), Secret::new("new")], signing_keys }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    /// The reference vector of Standard Webhooks.
    fn signed() -> HeaderMap {
        headers(&[
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ])
    }

    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    #[test]
    fn the_reference_vector_passes_also_while_rotating() {
        assert_eq!(verifier(&[TOKEN]).verify(&signed(), BODY, AT), Ok(()));
        let other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        assert_eq!(verifier(&[other, TOKEN]).verify(&signed(), BODY, AT), Ok(()));
        assert_eq!(verifier(&[other]).verify(&signed(), BODY, AT), Err(Unverified::WrongSignature));
    }

    #[test]
    fn a_stale_signature_is_told_by_how_much() {
        let late = |seconds: i64| verifier(&[TOKEN]).verify(&signed(), BODY, Micros(AT.0 + seconds * 1_000_000));
        assert_eq!(late(300), Ok(()));
        assert_eq!(late(301), Err(Unverified::Stale(301)));
        assert_eq!(late(-300), Ok(()));
        assert_eq!(late(-301), Err(Unverified::Early(301)));
    }

    #[test]
    fn with_a_signing_token_the_secret_alone_no_longer_opens() {
        let plain = headers(&[("x-gitlab-token", "new")]);
        assert_eq!(verifier(&[TOKEN]).verify(&plain, BODY, AT), Err(Unverified::Unsigned("webhook-id")));
        assert_eq!(verifier(&[TOKEN]).check_headers(&plain), Err(Unverified::Unsigned("webhook-id")));
    }

    #[test]
    fn each_secret_opens_while_rotating_and_nothing_else_does() {
        let open = |token: &str| verifier(&[]).check_headers(&headers(&[("x-gitlab-token", token)]));
        assert_eq!((open("old"), open("new")), (Ok(()), Ok(())));
        for wrong in ["", "ol", "oldnew", "old,new", "OLD"] {
            assert_eq!(open(wrong), Err(Unverified::WrongToken), "{wrong}");
        }
        assert_eq!(verifier(&[]).check_headers(&HeaderMap::new()), Err(Unverified::NoToken));
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_noticed(at in 0usize..20, bit in 0u8..8) {
            let mut body = BODY.to_vec();
            body[at] ^= 1 << bit;
            prop_assert_eq!(verifier(&[TOKEN]).verify(&signed(), &body, AT), Err(Unverified::WrongSignature));
        }
    }
}
