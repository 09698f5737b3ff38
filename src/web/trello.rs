//! Trello's door: `HEAD` and `POST /webhooks/trello/{account}/{model}`.
//!
//! Trello asks by HEAD while the call that registers a watch still waits, so the watch is in the store before that call is
//! made, and any replica may answer. What a delivery is verified with stands in our row; nothing that the request says of
//! itself is believed.

use std::sync::Arc;

use bytes::Buf;
use futures_util::Stream;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::body::BodyLimits;
use super::refusal::{Refusal, json};
use crate::model::{AccountName, ModelId, Receipt, Secret, Watch, WatchState};
use crate::store::{Store, Writer};
use crate::trello::{Echo, path_segment, read, verify};

/// A delivery holds the old and the new text of a card, 16,384 characters each, and little else.
const MOST: usize = 2 << 20;

/// An account that Trello may speak of.
#[derive(Clone, Debug)]
pub struct WatchingAccount {
    /// Its name.
    pub name: AccountName,
    /// The secrets with which Trello may sign.
    pub secrets: Vec<Secret>,
}

/// What Trello's door needs.
#[derive(Debug)]
pub struct TrelloDoor {
    /// Who watches.
    pub accounts: Vec<WatchingAccount>,
    /// Where the watches are.
    pub store: Store,
    /// The way into the store.
    pub writer: Writer,
    /// Caps on bodies.
    pub limits: BodyLimits,
    /// What our own writes are known by.
    pub echo: Option<Echo>,
}

pub(super) fn filter(door: Arc<TrelloDoor>) -> BoxedFilter<(Response,)> {
    let path = warp::path!("webhooks" / "trello" / String / String);
    let here = Arc::clone(&door);
    let checks = path.and(warp::head()).then(move |account: String, model: String| {
        let door = Arc::clone(&here);
        async move { door.find(&account, &model).await.map_or_else(|refusal| refusal.answer(), |_| ok("watched")) }
    });
    let deliveries = path.and(warp::post()).and(warp::header::headers_cloned()).and(warp::body::stream()).then(
        move |account: String, model: String, headers: HeaderMap, body| {
            let door = Arc::clone(&door);
            async move {
                match door.take(&account, &model, &headers, body).await {
                    Ok(receipt) => ok(if receipt.duplicate { "duplicate" } else { "accepted" }),
                    Err(refusal) => {
                        tracing::warn!(account, model, ?refusal, "refused a request at Trello's door");
                        refusal.answer()
                    }
                }
            }
        },
    );
    checks.or(deliveries).unify().boxed()
}

fn ok(status: &str) -> Response {
    json(StatusCode::OK, &serde_json::json!({ "status": status }))
}

impl TrelloDoor {
    /// The watch that a path names, and the account that it is of.
    async fn find(&self, account: &str, model: &str) -> Result<(&WatchingAccount, Watch), Refusal> {
        let named = |known: &&WatchingAccount| path_segment(&known.name) == account;
        let account = self.accounts.iter().find(named).ok_or(Refusal::NoWatch)?;
        let model: ModelId = model.parse().map_err(|_| Refusal::NoWatch)?;
        let watch = self.store.watch(&account.name, &model).await.map_err(|error| {
            tracing::error!(%error, "a watch could not be looked up; answered 503");
            Refusal::NotSafe
        })?;
        match watch {
            None => Err(Refusal::NoWatch),
            Some(Watch { state: WatchState::Removed, .. }) => Err(Refusal::Unwatched),
            Some(watch) => Ok((account, watch)),
        }
    }

    async fn take<S, B>(&self, account: &str, model: &str, headers: &HeaderMap, stream: S) -> Result<Receipt, Refusal>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let (account, watch) = self.find(account, model).await?;
        let body = self.limits.at_most(MOST).take(headers, stream).await?;
        let urls: Vec<&str> = [Some(watch.url.as_str()), watch.other_url.as_deref()].into_iter().flatten().collect();
        verify(&account.secrets, headers, &body.bytes, &urls)
            .map_err(|error| Refusal::Unverified(error.to_string()))?;
        let is_echo = self.echo.as_ref().is_some_and(|echo| echo.is_in(headers));
        let intake = read(&account.name, &watch.model, headers, body.bytes.clone(), is_echo)
            .map_err(|bad| Refusal::Malformed(bad.to_string()))?;
        let (event, reason) = (intake.event.clone(), intake.reason.clone());
        let receipt = self.writer.accept(intake, Box::new(body.room)).await.map_err(|error| {
            tracing::error!(%error, "a delivery could not be written down; answered 503");
            Refusal::NotSafe
        })?;
        tracing::debug!(delivery = receipt.delivery, duplicate = receipt.duplicate, event, reason, "took a delivery");
        Ok(receipt)
    }
}
