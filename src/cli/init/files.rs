//! Writing `.env` and `kanbridge.toml`: whole or not at all, readable by their owner alone, and what was there before is
//! kept beside them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use crate::config::VARIABLES;

/// `.env` with `values`, in the order of the table of variables, each with what it is for.
pub(super) fn dotenv(values: &BTreeMap<String, String>) -> Result<String> {
    let mut text =
        "# Written by `kanbridge init`. .env.example tells of every variable. Keep this file to yourself.\n".to_owned();
    for variable in VARIABLES {
        if let Some(value) = values.get(variable.name).filter(|value| !value.is_empty()) {
            write!(text, "\n# {}\n{}={}\n", variable.meaning, variable.name, quoted(variable.name, value)?)?;
        }
    }
    let others: Vec<_> = values.iter().filter(|(name, _)| VARIABLES.iter().all(|known| known.name != *name)).collect();
    if !others.is_empty() {
        text.push_str("\n# What stood here before.\n");
        for (name, value) in others {
            writeln!(text, "{name}={}", quoted(name, value)?)?;
        }
    }
    Ok(text)
}

/// `value` so that it is read back as it is: `$` would name a variable, `#` begin a comment, a blank end it.
fn quoted(name: &str, value: &str) -> Result<String> {
    if value.chars().any(char::is_control) {
        bail!("{name}: the value holds a line break or another control character");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=?&~*".contains(c);
    if value.chars().all(plain) {
        return Ok(value.to_owned());
    }
    // The reader looks for the end of a quoted text before it reads it, and takes `\\` for an escape there.
    if !value.contains(['\'', '\\']) {
        return Ok(format!("'{value}'"));
    }
    let escaped: String = value.chars().fold(String::new(), |mut text, c| {
        if matches!(c, '\\' | '"' | '$') {
            text.push('\\');
        }
        text.push(c);
        text
    });
    Ok(format!("\"{escaped}\""))
}

/// Writes `text` to `path`; gives the name under which the former file is kept, where there was one.
pub(super) fn replace(path: &Path, text: &str, now: Timestamp) -> Result<Option<PathBuf>> {
    let kept = if path.exists() {
        let kept = beside(path, &format!("before-{}", now.strftime("%Y%m%dT%H%M%S%.6fZ")));
        fs::hard_link(path, &kept)
            .or_else(|_| fs::copy(path, &kept).map(drop))
            .and_then(|()| fs::set_permissions(&kept, Permissions::from_mode(0o600)))
            .with_context(|| format!("{} cannot be kept as {}", path.display(), kept.display()))?;
        Some(kept)
    } else {
        None
    };
    write(path, text)?;
    Ok(kept)
}

/// Writes `text` to `path` in place of what stands there.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    let new = beside(path, "new");
    write_private(&new, text)
        .and_then(|()| fs::rename(&new, path))
        .with_context(|| format!("{} cannot be written", path.display()))
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}.{what}"))
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    // What an interrupted run left behind may have other permissions.
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file: File = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kanbridge-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn every_value_is_read_back_as_it_was_written() {
        let file = folder().join(".env");
        let value = prop_oneof!["[ -~]{1,20}", "['\"$\\\\# ={}`~a]{1,12}", "\\PC{1,12}"];
        let values = proptest::collection::vec(value, 1..4);
        proptest!(|(values in values)| {
            let values = values.into_iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
            let pairs: BTreeMap<String, String> =
                ["TRELLO_API_TOKEN", "MINE", "DATABASE_URL"].iter().map(|n| (*n).to_owned()).zip(values).collect();
            fs::write(&file, dotenv(&pairs).unwrap()).unwrap();
            prop_assert_eq!(crate::config::Environment::in_file(&file).unwrap(), pairs);
        });
        fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_line_break_is_refused_rather_than_written() {
        let values = BTreeMap::from([("TRELLO_API_KEY".to_owned(), "a\nLISTEN=b".to_owned())]);
        assert!(dotenv(&values).unwrap_err().to_string().starts_with("TRELLO_API_KEY: "));
    }

    #[test]
    fn a_file_is_its_owner_s_alone_and_the_former_one_is_kept() {
        let file = folder().join(".env");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        let kept = replace(&file, "new", Timestamp::UNIX_EPOCH).unwrap().unwrap();
        assert_eq!((fs::read_to_string(&file).unwrap(), mode(&file)), ("new".to_owned(), 0o600));
        assert_eq!((fs::read_to_string(&kept).unwrap(), mode(&kept)), ("old".to_owned(), 0o600));
        let names = fs::read_dir(file.parent().unwrap()).unwrap().count();
        assert_eq!(names, 2, "nothing else is left behind");
        fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }
}
