//! What somebody probably meant.

/// The name that takes the fewest edits to come to from `word`, whatever its case.
pub(super) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> &'a str {
    let word = word.to_lowercase();
    names.min_by_key(|name| distance(&word, &name.to_lowercase())).unwrap_or_default()
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        let names = || ["createCard", "createList", "commentCard"].into_iter();
        assert_eq!(nearest("createcards", names()), "createCard");
        assert_eq!(nearest("commentsCard", names()), "commentCard");
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }
}
