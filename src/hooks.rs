//! Effects, one per file.

mod use_viewport;

pub use use_viewport::use_viewport;
