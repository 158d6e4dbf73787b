//! A forest of oblivious trees: every node of a level asks the same question, so that a tree is a table and six
//! comparisons rank all candidates at once (Prokhorenkova et al., "CatBoost", 2018).

use crate::features::{ALIKE, MAX_CANDIDATES, N_FEATURES, Rows};
use crate::neighbours::{ascending, value_of};

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

impl Tree {
    /// Which leaf each candidate comes to. All places, also those without a candidate: a loop of a length that is known needs no
    /// ends.
    #[inline]
    fn leaves_of(&self, columns: &[[u8; MAX_CANDIDATES]]) -> [u8; MAX_CANDIDATES] {
        let mut leaves = [0_u8; MAX_CANDIDATES];
        for (level, &(feature, border)) in self.splits.iter().enumerate() {
            for (leaf, &bin) in leaves.iter_mut().zip(&columns[usize::from(feature)]) {
                *leaf |= u8::from(bin > border) << level;
            }
        }
        leaves
    }

    fn leaf(&self, at: u8) -> f32 {
        self.leaves[usize::from(at) & (LEAVES - 1)]
    }
}

/// Trees whose sum ranks candidates, above a start of `scale` × ln(share of the tuned view).
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// Of each feature.
    pub(crate) borders: Vec<Borders>,
    pub(crate) scale: f32,
    pub(crate) trees: Vec<Tree>,
}

/// What cuts the values of a feature into bins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Borders {
    /// Ascending; bin `n` is above `n` of them.
    all: Vec<f32>,
    /// The same, and infinities, so that the next two are always there.
    padded: [f32; MAX_BORDERS + 2],
    /// Values between the first border and the last, as numbers that ascend with them, lie in cells of 2^`shift`; of each the
    /// bin of its least value. Floats' numbers are about logarithms, so cells are fine where values are small, as borders are.
    first: u32,
    shift: u32,
    cells: [u8; CELLS],
}

const CELLS: usize = 256;

impl Borders {
    /// Takes at most [`MAX_BORDERS`], ascending.
    pub(crate) fn new(mut all: Vec<f32>) -> Self {
        all.truncate(MAX_BORDERS);
        all.shrink_to_fit();
        let mut padded = [f32::INFINITY; MAX_BORDERS + 2];
        padded[..all.len()].copy_from_slice(&all);
        let ends = all.first().zip(all.last());
        let (first, last) = ends.map_or((0, 0), |(&first, &last)| (ascending(first), ascending(last)));
        let span = last.saturating_sub(first);
        // The last cell is for all that is above.
        let shift = (0..32).find(|shift| (span >> shift) as usize + 1 < CELLS).unwrap_or(31);
        let least = |cell: usize| match cell {
            0 => f32::NEG_INFINITY,
            _ => value_of(first.saturating_add((cell as u32) << shift)),
        };
        let cells = std::array::from_fn(|cell| bin_of(&all, least(cell)));
        Self { all, padded, first, shift, cells }
    }

    pub(crate) fn as_slice(&self) -> &[f32] {
        &self.all
    }

    /// The bin of a value, as [`bin_of`] finds it: a look at its cell and two comparisons, and hardly ever more.
    fn bin_of(&self, value: f32) -> u8 {
        // No border is below what is no number.
        let place = if value.is_nan() { 0 } else { ascending(value) };
        let cell = (place.saturating_sub(self.first) >> self.shift).min(CELLS as u32 - 1);
        let mut bin = usize::from(self.cells[cell as usize]);
        bin += usize::from(self.padded[bin] < value);
        bin += usize::from(self.padded[bin] < value);
        while self.all.get(bin).is_some_and(|&border| border < value) {
            bin += 1;
        }
        bin as u8
    }
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
            let column = rows.column(feature);
            let bins = &mut bins.bins[start..start + n];
            if ALIKE.contains(&feature) {
                bins.fill(column.first().map_or(0, |&value| borders.bin_of(value)));
                continue;
            }
            for (bin, &value) in bins.iter_mut().zip(column) {
                *bin = borders.bin_of(value);
            }
        }
        let (columns, _) = bins.bins.as_chunks::<MAX_CANDIDATES>();
        // Several at a time, so that a score is fetched and put back once for all of them; the sum is the same.
        let (fours, rest) = self.trees.as_chunks::<4>();
        for trees in fours {
            let [a, b, c, d] = trees.each_ref().map(|tree| tree.leaves_of(columns));
            for (at, score) in scores.iter_mut().enumerate().take(MAX_CANDIDATES) {
                let mut sum = *score;
                sum += trees[0].leaf(a[at]);
                sum += trees[1].leaf(b[at]);
                sum += trees[2].leaf(c[at]);
                sum += trees[3].leaf(d[at]);
                *score = sum;
            }
        }
        for tree in rest {
            for (score, leaf) in scores.iter_mut().zip(tree.leaves_of(columns)) {
                *score += tree.leaf(leaf);
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
            + self.borders.iter().map(|borders| size_of::<Borders>() + 4 * borders.all.capacity()).sum::<usize>()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_at_the_cell_finds_the_bin_that_halving_finds() {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state
        };
        let lists: Vec<Vec<f32>> = vec![
            Vec::new(),
            vec![0.0],
            vec![-1.0, -0.0, 1.0],
            // Closer together than cells are.
            (0..63).map(|n| f32::from_bits(1.0_f32.to_bits() + n)).chain([1e30]).take(63).collect(),
            (0..63).map(|n| f32::from_bits(1.0_f32.to_bits() + n * 3)).collect(),
            (0..63).map(|n| 10.0_f32.powi(n - 31)).collect(),
            (0..63).map(|n| n as f32 - 31.0).collect(),
            vec![f32::MIN, f32::MIN_POSITIVE, f32::MAX],
        ];
        for list in lists {
            let borders = Borders::new(list.clone());
            let near = list.iter().flat_map(|&border| [border, border.next_up(), border.next_down(), border * 1.5]);
            let odd = [0.0, -0.0, f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN];
            let any = (0..2_000).map(|_| f32::from_bits(next()));
            for value in near.chain(odd).chain(any) {
                assert_eq!(borders.bin_of(value), bin_of(&list, value), "{value} among {list:?}");
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
