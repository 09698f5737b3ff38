//! Issues that were made of cards.

use kanbridge::model::{Label, Seen, Ticket};
use kanbridge::sync::filing::{self, NewIssue};
use kanbridge::sync::reconcile::reconcile;
use kanbridge::sync::rules::{Column, Direction, Fields, Holds};

use crate::field::{Field, LABELS, label, list};
use crate::servers::GitLab;
use crate::world::{Mood, World};
use crate::worlds;

impl World {
    /// An issue that was made of a card, which people may have edited while that was done.
    fn filed(seed: u64) -> Self {
        let World { mut dice, mut rules, .. } = World::new(seed);
        rules.columns.push(Column { list: list('4'), holds: Holds::Label("review".into()) });
        let spot = dice.pick(&[list('1'), list('2'), list('3'), list('4')]).clone();
        let labels = vec![label(dice.pick::<&str>(&LABELS))];
        let people = vec![(*dice.pick(&["ana", "cleopatra", "zoe"])).to_owned()];
        let title = (*dice.pick(&["by hand", "two  words", "ask @ben"])).to_owned();
        let card = Ticket { title, text: "by hand".into(), spot: Some(spot), labels, people, ..Ticket::default() };
        let made = NewIssue::of(&"5e93bac014d40e5000000005".parse().unwrap(), &card, &rules).unwrap();
        let issue = Ticket {
            title: made.title,
            text: made.text,
            labels: made.labels.into_iter().map(|name| Label { name, color: None }).collect(),
            people: made.people.into_iter().filter(|name| name != "zoe").collect(),
            due: made.due,
            ..Ticket::default()
        };
        let gitlab = GitLab::new(issue, false, dice.chance(30));
        let mut world = World::of(dice, rules, gitlab, card);
        world.base = Some(filing::base(&world.gitlab.issue, &world.trello.card, &world.rules));
        for _ in 0..world.dice.roll(3) {
            world.somebody_edits();
        }
        world
    }
}

#[test]
fn an_issue_made_of_a_card_comes_to_rest_and_agrees_with_it() {
    for seed in 0..worlds() / 4 {
        let mut world = World::filed(seed);
        for _ in 0..world.dice.roll(6) {
            world.turn(Mood::Cruel);
            if world.dice.chance(40) {
                world.somebody_edits();
            }
        }
        world.rests();
        let (issue, card, rules) = (&world.gitlab.issue, &world.trello.card, &world.rules);
        for field in Field::all().filter(|field| field.direction(rules) == Direction::Both) {
            let agrees = field.agrees(issue, card, rules) || world.may_differ(field);
            assert!(agrees, "world {seed}: {field:?} {issue:?} {card:?}");
        }
    }
}

/// Nobody touches the card that became an issue: all that is ever written is what its column says.
#[test]
fn an_issue_made_of_a_card_is_never_at_odds_with_it() {
    for seed in 0..worlds() / 4 {
        let mut world = World::filed(seed);
        world.rules.fields = Fields::all(Direction::Both);
        let (issue, card) = (&world.gitlab.issue, &world.trello.card);
        let base = filing::base(issue, card, &world.rules);
        let (issue, card) = (Seen::Here(issue.clone()), Seen::Here(card.clone()));
        let change = reconcile(Some(&base), &issue, &card, &world.rules);
        assert!(change.conflicts.is_empty(), "world {seed}: {:?}", change.conflicts);
        let (onto_card, into_issue) = (&change.card, &change.issue);
        assert!(onto_card.title.is_none() && onto_card.text.is_none() && onto_card.spot.is_none(), "world {seed}");
        assert!(into_issue.title.is_none() && into_issue.text.is_none() && into_issue.due.is_none(), "world {seed}");
    }
}
