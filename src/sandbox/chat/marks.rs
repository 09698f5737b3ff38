//! What a text would do to people: whom it calls, and what of it is markup that nobody meant.

use super::Kind;

/// Names that call everybody.
const EVERYBODY: [&str; 5] = ["all", "here", "channel", "everyone", "room"];

/// Whom `text` would call in a room of this kind.
pub(super) fn pings(kind: Kind, text: &str) -> Vec<String> {
    match kind {
        // In HTML form mentions are plain words.
        Kind::Hipchat => Vec::new(),
        Kind::Slack => tokens(text, &["<!", "<@", "<#"]),
        Kind::Teams => tokens(text, &["<at>"]),
        Kind::Mattermost => [at_names(text), tokens(text, &["<!here>", "<!channel>", "<!all>"])].concat(),
        Kind::Rocketchat | Kind::Discord | Kind::Matrix | Kind::Webhook => at_names(text),
    }
}

fn tokens(text: &str, starts: &[&str]) -> Vec<String> {
    let found = starts.iter().flat_map(|start| text.match_indices(start));
    found.map(|(at, _)| text[at..].chars().take(12).collect()).collect()
}

fn at_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices('@') {
        let free = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let after = text[at + 1..].trim_start_matches(['*', '_']);
        if let Some(name) = EVERYBODY.into_iter().find(|name| free && after.starts_with(name)) {
            names.push(format!("@{name}"));
        }
    }
    names
}

/// Signs in Slack's writing that had to be escaped.
pub(super) fn slack_mistakes(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, _) in text.match_indices('<') {
        if !text[at + 1..].starts_with("http") {
            wrong.push(format!("unescaped `{}`", text[at..].chars().take(12).collect::<String>()));
        }
    }
    for (at, _) in text.match_indices('&') {
        if !["&amp;", "&lt;", "&gt;"].iter().any(|entity| text[at..].starts_with(entity)) {
            wrong.push("unescaped `&`".to_owned());
        }
    }
    wrong
}

/// Tags that are not allowed or not closed, and signs that are no entities.
pub(super) fn html_mistakes(text: &str, allowed: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for (at, _) in text.match_indices('<') {
        let Some((inside, _)) = text[at + 1..].split_once('>') else {
            wrong.push("a tag without end".to_owned());
            continue;
        };
        let name = inside.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if !allowed.contains(&name) {
            wrong.push(format!("a tag `{name}`"));
        } else if inside.starts_with('/') {
            if open.pop() != Some(name) {
                wrong.push(format!("`{name}` is closed and not open"));
            }
        } else if !["br", "hr", "img"].contains(&name) {
            open.push(name);
        }
    }
    wrong.extend(open.into_iter().map(|name| format!("`{name}` is not closed")));
    for (at, _) in text.match_indices('&') {
        let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#"];
        if !entities.iter().any(|entity| text[at..].starts_with(entity)) {
            wrong.push("unescaped `&`".to_owned());
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_mention_is_seen_and_a_broken_one_is_not() {
        assert_eq!(pings(Kind::Slack, "hi <!channel>"), ["<!channel>"]);
        assert_eq!(pings(Kind::Rocketchat, "hi @all, ana@all.example"), ["@all"]);
        assert_eq!(pings(Kind::Webhook, "@**all**"), ["@all"]);
        assert_eq!(pings(Kind::Mattermost, "@\u{200b}all &lt;!channel>"), [""; 0]);
        assert_eq!(slack_mistakes("a <https://x|y> &amp; <b> & c").len(), 2);
        assert_eq!(html_mistakes("<b>x</b><br><i>", &["b", "i", "br"]), ["`i` is not closed"]);
        assert_eq!(html_mistakes("<script>", &["b"]), ["a tag `script`"]);
    }
}
