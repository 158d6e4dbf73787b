//! A log of clicks, row by row, however long: gzip or not, from a file or from stdin.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};
use flate2::bufread::MultiGzDecoder;
use zg_proto::cli::LineError;
use zg_recommend::Names;
use zg_recommend::log::{Reader, Sessions};

use crate::lines;

/// The longest row that is looked at, in bytes.
const MAX_ROW: usize = 64 << 10;

/// The sessions of a log, and how many of its rows were left out; each of those has been told on stdout.
///
/// # Errors
/// The log cannot be read, or its first row does not name the columns.
pub fn read(path: &Path, items: Option<Names>) -> anyhow::Result<(Sessions, u64)> {
    let unreadable = || format!("cannot read {}; check the path", path.display());
    let mut input = open(path).with_context(unreadable)?;
    let mut row = Vec::new();
    let mut output = std::io::stdout().lock();
    if next(&mut input, &mut row).with_context(unreadable)?.is_none() {
        bail!("{} is empty; line 1 names the columns SessionId, ItemId and Time, separated by tabs", path.display());
    }
    let header = String::from_utf8_lossy(&row);
    let reader = match items {
        Some(items) => Reader::over(&header, items),
        None => Reader::new(&header),
    };
    let mut reader = reader.with_context(|| format!("{}:1", path.display()))?;
    let mut skipped = 0;
    let mut line = 1_u64;
    while let Some(length) = next(&mut input, &mut row).with_context(unreadable)? {
        line += 1;
        let taken = match std::str::from_utf8(&row) {
            _ if length > MAX_ROW => {
                Err(format!("the row has {length} bytes and {MAX_ROW} is the most; it was skipped"))
            }
            Err(_) => Err("the row is not UTF-8; it was skipped".to_owned()),
            Ok(row) => reader.row(row).map_err(|error| error.to_string()),
        };
        if let Err(error) = taken {
            skipped += 1;
            lines::write(&mut output, &LineError { line, error })?;
        }
    }
    Ok((reader.finish(), skipped))
}

fn open(path: &Path) -> std::io::Result<Box<dyn BufRead>> {
    let mut input: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        Box::new(BufReader::with_capacity(1 << 16, File::open(path)?))
    };
    if input.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        input = Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(input)));
    }
    Ok(input)
}

/// Puts the next row into `row`, the first [`MAX_ROW`] bytes of it, and gives its length; `None` at the end.
fn next(input: &mut impl BufRead, row: &mut Vec<u8>) -> std::io::Result<Option<usize>> {
    row.clear();
    let mut length = input.by_ref().take(MAX_ROW as u64 + 1).read_until(b'\n', row)?;
    if length == 0 {
        return Ok(None);
    }
    // The rest of a row that is too long is passed over, not kept.
    while length > MAX_ROW && row.last() != Some(&b'\n') {
        let rest = input.fill_buf()?;
        if rest.is_empty() {
            break;
        }
        let end = rest.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
        let n = end.unwrap_or(rest.len());
        length += n;
        input.consume(n);
        if end.is_some() {
            break;
        }
    }
    Ok(Some(length))
}
