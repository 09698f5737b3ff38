//! A card's turn: a card that people made in one of a route's lists becomes an issue, where the route says
//! `create_issues`. GitLab has no idempotency keys, so that an issue is about to be made is written down before the call,
//! and what is made carries the card's mark:
//!
//! - *Property*: whatever happens between two lines of this file, the card ends with one issue, and the issue with this
//!   card.
//! - *Design*: whoever finds an intent without an issue makes none, but lists the issues that changed since, looking for
//!   the mark, and again when nothing can appear any more. The hook of the new issue may come before the answer: its turn
//!   finds the intent by the mark, and links the two.
//! - *Accepted*: somebody who takes the mark out of the description within that time gets a second issue.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::boards::{Place, RouteBoard, marked, neighbour};
use super::issue::Visit;
use super::making::{FRESH, trouble_with};
use super::trouble::TurnError;
use super::upstream::{api, tell_unknown, trouble, who};
use super::{GITLAB, Hands};
use crate::gitlab::{GitLab, IssueCall, Project};
use crate::model::{
    AccountName, CardId, Done, Issue, IssueRef, IssueUrl, Link, Micros, Rank, Ticket, Trouble, Version, What, Withheld,
};
use crate::store::{Filing, Finish, Leased, Listed};
use crate::sync::face;
use crate::sync::filing::{NewIssue, base, read_mark};
use crate::sync::rules::{ProjectPattern, Route};
use crate::trello::{Card, Trello};

/// An issue whose making got no answer will not appear any more after this: GitLab gives up on a request after 60 s, and
/// its lists may lag behind by some seconds more.
pub(super) const SETTLED: Duration = Duration::from_secs(90);

/// What our clock and GitLab's may differ by.
const SKEW: Duration = Duration::from_secs(300);

pub(super) async fn turn(
    hands: &Hands,
    turn: &Leased,
    account: &AccountName,
    id: &CardId,
) -> Result<Finish, TurnError> {
    let known = hands.store.filing(id).await?;
    if known.as_ref().is_some_and(|filing| filing.issue.is_some()) || hands.store.issue_of(id).await?.is_some() {
        return Ok(Finish::Done);
    }
    let Some(trello) = hands.accounts.get(account) else { return Ok(Finish::Done) };
    let Some(card) = trello.card(id).await.map_err(|trouble| trouble_with(trello, trouble))? else {
        return Ok(Finish::Done);
    };
    hands.heard(&neighbour(trello)).await;
    if let Some(issue) = face::read_mark(&card.description) {
        // Ours, or somebody's copy of one of ours.
        tracing::debug!(card = %id, %issue, "it carries an issue's mark");
        return Ok(Finish::Done);
    }
    let Some((route, board)) = place(hands, trello, &card).await? else {
        tracing::debug!(card = %id, "it stands on no list whose cards become issues");
        return Ok(Finish::Done);
    };
    let project = project(api(hands)?, route).await?;
    hands.heard(GITLAB).await;
    let desk = Desk { hands, turn, trello, route, board, project, card };
    match face::foreign_issue(&desk.card.name, &desk.card.description, desk.card.attachments.iter().map(String::as_str))
    {
        Some(url) => desk.offer(&url).await,
        None => desk.file(known).await,
    }
}

/// The route that makes issues of the cards on the list where `card` stands.
async fn place<'a>(
    hands: &'a Hands,
    trello: &'a Trello,
    card: &Card,
) -> Result<Option<(&'a Route, RouteBoard<'a>)>, TurnError> {
    if card.closed {
        return Ok(None);
    }
    for route in hands.routes.iter().filter(|route| route.create_issues && route.account == *trello.account()) {
        let board = RouteBoard::open(hands, trello, Place::of_route(route)).await?;
        if card.board.as_ref() != Some(&board.id().await?) {
            continue;
        }
        for column in &route.columns {
            if card.list.as_ref() == Some(&board.list(&column.list).await?) {
                return Ok(Some((route, board)));
            }
        }
    }
    Ok(None)
}

async fn project(gitlab: &GitLab, route: &Route) -> Result<Project, TurnError> {
    let name = match &route.project {
        ProjectPattern::Id(id) => id.to_string(),
        ProjectPattern::Path(path) => path.clone(),
        ProjectPattern::Any | ProjectPattern::Group(_) => {
            let told = format!("create_issues wants one project, and its route is for {}", route.project);
            return Err(TurnError::Hopeless(told));
        }
    };
    let missing = || {
        let told = format!("GitLab has no project {name}, or the one whose GITLAB_TOKEN this is may not see it");
        trouble(Trouble::refused(told))
    };
    gitlab.project(&name).await.map_err(trouble)?.ok_or_else(missing)
}

/// A card that may become an issue, and where.
struct Desk<'a> {
    hands: &'a Hands,
    turn: &'a Leased,
    trello: &'a Trello,
    route: &'a Route,
    board: RouteBoard<'a>,
    project: Project,
    card: Card,
}

impl Desk<'_> {
    /// The card says which issue's it is: if that has none, it takes this one.
    async fn offer(&self, url: &IssueUrl) -> Result<Finish, TurnError> {
        let store = &self.hands.store;
        let here =
            url.instance == self.hands.instance && url.path.eq_ignore_ascii_case(&self.project.path_with_namespace);
        let id = IssueRef { instance: url.instance.clone(), project: self.project.id, iid: url.iid };
        if !here || store.link(&id).await?.is_some_and(|link| link.card.is_some()) {
            tracing::info!(card = %self.card.id, %url, "this card speaks of an issue that is not here or has a card");
            return Ok(Finish::Done);
        }
        store.add_cards(&self.board.id().await?, &marked(std::slice::from_ref(&self.card))).await?;
        let Some(issue) = api(self.hands)?.issue(&id).await.map_err(trouble)? else {
            tracing::warn!(card = %self.card.id, %url, "this card speaks of an issue that GitLab does not have");
            return Ok(Finish::Done);
        };
        let (news, marks, asked) = (vec![issue], vec![id.clone()], vec![id]);
        store.take_in(&Listed { news, marks, rank: Rank::Live, asked, cursor: None, recovered: 0 }).await?;
        Ok(Finish::Done)
    }

    async fn file(&self, known: Option<Filing>) -> Result<Finish, TurnError> {
        let store = &self.hands.store;
        if let Some(intent) = known.and_then(|filing| filing.intent) {
            let asked = store.now().await?;
            if let Some(issue) = self.find(intent).await? {
                return self.link(&issue).await;
            }
            let settled = intent + SETTLED;
            if asked < settled {
                tracing::info!(card = %self.card.id, "an issue may still appear from a call that got no answer; waiting");
                return Ok(Finish::Look { at: settled });
            }
            store.withdraw_filing(&self.card.id, intent).await?;
        }
        let (ticket, rules) = self.ticket(&self.blank()).await?;
        let Some(new) = NewIssue::of(&self.card.id, &ticket, &rules) else {
            tracing::info!(card = %self.card.id, "it has no name, and an issue cannot be without");
            return Ok(Finish::Done);
        };
        self.make(new).await
    }

    /// The issue that a call without an answer made of the card.
    async fn find(&self, intent: Micros) -> Result<Option<Issue>, TurnError> {
        let ours = |issue: &Issue| read_mark(&issue.ticket.text).as_ref() == Some(&self.card.id);
        made_since(self.hands, &self.project.id.to_string(), intent, ours).await
    }

    async fn make(&self, new: NewIssue) -> Result<Finish, TurnError> {
        let Desk { hands, turn, card, project, .. } = self;
        let gitlab = api(hands)?;
        let (assignees, unknown) = who(gitlab, new.people.iter()).await?;
        let NewIssue { title, text, labels, due, .. } = new;
        let call = IssueCall { title, description: text, labels, assignees, due };
        let began = Instant::now();
        let intent = hands.store.intend_filing(turn, &card.id, project.id, hands.spans.lease).await?;
        if began.elapsed() > FRESH {
            hands.store.withdraw_filing(&card.id, intent).await?;
            return Ok(Finish::Look { at: hands.store.now().await? });
        }
        match gitlab.create_issue(&hands.instance, &project.id.to_string(), &call).await {
            Ok(issue) => {
                let finish = self.link(&issue).await?;
                tell_unknown(hands, &issue.id, &unknown).await?;
                Ok(finish)
            }
            Err(refused) => {
                if refused.done == Done::No {
                    hands.store.withdraw_filing(&card.id, intent).await?;
                }
                Err(trouble(refused))
            }
        }
    }

    /// Remembers what the card became. The issue's turn puts its face on the card.
    async fn link(&self, issue: &Issue) -> Result<Finish, TurnError> {
        let Desk { hands, card, .. } = self;
        hands.store.observe(issue).await?;
        let (ticket, rules) = self.ticket(issue).await?;
        let link = Link {
            issue: issue.id.clone(),
            account: self.trello.account().clone(),
            board: self.board.id().await?,
            card: Some(card.id.clone()),
            intent: None,
            adopted: true,
            base: Some(base(&issue.ticket, &ticket, &rules)),
            pending: None,
            parked: None,
            stir: None,
        };
        let made = vec![(What::IssueCreated, Vec::new())];
        let changes = hands.changes(issue, (&card.id, &link.board), made).await?;
        if hands.store.file(&link, issue.global_id, changes.signals()).await? {
            hands.store.tell(&issue.id, "made of a card that people made by hand").await?;
            tracing::info!(issue = %issue.id, card = %card.id, "made an issue of a card");
        } else {
            tracing::error!(issue = %issue.id, card = %card.id, "the issue made of this card has another card already");
        }
        Ok(Finish::Done)
    }

    async fn ticket(&self, issue: &Issue) -> Result<(Ticket, crate::sync::rules::Rules), TurnError> {
        let rules = self.board.rules(self.route, issue, None).await?;
        Ok((self.board.ticket(&self.card, &issue.id).await?, rules))
    }

    /// An issue that is not there yet, for whose rules the board is asked.
    fn blank(&self) -> Issue {
        Issue {
            id: IssueRef { instance: self.hands.instance.clone(), project: self.project.id, iid: 0 },
            global_id: None,
            project_path: Some(self.project.path_with_namespace.clone()),
            url: None,
            kind: None,
            milestone: None,
            weight: None,
            confidential: false,
            withheld: Withheld::default(),
            moved_to: None,
            version: Version::UNKNOWN,
            ticket: Ticket::default(),
        }
    }
}

/// The issue that a call without an answer made in a project, named by its path or number.
pub(super) async fn made_since(
    hands: &Hands,
    project: &str,
    intent: Micros,
    is_ours: impl Fn(&Issue) -> bool,
) -> Result<Option<Issue>, TurnError> {
    let since = Timestamp::from_microsecond((intent - SKEW).0)
        .map_err(|error| TurnError::Hopeless(format!("the time of an intent cannot be read: {error}")))?;
    api(hands)?.made_since(&hands.instance, project, since, is_ours).await.map_err(trouble)
}

/// An issue that says that it was made of a card, where such an issue was about to be made: its hook came before the
/// answer. `true`: it has that card now.
pub(super) async fn claim(visit: Visit<'_>) -> Result<bool, TurnError> {
    let Visit { hands, turn, issue, route, trello, .. } = visit;
    let Some(id) = read_mark(&issue.ticket.text).filter(|_| route.create_issues) else { return Ok(false) };
    let Some(filing) = hands.store.filing(&id).await? else { return Ok(false) };
    if filing.intent.is_none() || filing.issue.is_some() || filing.project != issue.id.project {
        return Ok(false);
    }
    let Some(card) = trello.card(&id).await.map_err(|trouble| trouble_with(trello, trouble))? else {
        return Ok(false);
    };
    let Some((route, board)) = place(hands, trello, &card).await? else { return Ok(false) };
    let project = project(api(hands)?, route).await?;
    let desk = Desk { hands, turn, trello, route, board, project, card };
    desk.link(issue).await?;
    Ok(hands.store.issue_of(&id).await?.as_ref() == Some(&issue.id))
}
