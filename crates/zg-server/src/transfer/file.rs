//! The file of a backup: `ZGBACKUP`, a version, the rows packed by gzip, and the SHA-256 of all before it.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use zg_domain::Timestamp;

use super::{
    Count, Item, Items, MAX_COLUMNS, MAX_ROW_BYTES, MAX_TABLES, Outlet, Summary, TransferError, Value, check_name,
    gone, io,
};

const MAGIC: &[u8; 8] = b"ZGBACKUP";
const VERSION: u32 = 1;
const SUM_BYTES: u64 = 32;

const EPOCH: u8 = 1;
const TABLE: u8 = 2;
const ROW: u8 = 3;
const END: u8 = 4;

/// Sums up what goes through it.
struct Summing<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.hash.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

pub(super) async fn write(path: PathBuf, items: Items, now: Timestamp) -> Result<Summary, TransferError> {
    tokio::task::spawn_blocking(move || write_new(&path, items, now))
        .await
        .map_err(|_| TransferError::Damaged("the writer panicked".to_owned()))?
}

fn write_new(path: &Path, items: Items, now: Timestamp) -> Result<Summary, TransferError> {
    if path.exists() {
        return Err(TransferError::Exists(path.display().to_string()));
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = write_part(&part, items, now).and_then(|summary| {
        // Read back from the disk, as a restoration would.
        let mut read = Summary::default();
        scan(&part, |item| {
            match item {
                Scanned::Epoch(epoch) => read.epoch = epoch,
                Scanned::Table(name, _) => read.table(&name),
                Scanned::Row(table, columns, values) => read.row(table, columns, &values),
            }
            Ok(())
        })?;
        summary.check(&read)?;
        put_in_place(&part, path)?;
        sync_folder(path)?;
        Ok(summary)
    });
    let _ = std::fs::remove_file(&part);
    written
}

/// Gives a finished file its name, and replaces none that came meanwhile.
pub(super) fn put_in_place(part: &Path, path: &Path) -> Result<(), TransferError> {
    match std::fs::hard_link(part, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(TransferError::Exists(path.display().to_string()))
        }
        // Some file systems have no links.
        Err(_) => std::fs::rename(part, path).map_err(io(path)),
    }
}

/// A name is on the disk once its folder is.
pub(super) fn sync_folder(path: &Path) -> Result<(), TransferError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(folder))
}

fn write_part(part: &Path, mut items: Items, now: Timestamp) -> Result<Summary, TransferError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // Conversations are nobody's business but the shop's.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(part).map_err(io(part))?;
    let mut out = Summing { inner: BufWriter::new(file), hash: Sha256::new() };
    out.write_all(MAGIC).and_then(|()| out.write_all(&VERSION.to_le_bytes())).map_err(io(part))?;
    let mut packed = GzEncoder::new(out, Compression::fast());
    let mut summary = Summary::default();
    let mut table = (String::new(), Vec::new());
    let mut record = Vec::new();
    let ended = loop {
        record.clear();
        match items.blocking_recv() {
            None => break false,
            Some(Item::Epoch(epoch)) => {
                record.push(EPOCH);
                put(&mut record, epoch.as_bytes());
                record.extend(now.as_millis().to_le_bytes());
                summary.epoch = epoch;
            }
            Some(Item::Table { name, columns }) => {
                record.push(TABLE);
                put(&mut record, name.as_bytes());
                record.extend((columns.len() as u32).to_le_bytes());
                columns.iter().for_each(|column| put(&mut record, column.as_bytes()));
                summary.table(&name);
                table = (name, columns);
            }
            Some(Item::Row(values)) => {
                record.push(ROW);
                values.iter().for_each(|value| put_value(&mut record, value));
                summary.row(&table.0, &table.1, &values);
            }
            Some(Item::End) => {
                record.push(END);
                record.extend((summary.counts.len() as u32).to_le_bytes());
                for (name, count) in &summary.counts {
                    put(&mut record, name.as_bytes());
                    record.extend(count.rows.to_le_bytes());
                    record.extend(count.sum.to_le_bytes());
                }
                packed.write_all(&record).map_err(io(part))?;
                break true;
            }
        }
        packed.write_all(&record).map_err(io(part))?;
    };
    if !ended {
        return Err(gone(()));
    }
    let Summing { mut inner, hash } = packed.finish().map_err(io(part))?;
    inner.write_all(&hash.finalize()).map_err(io(part))?;
    let file = inner.into_inner().map_err(|error| io(part)(error.into_error()))?;
    file.sync_all().map_err(io(part))?;
    Ok(summary)
}

fn put(record: &mut Vec<u8>, bytes: &[u8]) {
    record.extend((bytes.len() as u32).to_le_bytes());
    record.extend(bytes);
}

fn put_value(record: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => record.push(0),
        Value::Integer(number) => {
            record.push(1);
            record.extend(number.to_le_bytes());
        }
        Value::Text(text) => {
            record.push(2);
            put(record, text.as_bytes());
        }
        Value::Blob(bytes) => {
            record.push(3);
            put(record, bytes);
        }
    }
}

pub(super) async fn read(path: PathBuf, outlet: Outlet) -> Result<(), TransferError> {
    tokio::task::spawn_blocking(move || {
        scan(&path, |item| {
            let item = match item {
                Scanned::Epoch(epoch) => Item::Epoch(epoch),
                Scanned::Table(name, columns) => Item::Table { name, columns },
                Scanned::Row(_, _, values) => Item::Row(values),
            };
            outlet.blocking_send(item).map_err(gone)
        })?;
        outlet.blocking_send(Item::End).map_err(gone)
    })
    .await
    .map_err(|_| TransferError::Damaged("the reader panicked".to_owned()))?
}

enum Scanned<'a> {
    Epoch(String),
    Table(String, Vec<String>),
    Row(&'a str, &'a [String], Vec<Value>),
}

fn damaged(reason: &str) -> TransferError {
    TransferError::Damaged(reason.to_owned())
}

/// Reads a file from its beginning to its end, and believes it only if its sum is right, before the first row is looked at.
fn scan(path: &Path, mut each: impl FnMut(Scanned<'_>) -> Result<(), TransferError>) -> Result<(), TransferError> {
    let mut file = File::open(path).map_err(io(path))?;
    let length = file.metadata().map_err(io(path))?.len();
    let mut head = [0; 12];
    let begins = length >= 12 + SUM_BYTES && file.read_exact(&mut head).is_ok() && head[..8] == *MAGIC;
    if !begins {
        return Err(damaged("it does not begin like one, or is cut"));
    }
    let version = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
    if version != VERSION {
        return Err(TransferError::Newer(format!("format {version}")));
    }
    let mut hash = Sha256::new();
    hash.update(head);
    let mut body = BufReader::new(file).take(length - 12 - SUM_BYTES);
    std::io::copy(&mut body, &mut HashOnly(&mut hash)).map_err(io(path))?;
    let mut file = body.into_inner();
    let mut sum = [0; SUM_BYTES as usize];
    file.read_exact(&mut sum).map_err(io(path))?;
    if hash.finalize()[..] != sum {
        return Err(damaged("its checksum is wrong: it was cut or changed"));
    }
    file.seek(SeekFrom::Start(12)).map_err(io(path))?;
    let mut input = Input(BufReader::new(GzDecoder::new(file.take(length - 12 - SUM_BYTES))));
    let mut summary = Summary::default();
    let mut table: Option<(String, Vec<String>)> = None;
    loop {
        match input.byte()? {
            EPOCH if summary.epoch.is_empty() => {
                let epoch = input.text(&mut 64)?;
                input.array::<8>()?;
                if epoch.is_empty() {
                    return Err(damaged("it names no history"));
                }
                summary.epoch.clone_from(&epoch);
                each(Scanned::Epoch(epoch))?;
            }
            TABLE if !summary.epoch.is_empty() && summary.counts.len() < MAX_TABLES => {
                let name = input.name()?;
                let n = input.number()?;
                if n == 0 || n > MAX_COLUMNS || summary.counts.contains_key(&name) {
                    return Err(damaged("a table of it cannot be"));
                }
                let columns = (0..n).map(|_| input.name()).collect::<Result<Vec<_>, _>>()?;
                if columns.windows(2).any(|pair| pair[0] >= pair[1]) {
                    return Err(damaged("columns of it are out of order"));
                }
                summary.table(&name);
                each(Scanned::Table(name.clone(), columns.clone()))?;
                table = Some((name, columns));
            }
            ROW => {
                let (name, columns) = table.as_ref().ok_or_else(|| damaged("a row of it has no table"))?;
                let mut left = MAX_ROW_BYTES;
                let values = columns.iter().map(|_| input.value(&mut left)).collect::<Result<Vec<_>, _>>()?;
                summary.row(name, columns, &values);
                each(Scanned::Row(name, columns, values))?;
            }
            END => break,
            _ => return Err(damaged("it holds what this release cannot read")),
        }
    }
    let n = input.number()?;
    if n != summary.counts.len() {
        return Err(damaged("tables are missing"));
    }
    for _ in 0..n {
        let name = input.name()?;
        let count = Count { rows: u64::from_le_bytes(input.array()?), sum: u128::from_le_bytes(input.array()?) };
        if summary.counts.get(&name) != Some(&count) {
            return Err(damaged("rows are missing or changed"));
        }
    }
    if input.0.read(&mut [0]).map_err(|_| damaged("it does not end well"))? != 0 {
        return Err(damaged("something follows its end"));
    }
    Ok(())
}

struct HashOnly<'a>(&'a mut Sha256);

impl Write for HashOnly<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every length is checked against what is left before anything of that length is held.
struct Input<R>(R);

impl<R: Read> Input<R> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], TransferError> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).map_err(|_| damaged("it ends too soon"))?;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8, TransferError> {
        Ok(self.array::<1>()?[0])
    }

    fn number(&mut self) -> Result<usize, TransferError> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    fn bytes(&mut self, left: &mut usize) -> Result<Vec<u8>, TransferError> {
        let n = self.number()?;
        *left = left.checked_sub(n).ok_or_else(|| damaged("a value of it is too long"))?;
        let mut bytes = Vec::new();
        // Grows with what comes: a length alone reserves nothing.
        let read = (&mut self.0).take(n as u64).read_to_end(&mut bytes).map_err(|_| damaged("it ends too soon"))?;
        if read == n { Ok(bytes) } else { Err(damaged("it ends too soon")) }
    }

    fn text(&mut self, left: &mut usize) -> Result<String, TransferError> {
        String::from_utf8(self.bytes(left)?).map_err(|_| damaged("a text of it is none"))
    }

    fn name(&mut self) -> Result<String, TransferError> {
        let name = self.text(&mut 64)?;
        check_name(&name)?;
        Ok(name)
    }

    fn value(&mut self, left: &mut usize) -> Result<Value, TransferError> {
        Ok(match self.byte()? {
            0 => Value::Null,
            1 => Value::Integer(i64::from_le_bytes(self.array()?)),
            2 => Value::Text(self.text(left)?),
            3 => Value::Blob(self.bytes(left)?),
            _ => return Err(damaged("a value of it is of no kind")),
        })
    }
}
