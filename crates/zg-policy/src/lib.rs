//! A shop's policy: two decision tables with the hit policy "unique" of DMN 1.5 (OMG), where of two rules that overlap one
//! has to be the narrower, and wins.
//!
//! - *Manners* ([`Manner`]): temper × intent × customer → how it is said, and whether a person is offered. A device decides.
//! - *Remedies* (`money`, with the feature `build`): verified fault × customer → what the shop gives. The server decides, from
//!   facts of the order. Temper is no column of it: acting angry cannot pay, because nobody could write a rule that says so.
//!
//! `build::compile` proves that every cell has one answer, that no rule is in vain, and that the worst case stays within the
//! budget.

#[cfg(feature = "build")]
pub mod build;
mod manner;
#[cfg(feature = "build")]
pub mod money;

mod style;

pub use manner::{Customer, Manner, Manners, Person, Reward, Temper, Tone};
pub use style::Style;
