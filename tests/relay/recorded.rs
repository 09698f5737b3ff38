//! Every action and every webhook body that others recorded is understood. They lie in `../shared/data`, or where
//! `KANBRIDGE_RECORDED` says; they are no part of this project, for the licences are theirs.

use std::path::{Path, PathBuf};

use kanbridge::model::Activity;
use kanbridge::relay::{Scene, Verdict, judge};
use serde_json::Value;

use super::{of_everything, read, shown};

fn recorded() -> Vec<(String, Activity)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("KANBRIDGE_RECORDED").map_or_else(beside, PathBuf::from).join("trello");
    assert!(folder.join("INDEX.csv").exists(), "no recorded traffic in {}", folder.display());
    let mut recorded = Vec::new();
    for part in ["actions", "webhooks"] {
        for entry in std::fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            let mut json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let action = if part == "webhooks" { json["action"].take() } else { json };
            recorded.push((path.file_name().unwrap().to_str().unwrap().to_owned(), read(action)));
        }
    }
    recorded
}

/// The titles and texts that the JSON holds must be found in the sentence; they are read here in another way.
#[test]
#[ignore = "needs recorded traffic"]
fn every_recorded_action_is_told_or_has_a_reason_for_silence() {
    let recorded = recorded();
    assert!(recorded.len() >= 270, "{}", recorded.len());
    let (mut told, mut silent) = (0, 0);
    for (name, activity) in &recorded {
        match judge(activity, &of_everything(), Scene::default()) {
            Verdict::Tell(message) => {
                told += 1;
                let actor = activity.actor.as_ref().map_or("Somebody", |actor| &actor.name);
                let sentence = shown(&message);
                assert!(sentence.starts_with(actor.trim()) && sentence.len() > actor.len() + 8, "{name}: {sentence}");
                assert!(!sentence.contains("null"), "{name}: {sentence}");
                let card = &activity.data["card"];
                let title = card["name"].as_str().map(|title| title.split_whitespace().next().unwrap_or_default());
                assert!(sentence.contains(title.unwrap_or_default()), "{name}: {sentence}");
                let thread = card["shortLink"].as_str();
                assert_eq!(message.thread.as_deref(), thread, "{name}");
            }
            Verdict::Silent(silence) => {
                silent += 1;
                assert!(silence.to_string().starts_with("noise: "), "{name}: {silence}");
            }
            Verdict::TellPlainly(_, failed) => panic!("{name}: {failed}"),
        }
    }
    assert!(told >= 200 && silent >= 20, "{told} told, {silent} silent");
}

#[test]
#[ignore = "needs recorded traffic"]
fn moves_that_were_recorded_name_both_lists() {
    let moves = recorded().into_iter().filter(|(_, activity)| activity.changed().any(|field| field == "idList"));
    let mut seen = 0;
    for (name, activity) in moves {
        seen += 1;
        let Verdict::Tell(message) = judge(&activity, &of_everything(), Scene::default()) else { panic!("{name}") };
        let list = |which: &str| format!("_{}_", activity.data[which]["name"].as_str().unwrap().trim());
        let wanted = format!(" from {} to {}", list("listBefore"), list("listAfter"));
        assert!(shown(&message).ends_with(&wanted), "{name}: {}", shown(&message));
    }
    assert!(seen >= 38, "{seen}");
}
