//! From evidence to the probability that an entry is the right one.
//!
//! Logistic regressions, one with the models' evidence and one without, fitted on the development questions
//! (`tests/data/questions/*.dev.tsv`, `zhanggui eval kb --evidence` prints the rows); never on the test questions.

use zg_domain::Confidence;

use crate::rank::Evidence;

/// From here on the assistant answers.
pub const ACCEPT: f64 = 0.5;
/// From here on it asks which one is meant; below it there is no answer.
pub const CLARIFY: f64 = 0.2;

/// The two thresholds of a shop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// [`ACCEPT`], or the shop's own.
    pub accept: f64,
    /// [`CLARIFY`], or the shop's own.
    pub clarify: f64,
}

impl Thresholds {
    /// The threshold of asking back moved by as many logits, that of answering by half: above 0 the assistant answers less and
    /// hands over more. To ask back once too often costs less than a wrong answer, hence the half.
    #[must_use]
    pub fn with_doubt(doubt: f64) -> Self {
        let doubt = doubt.clamp(-MOST_DOUBT, MOST_DOUBT);
        let moved = |threshold: f64, by: f64| {
            let logit = libm::log(threshold / (1.0 - threshold)) + by;
            1.0 / (1.0 + libm::exp(-logit))
        };
        // To the bit what they are where nothing was set.
        if doubt == 0.0 {
            return Self::default();
        }
        let (accept, clarify) = (moved(ACCEPT, doubt / 2.0), moved(CLARIFY, doubt));
        // Nothing is given that would not even be asked about.
        Self { accept: accept.max(clarify), clarify }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { accept: ACCEPT, clarify: CLARIFY }
    }
}

/// More doubt than this is silence, and less is a guess.
pub const MOST_DOUBT: f64 = 6.0;

struct Fit {
    bias: f64,
    score: f64,
    margin: f64,
    agreement: f64,
    out_of_scope: f64,
}

const WITH_MODELS: Fit = Fit { bias: -1.51, score: 1.96, margin: 5.72, agreement: 0.86, out_of_scope: -2.55 };
const TEXT_ALONE: Fit = Fit { bias: -2.14, score: 3.89, margin: 3.65, agreement: 0.0, out_of_scope: 0.0 };

pub(crate) fn confidence(evidence: &Evidence) -> Confidence {
    let fit = if evidence.models { &WITH_MODELS } else { &TEXT_ALONE };
    let logit = fit.bias
        + fit.score * evidence.score
        + fit.margin * evidence.margin
        + fit.agreement * evidence.agreement
        + fit.out_of_scope * evidence.out_of_scope;
    Confidence::saturating(1.0 / (1.0 + libm::exp(-logit)))
}
