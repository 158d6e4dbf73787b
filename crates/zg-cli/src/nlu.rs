//! `zhanggui nlu`.

use zg_domain::{Emotion, Sentiment, Understanding};
use zg_proto::cli::{EntityLine, Labelled, NluLine, Scores, TextLine};

use crate::{ModelArgs, lines, models};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    models: ModelArgs,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let models = models::load(&args.models)?;
    lines::each(|line: TextLine| {
        let (language, script) = zg_text::identify(&line.text);
        // Without a model for the language the text still has one: an answer beats a hole in the output.
        let understood = models.0.understand(&line.text);
        Some(to_line(line, language.code(), script.code(), understood))
    })
}

fn to_line(line: TextLine, lang: &str, script: &str, understood: Option<Understanding>) -> NluLine {
    let normalized = zg_text::normalize(&line.text);
    let Some(understood) = understood else {
        let unknown = |label: &str| Scores { label: label.to_owned(), confidence: 0.0, scores: Default::default() };
        return NluLine {
            id: line.id,
            lang: lang.to_owned(),
            script: script.to_owned(),
            normalized,
            intent: Labelled { label: "chitchat_other".to_owned(), confidence: 0.0 },
            intents: Vec::new(),
            sentiment: unknown("neutral"),
            emotion: unknown("neutral"),
            out_of_scope: 1.0,
            entities: entity_lines(&zg_nlu::entities(&line.text)),
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
        entities: entity_lines(&understood.entities),
    }
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
