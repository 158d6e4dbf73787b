//! Language and script of an utterance.

use zg_domain::{Language, Script};

use crate::{is_han, simplify};

/// Characters and words that written Cantonese uses and written Mandarin does not.
const CANTONESE: [char; 26] = [
    '嘅', '係', '唔', '冇', '喺', '咗', '嚟', '佢', '哋', '啲', '嗰', '咁', '乜', '嘢', '喎', '啩', '咩', '噉', '嗌',
    '揾', '搵', '俾', '畀', '諗', '攞', '瞓',
];
const CANTONESE_WORDS: [&str; 10] = ["邊度", "边度", "點解", "点解", "幾時", "几时", "點樣", "几多", "幾多", "得唔得"];

/// The main language and script of a text. Cantonese is told by the characters and words that only it writes;
/// Latin letters that can be read as listed Chinese words, and are no English ones, are Chinese in pinyin.
#[must_use]
pub fn identify(text: &str) -> (Language, Script) {
    let (mut han, mut words, mut traditional, mut cantonese) = (0_u32, 0_u32, 0_u32, 0_u32);
    let mut in_word = false;
    for character in text.chars().take(crate::MAX_CHARS) {
        let latin = character.is_ascii_alphabetic() || matches!(character, 'ａ'..='ｚ' | 'Ａ'..='Ｚ');
        words += u32::from(latin && !in_word);
        in_word = latin;
        if is_han(character) {
            han += 1;
            traditional += u32::from(simplify(character) != character);
            cantonese += u32::from(CANTONESE.contains(&character));
        }
    }
    // A word counts as much as a Han character: "iphone 壳有吗" is Chinese, "where is my 订单" is English.
    if han > 0 && han >= words {
        let cantonese = cantonese + CANTONESE_WORDS.iter().filter(|word| text.contains(**word)).count() as u32;
        let script = if traditional > 0 { Script::Traditional } else { Script::Simplified };
        (if cantonese > 0 { Language::Cantonese } else { Language::Chinese }, script)
    } else if words > 0 && han == 0 && crate::pinyin::is_pinyin(text) {
        (Language::Chinese, Script::Latin)
    } else if words > 0 {
        (Language::English, Script::Latin)
    } else {
        (Language::Undetermined, Script::Undetermined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_and_scripts_are_told_apart() {
        for (text, language, script) in [
            ("怎么退货", Language::Chinese, Script::Simplified),
            ("怎麼退貨", Language::Chinese, Script::Traditional),
            ("件衫幾時到", Language::Cantonese, Script::Traditional),
            ("唔该，点解未发货", Language::Cantonese, Script::Simplified),
            ("iPhone 壳有吗", Language::Chinese, Script::Simplified),
            ("how do I return this", Language::English, Script::Latin),
            ("where is my 订单", Language::English, Script::Latin),
            ("tuihuo zenme tui", Language::Chinese, Script::Latin),
            ("can men fan", Language::English, Script::Latin),
            ("where is my kuaidi", Language::English, Script::Latin),
            ("😀?!", Language::Undetermined, Script::Undetermined),
            ("", Language::Undetermined, Script::Undetermined),
        ] {
            assert_eq!(identify(text), (language, script), "{text}");
        }
    }
}
