//! What speaks for the best candidates of each query, for choosing the weights of `zg_kb::evidence`:
//! `cargo run --release -p zg-kb --features build --example evidence -- BUNDLE [EMBEDDING…] < queries.txt`;
//! a line for each query: its number, then of each candidate the entry's id and the evidence.

use std::io::{BufRead as _, Write as _};

use zg_kb::{Bundle, Embedding, Query};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut paths = std::env::args().skip(1);
    let mut bundle = Bundle::open(std::fs::read(paths.next().ok_or("name a bundle")?)?)?;
    for path in paths {
        bundle.attach(Embedding::read(&std::fs::read(path)?)?);
    }
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    writeln!(output, "crowded\t{}", bundle.crowdedness())?;
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        for (entry, form, seen) in bundle.seen(&Query { text: &line?, ..Query::default() }) {
            let id = bundle.entry(entry).id;
            let of = &seen;
            writeln!(
                output,
                "{number}\t{id}\t{form}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                of.bm25,
                of.of_utterance,
                of.of_utterance_by_entry,
                of.of_utterance_alike,
                of.of_form,
                of.of_form_alike,
                of.adjacent,
                of.longer,
                of.own,
                of.general
            )?;
        }
    }
    Ok(())
}
