//! The questions about GitLab: where it is, its token, the projects, our own address; and the hook.

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::ask::{Asker, Choice, Question};
use super::draft::Draft;
use super::trello::one_word;
use super::{Command, bool_of, question, secret};
use crate::cli::check::hook;
use crate::cli::outward;
use crate::config::{Limits, read_outward};
use crate::gitlab::{GitLab, HookCall, Permissions, Project};
use crate::model::Secret;

/// The first version that signs its requests.
const SIGNS_SINCE: u32 = 19;

/// What the hook and we share.
#[derive(Debug)]
pub(super) struct Secrets {
    secret: Secret,
    signing_token: Option<Secret>,
    /// Made in this run, on trial until GitLab says that it took it.
    pub(super) signing_is_new: bool,
}

/// GitLab's address, and a token where there is one, tried out.
pub(super) async fn account(asker: &Asker, command: &Command, draft: &mut Draft) -> Result<Option<GitLab>> {
    let mut ask = question(draft, "--gitlab-url", "GitLab's address", command.gitlab_url.clone(), "GITLAB_URL");
    ask.default = ask.default.or_else(|| Some("https://gitlab.com".to_owned()));
    let url = asker.text(ask, web_address).await?;
    draft.set("GITLAB_URL", url.as_str().trim_end_matches('/'));
    let given = secret(command.gitlab_token_file.as_ref(), draft, "GITLAB_TOKEN")?;
    if given.is_none() {
        asker.explain(
            "With a token the webhook is made for you and `kanbridge check` can look at it. In the project: \
             Settings › Access tokens, role Maintainer, scope api. Cards are made without it too.",
        )?;
    }
    let ask = Question {
        flag: "--gitlab-token-file or GITLAB_TOKEN",
        ask: "GitLab token",
        given,
        default: Some(draft.get("GITLAB_TOKEN").unwrap_or_default()),
        secret: true,
    };
    let outward = read_outward(&draft.whole())?;
    let http = outward::http(&outward, &Limits::default())?;
    let found = asker
        .text(ask, async |token| {
            if token.is_empty() {
                return Ok(None);
            }
            let token = one_word(token).await?;
            let gitlab = GitLab::new(http.clone(), &url, &Secret::new(&*token))?;
            let user = gitlab.user().await.map_err(|trouble| trouble.sentence)?;
            Ok(Some((gitlab, token, user)))
        })
        .await?;
    let Some((gitlab, token, user)) = found else {
        draft.remove("GITLAB_TOKEN");
        return Ok(None);
    };
    asker.say(&format!("  ✓ GitLab knows the token: it acts as @{}", user.username))?;
    draft.set("GITLAB_TOKEN", &token);
    Ok(Some(gitlab))
}

/// How GitLab reaches us.
pub(super) async fn public_url(asker: &Asker, command: &Command, draft: &mut Draft) -> Result<()> {
    asker.explain(
        "\nkanbridge's own address, as GitLab reaches it: that of nginx or another proxy in front of it \
         (deploy/nginx.conf), which brings https.",
    )?;
    let mut ask = question(draft, "--public-url", "Public address", command.public_url.clone(), "PUBLIC_URL");
    ask.default = ask.default.or_else(|| draft.get("CALLBACK_DOMAIN")).or(Some(String::new()));
    let url = asker
        .text(ask, async |answer| if answer.is_empty() { Ok(None) } else { web_address(answer).await.map(Some) })
        .await?;
    draft.remove("CALLBACK_DOMAIN");
    match url {
        Some(url) => draft.set("PUBLIC_URL", url.as_str().trim_end_matches('/')),
        None => draft.remove("PUBLIC_URL"),
    }
    Ok(())
}

async fn web_address(answer: &str) -> Result<Url, String> {
    let wrong = || format!("`{answer}` is no address; write for instance https://example.com");
    let url = Url::parse(answer).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong());
    }
    match url.path().trim_end_matches('/') {
        path if path.ends_with("/webhooks/gitlab") => Err("leave the path /webhooks/gitlab out".to_owned()),
        _ => Ok(url),
    }
}

/// The projects whose issues get cards.
pub(super) async fn projects(asker: &Asker, command: &Command, gitlab: Option<&GitLab>) -> Result<Vec<Project>> {
    let Some(gitlab) = gitlab else {
        return by_path(asker, command).await;
    };
    if !command.projects.is_empty() {
        let mut found = Vec::new();
        for name in &command.projects {
            found.push(named(gitlab, name).await.map_err(anyhow::Error::msg).context("--project")?);
        }
        return Ok(found);
    }
    if !asker.asks() {
        return Ok(Vec::new());
    }
    asker.explain("\nThe project whose issues get cards:")?;
    let choices: Vec<Choice<Project>> =
        gitlab.projects(None).await.map_err(|trouble| anyhow!(trouble))?.into_iter().map(choice).collect();
    if choices.is_empty() {
        asker.say("  ! the token maintains no project; give it the role Maintainer there to have the webhook made")?;
        return Ok(Vec::new());
    }
    let ask = Question { flag: "--project", ask: "Project (number or name)", ..Question::default() };
    let project = asker.choose(ask, choices).await?;
    asker.say(&format!("  ✓ project {}", project.path_with_namespace))?;
    Ok(vec![project])
}

/// Without a token nobody can be asked, and a path is taken at its word.
async fn by_path(asker: &Asker, command: &Command) -> Result<Vec<Project>> {
    let taken = |path: &str| Project {
        id: 0,
        path_with_namespace: path.trim_matches('/').to_owned(),
        permissions: Permissions::default(),
    };
    if !command.projects.is_empty() || !asker.asks() {
        return Ok(command.projects.iter().map(|path| taken(path)).collect());
    }
    let ask = Question {
        flag: "--project",
        ask: "\nThe project whose issues get cards, team/app; left out: every project whose webhook comes here",
        default: Some(String::new()),
        ..Question::default()
    };
    let path = asker
        .text(ask, async |answer| match answer {
            "" => Ok(None),
            path if path.contains('/') && !path.contains([' ', ':']) => Ok(Some(taken(path))),
            _ => Err("write its path as in its address, team/app".to_owned()),
        })
        .await?;
    Ok(path.into_iter().collect())
}

fn choice(project: Project) -> Choice<Project> {
    let names = vec![project.id.to_string()];
    Choice { label: project.path_with_namespace.clone(), names, refusal: None, value: project }
}

async fn named(gitlab: &GitLab, name: &str) -> Result<Project, String> {
    match gitlab.project(name).await {
        Ok(Some(project)) => Ok(project),
        Ok(None) => Err(format!(
            "there is no project `{name}` that the token may see; write its path (team/app), and give the token's \
             user the role Maintainer in it"
        )),
        Err(trouble) => Err(trouble.sentence),
    }
}

/// The secret of the present file, or a fresh one; and a signing token, where GitLab can sign and no hook of ours is in
/// use that does not: once there is a signing token, unsigned requests are refused.
pub(super) async fn secrets(command: &Command, draft: &mut Draft, gitlab: Option<&GitLab>) -> Result<Secrets> {
    let before = secret(command.webhook_secret_file.as_ref(), draft, "GITLAB_WEBHOOK_SECRET")?
        .or_else(|| draft.get("GITLAB_WEBHOOK_SECRET"));
    let signing_before = draft.of_process("GITLAB_SIGNING_TOKEN").or_else(|| draft.get("GITLAB_SIGNING_TOKEN"));
    let fresh = before.is_none() && signing_before.is_none();
    let text = match before {
        Some(text) => text,
        None => hex(&random()?),
    };
    draft.set("GITLAB_WEBHOOK_SECRET", &text);
    let signs = match gitlab {
        Some(gitlab) if fresh => {
            let version = gitlab.version().await.map_err(|trouble| anyhow!(trouble))?;
            version
                .split('.')
                .next()
                .and_then(|major| major.parse().ok())
                .is_some_and(|major: u32| major >= SIGNS_SINCE)
        }
        _ => false,
    };
    let signing_text = match signing_before {
        Some(text) => Some(text),
        None if signs => Some(format!("whsec_{}", STANDARD.encode(random()?))),
        None => None,
    };
    if let Some(text) = &signing_text {
        draft.set("GITLAB_SIGNING_TOKEN", text);
    }
    // While secrets are rotated there are several; hooks get the first.
    let first = |text: &str| Secret::new(text.split(',').next().unwrap_or_default().trim());
    Ok(Secrets { secret: first(&text), signing_token: signing_text.as_deref().map(first), signing_is_new: signs })
}

fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the hooks are to be made.
pub(super) async fn wants_hooks(
    asker: &Asker,
    command: &Command,
    gitlab: Option<&GitLab>,
    projects: &[Project],
    draft: &Draft,
) -> Result<bool> {
    let given = bool_of(command.hook);
    let missing = match (gitlab, projects, draft.get("PUBLIC_URL")) {
        (None, ..) => Some("a GitLab token (--gitlab-token-file or GITLAB_TOKEN)"),
        (_, [], _) => Some("a project (--project)"),
        (.., None) => Some("the public address (--public-url)"),
        _ => None,
    };
    match (missing, given) {
        (Some(missing), Some(true)) => bail!("--hook: to register the hook, {missing} is needed"),
        (Some(_), _) => Ok(false),
        (None, _) => {
            let names: Vec<&str> = projects.iter().map(|project| project.path_with_namespace.as_str()).collect();
            let ask = format!("\nRegister the webhook in GitLab at {}", names.join(", "));
            asker.agrees("--hook", &ask, given, true).await
        }
    }
}

/// Makes the hook of each project, or mends the one that is there. Whether all of them are signed now.
pub(super) async fn register(
    asker: &Asker,
    gitlab: &GitLab,
    projects: &[Project],
    draft: &Draft,
    secrets: &Secrets,
) -> Result<bool> {
    let public: Url = draft.get("PUBLIC_URL").context("PUBLIC_URL is not set")?.parse()?;
    let call = HookCall {
        url: hook::target(&public),
        secret: Some(secrets.secret.clone()),
        signing_token: secrets.signing_token.clone(),
    };
    let mut all_signed = true;
    for project in projects {
        let name = &project.path_with_namespace;
        match one_hook(gitlab, project, &public, &call).await {
            Ok((done, signed)) => {
                all_signed &= signed;
                asker.say(&format!("  ✓ the webhook of {name} is {done}: {}", call.url))?;
            }
            Err(trouble) => {
                all_signed = false;
                asker.say(&format!("  ✗ the webhook of {name} could not be registered: {trouble}"))?;
            }
        }
    }
    Ok(all_signed)
}

async fn one_hook(
    gitlab: &GitLab,
    project: &Project,
    public: &Url,
    call: &HookCall,
) -> Result<(&'static str, bool), crate::model::Trouble> {
    let hooks = gitlab.hooks(project.id).await?;
    let (done, made) = match hooks.iter().find(|known| hook::is_ours(&known.url, Some(public))) {
        // Its own URL, which may be the older door.
        Some(known) => {
            let call = HookCall { url: known.url.clone(), ..call.clone() };
            ("brought up to date", gitlab.update_hook(project.id, known.id, &call).await?)
        }
        None => ("registered", gitlab.create_hook(project.id, call).await?),
    };
    Ok((done, made.signing_token_present == Some(true)))
}

/// What to enter in GitLab, for who does it by hand. The secret itself stays in the file.
pub(super) fn tell_by_hand(asker: &Asker, draft: &Draft) -> Result<()> {
    let public = draft.get("PUBLIC_URL").and_then(|url| url.parse::<Url>().ok());
    let target = public.as_ref().map_or_else(|| "https://YOUR-ADDRESS/webhooks/gitlab".to_owned(), hook::target);
    asker.say(&format!(
        "\nThe webhook, by hand: in the project, Settings › Webhooks › Add new webhook\n  URL           {target}\n  Secret token  \
         the value of GITLAB_WEBHOOK_SECRET in the file\n  Triggers      Issues events, Confidential issues events, \
         Comments, Confidential comments, Merge request events"
    ))
}
