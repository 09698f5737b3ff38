//! What each server answers, and what we make of it.

use std::time::Duration;

use kanbridge::chat::Unsent;
use kanbridge::model::{Done, Secret, TroubleKind};
use kanbridge::sandbox::chat::{Fault, Kind};

use crate::world::{chat, configured, dev, made, now, servers};

fn waits(unsent: Result<(), Unsent>) -> Duration {
    match unsent {
        Err(Unsent::Later(trouble)) => match trouble.kind {
            TroubleKind::Wait(span) => span,
            _ => panic!("{trouble:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn wait_is_understood_in_every_server_s_words_and_kept() {
    for kind in Kind::ALL {
        let servers = servers().await;
        let room = dev(&servers, kind);
        servers.busy_next("dev", Duration::from_millis(7_400));
        let wait = waits(room.send("1", &made("A"), now()).await);
        // Teams says no time; some round up, and an epoch is a second wide.
        let most = if kind == Kind::Teams { 12 } else { 9 };
        assert!(wait >= Duration::from_millis(7_300) && wait <= Duration::from_secs(most), "{kind:?}: {wait:?}");
        assert!(
            waits(room.send("1", &made("A"), now()).await) > Duration::from_secs(6),
            "{kind:?}: it goes on waiting"
        );
        assert_eq!(servers.calls().len(), 1, "{kind:?}: and does not ask meanwhile");
    }
}

#[tokio::test]
async fn a_short_refusal_is_followed_by_the_message() {
    let servers = servers().await;
    let room = dev(&servers, Kind::Matrix);
    servers.busy_next("dev", Duration::from_millis(300));
    waits(room.send("1", &made("A"), now()).await);
    room.send("1", &made("A"), now()).await.unwrap();
    assert_eq!(servers.said("dev").len(), 1);
}

#[tokio::test]
async fn a_room_that_is_gone_is_switched_off_with_a_cure() {
    for kind in Kind::ALL {
        let servers = servers().await;
        let room = dev(&servers, kind);
        servers.close("dev", true);
        let Err(Unsent::Off(sentence)) = room.send("1", &made("A"), now()).await else { panic!("{kind:?} is gone") };
        assert!(sentence.starts_with("room `dev`: ") && sentence.contains('?'), "{sentence}");
        assert_eq!(servers.calls().len(), 1, "{kind:?}: a plainer message would not help");
    }
}

#[tokio::test]
async fn a_wrong_key_is_a_refusal_for_good() {
    for kind in Kind::ALL {
        let servers = servers().await;
        let mut room = configured(&servers.room(kind, "dev"));
        room.url = Secret::new(room.url.expose().replace("sandbox-key-of-dev", "sandbox-key-of-nobody"));
        room.token = room.token.map(|_| Secret::new("sandbox-key-of-nobody"));
        let said = chat(room).send("1", &made("A"), now()).await;
        let Err(Unsent::Off(sentence)) = said else { panic!("{kind:?}: {said:?}") };
        assert!(!sentence.contains("sandbox-key-of-nobody"), "{sentence}");
    }
}

#[tokio::test]
async fn a_message_that_is_not_understood_is_said_once_more_in_plain_words() {
    for kind in
        [Kind::Hipchat, Kind::Rocketchat, Kind::Slack, Kind::Mattermost, Kind::Discord, Kind::Matrix, Kind::Webhook]
    {
        let servers = servers().await;
        let room = dev(&servers, kind);
        servers.fail_next("dev", Fault::Answer(400, "invalid_blocks"));
        room.send("1", &made("Pump rattles"), now()).await.unwrap();
        assert!(servers.said("dev")[0].text.contains("Ana made Pump rattles"), "{kind:?}");
        servers.fail_next("dev", Fault::Answer(400, "invalid_blocks"));
        servers.fail_next("dev", Fault::Answer(400, "invalid_blocks"));
        let said = room.send("2", &made("Pump rattles"), now()).await;
        assert!(
            matches!(&said, Err(Unsent::Never(sentence)) if sentence.contains("invalid_blocks")),
            "{kind:?}: {said:?}"
        );
        assert_eq!(servers.said("dev").len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_may_mean_that_the_room_has_heard() {
    let faults = [
        (Fault::Answer(500, "oops"), 0),
        (Fault::Answer(503, "oops"), 0),
        (Fault::TimeoutBefore, 0),
        (Fault::TimeoutAfter, 1),
        (Fault::DropBefore, 0),
        (Fault::DropAfter, 1),
    ];
    for (fault, heard) in faults {
        let servers = servers().await;
        let room = dev(&servers, Kind::Mattermost);
        servers.fail_next("dev", fault.clone());
        let Err(Unsent::Later(trouble)) = room.send("1", &made("A"), now()).await else { panic!("{fault:?}") };
        assert_eq!((trouble.kind, trouble.done), (TroubleKind::Down, Done::Perhaps), "{fault:?}");
        assert_eq!(servers.said("dev").len(), heard, "{fault:?}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_has_heard_nothing() {
    let servers = servers().await;
    let room = dev(&servers, Kind::Slack);
    drop(servers);
    let Err(Unsent::Later(trouble)) = room.send("1", &made("A"), now()).await else { panic!("nobody is there") };
    assert_eq!((trouble.kind, trouble.done), (TroubleKind::Down, Done::No), "{}", trouble.sentence);
}

#[tokio::test]
async fn an_answer_that_does_not_say_so_is_no_success() {
    let servers = servers().await;
    for (name, kind, text) in [
        ("a", Kind::Rocketchat, r#"{"success":false,"error":"some trouble"}"#),
        ("b", Kind::Matrix, "{}"),
        ("c", Kind::Rocketchat, "<html>Log in</html>"),
    ] {
        let room = chat(configured(&servers.room(kind, name)));
        servers.fail_next(name, Fault::Answer(200, text));
        servers.fail_next(name, Fault::Answer(200, text));
        assert!(room.send("1", &made("A"), now()).await.is_err(), "{text}");
    }
    let room = chat(configured(&servers.room(Kind::Webhook, "d")));
    servers.fail_next("d", Fault::Answer(301, "moved"));
    let Err(Unsent::Off(sentence)) = room.send("1", &made("A"), now()).await else { panic!("a redirect") };
    assert!(sentence.contains("leads elsewhere"), "{sentence}");
}

#[tokio::test]
async fn the_words_of_rocket_chat_s_limit_count_whatever_the_status() {
    let servers = servers().await;
    let room = dev(&servers, Kind::Rocketchat);
    let text = r#"{"success":false,"error":"Error, too many requests. Please slow down. You must wait 42 seconds before trying this endpoint again. [error-too-many-requests]"}"#;
    servers.fail_next("dev", Fault::Answer(400, text));
    assert_eq!(waits(room.send("1", &made("A"), now()).await), Duration::from_secs(42));
}
