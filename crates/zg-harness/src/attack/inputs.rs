//! What somebody sends who means no good, as bytes on a connection. The same seed gives the same inputs.

mod routes;
mod wire;

use std::fmt::Write as _;

/// A small generator of numbers (xorshift64*, Vigna 2016): runs are to be repeatable, not unforeseeable.
pub struct Dice(u64);

impl Dice {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn bytes(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// Whom a hostile request says it is: everybody has a conversation of their own, and its secret.
pub struct Whose<'a> {
    /// As `X-Forwarded-For` has it.
    pub address: &'a str,
    pub conversation: &'a str,
    pub secret: &'a str,
    /// Credentials that were stolen.
    pub stolen: &'a Stolen,
}

/// What an attacker may have got hold of.
pub struct Stolen {
    /// The secret of a storefront.
    pub merchant: String,
    /// Lines of a head that an operator's session has.
    pub operator: String,
}

const PATHS: &[&str] = &[
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/.git/config",
    "/.env",
    "/wp-login.php",
    "//",
    "/%00",
    "/%ff%fe",
    "/console/../../x",
    "/v1/conversations/%2e%2e",
    "/v1/conversations/%00/messages",
    "/v1/operator/queue",
    "/v1/operator/events",
    "/v1/openapi.json?x=%ff",
    "/v2/conversations",
    "/v1/remedies/%2f/redeem",
    "/metrics",
    "*",
    "/v1/conversations/c/images/..%2f..%2fx",
    "http://evil.example/",
    "/v1/conversations/c-x/messages?after=1&after=2",
];

const METHODS: &[&str] =
    &["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "HEAD", "PROPFIND", "get", "POST\t", "\u{fc}"];

const TOKENS: &[&str] = &[
    "Bearer",
    "Bearer ",
    "Basic YTpi",
    "Bearer null",
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
    "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "Bearer ../../../../../../../../../../../../etc/passwd",
];

const CURSORS: &[&str] = &[
    "-1",
    "18446744073709551615",
    "18446744073709551616",
    "0x10",
    "abc",
    "x-0",
    "00000000-99999999999999999999",
    "-",
    "1e9",
    "%00",
    "'; DROP TABLE messages; --",
    "NaN",
];

pub type Kind = (&'static str, Make);

/// The kinds by name, sent in turn, so that each has its share.
pub fn kinds() -> Vec<Kind> {
    [KINDS, wire::KINDS, routes::KINDS].concat()
}

const KINDS: &[Kind] = &[
    ("malformed json", malformed),
    ("huge body", huge),
    ("announced length", announced),
    ("chunks", chunked),
    ("deep nesting", nested),
    ("duplicate keys", doubled),
    ("invalid UTF-8", not_utf8),
    ("bad token", token),
    ("header bomb", header_bomb),
    ("long line", long_line),
    ("random path", path),
    ("wrong method", method),
    ("bad cursor", cursor),
    ("no HTTP", garbage),
    ("smuggling", smuggled),
    ("wrong type", wrong_type),
    ("unknown field", unknown_field),
    ("sign-in guess", sign_in),
    ("open flood", opens),
    ("largest batch", many_messages),
    ("bad picture", picture),
    ("merchant's route", remedy),
    ("forged identity", identity),
    ("pipelined", pipelined),
    ("stream left open", stream),
    ("odd characters", nul),
];

pub type Make = fn(&mut Dice, &Whose<'_>) -> Vec<u8>;

/// Beginnings of requests, of which the rest never comes, or comes a byte at a time.
pub fn slow(n: usize, whose: &Whose<'_>) -> Vec<u8> {
    let Whose { address, conversation, secret, .. } = whose;
    match n % 5 {
        0 => Vec::new(),
        // A stream that is held open, by somebody who does not read.
        4 => stream(&mut Dice::new(n as u64), whose),
        1 => b"GET / HTTP/1.1\r\nhost: shop\r\nx-".to_vec(),
        2 => format!("POST /v1/conversations HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {address}\r\nauthorization: Bearer {secret}\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{{\"id\":\"").into_bytes(),
        _ => format!("POST /v1/conversations/{conversation}/messages HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {address}\r\nauthorization: Bearer {secret}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{{\r\n").into_bytes(),
    }
}

fn request(whose: &Whose<'_>, method: &str, path: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "{method} {path} HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{more}\r\n",
        whose.address,
        whose.secret,
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn to_messages(whose: &Whose<'_>, body: &[u8]) -> Vec<u8> {
    let path = format!("/v1/conversations/{}/messages", whose.conversation);
    request(whose, "POST", &path, "", body)
}

fn message(text: &str) -> String {
    format!(
        "{{\"messages\":[{{\"id\":\"m-1\",\"author\":\"shopper\",\"at\":1,\"text\":\"{text}\",\"kind\":\"text\"}}]}}"
    )
}

fn malformed(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let mut body = message("hello").into_bytes();
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(body.len());
        match dice.below(3) {
            0 => body.truncate(at.max(1)),
            1 => body[at] = dice.bytes(1)[0],
            _ => body.insert(at, dice.bytes(1)[0]),
        }
    }
    to_messages(whose, &body)
}

fn huge(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    to_messages(whose, message(&"x".repeat((1 << 20) + dice.below(1 << 20))).as_bytes())
}

fn announced(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let length = dice.pick(&["99999999999", "18446744073709551615", "18446744073709551616", "-1", "1, 2", "0x20", " "]);
    let bytes = format!(
        "POST /v1/conversations/{}/messages HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{{\"messages\":[",
        whose.conversation, whose.address, whose.secret
    );
    bytes.into_bytes()
}

fn chunked(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let mut bytes = format!(
        "POST /v1/conversations/{}/messages HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        whose.conversation, whose.address, whose.secret
    );
    match dice.below(3) {
        0 => bytes.push_str("ffffffffffffffffff\r\n"),
        1 => bytes.push_str(&"1;ext=aaaaaaaaaaaaaaaa\r\n \r\n".repeat(20_000)),
        _ => bytes.push_str("z\r\nx\r\n0\r\n\r\n"),
    }
    bytes.into_bytes()
}

fn nested(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let n = 200 + dice.below(200_000);
    let body = match dice.below(2) {
        0 => "[".repeat(n),
        _ => format!("{{\"messages\":{}1{}", "{\"a\":".repeat(n / 5), "}".repeat(n / 5 + 1)),
    };
    to_messages(whose, body.as_bytes())
}

fn doubled(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let mut body = String::from("{\"messages\":[]");
    for k in 0..1 + dice.below(20_000) {
        let _ = write!(body, ",\"messages\":[{}]", k % 7);
    }
    body.push('}');
    to_messages(whose, body.as_bytes())
}

fn not_utf8(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let mut body = message("@").into_bytes();
    let at = body.iter().position(|byte| *byte == b'@').unwrap_or(0);
    let n = 1 + dice.below(64);
    let junk = dice.bytes(n).into_iter().map(|byte| byte | 0x80);
    body.splice(at..=at, junk);
    to_messages(whose, &body)
}

fn token(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let token = dice.pick(TOKENS);
    let path = if dice.below(2) == 0 {
        "/v1/remedies".to_owned()
    } else {
        format!("/v1/conversations/{}", whose.conversation)
    };
    let bytes = format!(
        "GET {path} HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {}\r\nauthorization: {token}\r\ncookie: zhanggui={token}\r\n\r\n",
        whose.address
    );
    bytes.into_bytes()
}

fn header_bomb(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let mut more = String::new();
    for k in 0..50 + dice.below(2_000) {
        let _ = write!(more, "x-{k}: {k}\r\n");
    }
    request(whose, "GET", "/v1/openapi.json", &more, b"")
}

fn long_line(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let long = "a".repeat(1 << (10 + dice.below(10)));
    match dice.below(2) {
        0 => request(whose, "GET", &format!("/{long}?{long}"), "", b""),
        _ => request(whose, "GET", "/v1/openapi.json", &format!("cookie: {long}\r\n"), b""),
    }
}

fn path(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let path = match dice.below(2) {
        0 => dice.pick(PATHS).to_owned(),
        _ => format!(
            "/v1/{}",
            dice.bytes(12).iter().fold(String::new(), |mut path, byte| {
                let _ = write!(path, "%{byte:02x}/");
                path
            })
        ),
    };
    request(whose, "GET", &path, "", b"")
}

fn method(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let path = format!("/v1/conversations/{}/messages", whose.conversation);
    request(whose, dice.pick(METHODS), &path, "", b"{}")
}

fn cursor(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let cursor = dice.pick(CURSORS);
    match dice.below(2) {
        0 => {
            let path = format!("/v1/conversations/{}/events", whose.conversation);
            request(whose, "GET", &path, &format!("last-event-id: {cursor}\r\n"), b"")
        }
        _ => {
            let cursor = cursor.replace(' ', "%20");
            let path = format!("/v1/conversations/{}/messages?after={cursor}&limit={cursor}", whose.conversation);
            request(whose, "GET", &path, "", b"")
        }
    }
}

fn garbage(dice: &mut Dice, _: &Whose<'_>) -> Vec<u8> {
    let n = 1 + dice.below(4096);
    match dice.below(3) {
        // The beginning of TLS.
        0 => [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice(), &dice.bytes(512)].concat(),
        1 => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\xff\x04\x00\x00\x00\x00\x00".to_vec(),
        _ => dice.bytes(n),
    }
}

fn smuggled(_: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let inner = format!("GET /v1/operator/queue HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {}\r\n\r\n", whose.address);
    let body = format!("0\r\n\r\n{inner}");
    let more = "transfer-encoding: chunked\r\n";
    request(whose, "POST", "/v1/conversations", more, body.as_bytes())
}

fn wrong_type(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let kind = dice.pick(&["text/xml", "multipart/form-data; boundary=x", "application/json, text/plain", "\u{e9}"]);
    let path = format!("/v1/conversations/{}/messages", whose.conversation);
    let bytes = format!(
        "POST {path} HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {}\r\nauthorization: Bearer {}\r\ncontent-type: {kind}\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\n<a/>\n",
        whose.address, whose.secret
    );
    bytes.into_bytes()
}

fn unknown_field(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let (name, value) =
        (dice.pick(&["tenant", "__proto__", "seq", "constructor"]), dice.pick(&["1", "null", "{}", "1e999"]));
    to_messages(whose, message("hi").replacen('{', &format!("{{\"{name}\":{value},"), 1).as_bytes())
}

/// Every guess costs the server a hash that is slow by intention.
fn sign_in(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let body = format!("{{\"name\":\"admin-{}\",\"password\":\"guess-{}\"}}", dice.below(100_000), dice.below(100_000));
    request(whose, "POST", "/v1/operator/session", "", body.as_bytes())
}

fn opens(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let body = format!("{{\"id\":\"flood-{}\",\"site_key\":\"demo\",\"locale\":\"zh-CN\"}}", dice.next());
    request(whose, "POST", "/v1/conversations", "", body.as_bytes())
}

fn many_messages(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let one = |k: usize, salt: usize| {
        format!(
            "{{\"id\":\"x-{salt}-{k}\",\"author\":\"shopper\",\"at\":1,\"text\":\"{}\",\"kind\":\"text\"}}",
            "字".repeat(1_000)
        )
    };
    let salt = dice.below(1 << 30);
    let list: Vec<String> = (0..200).map(|k| one(k, salt)).collect();
    to_messages(whose, format!("{{\"messages\":[{}]}}", list.join(",")).as_bytes())
}

fn picture(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let junk: String = dice.bytes(600).iter().map(|byte| char::from(b'A' + byte % 26)).collect();
    let body =
        format!("{{\"id\":\"p-{}\",\"image\":\"data:image/png;base64,iVBORw0KGgo{junk}\"}}", dice.below(1 << 30));
    let path = format!("/v1/conversations/{}/images", whose.conversation);
    request(whose, "POST", &path, "", body.as_bytes())
}

fn remedy(_: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    request(whose, "POST", "/v1/remedies", "", b"{\"request\":\"x\"}")
}

fn identity(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let token: String = dice.bytes(900).iter().map(|byte| char::from(b'a' + byte % 26)).collect();
    let body = format!("{{\"token\":\"eyJhbGciOiJub25lIn0.{token}.{}\"}}", dice.below(9));
    let path = format!("/v1/conversations/{}/identity", whose.conversation);
    request(whose, "POST", &path, "", body.as_bytes())
}

fn pipelined(_: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let path = format!("/v1/conversations/{}/messages?limit=200", whose.conversation);
    request(whose, "GET", &path, "", b"").repeat(64)
}

fn stream(_: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let path = format!("/v1/conversations/{}/events", whose.conversation);
    request(whose, "GET", &path, "", b"")
}

fn nul(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let text = dice.pick(&["\\u0000", "\\ud800", "\\u202e\\ufeff", "\\r\\ndata: x\\n\\n"]);
    let body = message(text).replace("m-1", &format!("n-{}", dice.below(1 << 30)));
    to_messages(whose, body.as_bytes())
}
