//! The key behind a signing token of the Standard Webhooks form (<https://www.standardwebhooks.com>).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Secret;

/// A signing token that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSigningToken {
    /// It does not start with `whsec_`.
    #[error("does not start with `whsec_`")]
    Prefix,
    /// What follows is not base64.
    #[error("is not base64 behind `whsec_`")]
    Base64,
    /// Too short to protect anything.
    #[error("holds only {0} bytes (GitLab makes 32)")]
    Short(usize),
}

/// The key behind a `whsec_…` token.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl SigningKey {
    /// Reads a token as GitLab shows it. The key is what the base64 text stands for, not the text.
    ///
    /// # Errors
    /// [`BadSigningToken`] says what is wrong with it, without repeating it.
    pub fn parse(token: &Secret) -> Result<Self, BadSigningToken> {
        let encoded = token.expose().strip_prefix("whsec_").ok_or(BadSigningToken::Prefix)?;
        let key = STANDARD.decode(encoded).map_err(|_| BadSigningToken::Base64)?;
        if key.len() < 16 {
            return Err(BadSigningToken::Short(key.len()));
        }
        Ok(SigningKey(key))
    }

    /// The key itself, for the one place that signs with it.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_signing_token_is_named_without_being_repeated() {
        let parse = |token: &str| SigningKey::parse(&Secret::new(token)).map(|_| ()).unwrap_err();
        assert_eq!(parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), BadSigningToken::Prefix);
        assert_eq!(parse("whsec_not base64"), BadSigningToken::Base64);
        assert_eq!(parse("whsec_AAAA"), BadSigningToken::Short(3));
    }
}
