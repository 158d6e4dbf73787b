//! Figures of the dialogue: each question as a first turn.

use std::path::Path;

use serde_json::json;
use zg_assistant::{Context, NoModels, Playbooks, Understand, step_listing};
use zg_domain::{DialogueEvent, DialogueState, Effect, ReplyKind, Timestamp};

use super::table::{Table, share};
use crate::{ModelArgs, kb, lines, models};

pub fn run(bundle: &Path, path: &Path, args: Option<&ModelArgs>) -> anyhow::Result<bool> {
    let bundle = if args.is_some() { kb::open_to_search(bundle, &[])? } else { kb::open(bundle)? };
    let table = Table::read(path, &["text"])?;
    let understand: Box<dyn Understand> = match args {
        Some(args) => Box::new(models::load(args)?),
        None => Box::new(NoModels),
    };
    // Knowledge alone is judged: what a playbook asks for is no answer that a table could hold.
    let playbooks = Playbooks::default();
    let (locale, people, actions, forms) = ("zh-CN", true, false, false);
    let customer = zg_policy::Customer::Unknown;
    let (bundle, playbooks, understand) = (&bundle, &playbooks, &*understand);
    let (cart, products) = (false, &[]);
    let context = Context { customer, bundle, playbooks, understand, locale, people, actions, cart, forms, products };
    let now = Timestamp::from_millis(kb::today().days() * 86_400_000);
    let (text, entry) = (table.column(&["text"]), table.column(&["entry", "faq_id"]));
    let [mut right, mut wrong, mut clarified, mut clarified_right, mut person, mut words] = [0_usize; 6];
    for row in table.rows() {
        let gold: Vec<&str> = row.get(entry).split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
        let event = DialogueEvent::Utterance { text: row.get(text).to_owned() };
        let (_, effects) = step_listing(&context, DialogueState::default(), event, now, &mut |_| Vec::new());
        let reply = effects.iter().find_map(|effect| if let Effect::Say(reply) = effect { Some(reply) } else { None });
        match reply.map(|reply| &reply.kind) {
            Some(ReplyKind::Answer(source)) if gold.contains(&source.entry.as_str()) => right += 1,
            Some(ReplyKind::Answer(_)) => wrong += 1,
            Some(ReplyKind::Clarify) => {
                clarified += 1;
                let offered = |id: &&str| {
                    reply.is_some_and(|reply| {
                        reply.buttons.iter().any(|button| button.value.strip_prefix("ask:") == Some(*id))
                    })
                };
                clarified_right += usize::from(gold.iter().any(offered));
            }
            Some(ReplyKind::Fallback | ReplyKind::Event(_)) => person += 1,
            Some(ReplyKind::Text) | None => words += 1,
        }
    }
    let n = table.len();
    let report = json!({
        "file": path.display().to_string(), "n": n, "answered_right": share(right, n), "answered_wrong": share(wrong, n),
        "asked_back": share(clarified, n), "asked_back_with_the_right_one": share(clarified_right, n),
        "offered_a_person": share(person, n), "small_talk": share(words, n), "precision": share(right, right + wrong),
    });
    lines::write(&mut std::io::stdout().lock(), &report)?;
    Ok(true)
}
