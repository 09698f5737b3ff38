//! Making a body fit. What is measured is the body as it is sent, in the room's own unit; what is cut is the message,
//! before anything is escaped, so that no escape is cut in two and every piece is closed.

use super::layout::{MORE, beginning};
use crate::model::{Message, Span};
use crate::text::length;

/// `message`, written by `write`, cut as little as needed for `fits` to hold.
pub(super) fn fitted<B>(message: &Message, write: impl Fn(&Message) -> B, fits: impl Fn(&B) -> bool) -> B {
    let whole = write(message);
    if fits(&whole) {
        return whole;
    }
    let mut best = write(&shortened(message, 0));
    if !fits(&best) {
        // Fields or an address that are too long by themselves.
        return write(&Message::text("…"));
    }
    let (mut low, mut high) = (0, message.spans.iter().map(weight).sum());
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        let body = write(&shortened(message, middle));
        if fits(&body) {
            (best, low) = (body, middle);
        } else {
            high = middle;
        }
    }
    best
}

/// The first `room` units of what is said, "…", and "(more)", which leads to where the message leads: there alone, so
/// that the address is still shown once.
fn shortened(message: &Message, mut room: usize) -> Message {
    let mut spans = Vec::new();
    for span in &message.spans {
        let weight = weight(span);
        if weight > room {
            spans.extend(start(span, room));
            break;
        }
        room -= weight;
        spans.push(span.clone());
    }
    let url = message.url.as_ref();
    for span in &mut spans {
        if let Span::Link { text, url: to } = span
            && Some(&*to) == url
        {
            *span = Span::Bold(std::mem::take(text));
        }
    }
    if let Some(Span::Quote(quote)) = spans.last_mut() {
        quote.push('…');
        spans.push(Span::Break);
    } else {
        spans.push(Span::Text("… ".to_owned()));
    }
    match url {
        Some(url) => {
            let more = Span::Link { text: MORE.to_owned(), url: url.clone() };
            spans.extend([Span::Text("(".to_owned()), more, Span::Text(")".to_owned())]);
        }
        None => spans.push(Span::Text("(more)".to_owned())),
    }
    Message { spans, ..message.clone() }
}

fn weight(span: &Span) -> usize {
    match span {
        Span::Text(text) | Span::Bold(text) | Span::Italic(text) | Span::Code(text) | Span::Quote(text) => length(text),
        Span::Link { text, .. } => length(text),
        Span::Break => 1,
    }
}

/// As much of a piece as fits; `None`: nothing.
fn start(span: &Span, room: usize) -> Option<Span> {
    let of = |text: &str| Some(beginning(text, room).to_owned()).filter(|start| !start.is_empty());
    match span {
        Span::Text(text) => of(text).map(Span::Text),
        Span::Bold(text) => of(text).map(Span::Bold),
        Span::Italic(text) => of(text).map(Span::Italic),
        Span::Code(text) => of(text).map(Span::Code),
        Span::Quote(text) => of(text).map(Span::Quote),
        Span::Link { text, url } => of(text).map(|text| Span::Link { text, url: url.clone() }),
        Span::Break => None,
    }
}
