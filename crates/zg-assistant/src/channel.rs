//! One reply, as each channel can show it: buttons become numbers and words to send back, and a shopper who sends them is
//! understood, because what is offered is kept and every label is understood as text.

use std::fmt::Write;

use zg_domain::{CardKind, Reply, ReplyKind};

use crate::phrases::Phrases;

/// Where a reply is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Messages of WeChat's customer service interfaces: `text` of at most 2,048 bytes, and `news`.
    WeChat,
    /// Plain text of any length: a terminal, an SMS gateway, an e-mail.
    Text,
}

/// A message of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// A card that opens a page.
    News {
        title: String,
        description: String,
        url: String,
    },
}

/// Most bytes of a text message, by the interface's documentation (`cgi-bin/kf/send_msg`, `message/custom/send`).
const WECHAT_BYTES: usize = 2_048;
const DESCRIPTION_CHARS: usize = 80;

/// The messages that show a reply. `help` is the address of the shop's help page, where an answer has a place by its id.
#[must_use]
pub fn render(reply: &Reply, channel: Channel, help: Option<&str>) -> Vec<Part> {
    let phrases = Phrases::of(&reply.lang);
    let mut text = reply.text.clone();
    for card in reply.cards.iter().filter(|card| card.kind == CardKind::Product && reply.why.rule == "recommend") {
        let note = if card.note.is_empty() { String::new() } else { format!(" · {}", card.note) };
        let price = if card.price.is_empty() { String::new() } else { format!(" {}", card.price) };
        let _ = write!(text, "\n• {}{price}{note}", card.title);
    }
    let is_choice = |value: &str| ["ask:", "set:", "more:"].iter().any(|kind| value.starts_with(kind));
    let (choices, words): (Vec<_>, Vec<_>) = reply.buttons.iter().partition(|button| is_choice(&button.value));
    if !choices.is_empty() {
        let _ = write!(text, "\n\n{}", phrases.text("channel-numbers"));
        for (button, number) in choices.iter().zip(1..) {
            let _ = write!(text, "\n{number}. {}", button.label);
        }
    }
    if !words.is_empty() {
        let quoted = |label: &str| if label.is_ascii() { format!("\"{label}\"") } else { format!("「{label}」") };
        let labels: Vec<String> = words.iter().map(|button| quoted(&button.label)).collect();
        let _ = write!(text, "\n\n{}{}", phrases.text("channel-words"), labels.join(" "));
    }
    let mut parts = match channel {
        Channel::Text => vec![Part::Text(text)],
        Channel::WeChat => pieces(&text, WECHAT_BYTES).into_iter().map(Part::Text).collect(),
    };
    // The page has the formatting and the source that a bubble of text lacks.
    if let (Channel::WeChat, ReplyKind::Answer(source), Some(help)) = (channel, &reply.kind, help) {
        let description: String = reply.text.chars().take(DESCRIPTION_CHARS).collect();
        let title = format!("{} · {}", source.question, phrases.text("channel-article"));
        parts.push(Part::News { title, description, url: format!("{help}#{}", source.entry) });
    }
    parts
}

/// A text in pieces of at most so many bytes, broken behind a line, else a sentence, else a character.
fn pieces(text: &str, most: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > most {
        let mut end = most;
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let whole = &rest[..end];
        let breaks =
            |ends: &[char]| whole.rfind(ends).map(|at| at + whole[at..].chars().next().map_or(1, char::len_utf8));
        let at = breaks(&['\n']).or_else(|| breaks(&['。', '！', '？', ' '])).unwrap_or(end);
        pieces.push(rest[..at].trim_end().to_owned());
        rest = rest[at..].trim_start_matches('\n');
    }
    pieces.push(rest.to_owned());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use zg_domain::{AnswerSource, Button, Confidence, Why};

    use super::*;

    fn reply(text: &str) -> Reply {
        let button = |label: &str, value: &str| Button { label: label.to_owned(), value: value.to_owned() };
        Reply {
            kind: ReplyKind::Answer(AnswerSource {
                entry: "return-how".to_owned(),
                question: "怎么退货".to_owned(),
                source: "faq".to_owned(),
                confidence: Confidence::ONE,
                verified: None,
                valid_until: None,
            }),
            text: text.to_owned(),
            lang: "zh-CN".to_owned(),
            buttons: vec![button("运费谁出", "ask:fee"), button("找人工客服", "handoff"), button("换货", "ask:swap")],
            cards: Vec::new(),
            why: Why::default(),
        }
    }

    #[test]
    fn buttons_become_numbers_and_words() {
        let shown = "在订单里申请。\n\n回复数字选择：\n1. 运费谁出\n2. 换货\n\n也可以回复：「找人工客服」";
        assert_eq!(
            render(&reply("在订单里申请。"), Channel::Text, Some("https://shop.example/help")),
            [Part::Text(shown.to_owned())]
        );
        let parts = render(&reply("在订单里申请。"), Channel::WeChat, Some("https://shop.example/help"));
        let news = Part::News {
            title: "怎么退货 · 查看完整说明".to_owned(),
            description: "在订单里申请。".to_owned(),
            url: "https://shop.example/help#return-how".to_owned(),
        };
        assert_eq!(parts, [Part::Text(shown.to_owned()), news]);
    }

    #[test]
    fn no_message_is_longer_than_the_interface_takes() {
        for text in ["长".repeat(5_000), "一句话。".repeat(2_000), "a line\n".repeat(3_000)] {
            let parts = render(&reply(&text), Channel::WeChat, None);
            let joined: String =
                parts.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "" }).collect();
            assert!(parts.len() > 2 && joined.len() > 6_000);
            assert!(parts.iter().all(|part| matches!(part, Part::Text(text) if text.len() <= WECHAT_BYTES)));
        }
    }
}
