//! A board as it is read for one question: its lists, its open cards, who is on it, and which cards are issues'.

use super::ask::Ask;
use super::known::KnownBoard;
use super::pick::{Pick, pick};
use super::say::{Text, choices};
use super::{Answered, Desk, away, wrong};
use crate::model::{CardId, IssueRef, ListId, MemberId, Message, Trouble, Withheld};
use crate::store::LinkedCard;
use crate::text::card_name;
use crate::trello::{Board, CardLine, List, Person, Trello};

/// The title of a card of which nothing may be said.
const CONFIDENTIAL: &str = "(confidential)";
/// Choices that are shown of many.
const MOST_CHOICES: usize = 8;

/// A board as it is read for one question.
pub(super) struct View {
    pub(super) known: KnownBoard,
    pub(super) trello: Trello,
    pub(super) board: Board,
    /// The open ones, from left to right.
    pub(super) lists: Vec<List>,
    /// The open ones on open lists, in the order in which they were made.
    pub(super) cards: Vec<CardLine>,
    pub(super) people: Vec<Person>,
    linked: Vec<LinkedCard>,
}

impl Desk {
    /// Reads the board that is meant, with its lists, cards and people.
    pub(super) async fn view(&self, ask: &Ask, board: Option<&str>) -> Answered<View> {
        let (known, board) = self.board_named(ask, board).await?;
        let trello = self.trello(&known)?.clone();
        let (lists, cards, people) =
            tokio::try_join!(trello.lists(&board.id), trello.open_cards(&board.id), trello.board_members(&board.id))
                .map_err(|trouble| out_of_reach(&trouble))?;
        let linked = self.store.linked_cards(&board.id).await.map_err(|error| away(&error))?;
        let lists: Vec<List> = lists.into_iter().filter(|list| !list.closed).collect();
        // A card on an archived list is open and nowhere to be seen.
        let cards = cards.into_iter().filter(|card| lists.iter().any(|list| list.id == card.list)).collect();
        let mut view = View { known, trello, board, lists, cards, people, linked };
        view.hide();
        Ok(view)
    }
}

impl View {
    /// Takes away what must not be said of confidential issues' cards, and those of which nothing may be: on the board
    /// they may still show it, until their turns have come or as long as Trello is out of reach.
    fn hide(&mut self) {
        let linked = std::mem::take(&mut self.linked);
        self.cards.retain_mut(|card| match find(&linked, &card.id).map(|linked| (linked.withheld, &linked.issue)) {
            Some((Withheld::Everything, _)) => false,
            Some((Withheld::Words, issue)) => {
                card.name = format!("{}{CONFIDENTIAL}", card_name::prefix(issue.iid));
                (card.due, card.done, card.members) = (None, false, Vec::new());
                true
            }
            Some((Withheld::Nothing, _)) | None => true,
        });
        self.linked = linked;
    }

    /// Nothing may be said of a card but where it stands.
    pub(super) fn withholds(&self, card: &CardLine) -> bool {
        find(&self.linked, &card.id).is_some_and(|linked| linked.withheld != Withheld::Nothing)
    }

    /// The issue whose card this is.
    pub(super) fn issue(&self, card: &CardLine) -> Option<&IssueRef> {
        find(&self.linked, &card.id).map(|linked| &linked.issue)
    }

    /// A card's name without the prefix that it wears as an issue's.
    pub(super) fn title<'a>(&self, card: &'a CardLine) -> &'a str {
        let prefix = self.issue(card).map(|issue| card_name::prefix(issue.iid));
        prefix.and_then(|prefix| card.name.strip_prefix(prefix.as_str())).unwrap_or(&card.name)
    }

    /// What a card is called here, so that it is found again by that: its issue's number, its own where no issue has that
    /// number, else what its address ends in.
    pub(super) fn reference(&self, card: &CardLine) -> String {
        let number = self.issue(card).map_or(card.number, |issue| issue.iid);
        match self.numbered(number).as_slice() {
            [one] if one.id == card.id => format!("#{number}"),
            _ => card.short_link.clone(),
        }
    }

    /// The cards that a number stands for: those of issues with that number, else the one that has it on the board.
    fn numbered(&self, number: i64) -> Vec<&CardLine> {
        let of_issues: Vec<&CardLine> =
            self.cards.iter().filter(|card| self.issue(card).is_some_and(|issue| issue.iid == number)).collect();
        if of_issues.is_empty() { self.cards.iter().filter(|card| card.number == number).collect() } else { of_issues }
    }

    /// The card that is meant: by number, address, or words of its title.
    pub(super) fn card(&self, wanted: &str) -> Answered<&CardLine> {
        let by_link = |card: &&CardLine| is_address(wanted, &card.short_link);
        if let Some(card) = self.cards.iter().find(by_link) {
            return Ok(card);
        }
        if let Some(number) = wanted.strip_prefix('#').unwrap_or(wanted).parse().ok().filter(|number: &i64| *number > 0)
        {
            match self.numbered(number).as_slice() {
                [one] => return Ok(one),
                [] if wanted.starts_with('#') => return Err(self.no_number(number)),
                [] => {}
                several => return Err(self.which_card(wanted, several)),
            }
        }
        match pick(wanted, &self.cards, |card| vec![self.title(card).to_owned(), card.name.clone()]) {
            Pick::One(card) => Ok(card),
            Pick::Several(cards) => Err(self.which_card(wanted, &cards)),
            Pick::None(near) => match self.with_words(wanted).as_slice() {
                [one] => Ok(one),
                [] if near.is_empty() => {
                    let text = Text::new().text("No open card on ").bold(self.board.name.clone());
                    Err(text.text(" is called ").italic(shortened(wanted)).text(".").message())
                }
                [] => Err(self.nearest_cards(wanted, &near)),
                several => Err(self.which_card(wanted, several)),
            },
        }
    }

    /// The cards whose titles have all of the words, the case aside.
    pub(super) fn with_words(&self, words: &str) -> Vec<&CardLine> {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let has = |card: &&CardLine| {
            let name = card.name.to_lowercase();
            words.iter().all(|word| name.contains(word.as_str()))
        };
        if words.is_empty() { Vec::new() } else { self.cards.iter().filter(has).collect() }
    }

    fn no_number(&self, number: i64) -> Message {
        Text::new()
            .text(format!("There is no open card #{number} on "))
            .bold(self.board.name.clone())
            .text(".")
            .message()
    }

    fn which_card(&self, wanted: &str, cards: &[&CardLine]) -> Message {
        let text = Text::new().italic(shortened(wanted)).text(" may be any of these:");
        self.shown(text, cards)
    }

    fn nearest_cards(&self, wanted: &str, cards: &[&CardLine]) -> Message {
        let text = Text::new().text("There is no card ").italic(shortened(wanted)).text(". Did you mean:");
        self.shown(text, cards)
    }

    fn shown(&self, mut text: Text, cards: &[&CardLine]) -> Message {
        for card in cards.iter().take(MOST_CHOICES) {
            text = text.line().code(self.reference(card)).text(" ").link(shortened(self.title(card)), &card.url);
            text = text.text(" in ").italic(self.list_name(&card.list));
        }
        let left = cards.len().saturating_sub(MOST_CHOICES);
        if left > 0 { text.line().text(format!("… and {left} more")).message() } else { text.message() }
    }

    /// The list that is meant.
    pub(super) fn list(&self, wanted: &str) -> Answered<&List> {
        if let Some(list) = self.lists.iter().find(|list| list.id.as_str() == wanted) {
            return Ok(list);
        }
        let all: Vec<String> = self.lists.iter().map(|list| list.name.clone()).collect();
        match pick(wanted, &self.lists, |list| vec![list.name.clone()]) {
            Pick::One(list) => Ok(list),
            found => Err(no_such(found, "list", wanted, |list| list.name.clone(), &all)),
        }
    }

    pub(super) fn list_name(&self, id: &ListId) -> String {
        self.lists.iter().find(|list| list.id == *id).map_or_else(|| "an archived list".to_owned(), |l| l.name.clone())
    }

    /// The member who is meant, by user name or as people read it.
    pub(super) fn person(&self, wanted: &str) -> Answered<&Person> {
        let all: Vec<String> = self.people.iter().map(|person| shown_name(person).to_owned()).collect();
        match pick(wanted, &self.people, |person| vec![person.username.clone(), person.full_name.clone()]) {
            Pick::One(person) => Ok(person),
            found => Err(no_such(found, "member", wanted, |person| shown_name(person).to_owned(), &all)),
        }
    }

    pub(super) fn names(&self, members: &[MemberId]) -> Vec<&str> {
        let of = |id: &MemberId| self.people.iter().find(|person| person.id == id.as_str()).map(shown_name);
        members.iter().filter_map(of).collect()
    }
}

fn find<'a>(linked: &'a [LinkedCard], card: &CardId) -> Option<&'a LinkedCard> {
    let at = linked.binary_search_by(|linked| linked.card.cmp(card)).ok()?;
    linked.get(at)
}

/// A member as people read them.
pub(super) fn shown_name(person: &Person) -> &str {
    if person.full_name.trim().is_empty() { &person.username } else { &person.full_name }
}

/// A title for one line of an answer.
pub(super) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::text::cut(&line, 120, "…").into_owned()
}

fn is_address(wanted: &str, short_link: &str) -> bool {
    let tail = wanted.split_once("/c/").map_or(wanted, |(_, tail)| tail);
    let link = tail.split(['/', '?', '#']).next().unwrap_or_default();
    !short_link.is_empty() && link == short_link
}

/// That none, or more than one, has a name.
pub(super) fn no_such<T>(
    found: Pick<'_, T>,
    what: &str,
    wanted: &str,
    name: impl Fn(&T) -> String,
    all: &[String],
) -> Message {
    let wanted = shortened(wanted);
    let several = |found: Vec<&T>| found.into_iter().take(MOST_CHOICES).map(&name).collect::<Vec<_>>();
    match found {
        Pick::Several(found) => {
            choices(Text::new().text("Which ").text(what).text(" do you mean: "), &several(found)).text("?").message()
        }
        Pick::None(near) if !near.is_empty() => {
            let text = Text::new().text(format!("There is no {what} ")).italic(wanted).text("; did you mean ");
            choices(text, &several(near)).text("?").message()
        }
        _ => {
            let text = Text::new().text(format!("There is no {what} ")).italic(wanted);
            let all: Vec<String> = all.iter().take(MOST_CHOICES).cloned().collect();
            match all.is_empty() {
                true => text.text(".").message(),
                false => choices(text.text("; there is "), &all).text(".").message(),
            }
        }
    }
}

pub(super) fn out_of_reach(trouble: &Trouble) -> Message {
    wrong(&format!("I could not look that up: {trouble}."))
}
