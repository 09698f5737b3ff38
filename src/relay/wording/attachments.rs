//! What is attached to cards.

use crate::model::{Message, Span, Tone};
use crate::relay::facts::Facts;
use crate::relay::sentence::{Sentence, gist};

pub(in crate::relay) fn added(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" attached ").span(attachment(facts)).text(" to ").card(facts);
    Some(sentence.told(facts, Tone::New, gist("attachment", "attachments", "added")))
}

pub(in crate::relay) fn removed(facts: &Facts) -> Option<Message> {
    let sentence = Sentence::by(facts).text(" removed ").span(attachment(facts)).text(" from ").card(facts);
    Some(sentence.told(facts, Tone::Removed, gist("attachment", "attachments", "removed")))
}

/// Its name, leading to it where that is a page. A removed one leads nowhere: Trello gives no address.
fn attachment(facts: &Facts) -> Span {
    let name = facts.name(&["attachment"]).or_else(|| facts.word(&["attachment", "url"]));
    match (name, facts.web_address(&["attachment", "url"])) {
        (Some(text), Some(url)) => Span::Link { text, url },
        (Some(name), None) => Span::Italic(name),
        (None, _) => Span::Text("something".to_owned()),
    }
}
