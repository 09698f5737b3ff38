//! The rooms of the house and who may import whom, as a test. A single crate does not keep its rooms apart by itself.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says it by failing")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Room, and the rooms that it may name. A room may always name itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("text", &["model"]),
    ("sync", &["model", "text"]),
    ("relay", &["model", "text"]),
    ("clock", &["model"]),
    ("config", &["model", "sync", "relay"]),
    ("net", &["model"]),
    ("store", &["model", "clock"]),
    ("gitlab", &["model", "text", "net"]),
    ("trello", &["model", "text", "net"]),
    ("chat", &["model", "text", "net"]),
    ("scripts", &["model"]),
    ("commands", &["model", "text", "store", "trello", "scripts", "clock"]),
    ("worker", &["model", "text", "sync", "relay", "store", "gitlab", "trello", "chat", "scripts", "clock"]),
    ("web", &["model", "store", "gitlab", "trello", "chat", "commands", "clock"]),
    ("sandbox", &[]),
    (
        "cli",
        &[
            "model", "sync", "relay", "clock", "config", "net", "store", "gitlab", "trello", "chat", "scripts",
            "commands", "worker", "web", "sandbox",
        ],
    ),
];

/// Rooms without I/O, clocks, environment, threads or logs.
const PURE: &[&str] = &["model", "text", "sync", "relay"];
const IMPURE: &[&str] = &[
    "async ",
    ".await",
    "tokio",
    "reqwest",
    "hyper",
    "warp",
    "sqlx",
    "tracing",
    "std::env",
    "std::fs",
    "std::net",
    "std::io",
    "std::thread",
    "Instant",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "now_v7",
    "println!",
    "eprintln!",
];

/// Lines of a file, tests left out.
const LONGEST_FILE: usize = 400;

#[test]
fn every_room_names_only_rooms_that_it_may() {
    let mut wrong = Vec::new();
    for (room, file, code) in rooms() {
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: the room `{room}` is not on the plan", file.display()));
            continue;
        };
        for named in named_rooms(&code) {
            if named != room && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{}: `{room}` may not name `{named}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_on_the_plan_is_lived_in() {
    let lived_in: BTreeMap<String, ()> = rooms().into_iter().map(|(room, ..)| (room, ())).collect();
    let empty: Vec<_> = ROOMS.iter().filter(|(name, _)| !lived_in.contains_key(*name)).collect();
    assert!(empty.is_empty(), "on the plan and not in src/: {empty:?}");
}

#[test]
fn no_rooms_know_each_other_in_a_circle() {
    for (room, allowed) in ROOMS {
        let mut reached: Vec<&str> = allowed.to_vec();
        let mut at = 0;
        while at < reached.len() {
            let next = ROOMS.iter().find(|(name, _)| *name == reached[at]).map_or(&[][..], |(_, next)| next);
            reached.extend(next.iter().filter(|name| !reached.contains(name)).copied().collect::<Vec<_>>());
            at += 1;
        }
        assert!(!reached.contains(room), "`{room}` reaches itself over {reached:?}");
    }
}

#[test]
fn the_pure_rooms_are_pure() {
    let mut wrong = Vec::new();
    for (room, file, code) in rooms() {
        if PURE.contains(&room.as_str()) {
            let found = IMPURE.iter().filter(|word| code.contains(**word));
            wrong.extend(found.map(|word| format!("{}: `{word}` in a pure room", file.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_is_of_a_size_to_read() {
    let mut wrong = Vec::new();
    for (_, file, code) in rooms() {
        let text = std::fs::read_to_string(&file).unwrap();
        if !text.starts_with("//!") {
            wrong.push(format!("{}: does not open with what it is for (`//!`)", file.display()));
        }
        let lines = code.lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{}: {lines} lines without tests; is it doing two jobs?", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_map_in_lib_rs_names_every_room() {
    let map = std::fs::read_to_string(source().join("lib.rs")).unwrap();
    let map: String = map.lines().filter(|line| line.starts_with("//!")).collect();
    for (room, _) in ROOMS {
        assert!(map.contains(&format!("`{room}`")), "the map in lib.rs does not name `{room}`");
    }
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Room, path and code (comments and in-file tests left out) of every file in a room.
fn rooms() -> Vec<(String, PathBuf, String)> {
    let mut files = Vec::new();
    collect(&source(), &mut files);
    let room = |file: &PathBuf| {
        let inside = file.strip_prefix(source()).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
    };
    let of_a_room =
        files.into_iter().map(|file| (room(&file), file)).filter(|(room, _)| room != "lib" && room != "main");
    of_a_room.map(|(room, file)| (room, file.clone(), code(&std::fs::read_to_string(file).unwrap()))).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn code(text: &str) -> String {
    let production = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    production.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The rooms that a file names: `crate::room`, and those in `use crate::{room::…, …}`.
fn named_rooms(code: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut named = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            named.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && !c.is_whitespace() => {
                    named.push(word(&group[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    named
}

#[test]
fn the_reader_of_imports_sees_both_forms() {
    let code = "use crate::model::Key;\nuse crate::{store::{Store, sql}, text};\nfn f() { crate::net::x() }";
    assert_eq!(named_rooms(code), ["model", "store", "text", "net"]);
}
