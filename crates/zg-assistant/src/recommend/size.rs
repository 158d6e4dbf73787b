//! Which size fits: a product's own guide, held against a height and a weight.

/// A product's sizes, as its feed lists them in the attribute `size_guide`: `S 155-162 45-52; M 160-168 50-58`, a size, the
/// heights it is for in centimetres and, where the shop knows them, the weights in kilograms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guide {
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    size: String,
    height: (u32, u32),
    weight: Option<(u32, u32)>,
}

impl Guide {
    /// `None` where it is no guide.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let row = |text: &str| {
            let mut parts = text.split_whitespace();
            let size = parts.next()?.to_owned();
            let height = range(parts.next()?)?;
            Some(Row { size, height, weight: parts.next().and_then(range) })
        };
        let rows: Vec<Row> = text.split([';', '；', '\n']).filter_map(row).collect();
        (!rows.is_empty()).then_some(Self { rows })
    }

    pub(crate) fn has_weights(&self) -> bool {
        self.rows.iter().any(|row| row.weight.is_some())
    }

    /// The sizes for somebody, the smallest first; those whose weights fit as well go before all that do not.
    pub(crate) fn fitting(&self, height: u32, weight: Option<u32>) -> Vec<&str> {
        let within = |value: u32, (least, most): (u32, u32)| (least..=most).contains(&value);
        let tall: Vec<&Row> = self.rows.iter().filter(|row| within(height, row.height)).collect();
        let heavy = |row: &&&Row| weight.is_none_or(|weight| row.weight.is_none_or(|of_size| within(weight, of_size)));
        let both: Vec<&str> = tall.iter().filter(heavy).map(|row| &*row.size).collect();
        if !both.is_empty() || weight.is_none() {
            return both;
        }
        // Shoulders and hips decide where the two disagree: the size for the weight, where there is one.
        let by_weight = |row: &&Row| weight.zip(row.weight).is_some_and(|(weight, of_size)| within(weight, of_size));
        self.rows.iter().filter(by_weight).map(|row| &*row.size).collect()
    }
}

fn range(text: &str) -> Option<(u32, u32)> {
    let text = text.trim_end_matches(|c: char| c.is_alphabetic());
    let (least, most) = text.split_once(['-', '–', '~', '—'])?;
    let number = |text: &str| text.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok();
    Some((number(least)?, number(most)?)).filter(|(least, most)| least <= most)
}

/// A height in centimetres: `165cm`, `1米65`, `1.65m`, `一米七`, `165`.
pub(crate) fn centimetres(text: &str) -> Option<u32> {
    let text = plain(text);
    let number = |text: &str| text.trim().parse::<u32>().ok();
    if let Some((_, rest)) = text.split_once(['米', 'm', '.']).filter(|(metres, _)| number(metres) == Some(1)) {
        let rest: String = rest.chars().take_while(char::is_ascii_digit).take(2).collect();
        let part = match rest.len() {
            0 => 0,
            1 => number(&rest)? * 10,
            _ => number(&rest)?,
        };
        return Some(100 + part);
    }
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    number(&digits).filter(|height| (50..=240).contains(height))
}

/// A weight in kilograms: `55kg`, `110斤`, `一百二十斤`, `120 lb`.
pub(crate) fn kilograms(text: &str) -> Option<u32> {
    let text = plain(text);
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let number: u32 = digits.parse().ok()?;
    let jin = text.contains('斤') && !text.contains("公斤");
    let kilograms = match () {
        () if jin => number / 2,
        () if text.contains("lb") || text.contains("pound") => number * 45 / 100,
        // Nobody who is asked for a weight weighs so much in kilograms without saying so.
        () if number > 95 && !text.contains("kg") && !text.contains("公斤") && text.chars().any(zg_text::is_han) => {
            number / 2
        }
        () => number,
    };
    (10..=300).contains(&kilograms).then_some(kilograms)
}

/// Folded, with the numbers that are written in characters as digits.
fn plain(text: &str) -> String {
    let folded = zg_text::normalize(text);
    let mut out = String::new();
    let mut run = String::new();
    let close = |run: &mut String, out: &mut String| {
        if !run.is_empty() {
            match super::wish::whole(run) {
                Some(number) => out.push_str(&number.to_string()),
                None => out.push_str(run),
            }
            run.clear();
        }
    };
    for character in folded.chars() {
        if "零一二两三四五六七八九十百".contains(character) {
            run.push(character);
        } else {
            close(&mut run, &mut out);
            out.push(character);
        }
    }
    close(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_and_weights_are_read() {
        for (text, expected) in [
            ("165cm", Some(165)),
            ("1米65", Some(165)),
            ("1.7m", Some(170)),
            ("一米七", Some(170)),
            ("一米七五", Some(175)),
            ("170 cm", Some(170)),
            ("168", Some(168)),
            ("很高", None),
            ("9999", None),
        ] {
            assert_eq!(centimetres(text), expected, "{text}");
        }
        for (text, expected) in [
            ("55kg", Some(55)),
            ("110斤", Some(55)),
            ("一百二十斤", Some(60)),
            ("60公斤", Some(60)),
            ("120 lbs", Some(54)),
            ("胖", None),
        ] {
            assert_eq!(kilograms(text), expected, "{text}");
        }
    }

    #[test]
    fn sizes_fit_or_none_does() {
        let guide = Guide::read("S 155-162 42-50; M 160–168 48–56；L 166-174cm 54-64kg; nonsense").expect("a guide");
        assert!(guide.has_weights());
        for (height, weight, expected) in [
            (158, Some(45), vec!["S"]),
            (161, Some(49), vec!["S", "M"]),
            (161, None, vec!["S", "M"]),
            (158, Some(60), vec!["L"]),
            (190, Some(55), vec!["M", "L"]),
            (190, Some(90), vec![]),
            (190, None, vec![]),
        ] {
            assert_eq!(guide.fitting(height, weight), expected, "{height} {weight:?}");
        }
        assert_eq!(Guide::read("free size"), None);
        assert!(!Guide::read("S 155-162; M 160-168").expect("a guide").has_weights());
    }
}
