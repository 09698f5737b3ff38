//! The page's files, compiled in: hand-written, no build step, nothing from elsewhere.

use warp::http::{StatusCode, header};
use warp::reply::Response;

/// Path, type, text.
const FILES: &[(&str, &str, &str)] = &[
    ("", HTML, include_str!("assets/page.html")),
    ("page.css", "text/css; charset=utf-8", include_str!("assets/page.css")),
    ("page.js", SCRIPT, include_str!("assets/page.js")),
    ("dom.js", SCRIPT, include_str!("assets/dom.js")),
    ("issues.js", SCRIPT, include_str!("assets/issues.js")),
    ("board.js", SCRIPT, include_str!("assets/board.js")),
    ("room.js", SCRIPT, include_str!("assets/room.js")),
    ("travel.js", SCRIPT, include_str!("assets/travel.js")),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
];

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Nothing from elsewhere, nothing inline, nothing sent elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The file of this path; 404 when there is none.
pub(super) fn file(path: &str) -> Response {
    let found = FILES.iter().find(|(name, ..)| *name == path);
    let (status, kind, text) = match found {
        Some((_, kind, text)) => (StatusCode::OK, *kind, *text),
        None => (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "The demo has no such page; it is all on /."),
    };
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // Another version of the demo may come to this address tomorrow.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    let headers = headers.map(|(name, value)| (name, header::HeaderValue::from_static(value)));
    response.headers_mut().extend(headers);
    response
}
