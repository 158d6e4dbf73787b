//! Entries of a shop that does not exist, and what its people do to them.

use zg_domain::Date;
use zg_kb::build::Entry;

use crate::Numbers;

const GOODS: [&str; 24] = [
    "羊毛围巾",
    "无线耳机",
    "儿童水杯",
    "电饭煲",
    "冲锋衣",
    "登山鞋",
    "乳胶枕头",
    "护手霜",
    "蓝牙音箱",
    "折叠伞",
    "保温壶",
    "瑜伽垫",
    "手机壳",
    "双肩包",
    "空气炸锅",
    "台灯",
    "咖啡豆",
    "龙井茶",
    "四件套",
    "行李箱",
    "加湿器",
    "猫粮",
    "牙刷头",
    "滑雪手套",
];
const KINDS: [&str; 16] = [
    "加厚款",
    "旗舰版",
    "礼盒装",
    "小号",
    "大号",
    "黑色",
    "米白色",
    "二代",
    "升级版",
    "家庭装",
    "旅行装",
    "限定款",
    "男款",
    "女款",
    "学生版",
    "经典款",
];
const ASKS: [&str; 20] = [
    "怎么退货",
    "能不能换货",
    "保修几年",
    "什么时候发货",
    "可以开发票吗",
    "支持货到付款吗",
    "怎么清洗",
    "有没有现货",
    "能不能改地址",
    "坏了怎么修",
    "尺码怎么选",
    "电池能用多久",
    "适合送老人吗",
    "运费谁出",
    "可以寄到国外吗",
    "和上一代有什么区别",
    "怎么绑定会员卡",
    "优惠券为什么不能用",
    "怎么取消订单",
    "配件在哪里买",
];
const OPENINGS: [&str; 10] =
    ["请问", "", "我想问下", "你好,", "麻烦问一下,", "", "昨天买的", "刚收到的", "", "朋友送的"];
const CLAUSES: [&str; 24] = [
    "签收后七天内可以申请",
    "请在订单页点击售后",
    "客服会在一个工作日内回复",
    "吊牌和包装要保持完好",
    "质量问题运费由我们承担",
    "其他原因运费由买家承担",
    "付款后四十八小时内发出",
    "预售商品以页面时间为准",
    "偏远地区需要多两三天",
    "发票会发到您填写的邮箱",
    "请用冷水手洗,不要暴晒",
    "机洗请装进洗衣袋",
    "保修期从签收当天算起",
    "人为损坏不在保修范围",
    "可以寄回总部检测",
    "尺码偏小,建议拍大一码",
    "详情页有尺码对照表",
    "优惠券不能和满减同时使用",
    "已经发货的订单不能修改地址",
    "可以联系快递改派",
    "会员日下单有双倍积分",
    "积分可以在下次购物时抵扣",
    "配件可以在店铺首页搜索",
    "目前只支持中国大陆地区",
];
const CATEGORIES: [&str; 6] = ["退换货", "物流", "售后", "使用", "优惠", "发票"];
const WORDS: [&str; 16] = [
    "最快当天",
    "暂时",
    "建议",
    "麻烦您",
    "节假日顺延",
    "三十天",
    "新疆西藏",
    "直播间",
    "小程序",
    "门店",
    "晚上八点前",
    "以实物为准",
    "免费",
    "另外收费",
    "不需要",
    "目前",
];

pub fn question(numbers: &mut Numbers) -> String {
    let [opening, kind, goods, ask] = [&OPENINGS[..], &KINDS, &GOODS, &ASKS].map(|list| numbers.pick(list));
    format!("{opening}{kind}{goods}{ask}{}", numbers.pick(&["?", "?", "", "呢?"]))
}

pub fn answer(numbers: &mut Numbers) -> String {
    let clauses: Vec<&str> = (0..1 + numbers.below(3)).map(|_| numbers.pick(&CLAUSES)).collect();
    match numbers.below(3) {
        0 => format!("{},编号 {}。", clauses.join(","), numbers.below(100_000)),
        1 => format!("{}。{}。", numbers.pick(&WORDS), clauses.join(",")),
        _ => format!("{}。", clauses.join(",")),
    }
}

fn day(numbers: &mut Numbers) -> Option<Date> {
    Some(Date::from_days(20_400 + numbers.below(400) as i64))
}

pub fn entry(numbers: &mut Numbers, number: usize) -> Entry {
    Entry {
        // Half have ids of their own.
        id: if number.is_multiple_of(2) { format!("faq-{number}") } else { String::new() },
        question: format!("{}{}", question(numbers), if number.is_multiple_of(7) { "急" } else { "" }),
        variants: (0..numbers.below(3)).map(|_| question(numbers)).collect(),
        answer: answer(numbers),
        category: numbers.pick(&CATEGORIES).to_owned(),
        lang: numbers.pick(&["zh", "zh", "zh-CN", ""]).to_owned(),
        product: if numbers.below(4) == 0 { format!("sku-{}", numbers.below(500)) } else { String::new() },
        audience: String::new(),
        intent: numbers.pick(&["", "return_request", "shipping_time"]).to_owned(),
        verified: day(numbers),
        valid_until: if numbers.below(10) == 0 { day(numbers) } else { None },
        file: format!("知识/{}.md", numbers.pick(&["退换", "物流", "其他"])),
        line: number as u64,
    }
}

/// Entries whose ids, given or made, are all different.
pub fn shop(seed: u64, n_entries: usize) -> Vec<Entry> {
    let mut numbers = Numbers(seed);
    let mut entries: Vec<Entry> = (0..n_entries).map(|number| entry(&mut numbers, number)).collect();
    distinguish(&mut entries);
    entries
}

/// An id is made from language and question, so these must differ.
pub fn distinguish(entries: &mut [Entry]) {
    let mut seen = std::collections::HashMap::new();
    for entry in entries.iter_mut().filter(|entry| entry.id.is_empty()) {
        let n = seen.entry((entry.lang.clone(), entry.question.clone())).or_insert(0);
        if *n > 0 {
            entry.question.push_str(&format!("({n})"));
        }
        *n += 1;
    }
    let mut seen = std::collections::HashMap::new();
    for entry in entries.iter_mut().filter(|entry| !entry.id.is_empty()) {
        let n = seen.entry(entry.id.clone()).or_insert(0);
        if *n > 0 {
            entry.id.push_str(&format!("-{n}"));
        }
        *n += 1;
    }
}

/// Puts some words in place of others, somewhere in the text.
fn reword(numbers: &mut Numbers, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = numbers.below(letters.len() + 1);
    let end = (at + numbers.below(5)).min(letters.len());
    letters.splice(at..end, numbers.pick(&WORDS).chars());
    letters.into_iter().collect()
}

/// What one visit of an author does: some words of the question or the answer, or one way to ask.
pub fn change(numbers: &mut Numbers, entry: &mut Entry) {
    match numbers.below(4) {
        0 => entry.question = reword(numbers, &entry.question),
        1 => entry.variants = vec![question(numbers)],
        _ => entry.answer = reword(numbers, &entry.answer),
    }
}

/// Any edit there is: some of them of many entries.
pub fn edit(numbers: &mut Numbers, entries: &mut Vec<Entry>) {
    let at = numbers.below(entries.len());
    match numbers.below(10) {
        0..=2 => change(numbers, &mut entries[at]),
        3 => {
            let number = 100_000 + numbers.below(1_000_000);
            let new = entry(numbers, number);
            entries.insert(at, new);
        }
        4 if entries.len() > 1 => {
            entries.remove(at);
        }
        5 => {
            let moved = entries.remove(at);
            let to = numbers.below(entries.len() + 1);
            entries.insert(to, moved);
        }
        6 => entries[at].verified = day(numbers),
        7 => entries[at].category = numbers.pick(&["退换货", "新分类", "about", ""]).to_owned(),
        8 => entries.rotate_left(at),
        _ => {
            let to = (at + numbers.below(20)).min(entries.len());
            for entry in &mut entries[at..to] {
                entry.valid_until = day(numbers);
                entry.answer = answer(numbers);
            }
        }
    }
    distinguish(entries);
}
