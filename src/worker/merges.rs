//! Merge requests that name an issue hang on its card as links, and move it where the route says so. `sync::merges`
//! decides; here it is carried out, each write written down before and after its call.

use std::time::Instant;

use super::GITLAB;
use super::boards::{Place as BoardPlace, RouteBoard, neighbour};
use super::issue::Visit;
use super::making::FRESH;
use super::pair::Pair;
use super::trouble::TurnError;
use crate::model::{Base, CardId, Done, MergeRequest, MergeTrace, Micros, Parked, Spot, Ticket, What};
use crate::store::{Finish, Signals};
use crate::sync::merges::{Place, Todo, attachment_name, newest, plan};
use crate::sync::plan::Why;
use crate::sync::rules::route_for_project;
use crate::trello::{Card, CardUpdate};

/// What changes on the card when a merge request is hung there, as code that listens is told.
const ATTACHMENTS: &str = "attachments";

/// Brings the card in step with the merge requests that name its issue. Where none is news, no call is made.
pub(super) async fn turn(visit: Visit<'_>) -> Result<Finish, TurnError> {
    let store = &visit.hands.store;
    let told = if visit.route.merges.attach { store.merges(&visit.issue.id).await? } else { return Ok(Finish::Done) };
    if told.is_empty() && visit.hands.gitlab.is_none() {
        return Ok(Finish::Done);
    }
    match store.link(&visit.issue.id).await?.filter(|link| link.card.is_some() && link.parked.is_none()) {
        Some(link) => Pair::new(visit, link).follow_merges(told).await,
        None => Ok(Finish::Done),
    }
}

impl Pair<'_> {
    async fn follow_merges(mut self, told: Vec<MergeRequest>) -> Result<Finish, TurnError> {
        let Visit { hands, issue, route, .. } = self.visit;
        let traces = hands.store.merge_traces(&issue.id).await?;
        let place = Place { since: self.linked_since().await?, closed: issue.ticket.closed };
        let told: Vec<MergeRequest> = told.into_iter().filter(|merge| self.is_ours(merge)).collect();
        let news = !plan(&told, &traces, &route.merges, place).is_empty();
        let read = self.read_merges(news).await?;
        let complete = read.is_some();
        let mut merges = newest(told, read.unwrap_or_default());
        merges.retain(|merge| self.is_ours(merge));
        let todos = plan(&merges, &traces, &route.merges, place);
        let finish = if todos.is_empty() { Finish::Done } else { self.heed(todos).await? };
        if complete && finish == Finish::Done {
            hands.store.keep_merges_read(&issue.id, Micros(issue.version.at)).await?;
        }
        Ok(finish)
    }

    /// Since when the card is the issue's: since it was made, or, where it stood before us, since it was taken.
    async fn linked_since(&self) -> Result<Option<Micros>, TurnError> {
        match &self.link.card {
            Some(card) if !self.link.adopted => Ok(Some(card.made())),
            Some(_) => Ok(self.visit.hands.store.linked_at(&self.visit.issue.id).await?),
            None => Ok(None),
        }
    }

    /// What GitLab itself says which merge requests name the issue: asked where one is news, where the issue changed without
    /// a hook telling, for hooks get lost, and at its first change, for some may have named it before. `None`: not asked, or
    /// no answer; then what hooks told has to do.
    async fn read_merges(&self, news: bool) -> Result<Option<Vec<MergeRequest>>, TurnError> {
        let Visit { hands, issue, told, .. } = self.visit;
        let Some(gitlab) = &hands.gitlab else { return Ok(None) };
        let read = hands.store.merges_read(&issue.id).await?;
        // A card that stood before us says nothing of when its issue was last read.
        let made = self.link.card.as_ref().filter(|_| !self.link.adopted).map(CardId::made);
        let since = read.or(made);
        let changed = (!told || read.is_none()) && since.is_none_or(|since| Micros(issue.version.at) > since);
        if !news && !changed {
            return Ok(None);
        }
        match gitlab.merge_requests_of(&issue.id).await {
            Ok(merges) => {
                hands.heard(GITLAB).await;
                Ok(Some(merges))
            }
            Err(trouble) => {
                tracing::warn!(issue = %issue.id, %trouble, "which merge requests name it cannot be read for now");
                Ok(None)
            }
        }
    }

    /// Who sees a board need not see a project that no route is for: what is merged there stays there.
    fn is_ours(&self, merge: &MergeRequest) -> bool {
        let path = url::Url::parse(&merge.url).ok();
        let path = path.as_ref().and_then(|url| {
            url.path().split_once("/-/merge_requests/").or_else(|| url.path().split_once("/merge_requests/"))
        });
        let path = path.map(|(path, _)| path.trim_matches('/'));
        merge.project == self.visit.issue.id.project
            || route_for_project(&self.visit.hands.routes, merge.project, path).is_some()
    }

    async fn heed(&mut self, todos: Vec<Todo>) -> Result<Finish, TurnError> {
        let Some(card) = self.read().await? else {
            return Pair::new(self.visit, self.link.clone()).park(Parked::Deleted, Why::Deleted).await;
        };
        if card.board.as_ref() != Some(&self.link.board) {
            // People took it elsewhere. It is left alone, and looked at again when it comes back.
            return Ok(Finish::Done);
        }
        let mut finish = Finish::Done;
        for todo in todos {
            if let Some(look) = self.heed_one(&card, todo).await? {
                finish = look;
            }
        }
        Ok(finish)
    }

    async fn heed_one(&mut self, card: &Card, todo: Todo) -> Result<Option<Finish>, TurnError> {
        let Visit { hands, issue, trello, .. } = self.visit;
        let Todo { merge, mut trace, attach, renamed, list } = todo;
        if attach && let Some(look) = self.attach(card, &merge, &mut trace).await? {
            return Ok(Some(look));
        }
        if let Some(old) = renamed
            && let Some(look) = self.rename(card, &merge, &old, &mut trace).await?
        {
            return Ok(Some(look));
        }
        let moved = match list {
            Some(list) => self.go(card, &list, &mut trace).await?,
            None => false,
        };
        let changed = if moved && trace.leaving.is_some() { vec!["state"] } else { Vec::new() };
        (trace.heeded, trace.leaving, trace.seen) = (Some(merge.state), None, Some(merge.version));
        self.keep_trace(&trace, changed).await?;
        hands.heard(&neighbour(trello)).await;
        tracing::info!(issue = %issue.id, merge_request = merge.iid, state = %merge.state, moved, "the card heeds a merge request");
        // On a route that carries columns into issues, the card stands now where the issue is to follow.
        let carried = moved && self.visit.route.fields.state.from_trello();
        Ok(if carried { Some(Finish::Look { at: hands.store.now().await? }) } else { None })
    }

    /// Writes down what was done about a merge request, and tells of these fields of the card.
    async fn keep_trace(&self, trace: &MergeTrace, fields: Vec<&'static str>) -> Result<(), TurnError> {
        let changed = vec![(What::CardUpdated, fields)];
        let changes = self.visit.changes((self.card()?, &self.link.board), changed).await?;
        let store = &self.visit.hands.store;
        Ok(store.keep_merge_trace(self.visit.turn, trace, changes.signals()).await?)
    }

    /// Hangs the link on the card unless it hangs there. `Some`: it may still appear until then, from a call that got no
    /// answer.
    async fn attach(
        &self,
        card: &Card,
        merge: &MergeRequest,
        trace: &mut MergeTrace,
    ) -> Result<Option<Finish>, TurnError> {
        trace.url.clone_from(&merge.url);
        if !card.attachments.contains(&merge.url)
            && let Some(look) = self.hang(&card.id, merge, trace).await?
        {
            return Ok(Some(look));
        }
        // Without an intent people had hung it there.
        let changed = if trace.intent.is_some() { vec![ATTACHMENTS] } else { Vec::new() };
        // An earlier call may have hung it there by an earlier name; then it is renamed next.
        let name = trace.hanging.take().unwrap_or_else(|| attachment_name(merge));
        (trace.attached, trace.intent, trace.name) = (true, None, Some(name));
        self.keep_trace(trace, changed).await?;
        Ok(None)
    }

    /// Trello changes no name of what hangs on a card: it is hung there anew, and what hangs under the `old` name, which
    /// we gave, taken off. Whoever took it off or named it otherwise has their way.
    async fn rename(
        &self,
        card: &Card,
        merge: &MergeRequest,
        old: &str,
        trace: &mut MergeTrace,
    ) -> Result<Option<Finish>, TurnError> {
        let (name, trello) = (attachment_name(merge), self.visit.trello);
        if let Some(look) = self.unsettled(trace).await? {
            return Ok(Some(look));
        }
        let mut hanging = trello.attachments(&card.id).await.map_err(|trouble| self.trouble(trouble))?;
        hanging.retain(|attachment| attachment.url == trace.url || attachment.url == merge.url);
        let ours = [Some(old), trace.hanging.as_deref()];
        let is_outdated = |given: &str| given != name && ours.iter().flatten().any(|ours| *ours == given);
        let (outdated, others): (Vec<_>, Vec<_>) =
            hanging.into_iter().partition(|attachment| is_outdated(attachment.name.trim()));
        let hangs = others.iter().any(|attachment| attachment.name.trim() == name);
        if !outdated.is_empty()
            && !hangs
            && let Some(look) = self.hang(&card.id, merge, trace).await?
        {
            return Ok(Some(look));
        }
        for attachment in &outdated {
            trello.detach(&card.id, attachment).await.map_err(|trouble| self.trouble(trouble))?;
        }
        let changed = if outdated.is_empty() && trace.intent.is_none() { Vec::new() } else { vec![ATTACHMENTS] };
        (trace.name, trace.intent, trace.hanging) = (Some(name), None, None);
        trace.url.clone_from(&merge.url);
        self.keep_trace(trace, changed).await?;
        Ok(None)
    }

    /// Until when what an earlier call was to hang there may still appear.
    async fn unsettled(&self, trace: &MergeTrace) -> Result<Option<Finish>, TurnError> {
        let (hands, now) = (self.visit.hands, self.visit.hands.store.now().await?);
        let settled = trace.intent.map(|intent| intent + hands.spans.settle).filter(|at| *at > now);
        Ok(settled.map(|at| Finish::Look { at }))
    }

    /// The call, written down before it is made. `Some`: an earlier one got no answer, and what it was to hang there may
    /// still appear until then.
    async fn hang(
        &self,
        card: &CardId,
        merge: &MergeRequest,
        trace: &mut MergeTrace,
    ) -> Result<Option<Finish>, TurnError> {
        let Visit { hands, turn, trello, .. } = self.visit;
        if let Some(look) = self.unsettled(trace).await? {
            return Ok(Some(look));
        }
        // The place in line comes first: between the intent and the call there must be nothing to wait for.
        let slot = trello.slot().await.map_err(|trouble| self.trouble(trouble))?;
        let began = Instant::now();
        (trace.intent, trace.hanging) = (Some(hands.store.now().await?), Some(attachment_name(merge)));
        hands.store.keep_merge_trace(turn, trace, Signals::default()).await?;
        let sent = if began.elapsed() > FRESH {
            None
        } else {
            Some(trello.attach(slot, card, &merge.url, &attachment_name(merge)).await)
        };
        match sent {
            Some(Ok(())) => Ok(None),
            Some(Err(trouble)) if trouble.done == Done::Perhaps => Err(self.trouble(trouble)),
            unsent => {
                (trace.intent, trace.hanging) = (None, None);
                hands.store.keep_merge_trace(turn, trace, Signals::default()).await?;
                match unsent {
                    Some(Err(trouble)) => Err(self.trouble(trouble)),
                    _ => Ok(Some(Finish::Look { at: hands.store.now().await? })),
                }
            }
        }
    }

    /// Moves the card onto a list, unless people have archived it, or moved it since this was begun. `true`: it stands
    /// there.
    async fn go(&mut self, card: &Card, list: &str, trace: &mut MergeTrace) -> Result<bool, TurnError> {
        let Visit { hands, turn, route, trello, .. } = self.visit;
        let board = RouteBoard::open(hands, trello, BoardPlace::of_route(route)).await?;
        let to = board.list(list).await?;
        if board.id().await? != self.link.board {
            // The route leads to another board by now. The card goes there with the issue's next change, to its column.
            return Ok(false);
        }
        let begun = trace.leaving.is_some();
        if card.closed || begun && trace.leaving != card.list {
            return Ok(card.list.as_ref() == Some(&to));
        }
        if card.list.as_ref() != Some(&to) {
            trace.leaving.clone_from(&card.list);
            hands.store.keep_merge_trace(turn, trace, Signals::default()).await?;
            let update = CardUpdate { list: Some(to.clone()), ..CardUpdate::default() };
            trello.update_card(&card.id, &update).await.map_err(|trouble| self.trouble(trouble))?;
        }
        if !route.fields.state.from_trello()
            && let Some(base) = self.link.base.clone()
        {
            let card = Ticket { spot: Some(Spot::List(to)), ..base.card };
            self.link.base = Some(Base { card, ..base });
            hands.store.remember_base(turn, &self.link, Signals::default()).await?;
        }
        Ok(true)
    }
}
