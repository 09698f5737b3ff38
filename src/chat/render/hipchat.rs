//! HipChat, as a room notification of API version 2. In its HTML form `@all` is a word like any other.

use serde_json::{Value, json};

use super::fit::fitted;
use super::html::Html;
use super::layout::{Mentions, laid_out, with_link};
use super::prose::{as_lines, prose};
use crate::model::{Message, Tone};
use crate::text::length;

const LONGEST: usize = 10_000;

pub(super) fn body(message: &Message) -> Value {
    let mut message = with_link(laid_out(message, Mentions::Escaped));
    message.spans.extend(as_lines(&std::mem::take(&mut message.fields)));
    let html = Html { line: "<br>", quote: ("<i>", "</i>") };
    let text = fitted(&message, |message| prose(&message.spans, &html), |text: &String| length(text) <= LONGEST);
    json!({
        "from": "kanbridge",
        "color": color(message.tone),
        "notify": false,
        "message_format": "html",
        "message": text,
    })
}

/// As the Trello bots of its time chose them: new cards purple, comments green, and yellow else.
fn color(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain | Tone::Moved => "yellow",
        Tone::New => "purple",
        Tone::Done | Tone::Said => "green",
        Tone::Removed => "gray",
        Tone::Wrong => "red",
    }
}
