//! Links: to entries that do not exist, and addresses that no browser opens.

use std::collections::HashSet;

use super::Finding;
use super::page::Page;

pub(super) fn check(pages: &[Page<'_>], known_ids: &[&str], findings: &mut Vec<Finding>) {
    let ids: HashSet<&str> = pages
        .iter()
        .map(|page| page.entry.id.as_str())
        .chain(known_ids.iter().copied())
        .filter(|id| !id.is_empty())
        .collect();
    let secure = pages.iter().filter(|page| page.entry.answer.contains("https://")).count();
    let insecure = pages.iter().filter(|page| page.entry.answer.contains("http://")).count();
    for page in pages {
        let answer = page.entry.answer.as_str();
        for id in internal(answer).filter(|id| !ids.contains(id)) {
            let message = format!("the link to #{id} leads nowhere: no entry has that id");
            findings.push(Finding::error(
                page.entry,
                "dead-link",
                message,
                "Link to an entry that exists, or give it that id.",
            ));
        }
        for (address, why) in malformed(answer) {
            let message = format!("{address:?} is no address: {why}");
            findings.push(Finding::error(
                page.entry,
                "dead-link",
                message,
                "Write the address as the browser shows it.",
            ));
        }
        if answer.contains("http://") && secure > insecure {
            let message = "an address begins with http:// where the others begin with https://".to_owned();
            findings.push(Finding::warning(
                page.entry,
                "dead-link",
                message,
                "Use https:// if the site answers there.",
            ));
        }
    }
}

/// Ids linked to: `](#id)` and `/faq#id`. A number sign in running text is none.
fn internal(answer: &str) -> impl Iterator<Item = &str> {
    let id = |rest: &'_ str| {
        rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')).count()
    };
    ["](#", "/faq#", "/help#", "](/faq#", "](faq#"].into_iter().flat_map(move |mark| {
        answer.match_indices(mark).filter_map(move |(at, _)| {
            if mark.starts_with('/') {
                let before = &answer[..at];
                // Another site's page, or counted with its bracket.
                let word = before.rsplit(|c: char| c.is_whitespace() || !c.is_ascii()).next().unwrap_or("");
                if word.contains("://") || before.ends_with("](") {
                    return None;
                }
            }
            let rest = &answer[at + mark.len()..];
            Some(rest[..id(rest)].trim_end_matches('.')).filter(|id| !id.is_empty())
        })
    })
}

fn malformed(answer: &str) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let lower = answer.to_ascii_lowercase();
    let mut at = 0;
    while let Some(start) = lower[at..].find("http").map(|start| at + start) {
        let rest = &answer[start..];
        let length = rest
            .find(|c: char| c.is_whitespace() || !c.is_ascii() || matches!(c, ')' | '>' | '"' | ']'))
            .unwrap_or(rest.len());
        at = start + length.max(4);
        if start > 0 && lower.as_bytes()[start - 1].is_ascii_alphanumeric() {
            continue;
        }
        let address = rest[..length].trim_end_matches(['.', ',', ';', ':', '!', '?']);
        let scheme = &address[4..].trim_start_matches(['s', 'S']);
        if !scheme.starts_with([':', '/', ';']) {
            // The word itself, as in "use https".
            continue;
        }
        let Some(host) = scheme.strip_prefix("://") else {
            found.push((address.to_owned(), "what follows the scheme is not ://"));
            continue;
        };
        let host = host.split(['/', '?', '#']).next().unwrap_or("");
        let name = host.split(':').next().unwrap_or("");
        if !name.contains('.') && name != "localhost" {
            let next = rest[length..].chars().next();
            let why = if next == Some(' ') {
                "there is a space in it, or its host has no dot"
            } else {
                "its host has no dot"
            };
            found.push((address.to_owned(), why));
        } else if name.starts_with('.')
            || name.contains("..")
            || host.starts_with("http")
            || address[8.min(address.len())..].contains("://") && host.starts_with("http")
        {
            found.push((address.to_owned(), "its host is no name"));
        }
    }
    for broken in [
        "htp://",
        "htps://",
        "ttps://",
        "httpss://",
        "hhttp",
        "www,",
        "http//",
        "https//",
        "www..",
        "]( http",
        "](http ://",
    ] {
        let hit =
            lower.match_indices(broken).any(|(at, _)| at == 0 || !lower.as_bytes()[at - 1].is_ascii_alphanumeric());
        if hit && found.is_empty() {
            found.push((broken.to_owned(), "a typing mistake"));
        }
    }
    found
}
