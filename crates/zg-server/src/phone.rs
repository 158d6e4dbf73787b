//! Telephone numbers as one form: E.164 (ITU-T), `+` and up to fifteen digits.
//!
//! Own code, because a number here is only ever compared with itself: tables of every country's numbering would say whether it
//! can be dialled, which the merchant has found out by sending a code there.

/// The same number for every way to write it; `None` for what is none. Without `+` or `00` it has to be a mobile number of
/// mainland China, with 86 before it or not.
#[must_use]
pub fn normalize(text: &str) -> Option<String> {
    if text.len() > 64 {
        return None;
    }
    let mut plain = String::new();
    for c in text.trim().chars() {
        match c {
            '0'..='9' => plain.push(c),
            // As an input method for Chinese writes them.
            '０'..='９' => plain.push(char::from_digit(u32::from(c) - u32::from('０'), 10)?),
            '+' | '＋' if plain.is_empty() => plain.push('+'),
            '(' | ')' | '（' | '）' => plain.push(if matches!(c, '(' | '（') { '(' } else { ')' }),
            ' ' | '-' | '.' | '/' | '\u{a0}' | '\u{2010}'..='\u{2015}' | '\u{3000}' => {}
            _ => return None,
        }
    }
    // `+44 (0)20 …`: the zero is for who dials within the country.
    let plain = plain.replace("(0)", "").replace(['(', ')'], "");
    let digits = match plain.strip_prefix('+').or_else(|| plain.strip_prefix("00")) {
        Some(digits) => digits.to_owned(),
        None if is_mobile(&plain) => format!("86{plain}"),
        None if plain.strip_prefix("86").is_some_and(is_mobile) => plain,
        None => return None,
    };
    let digits = match digits.strip_prefix("860") {
        // No area has a zero of its own.
        Some(rest) if rest.starts_with('0') => return None,
        Some(rest) => format!("86{rest}"),
        None => digits,
    };
    // The country decides how long; the recommendation says fifteen at the most, and none is shorter than seven.
    let fits =
        (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    // Of mobile numbers of the mainland it is known: one with a digit too few or too many is a mistake.
    let whole = digits
        .strip_prefix("86")
        .is_none_or(|rest| !rest.starts_with('1') || rest.len() < 9 || is_mobile(rest) || rest.starts_with("10"));
    (fits && whole).then(|| format!("+{digits}"))
}

fn is_mobile(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && bytes.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form() {
        for (text, number) in [
            ("13800138000", "+8613800138000"),
            ("138 0013 8000", "+8613800138000"),
            ("138-0013-8000", "+8613800138000"),
            ("１３８００１３８０００", "+8613800138000"),
            ("8613800138000", "+8613800138000"),
            ("+86 138 0013 8000", "+8613800138000"),
            ("＋86-13800138000", "+8613800138000"),
            ("0086 13800138000", "+8613800138000"),
            (" +86 (138) 0013-8000 ", "+8613800138000"),
            ("+86 0571 8888 8888", "+8657188888888"),
            ("+86 (0571) 88888888", "+8657188888888"),
            ("+44 (0)20 7946 0958", "+442079460958"),
            ("+44 20 7946 0958", "+442079460958"),
            ("+852 9123 4567", "+85291234567"),
            ("+1 (202) 555-0143", "+12025550143"),
            ("00491701234567", "+491701234567"),
        ] {
            assert_eq!(normalize(text).as_deref(), Some(number), "{text}");
            assert_eq!(normalize(number).as_deref(), Some(number), "{number}");
        }
        for text in [
            "",
            "+",
            "00",
            "1380013800",
            "138001380000",
            "12800138000",
            "+0123456789",
            "020 7946 0958",
            "88888888",
            "+123456",
            "+1234567890123456",
            "13800138000 ext. 5",
            "a13800138000",
            "13800138000\0",
            "+86+13800138000",
            "١٣٨٠٠١٣٨٠٠٠",
            "+86138001380",
            "+86 -0013 8000",
            "+86138001380000",
            &"1".repeat(1000),
        ] {
            assert_eq!(normalize(text), None, "{text}");
        }
    }
}
