//! A team's own code hears: scripts what happens on boards, scripts and signed webhooks what the bridge changes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use kanbridge::config::Config;
use kanbridge::model::{Dest, Room, RoomKind, Secret, SigningKey};
use kanbridge::sandbox::chat::{Chat, Kind, Options, Said};
use kanbridge::sandbox::gitlab::Clock;
use kanbridge::sync::discretion::Confidential;
use kanbridge::sync::rules::Direction;
use serde_json::{Value, json};

use crate::comments::{edited, hears, internal, note};
use crate::relay::{adds, looks, relayed};
use crate::repair::in_time;
use crate::room::Listener;
use crate::stories;
use crate::two_way::{House, POLL};
use crate::wishing::{asked_in, types};
use crate::world::World;

/// Longer than a script is left alone after a failure.
const LONG: Duration = Duration::from_secs(121);

/// A signing key of Standard Webhooks.
pub(crate) const KEY: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A folder of scripts; gone when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("kanbridge-ears-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.0.join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A script that keeps what it hears; `test` runs before, with the question in `$asked`.
    fn listens(&self, name: &str, kinds: &str, test: &str) {
        let text = format!(
            "#!/bin/sh\n# kanbridge: hears {kinds}\nasked=$(cat)\necho x >> .runs-{name}\n{test}\n\
             printf '%s\\n' \"$asked\" >> .heard-{name}\n"
        );
        self.write(name, &text);
    }

    /// What a script has heard, in order.
    fn heard(&self, name: &str) -> Vec<Value> {
        let lines = fs::read_to_string(self.0.join(format!(".heard-{name}"))).unwrap_or_default();
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone()).collect()
    }

    /// The cards that a script has heard of.
    fn cards(&self, name: &str) -> Vec<String> {
        self.heard(name).iter().map(|event| event["data"]["card"]["name"].as_str().unwrap().to_owned()).collect()
    }

    /// How often a script was run.
    fn runs(&self, name: &str) -> usize {
        fs::read_to_string(self.0.join(format!(".runs-{name}"))).unwrap_or_default().lines().count()
    }

    fn is_of(&self, config: &mut Config) {
        config.integrations.folder = self.0.clone();
        // The stories' own binary would not know how to become a script.
        config.integrations.launcher = env!("CARGO_BIN_EXE_kanbridge").into();
    }
}

/// What became of the newest activity of a card and a kind, at a script.
async fn outcome(world: &World, card: &str, kind: &str, script: &str) -> (String, String) {
    let kept = world.store.activities(None, 100).await.unwrap();
    let found = kept.into_iter().find(|kept| kept.kind == kind && kept.payload.contains(card)).unwrap();
    let (_, outcomes) = world.store.activity(&found.id).await.unwrap().unwrap();
    let of_it = outcomes.into_iter().find(|outcome| outcome.dest == format!("script/{script}")).unwrap();
    (of_it.said, of_it.reason)
}

/// A room of kind `webhook` that wants signatures and is told of changes.
async fn signals(key: &str) -> (Chat, Room) {
    let servers = Chat::start(Options { paced: false, tolerance: None, ..Options::default() }).await.unwrap();
    let view = servers.room(Kind::Webhook, "signals");
    servers.wants_signature("signals", KEY);
    let signing_key = Some(SigningKey::parse(&Secret::new(key)).unwrap());
    let listener = Listener::start().await;
    let url = Secret::new(&*view.url);
    let room = Room { kind: RoomKind::Webhook, url, signing_key, changes: true, ..listener.room("signals") };
    (servers, room)
}

/// What was changed and which fields, in order.
fn told(said: Vec<Said>) -> Vec<(String, Value)> {
    let told = said.into_iter().map(|said| said.body);
    told.map(|body| (body["what"].as_str().unwrap_or("?").to_owned(), body["fields"].clone())).collect()
}

stories! {
    async fn a_script_hears_what_it_asked_for_once_in_order_across_a_restart(mut_world: World) {
        let mut world = mut_world;
        let (room, folder) = (Listener::start().await, Folder::new());
        folder.listens("tell", "createCard,updateCard:idList", "");
        folder.is_of(&mut world.config);
        adds(&world, "Long ago");
        relayed(&mut world, &[("dev", &room)]).await;
        let card = adds(&world, "Boiler");
        world.trello.by("zoe").comment(&card, "It is cold").unwrap();
        world.trello.by("zoe").move_card(&card, &world.board.lists[2]).unwrap();
        world.later(POLL).await;
        world.restarts(|_| {}).await;
        looks(&world).await;
        world.restarts(|_| {}).await;
        looks(&world).await;
        let heard: Vec<Value> = folder.heard("tell").into_iter().map(|event| event["type"].clone()).collect();
        assert_eq!(heard, ["createCard", "updateCard"]);
        assert_eq!(room.heard().len(), 3, "the room is told as ever");
        assert_eq!(outcome(&world, "Boiler", "createCard", "tell").await.0, "told");
        let (said, why) = outcome(&world, "Boiler", "commentCard", "tell").await;
        assert_eq!((&*said, &*why), ("not told", "it hears createCard, updateCard:idList"));
    }

    async fn what_a_script_keeps_counts_everything_once(mut_world: World) {
        let mut world = mut_world;
        let (room, folder) = (Listener::start().await, Folder::new());
        folder.write("count.py", "# kanbridge: hears all\ndef on_activity(activity, storage, log):\n    \
                                  storage[activity.type] = storage.get(activity.type, 0) + 1\n");
        folder.is_of(&mut world.config);
        relayed(&mut world, &[("dev", &room)]).await;
        for card in 0..3 {
            adds(&world, &format!("Card {card}"));
        }
        looks(&world).await;
        looks(&world).await;
        let kept = world.store.storage("count").await.unwrap();
        assert_eq!(Value::Object(kept.document), json!({ "createCard": 3 }));
    }

    async fn a_failing_script_is_tried_again_then_skipped_and_delays_nobody(mut_world: World) {
        let mut world = mut_world;
        let (room, folder) = (Listener::start().await, Folder::new());
        folder.listens("fails", "createCard", "case $asked in *Boiler*) exit 1;; esac");
        folder.listens("tells", "createCard", "");
        folder.is_of(&mut world.config);
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Boiler");
        adds(&world, "Pump");
        looks(&world).await;
        assert_eq!((folder.cards("tells"), room.heard().len()), (vec!["Boiler".to_owned(), "Pump".to_owned()], 2));
        assert_eq!((folder.runs("fails"), outcome(&world, "Pump", "createCard", "fails").await.0), (1, "waiting".to_owned()));
        world.restarts(|_| {}).await;
        for _ in 0..6 {
            world.later(LONG).await;
        }
        assert_eq!((folder.runs("fails"), folder.cards("fails")), (6, vec!["Pump".to_owned()]), "five times, then the next");
        let (said, why) = outcome(&world, "Boiler", "createCard", "fails").await;
        assert!(said == "not told" && why.starts_with("it failed 5 times: `fails` did not work, see log ref"), "{why}");
    }

    async fn a_script_that_failed_for_a_while_hears_everything_in_order(mut_world: World) {
        let mut world = mut_world;
        let (room, folder) = (Listener::start().await, Folder::new());
        folder.listens("tells", "createCard", "test -e .well || exit 1");
        folder.is_of(&mut world.config);
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Boiler");
        adds(&world, "Pump");
        looks(&world).await;
        assert_eq!(folder.cards("tells"), Vec::<String>::new());
        fs::write(folder.0.join(".well"), "").unwrap();
        world.later(LONG).await;
        assert_eq!(folder.cards("tells"), ["Boiler", "Pump"]);
    }

    async fn scripts_come_and_go_without_a_restart_and_a_two_way_board_needs_no_relay(mut_world: World) {
        let mut world = mut_world;
        let folder = Folder::new();
        folder.is_of(&mut world.config);
        let house = House::of(world).await;
        house.opens("Boiler is cold").await;
        folder.listens("tells", "updateCard:name", "");
        let rename = |name: &str| house.world.trello.by("zoe").rename_card(&house.card().id, name).unwrap();
        rename("[ ISSUE 1 ] Boiler is hot");
        house.looks().await;
        house.looks().await;
        assert_eq!(folder.cards("tells"), ["[ ISSUE 1 ] Boiler is hot"]);
        fs::remove_file(folder.0.join("tells")).unwrap();
        rename("[ ISSUE 1 ] Boiler is warm");
        house.looks().await;
        house.looks().await;
        folder.listens("tells", "updateCard:name", "");
        house.looks().await;
        assert_eq!(folder.cards("tells").len(), 1, "it was not there when that happened");
    }

    async fn what_was_decided_for_a_script_can_be_told_again(mut_world: World) {
        let mut world = mut_world;
        let (room, folder) = (Listener::start().await, Folder::new());
        folder.listens("tells", "all", "");
        folder.is_of(&mut world.config);
        relayed(&mut world, &[("dev", &room)]).await;
        adds(&world, "Boiler");
        looks(&world).await;
        let newest = world.store.activities(None, 1).await.unwrap().remove(0);
        let dest: Dest = "script/tells".parse().unwrap();
        assert!(world.store.replay(&newest.id, Some(&dest)).await.unwrap());
        looks(&world).await;
        assert_eq!((folder.cards("tells").len(), room.heard().len()), (2, 1));
    }

    async fn every_change_is_posted_signed_and_handed_to_scripts_that_want_it(mut_world: World) {
        let mut world = mut_world;
        let folder = Folder::new();
        folder.listens("changes", "changes", "");
        folder.is_of(&mut world.config);
        let (servers, room) = signals(KEY).await;
        world.config.rooms = vec![room];
        let house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.by("ana").retitles(house.project, iid, "Boiler is hot").unwrap();
        house.rests().await;
        house.world.trello.by("zoe").rename_card(&house.card().id, "[ ISSUE 1 ] Boiler is warm").unwrap();
        house.looks().await;
        house.world.trello.by("zoe").comment(&house.card().id, "I looked.").unwrap();
        house.looks().await;
        let heard = servers.said("signals");
        let first = &heard[0].body;
        assert_eq!((&first["type"], &first["issue"]["iid"], &first["issue"]["path"]), (&json!("change"), &json!(iid), &json!("team/app")));
        assert_eq!(first["card"]["id"], json!(house.card().id));
        assert_eq!(heard[0].id.as_deref(), first["id"].as_str(), "by which a change that comes twice is known");
        let nothing = json!([]);
        let expected = [("card.created", &nothing), ("card.updated", &json!(["title"])), ("issue.updated", &json!(["title"])), ("comment.copied", &nothing)]
            .map(|(what, fields)| (what.to_owned(), fields.clone()));
        assert_eq!(told(heard.clone()), expected);
        let bodies = |events: Vec<Value>| events.into_iter().map(|mut event| { event["id"].take(); event }).collect::<Vec<_>>();
        assert_eq!(bodies(folder.heard("changes")), bodies(heard.into_iter().map(|said| said.body).collect()));
    }

    async fn what_chat_merge_requests_and_twins_make_the_bridge_change_is_posted_too(mut_world: World) {
        let mut world = mut_world;
        let (servers, room) = signals(KEY).await;
        let listener = Listener::start().await;
        world.config.rooms = vec![room, asked_in(&listener)];
        let mut house = House::of(world).await;
        house.routes(|route| route.merges.opened = Some("Doing".into())).await;
        let iid = house.opens("Boiler is cold").await;
        house.gitlab.by("ana").opens_merge_request(house.project, "Warm it", &format!("See #{iid}")).unwrap();
        house.rests().await;
        house.looks().await;
        let first = servers.said("signals").len();
        types(&house, &format!("comment #{iid} I am on it")).await;
        types(&house, "new Buy a valve").await;
        house.looks().await;
        let said = servers.said("signals");
        let (before, after) = (told(said[..first].to_vec()), &said[first..]);
        for fields in [json!(["attachments"]), json!(["state"])] {
            assert!(before.contains(&("card.updated".to_owned(), fields)), "{before:?}");
        }
        let of = |what: &str| after.iter().map(|said| &said.body).find(|body| body["what"] == what).unwrap();
        assert_eq!((&of("comment.created")["issue"]["iid"], &of("comment.created")["card"]["id"]), (&json!(iid), &json!(house.card().id)));
        assert_eq!((&of("issue.created")["issue"]["iid"], &of("issue.created")["card"]), (&json!(iid + 1), &Value::Null));
        assert_eq!(of("card.created")["issue"], of("issue.created")["issue"], "made as for any other");
        let twin = house.twin("[ ISSUE 1 ] Boiler is cold");
        house.routes(|_| {}).await;
        house.looks().await;
        let archived = servers.said("signals").into_iter().map(|said| said.body).find(|body| body["what"] == "card.archived");
        assert_eq!(archived.unwrap()["card"]["id"], json!(twin));
    }

    async fn what_becomes_of_a_copied_comment_has_a_name_each(mut_world: World) {
        let mut world = mut_world;
        let (servers, room) = signals(KEY).await;
        world.restarts(|config| config.rooms = vec![room]).await;
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        let one = note(23, 5, "one");
        for (what, hook) in [
            ("comment.copied", one.clone()),
            ("comment.updated", edited(one.clone(), "two", 60)),
            ("comment.removed", internal(one, 70)),
        ] {
            let before = servers.said("signals").len();
            hears(&world, &hook).await;
            assert_eq!(told(servers.said("signals")[before..].to_vec()), [(what.to_owned(), json!([]))]);
        }
    }

    async fn each_way_of_an_issue_and_its_card_has_a_name(mut_world: World) {
        let mut world = mut_world;
        let (servers, room) = signals(KEY).await;
        world.config.rooms = vec![room];
        let mut house = in_time(world, Direction::Both).await;
        house.looks().await;
        house.routes(|route| route.create_issues = true).await;
        house.opens("Boiler is cold").await;
        house.makes_card(0, "Pump rattles", "");
        house.looks().await;
        let link = house.world.trello.add_board("New house", &["To do", "Doing", "Done"]).short_link;
        house.routes(|route| route.board = Some(link)).await;
        house.gitlab.by("ana").retitles(house.project, 2, "Pump is loud").unwrap();
        house.rests().await;
        house.gitlab.by("ana").deletes(house.project, 2).unwrap();
        house.a_day_passes().await;
        let expected = [
            ("card.created", json!([])),
            ("issue.created", json!([])),
            ("card.updated", json!(["description", "title"])),
            ("card.updated", json!(["board", "title"])),
            ("card.archived", json!([])),
        ];
        assert_eq!(told(servers.said("signals")), expected.map(|(what, fields)| (what.to_owned(), fields)));
    }

    async fn a_change_with_a_wrong_signature_is_not_believed(mut_world: World) {
        let mut world = mut_world;
        let (servers, room) = signals("whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=").await;
        world.config.rooms = vec![room];
        let house = House::of(world).await;
        house.opens("Boiler is cold").await;
        assert!(servers.said("signals").is_empty());
        assert!(house.world.store.off(&"signals".parse().unwrap()).await.unwrap().is_some(), "it is said aloud");
    }

    async fn a_crash_between_a_write_and_its_memory_loses_no_signal(mut_world: World) {
        let mut world = mut_world;
        let (servers, room) = signals(KEY).await;
        world.config.rooms = vec![room];
        let house = House::of(world).await;
        house.world.trello.fail_next("POST /cards", kanbridge::sandbox::trello::Fault::DropAfter);
        let iid = house.opens("Boiler is cold").await;
        for _ in 0..4 {
            house.world.later(Duration::from_secs(61)).await;
        }
        house.world.trello.fail_next("PUT /cards/{id}", kanbridge::sandbox::trello::Fault::DropAfter);
        house.gitlab.by("ana").retitles(house.project, iid, "Boiler is hot").unwrap();
        house.rests().await;
        for _ in 0..4 {
            house.world.later(Duration::from_secs(61)).await;
        }
        assert_eq!(house.world.cards().len(), 1);
        let whats: Vec<String> = told(servers.said("signals")).into_iter().map(|(what, _)| what).collect();
        assert_eq!(whats, ["card.created", "card.updated"]);
    }

    async fn what_waits_of_an_issue_or_its_twin_is_not_told_once_it_is_confidential(mut_world: World) {
        let mut world = mut_world;
        let (servers, room) = signals(KEY).await;
        let listener = Listener::start().await;
        world.config.rooms = vec![room, asked_in(&listener)];
        let mut house = House::of(world).await;
        let iid = house.opens("Boiler is cold").await;
        house.twin("[ ISSUE 1 ] Boiler is cold");
        let before = servers.said("signals").len();
        servers.close("signals", true);
        house.routes(|_| {}).await;
        house.looks().await;
        types(&house, "new The password is hunter2").await;
        let opened = house.gitlab.issue(house.project, iid + 1).unwrap();
        for iid in [iid, opened.iid] {
            house.gitlab.by("ana").makes_confidential(house.project, iid, true).unwrap();
            house.rests().await;
        }
        servers.close("signals", false);
        let name = "signals".parse().unwrap();
        house.world.store.switch_on(&name).await.unwrap();
        for _ in 0..3 {
            house.world.later(LONG).await;
            house.rests().await;
        }
        let said: Vec<Value> = servers.said("signals")[before..].iter().map(|said| said.body.clone()).collect();
        assert_eq!(said, Vec::<Value>::new());
        assert_eq!(house.world.store.count_waiting(&name).await.unwrap(), 0);
    }

    async fn of_confidential_issues_nothing_is_signalled(mut_world: World) {
        let mut world = mut_world;
        let folder = Folder::new();
        folder.listens("changes", "changes", "");
        folder.is_of(&mut world.config);
        let (servers, room) = signals(KEY).await;
        world.config.rooms = vec![room];
        let mut house = House::with(world, Direction::Both, Clock::system()).await;
        house.routes(|route| route.confidential = Confidential::Sync).await;
        let iid = house.opens("Boiler is cold").await;
        servers.close("signals", true);
        house.gitlab.by("ana").retitles(house.project, iid, "Boiler is hot").unwrap();
        house.rests().await;
        house.gitlab.by("ana").makes_confidential(house.project, iid, true).unwrap();
        house.rests().await;
        house.gitlab.by("ana").retitles(house.project, iid, "The password is hunter2").unwrap();
        house.rests().await;
        house.looks().await;
        assert!(house.card().name.contains("hunter2"), "the route wants it on the card");
        let whats = |heard: Vec<Value>| heard.into_iter().map(|event| event["what"].clone()).collect::<Vec<_>>();
        assert_eq!(whats(folder.heard("changes")), ["card.created", "card.updated"], "only while it was public");
        let all = servers.said("signals").into_iter().map(|said| said.body.to_string()).collect::<String>();
        assert!(!all.contains("hunter2"), "{all}");
    }
}
