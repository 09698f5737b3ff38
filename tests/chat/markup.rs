//! Whatever people write, nothing of it is a link, emphasis, a heading, a list or a quote, but what we made one.

use kanbridge::chat::render;
use kanbridge::model::{Field, Message, RoomKind, Span, Tone};
use proptest::prelude::*;
use serde_json::Value;

use crate::dialect;
use crate::world::CARD;

/// The texts of a body that its server reads as Markdown.
fn texts(kind: RoomKind, body: &Value) -> Vec<String> {
    let (frame, embed) = (&body["attachments"][0], &body["embeds"][0]);
    let facts = |list: &Value, keys: &[&str]| -> Vec<Value> {
        let facts = list.as_array().into_iter().flatten();
        facts.flat_map(|fact| keys.iter().map(|key| fact[*key].clone()).collect::<Vec<_>>()).collect()
    };
    let (first, rest) = match kind {
        // The title of a field is plain there.
        RoomKind::Rocketchat => (vec![&body["text"], &frame["text"]], facts(&frame["fields"], &["value"])),
        RoomKind::Mattermost => (vec![&body["text"], &frame["text"]], facts(&frame["fields"], &["title", "value"])),
        RoomKind::Discord => {
            (vec![&body["content"], &embed["description"]], facts(&embed["fields"], &["name", "value"]))
        }
        _ => {
            let items = &frame["content"]["body"][0]["items"];
            let facts_of = |item: &Value| facts(&item["facts"], &["title", "value"]);
            let all: Vec<Value> = items.as_array().into_iter().flatten().flat_map(facts_of).collect();
            (vec![], [facts(items, &["text"]), all].concat())
        }
    };
    let all = first.into_iter().cloned().chain(rest);
    all.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// What a server makes of a message, in order.
fn markup(kind: RoomKind, message: &Message) -> Option<(Vec<String>, Value)> {
    let (dialect, body) = (dialect::of(kind)?, render(kind, message));
    let mut found: Vec<String> = texts(kind, &body).iter().flat_map(|text| dialect.markup(text)).collect();
    found.sort();
    Some((found, body))
}

/// What nobody should have to think about when writing a card.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "*",
        "_",
        "~",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "#",
        "-",
        "|",
        "`",
        "\\",
        "+",
        "=",
        ".",
        "!",
        "&",
        "1",
        "a",
        "é",
        " ",
        "**",
        "__",
        "~~",
        "||",
        "](",
        "](http://evil.example)",
        "<1.2.3.4|x>",
        "# ",
        "- ",
        "* ",
        "> ",
        "1. ",
        "1) ",
        "snake_case",
        "\n",
        "\n- ",
        "\n---",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 1..12).prop_map(|pieces| pieces.concat())
}

/// The same with something in it that is no blank.
fn words() -> impl Strategy<Value = String> {
    text().prop_filter("blank", |text| !text.trim().is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_markup_but_what_we_made_so(one in text(), two in text(), title in words(), name in words()) {
        let spans = vec![
            Span::Text(one), Span::Break, Span::Text(two), Span::Break,
            Span::Link { text: title.clone(), url: CARD.to_owned() }, Span::Text(format!(" {name} ")),
            Span::Bold(name.clone()), Span::Text(" ".to_owned()), Span::Italic(title.clone()),
        ];
        let fields = vec![Field { name, value: title }];
        let message = Message { spans, fields, url: Some(CARD.to_owned()), tone: Tone::New, ..Message::default() };
        for kind in RoomKind::ALL {
            let Some((found, body)) = markup(kind, &message) else { continue };
            let italic = if matches!(kind, RoomKind::Mattermost | RoomKind::Discord) { "emphasis *" } else { "emphasis _" };
            let mut expected = vec![format!("link {CARD}"), "emphasis **".to_owned(), italic.to_owned()];
            expected.sort();
            prop_assert_eq!(found, expected, "{}: {}", kind, body);
        }
    }

    #[test]
    fn what_somebody_said_is_quoted_and_nothing_else(said in words()) {
        let spans = vec![Span::Text("Bo said:".to_owned()), Span::Quote(said.clone())];
        let message = Message { spans, tone: Tone::Said, ..Message::default() };
        for kind in RoomKind::ALL {
            let Some((found, body)) = markup(kind, &message) else { continue };
            // The others have frames for it.
            let quotes = matches!(kind, RoomKind::Mattermost | RoomKind::Discord);
            let lines = if quotes { said.trim().lines().count() } else { 0 };
            prop_assert_eq!(found, vec!["quote".to_owned(); lines], "{}: {}", kind, body);
        }
    }
}
