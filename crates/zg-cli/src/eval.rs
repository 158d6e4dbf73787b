//! `zhanggui eval`: labelled data in, figures out.

mod chat;
mod kb;
mod nlu;
mod pairs;
mod score;
mod search;
mod table;

use std::path::PathBuf;

use crate::ModelArgs;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Intent, sentiment, emotion on a TSV with a column `text` and any of `intent`, `sentiment`, `emotion` (or `label`).
    #[command(after_help = "Example:\n  zhanggui eval nlu real-intents/dev.tsv")]
    Nlu {
        file: PathBuf,
        #[command(flatten)]
        models: ModelArgs,
    },
    /// Whether utterances that mean the same get the same intent, on a TSV with columns `standard`, `variant` and, where
    /// known, `kind` and `intent`.
    #[command(after_help = "Example:\n  zhanggui eval pairs tests/data/understanding/pairs.tsv")]
    Pairs {
        file: PathBuf,
        #[command(flatten)]
        models: ModelArgs,
    },
    /// Retrieval on a TSV with columns `text` and `entry` (ids that are right, separated by commas).
    #[command(after_help = "Example:\n  zhanggui eval kb shop.zgkb tests/data/questions/zh.dev.tsv")]
    Kb {
        bundle: PathBuf,
        file: PathBuf,
        /// By text search alone.
        #[arg(long)]
        no_models: bool,
        /// Print one row of evidence per question instead of figures, for fitting the calibration.
        #[arg(long)]
        evidence: bool,
        #[command(flatten)]
        models: ModelArgs,
    },
    /// Search alone, as `zhanggui kb search` does it, on JSON lines `{"id","text","gold":[ids that are right]}`; an empty
    /// `gold` means that nothing answers it.
    #[command(after_help = "Example:\n  zhanggui eval search shop.zgkb queries.jsonl")]
    Search {
        bundle: PathBuf,
        queries: PathBuf,
        /// An embedding to search by, in place of the general ones; may be given several times.
        #[arg(long, value_name = "FILE")]
        embedding: Vec<PathBuf>,
    },
    /// What the dialogue does: answered right, answered wrong, asked back, offered a person. Columns as for `kb`;
    /// an empty `entry` (or no such column) means that nothing answers it.
    #[command(after_help = "Example:\n  zhanggui eval chat shop.zgkb tests/data/questions/zh.dev.tsv")]
    Chat {
        bundle: PathBuf,
        file: PathBuf,
        #[arg(long)]
        no_models: bool,
        #[command(flatten)]
        models: ModelArgs,
    },
}

pub fn run(command: Command) -> anyhow::Result<bool> {
    match command {
        Command::Nlu { file, models } => nlu::run(&file, &models),
        Command::Pairs { file, models } => pairs::run(&file, &models),
        Command::Kb { bundle, file, no_models, evidence, models } => {
            kb::run(&bundle, &file, (!no_models).then_some(&models), evidence)
        }
        Command::Search { bundle, queries, embedding } => search::run(&bundle, &queries, &embedding),
        Command::Chat { bundle, file, no_models, models } => chat::run(&bundle, &file, (!no_models).then_some(&models)),
    }
}
