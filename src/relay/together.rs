//! Several messages that wait for a slow room, told as one: what is of the same sort is counted, "5 cards moved to
//! Done", and every message is in exactly one count.

use std::collections::BTreeSet;

use crate::model::{Gist, Message, Span, Tone};

/// A message holds at most this many lines; the last counts what had none.
const MOST_LINES: usize = 8;

/// Bytes of a line that tells one message in its own words. Ours are shorter; a template's may be long.
const LONGEST_LINE: usize = 1_000;

/// A counted line names at most this many cards.
const MOST_LINKS: usize = 3;

/// Several waiting messages told as one, in the order in which each sort first came. `None`: there is nothing to gain.
/// Hand in what was made for single activities; what was told together before has no sort, and counts as one.
pub fn together(waiting: &[Message]) -> Option<Message> {
    if waiting.len() < 2 {
        return None;
    }
    let mut sorts = sorted(waiting);
    let rest = if sorts.len() > MOST_LINES { sorts.split_off(MOST_LINES - 1) } else { Vec::new() };
    let mut spans = Vec::new();
    for sort in &sorts {
        begin_line(&mut spans);
        spans.extend(sort.line());
    }
    if !rest.is_empty() {
        begin_line(&mut spans);
        let count: usize = rest.iter().map(|sort| sort.messages.len()).sum();
        spans.push(Span::Text(format!("{count} more")));
    }
    Some(Message {
        spans,
        url: in_common(waiting, |message| message.url.as_ref()),
        fields: in_common(waiting, |message| Some(&message.fields)).unwrap_or_default(),
        tone: in_common(waiting, |message| Some(&message.tone)).unwrap_or(Tone::Plain),
        thread: in_common(waiting, |message| message.thread.as_ref()),
        gist: None,
    })
}

/// Messages of one sort; those that have none are each their own.
struct Sort<'a> {
    gist: Option<&'a Gist>,
    messages: Vec<&'a Message>,
}

fn sorted(waiting: &[Message]) -> Vec<Sort<'_>> {
    let mut sorts: Vec<Sort> = Vec::new();
    for message in waiting {
        let gist = message.gist.as_ref();
        match sorts.iter_mut().find(|sort| gist.is_some() && sort.gist == gist) {
            Some(sort) => sort.messages.push(message),
            None => sorts.push(Sort { gist, messages: vec![message] }),
        }
    }
    sorts
}

impl Sort<'_> {
    /// "5 cards moved to Done: Boiler, Pump, Valve …"; what came alone is told in its own words.
    fn line(&self) -> Vec<Span> {
        let mut spans = match (self.gist, &self.messages[..]) {
            (Some(gist), [_, _, ..]) => vec![Span::Text(format!("{} {}", self.messages.len(), gist.many))],
            (gist, messages) => match messages.iter().find_map(|message| short_line(message)) {
                Some(line) => return line.to_vec(),
                None => vec![Span::Text(format!("1 {}", gist.map_or("more", |gist| gist.one.as_str())))],
            },
        };
        let (links, more) = self.links();
        for (at, link) in links.into_iter().enumerate() {
            spans.push(Span::Text(if at == 0 { ": " } else { ", " }.to_owned()));
            spans.push(link);
        }
        if more {
            spans.push(Span::Text(" …".to_owned()));
        }
        spans
    }

    /// The first different cards that these are about, and whether there are more.
    fn links(&self) -> (Vec<Span>, bool) {
        let mut seen = BTreeSet::new();
        let links = self.messages.iter().filter_map(|message| link(message));
        let mut links: Vec<Span> = links.filter(|(url, _)| seen.insert(*url)).map(|(_, span)| span.clone()).collect();
        let more = links.len() > MOST_LINKS;
        links.truncate(MOST_LINKS);
        (links, more)
    }
}

/// The piece of a sentence that leads to where the message leads.
fn link(message: &Message) -> Option<(&str, &Span)> {
    let to = message.url.as_deref()?;
    message.spans.iter().find_map(|span| match span {
        Span::Link { url, .. } if url == to => Some((to, span)),
        _ => None,
    })
}

/// The sentence, without what is quoted below it; `None` where it is no short one.
fn short_line(message: &Message) -> Option<&[Span]> {
    let end = message.spans.iter().position(|span| matches!(span, Span::Break | Span::Quote(_)));
    let line = &message.spans[..end.unwrap_or(message.spans.len())];
    let length = |span: &Span| match span {
        Span::Text(text) | Span::Bold(text) | Span::Italic(text) | Span::Code(text) | Span::Quote(text) => text.len(),
        Span::Link { text, .. } => text.len(),
        Span::Break => 0,
    };
    (!line.is_empty() && line.iter().map(length).sum::<usize>() <= LONGEST_LINE).then_some(line)
}

fn begin_line(spans: &mut Vec<Span>) {
    if !spans.is_empty() {
        spans.push(Span::Break);
    }
}

/// What all of them have in this place.
fn in_common<T: Clone + PartialEq>(waiting: &[Message], part: impl Fn(&Message) -> Option<&T>) -> Option<T> {
    let first = part(waiting.first()?)?;
    waiting.iter().all(|message| part(message) == Some(first)).then(|| first.clone())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(card: usize, what: &str) -> Message {
        let url = format!("https://trello.com/c/card{card}");
        let link = Span::Link { text: format!("Card {card}"), url: url.clone() };
        let gist = Gist { one: format!("card {what}"), many: format!("cards {what}") };
        let spans = vec![Span::Text("Ana did it to ".into()), link, Span::Break, Span::Quote("why".into())];
        Message { spans, url: Some(url), thread: Some(format!("card{card}")), gist: Some(gist), ..Message::default() }
    }

    #[test]
    fn one_message_is_told_as_it_is() {
        assert_eq!(together(&[]), None);
        assert_eq!(together(&[said(1, "archived")]), None);
    }

    #[test]
    fn what_is_of_one_sort_is_counted_and_leads_to_the_first_cards() {
        let five: Vec<Message> = (1..=5).map(|card| said(card, "moved to Done")).collect();
        let told = together(&five).unwrap();
        assert_eq!(told.plain(), "5 cards moved to Done: Card 1, Card 2, Card 3 …");
        assert_eq!((told.url, told.thread), (None, None), "they are about different cards");
        let same = [said(7, "moved to Done"), said(7, "moved to Done")];
        let told = together(&same).unwrap();
        assert_eq!(told.plain(), "2 cards moved to Done: Card 7");
        assert_eq!(told.thread.as_deref(), Some("card7"), "all are about this one");
    }

    #[test]
    fn several_sorts_have_a_line_each_and_what_came_alone_keeps_its_words() {
        let waiting = [said(1, "archived"), said(2, "moved to Done"), said(3, "archived"), Message::text("Hello.")];
        assert_eq!(
            together(&waiting).unwrap().plain(),
            "2 cards archived: Card 1, Card 3\nAna did it to Card 2\nHello."
        );
    }

    #[test]
    fn a_crowd_of_sorts_ends_in_a_count() {
        let waiting: Vec<Message> = (0..100).map(|n| said(n, &format!("moved to list {}", n % 20))).collect();
        let told = together(&waiting).unwrap().plain();
        assert_eq!(told.lines().count(), MOST_LINES);
        assert_eq!(told.lines().last(), Some("65 more"));
    }

    #[test]
    fn a_long_sentence_is_told_by_its_sort() {
        let mut long = said(1, "archived");
        long.spans.insert(0, Span::Text("x".repeat(2_000)));
        let quote = Message { spans: vec![Span::Quote("y".into())], ..Message::default() };
        assert_eq!(together(&[long, quote]).unwrap().plain(), "1 card archived: Card 1\n1 more");
    }

    /// How many messages a line stands for.
    fn counted(line: &str) -> usize {
        line.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(1)
    }

    proptest! {
        #[test]
        fn every_message_is_in_one_count(sorts in prop::collection::vec((0usize..12, any::<bool>()), 2..200)) {
            let message = |(sort, known): &(usize, bool)| {
                let mut message = said(*sort, &format!("moved to list {sort}"));
                message.gist = message.gist.filter(|_| *known);
                message
            };
            let waiting: Vec<Message> = sorts.iter().map(message).collect();
            let told = together(&waiting).unwrap();
            prop_assert_eq!(told.plain().lines().map(counted).sum::<usize>(), waiting.len());
            prop_assert!(told.spans.len() <= MOST_LINES * 10);
        }
    }
}
