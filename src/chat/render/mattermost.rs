//! Mattermost, through an incoming webhook: Slack's form with Markdown in it.

use serde_json::{Value, json};

use super::fit::fitted;
use super::layout::{Mentions, laid_out, with_link};
use super::markdown::{Links, Markdown};
use super::prose::prose;
use super::slack::{fallback, framed};
use crate::model::Message;

/// Characters of the whole body. The server splits a text at 16,383, and servers of before 2018 keep a frame of 8,000 at
/// most; <https://developers.mattermost.com/integrate/webhooks/incoming/>.
const LONGEST: usize = 7_000;

/// Entities and not a backslash before `<`: the server turns Slack's `<url|text>` into links before anything else reads
/// the text.
const DIALECT: Markdown = Markdown {
    italic: "*",
    signs: "\\`*_~[]|",
    starts: "#-+=>.)",
    broken: "",
    lookalikes: &[],
    instead: &[("&", "&amp;"), ("<", "&lt;")],
    quote: "> ",
    line: "\n",
    links: Links::Usual,
};

pub(super) fn body(message: &Message) -> Value {
    let message = with_link(laid_out(message, Mentions::Broken));
    fitted(&message, written, |body: &Value| body.to_string().chars().count() <= LONGEST)
}

fn written(message: &Message) -> Value {
    let text = prose(&message.spans, &DIALECT);
    framed(
        message,
        &text,
        &fallback(message),
        |one| json!({ "title": DIALECT.plain(&one.name), "value": DIALECT.plain(&one.value), "short": true }),
    )
}
