//! What watches tell, in rooms and of every kind that was ever recorded.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kanbridge::config::Config;
use kanbridge::model::{AccountName, Verdict};
use kanbridge::relay::{Filter, Relay, Templates, Wanted};
use kanbridge::sandbox::trello::{Allowance, Options, Trello};

use crate::database::Database;
use crate::room::Listener;
use crate::stories;
use crate::watches::{Post, SIGNS};
use crate::world::{MORNING, World, four_variables};

/// Longer than what happened is held.
const HELD: Duration = Duration::from_secs(3);

/// The board is told in a room as well, every kind of it.
fn relays(config: &mut Config, room: &Listener, board: &str) {
    let wanted = Wanted { actions: Some(vec!["*".to_owned()]), ..Wanted::default() };
    config.rooms = vec![room.room("dev")];
    config.relays = vec![Relay {
        account: AccountName("default".to_owned()),
        board: board.to_owned(),
        rooms: vec!["dev".parse().unwrap()],
        filter: Filter::parse(&wanted).unwrap(),
        templates: Templates::default(),
        name_board: false,
    }];
}

/// An issue has its card, and all that is to be said of it was said.
async fn opened(post: &Post) {
    post.house.rests().await;
    post.house.opens("Boiler is cold").await;
    post.hears("createCard", 1).await;
    post.hears("addAttachmentToCard", 1).await;
    post.house.world.later(HELD).await;
}

stories! {
    async fn what_a_watch_tells_is_said_in_the_room_once_though_the_feed_tells_it_too(world: World) {
        let (room, board) = (Listener::start().await, world.board.short_link.clone());
        let post = Post::with(world, |config| relays(config, &room, &board)).await;
        opened(&post).await;
        room.heard();
        let world = &post.house.world;
        let calls = world.trello.calls().len();
        let comment = world.trello.by("zoe").comment(&post.house.card().id, "one").unwrap();
        post.hears("commentCard", 1).await;
        world.later(HELD).await;
        let heard = room.heard();
        assert_eq!(heard.len(), 1, "before the feed is read again: {heard:?}");
        let since: Vec<String> = world.trello.calls()[calls..].iter().map(|call| call.route.clone()).collect();
        assert!(!since.contains(&"GET /boards/{id}/actions".to_owned()), "{since:?}");
        post.house.looks().await;
        world.trello.by("zoe").change_comment(&comment, "two").unwrap();
        post.hears("updateComment", 1).await;
        world.later(HELD).await;
        post.house.looks().await;
        let heard = room.heard();
        assert!(heard.len() == 1 && heard[0].contains("two"), "what only a watch tells, and nothing twice: {heard:?}");
    }

    async fn a_label_is_told_once_where_the_board_is_watched_and_once_where_it_is_not(world: World) {
        let (room, board) = (Listener::start().await, world.board.short_link.clone());
        let mut post = Post::with(world, |config| relays(config, &room, &board)).await;
        opened(&post).await;
        let zoe = post.house.world.trello.by("zoe");
        let label = zoe.add_label(&post.house.world.board.id, "urgent", Some("red")).unwrap();
        post.hears("createLabel", 1).await;
        post.house.world.later(HELD).await;
        room.heard();
        zoe.label_card(&post.house.card().id, &label).unwrap();
        post.hears("addLabelToCard", 1).await;
        post.hears("updateCard", 1).await;
        post.house.world.later(HELD).await;
        post.house.looks().await;
        let heard = room.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        // Its watch goes, and one of another card is no watch of this one.
        let (account, model) = (AccountName("default".to_owned()), post.model());
        post.house.world.store.remove_watch(&account, &model, true).await.unwrap();
        post.restarts(|config| config.watches = false).await;
        post.house.world.later(HELD).await;
        room.heard();
        let zoe = post.house.world.trello.by("zoe");
        zoe.unlabel_card(&post.house.card().id, &label).unwrap();
        post.house.looks().await;
        post.house.looks().await;
        let heard = room.heard();
        assert_eq!(heard.len(), 1, "what the feed has is all that comes now: {heard:?}");
    }

    async fn what_the_feed_told_first_is_not_said_again_when_its_watch_tells_it(world: World) {
        let (room, board) = (Listener::start().await, world.board.short_link.clone());
        let post = Post::with(world, |config| relays(config, &room, &board)).await;
        opened(&post).await;
        room.heard();
        let world = &post.house.world;
        world.trello.by("zoe").rename_card(&post.house.card().id, "[ ISSUE 1 ] Pump").unwrap();
        post.hears("updateCard", 1).await;
        let kept = world.store.activities(None, 100).await.unwrap();
        let action = &kept.iter().find(|activity| activity.kind == "updateCard").unwrap().payload;
        let body = format!(r#"{{"action":{action},"model":{{}}}}"#);
        post.house.looks().await;
        world.later(HELD).await;
        let heard = room.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        let (status, answer) = post.sends(&post.path(), &body, SIGNS).await;
        assert_eq!((status, answer["status"].as_str()), (200, Some("duplicate")));
        world.later(HELD).await;
        assert_eq!(room.heard(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_a_lost_webhook_should_have_told_is_counted_as_recovered() {
    // Trello's clock and ours are one here.
    let starts_at = Some(jiff::Timestamp::from_second(MORNING).unwrap());
    let options = Options { starts_at, allowance: Allowance::BOUNDLESS, ..Options::default() };
    let trello = Trello::start(options).await.unwrap();
    let board = trello.add_board("Heating", &["To do", "Doing", "Done"]);
    let database = Database::sqlite();
    let config = four_variables(&database.url, &trello, &board.lists[0]);
    let post = Post::of(World::with(database, trello, board, config).await).await;
    opened(&post).await;
    let recovered = async || post.house.world.store.recovered().await.unwrap();
    post.house.looks().await;
    assert_eq!(recovered().await, 0, "all was told by webhook");
    post.front.leads_nowhere();
    post.house.world.trello.by("zoe").rename_card(&post.house.card().id, "[ ISSUE 1 ] Pump").unwrap();
    post.house.looks().await;
    post.house.looks().await;
    assert_eq!((recovered().await, post.house.issue(1).title.as_str()), (1, "Pump"));
}

#[tokio::test]
#[ignore = "needs recorded traffic"]
async fn every_recorded_delivery_is_taken_and_understood() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("KANBRIDGE_RECORDED").map_or_else(beside, PathBuf::from).join("trello/webhooks");
    let post = Post::of(World::on(Database::sqlite()).await).await;
    post.house.rests().await;
    let mut taken = 0;
    for file in std::fs::read_dir(&folder).expect("recorded traffic beside the checkout") {
        let path = file.unwrap().path();
        let body = std::fs::read_to_string(&path).unwrap();
        let (status, answer) = post.sends(&post.path(), &body, SIGNS).await;
        assert_eq!(status, 200, "{}: {answer}", path.display());
        taken += 1;
    }
    assert!(taken >= 30, "{taken}");
    let store = &post.house.world.store;
    for delivery in store.deliveries(1000, true).await.unwrap() {
        assert_eq!((delivery.verdict, delivery.body.len()), (Verdict::Accepted, 0), "{}", delivery.reason);
        let id = delivery.reason.strip_prefix("kept as activity ").unwrap();
        let (activity, _) = store.activity(id).await.unwrap().unwrap();
        assert_eq!((delivery.event, activity.source.as_str()), (format!("Trello {}", activity.kind), "hook"));
    }
    post.house.rests().await;
    assert_eq!(post.house.world.store.count_failed().await.unwrap(), 0);
}
