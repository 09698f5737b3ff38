//! Random worlds: an issue and a card that people edit, a bridge that crashes between any two steps, events that are
//! lost, sides whose servers rewrite what they are given. Whatever happens, both sides come to say the same where the
//! rules say so, and then there is silence.
//!
//! 2,000 worlds a run, or as many as `KANBRIDGE_WORLDS` asks for; a million take some minutes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kanbridge::model::{Base, Label, Seen, Spot, Ticket};
use kanbridge::sync::change::{CardChange, Change, IssueChange};
use kanbridge::sync::dialect::{Dialect, People};
use kanbridge::sync::facets::Facets;
use kanbridge::sync::filing::{self, NewIssue};
use kanbridge::sync::memory::{Pending, remember};
use kanbridge::sync::reconcile::reconcile;
use kanbridge::sync::rules::{Column, Direction, Fields, Holds, Rules, Winner};
use kanbridge::text::Home;

/// A generator of its own, so that a world is named by its number.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}

fn list(digit: char) -> Spot {
    Spot::List(digit.to_string().repeat(24).parse().unwrap())
}

fn label(name: &str) -> Label {
    Label { name: name.to_owned(), color: None }
}

/// An issue, its card, and what the bridge remembers of them.
struct World {
    dice: Dice,
    rules: Rules,
    issue: Ticket,
    card: Ticket,
    base: Option<Base>,
    /// Written down before the writes, forgotten with the base that follows them.
    pending: Option<Pending>,
    writes: usize,
    /// How many words were ever written, so that each is new.
    words: u64,
}

const LABELS: [&str; 4] = ["red", "blue", "doing", "review"];
/// What a milestone, a weight or a type makes of a card's labels.
const FACETS: [&str; 4] = ["milestone: May release", "weight: 3", "weight: 5", "type: incident"];
const PEOPLE: [&str; 3] = ["ana", "ben", "cleo"];

impl World {
    fn new(seed: u64) -> Self {
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
        World { dice, rules, issue, card, base: None, pending: None, writes: 0, words: 0 }
    }

    /// An issue that was made of a card, which people may have edited while that was done.
    fn filed(seed: u64) -> Self {
        let mut world = World::new(seed);
        world.rules.columns.push(Column { list: list('4'), holds: Holds::Label("review".into()) });
        let spot = world.dice.pick(&[list('1'), list('2'), list('3'), list('4')]).clone();
        let labels = vec![label(world.dice.pick::<&str>(&LABELS))];
        let people = vec![(*world.dice.pick(&PEOPLE)).to_owned()];
        let title = (*world.dice.pick(&["by hand", " two  words ", "ask @ben"])).to_owned();
        world.card = Ticket { title, text: "by hand".into(), spot: Some(spot), labels, people, ..Ticket::default() };
        let id = "5e93bac014d40e5000000005".parse().unwrap();
        let made = NewIssue::of(&id, &world.card, &world.rules).unwrap();
        world.issue = Ticket {
            title: made.title,
            text: made.text,
            labels: made.labels.iter().map(|name| label(name)).collect(),
            people: made.people,
            due: made.due,
            ..Ticket::default()
        };
        world.base = Some(filing::base(&world.issue, &world.card, &world.rules));
        for _ in 0..world.dice.roll(3) {
            world.somebody_edits();
        }
        world
    }

    /// A person does something on one side.
    fn somebody_edits(&mut self) {
        self.words += 1;
        let word = format!("word {}", self.words);
        let on_issue = self.dice.chance(50);
        let what = self.dice.roll(7);
        let name = (*self.dice.pick(&LABELS)).to_owned();
        let facet = (*self.dice.pick(&FACETS)).to_owned();
        let person = (*self.dice.pick(&PEOPLE)).to_owned();
        let day = Date::constant(2026, 5, i8::try_from(1 + self.dice.roll(28)).unwrap());
        let due = self.dice.chance(70).then_some(day);
        let spot = self.dice.pick(&[list('1'), list('2'), list('3'), list('9'), Spot::Archive]).clone();
        let side = if on_issue { &mut self.issue } else { &mut self.card };
        match what {
            0 => side.title = self.dice.pick(&[word.clone(), format!("@ana: {word}")]).clone(),
            1 => side.text = self.dice.pick(&[word.clone(), format!("{word} | table"), String::new()]).clone(),
            2 => side.due = due,
            3 => toggle(&mut side.labels, label(&name)),
            4 => toggle(&mut side.people, person),
            5 if on_issue => toggle(&mut side.facets, facet),
            5 => toggle(&mut side.labels, label(&facet)),
            _ if on_issue => side.closed = !side.closed,
            _ => side.spot = Some(spot),
        }
    }

    /// One turn. It may crash before any of its writes, and before it remembers.
    fn turn(&mut self, may_crash: bool) {
        let seen = (self.issue.clone(), self.card.clone());
        if let (Some(pending), Some(base)) = (&self.pending, &self.base) {
            self.base = Some(pending.recover(base, &seen.0, &seen.1, &self.rules));
        }
        let change =
            reconcile(self.base.as_ref(), &Seen::Here(seen.0.clone()), &Seen::Here(seen.1.clone()), &self.rules);
        self.pending = Some(Pending::of(&change, &seen.0, &seen.1));
        if may_crash && self.dice.chance(15) {
            return;
        }
        self.write_card(&change);
        if may_crash && self.dice.chance(15) {
            return;
        }
        self.write_issue(&change);
        if may_crash && self.dice.chance(15) {
            return;
        }
        let (issue, card) = (self.issue.clone(), self.card.clone());
        self.base = Some(remember(&change, (&seen.0, Some(&issue)), (&seen.1, Some(&card)), &self.rules));
        self.pending = None;
    }

    fn write_card(&mut self, change: &Change) {
        let (to, card) = (&change.card, &mut self.card);
        self.writes += usize::from(*to != CardChange::default());
        if let Some(title) = &to.title {
            card.title.clone_from(title);
        }
        if let Some(text) = &to.text {
            // Trello drops white space at the end.
            text.trim_end().clone_into(&mut card.text);
        }
        if let Some(due) = to.due {
            card.due = due;
        }
        if let Some(spot) = &to.spot {
            card.spot = Some(spot.clone());
        }
        if let Some(done) = to.done {
            card.closed = done;
        }
        card.labels.retain(|label| !to.drop_labels.contains(&label.name));
        card.labels.extend(to.add_labels.iter().cloned());
        card.people.retain(|name| !to.drop_people.contains(name));
        card.people.extend(to.add_people.iter().cloned());
    }

    fn write_issue(&mut self, change: &Change) {
        let (to, issue) = (&change.issue, &mut self.issue);
        self.writes += usize::from(*to != IssueChange::default());
        if let Some(title) = &to.title {
            issue.title.clone_from(title);
        }
        if let Some(text) = &to.text {
            issue.text = format!("{text}\n");
        }
        if let Some(due) = to.due {
            issue.due = due;
        }
        issue.labels.retain(|label| !to.drop_labels.contains(&label.name));
        issue.labels.extend(to.add_labels.iter().map(|name| label(name)));
        issue.people.retain(|name| !to.drop_people.contains(name));
        // The free edition of GitLab keeps one assignee.
        issue.people.extend(to.add_people.iter().cloned());
        if let Some(column) = &to.column {
            issue.closed = column.closed.unwrap_or(issue.closed);
            issue.labels.retain(|label| !column.drop_labels.contains(&label.name));
            issue.labels.extend(column.add_label.iter().map(|name| label(name)));
        }
    }

    /// Turns without crashes or edits until nothing is written any more.
    fn rests(&mut self) {
        for round in 0.. {
            assert!(round < 6, "it does not come to rest: {:?} {:?} {:?}", self.issue, self.card, self.base);
            let before = self.writes;
            self.turn(false);
            if self.writes == before {
                break;
            }
        }
        let (issue, card, base, writes) = (self.issue.clone(), self.card.clone(), self.base.clone(), self.writes);
        self.turn(false);
        assert_eq!((&issue, &card, &base, writes), (&self.issue, &self.card, &self.base, self.writes), "silence");
    }
}

fn toggle<T: PartialEq>(set: &mut Vec<T>, item: T) {
    match set.iter().position(|other| *other == item) {
        Some(at) => drop(set.remove(at)),
        None => set.push(item),
    }
}

fn rules(dice: &mut Dice) -> Rules {
    let all = [Direction::Gitlab, Direction::Trello, Direction::Both, Direction::Off];
    let mut direction = || if dice.chance(60) { Direction::Both } else { *dice.pick(&all) };
    let fields = Fields {
        title: direction(),
        description: direction(),
        state: direction(),
        labels: direction(),
        people: direction(),
        due: direction(),
        comments: Direction::Off,
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
            members: BTreeSet::from(["ana".to_owned(), "cleopatra".to_owned()]),
        },
        columns,
        facets: Facets { milestone: true, issue_type: true, weight: true },
        dialect: Dialect { issue: "gitlab.example.com/42/23".parse().unwrap(), url: None, home: Home::default() },
    }
}

fn worlds() -> u64 {
    std::env::var("KANBRIDGE_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

#[test]
fn worlds_come_to_rest_and_agree() {
    for seed in 0..worlds() {
        let mut world = World::new(seed);
        world.rests();
        for _ in 0..world.dice.roll(12) {
            for _ in 0..world.dice.roll(4) {
                world.somebody_edits();
            }
            world.turn(true);
        }
        let forgotten = world.dice.chance(10);
        if forgotten {
            world.base = None;
        }
        world.rests();
        let (issue, card, rules) = (&world.issue, &world.card, &world.rules);
        assert!(FACETS.iter().all(|facet| !issue.has_label(facet)), "world {seed}: {:?}", issue.labels);
        if rules.fields.title == Direction::Both {
            assert_eq!(card.title, rules.dialect.card_title(&issue.title), "world {seed}");
        }
        if rules.fields.due == Direction::Both {
            assert_eq!(card.due, issue.due, "world {seed}");
        }
        if rules.fields.description == Direction::Both {
            assert_eq!(card.text.trim(), issue.text.trim(), "world {seed}");
        }
        if rules.fields.state.from_gitlab() && rules.fields.state.from_trello() {
            let spot = card.spot.clone().unwrap();
            // A card on a list that no column names was left there by hand, and so is one that stood before us.
            if forgotten || rules.column_at(&spot).is_none() {
                assert!(
                    rules.is_closed_spot(Some(&spot)) == issue.closed || rules.column_at(&spot).is_none(),
                    "world {seed}"
                );
            } else {
                assert_eq!(Some(spot), rules.spot(issue), "world {seed}: {issue:?}");
            }
        }
    }
}

#[test]
fn an_issue_made_of_a_card_comes_to_rest_and_agrees_with_it() {
    for seed in 0..worlds() / 4 {
        let mut world = World::filed(seed);
        for _ in 0..world.dice.roll(6) {
            world.turn(true);
            if world.dice.chance(40) {
                world.somebody_edits();
            }
        }
        world.rests();
        let (issue, card, rules) = (&world.issue, &world.card, &world.rules);
        if rules.fields.title == Direction::Both {
            let carried = |title: &str| rules.dialect.card_title(&rules.dialect.issue_title("", title));
            assert_eq!(carried(&card.title), carried(&issue.title), "world {seed}");
        }
        if rules.fields.due == Direction::Both {
            assert_eq!(card.due, issue.due, "world {seed}");
        }
        if rules.fields.state == Direction::Both && rules.column_at(card.spot.as_ref().unwrap()).is_some() {
            assert_eq!(card.spot, rules.spot(issue), "world {seed}: {issue:?}");
        }
    }
}

/// Nobody touches the card that became an issue: all that is ever written is what its column says.
#[test]
fn an_issue_made_of_a_card_is_never_at_odds_with_it() {
    for seed in 0..worlds() / 4 {
        let mut world = World::filed(seed);
        world.rules.fields = Fields::all(Direction::Both);
        let before = (world.issue.clone(), world.card.clone());
        world.base = Some(filing::base(&before.0, &before.1, &world.rules));
        let (issue, card) = (Seen::Here(before.0), Seen::Here(before.1));
        let change = reconcile(world.base.as_ref(), &issue, &card, &world.rules);
        assert!(change.conflicts.is_empty(), "world {seed}: {:?}", change.conflicts);
        assert!(
            change.card.title.is_none() && change.card.text.is_none() && change.card.spot.is_none(),
            "world {seed}"
        );
        assert!(
            change.issue.title.is_none() && change.issue.text.is_none() && change.issue.due.is_none(),
            "world {seed}"
        );
    }
}

/// What only one side changed since the two were in step is never overwritten with the other's old value.
#[test]
fn an_edit_on_one_side_alone_is_carried_over_whatever_crashes() {
    for seed in 0..worlds() {
        let mut world = World::new(seed);
        world.rules.fields = Fields::all(Direction::Both);
        world.rests();
        world.words += 1;
        let (word, on_issue) = (format!("only @ana {}", world.words), world.dice.chance(50));
        let side = if on_issue { &mut world.issue } else { &mut world.card };
        side.title.clone_from(&word);
        toggle(&mut side.labels, label("fresh"));
        for _ in 0..world.dice.roll(5) {
            world.turn(true);
        }
        world.rests();
        // GitLab calls from titles: what people wrote there stays theirs, and what comes from a card calls nobody.
        let in_issue = if on_issue { word.clone() } else { word.replace('@', "@\u{2060}") };
        assert_eq!((&world.issue.title, &world.card.title), (&in_issue, &word), "world {seed}");
        assert!(world.issue.has_label("fresh") && world.card.has_label("fresh"), "world {seed}");
    }
}

#[test]
fn what_people_put_on_a_one_way_card_stays() {
    for seed in 0..worlds() {
        let mut world = World::new(seed);
        world.rules.fields = Fields::all(Direction::Gitlab);
        world.rests();
        world.card.labels.push(label("by hand"));
        for _ in 0..world.dice.roll(6) {
            toggle(&mut world.issue.labels, label(LABELS[0]));
            world.issue.title.push('!');
            world.turn(true);
        }
        world.rests();
        assert!(world.card.has_label("by hand"), "world {seed}");
        assert_eq!(world.card.title, world.issue.title, "world {seed}");
        assert_eq!(world.card.has_label(LABELS[0]), world.issue.has_label(LABELS[0]), "world {seed}");
    }
}

/// A milestone, a type or a weight is on the card while the issue has it, and nowhere else.
#[test]
fn facets_go_from_the_issue_to_its_card_whatever_crashes() {
    for seed in 0..worlds() {
        let mut world = World::new(seed);
        world.rests();
        for _ in 0..world.dice.roll(10) {
            toggle(&mut world.issue.facets, (*world.dice.pick(&FACETS)).to_owned());
            let side = if world.dice.chance(50) { &mut world.issue } else { &mut world.card };
            toggle(&mut side.labels, label(LABELS[0]));
            world.turn(true);
        }
        if world.dice.chance(20) {
            (world.base, world.pending) = (None, None);
        }
        world.rests();
        for facet in FACETS {
            let wanted = world.issue.facets.iter().any(|other| other == facet);
            assert_eq!(world.card.has_label(facet), wanted, "world {seed}: {facet} {:?}", world.card.labels);
            assert!(!world.issue.has_label(facet), "world {seed}");
        }
    }
}

#[test]
fn unknown_changes_nothing() {
    for seed in 0..200 {
        let mut world = World::new(seed);
        world.rests();
        world.somebody_edits();
        for (issue, card) in [
            (Seen::Unknown, Seen::Here(world.card.clone())),
            (Seen::Here(world.issue.clone()), Seen::Unknown),
            (Seen::Gone, Seen::Here(world.card.clone())),
            (Seen::Here(world.issue.clone()), Seen::Gone),
        ] {
            let change = reconcile(world.base.as_ref(), &issue, &card, &world.rules);
            assert_eq!(change, Change::default());
        }
    }
}
