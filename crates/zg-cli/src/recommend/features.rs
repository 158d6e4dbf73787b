//! `zhanggui recommend features`: what `build` grows a forest on, for another library.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use zg_recommend::build::{dataset, renumber};
use zg_recommend::{Exclude, FEATURES, Knobs};

use super::{table, threads};

#[derive(clap::Args)]
pub struct Args {
    /// The log; `-` is stdin.
    clicks: PathBuf,
    /// Where the table goes: columns `query`, `clicked`, `base` and the features, a row for each candidate, the oldest query
    /// first.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Which lists the rows are for, as in `recommend query`.
    #[arg(long, default_value = "none", value_parser = ["seen", "none"])]
    exclude: String,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let (mut sessions, skipped) = table::read(&args.clicks, None)?;
    renumber(&mut sessions);
    let exclude = if args.exclude == "seen" { Exclude::Seen } else { Exclude::None };
    let data = dataset(&sessions, Knobs::default(), exclude, threads());
    let unwritable = || format!("cannot write {}; name another file with -o", args.output.display());
    let mut output = std::io::BufWriter::new(std::fs::File::create(&args.output).with_context(unwritable)?);
    let mut write = || -> std::io::Result<()> {
        writeln!(output, "query\tclicked\tbase\t{}", FEATURES.join("\t"))?;
        for (query, rows) in data.offsets.windows(2).enumerate() {
            for row in rows[0]..rows[1] {
                let clicked = data.clicked[query] == Some(row - rows[0]);
                write!(output, "{query}\t{}\t{}", u8::from(clicked), data.base[row as usize])?;
                for column in &data.columns {
                    write!(output, "\t{}", column[row as usize])?;
                }
                writeln!(output)?;
            }
        }
        output.flush()
    };
    write().with_context(unwritable)?;
    Ok(skipped == 0)
}
