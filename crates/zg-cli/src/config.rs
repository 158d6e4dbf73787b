//! `zhanggui config`: what is wrong with a configuration, and what one can say.

use std::path::PathBuf;

use zg_server::config::keys;
use zg_server::{Config, ConfigError};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Say all that is wrong with a configuration, each with its line and what to do; exit status 1 where anything is.
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
            println!(
                "{path}: good; storefronts: {sites}, operators: {operators}, other files read: {}",
                config.files.len()
            );
            Ok(true)
        }
        Err(ConfigError::Mistakes(mistakes)) => {
            // As compilers say it, so that editors can follow.
            for mistake in &mistakes {
                let key = if mistake.key.is_empty() { String::new() } else { format!("{}: ", mistake.key) };
                println!("{path}:{}: {key}{}", mistake.line.max(1), mistake.message);
            }
            eprintln!("{path}: mistakes: {}", mistakes.len());
            Ok(false)
        }
        Err(other) => Err(other.into()),
    }
}
