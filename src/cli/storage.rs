//! `kanbridge storage show|save|load|erase|backups|restore`: what scripts keep.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Subcommand;
use serde_json::Value;

use super::table::Table;
use crate::model::Storages;
use crate::store::Store;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print what one script keeps, or what all keep, as JSON.
    Show {
        /// The script.
        name: Option<String>,
    },
    /// Write everything that scripts keep to a file.
    Save {
        /// Where to; `-` is standard output.
        file: PathBuf,
    },
    /// Replace everything that scripts keep by what a file holds; what was there before is kept as a backup.
    Load {
        /// A file as `save` writes it; `-` is standard input.
        file: PathBuf,
    },
    /// Erase what one script keeps, or what all keep; what was there before is kept as a backup.
    Erase {
        /// The script.
        name: Option<String>,
    },
    /// List the backups that loading and erasing have left.
    Backups,
    /// Replace everything that scripts keep by a backup.
    Restore {
        /// Its number.
        backup: i64,
    },
}

pub(super) async fn run(command: Command, store: &Store, out: &mut impl Write) -> Result<()> {
    match command {
        Command::Show { name } => show(store, name.as_deref(), out).await,
        Command::Save { file } => save(store, &file, out).await,
        Command::Load { file } => {
            let text = read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let storages = Storages::parse(&text)
                .map_err(|why| anyhow!("{} was not loaded, and nothing was changed: {why}", file.display()))?;
            replace(store, &storages, &format!("load {}", file.display()), out).await
        }
        Command::Erase { name } => erase(store, name.as_deref(), out).await,
        Command::Backups => backups(store, out).await,
        Command::Restore { backup } => {
            let storages = store.storage_backup(backup).await?;
            let storages = storages
                .with_context(|| format!("there is no backup {backup}; `kanbridge storage backups` lists them"))?;
            replace(store, &storages, &format!("restore {backup}"), out).await
        }
    }
}

async fn show(store: &Store, name: Option<&str>, out: &mut impl Write) -> Result<()> {
    let Some(name) = name else {
        let (storages, _) = store.storages().await?;
        return Ok(writeln!(out, "{storages}")?);
    };
    let kept = store.storage(name).await?;
    if kept.document.is_empty() {
        bail!("`{name}` keeps nothing");
    }
    Ok(writeln!(out, "{:#}", Value::Object(kept.document))?)
}

async fn save(store: &Store, file: &Path, out: &mut impl Write) -> Result<()> {
    let (storages, times) = store.storages().await?;
    if file == Path::new("-") {
        return Ok(writeln!(out, "{storages}")?);
    }
    let opened = File::options().write(true).create(true).truncate(true).mode(0o600).open(file);
    let opened = opened.and_then(for_us_alone);
    let written = opened.and_then(|mut to| writeln!(to, "{storages}").and_then(|()| to.sync_all()));
    written.with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(writeln!(out, "saved what {} to {}", keep(times.len()), file.display())?)
}

/// A file that was there already keeps its mode when it is written to.
fn for_us_alone(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn read(file: &Path) -> io::Result<String> {
    if file != Path::new("-") {
        return fs::read_to_string(file);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

async fn replace(store: &Store, storages: &Storages, reason: &str, out: &mut impl Write) -> Result<()> {
    let backup = store.load_storages(storages, reason).await?;
    writeln!(out, "{} what was loaded{}", keep(storages.0.len()), as_before(backup))?;
    Ok(())
}

async fn erase(store: &Store, name: Option<&str>, out: &mut impl Write) -> Result<()> {
    match store.erase_storage(name).await? {
        None => writeln!(out, "nothing was kept")?,
        backup => writeln!(out, "erased{}", as_before(backup))?,
    }
    Ok(())
}

fn as_before(backup: Option<i64>) -> String {
    backup
        .map_or_else(String::new, |id| format!("; `kanbridge storage restore {id}` brings back what was there before"))
}

fn keep(count: usize) -> String {
    if count == 1 { "1 script keeps".to_owned() } else { format!("{count} scripts keep") }
}

async fn backups(store: &Store, out: &mut impl Write) -> Result<()> {
    let mut table = Table::default();
    for backup in store.storage_backups().await? {
        let (id, length) = (backup.id.to_string(), format!("{} characters", backup.length));
        table.row(vec![id, backup.at.to_string(), length, format!("before {}", backup.reason)]);
    }
    table.print(out)
}
