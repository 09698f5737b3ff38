//! Picking what somebody meant out of what there is: by its whole name, by a beginning, by a part, whatever the case.
//! Pure. One that fits and no other is picked; several are shown, and where none fits, the nearest.

/// What was found under a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pick<'a, T> {
    /// This one.
    One(&'a T),
    /// It may be any of these.
    Several(Vec<&'a T>),
    /// None has such a name; these are the nearest, if any is near.
    None(Vec<&'a T>),
}

/// The nearest that are shown.
const NEAREST: usize = 3;

/// Picks among `all` by any of the `names` that each has.
pub(super) fn pick<'a, T>(wanted: &str, all: &'a [T], names: impl Fn(&T) -> Vec<String>) -> Pick<'a, T> {
    let wanted_exactly = wanted.trim().trim_start_matches('@');
    let wanted = normal(wanted_exactly);
    let exactly = |name: &str| name == wanted_exactly;
    let whole = |name: &str| normal(name) == wanted;
    let begins = |name: &str| normal(name).starts_with(&wanted);
    let word_begins = |name: &str| normal(name).contains(&format!(" {wanted}"));
    let holds = |name: &str| normal(name).contains(&wanted);
    let tests: [&dyn Fn(&str) -> bool; 5] = [&exactly, &whole, &begins, &word_begins, &holds];
    for test in tests.into_iter().filter(|_| !wanted.is_empty()) {
        let found: Vec<&T> = all.iter().filter(|one| names(one).iter().any(|name| test(name))).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Pick::One(one),
            _ => return Pick::Several(found),
        }
    }
    Pick::None(nearest(&wanted, all, names))
}

fn nearest<'a, T>(wanted: &str, all: &'a [T], names: impl Fn(&T) -> Vec<String>) -> Vec<&'a T> {
    let farthest = 1 + wanted.chars().count() / 3;
    let distance = |one: &T| names(one).iter().map(|name| distance(wanted, &normal(name))).min().unwrap_or(usize::MAX);
    let mut near: Vec<(usize, &T)> =
        all.iter().map(|one| (distance(one), one)).filter(|(distance, _)| *distance <= farthest).collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().take(NEAREST).map(|(_, one)| one).collect()
}

/// Lower case, single spaces.
pub(super) fn normal(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// How many letters have to be put in, taken out or changed to make one of the other. Long names are compared by their
/// beginnings.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(64).collect(), other.chars().take(64).collect());
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (place, other) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != other);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LISTS: [&str; 5] = ["To do", "Doing", "Done", "Done in May", "Waiting for parts"];

    fn picked(wanted: &str) -> Result<&'static str, (bool, Vec<&'static str>)> {
        match pick(wanted, &LISTS, |name| vec![(*name).to_owned()]) {
            Pick::One(one) => Ok(one),
            Pick::Several(all) => Err((true, all.into_iter().copied().collect())),
            Pick::None(near) => Err((false, near.into_iter().copied().collect())),
        }
    }

    #[test]
    fn names_match_by_case_by_beginning_and_by_part() {
        let table = [
            ("Done", "Done"),
            ("done", "Done"),
            ("TO  DO", "To do"),
            ("doi", "Doing"),
            ("parts", "Waiting for parts"),
            ("may", "Done in May"),
            ("aiting", "Waiting for parts"),
        ];
        for (wanted, list) in table {
            assert_eq!(picked(wanted), Ok(list), "{wanted}");
        }
    }

    #[test]
    fn an_ambiguous_name_gives_the_choices_and_a_wrong_one_the_nearest() {
        assert_eq!(picked("do"), Err((true, vec!["Doing", "Done", "Done in May"])));
        assert_eq!(picked("dome"), Err((false, vec!["Done"])));
        assert_eq!(picked("nowhere"), Err((false, vec![])));
        assert_eq!(picked(""), Err((false, vec![])));
    }

    proptest! {
        #[test]
        fn a_whole_name_picks_what_has_it(at in 0usize..5) {
            prop_assert_eq!(picked(&LISTS[at].to_uppercase()), Ok(LISTS[at]));
        }

        #[test]
        fn distances_are_the_same_both_ways(one in "[a-z]{0,9}", other in "[a-z]{0,9}") {
            prop_assert_eq!(distance(&one, &other), distance(&other, &one));
            prop_assert_eq!(distance(&one, &one), 0);
        }
    }
}
