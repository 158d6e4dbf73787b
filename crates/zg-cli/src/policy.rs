//! `zhanggui policy`: proving a policy, and deciding by it as the server does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Serialize;
use zg_domain::{TenantId, Timestamp};
use zg_policy::build::{Compiled, Finding, compile};
use zg_proto::remedy::{PolicyFinding, PolicyProof, RemedyDecision, RemedyLine, RemedyRefused};
use zg_server::Hub;
use zg_server::storage::Ledger as _;
use zg_server::storage::sqlite::Sqlite;

use crate::{lines, serve};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Prove that every case has one answer, no rule is in vain, and the worst day stays within the budget.
    #[command(
        after_help = "Example:\n  zhanggui policy check playbooks/policy.toml\n\nPrints what is proved as one JSON object, or a line for each thing wrong and exits with 1."
    )]
    Check {
        /// The policy (TOML); what it does not say is the library's.
        policy: PathBuf,
    },
    /// Decide what faults are worth: facts of orders in, decisions out, as `POST /v1/remedies` does.
    #[command(
        after_help = "Example:\n  echo '{\"at\":1795305600000,\"request\":\"r1\",\"order\":\"A1\",\"customer\":\"c1\",\"currency\":\"CNY\",\"placed\":1794700800000,\"paid\":12900,\"promised\":1795132800000}' | zhanggui policy decide playbooks/policy.toml\n\nTimes are Unix milliseconds, amounts hundredths. `at` is when the request comes; a clock never goes back."
    )]
    Decide {
        policy: PathBuf,
        /// Folder of the ledger, as `zhanggui serve --data` has it (default: one that is gone at the end).
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
}

/// The largest policy that is looked at, in bytes.
const MAX_POLICY: u64 = 1 << 20;

pub fn run(command: &Command) -> anyhow::Result<bool> {
    match command {
        Command::Check { policy } => check(policy),
        Command::Decide { policy, data: Some(data) } => decide(policy, data),
        Command::Decide { policy, data: None } => {
            let folder = std::env::temp_dir().join(format!("zhanggui-ledger-{}", std::process::id()));
            let decided = decide(policy, &folder);
            let _ = std::fs::remove_dir_all(&folder);
            decided
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Result<Compiled, Vec<Finding>>> {
    let unreadable = || format!("cannot read {}; check the path", path.display());
    let length = std::fs::metadata(path).with_context(unreadable)?.len();
    if length > MAX_POLICY {
        bail!("{} has {length} bytes; {MAX_POLICY} is the most for a policy", path.display());
    }
    let text = std::fs::read_to_string(path).with_context(unreadable)?;
    Ok(compile(Some(&text)))
}

fn check(path: &Path) -> anyhow::Result<bool> {
    let mut output = std::io::stdout().lock();
    match read(path)? {
        Ok(Compiled { money, n_cells, worst_day, .. }) => {
            let budget = money.budget;
            let proof = PolicyProof {
                cells: n_cells,
                currency: budget.currency,
                worst_day,
                budget_day: budget.per_day,
                budget_order: budget.per_order,
                budget_customer: budget.per_customer,
                window_days: budget.window_days,
            };
            lines::write(&mut output, &proof)?;
            Ok(true)
        }
        Err(findings) => {
            for Finding { rule, check, message } in findings {
                lines::write(&mut output, &PolicyFinding { rule, check: check.to_owned(), message })?;
            }
            Ok(false)
        }
    }
}

fn decide(path: &Path, folder: &Path) -> anyhow::Result<bool> {
    let compiled = read(path)?.map_err(|findings| {
        let first = findings.first().map_or("", |finding| finding.message.as_str());
        anyhow::anyhow!("{} is not proved: {first}; see `zhanggui policy check`", path.display())
    })?;
    let policy = Arc::new(compiled.money);
    let ledger = Sqlite::open(folder, Arc::new(Hub::default()))
        .with_context(|| format!("cannot open the ledger in {}", folder.display()))?;
    let tenant = TenantId::new("default")?;
    let runtime = serve::runtime()?;
    let mut now = i64::MIN;
    let mut all_decided = true;
    let all_read = lines::each(|line: RemedyLine| {
        now = now.max(line.at);
        let at = Timestamp::from_millis(now);
        let decided = zg_server::remedy::facts(&line.request, at).and_then(|(asked, facts)| {
            let deciding = ledger.decide(&tenant, Arc::clone(&policy), asked, facts, at);
            runtime.block_on(deciding).map_err(|error| error.to_string())
        });
        Some(match decided {
            Ok(decision) => Out::Decided(decision),
            Err(error) => {
                all_decided = false;
                Out::Refused(RemedyRefused { request: line.request.request, error })
            }
        })
    })?;
    Ok(all_read && all_decided)
}

/// What is written for a line.
enum Out {
    Decided(RemedyDecision),
    Refused(RemedyRefused),
}

impl Serialize for Out {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Decided(decision) => decision.serialize(serializer),
            Self::Refused(refused) => refused.serialize(serializer),
        }
    }
}
