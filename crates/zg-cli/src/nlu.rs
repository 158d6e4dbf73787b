//! `zhanggui nlu`.

use zg_domain::{Act, Emotion, Intent, Previous, Sentiment, Understanding, Utterance};
use zg_proto::cli::{EntityLine, Labelled, NluLine, RewriteLine, Scores, UtteranceLine};

use crate::{ModelArgs, lines, models};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    models: ModelArgs,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let models = models::load(&args.models)?;
    lines::each(|line: UtteranceLine| {
        // Without a model for the language the text still has one: an answer beats a hole in the output.
        let reading = zg_text::read(&line.text);
        let (language, script) = reading.identify(&line.text);
        let previous = line.previous.as_ref().and_then(|previous| {
            Some(Previous { act: Act::from_name(&previous.act)?, intent: Intent(previous.intent.clone()) })
        });
        let utterance = Utterance { reading: &reading.text, language, previous: previous.as_ref() };
        let understood = models.0.understand(&utterance);
        Some(to_line(line, language.code(), script.code(), &reading, understood))
    })
}

fn to_line(
    line: UtteranceLine,
    lang: &str,
    script: &str,
    reading: &zg_text::Reading,
    understood: Option<Understanding>,
) -> NluLine {
    let normalized = reading.text.clone();
    let rewrites: Vec<RewriteLine> = reading
        .rewrites
        .iter()
        .map(|rewrite| RewriteLine {
            start: rewrite.start,
            end: rewrite.end,
            read: rewrite.read.clone(),
            kind: rewrite.kind.name().to_owned(),
        })
        .collect();
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
        entities: entity_lines(&zg_nlu::entities(&line.text)),
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
