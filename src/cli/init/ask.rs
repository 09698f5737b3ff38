//! Questions on a terminal, line by line. Every question has a flag as well: what the flag says is taken without asking,
//! and without a terminal a missing answer is an error that names its flag.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, Result, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Choices that are listed at once.
const MOST_LISTED: usize = 30;

/// Something to be asked.
#[derive(Debug, Default)]
pub(super) struct Question<'a> {
    /// The flag that answers it, `--board`.
    pub(super) flag: &'a str,
    /// In words, without a mark at the end.
    pub(super) ask: &'a str,
    /// What the flag says.
    pub(super) given: Option<String>,
    /// What Enter means; an empty text: it may be left out.
    pub(super) default: Option<String>,
    /// Neither echoed nor shown as a default.
    pub(super) secret: bool,
}

/// One of several things to choose from.
#[derive(Debug)]
pub(super) struct Choice<T> {
    /// As it is listed.
    pub(super) label: String,
    /// What it may be called as well: ids, URLs.
    pub(super) names: Vec<String>,
    /// Why it cannot be chosen; such a thing is not listed, and whoever names it is told.
    pub(super) refusal: Option<String>,
    /// The thing.
    pub(super) value: T,
}

impl<T> Choice<T> {
    fn is_called(&self, name: &str) -> bool {
        self.label.eq_ignore_ascii_case(name) || self.names.iter().any(|other| other.eq_ignore_ascii_case(name))
    }
}

/// Asks.
#[derive(Debug)]
pub(super) struct Asker {
    asks: bool,
    terminal: Option<Termios>,
}

impl Asker {
    /// With `silent`, or without a terminal, nothing is asked.
    pub(super) fn new(silent: bool) -> Self {
        let asks = !silent && io::stdin().is_terminal() && io::stderr().is_terminal();
        let terminal = asks.then(|| tcgetattr(io::stdin()).ok()).flatten();
        if let Some(terminal) = terminal.clone() {
            tokio::spawn(restore_when_interrupted(terminal));
        }
        Asker { asks, terminal }
    }

    /// Whether a wrong answer can be given again.
    pub(super) fn asks(&self) -> bool {
        self.asks
    }

    /// Says something to the person.
    pub(super) fn say(&self, text: &str) -> Result<()> {
        writeln!(io::stderr(), "{text}").context("the terminal cannot be written to")
    }

    /// Says what a question is for; of no use where none is asked.
    pub(super) fn explain(&self, text: &str) -> Result<()> {
        if self.asks { self.say(text) } else { Ok(()) }
    }

    /// Asks until `check` takes the answer.
    pub(super) async fn text<T>(
        &self,
        question: Question<'_>,
        check: impl AsyncFn(&str) -> Result<T, String>,
    ) -> Result<T> {
        let Question { flag, default, .. } = &question;
        let first = question.given.clone().or_else(|| default.clone().filter(|_| !self.asks));
        if let Some(answer) = first {
            match check(answer.trim()).await {
                Ok(value) => return Ok(value),
                Err(wrong) if !self.asks => bail!("{flag}: {wrong}"),
                Err(wrong) => self.say(&format!("  ✗ {wrong}"))?,
            }
        }
        if !self.asks {
            bail!("{flag} is missing ({}), and there is no terminal to ask on", question.ask);
        }
        loop {
            let line = self.line(&question)?;
            let answer = match (line.trim(), default) {
                ("", Some(default)) => default.as_str(),
                ("", None) => continue,
                (answer, _) => answer,
            };
            match check(answer).await {
                Ok(value) => return Ok(value),
                Err(wrong) => self.say(&format!("  ✗ {wrong}"))?,
            }
        }
    }

    /// Has one of several things chosen: by its number, by a name, or by a part of its label that only it has.
    pub(super) async fn choose<T>(&self, question: Question<'_>, mut choices: Vec<Choice<T>>) -> Result<T> {
        let open: Vec<&Choice<T>> = choices.iter().filter(|choice| choice.refusal.is_none()).collect();
        if self.asks && question.given.is_none() {
            for (number, choice) in open.iter().enumerate().take(MOST_LISTED) {
                self.say(&format!("  {:>3}  {}", number + 1, choice.label))?;
            }
            if open.len() > MOST_LISTED {
                self.say(&format!("       … and {} more: type a part of the name", open.len() - MOST_LISTED))?;
            }
        }
        let only = (open.len() == 1).then(|| open[0].label.clone());
        // Shown by its label, unless another has the same.
        let shown = |choice: &&Choice<T>| {
            let twins = open.iter().filter(|other| other.label == choice.label).count();
            if twins == 1 { Some(choice.label.clone()) } else { choice.names.first().cloned() }
        };
        let named = question.default.as_ref().and_then(|name| open.iter().find(|choice| choice.is_called(name)));
        let default = named.and_then(shown).or(only);
        let question = Question { default, ..question };
        let at = self.text(question, async |answer| find(&choices, answer)).await?;
        Ok(choices.swap_remove(at).value)
    }

    /// Asks for a yes or a no.
    pub(super) async fn agrees(&self, flag: &str, ask: &str, given: Option<bool>, default: bool) -> Result<bool> {
        let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let given = given.map(word);
        let question = Question { flag, ask, given, default: Some(word(default)), secret: false };
        self.text(question, async |answer| match answer.to_lowercase().as_str() {
            "y" | "yes" => Ok(true),
            "n" | "no" => Ok(false),
            _ => Err("answer yes or no".to_owned()),
        })
        .await
    }

    fn line(&self, question: &Question<'_>) -> Result<String> {
        let hint = match (question.default.as_deref(), question.secret) {
            (None, false) => String::new(),
            (None, true) => " (not shown)".to_owned(),
            (Some(""), false) => " (Enter leaves it out)".to_owned(),
            (Some(""), true) => " (not shown; Enter leaves it out)".to_owned(),
            (Some(_), true) => " (not shown; Enter keeps the present one)".to_owned(),
            (Some(default), false) => format!(" [{default}]"),
        };
        // Before the question is seen: whoever pastes the answer at once must not see it either.
        let hidden = self.terminal.as_ref().filter(|_| question.secret).map(Hidden::new).transpose()?;
        write!(io::stderr(), "{}{hint}: ", question.ask)?;
        io::stderr().flush()?;
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        if hidden.is_some() {
            self.say("")?;
        }
        drop(hidden);
        match read.context("the terminal cannot be read")? {
            0 => bail!("the input ended before everything was answered; nothing was changed after the last question"),
            _ => Ok(line),
        }
    }
}

/// No echo, as long as it lives.
struct Hidden<'a>(&'a Termios);

impl<'a> Hidden<'a> {
    fn new(terminal: &'a Termios) -> Result<Self> {
        let mut hidden = terminal.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden).context("the terminal cannot be made silent")?;
        Ok(Hidden(terminal))
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // There is no more to be done for a terminal that is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, self.0);
    }
}

/// Ctrl-C at a hidden question must not leave a terminal without echo behind.
async fn restore_when_interrupted(terminal: Termios) {
    if tokio::signal::ctrl_c().await.is_ok() {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &terminal);
        // 128 + SIGINT, as shells count.
        std::process::exit(130);
    }
}

/// The place of what `answer` names, or what is wrong with it.
fn find<T>(choices: &[Choice<T>], answer: &str) -> Result<usize, String> {
    let named = |choice: &Choice<T>| choice.is_called(answer);
    let open = || choices.iter().enumerate().filter(|(_, choice)| choice.refusal.is_none());
    let exact: Vec<usize> = open().filter(|(_, choice)| named(choice)).map(|(at, _)| at).collect();
    match exact.as_slice() {
        [only] => return Ok(*only),
        [_, _, ..] => return Err(format!("{} are called `{answer}`; name one by its id or URL", exact.len())),
        [] => {}
    }
    if let Some(refusal) = choices.iter().find(|choice| named(choice)).and_then(|choice| choice.refusal.clone()) {
        return Err(refusal);
    }
    if let Some((at, _)) = answer.parse::<usize>().ok().and_then(|number| open().nth(number.checked_sub(1)?)) {
        return Ok(at);
    }
    let part = answer.to_lowercase();
    let near: Vec<(usize, &str)> = open()
        .filter(|(_, choice)| choice.label.to_lowercase().contains(&part))
        .map(|(at, choice)| (at, choice.label.as_str()))
        .collect();
    let labels = |list: &[(usize, &str)]| list.iter().take(10).map(|(_, label)| *label).collect::<Vec<_>>().join(", ");
    match near.as_slice() {
        [(at, _)] => Ok(*at),
        [] => {
            let all: Vec<(usize, &str)> = open().map(|(at, choice)| (at, choice.label.as_str())).collect();
            Err(format!("there is no `{answer}`; there is: {}", labels(&all)))
        }
        several => Err(format!("`{answer}` may be any of: {}", labels(several))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(label: &str, id: &str, refusal: Option<&str>) -> Choice<()> {
        let refusal = refusal.map(str::to_owned);
        Choice { label: label.to_owned(), names: vec![id.to_owned()], refusal, value: () }
    }

    #[test]
    fn a_thing_is_chosen_by_number_name_or_a_part_of_its_label() {
        let choices = [
            choice("Old", "c3", Some("Old is closed")),
            choice("Heating", "a1", None),
            choice("Heating (2)", "b2", None),
            choice("Garden", "d4", None),
        ];
        for (answer, at) in [("heating", 1), ("b2", 2), ("1", 1), ("3", 3), ("gard", 3), ("(2)", 2)] {
            assert_eq!(find(&choices, answer), Ok(at), "{answer}");
        }
        assert_eq!(find(&choices, "c3"), Err("Old is closed".to_owned()));
        for (answer, told) in
            [("heat", "may be any of: Heating, Heating (2)"), ("9", "there is no `9`"), ("0", "no `0`")]
        {
            let wrong = find(&choices, answer).unwrap_err();
            assert!(wrong.contains(told), "{wrong}");
        }
        let twice = [choice("Heating", "a1", None), choice("Heating", "b2", None)];
        assert!(find(&twice, "Heating").unwrap_err().contains("by its id"));
    }
}
