//! What must hold of any conversation, whatever is typed and pressed.

use zg_assistant::{
    ACCEPT, CLARIFY, Context, NoModels, Playbooks, Understand, candidates, locale_for, step, step_listing,
};
use zg_domain::{
    Card, Confidence, Date, DialogueEvent, DialogueState, Effect, Emotion, Handoff, Intent, Language, LookedAt,
    Outcome, ReplyKind, Scored, Sentiment, Suggested, Timestamp, Understanding, Utterance, Waits,
};

use zg_proto::cli::StateRecord;

use crate::{knowledge, library};

const NOW: Timestamp = Timestamp::from_millis(1_795_305_600_000);

fn context<'c>(
    bundle: &'c zg_kb::Bundle,
    playbooks: &'c Playbooks,
    understand: &'c dyn Understand,
    people: bool,
) -> Context<'c> {
    Context {
        bundle,
        playbooks,
        understand,
        locale: "zh-CN",
        people,
        customer: zg_policy::Customer::Unknown,
        actions: true,
        cart: true,
        forms: false,
        products: &[],
    }
}

fn say(text: impl Into<String>) -> DialogueEvent {
    DialogueEvent::Utterance { text: text.into() }
}

#[test]
fn enormous_and_odd_texts_get_one_bounded_reply() {
    let bundle = knowledge();
    let playbooks = library();
    let context = context(&bundle, &playbooks, &NoModels, true);
    for text in [
        "退".repeat(100_000),
        "怎么退货?".repeat(20_000),
        "a".repeat(100_000),
        "word ".repeat(20_000),
        "👩‍👩‍👧‍👦".repeat(10_000),
        "\u{200b}".repeat(100_000),
        "\u{202e}\u{2066}".repeat(50_000),
        "e\u{301}".repeat(50_000),
        "\0\u{1}\u{7f}".repeat(1_000),
        "\n\r\t ".repeat(10_000),
        String::new(),
    ] {
        let (state, effects) = step(&context, DialogueState::default(), say(text.clone()), NOW);
        let start: String = text.chars().take(10).collect();
        assert_eq!(effects.len(), 1, "{start:?}");
        let Effect::Say(reply) = &effects[0] else { panic!("{start:?}: {effects:?}") };
        assert!(!reply.text.is_empty() && reply.text.len() < 4_096, "{start:?}: {} bytes", reply.text.len());
        assert!(state.lang.as_deref().is_none_or(|lang| ["zh-CN", "zh-TW", "zh-HK", "en"].contains(&lang)));
    }
}

#[test]
fn what_cannot_be_seen_changes_nothing() {
    let bundle = knowledge();
    let playbooks = library();
    let context = context(&bundle, &playbooks, &NoModels, true);
    let ask = |text: &str| step(&context, DialogueState::default(), say(text), NOW);
    for (plain, disguised) in [
        ("怎么退货", "怎\u{200b}么\u{200d}退\u{feff}货"),
        ("怎么退货", "\u{202e}怎么退货\u{202c}"),
        ("人工", "人\u{2060}工"),
        ("human", "hu\u{ad}man"),
        ("human", "ＨＵＭＡＮ"),
    ] {
        assert_eq!(ask(disguised), ask(plain), "{disguised:?}");
    }
}

/// splitmix64: the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

/// Models that say anything at all, the same for the same text.
struct Noise;

impl Understand for Noise {
    fn understand(&self, utterance: &Utterance<'_>) -> Option<Understanding> {
        let text = utterance.reading;
        let mut numbers = Numbers(text.bytes().map(u64::from).sum());
        let labels = [
            "return_request",
            "human_agent",
            "greeting",
            "cancel_order",
            "order_status",
            "ack_inform",
            "chitchat_other",
            "",
        ];
        let label = Intent(labels[numbers.below(labels.len())].to_owned());
        let mut share = || Confidence::saturating(numbers.below(1_001) as f64 / 1_000.0);
        let (intent, out_of_scope, felt) = (share(), share(), share());
        Some(Understanding {
            intents: vec![Scored { label, confidence: intent }],
            out_of_scope,
            sentiment: Scored { label: Sentiment::Negative, confidence: felt },
            sentiment_scores: [felt; 3],
            emotion: Scored { label: Emotion::ALL[text.len() % 5], confidence: felt },
            emotion_scores: [felt; 5],
            entities: Vec::new(),
        })
    }
}

#[test]
fn no_order_of_events_breaks_the_dialogues_promises() {
    let bundle = knowledge();
    let texts = [
        "怎么退货",
        "how long does delivery take",
        "人工",
        "human",
        "谢谢",
        "发货",
        "彗星",
        "",
        "😀",
        "退貨運費",
        "refund",
        "我要取消订单",
        "2026112900017",
        "是的",
        "不要了",
        "算了",
        "第二个",
        "买错了",
    ];
    let values = [
        "handoff",
        "rephrase",
        "ask:return-how",
        "ask:gone",
        "ask:",
        "",
        "javascript:alert(1)",
        "do:return_request",
        "do:gone",
        "yes:3",
        "no:4",
        "set:mistake",
    ];
    let playbooks = library();
    let mut numbers = Numbers(11);
    for round in 0..300 {
        let people = numbers.below(2) == 0;
        let understand: &dyn Understand = if numbers.below(2) == 0 { &NoModels } else { &Noise };
        let context = context(&bundle, &playbooks, understand, people);
        let mut state = DialogueState::default();
        for turn in 0..12 {
            let event = match numbers.below(8) {
                0 => DialogueEvent::QuickReply { value: values[numbers.below(values.len())].to_owned() },
                1 => DialogueEvent::Feedback { helpful: numbers.below(2) == 0 },
                2 if numbers.below(2) == 0 => DialogueEvent::RequestHandoff,
                2 => DialogueEvent::EndHandoff,
                3 => DialogueEvent::ActionResult {
                    id: format!("a{}", numbers.below(6)),
                    outcome: [Outcome::Done(Vec::new()), Outcome::Refused(None), Outcome::Failed, Outcome::Queued]
                        [numbers.below(4)]
                    .clone(),
                },
                _ => say(texts[numbers.below(texts.len())]),
            };
            let before = state.clone();
            let (next, effects) = step(&context, state, event.clone(), NOW);
            let place = || format!("round {round}, turn {turn}: {event:?} after {before:?} gave {effects:?}");
            assert_eq!(
                step(&context, before.clone(), event.clone(), NOW),
                (next.clone(), effects.clone()),
                "{}",
                place()
            );
            let asked = effects.iter().any(|effect| matches!(effect, Effect::RequestHandoff { .. }));
            let ended = effects.contains(&Effect::EndHandoff);
            assert!(!asked || people, "nobody is there: {}", place());
            // What is put right while nobody has taken it yet is sent again.
            let waits = matches!(before.handoff, Handoff::Queued { .. });
            let corrected = waits && next.packet.is_some() && next.packet != before.packet;
            assert_eq!(
                asked,
                corrected || (!before.handoff.with_people() && next.handoff.with_people()),
                "{}",
                place()
            );
            assert_eq!(ended, before.handoff.with_people() && next.handoff == Handoff::Ended, "{}", place());
            if before.handoff.with_people() && matches!(event, DialogueEvent::Utterance { .. }) {
                assert!(corrected || effects.is_empty(), "a person holds it: {}", place());
            }
            for effect in &effects {
                if let Effect::Act { action, .. } = effect
                    && !["order_lookup", "refund_lookup", "expedite", "logistics_report"].contains(&action.as_str())
                {
                    let waited = before.task.as_ref().is_some_and(|task| matches!(task.waits, Waits::Confirmation(_)));
                    assert!(waited, "done without a yes: {}", place());
                }
                let Effect::Say(reply) = effect else { continue };
                assert!(!reply.text.is_empty() && !reply.lang.is_empty(), "{}", place());
                let offers = |value: &str| reply.buttons.iter().any(|button| button.value == value);
                assert!(people || !offers("handoff"), "nobody is there: {}", place());
                match &reply.kind {
                    ReplyKind::Answer(source) => {
                        // Word for word what the shop wrote, with at most a word of regret before it.
                        let entry = bundle.find(&source.entry).expect("an answer is an entry");
                        let written = bundle.answer(entry).expect("decodes");
                        assert!(reply.text.ends_with(&written), "{}", place());
                        assert!(source.confidence.get() >= ACCEPT, "{}", place());
                    }
                    ReplyKind::Clarify => {
                        assert!((2..=5).contains(&reply.buttons.len()) && offers("rephrase"), "{}", place());
                    }
                    ReplyKind::Text | ReplyKind::Fallback | ReplyKind::Event(_) => {}
                }
            }
            let kept = zg_proto::to_json(&StateRecord::from(&next));
            assert!(kept.len() <= 16 * 1024, "{} bytes: {}", kept.len(), place());
            state = next;
        }
    }
}

#[test]
fn candidates_are_ordered_and_bounded() {
    const { assert!(CLARIFY < ACCEPT) };
    let bundle = knowledge();
    let today = Date::parse("2026-11-22").expect("a day");
    for text in ["怎么退货", "退货运费", "refund", "发货"] {
        for understanding in
            [None, Noise.understand(&Utterance { reading: text, language: Language::Chinese, previous: None })]
        {
            let found = candidates(&bundle, text, understanding.as_ref(), today, 3);
            assert!(!found.is_empty() && found.len() <= 3, "{text}");
            for one in &found {
                assert!((0.0..=1.0).contains(&one.evidence.score), "{one:?}");
                assert!(one.evidence.margin >= 0.0, "{one:?}");
                assert_eq!(one.evidence.models, understanding.is_some());
            }
        }
    }
    assert_eq!(candidates(&bundle, "怎么退货", None, today, 0), []);
}

#[test]
fn every_tag_has_a_nearest_locale() {
    for (tag, locale) in [
        ("zh-CN", "zh-CN"),
        ("zh", "zh-CN"),
        ("ZH-hans-SG", "zh-CN"),
        ("zh-TW", "zh-TW"),
        ("zh-HK", "zh-HK"),
        ("zh-Hant", "zh-TW"),
        ("yue", "zh-HK"),
        ("en-GB", "en"),
        ("fr", "en"),
        ("", "en"),
        ("退", "en"),
    ] {
        assert_eq!(locale_for(tag), locale, "{tag}");
    }
}

#[test]
fn what_a_back_office_says_at_length_does_not_swell_the_state() {
    let bundle = knowledge();
    let playbooks = library();
    let context = context(&bundle, &playbooks, &NoModels, true);
    // Quotation marks take two bytes each when they are written down.
    let long = "\"".repeat(240);
    let task = |waits| zg_domain::Task {
        playbook: "cancel_order".to_owned(),
        waits,
        words: long.clone(),
        facts: (0..24).map(|n| (format!("{n:0>240}"), long.clone())).collect(),
        ..zg_domain::Task::default()
    };
    let state = DialogueState {
        task: Some(task(Waits::Slot("cancel_reason".to_owned()))),
        paused: vec![task(Waits::Nothing), task(Waits::Nothing), task(Waits::Nothing)],
        offered: vec![zg_domain::Button { label: long.clone(), value: long.clone() }; 9],
        later: vec![long.clone(); 3],
        ..DialogueState::default()
    };
    for event in [say("不想要了"), say("你好"), DialogueEvent::Feedback { helpful: true }] {
        let (next, _) = step(&context, state.clone(), event, NOW);
        let bytes = zg_proto::to_json(&StateRecord::from(&next)).len();
        assert!(bytes <= 16 * 1024, "{bytes}");
    }
}

/// Whatever a page, a recommender and a shopper say: what is shown is the catalog's, for sale, and not waved away or bought; and
/// what is remembered stays small.
#[test]
fn no_order_of_events_shows_what_may_not_be_shown() {
    let (bundle, playbooks) = (knowledge(), library());
    let card = |at: usize| {
        let id = match at {
            0 => "\"quoted\\".to_owned(),
            1 => "长".repeat(100),
            _ => format!("item-{at}-{}", "x".repeat(at % 40)),
        };
        let note = if at.is_multiple_of(5) { "out_of_stock" } else { "in_stock" };
        let (title, price) = (format!("防水{}鞋 {at}", ["红色", "黑色"][at % 2]), format!("¥{}", 50 + 7 * at));
        Card { id, title, price, note: note.to_owned(), ..Card::default() }
    };
    let products: Vec<Card> = (0..60).map(card).collect();
    let texts = [
        "推荐一款防水的鞋",
        "推荐一下",
        "300以内的",
        "换一批",
        "不要第二款",
        "太贵了",
        "第一款加购物车",
        "对比一下",
        "红色的呢",
        "recommend black shoes under 200",
        "谢谢",
        "这个还有货吗",
        "怎么退货",
        "人工",
    ];
    let buttons =
        ["rec:more", "rec:compare", "rec:gentle", "rec:", "rec:why:price:", "rec:cart:nothing", "rec:nonsense"];
    let mut numbers = Numbers(23);
    for round in 0..150 {
        let context = Context { products: &products, ..context(&bundle, &playbooks, &NoModels, true) };
        let mut state = DialogueState::default();
        for turn in 0..40 {
            let item = products[numbers.below(products.len())].id.clone();
            let event = match numbers.below(10) {
                0 => DialogueEvent::Page(LookedAt { kind: "product".to_owned(), id: item.clone(), title: item }),
                1 => DialogueEvent::Clicked { item },
                2 => DialogueEvent::Ordered { items: vec![item], bought: numbers.below(2) == 0 },
                3 => DialogueEvent::QuickReply { value: buttons[numbers.below(buttons.len())].to_owned() },
                4 => {
                    let what = ["like:", "not:", "cart:", "why:item:", "why:price:", "why:brand:"][numbers.below(6)];
                    DialogueEvent::QuickReply { value: ["rec:", what, &item].concat() }
                }
                5 => DialogueEvent::Recommended {
                    id: format!("l{}", numbers.below(4)),
                    request: "r".repeat(500),
                    items: vec![Suggested { item, reason: "popular".to_owned(), because: None }; 3],
                },
                6 if numbers.below(8) == 0 => DialogueEvent::Forget { taste: None },
                6 => DialogueEvent::EndHandoff,
                _ => say(texts[numbers.below(texts.len())]),
            };
            let suggested: Vec<Suggested> = (0..20)
                .map(|_| {
                    let item = products[numbers.below(products.len())].id.clone();
                    let reason = ["viewed_after", "popular", "nonsense"][numbers.below(3)].to_owned();
                    let because = Some(products[numbers.below(products.len())].id.clone());
                    Suggested { item, reason, because }
                })
                .chain([Suggested { item: "unknown".to_owned(), ..Suggested::default() }])
                .collect();
            let place = || format!("round {round}, turn {turn}: {event:?}");
            let (next, effects) = step_listing(&context, state.clone(), event.clone(), NOW, &mut |_| suggested.clone());
            let lists = effects.iter().filter_map(|effect| match effect {
                Effect::Say(reply) if reply.why.rule == "recommend" => Some(reply),
                _ => None,
            });
            for reply in lists.filter(|reply| reply.buttons.iter().any(|button| button.value == "rec:more")) {
                assert!((1..=4).contains(&reply.cards.len()), "{}", place());
                for shown in &reply.cards {
                    let known = products.iter().find(|one| one.id == shown.id);
                    assert!(known.is_some_and(|one| one.note == "in_stock"), "{} shows {}", place(), shown.id);
                    let shopping = &next.shopping;
                    assert!(!shopping.bought.contains(&shown.id), "{} shows what was bought", place());
                    assert!(
                        !shopping.dismissed.iter().any(|(item, _)| *item == shown.id),
                        "{} shows {shown:?}",
                        place()
                    );
                }
            }
            let record = StateRecord::from(&next);
            let kept = zg_proto::to_json(&record);
            assert!(kept.len() <= 16 * 1024, "{} bytes: {}", kept.len(), place());
            assert_eq!(DialogueState::from(record).shopping, next.shopping, "{}", place());
            state = next;
        }
    }
}
