//! What is watched, and what Trello says of it.

use std::io::Write;

use anyhow::Result;
use serde_json::{Value, json};

use super::super::table::Table;
use super::Desk;
use crate::model::{AccountName, Watch, WatchState, WebhookId};
use crate::trello::{Trello, Webhook};

/// How a webhook that kanbridge does not know is called.
pub(super) const UNKNOWN: &str = "unknown";

impl Desk {
    pub(super) async fn list(&self, account: Option<&str>, as_json: bool, out: &mut impl Write) -> Result<()> {
        let all = self.store.watches().await?;
        let mut table = Table::default();
        for trello in self.chosen(account)? {
            let own: Vec<&Watch> = all.iter().filter(|watch| watch.account == *trello.account()).collect();
            let there = match trello.webhooks().await {
                Ok(there) => Some(there),
                Err(trouble) => {
                    tell(trello, &trouble.sentence)?;
                    None
                }
            };
            for watch in &own {
                let state = state(watch, there.as_deref());
                if as_json {
                    writeln!(out, "{}", in_json(watch, &state))?;
                } else {
                    table.row(row(watch, state));
                }
            }
            for hook in unknown(&own, there.as_deref().unwrap_or_default()) {
                if as_json {
                    writeln!(out, "{}", unknown_in_json(trello.account(), hook, UNKNOWN))?;
                } else {
                    table.row(unknown_row(trello.account(), hook));
                }
            }
        }
        // What is kept of accounts that are not configured any more.
        let left = all.iter().filter(|watch| self.accounts.iter().all(|trello| *trello.account() != watch.account));
        for watch in left.filter(|_| account.is_none()) {
            match as_json {
                true => writeln!(out, "{}", in_json(watch, "no account"))?,
                false => table.row(row(watch, "no account".to_owned())),
            }
        }
        table.print(out)
    }
}

/// Beside the results: a list of what is known is worth something even where Trello does not answer.
pub(super) fn tell(trello: &Trello, sentence: &str) -> Result<()> {
    Ok(writeln!(std::io::stderr(), "{}: {sentence}", trello.account())?)
}

/// How a watch stands: what we know, unless Trello says otherwise.
fn state(watch: &Watch, there: Option<&[Webhook]>) -> String {
    let Some(there) = there.filter(|_| watch.state == WatchState::Live) else { return watch.state.to_string() };
    match there.iter().find(|hook| Some(&hook.id) == watch.webhook.as_ref()) {
        None => "missing".to_owned(),
        Some(hook) if !hook.active => "switched off".to_owned(),
        Some(hook) if hook.url != watch.url => "leads elsewhere".to_owned(),
        Some(_) => watch.state.to_string(),
    }
}

/// What Trello would call that kanbridge does not know.
pub(super) fn unknown<'a>(own: &[&Watch], there: &'a [Webhook]) -> Vec<&'a Webhook> {
    let known = |id: &WebhookId| own.iter().any(|watch| watch.webhook.as_ref() == Some(id));
    there.iter().filter(|hook| !known(&hook.id)).collect()
}

fn row(watch: &Watch, state: String) -> Vec<String> {
    let heard = watch.last_delivery_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    let failures = format!("{} failed", watch.failures);
    let reason = if watch.reason.is_empty() { watch.description.clone() } else { watch.reason.clone() };
    vec![watch.account.to_string(), watch.model.to_string(), state, failures, heard, watch.url.clone(), reason]
}

pub(super) fn unknown_row(account: &AccountName, hook: &Webhook) -> Vec<String> {
    let failures = format!("{} failed", hook.failures);
    let what = format!("webhook {} ({})", hook.id, hook.description);
    vec![
        account.to_string(),
        hook.model.to_string(),
        UNKNOWN.to_owned(),
        failures,
        "-".to_owned(),
        hook.url.clone(),
        what,
    ]
}

pub(super) fn in_json(watch: &Watch, state: &str) -> Value {
    json!({
        "account": watch.account.0, "model": watch.model.as_str(), "state": state,
        "webhook": watch.webhook.as_ref().map(WebhookId::as_str), "url": watch.url, "description": watch.description,
        "by_hand": watch.by_hand, "failures": watch.failures, "reason": watch.reason,
        "last_delivery_at": watch.last_delivery_at.map(|at| at.to_string()),
    })
}

pub(super) fn unknown_in_json(account: &AccountName, hook: &Webhook, state: &str) -> Value {
    json!({
        "account": account.0, "model": hook.model.as_str(), "state": state, "webhook": hook.id.as_str(), "url": hook.url,
        "description": hook.description, "by_hand": null, "failures": hook.failures, "reason": "",
        "last_delivery_at": null,
    })
}
