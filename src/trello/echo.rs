//! Our own writes, known again when a watch tells of them: the header `X-Trello-Client-Identifier` of a call comes back
//! on the deliveries that it causes
//! (<https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-call>).
//!
//! Only what is remembered as written is marked so. What is written for a person (a wish, a merge request's move) is news
//! for the card's issue, whoever's token it was written with.

use http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};
use url::Url;

/// The header.
const HEADER: &str = "x-trello-client-identifier";

/// What stands there when nothing is to be known again: who works with Trello's logs sees who wrote.
const PLAIN: HeaderValue = HeaderValue::from_static("kanbridge");

/// So many hexadecimal digits tell one kanbridge from another.
const DIGITS: usize = 16;

/// The name under which one kanbridge knows its own writes. All its replicas share its address, and no other kanbridge
/// that works on the same board has it: that one's writes are news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo(HeaderValue);

impl Echo {
    /// Of the kanbridge at `public_url`, to which its watches lead.
    pub fn of(public_url: &Url) -> Option<Self> {
        let digest = Sha256::digest(public_url.as_str().trim_end_matches('/'));
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).take(DIGITS / 2).collect();
        HeaderValue::from_str(&format!("kanbridge-{digits}")).ok().map(Echo)
    }

    /// Whether a delivery tells of what we wrote and remember.
    pub fn is_in(&self, headers: &HeaderMap) -> bool {
        headers.get(HEADER) == Some(&self.0)
    }
}

/// Names who writes; `echo`: the write is remembered.
pub(super) fn sign(headers: &mut HeaderMap, echo: Option<&Echo>) {
    headers.insert(HEADER, echo.map_or(PLAIN, |Echo(name)| name.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_is_remembered_is_known_again_and_no_other() {
        let echo = |url: &str| Echo::of(&url.parse().unwrap()).unwrap();
        let ours = echo("https://bridge.example/kan");
        let signed = |echo: Option<&Echo>| {
            let mut headers = HeaderMap::new();
            sign(&mut headers, echo);
            headers
        };
        assert!(ours.is_in(&signed(Some(&ours))));
        assert!(echo("https://bridge.example/kan/").is_in(&signed(Some(&ours))), "a slash makes no other bridge");
        assert!(!ours.is_in(&signed(None)) && !ours.is_in(&HeaderMap::new()));
        assert!(!ours.is_in(&signed(Some(&echo("https://other.example/")))));
    }
}
