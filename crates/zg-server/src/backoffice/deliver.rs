//! Attempts, and what they come to.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use serde_json::Value;
use tokio::time::Instant;
use zg_proto::cli::OutcomeTag;

use super::call::{Answer, Broken};
use super::{Office, webhook};
use crate::app::App;
use crate::random;

const MAX_FACTS: usize = 64;
const MAX_FACT_BYTES: usize = 1024;
/// The first pause; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(300);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What one attempt has shown.
enum Shown {
    /// It is settled.
    Settled(OutcomeTag, &'static str),
    /// Another attempt may do. `sent`: the back office may have done it all the same.
    Again { sent: bool, after: Option<Duration>, word: &'static str },
}

pub async fn deliver(app: &App, office: &Office, delivery: &str, body: String, deadline: Instant) -> OutcomeTag {
    // As long as nothing has left the house, it is known that nothing was done.
    let mut sent_before = false;
    let mut pause = PAUSE;
    for attempt in 1..=office.settings.attempts {
        let now = Instant::now();
        if now >= deadline {
            break;
        }
        if !office.circuit.admits(now) {
            app.metrics.attempt("circuit_open");
            break;
        }
        let shown = attempt_once(app, office, delivery, &body, deadline).await;
        let (word, again) = match &shown {
            Shown::Settled(_, word) => (*word, None),
            Shown::Again { word, after, sent } => (*word, Some((*after, *sent))),
        };
        app.metrics.attempt(word);
        // The name of the delivery is ours; of the back office's words, and of the shopper's, nothing is logged.
        tracing::info!(delivery, attempt, outcome = word, "asked a back office");
        match shown {
            Shown::Settled(outcome, _) => {
                office.circuit.succeeded();
                return outcome;
            }
            Shown::Again { .. } => office.circuit.failed(Instant::now(), &app.metrics),
        }
        let Some((after, sent)) = again else { break };
        sent_before |= sent;
        if attempt == office.settings.attempts {
            break;
        }
        // Between half and all of the pause, so that those who failed together do not come back together.
        let jittered = pause.mul_f64(0.5 + f64::from(random::byte()) / 510.0);
        let wait = after.unwrap_or(jittered).min(LONGEST_PAUSE);
        if Instant::now() + wait >= deadline {
            break;
        }
        tokio::time::sleep(wait).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    if sent_before { OutcomeTag::Timeout } else { OutcomeTag::Failed }
}

async fn attempt_once(app: &App, office: &Office, delivery: &str, body: &str, deadline: Instant) -> Shown {
    let settings = &office.settings;
    let seconds = app.now().as_millis().div_euclid(1000);
    let signatures = webhook::signatures(&settings.secrets, delivery, seconds, body);
    let mut headers = HeaderMap::new();
    headers.insert("webhook-timestamp", HeaderValue::from(seconds));
    for (name, value) in [("webhook-id", delivery), ("webhook-signature", &signatures)] {
        // Hexadecimal and base64 are always a header's value.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    let until = deadline.min(Instant::now() + settings.timeout);
    let posting = office.connector.post(settings, headers, body.to_owned());
    match tokio::time::timeout_at(until, posting).await {
        Err(_) => Shown::Again { sent: true, after: None, word: "timeout" },
        Ok(Err(broken)) => broke(broken),
        Ok(Ok(answer)) => answered(&answer),
    }
}

fn broke(broken: Broken) -> Shown {
    match broken {
        // Neither becomes better by asking again.
        Broken::Forbidden => Shown::Settled(OutcomeTag::Failed, "forbidden_address"),
        Broken::TooLarge => Shown::Settled(OutcomeTag::Timeout, "invalid_answer"),
        Broken::Unresolved => Shown::Again { sent: false, after: None, word: "unresolved" },
        Broken::Unconnected => Shown::Again { sent: false, after: None, word: "unconnected" },
        Broken::Interrupted => Shown::Again { sent: true, after: None, word: "interrupted" },
    }
}

fn answered(answer: &Answer) -> Shown {
    let status = answer.status.as_u16();
    match status {
        // Done, and nothing to be told of it.
        204 => Shown::Settled(OutcomeTag::Ok { facts: BTreeMap::new() }, "answered"),
        200..=299 => match outcome(answer) {
            Some(outcome) => Shown::Settled(outcome, "answered"),
            // It was taken, and nobody knows what became of it.
            None => Shown::Settled(OutcomeTag::Timeout, "invalid_answer"),
        },
        408 | 425 | 429 | 500..=599 => {
            let after = answer.retry_after_seconds.map(Duration::from_secs);
            // 429 and 503 say that nothing was begun; of the others nobody knows.
            Shown::Again { sent: !matches!(status, 425 | 429 | 503), after, word: "server_error" }
        }
        // Redirects are not followed; what is refused stays refused.
        _ => Shown::Settled(OutcomeTag::Failed, "refused"),
    }
}

/// The answer as the dialogue takes it, checked; `None` where it is none.
fn outcome(answer: &Answer) -> Option<OutcomeTag> {
    if !answer.json {
        return None;
    }
    let outcome: OutcomeTag = serde_json::from_slice(&answer.body).ok()?;
    match outcome {
        OutcomeTag::Ok { facts } if facts.len() <= MAX_FACTS => {
            let facts = facts.into_iter().map(|(name, value)| Some((fact_name(name)?, fact_value(value)?)));
            Some(OutcomeTag::Ok { facts: facts.collect::<Option<_>>()? })
        }
        OutcomeTag::Refused { reason } if reason.as_deref().is_none_or(is_short) => {
            Some(OutcomeTag::Refused { reason })
        }
        OutcomeTag::Failed => Some(OutcomeTag::Failed),
        // What waits on a device, or has no answer, is not a back office's to say.
        _ => None,
    }
}

fn fact_name(name: String) -> Option<String> {
    crate::validate::word("fact", &name).ok().map(|()| name)
}

/// As a text, the way a page's own code is taken.
fn fact_value(value: Value) -> Option<Value> {
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    is_short(&text).then_some(Value::String(text))
}

fn is_short(text: &str) -> bool {
    text.len() <= MAX_FACT_BYTES
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use super::*;

    fn read(body: &str) -> Option<OutcomeTag> {
        let body = body.to_owned().into();
        outcome(&Answer { status: StatusCode::OK, json: true, retry_after_seconds: None, body })
    }

    #[test]
    fn answers_are_taken_as_the_dialogue_takes_them() {
        let facts = BTreeMap::from([("eta".to_owned(), json!("2")), ("status_text".to_owned(), json!("已发货"))]);
        assert_eq!(read(r#"{"status":"ok","facts":{"status_text":"已发货","eta":2}}"#), Some(OutcomeTag::Ok { facts }));
        assert_eq!(read(r#"{"status":"ok"}"#), Some(OutcomeTag::Ok { facts: BTreeMap::new() }));
        assert_eq!(
            read(r#"{"status":"refused","reason":"no"}"#),
            Some(OutcomeTag::Refused { reason: Some("no".into()) })
        );
        assert_eq!(read(r#"{"status":"failed","newer":"field"}"#), Some(OutcomeTag::Failed));
        let many = json!({"status": "ok", "facts": (0..65).map(|n| (format!("f{n}"), n)).collect::<BTreeMap<_, _>>()});
        let long = json!({"status": "ok", "facts": {"a": "x".repeat(1025)}});
        let wordy = json!({"status": "refused", "reason": "字".repeat(400)});
        for wrong in [
            "",
            "null",
            "[]",
            "{}",
            "{\"status\":\"done\"}",
            "{\"status\":\"queued\"}",
            "{\"status\":\"timeout\"}",
            "{\"status\":\"ok\",\"facts\":[]}",
            "{\"status\":\"ok\",\"facts\":{\"a\":null}}",
            "{\"status\":\"ok\",\"facts\":{\"a\":{}}}",
            "{\"status\":\"ok\",\"facts\":{\"__proto__\":{}}}",
            "{\"status\":\"ok\",\"facts\":{\"A b\":\"x\"}}",
            "{\"status\":\"refused\",\"reason\":7}",
            &many.to_string(),
            &long.to_string(),
            &wordy.to_string(),
            &"[".repeat(60_000),
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
