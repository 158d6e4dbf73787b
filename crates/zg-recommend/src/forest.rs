//! A forest of oblivious trees: every node of a level asks the same question, so that a tree is a table and six
//! comparisons rank all candidates at once (Prokhorenkova et al., "CatBoost", 2018).

use crate::features::{ALIKE, MAX_CANDIDATES, N_FEATURES, Rows};

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
    /// Of each feature, ascending; bin `n` is above `n` of them.
    pub(crate) borders: Vec<Vec<f32>>,
    pub(crate) scale: f32,
    /// Of each tree, see [`Tree::splits`].
    pub(crate) splits: Vec<[(u8, u8); DEPTH]>,
    /// Of each tree [`LEAVES`], one tree after the other; at the end so many zeros that a byte is the number of a leaf for the last
    /// one, too, and needs no look at whether it is.
    leaves: Vec<f32>,
    /// The borders that some tree asks about: about half of them.
    asked: Vec<Vec<f32>>,
    /// The splits, by numbers of those.
    questions: Vec<[(u8, u8); DEPTH]>,
}

const BYTES: usize = 1 << 8;

/// Room to rank in.
#[derive(Debug, Clone)]
pub(crate) struct Bins {
    bins: Vec<[u8; MAX_CANDIDATES]>,
}

impl Default for Bins {
    fn default() -> Self {
        Self { bins: vec![[0; MAX_CANDIDATES]; N_FEATURES] }
    }
}

impl Forest {
    pub(crate) fn new(borders: Vec<Vec<f32>>, scale: f32, trees: &[Tree]) -> Self {
        let splits: Vec<[(u8, u8); DEPTH]> = trees.iter().map(|tree| tree.splits).collect();
        // A border that there is not is above everything.
        let border = |(feature, border): (u8, u8)| {
            borders[usize::from(feature)].get(usize::from(border)).copied().unwrap_or(f32::INFINITY)
        };
        let mut asked = vec![Vec::new(); borders.len()];
        for &split in splits.as_flattened() {
            asked[usize::from(split.0)].push(border(split));
        }
        for asked in &mut asked {
            asked.sort_unstable_by(f32::total_cmp);
            asked.dedup();
            asked.shrink_to_fit();
        }
        let question = |split: (u8, u8)| {
            let (asked, border) = (&asked[usize::from(split.0)], border(split));
            (split.0, asked.partition_point(|&other| other < border) as u8)
        };
        let questions = splits.iter().map(|splits| splits.map(question)).collect();
        let mut leaves = Vec::with_capacity(trees.len() * LEAVES + BYTES - LEAVES);
        trees.iter().for_each(|tree| leaves.extend_from_slice(&tree.leaves));
        leaves.resize(leaves.len() + BYTES - LEAVES, 0.0);
        Self { borders, scale, splits, leaves, asked, questions }
    }

    /// The score of each candidate; `scores` is emptied before.
    #[inline(always)]
    pub(crate) fn rank(&self, rows: &Rows, bins: &mut Bins, scores: &mut Vec<f32>) {
        scores.clear();
        scores.extend(rows.base.iter().map(|base| base * self.scale));
        let (columns, _) = rows.columns.as_chunks::<MAX_CANDIDATES>();
        for (feature, ((bins, column), asked)) in bins.bins.iter_mut().zip(columns).zip(&self.asked).enumerate() {
            if ALIKE.contains(&feature) {
                bins.fill(bin_of(asked, column[0]));
                continue;
            }
            // All places, as below.
            *bins = bins_of(asked, column);
        }
        let columns = &bins.bins;
        // Several at a time, so that a score is fetched and put back once for all of them; the sum is the same.
        let (fours, rest) = self.questions.as_chunks::<4>();
        for (four, questions) in fours.iter().enumerate() {
            let [of_first, of_second, of_third, of_fourth] = questions;
            let (a, b) = (leaves_of(of_first, columns), leaves_of(of_second, columns));
            let (c, d) = (leaves_of(of_third, columns), leaves_of(of_fourth, columns));
            let [of_a, of_b, of_c, of_d] = std::array::from_fn(|at| self.leaves(4 * four + at));
            for ((((score, a), b), c), d) in scores.iter_mut().zip(&a).zip(&b).zip(&c).zip(&d) {
                let mut sum = *score;
                sum += of_a[usize::from(*a)];
                sum += of_b[usize::from(*b)];
                sum += of_c[usize::from(*c)];
                sum += of_d[usize::from(*d)];
                *score = sum;
            }
        }
        for (at, questions) in rest.iter().enumerate() {
            let leaves = self.leaves(4 * fours.len() + at);
            for (score, leaf) in scores.iter_mut().zip(leaves_of(questions, columns)) {
                *score += leaves[usize::from(leaf)];
            }
        }
    }

    /// Those of a tree and of some after it.
    fn leaves(&self, tree: usize) -> &[f32; BYTES] {
        self.leaves[tree * LEAVES..].first_chunk().expect("zeros lie behind the last tree")
    }

    /// Splits and leaves of each tree.
    pub(crate) fn trees(&self) -> impl Iterator<Item = (&[(u8, u8); DEPTH], &[f32; LEAVES])> {
        self.splits.iter().zip(self.leaves.as_chunks::<LEAVES>().0)
    }

    /// How many trees there are.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.splits.len()
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let borders: usize = self.borders.iter().chain(&self.asked).map(|all| 4 * all.capacity()).sum();
        let lists = size_of::<Vec<f32>>() * (self.borders.capacity() + self.asked.capacity());
        let splits = size_of::<[(u8, u8); DEPTH]>() * (self.splits.capacity() + self.questions.capacity());
        borders + lists + splits + 4 * self.leaves.capacity()
    }
}

/// Which leaf each candidate comes to. All places, also those without a candidate: a loop of a length that is known needs no ends.
#[inline(always)]
fn leaves_of(questions: &[(u8, u8); DEPTH], columns: &[[u8; MAX_CANDIDATES]]) -> [u8; MAX_CANDIDATES] {
    let mut leaves = [0_u8; MAX_CANDIDATES];
    for (level, &(feature, border)) in questions.iter().enumerate() {
        for (leaf, &bin) in leaves.iter_mut().zip(&columns[usize::from(feature)]) {
            *leaf |= u8::from(bin > border) << level;
        }
    }
    leaves
}

/// The bins of values, as [`bin_of`] finds them: each border, of which there are few, is compared with all of them at once.
#[inline(always)]
fn bins_of(borders: &[f32], values: &[f32; MAX_CANDIDATES]) -> [u8; MAX_CANDIDATES] {
    let mut bins = [0_u8; MAX_CANDIDATES];
    for &border in borders {
        for (bin, &value) in bins.iter_mut().zip(values) {
            *bin += u8::from(value > border);
        }
    }
    bins
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neighbours::{ascending, value_of};

    #[test]
    fn comparing_with_every_border_finds_the_bin_that_halving_finds() {
        let lists: [Vec<f32>; 5] = [
            Vec::new(),
            vec![0.0],
            vec![-1.0, -0.0, 1.0],
            (0..63).map(|n| 10.0_f32.powi(n - 31)).collect(),
            vec![f32::MIN, f32::MIN_POSITIVE, f32::MAX, f32::INFINITY],
        ];
        for list in lists {
            let near = list.iter().flat_map(|&border| [border, border.next_up(), border.next_down(), border * 1.5]);
            let odd = [0.0, -0.0, f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN];
            for value in near.chain(odd) {
                assert_eq!(
                    bins_of(&list, &[value; MAX_CANDIDATES]),
                    [bin_of(&list, value); MAX_CANDIDATES],
                    "{value} among {list:?}"
                );
            }
        }
    }

    #[test]
    fn numbers_ascend_with_values() {
        let values = [f32::NEG_INFINITY, -1.0, -f32::MIN_POSITIVE, -0.0, 0.0, 1e-30, 1.0, f32::MAX, f32::INFINITY];
        assert!(values.windows(2).all(|pair| ascending(pair[0]) < ascending(pair[1])));
        assert!(values.iter().all(|&value| value_of(ascending(value)).to_bits() == value.to_bits()));
    }
}
