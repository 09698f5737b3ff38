//! A room's address is its key: it stands in no sentence and in no log.

use kanbridge::sandbox::chat::{Fault, Kind};

use crate::world::{chat, configured, dev, log, made, now, servers};

#[tokio::test]
async fn no_address_and_no_token_is_ever_told() {
    let mut told = String::new();
    for kind in Kind::ALL {
        let servers = servers().await;
        let room = dev(&servers, kind);
        told.push_str(&format!("{room:?}"));
        for fault in [Fault::DropBefore, Fault::Answer(500, "Cannot POST /hooks/dev/sandbox-key-of-dev?a=b")] {
            servers.fail_next("dev", fault);
            told.push_str(&room.send("1", &made("A"), now()).await.unwrap_err().to_string());
        }
        let mut elsewhere = configured(&servers.room(kind, "dev"));
        elsewhere.url = kanbridge::model::Secret::new(format!("{}/x", elsewhere.url.expose()));
        told.push_str(
            &chat(elsewhere).send("1", &made("A"), now()).await.map_or_else(|e| e.to_string(), |()| String::new()),
        );
        let mut unheard = configured(&servers.room(kind, "dev"));
        unheard.url = kanbridge::model::Secret::new(unheard.url.expose().replacen("127.0.0.1", "127.0.0.9", 1));
        told.push_str(&chat(unheard).send("2", &made("A"), now()).await.unwrap_err().to_string());
    }
    assert!(told.contains("room `dev`") && told.contains("Cannot POST"), "{told}");
    // Of all tests so far.
    let log = log();
    assert!(log.contains("spoke in a room"), "{log}");
    for (what, text) in [("an error", told), ("the log", log)] {
        let found = text.find("sandbox-key").map(|at| &text[at.saturating_sub(200)..(at + 40).min(text.len())]);
        assert_eq!(found, None, "{what}");
    }
}
