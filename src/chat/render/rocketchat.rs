//! Rocket.Chat, through an incoming webhook. What somebody said, and fields, stand in a frame of the message's colour;
//! the sentence itself does not, since a message without text of its own is announced as "uploaded a file".

use serde_json::{Value, json};

use super::color::hex;
use super::fit::fitted;
use super::layout::{Mentions, laid_out, quoted_end, with_link};
use super::markdown::{Links, Markdown};
use super::prose::prose;
use crate::model::Message;
use crate::text::length;

/// A server takes 5,000 by default (`Message_MaxAllowedSize`) and counts as JavaScript does; longer messages have frozen
/// clients (<https://github.com/RocketChat/Rocket.Chat/issues/15751>).
const LONGEST: usize = 4_000;

/// In a row of pipes every other pair is found first.
const PIPES: (&str, &str) = ("||", "|\u{200b}|");

/// Its parser takes a backslash before these signs only, and none within emphasis; lists, quotes and links are broken by
/// what is invisible. A link in Markdown's writing would begin at any bracket before it.
/// <https://github.com/RocketChat/Rocket.Chat/blob/develop/packages/message-parser/src/grammar.pegjs>
const DIALECT: Markdown = Markdown {
    italic: "_",
    signs: "*_~`#",
    starts: "#.",
    broken: "->",
    lookalikes: &[('*', "∗"), ('_', "＿"), ('~', "∼"), ('`', "'"), ('#', "#\u{200b}")],
    instead: &[("](", "]\u{200b}("), PIPES, PIPES, ("<\u{200b}", "<"), ("<", "<\u{200b}")],
    quote: "> ",
    line: "\n",
    links: Links::Pointed,
};

pub(super) fn body(message: &Message) -> Value {
    let message = with_link(laid_out(message, Mentions::Broken));
    let fits = |body: &Value| texts(body).map(length).sum::<usize>() <= LONGEST;
    fitted(&message, written, fits)
}

fn written(message: &Message) -> Value {
    let framed = quoted_end(&message.spans).filter(|at| *at > 0);
    let (sentence, quoted) = message.spans.split_at(framed.unwrap_or(message.spans.len()));
    let mut body = json!({ "text": prose(sentence, &DIALECT), "parseUrls": false });
    if quoted.is_empty() && message.fields.is_empty() {
        return body;
    }
    let mut frame = json!({});
    if !quoted.is_empty() {
        frame["text"] = json!(prose(quoted, &Markdown { quote: "", ..DIALECT }));
    }
    if let Some(color) = hex(message.tone) {
        frame["color"] = json!(color);
    }
    if !message.fields.is_empty() {
        let field = |name: &str, value: &str| json!({ "title": name, "value": DIALECT.plain(value), "short": true });
        let fields = message.fields.iter().map(|one| field(&one.name, &one.value));
        frame["fields"] = fields.collect();
    }
    body["attachments"] = json!([frame]);
    body
}

/// Every text in the body that people see.
fn texts(body: &Value) -> impl Iterator<Item = &str> {
    let frame = &body["attachments"][0];
    let fields = frame["fields"].as_array().into_iter().flatten();
    let fields = fields.flat_map(|field| [field["title"].as_str(), field["value"].as_str()]);
    [body["text"].as_str(), frame["text"].as_str()].into_iter().chain(fields).flatten()
}
