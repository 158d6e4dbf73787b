//! Grows a forest: gradient boosting with a softmax over each query's candidates, the clicked one against the others
//! (Cao et al., "Learning to rank: from pairwise approach to listwise approach", 2007), on oblivious trees over histograms.
//!
//! Our own, because no kept library in Rust grows oblivious trees for lists, and those of LightGBM and CatBoost want a C++
//! toolchain on every machine that builds an index; `models/recommend` compares it with LightGBM on the same rows.

use super::rng::Rng;
use super::rows::Dataset;
use super::{Grown, parallel};
use crate::features::N_FEATURES;
use crate::forest::{DEPTH, Forest, LEAVES, MAX_BORDERS, Tree, bin_of, round_leaf};
use crate::math;

/// Bins of a feature while growing.
const BORDERS: usize = 31;
const BINS: usize = BORDERS + 1;
/// How much of what a tree says is believed, and how many trees there may be. Where there are many queries to learn from, few
/// trees with large steps find as much, and whoever waits for a list waits for each tree; where there are few, small steps do.
const MANY: (f32, usize) = (0.22, 80);
const FEW: (f32, usize) = (0.08, 240);
const MANY_QUERIES: usize = 25_000;
/// Trees without a gain after which no more are tried.
const PATIENCE: usize = 20;
/// Queries a tree is grown on, and features it may ask about: shares.
const OF_QUERIES: f64 = 0.6;
const OF_FEATURES: f64 = 0.7;
/// What stands against leaves of few clicks.
const RIDGE: f32 = 5.0;
/// The newest share of the queries, as a divisor, that says when to stop.
const JUDGED: usize = 5;

/// Candidates as the trees see them.
struct Binned<'d> {
    data: &'d Dataset,
    columns: Vec<Vec<u8>>,
}

/// A forest and what it is worth; none where it is worth nothing.
pub(crate) fn forest(mut data: Dataset, seed: u64, threads: usize) -> (Option<Forest>, Grown) {
    let n = data.clicked.len();
    let n_grown = n - n / JUDGED;
    let mut grown = Grown { n_queries: n - n_grown, ..Grown::default() };
    if data.clicked[..n_grown].iter().flatten().count() < super::MIN_QUERIES / 2 {
        return (None, grown);
    }
    let values = std::mem::take(&mut data.columns);
    let borders: Vec<Vec<f32>> = values.iter().map(|column| borders(column)).collect();
    let columns = parallel(N_FEATURES, threads, |at| {
        values[at].iter().map(|&value| bin_of(&borders[at], value)).collect::<Vec<u8>>()
    });
    drop(values);
    let data = &data;
    let binned = Binned { data, columns };
    let mut scores = data.base.clone();
    grown.before = figures(data, &scores, n_grown..n);
    let scale = scale(data, n_grown);
    scores.iter_mut().for_each(|score| *score *= scale);
    let mut trees = Vec::new();
    let mut best = (loss(data, &scores, n_grown..n), 0, grown.before);
    let mut rng = Rng(seed);
    let n_rows = data.base.len();
    let (mut gradients, mut leaves) = (vec![[0.0_f32; 2]; n_rows], vec![0_u8; n_rows]);
    let (rate, most_trees) = if n > MANY_QUERIES { MANY } else { FEW };
    while trees.len() < most_trees && trees.len() < best.1 + PATIENCE {
        let chosen: Vec<usize> =
            (0..n_grown).filter(|&query| data.clicked[query].is_some() && rng.unit() < OF_QUERIES).collect();
        let features: Vec<usize> = (0..N_FEATURES).filter(|_| rng.unit() < OF_FEATURES).collect();
        for &query in &chosen {
            softmax(data, &scores, query, &mut gradients);
        }
        let Some(tree) = tree(&binned, &chosen, &features, &gradients, &mut leaves, rate, threads) else { break };
        add(&binned, &tree, &mut scores, &mut leaves);
        trees.push(tree);
        let lost = loss(data, &scores, n_grown..n);
        if lost < best.0 {
            best = (lost, trees.len(), figures(data, &scores, n_grown..n));
        }
    }
    trees.truncate(best.1);
    grown.after = best.2;
    grown.n_trees = best.1;
    let gained = grown.after.0 + grown.after.1 - grown.before.0 - grown.before.1;
    if best.1 == 0 || gained <= 0.0 {
        grown.n_trees = 0;
        grown.after = grown.before;
        return (None, grown);
    }
    (Some(Forest::new(borders, scale, &trees)), grown)
}

fn rows(data: &Dataset, query: usize) -> std::ops::Range<usize> {
    data.offsets[query] as usize..data.offsets[query + 1] as usize
}

/// Borders that cut the values into bins of about one size.
fn borders(column: &[f32]) -> Vec<f32> {
    let step = column.len().div_ceil(200_000).max(1);
    let mut sample: Vec<f32> = column.iter().copied().step_by(step).collect();
    sample.sort_unstable_by(f32::total_cmp);
    let mut borders: Vec<f32> = Vec::new();
    let mut rest = &sample[..];
    while let (Some(&first), left) = (rest.first(), BORDERS - borders.len()) {
        if left == 0 {
            break;
        }
        // A value that fills many bins takes one, and the others share what is left.
        let value = rest[(rest.len() / (left + 1)).min(rest.len() - 1)].max(first);
        let next = rest.partition_point(|&other| other <= value);
        if next == rest.len() {
            break;
        }
        borders.push(value + (rest[next] - value) * 0.5);
        rest = &rest[next..];
    }
    borders.dedup();
    borders.truncate(MAX_BORDERS);
    borders
}

/// Gradient and curvature of −ln p(clicked) for the rows of a query.
fn softmax(data: &Dataset, scores: &[f32], query: usize, gradients: &mut [[f32; 2]]) {
    let rows = rows(data, query);
    let most = scores[rows.clone()].iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for (gradients, score) in gradients[rows.clone()].iter_mut().zip(&scores[rows.clone()]) {
        gradients[0] = math::exp(score - most);
    }
    let sum: f32 = gradients[rows.clone()].iter().map(|gradients| gradients[0]).sum();
    for gradients in &mut gradients[rows.clone()] {
        let p = gradients[0] / sum;
        *gradients = [p, p * (1.0 - p)];
    }
    if let Some(clicked) = data.clicked[query] {
        gradients[rows.start + clicked as usize][0] -= 1.0;
    }
}

/// Mean −ln p(clicked).
fn loss(data: &Dataset, scores: &[f32], queries: std::ops::Range<usize>) -> f64 {
    let (mut sum, mut n) = (0.0, 0_u32);
    for query in queries {
        let Some(clicked) = data.clicked[query] else { continue };
        let scores = &scores[rows(data, query)];
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let all: f32 = scores.iter().map(|score| math::exp(score - most)).sum();
        sum += f64::from(math::ln(all) + most - scores[clicked as usize]);
        n += 1;
    }
    sum / f64::from(n.max(1))
}

/// The scale of the start that explains the clicks best.
fn scale(data: &Dataset, n_grown: usize) -> f32 {
    let step = n_grown.div_ceil(4_000).max(1);
    let lost = |scale: f32| {
        let scaled: Vec<f32> = data.base.iter().map(|base| base * scale).collect();
        (0..n_grown).step_by(step).map(|query| loss(data, &scaled, query..query + 1)).sum::<f64>()
    };
    let scales = [0.4_f32, 0.6, 0.8, 1.0, 1.25, 1.5];
    let losses = scales.map(lost);
    let best = (0..scales.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b])).unwrap_or(3);
    scales[best]
}

/// HR@20 and MRR@20.
fn figures(data: &Dataset, scores: &[f32], queries: std::ops::Range<usize>) -> (f64, f64) {
    let n = queries.len().max(1) as f64;
    let (mut hits, mut ranks) = (0.0, 0.0);
    for query in queries {
        let Some(clicked) = data.clicked[query] else { continue };
        let scores = &scores[rows(data, query)];
        let own = scores[clicked as usize];
        let before =
            scores.iter().enumerate().filter(|&(at, &score)| score > own || score == own && at < clicked as usize);
        let rank = before.count() + 1;
        if rank <= 20 {
            hits += 1.0;
            ranks += 1.0 / rank as f64;
        }
    }
    (hits / n, ranks / n)
}

/// One tree: at each level the question that all leaves together gain most by.
fn tree(
    binned: &Binned<'_>,
    chosen: &[usize],
    features: &[usize],
    gradients: &[[f32; 2]],
    leaves: &mut [u8],
    rate: f32,
    threads: usize,
) -> Option<Tree> {
    let data = binned.data;
    for &query in chosen {
        leaves[rows(data, query)].fill(0);
    }
    let mut splits = [(0_u8, 0_u8); DEPTH];
    for (level, split) in splits.iter_mut().enumerate() {
        let n_leaves = 1 << level;
        let gains = parallel(features.len(), threads, |at| {
            let column = &binned.columns[features[at]];
            let mut cells = vec![[0.0_f32; 2]; n_leaves * BINS];
            for &query in chosen {
                for row in rows(data, query) {
                    let cell = &mut cells[usize::from(leaves[row]) * BINS + usize::from(column[row])];
                    cell[0] += gradients[row][0];
                    cell[1] += gradients[row][1];
                }
            }
            best_border(&cells, n_leaves)
        });
        let best = (0..features.len()).max_by(|&a, &b| gains[a].0.total_cmp(&gains[b].0).then(b.cmp(&a)))?;
        let (feature, border) = (features[best], gains[best].1);
        *split = (feature as u8, border);
        let column = &binned.columns[feature];
        for &query in chosen {
            for row in rows(data, query) {
                leaves[row] |= u8::from(column[row] > border) << level;
            }
        }
    }
    let mut sums = [[0.0_f32; 2]; LEAVES];
    for &query in chosen {
        for row in rows(data, query) {
            let sum = &mut sums[usize::from(leaves[row])];
            sum[0] += gradients[row][0];
            sum[1] += gradients[row][1];
        }
    }
    let leaves = sums.map(|[gradient, curvature]| round_leaf(-rate * gradient / (curvature + RIDGE)));
    leaves.iter().all(|leaf| leaf.is_finite()).then_some(Tree { splits, leaves })
}

/// The gain of the best border over all leaves, and the border.
fn best_border(cells: &[[f32; 2]], n_leaves: usize) -> (f32, u8) {
    let mut gains = [0.0_f32; BINS];
    for leaf in cells.chunks_exact(BINS).take(n_leaves) {
        let total = leaf.iter().fold([0.0_f32; 2], |sum, cell| [sum[0] + cell[0], sum[1] + cell[1]]);
        let worth = |gradient: f32, curvature: f32| gradient * gradient / (curvature + RIDGE);
        let whole = worth(total[0], total[1]);
        let mut left = [0.0_f32; 2];
        for (border, cell) in leaf.iter().enumerate().take(BORDERS) {
            left = [left[0] + cell[0], left[1] + cell[1]];
            gains[border] += worth(left[0], left[1]) + worth(total[0] - left[0], total[1] - left[1]) - whole;
        }
    }
    let best = (0..BORDERS).max_by(|&a, &b| gains[a].total_cmp(&gains[b]).then(b.cmp(&a))).unwrap_or(0);
    (gains[best], best as u8)
}

/// Adds a tree's answers to the scores of every row.
fn add(binned: &Binned<'_>, tree: &Tree, scores: &mut [f32], leaves: &mut [u8]) {
    leaves.fill(0);
    for (level, &(feature, border)) in tree.splits.iter().enumerate() {
        for (leaf, &bin) in leaves.iter_mut().zip(&binned.columns[usize::from(feature)]) {
            *leaf |= u8::from(bin > border) << level;
        }
    }
    for (score, &leaf) in scores.iter_mut().zip(leaves.iter()) {
        *score += tree.leaves[usize::from(leaf)];
    }
}
