//! What is known of an issue, and whether what was just read of it is news.

use std::cmp::Ordering;

use crate::gitlab;
use crate::model::{Discretion, Issue, IssueRef};
use crate::store::{Observation, Store, StoreError};
use crate::sync::facets::same_facets;

/// The newest state of an issue that we have seen.
#[derive(Clone, Debug)]
pub struct Known {
    /// The state.
    pub issue: Issue,
    /// The delivery that told it, where nobody has read it before.
    pub delivery: Option<String>,
}

/// The newest state of `id`, if there is one. The door only wrote down which delivery tells it, so that its text is
/// written once while a caller waits. Writes nothing. `discretion` says what is read of a confidential one.
///
/// # Errors
/// Also when a delivery could be read as it came, and cannot any more.
pub async fn known(store: &Store, discretion: &Discretion, id: &IssueRef) -> Result<Option<Known>, StoreError> {
    let (delivery, headers, body) = match store.observation(id).await? {
        None => return Ok(None),
        Some(Observation::Read(issue)) => return Ok(Some(Known { issue: *issue, delivery: None })),
        Some(Observation::Told { delivery, headers, body }) => (delivery, headers, body),
    };
    let read = gitlab::read_kept(&headers, body.into(), &id.instance, discretion);
    let issue = read.map_err(|error| error.to_string()).and_then(|intake| intake.issue.ok_or(intake.reason));
    let issue = issue.map_err(|why| {
        StoreError::Refused(format!("delivery {delivery} could be read when it came and cannot any more: {why}"))
    })?;
    Ok(Some(Known { issue: Issue { id: id.clone(), ..issue }, delivery: Some(delivery) }))
}

/// What a state that was just read is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// We know it, or a newer one.
    Old,
    /// The issue changed, but in nothing that it says itself: a comment does that.
    Touched,
    /// It says something else than we knew.
    News,
}

/// Compares what was just `read` with what is known.
///
/// # Errors
/// The store's. What is known and cannot be read is as good as unknown.
pub async fn sight(store: &Store, discretion: &Discretion, read: &Issue) -> Result<Sight, StoreError> {
    let known = match known(store, discretion, &read.id).await {
        Ok(Some(known)) => known.issue,
        Ok(None) | Err(StoreError::Refused(_)) => return Ok(Sight::News),
        Err(error) => return Err(error),
    };
    Ok(match (known.refuses(read), says_the_same(read, &known), read.version.cmp_coarse(known.version)) {
        (true, ..) | (_, true, Ordering::Less | Ordering::Equal) => Sight::Old,
        (_, true, Ordering::Greater) => Sight::Touched,
        (_, false, _) => Sight::News,
    })
}

/// Hooks and API write links to uploads each in its own way, and the API tells the colours of labels only where asked.
pub(super) fn says_the_same(read: &Issue, known: &Issue) -> bool {
    let (one, other) = (&read.ticket, &known.ticket);
    let same_labels =
        one.labels.len() == other.labels.len() && one.labels.iter().all(|label| other.has_label(&label.name));
    read.confidential == known.confidential
        && (&one.title, one.closed, &one.people, one.due) == (&other.title, other.closed, &other.people, other.due)
        && same_labels
        && same_facets(read, known)
        && (one.text == other.text || read.version == known.version)
}
