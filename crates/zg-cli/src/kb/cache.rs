//! What the models said in earlier builds, so that a changed file does not ask them about all the others again.
//!
//! Nothing else is kept: reading, checking and compiling a hundred thousand entries takes less time than asking the
//! models about them, and what is not kept cannot be out of date. The file is a gzip of lines, whose checksum tells
//! damage; anything that is not as it was written is as good as no file.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::Context;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::classify::Answer;
use super::trust;
use crate::{ModelArgs, models};

/// More than a million questions come to; a file that claims more is none of ours.
const MAX_BYTES: u64 = 512 << 20;

/// What the answers depend on besides the question: this executable and the models.
pub fn key(args: &ModelArgs) -> String {
    let mut key = "zhanggui-cache 1".to_owned();
    let executable = std::env::current_exe().ok();
    for path in executable.into_iter().chain(models::files(args)) {
        let mut crc = flate2::Crc::new();
        if let Ok(bytes) = std::fs::read(path) {
            crc.update(&bytes);
        }
        key.push_str(&format!(" {:08x}-{}", crc.sum(), crc.amount()));
    }
    key
}

/// The answers kept under a key; none where the file is of another key, damaged or not there.
pub fn read(path: &Path, key: &str) -> HashMap<String, Answer> {
    read_checked(path, key).unwrap_or_default()
}

fn read_checked(path: &Path, key: &str) -> Option<HashMap<String, Answer>> {
    let file = std::fs::File::open(path).ok()?;
    let mut text = String::new();
    // To the end, where the checksum stands, before a line of it is believed.
    GzDecoder::new(file).take(MAX_BYTES).read_to_string(&mut text).ok()?;
    let mut lines = text.lines();
    if lines.next() != Some(key) {
        return None;
    }
    let mut answers = HashMap::new();
    for line in lines {
        let (question, intent, thousandths): (String, Option<String>, u16) = serde_json::from_str(line).ok()?;
        let answer = intent.map(|intent| (intent, f32::from(thousandths) / 1_000.0));
        answers.insert(question, answer);
    }
    Some(answers)
}

/// Keeps the answers of this build in place of those of the build before.
pub fn write(path: &Path, key: &str, answers: &HashMap<String, Answer>) -> anyhow::Result<()> {
    let mut sorted: Vec<_> = answers.iter().collect();
    sorted.sort_unstable_by_key(|(question, _)| *question);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let mut put = |line: &str| writeln!(encoder, "{line}");
    put(key)?;
    for (question, answer) in sorted {
        let intent = answer.as_ref().map(|(intent, _)| intent);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a thousand is the most")]
        let thousandths = answer.as_ref().map_or(0, |(_, confidence)| (confidence * 1_000.0).round() as u16);
        put(&serde_json::to_string(&(question, intent, thousandths))?)?;
    }
    trust::write(path, &encoder.finish().context("cannot compress the cache")?)
}
