//! Strings with numbers, in order.

/// Ascending rows of a string and the number of what it stands for.
///
/// All our tables are of this one type, because a sort is compiled anew for every type: a good kilobyte each in WASM.
pub(crate) type Sorted = Vec<(&'static str, u32)>;

pub(crate) fn sorted(strings: impl Iterator<Item = &'static str>) -> Sorted {
    let mut rows: Sorted = strings.zip(0..).collect();
    sort(&mut rows);
    rows
}

/// Sorts rows of strings and numbers; here, so that it is compiled once.
#[inline(never)]
pub fn sort(rows: &mut [(&str, u32)]) {
    rows.sort_unstable();
}
