//! The commands of the binary, one file each; the only place that assembles.

mod activity;
mod approve;
mod bridge;
mod chat;
mod check;
mod confined;
mod deliveries;
mod demo;
mod import;
mod init;
mod integrations;
mod links;
mod log;
mod notify;
mod outward;
mod relay;
mod rooms;
mod sandbox;
mod serve;
mod sound;
mod storage;
mod table;
mod trello;
mod watches;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Parser, Subcommand};

pub use bridge::{Bridge, Running, start};

use crate::clock::Clock;
use crate::config::{self, Config, Environment};
use crate::model::Secret;
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
    /// See it at work: look-alikes of GitLab, Trello and a chat room, the real bridge between them, and a page.
    Demo(demo::Arguments),
    /// Look at what GitLab sent, and have it looked after again.
    #[command(subcommand)]
    Deliveries(deliveries::Command),
    /// Look at what happened on boards and what was decided about it, and have it told again.
    #[command(subcommand)]
    Activity(activity::Command),
    /// Bring in the issues that were there before kanbridge.
    Import(import::Command),
    /// Set kanbridge up: asks, looks ids up, writes .env, registers the hook, and looks at everything.
    Init(Box<init::Command>),
    /// Look at issues and their cards: how each pair stands, and why.
    #[command(subcommand)]
    Links(links::Command),
    /// Look at the rooms, try one out, or switch one on again.
    #[command(subcommand)]
    Rooms(rooms::Command),
    /// See what would be told of boards, or have told what happened before.
    #[command(subcommand)]
    Relay(relay::Command),
    /// A team's own scripts: list them, try one, write a new one.
    #[command(subcommand)]
    Integrations(integrations::Command),
    /// Look at what scripts keep, save it, load it, erase it.
    #[command(subcommand)]
    Storage(storage::Command),
    /// Look whether everything is reachable and allowed: one line each, with the cure.
    Check(check::Command),
    /// Look up names and ids on Trello; needs a key and a token only.
    #[command(subcommand)]
    Trello(trello::Command),
    /// Look at what Trello is to tell, and have it tell more or less.
    #[command(subcommand)]
    Watches(watches::Command),
    /// Serve look-alikes of Trello, GitLab and chat servers, to try things out without an account.
    Sandbox(sandbox::Command),
    /// Take limits upon oneself and become a script; what scripts are started with.
    #[command(hide = true)]
    Confined(confined::Arguments),
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
    let config = || environment().and_then(|environment| config::read(&environment, file)).and_then(sound::rooms);
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
        Command::Activity(command) => {
            let config = config()?;
            activity::run(command, &config, &open_store(&config).await?, &mut out).await
        }
        Command::Rooms(command) => {
            let config = config()?;
            rooms::run(command, &config, &open_store(&config).await?, &mut out).await
        }
        Command::Relay(command) => {
            let config = config()?;
            relay::run(command, &config, &open_store(&config).await?, &mut out).await
        }
        Command::Import(command) => import::run(command, config()?, &mut out).await,
        Command::Links(command) => {
            let config = config()?;
            links::run(command, &open_store(&config).await?, &mut out).await
        }
        Command::Integrations(command) => {
            let environment = environment()?;
            let (integrations, database) = config::read_integrations(&environment, file)?;
            integrations::run(command, &integrations, &database, environment.any("RUST_LOG"), &mut out).await
        }
        Command::Storage(command) => {
            let (_, database) = config::read_integrations(&environment()?, file)?;
            storage::run(command, &open_database(&database).await?, &mut out).await
        }
        Command::Init(command) => init::run(*command, out).await,
        Command::Check(command) => check::run(command, config(), out).await,
        Command::Trello(command) => trello::run(command, &environment()?, file, &mut out).await,
        Command::Watches(command) => watches::run(command, config()?, &mut out).await,
        Command::Sandbox(command) => sandbox::run(command, out).await,
        Command::Confined(arguments) => confined::run(arguments),
    }
}

async fn open_store(config: &Config) -> Result<Store> {
    open_database(&config.database_url).await
}

async fn open_database(url: &Secret) -> Result<Store> {
    Ok(Store::open(url.expose(), Clock::System).await?)
}
