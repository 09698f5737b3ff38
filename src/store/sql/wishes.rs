//! The statements about wishes.

pub(in crate::store) const ADD_WISH: &str = "INSERT INTO wish (id, dedupe, key, room, wish, asked_at, reply_to, answer) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (dedupe) DO NOTHING";

pub(in crate::store) const WISH: &str =
    "SELECT id, room, wish, asked_at, reply_to, intent_at, answer, told FROM wish WHERE id = $1";
pub(in crate::store) const WISH_NAMED: &str = "SELECT id FROM wish WHERE dedupe = $1";
/// In the order in which they were asked: ids sort by time.
pub(in crate::store) const OPEN_WISHES: &str = "SELECT id, room, wish, asked_at, reply_to, intent_at, answer, told \
     FROM wish WHERE key = $1 AND answer IS NULL ORDER BY id";

/// Fenced, as everything that a turn writes of a wish: one whose lease has passed on knows nothing any more.
pub(in crate::store) const INTEND_WISH: &str = "UPDATE wish SET intent_at = $1 WHERE id = $2 AND answer IS NULL \
     AND EXISTS (SELECT 1 FROM queue WHERE queue.key = $3 AND queue.lease = $4)";
pub(in crate::store) const END_WISH: &str = "UPDATE wish SET answer = $1, intent_at = NULL \
     WHERE id = $2 AND answer IS NULL AND EXISTS (SELECT 1 FROM queue WHERE queue.key = $3 AND queue.lease = $4)";
/// Once: whoever comes first tells it.
pub(in crate::store) const TELL_WISH: &str =
    "UPDATE wish SET told = 1, reply_to = NULL WHERE id = $1 AND told = 0 AND answer IS NOT NULL";
/// The same while that is its answer: it may have been hushed meanwhile.
pub(in crate::store) const TELL_WISH_SO: &str =
    "UPDATE wish SET told = 1, reply_to = NULL WHERE id = $1 AND told = 0 AND answer = $2";

/// Those of an issue's card that may still hold its words; the open ones have nobody yet who tells their end.
pub(in crate::store) const WORDY_WISHES: &str =
    "SELECT id FROM wish WHERE key = $1 AND (answer IS NULL OR answer <> $2 OR wish <> $3) ORDER BY id";
/// The row stays: sent again, its request is still the same wish.
pub(in crate::store) const HUSH_WISHES: &str = "UPDATE wish SET wish = $3, answer = $2, intent_at = NULL \
     WHERE key = $1 AND (answer IS NULL OR answer <> $2 OR wish <> $3)";
pub(in crate::store) const PRUNE_WISHES: &str = "DELETE FROM wish WHERE asked_at < $1 AND told = 1";

pub(in crate::store) const RUN_SCRIPT: &str =
    "INSERT INTO script_run (request, at) VALUES ($1, $2) ON CONFLICT (request) DO NOTHING";
pub(in crate::store) const PRUNE_RUNS: &str = "DELETE FROM script_run WHERE at < $1";

/// The cards on a board that are issues'; of confidential ones as much of the issue as may be kept.
pub(in crate::store) const LINKED_CARDS: &str = "SELECT link.card, link.key, \
            CASE WHEN observation.confidential = 1 THEN observation.issue END \
     FROM link LEFT JOIN observation ON observation.key = link.key \
     WHERE link.board = $1 AND link.card IS NOT NULL ORDER BY link.card";
