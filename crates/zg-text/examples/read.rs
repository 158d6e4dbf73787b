//! Reads utterances, one a line, and prints those that are changed, with what was read; `--time` prints times instead.
//!
//! `cargo run --release -p zg-text --example read < utterances.txt`

use std::{io::BufRead, time::SystemTime};

fn main() -> std::io::Result<()> {
    let utterances = std::io::stdin().lock().lines().collect::<Result<Vec<String>, _>>()?;
    if std::env::args().any(|argument| argument == "--time") {
        let start = SystemTime::now();
        std::hint::black_box(zg_text::read("你好"));
        println!("first use: {:?}", start.elapsed());
        let start = SystemTime::now();
        for utterance in &utterances {
            std::hint::black_box(zg_text::read(utterance));
        }
        println!("{} utterances: {:?}", utterances.len(), start.elapsed());
        return Ok(());
    }
    let mut n_changed = 0;
    for utterance in &utterances {
        let reading = zg_text::read(utterance);
        if reading.rewrites.is_empty() {
            continue;
        }
        n_changed += 1;
        let shown = reading.rewrites.iter().map(|rewrite| {
            let typed = &utterance[rewrite.start..rewrite.end];
            format!("{typed}>{}:{:?}:{}", rewrite.read, rewrite.kind, rewrite.margin)
        });
        println!("{utterance}\t{}\t{}", reading.text, shown.collect::<Vec<_>>().join(" | "));
    }
    eprintln!("{n_changed} of {} changed", utterances.len());
    Ok(())
}
