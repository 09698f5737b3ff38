//! How fast each kind of room is spoken to where nobody says otherwise.

use std::time::Duration;

use super::allowance::paces;
use crate::model::{CommandRules, Room, RoomKind, Secret};

fn room(kind: RoomKind) -> Room {
    Room {
        name: "dev".parse().unwrap(),
        kind,
        url: Secret::new("http://h"),
        token: None,
        room: None,
        template: None,
        signing_key: None,
        changes: false,
        per_minute: None,
        commands: CommandRules::default(),
    }
}

#[test]
fn each_kind_of_room_has_the_pace_that_its_server_allows() {
    // Messages, and seconds: what the servers' documents say, and where they leave it to their owners what we ask of ourselves.
    let table: [(RoomKind, &[(u32, u64)]); 8] = [
        (RoomKind::Hipchat, &[(30, 60)]),
        (RoomKind::Rocketchat, &[(10, 60)]),
        (RoomKind::Slack, &[(1, 1)]),
        (RoomKind::Mattermost, &[(10, 1)]),
        (RoomKind::Discord, &[(5, 2), (30, 60)]),
        (RoomKind::Teams, &[(4, 1)]),
        (RoomKind::Matrix, &[(10, 1)]),
        (RoomKind::Webhook, &[(10, 1)]),
    ];
    assert_eq!(table.map(|(kind, _)| kind), RoomKind::ALL, "every kind");
    for (kind, expected) in table {
        let paces: Vec<(u32, Duration)> = paces(&room(kind)).iter().map(|pace| (pace.burst, pace.per)).collect();
        let expected: Vec<(u32, Duration)> = expected.iter().map(|(n, s)| (*n, Duration::from_secs(*s))).collect();
        assert_eq!(paces, expected, "{kind}");
    }
}
