//! Days: what is past, what ends without saying so, what ends on two days, what nobody has looked at.

use zg_domain::Date;

use super::page::Page;
use super::{Finding, text};
use crate::build::Entry;

/// An answer that was checked longer ago than this may have been overtaken.
const STALE_DAYS: i64 = 365;

pub(super) fn check(page: &Page<'_>, today: Date, findings: &mut Vec<Finding>) {
    let entry = page.entry;
    if let Some(last) = entry.valid_until.filter(|last| *last < today) {
        let message = format!("valid until {last}, which is past: it is never shown");
        findings.push(Finding::warning(entry, "expired", message, "Remove the entry, or set a later valid_until."));
    }
    if let Some(verified) = entry.verified {
        order(entry, verified, today, findings);
    }
    if page.blank() {
        return;
    }
    let ends = ends(&page.lines, entry.valid_until.unwrap_or(today));
    match entry.valid_until {
        None => {
            if let Some(word) = ends.first().map(|end| end.words.clone()).or_else(|| campaign(page)) {
                let message = format!("the answer speaks of {word:?} and the entry has no valid_until");
                let fix = "Set valid_until to the last day on which the answer is right.";
                findings.push(Finding::warning(entry, "validity-missing", message, fix));
            }
        }
        Some(field) => {
            if let Some(end) = ends.iter().max_by_key(|end| end.date).filter(|end| end.date != field) {
                let message = format!("the answer says {:?} ({}), valid_until says {field}", end.words, end.date);
                let fix = "Let both say the same day.";
                findings.push(Finding::error(entry, "validity-mismatch", message, fix));
            }
        }
    }
}

fn order(entry: &Entry, verified: Date, today: Date, findings: &mut Vec<Finding>) {
    if verified > today {
        let message = format!("verified on {verified}, which is yet to come");
        findings.push(Finding::error(entry, "date-order", message, "Set verified to the day of the last check."));
    } else if today.days() - verified.days() > STALE_DAYS {
        let message = format!("last verified on {verified}, more than {STALE_DAYS} days ago");
        findings.push(Finding::warning(entry, "stale", message, "Check the answer and set verified to today."));
    }
    if let Some(last) = entry.valid_until.filter(|last| *last < verified) {
        let message = format!("valid until {last}, before it was verified on {verified}");
        findings.push(Finding::error(entry, "date-order", message, "Correct one of the two days."));
    }
}

/// A day by which an answer says that it ends.
struct End {
    date: Date,
    words: String,
}

/// "活动到12月20日结束", "until November 30": days with a word of ending beside them.
fn ends(lines: &[String], near: Date) -> Vec<End> {
    let mut found = Vec::new();
    for line in lines {
        for (start, end, date) in days(line, near) {
            let before = line[..start].trim_end();
            let after = line[end..].trim_start();
            let ending_before = [
                "到",
                "至",
                "截至",
                "截止",
                "截止到",
                "截止至",
                "-",
                "–",
                "~",
                "until",
                "till",
                "through",
                "thru",
                "by",
                "ends on",
                "ends",
                "expires on",
                "expires",
                "before",
                "ending",
                "end on",
                "to",
                "deadline is",
                "截止日期为",
                "有效期至",
            ]
            .iter()
            .any(|word| {
                before.strip_suffix(word).is_some_and(|rest| {
                    !word.is_ascii() || *word == "-" || *word == "~" || rest.is_empty() || rest.ends_with(' ')
                })
            });
            let due = after.strip_prefix("之前").or_else(|| after.strip_prefix('前')).is_some_and(|what| {
                let what = what.trim_start_matches(['完', '成', '均', '可']);
                what.chars().next().is_none_or(|c| !c.is_alphanumeric())
                    || [
                        "下单", "付", "购买", "订购", "拍下", "报名", "领", "使用", "有效", "预订", "买", "结帐",
                        "结账", "预约", "兑换",
                    ]
                    .iter()
                    .any(|verb| what.starts_with(verb))
            });
            let ending_after = due
                || [
                    "止",
                    "为止",
                    "截止",
                    "结束",
                    "24点前",
                    "24:00前",
                    "24点",
                    "23:59",
                    "24:00",
                    "当天结束",
                    "失效",
                    "到期",
                ]
                .iter()
                .any(|word| after.starts_with(word));
            if ending_before || ending_after {
                let words =
                    line[..end].char_indices().rev().nth(9 + line[start..end].chars().count()).map_or(0, |(at, _)| at);
                found.push(End { date, words: line[words..end].trim().to_owned() });
            }
        }
    }
    found
}

const MONTHS: &str = "january|february|march|april|may|june|july|august|september|october|november|december";

/// Days of the year named in a folded line, in bytes. A year that is left out is the one that brings the day nearest.
fn days(line: &str, near: Date) -> Vec<(usize, usize, Date)> {
    let mut found = Vec::new();
    let digits_before = |at: usize| line[..at].bytes().rev().take_while(u8::is_ascii_digit).count();
    let digits_after = |at: usize| line[at..].bytes().take_while(u8::is_ascii_digit).count();
    for (at, _) in line.match_indices('月') {
        let n_month = digits_before(at);
        let n_day = digits_after(at + '月'.len_utf8());
        let day_end = at + '月'.len_utf8() + n_day;
        if n_month == 0 || n_day == 0 || n_month > 2 || n_day > 2 {
            continue;
        }
        let mut start = at - n_month;
        let year = line[..start].strip_suffix('年').and_then(|head| {
            let n = digits_before(head.len());
            (n == 4).then(|| head[head.len() - 4..].to_owned())
        });
        if year.is_some() {
            start -= 4 + '年'.len_utf8();
        }
        let end =
            day_end + ["日", "号"].iter().find(|word| line[day_end..].starts_with(**word)).map_or(0, |word| word.len());
        let (month, day) = (&line[at - n_month..at], &line[at + '月'.len_utf8()..day_end]);
        found.extend(date(year.as_deref(), month, day, near).map(|date| (start, end, date)));
    }
    for (index, name) in MONTHS.split('|').enumerate() {
        for short in [name, &name[..3]] {
            for (at, _) in line.match_indices(short) {
                let head = &line[..at];
                let rest = &line[at + short.len()..];
                if head.ends_with(|c: char| c.is_ascii_alphanumeric())
                    || rest.starts_with(|c: char| c.is_ascii_alphabetic())
                {
                    continue;
                }
                let rest_trimmed = rest.trim_start_matches(['.', ' ']);
                let day_at = line.len() - rest_trimmed.len();
                let n_day = digits_after(day_at);
                if (1..=2).contains(&n_day) {
                    let mut end = day_at + n_day;
                    end += ["st", "nd", "rd", "th"]
                        .iter()
                        .find(|word| line[end..].starts_with(**word))
                        .map_or(0, |word| word.len());
                    let year_at = line.len() - line[end..].trim_start_matches([',', ' ']).len();
                    let year = (digits_after(year_at) == 4).then(|| &line[year_at..year_at + 4]);
                    let day = &line[day_at..day_at + n_day];
                    let whole_end = if year.is_some() { year_at + 4 } else { end };
                    found.extend(date(year, &(index + 1).to_string(), day, near).map(|date| (at, whole_end, date)));
                } else if let Some(before) = head.strip_suffix(' ') {
                    let before =
                        ["st", "nd", "rd", "th"].iter().find_map(|word| before.strip_suffix(word)).unwrap_or(before);
                    let n = digits_before(before.len());
                    if (1..=2).contains(&n) {
                        let day = &before[before.len() - n..];
                        let end = at + short.len();
                        found.extend(
                            date(None, &(index + 1).to_string(), day, near).map(|date| (before.len() - n, end, date)),
                        );
                    }
                }
            }
        }
    }
    // 2026-12-31, 2026/12/31.
    for (at, _) in line.match_indices(['-', '/']) {
        let parts: Vec<&str> = line[at + 1..].splitn(2, ['-', '/']).collect();
        let n_year = digits_before(at);
        if let (4, [month, rest]) = (n_year, parts.as_slice()) {
            let n_day = rest.bytes().take_while(u8::is_ascii_digit).count();
            if (1..=2).contains(&month.len()) && (1..=2).contains(&n_day) {
                let end = at + 1 + month.len() + 1 + n_day;
                found
                    .extend(date(Some(&line[at - 4..at]), month, &rest[..n_day], near).map(|date| (at - 4, end, date)));
            }
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|day| day.0);
    found
}

fn date(year: Option<&str>, month: &str, day: &str, near: Date) -> Option<Date> {
    if let Some(year) = year {
        return Date::parse(&format!("{year}-{month:0>2}-{day:0>2}"));
    }
    let this: i64 = near.to_string().get(..4)?.parse().ok()?;
    let of = |year: i64| Date::parse(&format!("{year:04}-{month:0>2}-{day:0>2}"));
    [this - 1, this, this + 1].into_iter().filter_map(of).min_by_key(|date| (date.days() - near.days()).abs())
}

/// A campaign that the answer takes part in, as long as it does not speak of every year.
fn campaign(page: &Page<'_>) -> Option<String> {
    let answer = page.lines.join(" ");
    let whole = format!("{} {answer}", page.question.text);
    let general = [
        "每年",
        "每月",
        "每周",
        "历年",
        "往年",
        "通常",
        "一般",
        "公告",
        "以首页",
        "以页面",
        "以活动",
        "商品页",
        "期间也",
        "every year",
        "each year",
        "every month",
        " orders",
        "保价",
        "不在",
        "usually",
        "home page",
        "homepage",
        "annually",
        "newsletter",
        "照常",
        "包括",
        "不参加",
        "不参与",
        "次晨",
        "does not apply",
        "not apply",
        "excluded",
        "不能用",
        "不能叠加",
        "除外",
        "订单",
        "平时",
        "其他时候",
        "大促期间",
    ];
    if general.iter().any(|word| whole.contains(word)) {
        return None;
    }
    const OFFERS: &str = "折|减|优惠|半价|特价|赠|送|特惠|满|立减|红包|低至|off|deal|sale|discount|free|gift|half price|\
        save|coupon|%";
    const NAMES: &str = "双11|双十一|双12|双十二|618|黑五|黑色星期五|black friday|cyber monday|singles' day|即日起|\
        限时|年货节|周年庆|店庆|女神节|情人节|中秋|国庆|圣诞|元旦|开学季|limited time|limited-time|\
        this week only|while stocks last|送完即止|售完即止|本周|本月|christmas|this weekend|母亲节";
    let name = NAMES.split('|').find(|name| whole.contains(*name))?;
    if name == "限时" && (whole.contains("限时达") || whole.contains("限时送达") || whole.contains("限时配送"))
    {
        return None;
    }
    let offers = text::has_any(&answer, OFFERS);
    offers.then(|| (*name).to_owned())
}
