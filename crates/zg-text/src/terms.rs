//! Terms for the index: one per Han character, one per stemmed word; punctuation is none.

use crate::{is_han, normalize, stem::stem, synonyms::unify, tokens};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermKind {
    Han,
    Word,
    /// Kana, Hangul, emoji and other letters, one by one.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub text: String,
    pub kind: TermKind,
}

/// The terms of a text, in order. Character unigrams beat bigrams and words for short Chinese questions
/// in recall, under typos and in bytes; order and adjacency come from the stored text (`zg-kb`).
pub fn terms(text: &str) -> impl Iterator<Item = Term> {
    let mut found = Vec::new();
    each_term(text, |text, kind| found.push(Term { text: text.to_owned(), kind }));
    found.into_iter()
}

/// [`terms`], one after the other without an allocation for each: what an index is built by.
pub fn each_term(text: &str, mut give: impl FnMut(&str, TermKind)) {
    let normalized = unify(&normalize(text));
    for token in tokens::all(&normalized) {
        let first = token.text.chars().next().unwrap_or(' ');
        if token.word {
            let word = token.text.trim_matches('\'');
            let word = stem(word.strip_suffix("'s").unwrap_or(word));
            if word.contains('\'') {
                give(&word.replace('\'', ""), TermKind::Word);
            } else if !word.is_empty() {
                give(word, TermKind::Word);
            }
        } else if is_han(first) {
            give(token.text, TermKind::Han);
        } else if first.is_alphanumeric() || (first as u32) >= 0x1_f000 {
            give(token.text, TermKind::Other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::terms;

    #[test]
    fn endings_and_punctuation_do_not_count() {
        let cut = |text| terms(text).map(|term| term.text).collect::<Vec<_>>();
        assert_eq!(cut("Where's my REFUND?? refunds, refunded"), ["wher", "my", "refund", "refund", "refund"]);
        assert_eq!(cut("退、货！7天😀"), ["退", "货", "7", "天", "😀"]);
        assert!(cut("……？！ '").is_empty());
    }
}
