//! Labelled tables: tab-separated, a header row, neither quotes nor escapes.

use std::path::Path;

use anyhow::{Context, bail};

pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// # Errors
    /// The file cannot be read, or has no column `text`.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let header: Vec<String> =
            lines.next().unwrap_or_default().split('\t').map(|name| name.trim().to_owned()).collect();
        if !header.iter().any(|name| name == "text") {
            bail!("{}: the header row has no column `text`", path.display());
        }
        let rows =
            lines.filter(|line| !line.is_empty()).map(|line| line.split('\t').map(str::to_owned).collect()).collect();
        Ok(Self { header, rows })
    }

    pub fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|column| column == name))
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { cells })
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }
}

pub struct Row<'t> {
    cells: &'t [String],
}

impl<'t> Row<'t> {
    pub fn get(&self, column: Option<usize>) -> &'t str {
        column.and_then(|column| self.cells.get(column)).map_or("", |cell| cell.trim())
    }
}

/// Rounded to four decimals.
pub fn figure(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

pub fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { figure(part as f64 / whole as f64) }
}
