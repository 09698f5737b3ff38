//! GitLab's payloads of every era: our own in `fixtures/`, and the recorded ones in a folder beside the checkout.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::HeaderMap;
use kanbridge::gitlab::{Malformed, Verifier, read};
use kanbridge::model::{Discretion, Instance, Intake, Issue, Micros, Secret, SigningKey, Verdict};
use serde_json::Value;

fn read_as(event: &str, body: &[u8]) -> Result<Intake, Malformed> {
    let mut headers = HeaderMap::new();
    headers.insert("x-gitlab-event", event.parse().unwrap());
    read(
        &headers,
        Bytes::copy_from_slice(body),
        &Instance::of_url("https://gitlab.com").unwrap(),
        &Discretion::default(),
    )
}

fn fixture(name: &str, event: &str) -> Result<Intake, Malformed> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gitlab").join(name);
    read_as(event, &std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// An issue in one line: id, path, title, state, labels, people, due.
fn in_short(issue: &Issue) -> String {
    let labels: Vec<&str> = issue.ticket.labels.iter().map(|label| label.name.as_str()).collect();
    format!(
        "{} {} `{}` {} {labels:?} {:?} {}",
        issue.id,
        issue.project_path.as_deref().unwrap_or("-"),
        issue.ticket.title,
        if issue.ticket.closed { "closed" } else { "open" },
        issue.ticket.people,
        issue.ticket.due.map_or_else(|| "-".to_owned(), |due| due.to_string()),
    )
}

#[test]
fn every_era_yields_its_issue() {
    let table = [
        ("issue_2013.json", "gitlab.example.com/14/23 heating `Pump rattles` open [] [] -"),
        (
            "issue_9_reopened.json",
            r#"gitlab.example.com/14/24 team/heating `Valve sticks` open ["cellar"] ["bo"] 2017-02-10"#,
        ),
        (
            "issue_13_two_assignees.json",
            r#"gitlab.example.com/14/25 team/sub/heating `Boiler is cold` open ["cellar", "urgent"] ["bo", "ana"] -"#,
        ),
        ("task_17_closed_by_update.json", "gitlab.example.com/14/26 team/heating `Bleed the radiators` closed [] [] -"),
        (
            "issue_19.json",
            r#"gitlab.example.com:8443/14/27 team/heating `Kesselraum steht unter Wasser 💧` open ["urgent"] ["bo"] 2026-06-02"#,
        ),
        ("test_button_2017.json", "gitlab.example.com/14/29 team/heating `Newest issue of the project` open [] [] -"),
    ];
    for (name, wanted) in table {
        let intake = fixture(name, "Issue Hook").unwrap();
        assert_eq!(intake.verdict, Verdict::Accepted, "{name}");
        assert_eq!(in_short(&intake.issue.unwrap()), wanted, "{name}");
    }
}

#[test]
fn a_payload_without_the_issue_s_url_gets_the_project_s() {
    let issue = fixture("test_button_2017.json", "Test Hook").unwrap().issue.unwrap();
    assert_eq!(issue.url.as_deref(), Some("https://gitlab.example.com/team/heating/-/issues/29"));
}

#[test]
fn what_is_not_ours_is_ignored_with_the_reason() {
    let table = [
        ("epic_19.json", "Issue Hook", "group"),
        ("push.json", "Push Hook", "`push` events are not synced"),
        ("confidential_19.json", "Confidential Issue Hook", "confidential"),
        ("note_on_confidential_issue.json", "Confidential Note Hook", "internal notes"),
    ];
    for (name, event, reason) in table {
        let intake = fixture(name, event).unwrap();
        assert!(intake.verdict == Verdict::Ignored && intake.reason.contains(reason), "{name}: {}", intake.reason);
        assert_eq!(intake.body.is_empty(), event.contains("Confidential"), "{name}");
        assert!(!format!("{:?} {:?}", intake.issue, intake.note).contains("mat"), "{name}");
    }
    assert!(fixture("custom_template.json", "Issue Hook").unwrap_err().to_string().contains("custom webhook template"));
}

#[test]
fn every_fixture_is_named_in_their_readme() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for entry in std::fs::read_dir(folder.join("gitlab")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(readme.contains(&format!("`gitlab/{name}`")), "{name}");
    }
}

/// Traffic that others recorded lies in `../shared/data`, or where `KANBRIDGE_RECORDED` says. It is no part of this
/// project, for the licences are theirs.
fn recorded() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("KANBRIDGE_RECORDED").map_or_else(beside, PathBuf::from);
    assert!(folder.join("gitlab/INDEX.csv").exists(), "no recorded traffic in {}", folder.display());
    folder
}

/// File name and `X-Gitlab-Event` of every recorded body.
fn index(folder: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder.join("gitlab/INDEX.csv")).unwrap();
    let row = |line: &str| {
        let mut cells = line.split(',');
        (cells.next().unwrap_or_default().to_owned(), cells.next().unwrap_or_default().to_owned())
    };
    text.lines().skip(1).filter(|line| !line.is_empty()).map(row).collect()
}

#[test]
#[ignore = "needs recorded traffic"]
fn every_recorded_body_is_read_or_refused_in_words() {
    let folder = recorded();
    let index = index(&folder);
    assert!(index.len() > 150, "{}", index.len());
    for (name, event) in &index {
        let body = std::fs::read(folder.join("gitlab").join(name)).unwrap();
        if let Err(error) = read_as(event, &body) {
            assert!(!error.to_string().is_empty());
            assert!(!name.contains("issue"), "{name}: {error}");
        }
    }
}

/// The truth is read out of the JSON by hand, in another way than the program reads it.
#[test]
#[ignore = "needs recorded traffic"]
fn every_recorded_issue_yields_what_it_says() {
    let folder = recorded();
    let mut seen = 0;
    for (name, event) in index(&folder) {
        let body = std::fs::read(folder.join("gitlab").join(&name)).unwrap();
        let json: Value = serde_json::from_slice(&body).unwrap();
        if json["object_kind"] != "issue" && json["object_kind"] != "work_item" {
            continue;
        }
        seen += 1;
        let intake = read_as(&event, &body).unwrap_or_else(|error| panic!("{name}: {error}"));
        let issue = intake.issue.unwrap_or_else(|| panic!("{name}: no issue"));
        let attributes = &json["object_attributes"];
        assert_eq!(issue.id.project, attributes["project_id"].as_i64().unwrap(), "{name}");
        assert_eq!(issue.id.iid, attributes["iid"].as_i64().unwrap(), "{name}");
        if event.starts_with("Confidential") && attributes["confidential"] != false {
            assert!(intake.body.is_empty() && issue.ticket.title.is_empty() && issue.url.is_none(), "{name}");
            continue;
        }
        let ticket = &issue.ticket;
        assert_eq!(ticket.title, attributes["title"].as_str().unwrap().trim(), "{name}");
        assert_eq!(ticket.closed, attributes["state"] == "closed", "{name}");
        assert_eq!(ticket.due.map(|due| due.to_string()).as_deref(), attributes["due_date"].as_str(), "{name}");
        let all = |list: &Value, field: &str| -> Vec<String> {
            list.as_array()
                .map(|l| l.iter().filter_map(|item| item[field].as_str().map(str::to_owned)).collect())
                .unwrap_or_default()
        };
        let labels: Vec<String> = ticket.labels.iter().map(|label| label.name.clone()).collect();
        assert_eq!(labels, all(&json["labels"], "title"), "{name}");
        let alone: Vec<String> = json["assignee"]["username"].as_str().map(str::to_owned).into_iter().collect();
        let people = if json["assignees"].is_array() { all(&json["assignees"], "username") } else { alone };
        assert_eq!(ticket.people, people, "{name}");
        assert_ne!(issue.version, kanbridge::model::Version::UNKNOWN, "{name}: its time was read");
    }
    assert!(seen >= 30, "{seen}");
}

#[test]
#[ignore = "needs recorded traffic"]
fn every_recorded_note_on_an_issue_yields_what_it_says() {
    let folder = recorded();
    let mut seen = 0;
    for (name, event) in index(&folder) {
        let body = std::fs::read(folder.join("gitlab").join(&name)).unwrap();
        let json: Value = serde_json::from_slice(&body).unwrap();
        if json["object_kind"] != "note" {
            continue;
        }
        let intake = read_as(&event, &body).unwrap_or_else(|error| panic!("{name}: {error}"));
        if !json["issue"].is_object() && !json["work_item"].is_object() {
            assert!(intake.note.is_none() && intake.verdict == Verdict::Ignored, "{name}");
            continue;
        }
        seen += 1;
        let attributes = &json["object_attributes"];
        let news = intake.note.unwrap_or_else(|| panic!("{name}: {}", intake.reason));
        assert_eq!(news.note.id.0, attributes["id"].as_i64().unwrap(), "{name}");
        assert_eq!(news.issue.iid, json["issue"]["iid"].as_i64().unwrap(), "{name}");
        assert_eq!(news.issue.project, attributes["project_id"].as_i64().unwrap(), "{name}");
        assert!(news.note.created.0 > 0 && news.note.changed >= news.note.created, "{name}: its times were read");
        if event.starts_with("Confidential") {
            assert!(news.note.hidden && intake.body.is_empty() && news.note.text.is_empty(), "{name}");
            continue;
        }
        // Who caused the hook need not be who wrote the note.
        let another = json["user"]["id"].is_i64() && json["user"]["id"] != attributes["author_id"];
        let author = if another { "" } else { json["user"]["name"].as_str().unwrap() };
        assert_eq!(
            (news.note.text.as_str(), news.note.author.as_str()),
            (attributes["note"].as_str().unwrap(), author),
            "{name}"
        );
        assert!(!news.note.hidden, "{name}");
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
#[ignore = "needs recorded traffic"]
fn every_recorded_merge_request_yields_what_it_says() {
    let folder = recorded();
    let mut seen = 0;
    for (name, event) in index(&folder) {
        let body = std::fs::read(folder.join("gitlab").join(&name)).unwrap();
        let json: Value = serde_json::from_slice(&body).unwrap();
        if json["object_kind"] != "merge_request" {
            continue;
        }
        let intake = read_as(&event, &body).unwrap_or_else(|error| panic!("{name}: {error}"));
        let attributes = &json["object_attributes"];
        let Some(news) = intake.merge else {
            assert!(attributes["iid"].is_null() || attributes["state"].is_null(), "{name}: {}", intake.reason);
            continue;
        };
        seen += 1;
        assert_eq!(news.merge.iid, attributes["iid"].as_i64().unwrap(), "{name}");
        assert_eq!(news.merge.project, attributes["target_project_id"].as_i64().unwrap(), "{name}");
        assert_eq!(news.merge.title.trim(), attributes["title"].as_str().unwrap().trim(), "{name}");
        let state = attributes["state"].as_str().unwrap().replace("reopened", "opened");
        assert_eq!(news.merge.state.to_string(), state, "{name}");
        assert_ne!(news.merge.version, kanbridge::model::Version::UNKNOWN, "{name}: its time was read");
        assert_eq!(intake.verdict == Verdict::Accepted, !news.names.is_empty(), "{name}");
    }
    assert!(seen >= 20, "{seen}");
}

#[test]
#[ignore = "needs recorded traffic"]
fn every_signature_vector_is_judged_as_it_should_be() {
    let text = std::fs::read_to_string(recorded().join("gitlab-signatures.json")).unwrap();
    let vectors: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(vectors.len() >= 11);
    for vector in vectors {
        let field = |name: &str| vector[name].as_str().unwrap();
        let mut headers = HeaderMap::new();
        for (header, name) in [("webhook-id", "webhook_id"), ("webhook-timestamp", "webhook_timestamp")] {
            headers.insert(header, field(name).parse().unwrap());
        }
        headers.insert("webhook-signature", field("webhook_signature").parse().unwrap());
        let key = SigningKey::parse(&Secret::new(field("secret"))).unwrap();
        let verifier = Verifier { secrets: Vec::new(), signing_keys: vec![key] };
        let now = Micros(field("webhook_timestamp").parse::<i64>().unwrap() * 1_000_000);
        let verdict = verifier.verify(&headers, field("body").as_bytes(), now);
        assert_eq!(verdict.is_ok(), vector["valid"].as_bool().unwrap(), "{}: {verdict:?}", field("name"));
    }
}
