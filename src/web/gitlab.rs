//! GitLab's door: `POST /webhooks/gitlab`, and `POST /issue`, the path of the origin.
//!
//! GitLab switches off hooks that keep answering 4xx or 5xx, and sends nothing twice by itself. So every kind of event
//! is answered 200, and what is answered 200 has been written down.

use std::sync::Arc;

use bytes::Buf;
use futures_util::Stream;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::body::BodyLimits;
use super::refusal::{Refusal, json};
use crate::clock::Clock;
use crate::gitlab::{Verifier, read};
use crate::model::{Discretion, Instance, Intake, Receipt, Verdict};
use crate::store::{Hold, Writer};

/// What GitLab's door needs.
#[derive(Debug)]
pub struct GitLabDoor {
    /// Who may knock.
    pub verifier: Verifier,
    /// The instance whose payloads do not name theirs.
    pub instance: Instance,
    /// What may be kept of what is confidential.
    pub discretion: Discretion,
    /// The way into the store.
    pub writer: Writer,
    /// Caps on bodies.
    pub limits: BodyLimits,
    /// For the age of signatures.
    pub clock: Clock,
}

pub(super) fn filter(door: Arc<GitLabDoor>) -> BoxedFilter<(Response,)> {
    let path = warp::path!("webhooks" / "gitlab").or(warp::path!("issue")).unify();
    path.and(warp::post())
        .map(move || Arc::clone(&door))
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(|door: Arc<GitLabDoor>, headers: HeaderMap, body| async move {
            match door.take(&headers, body).await {
                Ok((told, receipt)) => answer(&told, &receipt),
                Err(refusal) => {
                    tracing::warn!(event = event(&headers), ?refusal, "refused a request at GitLab's door");
                    refusal.answer()
                }
            }
        })
        .boxed()
}

/// What the answer and the log say of an intake.
struct Told {
    verdict: Verdict,
    reason: String,
}

impl GitLabDoor {
    async fn take<S, B>(&self, headers: &HeaderMap, stream: S) -> Result<(Told, Receipt), Refusal>
    where
        S: Stream<Item = Result<B, warp::Error>>,
        B: Buf,
    {
        let unverified = |error: crate::gitlab::Unverified| Refusal::Unverified(error.to_string());
        self.verifier.check_headers(headers).map_err(unverified)?;
        let body = self.limits.take(headers, stream).await?;
        self.verifier.verify(headers, &body.bytes, self.clock.now()).map_err(unverified)?;
        let intake = read(headers, body.bytes.clone(), &self.instance, &self.discretion)
            .map_err(|bad| Refusal::Malformed(bad.to_string()))?;
        let told = Told { verdict: intake.verdict, reason: intake.reason.clone() };
        let receipt = self.write(intake, Box::new(body.room)).await?;
        Ok((told, receipt))
    }

    async fn write(&self, intake: Intake, hold: Hold) -> Result<Receipt, Refusal> {
        let key = intake.key();
        let receipt = self.writer.accept(intake, hold).await.map_err(|error| {
            tracing::error!(%error, "a delivery could not be written down; answered 503");
            Refusal::NotSafe
        })?;
        let key = key.map(|key| key.to_string()).unwrap_or_default();
        tracing::debug!(delivery = receipt.delivery, duplicate = receipt.duplicate, key, "took a delivery");
        Ok(receipt)
    }
}

fn event(headers: &HeaderMap) -> &str {
    headers.get("x-gitlab-event").and_then(|event| event.to_str().ok()).unwrap_or("(none)")
}

fn answer(told: &Told, receipt: &Receipt) -> Response {
    let body = match (told.verdict, receipt.duplicate) {
        (Verdict::Ignored, _) => serde_json::json!({ "status": "ignored", "reason": told.reason }),
        (Verdict::Accepted, true) => serde_json::json!({ "status": "duplicate", "delivery": receipt.delivery }),
        (Verdict::Accepted, false) => serde_json::json!({ "status": "accepted", "delivery": receipt.delivery }),
    };
    json(StatusCode::OK, &body)
}
