//! The rooms' doors and who answers there, made of the configuration.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::commands::{Commands, KnownBoard, Place, Setup};
use crate::config::Config;
use crate::model::RoomName;
use crate::store::Store;
use crate::sync::rules::{Holds, ProjectPattern, Route};
use crate::web::{BodyLimits, ChatDoor};
use crate::worker::Worker;

/// What people type is short; the longest Slack takes is 4,000 characters, and Mattermost 16,383.
const LONGEST: usize = 64 << 10;

/// Questions in hand at once; whoever asks beyond that is told to ask again.
const PLACES: usize = 64;

pub(super) fn door(config: &Config, store: &Store, worker: &Worker, clock: Clock) -> ChatDoor {
    let commands = Commands::new(Setup {
        store: store.clone(),
        clock: clock.clone(),
        accounts: worker.accounts(),
        boards: boards(config),
        scripts: worker.scripts(),
        opens_issues: config.gitlab.token.is_some(),
        patience: config.limits.answer,
    });
    ChatDoor {
        rooms: config.rooms.iter().map(|room| (room.name.clone(), Arc::new(room.clone()))).collect(),
        commands,
        limits: BodyLimits::new(LONGEST, config.limits.patience, 2 * PLACES * LONGEST),
        clock,
        places: Semaphore::new(PLACES),
    }
}

/// The boards that routes and relays name.
fn boards(config: &Config) -> Vec<KnownBoard> {
    let routed = config.routes.iter().filter_map(routed);
    let relayed = config.relays.iter().map(|relay| KnownBoard {
        account: relay.account.clone(),
        place: Place::Board(relay.board.clone()),
        routed: false,
        opened: None,
        done: None,
        project: None,
        two_way: false,
        rooms: relay.rooms.clone(),
    });
    routed.chain(relayed).collect()
}

fn routed(route: &Route) -> Option<KnownBoard> {
    let list_of = |holds: &Holds| route.columns.iter().find(|column| column.holds == *holds).map(|c| c.list.clone());
    let place = match &route.board {
        Some(board) => Place::Board(board.clone()),
        None => Place::OfList(route.columns.first()?.list.parse().ok()?),
    };
    let project = match &route.project {
        ProjectPattern::Id(id) => Some(id.to_string()),
        ProjectPattern::Path(path) => Some(path.clone()),
        ProjectPattern::Any | ProjectPattern::Group(_) => None,
    };
    Some(KnownBoard {
        account: route.account.clone(),
        place,
        routed: true,
        opened: list_of(&Holds::Opened),
        done: list_of(&Holds::Closed),
        project,
        two_way: route.fields.any_from_trello(),
        rooms: Vec::<RoomName>::new(),
    })
}
