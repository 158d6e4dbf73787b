//! How many, how large, how tall, how heavy.

use super::Hit;
use super::folded::Folded;
use super::money;
use super::number::{Number, Script, decimal, number, range};

pub(super) fn quantity(text: &Folded<'_>, at: usize) -> Option<Hit> {
    /// Each measure word with the characters after it that make another word of it, as in 一个月, 本来, 包邮.
    const MEASURES: &[(&str, &str)] = &[
        ("件", "套事"),
        ("双", "十11重"),
        ("个", "月星礼工小钟多问人事说朋客解样办方建疑忙电回信地好差别字头半自季钟点快比码版尺颜平"),
        ("条", "件款码"),
        ("盒", "饭"),
        ("套", "餐装路房"),
        ("瓶", "颈"),
        ("只", "能有是要剩会可想不差为"),
        ("包", "邮括含装退换运修赔容"),
        ("箱", "子"),
        ("袋", "鼠"),
        ("支", "持付出取"),
        ("本", "来店人月周地身"),
        ("台", "湾北中南阶"),
        ("把", ""),
        ("份", "额"),
        ("单", "号元独品价位身色肩"),
        ("对", "一不应比方着我你账"),
        ("张", "开单"),
        ("罐", ""),
        ("桶", ""),
        ("枚", ""),
        ("颗", ""),
        ("粒", "度"),
        ("片", "区面"),
        ("卷", "发"),
        ("根", "本据"),
        ("副", ""),
        ("顶", "部"),
        ("辆", ""),
        ("杯", "子罩"),
        ("碗", ""),
        ("盏", ""),
        ("组", "合装"),
        ("提", "醒供前示到交"),
        ("部", "分门"),
        ("支装", ""),
        ("樽", ""),
        ("对装", ""),
        ("朵", ""),
        ("束", ""),
        ("串", ""),
        ("床", "单垫头品上笠"),
        ("捆", ""),
        ("听", "说日讲朝"),
    ];
    const ENGLISH: &str = "pieces|piece|pairs|pair|pcs|pc|items|item|units|unit|boxes|box|sets|set|bottles|bottle|packs|pack|packets|packet|bags|bag|copies|cartons|carton|cans|can|tubes|tube|rolls|roll|sheets|dozen|pairs of|cases|jars|parcels|packages";
    if text.before(at).is_some_and(|c| "第每哪这那同某另任呢嗰于".contains(c)) {
        return times(text, at);
    }
    let Some(number) = range(text, at).filter(|number| !number.is_some()) else {
        return times(text, at);
    };
    let unit = text.spaces(number.end).min(number.end + 1);
    let han = MEASURES.iter().find_map(|(measure, other)| {
        let end = text.word(unit, measure)?;
        (!text.is(end, other)).then_some(end)
    });
    if let Some(end) = han {
        return (number.script != Script::Latin && !idiom(text, at, end, &number)).then(|| hit(end, &number));
    }
    if let Some(end) = text.word(number.end, "块").filter(|end| money::pieces(text, *end)) {
        return Some(hit(end, &number));
    }
    let start = text.run(number.end, |c| c == ' ' || c == '-').min(number.end + 1);
    let end = text.word(start, ENGLISH)?;
    // "a can", "a set", "a pair of" and "a box": the first two are seldom a count.
    let article = number.script == Script::Latin
        && text.is(at, "a")
        && text.word(start, "can|set|unit|case|pack|item|package|parcel").is_some();
    (!article && number.script != Script::Han && !text.is_alphanumeric(end)).then(|| hit(end, &number))
}

/// 三包 is a warranty, 一对一 a way to talk, 一把 and 一份 rarely counts of goods in a complaint, 一条龙 none at all.
fn idiom(text: &Folded<'_>, at: usize, end: usize, number: &Number) -> bool {
    number.script == Script::Han
        && (text.slice(at, end) == "三包" && !text.ends(at, "买|要|拍|下|订|加")
            || number.value == 500
            || text.word(at, "一对一|一条龙|一把手|一把年|一本正|一张嘴|一顶一|一只手|一条心|一台戏|一部分|一串串|一片心|一颗心|一面|八卷|一口").is_some())
}

/// x2, ×3, *2.
fn times(text: &Folded<'_>, at: usize) -> Option<Hit> {
    if !text.is(at, "x×*") || text.before(at).is_some_and(|c| c.is_ascii_digit() || c == '*' || c == '×') {
        return None;
    }
    let start = text.spaces(at + 1).min(at + 2);
    let end = text.run(start, |c| c.is_ascii_digit());
    let after = text.get(end);
    let stands = !text.is_alphanumeric(end) && after.is_none_or(|c| !"*×./-".contains(c));
    ((1..=3).contains(&(end - start)) && stands && !text.is(start, "0"))
        .then(|| Hit { end, value: Some(text.slice(start, end)) })
}

fn hit(end: usize, number: &Number) -> Hit {
    let mut value = decimal(number.value);
    if let Some(to) = number.to {
        value = value + "/" + &decimal(to);
    }
    Hit { end, value: (!number.vague).then_some(value) }
}

pub(super) fn height(text: &Folded<'_>, at: usize) -> Option<Hit> {
    let number = range(text, at).filter(|number| number.script != Script::Latin && !number.is_some())?;
    let plain = |end| Some(Hit { end, value: None });
    let unit = text.spaces(number.end).min(number.end + 1);
    if let Some(unit) = text.word(unit, "cm|厘米|公分") {
        return plain(unit).filter(|_| !text.cue(at, GIRTHS));
    }
    // 一米六五, 1米65, 1.65m.
    let one = matches!(text.get(at), Some('1' | '2' | '一' | '两'));
    let short = number.value < 3_000 && number.to.is_none();
    if let Some(meters) = text.word(unit, "米|m").filter(|_| one && short) {
        let rest = text.run(meters, |c| c.is_ascii_digit() || "零一二三四五六七八九".contains(c));
        let tall = rest > meters && rest - meters <= 2 && !text.is(rest, "件条个双米");
        let fraction = !number.value.is_multiple_of(1_000);
        return ((tall || fraction) && !text.is_alphanumeric(rest))
            .then(|| plain(if tall { rest } else { meters }))
            .flatten();
    }
    // 身高165, height 165, 5'7".
    let told = text.cue(at, "身高|height|高|tall") && (100_000..250_000).contains(&number.value);
    if told && !text.is_alphanumeric(number.end) && !text.is(number.end, "元块件天斤码") {
        return plain(number.end);
    }
    let feet = number.script == Script::Arabic && (3_000..8_000).contains(&number.value);
    let inches = text.word(unit, "'|feet |foot |ft |ft").filter(|_| feet)?;
    let end = text.run(inches, |c| c.is_ascii_digit());
    let end = if end - inches <= 2 { end } else { return None };
    let end = text.word(end, "\"|''|inches|in|”").unwrap_or(end);
    (end > inches || !text.is(inches - 1, "'")).then(|| plain(end)).flatten()
}

pub(super) fn weight(text: &Folded<'_>, at: usize) -> Option<Hit> {
    let number = range(text, at).filter(|number| number.script != Script::Latin && !number.is_some())?;
    let unit = text.spaces(number.end).min(number.end + 1);
    let plain = |end| Some(Hit { end, value: None });
    if let Some(end) = text.word(unit, "公斤|千克|斤半|斤|市斤|kgs|kg|kilos|kilo|lbs|lb|pounds|磅|克|毫克|两重|g|oz")
    {
        // 5克拉 is a diamond, 5G a network, 256G a memory.
        let memory = |n: u64| matches!(n, 2..=6) || n.is_power_of_two() && n > 1;
        let gram = text.get(end - 1) == Some('g') && end - 1 == unit;
        let other = gram && (number.whole().is_some_and(memory) || text.is_upper(unit));
        return (!other && !text.is(end, "拉斯力")).then(|| plain(end)).flatten();
    }
    let told = text.cue(at, "体重|weight|weigh") && (20_000..400_000).contains(&number.value);
    (told && !text.is_alphanumeric(number.end) && !text.is(number.end, "元块件天码"))
        .then(|| plain(number.end))
        .flatten()
}

/// Words before a length that is a measure of the body or of a thing, and not a height.
const GIRTHS: &str = "腰围|胸围|臀围|肩宽|脚长|衣长|裤长|袖长|胸宽|头围|手围|直径|长|宽|长度|宽度|waist|bust|chest|hips|hip|length|width|inseam|diameter|foot";
const SIZE_CUES: &str = "尺码|码数|鞋码|号型|型号|尺寸|size|sizes|size is|a size|穿|着|码|eu|us|uk|eur";

pub(super) fn size(text: &Folded<'_>, at: usize) -> Option<Hit> {
    let plain = |end| Some(Hit { end, value: Some(text.slice(at, end).replace(' ', "").to_ascii_uppercase()) });
    if let Some(end) = named(text, at).or_else(|| lettered(text, at)).or_else(|| formed(text, at)) {
        return plain(end);
    }
    // 42码, 38.5码, 四十二码, 38-39码.
    let number = range(text, at)?;
    if number.script == Script::Latin || number.is_some() || number.value == 500 {
        return None;
    }
    if let Some(end) = text.word(number.end, "码半|码") {
        return (!text.is(end, "头事归") && number.value < 300_000 && !text.ends(at, "大|小|加"))
            .then(|| plain(end))
            .flatten();
    }
    let unit = text.spaces(number.end).min(number.end + 1);
    if let Some(end) = text.word(unit, "cm|厘米|公分|mm|毫米|英寸|寸|尺|inches|inch").filter(|_| text.cue(at, GIRTHS))
    {
        let rest = text.run(end, |c| c.is_ascii_digit());
        return plain(if rest - end == 1 && text.before(end) == Some('尺') { rest } else { end });
    }
    let value = number.value;
    let shoe = (34_000..=50_000).contains(&value);
    if let Some(end) = text.word(number.end, "号").filter(|_| number.script == Script::Arabic && shoe) {
        let street = text.ends(at, "路|街|巷|弄|道|村|苑|园|里") || text.is(end, "楼线店院门仓库柜机房");
        return (!street).then(|| plain(end)).flatten();
    }
    let told = text.cue(at, SIZE_CUES) && number.script == Script::Arabic;
    let stands = !text.is_alphanumeric(number.end) && !text.is(number.end, "件个双条套天元块次年月斤/厘公岁%");
    (told && stands && value < 260_000).then(|| plain(number.end)).flatten()
}

fn named(text: &Folded<'_>, at: usize) -> Option<usize> {
    const NAMES: &str = "加大码|特大码|超大码|均码|大码|中码|小码|加大号|特大号|超大号|大号|中号|小号|均一码|全码|free size|one size fits all|one size|freesize|onesize|extra large|extra small|x-large|x-small|plus size";
    let medium = text.word(at, "medium").filter(|_| text.ends(at, "a |in |size |the |or |ordered |bought "));
    let end = text.word(at, NAMES).or(medium)?;
    let other = text.is(end, "卫") || text.ends(at, "最|外|账|代|不|那么|扩");
    (!other).then_some(end)
}

/// XL, 2XL, M码, S/M; one letter alone only where it is a capital, or near a word for size, or amid Chinese.
fn lettered(text: &Folded<'_>, at: usize) -> Option<usize> {
    let digits = text.run(at, |c| c.is_ascii_digit());
    let end = text.run(digits, |c| matches!(c, 'x' | 's' | 'm' | 'l' | 'f'));
    let known = matches!(
        text.slice(at, end).as_str(),
        "xxs"
            | "xs"
            | "s"
            | "m"
            | "l"
            | "xl"
            | "xxl"
            | "xxxl"
            | "xxxxl"
            | "2xl"
            | "3xl"
            | "4xl"
            | "5xl"
            | "6xl"
            | "2xs"
            | "f"
    );
    if !known
        || text.is_alphanumeric(end)
        || matches!(text.before(at), Some('\'' | '-' | '&' | '.'))
        || text.is(end, "'&@")
    {
        return None;
    }
    if let Some(stop) = text.word(end, "码|号码|号| 码") {
        return Some(stop);
    }
    if end - at > 1 {
        return Some(end);
    }
    let han = |c: Option<char>| c.is_some_and(zg_text::is_han);
    let told = text.cue(at, SIZE_CUES) || text.word(text.spaces(end), "size|码").is_some();
    let amid = han(text.before(at))
        && !text.ends(at, "第")
        && (han(text.get(end)) || text.get(end).is_none_or(|c| "/,，。?？、 \n".contains(c)));
    let letter_f = text.get(at) == Some('f');
    let capital =
        text.is_upper(at) && text.get(end).is_none_or(|c| " ,./?!，。？、或还和".contains(c) || zg_text::is_han(c));
    (told || !letter_f && (amid || capital)).then_some(end)
}

/// 175/96A, 165/88, 75B, EU 42, US9.5.
fn formed(text: &Folded<'_>, at: usize) -> Option<usize> {
    if let Some(start) = text
        .word(at, "eur|eu|us|uk|jp|cn")
        .or_else(|| ["eur", "eu", "us", "uk", "jp"].iter().find_map(|sign| text.literal(at, sign)))
    {
        let number =
            number(text, text.spaces(start).min(start + 1)).filter(|number| number.script == Script::Arabic)?;
        let plausible = (3_000..=52_000).contains(&number.value) && number.value.is_multiple_of(500);
        return (plausible && !text.is_alphanumeric(number.end) && !text.is(number.end, "件个元块天"))
            .then_some(text.word(number.end, "码").unwrap_or(number.end));
    }
    let end = text.run(at, |c| c.is_ascii_digit());
    let first: u64 = text.integer(at, end.min(at + 4))?;
    if text.get(end) == Some('/') && (50..=205).contains(&first) {
        let girth = text.run(end + 1, |c| c.is_ascii_digit());
        let second: u64 = text.integer(end + 1, girth.min(end + 5))?;
        let stop = text.run(girth, |c| matches!(c, 'a'..='c' | 'y')).min(girth + 1);
        let plausible = (40..=130).contains(&second) && !text.is_alphanumeric(stop) && !text.is(stop, "/-.");
        return plausible.then_some(stop);
    }
    // A bra by its band and cup.
    let cup = text.get(end).is_some_and(|c| ('a'..='g').contains(&c)) && !text.is_alphanumeric(end + 1);
    let band = matches!(first, 65 | 70 | 75 | 80 | 85 | 90 | 95 | 100)
        || matches!(first, 32 | 34 | 36 | 38 | 40 | 42) && text.is_upper(end);
    (cup && band).then(|| text.word(end + 1, "罩杯|杯").unwrap_or(end + 1))
}
