//! What an issue's card is called: `[ ISSUE 23 ] title` on the board, `#23 title` where people are told of it.

use std::borrow::Cow;

/// What stands before an issue's title in its card's name.
pub fn prefix(iid: i64) -> String {
    format!("[ ISSUE {iid} ] ")
}

/// The number in a name that starts with `[ ISSUE n ]`.
pub fn issue_number(name: &str) -> Option<i64> {
    parts(name).map(|(number, _)| number)
}

/// A card's name in a sentence: `#23 title` for an issue's card, any other name as it is.
pub fn spoken(name: &str) -> Cow<'_, str> {
    match parts(name) {
        Some((number, title)) => format!("#{number} {}", title.trim()).trim_end().to_owned().into(),
        None => name.into(),
    }
}

fn parts(name: &str) -> Option<(i64, &str)> {
    let rest = name.trim_start().strip_prefix('[')?.trim_start().strip_prefix("ISSUE")?;
    let (number, title) = rest.split_once(']')?;
    number.trim().parse().ok().filter(|number| *number > 0).map(|number| (number, title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_s_card_is_spoken_of_by_number_and_title() {
        assert_eq!(spoken(&format!("{}Boiler [cold]", prefix(23))), "#23 Boiler [cold]");
        assert_eq!(spoken("[ISSUE 23]  Boiler "), "#23 Boiler");
        assert_eq!(spoken("[ ISSUE 23 ]"), "#23");
    }

    #[test]
    fn other_names_are_spoken_as_they_are() {
        for name in ["Boiler", "", "[ ISSUE x ] Boiler", "[ ISSUE 0 ] Boiler", "[ ISSUE 23 Boiler", "see [ ISSUE 23 ]"]
        {
            assert_eq!((spoken(name).as_ref(), issue_number(name)), (name, None));
        }
    }
}
