//! Keeping a room's secrets out of what its server says: many an error page repeats the path that was asked for.

use url::Url;

use crate::model::Room;
use crate::net::one_line;

/// No more of an answer is looked at.
const LONGEST: usize = 4_096;
/// Shorter pieces of a path tell nothing (`hooks`, `v2`), and are words that an error may need.
const SHORTEST: usize = 8;

/// The pieces that must not be repeated, the longest first.
#[derive(Clone)]
pub(super) struct Scrub(Vec<String>);

impl std::fmt::Debug for Scrub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Scrub {
    pub(super) fn of(room: &Room, url: &Url) -> Self {
        let mut pieces: Vec<String> = vec![room.url.expose().to_owned(), url.as_str().to_owned()];
        pieces.extend(room.token.as_ref().map(|token| token.expose().to_owned()));
        pieces.extend(
            [Some(url.path()), url.query(), url.password(), Some(url.username())]
                .into_iter()
                .flatten()
                .map(str::to_owned),
        );
        pieces.extend(url.path_segments().into_iter().flatten().map(str::to_owned));
        for (_, value) in url.query_pairs() {
            pieces.push(value.into_owned());
        }
        pieces.extend(url.query().into_iter().flat_map(|query| query.split(['&', '='])).map(str::to_owned));
        pieces.retain(|piece| piece.len() >= SHORTEST);
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        pieces.dedup();
        Scrub(pieces)
    }

    /// The same, and those of an address that came with a command.
    pub(super) fn and(&self, room: &Room, address: &Url) -> Self {
        let mut pieces = Scrub::of(room, address).0;
        pieces.extend(self.0.iter().cloned());
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        Scrub(pieces)
    }

    /// What a server said, on one line, without them.
    pub(super) fn told(&self, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(&body[..body.len().min(LONGEST)]).into_owned();
        one_line(&self.0.iter().fold(text, |text, piece| text.replace(piece, "***")))
    }
}
