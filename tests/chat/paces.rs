//! Each kind of room at the pace that its server allows, and no faster.

use kanbridge::chat::{Chat, Unsent};
use kanbridge::model::TroubleKind;
use kanbridge::sandbox::chat::Kind;

use crate::world::{dev, made, now, servers};

/// The most that a server hears at once, or in a minute.
fn burst(kind: Kind) -> usize {
    match kind {
        Kind::Hipchat | Kind::Discord => 30,
        Kind::Rocketchat | Kind::Mattermost | Kind::Matrix | Kind::Webhook => 10,
        Kind::Slack => 1,
        Kind::Teams => 4,
    }
}

/// Says a message, and lets time pass where it has to wait.
async fn says(room: &Chat, id: usize) {
    while let Err(unsent) = room.send(&id.to_string(), &made("x"), now()).await {
        let Unsent::Later(trouble) = unsent else { panic!("{unsent}") };
        let TroubleKind::Wait(span) = trouble.kind else { panic!("{trouble}") };
        tokio::time::pause();
        tokio::time::advance(span).await;
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_burst_and_one_more_are_heard_by_every_kind_of_room_without_a_refusal() {
    for kind in Kind::ALL {
        let servers = servers().await;
        let room = dev(&servers, kind);
        let messages = burst(kind) + 1;
        for message in 0..messages {
            says(&room, message).await;
        }
        let calls = servers.calls();
        let refused: Vec<u16> = calls.iter().map(|call| call.status).filter(|status| *status >= 300).collect();
        assert!(calls.len() == messages && refused.is_empty(), "{kind:?}: {refused:?}");
        assert_eq!(servers.said("dev").len(), messages, "{kind:?}");
    }
}
