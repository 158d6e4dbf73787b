//! Which texts mean the same: vectors of all ways to ask, beside those of an utterance.
//!
//! Two embeddings may have a say: one that came with the bundle, trained on its own ways to ask, and a general one of the
//! language, which arrives later or never.

use std::sync::OnceLock;

use crate::bundle::Bundle;
use crate::embed::{Embedding, TermSums, Vector, cosine};
use crate::index::Index;

/// An embedding, and what the forms of a bundle are by it.
struct Known {
    embedding: Embedding,
    terms: TermSums,
    /// By form; empty where there are so many forms that their vectors would be most of what a bundle holds in memory.
    /// A vector is made when it is first looked at: a bundle is ready sooner, and a search looks at a thousand.
    of_forms: Vec<OnceLock<Box<Vector>>>,
}

/// Of how many forms the vectors are kept.
const MOST_KEPT: usize = 1 << 14;

impl Known {
    fn new(embedding: Embedding, index: &Index, n_forms: usize) -> Self {
        let n_kept = if n_forms <= MOST_KEPT { n_forms } else { 0 };
        let terms = embedding.of_terms(index);
        Self { embedding, terms, of_forms: (0..n_kept).map(|_| OnceLock::new()).collect() }
    }

    fn cosine(&self, index: &Index, vector: &Vector, form: u32) -> f64 {
        let Self { embedding, terms, of_forms } = self;
        match of_forms.get(form as usize) {
            Some(kept) => {
                cosine(vector, kept.get_or_init(|| Box::new(embedding.of_form(index, terms, form))).as_slice())
            }
            None => embedding.cosine_of_form(vector, index, terms, form),
        }
    }
}

/// What the embeddings say of all forms.
#[derive(Default)]
pub(crate) struct Vectors {
    own: Option<Known>,
    /// One per language; at most two, for texts with ideographs and for texts without.
    general: Vec<Known>,
    /// Per form: whether it holds an ideograph.
    han: Vec<bool>,
    /// How near the tenth question is, as a share of how near a question is to itself.
    crowding: f64,
}

/// An utterance's vectors.
pub(crate) struct Meaning {
    own: Option<Vector>,
    general: Option<Vector>,
    han: bool,
}

/// How many of the bundle's own questions say how crowded it is.
const N_SAMPLES: usize = 24;
/// LCQMC's questions have .36, those of payment services (AFQMC, ATEC, BQ) .50.
const SPARSE: f64 = 0.38;
const CROWDED: f64 = 0.48;
/// Ways to ask an entry, on the mean.
const SINGLE: f64 = 1.5;
const VARIED: f64 = 4.0;
/// Ways to ask that taught the bundle's own embedding of each answer, on the mean.
const POOR: f64 = 10.0;
const RICH: f64 = 60.0;

impl Meaning {
    /// Whether the bundle's own embedding has a say, and whether the general one has.
    pub(crate) fn known(&self) -> (bool, bool) {
        (self.own.is_some(), self.general.is_some())
    }

    /// Whether the utterance holds an ideograph.
    pub(crate) fn han(&self) -> bool {
        self.han
    }
}

impl Vectors {
    pub(crate) fn own(own: Option<Embedding>, index: &Index, n_forms: usize) -> Self {
        Self { own: own.map(|embedding| Known::new(embedding, index, n_forms)), ..Self::default() }
    }

    /// Takes the bundle's own embedding, which came after it.
    pub(crate) fn set_own(&mut self, own: Embedding, index: &Index, n_forms: usize) {
        self.own = Some(Known::new(own, index, n_forms));
    }

    /// The general embedding for texts with ideographs, or for those without.
    fn general(&self, han: bool) -> Option<&Known> {
        self.general.iter().find(|known| is_for_han(&known.embedding) == han)
    }
}

fn is_for_han(embedding: &Embedding) -> bool {
    embedding.lang() == "zh"
}

impl Bundle {
    /// Adds the general embedding of a language, in place of one of the same; the bundle's texts get their vectors.
    pub fn attach(&mut self, embedding: Embedding) {
        let n_forms = self.forms.len();
        if self.vectors.han.is_empty() {
            self.vectors.han = (0..n_forms).map(|form| self.forms.get(form).chars().any(zg_text::is_han)).collect();
            self.vectors.crowding = self.crowding();
        }
        let general = &mut self.vectors.general;
        general.retain(|other| other.embedding.lang() != embedding.lang());
        general.push(Known::new(embedding, &self.index, n_forms));
    }

    /// Takes over the general embeddings of the bundle that this one replaces.
    pub fn attach_those_of(&mut self, other: &mut Bundle) {
        for known in std::mem::take(&mut other.vectors.general) {
            self.attach(known.embedding);
        }
    }

    pub(crate) fn meaning_of(&self, text: &str) -> Meaning {
        let han = text.chars().any(zg_text::is_han);
        let vector = |known: &Known| known.embedding.of_text(text);
        Meaning { own: self.vectors.own.as_ref().map(vector), general: self.vectors.general(han).map(vector), han }
    }

    /// By the bundle's own embedding and by the general one, 0 where there is none.
    pub(crate) fn cosines(&self, meaning: &Meaning, form: u32) -> (f64, f64) {
        let vectors = &self.vectors;
        let own = match (&vectors.own, &meaning.own) {
            (Some(known), Some(vector)) => known.cosine(&self.index, vector, form),
            _ => 0.0,
        };
        let general = match (vectors.general(meaning.han), &meaning.general) {
            (Some(known), Some(vector)) if vectors.han[form as usize] == meaning.han => {
                known.cosine(&self.index, vector, form)
            }
            _ => 0.0,
        };
        (own, general)
    }

    /// Whether the meaning of every form may be looked at.
    pub(crate) fn keeps_vectors(&self) -> bool {
        self.forms.len() <= MOST_KEPT
    }

    /// How near a form is by either, for choosing candidates.
    pub(crate) fn nearness(&self, meaning: &Meaning, form: u32) -> f32 {
        let (own, general) = self.cosines(meaning, form);
        own.max(general) as f32
    }

    /// 0 where words tell questions apart as in general talk, 1 where they do so as little as in a bank's FAQ.
    pub(crate) fn crowded(&self) -> f64 {
        ((self.vectors.crowding - SPARSE) / (CROWDED - SPARSE)).clamp(0.0, 1.0)
    }

    /// 0 where every entry is one question, 1 where entries have many ways to be asked.
    pub(crate) fn variety(&self) -> f64 {
        let n_ways = self.forms.len() as f64 / self.len().max(1) as f64;
        ((n_ways - SINGLE) / (VARIED - SINGLE)).clamp(0.0, 1.0)
    }

    /// 0 where answers have few ways to be asked, 1 where they have very many: how far the bundle's own embedding is believed.
    pub(crate) fn richness(&self) -> f64 {
        let n_ways = self.vectors.own.as_ref().map_or(0, |known| known.embedding.n_ways());
        ((f64::from(n_ways) - POOR) / (RICH - POOR)).clamp(0.0, 1.0)
    }

    /// How much nearer a question is to itself than to the tenth entry beside it, on the mean of some of the bundle's own:
    /// near 1 where many entries say nearly the same in the same words, so that words alone tell little.
    fn crowding(&self) -> f64 {
        let n = self.len().min(N_SAMPLES);
        let mut sum = 0.0;
        for sample in 0..n {
            let entry = sample * self.len() / n;
            let form = self.forms_of(crate::EntryIdx(entry as u32)).start;
            let asked = self.ask(self.forms.get(form as usize));
            let matches = self.matches(&asked);
            // The best form of each of the ten nearest other entries, the nearest first.
            let mut nearest = [0.0_f32; 10];
            for other in (0..self.len()).filter(|other| *other != entry) {
                let forms = self.forms_of(crate::EntryIdx(other as u32));
                let best = forms.map(|form| matches.of_form[form as usize]).fold(0.0, f32::max);
                let at = nearest.iter().position(|near| best > *near).unwrap_or(nearest.len());
                if at < nearest.len() {
                    nearest[at..].rotate_right(1);
                    nearest[at] = best;
                }
            }
            sum += f64::from(nearest[9] / matches.of_form[form as usize].max(f32::MIN_POSITIVE));
        }
        sum / n.max(1) as f64
    }
}
