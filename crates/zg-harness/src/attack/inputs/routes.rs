//! Inputs for routes of every kind, among them those that want credentials which were stolen.

use std::fmt::Write as _;

use super::{Dice, Kind, Whose, request};

pub const KINDS: &[Kind] = &[
    ("odd numbers", numbers),
    ("surrogates and keys", surrogates),
    ("shop events", events),
    ("most shop events", most_events),
    ("recommendations", recommendations),
    ("visitors erased", visitors),
    ("handoff flood", handoff),
    ("code guesses", codes),
    ("consents and keys", consents),
    ("own export and erasure", mine),
    ("open and erase", open_and_erase),
    ("largest picture", largest_picture),
    ("stolen catalog", catalog),
    ("stolen catalog, largest", largest_catalog),
    ("stolen profiles", profiles),
    ("stolen remedies", remedies),
    ("stolen desk", desk),
    ("stolen desk, reading", desk_reads),
];

const NUMBERS: &[&str] = &[
    "1e999",
    "-1e999",
    "-1",
    "0.5",
    "1e308",
    "-0",
    "18446744073709551616",
    "9223372036854775808",
    "00",
    "NaN",
    "null",
    "\"1\"",
    "1E+9",
    "[]",
    "123456789012345678901234567890123456789012345678901234567890",
];

/// A request of the house's, with a stolen secret in place of the conversation's.
fn merchant(whose: &Whose<'_>, method: &str, path: &str, body: &str) -> Vec<u8> {
    let whose = Whose { secret: &whose.stolen.merchant, ..*whose };
    request(&whose, method, path, "", body.as_bytes())
}

fn operator(whose: &Whose<'_>, method: &str, path: &str, body: &str) -> Vec<u8> {
    request(whose, method, path, &format!("origin: http://shop\r\n{}", whose.stolen.operator), body.as_bytes())
}

/// Without a bearer: as a page sends it.
fn page(whose: &Whose<'_>, method: &str, path: &str, body: &str) -> Vec<u8> {
    let bytes = format!(
        "{method} {path} HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        whose.address,
        body.len()
    );
    bytes.into_bytes()
}

fn own(whose: &Whose<'_>, method: &str, rest: &str, body: &str) -> Vec<u8> {
    request(whose, method, &format!("/v1/conversations/{}{rest}", whose.conversation), "", body.as_bytes())
}

fn numbers(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let n = dice.pick(NUMBERS);
    match dice.below(4) {
        0 => own(whose, "POST", "/seen", &format!("{{\"seq\":{n}}}")),
        1 => own(
            whose,
            "POST",
            "/messages",
            &format!(
                "{{\"messages\":[{{\"id\":\"n\",\"author\":\"shopper\",\"at\":{n},\"text\":\"x\",\"kind\":\"text\"}}]}}"
            ),
        ),
        2 => own(
            whose,
            "POST",
            "/messages",
            &format!(
                "{{\"messages\":[{{\"id\":\"n\",\"author\":\"assistant\",\"at\":1,\"text\":\"x\",\"kind\":\"answer\",\"entry\":\"e\",\"question\":\"q\",\"source\":\"s\",\"confidence\":{n}}}]}}"
            ),
        ),
        _ => page(
            whose,
            "POST",
            "/v1/recommendations",
            &format!("{{\"site_key\":\"demo\",\"k\":{n},\"price\":[{n},{n}]}}"),
        ),
    }
}

fn surrogates(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let escape =
        dice.pick(&["\\ud800", "\\udfff\\ud800", "\\ud83d\\u0041", "\\u00", "\\x41", "\\ud83d\\ude00", "\u{7f}"]);
    let many = escape.repeat(1 + dice.below(2_000));
    match dice.below(3) {
        0 => own(whose, "POST", "/messages", &format!("{{\"messages\":[{{\"id\":\"u\",\"{many}\":1}}]}}")),
        1 => own(whose, "POST", "/handoff", &format!("{{\"reason\":\"{many}\"}}")),
        _ => page(
            whose,
            "POST",
            "/v1/events",
            &format!("{{\"site_key\":\"{many}\",\"visitor\":\"{many}\",\"events\":[\"{many}\"]}}"),
        ),
    }
}

fn events(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let mut list = String::new();
    for k in 0..1 + dice.below(40) {
        let at = dice.pick(NUMBERS);
        let kind = dice.pick(&["view", "erased", "", "purchase", "end", "\\u0000"]);
        let _ = write!(
            list,
            "{}{{\"id\":\"e{k}\",\"type\":\"{kind}\",\"item\":{at},\"at\":{at},\"slot\":{at}}}",
            if k > 0 { "," } else { "" }
        );
    }
    page(
        whose,
        "POST",
        "/v1/events",
        &format!("{{\"site_key\":\"demo\",\"visitor\":\"vvvvvvvvvvvvvvvvvvvv\",\"events\":[{list}]}}"),
    )
}

/// As many as are allowed, of items that there are not.
fn most_events(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let salt = dice.below(1 << 30);
    let list: Vec<String> = (0..500)
        .map(|k| format!("{{\"id\":\"e-{salt}-{k}\",\"type\":\"view\",\"item\":\"i-{}\"}}", dice.below(100_000)))
        .collect();
    let body = format!("{{\"site_key\":\"demo\",\"visitor\":\"visitor-{salt:020}\",\"events\":[{}]}}", list.join(","));
    page(whose, "POST", "/v1/events", &body)
}

fn recommendations(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let n = dice.below(20_000);
    let items: Vec<String> = (0..n).map(|k| format!("\"i-{}\"", k * 7 % 100_000)).collect();
    let field = dice.pick(&["session", "hidden", "liked", "dismissed"]);
    let body = format!("{{\"site_key\":\"demo\",\"k\":200,\"{field}\":[{}]}}", items.join(","));
    page(whose, "POST", "/v1/recommendations", &body)
}

fn visitors(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    page(whose, "DELETE", &format!("/v1/visitors/visitor-{:020}?site_key=demo", dice.below(1 << 30)), "")
}

/// In and out of the queue, with as much as may go along.
fn handoff(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let long = "字".repeat(300);
    let list: Vec<String> = (0..64).map(|k| format!("\"{long}{k}\"")).collect();
    let body = format!(
        "{{\"reason\":\"emotion\",\"packet\":{{\"wants\":\"{long}\",\"intent\":\"x\",\"facts\":[],\"tried\":[{}],\"moods\":[],\"priority\":9}}}}",
        list.join(",")
    );
    match dice.below(4) {
        0 => own(whose, "POST", "/end", ""),
        1 => own(whose, "POST", "/typing", ""),
        2 => own(whose, "POST", "/handoff", "{\"reason\":\"shopper_asked\"}"),
        _ => own(whose, "POST", "/handoff", &body),
    }
}

fn codes(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let code = dice.next();
    match dice.below(3) {
        0 => own(whose, "POST", "/continuations", "{}"),
        1 => request(whose, "POST", &format!("/v1/remedies/{code:010x}/redeem"), "", b"{\"order\":\"x\"}"),
        _ => {
            let body =
                format!("{{\"code\":\"{:010x}\",\"site_key\":\"demo\",\"channel\":\"web\"}}", code & 0xff_ffff_ffff);
            request(whose, "POST", "/v1/continuations/redeem", "", body.as_bytes())
        }
    }
}

fn consents(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    match dice.below(4) {
        0 => own(whose, "GET", "/consents", ""),
        1 => own(
            whose,
            "POST",
            "/consents",
            &format!(
                "{{\"purpose\":\"marketing\",\"granted\":true,\"wording\":\"v{}\",\"channel\":\"web\"}}",
                dice.below(9)
            ),
        ),
        2 => own(whose, "POST", "/keys/revoke", &format!("{{\"key\":\"{}\"}}", "k".repeat(dice.below(5_000)))),
        _ => own(
            whose,
            "POST",
            "/actions",
            &format!(
                "{{\"id\":\"a-{}\",\"action\":\"refund\",\"slots\":{{\"x\":\"{}\"}}}}",
                dice.below(1 << 30),
                "y".repeat(dice.below(9_000))
            ),
        ),
    }
}

fn mine(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    match dice.below(3) {
        0 => own(whose, "POST", "/export", ""),
        1 => own(whose, "POST", "/export", "{\"token\":\"eyJhbGciOiJIUzI1NiJ9.e30.AAAA\"}"),
        _ => own(whose, "POST", "/profile/erase", "{\"token\":\"eyJhbGciOiJIUzI1NiJ9.e30.AAAA\"}"),
    }
}

/// What is erased is overwritten at once, and the log of the database with it.
fn open_and_erase(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let id = format!("gone-{}", dice.next());
    let open = format!("{{\"id\":\"{id}\",\"site_key\":\"demo\",\"locale\":\"en\"}}");
    let mut bytes = request(whose, "POST", "/v1/conversations", "", open.as_bytes());
    bytes.extend(request(whose, "DELETE", &format!("/v1/conversations/{id}"), "", b""));
    bytes
}

fn largest_picture(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    // A head that is right, and as much behind it as is allowed.
    let data = format!("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAf{}", "A".repeat(900_000));
    let body = format!(
        "{{\"message\":{{\"id\":\"b-{}\",\"author\":\"shopper\",\"at\":1,\"text\":\"\",\"kind\":\"image\"}},\"data\":\"{data}\"}}",
        dice.below(1 << 30)
    );
    own(whose, "POST", "/images", &body)
}

fn catalog(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let (name, value) = (
        dice.pick(&["price", "url", "image", "margin", "also", "stock", "__proto__", "title"]),
        dice.pick(&[
            "1e999",
            "\"javascript:alert(1)\"",
            "\"//evil.example\"",
            "-1",
            "[[[[]]]]",
            "\"\\u0000\"",
            "null",
            "\"9\"",
            "{}",
        ]),
    );
    let body = format!("{{\"products\":[{{\"item\":\"i-{}\",\"{name}\":{value}}}]}}", dice.below(1_000));
    merchant(whose, "PUT", "/v1/catalog", &body)
}

fn largest_catalog(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let salt = dice.below(1 << 30);
    let list: Vec<String> = (0..1_000)
        .map(|k| {
            format!(
                "{{\"item\":\"i-{k}\",\"title\":\"{} {salt}\",\"price\":\"{}.00\",\"category\":\"c-{}\"}}",
                "商品".repeat(80),
                salt % 1_000,
                k % 50
            )
        })
        .collect();
    merchant(whose, "PUT", "/v1/catalog", &format!("{{\"products\":[{}]}}", list.join(",")))
}

fn profiles(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let who = match dice.below(4) {
        0 => format!("{{\"user\":\"{}\"}}", dice.below(1_000)),
        1 => "{\"phone\":\"+999999999999999999999\"}".to_owned(),
        2 => format!("{{\"wechat\":\"{}\"}}", "w".repeat(dice.below(3_000))),
        _ => "{}".to_owned(),
    };
    let (path, body) = match dice.below(5) {
        0 => ("/v1/profiles/show", format!("{{\"who\":{who}}}")),
        1 => ("/v1/profiles/export", format!("{{\"who\":{who}}}")),
        2 => ("/v1/profiles/erase", format!("{{\"who\":{who}}}")),
        3 => (
            "/v1/profiles/merges",
            format!("{{\"one\":{who},\"other\":{who},\"note\":\"{}\"}}", "n".repeat(dice.below(5_000))),
        ),
        _ => ("/v1/profiles/merges/undo", format!("{{\"merge\":\"{}\"}}", dice.next())),
    };
    merchant(whose, "POST", path, &body)
}

fn remedies(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let n = dice.pick(NUMBERS);
    let body = format!(
        "{{\"request\":\"r-{}\",\"fault\":\"late\",\"order\":{{\"total\":{n},\"currency\":\"CNY\"}}}}",
        dice.below(1 << 30)
    );
    match dice.below(2) {
        0 => merchant(whose, "POST", "/v1/remedies", &body),
        _ => {
            merchant(whose, "POST", &format!("/v1/remedies/{}/redeem", dice.pick(&["%00", "x", "AAAAA-AAAAA"])), &body)
        }
    }
}

fn desk(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let at = format!("/v1/operator/conversations/{}", whose.conversation);
    let (rest, body) = match dice.below(7) {
        0 => ("/take", String::new()),
        1 => ("/release", String::new()),
        2 => ("/end", String::new()),
        3 => (
            "/messages",
            format!("{{\"id\":\"o-{}\",\"text\":\"{}\"}}", dice.below(1 << 30), "字".repeat(dice.below(6_000))),
        ),
        4 => ("/seen", format!("{{\"seq\":{}}}", dice.pick(NUMBERS))),
        5 => ("/profile/merges", format!("{{\"profile\":\"{}\"}}", dice.next())),
        _ => ("/typing", String::new()),
    };
    operator(whose, "POST", &format!("{at}{rest}"), &body)
}

fn desk_reads(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let path = match dice.below(4) {
        0 => "/v1/operator/queue".to_owned(),
        1 => "/v1/operator/events".to_owned(),
        2 => format!("/v1/operator/conversations/{}?after=0&limit=4294967295", whose.conversation),
        _ => format!("/v1/operator/conversations/{}/profile", whose.conversation),
    };
    operator(whose, "GET", &path, "")
}
