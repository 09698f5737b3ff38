//! Our rooms against a real Matrix server.

use std::time::Duration;

use kanbridge::chat::{Chat, Unsent};
use kanbridge::model::{CommandRules, Message, Room, RoomKind, Secret, TroubleKind};

use crate::synapse::{Person, Synapse};
use crate::world::{made, now};

fn room(synapse: &Synapse, bot: &Person, room: &str) -> Chat {
    let room = Room {
        name: "dev".parse().unwrap(),
        kind: RoomKind::Matrix,
        url: Secret::new(synapse.url()),
        token: Some(Secret::new(&bot.token)),
        room: Some(room.to_owned()),
        template: None,
        signing_key: None,
        changes: false,
        per_minute: None,
        commands: CommandRules::default(),
    };
    let http = kanbridge::net::Http::new(&kanbridge::net::HttpOptions {
        timeout: Duration::from_secs(15),
        authorities: None,
        proxy: kanbridge::net::ProxyOptions::default(),
    });
    Chat::new(http.unwrap(), room).unwrap()
}

#[tokio::test]
#[ignore = "needs Synapse"]
async fn a_real_matrix_room_hears_each_message_once_however_often_it_is_sent() {
    let synapse = Synapse::start((10_000, 10_000)).await;
    let (ana, bot) = (synapse.person("ana").await, synapse.person("bot").await);
    let id = synapse.room(&ana, &bot, "dev").await;
    for number in 0..10 {
        let message = made(&format!("card {number} @room"));
        // A process that crashed has forgotten everything but the id.
        for name in [id.as_str(), "#dev:localhost", &id] {
            room(&synapse, &bot, name).send(&format!("0190-{number}"), &message, now()).await.unwrap();
        }
    }
    let said = synapse.said(&ana, &id).await;
    let bodies: Vec<&str> = said.iter().filter_map(|event| event["content"]["body"].as_str()).collect();
    assert_eq!(bodies.len(), 10, "{bodies:#?}");
    for (number, body) in bodies.iter().enumerate() {
        assert!(body.contains(&format!("card {number} ")), "in order: {bodies:#?}");
    }
    assert_eq!(said[0]["content"]["msgtype"], "m.notice");
    assert_eq!(said[0]["content"]["m.mentions"], serde_json::json!({}));
}

#[tokio::test]
#[ignore = "needs Synapse"]
async fn a_real_matrix_server_is_understood_when_it_refuses() {
    let synapse = Synapse::start((1, 3)).await;
    let (ana, bot, stranger) = (synapse.person("ana").await, synapse.person("bot").await, synapse.person("eve").await);
    let id = synapse.room(&ana, &bot, "dev").await;
    let dev = room(&synapse, &bot, &id);
    let novel = Message::text("It was a dark & <stormy> night. 😀 ".repeat(2_000));
    dev.send("long", &novel, now()).await.unwrap();
    let mut last = Ok(());
    for number in 0..20 {
        last = dev.send(&number.to_string(), &made("x"), now()).await;
        if last.is_err() {
            break;
        }
    }
    let Err(Unsent::Later(trouble)) = last else { panic!("twenty at once: {last:?}") };
    assert!(matches!(trouble.kind, TroubleKind::Wait(span) if span < Duration::from_secs(10)), "{trouble:?}");
    let not_there = room(&synapse, &stranger, &id).send("1", &made("x"), now()).await;
    assert!(matches!(&not_there, Err(Unsent::Off(sentence)) if sentence.contains("joined")), "{not_there:?}");
    let bad = Person { id: bot.id.clone(), token: "no-such-token".to_owned() };
    let refused = room(&synapse, &bad, &id).send("1", &made("x"), now()).await;
    assert!(matches!(&refused, Err(Unsent::Off(sentence)) if sentence.contains("M_UNKNOWN_TOKEN")), "{refused:?}");
    let nowhere = room(&synapse, &bot, "#nowhere:localhost").send("1", &made("x"), now()).await;
    assert!(matches!(nowhere, Err(Unsent::Off(_))), "{nowhere:?}");
}
