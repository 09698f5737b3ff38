//! `/healthz`: the process answers. `/readyz`: it also does its work: the store takes writes and the worker reaches
//! its queue. Failed keys are counted there and do not make it unready: a restart would not mend them.

use std::fmt;
use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;

use super::refusal::json;
use crate::store::Store;

/// Tells whether the worker is well. The doors may not know the worker itself.
#[derive(Clone)]
pub struct WorkerWell(pub Arc<dyn Fn() -> bool + Send + Sync>);

impl fmt::Debug for WorkerWell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkerWell({})", (self.0)())
    }
}

/// What `/readyz` looks at.
#[derive(Debug)]
pub struct Health {
    /// Asked for a write.
    pub store: Store,
    /// The worker's own word.
    pub worker: WorkerWell,
}

pub(super) fn alive() -> Response {
    json(StatusCode::OK, &serde_json::json!({ "status": "alive" }))
}

pub(super) fn ready_filter(health: Arc<Health>) -> BoxedFilter<(Response,)> {
    warp::path!("readyz")
        .and(warp::get())
        .then(move || {
            let health = Arc::clone(&health);
            async move { ready(&health).await }
        })
        .boxed()
}

async fn ready(health: &Health) -> Response {
    let store = health.store.probe().await;
    let failed = health.store.count_failed().await;
    if let Some(error) = store.as_ref().err().or(failed.as_ref().err()) {
        tracing::error!(%error, "not ready");
        let body = serde_json::json!({ "status": "not ready", "error": "the store cannot be written; see the log" });
        return json(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    if !(health.worker.0)() {
        let body = serde_json::json!({ "status": "not ready", "error": "the worker does not run" });
        return json(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    json(StatusCode::OK, &serde_json::json!({ "status": "ready", "failed_keys": failed.unwrap_or_default() }))
}
