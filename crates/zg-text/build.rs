//! Packs the table of traditional characters: every visitor downloads it, in two modules.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=data/ts_chars.tsv");
    let table = fs::read_to_string("data/ts_chars.tsv").expect("data/ts_chars.tsv is there");
    let mut pairs: Vec<(u16, u16)> = table
        .lines()
        .map(|line| {
            let code = |text: &str| {
                let character = text.chars().next().expect("a character in each column");
                u16::try_from(character as u32).expect("a character of the basic plane")
            };
            let (traditional, simplified) = line.split_once('\t').expect("two columns");
            (code(traditional), code(simplified))
        })
        .collect();
    pairs.sort_unstable();
    let mut packed = Vec::new();
    let mut before = 0;
    for (traditional, _) in &pairs {
        let mut step = traditional - before;
        before = *traditional;
        // LEB128, as in DWARF.
        while step > 0x7f {
            packed.push(step as u8 | 0x80);
            step >>= 7;
        }
        packed.push(step as u8);
    }
    packed.extend(pairs.iter().map(|pair| (pair.1 >> 8) as u8));
    packed.extend(pairs.iter().map(|pair| pair.1 as u8));
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("ts_chars"), packed).expect("OUT_DIR can be written");
    let constant = format!("const N_PAIRS: usize = {};\n", pairs.len());
    fs::write(Path::new(&out).join("n_pairs.rs"), constant).expect("OUT_DIR can be written");
}
