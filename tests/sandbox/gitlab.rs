//! The GitLab side: driven by python-gitlab, its API in the details that the bridge depends on.

use std::time::Duration;

use kanbridge::sandbox::gitlab::{Change, Edition, Era, Fault, GitLab, Kind, Options};
use reqwest::Method;
use serde_json::{Value, json};

use crate::clients;
use crate::receiver::Receiver;

pub(crate) struct World {
    pub(crate) gitlab: GitLab,
    pub(crate) project: i64,
    client: reqwest::Client,
}

impl World {
    pub(crate) async fn new(options: Options) -> Self {
        let gitlab = GitLab::start(options).await.unwrap();
        let project = gitlab.add_project("team/heating");
        let ana = gitlab.add_user("ana", "Ana");
        gitlab.add_member(project, ana, 30);
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        World { gitlab, project, client }
    }

    async fn asks_as(&self, token: &str, method: &str, path: &str, body: Value) -> reqwest::Response {
        let url =
            if path.starts_with("http") { path.to_owned() } else { format!("{}/api/v4{path}", self.gitlab.url()) };
        let request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        let request = request.header("private-token", token);
        let request = if body.is_null() { request } else { request.json(&body) };
        request.send().await.unwrap()
    }

    pub(crate) async fn asks(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let answer = self.asks_as("glpat-sandbox-token", method, path, body).await;
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn gets(&self, path: &str) -> Value {
        let (status, answer) = self.asks("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python-gitlab"]
async fn python_gitlab_has_no_complaint() {
    let world = World::new(Options::default()).await;
    world.gitlab.add_project("team/roof");
    world.gitlab.add_milestone(world.project, "Winter", Some("2026-12-31"));
    world.gitlab.by("ana").opens_merge_request(world.project, "Quieter pump", "Closes #1").unwrap();
    let receiver = Receiver::start().await;
    let url = world.gitlab.url();
    let arguments = [url.as_str(), "glpat-sandbox-token", "team/heating", &receiver.url];
    tokio::task::block_in_place(|| clients::python("python_gitlab.py", &arguments));
}

#[tokio::test]
async fn pages_are_linked_and_counted_as_gitlab_does() {
    let world = World::new(Options::default()).await;
    for number in 0..45 {
        world.gitlab.by("ana").opens(world.project, &format!("Issue {number}"), "").unwrap();
    }
    let path = "/projects/team%2Fheating/issues?per_page=20&page=2&labels=&iids[]=1";
    let answer = world.asks_as("glpat-sandbox-token", "GET", &path.replace("&iids[]=1", ""), Value::Null).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let counts = ["x-total", "x-total-pages", "x-page", "x-per-page", "x-next-page", "x-prev-page"].map(header);
    assert_eq!(counts, ["45", "3", "2", "20", "3", "1"]);
    let base = format!("<{}/api/v4/projects/team%2Fheating/issues?", world.gitlab.url());
    let links: Vec<String> = header("link").split(", ").map(str::to_owned).collect();
    let rels: Vec<&str> = links.iter().map(|link| link.rsplit_once("; rel=").unwrap().1).collect();
    assert_eq!(rels, ["\"prev\"", "\"next\"", "\"first\"", "\"last\""]);
    assert!(links.iter().all(|link| link.starts_with(&base)), "{links:?}");
    let mut next = Some(format!(
        "{}/api/v4/projects/{}/issues?per_page=7&pagination=keyset&order_by=updated_at&sort=asc",
        world.gitlab.url(),
        world.project
    ));
    let mut seen = Vec::new();
    while let Some(url) = next {
        let answer = world.asks_as("glpat-sandbox-token", "GET", &url, Value::Null).await;
        assert!(answer.headers().get("x-total").is_none(), "a keyset is not counted");
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        next = link.map(|link| link.trim_start_matches('<').split_once('>').unwrap().0.to_owned());
        let page: Vec<Value> = answer.json().await.unwrap();
        seen.extend(page.iter().map(|issue| issue["iid"].as_i64().unwrap()));
    }
    assert_eq!(seen, (1..=45).collect::<Vec<_>>());
}

#[tokio::test]
async fn refusals_are_worded_as_gitlab_words_them() {
    let world = World::new(Options::default()).await;
    let eve = world.gitlab.add_user("eve", "Eve");
    world.gitlab.add_token("reads", eve, &["read_api"], None);
    world.gitlab.add_token("old", world.gitlab.root(), &["api"], Some("2020-01-01"));
    world.gitlab.add_token("gone", eve, &["api"], None);
    world.gitlab.revoke_token("gone");
    let ana = world.gitlab.by("ana");
    ana.opens(world.project, "Pump", "").unwrap();
    let issues = format!("/projects/{}/issues", world.project);
    let long = json!({ "title": "x".repeat(256) });
    let table = [
        ("", "GET", issues.as_str(), Value::Null, 401, r#"{"message":"401 Unauthorized"}"#),
        ("old", "GET", &issues, Value::Null, 401, r#""error":"invalid_token""#),
        ("gone", "GET", &issues, Value::Null, 401, "Token was revoked"),
        ("reads", "POST", &issues, json!({ "title": "x" }), 403, r#""error":"insufficient_scope""#),
        ("reads", "GET", &issues, Value::Null, 404, r#"{"message":"404 Project Not Found"}"#),
        ("glpat-sandbox-token", "GET", "/nonsense", Value::Null, 404, r#"{"error":"404 Not Found"}"#),
        ("glpat-sandbox-token", "POST", &issues, json!({}), 400, r#"{"error":"title is missing"}"#),
        (
            "glpat-sandbox-token",
            "POST",
            &issues,
            long,
            400,
            r#"{"message":{"title":["is too long (maximum is 255 characters)"]}}"#,
        ),
        (
            "glpat-sandbox-token",
            "GET",
            "/projects/team%2Fheating/issues/99",
            Value::Null,
            404,
            r#"{"message":"404 Not found"}"#,
        ),
        (
            "glpat-sandbox-token",
            "PUT",
            "/projects/team%2Fheating/issues/1",
            json!({ "state_event": "shut" }),
            400,
            "state_event does not have a valid value",
        ),
        (
            "glpat-sandbox-token",
            "PUT",
            "/projects/team%2Fheating/issues/1",
            json!({ "weight": 2 }),
            400,
            "at least one parameter must be provided",
        ),
    ];
    for (token, method, path, body, status, text) in table {
        let answer = world.asks_as(token, method, path, body).await;
        let given = (answer.status().as_u16(), answer.text().await.unwrap());
        assert!(given.0 == status && given.1.contains(text), "{method} {path}: {given:?}");
    }
}

#[tokio::test]
async fn a_limited_user_is_told_when_to_come_again() {
    let world = World::new(Options { calls_per_minute: Some(2), ..Options::default() }).await;
    for left in ["1", "0"] {
        let answer = world.asks_as("glpat-sandbox-token", "GET", "/version", Value::Null).await;
        assert_eq!((answer.status().as_u16(), &answer.headers()["ratelimit-remaining"]), (200, &left.parse().unwrap()));
    }
    let answer = world.asks_as("glpat-sandbox-token", "GET", "/version", Value::Null).await;
    assert_eq!(answer.status(), 429);
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait) && answer.headers().contains_key("ratelimit-resettime"));
    assert_eq!(answer.text().await.unwrap(), "Retry later\n");
    world.gitlab.limit_calls(None);
    assert!(world.gets("/version").await["version"].as_str().unwrap().starts_with("19."));
}

#[tokio::test]
async fn a_renamed_project_is_found_under_its_new_path() {
    let world = World::new(Options::default()).await;
    world.gitlab.rename_project(world.project, "team/warmth");
    let answer = world.asks_as("glpat-sandbox-token", "GET", "/projects/team%2Fheating/issues", Value::Null).await;
    assert_eq!(answer.status(), 301);
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(world.gets(&place).await, json!([]));
    assert_eq!(world.gets("/projects/team%2Fwarmth").await["id"], json!(world.project));
}

#[tokio::test]
async fn confidential_things_are_there_for_members_only() {
    let world = World::new(Options::default()).await;
    let guest = world.gitlab.add_user("guest", "Guest");
    world.gitlab.add_member(world.project, guest, 10);
    world.gitlab.add_token("guest", guest, &["api"], None);
    let ana = world.gitlab.by("ana");
    ana.opens_with(world.project, &Change { confidential: Some(true), ..Change::text("Key", "") }).unwrap();
    ana.opens(world.project, "Pump", "").unwrap();
    ana.comments_internally(world.project, 2, "not for guests").unwrap();
    for (token, issues, notes) in [("glpat-sandbox-token", 2, 1), ("guest", 1, 0)] {
        let count = async |path: &str| {
            let answer = world.asks_as(token, "GET", path, Value::Null).await;
            answer.json::<Vec<Value>>().await.unwrap().len()
        };
        assert_eq!(count("/projects/team%2Fheating/issues").await, issues, "{token}");
        assert_eq!(count("/projects/team%2Fheating/issues/2/notes").await, notes, "{token}");
    }
    let hidden = world.asks_as("guest", "GET", "/projects/team%2Fheating/issues/1", Value::Null).await;
    assert_eq!(hidden.status(), 404);
    let forbidden = world.asks_as("guest", "GET", "/projects/team%2Fheating/hooks", Value::Null).await;
    assert_eq!(forbidden.status(), 403);
}

#[tokio::test]
async fn a_free_instance_keeps_one_assignee_and_no_weight() {
    let world = World::new(Options { edition: Edition::Free, ..Options::default() }).await;
    let ana = world.gets("/users?username=ana").await[0]["id"].clone();
    let root = world.gets("/user").await["id"].clone();
    let body = json!({ "title": "Pump", "assignee_ids": [ana, root], "weight": 4 });
    let (status, issue) = world.asks("POST", "/projects/team%2Fheating/issues", body).await;
    assert_eq!((status, issue["assignees"].as_array().unwrap().len()), (201, 1));
    assert!(issue.get("weight").is_none());
}

#[tokio::test]
async fn tasks_come_to_who_asks_for_them() {
    let world = World::new(Options::default()).await;
    let ana = world.gitlab.by("ana");
    for kind in [Kind::Issue, Kind::Incident, Kind::Task] {
        ana.opens_with(world.project, &Change { kind: Some(kind), ..Change::text("It", "") }).unwrap();
    }
    let count = async |query: &str| {
        world.gets(&format!("/projects/team%2Fheating/issues{query}")).await.as_array().unwrap().len()
    };
    assert_eq!((count("").await, count("?issue_type=task").await, count("?issue_type=incident").await), (2, 1, 1));
}

#[tokio::test]
async fn faults_strike_one_call_and_work_may_be_done_all_the_same() {
    let world = World::new(Options::default()).await;
    let (project, gitlab) = (world.project, &world.gitlab);
    let impatient = reqwest::Client::builder().timeout(Duration::from_millis(200)).build().unwrap();
    let url = format!("{}/api/v4/projects/{project}/issues", gitlab.url());
    let opens = async |title: &str| {
        let request = impatient.post(&url).bearer_auth("glpat-sandbox-token").json(&json!({ "title": title }));
        request.send().await.map(|answer| answer.status().as_u16()).ok()
    };
    let route = "POST /projects/{id}/issues";
    let table = [
        (Fault::Answer(502, "Bad Gateway"), Some(502), 0),
        (Fault::TimeoutBefore, None, 0),
        (Fault::TimeoutAfter, None, 1),
        (Fault::DropBefore, None, 1),
        (Fault::DropAfter, None, 2),
        (Fault::ApplyLater, None, 2),
    ];
    for (fault, status, issues) in table {
        gitlab.fail_next(route, fault.clone());
        assert_eq!((opens("Pump").await, gitlab.issues(project).len()), (status, issues), "{fault:?}");
    }
    gitlab.apply_held_work();
    assert_eq!((opens("Pump").await, gitlab.issues(project).len()), (Some(201), 4));
    assert_eq!(gitlab.calls().iter().filter(|call| call.route == route).count(), 7);
}

#[tokio::test]
async fn a_signing_token_is_news_to_versions_before_19() {
    let token = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    for era in [Era::Plain, Era::Keyed, Era::Signed] {
        let world = World::new(Options { era, ..Options::default() }).await;
        let body = json!({ "url": "http://127.0.0.1:9/hook", "signing_token": token });
        let (status, hook) = world.asks("POST", "/projects/team%2Fheating/hooks", body).await;
        let wanted = if era == Era::Signed { json!(true) } else { Value::Null };
        assert_eq!((status, &hook["signing_token_present"]), (201, &wanted), "{era:?}");
        assert!(!hook.to_string().contains("whsec"), "it is never shown");
    }
}
