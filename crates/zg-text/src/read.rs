//! The standard reading of an utterance, and what was rewritten to get it.

use crate::{
    emoji::emoji,
    identify::identify,
    is_han,
    lattice::{CHARACTER, FUNCTION, FUNCTIONS, Lattice, TOKEN, known, listed},
    lexicon::{Entry, lexicon},
    pinyin,
    span::{Folded, fold},
    typo,
};
use zg_domain::{Language, Script};

/// Why a stretch was read as something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RewriteKind {
    /// Written Cantonese: 点解 for 为什么.
    Cantonese,
    /// Another variety of Chinese: 咋整, 要得, 宅配.
    Dialect,
    /// Of the net: 肿么, yyds, kf.
    Slang,
    /// A face drawn in characters, read as the emoji nearest to it, which says the same in every language.
    Kaomoji,
    /// An emoji of several code points, read as its first.
    Emoji,
    /// Latin letters read as Chinese words.
    Pinyin,
    /// A word of the shop that was typed wrong.
    Typo,
    /// Letters or characters drawn out: 快快快快, sooo.
    Elongation,
}

impl RewriteKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cantonese => "cantonese",
            Self::Dialect => "dialect",
            Self::Slang => "slang",
            Self::Kaomoji => "kaomoji",
            Self::Emoji => "emoji",
            Self::Pinyin => "pinyin",
            Self::Typo => "typo",
            Self::Elongation => "elongation",
        }
    }
}

/// A stretch of the utterance that was read as something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// UTF-8 byte range in the utterance as it was typed.
    pub start: usize,
    pub end: usize,
    /// What stands for it in [`Reading::text`].
    pub read: String,
    pub kind: RewriteKind,
    /// How much dearer the next way to read it is, in the lattice's costs: 10 is a character that nobody knows
    /// anything about. Below [`DOUBT`] it is worth asking.
    pub margin: u32,
}

/// An utterance in standard words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// [`normalize`](crate::normalize) of the utterance, then rewritten.
    pub text: String,
    /// Ascending and apart from each other.
    pub rewrites: Vec<Rewrite>,
}

/// The margin below which a pinyin or typo reading is in doubt.
pub const DOUBT: u32 = 8;

impl Reading {
    /// Language and script of the utterance that was read: [`identify`], and Chinese where pinyin was read or where
    /// what is left in Latin letters is spelled like pinyin.
    #[must_use]
    pub fn identify(&self, text: &str) -> (Language, Script) {
        let (language, script) = identify(text);
        let read = self.rewrites.iter().any(|rewrite| rewrite.kind == RewriteKind::Pinyin);
        if language.written() != Some("zh") && (read || pinyin::pinyin().spells(&self.text)) {
            return (Language::Chinese, script);
        }
        (language, script)
    }

    /// The rewrite that most needs a "您是说『退货』吗?": the least certain of those guessed from sound or shape.
    #[must_use]
    pub fn doubtful(&self) -> Option<&Rewrite> {
        let guessed =
            self.rewrites.iter().filter(|rewrite| matches!(rewrite.kind, RewriteKind::Pinyin | RewriteKind::Typo));
        guessed.filter(|rewrite| rewrite.margin < DOUBT).min_by_key(|rewrite| rewrite.margin)
    }
}

/// Reads an utterance in standard words: net slang, dialect, Cantonese, pinyin and typing mistakes.
///
/// A lattice over the folded characters holds what each stretch may be read as, with a cost; the cheapest path is the
/// reading. Text that is standard Chinese or English comes out as [`normalize`](crate::normalize) gives it.
/// Looks at [`MAX_CHARS`](crate::MAX_CHARS) characters; takes time and memory linear in them.
///
/// ```
/// use zg_text::{RewriteKind, read};
///
/// let reading = read("点解我件货仲未到");
/// assert_eq!(reading.text, "为什么我件货还没到");
/// assert_eq!(reading.rewrites[0].kind, RewriteKind::Cantonese);
/// assert_eq!(read("tuihuo zenme tui").text, "退货怎么退");
/// assert_eq!(read("Can I get a refund?").text, "can i get a refund?");
/// ```
#[must_use]
pub fn read(text: &str) -> Reading {
    let folded = fold(text);
    let characters: Vec<char> = folded.text.chars().collect();
    let mut context = Context::of(text, &characters);
    // A first pass may find the utterance to be Cantonese or Chinese, and what that allows then.
    let path = solve(text, &folded, &characters, context).best(characters.len());
    let has = |kind| path.iter().any(|(edge, _)| edge.read.as_ref().is_some_and(|read| read.0 == kind));
    let wider = Context {
        cantonese: context.cantonese || has(RewriteKind::Cantonese),
        chinese: context.chinese || has(RewriteKind::Pinyin),
    };
    if wider == context {
        return render(&folded, &characters, path);
    }
    context = wider;
    render(&folded, &characters, solve(text, &folded, &characters, context).best(characters.len()))
}

/// What the utterance as a whole says about its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Context {
    chinese: bool,
    cantonese: bool,
}

impl Context {
    fn of(text: &str, characters: &[char]) -> Self {
        if !characters.iter().any(|character| character.is_ascii_lowercase() || is_han(*character)) {
            return Self { chinese: false, cantonese: false };
        }
        let (language, _) = identify(text);
        let han = characters.iter().any(|character| is_han(*character));
        Self {
            chinese: han && matches!(language, Language::Chinese | Language::Cantonese),
            cantonese: language == Language::Cantonese,
        }
    }
}

/// What a stretch that says nothing by itself costs.
const DRAWN_OUT: u32 = 3;

fn solve(text: &str, folded: &Folded, characters: &[char], context: Context) -> Lattice {
    let mut lattice = Lattice::default();
    let lexicon = lexicon();
    // Nothing begins or ends inside one original character ("㏂" is two).
    let whole = |start: usize, end: usize| {
        let seam = |at: usize| at == 0 || at == characters.len() || folded.spans[at - 1] != folded.spans[at];
        seam(start) && seam(end)
    };
    let pinyin = pinyin::matches(characters, context.chinese);
    let mut pinyin = pinyin.iter().peekable();
    let emoji = emoji(text);
    let mut emoji = emoji.iter().peekable();
    for (at, &character) in characters.iter().enumerate() {
        if !is_word(character) {
            lattice.keep(at, at + 1, if FUNCTIONS.contains(character) { FUNCTION } else { CHARACTER });
            drawn_out(&mut lattice, characters, at);
        } else if at == 0 || !is_word(characters[at - 1]) {
            let end = token_end(characters, at);
            lattice.keep(at, end, TOKEN);
            drawn_out_word(&mut lattice, characters, at, end);
        }
        lexicon.matches(characters, at, |end, entry| {
            if !(allowed(entry, characters, at, end, context) && whole(at, end)) {
                return;
            }
            let length = (end - at) as u32;
            match entry.read {
                // "退钱|钱" would be cheaper otherwise.
                Some((kind @ RewriteKind::Elongation, read)) => lattice.rewrite(at, end, DRAWN_OUT, kind, read),
                Some((kind, read)) => lattice.rewrite(at, end, listed(length), kind, read),
                None if length > 1 => lattice.keep(at, end, known(length)),
                None => {}
            }
        });
        if is_han(character) {
            typo::add(&mut lattice, characters, at);
        }
        while let Some(one) = pinyin.next_if(|one| one.start <= at) {
            if whole(one.start, one.end) {
                lattice.rewrite(at, one.end, one.cost, RewriteKind::Pinyin, one.word.text);
            }
        }
        // What begins in the folded text at or after an emoji of the original, and ends in it.
        while let Some((_, stop, base)) = emoji.next_if(|one| one.0 <= folded.spans[at].0) {
            let length = folded.spans[at..].iter().take_while(|span| span.1 <= *stop).count();
            match base {
                Some(base) if length > 1 => {
                    lattice.rewrite(at, at + length, DRAWN_OUT, RewriteKind::Emoji, base.to_string());
                }
                None if length > 1 => lattice.keep(at, at + length, DRAWN_OUT),
                _ => {}
            }
        }
    }
    lattice
}

/// Whether an entry may be read where it was found.
fn allowed(entry: &Entry, characters: &[char], start: usize, end: usize, context: Context) -> bool {
    let before = start.checked_sub(1).map(|at| characters[at]);
    let after = characters.get(end).copied();
    // "jd" is 京东, and "help.jd.com" and "jd_01" are what they are.
    let cut = |inner: char, outer: Option<char>| {
        is_word(inner) && outer.is_some_and(|outer| is_word(outer) || "._-/@:=&#[]".contains(outer))
    };
    if cut(characters[start], before) || cut(characters[end - 1], after) {
        return false;
    }
    let Some((kind, _)) = entry.read else { return true };
    let clause_end = after.is_none_or(|after| !after.is_alphanumeric());
    if entry.cantonese && !context.cantonese || entry.first && start > 0 || entry.last && !clause_end {
        return false;
    }
    let surface = &characters[start..end];
    if kind == RewriteKind::Kaomoji {
        // "尺码:(大)" is no sad face: one that is plain punctuation stands free.
        return !surface.iter().all(char::is_ascii)
            || clause_end && after.is_none_or(char::is_whitespace) && before != Some('/');
    }
    // Letters alone are slang in a Chinese utterance, or when they are all there is.
    context.chinese
        || surface.iter().any(|character| is_han(*character))
        || !characters.iter().enumerate().any(|(at, c)| c.is_alphanumeric() && !(start..end).contains(&at))
            && !pinyin::is_english(surface)
}

/// A character drawn out three times or more says it once; laughing and crying, twice.
fn drawn_out(lattice: &mut Lattice, characters: &[char], start: usize) {
    let character = characters[start];
    // Numerals count, and these are words when doubled.
    let counts = "〇零一二三四五六七八九十百千万亿两谢蟹亲".contains(character);
    if !is_han(character) || counts || start > 0 && characters[start - 1] == character {
        return;
    }
    let length = characters[start..].iter().take_while(|other| **other == character).count();
    if length >= 3 {
        let times = if "哈嘿呵嘻呜嘎呃".contains(character) { 2 } else { 1 };
        if length > times {
            let read: String = std::iter::repeat_n(character, times).collect();
            lattice.rewrite(start, start + length, DRAWN_OUT, RewriteKind::Elongation, read);
        }
    }
}

/// "sooo" is "so", "goooood" is "good"; "www", "xxxl", "iii" and "hmmm" mean what they say.
fn drawn_out_word(lattice: &mut Lattice, characters: &[char], start: usize, end: usize) {
    let token = &characters[start..end];
    let mut read = String::new();
    let mut at = 0;
    let mut changed = false;
    while at < token.len() {
        let length = token[at..].iter().take_while(|other| **other == token[at]).count();
        if !token[at].is_ascii_lowercase()
            || length >= 3 && (matches!(token[at], 'w' | 'x' | 'i' | 'm' | 'h') || length == token.len())
        {
            return;
        }
        let keep = if length < 3 {
            length
        } else if at + length == token.len() {
            1
        } else {
            2
        };
        changed |= keep < length;
        read.extend(std::iter::repeat_n(token[at], keep));
        at += length;
    }
    if changed {
        lattice.rewrite(start, end, DRAWN_OUT, RewriteKind::Elongation, read);
    }
}

fn is_word(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9')
}

fn token_end(characters: &[char], start: usize) -> usize {
    start + characters[start..].iter().take_while(|character| is_word(**character)).count()
}

fn render(folded: &Folded, characters: &[char], path: Vec<(crate::lattice::Edge, u32)>) -> Reading {
    let mut reading = Reading { text: String::with_capacity(folded.text.len() + 16), rewrites: Vec::new() };
    for (at, (edge, margin)) in path.iter().enumerate() {
        match &edge.read {
            Some((kind, read)) => {
                reading.text.push_str(read);
                reading.rewrites.push(Rewrite {
                    start: folded.spans[edge.start].0,
                    end: folded.spans[edge.end - 1].1,
                    read: read.to_string(),
                    kind: *kind,
                    margin: *margin,
                });
            }
            None => {
                let kept = &characters[edge.start..edge.end];
                // Pinyin is typed with spaces, and what it is read as is written without.
                let joins = |at: Option<usize>| {
                    at.and_then(|at| path.get(at)).is_some_and(|(edge, _)| match &edge.read {
                        Some((_, read)) => read.chars().next_back().is_some_and(is_han),
                        None => is_han(characters[edge.start]),
                    })
                };
                let pinyin = |at: Option<usize>| {
                    at.and_then(|at| path.get(at))
                        .is_some_and(|(edge, _)| edge.read.as_ref().is_some_and(|read| read.0 == RewriteKind::Pinyin))
                };
                let (before, after) = (at.checked_sub(1), Some(at + 1));
                let blank = matches!(kept, [' ' | '\'']);
                if !(blank && (pinyin(before) || pinyin(after)) && joins(before) && joins(after)) {
                    reading.text.extend(kept);
                }
            }
        }
    }
    reading
}

#[cfg(test)]
mod tests;
