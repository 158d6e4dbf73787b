//! A forest of oblivious trees: every node of a level asks the same question, so that a tree is a table and six
//! comparisons rank all candidates at once (Prokhorenkova et al., "CatBoost", 2018).

use crate::features::{MAX_CANDIDATES, N_FEATURES, Rows};

/// Questions on the way to a leaf.
pub(crate) const DEPTH: usize = 6;
pub(crate) const LEAVES: usize = 1 << DEPTH;
/// The most borders between the bins of a feature.
pub(crate) const MAX_BORDERS: usize = 63;
/// The most trees.
pub(crate) const MAX_TREES: usize = 1_000;

/// Six questions and 64 answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    /// Which feature is asked about, and above which border the answer is yes.
    pub splits: [(u8, u8); DEPTH],
    /// The leaf's number has bit `n` where question `n` was answered with yes.
    pub leaves: [f32; LEAVES],
}

/// Trees whose sum ranks candidates, above a start of `scale` × ln(share of the tuned view).
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// Borders of each feature, ascending; bin `n` is above `n` of them.
    pub(crate) borders: Vec<Vec<f32>>,
    pub(crate) scale: f32,
    pub(crate) trees: Vec<Tree>,
}

/// Room to rank in.
#[derive(Debug, Clone)]
pub(crate) struct Bins {
    bins: Vec<u8>,
}

impl Default for Bins {
    fn default() -> Self {
        Self { bins: vec![0; N_FEATURES * MAX_CANDIDATES] }
    }
}

impl Forest {
    /// The score of each candidate; `scores` is emptied before.
    pub(crate) fn rank(&self, rows: &Rows, bins: &mut Bins, scores: &mut Vec<f32>) {
        let n = rows.items.len();
        scores.clear();
        scores.extend(rows.base.iter().map(|base| base * self.scale));
        for feature in 0..N_FEATURES {
            let start = feature * MAX_CANDIDATES;
            let borders = &self.borders[feature];
            // Several features are of the session, and the same for every candidate.
            let mut before = (f32::NAN, 0);
            for (bin, &value) in bins.bins[start..start + n].iter_mut().zip(rows.column(feature)) {
                if value != before.0 {
                    before = (value, bin_of(borders, value));
                }
                *bin = before.1;
            }
        }
        // All places, also those without a candidate: a loop of a length that is known needs no ends.
        let mut leaves = [0_u8; MAX_CANDIDATES];
        let (columns, _) = bins.bins.as_chunks::<MAX_CANDIDATES>();
        for tree in &self.trees {
            leaves.fill(0);
            for (level, &(feature, border)) in tree.splits.iter().enumerate() {
                for (leaf, &bin) in leaves.iter_mut().zip(&columns[usize::from(feature)]) {
                    *leaf |= u8::from(bin > border) << level;
                }
            }
            for (score, &leaf) in scores.iter_mut().zip(&leaves[..n]) {
                *score += tree.leaves[usize::from(leaf) & (LEAVES - 1)];
            }
        }
    }

    /// How many trees there are.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.trees.len()
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.trees.capacity() * size_of::<Tree>()
            + self.borders.iter().map(|borders| 24 + 4 * borders.capacity()).sum::<usize>()
    }
}

/// Answers are whole numbers of this, so that a snapshot keeps them in two bytes.
pub(crate) const LEAF_STEP: f32 = 1.0 / 4_096.0;

/// The nearest answer that a snapshot can keep.
#[cfg(feature = "build")]
pub(crate) fn round_leaf(leaf: f32) -> f32 {
    f32::from((leaf / LEAF_STEP).round() as i16) * LEAF_STEP
}

/// How many borders a value is above.
pub(crate) fn bin_of(borders: &[f32], value: f32) -> u8 {
    borders.partition_point(|&border| border < value) as u8
}
