//! Sessions of clicks, read from a table `SessionId ItemId Time` row by row.
//!
//! A row that cannot be believed is an error of that row alone; what is left is sessions in ascending time.

use std::collections::HashMap;

use crate::MAX_SESSION;
use crate::names::{MAX_NAME, Names};

/// The most rows that are kept.
pub const MAX_CLICKS: usize = 100_000_000;

/// The latest second that is believed: the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// Why a row was not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The first row does not name the columns. Write `SessionId`, `ItemId` and `Time`, separated by tabs.
    #[error("the header has no column {0:?}; it names SessionId, ItemId and Time, separated by tabs")]
    Header(&'static str),
    /// A row has fewer cells than the header needs.
    #[error("the row has {found} cells and {needed} are needed, separated by tabs; it was skipped")]
    Cells { found: usize, needed: usize },
    /// A session or an item without a name, or with a very long one.
    #[error("{column} is empty or longer than {MAX_NAME} bytes; the row was skipped")]
    Name { column: &'static str },
    /// The time is no number of seconds since 1970.
    #[error("Time {0:?} is no number of seconds since 1970; the row was skipped")]
    Time(String),
    /// There is no room for more.
    #[error(
        "the log has more than {MAX_CLICKS} rows or too many items; the row was skipped, cut the log to its newest part"
    )]
    Full,
}

struct Click {
    session: u32,
    item: u32,
    time: f64,
}

/// Takes rows, gives [`Sessions`].
pub struct Reader {
    columns: [usize; 3],
    sessions: Names,
    items: Names,
    clicks: Vec<Click>,
}

impl Reader {
    /// Begins with the header row.
    ///
    /// # Errors
    /// [`RowError::Header`].
    pub fn new(header: &str) -> Result<Self, RowError> {
        let names: Vec<String> = cells(header.trim_start_matches('\u{feff}'))
            .map(|name| name.trim().replace('_', "").to_ascii_lowercase())
            .collect();
        let column = |name: &'static str| {
            names.iter().position(|other| *other == name.to_ascii_lowercase()).ok_or(RowError::Header(name))
        };
        let columns = [column("SessionId")?, column("ItemId")?, column("Time")?];
        Ok(Self { columns, sessions: Names::default(), items: Names::default(), clicks: Vec::new() })
    }

    /// Begins with the items of an index, so that they keep their numbers.
    ///
    /// # Errors
    /// [`RowError::Header`].
    pub fn over(header: &str, items: Names) -> Result<Self, RowError> {
        Ok(Self { items, ..Self::new(header)? })
    }

    /// Takes a row; empty ones are nothing.
    ///
    /// # Errors
    /// Why it was left out.
    pub fn row(&mut self, row: &str) -> Result<(), RowError> {
        let row = row.trim_end_matches(['\r', '\n']);
        if row.trim().is_empty() {
            return Ok(());
        }
        let needed = self.columns.iter().max().map_or(0, |most| most + 1);
        let found: Vec<&str> = cells(row).take(needed.max(64)).collect();
        let cell = |at: usize| found.get(self.columns[at]).map(|cell| cell.trim());
        let (Some(session), Some(item), Some(time)) = (cell(0), cell(1), cell(2)) else {
            return Err(RowError::Cells { found: found.len(), needed });
        };
        for (column, name) in [("SessionId", session), ("ItemId", item)] {
            if name.is_empty() || name.len() > MAX_NAME {
                return Err(RowError::Name { column });
            }
        }
        let seconds = time.parse::<f64>().ok().filter(|seconds| (0.0..=LAST_SECOND).contains(seconds));
        let Some(time) = seconds else {
            return Err(RowError::Time(time.chars().take(32).collect()));
        };
        if self.clicks.len() >= MAX_CLICKS {
            return Err(RowError::Full);
        }
        let session = self.sessions.add(session).ok_or(RowError::Full)?;
        let item = self.items.add(item).ok_or(RowError::Full)?;
        self.clicks.push(Click { session, item, time });
        Ok(())
    }

    /// The sessions, in ascending time of their last click, and what was left out.
    #[must_use]
    pub fn finish(self) -> Sessions {
        let Self { sessions: names, items, mut clicks, .. } = self;
        // Stable: clicks of one second stay as the log has them.
        clicks.sort_by(|a, b| a.session.cmp(&b.session).then(a.time.total_cmp(&b.time)));
        let mut all: Vec<Session> = Vec::with_capacity(names.len());
        let (mut duplicates, mut robots) = (0, 0);
        let mut seen: HashMap<u32, f64> = HashMap::new();
        for run in clicks.chunk_by(|a, b| a.session == b.session) {
            seen.clear();
            let mut session = Session { first: run[0].time, last: run[0].time, items: Vec::with_capacity(run.len()) };
            for click in run {
                // An event that was delivered twice is one event.
                if seen.insert(click.item, click.time) == Some(click.time) {
                    duplicates += 1;
                    continue;
                }
                session.last = click.time;
                session.items.push(click.item);
            }
            if session.items.len() > MAX_SESSION {
                robots += 1;
            } else {
                all.push(session);
            }
        }
        all.sort_by(|a, b| a.last.total_cmp(&b.last));
        Sessions { items, all, duplicates, robots }
    }
}

/// Cells of a row: by tabs, or by white space where there is no tab.
fn cells(row: &str) -> Box<dyn Iterator<Item = &str> + '_> {
    if row.contains('\t') { Box::new(row.split('\t')) } else { Box::new(row.split_whitespace()) }
}

/// One visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Seconds since 1970 of its first and last click.
    pub first: f64,
    pub last: f64,
    /// In the order of the clicks, repeats and all.
    pub items: Vec<u32>,
}

/// What a log holds.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    pub items: Names,
    /// In ascending time of the last click.
    pub all: Vec<Session>,
    /// Rows that repeat another one: same session, item and time.
    pub duplicates: usize,
    /// Sessions with more than [`MAX_SESSION`] clicks, which were left out.
    pub robots: usize,
}
