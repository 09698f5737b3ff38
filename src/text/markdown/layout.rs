//! What stands where in a Markdown text: the parser's events as byte ranges, and for every byte whether it is code, a
//! link, an address, HTML.
//!
//! The parser is pulldown-cmark: it reports byte ranges of the source for everything (which is what changing a text in
//! place needs), is linear on hostile input, and brings one package. GitLab itself reads Markdown with comrak; both
//! follow CommonMark and GitHub's tables, footnotes and task lists.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

/// Inside of a code span or code block.
pub(super) const CODE: u8 = 1;
/// Inside of a link or image, its text included.
pub(super) const LINK: u8 = 2;
/// Inside of an address: a link's destination, or a bare URL.
pub(super) const ADDRESS: u8 = 4;
/// Inside of raw HTML.
pub(super) const HTML: u8 = 8;
/// Inside of a table.
pub(super) const TABLE: u8 = 16;

/// Who reads the text. What is code for one can be prose for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// CommonMark with tables, footnotes, task lists.
    GitLab,
    /// CommonMark alone (its editor knows strikethrough besides; neither tables nor footnotes).
    Trello,
}

/// A link or image.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// All of it.
    pub(super) range: Range<usize>,
    /// What people read.
    pub(super) text: Range<usize>,
    /// Its destination as written, where it is written in place.
    pub(super) to: Option<Range<usize>>,
}

/// A text with the places of what it holds.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) source: &'a str,
    marks: Vec<u8>,
    pub(super) links: Vec<Link>,
    /// Destinations in definitions (`[name]: destination`).
    pub(super) definitions: Vec<Range<usize>>,
    /// Fenced code blocks, fences included.
    pub(super) fences: Vec<Range<usize>>,
    pub(super) code_spans: Vec<Range<usize>>,
    pub(super) html: Vec<Range<usize>>,
    pub(super) tables: Vec<Range<usize>>,
    /// `[ ]` and `[x]`, and whether it is done.
    pub(super) tasks: Vec<(Range<usize>, bool)>,
    pub(super) items: Vec<usize>,
    pub(super) footnotes: Vec<usize>,
    pub(super) quotes: Vec<usize>,
    /// Where the open link's text has got to, innermost last.
    open: Vec<(usize, usize)>,
    painted: [usize; 8],
    /// Bare addresses.
    urls: Vec<Range<usize>>,
}

impl<'a> Layout<'a> {
    /// Reads `source` as `reader` does.
    pub(super) fn of(source: &'a str, reader: Reader) -> Self {
        let mut layout = Layout {
            source,
            marks: vec![0; source.len()],
            links: Vec::new(),
            definitions: Vec::new(),
            fences: Vec::new(),
            code_spans: Vec::new(),
            html: Vec::new(),
            tables: Vec::new(),
            tasks: Vec::new(),
            items: Vec::new(),
            footnotes: Vec::new(),
            quotes: Vec::new(),
            open: Vec::new(),
            painted: [0; 8],
            urls: Vec::new(),
        };
        let mut events = Parser::new_ext(source, options(reader)).into_offset_iter();
        for (event, range) in events.by_ref() {
            layout.take(event, range);
        }
        let spans: Vec<_> =
            events.reference_definitions().iter().map(|(_, definition)| definition.span.clone()).collect();
        layout.define(spans);
        layout.paint_urls();
        layout
    }

    /// What is marked at the byte `at`.
    pub(super) fn at(&self, at: usize) -> u8 {
        self.marks.get(at).copied().unwrap_or(0)
    }

    /// Where the outermost link, image, code span or bare address starts that `at` stands inside of.
    pub(super) fn piece_across(&self, at: usize) -> Option<usize> {
        let links = self.links.iter().map(|link| &link.range);
        let across = |range: &&Range<usize>| range.start < at && at < range.end;
        let pieces = links.chain(&self.code_spans).chain(&self.urls).chain(&self.html).filter(across);
        pieces.map(|range| range.start).min()
    }

    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        if let (Some((_, end)), false) = (self.open.last_mut(), matches!(event, Event::End(_))) {
            *end = (*end).max(range.end);
        }
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(TagEnd::Link | TagEnd::Image) => self.end_of_link(range),
            Event::Code(_) => {
                self.paint(CODE, range.clone());
                self.code_spans.push(range);
            }
            Event::InlineHtml(_) => {
                self.paint(HTML, range.clone());
                self.html.push(range);
            }
            Event::TaskListMarker(done) => self.tasks.push((range, done)),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::CodeBlock(kind) => {
                self.paint(CODE, range.clone());
                if let CodeBlockKind::Fenced(_) = kind {
                    self.fences.push(range);
                }
            }
            Tag::HtmlBlock => {
                self.paint(HTML, range.clone());
                self.html.push(range);
            }
            Tag::Table(_) => {
                self.paint(TABLE, range.clone());
                self.tables.push(range);
            }
            Tag::Link { link_type, .. } | Tag::Image { link_type, .. } => {
                self.paint(LINK, range.clone());
                if link_type == LinkType::Autolink {
                    self.paint(ADDRESS, range.clone());
                }
                self.open.push((range.start, range.start));
            }
            Tag::Item => self.items.push(range.start),
            Tag::FootnoteDefinition(_) => self.footnotes.push(range.start),
            Tag::BlockQuote(_) => self.quotes.push(range.start),
            _ => {}
        }
    }

    fn end_of_link(&mut self, range: Range<usize>) {
        let Some((start, end)) = self.open.pop() else {
            return;
        };
        let bytes = self.source.as_bytes();
        let first = start + 1 + usize::from(bytes.get(start) == Some(&b'!'));
        let last = if end > first && end < range.end { end } else { first };
        let gap = self.source.get(last..range.end).and_then(|rest| rest.find(']').map(|at| last + at));
        let text = first..gap.unwrap_or(last).max(first).min(range.end.max(first));
        let to = gap.filter(|gap| bytes.get(gap + 1) == Some(&b'(')).map(|gap| self.destination(gap + 2, range.end));
        if let Some(to) = &to {
            self.paint(ADDRESS, to.clone());
        }
        self.links.push(Link { range, text, to });
    }

    /// The destination that starts at or after `at`, in angle brackets or bare.
    fn destination(&self, at: usize, limit: usize) -> Range<usize> {
        let bytes = &self.source.as_bytes()[..limit];
        let blank = |at: &usize| bytes.get(*at).is_some_and(u8::is_ascii_whitespace);
        let mut start = at.min(limit);
        while blank(&start) {
            start += 1;
        }
        let bracketed = bytes.get(start) == Some(&b'<');
        start += usize::from(bracketed);
        let (mut end, mut depth) = (start, 0i32);
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'\\' if end + 1 < limit => end += 1,
                b'>' if bracketed => break,
                b'(' => depth += 1,
                b')' if !bracketed && depth == 0 => break,
                b')' => depth -= 1,
                byte if !bracketed && byte.is_ascii_whitespace() => break,
                _ => {}
            }
            end += 1;
        }
        start..end.min(limit)
    }

    fn define(&mut self, mut spans: Vec<Range<usize>>) {
        spans.sort_by_key(|span| span.start);
        for span in spans {
            let Some(colon) = self.source.get(span.clone()).and_then(|text| text.find("]:")) else {
                continue;
            };
            let to = self.destination(span.start + colon + 2, span.end);
            self.paint(LINK, span);
            self.paint(ADDRESS, to.clone());
            self.definitions.push(to);
        }
    }

    /// Addresses that stand bare in the text. Both sides make links of them.
    fn paint_urls(&mut self) {
        let mut done = 0;
        for (at, _) in self.source.match_indices("://") {
            if at < done {
                continue;
            }
            let bytes = self.source.as_bytes();
            let start = (done..at).rev().take_while(|at| bytes[*at].is_ascii_alphanumeric()).last().unwrap_or(at);
            let ends = |byte: &u8| byte.is_ascii_whitespace() || b"<>\"`)]".contains(byte);
            let end = bytes[at..].iter().position(ends).map_or(bytes.len(), |length| at + length);
            for mark in &mut self.marks[start..end] {
                *mark |= ADDRESS;
            }
            self.urls.push(start..end);
            done = end;
        }
    }

    /// Marks `range`. Ranges of one kind come in order of their start; what lies inside of a marked one is marked
    /// already, so that nesting costs nothing.
    fn paint(&mut self, kind: u8, range: Range<usize>) {
        let painted = &mut self.painted[kind.trailing_zeros() as usize];
        let (start, end) = (range.start.max(*painted), range.end.min(self.marks.len()));
        if kind == ADDRESS || start < end {
            let start = if kind == ADDRESS { range.start.min(end) } else { start };
            for mark in &mut self.marks[start..end] {
                *mark |= kind;
            }
            *painted = end;
        }
    }
}

/// The line from `start` on, as far as anyone looks at one: a text may be one endless line.
pub(super) fn line_at(text: &str, start: usize) -> &str {
    let rest = &text[start..text.floor_char_boundary(start + 500)];
    rest.split('\n').next().unwrap_or(rest)
}

fn options(reader: Reader) -> Options {
    match reader {
        Reader::Trello => Options::ENABLE_STRIKETHROUGH,
        Reader::GitLab => {
            Options::ENABLE_STRIKETHROUGH
                | Options::ENABLE_TABLES
                | Options::ENABLE_FOOTNOTES
                | Options::ENABLE_TASKLISTS
        }
    }
}
