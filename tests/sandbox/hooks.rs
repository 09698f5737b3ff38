//! The hooks that GitLab's look-alike sends: read by our own reader, verified by our own verifier in all three eras,
//! sent, stopped and sent again as GitLab does it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use kanbridge::gitlab::{Unverified, Verifier, read};
use kanbridge::model::{Discretion, Instance, Intake, Micros, Secret, SigningKey, Verdict};
use kanbridge::sandbox::gitlab::{AutoDisable, Change, Clock, Era, Kind, NewHook, Options, Shuffle};
use serde_json::{Value, json};

use crate::gitlab::World;
use crate::receiver::Receiver;

const SECRET: &str = "a-long-random-secret";
const SIGNING_TOKEN: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// 2026-05-28 06:00:00 UTC, in milliseconds.
const MORNING: i64 = 1_779_948_000_000;

/// A clock that stands until it is moved, and its hand.
fn clock() -> (Clock, Arc<AtomicI64>) {
    let hand = Arc::new(AtomicI64::new(MORNING));
    let read = Arc::clone(&hand);
    (Clock::new(move || Timestamp::from_millisecond(read.load(Ordering::SeqCst)).unwrap()), hand)
}

fn both<'a>(receiver: &'a Receiver) -> NewHook<'a> {
    NewHook { url: &receiver.url, token: Some(SECRET), signing_token: Some(SIGNING_TOKEN), ..NewHook::default() }
}

fn verifier(signed: bool) -> Verifier {
    let key = SigningKey::parse(&Secret::new(SIGNING_TOKEN)).unwrap();
    Verifier { secrets: vec![Secret::new(SECRET)], signing_keys: if signed { vec![key] } else { Vec::new() } }
}

fn take((headers, body): &(HeaderMap, Bytes)) -> Intake {
    let instance = Instance::of_url("https://elsewhere.example.com").unwrap();
    read(headers, body.clone(), &instance, &Discretion::default()).unwrap()
}

fn json_of(request: &(HeaderMap, Bytes)) -> Value {
    serde_json::from_slice(&request.1).unwrap()
}

fn said<'a>(request: &'a (HeaderMap, Bytes), name: &str) -> Option<&'a str> {
    request.0.get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_bridge_lets_hooks_of_every_era_in_and_reads_them() {
    for (era, keyed, signed) in [(Era::Plain, false, false), (Era::Keyed, true, false), (Era::Signed, true, true)] {
        let (clock, _) = clock();
        let world = World::new(Options { era, clock, ..Options::default() }).await;
        let mut receiver = Receiver::start().await;
        world.gitlab.add_hook(world.project, &both(&receiver));
        world.gitlab.by("ana").opens(world.project, "Pump rattles", "At *night*.").unwrap();
        let request = receiver.next().await;
        assert_eq!(said(&request, "x-gitlab-token"), Some(SECRET), "{era:?}");
        assert_eq!(said(&request, "idempotency-key").is_some(), keyed, "{era:?}");
        assert_eq!(said(&request, "webhook-signature").is_some(), signed, "{era:?}");
        assert_eq!(said(&request, "webhook-id").is_some(), signed, "{era:?}");
        assert_eq!(verifier(false).verify(&request.0, &request.1, Micros(MORNING * 1000)), Ok(()));
        let as_signed = verifier(true).verify(&request.0, &request.1, Micros(MORNING * 1000));
        assert_eq!(as_signed, if signed { Ok(()) } else { Err(Unverified::Unsigned("webhook-id")) }, "{era:?}");
        let intake = take(&request);
        let issue = intake.issue.unwrap();
        assert_eq!((intake.verdict, issue.ticket.title.as_str()), (Verdict::Accepted, "Pump rattles"));
        assert_eq!((issue.id.project, issue.id.iid, issue.ticket.closed), (world.project, 1, false));
        assert_eq!(issue.version.at, MORNING * 1000, "{era:?}: its time is read, in either form");
        assert_eq!(issue.url, world.gitlab.issue(world.project, 1).map(|issue| issue.url));
    }
}

#[tokio::test]
async fn a_changed_body_or_another_token_is_found_out() {
    let world = World::new(Options::default()).await;
    let mut receiver = Receiver::start().await;
    world.gitlab.add_hook(world.project, &both(&receiver));
    world.gitlab.by("ana").opens(world.project, "Pump", "").unwrap();
    let (headers, body) = receiver.next().await;
    let now = Micros(Timestamp::now().as_microsecond());
    assert_eq!(verifier(true).verify(&headers, &body, now), Ok(()));
    let changed = String::from_utf8(body.to_vec()).unwrap().replace("Pump", "Dump");
    assert_eq!(verifier(true).verify(&headers, changed.as_bytes(), now), Err(Unverified::WrongSignature));
    let late = Micros(now.0 + 301 * 1_000_000);
    assert!(matches!(verifier(true).verify(&headers, &body, late), Err(Unverified::Stale(_))));
}

#[tokio::test]
async fn whatever_happens_to_an_issue_arrives_in_its_ticket() {
    let world = World::new(Options { in_turn: true, ..Options::default() }).await;
    let mut receiver = Receiver::start().await;
    world.gitlab.add_hook(world.project, &both(&receiver));
    let (project, ana) = (world.project, world.gitlab.by("ana"));
    ana.opens(project, "Pump", "").unwrap();
    ana.retitles(project, 1, "Pump rattles").unwrap();
    ana.labels(project, 1, &["cellar", "urgent"], &[]).unwrap();
    ana.labels(project, 1, &[], &["urgent"]).unwrap();
    ana.assigns(project, 1, &["root", "ana"]).unwrap();
    let due = Change { due_date: Some(Some("2026-06-02".to_owned())), ..Change::default() };
    ana.changes(project, 1, &due).unwrap();
    ana.changes(project, 1, &due).unwrap();
    ana.closes(project, 1, true).unwrap();
    ana.closes(project, 1, false).unwrap();
    world.gitlab.settled().await;
    let requests = receiver.rest();
    let actions: Vec<String> =
        requests.iter().map(|each| json_of(each)["object_attributes"]["action"].as_str().unwrap().to_owned()).collect();
    assert_eq!(actions, ["open", "update", "update", "update", "update", "update", "close", "reopen"]);
    let ticket = take(&requests[5]).issue.unwrap().ticket;
    let labels: Vec<&str> = ticket.labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!((ticket.title.as_str(), labels.as_slice()), ("Pump rattles", ["cellar"].as_slice()));
    assert_eq!(
        (ticket.people, ticket.due.unwrap().to_string()),
        (vec!["root".to_owned(), "ana".to_owned()], "2026-06-02".to_owned())
    );
    assert!(take(&requests[6]).issue.unwrap().ticket.closed && !take(&requests[7]).issue.unwrap().ticket.closed);
    let changes = &json_of(&requests[1])["changes"];
    assert_eq!(changes["title"], json!({ "previous": "Pump", "current": "Pump rattles" }));
    assert_eq!(json_of(&requests[2])["changes"]["labels"]["current"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_issue_that_turns_confidential_is_told_to_the_confidential_trigger_only() {
    let world = World::new(Options { in_turn: true, ..Options::default() }).await;
    let (mut open, mut secret) = (Receiver::start().await, Receiver::start().await);
    let hook = |url, triggers| NewHook { url, triggers, ..NewHook::default() };
    world.gitlab.add_hook(world.project, &hook(&open.url, &["issues_events", "note_events"]));
    world
        .gitlab
        .add_hook(world.project, &hook(&secret.url, &["confidential_issues_events", "confidential_note_events"]));
    let ana = world.gitlab.by("ana");
    ana.opens(world.project, "Key under the mat", "").unwrap();
    ana.comments(world.project, 1, "Which mat?").unwrap();
    ana.comments_internally(world.project, 1, "The other one.").unwrap();
    ana.makes_confidential(world.project, 1, true).unwrap();
    ana.comments(world.project, 1, "Sorry.").unwrap();
    ana.makes_confidential(world.project, 1, false).unwrap();
    world.gitlab.settled().await;
    let kinds = |requests: Vec<(HeaderMap, Bytes)>| -> Vec<String> {
        requests.iter().map(|each| said(each, "x-gitlab-event").unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(open.rest()), ["Issue Hook", "Note Hook", "Issue Hook"]);
    let requests = secret.rest();
    for request in &requests {
        let intake = take(request);
        assert!(intake.verdict == Verdict::Ignored && intake.body.is_empty(), "{intake:?}");
    }
    assert!(take(&requests[1]).issue.unwrap().confidential, "the flip is seen");
    assert_eq!(kinds(requests), ["Confidential Note Hook", "Confidential Issue Hook", "Confidential Note Hook"]);
}

#[tokio::test]
async fn tasks_and_incidents_come_as_work_items_under_the_issues_header() {
    let world = World::new(Options { in_turn: true, ..Options::default() }).await;
    let mut receiver = Receiver::start().await;
    world.gitlab.add_hook(world.project, &both(&receiver));
    for (kind, name) in [(Kind::Task, "Task"), (Kind::Incident, "Incident")] {
        let change = Change { kind: Some(kind), ..Change::text("It", "") };
        world.gitlab.by("ana").opens_with(world.project, &change).unwrap();
        let request = receiver.next().await;
        let body = json_of(&request);
        assert_eq!((said(&request, "x-gitlab-event"), &body["object_kind"]), (Some("Issue Hook"), &json!("work_item")));
        assert_eq!((&body["event_type"], &body["object_attributes"]["type"]), (&json!("work_item"), &json!(name)));
        assert_eq!(take(&request).issue.unwrap().kind.as_deref(), Some(name));
    }
}

#[tokio::test]
async fn a_move_closes_here_and_opens_there() {
    let world = World::new(Options { in_turn: true, ..Options::default() }).await;
    let mut receiver = Receiver::start().await;
    let roof = world.gitlab.add_project("team/roof");
    for project in [world.project, roof] {
        world.gitlab.add_hook(project, &both(&receiver));
    }
    let ana = world.gitlab.by("ana");
    ana.opens(world.project, "Gutter leaks", "Drip.").unwrap();
    ana.comments(world.project, 1, "Still.").unwrap();
    assert_eq!(ana.moves(world.project, 1, roof).unwrap(), 1);
    world.gitlab.settled().await;
    let requests = receiver.rest();
    let told: Vec<(Value, Value, Value)> = requests[2..]
        .iter()
        .map(json_of)
        .map(|body| {
            (
                body["project"]["id"].clone(),
                body["object_attributes"]["action"].clone(),
                body["object_attributes"]["moved_to_id"].clone(),
            )
        })
        .collect();
    let new = world.gitlab.issue(roof, 1).unwrap();
    assert_eq!(
        told,
        [(json!(roof), json!("open"), Value::Null), (json!(world.project), json!("close"), json!(new.id))]
    );
    assert!(world.gitlab.notes(roof, 1).iter().any(|note| note.body == "Still."));
}

#[tokio::test]
async fn a_merge_closes_what_it_says_it_closes() {
    let world = World::new(Options { in_turn: true, ..Options::default() }).await;
    let mut receiver = Receiver::start().await;
    world.gitlab.add_hook(world.project, &both(&receiver));
    let (project, ana) = (world.project, world.gitlab.by("ana"));
    ana.opens(project, "Pump", "").unwrap();
    ana.opens(project, "Valve", "").unwrap();
    let merge = ana.opens_merge_request(project, "Quieter pump", "Closes #1, see #2").unwrap();
    ana.comments_on_merge_request(project, merge, "Nice.").unwrap();
    ana.ends_merge_request(project, merge, true).unwrap();
    world.gitlab.settled().await;
    let told: Vec<(String, Value)> = receiver.rest()[2..]
        .iter()
        .map(|each| {
            (said(each, "x-gitlab-event").unwrap().to_owned(), json_of(each)["object_attributes"]["action"].clone())
        })
        .collect();
    let wanted = [
        ("Merge Request Hook", "open"),
        ("Note Hook", "create"),
        ("Merge Request Hook", "merge"),
        ("Issue Hook", "close"),
    ];
    assert_eq!(told, wanted.map(|(event, action)| (event.to_owned(), json!(action))));
    let closed: Vec<bool> = world.gitlab.issues(project).iter().map(|issue| issue.closed).collect();
    assert_eq!(closed, [true, false]);
}

#[tokio::test]
async fn a_hook_that_fails_is_paused_and_comes_back() {
    let (clock, hand) = clock();
    let world = World::new(Options { clock, in_turn: true, ..Options::default() }).await;
    let mut receiver = Receiver::start().await;
    let hook = world.gitlab.add_hook(world.project, &both(&receiver));
    receiver.answers(500);
    let ana = world.gitlab.by("ana");
    let status = || world.gitlab.hooks(world.project)[0].status;
    ana.opens(world.project, "Issue", "").unwrap();
    for wanted in ["executable", "executable", "temporarily_disabled"] {
        ana.comments(world.project, 1, "Anybody?").unwrap();
        world.gitlab.settled().await;
        assert_eq!(status(), wanted, "the opening and {} notes failed", world.gitlab.deliveries().len() - 1);
    }
    ana.comments(world.project, 1, "dropped").unwrap();
    world.gitlab.settled().await;
    assert_eq!(receiver.rest().len(), 4, "what happens meanwhile is dropped, not queued");
    hand.fetch_add(60_000, Ordering::SeqCst);
    receiver.answers(200);
    ana.comments(world.project, 1, "heard").unwrap();
    world.gitlab.settled().await;
    assert_eq!((status(), receiver.rest().len()), ("executable", 1));
    assert_eq!(world.gitlab.deliveries().iter().filter(|each| each.hook == hook && each.succeeded()).count(), 1);
}

#[tokio::test]
async fn older_versions_stopped_at_the_first_4xx_and_self_managed_ones_never() {
    for (rule, wanted) in [(AutoDisable::ClientErrorsAtOnce, "disabled"), (AutoDisable::Never, "executable")] {
        let world = World::new(Options { auto_disable: rule, ..Options::default() }).await;
        let receiver = Receiver::start().await;
        world.gitlab.add_hook(world.project, &both(&receiver));
        receiver.answers(404);
        world.gitlab.by("ana").opens(world.project, "Issue", "").unwrap();
        world.gitlab.settled().await;
        assert_eq!(world.gitlab.hooks(world.project)[0].status, wanted);
    }
}

#[tokio::test]
async fn the_test_button_sends_the_newest_issue_and_revives_the_hook() {
    let world = World::new(Options { auto_disable: AutoDisable::ClientErrorsAtOnce, ..Options::default() }).await;
    let mut receiver = Receiver::start().await;
    let hook = world.gitlab.add_hook(world.project, &both(&receiver));
    let path = |what: &str| format!("/projects/{}/hooks/{hook}/test/{what}", world.project);
    let (status, answer) = world.asks("POST", &path("issues_events"), Value::Null).await;
    assert_eq!((status, &answer["message"]), (422, &json!("Ensure the project has issues.")));
    receiver.answers(404);
    world.gitlab.by("ana").opens(world.project, "Pump", "").unwrap();
    world.gitlab.settled().await;
    assert_eq!((receiver.rest().len(), world.gitlab.hooks(world.project)[0].status), (1, "disabled"));
    receiver.answers(200);
    let (status, answer) = world.asks("POST", &path("confidential_issues_events"), Value::Null).await;
    assert_eq!((status, answer), (201, json!({ "message": "201 Created" })));
    let request = receiver.next().await;
    let body = json_of(&request);
    assert_eq!(said(&request, "x-gitlab-event"), Some("Confidential Issue Hook"));
    assert_eq!((&body["object_attributes"]["action"], &body["changes"]), (&json!("open"), &json!({})));
    assert_eq!(body["object_attributes"]["confidential"], json!(false), "an ordinary issue all the same");
    assert_eq!(world.gitlab.hooks(world.project)[0].status, "executable");
    for _ in 0..3 {
        world.asks("POST", &path("issues_events"), Value::Null).await;
    }
    assert_eq!(world.asks("POST", &path("issues_events"), Value::Null).await.0, 429, "five in a minute");
}

#[tokio::test]
async fn what_is_sent_again_bears_the_same_key_and_a_new_signature() {
    let (clock, hand) = clock();
    let world = World::new(Options { clock, ..Options::default() }).await;
    let mut receiver = Receiver::start().await;
    let hook = world.gitlab.add_hook(world.project, &both(&receiver));
    world.gitlab.by("ana").opens(world.project, "Pump", "").unwrap();
    let first = receiver.next().await;
    world.gitlab.settled().await;
    hand.fetch_add(3_600_000, Ordering::SeqCst);
    let event = world.gitlab.deliveries()[0].id;
    let path = format!("/projects/{}/hooks/{hook}/events/{event}/resend", world.project);
    assert_eq!(world.asks("POST", &path, Value::Null).await, (201, json!({ "response_status": 200 })));
    let second = receiver.next().await;
    assert_eq!((&first.1, take(&first).dedupe), (&second.1, take(&second).dedupe));
    let later = Micros((MORNING + 3_600_000) * 1000);
    assert_eq!(verifier(true).verify(&second.0, &second.1, later), Ok(()));
    assert_ne!(said(&first, "webhook-signature"), said(&second, "webhook-signature"));
}

#[tokio::test]
async fn private_addresses_are_refused_until_an_administrator_allows_them() {
    let world = World::new(Options { local_requests: false, ..Options::default() }).await;
    let hooks = format!("/projects/{}/hooks", world.project);
    for url in ["http://127.0.0.1:8080/", "http://localhost/x", "http://10.1.2.3/", "http://[::1]/", "gopher://x/"] {
        let (status, answer) = world.asks("POST", &hooks, json!({ "url": url })).await;
        assert_eq!((status, &answer["error"]), (422, &json!("Invalid url given")), "{url}");
    }
    assert_eq!(world.asks("POST", &hooks, json!({ "url": "https://kanbridge.example.com/" })).await.0, 201);
    let mut receiver = Receiver::start().await;
    world.gitlab.add_hook(world.project, &both(&receiver));
    world.gitlab.by("ana").opens(world.project, "Pump", "").unwrap();
    world.gitlab.settled().await;
    let blocked = "Url is blocked: Requests to localhost are not allowed";
    assert_eq!(world.gitlab.deliveries()[0].answer, Err(blocked.to_owned()));
    assert!(receiver.rest().is_empty());
}

#[tokio::test]
async fn what_was_held_is_let_go_shuffled_doubled_and_thinned_out_alike_for_one_seed() {
    let mut orders = Vec::new();
    for seed in [7, 7, 8] {
        let world = World::new(Options { in_turn: true, ..Options::default() }).await;
        let mut receiver = Receiver::start().await;
        world.gitlab.add_hook(world.project, &both(&receiver));
        world.gitlab.hold();
        for number in 0..100 {
            world.gitlab.by("ana").opens(world.project, &format!("Issue {number}"), "").unwrap();
        }
        assert_eq!(world.gitlab.tally().borrow().held, 100);
        world.gitlab.let_go(Shuffle { seed: Some(seed), doubled: 20, lost: 20 });
        world.gitlab.settled().await;
        let requests = receiver.rest();
        let keys: std::collections::BTreeSet<String> = requests.iter().map(|each| take(each).dedupe).collect();
        assert!((60..95).contains(&keys.len()) && requests.len() > keys.len(), "{} of {}", keys.len(), requests.len());
        orders.push(requests.iter().map(|each| take(each).issue.unwrap().id.iid).collect::<Vec<_>>());
    }
    assert_eq!(orders[0], orders[1]);
    assert_ne!(orders[0], orders[2]);
    assert!(!orders[0].is_sorted());
}

#[tokio::test]
async fn a_call_that_passes_the_event_on_does_not_call_the_same_hook_again() {
    let world = World::new(Options::default()).await;
    let mut receiver = Receiver::start().await;
    world.gitlab.add_hook(world.project, &both(&receiver));
    world.gitlab.by("ana").opens(world.project, "Pump", "").unwrap();
    let uuid = said(&receiver.next().await, "x-gitlab-event-uuid").unwrap().to_owned();
    let url = format!("{}/api/v4/projects/{}/issues/1/notes", world.gitlab.url(), world.project);
    let client = reqwest::Client::new();
    for (header, arrive) in [(Some(&uuid), 0), (None, 1)] {
        let request = client.post(&url).bearer_auth("glpat-sandbox-token").json(&json!({ "body": "Echo." }));
        let request = header.iter().fold(request, |request, uuid| request.header("x-gitlab-event-uuid", uuid.as_str()));
        assert_eq!(request.send().await.unwrap().status(), 201);
        world.gitlab.settled().await;
        assert_eq!(receiver.rest().len(), arrive);
    }
}

#[tokio::test]
async fn a_page_hears_of_every_change() {
    let world = World::new(Options::default()).await;
    let mut changes = world.gitlab.changes();
    let before = *changes.borrow_and_update();
    world.gitlab.by("ana").opens(world.project, "Pump", "").unwrap();
    let after =
        *tokio::time::timeout(Duration::from_secs(5), changes.wait_for(|now| *now > before)).await.unwrap().unwrap();
    world.asks("PUT", "/projects/team%2Fheating/issues/1", json!({ "title": "Pumps" })).await;
    assert!(*changes.borrow_and_update() > after);
}
