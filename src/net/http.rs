//! One request out, one answer back, or a trouble that tells whether the request may have been carried out.

use std::time::Duration;

use ::http::{HeaderMap, Method};
use bytes::{Bytes, BytesMut};
use url::Url;

use crate::model::Secret;

/// The longest answer that is read: a thousand cards with full descriptions are about 20 MB.
const ANSWER_CAP: usize = 64 << 20;

/// How outward calls are made.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// A whole call, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// Further certificate authorities, as PEM text, beside the system's own.
    pub authorities: Option<String>,
    /// The way out, where it leads through a proxy.
    pub proxy: ProxyOptions,
}

/// The usual proxy settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyOptions {
    /// Proxy URL for https addresses; may hold a password.
    pub https: Option<Secret>,
    /// Proxy URL for http addresses; may hold a password.
    pub http: Option<Secret>,
    /// Hosts that are reached directly, comma-separated.
    pub direct: Option<String>,
}

/// Options that no client can be made of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHttp {
    /// The certificate authorities cannot be read.
    #[error("the certificate authorities cannot be read as PEM: {0}")]
    Authorities(String),
    /// The proxy is no proxy URL.
    #[error("the proxy is not a URL like http://proxy.example.com:3128")]
    Proxy,
    /// Anything else.
    #[error("no HTTP client can be made: {0}")]
    Client(String),
}

/// A request out.
#[derive(Clone, Debug)]
pub struct Request {
    /// GET, POST …
    pub method: Method,
    /// Where to, with the query.
    pub url: Url,
    /// All headers, credentials included.
    pub headers: HeaderMap,
    /// A form as the body.
    pub form: Option<Vec<(&'static str, String)>>,
}

/// What came back, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// How long the neighbour asks us to wait, an hour at most.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds: u64 = self.headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds.min(3600)))
    }
}

/// What a neighbour says, fit for a sentence of ours: one line of bounded length, never empty.
pub fn one_line(text: &str) -> String {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(200).collect();
    if text.is_empty() { "no text".to_owned() } else { text }
}

/// No answer came back. The sentences hold neither URL nor credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetTrouble {
    /// The request never left: no connection, no such host, an untrusted certificate.
    #[error("no connection: {0}")]
    NotSent(String),
    /// The request left, and what became of it is unknown.
    #[error("no answer: {0}")]
    Lost(String),
}

/// The client. Cheap to clone; all clones share their connections.
#[derive(Clone, Debug)]
pub struct Http(reqwest::Client);

impl Http {
    /// Makes a client. Redirects are not followed and nothing is retried here: only the worker knows whether a second
    /// try is safe.
    ///
    /// # Errors
    /// [`BadHttp`] when the options cannot be used.
    pub fn new(options: &HttpOptions) -> Result<Self, BadHttp> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("kanbridge/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.timeout.min(Duration::from_secs(5)))
            .timeout(options.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy();
        if let Some(pem) = &options.authorities {
            builder = builder.tls_certs_merge(authorities(pem)?);
        }
        let direct = options.proxy.direct.as_deref().and_then(reqwest::NoProxy::from_string);
        let proxies = [
            options.proxy.https.as_ref().map(|url| reqwest::Proxy::https(url.expose())),
            options.proxy.http.as_ref().map(|url| reqwest::Proxy::http(url.expose())),
        ];
        for proxy in proxies.into_iter().flatten() {
            builder = builder.proxy(proxy.map_err(|_| BadHttp::Proxy)?.no_proxy(direct.clone()));
        }
        builder.build().map(Http).map_err(|error| BadHttp::Client(causes(error)))
    }

    /// Sends `request` and reads the whole answer.
    ///
    /// # Errors
    /// [`NetTrouble`] when no complete answer came.
    pub async fn send(&self, request: Request) -> Result<Answer, NetTrouble> {
        let mut call = self.0.request(request.method, request.url).headers(request.headers);
        if let Some(form) = &request.form {
            call = call.form(form);
        }
        answer(call).await
    }

    /// Sends `request` with these bytes as its body (its headers say what they are) and reads the whole answer.
    ///
    /// # Errors
    /// [`NetTrouble`] when no complete answer came.
    pub async fn send_bytes(&self, request: Request, body: Bytes) -> Result<Answer, NetTrouble> {
        answer(self.0.request(request.method, request.url).headers(request.headers).body(body)).await
    }
}

async fn answer(call: reqwest::RequestBuilder) -> Result<Answer, NetTrouble> {
    let response = call.send().await.map_err(|error| {
        if error.is_connect() || error.is_builder() {
            NetTrouble::NotSent(causes(error))
        } else {
            NetTrouble::Lost(causes(error))
        }
    })?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, body: read(response).await? })
}

fn authorities(pem: &str) -> Result<Vec<reqwest::Certificate>, BadHttp> {
    let read = reqwest::Certificate::from_pem_bundle(pem.as_bytes());
    match read.map_err(|error| BadHttp::Authorities(causes(error)))? {
        none if none.is_empty() => Err(BadHttp::Authorities("there is no certificate in it".to_owned())),
        some => Ok(some),
    }
}

async fn read(mut response: reqwest::Response) -> Result<Bytes, NetTrouble> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| NetTrouble::Lost(causes(error)))? {
        if body.len() + chunk.len() > ANSWER_CAP {
            return Err(NetTrouble::Lost(format!("the answer is longer than {} MB", ANSWER_CAP >> 20)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The deepest cause, which is what an operator can act on ("Connection refused", "UnknownIssuer"). Without the URL,
/// which may hold what must not be printed.
fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut cause: &dyn std::error::Error = &error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
