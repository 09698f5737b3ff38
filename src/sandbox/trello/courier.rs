//! The courier carries actions to webhooks: signed, in order for each webhook, and three times more when nobody takes
//! them in. Only the first tries keep the order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{State, lock};

/// Failures in a row, and their time, after which a webhook is switched off.
const TOO_MANY: u32 = 1000;
const TOO_LONG: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// Tries that are remembered: demonstrations run for days.
const KEPT: usize = 1000;

/// An action on its way to a webhook.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) webhook: String,
    pub(super) action: String,
    pub(super) body: Value,
    pub(super) client: Option<String>,
}

/// How one try to deliver an action went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The webhook's id.
    pub webhook: String,
    /// The action's id.
    pub action: String,
    /// 0 for the first try, 1 to 3 for those after it.
    pub retry: usize,
    /// The status that the receiver answered, or why there was no answer.
    pub outcome: Result<u16, String>,
}

/// The client that checks callback URLs and delivers. It believes certificates as Trello does, and follows nothing.
pub(super) fn client(timeout: Duration) -> std::io::Result<reqwest::Client> {
    let builder = reqwest::Client::builder().user_agent("Trello").timeout(timeout).no_proxy();
    builder.redirect(reqwest::redirect::Policy::none()).build().map_err(std::io::Error::other)
}

/// Asks a callback URL whether it is there. Trello wants exactly 200.
///
/// # Errors
/// The sentence that Trello answers.
pub(super) async fn check(client: &reqwest::Client, url: &str) -> Result<(), String> {
    match client.head(url).send().await.map(|response| response.status().as_u16()) {
        Ok(200) => Ok(()),
        Ok(status) => Err(format!("URL ({url}) did not return 200 status code, got {status}")),
        Err(error) => Err(format!("URL ({url}) not reachable. Error: {}", cause(error))),
    }
}

fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// base64(HMAC-SHA1(secret, body ‖ callback URL)).
pub(super) fn signature(secret: &str, body: &[u8], url: &str) -> String {
    // A key of any length is taken; the other arm cannot be reached.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    mac.update(url.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

/// Takes deliveries in until the look-alike is dropped.
pub(super) async fn run(desk: Desk, mut bag: mpsc::UnboundedReceiver<Delivery>) {
    let mut lanes: HashMap<String, mpsc::UnboundedSender<Delivery>> = HashMap::new();
    let mut running = JoinSet::new();
    while let Some(delivery) = bag.recv().await {
        let lane = lanes.entry(delivery.webhook.clone()).or_insert_with(|| {
            let (lane, queue) = mpsc::unbounded_channel();
            running.spawn(walk(desk.clone(), queue));
            lane
        });
        // A lane ends only with the courier.
        let _ = lane.send(delivery);
    }
}

/// One webhook's deliveries, one after another.
async fn walk(desk: Desk, mut queue: mpsc::UnboundedReceiver<Delivery>) {
    let mut retries = JoinSet::new();
    while let Some(delivery) = queue.recv().await {
        if !desk.carry(&delivery, 0).await {
            retries.spawn(desk.clone().carry_again(delivery));
        }
    }
}

/// What the courier works with.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) client: reqwest::Client,
}

impl Desk {
    async fn carry_again(self, delivery: Delivery) {
        let pauses = lock(&self.state).options.webhook_retries.clone();
        for (at, pause) in pauses.into_iter().enumerate() {
            tokio::time::sleep(pause).await;
            if self.carry(&delivery, at + 1).await {
                return;
            }
        }
    }

    /// Tries once; gives whether there is nothing left to do.
    async fn carry(&self, delivery: &Delivery, retry: usize) -> bool {
        let (url, secret) = {
            let state = lock(&self.state);
            let hook = state.world.webhooks.iter().find(|hook| hook.id == delivery.webhook && hook.active);
            let Some(hook) = hook else { return true };
            (hook.url.clone(), state.options.secret.clone())
        };
        let body = delivery.body.to_string();
        let mut call = self.client.post(&url).header("content-type", "application/json");
        call = call.header("x-trello-webhook", signature(&secret, body.as_bytes(), &url));
        if let Some(client) = &delivery.client {
            call = call.header("x-trello-client-identifier", client);
        }
        let answer = call.body(body).send().await;
        let outcome = answer.map(|response| response.status().as_u16()).map_err(cause);
        let taken = matches!(outcome, Ok(200..=299));
        let removed = outcome == Ok(410);
        let (webhook, action) = (delivery.webhook.clone(), delivery.action.clone());
        lock(&self.state).delivered(Delivered { webhook, action, retry, outcome }, taken, removed);
        taken || removed
    }
}

impl State {
    /// Counts failures. A receiver that answers 410 is never called again, and one that fails for too long neither.
    fn delivered(&mut self, delivered: Delivered, taken: bool, removed: bool) {
        let now = self.world.now();
        if removed {
            self.world.webhooks.retain(|hook| hook.id != delivered.webhook);
        }
        for hook in self.world.webhooks.iter_mut().filter(|hook| hook.id == delivered.webhook) {
            if taken {
                (hook.failures, hook.failing_since) = (0, None);
                continue;
            }
            hook.failures += 1;
            let since = *hook.failing_since.get_or_insert(now);
            hook.active = hook.failures <= TOO_MANY || now.duration_since(since) < TOO_LONG;
        }
        if self.deliveries.len() >= KEPT {
            self.deliveries.remove(0);
        }
        self.deliveries.push(delivered);
        self.tell_change();
    }
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// The vector of 18F's webhook server, recomputed.
    #[test]
    fn a_body_is_signed_with_the_url_behind_it() {
        let made = signature("client-secret", br#"{ "some": "data", "value": 3 }"#, "https://something");
        assert_eq!(made, "/qKoB9Rf4446ZFqRNhV5uDojdas=");
    }
}
