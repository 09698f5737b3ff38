//! The statements, one text for both engines. A test prepares every one of them on both.

pub(super) mod activities;
pub(super) mod outbox;
pub(super) mod repair;
pub(super) mod storage;
pub(super) mod watches;
pub(super) mod wishes;

/// Compares two times, each written in steps of its own, at the coarser step of the two: `model::Version::cmp_coarse` in
/// SQL.
macro_rules! coarse {
    ($table:literal, $at:literal, $step:literal, $how:literal) => {
        concat!(
            "excluded.",
            $at,
            " / (CASE WHEN excluded.",
            $step,
            " > ",
            $table,
            ".",
            $step,
            " THEN excluded.",
            $step,
            " ELSE ",
            $table,
            ".",
            $step,
            " END) ",
            $how,
            " ",
            $table,
            ".",
            $at,
            " / (CASE WHEN excluded.",
            $step,
            " > ",
            $table,
            ".",
            $step,
            " THEN excluded.",
            $step,
            " ELSE ",
            $table,
            ".",
            $step,
            " END)"
        )
    };
}

// Behind the macro that they use.
pub(super) mod merges;

/// What was written down before is let be; how many rows went in tells whether there was any.
pub(super) const INSERT_DELIVERIES: &str =
    "INSERT INTO delivery (id, dedupe, received_at, event, headers, body, verdict, reason, key) ";
pub(super) const INSERT_DELIVERIES_END: &str = " ON CONFLICT (dedupe) DO NOTHING";

pub(super) const FIRST_DELIVERY: &str = "SELECT id FROM delivery WHERE dedupe = $1";
pub(super) const REPEAT_DELIVERY: &str = "UPDATE delivery SET repeats = repeats + 1 WHERE dedupe = $1 RETURNING id";

/// A new state comes as the delivery that tells it: writing its text twice would halve what the doors can take in.
/// An older state is refused; see `model::Issue::refuses`, which this spells in SQL.
pub(super) const OBSERVE: &str =
    "INSERT INTO observation (key, version_at, version_step, confidential, seen_at, issue, delivery) ";
pub(super) const OBSERVE_END: &str = concat!(
    " ON CONFLICT (key) DO UPDATE SET \
     version_at = CASE WHEN excluded.version_step = 9223372036854775807 \
                       THEN observation.version_at ELSE excluded.version_at END, \
     version_step = CASE WHEN excluded.version_step = 9223372036854775807 \
                         THEN observation.version_step ELSE excluded.version_step END, \
     confidential = excluded.confidential, seen_at = excluded.seen_at, issue = excluded.issue, \
     delivery = excluded.delivery WHERE ",
    coarse!("observation", "version_at", "version_step", ">"),
    " OR (",
    coarse!("observation", "version_at", "version_step", "="),
    " AND excluded.confidential >= observation.confidential)"
);

/// What was seen before, sent again or replayed: it never wins a tie, for its later arrival says nothing.
pub(super) const OBSERVE_AGAIN_END: &str = concat!(
    " ON CONFLICT (key) DO UPDATE SET \
     version_at = excluded.version_at, version_step = excluded.version_step, \
     confidential = excluded.confidential, seen_at = excluded.seen_at, issue = excluded.issue, \
     delivery = excluded.delivery WHERE ",
    coarse!("observation", "version_at", "version_step", ">")
);

pub(super) const NOTE: &str = "UPDATE observation SET note = $1 WHERE key = $2 AND note <> $1";
pub(super) const READ_NOTE: &str = "SELECT note FROM observation WHERE key = $1";

/// Either what was read of the issue, or the delivery that is to be read for it.
pub(super) const OBSERVATION: &str = "SELECT observation.issue, delivery.id, delivery.headers, delivery.body \
     FROM observation LEFT JOIN delivery ON delivery.id = observation.delivery WHERE observation.key = $1";
pub(super) const OBSERVED_ISSUE: &str = "SELECT issue FROM observation WHERE key = $1";
pub(super) const ASK: &str = "UPDATE observation SET asked = 1 WHERE key = $1";
pub(super) const IS_ASKED: &str = "SELECT asked FROM observation WHERE key = $1";
/// Keeps what was read, unless another delivery has come meanwhile.
pub(super) const KEEP_READING: &str =
    "UPDATE observation SET issue = $1, delivery = NULL WHERE key = $2 AND delivery = $3";

/// Marking a marked key moves it earlier, never later, and never before a neighbour's "not before". A failed key
/// starts afresh.
pub(super) const MARK: &str = "INSERT INTO queue (key, rank, due_at) ";
pub(super) const MARK_END: &str = " ON CONFLICT (key) DO UPDATE SET \
     rank = CASE WHEN queue.failed_at IS NOT NULL OR excluded.rank < queue.rank THEN excluded.rank ELSE queue.rank END, \
     due_at = CASE WHEN queue.failed_at IS NOT NULL THEN excluded.due_at \
                   WHEN excluded.due_at >= queue.due_at THEN queue.due_at \
                   WHEN excluded.due_at < queue.not_before THEN queue.not_before \
                   ELSE excluded.due_at END, \
     marks = queue.marks + 1, \
     attempts = CASE WHEN queue.failed_at IS NOT NULL THEN 0 ELSE queue.attempts END, \
     tries = CASE WHEN queue.failed_at IS NOT NULL THEN 0 ELSE queue.tries END, \
     failed_at = NULL";

/// A key is due when its time has come and no turn has it in hand; the longest-waiting goes first, by rank.
pub(super) const LEASE_SQLITE: &str = "UPDATE queue \
     SET lease = $1, lease_until = $2, attempts = attempts + 1, marks_seen = marks \
     WHERE key IN (SELECT key FROM queue WHERE failed_at IS NULL AND due_at <= $3 AND lease_until <= $3 \
                   ORDER BY due_at + rank LIMIT $4) \
     RETURNING key, attempts, tries, waits_for";
/// The same where replicas share the queue: rows that another is just leasing are passed over.
/// Materialized, since a plan that runs the inner query once for each row would not keep the limit.
pub(super) const LEASE_POSTGRES: &str = "WITH due AS MATERIALIZED (\
         SELECT key FROM queue WHERE failed_at IS NULL AND due_at <= $3 AND lease_until <= $3 \
         ORDER BY due_at + rank LIMIT $4 FOR UPDATE SKIP LOCKED) \
     UPDATE queue SET lease = $1, lease_until = $2, attempts = attempts + 1, marks_seen = marks \
     FROM due WHERE queue.key = due.key \
     RETURNING queue.key, attempts, tries, waits_for";

pub(super) const RENEW: &str = "UPDATE queue SET lease_until = $1 WHERE key = $2 AND lease = $3 AND failed_at IS NULL";

/// A key that this version cannot read: only a newer one can have written it.
pub(super) const FAIL_UNREADABLE: &str =
    "UPDATE queue SET lease = NULL, lease_until = 0, failed_at = $1, reason = $2 WHERE key = $3";

/// Nothing left to do and not marked meanwhile: the key leaves the queue.
pub(super) const FINISH_DONE: &str = "DELETE FROM queue WHERE key = $1 AND lease = $2 AND marks = marks_seen";
/// Marked during its turn: exactly one more turn.
pub(super) const FINISH_MARKED: &str = "UPDATE queue \
     SET lease = NULL, lease_until = 0, attempts = 0, tries = 0, not_before = 0, waits_for = NULL, reason = NULL \
     WHERE key = $1 AND lease = $2";

/// `$3`: when to look again; `$4`: now; `$5`: not before; `$6`: 1 counts a failed try, 0 leaves the count as it is (a
/// neighbour asked us to wait), -1 forgets it. Tries of a neighbour that is down and those of one that refuses are not
/// added up: an outage must not use up the retries of a refusal.
pub(super) const FINISH_AGAIN: &str = "UPDATE queue \
     SET lease = NULL, lease_until = 0, attempts = 0, \
         tries = CASE WHEN $6 < 0 THEN 0 \
                      WHEN $6 = 0 THEN tries \
                      WHEN (waits_for IS NULL) = (CAST($7 AS TEXT) IS NULL) THEN tries + $6 \
                      ELSE $6 END, \
         due_at = CASE WHEN marks > marks_seen AND CAST($4 AS BIGINT) < CAST($3 AS BIGINT) \
                       THEN (CASE WHEN CAST($5 AS BIGINT) > $4 THEN $5 ELSE $4 END) ELSE $3 END, \
         not_before = $5, waits_for = CASE WHEN $6 = 0 THEN waits_for ELSE $7 END, reason = $8 \
     WHERE key = $1 AND lease = $2";

/// A key marked during the turn that failed has news to look at: it is not failed but looked at once more.
pub(super) const FINISH_FAILED: &str = "UPDATE queue \
     SET lease = NULL, lease_until = 0, attempts = 0, tries = 0, not_before = 0, waits_for = NULL, reason = $3, \
         failed_at = CASE WHEN marks > marks_seen THEN NULL ELSE CAST($4 AS BIGINT) END \
     WHERE key = $1 AND lease = $2";

/// In the commit that ends the turn.
pub(super) const TURN_ENDED: &str = "INSERT INTO turn (key, ended_at, how) VALUES ($1, $2, $3) \
     ON CONFLICT (key) DO UPDATE SET ended_at = excluded.ended_at, how = excluded.how";
pub(super) const LAST_TURN: &str = "SELECT ended_at, how FROM turn WHERE key = $1";

/// A neighbour answers again: what waits for it is due now.
pub(super) const WAKE: &str = "UPDATE queue SET due_at = $1 \
     WHERE waits_for = $2 AND failed_at IS NULL AND due_at > $1 AND not_before <= $1";

pub(super) const NEXT_DUE: &str = "SELECT MIN(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) \
     FROM queue WHERE failed_at IS NULL";

/// A key that was in hand at several deaths of the process may be their cause. It waits until its lease has run out, so
/// that the others get their turns first.
pub(super) const FREE_LEASES: &str =
    "UPDATE queue SET lease = NULL, lease_until = 0 WHERE lease_until > 0 AND attempts < 3";

pub(super) const KEY_STATE: &str = "SELECT due_at, lease_until, failed_at, reason FROM queue WHERE key = $1";

/// Issues of a rank that wait, those of them in hand, and why one of them waits.
pub(super) const BACKLOG: &str = "SELECT COUNT(*), \
     CAST(COALESCE(SUM(CASE WHEN lease_until > $1 THEN 1 ELSE 0 END), 0) AS BIGINT), MIN(reason) \
     FROM queue WHERE failed_at IS NULL AND rank = $2 AND key LIKE 'issue/%'";
pub(super) const FAILED: &str = "SELECT key, COALESCE(reason, '') FROM queue WHERE failed_at IS NOT NULL ORDER BY key";
/// The cards that may become issues, and whether their turn has failed.
pub(super) const WAITING_CARDS: &str = "SELECT key, CAST(CASE WHEN failed_at IS NULL THEN 0 ELSE 1 END AS BIGINT) \
     FROM queue WHERE key LIKE 'card/%' ORDER BY key";

pub(super) const COUNT_FAILED: &str = "SELECT COUNT(*) FROM queue WHERE failed_at IS NOT NULL";

pub(super) const LINK: &str = "SELECT instance, project, iid, account, board, card, intent_at, intent_list, adopted, base, pending, parked, stirs, stirs_seen \
     FROM link WHERE key = $1";

pub(super) const LINKS: &str = "SELECT instance, project, iid, account, board, card, intent_at, intent_list, adopted, base, pending, parked, stirs, stirs_seen \
     FROM link ORDER BY instance, project, iid";
/// What is known under a number, or under a project and a number.
pub(super) const NAMED: &str =
    "SELECT key FROM observation WHERE key LIKE $1 UNION SELECT key FROM link WHERE key LIKE $1 ORDER BY 1";
/// Not while a turn has the pair in hand: its end would write over this.
pub(super) const PARK: &str = "UPDATE link SET parked = $1, pending = NULL WHERE key = $2 AND card IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM queue WHERE queue.key = link.key AND queue.lease_until > $3)";

pub(super) const RESERVE: &str = "INSERT INTO link \
     (key, instance, project, iid, account, board, intent_at, intent_list, made_at, global_id) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, $9) \
     ON CONFLICT (key) DO UPDATE SET account = excluded.account, board = excluded.board, \
         global_id = excluded.global_id, \
         intent_at = excluded.intent_at, intent_list = excluded.intent_list \
     WHERE link.card IS NULL AND link.intent_at IS NULL";

/// Not fenced: that a card exists is a fact, whoever comes to tell.
pub(super) const REMEMBER_CARD: &str = "INSERT INTO link \
     (key, instance, project, iid, account, board, card, adopted, made_at, base) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
     ON CONFLICT (key) DO UPDATE SET account = excluded.account, board = excluded.board, card = excluded.card, \
         adopted = excluded.adopted, intent_at = NULL, intent_list = NULL, base = excluded.base, pending = NULL, parked = NULL \
     WHERE link.card IS NULL";

/// Fenced: a turn whose lease has passed on knows nothing any more that should be remembered.
pub(super) const REMEMBER_BASE: &str = "UPDATE link SET board = $1, base = $2, parked = $3, pending = $4 \
     WHERE key = $5 AND EXISTS (SELECT 1 FROM queue WHERE queue.key = link.key AND queue.lease = $6)";
/// Fenced as well. The next turn makes a card as for a new issue.
pub(super) const UNLINK: &str = "UPDATE link SET card = NULL, base = NULL, pending = NULL, parked = NULL, adopted = 0 WHERE key = $1 \
     AND EXISTS (SELECT 1 FROM queue WHERE queue.key = link.key AND queue.lease = $2)";

/// The same sentence about a pair twice in a row is one.
pub(super) const TELL: &str = "INSERT INTO link_log (id, key, at, told) \
     SELECT $1, CAST($2 AS TEXT), $3, CAST($4 AS TEXT) WHERE NOT EXISTS (SELECT 1 FROM link_log WHERE key = $2 AND told = $4 \
         AND id = (SELECT MAX(id) FROM link_log WHERE key = $2))";
/// What quotes an issue's words goes with them.
pub(super) const FORGET_TOLD: &str = "DELETE FROM link_log WHERE key = $1";
/// As the door does with a confidential issue's. The newest state may still have to be read from its delivery.
pub(super) const FORGET_BODIES: &str = "UPDATE delivery SET body = $1 WHERE key = $2 AND LENGTH(body) > 0 \
     AND NOT EXISTS (SELECT 1 FROM observation WHERE observation.delivery = delivery.id AND observation.key = delivery.key)";
pub(super) const TOLD: &str = "SELECT at, told FROM link_log WHERE key = $1 ORDER BY id DESC LIMIT $2";

pub(super) const FORGET_INTENT: &str =
    "UPDATE link SET intent_at = NULL, intent_list = NULL WHERE key = $1 AND card IS NULL AND intent_at = $2";

pub(super) const PIN: &str = "SELECT id FROM pin WHERE scope = $1 AND name = $2";
pub(super) const SET_PIN: &str = "INSERT INTO pin (scope, name, id) VALUES ($1, $2, $3) \
     ON CONFLICT (scope, name) DO UPDATE SET id = excluded.id";

/// Who comes first names it; the others take that name.
pub(super) const PIN_ONCE: &str =
    "INSERT INTO pin (scope, name, id) VALUES ($1, $2, $3) ON CONFLICT (scope, name) DO NOTHING";

pub(super) const FORGET_CARD: &str = "DELETE FROM board_card WHERE board = $1 AND card = $2";
pub(super) const INDEX_CARDS: &str = "INSERT INTO board_card (board, card, mark, foreign_url, closed, named) ";
pub(super) const INDEX_CARDS_END: &str = " ON CONFLICT (board, card) DO UPDATE SET \
     mark = excluded.mark, foreign_url = excluded.foreign_url, closed = excluded.closed, named = excluded.named";
/// Our own cards first, open before archived, then the oldest: Trello's ids begin with their time. A foreign card
/// that somebody archived is not adopted, nor one that is some link's already.
pub(super) const FIND_CARD: &str = "SELECT card, mark, foreign_url, closed, named FROM board_card \
     WHERE board = $1 AND (mark = $2 OR (foreign_url = $3 AND mark IS NULL AND closed = 0)) \
       AND card NOT IN (SELECT card FROM link WHERE card IS NOT NULL AND key <> $4) \
     ORDER BY CASE WHEN mark IS NULL THEN 1 ELSE 0 END, closed, card LIMIT 1";

pub(super) const DELIVERIES: &str = "SELECT id, received_at, event, headers, body, verdict, reason, key, repeats FROM delivery \
     WHERE verdict = $1 OR $2 = 1 ORDER BY id DESC LIMIT $3";
pub(super) const DELIVERY: &str =
    "SELECT id, received_at, event, headers, body, verdict, reason, key, repeats FROM delivery WHERE id = $1";

/// Only the oldest few are looked at, since ids sort by time. What a waiting or failed key came from is kept: it is the
/// handle to replay it by.
pub(super) const PRUNE_BY_AGE: &str = "DELETE FROM delivery WHERE id IN \
     (SELECT id FROM (SELECT id, received_at FROM delivery \
                      WHERE key IS NULL OR key NOT IN (SELECT key FROM queue) ORDER BY id LIMIT $2) AS oldest \
      WHERE received_at < $1)";
pub(super) const PRUNE_OLDEST: &str = "DELETE FROM delivery WHERE id IN \
     (SELECT id FROM delivery WHERE key IS NULL OR key NOT IN (SELECT key FROM queue) ORDER BY id LIMIT $1)";
pub(super) const HISTORY_BYTES: &str =
    "SELECT COALESCE(CAST(SUM(LENGTH(body) + LENGTH(headers)) AS BIGINT), 0) FROM delivery";

/// Tells whether the database takes writes at this moment.
pub(super) const PROBE: &str = "INSERT INTO pin (scope, name, id) VALUES ('probe', 'probe', $1) \
     ON CONFLICT (scope, name) DO UPDATE SET id = excluded.id";

pub(super) const ISSUE_OF_CARD: &str = "SELECT key FROM link WHERE card = $1";

pub(super) const PROJECTS: &str = "SELECT DISTINCT project FROM link WHERE instance = $1 ORDER BY project";
pub(super) const FIRST_LINK: &str = "SELECT MIN(made_at) FROM link WHERE instance = $1 AND project = $2";

/// What sweeps have found that no hook had told, counted.
pub(super) const RECOVERED: &str = "SELECT CAST(place AS BIGINT) FROM cursor WHERE scope = 'recovered'";
pub(super) const ADD_RECOVERED: &str = "INSERT INTO cursor (scope, place) \
     VALUES ('recovered', CAST(CAST($1 AS BIGINT) AS TEXT)) ON CONFLICT (scope) DO UPDATE SET \
     place = CAST(CAST(cursor.place AS BIGINT) + CAST($1 AS BIGINT) AS TEXT)";

pub(super) const CURSOR: &str = "SELECT place FROM cursor WHERE scope = $1";
pub(super) const SET_CURSOR: &str = "INSERT INTO cursor (scope, place) VALUES ($1, $2) \
     ON CONFLICT (scope) DO UPDATE SET place = excluded.place";

pub(super) const NOTE_MOVED: &str =
    "INSERT INTO moved (instance, global_id, key) VALUES ($1, $2, $3) ON CONFLICT (instance, global_id) DO NOTHING";
/// The issue that it became, where that has a card already which was made for it.
pub(super) const MADE_ANEW: &str =
    "SELECT key FROM link WHERE instance = $1 AND global_id = $2 AND card IS NOT NULL AND adopted = 0";
/// A card that waits to be deleted, and whether the issue that was has a card to give.
pub(super) const MOVED_HERE: &str = "SELECT spare, CAST(CASE WHEN EXISTS (SELECT 1 FROM link WHERE link.key = moved.key \
         AND link.card IS NOT NULL AND (link.parked IS NULL OR link.parked = 'redacted')) THEN 1 ELSE 0 END AS BIGINT) FROM moved WHERE instance = $1 AND global_id = $2";
pub(super) const SPARE: &str = "UPDATE moved SET spare = (SELECT card FROM link WHERE link.key = $3) \
     WHERE instance = $1 AND global_id = $2 AND spare IS NULL";
pub(super) const FORGET_SPARE: &str = "UPDATE moved SET spare = NULL WHERE instance = $1 AND global_id = $2";
pub(super) const FORGET_MOVE: &str = "DELETE FROM moved WHERE instance = $1 AND global_id = $2";
/// Fenced. Its card stands as a spare in `moved` now.
pub(super) const GIVE_UP: &str = "DELETE FROM link WHERE key = $1 AND adopted = 0 \
     AND (parked IS NULL OR parked = 'redacted') AND EXISTS (SELECT 1 FROM queue WHERE queue.key = $1 AND queue.lease = $2)";
pub(super) const MOVED_FROM: &str = "SELECT key FROM moved WHERE instance = $1 AND global_id = $2";
/// A reservation without a card makes room for the card that is taken over.
pub(super) const MAKE_ROOM: &str = "DELETE FROM link WHERE key = $1 AND card IS NULL AND intent_at IS NULL";
/// Fenced: the turn is that of the issue that takes over. What the card was compared with is another issue's.
pub(super) const TAKE_OVER: &str = "UPDATE link SET key = $1, instance = $2, project = $3, iid = $4, base = NULL, \
         pending = NULL, adopted = 1 \
     WHERE key = $5 AND card IS NOT NULL AND (parked IS NULL OR parked = 'redacted') \
       AND NOT EXISTS (SELECT 1 FROM link AS other WHERE other.key = $1) \
       AND EXISTS (SELECT 1 FROM queue WHERE queue.key = $1 AND queue.lease = $6)";

/// Older news of a note are refused, as older states of an issue are; of the same moment the hidden one counts.
pub(super) const SEE_NOTES: &str =
    "INSERT INTO issue_note (key, id, author, text, created_at, changed_at, changed_step, hidden) ";
pub(super) const SEE_NOTES_END: &str = concat!(
    " ON CONFLICT (key, id) DO UPDATE SET \
     author = CASE WHEN excluded.author = '' AND excluded.hidden = 0 THEN issue_note.author ELSE excluded.author END, \
     text = excluded.text, created_at = excluded.created_at, changed_at = excluded.changed_at, \
     changed_step = excluded.changed_step, hidden = excluded.hidden WHERE ",
    coarse!("issue_note", "changed_at", "changed_step", ">"),
    " OR (",
    coarse!("issue_note", "changed_at", "changed_step", "="),
    " AND excluded.hidden >= issue_note.hidden)"
);
/// What was seen before never wins a tie.
pub(super) const SEE_NOTES_AGAIN_END: &str = " ON CONFLICT (key, id) DO UPDATE SET \
     author = CASE WHEN excluded.author = '' AND excluded.hidden = 0 THEN issue_note.author ELSE excluded.author END, \
     text = excluded.text, created_at = excluded.created_at, changed_at = excluded.changed_at, \
     changed_step = excluded.changed_step, hidden = excluded.hidden \
     WHERE excluded.changed_at / (CASE WHEN excluded.changed_step > issue_note.changed_step \
                                  THEN excluded.changed_step ELSE issue_note.changed_step END) \
         > issue_note.changed_at / (CASE WHEN excluded.changed_step > issue_note.changed_step \
                                    THEN excluded.changed_step ELSE issue_note.changed_step END)";
pub(super) const NOTES: &str = "SELECT id, author, text, created_at, changed_at, hidden FROM issue_note WHERE key = $1";
/// Nothing of what was said on a confidential issue is kept.
pub(super) const DROP_NOTES: &str = "DELETE FROM issue_note WHERE key = $1 \
     AND EXISTS (SELECT 1 FROM observation WHERE observation.key = issue_note.key AND confidential = 1)";

pub(super) const PAIRS: &str = "SELECT pair FROM comment_pair WHERE key = $1";
/// Fenced, as a link's base is.
pub(super) const KEEP_PAIR: &str = "INSERT INTO comment_pair (key, origin, original, pair) \
     SELECT queue.key, $1, $2, $3 FROM queue WHERE queue.key = $4 AND queue.lease = $5 \
     ON CONFLICT (key, origin, original) DO UPDATE SET pair = excluded.pair";
pub(super) const FORGET_PAIR: &str = "DELETE FROM comment_pair WHERE key = $1 AND origin = $2 AND original = $3 \
     AND EXISTS (SELECT 1 FROM queue WHERE queue.key = comment_pair.key AND queue.lease = $4)";
pub(super) const FORGET_PAIRS: &str = "DELETE FROM comment_pair WHERE key = $1";
/// What was copied goes along with the card of an issue that was moved.
pub(super) const MOVE_PAIRS: &str = "UPDATE comment_pair SET key = $1 WHERE key = $2";
