//! The calls that we make to GitLab: how a call is made, followed and paged. What is asked for stands in files of
//! its own (`projects`, `hooks`). The one thing to know: whatever GitLab links to (the next page, a project's new
//! address), only the path of it is taken: the token goes to the host of GITLAB_URL and to no other.

use std::time::Instant;

use http::header::{ACCEPT, LINK, LOCATION};
use http::{HeaderMap, HeaderValue, Method};
use serde::de::DeserializeOwned;
use url::Url;

use super::error;
use crate::model::{Discretion, Secret, Trouble};
use crate::net::{Answer, Http, Request};

/// The most rows that GitLab gives at once (<https://docs.gitlab.com/api/rest/#pagination>).
pub(super) const PAGE: usize = 100;

/// GitLab's API as one token sees it.
#[derive(Clone, Debug)]
pub struct GitLab {
    http: Http,
    base: Url,
    token: HeaderValue,
    discretion: Discretion,
}

/// A call, named for people without its ids.
pub(super) struct Call<'a> {
    /// `GET /projects/{id}`.
    pub(super) name: &'a str,
    pub(super) method: Method,
    /// The parts of the path behind `/api/v4`; each is encoded by itself, so that a project's path is one part.
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) form: Option<Vec<(&'static str, String)>>,
}

impl<'a> Call<'a> {
    pub(super) fn get(name: &'a str, path: &'a [&'a str], query: &'a [(&'a str, &'a str)]) -> Self {
        Call { name, method: Method::GET, path, query, form: None }
    }
}

impl GitLab {
    /// `url` is GitLab's own, as the browser shows it; GitLab may live in a folder of its host. The token may be a
    /// person's, a project's or a group's.
    ///
    /// # Errors
    /// A sentence when the token holds what no header can.
    pub fn new(http: Http, url: &Url, token: &Secret) -> Result<Self, String> {
        let mut base = url.clone();
        base.set_path(&format!("{}/api/v4", url.path().trim_end_matches('/')));
        let mut token = HeaderValue::from_str(token.expose())
            .map_err(|_| "GITLAB_TOKEN holds a character that no token can have".to_owned())?;
        token.set_sensitive(true);
        Ok(GitLab { http, base, token, discretion: Discretion::default() })
    }

    /// The same, which leaves more of confidential issues than their names.
    #[must_use]
    pub fn with(self, discretion: Discretion) -> Self {
        GitLab { discretion, ..self }
    }

    pub(super) fn discretion(&self) -> &Discretion {
        &self.discretion
    }

    /// Reads one thing.
    pub(super) async fn read<W: DeserializeOwned>(&self, call: Call<'_>) -> Result<W, Trouble> {
        let name = call.name;
        let answer = self.send(call).await?;
        decode(name, &answer)
    }

    /// Reads all pages of a list, at most `most` rows of it. GitLab says where the next page is; counting is no
    /// substitute, since pages may be shorter than asked for.
    pub(super) async fn read_all<W: DeserializeOwned>(&self, call: Call<'_>, most: usize) -> Result<Vec<W>, Trouble> {
        let name = call.name;
        let mut url = self.url(&call);
        url.query_pairs_mut().append_pair("per_page", &PAGE.to_string());
        let mut all: Vec<W> = Vec::new();
        loop {
            let answer = self.follow(name, self.request(Method::GET, url.clone(), None)).await?;
            let rows: Vec<W> = decode(name, &answer)?;
            let came = rows.len();
            all.extend(rows);
            match next_page(&answer).map(|next| self.here(&url, &next)) {
                // A link to the same page, or an empty page, would lead round and round.
                Some(Some(next)) if came > 0 && all.len() < most && next != url => url = next,
                _ => break,
            }
        }
        all.truncate(most);
        Ok(all)
    }

    /// Sends a call and gives its answer of 2xx.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<Answer, Trouble> {
        let url = self.url(&call);
        self.follow(call.name, self.request(call.method, url, call.form)).await
    }

    /// A project that was renamed or moved is found at its new address: GitLab answers 301 with it. Only reading may
    /// follow: a write that turned into a read would do nothing.
    async fn follow(&self, name: &str, request: Request) -> Result<Answer, Trouble> {
        let reads = request.method == Method::GET;
        let (asked, again) = (request.url.clone(), request.clone());
        let answer = self.once(name, request).await?;
        if !(300..400).contains(&answer.status) {
            return error::only_success(name, answer);
        }
        let new = header(&answer, &LOCATION).and_then(|location| self.here(&asked, &location));
        match new.filter(|new| reads && *new != asked) {
            Some(url) => error::only_success(name, self.once(name, Request { url, ..again }).await?),
            None => error::only_success(name, answer),
        }
    }

    async fn once(&self, name: &str, request: Request) -> Result<Answer, Trouble> {
        let started = Instant::now();
        let answer = self.http.send(request).await.map_err(|trouble| error::net_trouble(name, &trouble))?;
        tracing::debug!(call = name, status = answer.status, took = ?started.elapsed(), "called GitLab");
        Ok(answer)
    }

    fn request(&self, method: Method, url: Url, form: Option<Vec<(&'static str, String)>>) -> Request {
        let headers = HeaderMap::from_iter([
            (http::HeaderName::from_static("private-token"), self.token.clone()),
            (ACCEPT, HeaderValue::from_static("application/json")),
        ]);
        Request { method, url, headers, form }
    }

    fn url(&self, call: &Call<'_>) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.extend(call.path);
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        url
    }

    /// The path of `link` on our own base: behind a proxy GitLab may print another host than the one we reach it by.
    fn here(&self, asked: &Url, link: &str) -> Option<Url> {
        let linked = asked.join(link).ok()?;
        let (_, path) = linked.path().split_once("/api/v4/")?;
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path()));
        url.set_query(linked.query());
        Some(url)
    }
}

pub(super) fn decode<W: DeserializeOwned>(name: &str, answer: &Answer) -> Result<W, Trouble> {
    serde_json::from_slice(&answer.body).map_err(|error| error::nonsense(name, &error))
}

fn header(answer: &Answer, name: &http::HeaderName) -> Option<String> {
    Some(answer.headers.get(name)?.to_str().ok()?.to_owned())
}

/// The target of `rel="next"` in the `Link` header.
pub(super) fn next_page(answer: &Answer) -> Option<String> {
    let links = header(answer, &LINK)?;
    let next = links.split(',').find(|link| link.contains("rel=\"next\""))?;
    let (_, rest) = next.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{HttpOptions, ProxyOptions};
    use std::time::Duration;

    fn gitlab(url: &str) -> GitLab {
        let options =
            HttpOptions { timeout: Duration::from_secs(1), authorities: None, proxy: ProxyOptions::default() };
        GitLab::new(Http::new(&options).unwrap(), &url.parse().unwrap(), &Secret::new("glpat-x")).unwrap()
    }

    #[test]
    fn the_path_of_a_project_is_one_part_of_the_url() {
        let call = Call::get("GET /projects/{id}", &["projects", "team/sub group/app"], &[("search", "a b")]);
        let url = gitlab("https://example.com/gitlab/").url(&call);
        assert_eq!(url.as_str(), "https://example.com/gitlab/api/v4/projects/team%2Fsub%20group%2Fapp?search=a+b");
    }

    #[test]
    fn a_link_is_followed_on_our_own_host_only() {
        let gitlab = gitlab("http://10.0.0.7:8929/gitlab");
        let asked = gitlab.url(&Call::get("", &["projects"], &[]));
        let next = gitlab.here(&asked, "https://elsewhere.example.com/api/v4/projects?page=2&per_page=100").unwrap();
        assert_eq!(next.as_str(), "http://10.0.0.7:8929/gitlab/api/v4/projects?page=2&per_page=100");
        assert_eq!(gitlab.here(&asked, "https://elsewhere.example.com/users/sign_in"), None);
    }

    #[test]
    fn the_next_page_is_read_out_of_the_link_header() {
        let mut headers = HeaderMap::new();
        let links =
            "<https://x/api/v4/projects?page=1>; rel=\"first\", <https://x/api/v4/projects?page=3>; rel=\"next\"";
        headers.insert(LINK, HeaderValue::from_static(links));
        let mut answer = Answer { status: 200, headers, body: "".into() };
        assert_eq!(next_page(&answer).as_deref(), Some("https://x/api/v4/projects?page=3"));
        answer.headers.insert(LINK, HeaderValue::from_static("<https://x/api/v4/projects?page=1>; rel=\"first\""));
        assert_eq!(next_page(&answer), None);
    }
}
