//! One word for what is said in several: dialect, net slang, shop words.

use std::sync::OnceLock;

use crate::sorted::{Sorted, sorted};

/// Rewrites a folded text, longest match first, without looking at what it has written.
///
/// For the index and for questions alike, so that a pair that is too bold costs nothing but a distinction.
/// The models see the text as it was typed: they learn such words from examples.
pub(crate) fn unify(normalized: &str) -> String {
    let (written, meant) = table();
    let mut unified = String::with_capacity(normalized.len() + 8);
    let mut rest = normalized;
    while let Some(first) = rest.chars().next() {
        let letters = &rest[..first.len_utf8()];
        let start = written.partition_point(|row| row.0 < letters);
        let same = written[start..].iter().take_while(|row| row.0.starts_with(letters));
        match same.filter(|row| rest.starts_with(row.0)).max_by_key(|row| row.0.len()) {
            Some((from, number)) => {
                unified.push_str(meant[*number as usize]);
                rest = &rest[from.len()..];
            }
            None => {
                unified.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    unified
}

/// What is written, in order, with the place of what is meant.
fn table() -> &'static (Sorted, Vec<&'static str>) {
    static TABLE: OnceLock<(Sorted, Vec<&'static str>)> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows = include_str!("../data/synonyms.tsv").lines().filter(|line| !line.starts_with('#'));
        let (written, meant): (Vec<_>, Vec<_>) = rows.filter_map(|line| line.split_once('\t')).unzip();
        (sorted(written.into_iter()), meant)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_wins() {
        assert_eq!(unify("件货几时寄出"), "件货什么时候发货");
        assert_eq!(unify("咋整"), "怎么办");
        assert_eq!(unify("没有改变"), "没有改变");
        assert_eq!(unify(""), "");
    }

    #[test]
    fn the_table_is_folded() {
        let (written, meant) = table();
        for text in written.iter().map(|row| &row.0).chain(meant) {
            assert_eq!(crate::normalize(text), *text);
        }
    }
}
