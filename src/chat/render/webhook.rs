//! Whatever takes JSON: the message as it is, with its sentence as plain text beside; and what a room's own template may
//! ask for.

use serde_json::{Value, json};

use super::color::hex;
use super::fit::fitted;
use super::html::Html;
use super::layout::{Mentions, laid_out, with_link};
use super::markdown::{Links, Markdown};
use super::plain::Plain;
use super::prose::{as_lines, prose};
use super::slack;
use crate::model::Message;
use crate::text::length;

/// Receivers of webhooks commonly take 64 KB or more; this is far below, in any writing.
const LONGEST: usize = 8_000;

pub(super) fn body(message: &Message) -> Value {
    let message = laid_out(message, Mentions::Broken);
    fitted(&message, written, |body: &Value| body["text"].as_str().is_some_and(|text| length(text) <= LONGEST))
}

fn written(message: &Message) -> Value {
    // A message holds nothing that JSON cannot.
    let mut body = serde_json::to_value(message).unwrap_or_else(|_| json!({}));
    body["text"] = json!(prose(&message.spans, &Plain { addresses: false }));
    body
}

/// A way of writing that a template may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chat) enum Letter {
    /// Plain text, addresses included.
    Plain,
    /// HTML of few tags, lines ended by `\n`: Telegram.
    Html,
    /// Markdown as most know it.
    Markdown,
    /// Slack's own: Google Chat and Zulip's Slack-compatible door read it too.
    Slack,
}

/// CommonMark, in which a backslash makes any sign harmless.
const COMMON: Markdown = Markdown {
    italic: "*",
    signs: "\\`*_~[]<>|&",
    starts: "#-+=.)",
    broken: "",
    lookalikes: &[],
    instead: &[],
    quote: "> ",
    line: "\n",
    links: Links::Usual,
};

/// `message` in one of the ways of writing, at most `limit` UTF-16 units of it, fields as lines.
pub(in crate::chat) fn letter(message: &Message, letter: Letter, limit: usize) -> String {
    let mut message = with_link(laid_out(message, Mentions::Broken));
    message.spans.extend(as_lines(&std::mem::take(&mut message.fields)));
    let html = Html { line: "\n", quote: ("<blockquote>", "</blockquote>") };
    let write = |message: &Message| match letter {
        Letter::Plain => prose(&message.spans, &Plain { addresses: true }),
        Letter::Html => prose(&message.spans, &html),
        Letter::Markdown => prose(&message.spans, &COMMON),
        Letter::Slack => prose(&message.spans, &slack::Mrkdwn),
    };
    fitted(&message, write, |text: &String| length(text) <= limit)
}

/// `message` with nothing in it that calls anybody, for the parts that a template takes as they are.
pub(in crate::chat) fn quieted(message: &Message) -> Message {
    laid_out(message, Mentions::Broken)
}

/// The colour of a message's tone, for templates.
pub(in crate::chat) fn color(message: &Message) -> Option<String> {
    hex(message.tone)
}
