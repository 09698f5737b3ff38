//! What travelled, grouped by gesture: GitLab's hook, the bridge's turn, its calls. Kept for the page alone, the newest
//! first, and no more of it than a person scrolls through.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// Gestures that are kept.
const MOST: usize = 60;

/// A hook that GitLab sent.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Hook {
    pub(super) event: String,
    /// `None`: no answer came.
    pub(super) status: Option<u16>,
    /// What the bridge's answer said: `accepted`, or why not.
    pub(super) answer: String,
    /// The bridge's name for the delivery, as `kanbridge deliveries show` takes it.
    pub(super) delivery: Option<String>,
    #[serde(rename = "ms", serialize_with = "milliseconds")]
    pub(super) took: Duration,
}

/// A turn of the bridge.
#[derive(Clone, Debug, Serialize)]
pub struct Turn {
    /// Its key.
    pub key: String,
    /// How it ended, in words.
    pub ended: String,
    /// Whether it ended well.
    pub fine: bool,
    /// From the lease to the end.
    #[serde(rename = "ms", serialize_with = "milliseconds")]
    pub took: Duration,
    /// What it called, in order.
    pub calls: Vec<Called>,
}

/// A call to Trello.
#[derive(Clone, Debug, Serialize)]
pub struct Called {
    /// Method and path with ids replaced.
    pub route: String,
    /// The answer's status; `None`: no answer came.
    pub status: Option<u16>,
    /// From sending to the answer.
    #[serde(rename = "ms", serialize_with = "milliseconds")]
    pub took: Duration,
}

fn milliseconds<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs_f64() * 1000.0)
}

/// Something that a person did, and what came of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Gesture {
    id: u64,
    who: String,
    what: String,
    issue: i64,
    title: String,
    hooks: Vec<Hook>,
    turns: Vec<Turn>,
}

/// All gestures, the newest first.
#[derive(Debug, Default)]
pub(super) struct Travel {
    gestures: VecDeque<Gesture>,
    count: u64,
    /// Turns that ended before their hook was known to have been answered.
    early: HashMap<i64, Vec<Turn>>,
}

impl Travel {
    /// A hook with this body was answered: the gesture that caused it.
    pub(super) fn hook(&mut self, body: &Value, hook: Hook) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let issue = &body["object_attributes"];
        let iid = issue["iid"].as_i64().unwrap_or_default();
        self.begin(&text(&body["user"]["name"]), what(body), iid, &text(&issue["title"]));
        if let Some(gesture) = self.gestures.front_mut() {
            gesture.hooks.push(hook);
        }
    }

    /// A gesture, of which no hook has told yet, or none will.
    pub(super) fn begin(&mut self, who: &str, what: &str, issue: i64, title: &str) {
        self.count += 1;
        self.gestures.push_front(Gesture {
            id: self.count,
            who: who.to_owned(),
            what: what.to_owned(),
            issue,
            title: title.to_owned(),
            hooks: Vec::new(),
            turns: self.early.remove(&issue).unwrap_or_default(),
        });
        self.gestures.truncate(MOST);
    }

    /// A turn of an issue ended. It belongs to the newest gesture: a turn looks at what is, whatever came before.
    pub(super) fn turn(&mut self, issue: i64, turn: Turn) {
        match self.gestures.iter_mut().find(|gesture| gesture.issue == issue) {
            Some(gesture) => gesture.turns.push(turn),
            None => self.early.entry(issue).or_default().push(turn),
        }
    }

    pub(super) fn gestures(&self) -> &VecDeque<Gesture> {
        &self.gestures
    }
}

/// The gesture in a word, from the hook's action and what it says has changed.
fn what(body: &Value) -> &'static str {
    let changed = |field: &str| body["changes"].get(field).is_some();
    match body["object_attributes"]["action"].as_str() {
        Some("open") => "opened",
        Some("close") => "closed",
        Some("reopen") => "reopened",
        _ if changed("labels") => "labelled",
        _ if changed("assignees") => "assigned",
        _ if changed("due_date") => "set the due date of",
        _ => "edited",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hook(iid: i64, action: &str) -> (Value, Hook) {
        let body =
            json!({ "user": { "name": "Ana" }, "object_attributes": { "iid": iid, "action": action, "title": "t" } });
        let (event, answer) = ("Issue Hook".to_owned(), "accepted".to_owned());
        (body, Hook { event, status: Some(200), answer, delivery: None, took: Duration::from_micros(1500) })
    }

    fn turn(ended: &str) -> Turn {
        let took = Duration::ZERO;
        Turn { key: "issue/x/1/1".to_owned(), ended: ended.to_owned(), fine: true, took, calls: Vec::new() }
    }

    fn told(travel: &Travel) -> Vec<(String, Vec<String>)> {
        let ended = |gesture: &Gesture| gesture.turns.iter().map(|turn| turn.ended.clone()).collect();
        travel
            .gestures()
            .iter()
            .map(|gesture| (format!("{} {}", gesture.what, gesture.issue), ended(gesture)))
            .collect()
    }

    #[test]
    fn a_turn_stands_with_the_newest_gesture_about_its_issue() {
        let mut travel = Travel::default();
        for (iid, action) in [(1, "open"), (2, "open"), (1, "close")] {
            let (body, hook) = hook(iid, action);
            travel.hook(&body, hook);
        }
        travel.turn(1, turn("done"));
        let expected = [("closed 1", vec!["done"]), ("opened 2", vec![]), ("opened 1", vec![])];
        assert_eq!(
            told(&travel),
            expected.map(|(what, ends)| (what.into(), ends.into_iter().map(Into::into).collect()))
        );
    }

    #[test]
    fn a_turn_that_ends_before_its_hook_is_known_waits_for_it() {
        let mut travel = Travel::default();
        travel.turn(7, turn("done"));
        assert!(travel.gestures().is_empty());
        let (body, hook) = hook(7, "open");
        travel.hook(&body, hook);
        assert_eq!(told(&travel), [("opened 7".to_owned(), vec!["done".to_owned()])]);
    }

    #[test]
    fn the_page_hears_times_in_milliseconds_and_no_more_gestures_than_it_shows() {
        let mut travel = Travel::default();
        for iid in 0..100 {
            let (body, hook) = hook(iid, "open");
            travel.hook(&body, hook);
        }
        let all = serde_json::to_value(travel.gestures()).unwrap();
        assert_eq!((all.as_array().unwrap().len(), &all[0]["hooks"][0]["ms"]), (MOST, &json!(1.5)));
    }
}
