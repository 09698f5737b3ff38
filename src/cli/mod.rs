//! The commands of the binary, one file each; the only place that assembles.

mod bridge;
mod check;
mod deliveries;
mod demo;
mod import;
mod init;
mod links;
mod log;
mod notify;
mod outward;
mod sandbox;
mod serve;
mod table;
mod trello;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Parser, Subcommand};

pub use bridge::{Bridge, Running, start};

use crate::clock::Clock;
use crate::config::{self, Config, Environment};
use crate::store::Store;
use crate::sync::discretion::discretion;

/// kanbridge keeps a Trello board and a GitLab project telling the same story.
#[derive(Debug, Parser)]
#[command(name = "kanbridge", version, arg_required_else_help = true)]
struct Arguments {
    /// The kanbridge.toml to use, instead of the one that KANBRIDGE_CONFIG names.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bridge: open the doors and look after the board.
    Serve,
    /// See it at work: GitLab and Trello as look-alikes, the real bridge between them, and a page to watch it on.
    Demo(demo::Arguments),
    /// Look at what GitLab sent, and have it looked after again.
    #[command(subcommand)]
    Deliveries(deliveries::Command),
    /// Bring in the issues that were there before kanbridge.
    Import(import::Command),
    /// Set kanbridge up: asks, looks ids up, writes .env, registers the hook, and looks at everything.
    Init(Box<init::Command>),
    /// Look at issues and their cards: how each pair stands, and why.
    #[command(subcommand)]
    Links(links::Command),
    /// Look whether everything is reachable and allowed: one line each, with the cure.
    Check(check::Command),
    /// Look up names and ids on Trello; needs a key and a token only.
    #[command(subcommand)]
    Trello(trello::Command),
    /// Serve look-alikes of Trello and GitLab, to try things out without an account.
    Sandbox(sandbox::Command),
}

/// Runs the command that the process was started with.
///
/// # Errors
/// What went wrong, for the person at the terminal.
pub async fn run() -> Result<()> {
    let arguments = Arguments::parse();
    let file = arguments.config.as_ref().map(|path| path.to_string_lossy());
    let file = file.as_deref();
    let environment = || Environment::load(Path::new(".env"));
    let config = || environment().and_then(|environment| config::read(&environment, file));
    let mut out = std::io::stdout().lock();
    match arguments.command {
        Command::Serve => serve::run(config()?).await,
        Command::Demo(arguments) => demo::run(arguments, &mut out).await,
        Command::Deliveries(command) => {
            let config = config()?;
            let store = open_store(&config).await?;
            let discretion = discretion(&config.routes);
            deliveries::run(command, &store, (&config.gitlab.instance, &discretion), &mut out).await
        }
        Command::Import(command) => import::run(command, config()?, &mut out).await,
        Command::Links(command) => {
            let config = config()?;
            links::run(command, &open_store(&config).await?, &mut out).await
        }
        Command::Init(command) => init::run(*command, out).await,
        Command::Check(command) => check::run(command, config(), out).await,
        Command::Trello(command) => trello::run(command, &environment()?, file, &mut out).await,
        Command::Sandbox(command) => sandbox::run(command, out).await,
    }
}

async fn open_store(config: &Config) -> Result<Store> {
    Ok(Store::open(config.database_url.expose(), Clock::System).await?)
}
