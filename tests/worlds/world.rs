//! An issue, its card, the people who edit both, and a bridge that takes the turns of `worker/pair.rs`: what it knows may
//! be old, each of its writes may fail or be its last, and people do not wait for it.

use std::collections::{BTreeMap, BTreeSet};

use kanbridge::model::{Base, Issue, Seen, Side, Spot, Ticket};
use kanbridge::sync::change::{CardChange, Change, IssueChange};
use kanbridge::sync::dialect::{Dialect, People};
use kanbridge::sync::facets::Facets;
use kanbridge::sync::memory::{Pending, remember};
use kanbridge::sync::reconcile::reconcile;
use kanbridge::sync::rules::{Column, Direction, Fields, Holds, Rules, Winner};
use kanbridge::text::Home;

use crate::dice::Dice;
use crate::field::{Field, edit, label, list};
use crate::oracle::Episode;
use crate::servers::{GitLab, Trello, URL, id};

pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) rules: Rules,
    /// The bridge may ask GitLab.
    token: bool,
    pub(crate) gitlab: GitLab,
    pub(crate) trello: Trello,
    /// The issue as it was last heard of.
    pub(crate) known: Issue,
    /// The newest hook that told as much.
    heard: usize,
    pub(crate) base: Option<Base>,
    /// Written down before the writes, forgotten with the base that follows them.
    pub(crate) pending: Option<Pending>,
    /// The feed has told that somebody touched the card since it was last read.
    stirred: bool,
    pub(crate) writes: usize,
    /// How many words were ever written, so that each is new.
    words: u64,
    pub(crate) episode: Episode,
    /// What people changed on either side in the turn that is under way.
    raced: BTreeSet<(Side, Field)>,
    /// How often what happened.
    pub(crate) tally: BTreeMap<&'static str, usize>,
}

/// How a turn goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// The bridge knows the issue as it is, nothing fails and nobody interferes.
    Kind,
    /// What is known may be old, writes fail, and people edit in between.
    Cruel,
}

/// The turn ends here, as it does with an error or with the process.
struct Over;

/// How a turn that went to its end ends.
enum End {
    Rest,
    /// What was written into the issue may be news for its card.
    LookAgain,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let rules = rules(&mut dice);
        let issue = Ticket { title: "start".into(), text: "text".into(), ..Ticket::default() };
        let card = match dice.chance(50) {
            true => Ticket { spot: Some(list('1')), ..issue.clone() },
            false => Ticket {
                title: "adopted".into(),
                spot: Some(list('9')),
                labels: vec![label("mine")],
                ..Ticket::default()
            },
        };
        let gitlab = GitLab::new(issue, dice.chance(10), dice.chance(30));
        World::of(dice, rules, gitlab, card)
    }

    pub(crate) fn of(mut dice: Dice, rules: Rules, gitlab: GitLab, card: Ticket) -> Self {
        World {
            token: rules.fields.any_from_trello() || dice.chance(50),
            dice,
            rules,
            known: gitlab.read(),
            heard: 0,
            episode: Episode::of(&gitlab.issue, &card),
            gitlab,
            trello: Trello { card, footer: Vec::new() },
            base: None,
            pending: None,
            stirred: true,
            writes: 0,
            words: 0,
            raced: BTreeSet::new(),
            tally: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    /// A person does something on one side.
    pub(crate) fn somebody_edits(&mut self) {
        let (field, side) = loop {
            let field = Field::any(&mut self.dice);
            let side = if self.dice.chance(50) { Side::Gitlab } else { Side::Trello };
            let side = self.episode.owner(field).unwrap_or(side);
            if field.is_on(side) {
                break (field, side);
            }
        };
        self.edits(field, side);
    }

    /// A person changes this on that side.
    pub(crate) fn edits(&mut self, field: Field, side: Side) {
        self.words += 1;
        let word = format!("word{}", self.words);
        let World { gitlab, trello, dice, .. } = self;
        match side {
            Side::Gitlab => gitlab.edit(|issue| edit(field, side, issue, &word, dice)),
            Side::Trello => trello.edit(|card| edit(field, side, card, &word, dice)),
        }
        // The feed is looked at now and then.
        self.stirred |= side == Side::Trello && self.dice.chance(70);
        self.raced.insert((side, field));
        self.episode.touch(field, side, (&self.gitlab.issue, &self.trello.card), &self.rules);
    }

    /// Nobody does anything for a while.
    pub(crate) fn pause(&mut self) {
        self.gitlab.pause();
        self.heard = self.gitlab.hooks().saturating_sub(1);
    }

    /// News of the issue arrives, or does not: a hook, any of them and perhaps once more, or what the sweep reads.
    fn hears(&mut self) {
        match self.dice.roll(10) {
            0..2 => {}
            2..6 => {
                // The newer ones are likelier to be under way still.
                let back = usize::try_from(self.dice.roll(6)).unwrap();
                let which = self.gitlab.hooks().saturating_sub(1 + back);
                let taken = self.gitlab.hook(which, &mut self.known);
                self.count(if taken { "hook heard" } else { "hook refused" });
                if taken && which < self.heard {
                    self.count("older hook of the same second");
                    self.episode.hears_old_news();
                }
                self.heard = if taken { which } else { self.heard };
            }
            _ => self.hears_newest(),
        }
    }

    /// What a sweep reads; without a token there are none, and the newest hook has to do.
    fn hears_newest(&mut self) {
        if self.token {
            let read = self.gitlab.read();
            self.knows(read);
        } else if self.gitlab.hook(self.gitlab.hooks().saturating_sub(1), &mut self.known) {
            self.heard = self.gitlab.hooks() - 1;
        }
    }

    fn knows(&mut self, read: Issue) {
        assert!(!self.known.refuses(&read), "what is read is never older than what is known");
        self.known = read;
        self.heard = self.gitlab.hooks().saturating_sub(1);
    }

    /// One turn.
    pub(crate) fn turn(&mut self, mood: Mood) {
        match mood {
            Mood::Kind => self.hears_newest(),
            Mood::Cruel => self.hears(),
        }
        self.raced.clear();
        let stirred = std::mem::take(&mut self.stirred);
        let unread = self.rules.fields.ticket_from_trello() && stirred;
        let end = self.compares(unread, mood);
        // Only a turn that wrote nothing into the issue and came to its end has read all that was told of the card.
        self.stirred |= stirred && !matches!(end, Ok(End::Rest));
    }

    /// Between two steps. `true`: the turn goes on.
    fn meanwhile(&mut self, mood: Mood) -> Result<(), Over> {
        if mood == Mood::Kind {
            return Ok(());
        }
        if self.dice.chance(4) {
            self.somebody_edits();
            self.count("edit in the middle of a turn");
        }
        if self.dice.chance(5) { Err(Over) } else { Ok(()) }
    }

    fn compares(&mut self, unread: bool, mood: Mood) -> Result<End, Over> {
        let issue = self.known.ticket.clone();
        let same = |base: &Base| Ticket { spot: None, ..base.issue.clone() } == issue;
        if self.pending.is_none() && !unread && self.base.as_ref().is_some_and(same) {
            return Ok(End::Rest);
        }
        let card = self.sees_card(&issue);
        let mut base = self.base.clone();
        if let (Some(pending), Some(base)) = (&self.pending, &mut base) {
            *base = pending.recover(base, &issue, &card, &self.rules);
        }
        let change = reconcile(base.as_ref(), &Seen::Here(issue.clone()), &Seen::Here(card.clone()), &self.rules);
        self.may_be_written(&change);
        self.meanwhile(mood)?;
        let into_issue = change.issue != IssueChange::default();
        let unsure = self.pending.as_ref().is_some_and(|pending| pending.into_issue != IssueChange::default());
        let disagree = change.conflicts.iter().any(|conflict| conflict.winner.is_some());
        let is_hearsay = self.rules.fields.ticket_from_trello() && (disagree || self.known.version.is_vague());
        if into_issue || unsure || is_hearsay {
            let read = self.gitlab.read();
            if read.ticket != self.known.ticket {
                self.knows(read);
                self.count("issue was another");
                return self.compares(true, mood);
            }
            // Who edits between this and the write is seen by nobody.
            self.raced.retain(|(side, _)| *side == Side::Trello);
        }
        self.tell_conflicts(&change);
        if !change.is_empty() {
            (self.base, self.pending) = (base.clone(), Some(Pending::of(&change, &issue, &card)));
            self.writes += 1;
        }
        let was_closed = base.as_ref().is_none_or(|base| base.issue.closed);
        let answer = self.writes_card(&change, &card, base.as_ref(), was_closed && !issue.closed, mood)?;
        let written = if into_issue {
            self.meanwhile(mood)?;
            self.taint_issue(&change.issue);
            self.gitlab.write(&change.issue, &issue);
            let answer = self.gitlab.read();
            self.meanwhile(mood)?;
            self.knows(answer.clone());
            Some(answer)
        } else {
            None
        };
        let written = written.as_ref().map(|issue| &issue.ticket);
        self.base = Some(remember(&change, (&issue, written), (&card, answer.as_ref()), &self.rules));
        self.pending = None;
        Ok(if into_issue { End::LookAgain } else { End::Rest })
    }

    /// The card; where only the card follows, as it was left.
    fn sees_card(&self, issue: &Ticket) -> Ticket {
        let fields = &self.rules.fields;
        let footer_moves = |base: &Base| {
            fields.people.from_gitlab()
                && fields.description.from_gitlab()
                && base.footer != self.rules.people.not_on_board(&issue.people)
                && self.rules.dialect.card_text(&base.issue.text) == self.rules.dialect.card_text(&issue.text)
        };
        match &self.base {
            Some(base) if self.pending.is_none() && !fields.ticket_from_trello() && !footer_moves(base) => {
                base.card.clone()
            }
            _ => self.trello.card.clone(),
        }
    }

    /// One call for values, then one for each label and member.
    fn writes_card(
        &mut self,
        change: &Change,
        seen: &Ticket,
        base: Option<&Base>,
        reopened: bool,
        mood: Mood,
    ) -> Result<Option<Ticket>, Over> {
        let to = &change.card;
        let mut answer = None;
        if to.has_values() {
            self.meanwhile(mood)?;
            self.taint_card(to);
            let ours = base.is_none_or(|base| base.issue.spot == Some(Spot::Archive));
            let comes_back = (ours && seen.spot == Some(Spot::Archive)) || reopened;
            self.trello.write(to, seen, &change.footer, comes_back);
            answer = Some(self.trello.card.clone());
        }
        let mut steps = usize::from(to.has_values());
        let mut step = |world: &mut World, field: Option<Field>, write: &dyn Fn(&mut Trello)| {
            steps += 1;
            let over = world.meanwhile(mood);
            if over.is_err() && steps > 1 {
                world.count("death in the middle of a card");
            }
            over?;
            if let Some(field) = field.filter(|field| world.raced.contains(&(Side::Trello, *field))) {
                world.episode.taint(field);
            }
            write(&mut world.trello);
            Ok::<(), Over>(())
        };
        for added in &to.add_labels {
            step(self, Field::of_label(&added.name), &|trello| trello.put_label(&added.name))?;
        }
        for name in &to.drop_labels {
            step(self, Field::of_label(name), &|trello| trello.take_label(name))?;
        }
        for name in &to.add_people {
            step(self, Field::of_member(name), &|trello| trello.put_person(name))?;
        }
        for name in &to.drop_people {
            step(self, Field::of_member(name), &|trello| trello.take_person(name))?;
        }
        Ok(answer)
    }

    /// What people changed there since it was read, and is written now, is lost, and nobody can know.
    fn taint_card(&mut self, to: &CardChange) {
        let written = [
            (Field::Title, to.title.is_some()),
            (Field::Text, to.text.is_some() || to.footer),
            (Field::Due, to.due.is_some()),
            (Field::Place, to.spot.is_some()),
        ];
        self.taint(Side::Trello, |field| written.contains(&(field, true)));
    }

    fn taint_issue(&mut self, to: &IssueChange) {
        let people = !to.add_people.is_empty() || !to.drop_people.is_empty();
        let column = to.column.is_some();
        let labels: BTreeSet<String> = to.add_labels.iter().chain(&to.drop_labels).cloned().collect();
        let (title, text, due) = (to.title.is_some(), to.text.is_some(), to.due.is_some());
        let columns: Vec<String> = self.rules.column_labels().map(str::to_owned).collect();
        self.taint(Side::Gitlab, |field| match field {
            Field::Title => title,
            Field::Text => text,
            Field::Due => due,
            Field::Place => column,
            Field::Label(name) => labels.contains(name) || (column && columns.iter().any(|label| label == name)),
            // One set of them is written.
            Field::Person(_) => people,
            Field::Facet(_) => false,
        });
    }

    fn taint(&mut self, side: Side, is_written: impl Fn(Field) -> bool) {
        let lost = self.raced.iter().filter(|(there, field)| *there == side && is_written(*field));
        for (_, field) in lost {
            self.episode.taint(*field);
        }
    }

    /// What goes nowhere is written nowhere.
    fn may_be_written(&self, change: &Change) {
        let Rules { fields, facets, .. } = &self.rules;
        let (card, issue) = (&change.card, &change.issue);
        let is_facet = |name: &String| facets.owns(name);
        let onto_card = [
            (fields.title, card.title.is_some()),
            (fields.description, card.text.is_some() || card.footer),
            (fields.due, card.due.is_some()),
            (fields.state, card.spot.is_some() || card.done.is_some()),
            (fields.labels, !card.add_labels.iter().all(|label| is_facet(&label.name))),
            (fields.labels, !card.drop_labels.iter().all(is_facet)),
            (fields.people, !card.add_people.is_empty() || !card.drop_people.is_empty() || !change.footer.is_empty()),
        ];
        let into_issue = [
            (fields.title, issue.title.is_some()),
            (fields.description, issue.text.is_some()),
            (fields.due, issue.due.is_some()),
            (fields.state, issue.column.is_some()),
            (fields.labels, !issue.add_labels.is_empty() || !issue.drop_labels.is_empty()),
            (fields.people, !issue.add_people.is_empty() || !issue.drop_people.is_empty()),
        ];
        assert!(onto_card.iter().all(|(way, written)| way.from_gitlab() || !written), "{fields:?} {change:?}");
        assert!(into_issue.iter().all(|(way, written)| way.from_trello() || !written), "{fields:?} {change:?}");
        assert!(!issue.add_labels.iter().any(is_facet), "a facet is no label: {change:?}");
    }

    fn tell_conflicts(&mut self, change: &Change) {
        for conflict in &change.conflicts {
            self.count(match (conflict.field, conflict.winner) {
                (_, Some(Winner::Gitlab)) => "conflict that GitLab wins",
                (_, Some(Winner::Trello)) => "conflict that Trello wins",
                ("description", None) => "text that cannot be carried over",
                (_, None) => "label that cannot be carried over",
            });
            if conflict.winner.is_none() && conflict.field == "description" {
                self.episode.keeps_apart(&conflict.trello);
            }
        }
        let texts = change.card.text.iter().chain(&change.issue.text);
        if texts.clone().any(|text| text.contains('\u{2060}')) {
            self.count("mention defused");
        }
        if texts.clone().any(|text| text.contains("… more in GitLab")) {
            self.count("text cut");
        }
        if change.card.text.as_ref().is_some_and(|text| text.contains("```table")) {
            self.count("table fenced in");
        }
    }

    /// Turns without crashes or edits until nothing is written any more.
    pub(crate) fn rests(&mut self) {
        if !self.token {
            // Which of one second was the last is known once another event comes.
            self.pause();
            self.gitlab.edit(|_| ());
        }
        for round in 0.. {
            assert!(
                round < 8,
                "it does not come to rest: {:?} {:?} {:?}",
                self.gitlab.issue,
                self.trello.card,
                self.base
            );
            let before = self.writes;
            self.stirred |= round == 0;
            self.turn(Mood::Kind);
            if self.writes == before {
                break;
            }
        }
        let all =
            |world: &World| (world.gitlab.issue.clone(), world.trello.card.clone(), world.base.clone(), world.writes);
        let before = all(self);
        self.stirred = true;
        self.turn(Mood::Kind);
        assert_eq!(before, all(self), "silence");
    }
}

fn rules(dice: &mut Dice) -> Rules {
    let all = [Direction::Gitlab, Direction::Trello, Direction::Both, Direction::Off];
    let fields = match dice.roll(10) {
        0..5 => Fields::all(Direction::Both),
        // Such a route reads no cards.
        5 => Fields::all(Direction::Gitlab),
        _ => {
            let mut direction = || if dice.chance(40) { Direction::Both } else { *dice.pick(&all) };
            Fields {
                title: direction(),
                description: direction(),
                state: direction(),
                labels: direction(),
                people: direction(),
                due: direction(),
                comments: Direction::Off,
            }
        }
    };
    let column = |spot, holds| Column { list: spot, holds };
    let mut columns = vec![column(list('1'), Holds::Opened), column(list('2'), Holds::Label("doing".into()))];
    if dice.chance(60) {
        columns.push(column(list('3'), Holds::Closed));
    }
    Rules {
        fields,
        winner: if dice.chance(50) { Winner::Gitlab } else { Winner::Trello },
        people: People {
            table: BTreeMap::from([("cleo".to_owned(), "cleopatra".to_owned())]),
            members: ["ana", "cleopatra", "zoe", "cleo"].map(str::to_owned).into(),
        },
        columns,
        facets: Facets { milestone: true, issue_type: true, weight: true },
        dialect: Dialect {
            issue: id(),
            url: Some(URL.to_owned()),
            home: Home::new(Some("https://gitlab.example.com/team/app"), Some("team/app")),
        },
    }
}
