//! Trello's webhooks, registered and looked after by the bridge, and what they tell.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use kanbridge::config::Config;
use kanbridge::model::{AccountName, Key, ModelId, Rank, Secret, Watch, WatchState};
use kanbridge::sandbox::trello::Fault;
use kanbridge::sync::rules::Direction;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::stories;
use crate::two_way::House;
use crate::world::World;

/// The secret with which the look-alike signs.
pub(crate) const SIGNS: &str = "sandbox-secret";
/// A bit longer than between two looks at Trello's list.
pub(crate) const LOOK: Duration = Duration::from_secs(601);
/// Watches are looked at a bit after a start.
const START: Duration = Duration::from_secs(6);

/// The address by which Trello reaches the bridge; it stays while bridges come and go behind it.
pub(crate) struct Front {
    address: SocketAddr,
    behind: watch::Sender<Option<SocketAddr>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Front {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, behind) = (listener.local_addr().unwrap(), watch::Sender::new(None));
        let to = behind.subscribe();
        let server = tokio::spawn(async move {
            loop {
                let Ok((mut here, _)) = listener.accept().await else { return };
                // Nobody behind it: the connection ends without an answer.
                let mut to = to.clone();
                let Some(there) = *to.borrow_and_update() else { continue };
                tokio::spawn(async move {
                    let Ok(mut there) = TcpStream::connect(there).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut here, &mut there) => {}
                        _ = to.changed() => {}
                    }
                });
            }
        });
        Front { address, behind, server }
    }

    pub(crate) fn leads_to(&self, world: &World) {
        self.leads(Some(world.address()));
    }

    pub(crate) fn leads_nowhere(&self) {
        self.leads(None);
    }

    /// Connections that lead elsewhere end.
    fn leads(&self, to: Option<SocketAddr>) {
        self.behind.send_if_modified(|there| std::mem::replace(there, to) != to);
    }

    fn url(&self) -> url::Url {
        format!("http://{}", self.address).parse().unwrap()
    }
}

/// A house with a two-way route whose board can be watched.
pub(crate) struct Post {
    pub(crate) house: House,
    pub(crate) front: Front,
}

/// What is set so that boards can be watched.
pub(crate) fn watching(config: &mut Config, front: &Front) {
    config.public_url = Some(front.url());
    config.accounts[0].secrets = vec![Secret::new(SIGNS)];
    // The call that registers waits for Trello's check.
    config.limits.call_timeout = Duration::from_secs(10);
}

impl Post {
    pub(crate) async fn of(world: World) -> Self {
        Self::with(world, |_| {}).await
    }

    pub(crate) async fn with(mut world: World, change: impl FnOnce(&mut Config)) -> Self {
        let front = Front::open().await;
        watching(&mut world.config, &front);
        change(&mut world.config);
        let house = House::of(world).await;
        front.leads_to(&house.world);
        Post { house, front }
    }

    /// Stops the bridge and starts it again.
    pub(crate) async fn restarts(&mut self, change: impl FnOnce(&mut Config)) {
        let mut change = Some(change);
        let world = &mut self.house.world;
        world.restarts(|config| change.take().unwrap()(config)).await;
        self.front.leads_to(world);
        let hook = self.house.hook;
        self.house.gitlab.delete_hook(hook);
        self.house.routes(|_| {}).await;
        self.front.leads_to(&self.house.world);
    }

    pub(crate) fn model(&self) -> ModelId {
        self.house.world.board.id.parse().unwrap()
    }

    pub(crate) async fn watch(&self) -> Option<Watch> {
        let account = AccountName("default".to_owned());
        self.house.world.store.watch(&account, &self.model()).await.unwrap()
    }

    /// Asks Trello something with the bridge's own token.
    pub(crate) async fn asks(&self, method: &str, path: &str, query: &[(&str, &str)]) -> Value {
        let url = format!("{}{path}", self.house.world.trello.url());
        let request = reqwest::Client::new().request(method.parse().unwrap(), url).query(query);
        let auth = r#"OAuth oauth_consumer_key="sandbox-key", oauth_token="sandbox-token""#;
        request.header("authorization", auth).send().await.unwrap().json().await.unwrap()
    }

    /// Trello's webhooks.
    pub(crate) async fn webhooks(&self) -> Vec<Value> {
        let all = self.asks("GET", "/tokens/sandbox-token/webhooks", &[]).await;
        all.as_array().unwrap().clone()
    }

    pub(crate) fn address(&self) -> String {
        format!("{}webhooks/trello/default/{}", self.front.url(), self.model())
    }

    /// Waits until Trello has told this often of an action of this kind.
    pub(crate) async fn hears(&self, kind: &str, times: usize) {
        let mut changes = self.house.world.trello.changes();
        let event = format!("Trello {kind}");
        let heard = || async {
            let all = self.house.world.store.deliveries(1000, true).await.unwrap();
            all.iter().filter(|delivery| delivery.event == event).count()
        };
        while heard().await < times {
            changes.changed().await.unwrap();
        }
    }

    /// Waits until this many deliveries were tried.
    async fn tried(&self, times: usize) {
        let mut changes = self.house.world.trello.changes();
        while self.house.world.trello.deliveries().len() < times {
            changes.changed().await.unwrap();
        }
    }

    /// Somebody sends a delivery, signed with `secret`; gives status and answer.
    pub(crate) async fn sends(&self, path: &str, body: &str, secret: &str) -> (u16, Value) {
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        mac.update(self.address().as_bytes());
        let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        let url = format!("http://{}{path}", self.house.world.address());
        let request = reqwest::Client::new().post(url).header("x-trello-webhook", signature);
        let response = request.body(body.to_owned()).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) fn path(&self) -> String {
        format!("/webhooks/trello/default/{}", self.model())
    }
}

fn body(action: &str, board: &str) -> String {
    let action = json!({ "id": action, "type": "createList", "data": { "board": { "id": board } } });
    json!({ "action": action, "model": {} }).to_string()
}

const ACTION: &str = "5e93bac014d40e501ee46b8d";

stories! {
    async fn a_two_way_board_is_watched_and_a_moved_card_moves_its_issue_at_once(world: World) {
        let post = Post::of(world).await;
        let iid = post.house.opens("Boiler is cold").await;
        let hooks = post.webhooks().await;
        assert_eq!((hooks.len(), &hooks[0]["callbackURL"], &hooks[0]["active"]), (1, &json!(post.address()), &json!(true)));
        let world = &post.house.world;
        world.trello.by("zoe").move_card(&post.house.card().id, &world.board.lists[2]).unwrap();
        post.hears("updateCard", 1).await;
        assert!(!post.house.issue(iid).closed);
        post.house.rests().await;
        assert!(post.house.issue(iid).closed, "no time has passed");
        assert!(post.watch().await.unwrap().last_delivery_at.is_some());
        post.house.is_silent().await;
    }

    async fn an_edited_comment_is_told_by_a_watch_and_by_nothing_else(world: World) {
        let post = Post::of(world).await;
        let iid = post.house.opens("Boiler is cold").await;
        let trello = &post.house.world.trello;
        let comment = trello.by("zoe").comment(&post.house.card().id, "one").unwrap();
        post.hears("commentCard", 1).await;
        post.house.rests().await;
        trello.by("zoe").change_comment(&comment, "two").unwrap();
        post.hears("updateComment", 1).await;
        post.house.rests().await;
        let notes = post.house.gitlab.notes(post.house.project, iid);
        assert!(notes.iter().any(|note| note.body.contains("two")), "{notes:?}");
        post.house.is_silent().await;
    }

    async fn a_wrong_secret_is_refused_with_its_likely_cause_and_leaves_nothing(world: World) {
        let post = Post::of(world).await;
        post.house.rests().await;
        let body = body(ACTION, &post.house.world.board.id);
        for wrong in ["sandbox-key", "sandbox-token", ""] {
            let (status, answer) = post.sends(&post.path(), &body, wrong).await;
            assert!(status == 401 && answer["error"].as_str().unwrap().contains("TRELLO_API_SECRET"), "{answer}");
        }
        let url = format!("http://{}{}", post.house.world.address(), post.path());
        let unsigned = reqwest::Client::new().post(url).body(body.clone()).send().await.unwrap();
        assert_eq!((unsigned.status().as_u16(), post.house.world.store.deliveries(9, true).await.unwrap().len()), (401, 0));
        assert_eq!(post.sends(&post.path(), &body, SIGNS).await.0, 200);
        assert_eq!(post.sends(&post.path(), "hello", SIGNS).await.0, 400);
    }

    async fn both_secrets_are_believed_while_one_takes_the_other_s_place(world: World) {
        let secrets = vec![Secret::new("new-secret"), Secret::new(SIGNS)];
        let post = Post::with(world, |config| config.accounts[0].secrets = secrets).await;
        post.house.rests().await;
        for (id, secret) in [(ACTION, SIGNS), ("5e93bac014d40e501ee46b8e", "new-secret")] {
            assert_eq!(post.sends(&post.path(), &body(id, &post.house.world.board.id), secret).await.0, 200);
        }
    }

    async fn the_same_delivery_again_is_one_delivery(world: World) {
        let post = Post::of(world).await;
        post.house.rests().await;
        let body = body(ACTION, &post.house.world.board.id);
        let (_, first) = post.sends(&post.path(), &body, SIGNS).await;
        let (_, again) = post.sends(&post.path(), &body, SIGNS).await;
        assert_eq!((&first["status"], &again["status"]), (&json!("accepted"), &json!("duplicate")));
        let kept = post.house.world.store.deliveries(9, true).await.unwrap();
        assert_eq!((kept.len(), kept[0].repeats), (1, 1));
    }

    async fn what_nobody_watches_is_not_there_and_other_methods_are_not_known(world: World) {
        let post = Post::of(world).await;
        let head = |path: String| {
            let url = format!("http://{}{path}", post.house.world.address());
            async move { reqwest::Client::new().head(url).send().await.unwrap().status().as_u16() }
        };
        assert_eq!(head(post.path()).await, 404, "nobody has written it down yet");
        post.house.rests().await;
        assert_eq!(head(post.path()).await, 200);
        for elsewhere in ["/webhooks/trello/default/5e93bac014d40e501ee46b8d", "/webhooks/trello/default/x"] {
            assert_eq!(head(elsewhere.to_owned()).await, 404);
            assert_eq!(post.sends(elsewhere, "{}", SIGNS).await.0, 404);
        }
        assert_eq!(post.sends(&post.path().replace("default", "other"), "{}", SIGNS).await.0, 404);
        let get = reqwest::get(format!("http://{}{}", post.house.world.address(), post.path())).await.unwrap();
        assert_eq!(get.status(), 405);
    }

    async fn a_watch_that_was_removed_is_answered_410_and_comes_back_by_nobody_but_who_removed_it(world: World) {
        let post = Post::of(world).await;
        post.house.rests().await;
        post.house.opens("Boiler is cold").await;
        post.hears("createCard", 1).await;
        let (world, account) = (&post.house.world, AccountName("default".to_owned()));
        world.store.remove_watch(&account, &post.model(), true).await.unwrap();
        let tried = world.trello.deliveries().len();
        world.trello.by("zoe").rename_card(&post.house.card().id, "[ ISSUE 1 ] Boiler").unwrap();
        post.tried(tried + 1).await;
        assert_eq!((world.trello.deliveries().pop().unwrap().outcome, post.webhooks().await.len()), (Ok(410), 0));
        post.house.looks().await;
        world.later(LOOK).await;
        assert_eq!((post.webhooks().await.len(), post.watch().await.unwrap().state), (0, WatchState::Removed));
        assert_eq!(post.house.issue(1).title, "Boiler", "the feed tells it all the same");
    }

    async fn what_trello_switched_off_is_switched_on_again(world: World) {
        let post = Post::of(world).await;
        post.house.rests().await;
        let id = post.webhooks().await[0]["id"].as_str().unwrap().to_owned();
        post.asks("PUT", &format!("/webhooks/{id}"), &[("active", "false")]).await;
        post.house.world.later(LOOK).await;
        let hooks = post.webhooks().await;
        assert_eq!((hooks.len(), &hooks[0]["id"], &hooks[0]["active"]), (1, &json!(id), &json!(true)));
    }

    async fn what_somebody_deleted_at_trello_is_registered_again(world: World) {
        let post = Post::of(world).await;
        post.house.rests().await;
        let id = post.webhooks().await[0]["id"].as_str().unwrap().to_owned();
        post.asks("DELETE", &format!("/webhooks/{id}"), &[]).await;
        post.house.world.later(LOOK).await;
        let hooks = post.webhooks().await;
        assert!(hooks.len() == 1 && hooks[0]["id"] != id, "{hooks:?}");
    }

    async fn a_new_address_takes_the_old_one_s_place_and_no_second_webhook_is_made(world: World) {
        let mut post = Post::of(world).await;
        post.house.opens("Boiler is cold").await;
        let before = post.webhooks().await;
        post.front = Front::open().await;
        let url = post.front.url();
        post.restarts(|config| config.public_url = Some(url)).await;
        post.house.world.later(START).await;
        let after = post.webhooks().await;
        assert_eq!((after.len(), &after[0]["id"], &after[0]["callbackURL"]), (1, &before[0]["id"], &json!(post.address())));
        let (world, iid) = (&post.house.world, 1);
        world.trello.by("zoe").move_card(&post.house.card().id, &world.board.lists[2]).unwrap();
        post.hears("updateCard", 1).await;
        post.house.rests().await;
        assert!(post.house.issue(iid).closed, "what is signed with the new address is believed");
    }

    async fn an_address_that_cannot_be_reached_yet_leaves_the_old_one_in_place(world: World) {
        let mut post = Post::of(world).await;
        post.house.rests().await;
        let old = post.address();
        let first = std::mem::replace(&mut post.front, Front::open().await);
        let url = post.front.url();
        post.restarts(|config| config.public_url = Some(url)).await;
        first.leads_to(&post.house.world);
        post.front.leads_nowhere();
        post.house.world.later(START).await;
        assert_eq!(post.webhooks().await[0]["callbackURL"], json!(old));
        assert!(post.watch().await.unwrap().reason.contains("not reachable"), "{:?}", post.watch().await);
        post.house.world.trello.by("zoe").change_list(&post.house.world.board.lists[0], "Next", false).unwrap();
        post.hears("updateList", 1).await;
        post.front.leads_to(&post.house.world);
        post.house.world.later(LOOK).await;
        assert_eq!((post.webhooks().await.len(), &post.webhooks().await[0]["callbackURL"]), (1, &json!(post.address())));
    }

    async fn where_trello_cannot_reach_us_the_reason_is_told_and_the_feed_goes_on(world: World) {
        let post = Post::of(world).await;
        post.front.leads_nowhere();
        let iid = post.house.opens("Boiler is cold").await;
        let watch = post.watch().await.unwrap();
        assert_eq!((watch.state, post.webhooks().await.len()), (WatchState::Wanted, 0));
        assert!(watch.reason.contains("not reachable") && watch.reason.contains("PUBLIC_URL"), "{}", watch.reason);
        let world = &post.house.world;
        world.trello.by("zoe").move_card(&post.house.card().id, &world.board.lists[2]).unwrap();
        post.house.looks().await;
        assert!(post.house.issue(iid).closed);
        assert_eq!(world.store.count_failed().await.unwrap(), 0);
        post.front.leads_to(world);
        world.later(LOOK).await;
        assert_eq!((post.webhooks().await.len(), post.watch().await.unwrap().reason.as_str()), (1, ""));
    }

    async fn an_answer_that_was_lost_makes_no_second_webhook(world: World) {
        let post = Post::of(world).await;
        post.house.world.trello.fail_next("POST /webhooks", Fault::DropAfter);
        post.house.rests().await;
        post.house.world.later(Duration::from_secs(61)).await;
        assert_eq!(post.webhooks().await.len(), 1);
        assert_eq!(post.watch().await.unwrap().state, WatchState::Live);
    }

    async fn one_that_exists_already_is_adopted(world: World) {
        let post = Post::of(world).await;
        post.house.rests().await;
        // Somebody else registers one between our look at Trello's list, which serves for a while, and our call.
        let (account, list) = (AccountName("default".to_owned()), post.house.world.board.lists[0].parse::<ModelId>().unwrap());
        let url = format!("{}webhooks/trello/default/{list}", post.front.url());
        let wanted = kanbridge::store::Wanted { account: &account, model: &list, url: &url, description: "", by_hand: true };
        post.house.world.store.want_watch(&wanted).await.unwrap();
        let made = post.asks("POST", "/webhooks/", &[("idModel", list.as_str()), ("callbackURL", &url)]).await;
        post.house.world.calls();
        post.house.rests().await;
        assert_eq!(post.house.world.calls(), ["POST /webhooks", "GET /tokens/{id}/webhooks"]);
        let known = post.house.world.store.watch(&account, &list).await.unwrap().unwrap();
        assert_eq!((post.webhooks().await.len(), known.state), (2, WatchState::Live));
        assert_eq!(made["id"], json!(known.webhook.unwrap().as_str()));
    }

    async fn a_restart_changes_nothing_and_one_list_serves_all_watches(world: World) {
        let mut post = Post::of(world).await;
        post.house.rests().await;
        let (account, list) = (AccountName("default".to_owned()), post.house.world.board.lists[0].parse::<ModelId>().unwrap());
        let url = format!("{}webhooks/trello/default/{list}", post.front.url());
        let wanted = kanbridge::store::Wanted { account: &account, model: &list, url: &url, description: "", by_hand: true };
        post.house.world.store.want_watch(&wanted).await.unwrap();
        post.house.rests().await;
        let before = post.webhooks().await;
        post.restarts(|_| {}).await;
        post.house.world.later(LOOK).await;
        post.house.world.calls();
        post.house.world.later(LOOK).await;
        let calls = post.house.world.calls();
        let about: Vec<&String> = calls.iter().filter(|call| call.contains("webhooks")).collect();
        assert_eq!(about, ["GET /tokens/{id}/webhooks"]);
        assert_eq!((before.len(), post.webhooks().await), (2, before));
    }

    async fn no_route_no_watch_and_no_watch_where_they_are_switched_off(world: World) {
        let mut post = Post::of(world).await;
        post.house.rests().await;
        assert_eq!(post.webhooks().await.len(), 1);
        post.restarts(|config| config.watches = false).await;
        post.house.world.later(START).await;
        assert_eq!((post.webhooks().await.len(), post.watch().await.unwrap().state), (0, WatchState::Removed));
        post.restarts(|config| config.watches = true).await;
        post.house.world.later(START).await;
        assert_eq!(post.webhooks().await.len(), 1, "nobody removed it by hand");
        post.restarts(|config| {
            config.routes[0].fields = kanbridge::sync::rules::Fields::all(Direction::Gitlab);
        }).await;
        post.house.world.later(START).await;
        assert_eq!(post.webhooks().await.len(), 0);
    }

    async fn without_a_secret_nothing_is_registered_and_what_there_is_says_why(world: World) {
        let mut post = Post::with(world, |config| config.accounts[0].secrets.clear()).await;
        post.house.rests().await;
        assert_eq!((post.watch().await, post.webhooks().await.len()), (None, 0));
        post.restarts(|config| config.accounts[0].secrets = vec![Secret::new(SIGNS)]).await;
        post.house.rests().await;
        assert_eq!(post.webhooks().await.len(), 1);
        post.restarts(|config| config.accounts[0].secrets.clear()).await;
        post.house.world.later(START).await;
        assert!(post.watch().await.unwrap().reason.contains("TRELLO_API_SECRET"));
        let (status, answer) = post.sends(&post.path(), "{}", SIGNS).await;
        assert!(status == 401 && answer["error"].as_str().unwrap().contains("no secret is set"), "{answer}");
        assert_eq!(post.webhooks().await.len(), 1, "what cannot be believed for a while is not removed");
    }

    async fn what_is_told_of_a_confidential_issue_s_card_is_kept_without_its_words(world: World) {
        let post = Post::of(world).await;
        post.house.rests().await;
        let iid = post.house.opens("Boiler is cold").await;
        post.hears("createCard", 1).await;
        let (world, card) = (&post.house.world, post.house.card());
        world.trello.by("zoe").comment(&card.id, "I looked at it.").unwrap();
        post.hears("commentCard", 1).await;
        post.house.rests().await;
        post.house.gitlab.by("ana").makes_confidential(post.house.project, iid, true).unwrap();
        post.house.rests().await;
        post.house.looks().await;
        post.hears("updateCard", 1).await;
        let kept = world.store.deliveries(100, true).await.unwrap();
        let bodies = kept.iter().map(|delivery| String::from_utf8_lossy(&delivery.body).into_owned());
        let activities = world.store.activities(None, 100).await.unwrap();
        let leaks: Vec<String> = bodies
            .chain(activities.into_iter().map(|activity| activity.payload))
            .filter(|text| text.contains("Boiler is cold"))
            .collect();
        assert_eq!(leaks, Vec::<String>::new());
    }

    async fn deliveries_leave_with_the_history(world: World) {
        let post = Post::of(world).await;
        post.house.rests().await;
        post.sends(&post.path(), &body(ACTION, &post.house.world.board.id), SIGNS).await;
        let world = &post.house.world;
        world.clock.advance(Duration::from_secs(31 * 86_400));
        world.store.mark(&Key::Prune, Rank::Live, None).await.unwrap();
        world.turns().await;
        assert_eq!(world.store.deliveries(9, true).await.unwrap().len(), 0);
    }
}
