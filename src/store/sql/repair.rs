//! Statements of repair: what a card's feed told and nobody has read, issues that are gone, cards that are twins, cards
//! that become issues.

/// The feed tells of a card.
pub(in crate::store) const STIR: &str = "UPDATE link SET stirs = stirs + 1 WHERE key = $1";
/// Nobody knows what happened to the cards of a board before its feed was first looked at.
pub(in crate::store) const STIR_BOARD: &str =
    "UPDATE link SET stirs = stirs + 1 WHERE board = $1 AND stirs = stirs_seen";
/// Fenced: what was read in a turn that lost its lease counts for nothing.
pub(in crate::store) const CARD_WAS_READ: &str = "UPDATE link SET stirs_seen = $1 WHERE key = $2 AND stirs_seen <> $1 \
     AND EXISTS (SELECT 1 FROM queue WHERE queue.key = link.key AND queue.lease = $3)";

/// The issues of a project whose cards are looked after, and those whose issues were gone.
pub(in crate::store) const STANDING: &str = "SELECT iid, CAST(CASE WHEN parked IS NULL THEN 0 ELSE 1 END AS BIGINT) \
     FROM link WHERE instance = $1 AND project = $2 AND card IS NOT NULL AND (parked IS NULL OR parked = 'gone') ORDER BY iid";
/// What waited and is not missing any more is forgotten with the rest, and what still is comes back.
pub(in crate::store) const FORGET_WAITING: &str = "DELETE FROM gone WHERE route = $1 AND approved = 0";
pub(in crate::store) const KEEP_GONE: &str = "INSERT INTO gone (key, route, found_at, approved) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (key) DO UPDATE SET route = excluded.route, found_at = excluded.found_at, \
     approved = CASE WHEN gone.approved = 1 THEN 1 ELSE excluded.approved END";
pub(in crate::store) const IS_GONE: &str = "SELECT approved FROM gone WHERE key = $1";
pub(in crate::store) const WAITING: &str =
    "SELECT route, key, found_at FROM gone WHERE approved = 0 ORDER BY route, key";
pub(in crate::store) const APPROVE: &str =
    "UPDATE gone SET approved = 1 WHERE route = $1 AND approved = 0 RETURNING key";
pub(in crate::store) const FORGET_GONE: &str = "DELETE FROM gone WHERE key = $1";

/// Issues with a card on this board, and an open card beside it that carries their mark and is nobody's.
pub(in crate::store) const TWINNED: &str = "SELECT DISTINCT link.key FROM board_card \
     JOIN link ON link.board = board_card.board AND link.key = 'issue/' || board_card.mark \
     WHERE board_card.board = $1 AND board_card.closed = 0 AND board_card.named = 1 AND link.card IS NOT NULL AND link.parked IS NULL \
       AND NOT EXISTS (SELECT 1 FROM link AS other WHERE other.card = board_card.card) ORDER BY link.key";
pub(in crate::store) const TWINS: &str = "SELECT board_card.card FROM board_card JOIN link ON link.board = board_card.board \
     WHERE link.key = $1 AND board_card.mark = $2 AND board_card.closed = 0 AND board_card.named = 1 AND link.card IS NOT NULL \
       AND link.parked IS NULL AND NOT EXISTS (SELECT 1 FROM link AS other WHERE other.card = board_card.card) \
     ORDER BY board_card.card";
/// The same, also in the archive, and whatever became of the issue's own card.
pub(in crate::store) const LOOKALIKES: &str = "SELECT board_card.card FROM board_card JOIN link ON link.board = board_card.board \
     WHERE link.key = $1 AND board_card.mark = $2 \
       AND NOT EXISTS (SELECT 1 FROM link AS other WHERE other.card = board_card.card) ORDER BY board_card.card";

pub(in crate::store) const FILING: &str = "SELECT project, intent_at, issue FROM filing WHERE card = $1";
/// Only where no other call may have made the issue.
pub(in crate::store) const INTEND_FILING: &str = "INSERT INTO filing (card, project, intent_at) VALUES ($1, $2, $3) \
     ON CONFLICT (card) DO UPDATE SET project = excluded.project, intent_at = excluded.intent_at \
     WHERE filing.issue IS NULL AND filing.intent_at IS NULL";
pub(in crate::store) const WITHDRAW_FILING: &str =
    "UPDATE filing SET intent_at = NULL WHERE card = $1 AND issue IS NULL AND intent_at = $2";
/// The first issue stays.
pub(in crate::store) const FILE: &str = "UPDATE filing SET issue = $1, intent_at = NULL \
     WHERE card = $2 AND project = $3 AND (issue IS NULL OR issue = $1)";
/// Not fenced: that the issue was made of this card is a fact, whoever comes to tell. A card that is some issue's already
/// is not given away.
pub(in crate::store) const LINK_FILED: &str = "INSERT INTO link \
     (key, instance, project, iid, account, board, card, adopted, made_at, base, global_id) \
     SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS TEXT), CAST($6 AS TEXT), \
         CAST($7 AS TEXT), 1, CAST($8 AS BIGINT), CAST($9 AS TEXT), CAST($10 AS BIGINT) \
     WHERE NOT EXISTS (SELECT 1 FROM link AS other WHERE other.card = $7 AND other.key <> $1) \
     ON CONFLICT (key) DO UPDATE SET account = excluded.account, board = excluded.board, card = excluded.card, \
         adopted = 1, intent_at = NULL, intent_list = NULL, base = excluded.base, pending = NULL, parked = NULL, \
         stirs = link.stirs + 1 \
     WHERE link.card IS NULL";
