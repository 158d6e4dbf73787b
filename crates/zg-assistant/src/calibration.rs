//! From evidence to the probability that an entry is the right one.
//!
//! Logistic regressions, one with the models' evidence and one without, fitted on the development questions
//! (`tests/data/questions/*.dev.tsv`, `zhanggui eval kb --evidence` prints the rows); never on the test questions.

use zg_domain::Confidence;

use crate::rank::Evidence;

/// From here on the assistant answers.
pub const ACCEPT: f64 = 0.55;
/// From here on it asks which one is meant; below it there is no answer.
pub const CLARIFY: f64 = 0.25;

struct Fit {
    bias: f64,
    score: f64,
    margin: f64,
    agreement: f64,
    out_of_scope: f64,
}

const WITH_MODELS: Fit = Fit { bias: -4.0, score: 7.0, margin: 6.0, agreement: 2.0, out_of_scope: -3.0 };
const TEXT_ALONE: Fit = Fit { bias: -4.0, score: 8.0, margin: 7.0, agreement: 0.0, out_of_scope: 0.0 };

pub(crate) fn confidence(evidence: &Evidence) -> Confidence {
    let fit = if evidence.models { &WITH_MODELS } else { &TEXT_ALONE };
    let logit = fit.bias
        + fit.score * evidence.score
        + fit.margin * evidence.margin
        + fit.agreement * evidence.agreement
        + fit.out_of_scope * evidence.out_of_scope;
    Confidence::saturating(1.0 / (1.0 + libm::exp(-logit)))
}
