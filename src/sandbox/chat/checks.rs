//! What each server wants of a body, and what people read of it then. Strict where the servers are, and where they fail
//! in silence.

use serde_json::{Value, json};

use super::forms::Answer;
use super::marks::{html_mistakes, pings, slack_mistakes};
use super::{Kind, Said};

const HIPCHAT_TAGS: [&str; 13] = ["a", "b", "i", "strong", "em", "br", "img", "pre", "code", "ul", "ol", "li", "table"];
const MATRIX_TAGS: [&str; 16] =
    ["a", "b", "i", "u", "strong", "em", "br", "p", "pre", "code", "ul", "ol", "li", "span", "blockquote", "del"];

/// What is said, or the server's refusal.
pub(super) fn read(kind: Kind, bytes: &[u8]) -> Result<Said, Answer> {
    let body: Value = serde_json::from_slice(bytes).map_err(|_| refused(kind, "invalid JSON", "invalid_payload"))?;
    if !body.is_object() {
        return Err(refused(kind, "no JSON object", "invalid_payload"));
    }
    let (texts, mistakes) = match kind {
        Kind::Hipchat => hipchat(&body)?,
        Kind::Rocketchat => rocketchat(&body)?,
        Kind::Slack => slack(&body)?,
        Kind::Mattermost => mattermost(&body)?,
        Kind::Discord => discord(&body)?,
        Kind::Teams => teams(&body, bytes.len()),
        Kind::Matrix => matrix(&body, bytes.len())?,
        Kind::Webhook => (for_people(&body), Vec::new()),
    };
    let text = texts.join("\n");
    let calls_nobody = body["allowed_mentions"]["parse"].as_array().is_some_and(Vec::is_empty) && kind == Kind::Discord;
    let pings = if calls_nobody { Vec::new() } else { pings(kind, &text) };
    Ok(Said { body, text, by: None, pings, mistakes, id: None })
}

/// What people read, and what is wrong with it.
type Read = (Vec<String>, Vec<String>);

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// All texts in a part of a body.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(parts) => parts.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// What people read of what a program hears: all but the action itself, which is there as Trello told it.
fn for_people(body: &Value) -> Vec<String> {
    match body {
        Value::Object(parts) => {
            parts.iter().filter(|(name, _)| *name != "activity").flat_map(|(_, part)| strings(part)).collect()
        }
        other => strings(other),
    }
}

/// A length as JavaScript counts.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn hipchat(body: &Value) -> Result<Read, Answer> {
    let message = text(&body["message"]).filter(|text| text.chars().count() <= 10_000);
    let message = message.ok_or_else(|| refused(Kind::Hipchat, "message: 1 to 10000 characters", ""))?;
    let colors = ["yellow", "green", "red", "purple", "gray", "random"];
    let known =
        |key: &str, values: &[&str]| body[key].is_null() || body[key].as_str().is_some_and(|v| values.contains(&v));
    if !known("color", &colors) || !known("message_format", &["html", "text"]) {
        return Err(refused(Kind::Hipchat, "color or message_format is none", ""));
    }
    let mistakes = html_mistakes(&message, &HIPCHAT_TAGS);
    Ok((vec![message], mistakes))
}

/// Frames as Slack, Mattermost and Rocket.Chat have them.
fn frames(body: &Value) -> Vec<String> {
    let mut texts: Vec<String> = text(&body["text"]).into_iter().collect();
    for frame in body["attachments"].as_array().into_iter().flatten() {
        texts.extend(text(&frame["text"]));
        texts.extend(strings(&frame["fields"]));
    }
    texts
}

fn rocketchat(body: &Value) -> Result<Read, Answer> {
    if !body["channel"].is_null() || !body["roomId"].is_null() {
        let error = "overriding destination channel is disabled for this integration";
        return Err(refused(Kind::Rocketchat, error, ""));
    }
    let texts = frames(body);
    if texts.is_empty() || texts.iter().any(|text| units(text) > 5_000) {
        return Err(refused(Kind::Rocketchat, "error-message-size-exceeded", ""));
    }
    Ok((texts, Vec::new()))
}

fn slack(body: &Value) -> Result<Read, Answer> {
    let texts = frames(body);
    if texts.is_empty() {
        return Err(refused(Kind::Slack, "", "no_text"));
    }
    let mut mistakes: Vec<String> = texts.iter().flat_map(|text| slack_mistakes(text)).collect();
    if texts.iter().any(|text| text.chars().count() > 4_000) {
        mistakes.push("longer than 4,000 characters: it is split".to_owned());
    }
    Ok((texts, mistakes))
}

fn mattermost(body: &Value) -> Result<Read, Answer> {
    let texts = frames(body);
    if texts.is_empty() {
        return Err(refused(Kind::Mattermost, "No text specified.", ""));
    }
    if body["attachments"].to_string().chars().count() > 7_600 {
        return Err(refused(Kind::Mattermost, "Post props are too long.", ""));
    }
    let long = texts.iter().any(|text| text.chars().count() > 16_383);
    Ok((texts, if long { vec!["longer than 16,383 characters: it is split".to_owned()] } else { Vec::new() }))
}

fn discord(body: &Value) -> Result<Read, Answer> {
    let mut texts: Vec<String> = text(&body["content"]).into_iter().collect();
    let too_long = |text: &str, most: usize| units(text) > most;
    let mut wrong = texts.iter().any(|text| too_long(text, 2_000));
    let mut total = 0;
    for embed in body["embeds"].as_array().into_iter().flatten() {
        let description = text(&embed["description"]);
        wrong |= description.as_ref().is_some_and(|text| too_long(text, 4_096));
        wrong |= !(embed["color"].is_null() || embed["color"].is_u64());
        let fields = embed["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        wrong |= fields.len() > 25;
        for field in fields {
            wrong |= text(&field["name"]).is_none_or(|text| too_long(&text, 256));
            wrong |= text(&field["value"]).is_none_or(|text| too_long(&text, 1_024));
        }
        let all = description.into_iter().chain(strings(&embed["fields"]));
        total += all
            .map(|text| {
                let long = units(&text);
                texts.push(text);
                long
            })
            .sum::<usize>();
    }
    if texts.is_empty() {
        return Err(Answer::json(400, &json!({ "message": "Cannot send an empty message", "code": 50_006 })));
    }
    if wrong || total > 6_000 {
        return Err(Answer::json(400, &json!({ "message": "Invalid Form Body", "code": 50_035 })));
    }
    Ok((texts, Vec::new()))
}

/// A workflow says that it has a body whatever it is; what it cannot show is never seen.
fn teams(body: &Value, bytes: usize) -> Read {
    let card = &body["attachments"][0];
    let envelope = body["type"] == "message" && card["contentType"] == "application/vnd.microsoft.card.adaptive";
    let content = &card["content"];
    let mut mistakes = Vec::new();
    if !envelope || content["type"] != "AdaptiveCard" || !content["version"].is_string() {
        mistakes.push("no Adaptive Card in its envelope: nothing is shown".to_owned());
    }
    if bytes > 28_672 {
        mistakes.push("longer than 28,672 bytes: nothing is shown".to_owned());
    }
    let mut texts = Vec::new();
    blocks(&content["body"], &mut texts, &mut mistakes);
    if texts.is_empty() {
        mistakes.push("a card without text".to_owned());
    }
    (texts, mistakes)
}

fn blocks(items: &Value, texts: &mut Vec<String>, mistakes: &mut Vec<String>) {
    for item in items.as_array().into_iter().flatten() {
        match item["type"].as_str() {
            Some("TextBlock") => {
                texts.extend(text(&item["text"]));
                if item["wrap"] != true {
                    mistakes.push("a text that does not wrap is cut".to_owned());
                }
            }
            Some("Container") => blocks(&item["items"], texts, mistakes),
            Some("FactSet") => texts.extend(strings(&item["facts"])),
            _ => mistakes.push(format!("an element {} that Teams does not know", item["type"])),
        }
    }
}

fn matrix(body: &Value, bytes: usize) -> Result<Read, Answer> {
    if bytes > 65_536 - 2_000 {
        return Err(Answer::json(413, &json!({ "errcode": "M_TOO_LARGE", "error": "event too large" })));
    }
    let (Some(_), Some(plain)) = (text(&body["msgtype"]), text(&body["body"])) else {
        return Err(Answer::json(400, &json!({ "errcode": "M_BAD_JSON", "error": "'body' not in content" })));
    };
    let html = text(&body["formatted_body"]).unwrap_or_default();
    let mut mistakes = html_mistakes(&html, &MATRIX_TAGS);
    if body["msgtype"] != "m.notice" {
        mistakes.push("no notice: bots may answer it".to_owned());
    }
    if body["m.mentions"] != json!({}) {
        mistakes.push("without an empty m.mentions names in the text may call people".to_owned());
    }
    Ok((vec![plain], mistakes))
}

fn refused(kind: Kind, what: &str, slack: &str) -> Answer {
    match kind {
        Kind::Hipchat => {
            Answer::json(400, &json!({ "error": { "code": 400, "type": "Bad Request", "message": what } }))
        }
        Kind::Rocketchat => Answer::json(400, &json!({ "success": false, "error": what })),
        Kind::Slack => Answer::text(400, slack),
        Kind::Mattermost => Answer::json(
            400,
            &json!({ "id": "web.incoming_webhook.text.app_error", "message": what, "status_code": 400 }),
        ),
        Kind::Discord => {
            Answer::json(400, &json!({ "message": "The request body contains invalid JSON.", "code": 50_109 }))
        }
        Kind::Matrix => Answer::json(400, &json!({ "errcode": "M_NOT_JSON", "error": what })),
        Kind::Teams | Kind::Webhook => Answer::text(400, what),
    }
}
