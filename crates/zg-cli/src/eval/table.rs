//! Labelled tables: tab-separated, a header row, neither quotes nor escapes; gzipped where the name ends in `.gz`.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, bail};
use flate2::read::MultiGzDecoder;

pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// # Errors
    /// The file cannot be read, or lacks one of the columns.
    pub fn read(path: &Path, columns: &[&str]) -> anyhow::Result<Self> {
        let unreadable = || format!("cannot read {}; check the path", path.display());
        let file = std::fs::File::open(path).with_context(unreadable)?;
        let mut text = String::new();
        if path.extension().is_some_and(|extension| extension == "gz") {
            MultiGzDecoder::new(file).read_to_string(&mut text).with_context(unreadable)?;
        } else {
            std::io::BufReader::new(file).read_to_string(&mut text).with_context(unreadable)?;
        }
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let header: Vec<String> =
            lines.next().unwrap_or_default().split('\t').map(|name| name.trim().to_owned()).collect();
        if let Some(missing) = columns.iter().find(|column| !header.iter().any(|name| name == *column)) {
            bail!("{}: the header row has no column `{missing}`", path.display());
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
