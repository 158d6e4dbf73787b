//! Spreadsheets: every sheet whose first row names `question` and `answer`.
//!
//! The file is unpacked once before the reader sees it, to know how large it really is.
//! Cells are read one after another: a sheet as a rectangle may have seventeen thousand million of them.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, Xlsx};

use super::{Entry, Severity, Sources, fields};

/// All members of the file together, unpacked.
const MAX_INFLATED: u64 = 64 << 20;
const MAX_MEMBERS: usize = 4_096;
const MAX_COLUMNS: u32 = 256;
/// How many texts a workbook may announce; the reader reserves room for as many before it has seen one.
const MAX_ANNOUNCED: usize = 4 << 20;

pub(super) fn read(file: &str, bytes: &[u8], sources: &mut Sources) {
    if let Err(message) = check(bytes) {
        sources.find(file, 0, "xlsx", Severity::Error, message);
        return;
    }
    // The reader indexes and slices what a file says about itself; a panic of its own costs this file alone.
    let sheets = catch_unwind(AssertUnwindSafe(|| sheets(bytes)));
    let (sheets, problems) = match sheets {
        Ok(Ok(read)) => read,
        Ok(Err(error)) => {
            sources.find(file, 0, "xlsx", Severity::Error, error);
            return;
        }
        Err(_) => {
            sources.find(file, 0, "xlsx", Severity::Error, "the file is damaged; save it anew");
            return;
        }
    };
    for problem in problems {
        sources.find(file, 0, "xlsx", Severity::Error, problem);
    }
    let mut found = false;
    for (name, rows) in sheets {
        found |= read_sheet(file, &name, &rows, sources);
    }
    if !found {
        let message = "no sheet has a first row that names the columns question and answer";
        sources.find(file, 0, "xlsx", Severity::Error, message);
    }
}

/// A row's number and its cells by column.
type Row = (u64, Vec<(u32, String)>);

fn read_sheet(file: &str, sheet: &str, rows: &[Row], sources: &mut Sources) -> bool {
    let Some(((header_line, header), rows)) = rows.split_first() else { return false };
    if !fields::is_header(header.iter().map(|(_, name)| name.as_str())) {
        return false;
    }
    for (line, cells) in rows {
        let mut entry = Entry { file: file.to_owned(), line: *line, ..Entry::default() };
        let before = sources.findings.len();
        for (column, value) in cells {
            let Some((_, name)) = header.iter().find(|(at, _)| at == column) else {
                let message = format!("a value {} rows below the header, under no name", line - header_line);
                sources.find(file, *line, "unknown-field", Severity::Warning, message);
                continue;
            };
            let name = fields::canonical(name).unwrap_or(name.trim());
            sources.set(&mut entry, *line, name, &fields::cell(name, value));
        }
        sources.push(entry);
        for finding in &mut sources.findings[before..] {
            finding.message = format!("sheet {sheet:?}: {}", finding.message);
        }
    }
    true
}

/// Rows with something in them, sheet by sheet, and sheets that could not be read.
#[expect(clippy::type_complexity, reason = "two lists that one caller takes apart at once")]
fn sheets(bytes: &[u8]) -> Result<(Vec<(String, Vec<Row>)>, Vec<String>), String> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let (mut sheets, mut problems) = (Vec::new(), Vec::new());
    // Many sheets may name the same member, which is then unpacked each time; the budget is for all of them.
    let mut budget = usize::try_from(MAX_INFLATED).unwrap_or(usize::MAX);
    for name in workbook.sheet_names() {
        let mut rows: Vec<Row> = Vec::new();
        let mut read = || -> Result<(), String> {
            let mut cells = workbook.worksheet_cells_reader(&name).map_err(|error| error.to_string())?;
            while let Some(cell) = cells.next_cell().map_err(|error| error.to_string())? {
                let (row, column) = cell.get_position();
                budget = budget.checked_sub(16).ok_or("the workbook has too many cells")?;
                let value = text(cell.get_value());
                if column >= MAX_COLUMNS || value.trim().is_empty() {
                    continue;
                }
                budget = budget.checked_sub(value.len() + 32).ok_or("the workbook has too much text")?;
                let line = u64::from(row) + 1;
                match rows.last_mut() {
                    Some((last, cells)) if *last == line => cells.push((column, value)),
                    _ => rows.push((line, vec![(column, value)])),
                }
            }
            Ok(())
        };
        // What was read before a sheet breaks off is kept.
        if let Err(problem) = read() {
            problems.push(format!("sheet {name:?}: {problem}"));
        }
        sheets.push((name, rows));
    }
    Ok((sheets, problems))
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(duration) => duration.as_f64().to_string(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::Int(value) => value.to_string(),
        DataRef::Float(value) => value.to_string(),
        DataRef::String(value) | DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => value.clone(),
        DataRef::SharedString(value) => (*value).to_owned(),
    }
}

/// Unpacks every member, keeps none, and refuses what the reader could not take.
fn check(bytes: &[u8]) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| format!("not a workbook, or one that was cut short: {error}"))?;
    if archive.len() > MAX_MEMBERS {
        return Err(format!("{} members in the file; {MAX_MEMBERS} is the most", archive.len()));
    }
    let mut left = MAX_INFLATED;
    for at in 0..archive.len() {
        let member = archive.by_index(at).map_err(|error| format!("damaged or encrypted: {error}"))?;
        let mut content = Vec::new();
        member.take(left + 1).read_to_end(&mut content).map_err(|error| format!("damaged: {error}"))?;
        left = left
            .checked_sub(content.len() as u64)
            .ok_or_else(|| format!("more than {} MiB when unpacked", MAX_INFLATED >> 20))?;
        check_member(&content)?;
    }
    Ok(())
}

/// A list of shared texts announces how many it has, and the reader believes it: a number made up would take all memory,
/// which ends the process and cannot be caught. The number is looked for in the bytes, hence UTF-8 only.
fn check_member(content: &[u8]) -> Result<(), String> {
    let is_wide = matches!(content, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..]);
    let head = &content[..content.len().min(256)];
    let declared = head.windows(9).position(|window| window == b"encoding=").map(|at| &head[at + 9..]);
    let is_utf8 = declared.is_none_or(|label| {
        let label: Vec<u8> = label.iter().skip(1).take(5).map(u8::to_ascii_lowercase).collect();
        label == b"utf-8" || label == b"utf8\"" || label == b"us-as"
    });
    if is_wide || (find(head, b"<?xml").is_some() && !is_utf8) {
        return Err("a member of the file is not UTF-8; save it anew".to_owned());
    }
    let mut rest = content;
    while let Some(at) = find(rest, b"uniqueCount") {
        rest = &rest[at + b"uniqueCount".len()..];
        let digits: Vec<u8> = rest
            .iter()
            .skip_while(|byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'"' | b'\'' | b'+'))
            .take_while(|byte| byte.is_ascii_digit())
            .copied()
            .collect();
        let announced = String::from_utf8_lossy(&digits).parse::<usize>();
        if !digits.is_empty() && !announced.is_ok_and(|announced| announced <= MAX_ANNOUNCED) {
            return Err("the workbook announces more texts than it can hold".to_owned());
        }
    }
    Ok(())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = haystack[from..].iter().position(|byte| *byte == needle[0]) {
        if haystack[from + at..].starts_with(needle) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}
