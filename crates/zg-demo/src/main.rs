//! `zg-demo-shop`: serves the demo shop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser;
use jiff::Timestamp;
use zg_demo::catalog::Catalog;
use zg_demo::page::Origin;
use zg_demo::store::Store;
use zg_demo::{Shop, Site, router, seed};

/// The demo shop: a storefront and its back office.
///
/// Example: zg-demo-shop --listen 127.0.0.1:8080 --widget-origin http://127.0.0.1:8787 --assets dist --data demo/data/state
#[derive(Debug, Parser)]
struct Arguments {
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where zhanggui.js is served from.
    #[arg(long, default_value = "http://127.0.0.1:8787")]
    widget_origin: Origin,
    /// The folder with index.html and shop/ (a build's output, or the repository itself).
    #[arg(long, default_value = ".")]
    assets: PathBuf,
    /// Where the shop keeps its database.
    #[arg(long, default_value = "demo/data/state")]
    data: PathBuf,
    /// The orders an empty shop begins with.
    #[arg(long, default_value = "demo/data/orders.json")]
    orders: PathBuf,
    /// Forget all orders and begin again.
    #[arg(long)]
    fresh: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let built = arguments.assets.join("shop/data/products.json");
    let catalog =
        Catalog::read(&if built.is_file() { built } else { arguments.assets.join("www/shop/data/products.json") })?;
    std::fs::create_dir_all(&arguments.data).with_context(|| format!("cannot create {}", arguments.data.display()))?;
    let database = arguments.data.join("shop.sqlite");
    if arguments.fresh {
        for suffix in ["", "-wal", "-shm"] {
            let file = arguments.data.join(format!("shop.sqlite{suffix}"));
            if file.exists() {
                std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
            }
        }
    }
    let store = Store::open(&database, &catalog)?;
    seed::plant(&store, &catalog, &arguments.orders, Timestamp::now())?;
    let shop = Arc::new(Shop { catalog, store, clock: Arc::new(Timestamp::now) });
    let app = router(shop, &Site { assets: arguments.assets, widget_origin: arguments.widget_origin })?;
    let listener = tokio::net::TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    println!("shop: http://{}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

async fn stopped() {
    // Without a signal handler the process is stopped the hard way; the database is safe either way.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
