//! `zhanggui recommend export`: what the server has learned from, for other programs.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::json;
use zg_domain::TenantId;
use zg_proto::recommendation::LoggedList;
use zg_server::Hub;
use zg_server::storage::Storage;
use zg_server::storage::shop::{EventKind, LoggedEvent, Visitor};

use crate::backup::Place;
use crate::lines;
use crate::serve::runtime;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// `users.jsonl`, `items.jsonl` and `feedback.jsonl` in a folder, as Gorse imports them.
    Gorse,
    /// A click log `SessionId ItemId Time` for `recommend build`.
    Tsv,
    /// The lists that were shown, with what was clicked, for `recommend judge`.
    Lists,
}

#[derive(clap::Args)]
pub struct Args {
    #[arg(long, value_enum)]
    format: Format,
    /// The file, or the folder for Gorse.
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
    /// The shop (default: the first storefront's).
    #[arg(long)]
    tenant: Option<String>,
    #[command(flatten)]
    place: Place,
}

const PAGE: u32 = 2_000;
/// A visit is over after so long: that of the usual configuration.
const IDLE_MILLIS: i64 = 30 * 60 * 1_000;

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let config = args.place.config()?;
    let tenant = match &args.tenant {
        Some(id) => TenantId::new(id.clone()).with_context(|| format!("{id:?} is no tenant"))?,
        None => config.first_tenant(),
    };
    if config.storage.is_none() && !config.data_dir.is_dir() {
        bail!("there is no database in {}; name its folder with --data", config.data_dir.display());
    }
    let counts = runtime()?.block_on(async {
        let storage = zg_server::storage::open(&config, &Arc::new(Hub::default())).await?;
        match args.format {
            Format::Gorse => gorse(&*storage, &tenant, &args.output).await,
            Format::Tsv => tsv(&*storage, &tenant, &args.output).await,
            Format::Lists => lists(&*storage, &tenant, &args.output).await,
        }
    })?;
    lines::write(&mut std::io::stdout().lock(), &counts)?;
    Ok(true)
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("cannot write {}; name another with -o", path.display()))?;
    Ok(BufWriter::new(file))
}

/// Every event, in the order of the log.
async fn each_event(
    storage: &dyn Storage,
    tenant: &TenantId,
    mut each: impl FnMut(&LoggedEvent) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let events = storage.events_after(tenant, after, PAGE).await?;
        let Some(last) = events.last() else { return Ok(()) };
        after = last.seq;
        events.iter().filter(|event| event.event.kind != EventKind::Erased).try_for_each(&mut each)?;
    }
}

fn hex(visitor: &Visitor) -> String {
    hex::encode(visitor)
}

/// Gorse's ids have no slash.
fn id(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

fn time(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map_or_else(|_| Timestamp::UNIX_EPOCH.to_string(), |time| time.to_string())
}

async fn gorse(storage: &dyn Storage, tenant: &TenantId, folder: &Path) -> anyhow::Result<serde_json::Value> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let (mut users, mut n_feedback) = (HashSet::new(), 0_u64);
    let mut feedback = create(&folder.join("feedback.jsonl"))?;
    let mut user_file = create(&folder.join("users.jsonl"))?;
    each_event(storage, tenant, |logged| {
        if logged.event.item.is_empty() {
            return Ok(());
        }
        let user = hex(&logged.visitor);
        if users.insert(logged.visitor) {
            line(&mut user_file, &json!({"UserId": user, "Labels": {}, "Comment": ""}))?;
        }
        n_feedback += 1;
        line(
            &mut feedback,
            &json!({
                "FeedbackType": logged.event.kind.word(), "UserId": user, "ItemId": id(&logged.event.item),
                "Timestamp": time(logged.event.at), "Comment": "",
            }),
        )
    })
    .await?;
    let mut items = create(&folder.join("items.jsonl"))?;
    let (mut after, mut n_items) = (0, 0_u64);
    loop {
        let products = storage.products_after(tenant, after, PAGE).await?;
        let Some((last, _)) = products.last() else { break };
        after = *last;
        for (_, product) in &products {
            n_items += 1;
            let categories: Vec<String> = product.category.iter().map(|category| id(category)).collect();
            let hidden = product.removed || product.in_stock == Some(false);
            let labels = json!({"brand": product.brand, "price": product.price});
            line(
                &mut items,
                &json!({
                    "ItemId": id(&product.item.0), "IsHidden": hidden, "Categories": categories,
                    "Timestamp": "", "Labels": labels, "Comment": product.title.clone().unwrap_or_default(),
                }),
            )?;
        }
    }
    for file in [&mut feedback, &mut user_file, &mut items] {
        file.flush()?;
    }
    Ok(json!({
        "folder": folder.display().to_string(), "users": users.len(), "items": n_items, "feedback": n_feedback
    }))
}

fn line(file: &mut impl Write, value: &serde_json::Value) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    file.write_all(b"\n")?;
    Ok(())
}

async fn tsv(storage: &dyn Storage, tenant: &TenantId, path: &Path) -> anyhow::Result<serde_json::Value> {
    let mut file = create(path)?;
    file.write_all(b"SessionId\tItemId\tTime\n")?;
    // The last click of each visitor, and how many visits they have made.
    let mut visits: HashMap<Visitor, (i64, u32)> = HashMap::new();
    let (mut n_sessions, mut n_clicks, mut odd) = (0_u64, 0_u64, 0_u64);
    each_event(storage, tenant, |logged| {
        let event = &logged.event;
        let visit = visits.get_mut(&logged.visitor);
        match event.kind {
            EventKind::End => {
                if let Some((last, _)) = visit {
                    *last = i64::MIN / 2;
                }
                return Ok(());
            }
            EventKind::View | EventKind::Click | EventKind::Cart | EventKind::Purchase | EventKind::Like => {}
            EventKind::Impression | EventKind::Dismiss | EventKind::Erased => return Ok(()),
        }
        if !event.counted {
            return Ok(());
        }
        if event.item.contains('\t') {
            odd += 1;
            return Ok(());
        }
        let (last, n) = visits.entry(logged.visitor).or_insert((i64::MIN / 2, 0));
        if event.at.saturating_sub(*last) > IDLE_MILLIS {
            *n += 1;
            n_sessions += 1;
        }
        *last = event.at.max(*last);
        n_clicks += 1;
        let seconds = event.at as f64 / 1_000.0;
        writeln!(file, "{}-{n}\t{}\t{seconds:.3}", hex(&logged.visitor), event.item)?;
        Ok(())
    })
    .await?;
    file.flush()?;
    Ok(json!({"file": path.display().to_string(), "sessions": n_sessions, "clicks": n_clicks, "skipped": odd}))
}

async fn lists(storage: &dyn Storage, tenant: &TenantId, path: &Path) -> anyhow::Result<serde_json::Value> {
    let mut clicked: HashMap<String, HashSet<String>> = HashMap::new();
    each_event(storage, tenant, |logged| {
        let event = &logged.event;
        let taken = matches!(event.kind, EventKind::Click | EventKind::Cart | EventKind::Purchase) && event.counted;
        if let Some(request) = event.request.as_ref().filter(|_| taken) {
            clicked.entry(request.clone()).or_default().insert(event.item.clone());
        }
        Ok(())
    })
    .await?;
    let mut file = create(path)?;
    let (mut after, mut n_lists, mut n_clicked) = (0, 0_u64, 0_u64);
    loop {
        let rows = storage.lists_after(tenant, after, 100).await?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        for text in rows.iter().flat_map(|(_, lines)| lines.lines()) {
            let mut list: LoggedList<'static> =
                zg_proto::from_json(text).context("a list of the log cannot be read")?;
            // A list that was shown again has the same name: what was clicked counts once.
            if let Some(items) = clicked.remove(&*list.request) {
                let shown = list.items.iter().map(|item| &item.item);
                list.clicked = shown.filter(|item| items.contains(&***item)).cloned().collect();
                n_clicked += list.clicked.len() as u64;
            }
            n_lists += 1;
            writeln!(file, "{}", zg_proto::to_json(&list))?;
        }
    }
    file.flush()?;
    Ok(json!({"file": path.display().to_string(), "lists": n_lists, "clicked": n_clicked}))
}
