//! GitLab has written times in at least seven ways over the years: RFC 3339 with and without
//! milliseconds and with an offset, `2015-05-17 17:06:40 UTC`, `2019-06-13 16:36:52 +0200`,
//! `2014-08-18 18:45:16Z`, and a bare date.

use crate::model::Version;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Reads any of GitLab's times, with the grain in which it was written. `None`: not a time.
pub fn parse(text: &str) -> Option<Version> {
    let mut parts = text.split_whitespace();
    let date = parts.next()?;
    let moment = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) if date.len() == 10 => format!("{date}T00:00:00Z"),
        (None, ..) => date.to_owned(),
        (Some(time), None, _) => format!("{date}T{time}"),
        (Some(time), Some("UTC"), None) => format!("{date}T{time}Z"),
        (Some(time), Some(offset), None) => format!("{date}T{time}{offset}"),
        _ => return None,
    };
    let at: jiff::Timestamp = moment.parse().ok()?;
    let step = if date.len() == 10 && !text.contains(':') { DAY } else { step(&moment) };
    Some(Version { at: at.as_microsecond(), step })
}

/// The grain of a time: by the number of digits behind the second's point.
fn step(moment: &str) -> i64 {
    let digits = moment.split_once('.').map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
    (0..digits.min(6)).fold(SECOND, |step, _| step / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_seven_forms_are_read() {
        let second = |at: i64| Some(Version { at: at * SECOND, step: SECOND });
        assert_eq!(parse("2013-12-03T17:15:43Z"), second(1_386_090_943));
        assert_eq!(parse("2015-05-17 17:06:40 UTC"), second(1_431_882_400));
        assert_eq!(parse("2019-06-13 16:36:52 +0200"), second(1_560_436_612));
        assert_eq!(parse("2012-01-03T23:36:29+02:00"), second(1_325_626_589));
        assert_eq!(parse("2014-08-18 18:45:16Z"), second(1_408_387_516));
        assert_eq!(parse("2026-05-28T06:14:44.830Z"), Some(Version { at: 1_779_948_884_830_000, step: 1_000 }));
        assert_eq!(parse("2016-08-01"), Some(Version { at: 1_470_009_600 * SECOND, step: DAY }));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "soon", "2016-13-01", "2015-05-17 17:06:40 UTC extra", "12"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
