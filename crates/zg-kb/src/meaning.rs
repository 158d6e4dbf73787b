//! Which texts mean the same: vectors of all ways to ask, beside those of an utterance.
//!
//! Two embeddings may have a say: one that came with the bundle, trained on its own ways to ask, and a general one of the
//! language, which arrives later or never.

use crate::bundle::Bundle;
use crate::embed::{DIMS, Embedding, Vector, cosine};
use crate::index::Index;

/// Vectors of all forms, by both embeddings.
#[derive(Default)]
pub(crate) struct Vectors {
    own: Option<(Embedding, Vec<i8>)>,
    /// One per language; at most two, for texts with ideographs and for texts without.
    general: Vec<Embedding>,
    of_general: Vec<i8>,
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
        let own = own.map(|embedding| {
            let mut vectors = vec![0; n_forms * DIMS];
            embedding.of_forms(index, |_| true, &mut vectors);
            (embedding, vectors)
        });
        Self { own, ..Self::default() }
    }
}

impl Bundle {
    /// Adds the general embedding of a language, in place of one of the same; the bundle's texts get their vectors.
    pub fn attach(&mut self, embedding: Embedding) {
        let n_forms = self.forms.len();
        if self.vectors.han.is_empty() {
            self.vectors.han = (0..n_forms).map(|form| self.forms.get(form).chars().any(zg_text::is_han)).collect();
            self.vectors.of_general = vec![0; n_forms * DIMS];
            self.vectors.crowding = self.crowding();
        }
        let han = embedding.lang() == "zh";
        let Vectors { general, of_general, han: of_form, .. } = &mut self.vectors;
        embedding.of_forms(&self.index, |form| of_form[form as usize] == han, of_general);
        general.retain(|other| other.lang() != embedding.lang());
        general.push(embedding);
    }

    /// Takes over the general embeddings of the bundle that this one replaces.
    pub fn attach_those_of(&mut self, other: &mut Bundle) {
        for embedding in std::mem::take(&mut other.vectors.general) {
            self.attach(embedding);
        }
    }

    pub(crate) fn meaning_of(&self, text: &str) -> Meaning {
        let vectors = &self.vectors;
        let han = text.chars().any(zg_text::is_han);
        let general = vectors.general.iter().find(|embedding| (embedding.lang() == "zh") == han);
        Meaning {
            own: vectors.own.as_ref().map(|(embedding, _)| embedding.of_text(text)),
            general: general.map(|embedding| embedding.of_text(text)),
            han,
        }
    }

    /// By the bundle's own embedding and by the general one, 0 where there is none.
    pub(crate) fn cosines(&self, meaning: &Meaning, form: u32) -> (f64, f64) {
        let at = form as usize * DIMS..(form as usize + 1) * DIMS;
        let vectors = &self.vectors;
        let own = match (&vectors.own, &meaning.own) {
            (Some((_, of_forms)), Some(vector)) => cosine(vector, &of_forms[at.clone()]),
            _ => 0.0,
        };
        let general = match &meaning.general {
            Some(vector) if vectors.han[form as usize] == meaning.han => cosine(vector, &vectors.of_general[at]),
            _ => 0.0,
        };
        (own, general)
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
        let n_ways = self.vectors.own.as_ref().map_or(0, |(embedding, _)| embedding.n_ways());
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
