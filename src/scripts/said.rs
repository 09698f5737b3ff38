//! What a run says on standard output, as it comes: a program's words, or the lines of the Python runner.

use serde_json::{Map, Value};
use tokio::process::ChildStdout;

use super::diary::Diary;
use super::ears::{Beginning, hear, hear_lines};
use super::{Kind, Limits, Output, answer};

#[derive(Default)]
pub(super) struct Said {
    /// Of a program: what it printed.
    plain: Beginning,
    /// Of the Python runner: its answer, or what failed.
    answer: Option<Map<String, Value>>,
    failed: Option<String>,
}

impl Said {
    /// Listens to the end.
    pub(super) async fn listen(
        &mut self,
        from: ChildStdout,
        kind: Kind,
        limits: &Limits,
        diary: &Diary<'_>,
    ) -> std::io::Result<()> {
        match kind {
            Kind::Program => hear(from, limits.reply + limits.storage, &mut self.plain).await,
            Kind::Python => {
                // JSON writes a character as six bytes at worst.
                let most = 6 * (limits.reply + limits.storage);
                hear_lines(from, most, |line| self.take(line, diary)).await
            }
        }
    }

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

    /// What failed, where the script could still say so.
    pub(super) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// The answer of a run that came to its end.
    ///
    /// # Errors
    /// Why it is none, for the log.
    pub(super) fn answer(self, kind: Kind, limits: &Limits) -> Result<Output, String> {
        match kind {
            Kind::Program => answer::of_program(&self.plain, limits),
            Kind::Python => {
                let answer = self.answer.ok_or("it ended without coming to its end (os._exit?)")?;
                answer::of_object(answer, limits)
            }
        }
    }
}
