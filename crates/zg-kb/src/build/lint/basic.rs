//! What one looks at first: empty, too long, not to be found, not a question anybody types.

use super::Finding;
use super::page::Page;

/// An answer longer than this is scrolled past, not read.
const MAX_ANSWER_CHARS: usize = 1_200;
const MAX_QUESTION_HAN: usize = 60;
const MAX_QUESTION_WORDS: usize = 30;

pub(super) fn check(page: &Page<'_>, findings: &mut Vec<Finding>) {
    let entry = page.entry;
    if entry.question.trim().is_empty() {
        let fix = "Write the question a shopper would type, or remove the entry.";
        findings.push(Finding::error(entry, "empty-question", "the question is empty".to_owned(), fix));
    }
    if entry.answer.trim().is_empty() {
        let fix = "Write the answer, or remove the entry.";
        findings.push(Finding::error(entry, "empty-answer", "the answer is empty".to_owned(), fix));
    }
    let length = entry.answer.trim().chars().count();
    if length > MAX_ANSWER_CHARS {
        let message = format!("the answer has {length} characters; more than {MAX_ANSWER_CHARS} are not read");
        findings.push(Finding::warning(entry, "too-long", message, "Cut it into entries of one matter each."));
    }
    for (way, folded) in page.ways() {
        // Cutting into terms is the exact question, and seldom asked: letters and characters are terms.
        let plain = folded.contains(|c: char| c.is_ascii_alphanumeric() || zg_text::is_han(c));
        if !folded.is_empty() && !plain && zg_text::terms(way).next().is_none() {
            let message = format!("{way:?} has no character or word to find it by");
            findings.push(Finding::warning(entry, "unsearchable", message, "Write words, or remove it."));
        }
    }
    if let Some((message, fix)) = unnatural(page) {
        findings.push(Finding::warning(entry, "unnatural-question", message, fix));
    }
}

fn unnatural(page: &Page<'_>) -> Option<(String, &'static str)> {
    let question = page.entry.question.trim();
    let folded = &page.question.text;
    if question.is_empty() {
        return None;
    }
    for (what, text) in [("question", question), ("answer", page.entry.answer.as_str())] {
        if let Some(residue) = residue(text, what == "answer") {
            return Some((
                format!("the {what} holds {residue:?}, which a draft left behind"),
                "Write what belongs there.",
            ));
        }
    }
    let n_han = question.chars().filter(|c| zg_text::is_han(*c)).count();
    let n_words = question.split_whitespace().filter(|word| word.contains(|c: char| c.is_ascii_alphabetic())).count();
    if n_han > MAX_QUESTION_HAN || n_words > MAX_QUESTION_WORDS {
        let message = format!("nobody types a question of {} characters", question.chars().count());
        return Some((message, "Write it as short as a shopper does; the details belong in the answer."));
    }
    if n_han == 0 && n_words >= 3 {
        let long: Vec<&str> =
            question.split_whitespace().filter(|w| w.bytes().filter(u8::is_ascii_alphabetic).count() > 1).collect();
        if long.len() >= 3 && long.iter().all(|word| !word.contains(|c: char| c.is_lowercase())) {
            return Some(("the question is in capitals".to_owned(), "Write it in small letters."));
        }
    }
    heading(page, folded).then(|| {
        (
            format!("{question:?} is a heading, not a question"),
            "Ask what a shopper asks, such as 怎么退货 or “how do I return it”.",
        )
    })
}

/// What a template or a draft left.
fn residue(text: &str, answer: bool) -> Option<&str> {
    if let Some(start) = text.find("{{") {
        return text[start..].find("}}").map(|end| &text[start..start + end + 2]);
    }
    if let Some(start) = text.find("${").filter(|start| text[*start..].contains('}')) {
        return text.get(start..start + 2);
    }
    let folded = text.to_lowercase();
    for words in [
        "lorem ipsum",
        "测试答案",
        "测试问题",
        "测试数据",
        "此处填写",
        "待补充",
        "待填写",
        "这里填",
        "在此输入",
        "占位",
        "insert answer",
        "answer goes here",
        "your answer here",
        "placeholder",
        "[your ",
        "待定内容",
        "【填写",
        "示例问题",
        "示例答案",
        "測試問題",
        "測試答案",
        "待補",
        "此處填寫",
    ] {
        if folded.contains(words) {
            return Some(words);
        }
    }
    let trimmed = folded.trim();
    if ["test", "tbd", "todo", "asdf", "n/a", "xxx", "测试", "暂无", "待定", "...", "……", "aaa", "123"]
        .contains(&trimmed)
        || trimmed.strip_prefix("test").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    {
        return Some(text.trim());
    }
    for (marker, alone) in [("TODO", true), ("FIXME", true), ("TBD", true), ("XXX", false)] {
        for (at, _) in text.match_indices(marker) {
            let (before, after) = (text[..at].chars().next_back(), text[at + marker.len()..].chars().next());
            let joined = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            if joined(before) || joined(after) {
                continue;
            }
            // A mark of an author stands at the start, or before a colon; in the middle it is a word.
            let mark = at == 0 || after == Some(':') || after == Some('：');
            let size = after.is_some_and(|c| matches!(c, '码' | '碼'))
                || [" size", " large", " small", " l", " s"]
                    .iter()
                    .any(|size| text[at + marker.len()..].starts_with(size));
            if (!alone && !size) || (alone && (mark || answer)) {
                return Some(marker);
            }
        }
    }
    None
}

/// 售后政策, "Return Policy": what stands over a page.
fn heading(page: &Page<'_>, folded: &str) -> bool {
    if folded.ends_with('?') {
        return false;
    }
    if page.chinese {
        const ENDS: [&str; 27] = [
            "政策",
            "说明",
            "须知",
            "规则",
            "条款",
            "指南",
            "简介",
            "介绍",
            "概述",
            "声明",
            "协议",
            "公告",
            "细则",
            "服务",
            "相关",
            "问题汇总",
            "常见问题",
            "注意事项",
            "信息",
            "事项",
            "总则",
            "章程",
            "规定",
            "制度",
            "范围",
            "保障",
            "承诺",
        ];
        let verb = ["怎", "吗", "什么", "哪", "多", "能", "有没有", "我", "要", "想", "查", "看", "找"]
            .iter()
            .any(|word| folded.contains(word));
        return !verb && folded.chars().count() <= 12 && ENDS.iter().any(|end| folded.ends_with(end));
    }
    const ENDS: [&str; 16] = [
        "policy",
        "policies",
        "information",
        "guide",
        "overview",
        "terms",
        "conditions",
        "details",
        "notice",
        "disclaimer",
        "faq",
        "faqs",
        "instructions",
        "about us",
        "services",
        "options",
    ];
    let words = folded.split(' ').count();
    let asks =
        ["how", "what", "where", "when", "why", "who", "is", "are", "do", "does", "can", "i", "my", "need", "want"];
    words <= 4 && ENDS.iter().any(|end| folded.ends_with(end)) && !folded.split(' ').any(|word| asks.contains(&word))
}
