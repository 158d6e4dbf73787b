//! Linear support vector machines, one per intent, squared hinge loss, by dual coordinate descent
//! (Hsieh, Chang, Lin, Keerthi and Sundararajan 2008, "A dual coordinate descent method for large-scale linear SVM").
//!
//! The machines of all intents go through the utterances together, so that the innermost loops run over intents,
//! which lie side by side.

use crate::bags::Bags;
use crate::rng::Rng;

/// Over all utterances. Without shrinking and without a stopping rule, so that the time is known beforehand.
const PASSES: usize = 12;

pub(crate) struct Svm {
    labels: usize,
    /// Rows × labels; the last row is the bias.
    weights: Vec<f32>,
    /// Inverse document frequency, smoothed: ln((1 + n) / (1 + df)) + 1; 0 for n-grams never seen.
    idf: Vec<f32>,
    /// Utterances that have the n-gram.
    df: Vec<u32>,
}

impl Svm {
    /// `intents[i]` is the label of bag `i`; `rows` is one more than the largest id.
    pub(crate) fn fit(bags: &Bags, rows: usize, intents: &[usize], labels: usize, c: f32) -> Self {
        let mut df = vec![0_u32; rows];
        for at in 0..bags.len() {
            for id in bags.get(at).0 {
                df[*id as usize] += 1;
            }
        }
        let n = bags.len() as f64;
        let idf = df
            .iter()
            .map(|df| if *df == 0 { 0.0 } else { (libm::log((1.0 + n) / (1.0 + f64::from(*df))) + 1.0) as f32 })
            .collect();
        let mut svm = Self { labels, weights: vec![0.0; (rows + 1) * labels], idf, df };
        let mut alphas = vec![0.0_f32; bags.len() * labels];
        let mut order: Vec<usize> = (0..bags.len()).collect();
        let mut rng = Rng::new(5);
        let diagonal = 0.5 / c;
        // The squared length of an utterance is 1, and the bias adds 1.
        let curvature = 2.0 + diagonal;
        let (mut scores, mut x) = (vec![0.0_f32; labels], Vec::new());
        for _ in 0..PASSES {
            rng.shuffle(&mut order);
            for at in &order {
                let ids = bags.get(*at).0;
                svm.weigh(ids, &mut x);
                svm.score(ids, &x, &mut scores);
                let mut moved = false;
                let alphas = &mut alphas[at * labels..][..labels];
                for (label, (score, alpha)) in scores.iter_mut().zip(alphas).enumerate() {
                    let sign = if label == intents[*at] { 1.0 } else { -1.0 };
                    let gradient = sign * *score - 1.0 + diagonal * *alpha;
                    let next = (*alpha - gradient / curvature).max(0.0);
                    *score = (next - *alpha) * sign;
                    moved |= *score != 0.0;
                    *alpha = next;
                }
                if moved {
                    let bias = [(rows as u32, 1.0)];
                    for (id, x) in ids.iter().copied().zip(x.iter().copied()).chain(bias) {
                        for (weight, step) in svm.weights[id as usize * labels..][..labels].iter_mut().zip(&scores) {
                            *weight += step * x;
                        }
                    }
                }
            }
        }
        svm
    }

    /// How much each row matters: ‖weights‖ · √df · idf.
    pub(crate) fn importance(&self) -> Vec<f32> {
        let rows = self.weights.chunks_exact(self.labels).zip(self.df.iter().zip(&self.idf));
        rows.map(|(weights, (df, idf))| {
            let norm = weights.iter().map(|weight| weight * weight).sum::<f32>().sqrt();
            norm * (*df as f32).sqrt() * idf
        })
        .collect()
    }

    /// Margins, bags × labels.
    pub(crate) fn scores(&self, bags: &Bags) -> Vec<f32> {
        let mut all = vec![0.0; bags.len() * self.labels];
        let mut x = Vec::new();
        for (at, scores) in all.chunks_exact_mut(self.labels).enumerate() {
            let ids = bags.get(at).0;
            self.weigh(ids, &mut x);
            self.score(ids, &x, scores);
        }
        all
    }

    /// The tf-idf vector of length 1; an n-gram counts once.
    fn weigh(&self, ids: &[u32], x: &mut Vec<f32>) {
        x.clear();
        x.extend(ids.iter().map(|id| self.idf[*id as usize]));
        let norm = x.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        x.iter_mut().for_each(|value| *value /= norm);
    }

    fn score(&self, ids: &[u32], x: &[f32], scores: &mut [f32]) {
        scores.copy_from_slice(&self.weights[self.weights.len() - self.labels..]);
        for (id, x) in ids.iter().zip(x) {
            if *x != 0.0 {
                let weights = &self.weights[*id as usize * self.labels..][..self.labels];
                scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += weight * x);
            }
        }
    }
}
