//! Comments in random worlds: written, edited, deleted and hidden on both sides, seen late, twice, in the wrong order or
//! not at all, copied by a bridge that crashes between any two steps and forgets. `PROPTEST_CASES` asks for more worlds.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

mod world;

use kanbridge::model::Side;
use kanbridge::sync::rules::Direction;
use proptest::prelude::*;
use proptest::test_runner::RngAlgorithm;
use world::{LATEST, Lost, Op, View, World};

/// A number that is used up digit by digit. One number for each happening: generated and shrunk far faster than a tree
/// of strategies.
struct Digits(u64);

impl Digits {
    fn up_to(&mut self, end: u64) -> u64 {
        let digit = self.0 % end;
        self.0 /= end;
        digit
    }

    fn side(&mut self) -> Side {
        if self.up_to(2) == 0 { Side::Gitlab } else { Side::Trello }
    }

    fn view(&mut self) -> View {
        match self.up_to(9) {
            0..4 => View::Whole,
            4 => View::Unknown,
            _ => View::Part(self.up_to(1 << 16)),
        }
    }

    fn crash(&mut self) -> Option<(usize, Lost)> {
        let lost = match self.up_to(6) {
            0 => Lost::NeverSent,
            1 => Lost::Done,
            2 => Lost::DoneLater(1 + self.up_to(LATEST as u64) as i64),
            _ => return None,
        };
        Some((self.up_to(9) as usize, lost))
    }

    fn op(&mut self) -> Op {
        match self.up_to(22) {
            0..5 => Op::Say { side: self.side(), hidden: self.up_to(5) == 4 },
            5..8 => Op::Edit { side: self.side(), which: self.up_to(9) as usize },
            8 => Op::EditCopy { side: self.side(), which: self.up_to(9) as usize },
            9 => Op::Delete { side: self.side(), which: self.up_to(9) as usize },
            10 => Op::Hide { which: self.up_to(9) as usize },
            11 => Op::Pass { seconds: 1 + self.up_to(60) as i64 },
            12 => Op::Forget { every: 1 + self.up_to(3) as usize },
            13 => Op::Move,
            _ => Op::Turn { notes: self.view(), comments: self.view(), crash: self.crash() },
        }
    }
}

fn config() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let usual = ProptestConfig {
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    };
    if asked { usual } else { ProptestConfig { cases: 20_000, ..usual } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn in_every_world_both_sides_end_telling_the_same(
        happenings in prop::collection::vec(any::<u64>(), 1..24),
        rules in any::<u8>(),
    ) {
        let direction = match rules % 8 {
            0 => Direction::Off,
            1..3 => Direction::Gitlab,
            3 => Direction::Trello,
            _ => Direction::Both,
        };
        let mut world = World::new(direction, rules & 64 != 0);
        let ops: Vec<Op> = happenings.iter().map(|digits| Digits(*digits).op()).collect();
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            ops.iter().for_each(|op| world.step(op));
            world.ends_well();
        }));
        if let Err(why) = told {
            let why = why.downcast_ref::<String>().cloned().unwrap_or_default();
            return Err(TestCaseError::fail(format!("{why}\nin the world of {ops:#?}")));
        }
    }
}
