//! `kanbridge init`: from nothing to a bridge that could start. Asks, looks boards, lists and projects up, writes `.env`
//! and where wanted `kanbridge.toml`, registers the hook, and ends by looking at everything (`check`).

mod ask;
mod draft;
mod files;
mod gitlab;
mod routes;
mod trello;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::check;
use crate::config::{self, Config};
use ask::{Asker, Question};
use draft::Draft;

#[derive(Debug, Args)]
pub(super) struct Command {
    /// Ask nothing: take flags, the environment, what the present file holds, and defaults.
    #[arg(long)]
    yes: bool,
    /// The file to write.
    #[arg(long, value_name = "FILE", default_value = ".env")]
    env_file: PathBuf,
    /// Replace files that are there already; they are kept under another name.
    #[arg(long)]
    overwrite: bool,

    /// Trello's API key (or TRELLO_API_KEY in the environment).
    #[arg(long, value_name = "KEY")]
    trello_key: Option<String>,
    /// A file with Trello's token (or TRELLO_API_TOKEN in the environment): command lines can be seen by others.
    #[arg(long, value_name = "FILE")]
    trello_token_file: Option<PathBuf>,
    /// The board: name, URL, short link or id.
    #[arg(long)]
    board: Option<String>,
    /// The list for the cards of open issues: name or id.
    #[arg(long)]
    list: Option<String>,
    /// The list for closed issues: name or id; none: their cards are archived.
    #[arg(long, value_name = "LIST")]
    closed_list: Option<String>,
    /// Keep the routes of the kanbridge.toml that KANBRIDGE_CONFIG names, and ask for no board and lists.
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes")]
    keep_routes: Option<YesNo>,
    /// Write a kanbridge.toml with a route for each --project, instead of one for every project.
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes")]
    toml: Option<YesNo>,
    /// A list for the open issues with a label (kanbridge.toml, where issues are told apart); may be given several times.
    #[arg(long = "label-list", value_name = "LABEL=LIST")]
    label_lists: Vec<String>,

    /// Where GitLab is.
    #[arg(long, value_name = "URL")]
    gitlab_url: Option<String>,
    /// A file with a token for GitLab's API (or GITLAB_TOKEN in the environment).
    #[arg(long, value_name = "FILE")]
    gitlab_token_file: Option<PathBuf>,
    /// The project: path or id; may be given several times.
    #[arg(long = "project", value_name = "PATH OR ID")]
    projects: Vec<String>,
    /// How GitLab reaches kanbridge; empty: not known yet.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A file with the hook's secret (or GITLAB_WEBHOOK_SECRET in the environment); a fresh one is made otherwise.
    #[arg(long, value_name = "FILE")]
    webhook_secret_file: Option<PathBuf>,
    /// Whether to register the hook in GitLab.
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes")]
    hook: Option<YesNo>,
}

/// An answer on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum YesNo {
    Yes,
    No,
}

fn bool_of(answer: Option<YesNo>) -> Option<bool> {
    answer.map(|answer| answer == YesNo::Yes)
}

const WELCOME: &str = "\
kanbridge gives every issue that opens in GitLab a card on a Trello board. For that it needs

  · Trello's key and token:  to make cards in somebody's name
  · a board and a list:      where the cards go
  · a secret:                GitLab sends it along, so that nobody else can make cards
  · its own public address:  where GitLab sends its events (the project's \"webhook\")
  · a GitLab token, if you like: then the webhook is made for you, and can be looked at

Enter takes what stands in [brackets]. Ctrl-C ends; nothing is written before the last question.
";

pub(super) async fn run(command: Command, out: impl Write) -> Result<()> {
    let asker = Asker::new(command.yes);
    asker.explain(WELCOME)?;
    let mut draft = Draft::begin(&command.env_file)?;
    may_replace(&asker, &command).await?;

    asker.explain("── Trello ──")?;
    let trello = trello::account(&asker, &command, &mut draft).await?;
    let place = match routes::keeps(&asker, &command, &draft).await? {
        true => None,
        false => Some(trello::place(&asker, &command, &draft, &trello).await?),
    };

    asker.explain("\n── GitLab ──")?;
    let gitlab = gitlab::account(&asker, &command, &mut draft).await?;
    gitlab::public_url(&asker, &command, &mut draft).await?;
    let projects = gitlab::projects(&asker, &command, gitlab.as_ref()).await?;
    let secrets = gitlab::secrets(&command, &mut draft, gitlab.as_ref()).await?;

    asker.explain("\n── Where issues go ──")?;
    let routes = match &place {
        Some((board, list, closed)) => {
            let closed_list = closed.as_ref();
            let place = routes::Place { trello: &trello, board, list, closed_list, projects: &projects };
            routes::file(&asker, &command, &mut draft, &place).await?
        }
        None => None,
    };
    let hooks = gitlab::wants_hooks(&asker, &command, gitlab.as_ref(), &projects, &draft).await?;

    draft.write(&asker, &command.env_file, routes.as_deref())?;
    match (gitlab, hooks) {
        (Some(gitlab), true) => {
            let signed = gitlab::register(&asker, &gitlab, &projects, &draft, &secrets).await?;
            if secrets.signing_is_new && !signed {
                draft.remove("GITLAB_SIGNING_TOKEN");
                draft.write_again(&command.env_file)?;
            }
        }
        _ => gitlab::tell_by_hand(&asker, &draft)?,
    }
    look(&asker, &command, projects.first().map(|project| project.path_with_namespace.as_str()), out).await
}

/// Whoever does not want the present files replaced is spared the questions.
async fn may_replace(asker: &Asker, command: &Command) -> Result<()> {
    let present = [command.env_file.clone(), routes::path(&command.env_file)].into_iter().find(|path| path.exists());
    let Some(present) = present.filter(|_| !command.overwrite) else { return Ok(()) };
    let ask = format!(
        "{} is there already. Its values are offered as answers, and it is kept under another name. Replace it",
        present.display()
    );
    if asker.asks() && asker.agrees("--overwrite", &ask, None, false).await? {
        return Ok(());
    }
    bail!(
        "{} is there already and stays as it is; --overwrite replaces it and keeps it under another name",
        present.display()
    );
}

/// Reads what was written as `serve` will, and looks at everything.
async fn look(asker: &Asker, command: &Command, project: Option<&str>, out: impl Write) -> Result<()> {
    asker.say("\n── How it stands ──")?;
    let environment = config::Environment::load(&command.env_file)?;
    let config = config::read(&environment, None);
    let running = match &config {
        Ok(config) => is_running(config).await?,
        Err(_) => false,
    };
    let fails = check::all(config, project, running, check::report::Report::new(out, false)).await?;
    if !running {
        asker.say("\nNext: start `kanbridge serve`, then let `kanbridge check` look at everything once more.")?;
    } else {
        asker.say("\nNext: restart `kanbridge serve`, so that it reads the new values.")?;
    }
    match fails {
        0 => Ok(()),
        _ => bail!("not everything holds yet (see above); what was answered is written down"),
    }
}

/// Somebody listens where the doors would be: the bridge, most likely.
async fn is_running(config: &Config) -> Result<bool> {
    match tokio::net::TcpListener::bind(config.listen).await {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Ok(true),
        Err(error) => Err(error).with_context(|| format!("LISTEN={} cannot be used", config.listen)),
    }
}

/// What a secret's file says, else the environment or the present `.env`.
fn secret(file: Option<&PathBuf>, draft: &Draft, name: &str) -> Result<Option<String>> {
    let Some(path) = file else { return Ok(draft.of_process(name)) };
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    match text.trim() {
        "" => bail!("{} is empty", path.display()),
        secret => Ok(Some(secret.to_owned())),
    }
}

/// A question whose answer is the variable `name`.
fn question<'a>(draft: &Draft, flag: &'a str, ask: &'a str, given: Option<String>, name: &str) -> Question<'a> {
    Question { flag, ask, given: given.or_else(|| draft.of_process(name)), default: draft.get(name), secret: false }
}
