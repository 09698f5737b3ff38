//! The statements about what is to be said.

pub(in crate::store) const SAY: &str = "INSERT INTO outbox (id, dest, at, written_at, activity, card, message, event) ";

/// In order, with the activity as it came.
pub(in crate::store) const WAITING: &str = "SELECT outbox.id, outbox.message, outbox.written_at, outbox.tried, activity.payload, outbox.event, \
            CAST(CASE WHEN EXISTS (SELECT 1 FROM outbox AS part WHERE part.within = outbox.id) THEN 1 ELSE 0 END AS BIGINT) \
                AS bundle \
     FROM outbox LEFT JOIN activity ON activity.id = outbox.activity \
     WHERE outbox.dest = $1 AND outbox.within IS NULL ORDER BY outbox.at, outbox.id LIMIT $2";
pub(in crate::store) const WAITS: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE id = $1 AND within IS NULL";
pub(in crate::store) const PARTS: &str = "SELECT id FROM outbox WHERE within = $1 ORDER BY id";
pub(in crate::store) const COUNT_WAITING: &str =
    "SELECT CAST(COUNT(*) AS BIGINT) FROM outbox WHERE dest = $1 AND within IS NULL";

/// Holds on to the key that a turn still has: nobody else takes it before what follows is written down.
pub(in crate::store) const HOLDS: &str = "UPDATE queue SET lease = lease WHERE key = $1 AND lease = $2";

/// From now on nobody knows whether it arrived. How often, is for those that are given up after so many times.
pub(in crate::store) const TRY: &str = "UPDATE outbox SET tried = tried + 1 WHERE id = $1";

/// Whether an issue is confidential, as far as anybody has told.
pub(in crate::store) const IS_CONFIDENTIAL: &str =
    "SELECT CAST(COUNT(*) AS BIGINT) FROM observation WHERE key = $1 AND confidential <> 0";

/// What became of the activities that a message tells of.
pub(in crate::store) const SETTLE: &str = "UPDATE decision SET said = $3, reason = $4, at = $5 WHERE dest = $1 \
     AND activity IN (SELECT activity FROM outbox WHERE (id = $2 OR within = $2) AND activity IS NOT NULL)";
pub(in crate::store) const TAKE_OUT: &str = "DELETE FROM outbox WHERE id = $1 OR within = $1";

/// Several are told as one from now on: its place is the first one's. `$3` names the first.
pub(in crate::store) const BUNDLE: &str = "INSERT INTO outbox (id, dest, at, written_at, message) \
     SELECT $1, dest, at, written_at, $2 FROM outbox WHERE id = $3";
/// `id IN (…)` follows.
pub(in crate::store) const INTO_BUNDLE: &str = "UPDATE outbox SET within = ";

pub(in crate::store) const SWITCH_OFF: &str = "INSERT INTO dest_off (dest, at, reason) VALUES ($1, $2, $3) \
     ON CONFLICT (dest) DO UPDATE SET at = excluded.at, reason = excluded.reason";
pub(in crate::store) const SWITCH_ON: &str = "DELETE FROM dest_off WHERE dest = $1";
pub(in crate::store) const OFF: &str = "SELECT at, reason FROM dest_off WHERE dest = $1";

/// What has waited for longer than history is kept.
pub(in crate::store) const OVERDUE: &str =
    "SELECT dest, id FROM outbox WHERE written_at < $1 AND within IS NULL ORDER BY written_at LIMIT $2";
