//! One process of a script, from its start to the end of its whole group.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};
use tokio::time::{Instant, timeout, timeout_at};

/// When a process has ended or was killed, what it had said arrives within this. A process that has left the group and
/// holds the pipes open does not keep us longer.
const GRACE: Duration = Duration::from_millis(500);

/// How a process ended.
#[derive(Debug)]
pub(super) enum End {
    /// By itself.
    Ended(ExitStatus),
    /// It was killed when its time was up.
    TooLong,
}

/// The three pipes of a process.
pub(super) struct Pipes {
    pub(super) stdin: ChildStdin,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

/// A process in a group of its own. When this is dropped, the whole group is killed.
#[derive(Debug)]
pub(super) struct Process {
    group: Group,
    child: Child,
    deadline: Instant,
}

#[derive(Debug)]
struct Group {
    id: Pid,
    /// That some child of ours has ended.
    endings: Signals,
    killed: bool,
}

impl Process {
    /// Starts `command`, which has `limit` to end.
    pub(super) fn start(mut command: Command, limit: Duration) -> io::Result<(Self, Pipes)> {
        let deadline = Instant::now() + limit;
        let piped = Stdio::piped;
        command.stdin(piped()).stdout(piped()).stderr(piped()).process_group(0).kill_on_drop(true);
        let endings = signal(SignalKind::child())?;
        let mut child = command.spawn()?;
        let gone = || io::Error::other("the process was gone at once");
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let pipes = stdin.zip(stdout).zip(stderr).map(|((stdin, stdout), stderr)| Pipes { stdin, stdout, stderr });
        let id = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).ok_or_else(gone)?;
        Ok((Process { group: Group { id, endings, killed: false }, child, deadline }, pipes.ok_or_else(gone)?))
    }

    /// Lets it run to its end or to the end of its time, while `listening` reads what it says.
    pub(super) async fn run(mut self, listening: impl Future<Output = ()>) -> io::Result<End> {
        tokio::pin!(listening);
        let heard = tokio::select! {
            () = &mut listening => true,
            _ = timeout_at(self.deadline, self.group.ended()) => false,
        };
        // It may close its pipes and go on.
        let in_time = timeout_at(self.deadline, self.group.ended()).await;
        self.group.kill();
        if !heard {
            // Whether the pipes close in time or not: what has been said has been read.
            let _ = timeout(GRACE, listening).await;
        }
        match in_time {
            Ok(ended) => {
                ended?;
                Ok(End::Ended(self.child.wait().await?))
            }
            Err(_) => {
                // A process that even this does not end is waited for by nobody; the runtime reaps it.
                let _ = timeout(GRACE, self.child.wait()).await;
                Ok(End::TooLong)
            }
        }
    }
}

impl Group {
    /// Waits until its first process has ended and does not reap it: until then the group's number is its own.
    async fn ended(&mut self) -> io::Result<()> {
        let looked_at = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        while waitid(WaitId::Pid(self.id), looked_at)?.is_none() {
            self.endings.recv().await;
        }
        Ok(())
    }

    /// Once: later the number may be another's.
    fn kill(&mut self) {
        if !std::mem::replace(&mut self.killed, true) {
            // That there is nobody left to be killed is well.
            let _ = kill_process_group(self.id, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Says `text` and closes the pipe. A process need not listen.
pub(super) async fn say(mut stdin: ChildStdin, text: &[u8]) {
    let said = stdin.write_all(text).await;
    drop(said);
}
