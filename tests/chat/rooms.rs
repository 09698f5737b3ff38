//! Speaking in rooms: heard in order, once, at the room's pace, calling nobody.

use std::time::Duration;

use kanbridge::chat::{Promise, Unsent};
use kanbridge::model::{CommandRules, Field, Message, RoomKind, Secret, SigningKey, TroubleKind};
use kanbridge::sandbox::chat::{self as look_alike, Fault, Kind, Options};
use serde_json::json;

use crate::world::{CARD, KEY, chat, configured, dev, made, now, servers};

#[tokio::test]
async fn every_kind_of_room_hears_what_is_said_in_order() {
    for kind in Kind::ALL {
        let servers = servers().await;
        let room = dev(&servers, kind);
        room.send("1", &made("Pump rattles"), now()).await.unwrap();
        room.send("2", &Message::text("Valve sticks"), now()).await.unwrap();
        let said = servers.said("dev");
        assert_eq!(said.len(), 2, "{kind:?}");
        assert!(said[0].text.contains("Pump rattles") && said[1].text.contains("Valve sticks"), "{kind:?}: {said:?}");
        assert!(said.iter().all(|said| said.mistakes.is_empty()), "{kind:?}: {said:?}");
    }
}

#[tokio::test]
async fn nobody_is_called_and_nothing_is_mistaken_for_markup_whatever_a_card_is_called() {
    let titles = [
        "@all @here @channel @everyone @room @**all** @_**all**",
        "<!channel> <!here|here> <@U123> <#C1> <!subteam^S1> <users/all> <at>Bo</at>",
        "[click](http://evil.example) <http://evil.example|click> <b>bold</b> <script> & &amp; \"quoted\" 'it'",
        "*a _b ~c `d ```e ||f|| # g > h \\ i",
        "\u{202e}desrever\u{202c} שלום 👩\u{200d}🚀 \u{0} \r\n",
    ];
    for kind in Kind::ALL {
        let servers = look_alike::Chat::start(Options { paced: false, ..Options::default() }).await.unwrap();
        let room = chat(kanbridge::model::Room { per_minute: Some(600), ..configured(&servers.room(kind, "dev")) });
        for (at, title) in titles.iter().enumerate() {
            let fields = vec![Field { name: (*title).to_owned(), value: (*title).to_owned() }];
            room.send(&at.to_string(), &Message { fields, ..made(title) }, now()).await.unwrap();
        }
        for said in servers.said("dev") {
            assert!(said.pings.is_empty() && said.mistakes.is_empty(), "{kind:?}: {said:?}");
        }
    }
}

#[tokio::test]
async fn a_novel_is_cut_to_what_the_room_takes_and_leads_to_the_rest() {
    let novel = "It was a dark & <stormy> night; 😀 the *rain* fell in torrents. ".repeat(400);
    for kind in Kind::ALL {
        let servers = servers().await;
        dev(&servers, kind).send("1", &made(&novel), now()).await.unwrap();
        let said = servers.said("dev").pop().unwrap();
        assert!(said.mistakes.is_empty(), "{kind:?}: {:?}", said.mistakes);
        assert!(said.body.to_string().contains("more"), "{kind:?}: {}", said.text);
        assert!(said.body.to_string().contains(CARD), "{kind:?}");
    }
}

#[tokio::test]
async fn a_room_hears_no_more_than_it_allows_and_the_rest_is_told_when() {
    let servers = servers().await;
    let room = dev(&servers, Kind::Rocketchat);
    for number in 0..10 {
        room.send(&number.to_string(), &made("x"), now()).await.unwrap();
    }
    let Err(Unsent::Later(trouble)) = room.send("10", &made("x"), now()).await else { panic!("ten a minute") };
    let TroubleKind::Wait(wait) = trouble.kind else { panic!("{trouble:?}") };
    assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
    assert_eq!(servers.calls().len(), 10, "Rocket.Chat was not asked an eleventh time");
}

#[tokio::test]
async fn a_short_wait_is_waited() {
    let servers = servers().await;
    let room = dev(&servers, Kind::Slack);
    for number in 0..3 {
        room.send(&number.to_string(), &made("x"), now()).await.unwrap();
    }
    assert!(servers.calls().iter().all(|call| call.status == 200), "one a second, and no refusal");
}

#[tokio::test]
async fn a_pace_of_the_operator_s_own_takes_the_place_of_the_usual_one() {
    let servers = servers().await;
    let view = servers.room(Kind::Mattermost, "dev");
    let room = chat(kanbridge::model::Room { per_minute: Some(2), ..configured(&view) });
    assert_eq!((room.pace().burst, room.pace().per), (2, Duration::from_secs(60)));
    room.send("1", &made("x"), now()).await.unwrap();
    room.send("2", &made("x"), now()).await.unwrap();
    assert!(matches!(room.send("3", &made("x"), now()).await, Err(Unsent::Later(_))));
}

#[tokio::test]
async fn matrix_hears_a_message_once_however_often_it_is_sent() {
    let servers = servers().await;
    let room = dev(&servers, Kind::Matrix);
    assert_eq!(room.promise(), Promise::ExactlyOnce);
    servers.fail_next("dev", Fault::DropAfter);
    assert!(matches!(room.send("0190-a", &made("A"), now()).await, Err(Unsent::Later(_))));
    room.send("0190-a", &made("A"), now()).await.unwrap();
    room.send("0190-b", &made("B"), now()).await.unwrap();
    let ids: Vec<_> = servers.said("dev").into_iter().map(|said| said.id.unwrap()).collect();
    assert_eq!(ids, ["0190-a", "0190-b"]);
    assert_eq!(dev(&servers, Kind::Matrix).promise().to_string(), "exactly once");
}

#[tokio::test]
async fn a_matrix_room_may_be_named_by_its_alias() {
    let servers = servers().await;
    let view = servers.room(Kind::Matrix, "dev");
    let room = chat(kanbridge::model::Room { room: view.alias.clone(), ..configured(&view) });
    room.send("1", &made("A"), now()).await.unwrap();
    room.send("2", &made("B"), now()).await.unwrap();
    assert_eq!(servers.said("dev").len(), 2);
    let unknown = chat(kanbridge::model::Room { room: Some("#none:sandbox".to_owned()), ..configured(&view) });
    let Err(Unsent::Off(sentence)) = unknown.send("1", &made("A"), now()).await else {
        panic!("there is no such room")
    };
    assert!(sentence.contains("room `dev`") && sentence.contains("Room alias not found"), "{sentence}");
}

#[tokio::test]
async fn a_hipchat_room_may_have_any_name() {
    let servers = servers().await;
    for name in ["Dev / Ops", "50% off?", "ä#1"] {
        let view = servers.room(Kind::Hipchat, name);
        chat(configured(&view)).send("1", &made("A"), now()).await.unwrap();
        assert_eq!(servers.said(name).len(), 1, "{name}");
        let with_version =
            kanbridge::model::Room { url: Secret::new(format!("{}/v2/", view.url)), ..configured(&view) };
        chat(with_version).send("1", &made("A"), now()).await.unwrap();
        assert_eq!(servers.said(name).len(), 2, "{name}");
    }
}

#[tokio::test]
async fn what_is_posted_is_signed_and_any_json() {
    let servers = servers().await;
    let view = servers.room(Kind::Webhook, "dev");
    servers.wants_signature("dev", KEY);
    let key = SigningKey::parse(&Secret::new(KEY)).unwrap();
    let room = chat(kanbridge::model::Room { signing_key: Some(key), ..configured(&view) });
    let event = json!({ "type": "activity", "data": { "text": "@all is data here, and stays as it is" } });
    room.post("0190-a", &event, now()).await.unwrap();
    room.send("0190-b", &made("A"), now()).await.unwrap();
    let said = servers.said("dev");
    assert_eq!((said[0].body.clone(), said[0].id.as_deref()), (event.clone(), Some("0190-a")));
    assert_eq!((&said[1].body["url"], said[1].id.as_deref()), (&json!(CARD), Some("0190-b")));
    let unsigned = chat(configured(&view));
    assert!(matches!(unsigned.post("0190-c", &event, now()).await, Err(Unsent::Off(_))), "401 is for good");
    let people = dev(&self::servers().await, Kind::Slack);
    assert!(matches!(people.post("1", &event, now()).await, Err(Unsent::Never(_))));
}

#[tokio::test]
async fn a_template_makes_the_body() {
    let servers = servers().await;
    let view = servers.room(Kind::Webhook, "dev");
    let template =
        r#"{ "text": {{ slack(4000) }}{% if thread %}, "thread": { "threadKey": {{ thread }} }{% endif %} }"#;
    let room = chat(kanbridge::model::Room { template: Some(template.to_owned()), ..configured(&view) });
    room.send("1", &Message { thread: Some("AbCd1234".to_owned()), ..made("A \"B\"") }, now()).await.unwrap();
    let body = servers.said("dev").pop().unwrap().body;
    assert_eq!(
        body,
        json!({ "text": format!("Ana made <{CARD}|A \"B\">\n> A \"B\""), "thread": { "threadKey": "AbCd1234" } })
    );
    let faulty = kanbridge::model::Room { template: Some("{ \"text\": {{ txt() }} }".to_owned()), ..configured(&view) };
    let fault = kanbridge::chat::Chat::new(crate::world::http(), faulty).map(|_| ()).unwrap_err();
    assert!(fault.contains("room `dev`: its template, line 1, column 14"), "{fault}");
}

#[test]
fn a_room_that_cannot_be_spoken_to_is_named_with_the_cure_and_without_its_address() {
    let room = |kind: RoomKind, url: &str, token: Option<&str>, room: Option<&str>| kanbridge::model::Room {
        name: "dev".parse().unwrap(),
        kind,
        url: Secret::new(url),
        token: token.map(Secret::new),
        room: room.map(str::to_owned),
        template: None,
        signing_key: None,
        changes: false,
        per_minute: None,
        commands: CommandRules::default(),
    };
    let fault = |room| kanbridge::chat::Chat::new(crate::world::http(), room).map(|_| ()).unwrap_err();
    let cases = [
        (room(RoomKind::Slack, "hooks.slack.com/services/hunter2", None, None), "its `url` is no address like"),
        (room(RoomKind::Hipchat, "https://x.example/hunter2", None, Some("1")), "needs a `token`"),
        (room(RoomKind::Hipchat, "https://x.example/hunter2", Some("t"), None), "needs `room`"),
        (room(RoomKind::Matrix, "https://x.example/hunter2", Some("t"), Some("dev")), "is no Matrix room"),
        (room(RoomKind::Matrix, "https://x.example/hunter2", Some("a\nb"), Some("!a:b")), "cannot have"),
    ];
    for (room, word) in cases {
        let fault = fault(room);
        assert!(fault.contains(word) && !fault.contains("hunter2"), "{fault}");
    }
    let old = chat(room(RoomKind::Teams, "https://team.webhook.office.com/webhookb2/x", None, None));
    assert!(old.notes()[0].contains("retired"), "{:?}", old.notes());
    let slack = chat(room(RoomKind::Discord, "https://discord.com/api/webhooks/1/x/slack", None, None));
    assert!(slack.notes()[0].contains("`/slack`"), "{:?}", slack.notes());
}

/// The templates that the example file shows, by their rooms.
fn example_templates() -> Vec<(String, String)> {
    let example = include_str!("../../kanbridge.example.toml");
    let lines = example.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect::<Vec<_>>().join("\n");
    let rooms = lines.split("[[room]]").skip(1).filter_map(|room| {
        let name = room.split_once("name = \"")?.1.split_once('"')?.0;
        let template = room.split_once("template = '''")?.1.split_once("'''")?.0;
        Some((name.to_owned(), template.to_owned()))
    });
    rooms.collect()
}

#[tokio::test]
async fn the_templates_of_the_example_file_make_the_bodies_that_their_servers_want() {
    let templates = example_templates();
    let names: Vec<&str> = templates.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["google", "zulip", "telegram"]);
    for (name, template) in &templates {
        let servers = servers().await;
        let view = servers.room(Kind::Webhook, name);
        let room = chat(kanbridge::model::Room { template: Some(template.clone()), ..configured(&view) });
        let title = "@all @**all** <users/all> \"A\" & <b>";
        room.send("1", &Message { thread: Some("AbCd1234".to_owned()), ..made(title) }, now()).await.unwrap();
        let said = servers.said(name).pop().unwrap();
        assert!(said.pings.is_empty(), "{said:?}");
        let thread = match name.as_str() {
            "google" => &said.body["thread"]["threadKey"],
            "zulip" => &said.body["channel"],
            _ => &json!("AbCd1234"),
        };
        assert_eq!(thread, "AbCd1234");
        let text = said.body["text"].as_str().unwrap();
        assert!(text.contains(CARD) && !text.contains("<users/all>"), "{text}");
    }
}
