//! At least how much, with a confidence of nine in ten.

/// The one-sided quantile of the normal distribution for nine in ten.
const Z: f64 = 1.281_55;

/// The lower bound of a share, `part` of `whole`: Wilson's score interval (1927), which holds for few observations too.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole <= 0.0 || part <= 0.0 {
        return 0.0;
    }
    let p = (part / whole).min(1.0);
    let z2 = Z * Z / whole;
    let margin = Z * (p * (1.0 - p) / whole + z2 / (4.0 * whole)).sqrt();
    ((p + z2 / 2.0 - margin) / (1.0 + z2)).clamp(0.0, 1.0)
}

/// The lower bound of a number of events that were counted: a Poisson distribution's, by the approximation of Wilson and
/// Hilferty (1931). One event makes sure of a tenth of one, thirty of twenty-three.
pub(super) fn count(n: f64) -> f64 {
    if n <= 0.0 {
        return 0.0;
    }
    let root = 1.0 - 1.0 / (9.0 * n) - Z / (3.0 * n.sqrt());
    if root <= 0.0 { 0.0 } else { n * root * root * root }
}

#[cfg(test)]
mod tests {
    use super::{count, share};

    #[test]
    fn bounds_are_those_of_the_tables() {
        // Garwood's exact limits at .9 one-sided: 0.105, 1.102, 6.221; the approximation is within a hundredth.
        for (n, limit) in [(1.0, 0.105), (3.0, 1.102), (10.0, 6.221)] {
            assert!((count(n) - limit).abs() < 0.011, "{n}: {}", count(n));
        }
        for (part, whole, limit) in [(1.0, 1.0, 0.378), (5.0, 10.0, 0.312), (40.0, 50.0, 0.718), (0.0, 9.0, 0.0)] {
            assert!((share(part, whole) - limit).abs() < 0.001, "{part} of {whole}: {}", share(part, whole));
        }
        assert_eq!((count(0.0), count(0.01), share(1.0, 0.0)), (0.0, 0.0, 0.0));
    }
}
