//! `zhanggui config`: what is wrong with a configuration, and what one can say.

use std::path::PathBuf;

use zg_proto::config::ConfigFinding;
use zg_server::config::{Mistake, keys};
use zg_server::{Config, ConfigError};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Say all that is wrong with a configuration, a JSON object for each with its line and what to do; exit status 1 where anything is.
    #[command(after_help = "Example:\n  zhanggui config check zhanggui.toml && systemctl reload zhanggui")]
    Check {
        #[arg(default_value = "zhanggui.toml")]
        file: PathBuf,
    },
    /// Print a complete configuration, every key with its default and what it is for, commented out.
    #[command(after_help = "Example:\n  zhanggui config sample > zhanggui.toml")]
    Sample,
}

pub fn run(command: &Command) -> anyhow::Result<bool> {
    let file = match command {
        Command::Sample => {
            print!("{}", keys::sample());
            return Ok(true);
        }
        Command::Check { file } => file,
    };
    let path = file.display();
    match Config::load(file) {
        Ok(config) => {
            let (sites, operators) = (config.sites.len(), config.operators.len());
            eprintln!(
                "{path}: good; storefronts: {sites}, operators: {operators}, other files read: {}",
                config.files.len()
            );
            Ok(true)
        }
        Err(ConfigError::Mistakes(mistakes)) => {
            let n_mistakes = mistakes.len();
            for Mistake { line, key, message } in mistakes {
                let file = path.to_string();
                println!("{}", zg_proto::to_json(&ConfigFinding { file, line: line.max(1), key, message }));
            }
            eprintln!("{path}: {n_mistakes} to put right");
            Ok(false)
        }
        Err(other) => Err(other.into()),
    }
}
