//! Calibrated probabilities.

/// A calibrated probability, always within `0.0..=1.0` and a multiple of 1/1000.
///
/// The grid is what makes replies identical on every target: matrix kernels differ in the last bits
/// between native and WASM, and a shopper cannot tell 0.8131 from 0.8132.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Confidence(u16);

impl Confidence {
    pub const ZERO: Self = Self(0);
    pub const ONE: Self = Self(1000);

    /// Rounds to the grid; `None` for NaN and for values outside `0.0..=1.0`.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self((value * 1000.0 + 0.5) as u16))
    }

    /// Rounds to the grid, taking NaN for 0 and cutting at both ends.
    #[must_use]
    pub fn saturating(value: f64) -> Self {
        Self::new(value.clamp(0.0, 1.0)).unwrap_or(Self::ZERO)
    }

    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}
