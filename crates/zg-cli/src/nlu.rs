//! `zhanggui nlu`.

use std::path::PathBuf;

use anyhow::Context;
use zg_domain::{Act, Emotion, Intent, Previous, Sentiment, Understanding, Utterance};
use zg_nlu::{Gazetteer, NameKind};
use zg_proto::cli::{EntityLine, Labelled, NluLine, RewriteLine, Scores, UtteranceLine};

use crate::{ModelArgs, kb, lines, models};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    models: ModelArgs,
    /// A product feed, or a bundle (`.zgkb`) that was built of one, whose products, brands and article numbers are found
    /// as entities; may be given several times.
    #[arg(long, value_name = "FILE")]
    catalog: Vec<PathBuf>,
}

/// The names of the products in feeds and bundles.
fn names(catalog: &[PathBuf]) -> anyhow::Result<Gazetteer> {
    if catalog.is_empty() {
        return Ok(Gazetteer::default());
    }
    let (bundles, feeds): (Vec<PathBuf>, Vec<PathBuf>) =
        catalog.iter().cloned().partition(|path| path.extension().is_some_and(|extension| extension == "zgkb"));
    let mut names = Vec::new();
    for path in &bundles {
        let products = kb::open(path)?.products().with_context(|| format!("cannot use {}", path.display()))?;
        for product in products.iter() {
            names.push((product.title.to_owned(), NameKind::Product, product.id.to_owned()));
            names.push((product.brand.to_owned(), NameKind::Brand, product.brand.to_owned()));
            names.extend(product.codes().map(|code| (code.to_owned(), NameKind::Sku, product.id.to_owned())));
        }
    }
    let products = if feeds.is_empty() { Vec::new() } else { kb::sources::read(&feeds)?.products };
    for product in &products {
        names.push((product.title.clone(), NameKind::Product, product.id.clone()));
        names.push((product.brand.clone(), NameKind::Brand, product.brand.clone()));
        names.extend([&product.sku, &product.gtin].map(|code| (code.clone(), NameKind::Sku, product.id.clone())));
        for variant in &product.variants {
            let codes = [&variant.sku, &variant.gtin];
            names.extend(codes.map(|code| (code.clone(), NameKind::Sku, product.id.clone())));
        }
    }
    names.retain(|(name, ..)| !name.trim().is_empty());
    anyhow::ensure!(
        !names.is_empty(),
        "no products in the catalog; `zhanggui kb collect` says what a feed holds, `zhanggui kb inspect` what a bundle does"
    );
    Ok(Gazetteer::new(names))
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let models = models::load(&args.models)?;
    let names = names(&args.catalog)?;
    lines::each(|line: UtteranceLine| {
        // Without a model for the language the text still has one: an answer beats a hole in the output.
        let reading = zg_text::read(&line.text);
        let (language, script) = reading.identify(&line.text);
        let previous = line.previous.as_ref().and_then(|previous| {
            Some(Previous { act: Act::from_name(&previous.act)?, intent: Intent(previous.intent.clone()) })
        });
        let utterance = Utterance { reading: &reading.text, language, previous: previous.as_ref() };
        let understood = models.0.understand(&utterance);
        let entities = zg_nlu::entities_with(&line.text, &names);
        Some(to_line(line, (language.code(), script.code()), &reading, understood, &entities))
    })
}

fn to_line(
    line: UtteranceLine,
    (lang, script): (&str, &str),
    reading: &zg_text::Reading,
    understood: Option<Understanding>,
    entities: &[zg_domain::Entity],
) -> NluLine {
    let normalized = reading.text.clone();
    let rewrites = rewrite_lines(reading);
    let Some(understood) = understood else {
        let unknown = |label: &str| Scores { label: label.to_owned(), confidence: 0.0, scores: Default::default() };
        return NluLine {
            id: line.id,
            lang: lang.to_owned(),
            script: script.to_owned(),
            normalized,
            rewrites,
            intent: Labelled { label: "chitchat_other".to_owned(), confidence: 0.0 },
            intents: Vec::new(),
            sentiment: unknown("neutral"),
            emotion: unknown("neutral"),
            out_of_scope: 1.0,
            entities: entity_lines(entities),
        };
    };
    let intents: Vec<Labelled> = understood
        .intents
        .iter()
        .map(|scored| Labelled { label: scored.label.0.clone(), confidence: scored.confidence.get() })
        .collect();
    NluLine {
        id: line.id,
        lang: lang.to_owned(),
        script: script.to_owned(),
        normalized,
        rewrites,
        intent: intents.first().cloned().unwrap_or(Labelled { label: "chitchat_other".to_owned(), confidence: 0.0 }),
        intents,
        sentiment: Scores {
            label: understood.sentiment.label.label().to_owned(),
            confidence: understood.sentiment.confidence.get(),
            scores: Sentiment::ALL
                .iter()
                .zip(understood.sentiment_scores)
                .map(|(one, score)| (one.label().to_owned(), score.get()))
                .collect(),
        },
        emotion: Scores {
            label: understood.emotion.label.label().to_owned(),
            confidence: understood.emotion.confidence.get(),
            scores: Emotion::ALL
                .iter()
                .zip(understood.emotion_scores)
                .map(|(one, score)| (one.label().to_owned(), score.get()))
                .collect(),
        },
        out_of_scope: understood.out_of_scope.get(),
        entities: entity_lines(entities),
    }
}

pub fn rewrite_lines(reading: &zg_text::Reading) -> Vec<RewriteLine> {
    let line = |rewrite: &zg_text::Rewrite| RewriteLine {
        start: rewrite.start,
        end: rewrite.end,
        read: rewrite.read.clone(),
        kind: rewrite.kind.name().to_owned(),
    };
    reading.rewrites.iter().map(line).collect()
}

fn entity_lines(entities: &[zg_domain::Entity]) -> Vec<EntityLine> {
    entities
        .iter()
        .map(|entity| EntityLine {
            kind: entity.kind.name().to_owned(),
            value: entity.value.clone(),
            start: entity.start,
            end: entity.end,
        })
        .collect()
}
