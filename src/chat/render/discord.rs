//! Discord, through a webhook. `allowed_mentions` alone keeps everybody from being called; the breaks keep it from looking
//! as if.

use serde_json::{Value, json};

use super::color::rgb;
use super::fit::fitted;
use super::layout::{Mentions, laid_out, with_link};
use super::markdown::{Links, Markdown};
use super::prose::prose;
use crate::model::Message;
use crate::text::length;

/// <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>
const LONGEST_CONTENT: usize = 2_000;
const LONGEST_DESCRIPTION: usize = 4_096;
const LONGEST_EMBED: usize = 6_000;

const DIALECT: Markdown = Markdown {
    italic: "*",
    signs: "\\`*_~[]<>|",
    starts: "#-.)",
    broken: "",
    lookalikes: &[],
    instead: &[],
    quote: "> ",
    line: "\n",
    links: Links::Usual,
};

pub(super) fn body(message: &Message) -> Value {
    let message = with_link(laid_out(message, Mentions::Broken));
    let mut body = fitted(&message, written, fits);
    body["allowed_mentions"] = json!({ "parse": [] });
    body
}

fn written(message: &Message) -> Value {
    let color = rgb(message.tone);
    if color.is_none() && message.fields.is_empty() {
        return json!({ "content": prose(&message.spans, &Markdown { links: Links::Hushed, ..DIALECT }) });
    }
    let mut embed = json!({ "description": prose(&message.spans, &DIALECT) });
    if let Some(color) = color {
        embed["color"] = json!(color);
    }
    if !message.fields.is_empty() {
        let field = |name: &str, value: &str| json!({ "name": name, "value": value, "inline": true });
        let fields = message.fields.iter().map(|one| field(&DIALECT.plain(&one.name), &DIALECT.plain(&one.value)));
        embed["fields"] = fields.collect();
    }
    json!({ "embeds": [embed] })
}

fn fits(body: &Value) -> bool {
    let long = |value: &Value| value.as_str().map_or(0, length);
    let embed = &body["embeds"][0];
    let fields = embed["fields"].as_array().into_iter().flatten();
    let fields: usize = fields.map(|field| long(&field["name"]) + long(&field["value"])).sum();
    let description = long(&embed["description"]);
    long(&body["content"]) <= LONGEST_CONTENT
        && description <= LONGEST_DESCRIPTION
        && description + fields <= LONGEST_EMBED
}
