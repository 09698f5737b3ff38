//! The day that somebody means: today, tomorrow, a weekday, a date. Pure; today is handed in.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

/// What was said of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Day {
    /// This one.
    On(Date),
    /// None any more.
    Off,
}

/// How a day is written, for whoever wrote another thing.
pub(super) const HOW: &str = "today, tomorrow, a weekday, a date like 2026-12-24, or none";

/// Reads a day; `None`: it is none. A weekday is the next such day after today.
pub(super) fn day(text: &str, today: Date) -> Option<Day> {
    let text = text.trim().to_lowercase();
    let after = |span: Span| today.checked_add(span).ok().map(Day::On);
    match text.as_str() {
        "today" => return Some(Day::On(today)),
        "tomorrow" => return after(1.day()),
        "none" | "off" | "never" => return Some(Day::Off),
        _ => {}
    }
    if let Some(weekday) = weekday(&text) {
        let ahead = i64::from(today.weekday().until(weekday));
        return after(if ahead == 0 { 7.days() } else { ahead.days() });
    }
    let is_date = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    text.parse().ok().filter(|_| is_date).map(Day::On)
}

fn weekday(text: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let found = NAMES.iter().find(|(name, _)| name.starts_with(text));
    found.filter(|_| text.len() >= 3).map(|(_, weekday)| *weekday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn days_are_read_as_people_say_them() {
        // A Saturday.
        let today = date(2026, 11, 28);
        let table = [
            ("today", Some(Day::On(today))),
            ("Tomorrow", Some(Day::On(date(2026, 11, 29)))),
            ("mon", Some(Day::On(date(2026, 11, 30)))),
            ("friday", Some(Day::On(date(2026, 12, 4)))),
            ("saturday", Some(Day::On(date(2026, 12, 5)))),
            ("2026-12-24", Some(Day::On(date(2026, 12, 24)))),
            ("none", Some(Day::Off)),
            ("2026-02-30", None),
            ("24.12.", None),
            ("mo", None),
            ("", None),
        ];
        for (text, wanted) in table {
            assert_eq!(day(text, today), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_weekday_is_within_the_week_to_come(offset in 0i32..4000, at in 0usize..7) {
            let today = date(2020, 1, 1).checked_add(i64::from(offset).days()).unwrap();
            let name = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][at];
            let Some(Day::On(found)) = day(name, today) else { panic!("{name}") };
            prop_assert!(found > today && found <= today.checked_add(7.days()).unwrap());
        }

        #[test]
        fn no_text_breaks_the_reader(text in any::<String>()) {
            let _ = day(&text, date(2026, 11, 28));
        }
    }
}
