//! What a script may not do to the bridge: keep it waiting, fill its memory, outlive its time, push others aside.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use kanbridge::model::{Integration, Secret};
use kanbridge::scripts::{Input, Limits, Scripts, Setup};
use serde_json::json;

use crate::folder::{Folder, Heard, ask, reply};

const SHORT: Duration = Duration::from_millis(700);
/// Far less than what such a script would like to take.
const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_sleeps_for_a_minute_is_stopped_with_its_whole_group() {
    let folder = Folder::with("slow", "#!/bin/sh\nsleep 61 &\necho $! >&2\nsleep 60\n");
    let (heard, _guard) = Heard::start();
    let began = Instant::now();
    let trouble = ask(&folder.scripts_within(SHORT), "slow", &Input::default()).await.unwrap_err();
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    let wanted =
        format!("`slow` did not come to an end within 700 ms and was stopped, see log ref {}", trouble.log_ref);
    assert_eq!(trouble.sentence, wanted);
    assert!(is_gone(&said_number(&heard)), "{}", heard.text());
}

#[tokio::test]
async fn what_forks_and_ends_is_answered_at_once_and_takes_its_children_along() {
    let folder = Folder::with("fork", "#!/bin/sh\nsleep 60 &\necho $! >&2\necho done\n");
    let (heard, _guard) = Heard::start();
    let began = Instant::now();
    assert_eq!(reply(&folder.scripts_within(SOON), "fork", "").await, "done");
    assert!(began.elapsed() < SOON, "the child held the pipe");
    assert!(is_gone(&said_number(&heard)), "{}", heard.text());
}

#[tokio::test]
async fn what_leaves_its_group_with_the_pipes_in_hand_keeps_nobody_waiting() {
    let folder = Folder::with("daemon", "#!/bin/sh\nsetsid sleep 60 &\necho $! >&2\necho done\n");
    let (heard, _guard) = Heard::start();
    let began = Instant::now();
    assert_eq!(reply(&folder.scripts_within(SOON), "daemon", "").await, "done");
    assert!(began.elapsed() < SOON, "the child held the pipe");
    let child = said_number(&heard);
    std::process::Command::new("kill").arg(child).status().unwrap();
}

#[tokio::test]
async fn what_closes_its_pipes_and_goes_on_is_stopped() {
    let folder = Folder::with("quiet", "#!/bin/sh\nexec <&- >&- 2>&-\nwhile :; do :; done\n");
    let trouble = ask(&folder.scripts_within(SHORT), "quiet", &Input::default()).await.unwrap_err();
    assert!(trouble.sentence.contains("was stopped"), "{trouble}");
}

#[tokio::test]
async fn a_megabyte_is_cut_and_says_so() {
    let folder = Folder::with("loud", "#!/bin/sh\nhead -c 1048576 /dev/zero | tr '\\0' x\n");
    let said = reply(&folder.scripts(), "loud", "").await;
    assert!(said.len() < 257 << 10 && said.ends_with("x\n… (cut here: an answer may have 256 KB)"), "{}", said.len());
    let python = Folder::new();
    python.file("loud.py", "def run_integration(**all):\n    print('ä' * (1 << 20))\n");
    let said = reply(&python.scripts(), "loud", "").await;
    assert!(said.len() < 257 << 10 && said.ends_with("ä\n… (cut here: an answer may have 256 KB)"), "{}", said.len());
}

#[tokio::test]
async fn what_never_stops_talking_is_stopped_and_the_log_stays_short() {
    let folder = Folder::with("chatter", "#!/bin/sh\nyes out & yes err >&2\n");
    let (heard, _guard) = Heard::start();
    let trouble = ask(&folder.scripts_within(SHORT), "chatter", &Input::default()).await.unwrap_err();
    assert!(trouble.sentence.contains("was stopped"), "{trouble}");
    let log = heard.text();
    assert!(log.contains("it says too much; the rest of this run is not logged"), "{}", log.len());
    assert!(log.contains("did not work: stopped after 700 ms"), "the end is told all the same");
}

#[tokio::test]
async fn what_takes_all_memory_fails_alone() {
    let folder = Folder::new();
    folder.file("hog.py", "def run_integration(**all):\n    return str(len('x' * (600 << 20)))\n");
    let (heard, _guard) = Heard::start();
    ask(&folder.scripts(), "hog", &Input::default()).await.unwrap_err();
    assert!(heard.text().contains("MemoryError"), "{}", heard.text());
    let more = Integration { memory: Some(2 << 30), ..Integration::new("hog") };
    assert_eq!(reply(&folder.scripts_with(vec![more]), "hog", "").await, (600 << 20).to_string());
}

#[tokio::test]
async fn what_fills_the_disk_is_ended() {
    let folder = Folder::with("writer", "#!/bin/sh\nhead -c 100000000 /dev/zero > \"$HOME/file\"\n");
    ask(&folder.scripts(), "writer", &Input::default()).await.unwrap_err();
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_any_more_is_ended() {
    let folder = Folder::new();
    let fifo = folder.0.join("fifo");
    std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    folder.program("slow", &format!("#!/bin/sh\necho $$ > {}\nsleep 60\n", fifo.display()));
    let scripts = folder.scripts();
    let input = Input::default();
    let run = ask(&scripts, "slow", &input);
    let started = tokio::task::spawn_blocking(move || std::fs::read_to_string(fifo).unwrap());
    let process = tokio::select! {
        process = started => process.unwrap().trim().to_owned(),
        ended = run => panic!("{ended:?}"),
    };
    // Its turn is free again, and so the next one is not kept waiting.
    folder.program("slow", "#!/bin/sh\necho quick\n");
    assert_eq!(reply(&scripts, "slow", "").await, "quick");
    assert!(is_gone(&process), "{process}");
}

#[tokio::test]
async fn fifty_at_once_are_held_in_order_with_bounded_memory() {
    let folder =
        Folder::with("append", "#!/bin/sh\necho $KANBRIDGE_QUERY >> order\nhead -c 4000000 /dev/zero | tr '\\0' x\n");
    let scripts = folder.scripts();
    let before = peak_memory();
    let numbers: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    let replies = join_all(numbers.iter().map(|number| reply(&scripts, "append", number))).await;
    let order = std::fs::read_to_string(folder.0.join("order")).unwrap();
    assert_eq!(order.lines().collect::<Vec<_>>(), numbers);
    let kept: usize = replies.iter().map(String::len).sum();
    let grown = peak_memory() - before;
    assert!(grown < kept + (32 << 20), "{grown} bytes more for replies of {kept}");
}

#[tokio::test]
async fn counting_fifty_times_at_once_loses_no_call() {
    let folder = Folder::new();
    folder.file("count.py", "def run_integration(storage, **all):\n    storage[0] = storage.get(0, 0) + 1\n");
    let scripts = folder.scripts();
    let kept = tokio::sync::Mutex::new(serde_json::Map::new());
    let runs = (0..20).map(async |_| {
        let script = scripts.find("count").unwrap().unwrap();
        let turn = scripts.enter(&script).await.unwrap();
        let storage = kept.lock().await.clone();
        let output = turn.run(&Input { storage, ..Input::default() }).await.unwrap();
        *kept.lock().await = output.storage.unwrap();
    });
    join_all(runs).await;
    assert_eq!(kept.into_inner()["0"], json!(20));
}

#[tokio::test]
async fn runs_of_one_script_overlap_only_where_it_says_so() {
    let folder = Folder::new();
    for name in ["a", "b"] {
        std::process::Command::new("mkfifo").arg(folder.0.join(format!("{name}.in"))).status().unwrap();
    }
    let body = "other=b; [ $KANBRIDGE_QUERY = b ] && other=a\nset -- $other\n";
    folder.program(
        "meet",
        &format!(
            "#!/bin/sh\n# kanbridge: overlap\n{body}(echo here > $1.in) &\nread line < $KANBRIDGE_QUERY.in\nwait\necho met\n"
        ),
    );
    let scripts = folder.scripts();
    let both = tokio::join!(reply(&scripts, "meet", "a"), reply(&scripts, "meet", "b"));
    assert_eq!(both, ("met".to_owned(), "met".to_owned()));
    folder.program(
        "meet",
        &format!("#!/bin/sh\n{body}(echo here > $1.in) &\nread line < $KANBRIDGE_QUERY.in\nwait\necho met\n"),
    );
    let scripts = folder.scripts_within(SHORT);
    let alone = Input { query: "a".into(), ..Input::default() };
    let other = Input { query: "b".into(), ..Input::default() };
    let (first, _) = tokio::join!(ask(&scripts, "meet", &alone), ask(&scripts, "meet", &other));
    assert!(first.unwrap_err().sentence.contains("was stopped"));
}

#[tokio::test]
async fn a_slow_script_keeps_no_other_waiting_and_too_many_are_turned_away() {
    let folder = Folder::with("slow", "#!/bin/sh\nsleep 60\n");
    folder.program("quick", "#!/bin/sh\necho quick\n");
    let limits = Limits { time: SOON, at_once: 2, waiting: 4, ..Limits::default() };
    let scripts = Scripts::new(Setup { limits, ..folder.setup() });
    let began = Instant::now();
    let input = Input::default();
    let mut crowd = Box::pin(join_all((0..6).map(|_| ask(&scripts, "slow", &input))));
    let busy = tokio::select! {
        biased;
        _ = &mut crowd => panic!("the crowd was quicker"),
        quick = ask(&scripts, "quick", &input) => quick.unwrap_err(),
    };
    assert_eq!(busy.sentence, "`quick` has too much to do; try again in a while");
    drop(crowd);
    let mut few = Box::pin(join_all((0..3).map(|_| ask(&scripts, "slow", &input))));
    let said = tokio::select! {
        biased;
        _ = &mut few => panic!("the slow ones were quicker"),
        said = reply(&scripts, "quick", "") => said,
    };
    assert_eq!(said, "quick");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_token_that_a_script_lets_slip_is_not_in_the_log() {
    let folder = Folder::with("slip", "#!/bin/sh\necho \"the token is $KANBRIDGE_TOKEN\" >&2\n");
    let token = Some(Secret::new("tok-slipped"));
    let scripts = folder.scripts_with(vec![Integration { token, ..Integration::new("slip") }]);
    let (heard, _guard) = Heard::start();
    ask(&scripts, "slip", &Input::default()).await.unwrap();
    assert!(heard.text().contains("the token is ***") && !heard.text().contains("tok-slipped"), "{}", heard.text());
}

/// The first number that the script said for the log.
fn said_number(heard: &Heard) -> String {
    let log = heard.text();
    let mut words = log.lines().next().unwrap().split_whitespace();
    words.find(|word| word.bytes().all(|b| b.is_ascii_digit())).unwrap_or_else(|| panic!("{log}")).to_owned()
}

/// No such process, or one that is dead and only waits to be reaped.
fn is_gone(pid: &str) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return true };
    let state = stat.rsplit(')').next().unwrap().trim();
    state.starts_with('Z') || state.starts_with('X')
}

/// The most memory that this process ever had, in bytes.
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}
