//! The words behind a command: a card by number, address or title, and what follows it. Pure.

/// Text from a chat server as we read it: without NUL, line ends as `\n`, nothing invisible around it (some clients put a
/// zero-width space behind a name that they completed).
pub(super) fn clean(text: &str) -> String {
    let invisible = |c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}');
    text.replace("\r\n", "\n").replace('\0', "").trim_matches(invisible).to_owned()
}

/// The words behind a command.
pub(super) struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    pub(super) fn of(query: &'a str) -> Self {
        Words(query.trim())
    }

    /// All of it as one name.
    pub(super) fn name(&self) -> Option<String> {
        let name = self.quoted().map_or(self.0, |(name, _)| name);
        named(name)
    }

    /// Two names: the first a reference or quoted, or divided from the second by the last `divider`, or all but the last
    /// word.
    pub(super) fn two(&self, divider: &str) -> Option<(String, String)> {
        if let Some((card, rest)) = self.quoted().or_else(|| self.referred()) {
            return both(card, without(rest, divider));
        }
        let padded = format!(" {divider} ");
        let lower = self.0.to_lowercase();
        // Only where lower case has the same bytes is a place in it a place in the text.
        let divided = lower.rfind(&padded).filter(|_| lower.len() == self.0.len());
        if let Some((first, second)) =
            divided.and_then(|at| Some((self.0.get(..at)?, self.0.get(at + padded.len()..)?)))
        {
            return both(first, second);
        }
        let (first, second) = self.0.rsplit_once(char::is_whitespace)?;
        both(first, second)
    }

    /// A card and what is said on it: the card a reference or quoted, or divided from the text by a colon on the first
    /// line, or one word.
    pub(super) fn said(&self) -> Option<(String, String)> {
        let divided = || {
            let line = self.0.lines().next().unwrap_or_default();
            let at = line.find(": ").or_else(|| line.ends_with(':').then(|| line.len() - 1))?;
            Some((&self.0[..at], &self.0[at + 1..]))
        };
        let (card, text) = self
            .quoted()
            .or_else(|| self.referred())
            .or_else(divided)
            .or_else(|| self.0.split_once(char::is_whitespace))?;
        let text = text.trim();
        (!text.is_empty()).then_some(())?;
        Some((named(card)?, text.to_owned()))
    }

    /// What stands in quotation marks at the beginning, and what follows it.
    fn quoted(&self) -> Option<(&'a str, &'a str)> {
        let open = self.0.chars().next()?;
        let close = match open {
            '"' => '"',
            '“' => '”',
            '„' => '“',
            '«' => '»',
            _ => return None,
        };
        self.0[open.len_utf8()..].split_once(close)
    }

    /// A number or an address at the beginning, and what follows it.
    fn referred(&self) -> Option<(&'a str, &'a str)> {
        let end = self.0.find(char::is_whitespace).unwrap_or(self.0.len());
        let (first, rest) = self.0.split_at(end);
        let first_bare = first.trim_end_matches([':', ',']);
        let number = first_bare.trim_start_matches('#');
        let is_number = !number.is_empty() && number.len() <= 18 && number.bytes().all(|byte| byte.is_ascii_digit());
        (is_number || first.contains("://")).then_some((if is_number { first_bare } else { first }, rest))
    }
}

fn without<'a>(rest: &'a str, divider: &str) -> &'a str {
    let rest = rest.trim();
    let (first, tail) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    if first.eq_ignore_ascii_case(divider) { tail } else { rest }
}

fn both(first: &str, second: &str) -> Option<(String, String)> {
    Some((named(first)?, named(second.trim().trim_matches('"'))?))
}

/// A name with single spaces.
fn named(name: &str) -> Option<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}
