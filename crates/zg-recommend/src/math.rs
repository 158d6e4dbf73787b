//! e^x and ln x of many numbers at once: without branches and calls, so that they are reckoned in lanes, and of additions and
//! multiplications alone, so that every build gives the same bits (Moshier, Cephes, `expf` and `logf`).

/// e^x within some 2e-7 of its size; below −87 that of −87, above 88 that of 88.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Added to a number it leaves the nearest whole one in the lower bits.
    const ROUND: f32 = 12_582_912.0;
    // Not `clamp`, which would be a branch for numbers that are none.
    let x = if x > -87.0 { x } else { -87.0 };
    let x = if x < 88.0 { x } else { 88.0 };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    // ln 2 in two parts, the first of which is exact in few bits.
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let sum = [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
    let sum = sum.iter().fold(1.987_569_1e-4, |sum, term| sum * r + term);
    let power = rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    (sum * r * r + r + 1.0) * f32::from_bits(power)
}

/// ln x within some 2e-7 of its size, near 1 of x − 1; for normal numbers above 0.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    let bits = x.to_bits();
    let m = f32::from_bits(bits & 0x7f_ffff | 0x3f00_0000);
    let e = (bits >> 23) as i32 - 126;
    // From half to one, or rather from the root of a half to that of two.
    let is_small = m < std::f32::consts::FRAC_1_SQRT_2;
    let m = if is_small { m + m } else { m } - 1.0;
    let e = (e - i32::from(is_small)) as f32;
    let sum = [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_4e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    let sum = sum.iter().fold(7.037_683_6e-2, |sum, term| sum * m + term);
    let square = m * m;
    m + (sum * m * square - e * 2.121_944_4e-4 - 0.5 * square) + e * 0.693_359_4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_as_near_as_they_say() {
        for n in 0..2_000_000_u32 {
            let x = -90.0 + 1e-4 * n as f32 * 0.9;
            let exact = f64::from(x.clamp(-87.0, 88.0)).exp();
            let off = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(off < 3e-7, "e^{x} is off by {off}");
        }
        for n in 0..2_000_000_u32 {
            let x = f32::from_bits(0x0080_0000 + n * 1_060);
            let exact = f64::from(x).ln();
            let off = (f64::from(ln(x)) - exact).abs() / exact.abs().max(f64::from((x - 1.0).abs())).max(1e-30);
            assert!(off < 3e-7 || exact == 0.0, "ln {x} is off by {off}");
        }
        assert_eq!((exp(0.0), ln(1.0)), (1.0, 0.0));
    }
}
