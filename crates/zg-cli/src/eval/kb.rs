//! Figures of retrieval, as the dialogue ranks.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use zg_assistant::{Candidate, NoModels, Understand, candidates};
use zg_domain::Utterance;

use super::score::Score;
use super::table::Table;
use crate::{ModelArgs, kb, lines, models};

pub fn run(bundle: &Path, path: &Path, args: Option<&ModelArgs>, evidence: bool) -> anyhow::Result<bool> {
    let bundle = if args.is_some() { kb::open_to_search(bundle, &[])? } else { kb::open(bundle)? };
    let table = Table::read(path, &["text"])?;
    let understand: Box<dyn Understand> = match args {
        Some(args) => Box::new(models::load(args)?),
        None => Box::new(NoModels),
    };
    let (text, entry, kind) = (table.column(&["text"]), table.column(&["entry", "faq_id"]), table.column(&["kind"]));
    let today = kb::today();
    let mut output = std::io::stdout().lock();
    let mut all = Score::default();
    let mut kinds: BTreeMap<&str, Score> = BTreeMap::new();
    for row in table.rows() {
        let right: Vec<&str> = row.get(entry).split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
        let reading = zg_text::read(row.get(text));
        let (language, _) = reading.identify(row.get(text));
        let utterance = Utterance { reading: &reading.text, language, previous: None };
        let understood = understand.understand(&utterance);
        let found = candidates(&bundle, &reading.text, understood.as_ref(), today, 10);
        let is_right = |candidate: &Candidate| right.contains(&bundle.entry(candidate.entry).id);
        let rank = found.iter().position(is_right);
        if evidence {
            let rows: Vec<_> =
                found.iter().map(|candidate| evidence_row(&bundle, candidate, is_right(candidate))).collect();
            lines::write(&mut output, &json!({"text": row.get(text), "gold": right, "candidates": rows}))?;
            continue;
        }
        all.add(rank);
        if kind.is_some() {
            kinds.entry(row.get(kind)).or_default().add(rank);
        }
    }
    if !evidence {
        let by_kind: BTreeMap<_, _> = kinds.into_iter().map(|(kind, score)| (kind, score.figures())).collect();
        lines::write(
            &mut output,
            &json!({"file": path.display().to_string(), "all": all.figures(), "kinds": by_kind}),
        )?;
    }
    Ok(true)
}

fn evidence_row(bundle: &zg_kb::Bundle, candidate: &Candidate, right: bool) -> serde_json::Value {
    let evidence = &candidate.evidence;
    json!({"entry": bundle.entry(candidate.entry).id, "right": right, "score": evidence.score, "margin": evidence.margin,
           "agreement": evidence.agreement, "out_of_scope": evidence.out_of_scope, "confidence": candidate.confidence.get()})
}
