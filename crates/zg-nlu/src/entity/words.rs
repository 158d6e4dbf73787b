//! Words that are what they are: colors, carriers, regions, cities, named days. One table, `lexicon.txt`.
//!
//! A line is a kind, what its words mean (`=` where each means itself), and the words; `_` is a space.
//! A word ending in `?` is an ordinary word as well and needs a word around it that tells; one ending in `^` needs its
//! capitals.
//! The kind `skip` lists what would be mistaken for another word: 长沙发 is no city, 马上海 none either.

use std::sync::OnceLock;

use zg_domain::EntityKind;

use super::Hit;
use super::folded::Folded;
use super::time;

struct Word {
    word: &'static str,
    /// `None` for what is to be passed over.
    kind: Option<EntityKind>,
    meaning: &'static str,
    needs_cue: bool,
    needs_capital: bool,
}

/// A word of the table; the kind is `None` for what is to be passed over.
pub(super) fn word(text: &Folded<'_>, at: usize) -> Option<(Option<EntityKind>, Hit)> {
    let (row, end) = longest(text, at, |row, end| row.stands(text, at, end))?;
    Some((row.kind, Hit { end: extended(text, row, end), value: Some(row.meaning.replace('_', " ")) }))
}

/// What the whole text means as a word of a kind, whatever stood around it.
pub(super) fn meaning(text: &Folded<'_>, kind: EntityKind) -> Option<String> {
    let (row, end) = longest(text, 0, |row, _| row.kind == Some(kind))?;
    (extended(text, row, end) == text.len()).then(|| row.meaning.replace('_', " "))
}

fn longest(text: &Folded<'_>, at: usize, holds: impl Fn(&Word, usize) -> bool) -> Option<(&'static Word, usize)> {
    let first = text.get(at)?;
    let mut longest: Option<(&Word, usize)> = None;
    for row in &table()[bucket(first)] {
        let Some(end) = row.literal(text, at) else {
            continue;
        };
        let whole = !row.word.ends_with(|c: char| c.is_ascii_alphanumeric()) || !text.is_alphanumeric(end);
        if whole && longest.is_none_or(|(_, other)| end > other) && holds(row, end) {
            longest = Some((row, end));
        }
    }
    longest
}

/// With what belongs to a place: 市, 省, 自治区.
fn extended(text: &Folded<'_>, row: &Word, end: usize) -> usize {
    match row.kind {
        _ if row.word.is_ascii() => end,
        Some(EntityKind::City) => city_end(text, end),
        Some(EntityKind::Region) => {
            const SUFFIXES: &str = "壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区|特区|省";
            text.word(end, SUFFIXES).unwrap_or(end)
        }
        _ => end,
    }
}

fn city_end(text: &Folded<'_>, end: usize) -> usize {
    let end = text.word(end, "市").filter(|_| !text.is(end + 1, "场值面中价")).unwrap_or(end);
    text.word(end, "自治州|地区|州|盟").unwrap_or(end)
}

/// 朝阳区, 南山区, 昆山县 straight after a city.
pub(super) fn district(text: &Folded<'_>, at: usize) -> Option<usize> {
    let end = (at + 2..=at + 4).find(|end| text.is(*end, "区县"))?;
    let han = text.characters()[at..=end]
        .iter()
        .all(|c| zg_text::is_han(*c) && !"的这那有是我你寄到发送都能可不个在".contains(*c));
    let other = text.word(end - 1, "小区|地区|社区|园区|景区|专区|郊区|市区|战区|时区").is_some();
    (han && !other).then_some(end + 1)
}

const N_BUCKETS: usize = 512;

fn bucket(initial: char) -> usize {
    initial as usize % N_BUCKETS
}

impl Word {
    fn literal(&self, text: &Folded<'_>, at: usize) -> Option<usize> {
        let mut end = at;
        for character in self.word.chars() {
            if text.get(end) != Some(if character == '_' { ' ' } else { character }) {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    fn stands(&self, text: &Folded<'_>, at: usize, end: usize) -> bool {
        if self.needs_capital && !(at..end).all(|at| text.is_upper(at) || !text.is_alphanumeric(at)) {
            return false;
        }
        // 昨天下午三点 is a day and a time.
        let timed = |end: usize| time::time(text, end).is_some_and(|hit| hit.end > end + 2);
        if self.kind == Some(EntityKind::Date) && end >= at + 4 && text.ends(end, "早上|上午|下午") && timed(end - 2)
        {
            return false;
        }
        if !self.needs_cue {
            return true;
        }
        match self.kind {
            Some(EntityKind::Carrier) => {
                const BEFORE: &str = "发|发的|用|走|寄|换|选|指定|发个|改|是|by|via|with|use|through";
                const AFTER: &str =
                    "快递|物流|单号|派送|派件|送|寄|快件|运单|速递|express|logistics|courier|tracking|parcel";
                text.cue(at, BEFORE)
                    || text.word(text.spaces(end), AFTER).is_some()
                    || text.cue(at, "快递|carrier|courier")
            }
            Some(EntityKind::Color) => {
                // 黑的, 要红, 换白: one character is a color beside these.
                let before = text.before(at);
                let free =
                    before.is_none_or(|c| !zg_text::is_han(c) || "要买换选是款的和或有个件双条到成发".contains(c));
                let apart = |c: char| "款的，。,？?、 /".contains(c);
                let after = text.get(end);
                free && (after.is_some_and(|c| "款的".contains(c))
                    || after.is_none_or(apart) && before.is_some_and(|c| "要换选/、 ".contains(c))
                    || after == Some('/'))
            }
            _ => {
                const BEFORE: &str = "到|寄|寄往|发往|发到|送到|在|去|寄到|运到|从|省|to|in|from|住|往|系|喺|回";
                const LATER: &str = "了后过的使用还未没前就之以试看发时并不着起来上下";
                let suffixed = text.word(end, "市|县|区|地区|省|州").is_some();
                suffixed || text.cue(at, BEFORE) && !text.is(end, LATER)
            }
        }
    }
}

/// Buckets by the first character: a sort would cost the WASM module more than the rest of this file.
fn table() -> &'static [Vec<Word>] {
    static TABLE: OnceLock<Vec<Vec<Word>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Vec::new();
        table.resize_with(N_BUCKETS, Vec::new);
        for line in include_str!("lexicon.txt").lines() {
            add_row(&mut table, line);
        }
        table
    })
}

fn add_row(table: &mut [Vec<Word>], line: &'static str) {
    let mut columns = line.split(' ');
    let kind = match columns.next().unwrap_or_default() {
        "date" => Some(EntityKind::Date),
        "time" => Some(EntityKind::Time),
        "duration" => Some(EntityKind::Duration),
        "carrier" => Some(EntityKind::Carrier),
        "color" => Some(EntityKind::Color),
        "region" => Some(EntityKind::Region),
        "city" => Some(EntityKind::City),
        _ => None,
    };
    let meaning = columns.next().unwrap_or_default();
    for word in columns {
        let bare = word.trim_end_matches(['?', '^']);
        let meaning = if meaning == "=" { bare } else { meaning };
        let row = Word { word: bare, kind, meaning, needs_cue: word.contains('?'), needs_capital: word.contains('^') };
        table[bucket(bare.chars().next().unwrap_or(' '))].push(row);
    }
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn every_word_is_folded_and_listed_once() {
        let mut seen = std::collections::BTreeSet::new();
        for row in table().iter().flatten() {
            let folded = zg_text::normalize(&row.word.replace('_', " "));
            assert_eq!(folded, row.word.replace('_', " "), "the table holds folded words");
            assert!(seen.insert(row.word), "{} is listed twice", row.word);
        }
        assert!(seen.len() > 900, "{}", seen.len());
    }
}
