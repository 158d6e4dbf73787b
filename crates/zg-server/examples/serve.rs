//! The server alone: `cargo run -p zg-server --example serve -- [zhanggui.toml]`, until Ctrl-C.

use anyhow::Context as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = match std::env::args().nth(1) {
        Some(path) => {
            let text = std::fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
            zg_server::Config::from_toml(&text).with_context(|| path)?
        }
        None => zg_server::Config::default(),
    };
    let listener = zg_server::bind(config.listen).context("listen")?;
    println!("http://{}/console/", listener.local_addr()?);
    zg_server::serve(config, listener, tokio::signal::ctrl_c()).await
}
