//! Our GitLab client against the look-alike: what it follows, pages through and makes of refusals.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

use std::time::Duration;

use kanbridge::gitlab::{GitLab, HookCall};
use kanbridge::model::{Done, Secret, TroubleKind};
use kanbridge::net::{Http, HttpOptions, ProxyOptions};
use kanbridge::sandbox::gitlab::{self as look_alike, Fault};

async fn neighbours() -> (look_alike::GitLab, GitLab) {
    let there = look_alike::GitLab::start(look_alike::Options::default()).await.unwrap();
    let client = client(&there.url(), "glpat-sandbox-token");
    (there, client)
}

fn client(url: &str, token: &str) -> GitLab {
    let options =
        HttpOptions { timeout: Duration::from_millis(500), authorities: None, proxy: ProxyOptions::default() };
    GitLab::new(Http::new(&options).unwrap(), &url.parse().unwrap(), &Secret::new(token)).unwrap()
}

#[tokio::test]
async fn all_pages_are_read() {
    let (there, client) = neighbours().await;
    for number in 0..130 {
        there.add_project(&format!("team/part-{number}"));
    }
    let projects = client.projects(None).await.unwrap();
    assert_eq!(projects.len(), 130);
    assert_eq!(there.calls().iter().filter(|call| call.route == "GET /projects").count(), 2, "100 at a time");
    assert_eq!(client.projects(Some("part-12")).await.unwrap().len(), 11);
}

#[tokio::test]
async fn a_project_is_found_by_number_path_former_path_and_behind_a_proxy_that_decodes() {
    let (there, client) = neighbours().await;
    let id = there.add_project("team/sub/app");
    let found = async |name: &str| client.project(name).await.unwrap().map(|project| project.id);
    assert_eq!(found(&id.to_string()).await, Some(id));
    assert_eq!(found("team/sub/app").await, Some(id));
    there.rename_project(id, "team/sub/application");
    assert_eq!(found("team/sub/app").await, Some(id), "its former path leads there");
    there.fail_next("GET /projects/{id}", Fault::Answer(404, "404 page not found"));
    assert_eq!(found("team/sub/application").await, Some(id), "by search");
    assert_eq!(found("team/sub/none").await, None);
    assert_eq!(found("999999").await, None);
}

#[tokio::test]
async fn refusals_tell_what_may_pass_from_what_needs_a_person() {
    let (there, client) = neighbours().await;
    there.add_project("team/app");
    for (status, kind, done) in [
        (401, TroubleKind::Refused, Done::No),
        (404, TroubleKind::Gone, Done::No),
        (429, TroubleKind::Wait(Duration::from_secs(60)), Done::No),
        (502, TroubleKind::Down, Done::Perhaps),
    ] {
        there.fail_next("GET /version", Fault::Answer(status, "no"));
        let trouble = client.version().await.unwrap_err();
        assert_eq!((trouble.kind, trouble.done), (kind, done), "{status}: {}", trouble.sentence);
    }
    there.fail_next("GET /version", Fault::TimeoutBefore);
    assert_eq!(client.version().await.unwrap_err().done, Done::Perhaps);
    there.limit_calls(Some(1));
    while client.version().await.is_ok() {}
    let TroubleKind::Wait(span) = client.version().await.unwrap_err().kind else { panic!("it says when to come back") };
    assert!(span <= Duration::from_secs(60), "{span:?}");
}

#[tokio::test]
async fn no_secret_is_in_a_sentence_or_a_debug_print() {
    let (there, _) = neighbours().await;
    let client = client(&there.url(), "glpat-mistyped");
    let trouble = client.user().await.unwrap_err();
    let hook = HookCall {
        url: "https://kan.example.com".to_owned(),
        secret: Some(Secret::new("hook-secret")),
        signing_token: None,
    };
    let printed = format!("{trouble:?} {client:?} {hook:?}");
    assert!(!printed.contains("glpat-mistyped") && !printed.contains("hook-secret"), "{printed}");
}

#[tokio::test]
async fn a_hook_keeps_its_secret_when_its_address_changes() {
    let (there, client) = neighbours().await;
    let project = there.add_project("team/app");
    let call = |url: &str| HookCall {
        url: url.to_owned(),
        secret: Some(Secret::new("hook-secret")),
        signing_token: Some(Secret::new("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")),
    };
    let made = client.create_hook(project, &call("https://old.example.com/issue")).await.unwrap();
    let changed = client.update_hook(project, made.id, &call("https://new.example.com/issue")).await.unwrap();
    assert_eq!((changed.id, changed.signing_token_present), (made.id, Some(true)));
    let hooks = client.hooks(project).await.unwrap();
    assert_eq!(hooks, [changed]);
}
