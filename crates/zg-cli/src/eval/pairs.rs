//! Whether a dialect, a script or a typing mistake changes what is understood.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use zg_assistant::Understand as _;
use zg_domain::Utterance;

use super::table::{Table, share};
use crate::{ModelArgs, lines, models};

pub fn run(path: &Path, args: &ModelArgs) -> anyhow::Result<bool> {
    let table = Table::read(path, &["standard", "variant"])?;
    let models = models::load(args)?;
    let [kind, intent, standard, variant] = ["kind", "intent", "standard", "variant"].map(|name| table.column(&[name]));
    let understood = |text: &str| -> Option<String> {
        let reading = zg_text::read(text);
        let (language, _) = reading.identify(text);
        let utterance = Utterance { reading: &reading.text, language, previous: None };
        Some(models.understand(&utterance)?.intents.into_iter().next()?.label.0)
    };
    let mut kinds: BTreeMap<String, Counts> = BTreeMap::new();
    for row in table.rows() {
        let (one, other) = (understood(row.get(standard)), understood(row.get(variant)));
        for name in [row.get(kind), "all"] {
            let counts = kinds.entry(name.to_owned()).or_default();
            counts.n += 1;
            counts.same += usize::from(one == other);
            counts.standard_right += usize::from(one.as_deref() == Some(row.get(intent)));
            counts.variant_right += usize::from(other.as_deref() == Some(row.get(intent)));
        }
    }
    let report: BTreeMap<_, _> = kinds.iter().map(|(kind, counts)| (kind, counts.figures())).collect();
    lines::write(&mut std::io::stdout().lock(), &json!({"file": path.display().to_string(), "kinds": report}))?;
    Ok(true)
}

#[derive(Default)]
struct Counts {
    n: usize,
    same: usize,
    standard_right: usize,
    variant_right: usize,
}

impl Counts {
    fn figures(&self) -> serde_json::Value {
        json!({
            "n": self.n, "same_intent": share(self.same, self.n),
            "standard_right": share(self.standard_right, self.n), "variant_right": share(self.variant_right, self.n),
        })
    }
}
