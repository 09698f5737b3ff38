//! A piece of a path as it was meant: rooms may have names that a URL has to write with escapes.

use url::form_urlencoded;

/// The piece with its escapes undone. What is no UTF-8 then names nothing that we know.
pub(super) fn decoded(piece: &str) -> String {
    // In a path, unlike in a query, a plus is a plus.
    let piece = piece.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(piece.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_nothing_else() {
        for (piece, meant) in
            [("dev", "dev"), ("k%C3%BCche", "küche"), ("a+b=c&d", "a+b=c&d"), ("%25", "%"), ("%zz", "%zz"), ("", "")]
        {
            assert_eq!(decoded(piece), meant);
        }
        assert_eq!(decoded("%ff"), "\u{fffd}");
    }
}
