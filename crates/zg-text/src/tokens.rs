//! Tokens for the models: a run of Latin letters and digits is one, any other character is one of its own.

/// How many tokens the models look at: nineteen reviews of twenty are shorter.
pub const MAX_TOKENS: usize = 400;

/// A token of a normalized text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    pub text: &'t str,
    /// A run of `[a-z0-9']`; otherwise one character.
    pub word: bool,
}

/// Cuts a normalized text into at most [`MAX_TOKENS`] tokens. White space separates and is no token.
pub fn tokens(normalized: &str) -> impl Iterator<Item = Token<'_>> {
    all(normalized).take(MAX_TOKENS)
}

/// Cuts a normalized text into tokens, with their byte offsets, without a limit.
pub(crate) fn all(normalized: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = normalized;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let word = is_word(first);
        let length = if word { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (text, after) = rest.split_at(length);
        rest = after;
        Some(Token { text, word })
    })
}

fn is_word(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_han_is_single() {
        let cut = |text| tokens(text).map(|token| token.text).collect::<Vec<_>>();
        assert_eq!(cut("订单a-1042 don't 👍"), ["订", "单", "a", "-", "1042", "don't", "👍"]);
        assert_eq!(cut(""), [""; 0]);
        assert_eq!(cut(&"货".repeat(900)).len(), MAX_TOKENS);
    }
}
