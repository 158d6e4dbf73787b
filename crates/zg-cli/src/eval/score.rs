//! Where the right entry stands among those found.

use serde_json::json;

use super::table::{figure, share};

#[derive(Default)]
pub struct Score {
    n: usize,
    at_1: usize,
    at_3: usize,
    at_10: usize,
    reciprocal: f64,
}

impl Score {
    /// `rank` counts from 0; none where nothing right is among the first ten.
    pub fn add(&mut self, rank: Option<usize>) {
        self.n += 1;
        let Some(rank) = rank else { return };
        self.at_1 += usize::from(rank < 1);
        self.at_3 += usize::from(rank < 3);
        self.at_10 += usize::from(rank < 10);
        self.reciprocal += 1.0 / (rank + 1) as f64;
    }

    pub fn figures(&self) -> serde_json::Value {
        json!({"n": self.n, "recall_at_1": share(self.at_1, self.n), "recall_at_3": share(self.at_3, self.n),
               "recall_at_10": share(self.at_10, self.n), "mrr_at_10": figure(self.reciprocal / self.n.max(1) as f64)})
    }
}
