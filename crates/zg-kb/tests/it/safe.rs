//! Answers that are safe to show, and data of persons.

use zg_kb::build::{mask, safe_markdown};

#[test]
fn links_lead_where_a_shopper_may_be_led() {
    for (markdown, safe) in [
        ("see [us](https://a.example/x) or [mail](mailto:a@b.example) [call](tel:+1) [top](#top) [page](/p)", ""),
        ("![map](https://a.example/m.png)", ""),
        ("plain [brackets] and 1 < 2 and a > b", ""),
        ("`<b>` in code\n\n```\n<script>\n```", ""),
        ("[a](javascript:alert(1))", "a"),
        ("[a]( JaVaScRiPt:alert(1) )", "a"),
        ("[a](java&#115;cript:alert(1))", "a"),
        ("[**a** b](data:text/html,x \"t\") c", "**a** b c"),
        ("[a](//evil.example) [b](/\\evil.example) [c](relative) [d](file:///etc)", "a b c d"),
        ("<javascript:alert(1)> <https://a.example>", "javascript:alert(1) <https://a.example>"),
        ("[a][r] b\n\n[r]: javascript:alert(1)", "a b"),
        ("[[a](javascript:1)](javascript:2)", "a"),
        ("[![alt](http://a.example/x.png)](https://a.example)", "[alt](https://a.example)"),
        ("![](https://a.example/x.png)x", "x"),
        ("[](javascript:1)x", "x"),
        ("a <b onclick=x>b</b><script>alert(1)</script> c<br>d <!-- e -->", "a b c\nd"),
        ("<div><p>one</p><p>two <a href='javascript:1'>three</a></p></div>", "one\n\ntwo three"),
        ("<script>\nalert(1)\n</script>\n\nafter", "after"),
        ("<scr<script>ipt>alert(1)", ""),
        ("<img src=x onerror=alert(1)>", ""),
        ("a\u{202e}b\u{200b}c\u{0}d\u{1b}[0m", "abcd[0m"),
    ] {
        let cleaned = safe_markdown(markdown);
        let expected = if safe.is_empty() && !markdown.starts_with("<img") && !markdown.starts_with("<scr<") {
            markdown
        } else {
            safe
        };
        assert_eq!(cleaned.text.trim(), expected, "{markdown:?}");
        assert_eq!(safe_markdown(&cleaned.text).text, cleaned.text, "cleaning twice changes nothing: {markdown:?}");
    }
}

#[test]
fn what_was_taken_out_is_said() {
    let safe = safe_markdown("[a](javascript:1) <b>x</b>");
    assert_eq!((safe.links, safe.html), (vec!["javascript:1".to_owned()], vec!["<b>".to_owned(), "</b>".to_owned()]));
}

#[test]
fn nested_tricks_end() {
    for piece in ["[", "![", "<", "[a](", "<a ", "](javascript:1)", "<!--", "&lt;", "**["] {
        let text = piece.repeat(20_000);
        let safe = safe_markdown(&text);
        assert_eq!(safe_markdown(&safe.text).text, safe.text, "{piece:?}");
    }
    for (open, close) in
        [("![", "](https://a.example)"), ("[a](javascript:1) ![", "](x)"), ("<b>", "</b>"), ("[<b>", "](x)")]
    {
        let safe = safe_markdown(&(open.repeat(20_000) + "x" + &close.repeat(20_000)));
        assert_eq!(safe_markdown(&safe.text).text, safe.text, "{open:?}");
    }
}

#[test]
fn data_of_persons_is_masked_and_a_shops_own_is_not() {
    for (text, masked) in [
        ("打 13800138000 找我", "打 138****8000 找我"),
        ("+86 138-0013-8000", "138****8000"),
        ("１３８００１３８０００", "138****8000"),
        ("010-62345678 或 (021) 6234 5678", "010****5678 或 021****5678"),
        ("call (415) 555-2671 or +44 20 7946 0958", "call 415****2671 or 442****0958"),
        ("li.wei@example.com, service@shop.example", "l***@example.com, service@shop.example"),
        ("身份证 11010519491231002X。", "身份证 11**************2X。"),
        ("110105194912310021", "110105194912310021"),
        ("卡号 6222 0210 0111 6245 702", "卡号 6222********5702"),
        ("4111 1111 1111 1111", "4111********1111"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("400-800-8888, 800 820 8820, 95588, 1-800-555-0199", "400-800-8888, 800 820 8820, 95588, 1-800-555-0199"),
        ("订单 A13800138000, 20261101123456, 13800138000x", "订单 A13800138000, 20261101123456, 13800138000x"),
        ("共 100 200 3000 件", "共 100 200 3000 件"),
        ("2026-11-01 10:00, 19.90, 3-5 天", "2026-11-01 10:00, 19.90, 3-5 天"),
    ] {
        assert_eq!(mask(text), masked, "{text:?}");
    }
}
