//! Names of columns as people write them, and dates as spreadsheets write them.

use zg_domain::Date;

/// Columns by their name in a header row. English names are those of [`Entry`](super::Entry).
const COLUMNS: &[(&str, &[&str])] = &[
    ("id", &["编号"]),
    ("question", &["问题", "標準問題", "标准问题", "問題"]),
    ("answer", &["答案", "回答"]),
    ("variants", &["相似问法", "相似問法", "相似问题", "相似問題"]),
    ("category", &["分类", "分類"]),
    ("lang", &["语言", "語言", "language"]),
    ("product", &["商品"]),
    ("audience", &["人群", "群体", "群體"]),
    ("intent", &["意图", "意圖"]),
    ("verified", &["核实日期", "核實日期"]),
    ("valid_until", &["有效期至"]),
];

/// The field a column holds, whatever its case and script.
pub(super) fn canonical(header: &str) -> Option<&'static str> {
    let header = header.trim().trim_start_matches('\u{feff}').to_lowercase();
    COLUMNS.iter().find(|(name, others)| *name == header || others.contains(&header.as_str())).map(|(name, _)| *name)
}

/// Whether a row names the two columns an entry cannot be without.
pub(super) fn is_header<'h>(row: impl IntoIterator<Item = &'h str>) -> bool {
    let (mut question, mut answer) = (false, false);
    for name in row {
        match canonical(name) {
            Some("question") => question = true,
            Some("answer") => answer = true,
            _ => {}
        }
    }
    question && answer
}

/// A cell as a field holds it: dates that begin with the year become `YYYY-MM-DD`, all else stays.
///
/// A spreadsheet shows 2026-11-01 as 2026/11/1 and saves it so. A day before the year is not read: nobody knows
/// whether 3/4/2026 is in March.
pub(super) fn cell<'v>(name: &str, value: &'v str) -> std::borrow::Cow<'v, str> {
    let is_date = matches!(name, "verified" | "valid_until");
    match is_date.then(|| year_first(value)).flatten() {
        Some(date) => date.to_string().into(),
        None => value.into(),
    }
}

fn year_first(value: &str) -> Option<Date> {
    let value = value.trim();
    // A time of day may follow.
    let value = value.split([' ', 'T']).next().unwrap_or_default().trim_end_matches('日');
    let mut parts = value.split(['/', '-', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || !(1..=2).contains(&month.len()) || !(1..=2).contains(&day.len()) {
        return None;
    }
    Date::parse(&format!("{year}-{month:0>2}-{day:0>2}"))
}
