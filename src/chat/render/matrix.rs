//! Matrix: a notice, which no other bot answers, with an empty list of mentions: clients that know it call nobody,
//! whatever the text says (<https://spec.matrix.org/v1.11/client-server-api/#user-and-room-mentions>).

use serde_json::{Value, json};

use super::color::hex;
use super::fit::fitted;
use super::html::Html;
use super::layout::{Mentions, laid_out, with_link};
use super::plain::Plain;
use super::prose::{as_lines, prose};
use crate::model::Message;

/// Bytes of the body as it is sent. An event may have 65,536, signatures and all that servers add included.
const LONGEST: usize = 40 << 10;

const HTML: Html = Html { line: "<br>", quote: ("<blockquote>", "</blockquote>") };

pub(super) fn body(message: &Message) -> Value {
    let mut message = with_link(laid_out(message, Mentions::Broken));
    message.spans.extend(as_lines(&std::mem::take(&mut message.fields)));
    fitted(&message, written, |body: &Value| body.to_string().len() <= LONGEST)
}

fn written(message: &Message) -> Value {
    let mark = hex(message.tone).map(|color| format!("<span data-mx-color=\"{color}\">●</span> "));
    // A quote is a block, and needs no line break around it.
    let html = prose(&message.spans, &HTML).replace("<br><blockquote>", "<blockquote>");
    let html = html.replace("</blockquote><br>", "</blockquote>");
    json!({
        "msgtype": "m.notice",
        "body": prose(&message.spans, &Plain { addresses: true }),
        "format": "org.matrix.custom.html",
        "formatted_body": format!("{}{html}", mark.unwrap_or_default()),
        "m.mentions": {},
    })
}
