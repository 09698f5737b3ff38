//! What was asked, read out of what somebody typed. Pure: what is typed goes in, a command comes out, or a sentence that
//! shows how it is written.

use super::words::{self, Words};

/// A typed text without what called us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The slash command or trigger word that the chat server reacted to, without the sign before it: it may be a
    /// command's name itself.
    pub called: Option<String>,
    /// The rest, several lines kept.
    pub text: String,
}

/// Names by which people may speak to us; what follows is what they ask.
const OWN_NAMES: [&str; 2] = ["kanbridge", "kan"];

impl Typed {
    /// What follows a slash command or trigger word that the chat server has already told apart.
    pub fn after(called: &str, text: &str) -> Self {
        let called = called.trim().trim_start_matches(SIGNS).to_lowercase();
        Typed { called: Some(called).filter(|called| !called.is_empty()), text: words::clean(text) }
    }

    /// A whole text that begins with the trigger word, if any, that the chat server told beside it.
    pub fn triggered(trigger: Option<&str>, text: &str) -> Self {
        let text = words::clean(text);
        match trigger.map(str::trim).filter(|trigger| !trigger.is_empty()) {
            Some(trigger) => match text.strip_prefix(trigger) {
                Some(rest) => Typed::after(trigger, rest),
                // It may stand anywhere, where the chat server was told so.
                None => Typed::after(trigger, text.split_once(trigger).map_or(text.as_str(), |(_, rest)| rest)),
            },
            None => Typed { called: None, text: text.trim_start_matches(SIGNS).to_owned() },
        }
    }

    /// The first `/name` in a text, as HipChat's hooks tell it, with all that follows it; `None`: there is none. A slash
    /// inside of a word (an address, a path) calls nobody.
    pub fn slashed(text: &str) -> Option<Self> {
        let text = words::clean(text);
        let begins = |at: usize| text[..at].chars().next_back().is_none_or(char::is_whitespace);
        let calls = text.match_indices('/').filter(|(at, _)| begins(*at)).find_map(|(at, _)| {
            let rest = &text[at + 1..];
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            is_name(&rest[..end]).then(|| rest.split_at(end))
        });
        let (name, rest) = calls?;
        Some(Typed { called: None, text: format!("{name} {}", rest.trim()).trim().to_owned() })
    }
}

/// What people put before a word that calls somebody.
const SIGNS: [char; 3] = ['/', '!', '@'];

/// What a command may be called; an integration's file has this name, so there is nothing in it that leads elsewhere.
pub fn is_name(word: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !word.is_empty() && word.len() <= 64 && word.chars().all(fits) && word.starts_with(char::is_alphanumeric)
}

/// A command's word and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// In lower case; empty where nothing was asked.
    pub word: String,
    /// The word as it was typed.
    pub typed: String,
    /// What follows, trimmed.
    pub query: String,
}

/// The readings of what was typed, the likelier first: a slash command or trigger word that is a command's name, then
/// the first word of the text.
pub(super) fn readings(typed: &Typed) -> Vec<Asked> {
    let mut text = typed.text.trim();
    let called = typed.called.as_deref().filter(|called| !OWN_NAMES.contains(called));
    let mut readings: Vec<Asked> = called.into_iter().map(|called| asked(called, text)).collect();
    let (first, rest) = head(text);
    let first = first.trim_start_matches('@').trim_end_matches([':', ',']);
    if OWN_NAMES.iter().any(|name| first.eq_ignore_ascii_case(name)) {
        text = rest.trim();
    }
    let (first, rest) = head(text);
    readings.push(asked(first, rest));
    readings
}

fn asked(word: &str, query: &str) -> Asked {
    Asked { word: word.to_lowercase(), typed: word.to_owned(), query: query.trim().to_owned() }
}

/// The first word of a text, and what follows it.
fn head(text: &str) -> (&str, &str) {
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// A command of ours, its words read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// What can be asked here.
    Help,
    /// The boards that this room sees.
    Boards,
    /// The lists of a board; `None`: the room's own.
    Lists(Option<String>),
    /// The cards of a list; `None`: the room's own.
    List(Option<String>),
    /// One card.
    Card(String),
    /// The cards that have all of these words.
    Find(String),
    /// A new card.
    New(Titled),
    /// A new issue.
    Issue(Titled),
    /// A card onto another list.
    Move(String, String),
    /// A card that is done.
    Done(String),
    /// Somebody onto a card.
    Assign(String, String),
    /// Something said on a card.
    Comment(String, String),
    /// The day that a card is due, or `none`.
    Due(String, String),
    /// The cards of whoever asks, or of somebody named.
    Mine(Option<String>),
    /// Whether the bridge is well.
    Status,
    /// This room hears of its boards.
    Watch,
    /// And no more.
    Mute,
}

/// A title, and a text in the lines below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Titled {
    /// One line.
    pub title: String,
    /// May be empty.
    pub text: String,
}

/// What is known of a command without reading its words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// Its word.
    pub word: &'static str,
    /// What follows the word.
    pub follows: &'static str,
    /// What it does, in a few words.
    pub does: &'static str,
    /// It changes something.
    pub changes: bool,
}

const fn usage(word: &'static str, follows: &'static str, does: &'static str, changes: bool) -> Usage {
    Usage { word, follows, does, changes }
}

/// All commands, in the order in which `help` lists them.
pub(super) const USAGES: &[Usage] = &[
    usage("boards", "", "the boards that this room sees", false),
    usage("lists", "[board]", "the lists of a board", false),
    usage("list", "[list]", "the cards of a list", false),
    usage("card", "<card>", "one card", false),
    usage("find", "<words>", "cards with all of these words", false),
    usage("mine", "[person]", "your cards", false),
    usage("status", "", "is the bridge well, and what is stuck", false),
    usage("new", "<title>", "a new card; further lines become its text", true),
    usage("issue", "<title>", "a new issue in GitLab", true),
    usage("move", "<card> to <list>", "a card onto another list", true),
    usage("done", "<card>", "a card is done", true),
    usage("assign", "<card> to <person>", "somebody onto a card", true),
    usage("comment", "<card>: <text>", "say something on a card", true),
    usage("due", "<card> <day>", "when a card is due: today, friday, 2026-12-24, none", true),
    usage("watch", "", "tell what happens on the boards in this room", true),
    usage("mute", "", "tell no more of it", true),
    usage("help", "", "this list", false),
];

/// The command whose word this is.
pub(super) fn usage_of(word: &str) -> Option<&'static Usage> {
    USAGES.iter().find(|usage| usage.word == word)
}

/// Whether a word is a command of our own, so that no script is asked for it.
pub fn is_own(word: &str) -> bool {
    usage_of(&word.to_lowercase()).is_some()
}

/// Something is missing behind the word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Incomplete(pub(super) &'static Usage);

/// Reads a command; `None`: it is none of ours.
pub(super) fn command(asked: &Asked) -> Option<Result<Command, Incomplete>> {
    let usage = usage_of(&asked.word)?;
    Some(read(usage.word, &asked.query).ok_or(Incomplete(usage)))
}

fn read(word: &str, query: &str) -> Option<Command> {
    let words = Words::of(query);
    let whole = || Some(query.to_owned()).filter(|query| !query.is_empty());
    Some(match word {
        "boards" => Command::Boards,
        "lists" => Command::Lists(whole()),
        "list" => Command::List(whole()),
        "card" => Command::Card(words.name()?),
        "find" => Command::Find(whole()?),
        "mine" => Command::Mine(whole()),
        "status" => Command::Status,
        "new" => Command::New(titled(query)?),
        "issue" => Command::Issue(titled(query)?),
        "move" => words.two("to").map(|(card, list)| Command::Move(card, list))?,
        "done" => Command::Done(words.name()?),
        "assign" => words.two("to").map(|(card, person)| Command::Assign(card, person))?,
        "comment" => words.said().map(|(card, text)| Command::Comment(card, text))?,
        "due" => words.two("on").map(|(card, day)| Command::Due(card, day))?,
        "watch" => Command::Watch,
        "mute" => Command::Mute,
        _ => Command::Help,
    })
}

fn titled(query: &str) -> Option<Titled> {
    let (title, text) = query.split_once('\n').unwrap_or((query, ""));
    let title = title.trim().to_owned();
    (!title.is_empty()).then(|| Titled { title, text: text.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slashed(text: &str) -> Option<(String, String)> {
        let asked = readings(&Typed::slashed(text)?).remove(0);
        Some((asked.typed, asked.query))
    }

    fn read(typed: &Typed) -> Command {
        readings(typed).iter().find_map(command).unwrap().unwrap()
    }

    fn said(text: &str) -> Command {
        read(&Typed::triggered(None, text))
    }

    #[test]
    fn a_slash_command_stands_anywhere_in_the_text_and_keeps_its_lines() {
        let table = [
            ("/test testing me", Some(("test", "testing me"))),
            ("/test", Some(("test", ""))),
            ("/test  two", Some(("test", "two"))),
            ("hi /test a b", Some(("test", "a b"))),
            ("/test a\nb", Some(("test", "a\nb"))),
            ("see http://x/ y", None),
            ("/../../x q", None),
            ("look at /usr/bin/env, it is old", None),
            ("// no", None),
            ("http://x/y and then /test it", Some(("test", "it"))),
            ("no slash", None),
            ("", None),
        ];
        for (text, wanted) in table {
            let wanted = wanted.map(|(name, query)| (name.to_owned(), query.to_owned()));
            assert_eq!(slashed(text), wanted, "{text}");
        }
    }

    #[test]
    fn the_same_command_is_read_however_a_chat_server_tells_it() {
        let wanted = Command::List(Some("To do".to_owned()));
        for typed in [
            Typed::after("/kan", "list To do"),
            Typed::after("/list", "To do"),
            Typed::triggered(Some("!kan"), "!kan list To do"),
            Typed::triggered(Some("!"), "!list To do"),
            Typed::triggered(Some("list"), "list To do"),
            Typed::triggered(Some("kanbridge"), "please, kanbridge list To do"),
            Typed::triggered(None, "/list To do"),
            Typed::triggered(None, " @kanbridge: LIST  To do "),
            Typed::slashed("now /list To do").unwrap(),
            Typed::slashed("/kan list To do").unwrap(),
        ] {
            assert_eq!(read(&typed), wanted, "{typed:?}");
        }
    }

    #[test]
    fn cards_lists_people_and_days_are_told_apart() {
        let table = [
            ("move #23 to In progress", Command::Move("#23".into(), "In progress".into())),
            ("move 23 Done", Command::Move("23".into(), "Done".into())),
            ("move talk to Ana to Done", Command::Move("talk to Ana".into(), "Done".into())),
            ("move \"talk to Ana\" Done", Command::Move("talk to Ana".into(), "Done".into())),
            ("assign boiler is cold to ana", Command::Assign("boiler is cold".into(), "ana".into())),
            ("assign boiler is cold ana", Command::Assign("boiler is cold".into(), "ana".into())),
            ("due boiler friday", Command::Due("boiler".into(), "friday".into())),
            ("due #4 on 2026-12-24", Command::Due("#4".into(), "2026-12-24".into())),
            ("comment #4 see: it works", Command::Comment("#4".into(), "see: it works".into())),
            ("comment boiler is cold: I am\non it", Command::Comment("boiler is cold".into(), "I am\non it".into())),
            ("comment boiler I am on it", Command::Comment("boiler".into(), "I am on it".into())),
            ("card boiler  is cold", Command::Card("boiler is cold".into())),
        ];
        for (text, wanted) in table {
            assert_eq!(said(text), wanted, "{text}");
        }
        let new = Command::New(Titled { title: "Boiler".into(), text: "It is\ncold.".into() });
        assert_eq!(said("new Boiler\nIt is\ncold.\n"), new);
    }

    #[test]
    fn what_is_missing_is_told() {
        for text in ["move #23", "comment", "due friday", "new", "assign #4", "done"] {
            let reading = readings(&Typed::triggered(None, text)).remove(0);
            let Some(Err(Incomplete(usage))) = command(&reading) else { panic!("{text}") };
            assert!(text.starts_with(usage.word));
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_breaks_the_reader(text in any::<String>(), trigger in proptest::option::of(any::<String>())) {
            for typed in [Some(Typed::triggered(trigger.as_deref(), &text)), Typed::slashed(&text)].into_iter().flatten() {
                for asked in readings(&typed) {
                    let _ = command(&asked);
                }
            }
        }

        #[test]
        fn an_address_calls_nobody(host in "[a-z]{1,9}\\.[a-z]{2,3}", path in "[a-z/]{0,20}", before in "[a-z ]{0,9}") {
            let text = format!("{before} https://{host}/{path}");
            prop_assert_eq!(Typed::slashed(&text), None);
        }

        #[test]
        fn a_slash_command_s_name_leads_nowhere_else(text in any::<String>()) {
            if let Some(typed) = Typed::slashed(&text) {
                let name = head(&typed.text).0;
                prop_assert!(is_name(name) && !name.contains('/') && !name.starts_with('.'));
            }
        }

        #[test]
        fn a_comment_is_kept_to_the_letter(text in "[a-zA-Z][^\r\0]{0,60}[a-zA-Z]") {
            let wanted = Command::Comment("#4".to_owned(), text.clone());
            prop_assert_eq!(said(&format!("comment #4 {text}")), wanted);
        }
    }
}
