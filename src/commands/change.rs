//! Wishes: what is meant is looked up, what is wanted is written down.

use super::ask::Ask;
use super::day::{self, Day, day};
use super::parse::Titled;
use super::say::Text;
use super::view::{View, shortened, shown_name};
use super::{Answered, Desk, Reply, away};
use crate::model::{Deed, IssueRef, Key, Message, OnCard, Tone, Wish};
use crate::text::{cut, for_gitlab, plain};
use crate::trello::{CardLine, List};

/// Trello takes 16,384 UTF-16 units in a text; what is put around one has its room in the rest.
const TEXT: usize = 15_000;
/// GitLab takes 255 characters in a title.
const TITLE: usize = 255;

impl Desk {
    /// A card; where people's cards become issues an issue, whose card the bridge makes as for any other: one of each.
    pub(super) async fn new_card(&self, ask: &Ask, titled: Titled) -> Answered<Reply> {
        let (known, board) = self.board_named(ask, None).await?;
        if let Some(project) = known.project.clone().filter(|_| known.two_way && self.opens_issues) {
            return self.open_issue(ask, project, titled).await;
        }
        let view = self.view(ask, None).await?;
        let list = view.list_for_new(ask)?;
        let deed = Deed::NewCard {
            account: known.account,
            board: board.id,
            list: list.id.clone(),
            title: cut(&titled.title, TEXT, "…").into_owned(),
            text: asked_for(ask, &titled.text),
        };
        let said = Text::new().text("New card ").bold(shortened(&titled.title)).text(" in ").italic(list.name.clone());
        self.wish(ask, deed, said.text(".").with_tone(Tone::New), None).await
    }

    pub(super) async fn new_issue(&self, ask: &Ask, titled: Titled) -> Answered<Reply> {
        if !self.opens_issues {
            return Err(super::say::sentence("I cannot open issues: GITLAB_TOKEN is not set."));
        }
        let (known, board) = self.board_named(ask, None).await?;
        let Some(project) = known.project else {
            let text = Text::new().text("I do not know in which project: no route leads from just one project to ");
            return Err(text.bold(board.name).text("; name its `project` in a [[route]] of kanbridge.toml.").message());
        };
        self.open_issue(ask, project, titled).await
    }

    async fn open_issue(&self, ask: &Ask, project: String, titled: Titled) -> Answered<Reply> {
        let title = cut(&titled.title, TITLE, "…").into_owned();
        let said =
            Text::new().text("New issue ").bold(shortened(&title)).text("; its card follows.").with_tone(Tone::New);
        // What GitLab would take for a command of its own is none here.
        let text = for_gitlab(&asked_for(ask, &titled.text));
        self.wish(ask, Deed::NewIssue { project, title, text }, said, None).await
    }

    pub(super) async fn move_card(&self, ask: &Ask, card: &str, list: &str) -> Answered<Reply> {
        let view = self.view(ask, None).await?;
        let (card, list) = (view.card(card)?, view.list(list)?);
        let said = view.about(card).text(" moved to ").italic(list.name.clone()).text(".");
        let deed = Deed::Change { card: view.on(card), list: Some(list.id.clone()), done: None, due: None };
        self.wish_of(ask, &view, card, deed, said.with_tone(Tone::Moved)).await
    }

    /// Done is where closed issues' cards stand, or where a board has a list of that name; in any case the card is marked.
    pub(super) async fn done(&self, ask: &Ask, card: &str) -> Answered<Reply> {
        let view = self.view(ask, None).await?;
        let card = view.card(card)?;
        let list = view.list_of_done();
        let said = match list {
            Some(list) => view.about(card).text(" is done, in ").italic(list.name.clone()).text("."),
            None => view.about(card).text(" is done."),
        };
        let list = list.map(|list| list.id.clone());
        let deed = Deed::Change { card: view.on(card), list, done: Some(true), due: None };
        self.wish_of(ask, &view, card, deed, said.with_tone(Tone::Done)).await
    }

    pub(super) async fn assign(&self, ask: &Ask, card: &str, person: &str) -> Answered<Reply> {
        let view = self.view(ask, None).await?;
        let card = view.card(card)?;
        let asks = ask.person.as_ref().map(|person| person.name.as_str()).filter(|name| !name.is_empty());
        let person = view.person(if person == "me" { asks.unwrap_or(person) } else { person })?;
        let member = person.id.parse().map_err(|_| super::wrong("Trello gave this member no id."))?;
        let said = Text::new().text(shown_name(person)).text(" is on ").code(view.reference(card));
        let said = said.text(" ").link(shortened(view.title(card)), &card.url).text(".").message();
        self.wish_of(ask, &view, card, Deed::Assign { card: view.on(card), member }, said).await
    }

    pub(super) async fn comment(&self, ask: &Ask, card: &str, text: &str) -> Answered<Reply> {
        let view = self.view(ask, None).await?;
        let card = view.card(card)?;
        let text = format!("{}:\n\n{}", who(ask), cut(text, TEXT, "\n\n…"));
        let said = Text::new().text("Said on ").code(view.reference(card)).text(" ");
        let said = said.link(shortened(view.title(card)), &card.url).text(".").with_tone(Tone::Said);
        self.wish_of(ask, &view, card, Deed::Comment { card: view.on(card), text }, said).await
    }

    pub(super) async fn due(&self, ask: &Ask, card: &str, when: &str) -> Answered<Reply> {
        let Some(day) = day(when, self.today()) else {
            let text = Text::new().italic(shortened(when)).text(" is no day that I know; say ");
            return Err(text.text(day::HOW).text(".").message());
        };
        let view = self.view(ask, None).await?;
        let card = view.card(card)?;
        let (due, said) = match day {
            Day::On(date) => (Some(date), view.about(card).text(format!(" is due on {date}."))),
            Day::Off => (None, view.about(card).text(" has no due date any more.")),
        };
        let deed = Deed::Change { card: view.on(card), list: None, done: None, due: Some(due) };
        self.wish_of(ask, &view, card, deed, said.message()).await
    }

    /// Nothing but our own memory changes, so there is nothing to wish.
    pub(super) async fn mute(&self, ask: &Ask, muted: bool) -> Answered<Message> {
        let room = &ask.room.name;
        if !self.boards.tells(room) {
            return Err(super::say::sentence("No relay leads to this room; add one in kanbridge.toml."));
        }
        self.store.mute(room, muted).await.map_err(|error| away(&error))?;
        Ok(super::say::sentence(match muted {
            true => "Quiet: what happens on the boards is not told here until somebody says watch.",
            false => "From now on, what happens on the boards is told here.",
        }))
    }

    fn today(&self) -> jiff::civil::Date {
        let now = jiff::Timestamp::from_microsecond(self.clock.now().0).unwrap_or_default();
        now.to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    async fn wish_of(&self, ask: &Ask, view: &View, card: &CardLine, deed: Deed, said: Message) -> Answered<Reply> {
        self.wish(ask, deed, said, view.issue(card)).await
    }

    async fn wish(&self, ask: &Ask, deed: Deed, said: Message, issue: Option<&IssueRef>) -> Answered<Reply> {
        let key = issue.map(|issue| Key::Issue(issue.clone()));
        let written = self.write_down(ask, &Wish { deed, said }, key, None).await;
        written.map(Reply::Wished).map_err(|error| away(&error))
    }
}

impl View {
    fn on(&self, card: &CardLine) -> OnCard {
        OnCard { account: self.known.account.clone(), id: card.id.clone() }
    }

    fn about(&self, card: &CardLine) -> Text {
        Text::new().code(self.reference(card)).text(" ").link(shortened(self.title(card)), &card.url)
    }

    /// The room's list, else the one where open issues' cards stand, else the first.
    fn list_for_new(&self, ask: &Ask) -> Answered<&List> {
        match ask.room.commands.list.as_deref().or(self.known.opened.as_deref()) {
            Some(list) => self.list(list),
            None => self.lists.first().ok_or_else(|| super::say::sentence("The board has no list to put a card on.")),
        }
    }

    fn list_of_done(&self) -> Option<&List> {
        let by = |name: &str| self.lists.iter().find(|list| list.id.as_str() == name || list.name == name);
        let done = |list: &&List| super::pick::normal(&list.name) == "done";
        self.known.done.as_deref().and_then(by).or_else(|| self.lists.iter().find(done))
    }
}

/// Who says something, and where: on a card, all that comes from chat is the token's member's.
fn who(ask: &Ask) -> String {
    let name = ask.person.as_ref().map(|person| plain(person.called())).filter(|name| !name.is_empty());
    format!("**{}** in {}", name.as_deref().unwrap_or("Somebody"), ask.room.name)
}

fn asked_for(ask: &Ask, text: &str) -> String {
    format!("{}\n\nAsked for by {}", cut(text, TEXT, "\n\n…"), who(ask)).trim_start().to_owned()
}
