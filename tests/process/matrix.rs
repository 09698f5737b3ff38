//! The whole bridge and a real Matrix server: what happens on a board is heard exactly once, whenever the process is
//! killed.

use std::time::Duration;

use kanbridge::sandbox::trello::{BoardView, Trello};

use crate::bridge::{Bridge, Folder, trello, variables};
use crate::synapse::{Person, Synapse};

const ACTIVITIES: usize = 10;

/// So many lives are short, and more if not everything has been heard by then.
const KILLS: usize = 24;

/// A board, a room, and the folder of the bridge between them.
struct Stage {
    trello: Trello,
    board: BoardView,
    synapse: Synapse,
    ana: Person,
    room: String,
    folder: Folder,
    variables: Vec<(String, String)>,
}

impl Stage {
    async fn new() -> Self {
        let synapse = Synapse::start((10_000, 10_000)).await;
        let (ana, bot) = (synapse.person("ana").await, synapse.person("bot").await);
        let room = synapse.room(&ana, &bot, "dev").await;
        let (trello, board) = trello(Duration::from_millis(3)).await;
        let folder = Folder::new();
        let mut variables = variables(&folder.0, &trello, &board);
        let more = [
            ("TRELLO_BOARD_ID", board.short_link.as_str()),
            ("TRELLO_POLL_SECONDS", "1"),
            ("MATRIX_URL", synapse.url()),
            ("MATRIX_TOKEN", &bot.token),
            ("MATRIX_ROOM_ID", &room),
            ("RUST_LOG", "info,kanbridge::chat=debug"),
        ];
        variables.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Stage { trello, board, synapse, ana, room, folder, variables }
    }

    async fn bridge(&self) -> Bridge {
        Bridge::start(&self.folder.0, &self.variables).await
    }

    /// The bridge has had its first look at the feed, and written down where it begins.
    async fn first_look(&self) {
        let bridge = self.bridge().await;
        let mut calls = self.trello.counted();
        let looks = || self.trello.calls().iter().filter(|call| call.route == "GET /boards/{id}/actions").count();
        while looks() < 2 {
            calls.changed().await.unwrap();
        }
        bridge.kill().await;
    }

    fn happens(&self, number: usize) {
        self.trello.by("zoe").add_card(&self.board.lists[0], &format!("Card {number}"), "").unwrap();
    }

    /// The numbers of the cards that the room has heard of, in order.
    async fn heard(&self) -> Vec<usize> {
        let number = |body: &str| body.split_once("Card ")?.1.split(' ').next()?.parse().ok();
        let said = self.synapse.said(&self.ana, &self.room).await;
        let bodies = said.iter().map(|event| event["content"]["body"].as_str().unwrap());
        bodies.map(|body| number(body).unwrap_or_else(|| panic!("{body}"))).collect()
    }
}

/// Lives until the room has just been spoken to, which is not written down yet, or until `life` is over.
async fn lives(bridge: &mut Bridge, life: Duration, until_it_speaks: bool) {
    let living = async {
        while let Some(line) = bridge.next_line_whenever().await {
            if until_it_speaks && line.contains("spoke in a room") {
                return;
            }
        }
    };
    // Either way it is killed now.
    let _ = tokio::time::timeout(life, living).await;
}

#[tokio::test]
#[ignore = "needs Synapse"]
async fn a_real_matrix_room_hears_ten_activities_once_however_often_the_bridge_is_killed() {
    let stage = Stage::new().await;
    stage.first_look().await;
    let mut dice = 0x2545_f491_4f6c_dd1d_u64;
    let mut kills = 0;
    while kills < KILLS || stage.heard().await.len() < ACTIVITIES {
        assert!(kills < 5 * KILLS, "only {:?} were heard in {kills} lives", stage.heard().await);
        let mut bridge = stage.bridge().await;
        if kills < ACTIVITIES {
            stage.happens(kills);
        }
        let life = Duration::from_micros(roll(&mut dice) % 3_000_000);
        lives(&mut bridge, life, kills % 2 == 0).await;
        bridge.kill().await;
        kills += 1;
    }
    // What happens last is heard last, so nothing of the ten is still to come.
    let mut bridge = stage.bridge().await;
    stage.happens(ACTIVITIES);
    let expected: Vec<usize> = (0..=ACTIVITIES).collect();
    for _ in 0..60 {
        if stage.heard().await.len() > ACTIVITIES {
            break;
        }
        bridge.next_line().await;
    }
    assert_eq!(stage.heard().await, expected, "after {kills} kills");
    bridge.kill().await;
}

/// The next number of a fixed sequence (xorshift), so that a failure can be repeated.
fn roll(dice: &mut u64) -> u64 {
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    *dice
}
