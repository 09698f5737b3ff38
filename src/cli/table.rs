//! Columns that stand under each other on a terminal.

use std::io::Write;

use anyhow::Result;

/// Rows of cells; the last cell of a row is not filled up.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<Vec<String>>);

impl Table {
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.0.push(cells);
    }

    /// Two blanks between columns, none at the ends of lines. Names from outside cannot break a line.
    pub(super) fn print(&self, out: &mut impl Write) -> Result<()> {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            self.0.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.0 {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            let line: String = cells.join("  ").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let mut table = Table::default();
        table.row(vec!["1".into(), "Büro".into(), "x".into()]);
        table.row(vec!["22".into(), "To do\n".into(), String::new()]);
        let mut out = Vec::new();
        table.print(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "1   Büro    x\n22  To do\n");
    }
}
