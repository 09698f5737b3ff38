//! Our own writes, known again when a watch tells of them: the header `X-Trello-Client-Identifier` of a call comes back
//! on the deliveries that it causes
//! (<https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-call>).
//!
//! Only what is remembered as written is marked so. What is written for a person (a wish, a merge request's move) is news
//! for the card's issue, whoever's token it was written with.

use http::{HeaderMap, HeaderValue};

/// The header.
const HEADER: &str = "x-trello-client-identifier";

/// What stands there when nothing is to be known again: who works with Trello's logs sees who wrote.
const PLAIN: HeaderValue = HeaderValue::from_static("kanbridge");

/// The name under which one kanbridge knows its own writes. All that work on one store share it, and nobody else knows
/// it: whoever else writes on the same board, another kanbridge with the same token included, writes news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo(HeaderValue);

impl Echo {
    /// Of the kanbridge that is called so: a name that its store made up. `None`: no header can hold it.
    pub fn of(name: &str) -> Option<Self> {
        HeaderValue::from_str(&format!("kanbridge-{name}")).ok().map(Echo)
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
        let ours = Echo::of("0192f0c1").unwrap();
        let signed = |echo: Option<&Echo>| {
            let mut headers = HeaderMap::new();
            sign(&mut headers, echo);
            headers
        };
        assert!(ours.is_in(&signed(Some(&ours))));
        assert!(!ours.is_in(&signed(None)) && !ours.is_in(&HeaderMap::new()));
        assert!(!ours.is_in(&signed(Some(&Echo::of("0192f0c2").unwrap()))));
    }
}
