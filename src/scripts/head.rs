//! What a script says of itself: lines `kanbridge: …` among its first twenty, in a comment of whatever language.

/// Lines that are looked at.
const LINES: usize = 20;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// `kanbridge: overlap`: its runs may overlap.
    pub(super) overlap: bool,
    /// `kanbridge: hears createCard,updateCard:idList`: the kinds of activity that it hears;
    /// `changes`: those that the bridge makes itself.
    pub(super) hears: Vec<String>,
    /// `kanbridge: help …`: what it is for, in a line.
    pub(super) help: Option<String>,
}

impl Head {
    pub(super) fn read(text: &str) -> Self {
        let mut head = Head::default();
        for line in text.lines().take(LINES) {
            if let Some((before, said)) = line.split_once("kanbridge:")
                && before.chars().all(|c| c.is_ascii_punctuation() || c.is_whitespace())
            {
                head.take(said.trim());
            }
        }
        head
    }

    fn take(&mut self, said: &str) {
        let (word, rest) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
        let kinds = rest.split([',', ' ', '\t']).map(str::trim).filter(|kind| !kind.is_empty());
        match word {
            "overlap" => self.overlap = true,
            "hears" => self.hears.extend(kinds.map(str::to_owned)),
            "help" => self.help = Some(rest.trim().to_owned()).filter(|help| !help.is_empty()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_says_in_comments_of_any_language_what_it_wants() {
        let text = "#!/bin/sh\n# kanbridge: overlap\n// kanbridge: hears createCard, updateCard:idList\n-- kanbridge: help The weather.\n";
        let hears = vec!["createCard".to_owned(), "updateCard:idList".to_owned()];
        assert_eq!(Head::read(text), Head { overlap: true, hears, help: Some("The weather.".to_owned()) });
    }

    #[test]
    fn what_is_not_a_comment_or_stands_further_down_says_nothing() {
        assert_eq!(Head::read("print('kanbridge: overlap')\n"), Head::default());
        assert_eq!(Head::read(&("\n".repeat(20) + "# kanbridge: overlap")), Head::default());
    }
}
