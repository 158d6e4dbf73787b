//! `zhanggui eval`: labelled data in, figures out.

mod chat;
mod dial;
mod kb;
mod nlu;
mod pairs;
mod score;
mod search;
mod simulate;
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
    /// Simulated shoppers with goals, moods, typos and digressions; what must hold of every conversation is watched.
    #[command(
        after_help = "Example:\n  zhanggui eval simulate shop.zgkb --conversations 10000\n\nExits with 1 where anything was violated; `--seed N --conversations 1 --show` shows the conversation."
    )]
    Simulate {
        bundle: PathBuf,
        #[arg(long, default_value_t = 1_000)]
        conversations: u64,
        /// The first conversation's number; each number is one conversation, the same at every run.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Print every turn.
        #[arg(long)]
        show: bool,
        #[arg(long)]
        no_models: bool,
        #[command(flatten)]
        models: ModelArgs,
    },
    /// What the dialogue does: answered right, answered wrong, asked back, offered a person. Columns as for `kb`;
    /// an empty `entry` (or no such column) means that nothing answers it.
    #[command(after_help = "Example:\n  zhanggui eval chat shop.zgkb tests/data/questions/zh.dev.tsv")]
    Chat {
        bundle: PathBuf,
        file: PathBuf,
        /// For each of these shares of handoffs: the doubt to write into the policy, and the wrong answers that it costs,
        /// predicted on half of the questions and observed on the others.
        #[arg(long, value_name = "SHARE", value_delimiter = ',', num_args = 0.., default_missing_value = "0.5,0.3,0.2,0.1,0.05,0")]
        dial: Option<Vec<f64>>,
        /// Observe on this file, and predict on all of the other.
        #[arg(long, value_name = "FILE", requires = "dial")]
        held_out: Option<PathBuf>,
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
        Command::Simulate { bundle, conversations, seed, show, no_models, models } => {
            simulate::run(&bundle, conversations, seed, (!no_models).then_some(&models), show)
        }
        Command::Chat { bundle, file, dial: Some(targets), held_out, no_models, models } => {
            dial::run(&bundle, &file, held_out.as_deref(), (!no_models).then_some(&models), &targets)
        }
        Command::Chat { bundle, file, no_models, models, .. } => {
            chat::run(&bundle, &file, (!no_models).then_some(&models))
        }
    }
}
