//! Products of small dense matrices, row-major `f32`, by plain loops of a fixed order.

/// Columns are padded to a multiple of this.
pub(crate) const LANES: usize = 8;
/// Rows of a batch are padded to a multiple of this.
pub(crate) const TILE: usize = 4;

/// `c += a · b`: `a` is n × `k`, `b` is `k` × `m`, `c` is n × `m`; n is a multiple of [`TILE`], `m` of [`LANES`].
pub(crate) fn multiply_add(a: &[f32], b: &[f32], c: &mut [f32], k: usize, m: usize) {
    for (a, c) in a.chunks_exact(TILE * k).zip(c.chunks_exact_mut(TILE * m)) {
        let (a0, rest) = a.split_at(k);
        let (a1, rest) = rest.split_at(k);
        let (a2, a3) = rest.split_at(k);
        for at in (0..m).step_by(LANES) {
            let mut sums = [[0.0_f32; LANES]; TILE];
            for ((((b, a0), a1), a2), a3) in b.chunks_exact(m).zip(a0).zip(a1).zip(a2).zip(a3) {
                let Some(b) = b[at..].first_chunk::<LANES>() else { break };
                for lane in 0..LANES {
                    sums[0][lane] += a0 * b[lane];
                    sums[1][lane] += a1 * b[lane];
                    sums[2][lane] += a2 * b[lane];
                    sums[3][lane] += a3 * b[lane];
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                for (to, sum) in c[row * m + at..][..LANES].iter_mut().zip(sums) {
                    *to += sum;
                }
            }
        }
    }
}

/// `to` becomes the transpose of `from`, which has `cols` columns.
pub(crate) fn transpose(from: &[f32], cols: usize, to: &mut Vec<f32>) {
    let rows = from.len() / cols;
    to.clear();
    to.resize(from.len(), 0.0);
    for (row, values) in from.chunks_exact(cols).enumerate() {
        for (col, value) in values.iter().enumerate() {
            to[col * rows + row] = *value;
        }
    }
}
