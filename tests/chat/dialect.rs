//! How four servers read a text, written from their parsers and apart from what we write for them. Strict: what one of
//! their clients might take for markup is markup. Bare addresses are links everywhere, and nobody's fault.

use kanbridge::model::RoomKind;

/// What a server takes for markup.
pub(crate) struct Dialect {
    /// A backslash before these signs is not shown, and they mean nothing.
    escapes: &'static str,
    /// Escapes work within links and emphasis too.
    everywhere: bool,
    /// What begins and ends emphasis, the longest first.
    emphasis: &'static [&'static str],
    /// Signs that begin an item of a list, and those behind a number that do.
    lists: &'static str,
    numbers: &'static str,
    /// What is in pointed brackets may be a link.
    brackets: bool,
    /// A row of dashes is a line, or makes a heading of the line before; pipes make a table.
    rules: bool,
}

/// <https://github.com/RocketChat/Rocket.Chat/blob/develop/packages/message-parser/src/grammar.pegjs>: its `Escaped` is
/// tried at the top alone.
const ROCKETCHAT: Dialect = Dialect {
    escapes: "*_~`#.",
    everywhere: false,
    emphasis: &["**", "__", "~~", "||", "*", "_", "~"],
    lists: "-*",
    numbers: ".",
    brackets: true,
    rules: false,
};
/// Its fork of marked, behind a server that turns Slack's links into Markdown's.
const MATTERMOST: Dialect = Dialect {
    escapes: "\\`*{}[]()#+-.!_>~|",
    everywhere: true,
    emphasis: &["**", "__", "~~", "*", "_"],
    lists: "-*+",
    numbers: ".)",
    brackets: true,
    rules: true,
};
/// <https://support.discord.com/hc/en-us/articles/210298617>, as a descendant of simple-markdown reads it.
const DISCORD: Dialect = Dialect {
    escapes: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    everywhere: true,
    emphasis: &["**", "__", "~~", "||", "*", "_"],
    lists: "-*",
    numbers: ".",
    brackets: true,
    rules: false,
};
/// <https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features>, as CommonMark reads it.
const TEAMS: Dialect = Dialect {
    escapes: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    everywhere: true,
    emphasis: &["**", "__", "~~", "*", "_"],
    lists: "-*+",
    numbers: ".)",
    brackets: false,
    rules: true,
};

/// How a room of this kind reads; `None`: it has no Markdown.
pub(crate) fn of(kind: RoomKind) -> Option<&'static Dialect> {
    match kind {
        RoomKind::Rocketchat => Some(&ROCKETCHAT),
        RoomKind::Mattermost => Some(&MATTERMOST),
        RoomKind::Discord => Some(&DISCORD),
        RoomKind::Teams => Some(&TEAMS),
        RoomKind::Hipchat | RoomKind::Slack | RoomKind::Matrix | RoomKind::Webhook => None,
    }
}

impl Dialect {
    /// All markup in a text: `link ADDRESS`, `emphasis **`, `code`, `heading`, `list`, `quote`, `rule`, `bracket`.
    pub(crate) fn markup(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for line in text.split('\n') {
            self.block(line, &mut found);
        }
        let text: Vec<char> = text.chars().collect();
        self.inline(&text, true, &mut found);
        found
    }

    /// What a line is by its beginning.
    fn block(&self, line: &str, found: &mut Vec<String>) {
        let line = line.trim_start_matches([' ', '\t']);
        let mut put = |what: &str| found.push(what.to_owned());
        let behind = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
        if line.starts_with('#') && behind(line.trim_start_matches('#')) || line.starts_with("-# ") {
            put("heading");
        }
        if line.strip_prefix(|c| self.lists.contains(c)).is_some_and(behind) {
            put("list");
        }
        let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
        if number.len() < line.len() && number.strip_prefix(|c| self.numbers.contains(c)).is_some_and(behind) {
            put("list");
        }
        let is_rule = |sign: char| line.starts_with(sign) && line.trim_matches([sign, ' ']).is_empty();
        if self.rules && line.len() > 1 && ['-', '=', '*', '_'].into_iter().any(is_rule) {
            put("rule");
        }
        if let Some(rest) = line.strip_prefix('>') {
            put("quote");
            self.block(rest, found);
        }
    }

    fn inline(&self, text: &[char], escapes: bool, found: &mut Vec<String>) {
        let mut at = 0;
        while at < text.len() {
            at = match text[at] {
                '\\' if escapes && self.is_escaped(text, at + 1) => at + 2,
                '`' => self.code(text, at, found),
                '[' => self.link(text, at, escapes, found),
                '<' if self.brackets => bracket(text, at, found),
                '|' if self.rules && self.brackets => {
                    found.push("table".to_owned());
                    at + 1
                }
                _ => self.emphasis(text, at, escapes, found),
            };
        }
    }

    fn is_escaped(&self, text: &[char], at: usize) -> bool {
        text.get(at).is_some_and(|sign| self.escapes.contains(*sign))
    }

    fn code(&self, text: &[char], at: usize, found: &mut Vec<String>) -> usize {
        let ticks = text[at..].iter().take_while(|c| **c == '`').count();
        let end = (at + ticks..text.len()).find(|end| text[*end..].starts_with(&text[at..at + ticks]));
        let Some(end) = end else { return at + ticks };
        found.push("code".to_owned());
        end + ticks
    }

    fn link(&self, text: &[char], at: usize, escapes: bool, found: &mut Vec<String>) -> usize {
        let Some(middle) = self.find(text, at + 1, &[']', '('], escapes) else { return at + 1 };
        let Some(end) = (middle + 2..text.len()).find(|end| text[*end] == ')' || text[*end].is_whitespace()) else {
            return at + 1;
        };
        let address: String = text[middle + 2..end].iter().collect();
        found.push(format!("link {}", address.trim_matches(['<', '>'])));
        self.inline(&text[at + 1..middle], escapes && self.everywhere, found);
        end + 1
    }

    fn emphasis(&self, text: &[char], at: usize, escapes: bool, found: &mut Vec<String>) -> usize {
        for sign in self.emphasis {
            let signs: Vec<char> = sign.chars().collect();
            let inside = at + signs.len();
            let opens = text[at..].starts_with(&signs) && text.get(inside).is_some_and(|c| !c.is_whitespace());
            if !opens || (*sign == "_" && at > 0 && text[at - 1].is_ascii_alphanumeric() && !self.everywhere) {
                continue;
            }
            let mut from = inside;
            while let Some(end) = self.find(text, from, &signs, escapes) {
                let goes_on = text.get(end + signs.len()).is_some_and(|c| c.is_ascii_alphanumeric());
                if end > inside && !(sign.starts_with('_') && goes_on) && !text[end - 1].is_whitespace() {
                    found.push(format!("emphasis {sign}"));
                    self.inline(&text[inside..end], escapes && self.everywhere, found);
                    return end + signs.len();
                }
                from = end + 1;
            }
        }
        at + 1
    }

    /// Where `signs` stand next, and no backslash makes them harmless.
    fn find(&self, text: &[char], mut at: usize, signs: &[char], escapes: bool) -> Option<usize> {
        while at < text.len() {
            if text[at] == '\\' && escapes && self.everywhere && self.is_escaped(text, at + 1) {
                at += 2;
            } else if text[at..].starts_with(signs) {
                return Some(at);
            } else {
                at += 1;
            }
        }
        None
    }
}

/// `<address>`, `<address|text>`, `<@person>`: something in pointed brackets, right behind the first. A text beside an
/// address is read as it is.
fn bracket(text: &[char], at: usize, found: &mut Vec<String>) -> usize {
    let line = text[at + 1..].split(|c| *c == '\n').next().unwrap_or_default();
    let starts = line.first().is_some_and(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '<' | '>'));
    let Some(end) = line.iter().position(|c| *c == '>').filter(|_| starts) else { return at + 1 };
    let inside: String = line[..end].iter().collect();
    let address = inside.split_once('|').map(|(address, _)| address).filter(|address| address.starts_with("http"));
    found.push(address.map_or("bracket".to_owned(), |address| format!("link {address}")));
    at + end + 2
}
