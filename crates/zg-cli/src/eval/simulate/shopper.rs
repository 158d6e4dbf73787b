//! A simulated shopper: a goal, a mood, a hand that slips, and patience that ends.

use zg_domain::{Button, DialogueEvent, Effect, LookedAt, Outcome, Reply, ReplyKind};
use zg_kb::{Bundle, EntryIdx};

use super::numbers::Numbers;

/// What a shopper came for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// An answer of the knowledge base.
    Know(EntryIdx),
    /// Something done about an order; the intent.
    Do(&'static str),
    /// A person, whatever is said.
    Person,
    /// Nothing that the shop has an answer to.
    Nothing,
}

impl Goal {
    fn any(numbers: &mut Numbers, entries: &[EntryIdx]) -> Self {
        match numbers.below(100) {
            0..50 => Self::Know(entries[numbers.below(entries.len())]),
            50..85 => Self::Do(WISHES[numbers.below(WISHES.len())].0),
            85..93 => Self::Person,
            _ => Self::Nothing,
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Resolved,
    /// With people.
    HandedOver,
    /// Left, and had been offered a person.
    Left,
    /// Left, and nobody had offered a person: a dead end.
    Stuck,
}

/// Wishes, by intent: Chinese, then English.
const WISHES: [(&str, &[&str], &[&str]); 13] = [
    (
        "order_status",
        &["我的订单到哪了", "帮我查下物流", "查一下我的快递"],
        &["where is my order", "track my parcel please"],
    ),
    (
        "refund_status",
        &["我的退款到哪一步了", "退款怎么还没到，帮我查查"],
        &["check my refund please", "where is my refund"],
    ),
    ("expedite", &["帮我催一下发货", "麻烦快点发货"], &["please hurry up my order", "please ship my order faster"]),
    ("logistics_problem", &["我的快递三天没动了", "显示签收了可我没收到"], &["my parcel has not moved for days"]),
    ("change_order", &["我要改收货地址", "帮我改一下订单的电话"], &["I want to change the address of my order"]),
    ("cancel_order", &["我要取消订单", "帮我把订单取消了"], &["please cancel my order", "I want to cancel my order"]),
    ("return_request", &["我要退货", "帮我申请退货"], &["I want to return my order", "please start a return"]),
    ("exchange_request", &["我要换货", "帮我换个大一码的"], &["I want to exchange this for a larger size"]),
    ("quality_complaint", &["收到的杯子是碎的", "衣服有个破洞，我要投诉质量"], &["the cup arrived broken"]),
    ("missing_or_wrong_item", &["少发了一件", "你们发错货了"], &["one item is missing from my parcel"]),
    ("invoice", &["帮我开发票", "我要开票"], &["I need an invoice for my order please"]),
    (
        "price_protection",
        &["降价了，帮我申请价保", "买贵了，要退差价"],
        &["the price dropped, please refund the difference"],
    ),
    ("after_sales_warranty", &["坏了想报修", "帮我申请保修"], &["I want a repair under warranty"]),
];

const NOTHING: [[&str; 6]; 2] = [
    ["今天股票涨了吗", "给我讲个笑话", "你觉得谁会赢世界杯", "帮我写首诗", "明天下雨吗", "123"],
    ["who will win the world cup", "tell me a joke", "write me a poem", "what is the weather", "asdf", "1+1?"],
];
const PERSON: [[&str; 6]; 2] = [
    [
        "转人工",
        "我要找真人客服",
        "别跟我说机器话，叫个活人来",
        "有没有人工客服啊",
        "帮我接人工",
        "我不想跟机器人聊了，找人工",
    ],
    [
        "human please",
        "let me talk to a real person",
        "I want to speak to an agent",
        "get me a human",
        "connect me to customer service",
        "can I talk to someone",
    ],
];
const ANGRY: [[&str; 4]; 2] = [
    ["气死我了", "什么破店，太差劲了！", "你们到底管不管", "等了这么久还没解决，太过分了！！"],
    ["this is ridiculous", "terrible service!!", "are you kidding me", "I am really angry now"],
];
const LEAVING: [[&str; 3]; 2] = [["算了", "不弄了", "算了不办了"], ["never mind", "forget it", "stop"]];
const BEFORE: [[&str; 5]; 2] =
    [["你好，", "请问", "亲，", "那个，", "在吗？"], ["hi, ", "hello, ", "excuse me, ", "so ", "hey "]];
const AFTER: [[&str; 5]; 2] = [["啊", "呢", "？", "！！", "谢谢"], ["?", "??", " please", " thanks", "!"]];

pub struct Shopper<'b> {
    bundle: &'b Bundle,
    pub numbers: Numbers,
    pub goal: Goal,
    /// What comes to mind once that is settled.
    more: Vec<Goal>,
    english: bool,
    /// Of 100 utterances, how many have a slip of the hand.
    typos: usize,
    /// Of 100 turns, how many are angry; it grows.
    anger: usize,
    /// Of 100 questions of the assistant's, how many are met with a question.
    digressions: usize,
    pub patience: usize,
    order: String,
    /// An action whose result is still to come.
    acting: Option<String>,
    pub rephrased: usize,
    pub was_offered: bool,
    pub wrong: bool,
    /// Another question is being asked in between.
    aside: bool,
    aside_entry: EntryIdx,
    /// Of each goal so far: automated, told something wrong.
    pub closed: Vec<(bool, bool)>,
    unserved: usize,
    declined: bool,
    /// A person was asked for.
    pub wished_for_person: bool,
    corrected: bool,
    acted: bool,
    pub end: Option<End>,
}

impl<'b> Shopper<'b> {
    pub fn new(bundle: &'b Bundle, entries: &[EntryIdx], seed: u64) -> Self {
        let mut numbers = Numbers(seed);
        let goal = Goal::any(&mut numbers, entries);
        let n_more = [0, 0, 1, 3][numbers.below(4)];
        let more = (0..n_more).map(|_| Goal::any(&mut numbers, entries)).collect();
        let english = match &goal {
            Goal::Know(entry) => bundle.entry(*entry).lang.starts_with("en"),
            _ => numbers.below(4) == 0,
        };
        let typos = [0, 0, 10, 40][numbers.below(4)];
        let anger = [0, 0, 5, 25][numbers.below(4)];
        let digressions = [0, 10, 30][numbers.below(3)];
        let patience = 8 + numbers.below(14);
        let aside_entry = entries[numbers.below(entries.len())];
        let order = format!("20261129{:05}", numbers.below(100_000));
        Self {
            bundle,
            numbers,
            goal,
            more,
            english,
            typos,
            anger,
            digressions,
            patience,
            order,
            acting: None,
            rephrased: 0,
            was_offered: false,
            wrong: false,
            aside: false,
            aside_entry,
            closed: Vec::new(),
            unserved: 0,
            declined: false,
            wished_for_person: false,
            corrected: false,
            acted: false,
            end: None,
        }
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.numbers.below(texts.len())]
    }

    fn of<'t, const N: usize>(&mut self, texts: &[[&'t str; N]; 2]) -> &'t str {
        let texts = &texts[usize::from(self.english)];
        self.pick(texts)
    }

    fn say(&mut self, text: &str) -> DialogueEvent {
        let mut text = text.to_owned();
        if self.numbers.below(100) < self.typos {
            text = self.slip(&text);
        }
        if self.numbers.below(8) == 0 {
            text = format!("{}{text}", self.of(&BEFORE));
        }
        if self.numbers.below(8) == 0 {
            text = format!("{text}{}", self.of(&AFTER));
        }
        if self.numbers.below(100) < self.anger {
            text = format!("{text}，{}", self.of(&ANGRY));
        }
        DialogueEvent::Utterance { text }
    }

    /// One character lost, doubled, or changed for its neighbor.
    fn slip(&mut self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        if chars.len() < 4 {
            return text.to_owned();
        }
        let at = self.numbers.below(chars.len() - 1);
        match self.numbers.below(3) {
            0 => drop(chars.remove(at)),
            1 => chars.insert(at, chars[at]),
            _ => chars.swap(at, at + 1),
        }
        chars.into_iter().collect()
    }

    fn wish(&mut self) -> DialogueEvent {
        match self.goal.clone() {
            Goal::Know(entry) => {
                let forms: Vec<&str> = self.bundle.forms(entry).collect();
                let text = forms[self.numbers.below(forms.len())].to_owned();
                self.say(&text)
            }
            Goal::Do(intent) => {
                let row = WISHES.iter().find(|row| row.0 == intent).unwrap_or(&WISHES[0]);
                let text = self.pick(if self.english { row.2 } else { row.1 }).to_owned();
                let with_order = self.numbers.below(3) == 0;
                let text = if with_order { format!("{text} {}", self.order) } else { text };
                self.say(&text)
            }
            Goal::Person => {
                self.wished_for_person = true;
                let text = self.of(&PERSON);
                self.say(text)
            }
            Goal::Nothing => {
                let text = self.of(&NOTHING);
                self.say(text)
            }
        }
    }

    /// The first thing that happens.
    pub fn begin(&mut self) -> DialogueEvent {
        match self.numbers.below(10) {
            0 => {
                let page = LookedAt { kind: "order".to_owned(), id: self.order.clone(), title: String::new() };
                DialogueEvent::Page(page)
            }
            1 => {
                let title = if self.english { "Linen shirt" } else { "亚麻衬衫" };
                DialogueEvent::Page(LookedAt {
                    kind: "product".to_owned(),
                    id: "p1".to_owned(),
                    title: title.to_owned(),
                })
            }
            2 => DialogueEvent::Utterance { text: if self.english { "hi" } else { "你好" }.to_owned() },
            _ => self.wish(),
        }
    }

    /// What the shopper does about what was said; `None` ends it.
    pub fn next(&mut self, effects: &[Effect]) -> Option<DialogueEvent> {
        self.patience = self.patience.saturating_sub(1);
        let mut last = None;
        for effect in effects {
            match effect {
                Effect::Act { id, .. } => self.acting = Some(id.clone()),
                Effect::RequestHandoff { .. } => return self.with_people(),
                Effect::EndHandoff | Effect::Recommend(_) | Effect::Learn(_) => {}
                Effect::Say(reply) => {
                    self.was_offered |= reply.buttons.iter().any(|button| button.value == "handoff");
                    self.judge(reply);
                    last = Some(reply);
                }
            }
        }
        if self.end.is_some() {
            self.close();
            let Some(goal) = self.more.pop() else { return self.leave_content() };
            (self.goal, self.end, self.acted, self.aside) = (goal, None, false, false);
            (self.rephrased, self.wrong) = (0, false);
            self.patience += 6;
            return Some(self.wish());
        }
        // Whoever is asked for something is being served; whoever said no has decided.
        let served = |reply: &&Reply| ["ask", "confirm", "action", "playbook", "queued"].contains(&reply.why.rule);
        self.unserved = if last.as_ref().is_some_and(served) { 0 } else { self.unserved + 1 };
        if self.declined {
            self.end = Some(End::Left);
            return None;
        }
        if self.patience == 0 {
            self.end = Some(if self.was_offered || self.unserved < 3 { End::Left } else { End::Stuck });
            return None;
        }
        if let Some(id) = self.acting.take() {
            return Some(self.back_office(id));
        }
        let Some(reply) = last else { return Some(self.wish()) };
        if self.numbers.below(400) == 0 {
            return Some(DialogueEvent::QuickReply {
                value: self.pick(&["ask:nothing", "yes:1", "set:x", "", "do:nothing"]).to_owned(),
            });
        }
        Some(self.react(reply))
    }

    /// Notes what became of a goal: whether it was one that an assistant can reach, was reached without a person and without
    /// saying it twice, and whether something wrong was told on the way.
    pub fn close(&mut self) {
        if matches!(self.goal, Goal::Know(_) | Goal::Do(_)) {
            let automated = self.end == Some(End::Resolved) && self.rephrased == 0;
            self.closed.push((automated, self.wrong));
        }
    }

    fn with_people(&mut self) -> Option<DialogueEvent> {
        self.was_offered = true;
        // Some change their minds; the assistant is there again.
        if self.goal != Goal::Person && self.numbers.below(5) == 0 && self.patience > 2 {
            return Some(DialogueEvent::EndHandoff);
        }
        self.end = Some(End::HandedOver);
        None
    }

    fn leave_content(&mut self) -> Option<DialogueEvent> {
        (self.numbers.below(2) == 0).then_some(DialogueEvent::Feedback { helpful: true })
    }

    /// Whether a reply is what the shopper came for.
    fn judge(&mut self, reply: &Reply) {
        match (&self.goal, &reply.kind) {
            (Goal::Know(entry), ReplyKind::Answer(source)) if !self.aside => {
                let right = self.bundle.entry(*entry).id == source.entry;
                self.wrong |= !right && reply.why.rule == "answer";
                if right {
                    self.end = Some(End::Resolved);
                }
            }
            // What the back office has done, or why not, is told: that is what was wanted.
            (Goal::Do(_), _) if reply.why.rule == "playbook" && self.acted => self.end = Some(End::Resolved),
            (Goal::Nothing, ReplyKind::Answer(_)) => self.wrong |= reply.why.rule == "answer",
            (Goal::Nothing, ReplyKind::Fallback) => self.end = Some(End::Resolved),
            _ => {}
        }
        if matches!(reply.kind, ReplyKind::Answer(_)) {
            self.aside = false;
        }
    }

    fn back_office(&mut self, id: String) -> DialogueEvent {
        self.acted = true;
        if self.numbers.below(10) == 0 {
            // Impatient: something is said before the answer is there.
            self.acting = Some(id);
            let text = if self.english { "hello? is it done" } else { "好了没有" };
            return self.say(text);
        }
        let outcome = match self.numbers.below(20) {
            0..14 => {
                let mut facts = vec![("status_text".to_owned(), "已到达杭州转运中心".to_owned())];
                if self.numbers.below(2) == 0 {
                    facts.push(("eta".to_owned(), "明天".to_owned()));
                }
                if self.numbers.below(20) == 0 {
                    // A back office that says far too much.
                    facts.extend((0..60).map(|n| (format!("field_{n}"), "很长的说明。".repeat(100))));
                }
                Outcome::Done(facts)
            }
            14..16 => Outcome::Refused(Some("已经出库，不能再改了".to_owned())),
            16 => Outcome::Refused(None),
            17 => Outcome::Queued,
            _ => Outcome::Failed,
        };
        DialogueEvent::ActionResult { id, outcome }
    }

    fn press(button: &Button) -> DialogueEvent {
        DialogueEvent::QuickReply { value: button.value.clone() }
    }

    fn react(&mut self, reply: &Reply) -> DialogueEvent {
        let button = |value: &str| reply.buttons.iter().find(|button| button.value == value);
        if self.numbers.below(100) < self.digressions / 3 && !self.aside {
            self.aside = true;
            let entry = self.aside_entry;
            let forms: Vec<&str> = self.bundle.forms(entry).collect();
            let text = forms[self.numbers.below(forms.len())].to_owned();
            return self.say(&text);
        }
        match reply.why.rule {
            "ask" => return self.tell(reply),
            "confirm" => return self.decide(reply),
            _ => {}
        }
        // The button that is what was meant.
        let meant = match &self.goal {
            Goal::Know(entry) => format!("ask:{}", self.bundle.entry(*entry).id),
            Goal::Do(intent) => format!("do:{intent}"),
            Goal::Person | Goal::Nothing => "handoff".to_owned(),
        };
        if let Some(button) = button(&meant) {
            return Self::press(button);
        }
        // A person where one is offered and nothing else helps.
        if let Some(button) = button("handoff").filter(|_| self.rephrased > 0)
            && self.numbers.below(2) == 0
        {
            return Self::press(button);
        }
        if let Some(button) = button("rephrase").filter(|_| self.numbers.below(2) == 0) {
            return Self::press(button);
        }
        self.anger += 10;
        self.rephrased += 1;
        if self.rephrased > 3 && self.numbers.below(4) == 0 {
            let text = self.of(&LEAVING);
            return DialogueEvent::Utterance { text: text.to_owned() };
        }
        self.wish()
    }

    /// An answer to what the assistant asks.
    fn tell(&mut self, reply: &Reply) -> DialogueEvent {
        let choices: Vec<&Button> = reply.buttons.iter().filter(|button| button.value.starts_with("set:")).collect();
        if self.numbers.below(100) < self.digressions && !self.aside {
            self.aside = true;
            let forms: Vec<&str> = self.bundle.forms(self.aside_entry).collect();
            let text = forms[self.numbers.below(forms.len())].to_owned();
            return self.say(&text);
        }
        if self.numbers.below(25) == 0 {
            let text = if self.english { "I do not know" } else { "不知道" };
            return self.say(text);
        }
        if !choices.is_empty() {
            let at = self.numbers.below(choices.len());
            return match self.numbers.below(3) {
                0 => Self::press(choices[at]),
                1 => self.say(&choices[at].label.clone()),
                _ => self.say(&(at + 1).to_string()),
            };
        }
        let asks_order = reply.text.contains("订单") || reply.text.contains("order");
        if asks_order {
            return self.say(&self.order.clone());
        }
        let text = match (self.english, self.numbers.below(4)) {
            (false, 0) => "张三 13800138000 杭州市西湖区文三路 1 号",
            (false, 1) => "a@example.com",
            (false, 2) => "蓝色的，大一码",
            (false, _) => "有一个破洞",
            (true, 0) => "a@example.com",
            (true, _) => "a larger one, please",
        };
        self.say(text)
    }

    /// A yes, a no, or something in between.
    fn decide(&mut self, reply: &Reply) -> DialogueEvent {
        let find = |kind: &str| reply.buttons.iter().find(|button| button.value.starts_with(kind));
        if !self.corrected && self.numbers.below(8) == 0 {
            self.corrected = true;
            self.order = format!("20261128{:05}", self.numbers.below(100_000));
            let text =
                if self.english { format!("no, it is {}", self.order) } else { format!("不对，是 {}", self.order) };
            return DialogueEvent::Utterance { text };
        }
        match self.numbers.below(10) {
            0..4 => find("yes:").map_or_else(|| self.wish(), Self::press),
            4..7 => DialogueEvent::Utterance { text: if self.english { "yes" } else { "确认" }.to_owned() },
            7 => match find("no:") {
                Some(button) => {
                    self.declined = true;
                    Self::press(button)
                }
                None => self.wish(),
            },
            8 => DialogueEvent::Utterance {
                text: if self.english { "hmm, let me think" } else { "嗯……" }.to_owned()
            },
            _ => self.wish(),
        }
    }
}
