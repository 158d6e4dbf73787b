//! One word for what is said in several: dialect, net slang, shop words.

use std::sync::OnceLock;

/// Rewrites a folded text, longest match first, without looking at what it has written.
///
/// For the index and for questions alike, so that a pair that is too bold costs nothing but a distinction.
/// The models see the text as it was typed: they learn such words from examples.
pub(crate) fn unify(normalized: &str) -> String {
    let table = table();
    let mut unified = String::with_capacity(normalized.len() + 8);
    let mut rest = normalized;
    while let Some(first) = rest.chars().next() {
        let start = table.partition_point(|row| row.0 < first);
        let same = table[start..].iter().take_while(|row| row.0 == first);
        match same.filter(|row| rest.starts_with(row.1)).max_by_key(|row| row.1.len()) {
            Some((_, from, to)) => {
                unified.push_str(to);
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

/// First character, what is written, what is meant.
type Row = (char, &'static str, &'static str);

fn table() -> &'static [Row] {
    static TABLE: OnceLock<Vec<Row>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows = include_str!("../data/synonyms.tsv").lines().filter(|line| !line.starts_with('#'));
        let pairs = rows.filter_map(|line| line.split_once('\t'));
        let mut table: Vec<Row> = pairs.filter_map(|(from, to)| Some((from.chars().next()?, from, to))).collect();
        table.sort_unstable();
        table
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
        for (_, from, to) in table() {
            assert_eq!(crate::normalize(from), *from);
            assert_eq!(crate::normalize(to), *to);
        }
    }
}
