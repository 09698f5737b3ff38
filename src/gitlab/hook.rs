//! Reading a webhook request whose sender has been verified: what it is about, how it is told from
//! its repetitions, and what of it may be kept.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::map::{self, NoIssue};
use super::{merges, notes, wire};
use crate::model::{Discretion, Instance, Intake, Issue, MayKeep, MergeNews, NoteNews, Verdict};

/// The headers that are kept with a delivery: a list of those allowed, so that a secret in a
/// header of a name we never heard of is not kept either.
const KEPT_HEADERS: [&str; 9] = [
    "content-type",
    "user-agent",
    "x-gitlab-event",
    "x-gitlab-event-uuid",
    "x-gitlab-instance",
    "x-gitlab-webhook-uuid",
    "idempotency-key",
    "webhook-id",
    "webhook-timestamp",
];

/// A body that is no GitLab hook, in a sentence for whoever set the hook up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not JSON, or not a JSON object.
    #[error("the body is not a JSON object ({0}); point only GitLab webhooks here")]
    NotJson(String),
    /// JSON, and no hook.
    #[error(
        "the body has neither `object_kind` nor `event_name`: not a GitLab webhook, or this hook has a custom webhook \
         template; remove the template under Settings > Webhooks in GitLab"
    )]
    NotAHook,
    /// An issue hook without something that every issue has.
    #[error(
        "the issue payload cannot be read: {0}; if this hook has a custom webhook template, remove it under \
         Settings > Webhooks in GitLab"
    )]
    BadIssue(String),
}

/// Reads a request. `instance` names the GitLab whose payloads carry no URL (the test payloads of
/// old versions) where the request does not say it either; `discretion` says what may be kept of
/// what is confidential.
///
/// # Errors
/// [`Malformed`] when the body is no hook. Hooks of every kind that is not ours are no error:
/// they come back as [`Verdict::Ignored`] with the reason.
pub fn read(
    headers: &HeaderMap,
    body: Bytes,
    instance: &Instance,
    discretion: &Discretion,
) -> Result<Intake, Malformed> {
    let circumstances = Circumstances { headers, instance, discretion };
    let reading = match serde_json::from_slice::<wire::IssueHook>(&body) {
        Ok(hook) if matches!(hook.object_kind.as_str(), "issue" | "work_item") => {
            let secrecy = Secrecy::of_issue(headers, &hook);
            read_issue(circumstances, hook, secrecy != Secrecy::Open)?
        }
        // Another kind, or an issue that is not as it should be: the envelope tells which.
        whole => read_envelope(circumstances, &body, whole.err())?,
    };
    let dedupe = dedupe(headers, &body);
    let Reading { verdict, reason, issue, note, merge, keep } = reading;
    let body = if keep { body } else { Bytes::new() };
    let event = text(headers, "x-gitlab-event").unwrap_or(kind_header(issue.is_some(), note.is_some()));
    Ok(Intake {
        dedupe,
        event: shorten(event),
        headers: kept(headers),
        body,
        verdict,
        reason,
        issue,
        note,
        merge,
        watch: None,
    })
}

/// Reads a request again of which the store has kept the body and these headers (a JSON object).
///
/// # Errors
/// [`Malformed`], as [`read`] gives it.
pub fn read_kept(
    headers: &str,
    body: Bytes,
    instance: &Instance,
    discretion: &Discretion,
) -> Result<Intake, Malformed> {
    // Written by `kept`; what is none of it cannot have changed how the body was read.
    let kept: BTreeMap<String, String> = serde_json::from_str(headers).unwrap_or_default();
    let pair =
        |(name, value): (String, String)| Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?));
    read(&kept.into_iter().filter_map(pair).collect(), body, instance, discretion)
}

/// What a body is read by, besides itself.
#[derive(Clone, Copy)]
struct Circumstances<'a> {
    headers: &'a HeaderMap,
    instance: &'a Instance,
    discretion: &'a Discretion,
}

impl Circumstances<'_> {
    /// The instance of payloads that do not name theirs.
    fn fallback(self) -> Instance {
        let told = text(self.headers, "x-gitlab-instance").and_then(|url| Instance::of_url(url).ok());
        told.unwrap_or_else(|| self.instance.clone())
    }
}

fn read_envelope(
    circumstances: Circumstances<'_>,
    body: &[u8],
    no_issue: Option<serde_json::Error>,
) -> Result<Reading, Malformed> {
    let envelope: wire::Envelope<'_> =
        serde_json::from_slice(body).map_err(|error| Malformed::NotJson(error.to_string()))?;
    let kind = envelope.object_kind.as_deref().or(envelope.event_name.as_deref()).ok_or(Malformed::NotAHook)?;
    if let (Some(error), "issue" | "work_item") = (no_issue, kind) {
        return Err(Malformed::BadIssue(error.to_string()));
    }
    let secrecy = Secrecy::of(circumstances.headers, &envelope);
    Ok(match kind {
        "merge_request" if secrecy == Secrecy::Open => read_merge_request(circumstances, body),
        "note" => read_note(circumstances, body, secrecy, tells_on_confidential_issue(&envelope)),
        _ => Reading {
            keep: secrecy == Secrecy::Open,
            ..Reading::ignored(format!("`{}` events are not synced", shorten(kind)))
        },
    })
}

/// A note that is confidential for its issue's sake alone: it says itself that it is not internal.
fn tells_on_confidential_issue(envelope: &wire::Envelope<'_>) -> bool {
    let flags = |object: Option<&RawValue>| -> wire::Flags {
        object.and_then(|object| serde_json::from_str(object.get()).ok()).unwrap_or_default()
    };
    let (note, issue) = (flags(envelope.object_attributes), flags(envelope.issue.or(envelope.work_item)));
    note.internal == Value::Bool(false)
        && !mark(&note.confidential, &note.internal).unwrap_or(false)
        && issue.confidential == Value::Bool(true)
}

/// What to call a delivery that came without its `X-Gitlab-Event`.
fn kind_header(issue: bool, note: bool) -> &'static str {
    match (issue, note) {
        (true, _) => "Issue Hook",
        (false, true) => "Note Hook",
        (false, false) => "(no X-Gitlab-Event)",
    }
}

/// What a request says, once it is known whether it is confidential.
struct Reading {
    verdict: Verdict,
    reason: String,
    issue: Option<Issue>,
    note: Option<NoteNews>,
    merge: Option<Box<MergeNews>>,
    /// Whether the body may be kept.
    keep: bool,
}

impl Reading {
    fn accepted() -> Self {
        Reading { verdict: Verdict::Accepted, reason: String::new(), issue: None, note: None, merge: None, keep: true }
    }

    fn ignored(reason: impl Into<String>) -> Self {
        Reading { verdict: Verdict::Ignored, reason: reason.into(), ..Reading::accepted() }
    }

    /// Not synced, and not to be kept.
    fn withheld(reason: impl Into<String>) -> Self {
        Reading { keep: false, ..Reading::ignored(reason) }
    }
}

/// A note that cannot be read is no reason to answer 400: GitLab would switch the hook off, and issues with it.
fn read_note(circumstances: Circumstances<'_>, body: &[u8], secrecy: Secrecy, on_confidential_issue: bool) -> Reading {
    if secrecy == Secrecy::ByHeader {
        let reason = "only its header calls the note confidential, as GitLab's Test button does: it is not copied, and no \
                      copy is taken away";
        return Reading::withheld(reason);
    }
    let keep = secrecy == Secrecy::Open;
    let hook = match serde_json::from_slice::<wire::NoteHook>(body) {
        Ok(hook) => hook,
        Err(error) => return Reading { keep, ..Reading::ignored(format!("the note cannot be read: {error}")) },
    };
    let project = notes::project(&hook);
    let shown = |project: i64| circumstances.discretion.in_project(project, notes::project_path(&hook));
    let allowed = on_confidential_issue && project.is_some_and(|project| shown(project) == MayKeep::All);
    let hidden = !keep && !allowed;
    match notes::of_hook(hook, hidden, &circumstances.fallback()) {
        Ok(note) if hidden => {
            let reason = "internal notes and notes of confidential issues are not copied";
            Reading { note: Some(note), ..Reading::withheld(reason) }
        }
        Ok(note) => Reading { note: Some(note), ..Reading::accepted() },
        Err(reason) => Reading { keep: !hidden, ..Reading::ignored(reason) },
    }
}

/// Its words may name issues, and their cards follow it.
fn read_merge_request(circumstances: Circumstances<'_>, body: &[u8]) -> Reading {
    let hook = match serde_json::from_slice::<wire::MergeHook>(body) {
        Ok(hook) => hook,
        Err(error) => return Reading::ignored(format!("the merge request cannot be read: {error}")),
    };
    match merges::of_hook(hook, &circumstances.fallback()) {
        // It may have named some before its text was changed.
        Ok(news) if news.names.is_empty() => {
            Reading { merge: Some(Box::new(news)), ..Reading::ignored("the merge request names no issue") }
        }
        Ok(news) => Reading { merge: Some(Box::new(news)), ..Reading::accepted() },
        Err(reason) => Reading::ignored(reason),
    }
}

fn read_issue(
    circumstances: Circumstances<'_>,
    hook: wire::IssueHook,
    confidential: bool,
) -> Result<Reading, Malformed> {
    let issue = match map::issue(hook, confidential, &circumstances.fallback()) {
        Ok(issue) => issue,
        Err(NoIssue::OfGroup) => {
            let reason = "it belongs to a group, not to a project; no route can be for it";
            return Ok(Reading { keep: !confidential, ..Reading::ignored(reason) });
        }
        Err(NoIssue::Missing(field)) => return Err(Malformed::BadIssue(format!("`{field}` is missing"))),
    };
    let may_keep = circumstances.discretion.in_project(issue.id.project, issue.project_path.as_deref());
    let issue = Some(may_keep.of(issue));
    Ok(match may_keep {
        _ if !confidential => Reading { issue, ..Reading::accepted() },
        MayKeep::All => Reading { issue, ..Reading::accepted() },
        MayKeep::Place(_) => Reading { issue, keep: false, ..Reading::accepted() },
        MayKeep::Name => Reading { issue, ..Reading::withheld("confidential issues are not synced") },
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    Open,
    /// Only the header calls it confidential.
    ByHeader,
    /// The body itself does.
    ByBody,
}

impl Secrecy {
    /// The cautious reading: what any part of the request calls confidential is confidential. Only
    /// the header alone does not decide, since GitLab's Test button sends an ordinary issue under
    /// the confidential header; a body that says `"confidential": false` is believed.
    fn of(headers: &HeaderMap, envelope: &wire::Envelope<'_>) -> Self {
        let parts = [envelope.object_attributes, envelope.issue, envelope.work_item, envelope.note];
        let mark = |object: &RawValue| {
            let flags: wire::Flags = serde_json::from_str(object.get()).unwrap_or_default();
            mark(&flags.confidential, &flags.internal)
        };
        let marks: Vec<Option<bool>> = parts.into_iter().flatten().map(mark).collect();
        let alone = envelope.issue.is_none() && envelope.work_item.is_none();
        Secrecy::judge(headers, envelope.event_type.as_deref(), &marks, alone)
    }

    fn of_issue(headers: &HeaderMap, hook: &wire::IssueHook) -> Self {
        let mark = mark(&hook.object_attributes.confidential, &hook.object_attributes.internal);
        Secrecy::judge(headers, hook.event_type.as_deref(), &[mark], true)
    }

    fn judge(headers: &HeaderMap, event_type: Option<&str>, marks: &[Option<bool>], alone: bool) -> Self {
        let event = text(headers, "x-gitlab-event").unwrap_or_default();
        let by_header = event.to_ascii_lowercase().contains("confidential");
        let denied = alone && marks.contains(&Some(false));
        let by_type = event_type.is_some_and(|event| event.starts_with("confidential"));
        if marks.contains(&Some(true)) || by_type {
            Secrecy::ByBody
        } else if by_header && !denied {
            Secrecy::ByHeader
        } else {
            Secrecy::Open
        }
    }
}

/// Whether an object calls itself confidential; `None` where it does not say. Anything but `false` and `null` counts
/// as a yes.
fn mark(confidential: &Value, internal: &Value) -> Option<bool> {
    let says = |value: &Value| match value {
        Value::Null => None,
        Value::Bool(yes) => Some(*yes),
        _ => Some(true),
    };
    match (says(confidential), says(internal)) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (confidential, _) => confidential,
    }
}

/// Names the request, so that a repetition is known as one: `webhook-id` (19.0 and later), else
/// `Idempotency-Key` (17.4 and later; the same value), else event UUID and body. Several hooks of
/// one recursion share an event UUID, so it does not suffice alone; and the id of the issue would
/// throw away every later event about it.
fn dedupe(headers: &HeaderMap, body: &[u8]) -> String {
    let id = text(headers, "webhook-id").or_else(|| text(headers, "idempotency-key"));
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        return if id.len() <= 100 { format!("id:{id}") } else { format!("id-sha256:{}", hex(&Sha256::digest(id))) };
    }
    let mut hash = Sha256::new();
    hash.update(text(headers, "x-gitlab-event-uuid").unwrap_or_default());
    hash.update([0]);
    hash.update(body);
    format!("body-sha256:{}", hex(&hash.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn kept(headers: &HeaderMap) -> String {
    let kept = KEPT_HEADERS
        .iter()
        .filter_map(|name| text(headers, name).map(|value| ((*name).to_owned(), shorten(value).into())));
    serde_json::Value::Object(kept.collect()).to_string()
}

/// Headers and kinds come from outside; what is kept of each is bounded.
fn shorten(text: &str) -> String {
    if text.len() <= 200 && !text.bytes().any(|byte| byte.is_ascii_control()) {
        return text.to_owned();
    }
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests;
