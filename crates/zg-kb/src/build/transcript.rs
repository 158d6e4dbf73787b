//! Conversations with shoppers: what they ask, how often, and what they were told.
//!
//! What is mined is a proposal for somebody to look at. It never becomes an entry by itself.

use std::collections::BTreeMap;

use super::minhash::{Near, Shingled};
use super::question::is_question;
use super::{Severity, Sources, html, json, safe};
use zg_text::personal;

/// How much of two questions must be the same for them to be one.
const ALIKE: f64 = 0.5;
const MAX_VARIANTS: usize = 20;
const MAX_ANSWERS: usize = 200;
const MAX_ANSWER_CHARS: usize = 2_000;
const MAX_CANDIDATES: usize = 50_000;

/// A question shoppers asked, personal data masked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidate {
    pub question: String,
    /// How many turns asked it.
    pub n: u64,
    /// Other ways it was asked.
    pub variants: Vec<String>,
    /// What the shop's people answered most often; empty where they never did.
    pub suggested_answer: String,
    pub file: String,
    /// Where it was asked first.
    pub line: u64,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    Customer,
    Agent,
    /// A system, or somebody unknown.
    Other,
}

/// What was said at one time.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub speaker: Speaker,
    pub text: String,
    pub line: u64,
}

const CUSTOMERS: [&str; 14] = [
    "顾客", "顧客", "客户", "客戶", "买家", "買家", "用户", "用戶", "customer", "shopper", "user", "buyer", "client",
    "visitor",
];
const AGENTS: [&str; 14] = [
    "客服",
    "商家",
    "卖家",
    "賣家",
    "店家",
    "掌柜",
    "掌櫃",
    "agent",
    "assistant",
    "operator",
    "support",
    "seller",
    "staff",
    "bot",
];
const OTHERS: [&str; 4] = ["系统", "系統", "system", "tool"];

/// The speaker of this name.
pub(super) fn speaker(name: &str) -> Option<Speaker> {
    let name = name.trim().to_lowercase();
    if CUSTOMERS.contains(&name.as_str()) {
        Some(Speaker::Customer)
    } else if AGENTS.contains(&name.as_str()) {
        Some(Speaker::Agent)
    } else {
        OTHERS.contains(&name.as_str()).then_some(Speaker::Other)
    }
}

/// Whether a text has lines like `顾客: …` or JSON lines of turns.
pub(super) fn looks_like(text: &str) -> bool {
    text.lines().take(50).filter(|line| said(line).is_some()).count() >= 2
}

/// Reads lines `顾客: …`, `Agent: …`; other lines belong to the turn before, empty ones part conversations.
pub(super) fn read(file: &str, text: &str, sources: &mut Sources) -> &'static str {
    let first = text.trim_start().lines().next().unwrap_or_default();
    // `[10:02] 顾客: …` begins with a bracket too.
    if first.starts_with(['{', '[']) && said(first).is_none() {
        let is_whole = serde_json::from_str::<serde_json::Value>(first).is_err()
            && serde_json::from_str::<serde_json::Value>(text).is_ok();
        return if is_whole { json::read(file, text, sources) } else { json::read_lines(file, text, sources) };
    }
    let mut conversations: Vec<Vec<Turn>> = vec![Vec::new()];
    for (at, line) in text.lines().enumerate() {
        let Some(turns) = conversations.last_mut() else { break };
        if line.trim().is_empty() {
            if !turns.is_empty() {
                conversations.push(Vec::new());
            }
        } else if let Some((speaker, words)) = said(line) {
            turns.push(Turn { speaker, text: words.to_owned(), line: at as u64 + 1 });
        } else if let Some(turn) = turns.last_mut() {
            turn.text.push('\n');
            turn.text.push_str(line.trim());
        }
    }
    mine(file, &conversations, sources);
    if conversations.iter().all(Vec::is_empty) {
        let message = "no line begins with who speaks, as in \"顾客: …\" or \"Agent: …\"";
        sources.find(file, 1, "no-entries", Severity::Warning, message);
    }
    "transcript"
}

/// A line that says who speaks, without the time before the name.
fn said(line: &str) -> Option<(Speaker, &str)> {
    let line = line.trim_start_matches(|c: char| {
        c.is_ascii_digit()
            || c.is_whitespace()
            || matches!(c, '[' | ']' | ':' | '-' | '/' | '.' | '(' | ')' | 'T' | ',')
    });
    let (at, colon) = line.char_indices().take(24).find(|(_, c)| matches!(c, ':' | '：'))?;
    // `客服 小王: …` and `Customer (12:30): …`.
    let name = line[..at].split([' ', '(', '（', '[', '-']).next().unwrap_or_default();
    Some((speaker(name)?, line[at + colon.len_utf8()..].trim()))
}

/// A group of questions that are alike.
struct Group {
    question: String,
    n: u64,
    variants: Vec<String>,
    /// The question and its variants, folded.
    folded: Vec<String>,
    /// Folded answer: how often, when first, and its words.
    answers: BTreeMap<String, (u64, usize, String)>,
    line: u64,
}

/// Mines conversations for questions.
pub(super) fn mine(file: &str, conversations: &[Vec<Turn>], sources: &mut Sources) {
    let mut near = Near::new(ALIKE);
    // Groups by the number of the question that began them.
    let mut of_member: Vec<Option<usize>> = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    for turns in conversations {
        for (at, turn) in turns.iter().enumerate() {
            if turn.speaker != Speaker::Customer || !is_question(&turn.text) {
                continue;
            }
            let question = tidy(&turn.text);
            let core = core(&question);
            if core.chars().count() < 2 {
                continue;
            }
            let group = match near.insert(Shingled::of(&core, 2)) {
                Some((alike, _)) => of_member[alike],
                None if groups.len() >= MAX_CANDIDATES => None,
                None => {
                    groups.push(Group {
                        question: question.clone(),
                        n: 0,
                        variants: Vec::new(),
                        folded: Vec::new(),
                        answers: BTreeMap::new(),
                        line: turn.line,
                    });
                    Some(groups.len() - 1)
                }
            };
            of_member.push(group);
            let Some(group) = group.map(|group| &mut groups[group]) else { continue };
            group.n += 1;
            let folded = zg_text::normalize(&question);
            if !group.folded.contains(&folded) && group.folded.len() <= MAX_VARIANTS {
                if !group.folded.is_empty() {
                    group.variants.push(question);
                }
                group.folded.push(folded);
            }
            // The first reply before the shopper speaks again.
            let reply = turns[at + 1..].iter().find(|turn| turn.speaker != Speaker::Other);
            if let Some(reply) = reply.filter(|reply| reply.speaker == Speaker::Agent && !reply.text.trim().is_empty())
            {
                let n_answers = group.answers.len();
                let folded = zg_text::normalize(&personal::mask(&reply.text));
                if n_answers < MAX_ANSWERS || group.answers.contains_key(&folded) {
                    let words: String = reply.text.chars().take(MAX_ANSWER_CHARS).collect();
                    group.answers.entry(folded).or_insert((0, n_answers, words)).0 += 1;
                }
            }
        }
    }
    groups.sort_by_key(|group| (std::cmp::Reverse(group.n), group.line));
    for group in groups {
        // Masked last: the marks that mask are no Markdown to escape.
        let best = group.answers.into_values().max_by_key(|(n, first, _)| (*n, std::cmp::Reverse(*first)));
        let answer = best.map(|(.., words)| safe::safe_markdown(&html::plain(&words)).text).unwrap_or_default();
        sources.candidates.push(Candidate {
            question: group.question,
            n: group.n,
            variants: group.variants,
            suggested_answer: personal::mask(&answer),
            file: file.to_owned(),
            line: group.line,
        });
    }
}

/// On one line, nothing invisible, nobody's data.
fn tidy(text: &str) -> String {
    let text = safe::visible(text);
    personal::mask(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What a question is about, without what is said out of politeness.
pub(super) fn core(question: &str) -> String {
    const OPENING: [&str; 14] = [
        "你好",
        "您好",
        "请问",
        "亲",
        "在吗",
        "麻烦问下",
        "我想问一下",
        "想问一下",
        "问一下",
        "hello",
        "hi",
        "hey",
        "excuse me",
        "please",
    ];
    let folded = zg_text::normalize(question);
    let mut rest = folded.as_str();
    let is_filler = |c: char| !c.is_alphanumeric();
    loop {
        rest = rest.trim_start_matches(is_filler);
        let Some(after) = OPENING.iter().find_map(|opening| rest.strip_prefix(opening)) else { break };
        // `hi` begins `high` too.
        let is_word = rest.starts_with(|c: char| c.is_ascii_alphabetic());
        if after.is_empty() || (is_word && after.starts_with(|c: char| c.is_ascii_alphanumeric())) {
            break;
        }
        rest = after;
    }
    rest.trim_end_matches(|c: char| {
        is_filler(c) || matches!(c, '吗' | '呢' | '啊' | '呀' | '吧' | '哦' | '哈' | '嘛' | '么')
    })
    .to_owned()
}
