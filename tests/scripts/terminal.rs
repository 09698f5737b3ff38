//! `kanbridge integrations` and `kanbridge storage` from a terminal.

use std::process::Command;

use crate::folder::Folder;

struct Said {
    ok: bool,
    out: String,
    err: String,
}

fn kanbridge(folder: &Folder, arguments: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_kanbridge"))
        .args(arguments)
        .current_dir(&folder.0)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("INTEGRATION_TOKENS", "count:tok-1,dev:count:tok:2")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { ok: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_starter_of_either_kind_is_written_once_and_works_at_once() {
    let folder = Folder::new();
    for (kind, file, answer) in
        [("--python", "hello.py", "Hello you, you said: a b."), ("--shell", "up.sh", "load average")]
    {
        let name = file.split('.').next().unwrap();
        let said = kanbridge(&folder, &["integrations", "new", name, kind]);
        assert_eq!(said.out, format!("./integrations/{file}\n"), "{}", said.err);
        let said = kanbridge(&folder, &["integrations", "run", name, "a", "b"]);
        assert!(said.ok && said.out.contains(answer), "{}{}", said.out, said.err);
        let again = kanbridge(&folder, &["integrations", "new", name]);
        assert!(!again.ok && again.err.contains("already"), "{}", again.err);
    }
    let ours = kanbridge(&folder, &["integrations", "new", "status"]);
    assert!(!ours.ok && ours.err.contains("kanbridge answers `status` itself"), "{}", ours.err);
    let listed = kanbridge(&folder, &["integrations", "list"]).out;
    assert!(listed.starts_with("hello  python   ./integrations/hello.py  -  Says how often"), "{listed}");
    let bad = kanbridge(&folder, &["integrations", "run", "../hello"]);
    assert!(!bad.ok && bad.err.contains("is no name of a script"), "{}", bad.err);
    let none = kanbridge(&folder, &["integrations", "run", "nothing"]);
    assert!(!none.ok && none.err.contains("nothing in ./integrations answers `nothing`"), "{}", none.err);
}

#[test]
fn what_a_script_keeps_lasts_and_can_be_saved_loaded_erased_and_brought_back() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.join("integrations")).unwrap();
    folder.file(
        "integrations/count.py",
        "def run_integration(storage, token, **all):\n    storage[0] = storage.get(0, 0) + 1\n    print(storage[0], token)\n",
    );
    let run = |arguments: &[&str]| {
        let said = kanbridge(&folder, arguments);
        assert!(said.ok, "{arguments:?}: {}", said.err);
        said.out
    };
    assert_eq!(run(&["integrations", "run", "count"]), "1 tok-1\n");
    assert_eq!(run(&["integrations", "run", "count", "--room", "dev"]), "2 tok:2\n");
    assert_eq!(run(&["storage", "show", "count"]), "{\n  \"0\": 2\n}\n");
    assert_eq!(run(&["storage", "save", "kept.json"]), "saved what 1 script keeps to kept.json\n");
    let erased = "erased; `kanbridge storage restore 1` brings back what was there before\n";
    assert_eq!(run(&["storage", "erase"]), erased);
    assert_eq!(run(&["integrations", "run", "count"]), "1 tok-1\n");
    run(&["storage", "load", "kept.json"]);
    assert_eq!(run(&["integrations", "run", "count"]), "3 tok-1\n");
    run(&["storage", "restore", "2"]);
    assert_eq!(run(&["storage", "show", "count"]), "{\n  \"0\": 1\n}\n");
    let backups = run(&["storage", "backups"]);
    assert_eq!(backups.lines().count(), 3, "{backups}");
    folder.file("broken.json", "{\"count\": 3}");
    let broken = kanbridge(&folder, &["storage", "load", "broken.json"]);
    assert!(!broken.ok && broken.err.contains("nothing was changed: the storage of `count`"), "{}", broken.err);
    assert_eq!(run(&["storage", "show", "count"]), "{\n  \"0\": 1\n}\n");
}

#[test]
fn a_failure_is_an_exit_code_and_the_log_is_beside_it() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.join("integrations")).unwrap();
    folder.program("integrations/bad.sh", "#!/bin/sh\necho why >&2\nexit 1\n");
    let said = kanbridge(&folder, &["integrations", "run", "bad"]);
    assert!(!said.ok && said.out.is_empty(), "{}", said.out);
    assert!(said.err.contains("why script=\"bad\"") && said.err.contains("did not work, see log ref"), "{}", said.err);
}
