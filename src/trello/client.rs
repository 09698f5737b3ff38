//! Calling Trello: every call waits for its place in the account's line first. What can be called stands in files of its
//! own: `boards`, `cards`, `comments`, `attachments`, `feed`, `watches` and others.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use serde::de::DeserializeOwned;
use url::Url;

use super::echo::{Echo, sign};
use super::{calls, map};
use crate::model::{AccountName, Secret, Trouble, TroubleKind};
use crate::net::{Answer, Http, Pacer, Request, TooFar};

/// Trello's widest answers: cards and actions come a thousand at a time.
pub(super) const PAGE: usize = 1000;

/// How long to keep still after a 429 that names no time: Trello counts in windows of 10 s
/// (<https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/>).
const WINDOW: Duration = Duration::from_secs(10);

/// One set of credentials.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// What the configuration calls it.
    pub name: AccountName,
    /// The API key.
    pub key: Secret,
    /// A token with scope `read,write`.
    pub token: Secret,
}

/// A place in the line, to be used for one call.
#[derive(Debug)]
pub struct Slot(());

/// Trello as one account sees it.
#[derive(Clone, Debug)]
pub struct Trello {
    name: AccountName,
    http: Http,
    base: Url,
    authorization: HeaderValue,
    key: Secret,
    token: Secret,
    pacer: Arc<Pacer>,
    /// A person waits for these calls.
    first: bool,
    /// What we are known by.
    echo: Option<Echo>,
    /// What these calls write is remembered.
    remembered: bool,
}

impl Trello {
    /// `base` is the API's URL with its version, `https://api.trello.com/1`. Accounts with the same token share their
    /// allowance, and so one `pacer`.
    ///
    /// # Errors
    /// A sentence when key or token hold what no header can.
    pub fn new(http: Http, base: Url, account: &Credentials, pacer: Arc<Pacer>) -> Result<Self, String> {
        // In a header and not in the URL: URLs end up in logs.
        let text = format!(
            "OAuth oauth_consumer_key=\"{}\", oauth_token=\"{}\"",
            account.key.expose(),
            account.token.expose()
        );
        let mut authorization = HeaderValue::from_str(&text).map_err(|_| {
            format!("the key or token of account `{}` holds a character that it cannot have", account.name)
        })?;
        authorization.set_sensitive(true);
        let (name, key, token) = (account.name.clone(), account.key.clone(), account.token.clone());
        Ok(Trello { name, http, base, authorization, key, token, pacer, first: false, echo: None, remembered: false })
    }

    /// The same, for calls that a person waits for: they go before all others in the line.
    #[must_use]
    pub fn first_in_line(&self) -> Self {
        Trello { first: true, ..self.clone() }
    }

    /// The same, known to its own watches by `echo`.
    #[must_use]
    pub fn known_by(self, echo: Option<Echo>) -> Self {
        Trello { echo, ..self }
    }

    /// The same, for writes that are remembered as written: when a watch tells of one, that is no news.
    #[must_use]
    pub fn remembered(&self) -> Self {
        Trello { remembered: true, ..self.clone() }
    }

    /// The account whose credentials are used.
    pub fn account(&self) -> &AccountName {
        &self.name
    }

    /// The token, for the calls that have it in their path.
    pub(super) fn token(&self) -> &str {
        self.token.expose()
    }

    /// Waits for a place in the line.
    ///
    /// # Errors
    /// [`TroubleKind::Wait`] when the line is too long or Trello asked for a pause.
    pub async fn slot(&self) -> Result<Slot, Trouble> {
        let too_far = |TooFar { wait }| {
            let sentence = format!("Trello's allowance for account `{}` is used up for now", self.name);
            Trouble::undone(TroubleKind::Wait(wait), sentence)
        };
        let ready = if self.first { self.pacer.ready_first().await } else { self.pacer.ready().await };
        ready.map(|()| Slot(())).map_err(too_far)
    }

    pub(super) async fn read<W, T>(&self, path: &str, call: &str, query: &[(&str, &str)]) -> Result<T, Trouble>
    where
        W: DeserializeOwned,
        T: TryFrom<W, Error: std::fmt::Display>,
    {
        let wire: W = self.get(path, call, query).await?;
        wire.try_into().map_err(|error| map::nonsense(call, &error))
    }

    pub(super) async fn read_all<W, T>(&self, path: &str, call: &str, query: &[(&str, &str)]) -> Result<Vec<T>, Trouble>
    where
        W: DeserializeOwned,
        T: TryFrom<W, Error: std::fmt::Display>,
    {
        let wires: Vec<W> = self.get(path, call, query).await?;
        let all: Result<Vec<T>, _> = wires.into_iter().map(T::try_from).collect();
        all.map_err(|error| map::nonsense(call, &error))
    }

    pub(super) async fn get<W: DeserializeOwned>(
        &self,
        path: &str,
        call: &str,
        query: &[(&str, &str)],
    ) -> Result<W, Trouble> {
        let slot = self.slot().await?;
        let mut url = self.url(path);
        url.query_pairs_mut().extend_pairs(query);
        self.call(slot, call, Request { method: Method::GET, url, headers: self.headers(), form: None }).await
    }

    pub(super) async fn write<W: DeserializeOwned>(
        &self,
        slot: Slot,
        method: Method,
        path: &str,
        call: &str,
        form: Vec<(&'static str, String)>,
    ) -> Result<W, Trouble> {
        let mut headers = self.headers();
        sign(&mut headers, self.echo.as_ref().filter(|_| self.remembered));
        let request = Request { method, url: self.url(path), headers, form: Some(form) };
        self.call(slot, call, request).await
    }

    async fn call<W: DeserializeOwned>(&self, slot: Slot, call: &str, request: Request) -> Result<W, Trouble> {
        let Slot(()) = slot;
        let started = std::time::Instant::now();
        let answer = self.http.send(request).await;
        let took = started.elapsed();
        calls::made(call, answer.as_ref().ok().map(|answer| answer.status), took);
        let answer = answer.map_err(|trouble| map::net_trouble(call, &trouble))?;
        tracing::debug!(account = %self.name, call, status = answer.status, ?took, "called Trello");
        self.heed_limits(&answer);
        if answer.status != 200 {
            let trouble = map::trouble(&self.name.0, call, &answer, WINDOW);
            let trouble = calls::without(trouble, [&self.token, &self.key]);
            if let TroubleKind::Wait(span) = trouble.kind {
                self.pacer.pause(span);
            }
            return Err(trouble);
        }
        serde_json::from_slice(&answer.body).map_err(|error| map::nonsense(call, &error))
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        url
    }

    fn headers(&self) -> HeaderMap {
        HeaderMap::from_iter([
            (http::header::AUTHORIZATION, self.authorization.clone()),
            (http::header::ACCEPT, HeaderValue::from_static("application/json")),
        ])
    }

    /// Believes the rate-limit headers where they allow less than we assumed, or nothing more for now (others may use
    /// the same token).
    fn heed_limits(&self, answer: &Answer) {
        let budgets: Vec<Budget> =
            ["api-key", "api-token", "member"].iter().filter_map(|of| Budget::read(answer, of)).collect();
        if let Some(interval) = budgets.iter().filter_map(Budget::interval).max() {
            self.pacer.slow_down(interval);
        }
        // At our own pace two or three always remain. Less means that others use the token, or that calls came closer
        // together than they were sent.
        match budgets.iter().min_by_key(|budget| budget.remaining) {
            Some(Budget { remaining: 0, window, .. }) => self.pacer.pause(*window / 20),
            Some(Budget { remaining: 1, .. }) => self.pacer.pause(self.pacer.interval()),
            _ => {}
        }
    }
}

/// One of Trello's limits as an answer's headers tell it.
struct Budget {
    window: Duration,
    most: u32,
    remaining: u32,
}

impl Budget {
    fn read(answer: &Answer, of: &str) -> Option<Self> {
        let number = |what: &str| -> Option<u32> {
            answer.headers.get(format!("x-rate-limit-{of}-{what}"))?.to_str().ok()?.parse().ok()
        };
        let window = Duration::from_millis(number("interval-ms")?.into());
        Some(Budget { window, most: number("max")?, remaining: number("remaining")? })
    }

    /// The distance between calls that stays two in a hundred below the limit.
    fn interval(&self) -> Option<Duration> {
        (self.most > 0).then(|| (self.window / self.most).mul_f64(1.0 / 0.98))
    }
}
