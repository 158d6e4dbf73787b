//! Knowledge: compiled into a bundle, opened on the device, searched as the shopper types.
//!
//! A bundle (`.zgkb`, see `docs/formats.md`) carries text, compressed in blocks, and no index:
//! [`Bundle::open`] builds the term dictionary (an `fst`) and the posting lists from the text.
//! Text changes in small patches where a packed index changes everywhere,
//! and an automaton built here cannot be a hostile one (`fst` panics on one in five flipped bits).
//!
//! [`Bundle::search`] ranks entries by BM25 over character and word terms of each way to ask,
//! then by order and adjacency read from the stored text of the best candidates.
//! `Bundle::explain` (feature `build`) says which terms made a hit.
//!
//! ```
//! # #[cfg(feature = "build")] {
//! use zg_kb::{Bundle, Query, build};
//! let source = "---\nlang: zh\n---\n## 怎么退货? {#return}\nvariants: 我想退掉\n\n订单页申请即可。\n";
//! let mut sources = build::Sources::default();
//! sources.add_markdown("faq.md", source);
//! let bundle = Bundle::open(build::compile(&sources.entries).unwrap()).unwrap();
//! let hits = bundle.search(&Query { text: "退货怎么弄", ..Query::default() }, 3);
//! assert_eq!(bundle.entry(hits[0].entry).id, "return");
//! assert_eq!(bundle.answer(hits[0].entry).unwrap(), "订单页申请即可。");
//! # }
//! ```
//!
//! Features: `build` imports, compiles, makes and applies deltas; `delta` applies them where others compare the hashes; `sign` has keys and signatures.

mod beside;
#[cfg(feature = "build")]
pub mod build;
mod bundle;
#[cfg(feature = "delta")]
pub mod delta;
mod embed;
mod evidence;
#[cfg(feature = "build")]
mod explain;
mod format;
mod index;
mod meaning;
mod near;
mod products;
mod search;
#[cfg(feature = "sign")]
pub mod sign;
mod strings;
mod suggest;

pub use beside::{Beside, Companion};
pub use bundle::{Bundle, EntryIdx, EntryInfo};
pub use embed::{Embedding, features};
#[cfg(feature = "build")]
pub use evidence::Seen;
#[cfg(feature = "build")]
pub use explain::{MatchKind, MatchedTerm, Why};
pub use format::OpenError;
pub use products::{MAX_PRODUCTS, ProductInfo, Products};
pub use search::{Hit, PRODUCT_FIRST, Query};
pub use suggest::Typed;
