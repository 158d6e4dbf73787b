//! Amounts of money: ¥199, 199.00元, 三块五, 1.5万, HK$88, 30 dollars, 满300减50.

use super::Hit;
use super::folded::Folded;
use super::number::{Milli, Number, Script, decimal, number, range};

/// Signs before a number, with their currency.
const SIGNS: &[(&str, &str)] = &[
    ("hk$|hkd|港币|港元|港纸", "HKD"),
    ("us$|usd|$|美元|美金", "USD"),
    ("nt$|ntd|twd|新台币|台币", "TWD"),
    ("rmb|cny|cn¥|¥|人民币", "CNY"),
    ("mop$|mop|澳门币", "MOP"),
    ("s$|sgd", "SGD"),
    ("a$|aud", "AUD"),
    ("£|gbp", "GBP"),
    ("€|eur", "EUR"),
];

/// Units after a number. The mainland's own are in [`yuan`].
const UNITS: &[(&str, &str)] = &[
    ("元人民币|块人民币|人民币|rmb|cny|yuan|kuai|大洋", "CNY"),
    ("港币|港元|港纸|港蚊|蚊鸡|蚊|hkd|元港币|块港币", "HKD"),
    ("美元|美金|美刀|刀乐|刀|usd|dollars|dollar|bucks|buck|us dollars", "USD"),
    ("新台币|台币|元台币|块台币|twd|ntd", "TWD"),
    ("日元|日币|jpy|yen", "JPY"),
    ("欧元|欧|euros|euro|eur|€", "EUR"),
    ("英镑|镑|gbp|quid|pounds sterling|£", "GBP"),
    ("澳元|澳币|aud", "AUD"),
    ("加元|加币|cad", "CAD"),
    ("新币|新加坡元|sgd", "SGD"),
    ("韩元|韩币|krw", "KRW"),
    ("林吉特|马币|令吉|myr", "MYR"),
    ("cents|cent|美分", "cent"),
];

/// Words before a bare number that make it money.
const CUES: &str = "满|减|立减|直减|满减|每满|未满|不满|原价|现价|售价|标价|定价|价格|单价|总价|到手价|到手|券后价|券后|花|花了|付了|付款|支付|支付了|实付|实际付|应付|付|扣了|扣款|收了我|收我|多收|多收了|多付|多付了|退款|退了|退我|只退|只退了|补|补差价|差价|补偿|赔|赔偿|优惠|优惠了|便宜|便宜了|便宜我|降价|降了|降到|涨到|涨了|运费|邮费|金额|余额|定金|尾款|首付|押金|预算|打赏|俾|俾咗|收咗我|使咗|够|够了|凑够|达到|剩|还剩|只剩|paid|pay|cost|costs|cost me|price|spent|charged|charged me|refund|refunded|refund of|over|under|below|above|budget|total|budget is|save|deposit|worth|price of|spend|for only|only|got|only got|received";
const ENGLISH_WEAK: &str = "over|under|below|above|only|pay|total|got|only got|received|save";

/// What may come after a number that is no amount although a cue leads to it.
const COUNTED: &str = "件个双条盒套瓶只包箱袋支本台把份单对张罐天年月日号点次折码%‰楼小周分秒位度岁米斤公克人倍遍回期笔层种款星厘寸升毫成场季折寸粒片颗kgx*/:-";

pub(super) fn amount(text: &Folded<'_>, at: usize) -> Option<Hit> {
    signed(text, at).or_else(|| united(text, at)).or_else(|| bare(text, at))
}

fn signed(text: &Folded<'_>, at: usize) -> Option<Hit> {
    let (start, currency) = SIGNS
        .iter()
        .find_map(|(signs, currency)| Some((text.word(at, signs).or_else(|| glued(text, at, signs))?, currency)))?;
    let number = range(text, text.spaces(start).min(start + 1)).filter(|number| number.script == Script::Arabic)?;
    let (end, value) = thousands(text, number);
    let end = text.word(end, "元|块钱|块|万").filter(|_| *currency == "CNY" || *currency == "HKD").unwrap_or(end);
    (!text.is_alphanumeric(end)).then(|| hit(end, value, number.to, currency))
}

/// rmb199: a Latin sign may touch its number.
fn glued(text: &Folded<'_>, at: usize, signs: &str) -> Option<usize> {
    signs.split('|').find_map(|sign| text.literal(at, sign).filter(|end| text.is_digit(*end)))
}

/// 2k is two thousand, 2w twenty.
fn thousands(text: &Folded<'_>, number: Number) -> (usize, Milli) {
    let factor = match text.get(number.end) {
        Some('k') => 1_000,
        Some('w') => 10_000,
        _ => 1,
    };
    if factor == 1 || text.is_alphanumeric(number.end + 1) || number.script != Script::Arabic {
        return (number.end, number.value);
    }
    (number.end + 1, number.value.saturating_mul(factor))
}

fn united(text: &Folded<'_>, at: usize) -> Option<Hit> {
    let number = range(text, at)?;
    if number.is_some() || text.before(at) == Some('第') {
        return None;
    }
    let (end, value) = thousands(text, number);
    let unit = text.spaces(end).min(end + 1);
    if let Some((end, currency)) = UNITS.iter().find_map(|(units, currency)| Some((text.word(unit, units)?, currency)))
    {
        // 欧码 is a size, 一镑 a weight no more than 一欧 a coin.
        if text.is(end, "码洲版式美款片具叉刃法工郎") {
            return None;
        }
        return Some(if *currency == "cent" {
            hit(end, value / 100, number.to.map(|to| to / 100), "USD")
        } else {
            hit(end, value, number.to, currency)
        });
    }
    if number.script == Script::Latin { None } else { yuan(text, at, unit, value, number) }
}

/// 元, 块, 毛, 角, 分 and what follows them: 三块五, 9块9, 两元五角.
fn yuan(text: &Folded<'_>, at: usize, unit: usize, value: Milli, number: Number) -> Option<Hit> {
    if let Some(end) = text.word(unit, "块钱|块港币|元") {
        let other = text.is(end, "旦素器件桥宵宇气老首帅朝谋") || text.word(end, "一次|二次|函数|方程").is_some();
        if text.is(unit, "元") && other {
            return None;
        }
        let (end, rest) = jiao(text, end);
        return Some(hit(end, value + rest, number.to, "CNY"));
    }
    if let Some(end) = text.word(unit, "块") {
        let (stop, rest) = jiao(text, end);
        if stop > end {
            return Some(hit(text.word(stop, "钱").unwrap_or(stop), value + rest, number.to, "CNY"));
        }
        // 一块 may be "together", 两块肥皂 are pieces, 半块 is a half.
        let alone = number.value <= 1_000 && !text.ends(at, CUES);
        return (!alone && !pieces(text, end)).then(|| hit(end, value, number.to, "CNY"));
    }
    let (unit_end, factor) = [("毛钱|角钱", 10), ("分钱", 100), ("毛|角", 10)]
        .iter()
        .find_map(|(units, factor)| Some((text.word(unit, units)?, *factor)))?;
    // 三角 is a shape, 八角 a spice, 五毛 money.
    let shape = text.get(unit) == Some('角') && number.script == Script::Han && text.before(unit_end) != Some('钱');
    (!shape && !text.is(unit_end, "笔衣线巾绒")).then(|| hit(unit_end, value / factor, None, "CNY"))
}

/// Whether what follows 块 is a thing that comes in pieces.
pub(super) fn pieces(text: &Folded<'_>, at: usize) -> bool {
    const THINGS: &str = "表|手表|肥皂|香皂|蛋糕|布|电池|屏|地毯|毛巾|巧克力|饼干|砖|板|石头|玻璃|面膜|滑板|垫|玉|肉|抹布|浴巾|橡皮|积木|面包|糖|地垫|桌布|披萨|硬盘|显卡|主板|儿";
    text.word(at, THINGS).is_some()
}

/// What 块 and 元 leave: 五, 五毛, 9, 5角2分.
fn jiao(text: &Folded<'_>, at: usize) -> (usize, Milli) {
    let Some(tenths) = number(text, at).filter(|rest| rest.whole().is_some_and(|n| n < 100)) else {
        return (at, 0);
    };
    let one = tenths.value < 10_000;
    let value = if one { tenths.value / 10 } else { tenths.value / 100 };
    if let Some(end) = text.word(tenths.end, "毛|角").filter(|_| one) {
        let cents = number(text, end).filter(|rest| rest.whole().is_some_and(|n| n < 10));
        let Some(cents) = cents.filter(|rest| !text.is(rest.end, COUNTED) || text.is(rest.end, "分")) else {
            return (end, value);
        };
        return (text.word(cents.end, "分").unwrap_or(cents.end), value + cents.value / 100);
    }
    // 三块两件: the second number counts something else.
    let counted = text.is(tenths.end, COUNTED) && text.word(tenths.end, "包邮").is_none();
    if counted || tenths.vague || text.is(tenths.end, "块元十百千万") { (at, 0) } else { (tenths.end, value) }
}

fn bare(text: &Folded<'_>, at: usize) -> Option<Hit> {
    let number = number(text, at)?;
    let (end, value) = thousands(text, number);
    let posted = text.word(end, "包邮").is_some();
    if number.is_some() || number.to.is_some() || text.is(end, COUNTED) && !posted || text.is_alphanumeric(end) {
        return None;
    }
    let told = text.cue(at, CUES);
    let round = matches!(text.before(end), Some('万' | '千' | '百')) && number.script == Script::Arabic;
    let found = match number.script {
        Script::Arabic if told => {
            let weak = text.cue(at, ENGLISH_WEAK);
            let counts = text.get(end) == Some(' ') && text.get(end + 1).is_some_and(|c| c.is_ascii_lowercase());
            // "paid 2 times": English counts come after a space.
            let money = |holds: bool, end: usize| !holds || counts_money(text, end);
            value >= 10_000 && money(weak, end) && money(counts, end + 1)
        }
        // 1.5万 and 两千五 stand alone only at the end of what is said.
        // 99包邮, 300减30, 从299涨到359.
        Script::Arabic if posted => true,
        Script::Arabic if text.is(end, "减") && text.is_digit(end + 1) => true,
        Script::Arabic if text.word(end, "涨到|降到|变成|改成|涨价|降价").is_some() && text.ends(at, "从|由") => {
            true
        }
        Script::Arabic => round && closes(text, end) && value >= 1_000_000,
        Script::Han => {
            let shortened = value >= 100_000 && !matches!(text.before(end), Some('十' | '百' | '千' | '万' | '零'));
            (shortened || told && value >= 10_000) && closes(text, end) && !text.ends(at, "第|有|共")
        }
        Script::Latin => false,
    };
    found.then(|| hit(end, value, None, "CNY"))
}

/// A number that only the words before it made money.
pub(super) fn alone(text: &Folded<'_>) -> Option<String> {
    let number = number(text, 0)?;
    let (end, value) = thousands(text, number);
    (end == text.len()).then(|| hit(end, value, None, "CNY")).and_then(|hit| hit.value)
}

fn counts_money(text: &Folded<'_>, at: usize) -> bool {
    text.get(at).is_none() || text.word(text.spaces(at), "for|and|but|on|in|back|instead|yesterday|today|last|so|from|to|off|,|.|?|!|already|before|now|altogether|total|shipping|with|when|it|free|is|does|do|the|can|only").is_some()
}

/// Whether a clause ends here, or a particle that ends one.
fn closes(text: &Folded<'_>, at: usize) -> bool {
    text.get(at).is_none_or(|c| {
        ",.?!;，。？！、；~)\n ".contains(c) || "吧呢吗啊了的左能可以还就买拿卖行得成给才太都,减包是".contains(c)
    })
}

fn hit(end: usize, value: Milli, to: Option<Milli>, currency: &str) -> Hit {
    let mut text = cents(value);
    if let Some(to) = to {
        text.push('/');
        text.push_str(&cents(to));
    }
    text.push(' ');
    text.push_str(currency);
    Hit { end, value: Some(text) }
}

fn cents(value: Milli) -> String {
    let text = decimal(value / 10 * 10);
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    match places {
        0 => text + ".00",
        1 => text + "0",
        _ => text,
    }
}
