//! Whether a text asks.

const ZH_ANYWHERE: [&str; 36] = [
    "怎么",
    "怎麼",
    "怎样",
    "怎樣",
    "什么",
    "什麼",
    "多少",
    "多久",
    "几天",
    "幾天",
    "几时",
    "幾時",
    "何时",
    "何時",
    "如何",
    "为何",
    "為何",
    "为什么",
    "哪里",
    "哪裡",
    "哪个",
    "哪個",
    "哪些",
    "是否",
    "能否",
    "可否",
    "有没有",
    "有沒有",
    "是不是",
    "能不能",
    "可不可以",
    "会不会",
    "要不要",
    "点样",
    "點樣",
    "咋",
];
const ZH_LAST: [char; 6] = ['吗', '嗎', '呢', '么', '麼', '咩'];
const EN_FIRST: [&str; 32] = [
    "how", "what", "what's", "whats", "when", "where", "where's", "which", "who", "whose", "why", "can", "could", "do",
    "does", "did", "is", "isn't", "are", "am", "was", "will", "would", "should", "may", "have", "has", "any", "don't",
    "doesn't", "can't", "how's",
];
const MAX_CHARS: usize = 200;

/// Whether a heading or what a shopper wrote reads as a question.
pub(super) fn is_question(text: &str) -> bool {
    let text = text.trim();
    let n_chars = text.chars().take(MAX_CHARS + 1).count();
    if !(2..=MAX_CHARS).contains(&n_chars) || !text.chars().any(char::is_alphanumeric) {
        return false;
    }
    let closed =
        text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '”' | '」' | ')' | '）' | '~' | '～'));
    if closed.ends_with(['?', '？']) {
        return true;
    }
    let bare = closed.trim_end_matches(['.', '。', '!', '！', ',', '，', '…', '啊', '呀']);
    if ZH_ANYWHERE.iter().any(|word| bare.contains(word)) || bare.ends_with(ZH_LAST) {
        return true;
    }
    let mut words = bare.split_whitespace();
    let first = words.next().unwrap_or_default().to_ascii_lowercase().replace('’', "'");
    EN_FIRST.contains(&first.as_str()) && words.count() >= 2
}
