//! How long to wait before the next try.

const FIRST_MILLIS: f64 = 400.0;
/// Short, because a shopper is looking at the message that waits.
const LONGEST_MILLIS: f64 = 15_000.0;

/// Exponential, capped, with full jitter over its upper half (`random` in `0.0..1.0`), so that a thousand shoppers
/// who lost the server together do not come back together.
#[must_use]
pub fn backoff_millis(attempt: u32, random: f64) -> u32 {
    let whole = (FIRST_MILLIS * f64::from(1_u32 << attempt.min(10))).min(LONGEST_MILLIS);
    (whole * (0.5 + 0.5 * random.clamp(0.0, 1.0))) as u32
}

#[cfg(test)]
mod tests {
    use super::backoff_millis;

    #[test]
    fn it_grows_and_is_capped() {
        assert_eq!(backoff_millis(0, 0.0), 200);
        assert_eq!(backoff_millis(0, 1.0), 400);
        assert_eq!(backoff_millis(3, 1.0), 3_200);
        assert_eq!(backoff_millis(60, 1.0), 15_000);
    }
}
