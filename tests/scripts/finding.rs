//! Which file answers which command, at each call anew.

use std::fs;

use kanbridge::scripts::Kind;

use crate::folder::{Folder, reply};

const HELLO: &str = "#!/bin/sh\necho hello\n";

#[tokio::test]
async fn a_file_answers_from_the_moment_it_is_there_and_as_it_stands() {
    let folder = Folder::new();
    let scripts = folder.scripts();
    assert_eq!(scripts.find("later").unwrap(), None);
    folder.program("later.sh", HELLO);
    assert_eq!(reply(&scripts, "later", "").await, "hello");
    folder.program("later.sh", "#!/bin/sh\necho changed\n");
    assert_eq!(reply(&scripts, "later", "").await, "changed");
    fs::remove_file(folder.0.join("later.sh")).unwrap();
    assert_eq!(scripts.find("later").unwrap(), None);
}

#[test]
fn a_command_is_a_file_s_name_with_or_without_extension_in_whatever_case() {
    let folder = Folder::new();
    for file in ["plain", "shell.sh", "Big.rb", "two.sh", "two.py"] {
        folder.program(file, HELLO);
    }
    let found =
        |name: &str| folder.scripts().find(name).unwrap().map(|script| script.path.file_name().unwrap().to_owned());
    for (name, file) in [("plain", "plain"), ("shell", "shell.sh"), ("shell.sh", "shell.sh"), ("big", "Big.rb")] {
        assert_eq!(found(name).unwrap(), file);
    }
    assert_eq!(found("two").unwrap(), "two.py", "the first by name");
    assert_eq!(found("shel"), None);
}

#[test]
fn a_name_that_leads_elsewhere_is_refused_although_the_file_is_there() {
    let folder = Folder::new();
    fs::create_dir(folder.0.join("inside")).unwrap();
    folder.program("outside", HELLO);
    folder.program("inside/deep", HELLO);
    let setup = kanbridge::scripts::Setup { folder: folder.0.join("inside"), ..folder.setup() };
    let scripts = kanbridge::scripts::Scripts::new(setup);
    assert!(scripts.find("deep").unwrap().is_some());
    for name in ["../outside", "..", "inside/deep", "./deep", "deep\0", ""] {
        let bad = scripts.find(name).unwrap_err().to_string();
        assert!(bad.contains("is no name of a script"), "{bad}");
    }
}

#[test]
fn what_is_no_script_is_listed_with_the_reason() {
    let folder = Folder::with("good.sh", "#!/bin/sh\n# kanbridge: help Says good.\n");
    folder.program("old.sh~", HELLO);
    folder.program("good.pl", HELLO);
    folder.file("README.md", "# Scripts\n");
    folder.file("helpers.py", "def help():\n    pass\n");
    folder.file("ours.py", "def run_integration(**all):\n    pass\n");
    folder.file(".hidden", "");
    let scripts = folder.scripts();
    let listed: Vec<_> = scripts.list().into_iter().map(|script| (script.name, script.kind, script.help)).collect();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert_eq!((listed[0].0.as_str(), listed[0].1), ("good", Kind::Program));
    assert_eq!((listed[1].0.as_str(), listed[1].1), ("ours", Kind::Python));
    let aside: Vec<_> = scripts.aside().into_iter().map(|aside| format!("{}: {}", aside.file, aside.why)).collect();
    for (file, why) in [
        ("README.md: ", "it is not executable"),
        ("good.sh: ", "answers `good` already"),
        ("helpers.py: ", "neither executable nor defines run_integration"),
        ("old.sh~: ", "left-over of an editor"),
    ] {
        assert!(aside.iter().any(|line| line.starts_with(file) && line.contains(why)), "{file}{why} in {aside:?}");
    }
}

#[test]
fn a_folder_that_is_not_there_holds_nothing() {
    let folder = Folder::new();
    let setup = kanbridge::scripts::Setup { folder: folder.0.join("nowhere"), ..folder.setup() };
    let scripts = kanbridge::scripts::Scripts::new(setup);
    assert!(scripts.list().is_empty() && scripts.find("weather").unwrap().is_none());
}
