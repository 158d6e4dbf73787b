//! What a shopper's words give as values: numbers of orders, choices, yes and no.

use zg_domain::{Entity, EntityKind};

use crate::phrases::{Phrases, variants};
use crate::playbook::{Slot, SlotKind};
use crate::recommend::size::{centimetres, kilograms};

/// Longer values are cut: a state is bounded.
pub(crate) const MOST_BYTES: usize = 240;

/// How a yes-or-no question was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum YesNo {
    Yes,
    No,
    Neither,
}

/// What an utterance says to a question for a yes or a no. Only a plain yes is one: what is done cannot be taken back.
pub(crate) fn yes_no(bare: &str) -> YesNo {
    if Phrases::matches(bare, "match-no") {
        return YesNo::No;
    }
    if Phrases::matches(bare, "match-yes") {
        return YesNo::Yes;
    }
    // `不是，是另一单`, `好的，确认取消吧`
    let first =
        bare.split(|c: char| !c.is_alphanumeric() && c != '\'').find(|part| !part.is_empty()).unwrap_or_default();
    if Phrases::matches(first, "match-no") || Phrases::holds(bare, "hold-no") {
        return YesNo::No;
    }
    // A yes with a condition or a question behind it is none.
    let short = bare.chars().count() <= 16;
    let open = bare.contains(['?', '？']) || Phrases::holds(bare, "hold-question") || Phrases::holds(bare, "hold-but");
    if short && !open && (Phrases::matches(first, "match-yes") || Phrases::holds(bare, "hold-yes")) {
        return YesNo::Yes;
    }
    YesNo::Neither
}

/// The value of a slot in an utterance. `asked`: it answers a question for it, so that plain words may be the value.
pub(crate) fn value(
    slot: &Slot,
    text: &str,
    entities: &[Entity],
    asked: bool,
    label: impl Fn(&str) -> String,
) -> Option<String> {
    match slot.kind {
        SlotKind::Order => order_number(text, entities),
        SlotKind::Entity(kind) => {
            let found = entities.iter().find(|entity| entity.kind == kind).map(|entity| cut(&entity.value));
            // Asked for, a number alone says it; and without models nobody else finds it.
            let reads = match kind {
                EntityKind::Height => centimetres(text).is_some(),
                EntityKind::Weight => kilograms(text).is_some(),
                _ => false,
            };
            found.or_else(|| (asked && reads).then(|| cut(text.trim())))
        }
        SlotKind::Choice => {
            let folded = zg_text::normalize(text);
            let said = |option: &&String| {
                folded == **option
                    || label(option).split('|').any(|way| crate::phrases::pattern(&folded, &zg_text::normalize(way)))
            };
            slot.options.iter().find(said).cloned()
        }
        SlotKind::Text => {
            let text = text.trim();
            let says = text.chars().filter(|c| c.is_alphanumeric()).count() >= 2;
            (asked && says).then(|| cut(text))
        }
    }
}

/// What an utterance puts in the place of what was told: `不对，换成蓝色的` gives `蓝色的`.
pub(crate) fn corrected(text: &str) -> Option<&str> {
    // Positions of ASCII letters stay where they are.
    let folded = text.to_ascii_lowercase();
    let within = |word: &str| folded.find(word).map(|at| at + word.len());
    let plain = variants("correct-to").filter_map(within).min();
    // `不是蓝色，是红色`: what stands behind the last of them.
    let no = Phrases::matches(folded.split(['，', ',', '。', ' ']).next().unwrap_or_default(), "match-no")
        || folded.starts_with("不是");
    let behind = || {
        let ends = variants("correct-is").filter_map(|word| folded.rfind(word).map(|at| at + word.len()));
        ends.filter(|end| no && *end < folded.len() && !folded[..*end].ends_with("不是")).max()
    };
    let end = plain.or_else(behind)?;
    let rest = text[end..].trim_matches(|c: char| c.is_whitespace() || "，,。.！!：:".contains(c));
    let question = rest.contains(['?', '？', '吗', '呢']) || Phrases::holds(&zg_text::normalize(rest), "hold-how");
    (rest.chars().filter(|c| c.is_alphanumeric()).count() >= 2 && !question).then_some(rest)
}

/// The number of an order: what the models' side found, else a run of digits and letters that has the look of one.
pub(crate) fn order_number(text: &str, entities: &[Entity]) -> Option<String> {
    let found = entities.iter().find(|entity| entity.kind == EntityKind::OrderNumber);
    if let Some(found) = found {
        return Some(cut(&found.value.to_ascii_uppercase()));
    }
    // What was found to be something else is no order.
    let other = |run: &str| {
        entities.iter().any(|entity| {
            matches!(
                entity.kind,
                EntityKind::Phone | EntityKind::IdCard | EntityKind::BankCard | EntityKind::TrackingNumber
            ) && entity.value.contains(run)
        })
    };
    let folded: String = text.chars().map(|c| if ('！'..='～').contains(&c) { shifted(c) } else { c }).collect();
    let runs = folded.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    let runs = runs.map(|run| run.trim_matches(['-', '_']));
    let looks = |run: &&str| {
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let letters = run.bytes().filter(u8::is_ascii_alphabetic).count();
        let phone = run.len() == 11 && run.starts_with('1') && letters == 0;
        !phone
            && run.len() <= 32
            && ((letters == 0 && digits >= 8) || (letters > 0 && digits >= 4 && letters <= digits + 4))
    };
    runs.filter(looks).find(|run| !other(run)).map(str::to_ascii_uppercase)
}

/// A full-width character as the half-width one.
fn shifted(c: char) -> char {
    char::from_u32(c as u32 - 0xfee0).unwrap_or(c)
}

/// Which of the offered choices is meant by `第二个`, `最后一个`, `the second one`: from 0; `n` is how many there are.
pub(crate) fn ordinal(bare: &str, n: usize) -> Option<usize> {
    // A longer text says more than which one.
    if bare.chars().count() > 24 {
        return None;
    }
    let at = (0..n.min(9)).find(|at| Phrases::holds(bare, &format!("ordinal-{}", at + 1)));
    at.or_else(|| Phrases::holds(bare, "ordinal-last").then(|| n.checked_sub(1)).flatten())
}

/// At most [`MOST_BYTES`] of a text, whole characters, none of them a control character: written down as JSON each would take six.
pub(crate) fn cut(text: &str) -> String {
    let mut end = text.len().min(MOST_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::corrected;

    #[test]
    fn what_stands_behind_a_correction() {
        for (text, expected) in [
            ("不对，换成蓝色的", Some("蓝色的")),
            ("换成蓝色的", Some("蓝色的")),
            ("不是蓝色，是红色", Some("红色")),
            ("不，是红色的。", Some("红色的")),
            ("No, make it a Blue one", Some("a Blue one")),
            ("不是我下的单", None),
            ("不是", None),
            ("是的", None),
            ("是红色", None),
            ("不对，换成蓝色的要加钱吗", None),
            ("确认", None),
        ] {
            assert_eq!(corrected(text), expected, "{text}");
        }
    }
}
