//! A team's own scripts: whether what is said of them is said of a script, whether Python is there for those that need
//! it, and whether strangers could put others beside them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::super::integrations;
use super::report::Finding;
use crate::config::Integrations;
use crate::scripts::Kind;

const WHAT: &str = "scripts";

/// Nothing where there are none and nothing is said of any.
pub(super) fn all(config: &Integrations) -> Vec<Finding> {
    let folder = config.folder.display();
    if !config.folder.exists() && config.known.is_empty() {
        return Vec::new();
    }
    let found = integrations::scripts(config).list();
    let names: Vec<&str> = found.iter().map(|script| script.name.as_str()).collect();
    let mut findings = match names.as_slice() {
        [] => vec![Finding::holds(WHAT, format!("none in {folder}"))],
        names => vec![Finding::holds(WHAT, format!("in {folder}: {}", names.join(", ")))],
    };
    for said in config.known.iter().filter(|said| !names.contains(&said.name.as_str())) {
        let cure = "is the file there, executable or with run_integration? `kanbridge integrations list` tells why not";
        findings.push(Finding::doubtful(
            WHAT,
            format!("`{}` is configured, and no script answers it", said.name),
            cure,
        ));
    }
    if fs::metadata(&config.folder).is_ok_and(|about| about.permissions().mode() & 0o002 != 0) {
        let cure = format!("chmod o-w {folder}");
        findings.push(Finding::fails(WHAT, format!("anybody on this machine can put scripts into {folder}"), cure));
    }
    if found.iter().any(|script| script.kind == Kind::Python) {
        findings.extend(python(config));
    }
    findings
}

fn python(config: &Integrations) -> Option<Finding> {
    let version = Command::new(&config.python).arg("--version").stdin(Stdio::null()).output();
    let fails = |why: String| {
        let cure = "install Python 3, or name one in INTEGRATIONS_PYTHON";
        Some(Finding::fails(WHAT, format!("{} {why}, and there are Python scripts", config.python.display()), cure))
    };
    match version {
        Err(error) => fails(format!("cannot be started ({error})")),
        Ok(told) if !told.stdout.starts_with(b"Python 3") => fails("is no Python 3".to_owned()),
        Ok(_) => None,
    }
}
