//! One run of a script: the question, the process, the log, the answer.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use serde_json::{Value, json};
use tokio::process::Command;

use super::confined::Confinement;
use super::diary::Diary;
use super::ears::hear_lines;
use super::process::{End, Process, say};
use super::queue::Place;
use super::said::Said;
use super::tokens::Tokens;
use super::{Input, Kind, Output, Script, ScriptTrouble, Setup};
use crate::model::{Integration, Secret};

/// What Python is given to run: the user's file is its argument.
const RUNNER: &str = include_str!("runner.py");

/// Bytes of a line in the log.
const LONGEST_LINE: usize = 4 << 10;
/// What the query may have as a variable; the whole of it is in the question.
const LONGEST_VARIABLE: usize = 64 << 10;

/// A script whose turn it is. The next run of the same script waits until this is dropped.
#[derive(Debug)]
pub struct Turn {
    setup: Arc<Setup>,
    script: Script,
    log_ref: String,
    _place: Place,
}

/// Marks the lines of one run.
pub(super) fn log_ref() -> String {
    let id = uuid::Uuid::now_v7().simple().to_string();
    id[id.len() - 6..].to_owned()
}

impl Turn {
    pub(super) fn new(setup: Arc<Setup>, script: Script, log_ref: String, place: Place) -> Self {
        Turn { setup, script, log_ref, _place: place }
    }

    /// What the log's lines about this run are marked with.
    pub fn log_ref(&self) -> &str {
        &self.log_ref
    }

    /// Runs it. A run that fails changes nothing of what the script keeps.
    ///
    /// # Errors
    /// What can be said of the failure in the room; the rest is in the log.
    pub async fn run(&self, input: &Input) -> Result<Output, ScriptTrouble> {
        let tokens = Tokens::of(&self.script.name, input, &self.setup.integrations);
        let diary = Diary::new(&self.script.name, &self.log_ref, &tokens.secrets);
        let answer = match self.try_run(input, &tokens, &diary).await {
            Ok(answer) => answer,
            Err(error) => Err(Failure::DidNotWork(format!("it could not be run: {error}"))),
        };
        answer.map_err(|failure| self.trouble(failure, &diary))
    }

    async fn try_run(&self, input: &Input, tokens: &Tokens, diary: &Diary<'_>) -> io::Result<Result<Output, Failure>> {
        let question = match self.question(input, tokens) {
            Ok(question) => question,
            Err(why) => return Ok(Err(Failure::DidNotWork(why))),
        };
        let home = Home::make()?;
        let (process, pipes) = Process::start(self.command(input, tokens, &home.0)?, self.limit())?;
        let (kind, limits) = (self.script.kind, &self.setup.limits);
        let mut said = Said::default();
        let listening = async {
            let answer = said.listen(pipes.stdout, kind, limits, diary);
            let talk = hear_lines(pipes.stderr, LONGEST_LINE, |line| diary.heard(line));
            let (answer, talk, ()) = tokio::join!(answer, talk, say(pipes.stdin, &question));
            if let Err(error) = answer.and(talk) {
                tracing::warn!(script = self.script.name, log_ref = self.log_ref, %error, "it cannot be heard");
            }
        };
        Ok(match process.run(listening).await? {
            End::TooLong => Err(Failure::TooLong),
            End::Ended(status) if status.success() => said.answer(kind, limits).map_err(Failure::DidNotWork),
            End::Ended(status) => {
                Err(Failure::DidNotWork(said.failed().map_or_else(|| status.to_string(), str::to_owned)))
            }
        })
    }

    /// A sentence for the room; the reason is for the log.
    fn trouble(&self, failure: Failure, diary: &Diary<'_>) -> ScriptTrouble {
        let limit = in_seconds(self.limit());
        let (what, why) = match failure {
            Failure::DidNotWork(why) => ("did not work".to_owned(), why),
            Failure::TooLong => {
                (format!("did not come to an end within {limit} and was stopped"), format!("stopped after {limit}"))
            }
        };
        diary.did_not_work(&why);
        let sentence = format!("`{}` {what}, see log ref {}", self.script.name, self.log_ref);
        ScriptTrouble { sentence, log_ref: self.log_ref.clone() }
    }

    fn said_of_it(&self) -> Option<&Integration> {
        self.setup.integrations.iter().find(|said| said.name == self.script.name)
    }

    fn limit(&self) -> Duration {
        self.said_of_it().and_then(|said| said.timeout).unwrap_or(self.setup.limits.time)
    }

    /// What the process is told on its standard input.
    fn question(&self, input: &Input, tokens: &Tokens) -> Result<Vec<u8>, String> {
        let limits = &self.setup.limits;
        let mut question = json!({
            "command": input.command, "query": input.query, "room": input.room, "room_id": input.room_id,
            "person": input.person, "notification": input.notification, "event": input.event,
            "token": tokens.own.as_ref().map(Secret::expose), "tokens": tokens.all,
        });
        if question.to_string().len() > limits.question {
            return Err(format!("what it was asked has more than {} KB", limits.question >> 10));
        }
        question["storage"] = Value::Object(input.storage.clone());
        if self.script.kind == Kind::Python {
            question["most_printed"] = json!(limits.reply + 1);
        }
        Ok(question.to_string().into_bytes())
    }

    /// The process to start: kanbridge, which confines itself and becomes the script.
    fn command(&self, input: &Input, tokens: &Tokens, home: &Path) -> io::Result<Command> {
        let file = std::path::absolute(&self.script.path)?;
        let folder = std::path::absolute(&self.setup.folder)?;
        let program: Vec<OsString> = match self.script.kind {
            Kind::Program => vec![file.into()],
            Kind::Python => {
                let options = ["-I", "-X", "utf8", "-c", RUNNER].map(OsString::from);
                std::iter::once(self.setup.python.clone()).chain(options).chain([file.into()]).collect()
            }
        };
        let memory = self.said_of_it().and_then(|said| said.memory).unwrap_or(self.setup.limits.memory);
        let cpu = self.limit().as_secs() + 1;
        let confinement = Confinement { memory, cpu, file: self.setup.limits.file, program };
        let mut command = Command::new(&self.setup.launcher);
        command.args(confinement.arguments()).current_dir(folder);
        command.env_clear().env("PATH", &self.setup.path).env("LANG", "C.UTF-8").env("HOME", home).env("TMPDIR", home);
        for (name, value) in variables(input, tokens) {
            command.env(name, value);
        }
        Ok(command)
    }
}

/// What a script that reads no JSON can go by.
fn variables(input: &Input, tokens: &Tokens) -> Vec<(&'static str, String)> {
    let room = input.room.as_ref().map(|room| room.as_str());
    let given = [
        ("KANBRIDGE_COMMAND", Some(input.command.as_str())),
        ("KANBRIDGE_QUERY", Some(input.query.as_str())),
        ("KANBRIDGE_ROOM", room),
        ("KANBRIDGE_PERSON", input.person.as_deref()),
        ("KANBRIDGE_TOKEN", tokens.own.as_ref().map(Secret::expose)),
    ];
    let cut = |value: &str| value[..value.floor_char_boundary(LONGEST_VARIABLE)].replace('\0', "");
    given.into_iter().filter_map(|(name, value)| Some((name, cut(value?)))).collect()
}

enum Failure {
    /// Why, for the log.
    DidNotWork(String),
    TooLong,
}

fn in_seconds(span: Duration) -> String {
    if span.subsec_millis() == 0 { format!("{} s", span.as_secs()) } else { format!("{} ms", span.as_millis()) }
}

/// A private folder for one run, gone with it.
struct Home(PathBuf);

impl Home {
    fn make() -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let folder = std::env::temp_dir().join(format!("kanbridge-run-{}", uuid::Uuid::now_v7()));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Home(folder))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "the private folder of a run could not be removed");
        }
    }
}
