//! `kanbridge integrations list|run|new`: a team's own scripts, tried from a terminal.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::table::Table;
use super::{log, open_database};
use crate::commands;
use crate::config::{Integrations, Log};
use crate::model::{RoomName, Secret, check_name};
use crate::scripts::{Input, Limits, Script, Scripts, Setup};

const PYTHON: &str = include_str!("starter.py");
const SHELL: &str = include_str!("starter.sh");

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the scripts that are there, and the files that are none with the reason.
    List {
        /// As JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Run one as a room would, its storage included, and print its answer.
    Run(Run),
    /// Write a commented starter.
    New(New),
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// The script.
    name: String,
    /// What is said after the command.
    query: Vec<String>,
    /// As if from this room; its token is the one that is given.
    #[arg(long)]
    room: Option<RoomName>,
    /// As if this person had said it.
    #[arg(long, default_value = "you")]
    person: String,
    /// Let it hear this activity instead: a file with one of Trello's actions as JSON.
    #[arg(long, value_name = "FILE")]
    activity: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct New {
    /// The command that it will answer.
    name: String,
    /// A Python file that defines run_integration; without a choice this one.
    #[arg(long, conflicts_with = "shell")]
    python: bool,
    /// A shell script.
    #[arg(long)]
    shell: bool,
}

/// The scripts as they are configured.
pub(super) fn scripts(config: &Integrations) -> Scripts {
    let limits = Limits { time: config.timeout, ..Limits::default() };
    let setup = Setup::new(config.folder.clone(), config.known.clone());
    let launcher = config.launcher.clone();
    Scripts::new(Setup { launcher, python: config.python.clone(), limits, ..setup })
}

pub(super) async fn run(
    command: Command,
    config: &Integrations,
    database: &Secret,
    filter: Option<&str>,
    out: &mut impl Write,
) -> Result<()> {
    match command {
        Command::List { json } => list(config, json, out),
        Command::Run(run) => {
            log::start(&Log { json: false, filter: filter.unwrap_or("kanbridge=info").to_owned() })?;
            try_out(run, config, database, out).await
        }
        Command::New(new) => starter(&new, config, out),
    }
}

fn list(config: &Integrations, as_json: bool, out: &mut impl Write) -> Result<()> {
    let scripts = scripts(config);
    let mut table = Table::default();
    for script in scripts.list() {
        if as_json {
            writeln!(out, "{}", in_json(&script))?;
            continue;
        }
        let hears = if script.hears.is_empty() { "-".to_owned() } else { format!("hears {}", script.hears.join(",")) };
        let file = script.path.display().to_string();
        table.row(vec![script.name, script.kind.as_str().to_owned(), file, hears, script.help.unwrap_or_default()]);
    }
    table.print(out)?;
    for script in scripts.list().iter().filter(|script| commands::is_own(&script.name)) {
        writeln!(io::stderr(), "{} is never asked: kanbridge answers `{}` itself", script.path.display(), script.name)?;
    }
    for aside in scripts.aside() {
        writeln!(io::stderr(), "{} answers nothing: {}", aside.file, aside.why)?;
    }
    if !config.folder.is_dir() {
        writeln!(io::stderr(), "there is no folder {} (INTEGRATIONS_DIR)", config.folder.display())?;
    }
    Ok(())
}

fn in_json(script: &Script) -> Value {
    json!({
        "name": script.name, "kind": script.kind.as_str(), "file": script.path, "overlap": script.overlap,
        "hears": script.hears, "help": script.help,
    })
}

async fn try_out(run: Run, config: &Integrations, database: &Secret, out: &mut impl Write) -> Result<()> {
    let scripts = scripts(config);
    let script = scripts.find(&run.name)?;
    let script = script.with_context(|| nothing_answers(&run.name, &scripts, config))?;
    let store = open_database(database).await?;
    let turn = scripts.enter(&script).await?;
    let kept = store.storage(&script.name).await?;
    let input = Input { storage: kept.document.clone(), ..input(&run)? };
    let output = turn.run(&input).await?;
    if let Some(after) = &output.storage {
        store.keep_storage(&script.name, &kept, after).await?;
    }
    match output.reply {
        Some(reply) => writeln!(out, "{reply}")?,
        None => writeln!(io::stderr(), "it ran and has nothing to say")?,
    }
    Ok(())
}

/// Where a file of that name is there all the same, it is said why it does not answer.
fn nothing_answers(name: &str, scripts: &Scripts, config: &Integrations) -> String {
    let mut asides = scripts.aside().into_iter();
    match asides.find(|aside| aside.file.split('.').next() == Some(name)) {
        Some(aside) => format!("{} answers nothing: {}", aside.file, aside.why),
        None => format!(
            "nothing in {} answers `{name}`; `kanbridge integrations list` shows what there is",
            config.folder.display()
        ),
    }
}

/// What a room would have sent, in the form of HipChat's `room_message`.
fn input(run: &Run) -> Result<Input> {
    let query = run.query.join(" ");
    let room = run.room.as_ref().map_or("terminal", |room| room.as_str());
    let notification = json!({
        "event": "room_message", "webhook_id": null, "oauth_client_id": null,
        "item": {
            "message": {
                "id": null, "date": null, "type": "message", "mentions": [],
                "message": format!("/{} {query}", run.name).trim_end(),
                "from": { "id": null, "name": run.person, "mention_name": run.person },
            },
            "room": { "id": null, "name": room },
        },
    });
    let event = run.activity.as_ref().map(|path| {
        let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))
    });
    let (command, person) = (run.name.clone(), Some(run.person.clone()));
    Ok(Input {
        command,
        query,
        room: run.room.clone(),
        person,
        notification,
        event: event.transpose()?,
        ..Input::default()
    })
}

fn starter(new: &New, config: &Integrations, out: &mut impl Write) -> Result<()> {
    check_name(&new.name)?;
    if commands::is_own(&new.name) {
        bail!("kanbridge answers `{}` itself, and never asks a script; choose another name", new.name);
    }
    if let Some(script) = scripts(config).find(&new.name)? {
        bail!("{} answers `{}` already", script.path.display(), new.name);
    }
    let (extension, text, mode) = if new.shell { ("sh", SHELL, 0o755) } else { ("py", PYTHON, 0o644) };
    fs::create_dir_all(&config.folder)
        .with_context(|| format!("the folder {} cannot be made", config.folder.display()))?;
    let path = config.folder.join(format!("{}.{extension}", new.name));
    let file = File::options().write(true).create_new(true).mode(mode).open(&path);
    let mut file = file.map_err(|error| anyhow!("{} cannot be written: {error}", path.display()))?;
    file.write_all(text.replace("NAME", &new.name).as_bytes())?;
    writeln!(out, "{}", path.display())?;
    writeln!(io::stderr(), "try it: kanbridge integrations run {} hello", new.name)?;
    Ok(())
}
