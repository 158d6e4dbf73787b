//! `zhanggui kb upkeep`: what to look at first, by what shoppers and the catalog say.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;
use zg_domain::Date;
use zg_kb::build::upkeep::{Known, Names, Row, Signal, Signals, What};
use zg_kb::build::{self, Product, Sources};
use zg_kb::{Bundle, EntryIdx};
use zg_proto::upkeep::{ReasonLine, ReviewLine, SignalKind, SignalLine};

use super::sources;
use crate::lines;

/// The most that a signals file may have; each line is kept as a few dozen bytes.
const MAX_SIGNALS: u64 = 1 << 30;

#[derive(clap::Args)]
pub struct Args {
    /// A bundle, or sources as for `kb build`.
    #[arg(required = true, value_name = "BUNDLE|SOURCES")]
    knowledge: Vec<PathBuf>,
    /// What happened, as JSON lines (`docs/formats.md`); `-` reads stdin. Without it, dates and the catalog alone are judged.
    #[arg(long, value_name = "FILE")]
    signals: Option<PathBuf>,
    /// A product feed, for the names of products and for what entries contradict in it; may be given several times.
    #[arg(long, value_name = "FEED")]
    catalog: Vec<PathBuf>,
    /// The day to judge by (default: today in UTC).
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::parse_day)]
    today: Option<Date>,
    /// How many rows at the most; 0: all.
    #[arg(long, short, default_value_t = 20)]
    k: usize,
}

/// The entries to be kept up, and the line of each where the sources were given.
struct Knowledge {
    bundle: Bundle,
    lines: Vec<u64>,
    products: Vec<Product>,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let mut knowledge = read(&args.knowledge)?;
    if !args.catalog.is_empty() {
        let fed = sources::read(&args.catalog)?.products;
        anyhow::ensure!(!fed.is_empty(), "no products in the catalog; `zhanggui kb collect` says what was found");
        knowledge.products.extend(fed);
    }
    let today = args.today.unwrap_or_else(super::today);
    let mut signals = Signals::default();
    let all_read = match &args.signals {
        Some(path) => read_signals(path, &mut signals)?,
        None => true,
    };
    let unknown = signals.unknown_entries(&knowledge.bundle);
    if let Some(first) = unknown.first() {
        eprintln!(
            "{} entries that signals name are not there, such as {first:?}; these signals count for nothing",
            unknown.len()
        );
    }
    let products: Vec<Names> = knowledge.products.iter().map(names).collect();
    let contradictions = contradictions(&knowledge, today)?;
    let known = Known { today, products: &products, contradictions: &contradictions };
    let rows = signals.review(&knowledge.bundle, &known)?;
    let k = if args.k == 0 { rows.len() } else { args.k };
    let mut output = std::io::stdout().lock();
    for (row, rank) in rows.into_iter().take(k).zip(1..) {
        lines::write(&mut output, &to_line(&knowledge, row, rank))?;
    }
    Ok(all_read)
}

fn read(paths: &[PathBuf]) -> anyhow::Result<Knowledge> {
    let is_bundle = |path: &Path| {
        let mut magic = [0; 4];
        path.is_file()
            && File::open(path).is_ok_and(|mut file| file.read_exact(&mut magic).is_ok())
            && &magic == b"ZGKB"
    };
    let named_so = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "zgkb");
    if let [path] = paths
        && (is_bundle(path) || named_so(path))
    {
        return Ok(Knowledge { bundle: super::open(path)?, lines: Vec::new(), products: Vec::new() });
    }
    if let Some(path) = paths.iter().find(|path| is_bundle(path)) {
        bail!("{} is a bundle; give one bundle, or sources", path.display());
    }
    let mut sources: Sources = sources::read(paths)?;
    build::clean(&mut sources);
    let lines = sources.entries.iter().map(|entry| entry.line).collect();
    let bundle = Bundle::open(build::compile(&sources.entries)?)?;
    Ok(Knowledge { bundle, lines, products: sources.products })
}

fn read_signals(path: &Path, signals: &mut Signals) -> anyhow::Result<bool> {
    let add = |line: SignalLine| -> Option<()> {
        signals.add(to_signal(line));
        None
    };
    if path == Path::new("-") {
        return lines::each(add);
    }
    let file = File::open(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
    let length = file.metadata()?.len();
    if length > MAX_SIGNALS {
        bail!("{} has {length} bytes; {MAX_SIGNALS} is the most, leave old signals out", path.display());
    }
    lines::each_of(&mut BufReader::new(file), add).with_context(|| format!("cannot read {}", path.display()))
}

fn to_signal(line: SignalLine) -> Signal {
    let what = match line.signal {
        SignalKind::Feedback { entry, helpful } => What::Feedback { entry, helpful },
        SignalKind::Miss { text, lang: _ } => What::Miss { text },
        SignalKind::Answered { entry } => What::Answered { entry },
        SignalKind::Handoff { entry, text } => What::Handoff { entry, text },
        SignalKind::CatalogChange { product, field, old, new } => {
            What::CatalogChange { product: product.0, field, old: value(&old), new: value(&new) }
        }
    };
    Signal { what, at: line.at.map(|at| at.0.date()), by: line.by.map(|by| by.0) }
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn names(product: &Product) -> Names {
    let codes = product.variants.iter().flat_map(|variant| [&variant.sku, &variant.gtin]);
    let names = [&product.title, &product.sku, &product.gtin].into_iter().chain(codes);
    let names = names.filter(|name| !name.trim().is_empty()).cloned().collect();
    Names { product: product.id.clone(), names }
}

/// What the catalog says otherwise than entries do, as `kb lint` finds it.
fn contradictions(knowledge: &Knowledge, today: Date) -> anyhow::Result<Vec<(EntryIdx, String)>> {
    if knowledge.products.is_empty() {
        return Ok(Vec::new());
    }
    let bundle = &knowledge.bundle;
    let mut entries = Vec::new();
    for (at, info) in bundle.entries().filter(|(_, info)| !info.id.starts_with("product-")) {
        let mut forms = bundle.forms(at).map(str::to_owned);
        entries.push(build::Entry {
            question: forms.next().unwrap_or_default(),
            variants: forms.collect(),
            answer: bundle.answer(at)?,
            id: info.id.to_owned(),
            category: info.category.to_owned(),
            lang: info.lang.to_owned(),
            product: info.product.to_owned(),
            audience: info.audience.to_owned(),
            intent: info.intent.to_owned(),
            // Their place in the bundle, to know them by.
            line: u64::from(at.0),
            ..build::Entry::default()
        });
    }
    let catalog: Vec<build::CatalogFact> = knowledge.products.iter().map(super::fact).collect();
    let findings = build::lint(&entries, &build::Context { products: &catalog, ..build::Context::on(today) });
    let found = findings.into_iter().filter(|finding| finding.rule == "catalog-contradiction");
    Ok(found.filter_map(|finding| Some((EntryIdx(u32::try_from(finding.line).ok()?), finding.message))).collect())
}

fn to_line(knowledge: &Knowledge, row: Row, rank: u64) -> ReviewLine {
    let info = row.entry.map(|entry| knowledge.bundle.entry(entry));
    let reason =
        |reason: build::upkeep::Reason| ReasonLine { kind: reason.kind.to_owned(), detail: reason.detail, n: reason.n };
    ReviewLine {
        rank,
        entry: info.map(|info| info.id.to_owned()),
        score: row.score,
        reasons: row.reasons.into_iter().map(reason).collect(),
        question: row.question,
        examples: row.examples,
        source: info.map(|info| info.source()),
        file: info.map(|info| info.file.to_owned()),
        line: row.entry.and_then(|entry| knowledge.lines.get(entry.0 as usize).copied()),
        suggestion: row.suggestion,
    }
}
