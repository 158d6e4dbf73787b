//! The terms of each line of standard input, and behind a tab its features, as the trainer of the general embedding reads them:
//! `cargo run --release -p zg-kb --example features < texts.txt`.

use std::io::{BufRead as _, Write as _};

fn main() -> std::io::Result<()> {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let terms: Vec<String> = zg_text::terms(&line).map(|term| term.text).collect();
        write!(output, "{}", terms.join(" "))?;
        let mut separator = "\t";
        let mut written = Ok(());
        zg_kb::features(&line, |feature| {
            if written.is_ok() {
                written = write!(output, "{separator}{feature}");
                separator = " ";
            }
        });
        written?;
        writeln!(output)?;
    }
    Ok(())
}
