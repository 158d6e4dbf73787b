//! `zhanggui kb search`.

use std::path::PathBuf;

use zg_domain::Date;
use zg_kb::{Bundle, Hit, Query};
use zg_proto::cli::{HitLine, HitsLine, SearchLine, WhyLine, WhyTerm};

use crate::{lines, nlu};

#[derive(clap::Args)]
pub struct Args {
    bundle: PathBuf,
    /// How many hits at the most.
    #[arg(long, short, default_value_t = 10)]
    k: usize,
    /// The language to search in, such as zh-CN (default: that of each text); a line's own `lang` goes before it.
    #[arg(long)]
    lang: Option<String>,
    /// The product that is asked about: entries of others are left out; a line's own `product` goes before it.
    #[arg(long)]
    product: Option<String>,
    /// The groups the shopper is of, separated by `|`; without one, only entries for everybody are found.
    #[arg(long)]
    audience: Option<String>,
    /// The day validity is judged by (default: today in UTC).
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::parse_day)]
    today: Option<Date>,
    /// An embedding to search by, in place of the general ones; may be given several times.
    #[arg(long, value_name = "FILE")]
    embedding: Vec<PathBuf>,
    /// Say of each hit which terms made it and how the text was read.
    #[arg(long)]
    explain: bool,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let bundle = super::open_to_search(&args.bundle, &args.embedding)?;
    let today = args.today.unwrap_or_else(super::today);
    lines::each(|line: SearchLine| {
        let reading = zg_text::read(&line.text);
        let (language, _) = reading.identify(&line.text);
        let said = line.lang.as_deref().or(args.lang.as_deref()).map(primary).filter(|lang| !lang.is_empty());
        let query = Query {
            text: &reading.text,
            lang: said.as_deref().or(language.written()),
            today: Some(line.today.map_or(today, |day| day.0)),
            product: line.product.as_deref().or(args.product.as_deref()),
            audience: line.audience.as_deref().or(args.audience.as_deref()).unwrap_or_default(),
        };
        let hits = bundle.search(&query, args.k);
        let hits = hits.iter().map(|hit| {
            let why = args.explain.then(|| why(&bundle, &reading, hit));
            to_line(&bundle, hit, why)
        });
        let hits = hits.collect();
        Some(HitsLine { id: line.id, hits })
    })
}

/// `zh` for `zh-CN`, and for Cantonese, which is written in it; nothing said is no language.
fn primary(lang: &str) -> String {
    let lang = lang.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase();
    if lang == "yue" { "zh".to_owned() } else { lang }
}

fn to_line(bundle: &Bundle, hit: &Hit, why: Option<WhyLine>) -> HitLine {
    let info = bundle.entry(hit.entry);
    HitLine {
        entry: info.id.to_owned(),
        score: hit.score,
        source: info.source(),
        verified: info.verified.map(|date| date.to_string()),
        valid_until: info.valid_until.map(|date| date.to_string()),
        why,
    }
}

fn why(bundle: &Bundle, reading: &zg_text::Reading, hit: &Hit) -> WhyLine {
    let why = bundle.explain(&reading.text, hit);
    WhyLine {
        form: why.form.to_owned(),
        reading: reading.text.clone(),
        rewrites: nlu::rewrite_lines(reading),
        terms: why
            .terms
            .into_iter()
            .map(|term| WhyTerm {
                term: term.term,
                matched: term.matched,
                kind: term.kind.name().to_owned(),
                weight: term.weight,
            })
            .collect(),
        missing: why.missing,
    }
}
