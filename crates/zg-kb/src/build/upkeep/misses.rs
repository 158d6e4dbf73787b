//! Questions that got no answer: one question, however it is worded, and the entry that is near it.

use std::collections::{BTreeMap, BTreeSet};

use zg_domain::Date;

use super::tally::{People, Voter};
use crate::build::{mask, safe, transcript};
use crate::{Bundle, EntryIdx, Query};

/// How alike a question and a group of them are, by the cosine of their terms and pairs, to be one question.
/// Chosen on the variants of a third of the demo shop's entries against an index of the others.
const ALIKE: f64 = 0.25;
/// Questions that are imagined besides those there are, none with the same word: of thirty questions in all, a word that
/// twenty have is what was asked; of thirty thousand, one that twenty thousand have tells none from the others.
const IMAGINED: f64 = 500.0;
/// What words that are in every question count beside others.
const FUNCTION: f64 = 0.15;
/// Distinct wordings that are grouped; the most asked, where there are more.
const MAX_TEXTS: usize = 20_000;
/// Terms of a question: a longer one is a story, and its start tells.
const MAX_TERMS: usize = 48;
/// Groups that a feature leads to, and those of them that a question is compared with in full.
const MAX_LED: usize = 64;
const N_COMPARED: usize = 16;
/// Wordings of a group that are looked up.
const N_LOOKED_UP: usize = 8;

/// Words that say nothing of what is asked.
const FUNCTION_WORDS: &str = "的了吗呢吧啊呀么嘛哦哈我你您他她它们这那个是有在就都也还要想能可以会请问给把被跟和与或对到去来怎样什多少几哪谁为得着过下没不 \
     a an the i you we my me your it this that is are do does did be have has can could will would to of for in on at with \
     and or how what when where why which who please there get if not";

/// What was asked in these very words, folded.
#[derive(Debug, Default)]
struct Text {
    /// As it was first written.
    shown: String,
    askers: People,
    /// Of those, who asked for a person with it.
    handoffs: BTreeSet<Voter>,
}

#[derive(Debug, Default)]
pub(super) struct Misses(BTreeMap<String, Text>);

/// One question.
#[derive(Debug, Clone, Default)]
pub(super) struct Cluster {
    /// The most asked first, personal data masked.
    pub(super) wordings: Vec<String>,
    pub(super) askers: People,
    /// Of those, who asked for a person with it.
    pub(super) handoffs: BTreeSet<Voter>,
    /// The entry that a further way to ask would lead to.
    pub(super) near: Option<EntryIdx>,
}

impl Cluster {
    /// Takes in another one that is near the same entry.
    pub(super) fn join(&mut self, other: Self) {
        self.wordings.extend(other.wordings);
        self.askers.join(&other.askers);
        self.handoffs.extend(other.handoffs);
    }
}

impl Misses {
    pub(super) fn add(&mut self, text: &str, voter: Voter, at: Option<Date>, handoff: bool) {
        let folded = transcript::core(text);
        if !folded.chars().any(char::is_alphanumeric) || is_call_for_a_person(&folded) {
            return;
        }
        let known = self.0.entry(folded).or_insert_with(|| Text { shown: shown(text), ..Text::default() });
        if handoff {
            known.handoffs.insert(voter.clone());
        }
        known.askers.note(voter, at);
    }

    pub(super) fn clusters(&self, bundle: &Bundle, today: Date) -> Vec<Cluster> {
        let mut texts: Vec<(f64, &String, &Text)> =
            self.0.iter().map(|(folded, text)| (text.askers.weight(today), folded, text)).collect();
        texts.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        texts.truncate(MAX_TEXTS);
        let function: BTreeSet<String> = zg_text::terms(FUNCTION_WORDS).map(|term| term.text).collect();
        let mut features = Features::default();
        let told: Vec<Vector> = texts.iter().map(|(_, folded, _)| features.vector(bundle, folded, &function)).collect();
        let vectors = rare_among_themselves(told, features.0.len());
        let mut groups = group(vectors.iter().cloned().enumerate().map(|(at, vector)| (vector, vec![at])));
        // Once more, the large ones first: what a group has gathered of words reaches further than its first question.
        groups.sort_by_key(|group| (std::cmp::Reverse(group.members.len()), group.members[0]));
        let mut groups = group(groups.into_iter().map(|group| (group.sum.into_iter().collect(), group.members)));
        // What is shown first is asked most, and speaks for the rest.
        for group in &mut groups {
            let mut members = std::mem::take(&mut group.members);
            let worth = |at: &usize| texts[*at].0 * group.likeness(&vectors[*at], 1.0);
            members.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.cmp(b)));
            group.members = members;
        }
        let everybody = audiences(bundle);
        groups
            .into_iter()
            .map(|Group { members, .. }| {
                let mut cluster = Cluster::default();
                for at in &members {
                    cluster.wordings.push(texts[*at].2.shown.clone());
                    cluster.askers.join(&texts[*at].2.askers);
                    cluster.handoffs.extend(texts[*at].2.handoffs.iter().cloned());
                }
                let asked = members.iter().take(N_LOOKED_UP).map(|at| (texts[*at].0, texts[*at].1.as_str()));
                cluster.near = near(bundle, asked, &everybody);
                cluster
            })
            .collect()
    }
}

/// One line, nothing invisible, nobody's data, not too long to read.
fn shown(text: &str) -> String {
    let text = mask(&safe::visible(&text.split_whitespace().collect::<Vec<_>>().join(" ")));
    if text.chars().count() > 120 { text.chars().take(119).chain(['…']).collect() } else { text }
}

/// `转人工`: wants a person, and asks nothing that an entry could answer.
fn is_call_for_a_person(folded: &str) -> bool {
    const CALLS: [&str; 3] = ["人工", "客服", "真人"];
    const WITH: [&str; 12] = ["帮我", "我要", "我想", "请", "转", "接", "找", "叫", "要", "在线", "服务", "一下"];
    const WORDS: &str = " i want need to talk speak chat with a an the real live human agent person operator please customer \
                         service representative someone me can connect ";
    let rest = CALLS.iter().chain(&WITH).fold(folded.to_owned(), |rest, word| rest.replace(word, " "));
    let mut words = rest.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.all(|word| WORDS.contains(&format!(" {word} ")))
}

/// Features of a question, by number, and what each says of it.
type Vector = Vec<(u32, f64)>;

/// Numbers features as they come.
#[derive(Default)]
struct Features(BTreeMap<String, u32>);

impl Features {
    fn number(&mut self, feature: String) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(feature).or_insert(next)
    }

    /// Terms and pairs of neighbours, each by how telling it is in the bundle: what the shop speaks of all the time says
    /// little of what is missing.
    fn vector(&mut self, bundle: &Bundle, folded: &str, function: &BTreeSet<String>) -> Vector {
        let reading = zg_text::read(folded);
        let terms = zg_text::terms(&reading.text).take(MAX_TERMS);
        let terms: Vec<(String, f64)> = terms
            .map(|term| {
                let telling = bundle.telling(&term.text);
                let weight = if function.contains(&term.text) { telling * FUNCTION } else { telling };
                (term.text, weight)
            })
            .collect();
        let mut vector: BTreeMap<u32, f64> = BTreeMap::new();
        for two in terms.windows(2) {
            vector.insert(self.number(format!("{} {}", two[0].0, two[1].0)), (two[0].1 + two[1].1) / 2.0);
        }
        for (term, weight) in terms {
            vector.insert(self.number(term), weight);
        }
        vector.into_iter().collect()
    }
}

/// Weighs features by how few of the questions have them, too, and makes each vector of length one.
fn rare_among_themselves(mut vectors: Vec<Vector>, n_features: usize) -> Vec<Vector> {
    let mut counts = vec![0_u32; n_features];
    for (feature, _) in vectors.iter().flatten() {
        counts[*feature as usize] += 1;
    }
    let all = vectors.len() as f64 + IMAGINED;
    for vector in &mut vectors {
        for (feature, weight) in &mut *vector {
            *weight *= libm::log(all / f64::from(counts[*feature as usize]));
        }
        let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        vector.iter_mut().for_each(|(_, weight)| *weight /= length);
    }
    vectors
}

/// Questions that are one, and the sum of their vectors.
#[derive(Default)]
struct Group {
    sum: BTreeMap<u32, f64>,
    /// The square of the sum's length.
    square: f64,
    members: Vec<usize>,
}

impl Group {
    fn take(&mut self, vector: &Vector, members: &[usize]) {
        for (feature, weight) in vector {
            let sum = self.sum.entry(*feature).or_insert(0.0);
            self.square += weight * (2.0 * *sum + weight);
            *sum += weight;
        }
        self.members.extend(members);
    }

    /// The cosine, on a grid, so that equals are equal whatever the order of adding.
    fn likeness(&self, vector: &Vector, square: f64) -> f64 {
        let shared: f64 = vector.iter().map(|(feature, weight)| weight * self.sum.get(feature).unwrap_or(&0.0)).sum();
        (shared / (self.square * square).sqrt().max(f64::MIN_POSITIVE) * 10_000.0).round() / 10_000.0
    }
}

/// Puts each into the group it is most like, or begins one.
fn group(items: impl Iterator<Item = (Vector, Vec<usize>)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // The groups that have a feature.
    let mut led: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (vector, members) in items {
        let mut shared: BTreeMap<usize, f64> = BTreeMap::new();
        for (feature, weight) in &vector {
            for other in led.get(feature).into_iter().flatten() {
                *shared.entry(*other).or_insert(0.0) += weight * groups[*other].sum[feature];
            }
        }
        let mut others: Vec<(f64, usize)> = shared
            .into_iter()
            .map(|(other, shared)| (shared / groups[other].square.sqrt().max(f64::MIN_POSITIVE), other))
            .collect();
        others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let square = vector.iter().map(|(_, weight)| weight * weight).sum::<f64>();
        let alike =
            others.into_iter().take(N_COMPARED).map(|(_, other)| (groups[other].likeness(&vector, square), other));
        let best =
            alike.filter(|(likeness, _)| *likeness >= ALIKE).fold(None::<(f64, usize)>, |best, one| match best {
                Some(best) if best.0 >= one.0 => Some(best),
                _ => Some(one),
            });
        let at = best.map_or(groups.len(), |best| best.1);
        if at == groups.len() {
            groups.push(Group::default());
        }
        for (feature, _) in &vector {
            let leads = led.entry(*feature).or_default();
            // What hundreds of groups have in common tells none of them from the others.
            if leads.len() < MAX_LED && !leads.contains(&at) {
                leads.push(at);
            }
        }
        groups[at].take(&vector, &members);
    }
    groups
}

/// The groups of shoppers that entries are for, all of them, for a look at every entry.
fn audiences(bundle: &Bundle) -> String {
    let all: BTreeSet<&str> = bundle.entries().map(|(_, info)| info.audience).collect();
    all.into_iter().collect::<Vec<_>>().join("|")
}

/// The entry that most of the asking is near to; of those that have expired too, for somebody asks for them still.
fn near<'t>(bundle: &Bundle, asked: impl Iterator<Item = (f64, &'t str)>, everybody: &str) -> Option<EntryIdx> {
    let (mut votes, mut all): (BTreeMap<EntryIdx, f64>, f64) = Default::default();
    for (weight, folded) in asked {
        all += weight;
        let reading = zg_text::read(folded);
        let lang = reading.identify(folded).0.written();
        let query = Query { text: &reading.text, lang, audience: everybody, ..Query::default() };
        if let Some(hit) = bundle.search(&query, 1).first().filter(|hit| hit.score >= super::NEAR) {
            *votes.entry(hit.entry).or_insert(0.0) += weight;
        }
    }
    let best = votes.into_iter().fold(None::<(EntryIdx, f64)>, |best, vote| match best {
        Some(best) if best.1 >= vote.1 => Some(best),
        _ => Some(vote),
    });
    best.filter(|best| best.1 * 2.0 > all).map(|best| best.0)
}

/// Whether another entry, which holds, answers to the question of this one, for the same product and shoppers.
pub(super) fn answered_otherwise(bundle: &Bundle, entry: EntryIdx, today: Date, least: f64) -> bool {
    let info = bundle.entry(entry);
    let lang = info.lang.split('-').next().filter(|lang| !lang.is_empty());
    let (text, audience) = (bundle.question(entry), info.audience);
    let query = Query { text, lang, today: Some(today), product: Some(info.product), audience };
    bundle.search(&query, 1).first().is_some_and(|hit| hit.entry != entry && hit.score >= least)
}
