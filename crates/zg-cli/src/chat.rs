//! `zhanggui chat`: the very dialogue of the browser.

use std::path::PathBuf;

use anyhow::Context as _;
use zg_assistant::{Context, NoModels, Playbooks, Understand, step};
use zg_domain::{DialogueState, Timestamp};
use zg_proto::cli::{ChatLine, EffectLine, TurnLine};

use crate::{ModelArgs, kb, lines, models};

#[derive(clap::Args)]
pub struct Args {
    /// The knowledge bundle.
    bundle: PathBuf,
    /// Locale of the page, as BCP 47.
    #[arg(long, default_value = "zh-CN")]
    lang: String,
    /// Answer by text search alone.
    #[arg(long)]
    no_models: bool,
    /// As in a shop without a sync endpoint: no person can be asked for.
    #[arg(long)]
    no_people: bool,
    /// As in a shop without a back office: nothing can be looked up or done.
    #[arg(long)]
    no_actions: bool,
    #[command(flatten)]
    models: ModelArgs,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let bundle = if args.no_models { kb::open(&args.bundle)? } else { kb::open_to_search(&args.bundle, &[])? };
    let understand: Box<dyn Understand> =
        if args.no_models { Box::new(NoModels) } else { Box::new(models::load(&args.models)?) };
    let playbooks =
        Playbooks::read(bundle.playbooks()).with_context(|| format!("cannot use {}", args.bundle.display()))?;
    let context = Context {
        bundle: &bundle,
        playbooks: &playbooks,
        understand: &*understand,
        locale: &args.lang,
        people: !args.no_people,
        actions: !args.no_actions,
    };
    let mut state = DialogueState::default();
    lines::each(|line: ChatLine| {
        let at = Timestamp::from_millis(line.at);
        let (next, effects) = step(&context, std::mem::take(&mut state), line.event.into_dialogue(), at);
        state = next;
        Some(TurnLine {
            at: line.at,
            effects: effects.into_iter().map(EffectLine::from).collect(),
            task: state.task.as_ref().map(Into::into),
            told: state.told.iter().map(|told| (told.slot.clone(), told.value.clone())).collect(),
            handoff: state.handoff.name().to_owned(),
        })
    })
}
