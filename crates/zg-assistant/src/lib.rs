//! The dialogue, sans I/O: [`step`] takes a state and an event and gives the next state and what is to be done.
//!
//! The caller owns the clock, the storage and the network; the same code answers in the browser's worker,
//! in `zhanggui chat` and for channels without a browser.
//! The models are known through [`Understand`] alone: with [`NoModels`] the dialogue goes by text search.
//!
//! It never writes an answer of its own: what it claims is an entry of the knowledge base, with id, source and confidence.
//! Where none is sure enough it asks back, and where none is near it offers a person.

mod answer;
mod calibration;
mod card;
mod channel;
mod context;
mod person;
mod phrases;
pub mod playbook;
mod rank;
mod recommend;
mod slots;
mod step;
mod task;

pub use calibration::{ACCEPT, CLARIFY, MOST_DOUBT, Thresholds};
pub use channel::{Channel, Part, render};
pub use phrases::locale_for;
pub use playbook::Playbooks;
pub use rank::{Candidate, Evidence, candidates};
pub use step::{Context, step, step_listing};

use zg_domain::{Understanding, Utterance};

/// The models, wherever they run.
pub trait Understand {
    /// What an utterance means; `None` where no model can tell (not loaded yet, another language).
    fn understand(&self, utterance: &Utterance<'_>) -> Option<Understanding>;
}

/// The models are not there.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoModels;

impl Understand for NoModels {
    fn understand(&self, _: &Utterance<'_>) -> Option<Understanding> {
        None
    }
}
