//! Figures on a development part: accuracy, ECE and AUROC of `out_of_scope`, one line of JSON per seed.
//!
//! ```sh
//! cargo run --release -p zg-train --example figures -- train.tsv dev.tsv 1 2 3
//! ```
//!
//! Rows whose intent the training part does not have count as out of scope.

use std::time::SystemTime;

use zg_domain::{Language, Utterance};
use zg_nlu::Model;
use zg_train::{Config, train};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (table, dev) = (args.next().ok_or("which table?")?, args.next().ok_or("which development part?")?);
    let seeds: Vec<u64> = args.map(|seed| seed.parse()).collect::<Result<_, _>>()?;
    let (table, dev) = (std::fs::read(table)?, std::fs::read_to_string(dev)?);
    let mut mean = [0.0; 3];
    for seed in &seeds {
        let started = SystemTime::now();
        let trained = train(&table, &Config { seed: *seed, ..Config::default() }, &mut |_| {})?;
        let seconds = started.elapsed()?.as_secs_f64();
        let model = Model::load(&trained.model)?;
        let [accuracy, ece, auroc] = figures(&model, &dev);
        println!(
            "{{\"seed\":{seed},\"accuracy\":{accuracy:.4},\"ece\":{ece:.4},\"auroc\":{auroc:.4},\"bytes\":{},\"seconds\":{seconds:.1},\
             \"held_out\":{{\"accuracy\":{:.4},\"ece\":{:.4},\"temperature\":{:.3}}}}}",
            trained.model.len(),
            trained.report.accuracy,
            trained.report.ece,
            trained.report.temperature,
        );
        mean.iter_mut().zip([accuracy, ece, auroc]).for_each(|(mean, one)| *mean += one / seeds.len() as f64);
    }
    println!("{{\"mean\":{{\"accuracy\":{:.4},\"ece\":{:.4},\"auroc\":{:.4}}}}}", mean[0], mean[1], mean[2]);
    Ok(())
}

fn figures(model: &Model, dev: &str) -> [f64; 3] {
    let mut bins = [(0.0, 0.0); 10];
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    let mut right = 0.0;
    for row in dev.lines().skip(1) {
        let Some((text, rest)) = row.split_once('\t') else { continue };
        let intent = rest.split('\t').next().unwrap_or_default();
        let reading = zg_text::read(text);
        let utterance = Utterance { reading: &reading.text, language: Language::Undetermined, previous: None };
        let understood = model.understand(&utterance);
        if !model.intents().any(|one| one.is(intent)) {
            outside.push(understood.out_of_scope);
            continue;
        }
        inside.push(understood.out_of_scope);
        let top = &understood.intents[0];
        let hit = f64::from(u8::from(top.label.is(intent)));
        let bin = &mut bins[((top.confidence.get() * 10.0) as usize).min(9)];
        bin.0 += top.confidence.get();
        bin.1 += hit;
        right += hit;
    }
    let n = inside.len() as f64;
    let ece = bins.iter().map(|(confidence, right): &(f64, f64)| (confidence - right).abs()).sum::<f64>() / n;
    let wins: f64 = outside
        .iter()
        .flat_map(|out| inside.iter().map(move |within| out.cmp(within)))
        .map(|order| match order {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    [right / n, ece, wins / (n * outside.len().max(1) as f64)]
}
