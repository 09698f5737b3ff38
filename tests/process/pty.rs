//! A pseudo-terminal with the binary on it, and a person in front of it: reads what stands there, types, reads on.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

/// Far longer than anything takes: only a failure waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Screen {
    text: String,
    ended: bool,
}

/// The terminal.
pub(crate) struct Pty {
    child: Child,
    keyboard: File,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    /// What was read of the screen so far.
    read: usize,
}

impl Pty {
    /// Runs `command` on a terminal of its own.
    pub(crate) fn run(command: &mut Command) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let path = std::path::Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let theirs: OwnedFd = File::options().read(true).write(true).open(path).unwrap().into();
        let child = command
            .stdin(theirs.try_clone().unwrap())
            .stdout(theirs.try_clone().unwrap())
            .stderr(theirs)
            .spawn()
            .unwrap();
        // The command keeps its ends open, and the terminal would never end.
        command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let keyboard = File::from(ours);
        let screen = Arc::new((Mutex::new(Screen::default()), Condvar::new()));
        let (from, to) = (keyboard.try_clone().unwrap(), Arc::clone(&screen));
        std::thread::spawn(move || watch(from, &to));
        Pty { child, keyboard, screen, read: 0 }
    }

    /// Reads on until `text` stands there; gives what was read on the way.
    pub(crate) fn reads(&mut self, text: &str) -> String {
        let (screen, changed) = &*self.screen;
        let until = Instant::now() + PATIENCE;
        let mut screen = screen.lock().unwrap();
        loop {
            if let Some(at) = screen.text[self.read..].find(text) {
                let end = self.read + at + text.len();
                let way = screen.text[self.read..end].to_owned();
                self.read = end;
                return way;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!screen.ended && !left.is_zero(), "`{text}` does not come:\n{}", screen.text);
            screen = changed.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Types a line.
    pub(crate) fn types(&mut self, line: &str) {
        self.keyboard.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Reads `question`, then types `answer`.
    pub(crate) fn answers(&mut self, question: &str, answer: &str) {
        self.reads(question);
        self.types(answer);
    }

    /// Ctrl-D: the end of input.
    pub(crate) fn hangs_up(&mut self) {
        self.keyboard.write_all(b"\x04").unwrap();
    }

    /// Whether what is typed is shown.
    pub(crate) fn echoes(&self) -> bool {
        tcgetattr(&self.keyboard).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// What Ctrl-C sends. The terminal is not the process's controlling one, so it does not send it by itself.
    pub(crate) fn interrupts(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    }

    /// Waits for the end; gives the exit code and everything that stood on the screen.
    pub(crate) fn ends(&mut self) -> (Option<i32>, String) {
        let (screen, changed) = &*self.screen;
        let (screen, late) =
            changed.wait_timeout_while(screen.lock().unwrap(), PATIENCE, |screen| !screen.ended).unwrap();
        assert!(!late.timed_out(), "it does not end:\n{}", screen.text);
        let text = screen.text.clone();
        drop(screen);
        (self.child.wait().unwrap().code(), text)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Ended already, where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn watch(mut terminal: File, screen: &(Mutex<Screen>, Condvar)) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    // A terminal whose last process has gone answers with an error: that is its end.
    while let Ok(length @ 1..) = terminal.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..length]);
        // A character may still be on its way in half.
        let whole = match std::str::from_utf8(&bytes) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let text: Vec<u8> = bytes.drain(..whole).collect();
        screen.0.lock().unwrap().text.push_str(std::str::from_utf8(&text).unwrap());
        screen.1.notify_all();
    }
    screen.0.lock().unwrap().ended = true;
    screen.1.notify_all();
}
