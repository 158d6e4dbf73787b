//! From texts to bags of n-grams, and which n-grams a table has rows for.

use zg_nlu::features;

/// Bags, one after the other.
#[derive(Clone)]
pub(crate) struct Bags {
    /// Where each bag begins in `ids`, and where the last one ends.
    starts: Vec<usize>,
    ids: Vec<u32>,
    /// 1 / √tokens, as the model's input `scale`.
    scales: Vec<f32>,
}

impl Bags {
    fn new() -> Self {
        Self { starts: vec![0], ids: Vec::new(), scales: Vec::new() }
    }

    /// N-grams as buckets of a hash table of `buckets`; what [`Index::bags`] begins with.
    pub(crate) fn hashed<S: AsRef<str>>(texts: &[S], buckets: u32) -> Self {
        let mut bags = Self::new();
        for text in texts {
            let features = features(text.as_ref(), None, buckets);
            // Ids are 1..buckets, never negative.
            bags.push(features.ids.iter().map(|id| id.unsigned_abs()), features.scale());
        }
        bags
    }

    fn push(&mut self, ids: impl Iterator<Item = u32>, scale: f32) {
        self.ids.extend(ids);
        self.starts.push(self.ids.len());
        self.scales.push(scale);
    }

    pub(crate) fn len(&self) -> usize {
        self.scales.len()
    }

    pub(crate) fn get(&self, at: usize) -> (&[u32], f32) {
        (&self.ids[self.starts[at]..self.starts[at + 1]], self.scales[at])
    }

    /// Some of the bags, in the order of `which`.
    pub(crate) fn only(&self, which: &[usize]) -> Self {
        let mut bags = Self::new();
        for at in which {
            let (ids, scale) = self.get(*at);
            bags.push(ids.iter().copied(), scale);
        }
        bags
    }
}

/// Which bucket has which row of a table. Row 0 is that of the n-grams that have none, and stays zero.
pub(crate) struct Index {
    row_of: Vec<u32>,
    rows: usize,
}

impl Index {
    /// Every n-gram of `bags` gets a row, the most frequent ones first where there are more than `most`.
    pub(crate) fn of_all(bags: &Bags, buckets: u32, most: usize) -> Self {
        let mut counts = vec![0_u32; buckets as usize];
        for id in &bags.ids {
            counts[*id as usize] += 1;
        }
        Self::best(&counts.iter().map(|count| *count as f32).collect::<Vec<_>>(), most)
    }

    /// The `most` buckets with the highest scores above 0; of equals the first.
    pub(crate) fn best(scores: &[f32], most: usize) -> Self {
        let mut order: Vec<u32> = (1..scores.len() as u32).filter(|bucket| scores[*bucket as usize] > 0.0).collect();
        order.sort_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]));
        order.truncate(most);
        // Neighbours in the hash are neighbours in the table: the order says nothing, and the file is reproducible.
        order.sort_unstable();
        let mut row_of = vec![0; scores.len()];
        for (bucket, row) in order.iter().zip(1..) {
            row_of[*bucket as usize] = row;
        }
        Self { row_of, rows: order.len() + 1 }
    }

    /// Rows of the table, with row 0.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn row_of(&self) -> &[u32] {
        &self.row_of
    }

    /// Hashed bags as rows of the table.
    pub(crate) fn bags(&self, hashed: &Bags) -> Bags {
        let mut bags = Bags::new();
        for at in 0..hashed.len() {
            let (ids, scale) = hashed.get(at);
            bags.push(ids.iter().map(|id| self.row_of[*id as usize]).filter(|row| *row > 0), scale);
        }
        bags
    }
}
