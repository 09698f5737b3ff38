//! How far an import has come, on stderr: a bar on a terminal, now and then a line elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::Result;

/// Cells of the bar.
const WIDTH: i64 = 24;

/// Between two lines where nobody sees a bar move.
const QUIET: Duration = Duration::from_secs(10);

pub(super) struct Progress {
    terminal: bool,
    /// When the first turn was seen to be done or awaited, and how many were done then.
    began: Option<(Instant, i64)>,
    told: Option<Instant>,
}

impl Progress {
    pub(super) fn begin() -> Self {
        Progress { terminal: std::io::stderr().is_terminal(), began: None, told: None }
    }

    pub(super) fn listing(&mut self, listed: usize) -> Result<()> {
        self.show(&format!("reading issues: {listed}"))
    }

    pub(super) fn working(&mut self, done: i64, all: i64, waits: Option<&str>) -> Result<()> {
        let (began, first) = *self.began.get_or_insert((Instant::now(), done));
        let line = line(done, all, done - first, began.elapsed(), waits);
        self.show(&line)
    }

    /// A sentence of its own.
    pub(super) fn say(&self, sentence: &str) -> Result<()> {
        let clear = if self.terminal { "\r\x1b[2K" } else { "" };
        Ok(writeln!(std::io::stderr(), "{clear}{sentence}")?)
    }

    pub(super) fn end(&self) -> Result<()> {
        if self.terminal && self.told.is_some() {
            writeln!(std::io::stderr())?;
        }
        Ok(())
    }

    fn show(&mut self, line: &str) -> Result<()> {
        let mut stderr = std::io::stderr();
        if self.terminal {
            self.told = Some(Instant::now());
            write!(stderr, "\r\x1b[2K{line}")?;
            return Ok(stderr.flush()?);
        }
        if self.told.is_none_or(|told| told.elapsed() >= QUIET) {
            self.told = Some(Instant::now());
            writeln!(stderr, "{line}")?;
        }
        Ok(())
    }
}

/// `[======>     ] 120/300  9.8/s  0:18 left`; `since` of the done ones were done in `span`.
fn line(done: i64, all: i64, since: i64, span: Duration, waits: Option<&str>) -> String {
    let filled = usize::try_from((done * WIDTH).checked_div(all).unwrap_or(WIDTH).clamp(0, WIDTH)).unwrap_or(0);
    let bar = format!("{:<width$}", "=".repeat(filled), width = usize::try_from(WIDTH).unwrap_or(0));
    let rate = f64::from(i32::try_from(since).unwrap_or(i32::MAX)) / span.as_secs_f64().max(0.001);
    let left = f64::from(i32::try_from(all - done).unwrap_or(i32::MAX));
    let time = match rate > 0.0 && span >= Duration::from_secs(1) {
        true => {
            let left = Duration::from_secs_f64((left / rate).min(1e9)).as_secs();
            format!("  {rate:.1}/s  {}:{:02} left", left / 60, left % 60)
        }
        false => String::new(),
    };
    let waits = waits.map(|why| format!("  (waits: {})", why.chars().take(60).collect::<String>())).unwrap_or_default();
    format!("[{bar}] {done}/{all}{time}{waits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_tells_rate_and_time_left() {
        let at = |done, since, seconds| line(done, 300, since, Duration::from_secs(seconds), None);
        assert_eq!(at(150, 100, 10), "[============            ] 150/300  10.0/s  0:15 left");
        assert_eq!(at(0, 0, 0), "[                        ] 0/300");
        assert_eq!(at(300, 300, 30), "[========================] 300/300  10.0/s  0:00 left");
        assert_eq!(
            line(0, 0, 0, Duration::ZERO, Some("Trello is down")),
            "[========================] 0/0  (waits: Trello is down)"
        );
    }
}
