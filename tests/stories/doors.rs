//! GitLab's door: who gets in, what is answered, and that an answer of 2xx is kept.

use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use kanbridge::model::{Secret, SigningKey};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::stories;
use crate::world::{MORNING, SECRET, World, issue};

const SIGNING_TOKEN: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

stories! {
    async fn a_wrong_or_missing_secret_is_refused_and_leaves_nothing(world: World) {
        let body = issue(23, "Boiler is cold").to_string();
        let (missing, why) = world.sends_with("Issue Hook", body.clone(), &[]).await;
        assert!(missing == 401 && why["error"].as_str().unwrap().contains("X-Gitlab-Token is missing"), "{why}");
        let (wrong, why) = world.sends_with("Issue Hook", body, &[("x-gitlab-token", "wrong")]).await;
        assert!(wrong == 401 && why["error"].as_str().unwrap().contains("GITLAB_WEBHOOK_SECRET"), "{why}");
        assert_eq!((world.turns().await, world.store.deliveries(10, true).await.unwrap().len()), (0, 0));
    }

    async fn a_signed_request_gets_in_and_an_unsigned_one_does_not(world: World) {
        let mut world = world;
        world.restarts(|config| config.gitlab.signing_keys = vec![key()]).await;
        let body = issue(23, "Boiler is cold").to_string();
        let (unsigned, why) = world.sends_with("Issue Hook", body.clone(), &[("x-gitlab-token", SECRET)]).await;
        assert!(unsigned == 401 && why["error"].as_str().unwrap().contains("not signed"), "{why}");
        let signed = |at: i64| (at.to_string(), signature("delivery-1", at, &body));
        let (at, signature) = signed(MORNING);
        let headers = [("webhook-id", "delivery-1"), ("webhook-timestamp", &at), ("webhook-signature", &signature)];
        assert_eq!(world.sends_with("Issue Hook", body.clone(), &headers).await.0, 200);
        let (at, signature) = signed(MORNING - 400);
        let headers = [("webhook-id", "delivery-1"), ("webhook-timestamp", &at), ("webhook-signature", &signature)];
        let (stale, why) = world.sends_with("Issue Hook", body.clone(), &headers).await;
        assert!(stale == 401 && why["error"].as_str().unwrap().contains("400 seconds old"), "{why}");
    }

    async fn the_same_request_twice_is_one_delivery_and_still_heals(world: World) {
        let body = issue(23, "Boiler is cold").to_string();
        let headers = [("x-gitlab-token", SECRET), ("webhook-id", "one"), ("idempotency-key", "one")];
        let (_, first) = world.sends_with("Issue Hook", body.clone(), &headers).await;
        let (status, again) = world.sends_with("Issue Hook", body, &headers).await;
        assert_eq!((status, &again["status"], &again["delivery"]), (200, &json!("duplicate"), &first["delivery"]));
        assert_eq!((world.turns().await, world.cards().len()), (1, 1));
        let kept = world.store.deliveries(10, true).await.unwrap();
        assert_eq!((kept.len(), kept[0].repeats), (1, 1));
    }

    async fn fifty_identical_deliveries_at_once_make_one_card(world: World) {
        let body = issue(23, "Boiler is cold").to_string();
        let send = || world.sends_with("Issue Hook", body.clone(), &[("x-gitlab-token", SECRET), ("webhook-id", "one")]);
        let answers = futures_util::future::join_all((0..50).map(|_| send())).await;
        let count = |status: &str| answers.iter().filter(|(code, body)| *code == 200 && body["status"] == status).count();
        assert_eq!((count("accepted"), count("duplicate")), (1, 49));
        world.turns().await;
        assert_eq!((world.cards().len(), world.store.deliveries(100, true).await.unwrap()[0].repeats), (1, 49));
    }

    async fn the_test_button_after_the_event_makes_no_second_card(world: World) {
        world.opens(23, "Boiler is cold").await;
        world.turns().await;
        world.calls();
        for id in ["test-1", "test-2"] {
            let headers = [("x-gitlab-token", SECRET), ("webhook-id", id)];
            let (_, answer) = world.sends_with("Issue Hook", issue(23, "Boiler is cold").to_string(), &headers).await;
            assert_eq!(answer["status"], "accepted");
        }
        assert_eq!((world.turns().await, world.calls(), world.cards().len()), (1, vec![], 1));
    }

    async fn kinds_that_are_not_ours_are_kept_and_ignored(world: World) {
        let (status, answer) = world.sends("Push Hook", &json!({ "object_kind": "push", "ref": "refs/heads/main" })).await;
        assert_eq!((status, answer), (200, json!({ "status": "ignored", "reason": "`push` events are not synced" })));
        let kept = world.store.deliveries(10, true).await.unwrap();
        assert_eq!((kept.len(), kept[0].event.as_str(), world.turns().await), (1, "Push Hook", 0));
    }

    async fn what_is_no_hook_is_told_so(world: World) {
        for (body, told) in [("hello", "JSON"), ("{\"text\":\"hi\"}", "custom webhook template"), ("", "JSON")] {
            let (status, answer) = world.sends_with("Issue Hook", body.to_owned(), &[("x-gitlab-token", SECRET)]).await;
            assert!(status == 400 && answer["error"].as_str().unwrap().contains(told), "{answer}");
        }
    }

    async fn a_body_over_the_cap_is_refused_however_it_comes(world: World) {
        let mut world = world;
        world.restarts(|config| config.limits.body = 1 << 20).await;
        let long = "x".repeat((1 << 20) + 1);
        let (told, answer) = world.sends_with("Issue Hook", long.clone(), &[("x-gitlab-token", SECRET)]).await;
        assert!(told == 413 && answer["error"].as_str().unwrap().contains("1 MB"), "{answer}");
        let chunked = format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
        assert!(raw(&world, &chunked).await.starts_with("HTTP/1.1 413"));
    }

    async fn past_the_bound_on_bytes_in_flight_nothing_is_promised(world: World) {
        let mut world = world;
        world.restarts(|config| config.limits.bytes_in_flight = 100).await;
        let (status, answer) = world.sends("Issue Hook", &issue(23, "Boiler is cold")).await;
        assert!(status == 503 && answer["error"].as_str().unwrap().contains("send it again"), "{answer}");
        assert_eq!(world.store.deliveries(10, true).await.unwrap().len(), 0);
    }

    async fn other_paths_and_methods_are_told_where_the_door_is(world: World) {
        let get = |path: &str| reqwest::get(format!("http://{}{path}", world.address()));
        assert_eq!(get("/webhooks/gitlab").await.unwrap().status(), 405);
        let nowhere = get("/nowhere").await.unwrap();
        assert_eq!(nowhere.status(), 404);
        assert!(nowhere.text().await.unwrap().contains("/webhooks/gitlab"));
        assert_eq!(get("/healthz").await.unwrap().status(), 200);
        assert_eq!(get("/readyz").await.unwrap().status(), 503, "nobody works on the queue in a story that is stepped");
    }

    async fn the_origin_s_path_is_the_same_door(world: World) {
        let url = format!("http://{}/issue", world.address());
        let request = reqwest::Client::new().post(url).header("x-gitlab-token", SECRET);
        let answer = request.body(issue(23, "Boiler is cold").to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        world.turns().await;
        assert_eq!(world.cards().len(), 1);
    }
}

fn key() -> SigningKey {
    SigningKey::parse(&Secret::new(SIGNING_TOKEN)).unwrap()
}

/// Signed by hand, as another implementation would.
fn signature(id: &str, at: i64, body: &str) -> String {
    let encoded = SIGNING_TOKEN.strip_prefix("whsec_").unwrap();
    let secret = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes()))
}

/// Sends bytes that no client library would, behind the request line and the secret; gives what comes back.
async fn raw(world: &World, rest: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(world.address()).await.unwrap();
    let head =
        format!("POST /webhooks/gitlab HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {SECRET}\r\nConnection: close\r\n");
    // The door may answer and close before it has read everything.
    let _ = stream.write_all(format!("{head}{rest}").as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}
