//! Random worlds: an issue and a card that people edit, a bridge that hears late, twice or not at all, whose writes fail and
//! who dies between any two steps, and sides whose servers rewrite what they are given. Whatever happens, both sides come
//! to say the same where the rules say so, what only one side changed stays, and then there is silence.
//!
//! 2,000 worlds a run, or as many as `KANBRIDGE_WORLDS` asks for; 100,000 take some minutes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

mod dice;
mod field;
mod filed;
mod oracle;
mod servers;
mod world;

use std::collections::BTreeMap;

use field::{FACETS, Field, LABELS, label};
use kanbridge::model::{Seen, Side};
use kanbridge::sync::change::Change;
use kanbridge::sync::reconcile::reconcile;
use kanbridge::sync::rules::{Direction, Fields};
use world::{Mood, World};

fn worlds() -> u64 {
    std::env::var("KANBRIDGE_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

impl World {
    fn begins(&mut self) {
        self.pause();
        self.episode.begin(&self.gitlab.issue, &self.trello.card, &mut self.dice);
    }

    /// People edit, and turns go wrong.
    fn lives(&mut self) {
        for _ in 0..1 + self.dice.roll(5) {
            for _ in 0..self.dice.roll(4) {
                self.somebody_edits();
            }
            self.turn(Mood::Cruel);
        }
    }
}

fn live(seed: u64) -> World {
    let mut world = World::new(seed);
    world.rests();
    world.agrees_anew(seed);
    for _ in 0..1 + world.dice.roll(3) {
        world.begins();
        world.lives();
        world.rests();
        world.ends_well(seed);
    }
    if world.dice.chance(10) {
        world.begins();
        world.lives();
        (world.base, world.pending) = (None, None);
        world.rests();
        world.agrees_anew(seed);
    }
    world
}

#[test]
fn worlds_come_to_rest_and_say_what_they_should() {
    const PARTS: u64 = 4;
    std::thread::scope(|scope| {
        for part in 0..PARTS {
            scope.spawn(move || (part..worlds()).step_by(PARTS as usize).for_each(|seed| drop(live(seed))));
        }
    });
}

/// So that nothing of this is promised only in name.
#[test]
fn what_is_rare_happens() {
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..1_000 {
        for (what, times) in live(seed).tally {
            *tally.entry(what).or_default() += times;
        }
    }
    for what in [
        "hook heard",
        "hook refused",
        "issue was another",
        "older hook of the same second",
        "edit in the middle of a turn",
        "death in the middle of a card",
        "conflict that GitLab wins",
        "conflict that Trello wins",
        "text that cannot be carried over",
        "label that cannot be carried over",
        "mention defused",
        "text cut",
        "table fenced in",
    ] {
        assert!(tally.get(what).is_some_and(|times| *times >= 5), "{what}: {tally:?}");
    }
}

#[test]
fn what_people_put_on_a_one_way_card_stays() {
    for seed in 0..worlds() / 4 {
        let mut world = World::new(seed);
        world.rules.fields = Fields::all(Direction::Gitlab);
        world.rests();
        world.trello.edit(|card| card.labels.push(label("by hand")));
        for _ in 0..world.dice.roll(6) {
            world.edits(Field::Label(LABELS[0]), Side::Gitlab);
            world.edits(Field::Title, Side::Gitlab);
            world.turn(Mood::Kind);
        }
        world.rests();
        let (issue, card) = (&world.gitlab.issue, &world.trello.card);
        assert!(card.has_label("by hand"), "world {seed}");
        assert_eq!(card.title, world.rules.dialect.card_title(&issue.title), "world {seed}");
        assert_eq!(card.has_label(LABELS[0]), issue.has_label(LABELS[0]), "world {seed}");
    }
}

/// A milestone, a type or a weight is on the card while the issue has it, and nowhere else.
#[test]
fn facets_go_from_the_issue_to_its_card_whatever_crashes() {
    for seed in 0..worlds() / 4 {
        let mut world = World::new(seed);
        world.rests();
        for _ in 0..world.dice.roll(10) {
            let facet = Field::Facet(world.dice.pick::<&str>(&FACETS));
            world.edits(facet, Side::Gitlab);
            let side = if world.dice.chance(50) { Side::Gitlab } else { Side::Trello };
            world.edits(Field::Label(LABELS[0]), side);
            world.turn(Mood::Kind);
        }
        if world.dice.chance(20) {
            (world.base, world.pending) = (None, None);
        }
        world.rests();
        for facet in FACETS {
            let (issue, card) = (&world.gitlab.issue, &world.trello.card);
            let wanted = issue.facets.iter().any(|other| other == facet);
            assert_eq!(card.has_label(facet), wanted, "world {seed}: {facet} {:?}", card.labels);
            assert!(!issue.has_label(facet), "world {seed}");
        }
    }
}

#[test]
fn unknown_changes_nothing() {
    for seed in 0..200 {
        let mut world = World::new(seed);
        world.rests();
        world.somebody_edits();
        let (issue, card) = (&world.gitlab.issue, &world.trello.card);
        for (issue, card) in [
            (Seen::Unknown, Seen::Here(card.clone())),
            (Seen::Here(issue.clone()), Seen::Unknown),
            (Seen::Gone, Seen::Here(card.clone())),
            (Seen::Here(issue.clone()), Seen::Gone),
        ] {
            let change = reconcile(world.base.as_ref(), &issue, &card, &world.rules);
            assert_eq!(change, Change::default());
        }
    }
}
