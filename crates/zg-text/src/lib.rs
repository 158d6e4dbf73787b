//! The one analysis of text, for building knowledge, for querying it and for the models.
//!
//! [`normalize`] folds what means the same into one spelling, [`tokens`] cuts it for the models,
//! [`terms`] cuts it for the index, [`identify`] tells language and script, and `read` (feature `read`, on by default)
//! reads slang, dialect, pinyin and typing mistakes as standard words.
//! Without the feature `unicode` (on by default) the host normalises: [`normalize_by`].
//! All of them take any text: empty, bidirectional, a megabyte, a lone emoji; none allocates more than
//! a small multiple of [`MAX_CHARS`].
//!
//! ```
//! assert_eq!(zg_text::normalize("  ＡＢＣ　退貨 "), "abc 退货");
//! let terms: Vec<String> = zg_text::terms("我想退貨，returns?").map(|term| term.text).collect();
//! assert_eq!(terms, ["我", "想", "退", "货", "return"]);
//! ```

#[cfg(feature = "read")]
mod emoji;
mod identify;
#[cfg(feature = "read")]
mod lattice;
#[cfg(feature = "read")]
mod lexicon;
mod normalize;
pub mod personal;
mod pinyin;
#[cfg(feature = "read")]
mod read;
mod sorted;
mod span;
mod stem;
mod synonyms;
mod terms;
mod tokens;
#[cfg(feature = "read")]
mod typo;
mod unicode;

pub use identify::identify;
pub use normalize::{MAX_CHARS, is_han, normalize, simplify};
pub use pinyin::{sounds, syllable};
#[cfg(feature = "read")]
pub use read::{DOUBT, Reading, Rewrite, RewriteKind, read};
pub use sorted::sort;
pub use terms::{Term, TermKind, each_term, terms};
pub use tokens::{MAX_TOKENS, Token, tokens};
pub use unicode::{Host, normalize_by};
