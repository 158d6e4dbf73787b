//! Scores as probabilities, and the thresholds that policies go by.

use crate::net::softmax;

/// Logits of utterances, row by row, with the intents they should have named.
pub(crate) struct Scored<'s> {
    pub(crate) logits: &'s [f32],
    pub(crate) intents: &'s [usize],
    pub(crate) labels: usize,
}

impl Scored<'_> {
    /// Softmax of logits / temperature, row by row.
    pub(crate) fn probabilities(&self, temperature: f32) -> Vec<f32> {
        probabilities(self.logits, self.labels, temperature)
    }

    /// The temperature with the least cross-entropy (Guo, Pleiss, Sun and Weinberger 2017), by golden section.
    pub(crate) fn temperature(&self) -> f32 {
        let loss = |log: f64| -> f64 {
            let p = self.probabilities(libm::exp(log) as f32);
            let rows = p.chunks_exact(self.labels).zip(self.intents);
            rows.map(|(p, intent)| -libm::log(f64::from(p[*intent].max(1e-12)))).sum()
        };
        let ratio = (libm::sqrt(5.0) - 1.0) / 2.0;
        let (mut low, mut high) = (-3.5, 2.0);
        for _ in 0..24 {
            let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
            if loss(a) < loss(b) { high = b } else { low = a }
        }
        libm::exp((low + high) / 2.0) as f32
    }
}

pub(crate) fn probabilities(logits: &[f32], labels: usize, temperature: f32) -> Vec<f32> {
    let scaled: Vec<f32> = logits.iter().map(|logit| logit / temperature).collect();
    let mut p = vec![0.0; logits.len()];
    for (row, p) in scaled.chunks_exact(labels).zip(p.chunks_exact_mut(labels)) {
        softmax(row, p);
    }
    p
}

/// The best label and its probability; of equals the first.
pub(crate) fn best(p: &[f32]) -> (usize, f32) {
    let mut at = 0;
    for other in 1..p.len() {
        if p[other] > p[at] {
            at = other;
        }
    }
    (at, p.get(at).copied().unwrap_or_default())
}

/// Confidence and whether it was right, of every utterance.
pub(crate) fn calls(p: &[f32], labels: usize, intents: &[usize]) -> Vec<(f32, bool)> {
    let rows = p.chunks_exact(labels).zip(intents);
    rows.map(|(p, intent)| {
        let (at, confidence) = best(p);
        (confidence, at == *intent)
    })
    .collect()
}

/// Expected calibration error in ten bins of equal width (Guo et al. 2017).
pub(crate) fn ece(calls: &[(f32, bool)]) -> f64 {
    let mut bins = [(0.0_f64, 0.0_f64); 10];
    for (confidence, right) in calls {
        let bin = &mut bins[((confidence * 10.0) as usize).min(9)];
        bin.0 += f64::from(*confidence);
        bin.1 += f64::from(u8::from(*right));
    }
    bins.iter().map(|(confidence, right)| (confidence - right).abs()).sum::<f64>() / calls.len().max(1) as f64
}

/// The lowest confidence above which nine of ten answers are right, over at least 30 of them; .99 if there is none.
pub(crate) fn accept(calls: &[(f32, bool)]) -> f32 {
    let mut sorted = calls.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut accept) = (0_usize, 0.99);
    for (n, call) in sorted.iter().enumerate() {
        right += usize::from(call.1);
        if n + 1 >= 30.min(sorted.len()) && right * 10 >= (n + 1) * 9 {
            accept = call.0;
        }
    }
    accept
}

/// The confidence below which one in twenty of the right answers falls.
pub(crate) fn reject(calls: &[(f32, bool)]) -> f32 {
    let mut right: Vec<f32> = calls.iter().filter(|call| call.1).map(|call| call.0).collect();
    right.sort_by(f32::total_cmp);
    right.get(right.len() / 20).copied().unwrap_or_default()
}

/// The exponent by which the soft `tops` have the mean of the confidences.
pub(crate) fn exponent(tops: &[f32], calls: &[(f32, bool)]) -> f64 {
    let mean = calls.iter().map(|call| f64::from(call.0)).sum::<f64>() / calls.len().max(1) as f64;
    let (mut low, mut high) = (0.02, 20.0);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        let powers: f64 = tops.iter().map(|top| libm::pow(f64::from(*top), middle)).sum();
        if powers / tops.len().max(1) as f64 > mean { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}
