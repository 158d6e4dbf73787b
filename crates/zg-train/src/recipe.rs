//! From utterances to a calibrated student.
//!
//! 1. Cross-validation: per fold a support vector machine and a net on the other folds; what both say of the fold.
//! 2. Teachers: five nets (three for a large table) and a machine on everything, each at the temperature that its kind had in 1.
//! 3. The student: one net on the utterances and variants of them, labelled by the mean of the teachers
//!    (Hinton, Vinyals and Dean 2015) and a little by the table.
//! 4. Its temperature and thresholds: from students of the folds, of which one is enough for a large table.

use crate::augment::{variant, words};
use crate::bags::{Bags, Index};
use crate::calibrate::{Scored, best, calls, exponent, probabilities};
use crate::net::{Fit, Net, Shape};
use crate::rng::Rng;
use crate::svm::Svm;
use crate::table::Corpus;

/// Buckets of the teachers' features: so many that n-grams hardly ever meet.
const TEACHER_BUCKETS: u32 = 1 << 20;
const TEACHER_ROWS: usize = 16_000;
/// Weights of one machine; more n-grams than fit are the rare ones.
const SVM_WEIGHTS: usize = 40_000_000;
const SVM_C: f32 = 1.0;
/// How much the student believes the teachers rather than the table.
const TRUST: f32 = 0.9;
/// What is spread over all intents where the table speaks.
const SMOOTHING: f32 = 0.1;
/// The temperature of scope over that of confidence.
const SCOPE: f32 = 2.5;

/// Every size and length that depends on how much there is to learn from.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) folds: usize,
    /// How many folds get a student of their own.
    pub(crate) students: usize,
    pub(crate) buckets: u32,
    pub(crate) rows: usize,
    pub(crate) dim: usize,
    pub(crate) hidden: usize,
    batch: usize,
    teachers: u64,
    teacher_steps: usize,
    student_steps: usize,
    copies: usize,
    seed: u64,
}

impl Plan {
    /// For `n` utterances of `labels` intents; the student's weights take at most `bytes`.
    pub(crate) fn new(n: usize, labels: usize, bytes: usize, seed: u64) -> Self {
        let large = n > 3_000;
        let (dim, hidden) = if n > 1_000 { (64, 128) } else { (32, 64) };
        let buckets = if n > 1_000 { 32_768 } else { 16_384 };
        let batch = if n >= 2_000 { 64 } else { 16 };
        // int8 but for the buckets (16 bits), the biases and one scale per column.
        let dense = dim * hidden + (hidden + dim) * labels + 4 * (dim + 2 * hidden + 2 * labels);
        let rows = bytes.saturating_sub(2 * buckets as usize + dense) / dim;
        Self {
            folds: if large { 3 } else { 5 },
            students: if large { 1 } else { 5 },
            buckets,
            rows: rows.min(32_767),
            dim,
            hidden,
            batch,
            // Five against three: +.1 points on two development parts of Banking77, two seeds, which is within noise;
            // where there are 15,000 utterances they would cost ten seconds.
            teachers: if n > 12_000 { 3 } else { 5 },
            teacher_steps: (16 * n / batch).clamp(200, 4_000),
            student_steps: (32 * n / batch).clamp(300, 8_000),
            copies: (90_000 / n).clamp(1, 6) - 1,
            seed,
        }
    }

    /// The lengths for a part of the utterances.
    fn part(&self, share: f64) -> Self {
        let less = |steps: usize| ((steps as f64 * share) as usize).max(100);
        Self { teacher_steps: less(self.teacher_steps), student_steps: less(self.student_steps), ..self.clone() }
    }
}

pub(crate) struct Student {
    pub(crate) net: Net,
    pub(crate) index: Index,
}

pub(crate) struct Outcome {
    pub(crate) student: Student,
    pub(crate) temperature: f32,
    pub(crate) scope_temperature: f32,
    pub(crate) scope_exponent: f64,
    /// What the students of the folds said of utterances they had not seen: confidence, and whether right.
    pub(crate) calls: Vec<(f32, bool)>,
    /// Probabilities of every utterance by models that had not seen it: utterances × labels.
    pub(crate) held_out: Vec<f32>,
}

/// `outside` is the label for "none of these", if there is one.
pub(crate) fn run(corpus: &Corpus, plan: &Plan, outside: Option<usize>, progress: &mut dyn FnMut(&str)) -> Outcome {
    let n = corpus.texts.len();
    let labels = corpus.labels.len();
    let hashed = Bags::hashed(&corpus.texts, TEACHER_BUCKETS);
    let every = Index::of_all(&hashed, TEACHER_BUCKETS, SVM_WEIGHTS / labels);
    let bags = every.bags(&hashed);
    drop(hashed);
    let words: Vec<Vec<String>> = corpus.texts.iter().map(|text| words(text)).collect();
    let study = Study { corpus, every: &every, bags: &bags, words: &words };

    let fold_of = folds(&corpus.intents, labels, plan.folds, plan.seed);
    let mut machine_scores = vec![0.0; n * labels];
    let mut net_logits = vec![0.0; n * labels];
    let mut pairs = Vec::new();
    for fold in 0..plan.folds {
        progress(&format!("cross-validation, part {} of {}", fold + 1, plan.folds));
        let (held, rest): (Vec<usize>, Vec<usize>) = (0..n).partition(|at| fold_of[*at] == fold);
        let part = plan.part(rest.len() as f64 / n as f64);
        let machine = study.machine(&rest);
        let net = study.teacher(&machine, &rest, &part, fold as u64);
        let unseen = bags.only(&held);
        scatter(&machine.scores(&unseen), &held, labels, &mut machine_scores);
        scatter(&net.net.logits(&net.index.bags(&unseen)), &held, labels, &mut net_logits);
        if fold < plan.students {
            pairs.push((machine, net, held, rest, part));
        }
    }
    let scored = |logits| Scored { logits, intents: &corpus.intents, labels };
    let machine_temperature = scored(&machine_scores).temperature();
    let net_temperature = scored(&net_logits).temperature();

    let mut student_logits = Vec::new();
    let mut student_rows = Vec::new();
    for (fold, (machine, net, held, rest, part)) in pairs.into_iter().enumerate() {
        progress(&format!("calibration, part {} of {}", fold + 1, plan.students));
        let teachers =
            Teachers { machine, machine_temperature, nets: vec![net], net_temperature, every: &every, labels };
        let student = study.student(&teachers, &rest, &part, fold as u64);
        let texts: Vec<&str> = held.iter().map(|at| corpus.texts[*at].as_str()).collect();
        let unseen = student.index.bags(&Bags::hashed(&texts, plan.buckets));
        student_logits.extend(student.net.logits(&unseen));
        student_rows.extend(held);
    }
    let student_intents: Vec<usize> = student_rows.iter().map(|at| corpus.intents[*at]).collect();
    let students = Scored { logits: &student_logits, intents: &student_intents, labels };
    let temperature = students.temperature().clamp(0.02, 30.0);
    let p = students.probabilities(temperature);
    let student_calls = calls(&p, labels, &student_intents);
    let scope_temperature = temperature * SCOPE;
    let tops: Vec<f32> = students
        .probabilities(scope_temperature)
        .chunks_exact(labels)
        .map(|p| p.iter().enumerate().filter(|(at, _)| Some(*at) != outside).fold(0.0, |top: f32, (_, p)| top.max(*p)))
        .collect();
    let held_out = if plan.students == plan.folds {
        let mut all = vec![0.0; n * labels];
        scatter(&p, &student_rows, labels, &mut all);
        all
    } else {
        let parts = [(&machine_scores[..], machine_temperature), (&net_logits, net_temperature)];
        let logs = log_mean(&parts, labels);
        scored(&logs).probabilities(scored(&logs).temperature())
    };

    progress("teachers");
    let all: Vec<usize> = (0..n).collect();
    let machine = study.machine(&all);
    let nets = (0..plan.teachers).map(|seed| study.teacher(&machine, &all, plan, 100 + seed)).collect();
    let teachers = Teachers { machine, machine_temperature, nets, net_temperature, every: &every, labels };
    progress("the model");
    let student = study.student(&teachers, &all, plan, 1_000);
    Outcome {
        student,
        temperature,
        scope_temperature,
        scope_exponent: exponent(&tops, &student_calls),
        calls: student_calls,
        held_out,
    }
}

/// What every part of the recipe works from.
struct Study<'s> {
    corpus: &'s Corpus,
    every: &'s Index,
    /// Rows of `every`.
    bags: &'s Bags,
    words: &'s [Vec<String>],
}

/// A net of its own, larger table; `index` leads from rows of [`Study::every`] to its rows.
struct Teacher {
    net: Net,
    index: Index,
}

struct Teachers<'s> {
    machine: Svm,
    machine_temperature: f32,
    nets: Vec<Teacher>,
    net_temperature: f32,
    every: &'s Index,
    labels: usize,
}

impl Teachers<'_> {
    /// The mean of what they say: texts × labels.
    fn say(&self, texts: &[String]) -> Vec<f32> {
        let mut mean = Vec::with_capacity(texts.len() * self.labels);
        // In portions, because features of every variant at once would take a gigabyte.
        for texts in texts.chunks(4_096) {
            let bags = self.every.bags(&Bags::hashed(texts, TEACHER_BUCKETS));
            let machine = self.machine.scores(&bags);
            let nets: Vec<Vec<f32>> =
                self.nets.iter().map(|teacher| teacher.net.logits(&teacher.index.bags(&bags))).collect();
            let mut parts = vec![(&machine[..], self.machine_temperature)];
            parts.extend(nets.iter().map(|logits| (&logits[..], self.net_temperature)));
            mean.extend(self::mean(&parts, self.labels));
        }
        mean
    }
}

impl Study<'_> {
    fn machine(&self, which: &[usize]) -> Svm {
        let intents: Vec<usize> = which.iter().map(|at| self.corpus.intents[*at]).collect();
        Svm::fit(&self.bags.only(which), self.every.rows(), &intents, self.corpus.labels.len(), SVM_C)
    }

    /// A net on the n-grams that matter to `machine`.
    fn teacher(&self, machine: &Svm, which: &[usize], plan: &Plan, seed: u64) -> Teacher {
        let labels = self.corpus.labels.len();
        let index = Index::best(&machine.importance(), TEACHER_ROWS);
        let bags = index.bags(&self.bags.only(which));
        let shape = Shape { rows: index.rows(), dim: plan.dim, hidden: plan.hidden, labels };
        let fit = Fit {
            steps: plan.teacher_steps,
            batch: plan.batch,
            drop_ids: 0.5,
            drop_hidden: 0.4,
            seed: plan.seed ^ (seed << 8),
        };
        let targets = |at: usize, to: &mut [f32]| {
            to.fill(SMOOTHING / labels as f32);
            to[self.corpus.intents[which[at]]] += 1.0 - SMOOTHING;
        };
        Teacher { net: Net::fit(shape, &bags, targets, &fit), index }
    }

    fn student(&self, teachers: &Teachers<'_>, which: &[usize], plan: &Plan, seed: u64) -> Student {
        let labels = self.corpus.labels.len();
        let mut rng = Rng::new(plan.seed ^ (seed << 8) ^ 0xa5);
        let mut texts: Vec<String> = which.iter().map(|at| self.corpus.texts[*at].clone()).collect();
        let intents: Vec<usize> = which.iter().map(|at| self.corpus.intents[*at]).collect();
        let own = Bags::hashed(&texts, plan.buckets);
        for _ in 0..plan.copies {
            texts.extend(which.iter().map(|at| variant(&self.words[*at], &mut rng)));
        }
        let wanted = teachers.say(&texts);
        // Which n-grams matter has to be asked again in the student's smaller hash table.
        let importance = Svm::fit(&own, plan.buckets as usize, &intents, labels, SVM_C).importance();
        let index = Index::best(&importance, plan.rows - 1);
        let bags = index.bags(&Bags::hashed(&texts, plan.buckets));
        let shape = Shape { rows: index.rows(), dim: plan.dim, hidden: plan.hidden, labels };
        let fit = Fit {
            steps: plan.student_steps,
            batch: plan.batch,
            drop_ids: 0.2,
            drop_hidden: 0.2,
            seed: plan.seed ^ (seed << 8) ^ 0x5a,
        };
        let targets = |at: usize, to: &mut [f32]| {
            let doubt = (1.0 - TRUST) * SMOOTHING / labels as f32;
            for (to, wanted) in to.iter_mut().zip(&wanted[at * labels..][..labels]) {
                *to = TRUST * wanted + doubt;
            }
            to[intents[at % intents.len()]] += (1.0 - TRUST) * (1.0 - SMOOTHING);
        };
        Student { net: Net::fit(shape, &bags, targets, &fit), index }
    }
}

/// A fold for every utterance; each intent is spread over the folds as evenly as it goes.
fn folds(intents: &[usize], labels: usize, folds: usize, seed: u64) -> Vec<usize> {
    let mut of_label = vec![Vec::new(); labels];
    for (at, intent) in intents.iter().enumerate() {
        of_label[*intent].push(at);
    }
    let mut rng = Rng::new(seed ^ 0xf01d);
    let mut fold_of = vec![0; intents.len()];
    let mut next = 0;
    for members in &mut of_label {
        rng.shuffle(members);
        for at in members {
            fold_of[*at] = next % folds;
            next += 1;
        }
    }
    fold_of
}

fn scatter(rows: &[f32], which: &[usize], labels: usize, to: &mut [f32]) {
    for (row, at) in rows.chunks_exact(labels).zip(which) {
        to[at * labels..][..labels].copy_from_slice(row);
    }
}

/// The mean of probabilities; each part with its temperature.
fn mean(parts: &[(&[f32], f32)], labels: usize) -> Vec<f32> {
    let mut mean = vec![0.0; parts.first().map_or(0, |part| part.0.len())];
    for (logits, temperature) in parts {
        let p = probabilities(logits, labels, *temperature);
        mean.iter_mut().zip(p).for_each(|(mean, p)| *mean += p / parts.len() as f32);
    }
    mean
}

fn log_mean(parts: &[(&[f32], f32)], labels: usize) -> Vec<f32> {
    mean(parts, labels).into_iter().map(|p| libm::logf(p.max(1e-9))).collect()
}

/// The best label of every row and its probability.
pub(crate) fn guesses(p: &[f32], labels: usize) -> Vec<(usize, f32)> {
    p.chunks_exact(labels).map(best).collect()
}
