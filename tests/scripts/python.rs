//! Python files as such files were always written: run unmodified, with what they keep lasting.

use std::collections::BTreeMap;

use kanbridge::model::{Integration, Secret};
use kanbridge::scripts::{Input, Scripts};
use serde_json::{Value, json};

use crate::folder::{Folder, Heard, ask, keep, reply};

/// A file whose function has this body.
fn python(body: &str) -> Folder {
    let folder = Folder::new();
    folder.file("test.py", &function(body));
    folder
}

fn function(body: &str) -> String {
    let body = body.trim().replace('\n', "\n    ");
    format!("def run_integration(notification, query, all_tokens, token, storage, log):\n    {body}\n")
}

/// As HipChat sent it in 2019.
fn room_message(text: &str) -> Value {
    json!({
        "event": "room_message", "oauth_client_id": "c1", "webhook_id": 578829,
        "item": {
            "message": {
                "date": "2015-01-20T22:45:06.662545+00:00", "id": "00a3eb7f", "message": text, "type": "message",
                "mentions": [], "from": { "id": 1661743, "mention_name": "Blinky", "name": "Blinky the Ghost" },
            },
            "room": { "id": 1147567, "name": "The Chat Room", "is_archived": false },
        },
    })
}

async fn told(scripts: &Scripts, notification: Value) -> Option<String> {
    ask(scripts, "test", &Input { notification, ..Input::default() }).await.unwrap().reply
}

#[tokio::test]
async fn the_notification_has_the_names_that_scripts_know() {
    let folder = python(
        "message = notification.item.message\n\
         print(notification.event, notification.web_hook, notification.oauth_client_id)\n\
         print(message.content, '|', message.sender.name, message.sender.mention_name, message.id, message.type)\n\
         print(notification.item.room.id, notification.item.room.name, notification.item.room.privacy)",
    );
    let said = told(&folder.scripts(), room_message("/test testing me")).await.unwrap();
    let wanted = "room_message 578829 c1\n/test testing me | Blinky the Ghost Blinky 00a3eb7f message\n\
                  1147567 The Chat Room None";
    assert_eq!(said, wanted);
}

#[tokio::test]
async fn a_sender_that_is_only_a_name_is_read_all_the_same() {
    let folder = python("return notification.item.message.sender.name");
    let message = json!({ "item": { "message": { "from": "JIRA", "message": "x" } } });
    assert_eq!(told(&folder.scripts(), message).await.as_deref(), Some("JIRA"));
    assert_eq!(told(&python("return str(notification.item)").scripts(), Value::Null).await.as_deref(), Some("None"));
}

#[tokio::test]
async fn what_it_returns_is_the_reply_else_what_it_printed() {
    let scripts = |body: &str| python(body);
    for (body, said) in [
        ("print('printed', query)", "printed a  b"),
        ("print('printed')\nreturn 'returned'", "returned"),
        ("return 7", "7"),
        ("pass", ""),
        ("print('bye')\nimport sys\nsys.exit()", "bye"),
        ("import subprocess\nsubprocess.run(['echo', 'to the log'])\nprint('said')", "said"),
    ] {
        let folder = scripts(body);
        assert_eq!(reply(&folder.scripts(), "test", "a  b").await, said, "{body}");
    }
}

#[tokio::test]
async fn calls_are_counted_under_integer_keys_from_one_run_to_the_next() {
    let folder = python(
        "if 0 not in storage:\n    storage[0] = 0\nstorage[0] += 1\n\
         people = storage.setdefault('people', {})\npeople[7] = people.get(7, 0) + 1\n\
         print(storage[0], people[7], len(storage), [k for k in storage if k != 'people'])",
    );
    let scripts = folder.scripts();
    let (said, first) = keep(&scripts, "test", json!({})).await;
    assert_eq!((said.as_deref(), &first), (Some("1 1 2 [0]"), &Some(json!({ "0": 1, "people": { "7": 1 } }))));
    let (said, second) = keep(&scripts, "test", first.unwrap()).await;
    assert_eq!((said.as_deref(), &second), (Some("2 2 2 [0]"), &Some(json!({ "0": 2, "people": { "7": 2 } }))));
}

#[tokio::test]
async fn any_key_can_be_used_in_a_run_and_is_found_again() {
    let folder = python(
        "keys = [1, '1', 'a', None, True, 1.5, ('a', 1)]\n\
         for key in keys:\n    storage[key] = storage.get(key, 0) + 1\n\
         del storage['a']\n\
         return str([storage.get(key) for key in keys])",
    );
    let scripts = folder.scripts();
    let (_, first) = keep(&scripts, "test", json!({})).await;
    let (said, _) = keep(&scripts, "test", first.unwrap()).await;
    assert_eq!(said.as_deref(), Some("[4, 4, None, 2, 2, 2, 2]"), "1 and \"1\" are one key");
}

#[tokio::test]
async fn what_did_not_change_is_not_written() {
    assert_eq!(keep(&python("return str(storage[0])").scripts(), "test", json!({ "0": 3 })).await.1, None);
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_with_its_place() {
    for (body, why) in [
        ("storage['seen'] = {'by': set()}", "storage['seen']['by'] holds a set, which cannot be kept"),
        ("storage['n'] = [2 ** 64]", "storage['n'][0] holds 18446744073709551616, which is too great to be kept"),
        ("storage['n'] = float('nan')", "ValueError: Out of range float values are not JSON compliant"),
        ("storage['n'] = 'x' * (1 << 20)", "its storage has more than 1024 KB; nothing of it was kept"),
    ] {
        let (heard, _guard) = Heard::start();
        let trouble = ask(&python(body).scripts(), "test", &Input::default()).await.unwrap_err();
        let log = heard.text();
        assert!(log.contains(why) && log.contains(&trouble.log_ref), "{log}");
    }
}

#[tokio::test]
async fn values_come_back_as_they_were_kept() {
    let folder = python(
        "values = [0.1 + 0.2, 1e308, 5e-324, -0.0, 2 ** 63, -2 ** 63, 'ä\\0\\n\\u2028\u{1F525}', '', None, True, [], {}]\n\
         same = storage.get('values') == values\nstorage['values'] = values\nprint(same, '\\ud800')",
    );
    let scripts = folder.scripts();
    let (said, kept) = keep(&scripts, "test", json!({})).await;
    assert_eq!(said.as_deref(), Some("False ?"));
    let (said, again) = keep(&scripts, "test", kept.unwrap()).await;
    assert_eq!((said.as_deref(), again), (Some("True ?"), None));
}

#[tokio::test]
async fn the_log_takes_a_percent_sign_and_arguments() {
    let folder = python("log.info('100% sure')\nlog.error('%d%% of %s', 5, 'x')\nlog.info('%d', 'no number')");
    let (heard, _guard) = Heard::start();
    ask(&folder.scripts(), "test", &Input::default()).await.unwrap();
    let log = heard.text();
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines[0].contains(" INFO ") && lines[0].contains("100% sure script=\"test\" log_ref="), "{log}");
    assert!(lines[1].contains("ERROR") && lines[1].contains("5% of x"), "{log}");
    assert!(lines[2].contains("%d no number"), "{log}");
}

#[tokio::test]
async fn an_exception_is_a_sentence_for_the_room_and_its_line_is_in_the_log() {
    let folder = python("storage['n'] = 1\nx = 1\nreturn x / 0");
    let (heard, _guard) = Heard::start();
    let trouble = ask(&folder.scripts(), "test", &Input::default()).await.unwrap_err();
    assert_eq!(trouble.sentence, format!("`test` did not work, see log ref {}", trouble.log_ref));
    let log = heard.text();
    assert!(log.contains("did not work: ZeroDivisionError: division by zero (test.py, line 4)"), "{log}");
    assert!(log.contains("return x / 0") && !log.contains("<string>"), "{log}");
}

#[tokio::test]
async fn a_syntax_error_and_an_exit_by_force_are_told_too() {
    let folder = Folder::new();
    folder.file("test.py", "def run_integration(**all):\n    return (\n");
    let (heard, _guard) = Heard::start();
    ask(&folder.scripts(), "test", &Input::default()).await.unwrap_err();
    assert!(
        heard.text().contains("SyntaxError: '(' was never closed (test.py, line 2) (test.py, line 2)"),
        "{}",
        heard.text()
    );
    folder.file("test.py", &function("import os\nos._exit(0)"));
    ask(&folder.scripts(), "test", &Input::default()).await.unwrap_err();
    assert!(heard.text().contains("it ended without coming to its end"), "{}", heard.text());
}

#[tokio::test]
async fn it_sees_its_own_token_and_all_only_where_that_is_said() {
    let folder = python("return '%s %s' % (token, sorted(all_tokens.items()))");
    let secret = |text: &str| Secret::new(text);
    let tokens = BTreeMap::from([("dev".to_owned(), secret("of-dev"))]);
    let integrations = |share_tokens| {
        let test = Integration { tokens: tokens.clone(), share_tokens, ..Integration::new("test") };
        vec![test, Integration { token: Some(secret("other's")), ..Integration::new("other") }]
    };
    let said = async |share, room: &str| {
        let input = Input { room: Some(room.parse().unwrap()), ..Input::default() };
        ask(&folder.scripts_with(integrations(share)), "test", &input).await.unwrap().reply.unwrap()
    };
    assert_eq!(said(false, "dev").await, "of-dev [('dev', {'test': 'of-dev'})]");
    assert_eq!(said(false, "ops").await, "None []");
    assert_eq!(said(true, "ops").await, "None [('dev', {'test': 'of-dev'}), ('other', \"other's\")]");
}

#[tokio::test]
async fn a_file_beside_it_can_be_imported_and_nothing_is_left_there() {
    let folder = python("from helpers import greet\nreturn greet()");
    folder.file("helpers.py", "def greet():\n    return 'hello'\n");
    assert_eq!(reply(&folder.scripts(), "test", "").await, "hello");
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 2);
}

#[tokio::test]
async fn the_readme_s_example_works_as_it_stands() {
    let readme = include_str!("../../README.md");
    let example = readme.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = Folder::new();
    folder.file("test.py", example);
    let input = Input { query: "rain".into(), notification: room_message("/test rain"), ..Input::default() };
    let output = ask(&folder.scripts(), "test", &input).await.unwrap();
    assert_eq!(output.reply.as_deref(), Some("Blinky the Ghost asked for rain"));
    assert_eq!(Value::Object(output.storage.unwrap()), json!({ "0": 1 }));
}
