//! `cargo xtask demo`: three addresses, until Ctrl-C.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use anyhow::{Context, bail};

use crate::dist;
use crate::run::{command, root};

const SHOP: &str = "127.0.0.1:8080";
const ENDPOINT: &str = "127.0.0.1:8787";
/// For a demo on one's own machine; a shop's first password is random and printed once.
const PASSWORD: &str = "hemuli-demo";

pub fn run() -> anyhow::Result<()> {
    let out = dist::run()?;
    let bin = dist::bin();
    let (shop_port, endpoint) = (address("ZHANGGUI_DEMO_SHOP", SHOP), address("ZHANGGUI_DEMO_ENDPOINT", ENDPOINT));
    let data = root().join("target/demo-data");
    std::fs::create_dir_all(&data)?;

    // The same history as on the device: `POST /v1/recommendations` answers out of it, and learns from what comes.
    let config = data.join("zhanggui.toml");
    let path = |name: &str| root().join("target/demo").join(name).to_string_lossy().replace('\\', "/");
    std::fs::write(
        &config,
        format!(
            "[[sites]]\nkey = \"demo\"\ntenant = \"demo\"\n\n[sites.recommend]\nindex = \"{}\"\ncatalog = \"{}\"\n",
            path("shop.zgrx"),
            path("products.csv"),
        ),
    )?;
    let mut server = command(
        &bin.join("zhanggui").to_string_lossy(),
        &[
            "serve",
            "--config",
            &config.to_string_lossy(),
            "--listen",
            &endpoint,
            "--data",
            &data.join("server").to_string_lossy(),
            "--static-dir",
            &out.join("cdn").to_string_lossy(),
        ],
    );
    server.env("ZHANGGUI_OPERATOR_PASSWORD", PASSWORD).stdout(Stdio::piped());
    let mut server = Running(server.spawn().context("cannot start zhanggui")?);
    // The line that says it listens; a taken port ends the process instead.
    let mut said = String::new();
    if let Some(stdout) = server.0.stdout.take() {
        BufReader::new(stdout).read_line(&mut said)?;
    }
    let Some(endpoint) = said.trim().strip_prefix("listening on ").map(str::to_owned) else {
        bail!("the sync server did not start on {endpoint}; is the port taken? Set ZHANGGUI_DEMO_ENDPOINT to another");
    };

    let mut shop = command(
        &bin.join("zg-demo-shop").to_string_lossy(),
        &[
            "--listen",
            &shop_port,
            "--widget-origin",
            &endpoint,
            "--assets",
            &out.join("storefront").to_string_lossy(),
            "--data",
            &data.join("shop").to_string_lossy(),
        ],
    );
    let mut shop = Running(shop.stdout(Stdio::null()).spawn().context("cannot start the demo shop")?);
    std::thread::sleep(std::time::Duration::from_millis(300));
    if shop.0.try_wait()?.is_some() {
        bail!("the demo shop did not start on {shop_port}; is the port taken? Set ZHANGGUI_DEMO_SHOP to another");
    }

    println!("\n  storefront     http://{shop_port}/");
    println!("  console        {endpoint}/console/   (admin / {PASSWORD})");
    println!("  sync endpoint  {endpoint}/v1\n\n  Ctrl-C stops.");
    server.0.wait()?;
    Ok(())
}

fn address(variable: &str, fallback: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| fallback.to_owned())
}

/// A process that ends with us.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
