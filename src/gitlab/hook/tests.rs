//! What a hook of each kind and age comes to.

use super::*;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value)))
        .collect()
}

fn read_with(pairs: &[(&'static str, &'static str)], body: &str) -> Result<Intake, Malformed> {
    let instance = Instance::of_url("https://gitlab.com").unwrap();
    read(&headers(pairs), Bytes::copy_from_slice(body.as_bytes()), &instance, &Discretion::default())
}

const ISSUE: &str = r#"{"object_kind":"issue","object_attributes":{"id":301,"iid":23,"project_id":14,"title":" A \u0000title ",
    "state":"opened","updated_at":"2013-12-03T17:15:43Z","url":"http://example.com/diaspora/issues/23"}}"#;

#[test]
fn the_shape_of_2013_needs_no_project_labels_or_changes() {
    let intake = read_with(&[("x-gitlab-event", "Issue Hook")], ISSUE).unwrap();
    let issue = intake.issue.unwrap();
    assert_eq!(issue.id.to_string(), "example.com/14/23");
    assert_eq!(issue.project_path.as_deref(), Some("diaspora"));
    assert_eq!(issue.ticket.title, "A title", "NUL and white space around it are dropped");
    assert_eq!((intake.verdict, issue.confidential), (Verdict::Accepted, false));
}

#[test]
fn an_epic_has_no_project_and_is_ignored() {
    let body = r#"{"object_kind":"work_item","project":null,"object_attributes":{"iid":3,"project_id":null,"title":"x","type":"Epic"}}"#;
    let intake = read_with(&[], body).unwrap();
    assert_eq!((intake.verdict, intake.issue), (Verdict::Ignored, None));
    assert!(intake.reason.contains("group"));
}

#[test]
fn nothing_of_a_confidential_issue_is_kept() {
    let confidential = ISSUE.replace(r#""state""#, r#""confidential":true,"state""#);
    for (header, body) in [("Issue Hook", confidential.as_str()), ("Confidential Issue Hook", ISSUE)] {
        let intake = read_with(&[("x-gitlab-event", header)], body).unwrap();
        assert_eq!((intake.verdict, intake.body.len()), (Verdict::Ignored, 0));
        assert!(!format!("{intake:?}").contains("title\""), "{intake:?}");
        let issue = intake.issue.unwrap();
        assert!(issue.confidential && issue.ticket == crate::model::Ticket::default() && issue.url.is_none());
    }
}

#[test]
fn the_test_button_sends_an_ordinary_issue_under_the_confidential_header() {
    let open = ISSUE.replace(r#""state""#, r#""confidential":false,"state""#);
    let intake = read_with(&[("x-gitlab-event", "Confidential Issue Hook")], &open).unwrap();
    assert_eq!(intake.verdict, Verdict::Accepted);
}

#[test]
fn notes_on_confidential_issues_and_internal_notes_are_not_kept() {
    for body in [
        r#"{"object_kind":"note","event_type":"confidential_note","object_attributes":{"note":"x"}}"#,
        r#"{"object_kind":"note","object_attributes":{"note":"x"},"issue":{"confidential":true}}"#,
        r#"{"object_kind":"note","object_attributes":{"note":"x","internal":true},"issue":{"confidential":false}}"#,
        r#"{"object_kind":"emoji","object_attributes":{},"work_item":{"confidential":"odd"}}"#,
        r#"{"object_kind":"emoji","object_attributes":{},"issue":{"confidential":false},"note":{"internal":true}}"#,
    ] {
        let intake = read_with(&[("x-gitlab-event", "Note Hook")], body).unwrap();
        assert_eq!((intake.verdict, intake.body.len()), (Verdict::Ignored, 0), "{body}");
    }
    let open = r#"{"object_kind":"note","object_attributes":{"note":"x"},"issue":{"confidential":false}}"#;
    assert!(!read_with(&[], open).unwrap().body.is_empty());
}

#[test]
fn what_is_no_hook_is_refused_with_the_likely_cause() {
    let error = |body| read_with(&[], body).unwrap_err().to_string();
    assert!(error("nonsense").contains("not a JSON object"));
    assert!(error("[]").contains("not a JSON object"));
    assert!(error(r#"{"text":"hello"}"#).contains("custom webhook template"));
    assert!(error(r#"{"object_kind":"issue"}"#).contains("object_attributes"));
    assert!(error(r#"{"object_kind":"issue","object_attributes":{"iid":1,"project_id":2}}"#).contains("title"));
}

#[test]
fn repetitions_are_known_by_the_newest_header_there_is() {
    let name = |pairs: &[(&'static str, &'static str)], body| read_with(pairs, body).unwrap().dedupe;
    let all = [("webhook-id", "w"), ("idempotency-key", "i"), ("x-gitlab-event-uuid", "u")];
    assert_eq!(name(&all, ISSUE), "id:w");
    assert_eq!(name(&all[1..], ISSUE), "id:i");
    let other = ISSUE.replace("A ", "Another ");
    assert_ne!(name(&all[2..], ISSUE), name(&all[2..], &other), "one event UUID, another body");
    assert_ne!(name(&all[2..], ISSUE), name(&[], ISSUE), "another event UUID, one body");
    assert_eq!(name(&[], ISSUE), name(&[], ISSUE));
}

#[test]
fn secrets_in_headers_are_not_kept() {
    let pairs = [
        ("x-gitlab-token", "hunter2"),
        ("webhook-signature", "v1,abc"),
        ("authorization", "Basic x"),
        ("x-gitlab-event", "Issue Hook"),
    ];
    assert_eq!(read_with(&pairs, ISSUE).unwrap().headers, r#"{"x-gitlab-event":"Issue Hook"}"#);
}
