//! Inputs that are odd below the interface: heads, framing, connections.

use std::fmt::Write as _;

use super::{Dice, Kind, Whose, message, request, to_messages};

pub const KINDS: &[Kind] = &[
    ("upgrade", upgrade),
    ("expect continue", expect),
    ("ranges and conditions", ranges),
    ("compressed body", compressed),
    ("trailers", trailers),
    ("odd version or host", versions),
    ("line endings", line_endings),
    ("forwarded for", forwarded),
    ("preflight", preflight),
    ("percent encoding", encoded),
    ("long id", long_id),
    ("nothing at all", nothing),
    ("half a body", half),
    ("small requests, pipelined", many_small),
];

fn upgrade(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let more = match dice.below(3) {
        0 => {
            "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        }
        1 => "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
        _ => "connection: upgrade\r\nupgrade: x/1, \u{1}\r\n",
    };
    let path = format!("/v1/conversations/{}/events", whose.conversation);
    request(whose, "GET", dice.pick(&[path.as_str(), "/v1/operator/events", "/"]), more, b"")
}

/// The body is promised and never comes.
fn expect(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let expects = dice.pick(&["100-continue", "100-Continue, x", "200-maybe"]);
    let length = dice.pick(&["5", "1000000", "1073741824"]);
    let bytes = format!(
        "POST /v1/conversations/{}/messages HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\nexpect: {expects}\r\ncontent-length: {length}\r\n\r\n",
        whose.conversation, whose.address, whose.secret
    );
    bytes.into_bytes()
}

fn ranges(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let many = format!("range: bytes={}\r\n", "0-,".repeat(1 + dice.below(1_300)));
    let more = match dice.below(6) {
        0 => many.as_str(),
        1 => "range: bytes=-18446744073709551616\r\n",
        2 => "range: bytes=5-1,99999999999999999999-\r\n",
        3 => "if-none-match: W/\"\u{ff}\", *, \"\r\nif-match: \"x\"\r\n",
        4 => "if-modified-since: Sat, 31 Feb 99999 25:61:61 GMT\r\n",
        _ => "range: bytes=0-0\r\nif-range: \"x\"\r\naccept-encoding: br;q=1e9, *;q=-1\r\n",
    };
    request(whose, dice.pick(&["GET", "HEAD"]), dice.pick(&["/zhanggui.js", "/console", "/v1/openapi.json"]), more, b"")
}

/// Nothing is ever unpacked, so a bomb is junk as any other.
fn compressed(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let coding = dice.pick(&["gzip", "br", "deflate, gzip, gzip", "zstd", "identity, x"]);
    let body = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff".as_slice(), &dice.bytes(4_000)].concat();
    let path = format!("/v1/conversations/{}/messages", whose.conversation);
    request(whose, "POST", &path, &format!("content-encoding: {coding}\r\n"), &body)
}

fn trailers(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let mut bytes = format!(
        "POST /v1/conversations/{}/messages HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\ntrailer: authorization\r\n\r\n2\r\n{{}}\r\n0\r\n",
        whose.conversation, whose.address, whose.secret
    );
    for k in 0..dice.below(3_000) {
        let _ = write!(bytes, "authorization: Bearer {k}\r\n");
    }
    bytes.push_str("\r\n");
    bytes.into_bytes()
}

fn versions(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let address = whose.address;
    let text = match dice.below(7) {
        0 => "GET / HTTP/1.1\r\n\r\n".to_owned(),
        1 => format!("GET /v1/openapi.json HTTP/1.0\r\nx-forwarded-for: {address}\r\n\r\n"),
        2 => "GET / HTTP/9.9\r\nhost: shop\r\n\r\n".to_owned(),
        3 => "GET /\r\n".to_owned(),
        4 => "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_owned(),
        5 => {
            format!("CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\nx-forwarded-for: {address}\r\n\r\n")
        }
        _ => format!("OPTIONS * HTTP/1.1\r\nhost: [::1\r\nx-forwarded-for: {address}\r\n\r\n"),
    };
    text.into_bytes()
}

fn line_endings(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let end = dice.pick(&["\n", "\r", "\r\n\r", "\u{85}\r\n", "\r\n folded: x\r\n", " \r\n", "\0\r\n"]);
    let text = format!("GET /healthz HTTP/1.1{end}host: shop{end}x-forwarded-for: {}{end}{end}\r\n\r\n", whose.address);
    text.into_bytes()
}

fn forwarded(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let said = match dice.below(4) {
        0 => "127.0.0.1, ".repeat(500),
        1 => "::ffff:127.0.0.1, unknown, _hidden, [::1]:99999".to_owned(),
        2 => "\u{e9}, 999.1.1.1".to_owned(),
        _ => String::new(),
    };
    let text = format!(
        "GET /v1/conversations/{} HTTP/1.1\r\nhost: shop\r\nx-forwarded-for: {}\r\nx-forwarded-for: {said}\r\nx-forwarded-proto: gopher\r\nforwarded: for=\"_x\"\r\n\r\n",
        whose.conversation, whose.address
    );
    text.into_bytes()
}

fn preflight(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let origin =
        dice.pick(&["http://localhost:1", "null", "https://evil.example", "http://localhost:99999", "\u{e9}", ""]);
    let asked = "x-a,".repeat(dice.below(2_000));
    let more = format!(
        "origin: {origin}\r\naccess-control-request-method: {}\r\naccess-control-request-headers: {asked}\r\n",
        dice.pick(&["POST", "EVIL", ""])
    );
    request(whose, "OPTIONS", "/v1/conversations", &more, b"")
}

fn encoded(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let part =
        dice.pick(&["%00", "%zz", "%", "%u0041", "%c0%ae%c0%ae", "%e5%ad%97", "%0d%0aset-cookie:x", "..%5c..", ";x=1"]);
    let many = part.repeat(1 + dice.below(300));
    let path = match dice.below(4) {
        0 => format!("/v1/conversations/{many}/messages"),
        1 => format!("/{many}/zhanggui.js"),
        2 => format!("/v1/conversations/{}/messages?{many}={many}&after=1", whose.conversation),
        _ => format!("/v1/conversations/{}/images/{many}", whose.conversation),
    };
    request(whose, "GET", &path, "", b"")
}

fn long_id(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let id = dice.pick(&["a", "-", ".", "..", ":"]).repeat(1 + dice.below(30_000));
    match dice.below(3) {
        0 => request(whose, "GET", &format!("/v1/conversations/{id}"), "", b""),
        1 => request(whose, "DELETE", &format!("/v1/visitors/{id}"), "", b""),
        _ => {
            let body = format!("{{\"id\":\"{id}\",\"site_key\":\"{id}\",\"locale\":\"{id}\",\"page\":\"{id}\"}}");
            request(whose, "POST", "/v1/conversations", &format!("idempotency-key: \"{id}\"\r\n"), body.as_bytes())
        }
    }
}

/// A connection on which nothing is said; whoever opened it goes after a while.
fn nothing(_: &mut Dice, _: &Whose<'_>) -> Vec<u8> {
    Vec::new()
}

/// Less than was promised.
fn half(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let mut bytes = to_messages(whose, message(&"x".repeat(1 + dice.below(500_000))).as_bytes());
    bytes.truncate(bytes.len() - 20);
    bytes
}

fn many_small(dice: &mut Dice, whose: &Whose<'_>) -> Vec<u8> {
    let path = format!("/v1/conversations/{}", whose.conversation);
    let one = match dice.below(3) {
        0 => request(whose, "GET", &path, "", b""),
        1 => to_messages(whose, message("hi").replace("m-1", &format!("s-{}", dice.below(1 << 30))).as_bytes()),
        _ => request(whose, "GET", "/zhanggui.js", "", b""),
    };
    one.repeat(100)
}
