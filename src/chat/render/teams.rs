//! Microsoft Teams, through a workflow that takes Adaptive Cards. Without entities in the card, `<at>` calls nobody.

use serde_json::{Value, json};

use super::fit::fitted;
use super::layout::{Mentions, laid_out, leads_to, quoted_end};
use super::markdown::{Links, Markdown};
use super::prose::prose;
use crate::model::{Message, Span, Tone};

/// Bytes of the body as it is sent. A workflow takes 28,672, and a longer one fails where nobody sees it
/// (<https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>).
const LONGEST: usize = 25 << 10;

/// A new paragraph is the only line break of its Markdown that all of its clients know.
const DIALECT: Markdown = Markdown {
    italic: "_",
    signs: "\\`*_~[]",
    starts: "#-+=>.)",
    broken: "",
    lookalikes: &[],
    instead: &[],
    quote: "",
    line: "\n\n",
    links: Links::Usual,
};

pub(super) fn body(message: &Message) -> Value {
    let message = laid_out(message, Mentions::Broken);
    fitted(&message, written, |body: &Value| body.to_string().len() <= LONGEST)
}

fn written(message: &Message) -> Value {
    let block = |spans: &[Span]| json!({ "type": "TextBlock", "text": prose(spans, &DIALECT), "wrap": true });
    let quoted = quoted_end(&message.spans).filter(|at| *at > 0);
    let (sentence, quoted) = message.spans.split_at(quoted.unwrap_or(message.spans.len()));
    let mut items = vec![block(sentence)];
    if !quoted.is_empty() {
        let mut block = block(quoted);
        block["isSubtle"] = json!(true);
        items.push(block);
    }
    if !message.fields.is_empty() {
        let facts = message.fields.iter();
        let facts: Value =
            facts.map(|one| json!({ "title": DIALECT.plain(&one.name), "value": DIALECT.plain(&one.value) })).collect();
        items.push(json!({ "type": "FactSet", "facts": facts }));
    }
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": [{ "type": "Container", "style": style(message.tone), "bleed": true, "items": items }],
    });
    if let Some(url) = message.url.as_ref().filter(|url| !leads_to(&message.spans, url)) {
        card["actions"] = json!([{ "type": "Action.OpenUrl", "title": "Open", "url": url }]);
    }
    let card = json!({
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": null,
        "content": card,
    });
    json!({ "type": "message", "attachments": [card] })
}

/// It knows roles and no colours.
fn style(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "default",
        Tone::New => "accent",
        Tone::Moved | Tone::Said => "emphasis",
        Tone::Done => "good",
        Tone::Removed => "warning",
        Tone::Wrong => "attention",
    }
}
