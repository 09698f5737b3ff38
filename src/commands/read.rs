//! Questions: what is on the boards, and how the bridge is.

use super::ask::Ask;
use super::parse::{self, Usage};
use super::say::{Text, count, written};
use super::view::{View, out_of_reach, shortened};
use super::{Answered, Desk, away, may};
use crate::model::{IssueRef, MemberId, Message, Rank, Tone};
use crate::text::cut;
use crate::trello::CardLine;

/// Cards that are shown of many.
const MOST_CARDS: usize = 15;
/// And failures.
const MOST_FAILURES: usize = 5;
/// An issue whose turn failed, and why.
type Failure = (IssueRef, String);

/// As much as is shown of a card's text.
const EXCERPT: usize = 400;

impl Desk {
    pub(super) fn help(&self, ask: &Ask) -> Message {
        let refused = may::change(&ask.room.commands.may, ask.person.as_ref()).err();
        let told = self.boards.tells(&ask.room.name);
        let shown = |usage: &&Usage| match usage.word {
            _ if usage.changes && refused.is_some() => false,
            "issue" => self.opens_issues,
            "watch" | "mute" => told,
            _ => true,
        };
        let mut text = Text::new().text("This is what I understand:");
        for usage in parse::USAGES.iter().filter(shown) {
            text = text.line().code(written(usage)).text(format!(" – {}", usage.does));
        }
        for script in self.scripts.list().iter().filter(|script| parse::usage_of(&script.name).is_none()) {
            text = text.line().code(script.name.clone());
            text = text.text(script.help.as_ref().map(|help| format!(" – {help}")).unwrap_or_default());
        }
        let text = text.line().text("A card is named by its number, its address or words of its title.");
        match refused {
            Some(refused) => text.line().text(refused).message(),
            None => text.message(),
        }
    }

    pub(super) async fn boards(&self, ask: &Ask) -> Answered<Message> {
        let seen = self.seen(ask).await?;
        let mut text = Text::new().text(format!("This room sees {}:", count(seen.len(), "board")));
        for (_, board) in &seen {
            text = text.line().link(board.name.clone(), &board.url);
            text = if board.closed { text.text(" (closed)") } else { text };
        }
        Ok(text.message())
    }

    pub(super) async fn lists(&self, ask: &Ask, board: Option<&str>) -> Answered<Message> {
        let view = self.view(ask, board).await?;
        let text = Text::new().bold(view.board.name.clone()).text(" has ").text(count(view.lists.len(), "list"));
        let mut text = text.text(":");
        for list in &view.lists {
            let cards = view.cards.iter().filter(|card| card.list == list.id).count();
            text = text.line().italic(list.name.clone()).text(format!(": {}", count(cards, "card")));
        }
        Ok(text.message())
    }

    pub(super) async fn list(&self, ask: &Ask, list: Option<&str>) -> Answered<Message> {
        let (list, board) = match list.and_then(|list| list.rsplit_once(" on ")) {
            Some((list, board)) => (Some(list), Some(board)),
            None => (list, None),
        };
        let view = self.view(ask, board).await?;
        let Some(wanted) = list.or(ask.room.commands.list.as_deref()) else {
            let names: Vec<String> = view.lists.iter().map(|list| list.name.clone()).collect();
            let text = Text::new().text("Which list: ");
            return Err(super::say::choices(text, &names).text("?").message());
        };
        let list = view.list(wanted)?;
        let cards: Vec<&CardLine> = view.cards.iter().filter(|card| card.list == list.id).collect();
        let text = Text::new().italic(list.name.clone()).text(" has ").text(match cards.len() {
            0 => "no cards".to_owned(),
            number => count(number, "card"),
        });
        Ok(view.lines(text, &cards, false))
    }

    pub(super) async fn find(&self, ask: &Ask, words: &str) -> Answered<Message> {
        let view = self.view(ask, None).await?;
        let cards = view.with_words(words);
        let text = match cards.len() {
            0 => Text::new().text("No open card"),
            number => Text::new().text(count(number, "open card")),
        };
        let text = text.text(" on ").bold(view.board.name.clone());
        let text = text.text(if cards.len() == 1 { " has " } else { " have " }).italic(shortened(words));
        Ok(view.lines(text, &cards, true))
    }

    pub(super) async fn mine(&self, ask: &Ask, person: Option<&str>) -> Answered<Message> {
        let view = self.view(ask, None).await?;
        let asks = || ask.person.as_ref().map(|person| person.name.as_str());
        let Some(name) = person.or_else(asks).filter(|name| !name.is_empty()) else {
            return Err(super::say::sentence("I do not know who you are here; say `mine` and a member's name."));
        };
        let person = view.person(name)?;
        let id: MemberId = person.id.parse().map_err(|_| super::wrong("Trello gave this member no id."))?;
        let cards: Vec<&CardLine> = view.cards.iter().filter(|card| card.members.contains(&id)).collect();
        let text = Text::new().text(super::view::shown_name(person)).text(match cards.len() {
            0 => " is on no card of ".to_owned(),
            number => format!(" is on {} of ", count(number, "card")),
        });
        Ok(view.lines(text.bold(view.board.name.clone()), &cards, true))
    }

    pub(super) async fn card(&self, ask: &Ask, card: &str) -> Answered<Message> {
        let view = self.view(ask, None).await?;
        let line = view.card(card)?;
        let named = Text::new().code(view.reference(line)).text(" ").bold(shortened(view.title(line)));
        let named = named.text(" in ").italic(view.list_name(&line.list));
        if view.withholds(line) {
            return Ok(Message { url: Some(line.url.clone()).filter(|url| !url.is_empty()), ..named.message() });
        }
        let whole = view.trello.card(&line.id).await.map_err(|trouble| out_of_reach(&trouble))?;
        let Some(whole) = whole else {
            return Err(super::say::sentence("That card was deleted a moment ago."));
        };
        let mut text = view.facts(named, line);
        let labels: Vec<&str> =
            whole.labels.iter().map(|label| label.name.as_str()).filter(|name| !name.is_empty()).collect();
        if !labels.is_empty() {
            text = text.text(format!(" · {}", labels.join(", ")));
        }
        let excerpt = excerpt(&whole.description);
        if !excerpt.is_empty() {
            text = text.line().quote(excerpt);
        }
        Ok(Message { url: Some(line.url.clone()).filter(|url| !url.is_empty()), ..text.message() })
    }

    pub(super) async fn status(&self, ask: &Ask) -> Answered<Message> {
        let failed = self.store.failed_issues().await.map_err(|error| away(&error))?;
        let others = self.store.count_failed().await.map_err(|error| away(&error))?
            - i64::try_from(failed.len()).unwrap_or(i64::MAX);
        let (mut left, mut why) = (0, None);
        for rank in [Rank::Command, Rank::Live, Rank::Background] {
            let backlog = self.store.backlog(rank).await.map_err(|error| away(&error))?;
            left += backlog.left;
            // It may quote what the room does not see.
            why = why.or(backlog.reason.filter(|_| !self.boards.binds(&ask.room)));
        }
        let waiting = match left {
            0 => "nothing waits".to_owned(),
            1 => "1 issue waits for its turn".to_owned(),
            left => format!("{left} issues wait for their turns"),
        };
        let mut text = match (failed.is_empty() && others <= 0, &why) {
            (true, None) => {
                return Ok(Text::new().text(format!("All is well: nothing has failed, {waiting}.")).message());
            }
            (true, Some(why)) => Text::new().text(format!("Nothing has failed; {waiting} ({why}).")),
            (false, _) => {
                let number = failed.len() + usize::try_from(others.max(0)).unwrap_or_default();
                Text::new().text(format!("Stuck until somebody looks after it: {}; {waiting}.", count(number, "thing")))
            }
        };
        for (issue, reason) in self.told_of(ask, &failed).await?.into_iter().take(MOST_FAILURES) {
            text = text.line().code(issue.to_string()).text(format!(" – {reason}"));
        }
        Ok(text.with_tone(if failed.is_empty() && others <= 0 { Tone::Plain } else { Tone::Wrong }))
    }
}

impl Desk {
    /// The failures that a room is told of: not those on boards that it does not see. Where none of its own can be read,
    /// it is told how many there are.
    async fn told_of<'a>(&self, ask: &Ask, failed: &'a [Failure]) -> Answered<Vec<&'a Failure>> {
        if !self.boards.binds(&ask.room) {
            return Ok(failed.iter().collect());
        }
        let seen = self.seen(ask).await.unwrap_or_default();
        let mut told = Vec::new();
        for failure in failed {
            let link = self.store.link(&failure.0).await.map_err(|error| away(&error))?;
            let sees = link.is_some_and(|link| seen.iter().any(|(_, board)| board.id == link.board));
            told.extend(sees.then_some(failure));
        }
        Ok(told)
    }
}

/// The beginning of a card's text, without what we put around it.
fn excerpt(description: &str) -> String {
    let ours = |line: &&str| !line.starts_with("`kanbridge ") && !line.trim().is_empty();
    let lines: Vec<&str> = description.lines().filter(ours).collect();
    let lines = if lines.first().is_some_and(|line| line.contains("://") && !line.contains(' ')) {
        &lines[1..]
    } else {
        &lines[..]
    };
    cut(&lines.join("\n"), EXCERPT, " …").into_owned()
}

impl View {
    /// Cards, one a line, and how many more there are.
    fn lines(&self, text: Text, cards: &[&CardLine], with_list: bool) -> Message {
        if cards.is_empty() {
            return text.text(".").message();
        }
        let mut text = text.text(":");
        for card in cards.iter().take(MOST_CARDS) {
            text = text.line().code(self.reference(card)).text(" ").link(shortened(self.title(card)), &card.url);
            text = if with_list { text.text(" in ").italic(self.list_name(&card.list)) } else { text };
            text = self.facts(text, card);
        }
        match cards.len().saturating_sub(MOST_CARDS) {
            0 => text.message(),
            left => text.line().text("… and ").link(format!("{left} more"), &self.board.url).message(),
        }
    }

    /// Who is on it, when it is due, whether it is done.
    fn facts(&self, text: Text, card: &CardLine) -> Text {
        let people = self.names(&card.members);
        let text = if people.is_empty() { text } else { text.text(format!(" · {}", people.join(", "))) };
        let text = match card.due {
            Some(due) => text.text(format!(" · due {due}")),
            None => text,
        };
        if card.done { text.text(" · done") } else { text }
    }
}
