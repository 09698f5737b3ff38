//! Dates as people read them. A room has no time zone and its readers may have several, so the time is UTC and says
//! so; a start date is a day.

use super::changes::{Clause, Thing, clause};
use crate::model::Tone;
use crate::relay::facts::{Facts, on_one_line};
use crate::relay::sentence::{Sentence, gist};

pub(super) fn due(facts: &Facts, card: &Thing) -> Clause {
    dated(facts, card, "due", moment)
}

pub(super) fn start(facts: &Facts, card: &Thing) -> Clause {
    dated(facts, card, "start", day)
}

fn dated(facts: &Facts, card: &Thing, field: &str, shown: fn(&str) -> String) -> Clause {
    let of = |what: &str| Sentence::default().text(&format!("{what} the {field} date of ")).then(card.it());
    let old = facts.text(&["old", field]).map(shown);
    let says = match (old, facts.text(&["card", field]).map(shown)) {
        (Some(old), Some(new)) => of("moved").text(&format!(" from {old} to {new}")),
        (None, Some(new)) => of("set").text(&format!(" to {new}")),
        (_, None) if facts.activity.data.pointer(&format!("/card/{field}")).is_some() => of("removed"),
        (_, None) => of("changed"),
    };
    clause(says, Tone::Plain, gist(&format!("{field} date"), &format!("{field} dates"), "changed"))
}

/// "11 May 2016, 10:00 UTC"; what is no date is shown as it is.
pub(in crate::relay) fn moment(date: &str) -> String {
    written(date, "%-d %b %Y, %H:%M UTC")
}

/// "11 May 2016".
fn day(date: &str) -> String {
    written(date, "%-d %b %Y")
}

fn written(date: &str, form: &str) -> String {
    let zoned = date.parse::<jiff::Timestamp>().map(|at| at.to_zoned(jiff::tz::TimeZone::UTC));
    match zoned {
        Ok(at) => at.strftime(form).to_string(),
        Err(_) => on_one_line(date).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_by_people() {
        assert_eq!(moment("2016-05-11T10:00:00.000Z"), "11 May 2016, 10:00 UTC");
        assert_eq!(moment("2016-05-11T10:00:00+02:00"), "11 May 2016, 08:00 UTC");
        assert_eq!(day("2020-05-17T15:26:00.000Z"), "17 May 2020");
        assert_eq!(moment("next week"), "next week");
    }
}
