//! Text to pieces, some of which are links.
//!
//! Messages are text, whoever wrote them. What may be clicked is decided here and nowhere else: `http`, `https`,
//! `mailto` and `tel`, written out with their scheme, and the shop's own `/#/…` addresses.
//! Bare domains, bare numbers and any other scheme stay text.

/// A piece of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// Leads out of the page.
    Link(&'a str),
    /// Leads elsewhere in the shop, without leaving the page.
    Route(&'a str),
    /// The same, under words: `[my orders](/#/orders)`. Only for the shop's own addresses,
    /// because words over an address that leads out could say another one.
    Labelled {
        label: &'a str,
        route: &'a str,
    },
}

const SCHEMES: [&str; 4] = ["https://", "http://", "mailto:", "tel:"];
const ROUTE: &str = "/#/";

/// An address that a card may lead to or show a picture from: the shop's own path, or `https`. Anything else is none.
pub fn page_address(text: &str, site: &str) -> Option<String> {
    let plain = text.len() <= 2048 && text.bytes().all(address_byte);
    // `//host` and `/\host` lead elsewhere.
    let own = text.starts_with('/') && !text.starts_with("//");
    let host = text.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let other = host.is_some_and(|host| !host.is_empty() && !host.contains('@'));
    match (plain, own, other) {
        (true, true, _) => Some([site, text].concat()),
        (true, _, true) => Some(text.to_owned()),
        _ => None,
    }
}

/// Cuts `text` so that the pieces, put together, are the text again, the brackets of labels aside.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < text.len() {
        match link_at(text, at) {
            Some((piece, end)) => {
                if start < at {
                    pieces.push(Piece::Text(&text[start..at]));
                }
                pieces.push(piece);
                start = end;
                at = end;
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    if start < text.len() {
        pieces.push(Piece::Text(&text[start..]));
    }
    pieces
}

/// The link that begins at byte `at`, and where it ends.
fn link_at(text: &str, at: usize) -> Option<(Piece<'_>, usize)> {
    let bytes = text.as_bytes();
    if bytes[at] == b'[' {
        return labelled(&text[at..]).map(|(piece, length)| (piece, at + length));
    }
    // "xhttp://" is not an address, nor is the "/#/" within one.
    if at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'/' | b'.' | b':' | b'-' | b'_')) {
        // A Chinese writer sets the address straight behind an ASCII colon.
        if bytes[at - 1] != b':' || at >= 2 && bytes[at - 2].is_ascii() {
            return None;
        }
    }
    let rest = &text[at..];
    // Only characters that an address may hold unescaped: it ends at a space, at a Chinese character and at the
    // invisible controls by which a link can be made to look like another.
    let length = rest.bytes().take_while(|&byte| address_byte(byte)).count();
    let candidate = trim(&rest[..length]);
    if candidate.starts_with(ROUTE) {
        return Some((Piece::Route(candidate), at + candidate.len()));
    }
    let scheme = SCHEMES
        .into_iter()
        .find(|scheme| candidate.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))?;
    let body = &candidate[scheme.len()..];
    let valid = match scheme {
        "mailto:" => body.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')),
        "tel:" => {
            let n_digits = body.bytes().filter(u8::is_ascii_digit).count();
            n_digits >= 3
                && body.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'(' | b')'))
        }
        _ => {
            let host = body.split(['/', '?', '#']).next().unwrap_or_default();
            // "https://bank.example@evil.example" reads as one host and leads to another.
            host.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'[') && !host.contains('@')
        }
    };
    valid.then(|| (Piece::Link(candidate), at + candidate.len()))
}

/// A label that `rest` begins with, and its length in bytes.
fn labelled(rest: &str) -> Option<(Piece<'_>, usize)> {
    let (label, after) = rest.strip_prefix('[')?.split_once("](")?;
    let (route, _) = after.split_once(')')?;
    let plain = !label.trim().is_empty() && !label.contains(['[', ']', '\n']);
    let own = route.starts_with(ROUTE) && route.bytes().all(address_byte);
    (plain && own).then(|| (Piece::Labelled { label, route }, label.len() + route.len() + "[]()".len()))
}

/// RFC 3986's characters, less the quotes a sentence is more likely to mean.
fn address_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&()*+,;=%".contains(&byte)
}

/// Gives back to the sentence what belongs to it: closing punctuation, and a bracket that was opened before the address.
fn trim(mut candidate: &str) -> &str {
    while let Some(last) = candidate.bytes().last() {
        let unopened = |open: char, close: char| candidate.matches(close).count() > candidate.matches(open).count();
        let drop = match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'*' => true,
            b')' => unopened('(', ')'),
            b']' => unopened('[', ']'),
            _ => false,
        };
        if !drop {
            break;
        }
        candidate = &candidate[..candidate.len() - 1];
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::{Piece, pieces};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = pieces(text);
        let whole: String = found
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Link(text) | Piece::Route(text) => (*text).to_owned(),
                Piece::Labelled { label, route } => format!("[{label}]({route})"),
            })
            .collect();
        assert_eq!(whole, text, "no character may be lost");
        let links: Vec<String> = found
            .iter()
            .filter_map(|piece| match piece {
                Piece::Text(_) => None,
                Piece::Link(link) => Some((*link).to_owned()),
                Piece::Route(route) => Some(format!("route {route}")),
                Piece::Labelled { label, route } => Some(format!("{label} to {route}")),
            })
            .collect();
        assert_eq!(links.join(" | "), expected);
    }

    #[test]
    fn addresses_end_where_the_sentence_goes_on() {
        check("看 https://shop.example/a?b=1#c。谢谢", "https://shop.example/a?b=1#c");
        check("见https://shop.example/退货", "https://shop.example/");
        check("(see https://shop.example/a_(b)).", "https://shop.example/a_(b)");
        check("HTTPS://Shop.Example, http://b.example!", "HTTPS://Shop.Example | http://b.example");
        check("地址:https://shop.example/", "https://shop.example/");
        check(
            "写信到 mailto:help@shop.example; tel:+86-400-123-456.",
            "mailto:help@shop.example | tel:+86-400-123-456",
        );
        check("没有链接", "");
        check("", "");
    }

    #[test]
    fn the_shops_own_addresses_stay_in_the_page() {
        check("在 /#/orders 查看,或打开:/#/cart。", "route /#/orders | route /#/cart");
        check("https://shop.example/#/orders", "https://shop.example/#/orders");
        check("a/#/b", "");
        check("到[我的订单](/#/orders)申请", "我的订单 to /#/orders");
        check("[a](https://evil.example/) [](/#/x) [[b](/#/c)", "https://evil.example/ | route /#/x | b to /#/c");
        check("//#/b", "");
    }

    #[test]
    fn what_could_run_or_mislead_stays_text() {
        for text in [
            "javascript:alert(1)",
            "JaVaScRiPt://shop.example/%0aalert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "blob:https://shop.example/1",
            "file:///etc/passwd",
            "https://",
            "https://?q",
            "https://bank.example@evil.example/",
            "https://user:pass@evil.example",
            "mailto:nobody",
            "tel:12",
            "tel:*06#",
            "shop.example",
            "//shop.example",
            "xhttps://shop.example",
            "/orders",
        ] {
            check(text, "");
        }
        check("https://shop.example/\u{202e}gpj.exe", "https://shop.example/");
        check("https://shop.example/\"onclick=\"x", "https://shop.example/");
        check("https://shop.example/<b>", "https://shop.example/");
    }
}
