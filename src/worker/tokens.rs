//! Tokens that end soon or have ended: said, since nobody looks at a bridge that works. The one thing to know: each is
//! looked at once a day and by itself, so that a neighbour who is away keeps no other's token from being looked at.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Hands;
use super::hooks::say;
use super::trouble::TurnError;
use crate::model::{Micros, Trouble};

/// Under this stands the day on which a token was last looked at.
const LOOKED_AT: &str = "token looked at";

/// A token that ends within this many days is warned of.
pub const SOON: i64 = 14;

/// Looks at the tokens that nobody has looked at today.
pub(super) async fn watch(hands: &Hands, now: Micros) -> Result<(), TurnError> {
    let Ok(now) = Timestamp::from_microsecond(now.0) else { return Ok(()) };
    if let Some(gitlab) = &hands.gitlab {
        let ends = async {
            let day = gitlab.token_facts().await?.and_then(|facts| facts.expires_at);
            Ok(day.and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map(|day| day.timestamp()))
        };
        look(hands, "GITLAB_TOKEN", now, ends).await?;
    }
    for trello in hands.accounts.values() {
        let ends = async { Ok(trello.token_facts().await?.expires) };
        look(hands, &format!("the Trello token of account `{}`", trello.account()), now, ends).await?;
    }
    Ok(())
}

/// `asked`: when it ends, as its neighbour answers.
async fn look(
    hands: &Hands,
    token: &str,
    now: Timestamp,
    asked: impl Future<Output = Result<Option<Timestamp>, Trouble>>,
) -> Result<(), TurnError> {
    let today = day(now).to_string();
    if hands.store.pin(LOOKED_AT, token).await?.as_ref() == Some(&today) {
        return Ok(());
    }
    let sentence = match asked.await {
        Ok(ends) => ends.and_then(|ends| warning(token, ends, now)),
        Err(trouble) if trouble.is_lasting() => Some(format!("{token} cannot be looked at: {trouble}")),
        Err(passes) => {
            tracing::debug!(token, %passes, "it is looked at later");
            return Ok(());
        }
    };
    say(hands, token, sentence.as_deref()).await?;
    Ok(hands.store.set_pin(LOOKED_AT, token, &today).await?)
}

fn warning(token: &str, ends: Timestamp, now: Timestamp) -> Option<String> {
    let (cure, on) = ("make a new one and set it", day(ends));
    match days_left(ends, now) {
        ..0 => Some(format!("{token} has ended ({on}); {cure}: nothing works until then")),
        0 => Some(format!("{token} ends within a day ({on}); {cure}, or everything stops then")),
        1 => Some(format!("{token} ends in 1 day ({on}); {cure}, or everything stops then")),
        days @ ..SOON => Some(format!("{token} ends in {days} days ({on}); {cure}, or everything stops then")),
        _ => None,
    }
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Whole days until a token ends; less than none where it has ended.
pub fn days_left(ends: Timestamp, now: Timestamp) -> i64 {
    (ends.as_second() - now.as_second()).div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_warned_of_before_it_ends_and_said_to_have_ended_after() {
        let told = |ends: &str| warning("GITLAB_TOKEN", ends.parse().unwrap(), "2026-05-28T06:00:00Z".parse().unwrap());
        assert_eq!(told("2026-06-11T06:00:00Z"), None);
        for (ends, words) in [
            ("2026-06-11T05:59:59Z", "ends in 13 days (2026-06-11)"),
            ("2026-05-29T06:00:00Z", "ends in 1 day (2026-05-29)"),
            ("2026-05-28T06:00:00Z", "ends within a day (2026-05-28)"),
            ("2026-05-28T05:59:59Z", "has ended (2026-05-28); make a new one"),
            ("2026-05-20T06:00:00Z", "has ended (2026-05-20); make a new one"),
        ] {
            let told = told(ends).unwrap();
            assert!(told.contains(words) && !told.contains("in -"), "{told}");
        }
    }
}
