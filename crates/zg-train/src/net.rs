//! The student and its teachers: a bag of n-grams, one hidden layer, one logit per intent.
//!
//! ```text
//! x      = scale · Σ table[ids]                   1 × dim
//! hidden = max(x · w1 + b1, 0)                    1 × hidden
//! logits = concat(hidden, x) · w2 + b2            1 × intents
//! ```
//!
//! Written out by hand rather than with candle, burn or linfa. The gradient of three layers is the page below;
//! a framework would add its crates to a tree that builds in CI, and kernels such as those of matrixmultiply pick
//! instructions (and so the order of sums) by processor, where here the same table should give the same file on
//! every machine: IEEE operations in a fixed order, no fused ones, one thread, exponentials by libm.
//!
//! AdamW (Loshchilov and Hutter 2019) with warm-up and linear decay, dropout of n-grams and hidden units,
//! the mean of the weights of the last two fifths of the steps (Izmailov et al. 2018).

use crate::bags::Bags;
use crate::matrix::{LANES, TILE, multiply_add, transpose};
use crate::rng::Rng;

const BETA1: f32 = 0.9;
/// Lower than usual: most rows of the table see a gradient once in many steps.
const BETA2: f32 = 0.98;
/// Of dense weights alone; the table is held in check by dropout.
const DECAY: f32 = 0.01;
const RATE: f32 = 3e-3;
const WARM_UP: f32 = 0.06;
/// Steps between two samples of the mean, and the part of training after which it begins.
const AVERAGE_EVERY: usize = 8;
const AVERAGE_FROM: f32 = 0.6;

#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Rows of the table, with row 0, which stays zero.
    pub(crate) rows: usize,
    pub(crate) dim: usize,
    pub(crate) hidden: usize,
    pub(crate) labels: usize,
}

impl Shape {
    /// Columns of `w2`: the labels and some that nobody reads.
    fn width(&self) -> usize {
        self.labels.next_multiple_of(LANES)
    }

    /// Where table, w1, b1, w2 and b2 end in the vector of all weights.
    fn ends(&self) -> [usize; 5] {
        let table = self.rows * self.dim;
        let w1 = table + self.dim * self.hidden;
        let b1 = w1 + self.hidden;
        let w2 = b1 + (self.hidden + self.dim) * self.width();
        [table, w1, b1, w2, w2 + self.width()]
    }
}

/// How long and how roughly to train.
#[derive(Clone, Copy)]
pub(crate) struct Fit {
    pub(crate) steps: usize,
    /// Utterances per step.
    pub(crate) batch: usize,
    /// Probability that an n-gram is left out.
    pub(crate) drop_ids: f32,
    /// Probability that a hidden unit is.
    pub(crate) drop_hidden: f32,
    pub(crate) seed: u64,
}

#[derive(Clone)]
pub(crate) struct Net {
    pub(crate) shape: Shape,
    weights: Vec<f32>,
}

/// The weights by name, row-major; `w2` and `b2` without the columns that nobody reads.
pub(crate) struct Parts<'n> {
    pub(crate) table: &'n [f32],
    pub(crate) w1: &'n [f32],
    pub(crate) b1: &'n [f32],
    pub(crate) w2: Vec<f32>,
    pub(crate) b2: &'n [f32],
}

impl Net {
    /// Trains on `bags`; `targets(i, to)` fills in the distribution over the intents that bag `i` should get.
    pub(crate) fn fit(shape: Shape, bags: &Bags, targets: impl Fn(usize, &mut [f32]), fit: &Fit) -> Self {
        let mut rng = Rng::new(fit.seed);
        let mut net = Self::random(shape, &mut rng);
        let mut optimizer = Optimizer::new(&net);
        let mut average = Average { sum: Vec::new(), n: 0.0 };
        let mut batch = Batch::new(&shape, fit.batch);
        let mut order: Vec<usize> = (0..bags.len()).collect();
        let mut cursor = order.len();
        for step in 0..fit.steps {
            batch.clear();
            for row in 0..fit.batch {
                if cursor == order.len() {
                    rng.shuffle(&mut order);
                    cursor = 0;
                }
                let at = order[cursor];
                cursor += 1;
                let (ids, scale) = bags.get(at);
                batch.starts.push(batch.ids.len());
                let from = batch.ids.len();
                rng.keep(fit.drop_ids, ids, &mut batch.ids);
                batch.scales.push(scale / (1.0 - fit.drop_ids));
                let x = &mut batch.x[row * shape.dim..][..shape.dim];
                gather(&net.weights, &batch.ids[from..], batch.scales[row], x);
                targets(at, &mut batch.targets[row * shape.labels..][..shape.labels]);
            }
            batch.starts.push(batch.ids.len());
            rng.mask(fit.drop_hidden, &mut batch.keep);
            net.forward(&mut batch);
            net.backward(&mut batch, &mut optimizer.gradient);
            let progress = step as f32 / fit.steps as f32;
            let warm = ((step + 1) as f32 / (WARM_UP * fit.steps as f32)).min(1.0);
            optimizer.step(&mut net, RATE * warm * (1.0 - progress));
            if progress >= AVERAGE_FROM && step % AVERAGE_EVERY == 0 {
                average.add(&net.weights);
            }
        }
        if average.n > 0.0 {
            net.weights = average.sum;
        }
        net
    }

    /// Logits, bags × labels.
    pub(crate) fn logits(&self, bags: &Bags) -> Vec<f32> {
        const AT_ONCE: usize = 64;
        let mut logits = Vec::with_capacity(bags.len() * self.shape.labels);
        let mut batch = Batch::new(&self.shape, AT_ONCE);
        batch.keep.fill(1.0);
        for first in (0..bags.len()).step_by(AT_ONCE) {
            batch.x.fill(0.0);
            let n = AT_ONCE.min(bags.len() - first);
            for row in 0..n {
                let (ids, scale) = bags.get(first + row);
                gather(&self.weights, ids, scale, &mut batch.x[row * self.shape.dim..][..self.shape.dim]);
            }
            self.forward(&mut batch);
            for row in batch.logits.chunks_exact(self.shape.width()).take(n) {
                logits.extend_from_slice(&row[..self.shape.labels]);
            }
        }
        logits
    }

    pub(crate) fn parts(&self) -> Parts<'_> {
        let [table, w1, b1, w2, _] = self.shape.ends();
        let rows = self.weights[b1..w2].chunks_exact(self.shape.width());
        Parts {
            table: &self.weights[..table],
            w1: &self.weights[table..w1],
            b1: &self.weights[w1..b1],
            w2: rows.flat_map(|row| &row[..self.shape.labels]).copied().collect(),
            b2: &self.weights[w2..][..self.shape.labels],
        }
    }

    fn random(shape: Shape, rng: &mut Rng) -> Self {
        let [table, w1, b1, w2, end] = shape.ends();
        let mut weights = vec![0.0; end];
        let mut fill = |weights: &mut [f32], deviation: f32| {
            weights.iter_mut().for_each(|weight| *weight = rng.normal() * deviation);
        };
        fill(&mut weights[shape.dim..table], 0.1);
        fill(&mut weights[table..w1], (shape.dim as f32).sqrt().recip());
        // The linear part, concat's second half, begins at zero.
        for row in weights[b1..w2].chunks_exact_mut(shape.width()).take(shape.hidden) {
            fill(&mut row[..shape.labels], (shape.hidden as f32).sqrt().recip());
        }
        Self { shape, weights }
    }

    fn forward(&self, batch: &mut Batch) {
        let Shape { dim, hidden, .. } = self.shape;
        let [table, w1, b1, w2, _] = self.shape.ends();
        for row in batch.before.chunks_exact_mut(hidden) {
            row.copy_from_slice(&self.weights[w1..b1]);
        }
        multiply_add(&batch.x, &self.weights[table..w1], &mut batch.before, dim, hidden);
        let rows = batch.joined.chunks_exact_mut(hidden + dim).zip(batch.before.chunks_exact(hidden));
        for ((joined, before), (keep, x)) in rows.zip(batch.keep.chunks_exact(hidden).zip(batch.x.chunks_exact(dim))) {
            for ((to, before), keep) in joined.iter_mut().zip(before).zip(keep) {
                *to = before.max(0.0) * keep;
            }
            joined[hidden..].copy_from_slice(x);
        }
        let width = self.shape.width();
        for row in batch.logits.chunks_exact_mut(width) {
            row.copy_from_slice(&self.weights[w2..]);
        }
        multiply_add(&batch.joined, &self.weights[b1..w2], &mut batch.logits, hidden + dim, width);
    }

    /// Adds the gradient of the mean cross-entropy to `gradient`.
    fn backward(&self, batch: &mut Batch, gradient: &mut [f32]) {
        let Shape { dim, hidden, labels, .. } = self.shape;
        let width = self.shape.width();
        let [table, w1, b1, w2, _] = self.shape.ends();
        let n = batch.scales.len();
        let outputs = batch.d_logits.chunks_exact_mut(width).zip(batch.logits.chunks_exact(width));
        for ((d, logits), targets) in outputs.zip(batch.targets.chunks_exact(labels)) {
            softmax(&logits[..labels], &mut d[..labels]);
            d.iter_mut().zip(targets).for_each(|(d, target)| *d = (*d - target) / n as f32);
        }
        let (of_table, dense) = gradient.split_at_mut(table);
        let (of_w1, dense) = dense.split_at_mut(w1 - table);
        let (of_b1, dense) = dense.split_at_mut(b1 - w1);
        let (of_w2, of_b2) = dense.split_at_mut(w2 - b1);

        transpose(&batch.joined, hidden + dim, &mut batch.turned);
        multiply_add(&batch.turned, &batch.d_logits, of_w2, n, width);
        add_rows(&batch.d_logits, of_b2);
        transpose(&self.weights[b1..w2], width, &mut batch.turned);
        batch.d_joined.fill(0.0);
        multiply_add(&batch.d_logits, &batch.turned, &mut batch.d_joined, width, hidden + dim);

        for row in 0..n {
            let d = &batch.d_joined[row * (hidden + dim)..][..hidden + dim];
            let places = row * hidden..(row + 1) * hidden;
            let units = d.iter().zip(&batch.before[places.clone()]).zip(&batch.keep[places.clone()]);
            for (to, ((d, before), keep)) in batch.d_before[places].iter_mut().zip(units) {
                *to = if *before > 0.0 { d * keep } else { 0.0 };
            }
            batch.d_x[row * dim..][..dim].copy_from_slice(&d[hidden..]);
        }
        transpose(&batch.x, dim, &mut batch.turned);
        multiply_add(&batch.turned, &batch.d_before, of_w1, n, hidden);
        add_rows(&batch.d_before, of_b1);
        transpose(&self.weights[table..w1], hidden, &mut batch.turned);
        multiply_add(&batch.d_before, &batch.turned, &mut batch.d_x, hidden, dim);

        for (row, d) in batch.d_x.chunks_exact(dim).enumerate() {
            for id in &batch.ids[batch.starts[row]..batch.starts[row + 1]] {
                let to = &mut of_table[*id as usize * dim..][..dim];
                to.iter_mut().zip(d).for_each(|(to, d)| *to += d * batch.scales[row]);
            }
        }
    }
}

/// The softmax of a row of logits.
pub(crate) fn softmax(logits: &[f32], to: &mut [f32]) {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (to, logit) in to.iter_mut().zip(logits) {
        *to = libm::expf(logit - highest);
        sum += *to;
    }
    to.iter_mut().for_each(|to| *to /= sum);
}

fn gather(table: &[f32], ids: &[u32], scale: f32, x: &mut [f32]) {
    let dim = x.len();
    for id in ids {
        let row = &table[*id as usize * dim..][..dim];
        x.iter_mut().zip(row).for_each(|(x, value)| *x += value * scale);
    }
}

fn add_rows(rows: &[f32], to: &mut [f32]) {
    for row in rows.chunks_exact(to.len()) {
        to.iter_mut().zip(row).for_each(|(to, value)| *to += value);
    }
}

struct Optimizer {
    gradient: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    steps: i32,
}

impl Optimizer {
    fn new(net: &Net) -> Self {
        let zeros = || vec![0.0; net.weights.len()];
        Self { gradient: zeros(), first: zeros(), second: zeros(), steps: 0 }
    }

    fn step(&mut self, net: &mut Net, rate: f32) {
        self.steps += 1;
        let t = f64::from(self.steps);
        let unbias = libm::sqrt(1.0 - libm::pow(f64::from(BETA2), t)) / (1.0 - libm::pow(f64::from(BETA1), t));
        let [table, w1, b1, w2, end] = net.shape.ends();
        for (places, decay) in [(0..table, 0.0), (table..w1, DECAY), (w1..b1, 0.0), (b1..w2, DECAY), (w2..end, 0.0)] {
            let moments = self.first[places.clone()].iter_mut().zip(&mut self.second[places.clone()]);
            let weights = net.weights[places.clone()].iter_mut().zip(&mut self.gradient[places]);
            let (step, shrink) = (rate * unbias as f32, 1.0 - rate * decay);
            for ((weight, gradient), (first, second)) in weights.zip(moments) {
                *first += (1.0 - BETA1) * (*gradient - *first);
                *second += (1.0 - BETA2) * (*gradient * *gradient - *second);
                *weight = *weight * shrink - step * *first / (second.sqrt() + 1e-8);
                *gradient = 0.0;
            }
        }
    }
}

/// The running mean of the weights.
struct Average {
    sum: Vec<f32>,
    n: f32,
}

impl Average {
    fn add(&mut self, weights: &[f32]) {
        self.n += 1.0;
        if self.sum.is_empty() {
            self.sum = weights.to_vec();
        }
        let share = self.n.recip();
        self.sum.iter_mut().zip(weights).for_each(|(mean, weight)| *mean += share * (weight - *mean));
    }
}

/// What a step computes, one row per utterance. Kept between steps to spare allocations.
struct Batch {
    ids: Vec<u32>,
    starts: Vec<usize>,
    scales: Vec<f32>,
    targets: Vec<f32>,
    x: Vec<f32>,
    before: Vec<f32>,
    keep: Vec<f32>,
    joined: Vec<f32>,
    logits: Vec<f32>,
    d_logits: Vec<f32>,
    d_joined: Vec<f32>,
    d_before: Vec<f32>,
    d_x: Vec<f32>,
    /// A transposed operand.
    turned: Vec<f32>,
}

impl Batch {
    fn new(shape: &Shape, n: usize) -> Self {
        debug_assert_eq!(n % TILE, 0);
        let zeros = |columns: usize| vec![0.0; n * columns];
        let Shape { dim, hidden, labels, .. } = *shape;
        let width = shape.width();
        Self {
            ids: Vec::new(),
            starts: Vec::new(),
            scales: Vec::new(),
            targets: zeros(labels),
            x: zeros(dim),
            before: zeros(hidden),
            keep: zeros(hidden),
            joined: zeros(hidden + dim),
            logits: zeros(width),
            d_logits: zeros(width),
            d_joined: zeros(hidden + dim),
            d_before: zeros(hidden),
            d_x: zeros(dim),
            turned: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.ids.clear();
        self.starts.clear();
        self.scales.clear();
        self.x.fill(0.0);
    }
}
