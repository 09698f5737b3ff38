//! `kill -9` between any two steps of a two-way route: every issue ends with one card and every card with one issue, and
//! what one side alone changed is on both.

use std::collections::BTreeMap;
use std::time::Duration;

use kanbridge::sandbox::gitlab::NewHook;
use kanbridge::sandbox::trello::CardView;
use kanbridge::sync::face;

use crate::bridge::{Bridge, SECRET};
use crate::town::{Town, Variables};

const KILLS: u64 = 50;

/// What people have done, as it should be in the end.
#[derive(Default)]
struct Wanted {
    opened: usize,
    /// Cards made by hand, by id.
    made: Vec<String>,
    /// Titles that issues were given, by number.
    titles: BTreeMap<i64, String>,
    /// Whether the card stands on the closed list, by id.
    closed: BTreeMap<String, bool>,
    words: usize,
}

fn variables(town: &Town) -> Variables {
    let route = format!(
        "[[route]]\nproject = \"team/app\"\nboard = \"{}\"\nsync = \"two-way\"\ncreate_issues = true\n\
         [[route.column]]\nlist = \"To do\"\nholds = \"opened\"\n\
         [[route.column]]\nlist = \"Done\"\nholds = \"closed\"\n",
        town.board.short_link
    );
    let file = town.folder.0.join("kanbridge.toml");
    std::fs::write(&file, route).unwrap();
    let mut variables = town.whole_but("TRELLO_LIST_ID", "");
    variables.push(("KANBRIDGE_CONFIG".to_owned(), file.display().to_string()));
    variables.push(("TRELLO_POLL_SECONDS".to_owned(), "1".to_owned()));
    variables
}

impl Town {
    fn all(&self) -> Vec<CardView> {
        self.trello.cards(&self.board.id)
    }

    /// Somebody does something on either side.
    fn happens(&self, wanted: &mut Wanted, dice: &mut u64) {
        let (root, zoe) = (self.gitlab.by("root"), self.trello.by("zoe"));
        wanted.words += 1;
        let word = format!("word {}", wanted.words);
        let cards: Vec<CardView> =
            self.all().into_iter().filter(|card| face::issue_number(&card.name).is_some()).collect();
        match roll(dice) % 5 {
            0 => {
                root.opens(self.project, &word, "It is cold.").unwrap();
                wanted.opened += 1;
            }
            1 => wanted.made.push(zoe.add_card(&self.board.lists[0], &word, "By hand.").unwrap()),
            2 | 3 if !cards.is_empty() => {
                let card = &cards[usize::try_from(roll(dice)).unwrap_or(0) % cards.len()];
                let closes = roll(dice).is_multiple_of(2);
                zoe.move_card(&card.id, &self.board.lists[if closes { 2 } else { 0 }]).unwrap();
                wanted.closed.insert(card.id.clone(), closes);
            }
            _ => {
                let there = (1..).take_while(|iid| self.gitlab.issue(self.project, *iid).is_some()).count();
                let Some(iid) = (there > 0).then(|| 1 + i64::try_from(roll(dice) % there as u64).unwrap()) else {
                    return;
                };
                root.retitles(self.project, iid, &word).unwrap();
                wanted.titles.insert(iid, word);
            }
        }
    }

    /// What is not yet as it should be.
    fn odd(&self, wanted: &Wanted) -> Vec<String> {
        let (cards, mut odd) = (self.all(), Vec::new());
        let issues: Vec<_> = (1..).map_while(|iid| self.gitlab.issue(self.project, iid).map(|i| (iid, i))).collect();
        if issues.len() != wanted.opened + wanted.made.len() || cards.len() != issues.len() {
            odd.push(format!("{} issues, {} cards", issues.len(), cards.len()));
        }
        for (iid, issue) in &issues {
            let title = wanted.titles.get(iid).unwrap_or(&issue.title);
            let name = face::name(*iid, title);
            let mine: Vec<&CardView> =
                cards.iter().filter(|card| face::issue_number(&card.name) == Some(*iid)).collect();
            let [card] = mine.as_slice() else {
                odd.push(format!("issue {iid} has {} cards", mine.len()));
                continue;
            };
            let stands_closed = card.list == self.board.lists[2];
            let closed = wanted.closed.get(&card.id).copied().unwrap_or(false);
            if card.name != name || issue.title != *title || stands_closed != closed || issue.closed != closed {
                odd.push(format!("{name}: {} closed {} {stands_closed}, not {closed}", card.name, issue.closed));
            }
        }
        odd
    }
}

#[tokio::test]
async fn killed_between_any_two_steps_both_sides_end_the_same_and_nothing_is_there_twice() {
    let town = Town::new().await;
    let variables = variables(&town);
    town.gitlab.add_hook(town.project, &NewHook { url: &town.hook_url(), token: Some(SECRET), ..NewHook::default() });
    let first = Bridge::start(&town.folder.0, &variables).await;
    // From the first look at the feed on, cards become issues; with the second, the first one has been written down.
    let mut calls = town.trello.counted();
    let looks = || town.trello.calls().iter().filter(|call| call.route == "GET /boards/{id}/actions").count();
    while looks() < 2 {
        calls.changed().await.unwrap();
    }
    let (mut wanted, mut dice) = (Wanted::default(), 0x2545_f491_4f6c_dd1d_u64);
    let mut bridge = first;
    for _ in 0..KILLS {
        for _ in 0..roll(&mut dice) % 4 {
            town.happens(&mut wanted, &mut dice);
        }
        let life = Duration::from_micros(roll(&mut dice) % 500_000);
        // It works until the instant of the kill.
        let _ = tokio::time::timeout(life, async { while bridge.next_line().await.is_some() {} }).await;
        bridge.kill().await;
        town.happens(&mut wanted, &mut dice);
        bridge = Bridge::start(&town.folder.0, &variables).await;
    }
    let done = bridge.until(Duration::from_secs(240), || town.odd(&wanted).is_empty()).await;
    assert!(done, "{:#?}", town.odd(&wanted));
    assert!(wanted.made.len() > 10 && wanted.opened > 10 && wanted.closed.len() > 5, "too little has happened");
    bridge.kill().await;
}

/// The next number of a fixed sequence (xorshift), so that a failure can be repeated.
fn roll(dice: &mut u64) -> u64 {
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    *dice
}
