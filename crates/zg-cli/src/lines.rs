//! JSON lines: read one, write one, keep going.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zg_proto::cli::LineError;

/// The longest line that is looked at, in bytes.
const MAX_LINE: usize = 4 << 20;

/// Reads stdin line by line and writes what `answer` makes of each to stdout. Gives whether every line could be read.
///
/// # Errors
/// Only for stdin and stdout themselves.
pub fn each<I: DeserializeOwned, O: Serialize>(answer: impl FnMut(I) -> Option<O>) -> anyhow::Result<bool> {
    each_of(&mut std::io::stdin().lock(), answer)
}

/// [`each`] for lines from elsewhere.
pub fn each_of<I: DeserializeOwned, O: Serialize>(
    input: &mut impl BufRead,
    mut answer: impl FnMut(I) -> Option<O>,
) -> anyhow::Result<bool> {
    try_each_of(input, |line| Ok(answer(line)))
}

/// [`each_of`] where a line that can be read may still ask for what cannot be had.
pub fn try_each_of<I: DeserializeOwned, O: Serialize>(
    input: &mut impl BufRead,
    mut answer: impl FnMut(I) -> Result<Option<O>, String>,
) -> anyhow::Result<bool> {
    let mut output = std::io::stdout().lock();
    let mut buffer = Vec::new();
    let mut all_read = true;
    let mut line: u64 = 0;
    loop {
        buffer.clear();
        if input.read_until(b'\n', &mut buffer)? == 0 {
            return Ok(all_read);
        }
        line += 1;
        match parse::<I>(&buffer).and_then(|read| read.map_or(Ok(None), &mut answer)) {
            Ok(None) => {}
            Ok(Some(written)) => write(&mut output, &written)?,
            Err(error) => {
                all_read = false;
                write(&mut output, &LineError { line, error })?;
            }
        }
    }
}

/// Every line of a file; the first that cannot be read is an error that names it.
///
/// # Errors
/// The file, or a line of it, cannot be read.
pub fn of_file<I: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<I>> {
    let unreadable = || format!("cannot read {}; check the path", path.display());
    let mut input = BufReader::new(File::open(path).with_context(unreadable)?);
    let mut buffer = Vec::new();
    let mut read = Vec::new();
    for line in 1_u64.. {
        buffer.clear();
        // One byte more than is looked at, so that a longer line is known for one.
        if input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut buffer).with_context(unreadable)? == 0 {
            break;
        }
        let parsed = parse(&buffer).map_err(|error| anyhow::anyhow!("{}:{line}: {error}", path.display()))?;
        read.extend(parsed);
    }
    Ok(read)
}

fn parse<I: DeserializeOwned>(buffer: &[u8]) -> Result<Option<I>, String> {
    if buffer.len() > MAX_LINE {
        return Err(format!("the line has {} bytes; {MAX_LINE} is the most", buffer.len()));
    }
    let text = std::str::from_utf8(buffer).map_err(|error| format!("not UTF-8: {error}"))?.trim();
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text).map(Some).map_err(|error| error.to_string())
}

/// Writes a line and sends it on at once: the reader may be a program that waits for it.
pub fn write(output: &mut impl Write, value: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *output, value)?;
    output.write_all(b"\n")?;
    output.flush()?;
    Ok(())
}

/// Whether the reader of our output went away, which is its right (`| head`).
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|error| error.io_error_kind() == Some(std::io::ErrorKind::BrokenPipe))
    })
}
