//! The statements about what happened on boards, and what became of it.

/// What was kept before is let be; the ids that come back are the new ones.
pub(in crate::store) const KEEP_ACTIVITIES: &str =
    "INSERT INTO activity (id, board, card, kind, at, seen_at, source, payload, state, due_at) ";
pub(in crate::store) const KEEP_ACTIVITIES_END: &str = " ON CONFLICT (id) DO NOTHING RETURNING id";

/// The keys of a board: one for each account and name that it goes by.
pub(in crate::store) const BOARD_KEYS: &str =
    "SELECT scope || '/' || name FROM pin WHERE id = $1 AND scope LIKE 'board/%' ORDER BY 1";

/// Cards of which nothing may be kept or said: their issue turned confidential, and has not become public since.
macro_rules! hidden_cards {
    () => {
        "SELECT card FROM hidden_card WHERE NOT EXISTS \
         (SELECT 1 FROM link JOIN observation ON observation.key = link.key WHERE link.card = hidden_card.card \
          AND observation.confidential = 0 AND (link.parked IS NULL OR link.parked <> 'hidden'))"
    };
}
pub(in crate::store) const HIDDEN_CARDS: &str = hidden_cards!();
/// Those whose card was hidden while they were on their way here.
pub(in crate::store) const BLANK_HIDDEN: &str = concat!(
    "UPDATE activity SET payload = '', state = 'judged' WHERE state = 'held' AND card IN (",
    hidden_cards!(),
    ")"
);

/// What has been held long enough, and what is held still though it happened earlier.
pub(in crate::store) const HELD: &str = "SELECT id, payload FROM activity WHERE board = $1 AND state = 'held' \
     AND at <= (SELECT MAX(at) FROM activity WHERE board = $1 AND state = 'held' AND due_at <= $2) \
     ORDER BY at, id LIMIT $3";
pub(in crate::store) const NEXT_HELD: &str = "SELECT MIN(due_at) FROM activity WHERE board = $1 AND state = 'held'";

/// Whether a card is being made on a board, or may have been.
pub(in crate::store) const MAKES_CARDS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM link \
     WHERE board = $1 AND card IS NULL AND intent_at IS NOT NULL LIMIT 1) AS making";

/// Gives an activity to one judge only, and to none where its card has been hidden meanwhile; `id IN (…)` follows.
pub(in crate::store) const JUDGE: &str = concat!(
    "UPDATE activity SET state = 'judged' WHERE state = 'held' AND (card IS NULL OR card NOT IN (",
    hidden_cards!(),
    ")) AND id IN ("
);
pub(in crate::store) const JUDGE_END: &str = ") RETURNING id";

/// A decision stands: who decides again decides in vain.
pub(in crate::store) const DECIDE: &str = "INSERT INTO decision (activity, dest, said, reason, at) ";
pub(in crate::store) const DECIDE_END: &str = " ON CONFLICT (activity, dest) DO NOTHING RETURNING activity, dest";

pub(in crate::store) const ACTIVITIES: &str = "SELECT id, board, kind, at, seen_at, source, payload, state FROM activity \
     WHERE board = $1 ORDER BY at DESC, id DESC LIMIT $2";
pub(in crate::store) const ALL_ACTIVITIES: &str = "SELECT id, board, kind, at, seen_at, source, payload, state FROM activity \
     ORDER BY at DESC, id DESC LIMIT $1";
pub(in crate::store) const ACTIVITY: &str =
    "SELECT id, board, kind, at, seen_at, source, payload, state FROM activity WHERE id = $1";
pub(in crate::store) const DECISIONS: &str =
    "SELECT dest, said, reason, at FROM decision WHERE activity = $1 ORDER BY dest";

/// `$2`: one destination, or NULL for all.
pub(in crate::store) const UNDECIDE: &str =
    "DELETE FROM decision WHERE activity = $1 AND (CAST($2 AS TEXT) IS NULL OR dest = $2)";
pub(in crate::store) const UNSAY: &str =
    "DELETE FROM outbox WHERE activity = $1 AND within IS NULL AND (CAST($2 AS TEXT) IS NULL OR dest = $2)";
pub(in crate::store) const HOLD_AGAIN: &str =
    "UPDATE activity SET state = 'held', due_at = $2 WHERE id = $1 AND payload <> ''";

/// What was only kept, since it was there before the board was followed.
pub(in crate::store) const HOLD_UNDECIDED: &str = "UPDATE activity SET state = 'held', due_at = $3 \
     WHERE board = $1 AND at >= $2 AND state = 'judged' AND payload <> '' \
       AND NOT EXISTS (SELECT 1 FROM decision WHERE decision.activity = activity.id)";

/// Of an issue's card nothing is to be said from now on.
pub(in crate::store) const HIDE_CARD: &str = "INSERT INTO hidden_card (card, at) \
     SELECT card, $2 FROM link WHERE key = $1 AND card IS NOT NULL \
     ON CONFLICT (card) DO UPDATE SET at = excluded.at RETURNING card";
/// Messages that tell several as one fall apart where one of them must not be told.
pub(in crate::store) const BREAK_BUNDLES: &str = "DELETE FROM outbox WHERE id IN \
     (SELECT part.within FROM outbox AS part WHERE part.card = $1 AND part.within IS NOT NULL)";
pub(in crate::store) const RELEASE_PARTS: &str = "UPDATE outbox SET within = NULL \
     WHERE within IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outbox AS whole WHERE whole.id = outbox.within)";
pub(in crate::store) const DECIDE_HIDDEN: &str = "UPDATE decision SET said = 'not told', reason = $2 \
     WHERE said = 'waiting' AND activity IN (SELECT id FROM activity WHERE card = $1)";
/// Whoever is about to tell some of them as one is waited for.
pub(in crate::store) const TAKE_OF_CARD: &str = "UPDATE outbox SET card = card WHERE card = $1";
pub(in crate::store) const DROP_OF_CARD: &str = "DELETE FROM outbox WHERE card = $1";
pub(in crate::store) const BLANK_CARD: &str = "UPDATE activity SET payload = '', state = 'judged' WHERE card = $1";

/// Neither what is still held or waits to be told, nor what the next look at the feed will show again.
pub(in crate::store) const PRUNE_ACTIVITIES: &str = "DELETE FROM activity WHERE id IN (SELECT id FROM activity \
     WHERE seen_at < $1 AND state = 'judged' \
       AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.activity = activity.id) \
       AND at < COALESCE((SELECT CAST(place AS BIGINT) FROM cursor WHERE cursor.scope = 'activities/' || activity.board), \
                         9000000000000000000) - $3 \
     ORDER BY seen_at LIMIT $2) RETURNING id, board, at";
/// The later of the two stays.
pub(in crate::store) const FORGOT: &str = "INSERT INTO cursor (scope, place) VALUES ($1, $2) \
     ON CONFLICT (scope) DO UPDATE SET place = excluded.place \
     WHERE CAST(cursor.place AS BIGINT) < CAST(excluded.place AS BIGINT)";

/// How far a feed has been read, where nobody has had it read from elsewhere meanwhile.
pub(in crate::store) const MOVE_ON: &str = "UPDATE cursor SET place = $2 WHERE scope = $1 AND place = $3";
pub(in crate::store) const BEGIN: &str =
    "INSERT INTO cursor (scope, place) VALUES ($1, $2) ON CONFLICT (scope) DO NOTHING";

pub(in crate::store) const ACTIVITY_BYTES: &str =
    "SELECT COALESCE(CAST(SUM(LENGTH(payload)) AS BIGINT), 0) FROM activity";
/// `activity IN (…)` follows.
pub(in crate::store) const FORGET_DECISIONS: &str = "DELETE FROM decision WHERE activity IN (";
