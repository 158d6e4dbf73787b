//! Answers that do not answer.

use super::Finding;
use super::page::Page;
use super::text::has_any;
use super::words::{self, Sense};

pub(super) fn check(page: &Page<'_>, findings: &mut Vec<Finding>) {
    if page.blank() {
        return;
    }
    if let Some((message, fix)) = missing(page) {
        findings.push(Finding::warning(page.entry, "answer-missing-point", message.to_owned(), fix));
    }
}

fn missing(page: &Page<'_>) -> Option<(&'static str, &'static str)> {
    let answer = page.lines.join(" ");
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let (plain, question) = (letters(&answer), letters(&page.question.text));
    if plain.is_empty() {
        return None;
    }
    if plain == question && plain.chars().count() >= 4 {
        return Some(("the answer repeats the question", "Write what the shopper wants to know."));
    }
    if only_link(&page.entry.answer) {
        return Some(("the answer is a link alone", "Say in a sentence what is behind the link."));
    }
    if refers_elsewhere(&answer) {
        return Some(("the answer refers to a text that the shopper does not see", "Write the answer out."));
    }
    if other_language(page, &answer) {
        return Some((
            "the answer is in another language than the question",
            "Write it in the language of the question.",
        ));
    }
    if sends_away(page, &answer) {
        return Some((
            "the answer only sends the shopper to a person",
            "Answer the question, and name the person for the rest.",
        ));
    }
    let hits = words::hits(&answer);
    let marked = |wanted: &[&str]| {
        hits.iter()
            .any(|hit| hit.senses.iter().any(|sense| matches!(sense, Sense::Mark(mark) if wanted.contains(mark))))
    };
    if (asks_quantity(page)) && !quantified(page, &answer) && !marked(&["free", "cond"]) {
        return Some((
            "the question asks for a number and the answer has none",
            "Write the number, or what it depends on.",
        ));
    }
    if page.question.yes_or_no() && !decides(page, &answer) {
        return Some(("the question asks for a yes or a no and the answer has neither", "Begin with yes or no."));
    }
    None
}

fn only_link(answer: &str) -> bool {
    let trimmed = answer.trim().trim_end_matches(['。', '.']);
    let link = trimmed.starts_with("http")
        || trimmed.starts_with("www.")
        || (trimmed.starts_with('[') && trimmed.ends_with(')') && trimmed.matches("](").count() == 1);
    link && !trimmed.contains(char::is_whitespace) && (trimmed.is_ascii() || trimmed.starts_with('['))
}

fn refers_elsewhere(answer: &str) -> bool {
    const WORDS: &str = "如上|如上所述|同上|见上|见上文|参见上文|见上面|见上一条|看上面|同前|如前所述|参考上一条|见下文|\
        see above|same as above|see below|as above|as mentioned above|as stated above|see previous|\
        refer to the above|请看上面";
    answer.chars().count() <= 40 && has_any(answer, WORDS)
}

fn other_language(page: &Page<'_>, answer: &str) -> bool {
    let count = |text: &str| {
        let han = text.chars().filter(|c| zg_text::is_han(*c)).count();
        let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1).count();
        (han, words)
    };
    // Addresses are of no language.
    let answer: String =
        answer.split(' ').filter(|word| !word.contains("://") && !word.contains('@')).collect::<Vec<_>>().join(" ");
    let (question_han, question_words) = count(&page.question.text);
    let (han, words) = count(&answer);
    if question_han >= 2 && question_han >= question_words {
        han == 0 && words >= 4
    } else {
        question_words >= 2 && question_han == 0 && han >= 6 && han > 2 * words
    }
}

/// "请咨询客服" and little else.
fn sends_away(page: &Page<'_>, answer: &str) -> bool {
    const PERSONS: &str = "客服|人工|店家|卖家|小二|contact us|contact our|customer service|support team|get in touch|\
        ask our|message us";
    const AWAY: &str = "咨询|联系|询问|问客服|找客服|为准|答复|洽|私讯|私信|问人工|留言|回复|contact|ask|reach|get in touch|\
        message us|问一下|转人工|来信|沟通";
    // Somebody who asks for a person wants one.
    let wanted = [
        "联系", "客服", "人工", "投诉", "电话", "contact", "support", "complain", "person", "human", "reach", "speak",
        "talk", "someone", "催", "反馈", "合作", "几点",
    ];
    if wanted.iter().any(|word| page.question.text.contains(word)) {
        return false;
    }
    if !has_any(answer, PERSONS) || !has_any(answer, AWAY) {
        return false;
    }
    // What is left when the courtesy is gone.
    const COURTESY: &str = "客服|人工|店家|卖家|小二|咨询|联系|询问|在线|详情|具体|为准|答复|人员|详细|问题|请|您|我们|\
        亲|哦|以|洽|的|可|与|向|找|问|了解|更多|信息|情况|相关|留言|回复|转|可以|有|如有|疑问|任何|\
        直接|一下|页面|右下角|私讯|私信|沟通|来信|为您|解答|联络|线上";
    if page.chinese {
        let mut rest = answer.to_owned();
        let mut words: Vec<&str> = COURTESY.split('|').collect();
        words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        for word in words {
            rest = rest.replace(word, "");
        }
        return rest.chars().filter(|c| c.is_alphanumeric()).count() <= 3;
    }
    const POLITE: &str = "please|contact|us|our|customer|service|support|team|for|more|details|information|any|questions|\
        if|you|have|get|in|touch|with|to|ask|the|help|and|we|will|be|happy|about|this|reach|out|message|\
        assistance|kindly|staff|directly|further|your|chat";
    answer
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !POLITE.split('|').any(|polite| polite == *word))
        .count()
        <= 2
}

/// How many, how long, how much: not how.
fn asks_quantity(page: &Page<'_>) -> bool {
    let text = &page.question.text;
    if page.chinese {
        let asked = [
            "多久",
            "几天",
            "多少天",
            "多长时间",
            "多少钱",
            "几元",
            "几块",
            "几个工作日",
            "几小时",
            "多少小时",
            "几折",
            "几天内",
            "几日",
            "多少度",
            "多少克",
            "多少元",
            "几次",
            "几张",
        ];
        // 多久了 is a complaint; 几天了 too.
        return asked.iter().any(|word| text.contains(word))
            && ![
                "多久了",
                "几天了",
                "这么久",
                "久了",
                "好几天",
                "怎么算",
                "怎么办",
                "没到",
                "没收到",
                "还没",
                "这几天",
                "过几天",
                "前几天",
                "不到账",
            ]
            .iter()
            .any(|word| text.contains(word));
    }
    ["how long", "how many", "how much", "how soon", "how fast", "what does it cost", "how quickly"]
        .iter()
        .any(|word| text.contains(word))
        && !text.contains("so long")
}

/// A number, a day, or what it depends on.
fn quantified(page: &Page<'_>, answer: &str) -> bool {
    const WORDS: &str = "当天|当日|立即|即时|马上|次日|隔天|明天|今天|实时|半天|半年|终身|永久|长期|随时|不限|没有限制|\
        免费|包邮|不收|不用|无需|不需要|一年|取决|要看|根据|视|不同|为准|显示|标注|标明|写明|写在|见商品页|\
        看商品页|详情页|页面|计算|印在|无法确定|不确定|没法|不能保证|不能确定|如果|若|因人|依照|depend|\
        vary|varies|shown|listed|see the|at check-out|at checkout|free|same day|same-day|next day|\
        tomorrow|immediately|instant|lifetime|forever|right away|at once|no limit|unlimited|不会|\
        不易|-year|-month|-day|one |two |three |four |five |six |seven |ten |half |a day|a week|a month|\
        a year|no extra|nothing|as long as|based on|calculated|overnight|差价|原路";
    let han_digit = |c: char| "一二两三四五六七八九十百几半".contains(c);
    answer.contains(|c: char| c.is_ascii_digit())
        || has_any(answer, WORDS)
        || (page.chinese
            && answer.char_indices().any(|(at, c)| {
                han_digit(c)
                    && [
                        "天",
                        "个",
                        "年",
                        "小时",
                        "周",
                        "月",
                        "日",
                        "元",
                        "块",
                        "折",
                        "分钟",
                        "次",
                        "张",
                        "点",
                        "工作日",
                    ]
                    .iter()
                    .any(|unit| answer[at + c.len_utf8()..].starts_with(unit))
            }))
}

/// A yes, a no, or the circumstances in which it is the one or the other; or what makes it so.
fn decides(page: &Page<'_>, answer: &str) -> bool {
    let hits = words::hits(answer);
    let strong = hits.iter().any(|hit| {
        hit.senses.iter().any(|sense| match sense {
            // "We offer the best service" is no yes.
            Sense::Yes => !matches!(
                &answer[hit.start..hit.end],
                "提供" | "能够" | "offer" | "offers" | "provide" | "provides" | "able" | "may"
            ),
            Sense::No | Sense::Need(_) => true,
            Sense::Mark("weak") => page.chinese || matches!(&answer[hit.start..hit.end], "have" | "has"),
            Sense::Mark(mark) => ["cond", "only", "free", "after"].contains(mark),
            _ => false,
        })
    });
    const DECIDED: &str = "官方|保证|授权|正品|售罄|缺货|下架|停产|卖完|抱歉|慎|偏|推荐|前|之后|按|已|根据|视|sorry|\
        sold out|before|within|until|depends|recommend|both|every";
    if strong || answer.chars().count() <= 6 || has_any(answer, DECIDED) {
        return true;
    }
    // 吗 with 支持5G: the answer that speaks of the same thing has decided.
    let about: Vec<&str> = page.question.keys().map(|(_, key)| key).collect();
    let speaks = hits.iter().any(|hit| hit.keys().any(|key| about.contains(&key)));
    let shares = shared_terms(&page.question, answer);
    let numbers = answer.contains(|c: char| c.is_ascii_digit());
    let shares = shares || (!page.chinese && shared_words(page, answer));
    speaks || shares || numbers
}

/// Whether the answer takes up a word of the question that no list knows.
fn shared_terms(question: &super::facts::Question, answer: &str) -> bool {
    super::scope::unknown_subject(&question.text, &question.hits)
        .iter()
        .any(|subject| answer.contains(subject.as_str()))
        && !question.text.is_empty()
}

/// Whether the answer takes up a word of an English question.
fn shared_words(page: &Page<'_>, answer: &str) -> bool {
    let content = |text: &str| -> Vec<String> {
        let hits = words::hits(text);
        let mut rest = text.to_owned();
        for hit in hits
            .iter()
            .rev()
            .filter(|hit| hit.has(Sense::Fill) || hit.has(Sense::Mark("weak")) || hit.keys().next().is_some())
        {
            rest.replace_range(hit.start..hit.end, " ");
        }
        zg_text::terms(&rest).map(|term| term.text).filter(|term| term.len() > 2).collect()
    };
    let asked = content(&page.question.text);
    content(answer).iter().any(|word| asked.contains(word))
}
