//! One run of a script: the question, the process, the log, the answer.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fs, io};

use serde_json::{Map, Value, json};
use tokio::process::Command;

use super::confined::Confinement;
use super::ears::{Beginning, hear, hear_lines};
use super::process::{End, Process, say};
use super::queue::Place;
use super::tokens::Tokens;
use super::{Input, Kind, Output, Script, ScriptTrouble, Setup, answer};
use crate::model::{Integration, Secret};

/// What Python is given to run: the user's file is its argument.
const RUNNER: &str = include_str!("runner.py");

/// Bytes of a line in the log, and of all lines of one run.
const LONGEST_LINE: usize = 4 << 10;
const MOST_LOGGED: usize = 64 << 10;
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
        let diary = Diary {
            script: &self.script.name,
            log_ref: &self.log_ref,
            secrets: &tokens.secrets,
            room: Mutex::new(MOST_LOGGED),
        };
        let answer = match self.try_run(input, &tokens, &diary).await {
            Ok(answer) => answer,
            Err(error) => Err(Failure::DidNotWork(format!("it could not be run: {error}"))),
        };
        answer.map_err(|failure| {
            let name = &self.script.name;
            let (what, why) = match failure {
                Failure::DidNotWork(why) => ("did not work".to_owned(), why),
                Failure::TooLong => {
                    let limit = in_seconds(self.limit());
                    (format!("did not come to an end within {limit} and was stopped"), format!("stopped after {limit}"))
                }
            };
            tracing::error!(script = name, log_ref = self.log_ref, "did not work: {}", diary.clean(&why));
            ScriptTrouble {
                sentence: format!("`{name}` {what}, see log ref {}", self.log_ref),
                log_ref: self.log_ref.clone(),
            }
        })
    }

    async fn try_run(&self, input: &Input, tokens: &Tokens, diary: &Diary<'_>) -> io::Result<Result<Output, Failure>> {
        let question = match self.question(input, tokens) {
            Ok(question) => question,
            Err(why) => return Ok(Err(Failure::DidNotWork(why))),
        };
        let home = Home::make()?;
        let command = self.command(input, tokens, &home.0)?;
        let (process, pipes) = Process::start(command, self.limit())?;
        let mut said = Said::default();
        let limits = &self.setup.limits;
        let end = {
            let listening = async {
                let answer = async {
                    match self.script.kind {
                        Kind::Program => hear(pipes.stdout, limits.reply + limits.storage, &mut said.plain).await,
                        Kind::Python => {
                            // JSON writes a character as six bytes at worst.
                            let most = 6 * (limits.reply + limits.storage);
                            hear_lines(pipes.stdout, most, |line| said.take(line, diary)).await
                        }
                    }
                };
                let talk = hear_lines(pipes.stderr, LONGEST_LINE, |line| diary.heard(line));
                let (answer, talk, ()) = tokio::join!(answer, talk, say(pipes.stdin, &question));
                if let Err(error) = answer.and(talk) {
                    tracing::warn!(script = self.script.name, log_ref = self.log_ref, %error, "it cannot be heard");
                }
            };
            process.run(listening).await?
        };
        Ok(match end {
            End::TooLong => Err(Failure::TooLong),
            End::Ended(status) if !status.success() => {
                Err(Failure::DidNotWork(said.failed.unwrap_or(status.to_string())))
            }
            End::Ended(_) => self.answer(said).map_err(Failure::DidNotWork),
        })
    }

    fn answer(&self, said: Said) -> Result<Output, String> {
        match self.script.kind {
            Kind::Program => answer::of_program(&said.plain, &self.setup.limits),
            Kind::Python => {
                let answer = said.answer.ok_or("it ended without coming to its end (os._exit?)")?;
                answer::of_object(answer, &self.setup.limits)
            }
        }
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

/// What came on standard output.
#[derive(Default)]
struct Said {
    /// Of a program: what it printed.
    plain: Beginning,
    /// Of the Python runner: its answer, or what failed.
    answer: Option<Map<String, Value>>,
    failed: Option<String>,
}

impl Said {
    /// A line of the Python runner.
    fn take(&mut self, line: &Beginning, diary: &Diary<'_>) {
        let Ok(mut said) = serde_json::from_slice::<Map<String, Value>>(&line.bytes) else {
            diary.heard(line);
            return;
        };
        let text = |value: Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(level) = said.remove("log") {
            diary.note(level == "error", &text(said.remove("text")));
        } else if let Some(failed) = said.remove("failed") {
            self.failed = Some(text(Some(failed)));
        } else {
            self.answer = Some(said);
        }
    }
}

/// The log of one run.
struct Diary<'a> {
    script: &'a str,
    log_ref: &'a str,
    secrets: &'a [Secret],
    /// Bytes that may still be logged.
    room: Mutex<usize>,
}

impl Diary<'_> {
    fn heard(&self, line: &Beginning) {
        self.note(false, &String::from_utf8_lossy(&line.bytes));
    }

    fn note(&self, is_error: bool, text: &str) {
        let (script, log_ref) = (self.script, self.log_ref);
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        if *room == 0 {
            return;
        }
        *room = room.saturating_sub(text.len() + 1);
        for line in self.clean(text).lines() {
            if is_error {
                tracing::error!(script, log_ref, "{line}");
            } else {
                tracing::info!(script, log_ref, "{line}");
            }
        }
        if *room == 0 {
            tracing::warn!(script, log_ref, "it says too much; the rest of this run is not logged");
        }
    }

    /// Without the tokens that it was given, and without control characters.
    fn clean(&self, text: &str) -> String {
        let mut text: String = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
        for secret in self.secrets {
            text = text.replace(secret.expose(), "***");
        }
        text
    }
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
