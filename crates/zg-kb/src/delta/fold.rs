//! A bundle unfolded: the same text without blocks, offsets and checksums, so that an edit is an edit in one place.
//!
//! Version, number of sections; for each its tag, what it was taken for, and its content.
//! What a section *is* decides, not its tag: one of deflate blocks, or bytes.

use super::bytes::{Input, put_counted, put_number};
use super::{MAX_UNFOLDED, Purpose, blocks, container};

const BYTES: u8 = 0;
const BLOCKS: u8 = 1;

/// Unfolds a file; `None` for one that is no bundle, or too large for one.
///
/// With [`Purpose::Rewrite`] what comes out folds to the very bytes that went in, with [`Purpose::Read`] that is not looked at.
pub(super) fn unfold(file: &[u8], purpose: Purpose) -> Option<Vec<u8>> {
    let (version, sections) = container::read(file)?;
    let mut out = Vec::with_capacity(file.len().min(MAX_UNFOLDED));
    out.extend_from_slice(&version);
    put_number(&mut out, sections.len());
    for section in sections {
        out.extend_from_slice(&section.tag);
        let start = out.len();
        let sound = |out: &[u8]| match purpose {
            Purpose::Read => true,
            Purpose::Rewrite => folds_to(&out[start..], section.body),
        };
        out.push(BLOCKS);
        if blocks::unfold(section.body, purpose, &mut out, MAX_UNFOLDED).is_some() && sound(&out) {
            continue;
        }
        out.truncate(start);
        out.push(BYTES);
        put_counted(&mut out, section.body);
        if out.len() > MAX_UNFOLDED {
            return None;
        }
    }
    Some(out)
}

/// The file that unfolded bytes stand for, if it is `length` bytes long.
pub(super) fn fold(unfolded: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut input = Input { rest: unfolded };
    let version = input.take(2)?.try_into().ok()?;
    let n_sections = input.number()?;
    let mut writer = container::Writer::new(version, n_sections, length)?;
    for _ in 0..n_sections {
        let tag = input.take(4)?;
        writer.section(tag, |out| fold_section(&mut input, out, length))?;
    }
    let file = writer.finish()?;
    (input.rest.is_empty() && file.len() == length).then_some(file)
}

fn fold_section(input: &mut Input<'_>, out: &mut Vec<u8>, limit: usize) -> Option<()> {
    match input.byte()? {
        BYTES => out.extend_from_slice(input.counted()?),
        BLOCKS => blocks::fold(input, out, limit)?,
        _ => return None,
    }
    (out.len() <= limit).then_some(())
}

fn folds_to(unfolded: &[u8], body: &[u8]) -> bool {
    let mut out = Vec::with_capacity(body.len());
    let mut input = Input { rest: unfolded };
    fold_section(&mut input, &mut out, body.len()).is_some() && input.rest.is_empty() && out == body
}

#[cfg(all(test, feature = "build"))]
mod tests {
    use super::*;
    use crate::build::{Sources, compile};

    fn bundle() -> Vec<u8> {
        let mut sources = Sources::default();
        sources.add_markdown(
            "faq.md",
            "## 怎么退货? {#return}\nvariants: 想退掉 | 退回去\n\n订单页申请即可。\n\n## How long?\n\nTwo days.\n",
        );
        compile(&sources.entries).expect("compiles")
    }

    #[test]
    fn every_section_of_ours_is_recognised() {
        let file = bundle();
        let unfolded = unfold(&file, Purpose::Rewrite).expect("unfolds");
        assert_eq!(unfold(&file, Purpose::Read).as_ref(), Some(&unfolded));
        assert_eq!(fold(&unfolded, file.len()).as_deref(), Some(&file[..]));
        let (_, sections) = container::read(&file).expect("our own layout");
        // The answers, which are compressed; the others are plain and lie in it as they are.
        let plain =
            |section: &container::Section<'_>| unfolded.windows(section.body.len()).any(|bytes| bytes == section.body);
        assert_eq!(
            sections.iter().map(|section| (&section.tag, plain(section))).collect::<Vec<_>>(),
            [(b"ENTR", true), (b"FORM", true), (b"ANSW", false)]
        );
    }

    #[test]
    fn hostile_unfolded_text_is_refused_or_folded() {
        let unfolded = unfold(&bundle(), Purpose::Rewrite).expect("unfolds");
        let mut state = 1_u64;
        let mut below = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % limit
        };
        let n_rounds = std::env::var("ZG_HOSTILE").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000) / 10;
        let mut n_folded = 0;
        for _ in 0..n_rounds {
            let mut bytes = unfolded.clone();
            for _ in 0..=below(4) {
                if bytes.is_empty() {
                    break;
                }
                let at = below(bytes.len());
                match below(5) {
                    0 => bytes[at] = [0, 1, 2, 0xff][below(4)],
                    1 => drop(bytes.drain(at..(at + below(9)).min(bytes.len()))),
                    2 => drop(bytes.splice(at..at, [0xff, 0xff, 0xff, 0xff, 0x0f].into_iter().take(1 + below(5)))),
                    3 => bytes.truncate(at.max(1)),
                    _ => bytes[at] = below(256) as u8,
                }
            }
            // Whatever its length turns out to be is right in most rounds, or nothing would get to the end.
            n_folded += usize::from(fold_any(&bytes).is_some());
        }
        assert!(n_folded > n_rounds / 100, "{n_folded}");
    }

    fn fold_any(unfolded: &[u8]) -> Option<()> {
        let mut input = Input { rest: unfolded };
        input.take(2)?;
        for _ in 0..input.number()? {
            input.take(4)?;
            fold_section(&mut input, &mut Vec::new(), 1 << 20)?;
        }
        fold(unfolded, 1 << 20);
        Some(())
    }
}
