//! `kanbridge watches list|add|remove|sync`: Trello's webhooks that lead to kanbridge. The bridge looks after them by
//! itself; here a person sees them, and asks for more or fewer.

mod list;
mod sync;

use std::io::Write;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};

use super::{open_store, outward};
use crate::config::{Config, TrelloAccess};
use crate::model::{AccountName, ModelId, Watch, WatchState, WebhookId};
use crate::store::{Store, Wanted};
use crate::trello::{Model, Trello, callback_url};
use crate::worker::{heal, unwatch};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List all watches, and what else Trello would call with the same token.
    List {
        /// Only those of this account.
        #[arg(long)]
        account: Option<String>,
        /// As JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Watch a board, list, card or member.
    Add {
        /// Its id, a board's or card's URL or short link, or @username.
        model: String,
        #[command(flatten)]
        common: Common,
    },
    /// Watch it no longer; no route brings it back.
    Remove {
        /// As in the list: the id of what is watched, or how `add` takes it.
        #[arg(required_unless_present = "trello_id")]
        model: Option<String>,
        /// A webhook by Trello's id of it, whoever made it with the token.
        #[arg(long, value_name = "ID", conflicts_with = "model")]
        trello_id: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Compare with Trello both ways: what is missing there is registered, what is unknown here is listed.
    Sync {
        /// Only this account.
        #[arg(long)]
        account: Option<String>,
        /// Take those over that lead to another kanbridge, or to an older address of this one.
        #[arg(long)]
        adopt: bool,
        /// Take over this one alone, wherever it leads.
        #[arg(long, value_name = "ID", requires = "adopt")]
        trello_id: Option<String>,
        /// As JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Common {
    /// Whose credentials to use: `default`, or an account of kanbridge.toml.
    #[arg(long, default_value = "default")]
    account: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: Command, config: Config, out: &mut impl Write) -> Result<()> {
    let desk = Desk::open(config).await?;
    match command {
        Command::List { account, json } => desk.list(account.as_deref(), json, out).await,
        Command::Add { model, common } => desk.add(&model, &common, out).await,
        Command::Remove { model, trello_id, common } => {
            desk.remove(model.as_deref(), trello_id.as_deref(), &common, out).await
        }
        Command::Sync { account, adopt, trello_id, json } => {
            let adopt = match trello_id {
                Some(id) => sync::Adopt::This(webhook_id(&id)?),
                None if adopt => sync::Adopt::OfKanbridge,
                None => sync::Adopt::Nothing,
            };
            desk.sync(account.as_deref(), &adopt, json, out).await
        }
    }
}

/// What the commands work with.
struct Desk {
    store: Store,
    config: Config,
    accounts: Vec<Trello>,
}

impl Desk {
    async fn open(config: Config) -> Result<Self> {
        let store = open_store(&config).await?;
        let accounts = outward::accounts(&TrelloAccess::from(config.clone()))?;
        Ok(Desk { store, config, accounts })
    }

    fn account(&self, name: &str) -> Result<&Trello> {
        let found = self.accounts.iter().find(|trello| trello.account().0 == name);
        found.with_context(|| format!("there is no account `{name}`"))
    }

    /// The accounts that are meant: one, or all.
    fn chosen(&self, name: Option<&str>) -> Result<Vec<&Trello>> {
        match name {
            Some(name) => Ok(vec![self.account(name)?]),
            None => Ok(self.accounts.iter().collect()),
        }
    }

    /// Where Trello is to call; an error says what has to be set before it can.
    fn address(&self, account: &AccountName, model: &ModelId) -> Result<String> {
        let public = self.config.public_url.as_ref();
        let public = public.context("PUBLIC_URL is not set; set it to how Trello reaches kanbridge")?;
        let known = self.config.accounts.iter().find(|known| known.name == *account);
        if known.is_none_or(|known| known.secrets.is_empty()) {
            bail!(
                "the account `{account}` has no secret, so nothing that Trello sends could be believed; set \
                 TRELLO_API_SECRET (or `secret` of the [[account]])"
            );
        }
        Ok(callback_url(public, account, model))
    }

    async fn add(&self, text: &str, common: &Common, out: &mut impl Write) -> Result<()> {
        let trello = self.account(&common.account)?;
        let Model { id, kind, name } = found(trello, text).await?;
        let url = self.address(trello.account(), &id)?;
        let description = format!("kanbridge: {kind} {name}").chars().take(500).collect::<String>();
        let wanted =
            Wanted { account: trello.account(), model: &id, url: &url, description: &description, by_hand: true };
        self.store.want_watch(&wanted).await?;
        let mut watch = self.watch(trello.account(), &id).await?;
        let mut there = trello.webhooks().await.map_err(|trouble| anyhow!(trouble))?;
        let healed = heal(&self.store, trello, &mut watch, &mut there, &url).await.with_context(|| {
            format!("the {kind} `{name}` is not watched yet; `kanbridge serve`, once it runs, tries again by itself")
        })?;
        if common.json {
            return Ok(writeln!(out, "{}", list::in_json(&watch, &watch.state.to_string()))?);
        }
        Ok(writeln!(out, "{} {id}: the {kind} `{name}` is watched ({healed})", trello.account())?)
    }

    async fn watch(&self, account: &AccountName, model: &ModelId) -> Result<Watch> {
        let watch = self.store.watch(account, model).await?;
        watch.with_context(|| format!("{account} {model} is not watched; `kanbridge watches list` shows what is"))
    }

    async fn remove(
        &self,
        text: Option<&str>,
        trello_id: Option<&str>,
        common: &Common,
        out: &mut impl Write,
    ) -> Result<()> {
        let trello = self.account(&common.account)?;
        let watch = match (text, trello_id) {
            (_, Some(id)) => {
                let id = webhook_id(id)?;
                let all = self.store.watches().await?;
                let known = |watch: &Watch| watch.account == *trello.account() && watch.webhook.as_ref() == Some(&id);
                let Some(watch) = all.into_iter().find(known) else {
                    return self.remove_unknown(trello, &id, common.json, out).await;
                };
                watch
            }
            (text, None) => self.watch(trello.account(), &self.named(trello, text.unwrap_or_default()).await?).await?,
        };
        unwatch(&self.store, trello, &watch, true).await?;
        let removed = Watch { state: WatchState::Removed, by_hand: true, ..watch };
        if common.json {
            return Ok(writeln!(out, "{}", list::in_json(&removed, &removed.state.to_string()))?);
        }
        Ok(writeln!(out, "{} {}: not watched any more", removed.account, removed.model)?)
    }

    async fn remove_unknown(&self, trello: &Trello, id: &WebhookId, as_json: bool, out: &mut impl Write) -> Result<()> {
        let there = trello.webhooks().await.map_err(|trouble| anyhow!(trouble))?;
        let hook = there.iter().find(|hook| hook.id == *id);
        let hook = hook.with_context(|| format!("the account `{}` has no webhook {id}", trello.account()))?;
        trello.delete_webhook(id).await.map_err(|trouble| anyhow!(trouble))?;
        if as_json {
            return Ok(writeln!(out, "{}", list::unknown_in_json(trello.account(), hook, "removed"))?);
        }
        Ok(writeln!(out, "{} {}: the webhook {id} to {} is removed", trello.account(), hook.model, hook.url)?)
    }

    /// What is watched already needs no call to be known by its id.
    async fn named(&self, trello: &Trello, text: &str) -> Result<ModelId> {
        if let Ok(id) = text.parse::<ModelId>()
            && self.store.watch(trello.account(), &id).await?.is_some()
        {
            return Ok(id);
        }
        Ok(found(trello, text).await?.id)
    }
}

async fn found(trello: &Trello, text: &str) -> Result<Model> {
    let found = trello.model(text).await.map_err(|trouble| anyhow!(trouble))?;
    found.with_context(|| {
        format!(
            "`{text}` is no board, list, card or member that the token's member sees; write an id, a board's or card's \
             URL, or @username (`kanbridge trello boards` and `lists` show ids)"
        )
    })
}

fn webhook_id(text: &str) -> Result<WebhookId> {
    Ok(text.parse::<WebhookId>()?)
}
