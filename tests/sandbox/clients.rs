//! Runs a script of `tests/sandbox/` with an interpreter and a look-alike's address.

use std::path::Path;
use std::process::Command;

/// Runs `script` with what `variable` names as interpreter, else with `usual`; fails with everything that it printed.
pub(crate) fn run(variable: &str, usual: &str, script: &str, arguments: &[&str]) {
    let interpreter = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox");
    let output = Command::new(&interpreter).current_dir(&folder).arg(script).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{interpreter} does not start ({error}); set {variable}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}:\n{out}\n{err}");
}

/// Runs a Python script; `KANBRIDGE_TEST_PYTHON` names a Python that has the client libraries.
pub(crate) fn python(script: &str, arguments: &[&str]) {
    run("KANBRIDGE_TEST_PYTHON", "python3", script, arguments);
}

/// Runs a Node.js script.
pub(crate) fn node(script: &str, arguments: &[&str]) {
    run("KANBRIDGE_TEST_NODE", "node", script, arguments);
}
