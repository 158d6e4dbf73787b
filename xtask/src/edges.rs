//! Who may depend on whom. A wrong edge is an architecture decision that nobody took.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::run::{output, root};

/// Edges between our crates that are allowed; anything else is not. `ARCHITECTURE.md` says why.
const ALLOWED: &[(&str, &[&str])] = &[
    ("zg-domain", &[]),
    ("zg-proto", &["zg-domain"]),
    ("zg-text", &["zg-domain"]),
    ("zg-kb", &["zg-domain", "zg-text"]),
    // Metadata has serialized forms, and signatures are of the keys that knowledge is signed with.
    ("zg-delivery", &["zg-kb", "zg-proto"]),
    ("zg-policy", &["zg-domain"]),
    ("zg-recommend", &[]),
    ("zg-nlu", &["zg-domain", "zg-text"]),
    ("zg-train", &["zg-nlu", "zg-text"]),
    ("zg-assistant", &["zg-domain", "zg-text", "zg-kb", "zg-policy"]),
    ("zg-sync", &["zg-domain", "zg-proto"]),
    ("zg-web", &["zg-proto", "zg-sync"]),
    ("zg-engine", &["zg-assistant", "zg-domain", "zg-kb", "zg-policy", "zg-proto", "zg-sync", "zg-text", "zg-web"]),
    ("zg-inference", &["zg-domain", "zg-nlu", "zg-proto", "zg-text"]),
    ("zg-update", &["zg-kb"]),
    ("zg-recommender", &["zg-recommend"]),
    // Measures knowledge alone, as the engine links it.
    ("zg-bench", &["zg-kb", "zg-text"]),
    ("zhanggui", &["zg-domain", "zg-proto"]),
    ("zg-server", &["zg-domain", "zg-policy", "zg-proto", "zg-recommend"]),
    (
        "zg-cli",
        &[
            "zg-assistant",
            "zg-delivery",
            "zg-domain",
            "zg-kb",
            "zg-nlu",
            "zg-policy",
            "zg-proto",
            "zg-recommend",
            "zg-server",
            "zg-text",
            "zg-train",
        ],
    ),
    // The demo shop stands outside the house, as a merchant's own back office does.
    ("zg-demo", &[]),
    // Crashes and loads the server from outside.
    ("zg-harness", &["zg-domain", "zg-proto", "zg-server"]),
    ("xtask", &[]),
];

/// What must not be reached from a crate, at any depth, on the target it ships for.
const FORBIDDEN: &[(&str, &str, &[&str])] = &[
    ("zhanggui", "wasm32-unknown-unknown", &["tract-onnx", "tract-core", "fst", "tokio", "zg-kb", "zg-nlu"]),
    // idb waits on tokio's oneshot channel, which is a few hundred bytes and no runtime; hence no tokio here.
    ("zg-engine", "wasm32-unknown-unknown", &["tract-onnx", "tract-core", "yew", "zg-nlu", "unicode-normalization"]),
    ("zg-inference", "wasm32-unknown-unknown", &["fst", "tokio", "yew", "unicode-normalization"]),
    ("zg-domain", "all", PURE),
    ("zg-proto", "all", PURE),
    ("zg-text", "all", PURE),
    ("zg-kb", "all", PURE),
    ("zg-assistant", "all", PURE),
    ("zg-delivery", "all", PURE),
    ("zg-policy", "all", PURE),
    ("zg-recommend", "all", PURE),
    ("zg-sync", "all", PURE),
    // On the target it ships for: the driver of PostgreSQL asks a browser who its user is, where it runs in one.
    ("zg-server", "x86_64-unknown-linux-gnu", &["tract-onnx", "web-sys"]),
];
const PURE: &[&str] = &["tokio", "web-sys", "js-sys", "wasm-bindgen", "tract-onnx", "axum", "rusqlite"];

/// Crates whose types are written down somewhere; serde derives belong in `zg-proto` alone.
const MAY_DERIVE_SERDE: &[&str] = &["zg-proto", "zg-demo"];

pub fn run() -> anyhow::Result<()> {
    let metadata = output("cargo", &["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .context("cargo metadata failed")?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let ours: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(may) = allowed.get(name) else {
            wrong.push(format!("{name} is not in the table of xtask/src/edges.rs"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = dependency["name"].as_str().unwrap_or_default();
            if dependency["kind"] != "dev" && ours.contains(to) && !may.contains(&to) {
                wrong.push(format!("{name} must not depend on {to}"));
            }
            if to == "tract-onnx" && name != "zg-nlu" {
                wrong.push(format!("{name} names tract; only zg-nlu may"));
            }
        }
    }
    for (name, target, forbidden) in FORBIDDEN {
        let tree = output(
            "cargo",
            &[
                "tree", "--locked", "-p", name, "--edges", "normal", "--target", target, "--prefix", "none",
                "--format", "{p}",
            ],
        )
        .with_context(|| format!("cargo tree -p {name} failed"))?;
        let reached: BTreeSet<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
        wrong.extend(
            forbidden
                .iter()
                .filter(|other| reached.contains(**other))
                .map(|other| format!("{name} reaches {other} on {target}")),
        );
    }
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let manifest = std::path::PathBuf::from(package["manifest_path"].as_str().unwrap_or_default());
        let folder = manifest.parent().map(|folder| folder.join("src")).unwrap_or_default();
        check_sources(&folder, name, &mut wrong)?;
    }
    check_sources(&root().join("www"), "www", &mut wrong)?;
    if wrong.is_empty() {
        eprintln!("edges: {} crates, as ARCHITECTURE.md says", packages.len());
        return Ok(());
    }
    bail!("{}", wrong.join("\n       "))
}

/// Text rules: no serde derive outside `zg-proto`, no HTML sink anywhere.
fn check_sources(folder: &std::path::Path, name: &str, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for item in std::fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() {
            check_sources(&path, name, wrong)?;
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let place = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        if name != "xtask"
            && !MAY_DERIVE_SERDE.contains(&name)
            && text.contains("derive(")
            && text
                .lines()
                .any(|line| line.contains("derive(") && (line.contains("Serialize") || line.contains("Deserialize")))
        {
            wrong.push(format!("{place}: serde derives belong in zg-proto"));
        }
        let sinks = [
            ["inner", "HTML"],
            ["outer", "HTML"],
            ["insertAdjacent", "HTML"],
            ["set_inner", "_html"],
            ["from_html", "_unchecked"],
        ];
        if name != "xtask" {
            wrong.extend(
                sinks
                    .iter()
                    .map(|sink| sink.concat())
                    .filter(|sink| text.contains(sink.as_str()))
                    .map(|sink| format!("{place}: {sink} is an HTML sink")),
            );
        }
    }
    Ok(())
}
