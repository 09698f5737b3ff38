//! The bodies themselves, one snapshot per kind of room, and what must hold for every message.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::{Field, Span, Tone};
use crate::text::length;

const CARD: &str = "https://trello.com/c/AbCd1234";

fn text(text: &str) -> Span {
    Span::Text(text.to_owned())
}

fn card(title: &str) -> Span {
    Span::Link { text: title.to_owned(), url: CARD.to_owned() }
}

fn about_card(spans: Vec<Span>, tone: Tone) -> Message {
    Message { spans, url: Some(CARD.to_owned()), tone, thread: Some("AbCd1234".to_owned()), ..Message::default() }
}

fn field(name: &str, value: &str) -> Field {
    Field { name: name.to_owned(), value: value.to_owned() }
}

/// What rooms are told, and what they should never be told.
fn messages() -> Vec<(&'static str, Message)> {
    let moved = vec![text("Ana moved "), card("Pump rattles"), text(" from "), Span::Italic("To do".to_owned())];
    let nasty =
        "@all @here @channel @everyone @**all** <!channel> <@U123> <users/all> <at>Bo</at> [x](http://evil.example)";
    let said = vec![
        text("Bo commented on "),
        card("Pump rattles"),
        text(":"),
        Span::Quote("It *rattles*.\n\n# Loudly\n1. at night & <b>always</b>".to_owned()),
    ];
    let dress = vec![
        Span::Bold("* bold_one `".to_owned()),
        text(" and "),
        Span::Code("let a = `b`;".to_owned()),
        Span::Break,
        text("- no list, snake_case | #tag ~~gone~~ 2 < 3"),
    ];
    let fields = vec![field("List", "Doing & done"), field("Due", "2026-12-01 *@all*")];
    vec![
        ("plain", Message::text("2 cards are in Done.")),
        ("a moved card", about_card(moved, Tone::Moved)),
        ("a comment", about_card(said, Tone::Said)),
        ("the address, where no word leads there", about_card(vec![text("Ana made a card.")], Tone::New)),
        ("the same address twice", about_card(vec![card("A"), text(" and again "), card("B")], Tone::Done)),
        ("fields", Message { fields, ..about_card(vec![text("Ana set a date on "), card("Valve")], Tone::Plain) }),
        ("dress", Message { spans: dress, ..Message::default() }),
        ("a title that calls everybody", about_card(vec![text("Ana made "), card(nasty), text(nasty)], Tone::New)),
        (
            "emoji and a script from right to left",
            about_card(vec![card("👩\u{200d}🚀 שלום \u{202e}drow"), text(" 🎉")], Tone::Done),
        ),
        (
            "what is no address",
            about_card(vec![Span::Link { text: "x".to_owned(), url: "javascript:alert(1)".to_owned() }], Tone::Wrong),
        ),
        ("nothing", Message::default()),
        (
            "20,000 characters",
            about_card(vec![card("Long"), text(": "), text(&"a <long> & winding text 😀 ".repeat(800))], Tone::Removed),
        ),
    ]
}

#[test]
fn each_kind_of_room_has_its_own_body() {
    for kind in RoomKind::ALL {
        let bodies: Vec<String> = messages()
            .iter()
            .map(|(name, message)| {
                let body = serde_json::to_string_pretty(&render(kind, message)).unwrap();
                // The middle of a long text tells nothing.
                let lines = body.lines().map(|line| match line.char_indices().nth(1_200) {
                    Some((at, _)) => format!("{}[…]{}", &line[..at], tail(line)),
                    None => line.to_owned(),
                });
                format!("== {name}\n{}", lines.collect::<Vec<_>>().join("\n"))
            })
            .collect();
        insta::assert_snapshot!(kind.as_str(), bodies.join("\n\n"));
    }
}

fn tail(line: &str) -> &str {
    let start = line.char_indices().rev().nth(160).map_or(0, |(at, _)| at);
    &line[start..]
}

/// Every text in a body, by its key.
fn texts(body: &Value, key: &str, all: &mut Vec<(String, String)>) {
    match body {
        Value::String(text) => all.push((key.to_owned(), text.clone())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, key, all)),
        Value::Object(parts) => parts.iter().for_each(|(key, part)| texts(part, key, all)),
        _ => {}
    }
}

/// What would call somebody in a room of this kind.
fn calls(kind: RoomKind, body: &Value) -> Option<String> {
    let mut all = Vec::new();
    texts(body, "", &mut all);
    let names = ["all", "here", "channel", "everyone", "room", "**", "_**"];
    for (key, text) in all.iter().filter(|(key, _)| !["url", "$schema"].contains(&key.as_str())) {
        let called = match kind {
            // Its HTML form calls nobody.
            RoomKind::Hipchat => text.contains("<script").then(|| "script".to_owned()),
            RoomKind::Slack => ["<!", "<@", "<#"].into_iter().find(|sign| text.contains(sign)).map(str::to_owned),
            // Nobody is called without entities.
            RoomKind::Teams => text.contains("<at>").then(|| "<at>".to_owned()),
            _ => text.match_indices('@').find_map(|(at, _)| {
                let free = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
                let name = names.into_iter().find(|name| text[at + 1..].starts_with(name));
                name.filter(|_| free).map(|name| format!("@{name} in {key}"))
            }),
        };
        if called.is_some() {
            return called;
        }
    }
    None
}

/// Whether a body keeps to its room's limits, in its room's unit.
fn fits(kind: RoomKind, body: &Value) -> bool {
    let long = |value: &Value| value.as_str().map_or(0, length);
    let bytes = body.to_string().len();
    match kind {
        RoomKind::Hipchat => (1..=10_000).contains(&long(&body["message"])),
        RoomKind::Rocketchat => long(&body["text"]) + long(&body["attachments"][0]["text"]) <= 4_000,
        RoomKind::Slack => long(&body["text"]) <= 4_000 && long(&body["attachments"][0]["text"]) <= 8_000,
        RoomKind::Mattermost => bytes <= 4 * 7_000 && long(&body["text"]) <= 16_383,
        RoomKind::Discord => long(&body["content"]) <= 2_000 && long(&body["embeds"][0]["description"]) <= 4_096,
        RoomKind::Teams => bytes <= 28_672,
        RoomKind::Matrix => bytes <= 60_000,
        RoomKind::Webhook => long(&body["text"]) <= 8_000,
    }
}

fn nasty() -> impl Strategy<Value = String> {
    let pieces = [
        "@",
        "all",
        "here",
        "channel",
        "everyone",
        "room",
        "**",
        "*",
        "_",
        "<",
        ">",
        "!",
        "|",
        "[",
        "]",
        "(",
        ")",
        "`",
        "&",
        "\"",
        "\\",
        "\n",
        " ",
        "# ",
        "- ",
        "a",
        "😀",
        "é",
        "@all",
        "<!channel>",
        "<at>",
        "\u{202e}",
        "\u{0}",
        "~~",
    ];
    prop_oneof![
        8 => prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat()),
        1 => (prop::sample::select(pieces.to_vec()), 0usize..12_000).prop_map(|(piece, times)| piece.repeat(times)),
    ]
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        nasty().prop_map(Span::Text),
        nasty().prop_map(Span::Bold),
        nasty().prop_map(Span::Italic),
        nasty().prop_map(Span::Code),
        nasty().prop_map(Span::Quote),
        (nasty(), nasty()).prop_map(|(text, path)| Span::Link { text, url: format!("https://example.com/{path}") }),
        Just(card("Card")),
        Just(Span::Break),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    let tone = prop::sample::select(vec![Tone::Plain, Tone::New, Tone::Done, Tone::Wrong]);
    let fields = prop::collection::vec((nasty(), nasty()).prop_map(|(name, value)| Field { name, value }), 0..13);
    let url = prop_oneof![
        Just(None),
        Just(Some(CARD.to_owned())),
        nasty().prop_map(|path| Some(format!("https://x.example/{path}")))
    ];
    (prop::collection::vec(span(), 0..8), fields, url, tone).prop_map(|(spans, fields, url, tone)| Message {
        spans,
        fields,
        url,
        tone,
        ..Message::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_body_fits_calls_nobody_and_says_something(message in message()) {
        for kind in RoomKind::ALL {
            let body = render(kind, &message);
            prop_assert!(fits(kind, &body), "{kind}: {body}");
            prop_assert_eq!(calls(kind, &body), None, "{}: {}", kind, body);
            let mut all = Vec::new();
            texts(&body, "", &mut all);
            let said = ["text", "message", "content", "description", "body"];
            prop_assert!(all.iter().any(|(key, text)| said.contains(&key.as_str()) && !text.trim().is_empty()), "{kind}: {body}");
        }
    }

    #[test]
    fn what_a_template_asks_for_fits_too(message in message(), limit in 60usize..500) {
        for how in [Letter::Plain, Letter::Html, Letter::Markdown, Letter::Slack] {
            let url = message.url.as_deref().map_or(0, |url| 3 * url.len());
            prop_assert!(length(&letter(&message, how, limit + url)) <= limit + url);
        }
    }
}

#[test]
fn the_address_is_shown_once() {
    for (name, message) in messages().iter().filter(|(_, message)| message.url.is_some()) {
        for kind in RoomKind::ALL {
            let body = render(kind, message);
            let mut all = Vec::new();
            texts(&body, "", &mut all);
            let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
            // What Matrix shows is one of two bodies; the neutral message has an address of its own beside the text.
            for (key, text) in all.iter().filter(|_| kind != RoomKind::Webhook) {
                let part = if kind == RoomKind::Matrix { key.as_str() } else { "" };
                *counted.entry(part).or_default() += text.matches(CARD).count();
            }
            counted.retain(|part, _| kind != RoomKind::Matrix || ["body", "formatted_body"].contains(part));
            assert!(counted.values().all(|count| *count == 1), "{kind}, {name}: {counted:?} {body}");
        }
    }
}

#[test]
fn a_reply_is_seen_by_everybody_and_never_empty() {
    for kind in RoomKind::ALL {
        let body = reply(kind, &Message::default());
        let mut all = Vec::new();
        texts(&body, "", &mut all);
        assert!(all.iter().any(|(_, text)| text.contains("nothing to say")), "{kind}: {body}");
    }
    assert_eq!(reply(RoomKind::Slack, &Message::text("x"))["response_type"], "in_channel");
    assert_eq!(reply(RoomKind::Mattermost, &Message::text("x"))["response_type"], "in_channel");
    assert_eq!(reply(RoomKind::Rocketchat, &Message::text("x"))["text"], "x");
    assert_eq!(reply(RoomKind::Hipchat, &Message::text("x"))["message"], "x");
}

#[test]
fn a_cut_falls_between_characters_and_says_where_the_rest_is() {
    let message = about_card(vec![text(&"👩\u{200d}🚀".repeat(3_000))], Tone::Plain);
    let body = render(RoomKind::Discord, &message);
    let content = body["content"].as_str().unwrap();
    let (kept, end) = content.split_once("… ").unwrap();
    assert_eq!(end, format!("([more](<{CARD}>))"));
    assert_eq!(kept.replace("👩\u{200d}🚀", ""), "", "no emoji is cut in two");
    assert!(length(content) > 1_980, "no more is cut than has to be");
}
