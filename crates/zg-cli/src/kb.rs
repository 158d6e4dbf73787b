//! `zhanggui kb`.

mod beside;
mod cache;
mod classify;
mod delivery;
mod help_page;
mod playbooks;
mod publish;
mod search;
pub mod sources;
mod trust;
mod upkeep;

use std::path::{Path, PathBuf};

use anyhow::Context;
use zg_domain::Date;
use zg_kb::build::{self, Severity};
use zg_kb::{Bundle, Embedding, Hit, Query, Typed};
use zg_proto::cli::{FindingLine, TextLine};

use crate::{ModelArgs, lines};

/// How entries are told what they are about; shared by `build`, `lint` and `collect`.
#[derive(clap::Args)]
pub struct Classify {
    /// Leave intents and categories to the authors.
    #[arg(long)]
    no_models: bool,
    #[command(flatten)]
    models: ModelArgs,
}

impl Classify {
    fn told(&self, sources: &build::Sources, cache: Option<&Path>) -> classify::Told {
        classify::Told::of(&sources.entries, &self.models, self.no_models, cache)
    }
}

#[derive(clap::Subcommand)]
pub enum Command {
    /// Compile sources (Markdown, tables, workbooks, JSON, HTML, product feeds; folders are walked) into a bundle.
    #[command(after_help = "Example:\n  zhanggui kb build demo/knowledge -o shop.zgkb")]
    Build {
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Keep entries whose question and answer another entry has word for word.
        #[arg(long)]
        keep_duplicates: bool,
        /// Findings of severity error stop the build.
        #[arg(long)]
        strict: bool,
        /// Say of each entry where it comes from, what it is about and who said so: one JSON line each.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        /// Keep here what the models said, so that the next build asks about new questions alone.
        #[arg(long, value_name = "FILE")]
        cache: Option<PathBuf>,
        /// Learn nothing from the ways to ask: a smaller bundle, and a search by words, sounds and the general embedding.
        #[arg(long, conflicts_with = "embedding_of")]
        no_embedding: bool,
        /// Keep what an earlier bundle has learned, so that a delta from it stays small where little has changed.
        #[arg(long, value_name = "BUNDLE")]
        embedding_of: Option<PathBuf>,
        /// A product feed that gives a catalog alone: what is recommended and what prices are told, and no entries. May be
        /// given several times; the products of feeds among SOURCES are in the catalog as well. It goes into a second file,
        /// beside FILE and ending in `.zgkc`, and what is learned into a third, `.zgkl`; devices fetch them later.
        #[arg(long, value_name = "FEED")]
        catalog: Vec<PathBuf>,
        /// What of an index of `zhanggui recommend build` is about these products goes along, so that a device recommends by
        /// itself.
        #[arg(long, value_name = "INDEX")]
        recommend: Option<PathBuf>,
        /// Carry no playbooks: the assistant answers and hands over, and does nothing besides.
        #[arg(long)]
        no_playbooks: bool,
        #[command(flatten)]
        classify: Classify,
    },
    /// Say what a careful reader would; findings as JSON lines.
    #[command(after_help = "Example:\n  zhanggui kb lint demo/knowledge")]
    Lint {
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        /// Exit with 1 when there is a finding of severity error.
        #[arg(long)]
        strict: bool,
        #[command(flatten)]
        classify: Classify,
    },
    /// What is in a bundle, as JSON.
    #[command(after_help = "Example:\n  zhanggui kb inspect shop.zgkb")]
    Inspect { bundle: PathBuf },
    /// What comes from where, and the questions that transcripts ask: one JSON line per source, then one per question.
    #[command(after_help = "Example:\n  zhanggui kb collect faq.html products.csv chats.jsonl")]
    Collect {
        #[arg(required = true)]
        sources: Vec<PathBuf>,
        /// Say of each entry where it comes from, what it is about and who said so: one JSON line each.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        #[command(flatten)]
        classify: Classify,
    },
    /// Check every byte of a bundle, answers included, and with a key who signed it; with a pin, what devices say of a folder.
    #[command(
        after_help = "Example:\n  zhanggui kb verify shop.zgkb --key shop.key.pub\n  zhanggui kb verify knowledge --root zgroot-1:1:…"
    )]
    Verify {
        /// A bundle, or with --root a published folder.
        bundle: PathBuf,
        /// A public key that is trusted; may be given several times.
        #[arg(long, value_name = "FILE")]
        key: Vec<PathBuf>,
        /// The signature (default: the bundle's name and `.sig`).
        #[arg(long, value_name = "FILE", requires = "key")]
        signature: Option<PathBuf>,
        /// The pin of a root, as your pages have it: the folder is judged as a device would.
        #[arg(long, value_name = "PIN", conflicts_with = "key")]
        root: Option<String>,
        /// What a device remembers from one look to the next; written again.
        #[arg(long, value_name = "FILE", requires = "root")]
        state: Option<PathBuf>,
        /// The number of the device, by which it falls into a rollout or not, where the state has none (default: random).
        #[arg(long, value_name = "HEX", requires = "root")]
        device: Option<String>,
        /// Judge as if it were this time, `2027-11-29T00:00:00Z`.
        #[arg(long, value_name = "TIME", requires = "root")]
        at: Option<String>,
    },
    /// What leads from one bundle to another: a few dozen bytes for a changed entry.
    #[command(after_help = "Example:\n  zhanggui kb diff old.zgkb new.zgkb -o update.zgkd")]
    Diff {
        old: PathBuf,
        new: PathBuf,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// The new bundle, from the old one and what leads to it; nothing is written where anything is wrong.
    #[command(after_help = "Example:\n  zhanggui kb apply old.zgkb update.zgkd -o new.zgkb")]
    Apply {
        old: PathBuf,
        delta: PathBuf,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Make a pair of keys: FILE, to be kept secret, and FILE.pub.
    #[command(after_help = "Example:\n  zhanggui kb keygen -o shop.key")]
    Keygen {
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Sign a bundle, a delta or a manifest; the signature goes into a file of its own.
    #[command(after_help = "Example:\n  zhanggui kb sign shop.zgkb --key shop.key")]
    Sign {
        file: PathBuf,
        /// The secret key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Where to (default: the file's name and `.sig`).
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Put a bundle into a folder that devices follow: itself, what leads to it from those before, and a manifest.
    #[command(
        after_help = "Example:\n  zhanggui kb publish shop.zgkb -o target/dist-files/cdn/knowledge --key shop.key"
    )]
    Publish {
        bundle: PathBuf,
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
        /// The secret key to sign with: of the manifest, or in a folder with a root of the role targets, there also several.
        #[arg(long, value_name = "FILE")]
        key: Vec<PathBuf>,
        /// In a folder with a root: the secret key of the role timestamp, if it is on this machine.
        #[arg(long, value_name = "FILE")]
        timestamp_key: Vec<PathBuf>,
        /// In a folder with a root: for so many of a hundred devices, while the others keep what they have.
        #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
        rollout: Option<u32>,
        /// In a folder with a root: how long the targets are good for (default: 365).
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3650))]
        expires: Option<u16>,
        /// How many bundles published before get a delta to this one.
        #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=32))]
        previous: u8,
        /// The version, where it must not be the one after the last: for a folder that was lost.
        #[arg(long, value_name = "N")]
        version: Option<u64>,
    },
    /// The root of a folder: whose signatures devices believe.
    #[command(subcommand)]
    Root(delivery::RootCommand),
    /// Change how many devices get the bundle that is being rolled out; 100 makes it the one for all.
    #[command(
        after_help = "Example:\n  zhanggui kb rollout knowledge --percent 50 --key targets.key --timestamp-key timestamp.key"
    )]
    Rollout {
        folder: PathBuf,
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100))]
        percent: u32,
        #[command(flatten)]
        signers: delivery::Signers,
    },
    /// Go back to the bundle before, under a higher version; a rollout is ended.
    #[command(
        after_help = "Example:\n  zhanggui kb rollback knowledge --key targets.key --timestamp-key timestamp.key"
    )]
    Rollback {
        folder: PathBuf,
        /// The version of targets whose bundle is to answer (default: the last that had another).
        #[arg(long, value_name = "VERSION")]
        to: Option<u64>,
        #[command(flatten)]
        signers: delivery::Signers,
    },
    /// Sign anew that nothing newer is there, where it is time to; for a line in cron, once a day.
    #[command(after_help = "Example:\n  zhanggui kb timestamp knowledge --timestamp-key timestamp.key")]
    Timestamp {
        folder: PathBuf,
        #[arg(long, value_name = "FILE", required = true)]
        timestamp_key: Vec<PathBuf>,
        /// How long it is good for.
        #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=365))]
        expires: u16,
        /// Also where more than half of that time is left.
        #[arg(long)]
        force: bool,
    },
    /// Add a signature to a draft of metadata; the last one that is wanted makes it what devices read.
    #[command(after_help = "Example:\n  zhanggui kb sign-metadata knowledge/2.root.draft.json --key other-root.key")]
    SignMetadata {
        file: PathBuf,
        #[arg(long, value_name = "FILE", required = true)]
        key: Vec<PathBuf>,
    },
    /// Questions that what is typed may become: `{"id","text"}` in, entries with their questions out.
    #[command(after_help = "Example:\n  echo '{\"id\":1,\"text\":\"tuih\"}' | zhanggui kb suggest shop.zgkb --k 5")]
    Suggest {
        bundle: PathBuf,
        /// How many questions at the most.
        #[arg(long, short, default_value_t = 5)]
        k: usize,
        /// The language of the page; default: any.
        #[arg(long)]
        lang: Option<String>,
        /// The product that the page shows.
        #[arg(long)]
        product: Option<String>,
        /// The groups the shopper is of, separated by `|`.
        #[arg(long, default_value = "")]
        audience: String,
    },
    /// Search a bundle: `{"id","text"}` in, hits out.
    ///
    /// A line may also name `lang`, `product`, `audience` and `today`.
    #[command(
        after_help = "Example:\n  echo '{\"id\":1,\"text\":\"几天发货\"}' | zhanggui kb search shop.zgkb --k 3 --explain"
    )]
    Search(search::Args),
    /// What to look at first, by feedback, questions without an answer, changes of the catalog and dates; JSON lines.
    #[command(
        after_help = "Example:\n  zhanggui kb upkeep shop.zgkb --signals signals.jsonl --catalog feed.xml\n\nA line of signals: {\"type\":\"feedback\",\"entry\":\"return-how\",\"helpful\":false,\"at\":\"2026-11-20\",\"by\":\"c-17\"}\nOther types: miss, answered, handoff, catalog_change (docs/formats.md)."
    )]
    Upkeep(upkeep::Args),
    /// Write the help page that stands in where a browser or a page's policy forbids the widget.
    #[command(after_help = "Example:\n  zhanggui kb help-page shop.zgkb -o dist/help.html --title 帮助中心")]
    HelpPage {
        bundle: PathBuf,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[arg(long, default_value = "帮助中心 · Help")]
        title: String,
    },
}

pub fn run(command: Command) -> anyhow::Result<bool> {
    match command {
        Command::Build {
            sources,
            output,
            keep_duplicates,
            strict,
            report,
            cache,
            no_embedding,
            embedding_of,
            no_playbooks,
            catalog,
            recommend,
            classify,
        } => {
            let books = if no_playbooks { Vec::new() } else { playbooks::compiled(&playbooks::read(&sources)?)? };
            let teach = match embedding_of {
                Some(path) => Teach::Keep(embedding_in(&path)?),
                None if no_embedding => Teach::Keep(None),
                None => Teach::Anew,
            };
            let mut sources = sources::read(&sources)?;
            let cleaned = if keep_duplicates { None } else { Some(clean(&mut sources)) };
            let told = classify.told(&sources, cache.as_deref());
            if !catalog.is_empty() {
                add_catalog(&mut sources, &catalog)?;
            }
            let recommender = recommend
                .map(|path| crate::recommend::slice(&path, &sources.products))
                .transpose()?
                .unwrap_or_default();
            let carried = Carried { teach, playbooks: books, recommender };
            compile(sources, &output, strict, report.as_deref(), &told, cleaned.unwrap_or(0), carried)
        }
        Command::Lint { sources, strict, classify } => lint(&sources, strict, &classify),
        Command::Inspect { bundle } => inspect(&bundle),
        Command::Collect { sources, report, classify } => collect(&sources, report.as_deref(), &classify),
        Command::Verify { bundle, root: Some(pin), state, device, at, .. } => delivery::verify(&delivery::Verify {
            folder: &bundle,
            pin: &pin,
            state: state.as_ref(),
            device: device.as_deref(),
            at: at.as_deref(),
        }),
        Command::Verify { bundle, key, signature, .. } => verify(&bundle, &key, signature.as_deref()),
        Command::Diff { old, new, output } => trust::diff(&old, &new, &output),
        Command::Apply { old, delta, output } => trust::apply(&old, &delta, &output),
        Command::Keygen { output } => trust::keygen(&output),
        Command::Sign { file, key, output } => trust::sign_file(&file, &key, output),
        Command::Publish { bundle, output, key, timestamp_key, rollout, expires, previous, version } => {
            let previous = usize::from(previous);
            if delivery::has_root(&output) {
                let signers = delivery::Signers { key, timestamp_key };
                let options =
                    delivery::Publish { folder: &output, signers: &signers, previous, rollout, version, expires };
                return delivery::publish(&bundle, &options);
            }
            anyhow::ensure!(
                key.len() <= 1 && timestamp_key.is_empty() && rollout.is_none() && expires.is_none(),
                "{} has no root, so --timestamp-key, --rollout, --expires and a second --key mean nothing; make one: zhanggui kb root init",
                output.display()
            );
            let named = std::collections::BTreeSet::new();
            let key = key.first().map(PathBuf::as_path);
            publish::publish(&bundle, &publish::Options { folder: &output, key, previous, version, named })
        }
        Command::Root(command) => delivery::run_root(command),
        Command::Rollout { folder, percent, signers } => delivery::rollout(&folder, percent, &signers),
        Command::Rollback { folder, to, signers } => delivery::rollback(&folder, to, &signers),
        Command::Timestamp { folder, timestamp_key, expires, force } => {
            delivery::timestamp(&folder, &timestamp_key, expires, force)
        }
        Command::SignMetadata { file, key } => delivery::sign_metadata(&file, &key),
        Command::Suggest { bundle, k, lang, product, audience } => {
            suggest(&bundle, k, lang.as_deref(), product.as_deref(), &audience)
        }
        Command::Search(args) => search::run(&args),
        Command::Upkeep(args) => upkeep::run(&args),
        Command::HelpPage { bundle, output, title } => {
            let page = help_page::render(&open(&bundle)?, &title, today())?;
            std::fs::write(&output, page).with_context(|| format!("cannot write {}", output.display()))?;
            Ok(true)
        }
    }
}

/// Opens a bundle file.
pub fn open(path: &Path) -> anyhow::Result<Bundle> {
    Ok(open_with(path)?.0)
}

/// The same, and where what lies beside it was found.
fn open_with(path: &Path) -> anyhow::Result<(Bundle, Vec<PathBuf>)> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
    let mut bundle = Bundle::open(bytes).with_context(|| format!("cannot open {}", path.display()))?;
    let beside = beside::take_in(&mut bundle, path)?;
    Ok((bundle, beside))
}

/// The general embeddings, as the static files hold them for browsers.
const EMBEDDINGS: [&[u8]; 2] =
    [include_bytes!("../../../models/zh/embedding.zgem"), include_bytes!("../../../models/en/embedding.zgem")];

/// Opens a bundle file to search it as a browser does once everything has arrived: with the general embeddings.
/// `others` are files to take in their place.
pub fn open_to_search(path: &Path, others: &[PathBuf]) -> anyhow::Result<Bundle> {
    let mut bundle = open(path)?;
    if others.is_empty() {
        for bytes in EMBEDDINGS {
            bundle
                .attach(Embedding::read(bytes).context("an embedding of this executable is damaged; build it again")?);
        }
    }
    for path in others {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
        bundle.attach(Embedding::read(&bytes).with_context(|| format!("cannot use {}", path.display()))?);
    }
    Ok(bundle)
}

/// What answers a text, as it comes from a shopper.
pub fn find(bundle: &Bundle, text: &str, k: usize, today: Date) -> Vec<Hit> {
    let reading = zg_text::read(text);
    let (language, _) = reading.identify(text);
    bundle.search(&Query { text: &reading.text, lang: language.written(), today: Some(today), ..Query::default() }, k)
}

/// The day in UTC, by which validity is judged.
pub fn today() -> Date {
    zg_domain::Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()).date()
}

/// A day as a flag gives it.
fn parse_day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| format!("{text:?} is no day; write YYYY-MM-DD"))
}

/// Where the bundle's own embedding comes from.
enum Teach {
    /// From the ways to ask.
    Anew,
    /// From an earlier bundle, or from nowhere.
    Keep(Option<Vec<u8>>),
}

/// What a bundle carries beside its entries.
struct Carried {
    teach: Teach,
    playbooks: Vec<u8>,
    recommender: Vec<u8>,
}

fn embedding_in(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
    let bundle = Bundle::open(bytes.clone()).with_context(|| format!("cannot open {}", path.display()))?;
    Ok(match bundle.beside().iter().find(|beside| !beside.has_products()) {
        Some(beside) => build::embedding_of(&beside::needed(path, beside)?.1),
        None => build::embedding_of(&bytes),
    })
}

/// Adds the products of feeds to the catalog, each once.
fn add_catalog(sources: &mut build::Sources, feeds: &[PathBuf]) -> anyhow::Result<()> {
    let read = sources::read(feeds)?.products;
    anyhow::ensure!(!read.is_empty(), "no products in --catalog; `zhanggui kb collect` says what a feed holds");
    let known: std::collections::BTreeSet<String> = sources.products.iter().map(|product| product.id.clone()).collect();
    sources.products.extend(read.into_iter().filter(|product| !known.contains(&product.id)));
    Ok(())
}

/// Cleans and says what was dropped; gives how many entries no bundle can use.
fn clean(sources: &mut build::Sources) -> usize {
    let read = sources.entries.len();
    let cleaned = build::clean(sources);
    if cleaned.n_duplicates > 0 {
        eprintln!("of {read} entries {} were repeats and are dropped", cleaned.n_duplicates);
    }
    cleaned.invalid.len()
}

fn compile(
    mut sources: build::Sources,
    output: &Path,
    strict: bool,
    report: Option<&Path>,
    told: &classify::Told,
    mut left_out: usize,
    carried: Carried,
) -> anyhow::Result<bool> {
    let findings = all_findings(&mut sources, told);
    let n_errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let n_warnings = findings.len() - n_errors;
    if strict && n_errors > 0 {
        for finding in &findings {
            eprintln!("{}:{}: {} [{}]", finding.file, finding.line, finding.message, finding.rule);
        }
        anyhow::bail!("{n_errors} findings of severity error; `zhanggui kb lint` lists them");
    }
    // What no bundle can hold is left out and counted, so that one bad row does not cost the shop its answers.
    let before = sources.entries.len();
    sources.entries.retain(|entry| !entry.question.trim().is_empty() && !entry.answer.trim().is_empty());
    left_out += before - sources.entries.len();
    if sources.entries.is_empty()
        && let Some(first) = findings.first()
    {
        anyhow::bail!(
            "no entries to compile; the first of {} findings: {}:{}: {} [{}]",
            findings.len(),
            first.file,
            first.line,
            first.message,
            first.rule
        );
    }
    let by = classify::fill(&mut sources.entries, told);
    let embedding = match carried.teach {
        Teach::Anew => build::learn(&sources.entries),
        Teach::Keep(table) => table,
    };
    let extras = build::Extras {
        products: &sources.products,
        embedding: embedding.as_deref(),
        playbooks: &carried.playbooks,
        recommender: &carried.recommender,
    };
    let build::Files { bundle: bytes, products, learned } = build::compile_files(&sources.entries, &extras)?;
    if sources.products.len() > zg_kb::MAX_PRODUCTS {
        eprintln!(
            "note: the bundle holds the first {} of {} products; the others are entries alone",
            zg_kb::MAX_PRODUCTS,
            sources.products.len()
        );
    }
    if let Some(report) = report {
        write_report(report, &sources.entries, &by, told)?;
    }
    let written = bytes.len();
    // Before the bundle that names them.
    for (file, of_products) in [(&products, true), (&learned, false)] {
        if let Some(file) = file {
            let path = beside::path_of(output, of_products)?;
            trust::write(&path, file)?;
            let what = if of_products { format!("{} products", sources.products.len()) } else { "learned".to_owned() };
            eprintln!("{}: {what}, {} bytes; goes where the bundle goes", path.display(), file.len());
        }
    }
    trust::write(output, &bytes)?;
    eprintln!(
        "{}: {} entries, {written} bytes; {n_errors} errors, {n_warnings} warnings, {left_out} entries left out (`zhanggui kb lint`)",
        output.display(),
        sources.entries.len()
    );
    Ok(true)
}

fn write_report(
    path: &Path,
    entries: &[build::Entry],
    by: &[(classify::By, classify::By)],
    told: &classify::Told,
) -> anyhow::Result<()> {
    let mut text = String::new();
    // Where ids clash no bundle is written; the report shows them as their authors wrote them.
    let ids = build::ids(entries).unwrap_or_else(|_| entries.iter().map(|entry| entry.id.clone()).collect());
    for ((entry, id), by) in entries.iter().zip(&ids).zip(by) {
        text.push_str(&classify::line(entry, id, *by, told).to_string());
        text.push('\n');
    }
    trust::write(path, text.as_bytes())
}

fn all_findings(sources: &mut build::Sources, told: &classify::Told) -> Vec<build::Finding> {
    let mut findings = std::mem::take(&mut sources.findings);
    let catalog: Vec<build::CatalogFact> = sources.products.iter().map(fact).collect();
    // Entries made from a feed repeat it word for word.
    let authored = sources.entries.iter().filter(|entry| !entry.id.starts_with("product-"));
    let classifier = |question: &str, _: &str| told.matter(question);
    let context = build::Context {
        products: &catalog,
        intents: if told.is_empty() { None } else { Some(&classifier) },
        ..build::Context::on(today())
    };
    findings.extend(build::lint(authored, &context));
    findings.sort_by(|a, b| (&a.file, a.line, a.rule).cmp(&(&b.file, b.line, b.rule)));
    findings
}

fn fact(product: &build::Product) -> build::CatalogFact {
    let (price, currency) = product.sale_price.as_ref().or(product.price.as_ref()).cloned().unwrap_or_default();
    build::CatalogFact {
        id: product.id.clone(),
        title: product.title.clone(),
        price: price.parse().ok(),
        currency,
        availability: product.availability.clone(),
        url: product.url.clone(),
        attributes: product.attributes.clone(),
        file: product.file.clone(),
        line: product.line,
    }
}

fn collect(paths: &[PathBuf], report: Option<&Path>, classify: &Classify) -> anyhow::Result<bool> {
    let mut sources = sources::read(paths)?;
    let cleaned = build::clean(&mut sources);
    if let Some(report) = report {
        let told = classify.told(&sources, None);
        let by = classify::fill(&mut sources.entries, &told);
        write_report(report, &sources.entries, &by, &told)?;
    }
    let mut output = std::io::stdout().lock();
    for collected in &sources.collected {
        let line = serde_json::json!({
            "file": collected.file, "kind": collected.kind, "encoding": collected.encoding, "entries": collected.n_entries,
            "products": collected.n_products, "candidates": collected.n_candidates, "findings": collected.n_findings,
        });
        lines::write(&mut output, &line)?;
    }
    for candidate in &sources.candidates {
        let line = serde_json::json!({
            "question": candidate.question, "n": candidate.n, "variants": candidate.variants,
            "suggested_answer": candidate.suggested_answer, "file": candidate.file, "line": candidate.line,
        });
        lines::write(&mut output, &line)?;
    }
    eprintln!(
        "{} entries, {} products, {} questions from transcripts; {} repeats, {} without question or answer",
        sources.entries.len(),
        sources.products.len(),
        sources.candidates.len(),
        cleaned.n_duplicates,
        cleaned.invalid.len()
    );
    Ok(true)
}

fn lint(paths: &[PathBuf], strict: bool, classify: &Classify) -> anyhow::Result<bool> {
    let mut sources = sources::read(paths)?;
    // Linted before cleaning: repeats and empty entries are findings too.
    let told = classify.told(&sources, None);
    let findings = all_findings(&mut sources, &told);
    let mut output = std::io::stdout().lock();
    for finding in &findings {
        let line = FindingLine {
            file: finding.file.clone(),
            line: finding.line,
            rule: finding.rule.to_owned(),
            severity: finding.severity.name().to_owned(),
            message: finding.message.clone(),
            fix: finding.fix.clone(),
        };
        lines::write(&mut output, &line)?;
    }
    let of_playbooks = playbooks::findings(&playbooks::read(paths)?);
    for line in &of_playbooks {
        lines::write(&mut output, line)?;
    }
    let wrong = findings.iter().any(|finding| finding.severity == Severity::Error)
        || of_playbooks.iter().any(|line| line.severity == "error");
    Ok(!(strict && wrong))
}

fn inspect(path: &Path) -> anyhow::Result<bool> {
    let bundle = open(path)?;
    let (n_terms, n_forms) = bundle.counts();
    let mut langs = std::collections::BTreeMap::new();
    let mut categories = std::collections::BTreeMap::new();
    for (_, entry) in bundle.entries() {
        *langs.entry(entry.lang).or_insert(0_u32) += 1;
        *categories.entry(entry.category).or_insert(0_u32) += 1;
    }
    let mut report = serde_json::json!({
        "file": path.display().to_string(), "bytes": bundle.bytes(), "format": 3, "entries": bundle.len(),
        "questions": n_forms, "terms": n_terms, "products": bundle.products()?.len(), "languages": langs,
        "categories": categories,
    });
    if !bundle.beside().is_empty() {
        let beside = bundle.beside().iter().map(|beside| {
            serde_json::json!({
                "file": beside::name(beside), "what": if beside.has_products() { "products" } else { "learned" },
                "bytes": beside.bytes(), "sha256": beside.sha256_text(), "there": !bundle.awaited().contains(beside),
            })
        });
        report["beside"] = beside.collect();
    }
    lines::write(&mut std::io::stdout().lock(), &report)?;
    Ok(true)
}

fn verify(path: &Path, keys: &[PathBuf], signature: Option<&Path>) -> anyhow::Result<bool> {
    // Who signed it comes first: nothing else is read of a bundle that nobody known has signed.
    let signed = if keys.is_empty() { None } else { Some(trust::verify_file(path, keys, signature)?) };
    let (bundle, found) = open_with(path)?;
    for beside in bundle.awaited() {
        beside::needed(path, beside)?;
    }
    for (entry, info) in bundle.entries() {
        bundle.answer(entry).with_context(|| format!("{}: the answer of {:?}", path.display(), info.id))?;
    }
    let products = bundle.products().with_context(|| format!("{}: the products", path.display()))?;
    let mut report = serde_json::json!({
        "file": path.display().to_string(), "entries": bundle.len(), "products": products.len(), "signed_by": signed,
        "ok": true,
    });
    if !found.is_empty() {
        report["beside"] = found.iter().map(|file| file.display().to_string()).collect();
    }
    lines::write(&mut std::io::stdout().lock(), &report)?;
    Ok(true)
}

fn suggest(path: &Path, k: usize, lang: Option<&str>, product: Option<&str>, audience: &str) -> anyhow::Result<bool> {
    let bundle = open(path)?;
    let today = Some(today());
    // `zh-CN`, as elsewhere on the command line, is Chinese here.
    let lang = lang.and_then(|lang| lang.split('-').next());
    lines::each(|line: TextLine| {
        let found = bundle.suggest(&Typed { text: &line.text, lang, today, product, audience }, k);
        let suggestions: Vec<_> = found
            .into_iter()
            .map(|entry| serde_json::json!({"entry": bundle.entry(entry).id, "question": bundle.question(entry)}))
            .collect();
        Some(serde_json::json!({"id": line.id, "suggestions": suggestions}))
    })
}
