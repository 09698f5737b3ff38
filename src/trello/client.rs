//! The calls that we make to Trello. Every call waits for its place in the account's line first.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use serde::de::{DeserializeOwned, IgnoredAny};
use url::Url;

use super::echo::{Echo, sign};
use super::map::{self, Board, BoardLabel, Card, CardCall, CardUpdate, List, Member, Traces};
use super::{calls, color, wire};
use crate::model::{AccountName, BoardId, CardId, LabelId, ListId, MemberId, Secret, Trouble, TroubleKind};
use crate::net::{Answer, Http, Pacer, Request, TooFar};

/// Trello's widest answers: cards and actions come a thousand at a time.
pub(super) const PAGE: usize = 1000;

/// What is read of a card.
const CARD_FIELDS: &str = "name,desc,closed,idBoard,idList,due,dueComplete,labels,idMembers";

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

    /// Reads a list.
    pub async fn list(&self, id: &ListId) -> Result<List, Trouble> {
        let query = [("fields", "name,closed,idBoard")];
        self.read::<wire::List, _>(&format!("lists/{id}"), "GET /lists/{id}", &query).await
    }

    /// Reads a board; `id` may be its short link.
    pub async fn board(&self, id: &str) -> Result<Board, Trouble> {
        let fields = [("fields", "name,closed,shortUrl,prefs")];
        self.read::<wire::Board, _>(&format!("boards/{id}"), "GET /boards/{id}", &fields).await
    }

    /// All lists of a board, archived ones too.
    pub async fn lists(&self, board: &BoardId) -> Result<Vec<List>, Trouble> {
        let query = [("filter", "all"), ("fields", "name,closed,idBoard")];
        self.read_all::<wire::List, _>(&format!("boards/{board}/lists"), "GET /boards/{id}/lists", &query).await
    }

    /// All labels of a board. Trello gives 50 where no limit is asked for; a board holds at most 1,000.
    pub async fn labels(&self, board: &BoardId) -> Result<Vec<BoardLabel>, Trouble> {
        let query = [("limit", "1000"), ("fields", "name")];
        self.read_all::<wire::Label, _>(&format!("boards/{board}/labels"), "GET /boards/{id}/labels", &query).await
    }

    /// The newest thousand cards of a board, archived ones too, or the thousand made before `before`.
    pub async fn cards(&self, board: &BoardId, before: Option<&CardId>) -> Result<Vec<Card>, Trouble> {
        let limit = PAGE.to_string();
        let mut query = vec![
            ("filter", "all"),
            ("limit", limit.as_str()),
            ("fields", "name,desc,closed,idBoard"),
            ("attachments", "true"),
            ("attachment_fields", "url"),
        ];
        query.extend(before.map(|card| ("before", card.as_str())));
        self.read_all::<wire::Card, _>(&format!("boards/{board}/cards"), "GET /boards/{id}/cards", &query).await
    }

    /// All cards of a board, a thousand a call.
    pub async fn all_cards(&self, board: &BoardId) -> Result<Vec<Card>, Trouble> {
        let mut all = self.cards(board, None).await?;
        let mut fresh = all.len();
        while fresh >= PAGE {
            let oldest = all.iter().map(|card| card.id.clone()).min();
            let page = self.cards(board, oldest.as_ref()).await?;
            let before = all.len();
            all.extend(page.into_iter().filter(|card| oldest.as_ref().is_none_or(|oldest| card.id < *oldest)));
            fresh = all.len() - before;
        }
        Ok(all)
    }

    /// Reads a card; `None` when there is none, or none any more.
    pub async fn card(&self, id: &CardId) -> Result<Option<Card>, Trouble> {
        let query = [("fields", CARD_FIELDS), ("attachments", "true"), ("attachment_fields", "url")];
        match self.read::<wire::Card, _>(&format!("cards/{id}"), "GET /cards/{id}", &query).await {
            Ok(card) => Ok(Some(card)),
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Reads what people may have left on a card besides its own words.
    pub async fn traces(&self, id: &CardId) -> Result<Traces, Trouble> {
        let query = [
            ("fields", "id"),
            ("actions", "commentCard"),
            ("actions_limit", "1000"),
            ("checklists", "all"),
            ("checklist_fields", "name"),
            ("customFieldItems", "true"),
        ];
        self.read::<wire::Traces, _>(&format!("cards/{id}"), "GET /cards/{id}", &query).await
    }

    /// Makes a card, with everything on it in one call.
    pub async fn create_card(&self, slot: Slot, card: &CardCall) -> Result<Card, Trouble> {
        let call = "POST /cards";
        let made: wire::Card = self.write(slot, Method::POST, "cards", call, card.form()).await?;
        made.try_into().map_err(|error| map::nonsense(call, &error))
    }

    /// Changes a card; gives what it is then.
    pub async fn update_card(&self, id: &CardId, update: &CardUpdate) -> Result<Card, Trouble> {
        let call = "PUT /cards/{id}";
        let slot = self.slot().await?;
        let changed: wire::Card = self.write(slot, Method::PUT, &format!("cards/{id}"), call, update.form()).await?;
        changed.try_into().map_err(|error| map::nonsense(call, &error))
    }

    /// Puts a label on a card. That it is there already is no failure.
    pub async fn add_label(&self, card: &CardId, label: &LabelId) -> Result<(), Trouble> {
        self.add(&format!("cards/{card}/idLabels"), "POST /cards/{id}/idLabels", label.as_str()).await
    }

    /// Takes a label off a card. That it is not there is no failure.
    pub async fn drop_label(&self, card: &CardId, label: &LabelId) -> Result<(), Trouble> {
        self.remove(&format!("cards/{card}/idLabels/{label}"), "DELETE /cards/{id}/idLabels/{id}").await
    }

    /// Puts a member on a card. That they are there already is no failure.
    pub async fn add_member(&self, card: &CardId, member: &MemberId) -> Result<(), Trouble> {
        self.add(&format!("cards/{card}/idMembers"), "POST /cards/{id}/idMembers", member.as_str()).await
    }

    /// Takes a member off a card. That they are not there is no failure.
    pub async fn drop_member(&self, card: &CardId, member: &MemberId) -> Result<(), Trouble> {
        self.remove(&format!("cards/{card}/idMembers/{member}"), "DELETE /cards/{id}/idMembers/{id}").await
    }

    /// Deletes a card and what was said on it, for good. That there is none is no failure.
    pub async fn delete_card(&self, id: &CardId) -> Result<(), Trouble> {
        match self.remove(&format!("cards/{id}"), "DELETE /cards/{id}").await {
            Err(trouble) if trouble.kind == TroubleKind::Gone => Ok(()),
            other => other,
        }
    }

    /// The members of a board.
    pub async fn members(&self, board: &BoardId) -> Result<Vec<Member>, Trouble> {
        let query = [("fields", "username")];
        self.read_all::<wire::Member, _>(&format!("boards/{board}/members"), "GET /boards/{id}/members", &query).await
    }

    async fn add(&self, path: &str, call: &str, value: &str) -> Result<(), Trouble> {
        let slot = self.slot().await?;
        let added: Result<IgnoredAny, Trouble> =
            self.write(slot, Method::POST, path, call, vec![("value", value.to_owned())]).await;
        match added {
            // "that label is already on the card", "member is already on the card"
            Err(trouble) if trouble.kind == TroubleKind::Refused && trouble.sentence.contains("already on") => Ok(()),
            other => other.map(|_| ()).map_err(unknown_element),
        }
    }

    pub(super) async fn remove(&self, path: &str, call: &str) -> Result<(), Trouble> {
        let slot = self.slot().await?;
        let removed: Result<IgnoredAny, Trouble> = self.write(slot, Method::DELETE, path, call, Vec::new()).await;
        match removed {
            Err(trouble) if trouble.kind == TroubleKind::Refused && trouble.sentence.contains("not on the card") => {
                Ok(())
            }
            other => other.map(|_| ()).map_err(unknown_element),
        }
    }

    /// Archives a card.
    pub async fn archive_card(&self, id: &CardId) -> Result<(), Trouble> {
        let call = "PUT /cards/{id}";
        let slot = self.slot().await?;
        let form = vec![("closed", "true".to_owned())];
        let _: wire::Made = self.write(slot, Method::PUT, &format!("cards/{id}"), call, form).await?;
        Ok(())
    }

    /// Makes a label on a board, in the colour of Trello's that is nearest to `color` (`#rrggbb`).
    pub async fn create_label(&self, board: &BoardId, name: &str, color: Option<&str>) -> Result<LabelId, Trouble> {
        let call = "POST /labels";
        let color = color.and_then(color::nearest).unwrap_or("null");
        let form = vec![("idBoard", board.to_string()), ("name", name.to_owned()), ("color", color.to_owned())];
        let slot = self.slot().await?;
        let made: wire::Made = self.write(slot, Method::POST, "labels", call, form).await?;
        made.id.parse().map_err(|error| map::nonsense(call, &error))
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

/// A label or member that is put on a card or taken off it is named by a `value`, or in the path, and what the board
/// does not know is refused like any bad value.
fn unknown_element(trouble: Trouble) -> Trouble {
    match trouble.kind {
        TroubleKind::Refused if trouble.sentence.contains("invalid value for") => {
            Trouble { kind: TroubleKind::UnknownId, ..trouble }
        }
        _ => trouble,
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
