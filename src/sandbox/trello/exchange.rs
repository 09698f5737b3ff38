//! What was asked and answered, kept for those who hold it against documents.

use hyper::http::request::Parts;

use super::api::Answer;

/// A call and its answer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Exchange {
    /// GET, POST …
    pub method: String,
    /// The path, with the version.
    pub path: String,
    /// The query, as it was sent.
    pub query: String,
    /// The `Content-Type` of the request, or nothing.
    pub content_type: String,
    /// The body of the request.
    pub body: String,
    /// The status of the answer.
    pub status: u16,
    /// The `Content-Type` of the answer.
    pub answer_type: &'static str,
    /// The body of the answer.
    pub answer: String,
}

impl Exchange {
    pub(super) fn of(head: &Parts, body: &[u8], answer: &Answer) -> Self {
        let (answer_type, text) = answer.written();
        let content_type = head.headers.get("content-type").and_then(|value| value.to_str().ok());
        Exchange {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            content_type: content_type.unwrap_or_default().to_owned(),
            body: String::from_utf8_lossy(body).into_owned(),
            status: answer.status(),
            answer_type,
            answer: text,
        }
    }
}
