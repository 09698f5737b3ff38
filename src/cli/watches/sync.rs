//! Watches here and webhooks there, made one: ours that are missing at Trello are registered, Trello's that are unknown
//! here are listed, or taken over where a person says so. Nothing that is not ours is removed.

use std::io::Write;

use anyhow::{Result, anyhow, bail};

use super::super::table::Table;
use super::Desk;
use super::list::{UNKNOWN, in_json, unknown, unknown_in_json};
use crate::model::{Watch, WatchState, WebhookId};
use crate::store::Wanted;
use crate::trello::{Trello, Webhook, is_a_watch};
use crate::worker::heal;

/// Which of the unknown ones are taken over.
pub(super) enum Adopt {
    Nothing,
    /// Those whose address is that of a kanbridge.
    OfKanbridge,
    This(WebhookId),
}

impl Adopt {
    fn wants(&self, hook: &Webhook) -> bool {
        match self {
            Adopt::Nothing => false,
            Adopt::OfKanbridge => is_a_watch(&hook.url, &hook.model),
            Adopt::This(id) => hook.id == *id,
        }
    }
}

/// What is told of the comparison.
struct Told<'a, W> {
    table: Table,
    as_json: bool,
    out: &'a mut W,
    /// Watches that are not as they should be.
    odd: usize,
}

impl<W: Write> Told<'_, W> {
    fn of(&mut self, watch: &Watch, outcome: &str) -> Result<()> {
        if self.as_json {
            let mut line = in_json(watch, &watch.state.to_string());
            line["outcome"] = outcome.into();
            return Ok(writeln!(self.out, "{line}")?);
        }
        self.table.row(vec![watch.account.to_string(), watch.model.to_string(), outcome.to_owned()]);
        Ok(())
    }

    fn of_unknown(&mut self, trello: &Trello, hook: &Webhook, outcome: &str) -> Result<()> {
        if self.as_json {
            let mut line = unknown_in_json(trello.account(), hook, UNKNOWN);
            line["outcome"] = outcome.into();
            return Ok(writeln!(self.out, "{line}")?);
        }
        let outcome = format!("{UNKNOWN}: webhook {} to {}; {outcome}", hook.id, hook.url);
        self.table.row(vec![trello.account().to_string(), hook.model.to_string(), outcome]);
        Ok(())
    }
}

impl Desk {
    pub(super) async fn sync(
        &self,
        account: Option<&str>,
        adopt: &Adopt,
        as_json: bool,
        out: &mut impl Write,
    ) -> Result<()> {
        let mut told = Told { table: Table::default(), as_json, out, odd: 0 };
        for trello in self.chosen(account)? {
            let mut there = trello.webhooks().await.map_err(|trouble| anyhow!(trouble))?;
            let all = self.store.watches().await?;
            for watch in all.into_iter().filter(|watch| watch.account == *trello.account()) {
                self.compare(trello, watch, &mut there, &mut told).await?;
            }
            self.strangers(trello, &mut there, adopt, &mut told).await?;
        }
        let odd = told.odd;
        told.table.print(out)?;
        match odd {
            0 => Ok(()),
            1 => bail!("one watch is not as it should be"),
            many => bail!("{many} watches are not as they should be"),
        }
    }

    /// Brings one watch in order.
    async fn compare(
        &self,
        trello: &Trello,
        mut watch: Watch,
        there: &mut Vec<Webhook>,
        told: &mut Told<'_, impl Write>,
    ) -> Result<()> {
        if watch.state == WatchState::Removed {
            let Some(at) = there.iter().position(|hook| Some(&hook.id) == watch.webhook.as_ref()) else {
                return Ok(());
            };
            trello.delete_webhook(&there.remove(at).id).await.map_err(|trouble| anyhow!(trouble))?;
            return told.of(&watch, "removed at Trello too");
        }
        let url = match self.address(&watch.account, &watch.model) {
            Ok(url) => url,
            Err(why) => {
                told.odd += 1;
                return told.of(&watch, &why.to_string());
            }
        };
        match heal(&self.store, trello, &mut watch, there, &url).await {
            Ok(healed) => told.of(&watch, &healed.to_string()),
            Err(error) => {
                told.odd += 1;
                told.of(&watch, &error.to_string())
            }
        }
    }

    /// Tells of what kanbridge does not know, or takes it over.
    async fn strangers(
        &self,
        trello: &Trello,
        there: &mut Vec<Webhook>,
        adopt: &Adopt,
        told: &mut Told<'_, impl Write>,
    ) -> Result<()> {
        let all = self.store.watches().await?;
        let own: Vec<&Watch> = all.iter().filter(|watch| watch.account == *trello.account()).collect();
        let strangers: Vec<Webhook> = unknown(&own, there).into_iter().cloned().collect();
        for hook in strangers {
            let watched = own.iter().any(|watch| watch.model == hook.model && watch.state != WatchState::Removed);
            let outcome = match (adopt.wants(&hook), watched) {
                (true, false) => {
                    self.adopt(trello, &hook, there, told).await?;
                    continue;
                }
                (true, true) => {
                    "what it watches is watched already; remove it with `kanbridge watches remove --trello-id`"
                }
                _ => "take it over with `--adopt`, or remove it with `kanbridge watches remove --trello-id`",
            };
            told.of_unknown(trello, &hook, outcome)?;
        }
        Ok(())
    }

    async fn adopt(
        &self,
        trello: &Trello,
        hook: &Webhook,
        there: &mut Vec<Webhook>,
        told: &mut Told<'_, impl Write>,
    ) -> Result<()> {
        let account = trello.account();
        let url = self.address(account, &hook.model)?;
        let wanted =
            Wanted { account, model: &hook.model, url: &hook.url, description: &hook.description, by_hand: true };
        self.store.want_watch(&wanted).await?;
        let watch = Watch { webhook: Some(hook.id.clone()), ..self.watch(account, &hook.model).await? };
        self.store.keep_watch(&watch).await?;
        let mut watch = watch;
        match heal(&self.store, trello, &mut watch, there, &url).await {
            Ok(_) => told.of(&watch, "adopted"),
            Err(error) => {
                told.odd += 1;
                told.of(&watch, &error.to_string())
            }
        }
    }
}
