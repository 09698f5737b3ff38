//! Random stories, each named by its number: people who edit both sides while hooks come late, twice, in any order or not
//! at all, and cards that are made while everything fails.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use kanbridge::sandbox::gitlab::{Change, Clock, Era, IssueView, Options, Shuffle};
use kanbridge::sandbox::trello::{CardView, Fault};
use kanbridge::sync::face::issue_number;
use kanbridge::sync::rules::Direction;

use crate::stories;
use crate::two_way::House;
use crate::world::{World, issue, updated};

/// splitmix64
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

const LABELS: [&str; 3] = ["cellar", "urgent", "doing"];

/// Ana works in GitLab, Zoe in Trello, on one ticket.
struct Team<'a> {
    house: &'a House,
    iid: i64,
    labels: &'a BTreeMap<&'static str, String>,
    dice: Dice,
    words: u64,
}

impl Team<'_> {
    fn card(&self) -> CardView {
        self.house.world.cards().into_iter().find(|card| issue_number(&card.name) == Some(self.iid)).unwrap()
    }

    fn issue(&self) -> IssueView {
        self.house.issue(self.iid)
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("word{}x{}", self.iid, self.words)
    }

    fn somebody_edits(&mut self) {
        // Edits of one millisecond could not be told apart.
        self.house.world.clock.advance(Duration::from_millis(700));
        if self.dice.roll(2) == 0 { self.ana_edits() } else { self.zoe_edits() }
    }

    fn ana_edits(&mut self) {
        let (house, iid, word) = (self.house, self.iid, self.word());
        let (ana, issue) = (house.gitlab.by("ana"), self.issue());
        let day = format!("2026-06-{:02}", 1 + self.dice.roll(28));
        let label = LABELS[self.dice.roll(3) as usize];
        let has = issue.labels.iter().any(|name| name == label);
        let (add, drop) = if has { (vec![], vec![label]) } else { (vec![label], vec![]) };
        let assignees: &[&str] = if issue.assignees.is_empty() { &["ana"] } else { &[] };
        match self.dice.roll(6) {
            0 => ana.retitles(house.project, iid, &word),
            1 => ana.changes(house.project, iid, &Change { description: Some(word), ..Change::default() }),
            2 => ana.changes(house.project, iid, &Change { due_date: Some(Some(day)), ..Change::default() }),
            3 => ana.labels(house.project, iid, &add, &drop),
            4 => ana.assigns(house.project, iid, assignees),
            _ => ana.closes(house.project, iid, !issue.closed),
        }
        .unwrap();
    }

    fn zoe_edits(&mut self) {
        let (house, word) = (self.house, self.word());
        let (zoe, card, lists) = (house.world.trello.by("zoe"), self.card(), &house.world.board.lists);
        let due = format!("2026-07-{:02}T16:00:00Z", 1 + self.dice.roll(28)).parse().unwrap();
        let label = LABELS[self.dice.roll(3) as usize];
        let has = card.labels.iter().any(|name| name == label);
        match self.dice.roll(6) {
            0 => zoe.rename_card(&card.id, &format!("[ ISSUE {} ] {word}", self.iid)),
            1 => {
                let words = |line: &&str| line.starts_with("It is cold") || line.starts_with("word");
                let old = card.description.lines().find(words).unwrap().to_owned();
                zoe.describe_card(&card.id, &card.description.replace(&old, &word))
            }
            2 => zoe.set_due(&card.id, Some(due)),
            3 if has => zoe.unlabel_card(&card.id, &self.labels[label]),
            3 => zoe.label_card(&card.id, &self.labels[label]),
            4 if card.members.is_empty() => zoe.assign(&card.id, "ana_trello"),
            4 => zoe.unassign(&card.id, "ana_trello"),
            _ => zoe.move_card(&card.id, &lists[self.dice.roll(3) as usize]),
        }
        .unwrap();
    }

    fn agrees(&self, seed: u64) {
        let (issue, card) = (self.issue(), self.card());
        let sorted = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort();
            names
        };
        let told = format!("story {seed}: {issue:?} {card:?}");
        assert_eq!(card.name, format!("[ ISSUE {} ] {}", self.iid, issue.title), "{told}");
        assert!(card.description.contains(issue.description.trim()), "{told}");
        assert_eq!(card.due.as_deref().map(|due| &due[..10]), issue.due_date.as_deref(), "{told}");
        assert_eq!(sorted(&card.labels), sorted(&issue.labels), "{told}");
        assert_eq!(card.members.is_empty(), issue.assignees.is_empty(), "{told}");
        let doing = issue.labels.iter().any(|name| name == "doing");
        let column = if issue.closed { 2 } else { usize::from(doing) };
        assert_eq!(card.list, self.house.world.board.lists[column], "{told}");
    }
}

/// Trello may do the work of a call whose connection was lost as long as it works on it, and not after.
const WORKS: Duration = Duration::from_secs(25);

async fn passes(world: &World, seconds: u64) {
    let span = Duration::from_secs(seconds);
    world.later(span.min(WORKS)).await;
    world.trello.apply_held_work();
    world.later(span.saturating_sub(WORKS)).await;
}

/// Issues open, calls fail, time passes, the bridge starts again.
async fn opens_and_fails(world: &mut World, dice: &mut Dice, opened: &mut Vec<i64>) {
    match dice.roll(9) {
        0..3 => {
            let iid = 1 + opened.len() as i64;
            opened.push(iid);
            world.opens(iid, "Boiler is cold").await;
        }
        3..6 => {
            let fault = match dice.roll(9) {
                0 => Fault::TimeoutAfter,
                1 => Fault::Answer(500, "oops"),
                2 => Fault::Answer(429, "Rate limit exceeded"),
                3..5 => Fault::DropBefore,
                5..7 => Fault::DropAfter,
                _ => Fault::ApplyLater,
            };
            let route = if dice.roll(5) == 0 { "GET /boards/{id}/cards" } else { "POST /cards" };
            let fault = if route == "POST /cards" { fault } else { Fault::DropBefore };
            world.trello.fail_next(route, fault);
        }
        6 => world.restarts(|_| {}).await,
        7 if !opened.is_empty() => {
            let iid = opened[dice.roll(opened.len() as u64) as usize];
            let seconds = 5 + dice.roll(1_000) as i64;
            world.sends("Issue Hook", &updated(issue(iid, "Boiler is warm"), seconds, "update")).await;
        }
        _ => {
            world.turn().await;
        }
    }
    passes(world, [0, 2, 10, 40, 61][dice.roll(5) as usize]).await;
}

stories! {
    async fn both_sides_agree_whatever_becomes_of_the_hooks(world: World) {
        let clock = world.clock.clone();
        let clock = Clock::new(move || Timestamp::from_microsecond(clock.now().0).unwrap());
        // Its hooks tell whole seconds.
        let house = House::beside(world, Direction::Both, Options { clock, era: Era::Keyed, ..Options::default() }).await;
        let zoe = house.world.trello.by("zoe");
        let label = |name| (name, zoe.add_label(&house.world.board.id, name, None).unwrap());
        let labels = LABELS.map(label).into();
        for seed in 0..5 {
            let iid = house.opens("Boiler is cold").await;
            let mut team = Team { house: &house, iid, labels: &labels, dice: Dice(seed), words: 0 };
            for _ in 0..4 {
                house.gitlab.hold();
                for _ in 0..6 {
                    team.somebody_edits();
                    if team.dice.roll(4) == 0 {
                        house.world.later(Duration::from_secs(10)).await;
                    }
                }
                let seed = Some(team.dice.roll(1 << 32));
                house.gitlab.let_go(Shuffle { seed, doubled: 30, lost: 30 });
                house.looks().await;
            }
            house.sweeps().await;
            house.looks().await;
            team.agrees(seed);
            house.is_silent().await;
        }
    }

    async fn an_issue_has_one_card_whatever_fails_while_it_is_made(world: World) {
        let (mut world, mut opened) = (world, Vec::new());
        for seed in 0..24 {
            let mut dice = Dice(seed);
            for _ in 0..6 {
                opens_and_fails(&mut world, &mut dice, &mut opened).await;
            }
        }
        // The faults that are left over take their time.
        for _ in 0..20 {
            passes(&world, 61).await;
        }
        let mut numbers: Vec<i64> = world.cards().iter().map(|card| issue_number(&card.name).unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, opened);
    }
}
