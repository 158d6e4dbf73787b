//! Finding and loading models.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use zg_assistant::Understand;
use zg_domain::{Understanding, Utterance};
use zg_nlu::{Model, Nlu};

use crate::ModelArgs;

/// The models as the dialogue sees them.
pub struct Models(pub Nlu);

impl Understand for Models {
    fn understand(&self, utterance: &Utterance<'_>) -> Option<Understanding> {
        self.0.understand(utterance)
    }
}

/// The built-in models' places in a folder.
const BUILT_IN: [&str; 2] = ["zh/nlu.onnx", "en/nlu.onnx"];
/// What `zhanggui train` writes.
const OWN: &str = "nlu.onnx";

/// Loads every model of the folder. Where it holds a shop's own intents alone, sentiment and emotion come from
/// the built-in models, if these are in their usual place.
///
/// # Errors
/// The folder has none, or one of them is cut or damaged.
pub fn load(args: &ModelArgs) -> anyhow::Result<Models> {
    let folder = folder(args)?;
    let mut nlu = Nlu::default();
    let mut n = add_built_in(&mut nlu, &folder)?;
    let own = folder.join(OWN);
    if own.exists() {
        let model = load_one(&own)?;
        if n == 0
            && !model.has_tone()
            && let Some(built_in) = usual().into_iter().find(|place| *place != folder && holds_built_in(place))
        {
            add_built_in(&mut nlu, &built_in)?;
        }
        nlu.add(model);
        n += 1;
    }
    if n == 0 {
        bail!(
            "{} holds no model (nlu.onnx, zh/nlu.onnx, en/nlu.onnx); name the folder with --models",
            folder.display()
        );
    }
    Ok(Models(nlu))
}

/// The files that [`load`] may read, for who wants to know whether they are the same as before.
pub fn files(args: &ModelArgs) -> Vec<PathBuf> {
    let Ok(folder) = folder(args) else { return Vec::new() };
    let places = usual().into_iter().filter(|place| *place != folder && holds_built_in(place)).take(1);
    let built_in = places.chain([folder.clone()]).flat_map(|place| BUILT_IN.map(|path| place.join(path)));
    built_in.chain([folder.join(OWN)]).collect()
}

fn add_built_in(nlu: &mut Nlu, folder: &Path) -> anyhow::Result<usize> {
    let mut n = 0;
    for path in BUILT_IN.map(|path| folder.join(path)).into_iter().filter(|path| path.exists()) {
        nlu.add(load_one(&path)?);
        n += 1;
    }
    Ok(n)
}

fn holds_built_in(folder: &Path) -> bool {
    BUILT_IN.iter().any(|path| folder.join(path).exists())
}

pub fn load_one(path: &Path) -> anyhow::Result<Model> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}; check the path", path.display()))?;
    // tract may still panic on bytes that pass every check of ours; a command line must not.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let loaded = std::panic::catch_unwind(|| Model::load(&bytes));
    std::panic::set_hook(hook);
    match loaded {
        Ok(model) => model.with_context(|| format!("cannot use {}", path.display())),
        Err(_) => bail!("cannot use {}: its graph is damaged; fetch it again", path.display()),
    }
}

fn folder(args: &ModelArgs) -> anyhow::Result<PathBuf> {
    if let Some(folder) = args.models.clone().or_else(by_environment) {
        if !folder.is_dir() {
            bail!("{} is not a folder; name the one that holds zh/nlu.onnx with --models", folder.display());
        }
        return Ok(folder);
    }
    let found = usual().into_iter().find(|place| holds_built_in(place));
    found.context("no models found in ./models or beside the executable; name their folder with --models")
}

fn by_environment() -> Option<PathBuf> {
    std::env::var_os("ZHANGGUI_MODELS").map(PathBuf::from)
}

/// Where the built-in models may be.
fn usual() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = by_environment().into_iter().collect();
    places.push(PathBuf::from("models"));
    if let Ok(executable) = std::env::current_exe() {
        places.extend(executable.ancestors().skip(1).take(4).map(|folder| folder.join("models")));
    }
    places
}
