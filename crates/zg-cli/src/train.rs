//! `zhanggui train`: a shop's own intents. Figures for people on stderr, the same as one JSON object on stdout.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::{Value, json};
use zg_train::{Config, Example, MAX_BYTES, Report, Trained, Warning};

use crate::lines;

/// Lines of one kind that are shown; stdout has them all.
const SHOWN: usize = 20;

#[derive(clap::Args)]
pub struct Args {
    /// Table with a header row, columns `text` and `intent` (or `label`), separated by tabs, in UTF-8.
    file: PathBuf,
    /// Folder for `nlu.onnx` and `manifest.toml`; made if it is not there.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Language whose utterances the model is for; the built-in model keeps the others.
    #[arg(long, default_value = zg_nlu::ANY_LANGUAGE, value_parser = ["any", "zh", "en"])]
    lang: String,
    /// Another seed gives another model of about the same worth; the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let started = Timestamp::now();
    let table = read(&args.file)?;
    // Before the minute of work, not after it.
    std::fs::create_dir_all(&args.output)
        .with_context(|| format!("cannot write {}; name another folder with -o", args.output.display()))?;
    let config = Config { lang: args.lang.clone(), seed: args.seed };
    let seconds = || Timestamp::now().duration_since(started).as_secs_f64();
    let trained = zg_train::train(&table, &config, &mut |what| eprintln!("[{:5.1} s] {what}", seconds()));
    // A refused table is one line, with the first of what is wrong in it.
    let trained = trained.map_err(|error| {
        let first = zg_train::check(&table).first().map(|warning| format!(" ({warning})")).unwrap_or_default();
        anyhow::anyhow!("{}: {error}{first}", args.file.display())
    })?;
    save(&args.output.join("nlu.onnx"), &trained.model)?;
    save(&args.output.join("manifest.toml"), trained.manifest.as_bytes())?;
    let seconds = seconds();
    show(&trained, &args.output, seconds);
    lines::write(&mut std::io::stdout().lock(), &to_json(&trained, args, seconds))?;
    Ok(true)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let unreadable = || format!("cannot read {}; check the path", path.display());
    let file = std::fs::File::open(path).with_context(unreadable)?;
    let mut table = Vec::new();
    // One byte more than is allowed tells a table that is too large from one that just fits.
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut table).with_context(unreadable)?;
    if table.is_empty() {
        bail!("{} is empty; line 1 names the columns text and intent, separated by a tab", path.display());
    }
    Ok(table)
}

/// Whole or not at all: another process may be reading the file that was there.
fn save(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let part = path.with_extension("part");
    std::fs::write(&part, bytes)
        .and_then(|()| std::fs::rename(&part, path))
        .with_context(|| format!("cannot write {}; name another folder with -o", path.display()))
}

fn show(trained: &Trained, folder: &Path, seconds: f64) {
    let report = &trained.report;
    warn(&trained.warnings);
    let percent = |share: f64| format!("{:5.1} %", share * 100.0);
    let width = report.intents.iter().map(|one| one.intent.chars().count()).max().unwrap_or_default().max(6);
    eprintln!("\n{:width$}  texts  precision   recall   (each text judged by a model that had not seen it)", "intent");
    for one in &report.intents {
        eprintln!("{:width$}  {:5}    {}  {}", one.intent, one.n, percent(one.precision), percent(one.recall));
    }
    if !report.confusions.is_empty() {
        eprintln!("\nTaken for each other most:");
    }
    for pair in &report.confusions {
        eprintln!("  {} / {}: {} times", pair.intents[0], pair.intents[1], pair.n);
        pair.examples.iter().for_each(example);
    }
    if !report.suspects.is_empty() {
        eprintln!("\nLook mislabelled:");
    }
    report.suspects.iter().take(SHOWN).for_each(example);
    more(report.suspects.len());
    let quick = if report.quick { ", by quicker models than the one written" } else { "" };
    eprintln!(
        "\n{} texts, {} intents: accuracy {}, calibration error {:.3} ({} parts{quick})",
        report.n,
        report.intents.len(),
        percent(report.accuracy).trim(),
        report.ece,
        report.folds,
    );
    eprintln!("{}: {} bytes, {seconds:.1} s", folder.join("nlu.onnx").display(), report.bytes);
}

fn warn(warnings: &[Warning]) {
    warnings.iter().take(SHOWN).for_each(|warning| eprintln!("warning: {warning}"));
    more(warnings.len());
}

fn more(all: usize) {
    if all > SHOWN {
        eprintln!("  and {} more", all - SHOWN);
    }
}

fn example(example: &Example) {
    let text: String = example.text.chars().take(80).collect();
    eprintln!(
        "    line {}: {} -> {} ({:.2}): {}",
        example.line,
        example.intent,
        example.found,
        example.confidence,
        text.escape_debug()
    );
}

fn to_json(trained: &Trained, args: &Args, seconds: f64) -> Value {
    let Report { n, intents, accuracy, ece, folds, quick, temperature, accept, reject, bytes, confusions, suspects } =
        &trained.report;
    let example = |one: &Example| {
        json!({
            "line": one.line, "text": one.text, "intent": one.intent, "found": one.found,
            "confidence": figure(one.confidence),
        })
    };
    json!({
        "file": args.file.display().to_string(),
        "model": args.output.join("nlu.onnx").display().to_string(),
        "lang": args.lang, "seed": args.seed, "utterances": n, "bytes": bytes, "seconds": figure(seconds),
        "accuracy": figure(*accuracy), "ece": figure(*ece), "folds": folds, "quick": quick,
        "temperature": figure(*temperature), "accept": figure(*accept), "reject": figure(*reject),
        "intents": intents.iter().map(|one| json!({
            "intent": one.intent, "n": one.n, "precision": figure(one.precision), "recall": figure(one.recall),
        })).collect::<Vec<_>>(),
        "confusions": confusions.iter().map(|pair| json!({
            "intents": pair.intents, "n": pair.n,
            "examples": pair.examples.iter().map(example).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "suspects": suspects.iter().map(example).collect::<Vec<_>>(),
        "warnings": trained.warnings.iter().map(|warning| json!({
            "line": warning.line, "message": warning.message,
        })).collect::<Vec<_>>(),
    })
}

/// Rounded to four decimals.
fn figure(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
