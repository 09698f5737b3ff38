//! What an activity says, read without trust: a part may be missing, null, empty or of another type, and then it is
//! simply not known. Names come out on one line and of a bearable length.

use serde_json::Value;

use crate::model::{Activity, Actor};
use crate::text::card_name::spoken;
use crate::text::{clean, cut};

/// Names longer than this are cut: Trello allows a card's name 16,384 characters, and a sentence holds several names.
const LONGEST_NAME: usize = 160;

/// Short links are eight letters and digits today.
const LONGEST_SHORT_LINK: usize = 16;

/// An activity, to be asked.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) activity: &'a Activity,
}

impl<'a> Facts<'a> {
    pub(super) fn of(activity: &'a Activity) -> Self {
        Facts { activity }
    }

    /// What stands at a path in `data`; `None` also for null.
    pub(super) fn at(&self, path: &[&str]) -> Option<&'a Value> {
        let found = path.iter().try_fold(&self.activity.data, |at, part| at.get(part))?;
        (!found.is_null()).then_some(found)
    }

    /// A text at a path, as it was written; `None` where it is blank.
    pub(super) fn text(&self, path: &[&str]) -> Option<&'a str> {
        self.at(path)?.as_str().filter(|text| !blank(text))
    }

    /// The `name` of what stands at a path.
    pub(super) fn name(&self, path: &[&str]) -> Option<String> {
        self.at(path)?.get("name")?.as_str().and_then(on_one_line)
    }

    /// A name that stands at a path itself.
    pub(super) fn word(&self, path: &[&str]) -> Option<String> {
        on_one_line(self.text(path)?)
    }

    /// Whether something is on or off.
    pub(super) fn flag(&self, path: &[&str]) -> Option<bool> {
        self.at(path)?.as_bool()
    }

    /// Who did it.
    pub(super) fn actor(&self) -> String {
        self.activity.actor.as_ref().and_then(called).unwrap_or_else(|| "Somebody".to_owned())
    }

    /// The member whom it is about.
    pub(super) fn member(&self) -> Option<String> {
        self.activity.member.as_ref().and_then(called).or_else(|| self.name(&["member"]))
    }

    /// The one who did it is the one whom it is about.
    pub(super) fn about_actor(&self) -> bool {
        let Some(actor) = &self.activity.actor else { return false };
        let ids = [&["idMember"][..], &["idMemberAdded"], &["member", "id"]].map(|path| self.text(path));
        let beside = self.activity.member.as_ref().map(|member| member.id.as_str());
        let mut ids = ids.into_iter().chain([beside]).flatten();
        ids.next().is_some_and(|first| first == actor.id.as_str() && ids.all(|id| id == first))
    }

    /// What a card is called: its name as people say it, else its number, else its short link.
    pub(super) fn title(&self, card: &str) -> Option<String> {
        let spoken = |name: String| spoken(&name).into_owned();
        let number = || self.at(&[card, "idShort"])?.as_i64().map(|number| format!("#{number}"));
        self.name(&[card]).map(spoken).or_else(number).or_else(|| self.short_link(card).map(str::to_owned))
    }

    /// The short link of a card or a board, where it can be one.
    pub(super) fn short_link(&self, what: &str) -> Option<&'a str> {
        let fits = |link: &&str| link.len() <= LONGEST_SHORT_LINK && link.bytes().all(|b| b.is_ascii_alphanumeric());
        self.text(&[what, "shortLink"]).filter(fits)
    }

    /// The page of a card.
    pub(super) fn card_url(&self, card: &str) -> Option<String> {
        self.short_link(card).map(|link| format!("https://trello.com/c/{link}"))
    }

    /// An address on the web at a path.
    pub(super) fn web_address(&self, path: &[&str]) -> Option<String> {
        let url = self.text(path).and_then(|text| url::Url::parse(text.trim()).ok())?;
        matches!(url.scheme(), "http" | "https").then(|| url.into())
    }
}

/// What people call a member.
fn called(who: &Actor) -> Option<String> {
    on_one_line(&who.name).or_else(|| on_one_line(&who.username))
}

/// A name as it may stand in a sentence: on one line, not turning the direction of what follows, and cut. `None` where
/// nothing of it can be seen.
pub(super) fn on_one_line(text: &str) -> Option<String> {
    if blank(text) {
        return None;
    }
    let apart = |c: char| c.is_whitespace() || c.is_control();
    let straight: String = text.chars().filter(|c| !matches!(c, '\u{202a}'..='\u{202e}')).collect();
    let words: Vec<&str> = straight.split(apart).filter(|word| !word.is_empty()).collect();
    Some(cut(&clean(&words.join(" ")), LONGEST_NAME, "…").into_owned())
}

/// What was written, without the mark that the bridge puts into the last line of what it writes itself: nobody needs to
/// read it.
pub(super) fn without_mark(text: &str) -> &str {
    let text = text.trim();
    let (before, last) = text.rsplit_once('\n').unwrap_or(("", text));
    if last.starts_with("`kanbridge ") && last.ends_with('`') { before.trim_end() } else { text }
}

/// Nothing in it can be seen.
pub(super) fn blank(text: &str) -> bool {
    let unseen = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
    };
    text.chars().all(unseen)
}
