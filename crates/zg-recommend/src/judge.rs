//! Judging a way to rank by lists that another one showed: self-normalized inverse propensities (Swaminathan and Joachims,
//! 2015), and the bound below which the truth hardly is.

/// The least propensity that is believed; weights beyond it would be luck.
const LEAST: f64 = 0.01;
/// The fewest shown items that can decide anything.
const MIN_SHOWN: usize = 100;

/// An item that was shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logged {
    /// What it brought: 1 for a click, 0 for none.
    pub reward: f64,
    /// How likely it was to be shown there.
    pub propensity: f64,
    /// How likely the new way shows it there.
    pub wanted: f64,
}

/// What a way to rank is believed to bring for each item shown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Estimate {
    pub n: usize,
    /// Items that would say as much if all were weighed alike.
    pub n_effective: f64,
    pub mean: f64,
    /// The truth is above it in 39 of 40 cases, and below the other as often.
    pub lower: f64,
    pub upper: f64,
}

/// Estimates; nothing for a log that is too short or never showed what is wanted. Rows that make no sense are passed over.
#[must_use]
pub fn estimate(log: &[Logged]) -> Option<Estimate> {
    let sane = |row: &&Logged| {
        row.reward.is_finite()
            && (0.0..=1.0).contains(&row.propensity)
            && row.propensity > 0.0
            && (0.0..=1.0).contains(&row.wanted)
    };
    let rows: Vec<(f64, f64)> =
        log.iter().filter(sane).map(|row| (row.wanted / row.propensity.max(LEAST), row.reward)).collect();
    let n = rows.len();
    let sum: f64 = rows.iter().map(|(weight, _)| weight).sum();
    let squares: f64 = rows.iter().map(|(weight, _)| weight * weight).sum();
    if n < MIN_SHOWN || sum <= 0.0 {
        return None;
    }
    let mean = rows.iter().map(|(weight, reward)| weight * reward).sum::<f64>() / sum;
    // The variance of a ratio, by the delta method.
    let variance = rows.iter().map(|(weight, reward)| (weight * (reward - mean)).powi(2)).sum::<f64>() / (sum * sum);
    // A log without a click has no variance, and still no certainty: three expected clicks may show none (rule of three).
    let n_effective = sum * sum / squares;
    let half = (1.96 * variance.sqrt()).max(if variance == 0.0 { 3.0 / n_effective } else { 0.0 });
    Some(Estimate { n, n_effective, mean, lower: mean - half, upper: mean + half })
}

/// Whether a new way to rank may take the place of the live one: its lower bound is above what the live one brings.
#[must_use]
pub fn accept(new: &[Logged], live: f64) -> bool {
    estimate(new).is_some_and(|estimate| estimate.lower > live)
}
