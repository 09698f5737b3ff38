//! The statements about watches.

pub(in crate::store) const WATCH: &str = "SELECT account, model, webhook, url, other_url, description, by_hand, state, \
         reason, failures, last_delivery_at FROM watch WHERE account = $1 AND model = $2";
pub(in crate::store) const WATCHES: &str = "SELECT account, model, webhook, url, other_url, description, by_hand, state, \
         reason, failures, last_delivery_at FROM watch ORDER BY account, model";

/// A route wants it, or a person: what a person has removed, only a person brings back.
pub(in crate::store) const WANT_WATCH: &str = "INSERT INTO watch (account, model, url, description, by_hand, state) \
     VALUES ($1, $2, $3, $4, $5, 'wanted') \
     ON CONFLICT (account, model) DO UPDATE SET \
         by_hand = CASE WHEN excluded.by_hand > watch.by_hand THEN excluded.by_hand ELSE watch.by_hand END, \
         url = CASE WHEN watch.state = 'removed' THEN excluded.url ELSE watch.url END, \
         other_url = CASE WHEN watch.state = 'removed' THEN NULL ELSE watch.other_url END, \
         webhook = CASE WHEN watch.state = 'removed' THEN NULL ELSE watch.webhook END, \
         description = CASE WHEN watch.state = 'removed' THEN excluded.description ELSE watch.description END, \
         reason = CASE WHEN watch.state = 'removed' THEN '' ELSE watch.reason END, \
         failures = CASE WHEN watch.state = 'removed' THEN 0 ELSE watch.failures END, \
         state = CASE WHEN watch.state = 'removed' THEN 'wanted' ELSE watch.state END \
     WHERE (watch.state = 'removed' AND excluded.by_hand >= watch.by_hand) OR excluded.by_hand > watch.by_hand";
/// What a look at Trello found, or what is about to be asked of it. Not where somebody has removed the watch meanwhile.
pub(in crate::store) const KEEP_WATCH: &str = "UPDATE watch SET webhook = $1, url = $2, other_url = $3, state = $4, \
         reason = $5, failures = $6 WHERE account = $7 AND model = $8 AND state <> 'removed'";
pub(in crate::store) const REMOVE_WATCH: &str =
    "UPDATE watch SET state = 'removed', by_hand = $1, reason = '' WHERE account = $2 AND model = $3";

pub(in crate::store) const HEARD_WATCH: &str =
    "UPDATE watch SET last_delivery_at = $1 WHERE account = $2 AND model = $3";

/// Whether a live watch of a board, by whatever account, has told something since then.
pub(in crate::store) const IS_WATCHED: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM watch \
     WHERE model = $1 AND state = 'live' AND last_delivery_at >= $2";

/// The issue whose card it is, and whether it is confidential as it was last seen.
pub(in crate::store) const ABOUT_CARD: &str = "SELECT link.key, COALESCE(observation.confidential, 0) \
     FROM link LEFT JOIN observation ON observation.key = link.key WHERE link.card = $1";

/// The names that stood for an id when they were first needed.
pub(in crate::store) const NAMES_OF: &str = "SELECT name FROM pin WHERE scope = $1 AND id = $2 ORDER BY name";
