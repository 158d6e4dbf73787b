//! Finding and loading models.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use zg_assistant::Understand;
use zg_domain::Understanding;
use zg_nlu::{Model, Nlu};

use crate::ModelArgs;

/// The models as the dialogue sees them.
pub struct Models(pub Nlu);

impl Understand for Models {
    fn understand(&self, text: &str) -> Option<Understanding> {
        self.0.understand(text)
    }
}

/// Loads every model of the folder.
///
/// # Errors
/// The folder has none, or one of them is cut or damaged.
pub fn load(args: &ModelArgs) -> anyhow::Result<Models> {
    let folder = folder(args)?;
    let mut nlu = Nlu::default();
    for lang in ["zh", "en"] {
        let path = folder.join(lang).join("nlu.onnx");
        if !path.exists() {
            continue;
        }
        nlu.add(load_one(&path)?);
    }
    if nlu.languages().next().is_none() {
        bail!("{} holds no model (zh/nlu.onnx, en/nlu.onnx); name the folder with --models", folder.display());
    }
    Ok(Models(nlu))
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
    if let Some(folder) = args.models.clone().or_else(|| std::env::var_os("ZHANGGUI_MODELS").map(PathBuf::from)) {
        if !folder.is_dir() {
            bail!("{} is not a folder; name the one that holds zh/nlu.onnx with --models", folder.display());
        }
        return Ok(folder);
    }
    let mut places = vec![PathBuf::from("models")];
    if let Ok(executable) = std::env::current_exe() {
        places.extend(executable.ancestors().skip(1).take(4).map(|folder| folder.join("models")));
    }
    let found =
        places.into_iter().find(|place| place.join("zh/nlu.onnx").exists() || place.join("en/nlu.onnx").exists());
    found.context("no models found in ./models or beside the executable; name their folder with --models")
}
