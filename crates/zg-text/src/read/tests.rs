//! Readings are data: `tests/data/readings.tsv` has an utterance, its reading and the kinds of its rewrites a line.

use super::*;

const READINGS: &str = include_str!("../../tests/data/readings.tsv");

/// Every way in which a reading may not be wrong, whatever the text.
#[track_caller]
fn check(text: &str) -> Reading {
    let reading = read(text);
    let mut before = 0;
    for rewrite in &reading.rewrites {
        assert!(rewrite.start >= before && rewrite.start < rewrite.end, "{text:?}: {rewrite:?}");
        assert!(text.is_char_boundary(rewrite.start) && text.is_char_boundary(rewrite.end), "{text:?}: {rewrite:?}");
        assert!(!rewrite.read.is_empty() && reading.text.contains(&rewrite.read), "{text:?}: {rewrite:?}");
        before = rewrite.end;
    }
    if reading.rewrites.is_empty() {
        assert_eq!(reading.text, crate::normalize(text), "what is not rewritten is folded");
    }
    assert!(reading.doubtful().is_none_or(|rewrite| matches!(rewrite.kind, RewriteKind::Pinyin | RewriteKind::Typo)));
    assert_eq!(reading, read(text), "reading is deterministic");
    reading
}

#[test]
fn utterances_are_read_as_listed() {
    let mut wrong = Vec::new();
    for line in READINGS.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [text, expected, kinds] = fields[..] else { panic!("three fields: {line}") };
        let reading = check(text);
        let found: Vec<String> = reading.rewrites.iter().map(|rewrite| format!("{:?}", rewrite.kind)).collect();
        if (reading.text.as_str(), found.join(" ").as_str()) != (expected, kinds) {
            wrong.push(format!("{text}\t{}\t{}", reading.text, found.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "read otherwise:\n{}", wrong.join("\n"));
}

#[test]
fn spans_are_of_what_was_typed() {
    for (text, typed, read) in [
        ("  我的ＫＤ到哪了", "ＫＤ", "快递"),
        ("請問點解未發貨", "點解", "为什么"),
        ("我要 Tui Huo 可以吗", "Tui Huo", "退货"),
        ("运\u{200b}废谁出", "运\u{200b}废", "运费"),
        ("好 👨‍👩‍👧 的", "👨‍👩‍👧", "👨"),
        ("快第", "快第", "快递"),
    ] {
        let reading = check(text);
        let rewrite = reading.rewrites.first().expect(text);
        assert_eq!((&text[rewrite.start..rewrite.end], rewrite.read.as_str()), (typed, read));
    }
}

#[test]
fn doubt_is_about_sound_and_shape() {
    for (text, doubtful) in [
        ("点解未发货", None),
        ("tuihuo zenme tui", None),
        ("退货运费谁出", None),
        ("我要tui", Some("退")),
        ("要摧单", Some("催单")),
        ("kuaidi daonale", None),
    ] {
        assert_eq!(check(text).doubtful().map(|rewrite| rewrite.read.as_str()), doubtful, "{text}");
    }
}

#[test]
fn hostile_text_is_read() {
    for text in [
        "",
        " ",
        "退",
        "a",
        "\u{202e}\u{200b}\u{feff}",
        "\u{202e}退货\u{202c}",
        "😀",
        "👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧",
        "🇨🇳🇨",
        "1️⃣2️⃣",
        "❤️‍🔥",
        "\u{200d}\u{200d}",
        "é́́́",
        "﷽",
        "㏂㏂",
        "''''",
        "tui'",
        "'tui huo'",
        "^",
        "$",
        "~",
        "^_^^_^^_^",
        "\u{0}\u{7}\n",
        "ﬁﬁﬁ",
        "ｶﾞ",
        "각각",
        "Σ",
        "𠮶啲",
        "\u{e0020}\u{e007f}",
    ] {
        check(text);
    }
    for one in ["货", "tuihuo ", "点解", "a", "👨‍👩‍👧", "ha", "\u{301}", "快第", "(╥﹏╥)", "wo", "ﷺ", "哈", " "]
    {
        let reading = check(&one.repeat(100_000 / one.chars().count()));
        assert!(reading.text.chars().count() <= 18 * crate::MAX_CHARS);
    }
    // Anything after anything.
    let pool: Vec<char> =
        "退货快第点解唔系嘅kdtuihuoQAQ_^()﹏╥👍🏽\u{200d}\u{fe0f}🇨🇳18 。'~$哈哈哈ﬁé\u{301}\u{202e}係".chars().collect();
    let mut seed = 7_u64;
    for round in 0..3_000 {
        let text: String = (0..round % 24)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                pool[(seed >> 33) as usize % pool.len()]
            })
            .collect();
        check(&text);
    }
}

#[test]
fn work_is_linear_in_the_text() {
    for one in ["点解我件货仲未到", "tuihuo zenme tui ", "快第到哪了", "wowowo", "哈", "aaaa", "发", "行行", "👨‍👩‍👧"]
    {
        let edges = |times: usize| {
            let text = one.repeat(times);
            let folded = fold(&text);
            let characters: Vec<char> = folded.text.chars().collect();
            let context = Context { chinese: true, cantonese: true };
            solve(&text, &folded, &characters, context).len()
        };
        let (few, many) = (edges(10), edges(50));
        assert!(many <= 6 * few + 50, "{one}: {few} edges for 10, {many} for 50");
    }
}
