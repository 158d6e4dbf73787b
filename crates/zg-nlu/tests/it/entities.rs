//! Entities: a table of utterances, and what holds for every text.

use std::time::Duration;

use zg_nlu::{entities, normalized, redact};

/// One utterance a line: the text, then each entity as `kind surface` or `kind surface => value`.
const TABLE: &str = include_str!("../data/entities.tsv");

fn rows() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    TABLE.lines().filter(|line| !line.starts_with("# ")).map(|line| {
        let mut columns = line.split('\t');
        (columns.next().unwrap_or_default(), columns.collect())
    })
}

fn shown(text: &str) -> Vec<String> {
    let line = |one: zg_domain::Entity| {
        let surface = &text[one.start..one.end];
        let value = if one.value == surface { String::new() } else { format!(" => {}", one.value) };
        format!("{} {surface}{value}", one.kind.name())
    };
    entities(text).into_iter().map(line).collect()
}

#[test]
fn the_table_is_found() {
    let (mut n, mut n_empty, mut wrong) = (0, 0, String::new());
    for (text, expected) in rows() {
        let found = shown(text);
        if found != expected {
            wrong += &format!("{text}\n  expected {expected:?}\n  found    {found:?}\n");
        }
        n += 1;
        n_empty += usize::from(expected.is_empty());
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(n >= 250 && n_empty >= 60, "{n} rows, {n_empty} of them without an entity");
}

/// Texts that nobody should trust: pieces of the table, and what breaks counting of bytes.
fn hostile() -> Vec<String> {
    let pieces = [
        "１３８",
        "138 0013 8000",
        "一",
        "千",
        "万",
        "半",
        "几",
        "\u{200b}",
        "\u{202e}",
        "👨‍👩‍👧",
        "é",
        "e\u{301}",
        "\u{0}",
        "\r\n",
        "¥",
        "$",
        "+",
        "+86",
        "(",
        ")",
        "-",
        "--",
        ".",
        ",",
        ":",
        "/",
        "@",
        "a@b.c",
        "月",
        "日",
        "号",
        "点",
        "元",
        "块",
        "三",
        "十",
        "个",
        "双",
        "SF",
        "订单",
        "tracking",
        "x",
        "s",
        "'",
        "in ",
        "within ",
        "next ",
        "上",
        "周",
        "市",
        "区",
        "北京",
        "黑",
        "a",
        "0",
        "9",
        "𝟏",
        "٣",
        "1️⃣",
        "\u{feff}",
        " ",
    ];
    let mut texts: Vec<String> = rows().map(|(text, _)| text.to_owned()).collect();
    // A small generator of one's own: the same texts on every run.
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    for _ in 0..20_000 {
        let n = 1 + next(12);
        texts.push((0..n).map(|_| pieces[next(pieces.len())]).collect());
    }
    texts
}

#[test]
fn spans_lie_on_characters_in_order_and_apart() {
    for text in hostile() {
        let mut last = 0;
        for entity in entities(&text) {
            assert!(last <= entity.start && entity.start < entity.end, "{text:?}: {entity:?}");
            assert!(text.get(entity.start..entity.end).is_some(), "{text:?}: {entity:?}");
            assert!(!entity.value.is_empty());
            let _ = normalized(&entity);
            last = entity.end;
        }
        let once = redact(&text);
        assert_eq!(redact(&once), once, "{text:?}");
    }
}

#[test]
fn every_cut_of_every_row_is_taken() {
    for (text, _) in rows() {
        for (at, _) in text.char_indices() {
            let _ = (entities(&text[at..]), entities(&text[..at]), redact(&text[at..]));
        }
    }
}

#[test]
fn long_texts_take_linear_time() {
    for piece in [
        "1",
        "1 ",
        "1-",
        "一",
        "半",
        "十",
        "a.",
        "a@",
        "+1",
        "(1",
        "sf",
        "订单",
        "1/",
        "1:",
        "上",
        "2026-",
        "北京",
        "¥1",
        "1,000,",
        "¥",
        "x1",
        "138001380001",
        "\u{200b}",
        "1\u{200b}",
        "in ",
        "个",
        "百几",
    ] {
        let text = piece.repeat(20_000 / piece.chars().count());
        let started = std::time::SystemTime::now();
        let _ = entities(&text);
        let took = started.elapsed().unwrap_or_default();
        // A second or two unoptimised; what grows with the square of the length takes minutes.
        assert!(took < Duration::from_secs(30), "{piece:?} took {took:?}");
    }
    let long = "订单HM20261118001的199元，前天买的\u{200b}三件黑色，打13800138000。".repeat(2_500);
    assert!(long.chars().count() >= 100_000);
    assert_eq!((entities(&long).len(), redact(&long).matches("[phone]").count()), (6 * 2_500, 2_500));
}

#[test]
fn what_says_who_somebody_is_goes() {
    for (text, expected) in [
        ("打１３８-0013-8000给我", "打[phone]给我"),
        ("138\u{200b}0013\u{200b}8000", "[phone]"),
        ("tel13800138000,a.b@example.com", "tel[phone],[email]"),
        ("身份证11010519491231002X,卡4111 1111 1111 1111", "身份证[id_card],卡[bank_card]"),
        ("寄到中山路88号3栋2单元502室，谢谢", "寄到中山路[address]，谢谢"),
        ("文三路100号", "文三路[address]"),
        ("邮编310012", "邮编[address]"),
        ("12 Baker Street, Flat 5B", "[address], [address]"),
        ("订单13800138000", "订单[phone]"),
        ("订单HM20261118001的199元，18号退", "订单HM20261118001的199元，18号退"),
        ("一三八零零一三八零零零", "[phone]"),
        ("3号发货的2件", "3号发货的2件"),
        ("", ""),
        ("😀", "😀"),
    ] {
        assert_eq!(redact(text), expected);
        assert_eq!(redact(expected), expected);
    }
}

#[test]
fn meanings_are_spelled_one_way() {
    for (text, expected) in [
        ("三块五", "3.50 CNY"),
        ("HK$88", "88.00 HKD"),
        ("100-200元", "100.00/200.00 CNY"),
        ("1.5万元", "15000.00 CNY"),
        ("两千五百块", "2500.00 CNY"),
        ("两三百块", "200.00/300.00 CNY"),
        ("¥1,299.9", "1299.90 CNY"),
        ("九块九毛九", "9.99 CNY"),
        ("30 dollars", "30.00 USD"),
        ("满300", "300.00 CNY"),
        ("138-0013-8000", "13800138000"),
        ("十二双", "12"),
        ("顺丰", "SF"),
        ("Shanghai", "上海"),
        ("广东省", "广东"),
        ("臺灣", "台湾"),
        ("灰色", "gray"),
    ] {
        let found = entities(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(normalized(&found[0]).as_deref(), Some(expected), "{text}");
    }
}
