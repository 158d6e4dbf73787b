//! Learns from a shop's own ways to ask which texts mean the same, while the bundle is compiled.
//!
//! In-batch softmax over forms of one answer (Khosla et al., "Supervised Contrastive Learning", 2020), a third of them
//! mistyped and half of their features dropped, so that no single one is relied on. Optimiser: Adam (Kingma and Ba, 2015).
//! Every number comes from a generator that is seeded alike and is added up in one order: the same forms give the same bytes.

use std::collections::HashMap;

use super::Entry;
use crate::embed::{self, DIMS, features};

/// Fewer ways to ask for one answer teach nothing: Banking77's development part, Recall@1 with and without, in `ARCHITECTURE.md`.
const LEAST_FORMS: usize = 3;
/// Fewer forms that teach than this are not worth the bytes.
const LEAST_TEACHING: usize = 150;
/// One in so many entries may share an answer that says something.
const MOST_SHARE: usize = 20;
const MOST_ROWS_LOG2: u8 = 12;
const LEAST_ROWS_LOG2: u8 = 9;
/// A small bundle is to stay small: fewer rows. On the demo shop's development questions (`zhanggui eval kb`)
/// Recall@1 is .761 with a row for four forms, .755 for eight and .745 for sixteen, at 38, 21 and 13 kilobytes of download.
const FEW_FORMS: usize = 8_192;
const BATCH: usize = 256;
const EPOCHS: usize = 16;
/// Batches at least, where there are few forms, and at most, where there are very many.
const N_BATCHES: std::ops::RangeInclusive<usize> = 200..=1_600;
const RATE: f32 = 0.012;
const TEMPERATURE: f32 = 0.1;
const SOFTNESS: f32 = 0.5;
const DROP: f32 = 0.4;
const MISTYPED: f32 = 0.35;
/// Steps of the table: -3 to 3.
const LEVELS: f32 = 3.0;
/// The step is such that this share of the table lies within the levels: coarser for a small bundle, where it costs nothing
/// and halves the bytes, finer for a large one, where it is worth half a point of Recall@1 (BANKING77's development part).
const WITHIN: f64 = 0.998;
const WITHIN_OF_FEW: f64 = 0.99995;

type Row = [f32; DIMS];

/// The table for a bundle of these entries, in the bytes of `ZGEM`; `None` where too few entries have several ways to be asked.
#[must_use]
pub fn learn(entries: &[Entry]) -> Option<Vec<u8>> {
    let groups = groups(entries);
    let n_forms: usize = groups.iter().map(Vec::len).sum();
    let teaching: usize = groups.iter().filter(|forms| forms.len() >= LEAST_FORMS).map(Vec::len).sum();
    // A few rich entries among many of one question each: the table would know those alone, and doubt the others.
    if teaching < LEAST_TEACHING || teaching * 2 < n_forms {
        return None;
    }
    let forms_a_row = if n_forms < FEW_FORMS { 16 } else { 4 };
    let rows_log2 = (n_forms / forms_a_row).max(1).ilog2() as u8 + 1;
    let rows_log2 = rows_log2.clamp(LEAST_ROWS_LOG2, MOST_ROWS_LOG2);
    let table = train(&groups, rows_log2);
    let mut sizes: Vec<f32> = table.iter().flatten().map(|value| value.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    let within = if n_forms < FEW_FORMS { WITHIN_OF_FEW } else { WITHIN };
    let step = sizes[(sizes.len() as f64 * within) as usize] / LEVELS;
    let steps: Vec<i8> =
        table.iter().flatten().map(|value| (value / step).round().clamp(-LEVELS, LEVELS) as i8).collect();
    let softness = ((SOFTNESS / step) * (SOFTNESS / step)).round().max(1.0) as usize;
    Some(embed::write(rows_log2, softness, n_forms / groups.len(), &steps))
}

/// The table that a bundle carries, as bytes: whoever only mends an answer keeps it, because a table that is learnt anew
/// changes everywhere.
#[must_use]
pub fn embedding_of(bundle: &[u8]) -> Option<Vec<u8>> {
    crate::format::Sections::read(bundle).ok()?.find(b"EMBD").map(<[u8]>::to_vec)
}

/// The ways to ask by answer: shops write one answer under several entries, and those are no look-alikes.
/// An answer that a good part of all entries has is no answer of theirs: a placeholder, or "see the manual".
fn groups(entries: &[Entry]) -> Vec<Vec<&str>> {
    let answers: Vec<String> = entries.iter().map(|entry| zg_text::normalize(entry.answer.trim())).collect();
    let mut n_entries_of: HashMap<&str, usize> = HashMap::new();
    for answer in &answers {
        *n_entries_of.entry(answer).or_default() += 1;
    }
    let mut number_of: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Vec<&str>> = Vec::new();
    for (entry, answer) in entries.iter().zip(&answers) {
        let shared = n_entries_of[answer.as_str()];
        let own = shared > 1 && shared * MOST_SHARE <= entries.len();
        let known = if own { number_of.get(answer.as_str()).copied() } else { None };
        let number = known.unwrap_or_else(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if own {
            number_of.insert(answer, number);
        }
        groups[number].extend(std::iter::once(&*entry.question).chain(entry.variants.iter().map(|way| &**way)));
    }
    groups
}

fn train(groups: &[Vec<&str>], rows_log2: u8) -> Vec<Row> {
    let mut dice = Dice(0x5eed);
    let forms: Vec<(&str, u32)> =
        (0..).zip(groups).flat_map(|(group, forms)| forms.iter().map(move |form| (*form, group))).collect();
    let known: Vec<Vec<u32>> = forms.iter().map(|(form, _)| rows_of(form, rows_log2)).collect();
    let first_of: Vec<usize> = groups
        .iter()
        .scan(0, |next, forms| {
            let first = *next;
            *next += forms.len();
            Some(first)
        })
        .collect();
    let mut table: Vec<Row> = (0..1_usize << rows_log2).map(|_| std::array::from_fn(|_| dice.normal() * 0.1)).collect();
    let mut adam = Adam::new(table.len());
    let mut order: Vec<usize> = (0..forms.len()).filter(|form| groups[forms[*form].1 as usize].len() > 1).collect();
    let n_batches = (order.len() * EPOCHS / BATCH).clamp(*N_BATCHES.start(), *N_BATCHES.end());
    let mut at = order.len();
    for batch in 0..n_batches {
        let mut asked = Vec::with_capacity(BATCH);
        let mut answers = Vec::with_capacity(BATCH);
        let mut group_of = Vec::with_capacity(BATCH);
        for _ in 0..BATCH.min(order.len()) {
            if at == order.len() {
                dice.shuffle(&mut order);
                at = 0;
            }
            let form = order[at];
            at += 1;
            let (text, group) = forms[form];
            let first = first_of[group as usize];
            // Another one of the group.
            let step = 1 + dice.below(groups[group as usize].len() - 1);
            let other = first + (form - first + step) % groups[group as usize].len();
            let rows = if dice.unit() < MISTYPED {
                rows_of(&mistyped(text, &mut dice), rows_log2)
            } else {
                known[form].clone()
            };
            asked.push(Sum::of(&table, dropped(rows, &mut dice)));
            answers.push(Sum::of(&table, dropped(known[other].clone(), &mut dice)));
            group_of.push(group);
        }
        let rate = RATE * (1.0 - batch as f32 / n_batches as f32) + RATE * 0.05;
        let (of_asked, of_answers) = gradients(&asked, &answers, &group_of);
        for (sum, gradient) in asked.iter().zip(&of_asked).chain(answers.iter().zip(&of_answers)) {
            adam.add(sum, gradient);
        }
        adam.step(&mut table, rate);
    }
    table
}

/// The sum of some rows, scaled to be at most 1 long.
struct Sum {
    rows: Vec<u32>,
    unit: Row,
    length: f32,
}

impl Sum {
    fn of(table: &[Row], rows: Vec<u32>) -> Self {
        let mut sum = [0.0; DIMS];
        for row in &rows {
            add(&mut sum, &table[*row as usize], 1.0);
        }
        let length = (dot(&sum, &sum) + SOFTNESS * SOFTNESS).sqrt();
        Self { rows, unit: sum.map(|value| value / length), length }
    }
}

/// Of the softmax's loss, by the unscaled sums of either side: every answer of the same group is right.
fn gradients(asked: &[Sum], answers: &[Sum], group_of: &[u32]) -> (Vec<Row>, Vec<Row>) {
    let mut of_asked = vec![[0.0; DIMS]; asked.len()];
    let mut of_answers = vec![[0.0; DIMS]; answers.len()];
    for (at, asked) in asked.iter().enumerate() {
        let mut chances: Vec<f32> = answers.iter().map(|answer| dot(&asked.unit, &answer.unit) / TEMPERATURE).collect();
        let most = chances.iter().copied().fold(f32::MIN, f32::max);
        for chance in &mut chances {
            *chance = libm::expf(*chance - most);
        }
        let all: f32 = chances.iter().sum();
        let n_right = group_of.iter().filter(|group| **group == group_of[at]).count() as f32;
        for (other, chance) in chances.iter().enumerate() {
            let right = if group_of[other] == group_of[at] { 1.0 / n_right } else { 0.0 };
            let slope = (chance / all - right) / (answers.len() as f32 * TEMPERATURE);
            add(&mut of_asked[at], &answers[other].unit, slope);
            add(&mut of_answers[other], &asked.unit, slope);
        }
    }
    for (gradient, sum) in of_asked.iter_mut().zip(asked).chain(of_answers.iter_mut().zip(answers)) {
        // Through the scaling.
        let along = dot(gradient, &sum.unit);
        add(gradient, &sum.unit, -along);
        *gradient = gradient.map(|value| value / sum.length);
    }
    (of_asked, of_answers)
}

struct Adam {
    gradient: Vec<Row>,
    mean: Vec<Row>,
    square: Vec<Row>,
    n_steps: i32,
}

impl Adam {
    fn new(n_rows: usize) -> Self {
        let zeros = || vec![[0.0; DIMS]; n_rows];
        Self { gradient: zeros(), mean: zeros(), square: zeros(), n_steps: 0 }
    }

    fn add(&mut self, sum: &Sum, gradient: &Row) {
        for row in &sum.rows {
            add(&mut self.gradient[*row as usize], gradient, 1.0);
        }
    }

    fn step(&mut self, table: &mut [Row], rate: f32) {
        self.n_steps += 1;
        let (of_mean, of_square) = (1.0 - 0.9_f32.powi(self.n_steps), 1.0 - 0.99_f32.powi(self.n_steps));
        let rows = table.iter_mut().zip(&mut self.gradient).zip(&mut self.mean).zip(&mut self.square);
        for (((table, gradient), mean), square) in rows {
            for dim in 0..DIMS {
                let slope = gradient[dim];
                mean[dim] = 0.9 * mean[dim] + 0.1 * slope;
                square[dim] = 0.99 * square[dim] + 0.01 * slope * slope;
                table[dim] -= rate * (mean[dim] / of_mean) / ((square[dim] / of_square).sqrt() + 1e-8);
            }
            *gradient = [0.0; DIMS];
        }
    }
}

fn rows_of(text: &str, rows_log2: u8) -> Vec<u32> {
    let mut rows = Vec::new();
    features(text, |feature| rows.push(feature >> (32 - u32::from(rows_log2))));
    rows
}

fn dropped(mut rows: Vec<u32>, dice: &mut Dice) -> Vec<u32> {
    if rows.len() > 3 {
        rows.retain(|_| dice.unit() >= DROP);
    }
    rows
}

/// The text with one character lost, doubled, swapped or replaced, or for an ideograph, lost.
fn mistyped(text: &str, dice: &mut Dice) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let places: Vec<usize> = (0..characters.len()).filter(|at| characters[*at].is_alphanumeric()).collect();
    if places.is_empty() {
        return text.to_owned();
    }
    let at = places[dice.below(places.len())];
    let letter = char::from(b'a' + dice.below(26) as u8);
    match (characters[at].is_ascii(), dice.below(4)) {
        (false, _) | (true, 0) => drop(characters.remove(at)),
        (true, 1) => characters[at] = letter,
        (true, 2) => characters.insert(at, letter),
        (true, _) if at + 1 < characters.len() => characters.swap(at, at + 1),
        (true, _) => {}
    }
    characters.into_iter().collect()
}

fn dot(one: &Row, other: &Row) -> f32 {
    // In lanes, so that the compiler may use them: it must not reorder sums by itself.
    let mut lanes = [0.0_f32; 8];
    for (one, other) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
        for lane in 0..8 {
            lanes[lane] += one[lane] * other[lane];
        }
    }
    lanes.iter().sum()
}

fn add(sum: &mut Row, other: &Row, times: f32) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += other * times;
    }
}

/// splitmix64 (Steele, Lea and Flood, 2014): its seed is its state, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to 1, without 1.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// Near enough to normal: twelve evenly spread numbers added up.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }

    fn shuffle(&mut self, items: &mut [usize]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}
