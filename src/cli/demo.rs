//! `kanbridge demo`: the look-alikes, the bridge between them as in production, and a page to watch them on. Nothing
//! of it reaches the network or outlives the process.

use std::io::{IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use super::bridge::{Bridge, Running};
use super::log;
use crate::clock::Clock;
use crate::config::{self, Config, Environment, Log};
use crate::model::Key;
use crate::sandbox::chat::{self, Chat};
use crate::sandbox::gitlab::{self, GitLab, NewHook};
use crate::sandbox::page::{Called, Page, Stage, Turn};
use crate::sandbox::story::{self, Project};
use crate::sandbox::trello::{self, Trello};
use crate::store::Finish;
use crate::web::{ServeLimits, serve};
use crate::worker::TurnEnd;

/// Where the page is, unless somebody else is there already.
const PORT: u16 = 7700;

/// How long each answer of Trello's look-alike takes: about what Trello takes, and slow enough to see.
const LATENCY: Duration = Duration::from_millis(120);

/// The room's name.
const ROOM: &str = "garden";

/// The end of the demo waits this long for what is under way.
const GOODBYE: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The page's port on this machine; 7700, or a free one where that is taken, if not given.
    #[arg(long)]
    port: Option<u16>,
    /// Do not open the page in a browser.
    #[arg(long)]
    no_open: bool,
}

pub(super) async fn run(arguments: Arguments, out: &mut impl Write) -> Result<()> {
    // No configuration: a broken .env beside it must not keep a demonstration from starting.
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| "warn".to_owned());
    log::start(&Log { json: false, filter })?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be listened for")?;
    let mut demo = Demo::start(listen(arguments.port).await?).await?;
    let page = format!("http://{}/", demo.address);
    let mut err = std::io::stderr();
    writeln!(err, "The demo runs, all of it on this machine. Look here, and end it with Ctrl-C:")?;
    writeln!(out, "{page}")?;
    out.flush()?;
    if !arguments.no_open {
        open_browser(&page);
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        part = demo.broke() => bail!("{part} ended unexpectedly; start the demo with RUST_LOG=info to see why"),
    }
    demo.stop().await?;
    writeln!(err, "The demo has ended, and left nothing behind.")?;
    Ok(())
}

/// A demo that runs.
struct Demo {
    address: SocketAddr,
    bridge: Running,
    page: JoinHandle<()>,
    goodbye: watch::Sender<bool>,
    /// What feeds the page, and the people of the story.
    _company: JoinSet<()>,
    _folder: Folder,
}

impl Demo {
    async fn start(listener: TcpListener) -> Result<Self> {
        let address = listener.local_addr().context("the page has no address")?;
        let folder = Folder::make()?;
        let (stage, bridge, ends) = raise(&folder.0).await?;
        let page = Page::new(stage);
        let (goodbye, told) = watch::channel(false);
        let limits = ServeLimits { connections: 64, head: Duration::from_secs(10), goodbye: GOODBYE };
        let company = company(&page, ends);
        let page = tokio::spawn(serve(listener, page.filter(told.clone()), limits, told));
        Ok(Demo { address, bridge, page, goodbye, _company: company, _folder: folder })
    }

    /// Returns when a part ended that should not have, saying which.
    async fn broke(&mut self) -> &'static str {
        tokio::select! {
            part = self.bridge.broke() => part,
            _ = &mut self.page => "the page",
        }
    }

    async fn stop(self) -> Result<()> {
        // The page may have ended already; then nobody listens.
        let _ = self.goodbye.send(true);
        self.bridge.stop().await
    }
}

/// The look-alikes, and the bridge between them on a database of its own.
async fn raise(folder: &Path) -> Result<(Stage, Running, broadcast::Receiver<TurnEnd>)> {
    let gitlab = gitlab::Options { in_turn: true, ..gitlab::Options::default() };
    let gitlab = Arc::new(GitLab::start(gitlab).await.context("GitLab's look-alike finds no free port")?);
    let trello = trello::Options { latency: LATENCY, ..trello::Options::default() };
    let trello = Arc::new(Trello::start(trello).await.context("Trello's look-alike finds no free port")?);
    let project = Project::make(&gitlab);
    let board = project.board(&trello).map_err(|why| anyhow!("Trello's look-alike makes no board: {why}"))?;
    // Whoever types for a demonstration is not to be told to slow down.
    let chat = chat::Options { paced: false, ..chat::Options::default() };
    let chat = Arc::new(Chat::start(chat).await.context("the chat server's look-alike finds no free port")?);
    let room = chat.room(chat::Kind::Rocketchat, ROOM).name;
    let stage = Stage { gitlab, project, trello, board: board.id, chat, room };
    let secrets = Secrets::fresh();
    let doors = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("the bridge finds no free port")?;
    let bridge = format!("http://{}", doors.local_addr()?);
    let config = configure(folder, &stage, &board.short_link, &bridge, &secrets)?;
    let url = format!("{bridge}/webhooks/gitlab");
    let (token, signing_token) = (Some(secrets.token.as_str()), Some(secrets.signing.as_str()));
    stage.gitlab.add_hook(stage.project.id, &NewHook { url: &url, token, signing_token, triggers: &[] });
    stage.chat.outgoing(ROOM, &format!("{bridge}/webhooks/chat/{ROOM}"), &secrets.token);
    let bridge = Bridge::assemble(config, Clock::System).await?;
    let ends = bridge.worker.turns_ended();
    let bridge = bridge.run(doors, true)?;
    Ok((stage, bridge, ends))
}

/// What the look-alikes and the bridge share.
struct Secrets {
    token: String,
    signing: String,
}

impl Secrets {
    fn fresh() -> Self {
        let fresh = || Sha256::digest([Uuid::now_v7().into_bytes(), Uuid::now_v7().into_bytes()].concat());
        Secrets { token: STANDARD.encode(fresh()), signing: format!("whsec_{}", STANDARD.encode(fresh())) }
    }
}

/// The configuration that an operator would write, read as theirs is.
fn configure(folder: &Path, stage: &Stage, board: &str, bridge: &str, secrets: &Secrets) -> Result<Config> {
    let file = folder.join("kanbridge.toml");
    std::fs::write(&file, format!("{}{}", route(&stage.project, board), relay(stage, board)))
        .with_context(|| format!("{} cannot be written", file.display()))?;
    let database = format!("sqlite:{}", folder.join("kanbridge.db").display());
    let (gitlab, trello, trusted) = (stage.gitlab.url(), stage.trello.url(), trello::Options::default());
    let environment = Environment::from_pairs([
        ("GITLAB_URL", gitlab.as_str()),
        ("GITLAB_WEBHOOK_SECRET", &secrets.token),
        ("GITLAB_SIGNING_TOKEN", &secrets.signing),
        ("GITLAB_TOKEN", story::BRIDGE_TOKEN),
        ("TRELLO_API_URL", &trello),
        ("TRELLO_API_KEY", &trusted.key),
        ("TRELLO_API_TOKEN", &trusted.token),
        ("TRELLO_API_SECRET", &trusted.secret),
        // With both, the board is watched; what a watch does not tell is seen in its activity soon enough.
        ("PUBLIC_URL", bridge),
        ("TRELLO_POLL_SECONDS", "1"),
        ("CHAT_COMMAND_TOKEN", &secrets.token),
        ("DATABASE_URL", &database),
    ]);
    let mut config = config::read(&environment, file.to_str())?;
    config.limits.goodbye = GOODBYE;
    Ok(config)
}

/// The route of the story's project, as `kanbridge.toml` has it.
fn route(project: &Project, board: &str) -> String {
    let people: Vec<String> = project.people.iter().map(|person| format!("{0} = \"{0}\"", person.username)).collect();
    let [todo, doing, done] = story::LISTS;
    let columns =
        [(todo, "opened".to_owned()), (doing, format!("label:{}", story::DOING)), (done, "closed".to_owned())];
    let column = |(list, holds): &(&str, String)| format!("[[route.column]]\nlist = \"{list}\"\nholds = \"{holds}\"\n");
    let columns: String = columns.iter().map(column).collect();
    let (path, people) = (story::PATH, people.join(", "));
    format!(
        "[[route]]\nproject = \"{path}\"\nboard = \"{board}\"\nsync = \"two-way\"\npeople = {{ {people} }}\n{columns}"
    )
}

/// The room, and what it hears. Nothing limits the pace of its look-alike.
fn relay(stage: &Stage, board: &str) -> String {
    let (url, list) = (stage.chat.room(chat::Kind::Rocketchat, &stage.room).url, story::LISTS[0]);
    format!(
        "[[room]]\nname = \"{ROOM}\"\nkind = \"rocketchat\"\nurl = \"{url}\"\nper_minute = 600\nmay = \"write\"\n\
         board = \"{board}\"\nlist = \"{list}\"\n[[relay]]\nboard = \"{board}\"\nrooms = [\"{ROOM}\"]\n"
    )
}

/// Who keeps the page company: what it follows, what the bridge does, and the people of the story.
fn company(page: &Arc<Page>, mut ends: broadcast::Receiver<TurnEnd>) -> JoinSet<()> {
    let mut company = JoinSet::new();
    let follower = Arc::clone(page);
    company.spawn(async move { follower.follow().await });
    let teller = Arc::clone(page);
    company.spawn(async move {
        loop {
            match ends.recv().await {
                Ok(end) => show(&teller, end),
                // The page shows the newest anyway.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
    let page = Arc::clone(page);
    company.spawn(async move {
        let Stage { gitlab, project, trello, board, .. } = page.stage();
        if let Err(error) = story::tell(gitlab, project, trello, board, page.viewers()).await {
            tracing::error!(%error, "the story broke off");
        }
    });
    company
}

fn show(page: &Page, end: TurnEnd) {
    let Key::Issue(issue) = &end.key else { return };
    let (ended, fine) = match end.finish {
        Some(Finish::Done) => ("done".to_owned(), true),
        Some(Finish::Look { .. }) => ("done for now".to_owned(), true),
        Some(Finish::Again { reason, .. }) => (format!("tries again: {reason}"), false),
        Some(Finish::Failed { reason }) => (format!("failed: {reason}"), false),
        None => ("broke off".to_owned(), false),
    };
    let called = |call: crate::trello::CallMade| Called { route: call.route, status: call.status, took: call.took };
    let calls = end.calls.into_iter().map(called).collect();
    page.turn_ended(issue.iid, Turn { key: end.key.to_string(), ended, fine, took: end.took, calls });
}

/// On the asked-for port; else on the usual one, and on a free one where somebody is there already.
async fn listen(port: Option<u16>) -> Result<TcpListener> {
    let on = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match port {
        Some(port) => {
            on(port).await.with_context(|| format!("port {port} cannot be used; leave --port out for a free one"))
        }
        None => match on(PORT).await {
            Ok(listener) => Ok(listener),
            Err(_) => on(0).await.context("no port of this machine can be used"),
        },
    }
}

/// Where there is a desktop. The address has been told, so that nothing is lost where there is none.
fn open_browser(page: &str) {
    let desktop =
        cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if !desktop || !std::io::stdout().is_terminal() {
        return;
    }
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = || Stdio::null();
    let opened = Command::new(opener).arg(page).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
    if let Err(error) = opened {
        tracing::info!(%error, opener, "no browser was opened");
    }
}

/// A folder of its own that nobody else may read; gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("kanbridge-demo-{}", Uuid::now_v7()));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| {
            format!("{} cannot be made; set TMPDIR to a folder that can be written", folder.display())
        })?;
        Ok(Folder(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "the demo's folder could not be removed");
        }
    }
}
