//! Statements about merge requests that name issues.

/// Older news are refused, as older states of an issue are. A state that another follows without a word of when it came
/// about came about by the time of the news.
pub(in crate::store) const SEE_MERGES: &str =
    "INSERT INTO merge_request (key, project, iid, title, url, state, turned_at, changed_at, changed_step) ";
pub(in crate::store) const SEE_MERGES_END: &str = concat!(
    " ON CONFLICT (key, project, iid) DO UPDATE SET title = excluded.title, url = excluded.url, \
     turned_at = CASE WHEN excluded.turned_at IS NOT NULL THEN excluded.turned_at \
                      WHEN excluded.state <> merge_request.state THEN excluded.changed_at \
                      ELSE merge_request.turned_at END, \
     state = excluded.state, changed_at = excluded.changed_at, changed_step = excluded.changed_step WHERE ",
    coarse!("merge_request", "changed_at", "changed_step", ">=")
);

/// The issues that a merge request named when it was last seen.
pub(in crate::store) const NAMED_BY: &str =
    "SELECT key FROM merge_request WHERE project = $1 AND iid = $2 AND key LIKE $3";
pub(in crate::store) const LINKED_AT: &str = "SELECT made_at FROM link WHERE key = $1";
pub(in crate::store) const MERGES: &str = "SELECT project, iid, title, url, state, turned_at, changed_at, changed_step \
     FROM merge_request WHERE key = $1 ORDER BY project, iid";
/// The title of a merge request may quote its issue's.
pub(in crate::store) const DROP_MERGES: &str = "DELETE FROM merge_request WHERE key = $1 \
     AND EXISTS (SELECT 1 FROM observation WHERE observation.key = merge_request.key AND confidential = 1)";

pub(in crate::store) const MERGE_TRACES: &str = "SELECT trace FROM merge_trace WHERE key = $1 ORDER BY project, iid";
/// Fenced, as a link's base is.
pub(in crate::store) const KEEP_MERGE_TRACE: &str = "INSERT INTO merge_trace (key, project, iid, trace) \
     SELECT queue.key, $1, $2, $3 FROM queue WHERE queue.key = $4 AND queue.lease = $5 \
     ON CONFLICT (key, project, iid) DO UPDATE SET trace = excluded.trace";
pub(in crate::store) const FORGET_MERGE_TRACES: &str = "DELETE FROM merge_trace WHERE key = $1";
/// What hangs on the card goes along with it when the issue is moved.
pub(in crate::store) const MOVE_MERGE_TRACES: &str = "UPDATE merge_trace SET key = $1 WHERE key = $2";

pub(in crate::store) const IS_CONFIDENTIAL: &str = "SELECT confidential FROM observation WHERE key = $1";
/// Confidential issues that have a card, or may get one.
pub(in crate::store) const CONFIDENTIAL_KEYS: &str = "SELECT key FROM observation WHERE confidential = 1 ORDER BY key";
