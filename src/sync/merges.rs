//! Merge requests that name an issue: which of them its card has yet to carry, and where one of them moves it.
//!
//! A merge request moves a card once for each state that it comes to. Where people or the issue put the card afterwards,
//! it stays.

use crate::model::{MergeRequest, MergeState, MergeTrace, Micros};
use crate::text::cut;

/// Trello takes at most this many characters in the name of what hangs on a card.
const LONGEST_NAME: usize = 256;

/// What a route's cards make of merge requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeRules {
    /// They are attached.
    pub attach: bool,
    /// The list, by id or name, onto which the card goes when one is opened.
    pub opened: Option<String>,
    /// The list, by id or name, onto which the card goes when one is merged.
    pub merged: Option<String>,
}

impl Default for MergeRules {
    fn default() -> Self {
        MergeRules { attach: true, opened: None, merged: None }
    }
}

impl MergeRules {
    /// Nothing.
    pub fn off() -> Self {
        MergeRules { attach: false, opened: None, merged: None }
    }

    /// The list onto which a card goes for a merge request that came to this state.
    pub fn list(&self, state: MergeState) -> Option<&str> {
        match state {
            MergeState::Opened => self.opened.as_deref(),
            MergeState::Merged => self.merged.as_deref(),
            MergeState::Closed => None,
        }
    }
}

/// What is to be done about one merge request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    /// Which, as it stands.
    pub merge: MergeRequest,
    /// What was done before.
    pub trace: MergeTrace,
    /// It does not hang on the card yet.
    pub attach: bool,
    /// It hangs there under this name of ours, which is not its name any more.
    pub renamed: Option<String>,
    /// The list onto which the card goes for it.
    pub list: Option<String>,
}

/// An issue's card, as far as this matters.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Since when the card is the issue's; `None`: nobody knows. What came to its state before is history.
    pub since: Option<Micros>,
    /// The issue is closed: its card stands among the closed, whatever else happens.
    pub closed: bool,
}

/// What is to be done about those of `merges` that are news, in the order in which they came to their states.
pub fn plan(merges: &[MergeRequest], traces: &[MergeTrace], rules: &MergeRules, place: Place) -> Vec<Todo> {
    let mut news: Vec<Todo> = merges.iter().filter_map(|merge| todo(merge, traces, rules, place)).collect();
    news.sort_by_key(|todo| (todo.merge.turned.unwrap_or(Micros(todo.merge.version.at)), todo.merge.name()));
    // Of several that would move the card the last one does.
    if let Some(last) = news.iter().rposition(|todo| todo.list.is_some()) {
        news[..last].iter_mut().for_each(|todo| todo.list = None);
    }
    news
}

fn todo(merge: &MergeRequest, traces: &[MergeTrace], rules: &MergeRules, place: Place) -> Option<Todo> {
    let known = traces.iter().find(|trace| trace.name() == merge.name());
    let trace = known.cloned().unwrap_or_else(|| MergeTrace::of(merge));
    if trace.seen.is_some_and(|seen| merge.version.cmp_coarse(seen).is_lt()) {
        // A hook told it before, and GitLab itself says otherwise since.
        return None;
    }
    let turned = trace.heeded != Some(merge.state);
    let is_unsure = trace.intent.is_some();
    let renamed = trace.name.clone().filter(|name| trace.attached && (is_unsure || *name != attachment_name(merge)));
    if trace.attached && !turned && renamed.is_none() {
        return None;
    }
    let recent = merge.turned.zip(place.since).is_some_and(|(turned, since)| turned >= since);
    let moves = turned && !place.closed && (trace.heeded.is_some() || recent);
    let list = rules.list(merge.state).filter(|_| moves).map(str::to_owned);
    Some(Todo { merge: merge.clone(), attach: !trace.attached, renamed, trace, list })
}

/// What people read on the card.
pub fn attachment_name(merge: &MergeRequest) -> String {
    cut(&format!("!{} {}", merge.iid, merge.title), LONGEST_NAME, "…").into_owned()
}

/// What is known of merge requests from two sources, each as it was seen last.
pub fn newest(told: Vec<MergeRequest>, read: Vec<MergeRequest>) -> Vec<MergeRequest> {
    let mut all: Vec<MergeRequest> = Vec::with_capacity(told.len() + read.len());
    for merge in told.into_iter().chain(read) {
        match all.iter_mut().find(|known| known.name() == merge.name()) {
            None => all.push(merge),
            Some(known) if merge.version.cmp_coarse(known.version).is_ge() => *known = merge,
            Some(_) => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Version;

    fn merge(iid: i64, state: MergeState, turned: i64) -> MergeRequest {
        MergeRequest {
            project: 42,
            iid,
            title: "Warm it".to_owned(),
            url: format!("https://gitlab.example.com/team/app/-/merge_requests/{iid}"),
            state,
            turned: Some(Micros(turned)),
            version: Version { at: turned, step: 1 },
        }
    }

    fn rules() -> MergeRules {
        MergeRules { opened: Some("Review".to_owned()), merged: Some("Done".to_owned()), ..MergeRules::default() }
    }

    const CARD: Place = Place { since: Some(Micros(100)), closed: false };

    fn heeded(merge: &MergeRequest, state: MergeState) -> MergeTrace {
        MergeTrace { attached: true, heeded: Some(state), ..MergeTrace::of(merge) }
    }

    #[test]
    fn a_merge_request_is_attached_once_and_moves_the_card_once_for_each_state() {
        let opened = merge(12, MergeState::Opened, 150);
        let plan_of =
            |merge: &MergeRequest, traces: &[MergeTrace]| plan(std::slice::from_ref(merge), traces, &rules(), CARD);
        let todo = plan_of(&opened, &[]).remove(0);
        assert_eq!((todo.attach, todo.list.as_deref()), (true, Some("Review")));
        let trace = heeded(&opened, MergeState::Opened);
        assert!(plan_of(&opened, std::slice::from_ref(&trace)).is_empty());
        let todo = plan_of(&merge(12, MergeState::Merged, 160), std::slice::from_ref(&trace)).remove(0);
        assert_eq!((todo.attach, todo.list.as_deref()), (false, Some("Done")));
        let named = MergeTrace { name: Some("!12 Warm it".to_owned()), ..trace };
        assert!(plan_of(&opened, std::slice::from_ref(&named)).is_empty());
        let todo =
            plan_of(&MergeRequest { title: "Heat it".to_owned(), ..opened.clone() }, std::slice::from_ref(&named))
                .remove(0);
        assert_eq!((todo.attach, todo.list, todo.renamed.as_deref()), (false, None, Some("!12 Warm it")));
        let unsure = MergeTrace { intent: Some(Micros(170)), ..named.clone() };
        assert!(!plan_of(&opened, &[unsure]).is_empty(), "what may still hang there by another name is looked after");
        let newer = MergeTrace { seen: Some(Version { at: 155, step: 1 }), ..named };
        assert!(plan_of(&MergeRequest { title: "Heat it".to_owned(), ..opened.clone() }, &[newer]).is_empty());
    }

    #[test]
    fn what_came_to_its_state_before_the_card_moves_nothing() {
        let old = [merge(12, MergeState::Merged, 50)];
        let todo = plan(&old, &[], &rules(), CARD).remove(0);
        assert_eq!((todo.attach, todo.list), (true, None));
        let found = Place { since: None, ..CARD };
        assert_eq!(plan(&[merge(12, MergeState::Opened, 150)], &[], &rules(), found)[0].list, None);
        let untold = MergeRequest { turned: None, ..merge(12, MergeState::Merged, 150) };
        assert_eq!(plan(std::slice::from_ref(&untold), &[], &rules(), CARD)[0].list, None);
        let known = heeded(&untold, MergeState::Opened);
        assert_eq!(plan(&[untold], &[known], &rules(), CARD)[0].list.as_deref(), Some("Done"), "we saw it turn");
    }

    #[test]
    fn a_closed_issue_s_card_stays_among_the_closed() {
        let closed = Place { closed: true, ..CARD };
        assert_eq!(plan(&[merge(12, MergeState::Merged, 150)], &[], &rules(), closed)[0].list, None);
    }

    #[test]
    fn of_several_the_last_one_moves_the_card() {
        let merges = [merge(12, MergeState::Merged, 170), merge(13, MergeState::Opened, 160)];
        let plan = plan(&merges, &[], &rules(), CARD);
        let lists: Vec<_> = plan.iter().map(|todo| (todo.merge.iid, todo.list.as_deref())).collect();
        assert_eq!(lists, [(13, None), (12, Some("Done"))]);
    }

    #[test]
    fn of_two_sources_the_fresher_counts() {
        let (old, new) = (merge(12, MergeState::Opened, 150), merge(12, MergeState::Merged, 160));
        for (told, read) in [(&old, &new), (&new, &old)] {
            assert_eq!(newest(vec![told.clone()], vec![read.clone()]), std::slice::from_ref(&new));
        }
    }
}
