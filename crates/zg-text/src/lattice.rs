//! The lattice: every way to read a text, and the cheapest.

use std::borrow::Cow;

use crate::read::RewriteKind;

/// Costs are whole numbers, so that native and WASM builds agree to the last bit.
///
/// What a character nobody knows anything about costs as it stands.
pub(crate) const CHARACTER: u32 = 10;
/// A character that is often a word of its own.
pub(crate) const FUNCTION: u32 = 6;
/// Such characters.
pub(crate) const FUNCTIONS: &str =
    "我你您他她它的了是不没有在要想能会就都也还又再很太到去来给和跟把被让这那哪谁吗呢吧啊多少大小好个天点人上下几";
/// A run of Latin letters and digits as it stands.
pub(crate) const TOKEN: u32 = 20;

/// A known word of `n` characters as it stands.
pub(crate) const fn known(n: u32) -> u32 {
    4 + 2 * n
}

/// A listed surface form of `n` characters, read as what the list says: dearer than a known word of that length,
/// cheaper than anything shorter.
pub(crate) const fn listed(n: u32) -> u32 {
    5 + 2 * n
}

/// A word of `n` characters, of which `differing` were typed wrong, `fuzzy` of those with another sound.
pub(crate) const fn typo(n: u32, differing: u32, fuzzy: u32) -> u32 {
    10 + 2 * n + 3 * differing + 2 * fuzzy
}

/// One way to read the characters from `start` to `end` (positions, not bytes).
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub start: usize,
    pub end: usize,
    pub cost: u32,
    /// What is read instead; `None` is the text as it stands.
    pub read: Option<(RewriteKind, Cow<'static, str>)>,
}

impl Edge {
    fn words(&self) -> Option<&str> {
        self.read.as_ref().map(|(_, read)| read.as_ref())
    }
}

/// Edges, ascending by start.
#[derive(Debug, Default)]
pub(crate) struct Lattice {
    edges: Vec<Edge>,
}

impl Lattice {
    pub fn keep(&mut self, start: usize, end: usize, cost: u32) {
        self.edges.push(Edge { start, end, cost, read: None });
    }

    pub fn rewrite(
        &mut self,
        start: usize,
        end: usize,
        cost: u32,
        kind: RewriteKind,
        read: impl Into<Cow<'static, str>>,
    ) {
        self.edges.push(Edge { start, end, cost, read: Some((kind, read.into())) });
    }

    /// How many edges there are: what the work is linear in.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.edges.len()
    }

    /// The cheapest path from 0 to `length`, each edge with its margin: how much more the cheapest path costs that leaves
    /// the edge's first character as it stands or reads the same stretch as other words. Of equally cheap paths the one whose edges were added first.
    pub fn best(self, length: usize) -> Vec<(Edge, u32)> {
        debug_assert!(self.edges.is_sorted_by_key(|edge| edge.start), "edges are added from left to right");
        let edges = &self.edges;
        let mut to = vec![u32::MAX; length + 1];
        let mut last = vec![usize::MAX; length + 1];
        to[0] = 0;
        for (at, edge) in edges.iter().enumerate() {
            let cost = to[edge.start].saturating_add(edge.cost);
            if cost < to[edge.end] {
                to[edge.end] = cost;
                last[edge.end] = at;
            }
        }
        let mut from = vec![u32::MAX; length + 1];
        from[length] = 0;
        for edge in edges.iter().rev() {
            from[edge.start] = from[edge.start].min(from[edge.end].saturating_add(edge.cost));
        }
        let mut path = Vec::new();
        let mut position = length;
        while position > 0 {
            let Some(edge) = edges.get(last[position]) else { break };
            path.push(last[position]);
            position = edge.start;
        }
        path.reverse();
        // Another way to read a rewrite is its first character as it stands, or the same stretch as something else.
        let mut chosen = vec![usize::MAX; length + 1];
        for &at in path.iter().filter(|at| edges[**at].read.is_some()) {
            chosen[edges[at].start] = at;
        }
        let mut others = vec![u32::MAX; length + 1];
        for edge in edges {
            let cost = to[edge.start].saturating_add(edge.cost).saturating_add(from[edge.end]);
            let positions = if edge.read.is_some() { edge.start..edge.start + 1 } else { edge.start..edge.end };
            for position in positions {
                let Some(best) = edges.get(chosen[position]) else { continue };
                if edge.read.is_none() || edge.end == best.end && edge.words() != best.words() {
                    others[position] = others[position].min(cost);
                }
            }
        }
        let best = to[length];
        path.into_iter().map(|at| (edges[at].clone(), others[edges[at].start].saturating_sub(best))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_path_wins_and_knows_by_how_much() {
        let mut lattice = Lattice::default();
        lattice.keep(0, 1, 10);
        lattice.keep(1, 2, 10);
        lattice.rewrite(1, 3, 9, RewriteKind::Slang, "x");
        lattice.rewrite(1, 2, 8, RewriteKind::Slang, "y");
        lattice.keep(2, 3, 10);
        lattice.keep(3, 4, 10);
        let path = lattice.best(4);
        let shown: Vec<_> = path.iter().map(|(edge, margin)| (edge.start, edge.end, edge.cost, *margin)).collect();
        assert_eq!(shown[1], (1, 3, 9, 11));
        assert_eq!(shown.len(), 3);
        assert!(Lattice::default().best(0).is_empty());
    }
}
