//! The knowledge as one static page, for where no script may run.

use std::collections::BTreeMap;

use zg_domain::Date;
use zg_kb::Bundle;

/// Renders the page: no script and no outside file, which its own policy enforces.
/// It is for everybody: entries for some shoppers, and those that no longer hold, are left out.
pub fn render(bundle: &Bundle, title: &str, today: Date) -> anyhow::Result<String> {
    let mut sections: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for (entry, info) in bundle.entries() {
        if !info.audience.is_empty() || info.expired(today) {
            continue;
        }
        let section = sections.entry((info.lang, info.category)).or_default();
        section.push_str(&format!(
            "<details id=\"{}\" lang=\"{}\"><summary>{}</summary><p>{}</p></details>\n",
            escape(info.id),
            escape(info.lang),
            escape(bundle.question(entry)),
            escape(&without_links(&bundle.answer(entry)?)).replace("\n\n", "</p><p>").replace('\n', "<br>")
        ));
    }
    let mut body = String::new();
    // Chinese first, then the rest: the order of most shoppers.
    let mut keys: Vec<_> = sections.keys().copied().collect();
    keys.sort_by_key(|(lang, category)| (!lang.starts_with("zh"), *lang, *category));
    for (lang, category) in keys {
        body.push_str(&format!(
            "<section lang=\"{}\"><h2>{}</h2>\n{}</section>\n",
            escape(lang),
            escape(category),
            sections[&(lang, category)]
        ));
    }
    Ok(format!(
        "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style></head>\n<body><main><h1>{title}</h1>\n{body}</main></body></html>\n",
        title = escape(title)
    ))
}

const STYLE: &str = "body{margin:0;font:16px/1.7 system-ui,-apple-system,'PingFang SC','Noto Sans CJK SC',sans-serif;background:#faf8f4;color:#2b2a27}\
main{max-width:44rem;margin:0 auto;padding:2rem 1.25rem 4rem}h1{font-size:1.6rem}h2{margin-top:2.2rem;font-size:1rem;color:#6b675f;text-transform:capitalize}\
details{background:#fff;border:1px solid #e8e3d9;border-radius:10px;margin:.5rem 0;padding:.75rem 1rem}summary{cursor:pointer;font-weight:600}p{margin:.6rem 0 0}\
@media(prefers-color-scheme:dark){body{background:#1c1b19;color:#ece8e1}details{background:#262522;border-color:#3a3833}h2{color:#a9a399}}";

/// `[label](/#/…)` to its label: the page stands alone, so the shop's own addresses lead nowhere from it.
fn without_links(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        let label =
            after.split_once("](/#/").and_then(|(label, tail)| tail.split_once(')').map(|(_, tail)| (label, tail)));
        match label {
            Some((label, tail)) if !label.contains(['[', ']', '\n']) => {
                plain.push_str(label);
                rest = tail;
            }
            _ => {
                plain.push('[');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
