//! Which file answers which command. The folder is looked at anew each time: a file answers from the moment it is
//! there, and a changed one is run as it stands.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::head::Head;
use crate::model::{Activity, BadName, check_name};

/// A Python file that defines one of them at its outermost level is run by the Python runner.
const PYTHON_FUNCTIONS: [&str; 3] = ["run_integration", "on_activity", "on_change"];

/// How much of a file is read to learn what it is: of a Python file as much as may come before its functions.
const MOST_READ: u64 = 8 << 10;
const MOST_READ_OF_PYTHON: u64 = 1 << 20;

/// What a script says that hears of the bridge's own changes.
const CHANGES: &str = "changes";

/// A script that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its name: the command that it answers, the file's without its extension.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// How it is run.
    pub kind: Kind,
    /// Its runs may overlap; it says so itself.
    pub overlap: bool,
    /// The kinds of activity that it hears, and `changes` for the bridge's own.
    pub hears: Vec<String>,
    /// What it is for, where it says so.
    pub help: Option<String>,
}

/// How a script is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As a program: JSON in, JSON or text out.
    Program,
    /// By the Python runner: it defines `run_integration`, `on_activity` or `on_change`.
    Python,
}

impl Script {
    /// Whether it wants to hear of this activity: by its kind, by what an update changed, or of all.
    pub fn hears(&self, activity: &Activity) -> bool {
        self.hears.iter().any(|wanted| match wanted.split_once(':') {
            Some((kind, field)) => kind == activity.kind && activity.changed().any(|changed| changed == field),
            None => wanted == "all" || *wanted == activity.kind,
        })
    }
}

impl Script {
    /// Whether it hears of what happens on boards.
    pub fn hears_activities(&self) -> bool {
        self.hears.iter().any(|wanted| wanted != CHANGES)
    }

    /// Whether it hears of the changes that the bridge makes itself.
    pub fn hears_changes(&self) -> bool {
        self.hears.iter().any(|wanted| wanted == CHANGES)
    }
}

impl Kind {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Program => "program",
            Kind::Python => "python",
        }
    }
}

/// A file that is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// Its name.
    pub file: String,
    /// Why it answers nothing.
    pub why: String,
}

/// Finds the script for `name`: by its name as it is written, else in whatever case; the file's whole name counts too.
pub(super) fn find(folder: &Path, name: &str) -> Result<Option<Script>, BadName> {
    check_name(name)?;
    let files = files(folder);
    let same = |file: &&String| stem(file) == name || *file == name;
    let alike = |file: &&String| stem(file).eq_ignore_ascii_case(name) || file.eq_ignore_ascii_case(name);
    let candidates = files.iter().filter(same).chain(files.iter().filter(alike));
    Ok(candidates.filter_map(|file| read(folder, file).ok()).next())
}

/// Everything in the folder: scripts, and files that are none.
pub(super) fn look(folder: &Path) -> (Vec<Script>, Vec<Aside>) {
    let (mut scripts, mut aside) = (Vec::<Script>::new(), Vec::new());
    for file in files(folder) {
        let why = match read(folder, &file) {
            Err(why) => why,
            Ok(script) => match scripts.iter().find(|other| other.name == script.name) {
                Some(other) => format!("{} answers `{}` already", other.path.display(), script.name),
                None => {
                    scripts.push(script);
                    continue;
                }
            },
        };
        aside.push(Aside { file, why });
    }
    (scripts, aside)
}

/// The files' names in order, hidden ones left out; none where there is no such folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                tracing::warn!(folder = %folder.display(), %error, "the folder of scripts cannot be read");
            }
            return Vec::new();
        }
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort_unstable();
    names
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// The script that a file is, or why it is none.
fn read(folder: &Path, file: &str) -> Result<Script, String> {
    let path = folder.join(file);
    let cannot = |error: std::io::Error| format!("it cannot be read ({error})");
    let about = fs::metadata(&path).map_err(cannot)?;
    if !about.is_file() {
        return Err("it is no file".to_owned());
    }
    let (name, extension) = file.rsplit_once('.').unwrap_or((file, ""));
    check_name(name).map_err(|bad| bad.to_string())?;
    // What editors leave behind: `weather.sh~`, `weather.py.bak`.
    if file.ends_with('~') || matches!(extension, "bak" | "orig" | "swp" | "tmp") {
        return Err("it looks like a left-over of an editor".to_owned());
    }
    let executable = about.permissions().mode() & 0o111 != 0;
    let is_python = extension == "py";
    if !executable && !is_python {
        return Err("it is not executable (chmod +x)".to_owned());
    }
    let most = if is_python { MOST_READ_OF_PYTHON } else { MOST_READ };
    let text = beginning(&path, most, executable).map_err(cannot)?;
    let kind = match is_python && defines_ours(&text) {
        true => Kind::Python,
        false if executable => Kind::Program,
        false => return Err("it is neither executable nor defines run_integration".to_owned()),
    };
    let head = Head::read(&text);
    let (overlap, hears, help) = (head.overlap, head.hears, head.help);
    Ok(Script { name: name.to_owned(), path, kind, overlap, hears, help })
}

fn beginning(path: &Path, most: u64, executable: bool) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(most).read_to_end(&mut bytes)?,
        // A program may be executable and not readable.
        Err(error) if executable && error.kind() == std::io::ErrorKind::PermissionDenied => 0,
        Err(error) => return Err(error),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a Python file defines one of the functions that the runner calls, at its outer level.
fn defines_ours(text: &str) -> bool {
    text.lines().any(|line| {
        let rest = line.strip_prefix("def ").map(str::trim_start).unwrap_or(line);
        let rest = PYTHON_FUNCTIONS.iter().find_map(|name| rest.strip_prefix(name));
        rest.is_some_and(|rest| rest.trim_start().starts_with(['(', '=']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_ours_counts_only_where_it_is_defined_for_all() {
        assert!(defines_ours("import os\n\ndef run_integration(notification, query):\n    pass\n"));
        assert!(defines_ours("run_integration = make()\n"));
        assert!(!defines_ours("class A:\n    def run_integration(self):\n        pass\n"));
        assert!(!defines_ours("# def run_integration(\n"));
    }
}
