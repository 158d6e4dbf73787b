//! Emoji of several code points: where they begin and end in what was typed.

/// The byte ranges of the emoji of a text, each with its base, ascending (Unicode Technical Standard 51: ZWJ sequences, modifiers, flags, keycaps).
pub(crate) fn emoji(text: &str) -> Vec<(usize, usize, Option<char>)> {
    let mut found = Vec::new();
    let mut characters = text.char_indices().take(crate::MAX_CHARS).peekable();
    while let Some((start, first)) = characters.next() {
        let mut end = start + first.len_utf8();
        let mut take = |end: &mut usize, wanted: &dyn Fn(char) -> bool| {
            let next = characters.next_if(|(_, character)| wanted(*character));
            *end = next.map_or(*end, |(at, character)| at + character.len_utf8());
            next.is_some()
        };
        if is_flag(first) {
            // A flag is two code points of which neither is a base.
            if take(&mut end, &is_flag) {
                found.push((start, end, None));
            }
        } else if matches!(first, '0'..='9' | '#' | '*') {
            take(&mut end, &|c| c == VARIANT);
            if take(&mut end, &|c| c == KEYCAP) {
                found.push((start, end, Some(first)));
            }
        } else if is_base(first) {
            loop {
                while take(&mut end, &is_modifier) {}
                if !(take(&mut end, &|c| c == JOINER) && take(&mut end, &is_base)) {
                    break;
                }
            }
            found.push((start, end, Some(first)));
        }
    }
    found
}

const JOINER: char = '\u{200d}';
const VARIANT: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

fn is_flag(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

fn is_modifier(character: char) -> bool {
    matches!(character, VARIANT | KEYCAP | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}

fn is_base(character: char) -> bool {
    matches!(character, '\u{1f000}'..='\u{1f1e5}' | '\u{1f200}'..='\u{1f3fa}' | '\u{1f400}'..='\u{1faff}')
        || matches!(character, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}')
}
