//! Which bytes are which characters: byte order marks, a declared character set, UTF-8, and what spreadsheets save.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Where a document may say its character set: at its very beginning.
const HEAD: usize = 1024;

/// A text and the encoding it was assumed to be in.
pub(super) struct Decoded<'b> {
    pub text: Cow<'b, str>,
    pub encoding: &'static str,
}

/// Reads bytes as text; `None` where no encoding fits them without loss.
///
/// Big5 is not guessed: nearly every text in it is also valid GB18030, and a wrong guess reads as nonsense.
pub(super) fn decode(bytes: &[u8]) -> Option<Decoded<'_>> {
    if let Some((encoding, n_mark)) = Encoding::for_bom(bytes) {
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[n_mark..])?;
        let name = match encoding {
            encoding if encoding == UTF_16LE => "utf-16le",
            encoding if encoding == UTF_16BE => "utf-16be",
            _ => "utf-8-bom",
        };
        return Some(Decoded { text, encoding: name });
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(Decoded { text: Cow::Borrowed(text), encoding: "utf-8" });
    }
    let guessed = if is_chinese(bytes) {
        (GB18030, "gb18030")
    } else if is_western(bytes) {
        (WINDOWS_1252, "windows-1252")
    } else {
        return None;
    };
    let text = guessed.0.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(Decoded { text, encoding: guessed.1 })
}

/// As [`decode`], but a `charset=` or `encoding=` at the beginning is believed, as a browser does.
pub(super) fn decode_document(bytes: &[u8]) -> Option<Decoded<'_>> {
    if Encoding::for_bom(bytes).is_none()
        && std::str::from_utf8(bytes).is_err()
        && let Some(encoding) = declared(&bytes[..bytes.len().min(HEAD)])
        && let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return Some(Decoded { text, encoding: encoding.name() });
    }
    decode(bytes)
}

/// As [`decode`]; what fits no encoding becomes the replacement character.
pub(super) fn decode_lossy(bytes: &[u8]) -> Decoded<'_> {
    decode_document(bytes).unwrap_or_else(|| Decoded { text: String::from_utf8_lossy(bytes), encoding: "unknown" })
}

fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let after = ["charset=", "encoding="].iter().find_map(|word| head.split_once(word))?.1;
    let label = after.trim_start_matches(['"', '\'', ' ']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))).unwrap_or(label.len());
    let encoding = Encoding::for_label(&label.as_bytes()[..end])?;
    // Declared but not so: the caller has seen that the bytes are no UTF-8.
    (encoding != UTF_8).then_some(encoding)
}

/// Whether most pairs of high bytes are of GB2312, whose characters make nearly all of a Chinese text.
fn is_chinese(bytes: &[u8]) -> bool {
    let (mut n_pairs, mut n_common, mut at) = (0_usize, 0_usize, 0);
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at += 1;
            continue;
        }
        n_pairs += 1;
        n_common +=
            usize::from((0xa1..=0xf7).contains(&bytes[at]) && bytes.get(at + 1).is_some_and(|trail| *trail >= 0xa1));
        at += 2;
    }
    n_pairs > 0 && n_common * 10 >= n_pairs * 6
}

/// Whether high bytes stand alone, as accents and curly quotes do among Latin letters.
fn is_western(bytes: &[u8]) -> bool {
    let is_high = |at: usize| bytes.get(at).is_some_and(|byte| *byte >= 0x80);
    let n_high = bytes.iter().filter(|byte| **byte >= 0x80).count();
    let n_beside =
        (0..bytes.len()).filter(|at| is_high(*at) && (is_high(at + 1) || *at > 0 && is_high(at - 1))).count();
    n_high > 0 && n_beside * 10 <= n_high && !bytes.contains(&0)
}
