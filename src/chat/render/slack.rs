//! Slack, through an incoming webhook. Three characters are escaped and no others
//! (<https://docs.slack.dev/messaging/formatting-message-text/>); that makes `<!channel>` harmless too.

use serde_json::{Value, json};

use super::color::hex;
use super::fit::fitted;
use super::layout::{Mentions, laid_out, with_link};
use super::plain::Plain;
use super::prose::{Dialect, prose};
use crate::model::{Field, Message, Span};
use crate::text::head;

/// Characters of a text. Slack splits at about 4,000.
const LONGEST: usize = 3_000;
/// Of what a notification shows.
const LONGEST_FALLBACK: usize = 300;

pub(super) struct Mrkdwn;

impl Dialect for Mrkdwn {
    fn piece(&self, span: &Span) -> String {
        // There is no escape for a sign within what it dresses.
        match span {
            Span::Text(text) => escaped(text),
            Span::Bold(text) => format!("*{}*", escaped(&text.replace('*', "∗"))),
            Span::Italic(text) => format!("_{}_", escaped(text)),
            Span::Code(text) => format!("`{}`", escaped(&text.replace('`', "'"))),
            Span::Link { text, url } => format!("<{}|{}>", escaped(url), escaped(&text.replace('|', "¦"))),
            Span::Quote(text) => text.lines().map(|line| format!("> {}\n", escaped(line))).collect(),
            Span::Break => "\n".to_owned(),
        }
    }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn body(message: &Message) -> Value {
    let message = with_link(laid_out(message, Mentions::Escaped));
    let fits = |body: &Value| {
        let text = body["text"].as_str().or(body["attachments"][0]["text"].as_str());
        text.is_some_and(|text| text.chars().count() <= LONGEST)
    };
    let mut body = fitted(&message, written, fits);
    body["unfurl_links"] = json!(false);
    body["unfurl_media"] = json!(false);
    body
}

fn written(message: &Message) -> Value {
    let text = prose(&message.spans, &Mrkdwn);
    framed(
        message,
        &text,
        &escaped(&fallback(message)),
        |one| json!({ "title": escaped(&one.name), "value": escaped(&one.value), "short": true }),
    )
}

/// What is said, in a frame of the message's colour where it has one; Mattermost took this form over.
pub(super) fn framed(message: &Message, text: &str, fallback: &str, field: impl Fn(&Field) -> Value) -> Value {
    let color = hex(message.tone);
    if color.is_none() && message.fields.is_empty() {
        return json!({ "text": text });
    }
    let mut frame = json!({ "fallback": fallback, "text": text, "mrkdwn_in": ["text"] });
    if let Some(color) = color {
        frame["color"] = json!(color);
    }
    if !message.fields.is_empty() {
        frame["fields"] = message.fields.iter().map(field).collect();
    }
    json!({ "attachments": [frame] })
}

/// What a notification says of a frame.
pub(super) fn fallback(message: &Message) -> String {
    head(&prose(&message.spans, &Plain { addresses: false }), LONGEST_FALLBACK).to_owned()
}
