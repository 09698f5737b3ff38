//! A folder of scripts, and what the log says of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kanbridge::model::Integration;
use kanbridge::scripts::{Input, Limits, Output, ScriptTrouble, Scripts, Setup};
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

/// Gone when dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("kanbridge-scripts-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    /// A folder with one program.
    pub(crate) fn with(file: &str, text: &str) -> Self {
        let folder = Folder::new();
        folder.program(file, text);
        folder
    }

    pub(crate) fn file(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).unwrap();
    }

    pub(crate) fn program(&self, file: &str, text: &str) {
        self.file(file, text);
        fs::set_permissions(self.0.join(file), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn setup(&self) -> Setup {
        let launcher = PathBuf::from(env!("CARGO_BIN_EXE_kanbridge"));
        Setup { launcher, ..Setup::new(self.0.clone(), Vec::new()) }
    }

    pub(crate) fn scripts(&self) -> Scripts {
        Scripts::new(self.setup())
    }

    pub(crate) fn scripts_within(&self, time: Duration) -> Scripts {
        Scripts::new(Setup { limits: Limits { time, ..Limits::default() }, ..self.setup() })
    }

    pub(crate) fn scripts_with(&self, integrations: Vec<Integration>) -> Scripts {
        Scripts::new(Setup { integrations, ..self.setup() })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Another test's affair if it cannot be removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Asks the script of that name.
pub(crate) async fn ask(scripts: &Scripts, name: &str, input: &Input) -> Result<Output, ScriptTrouble> {
    let script = scripts.find(name).unwrap().unwrap_or_else(|| panic!("there is no {name}"));
    scripts.run(&script, input).await
}

/// Asks it and gives its reply.
pub(crate) async fn reply(scripts: &Scripts, name: &str, query: &str) -> String {
    let input = Input { command: name.to_owned(), query: query.to_owned(), ..Input::default() };
    ask(scripts, name, &input).await.unwrap().reply.unwrap_or_default()
}

/// Asks it with what it has kept, and gives what it keeps then.
pub(crate) async fn keep(scripts: &Scripts, name: &str, storage: Value) -> (Option<String>, Option<Value>) {
    let storage = storage.as_object().unwrap().clone();
    let output = ask(scripts, name, &Input { storage, ..Input::default() }).await.unwrap();
    (output.reply, output.storage.map(Value::Object))
}

/// Everything that this thread's tests log.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    /// Listens until the guard is dropped.
    pub(crate) fn start() -> (Self, tracing::subscriber::DefaultGuard) {
        let heard = Heard::default();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(heard.clone()).finish();
        let guard = tracing::subscriber::set_default(subscriber);
        (heard, guard)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Heard {
    type Writer = Heard;

    fn make_writer(&'a self) -> Heard {
        self.clone()
    }
}
