//! `kanbridge sandbox`: look-alikes of Trello, GitLab and the chat servers on fixed ports, with a small world in them, for whoever wants
//! to try the bridge, or a program of their own, without an account. What it prints to standard output is a `.env` for
//! a bridge that talks to them.

use std::io::Write;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::sandbox::chat::{Chat, Kind, RoomView};
use crate::sandbox::gitlab::{AutoDisable, Change, Era, Fault, GitLab, NewHook, NoSuch};
use crate::sandbox::trello::{BoardView, Trello};
use crate::sandbox::{chat, gitlab, trello};

const SECRET: &str = "sandbox-webhook-secret";
/// Chat servers send it with what people type.
const COMMANDS: &str = "sandbox-command-token";
/// 32 bytes that are no secret.
const SIGNING_TOKEN: &str = "whsec_c2FuZGJveCBzaWduaW5nIGtleSwgMzIgYnl0ZXMhISE=";
const PROJECT: &str = "team/heating";
const LISTS: [&str; 3] = ["To do", "Doing", "Done"];

#[derive(Debug, Args)]
pub(super) struct Command {
    /// Where Trello's look-alike listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8081")]
    trello: SocketAddr,
    /// Where GitLab's look-alike listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8082")]
    gitlab: SocketAddr,
    /// Where the chat servers' look-alikes listen, with a room of each kind.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8083")]
    chat: SocketAddr,
    /// Where the bridge will listen; GitLab's hook points there.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    bridge: SocketAddr,
    /// Which GitLab it is: 17 sends the secret token alone, 18 an Idempotency-Key too, 19 signs.
    #[arg(long, value_name = "VERSION", default_value = "19")]
    gitlab_version: Version,
    /// How long each call takes, in milliseconds.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    latency: u64,
    /// Calls to GitLab that are allowed in a minute; without it, as many as you like.
    #[arg(long, value_name = "CALLS")]
    gitlab_calls: Option<u32>,
    /// Let GitLab stop sending to a hook that keeps failing, as GitLab.com does.
    #[arg(long)]
    stop_failing_hooks: bool,
    /// Let GitLab refuse hooks to this machine and to private addresses, as it does until an administrator allows them.
    #[arg(long)]
    refuse_local_hooks: bool,
    /// Let a call fail, once for each time it is said: `trello:POST /cards=503`, `gitlab:GET /projects/{id}=time-out`,
    /// `chat:POST /rocketchat=429`.
    /// Instead of a status: time-out, time-out-after, drop, drop-after ("after" means that the work is done).
    #[arg(long = "fail", value_name = "WHO:CALL=HOW")]
    faults: Vec<Planned>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Version {
    #[value(name = "17")]
    V17,
    #[value(name = "18")]
    V18,
    #[value(name = "19")]
    V19,
}

impl From<Version> for Era {
    fn from(version: Version) -> Self {
        match version {
            Version::V17 => Era::Plain,
            Version::V18 => Era::Keyed,
            Version::V19 => Era::Signed,
        }
    }
}

/// A fault that waits for its call.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Planned {
    neighbour: Neighbour,
    route: String,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Neighbour {
    Trello,
    GitLab,
    Chat,
}

impl FromStr for Planned {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').and_then(|(who, rest)| Some((who, rest.rsplit_once('=')?)));
        let (who, (route, how)) = parts.ok_or("write it as `trello:POST /cards=503`")?;
        let neighbour = match who {
            "trello" => Neighbour::Trello,
            "gitlab" => Neighbour::GitLab,
            "chat" => Neighbour::Chat,
            _ => return Err(format!("`{who}` is neither `trello` nor `gitlab` nor `chat`")),
        };
        if !route.split_once(' ').is_some_and(|(_, path)| path.starts_with('/')) {
            return Err(format!("`{route}` is no call; write a method and a path, for instance `POST /cards`"));
        }
        let fault = match (how, how.parse()) {
            ("time-out", _) => Fault::TimeoutBefore,
            ("time-out-after", _) => Fault::TimeoutAfter,
            ("drop", _) => Fault::DropBefore,
            ("drop-after", _) => Fault::DropAfter,
            (_, Ok(status @ 400..=599)) => Fault::Answer(status, "The sandbox was told to fail.\n"),
            _ => return Err(format!("`{how}` is no way to fail; write a status from 400 to 599, time-out or drop")),
        };
        Ok(Planned { neighbour, route: route.to_owned(), fault })
    }
}

pub(super) async fn run(command: Command, out: impl Write) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be listened for")?;
    let latency = Duration::from_millis(command.latency);
    let options = trello::Options { latency, ..trello::Options::default() };
    let trello = Trello::start_on(listen(command.trello, "--trello").await?, options)?;
    let gitlab = GitLab::start_on(listen(command.gitlab, "--gitlab").await?, command.gitlab_options(latency))?;
    let options = chat::Options { latency, ..chat::Options::default() };
    let chat = Chat::start_on(listen(command.chat, "--chat").await?, options)?;
    let board = trello.add_board("Heating", &LISTS);
    let project = seed(&gitlab).context("the sandbox's world cannot be made")?;
    let door = format!("http://{}/webhooks/gitlab", command.bridge);
    let signing_token = matches!(command.gitlab_version, Version::V19).then_some(SIGNING_TOKEN);
    gitlab.add_hook(project, &NewHook { url: &door, token: Some(SECRET), signing_token, ..NewHook::default() });
    for Planned { neighbour, route, fault } in command.faults {
        match neighbour {
            Neighbour::Trello => trello.fail_next(&route, fault),
            Neighbour::GitLab => gitlab.fail_next(&route, fault),
            Neighbour::Chat => chat.fail_next(route.rsplit('/').next().unwrap_or_default(), fault),
        }
    }
    let rooms = rooms(&chat);
    print_environment(out, command.bridge, &trello, &gitlab, &board, signing_token, &rooms)?;
    explain(&mut std::io::stderr(), command.bridge, &gitlab)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        end = repeat(&chat, &rooms, std::io::stderr()) => end?,
    }
    Ok(())
}

impl Command {
    fn gitlab_options(&self, latency: Duration) -> gitlab::Options {
        let auto_disable = if self.stop_failing_hooks { AutoDisable::BackOff } else { AutoDisable::Never };
        gitlab::Options {
            era: self.gitlab_version.into(),
            latency,
            calls_per_minute: self.gitlab_calls,
            local_requests: !self.refuse_local_hooks,
            auto_disable,
            ..gitlab::Options::default()
        }
    }
}

async fn listen(address: SocketAddr, flag: &str) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen on {address}; is it in use? Give {flag} another address"))
}

/// A small world: a project with people, labels and a few issues. Gives the project's id.
fn seed(gitlab: &GitLab) -> Result<i64, NoSuch> {
    /// May do everything but settings.
    const DEVELOPER: i64 = 30;
    let project = gitlab.add_project(PROJECT);
    for (username, name) in [("ana", "Ana"), ("bo", "Bo")] {
        gitlab.add_member(project, gitlab.add_user(username, name), DEVELOPER);
    }
    gitlab.add_label(project, "doing", "#1f75cb");
    gitlab.add_label(project, "urgent", "#dd2b0e");
    let (ana, bo) = (gitlab.by("ana"), gitlab.by("bo"));
    let urgent = Change { add_labels: vec!["urgent".to_owned()], ..Change::text("Pump rattles", "Only at *night*.") };
    let pump = ana.opens_with(project, &urgent)?;
    ana.assigns(project, pump, &["bo"])?;
    bo.comments(project, pump, "I hear it too.")?;
    ana.opens(project, "Bleed the radiators", "- [ ] ground floor\n- [ ] first floor")?;
    let valve = bo.opens(project, "Valve sticks", "")?;
    bo.closes(project, valve, true)?;
    Ok(project)
}

/// A room of each kind, named after it.
fn rooms(chat: &Chat) -> Vec<RoomView> {
    let named = [
        (Kind::Hipchat, "hipchat"),
        (Kind::Rocketchat, "rocketchat"),
        (Kind::Slack, "slack"),
        (Kind::Mattermost, "mattermost"),
        (Kind::Discord, "discord"),
        (Kind::Teams, "teams"),
        (Kind::Matrix, "matrix"),
    ];
    named.into_iter().map(|(kind, name)| chat.room(kind, name)).collect()
}

/// Repeats what is said in the rooms, for whoever looks on.
async fn repeat(chat: &Chat, rooms: &[RoomView], mut err: impl Write) -> Result<()> {
    let mut changes = chat.changes();
    let mut heard = vec![0; rooms.len()];
    loop {
        for (room, heard) in rooms.iter().zip(&mut heard) {
            for said in chat.said(&room.name).into_iter().skip(*heard) {
                *heard += 1;
                writeln!(err, "in {}: {}", room.name, said.text)?;
                for mistake in said.mistakes.iter().chain(&said.pings) {
                    writeln!(err, "  {mistake}")?;
                }
            }
        }
        if changes.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// The variables of the rooms: an address each, and what else their server wants.
fn room_variables(room: &RoomView) -> Vec<String> {
    let name = room.name.to_uppercase();
    match (&room.token, &room.room) {
        (Some(token), Some(id)) => {
            let token_name = if room.kind == Kind::Hipchat { "API_TOKEN" } else { "TOKEN" };
            vec![
                format!("{name}_URL={}", room.url),
                format!("{name}_{token_name}={token}"),
                // A `#` or `!` needs the quotation marks.
                format!("{name}_ROOM_ID='{id}'"),
            ]
        }
        _ => vec![format!("{name}_WEBHOOK_URL='{}'", room.url)],
    }
}

/// The `.env` of a bridge that talks to the sandbox.
fn print_environment(
    mut out: impl Write,
    bridge: SocketAddr,
    trello: &Trello,
    gitlab: &GitLab,
    board: &BoardView,
    signing_token: Option<&str>,
    rooms: &[RoomView],
) -> Result<()> {
    let [first, .., done] = board.lists.as_slice() else {
        bail!("the board has fewer than two lists");
    };
    let (ours, theirs) = (trello::Options::default(), gitlab::Options::default());
    writeln!(out, "# For a bridge that talks to `kanbridge sandbox`.")?;
    writeln!(out, "GITLAB_URL={}\nGITLAB_TOKEN={}", gitlab.url(), theirs.token)?;
    writeln!(out, "GITLAB_WEBHOOK_SECRET={SECRET}")?;
    if let Some(token) = signing_token {
        writeln!(out, "GITLAB_SIGNING_TOKEN={token}")?;
    }
    writeln!(out, "TRELLO_API_URL={}", trello.url())?;
    writeln!(out, "TRELLO_API_KEY={}\nTRELLO_API_TOKEN={}", ours.key, ours.token)?;
    writeln!(out, "# Board {}; its lists {}: {}", board.id, LISTS.join(", "), board.lists.join(", "))?;
    writeln!(out, "TRELLO_LIST_ID={first}\nTRELLO_DONE_LIST_ID={done}")?;
    writeln!(out, "# The board is told in these rooms; leave out those that you do not want.")?;
    writeln!(out, "TRELLO_BOARD_ID={}", board.id)?;
    for line in rooms.iter().flat_map(room_variables) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "# People there may ask and act; see \"Asking and acting from chat\" in the README.")?;
    writeln!(out, "CHAT_COMMAND_TOKEN={COMMANDS}\nSLACK_SIGNING_SECRET={COMMANDS}")?;
    writeln!(out, "PUBLIC_URL=http://{bridge}\nDATABASE_URL=sqlite:sandbox.db\nLISTEN={bridge}")?;
    out.flush()?;
    Ok(())
}

/// What a person may do now.
fn explain(out: &mut impl Write, bridge: SocketAddr, gitlab: &GitLab) -> Result<()> {
    let (url, token) = (gitlab.url(), gitlab::Options::default().token);
    writeln!(
        out,
        "\nThe sandbox is ready. It ends with Ctrl-C and forgets everything then; delete sandbox.db with it.\n\n\
         Put the lines above into the .env of an empty folder (kanbridge sandbox > .env does), run `kanbridge serve`\n\
         there, and open an issue:\n\n  curl -H 'PRIVATE-TOKEN: {token}' -d title='Boiler is cold' \\\n    \
         {url}/api/v4/projects/team%2Fheating/issues\n\n\
         Or ask for something, as people do in a room:\n\n  curl -H 'Authorization: Bearer {COMMANDS}' \\\n    \
         -d '{{\"text\": \"help\", \"person\": \"ana\"}}' http://{bridge}/webhooks/chat/matrix\n"
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read_or_refused_in_words() {
        let read =
            |text: &str| text.parse::<Planned>().map(|planned| (planned.neighbour, planned.route, planned.fault));
        let route = "GET /projects/{id}".to_owned();
        assert_eq!(read("gitlab:GET /projects/{id}=time-out"), Ok((Neighbour::GitLab, route, Fault::TimeoutBefore)));
        let (_, route, fault) = read("trello:POST /cards=503").unwrap();
        assert!(route == "POST /cards" && matches!(fault, Fault::Answer(503, _)));
        for (text, word) in
            [("POST /cards", "write it as"), ("jira:GET /x=500", "neither"), ("trello:cards=500", "no call")]
        {
            assert!(read(text).unwrap_err().contains(word), "{text}");
        }
        assert_eq!(read("chat:POST /slack=429").unwrap().0, Neighbour::Chat);
        assert!(read("trello:GET /x=200").unwrap_err().contains("400 to 599"));
    }

    #[test]
    fn the_signing_token_is_one() {
        assert!(crate::model::SigningKey::parse(&crate::model::Secret::new(SIGNING_TOKEN)).is_ok());
    }
}
