//! The verbs about watches: Trello webhooks that we registered.

use super::{Engine, Store, StoreError};
use crate::model::{AccountName, BoardId, Key, Micros, ModelId, Rank, Watch};

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

    /// Whether a live watch of the board itself has told something since then: what is told by webhook alone comes.
    pub async fn is_watched(&self, board: &BoardId, since: Micros) -> Result<bool, StoreError> {
        on_engine!(self, engine => engine.is_watched(board, since))
    }

    /// The names that stood for an id when they were first needed.
    pub async fn names_of(&self, scope: &str, id: &str) -> Result<Vec<String>, StoreError> {
        on_engine!(self, engine => engine.names_of(scope, id))
    }
}
