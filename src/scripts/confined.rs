//! The first half of a script's process: kanbridge itself, started anew, which takes limits upon itself and then
//! becomes the script. So the limits hold from the script's first instruction on, and for all that it starts.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

/// The hidden command of the binary that leads here.
pub(super) const COMMAND: &str = "confined";

/// A file that is being written cannot be run (`ETXTBSY`): looked at again this often, this long apart.
const BUSY_LOOKS: u32 = 50;
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// The limits of one process, and what it becomes.
#[derive(Clone, Debug)]
pub struct Confinement {
    /// Bytes of memory that it may write to and shares with nobody (`RLIMIT_DATA`). Address space is not limited: some
    /// runtimes reserve much more of it than they use.
    pub memory: u64,
    /// Seconds on the processor.
    pub cpu: u64,
    /// Bytes that a file which it writes may have.
    pub file: u64,
    /// The program and its arguments.
    pub program: Vec<OsString>,
}

impl Confinement {
    /// As arguments of the binary.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let numbers = [("--memory", self.memory), ("--cpu", self.cpu), ("--file", self.file)];
        let limits = numbers.into_iter().flat_map(|(name, value)| [name.into(), value.to_string().into()]);
        let begin = std::iter::once(OsString::from(COMMAND)).chain(limits).chain([OsString::from("--")]);
        begin.chain(self.program.iter().cloned()).collect()
    }
}

/// Takes the limits upon this process and becomes the program.
///
/// # Errors
/// Returns only when that cannot be done, saying why.
pub fn confine(confinement: &Confinement) -> io::Error {
    let Some((program, arguments)) = confinement.program.split_first() else {
        return io::Error::other("there is no program to become");
    };
    let mut command = Command::new(program);
    command.args(arguments);
    let limits = [
        (Resource::Cpu, confinement.cpu),
        (Resource::Fsize, confinement.file),
        (Resource::Core, 0),
        (Resource::Data, confinement.memory),
    ];
    for (resource, most) in limits {
        if let Err(error) = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }) {
            return io::Error::other(format!("the limit on {resource:?} cannot be set ({error})"));
        }
    }
    for _ in 1..BUSY_LOOKS {
        let error = command.exec();
        if error.kind() != io::ErrorKind::ExecutableFileBusy {
            return error;
        }
        std::thread::sleep(BUSY_PAUSE);
    }
    command.exec()
}
