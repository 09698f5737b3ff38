//! The verbs about watches: Trello webhooks that we registered.

use super::{Engine, Store, StoreError};
use crate::model::{AccountName, BoardId, Key, ModelId, Rank, Watch};

/// A watch that a route or a person wants.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Whose credentials are to register it.
    pub account: &'a AccountName,
    /// What is to be watched.
    pub model: &'a ModelId,
    /// Where Trello is to call.
    pub url: &'a str,
    /// For people who look at it in Trello's list.
    pub description: &'a str,
    /// A person asks for it.
    pub by_hand: bool,
}

impl Store {
    /// One watch, removed ones included.
    pub async fn watch(&self, account: &AccountName, model: &ModelId) -> Result<Option<Watch>, StoreError> {
        super::in_time(async { on_engine!(self, engine => engine.watch(account, model)) }).await
    }

    /// All watches, removed ones included.
    pub async fn watches(&self) -> Result<Vec<Watch>, StoreError> {
        on_engine!(self, engine => engine.watches())
    }

    /// Writes down that a watch is wanted, and marks its key, unless it is there already or a person removed what no
    /// person asks for. `true`: it was written down.
    pub async fn want_watch(&self, wanted: &Wanted<'_>) -> Result<bool, StoreError> {
        let written = on_engine!(self, engine => engine.want_watch(wanted))?;
        if written {
            self.mark(&Key::Watch(wanted.account.clone(), wanted.model.clone()), Rank::Live, None).await?;
        }
        Ok(written)
    }

    /// Keeps what is known of a watch, or about to be asked of Trello. `false`: it has been removed meanwhile, and stays
    /// so.
    pub async fn keep_watch(&self, watch: &Watch) -> Result<bool, StoreError> {
        on_engine!(self, engine => engine.keep_watch(watch))
    }

    /// From now on what comes through the watch is answered 410. `by_hand`: no route brings it back.
    pub async fn remove_watch(&self, account: &AccountName, model: &ModelId, by_hand: bool) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.remove_watch(account, model, by_hand))
    }

    /// Under which names the keys of a board's feed know it.
    pub async fn feeds_of(&self, account: &AccountName, board: &BoardId) -> Result<Vec<String>, StoreError> {
        on_engine!(self, engine => engine.names_of(&feed_scope(account), board.as_str()))
    }

    /// Keeps which board a key of a feed names.
    pub async fn keep_feed(&self, account: &AccountName, name: &str, board: &BoardId) -> Result<(), StoreError> {
        let scope = feed_scope(account);
        if self.pin(&scope, name).await?.as_deref() == Some(board.as_str()) {
            return Ok(());
        }
        self.set_pin(&scope, name, board.as_str()).await
    }

    /// Nobody follows the board under this name any more.
    pub async fn drop_feed(&self, account: &AccountName, name: &str) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.drop_pin(&feed_scope(account), name))
    }
}

/// Under this the names that keys of feeds have are pinned to their boards' ids.
pub(super) fn feed_scope(account: &AccountName) -> String {
    format!("feed/{account}")
}
