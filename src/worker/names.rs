//! A board's own names: its lists, labels and members by what they are called, and its cards as tickets.

use super::boards::{Known, RouteBoard, list_scope};
use super::trouble::TurnError;
use crate::model::{Base, Done, Issue, IssueRef, Label, LabelId, ListId, MemberId, Micros, Spot, Ticket, Trouble};
use crate::sync::dialect::{Dialect, People};
use crate::sync::face;
use crate::sync::rules::{Column, Direction, Route, Rules};
use crate::text::Home;
use crate::trello::{BoardLabel, Card, List, Member};

/// Trello takes at most this many labels on a board.
const MOST_LABELS: usize = 1000;

impl RouteBoard<'_> {
    /// The list that a column names, by id or by name. A name is pinned to its id when it is first met, so that the
    /// route follows when people rename the list.
    pub(super) async fn list(&self, name: &str) -> Result<ListId, TurnError> {
        let known = self.known().await?;
        let scope = list_scope(&known.id);
        let pinned = self.store.pin(&scope, name).await?;
        let is_pinned = |list: &&List| pinned.as_deref() == Some(list.id.as_str()) || list.id.as_str() == name;
        let is_named = |list: &&List| list.name == name;
        let open = |list: &&List| !list.closed;
        let found =
            known.lists.iter().filter(open).find(is_pinned).or_else(|| known.lists.iter().filter(open).find(is_named));
        let Some(list) = found else {
            return Err(self.trouble(self.no_list(name, &known.lists)));
        };
        if pinned.as_deref() != Some(list.id.as_str()) {
            self.store.set_pin(&scope, name, list.id.as_str()).await?;
        }
        Ok(list.id.clone())
    }

    /// The rules of `route` for `issue`, with lists and members looked up. `base`: who is no longer assigned has to be
    /// known as well.
    pub(super) async fn rules(&self, route: &Route, issue: &Issue, base: Option<&Base>) -> Result<Rules, TurnError> {
        let mut columns = Vec::with_capacity(route.columns.len());
        for Column { list, holds } in &route.columns {
            columns.push(Column { list: Spot::List(self.list(list).await?), holds: holds.clone() });
        }
        let assigned = !issue.ticket.people.is_empty() || base.is_some_and(|base| !base.issue.people.is_empty());
        let members =
            if route.fields.people != Direction::Off && assigned { self.members(|_| true).await? } else { Vec::new() };
        let members = members.into_iter().map(|member| member.username).collect();
        Ok(Rules {
            fields: route.fields,
            winner: route.winner,
            people: People { table: route.people.clone(), members },
            columns,
            facets: route.facets,
            dialect: Dialect {
                issue: issue.id.clone(),
                url: issue.url.clone(),
                home: Home::of_issue(issue.url.as_deref(), issue.project_path.as_deref()),
            },
        })
    }

    /// The board's members; read again where `enough` says that somebody is missing who came since.
    async fn members(&self, enough: impl Fn(&[Member]) -> bool) -> Result<Vec<Member>, TurnError> {
        let mut shelf = self.slot.lock().await;
        let Some(known) = shelf.known.as_mut() else {
            return Err(self.unread());
        };
        if let Some(members) = known.members.as_ref().filter(|members| enough(members)) {
            return Ok(members.clone());
        }
        let members = self.trello.members(&known.id).await.map_err(|trouble| self.trouble(trouble))?;
        Ok(known.members.insert(members).clone())
    }

    /// The members of the board, by user name. Who is none is left out.
    pub(super) async fn members_named(&self, names: &[String]) -> Result<Vec<Member>, TurnError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let is_there = |name: &String, members: &[Member]| members.iter().any(|member| member.username == *name);
        let members = self.members(|members| names.iter().all(|name| is_there(name, members))).await?;
        Ok(members.into_iter().filter(|member| names.contains(&member.username)).collect())
    }

    /// A card as a ticket, without the face that it wears as this issue's.
    pub(super) async fn ticket(&self, card: &Card, issue: &IssueRef) -> Result<Ticket, TurnError> {
        let is_there = |id: &MemberId, members: &[Member]| members.iter().any(|member| member.id == *id);
        let members = match card.members.is_empty() {
            true => Vec::new(),
            false => self.members(|members| card.members.iter().all(|id| is_there(id, members))).await?,
        };
        let name = |id: &MemberId| members.iter().find(|member| member.id == *id).map(|member| member.username.clone());
        let label = |label: &BoardLabel| Label { name: label.name.clone(), color: None };
        let mut labels: Vec<Label> = card.labels.iter().filter(|label| !label.name.is_empty()).map(label).collect();
        // A board may have two labels of one name.
        labels.dedup_by(|one, other| one.name == other.name);
        Ok(Ticket {
            title: face::title(&card.name).to_owned(),
            text: face::text(&card.description, issue),
            closed: card.done,
            labels,
            facets: Vec::new(),
            people: card.members.iter().filter_map(name).collect(),
            due: card.due,
            spot: if card.closed { Some(Spot::Archive) } else { card.list.clone().map(Spot::List) },
        })
    }

    /// The ids of labels that the board has, by name; read again where one is missing that people may have made since.
    /// Those that the board does not have need not be taken off.
    pub(super) async fn known_labels(&self, names: &[String]) -> Result<Vec<LabelId>, TurnError> {
        let mut shelf = self.slot.lock().await;
        let Some(known) = shelf.known.as_mut() else {
            return Err(self.unread());
        };
        let is_there = |name: &String| known.labels.iter().any(|label| label.name == *name);
        if !names.iter().all(is_there) {
            known.labels = self.trello.labels(&known.id).await.map_err(|trouble| self.trouble(trouble))?;
        }
        let named = known.labels.iter().filter(|label| names.contains(&label.name));
        Ok(named.map(|label| label.id.clone()).collect())
    }

    fn no_list(&self, name: &str, lists: &[List]) -> Trouble {
        if lists.iter().any(|list| list.name == name || list.id.as_str() == name) {
            let sentence = format!(
                "the list `{name}` is archived; send it back to the board, or change TRELLO_LIST_ID or the [[route]]"
            );
            return Trouble::refused(sentence);
        }
        let names: Vec<&str> =
            lists.iter().filter(|list| !list.closed).map(|list| list.name.as_str()).take(20).collect();
        let sentence = format!(
            "the board has no list `{name}` (it has: {}); change TRELLO_LIST_ID or the [[route]]",
            names.join(", ")
        );
        Trouble::refused(sentence)
    }

    /// The board's labels of these names, made where they are missing. Where the board is full, the card goes without.
    pub(super) async fn labels(&self, wanted: &[Label]) -> Result<Vec<(String, LabelId)>, TurnError> {
        let mut shelf = self.slot.lock().await;
        let Some(known) = shelf.known.as_mut() else {
            return Err(self.unread());
        };
        let is_there = |label: &Label| known.labels.iter().any(|other| other.name == label.name);
        if !wanted.iter().all(is_there) {
            // People may have made it since: a second label of one name would be hard to tell from the first.
            known.labels = self.trello.labels(&known.id).await.map_err(|trouble| self.trouble(trouble))?;
        }
        let mut ids = Vec::with_capacity(wanted.len());
        for label in wanted {
            let found = known.labels.iter().find(|other| other.name == label.name).map(|other| other.id.clone());
            let id = match found {
                Some(id) => id,
                None if known.labels.len() >= MOST_LABELS => {
                    tracing::warn!(label = label.name, board = %known.id, "the board is full of labels; going without");
                    continue;
                }
                None => self.make_label(known, label).await?,
            };
            ids.push((label.name.clone(), id));
        }
        Ok(ids)
    }

    async fn make_label(&self, known: &mut Known, label: &Label) -> Result<LabelId, TurnError> {
        match self.trello.create_label(&known.id, &label.name, label.color.as_deref()).await {
            Ok(id) => {
                known.labels.push(BoardLabel { id: id.clone(), name: label.name.clone() });
                Ok(id)
            }
            Err(trouble) => {
                // It may have been made all the same: the next turn reads the board's labels before it makes one.
                if trouble.done == Done::Perhaps {
                    known.read_at = Micros::default();
                }
                Err(self.trouble(trouble))
            }
        }
    }
}
