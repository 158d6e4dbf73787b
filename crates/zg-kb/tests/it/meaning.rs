//! Texts that mean the same find each other, by what a bundle has learned and by what a language has.

use zg_kb::build::{Entry, Extras, compile_with, embedding_of, learn};
use zg_kb::{Bundle, Embedding, Query};

const GENERAL: [&[u8]; 2] =
    [include_bytes!("../../../../models/zh/embedding.zgem"), include_bytes!("../../../../models/en/embedding.zgem")];

/// Thirty matters, asked for in twelve ways each: the words differ, what is asked for does not.
fn shop() -> Vec<Entry> {
    let matters = ["parcel", "refund", "invoice", "coupon", "warranty", "size", "colour", "gift", "courier", "deposit"];
    let asks = [
        ("where is my {}", "i am still waiting for the {}", "track {} status please"),
        ("cancel the {} now", "i no longer want this {}", "stop my {} before it goes out"),
        ("change the {} for me", "can the {} be another one", "swap {} for something else"),
    ];
    let openings = ["", "hello, ", "excuse me, ", "hi there "];
    let mut entries = Vec::new();
    for matter in matters {
        for (number, ask) in asks.iter().enumerate() {
            let ways: Vec<String> = [ask.0, ask.1, ask.2]
                .iter()
                .flat_map(|way| openings.iter().map(move |opening| format!("{opening}{}", way.replace("{}", matter))))
                .collect();
            entries.push(Entry {
                id: format!("{matter}-{number}"),
                question: ways[0].clone(),
                variants: ways[1..].to_vec(),
                answer: format!("answer {number} about the {matter}"),
                lang: "en".to_owned(),
                ..Entry::default()
            });
        }
    }
    entries
}

fn open(entries: &[Entry], embedding: Option<&[u8]>) -> Bundle {
    let extras = Extras { embedding, ..Extras::default() };
    Bundle::open(compile_with(entries, &extras).expect("compiles")).expect("opens")
}

fn best<'b>(bundle: &'b Bundle, text: &str) -> (&'b str, f64) {
    let hits = bundle.search(&Query { text, ..Query::default() }, 1);
    hits.first().map_or(("", 0.0), |hit| (bundle.entry(hit.entry).id, hit.score))
}

#[test]
fn a_shop_teaches_its_bundle_alike_every_time_and_the_bundle_can_be_asked_for_it() {
    let entries = shop();
    let table = learn(&entries).expect("enough ways to ask");
    assert!(learn(&entries).as_ref() == Some(&table) && table.len() < 100_000);
    let bytes = compile_with(&entries, &Extras { embedding: Some(&table), ..Extras::default() }).expect("compiles");
    assert_eq!(embedding_of(&bytes).as_ref(), Some(&table));
    assert_eq!(embedding_of(b"no bundle"), None);
}

#[test]
fn few_ways_to_ask_teach_nothing() {
    let few: Vec<Entry> = shop().into_iter().map(|entry| Entry { variants: Vec::new(), ..entry }).collect();
    assert_eq!(learn(&few), None);
    // Nor does one answer under everything.
    let alike = |entry: Entry| Entry { answer: "see the manual".to_owned(), ..entry };
    assert_eq!(learn(&few.iter().cloned().cycle().take(900).map(alike).collect::<Vec<_>>()), None);
    assert_eq!(learn(&[]), None);
}

#[test]
fn every_way_to_ask_finds_its_entry_with_and_without_what_was_learned() {
    let entries = shop();
    let table = learn(&entries);
    for mut bundle in [open(&entries, None), open(&entries, table.as_deref())] {
        for attached in [false, true] {
            if attached {
                GENERAL.iter().for_each(|bytes| bundle.attach(Embedding::read(bytes).expect("sound")));
            }
            for entry in &entries {
                assert_eq!(best(&bundle, &entry.variants[4]).0, entry.id, "{attached}");
            }
        }
    }
}

#[test]
fn what_means_the_same_in_other_words_is_nearer_than_what_means_nothing_here() {
    let entries = shop();
    let mut bundle = open(&entries, learn(&entries).as_deref());
    bundle.attach(Embedding::read(GENERAL[1]).expect("sound"));
    let (asked, sure) = best(&bundle, "i am waiting for my refnud, where is it");
    assert_eq!(asked, "refund-0");
    let (_, unsure) = best(&bundle, "how tall is the highest mountain of the moon");
    assert!(sure > unsure + 0.2, "{sure} {unsure}");
}

#[test]
fn a_bundle_that_takes_the_place_of_another_keeps_its_general_embeddings() {
    let entries = shop();
    let (mut old, mut new) = (open(&entries, None), open(&entries, None));
    let plain = best(&new, "i am waiting for my refund").1;
    old.attach(Embedding::read(GENERAL[1]).expect("sound"));
    let attached = best(&old, "i am waiting for my refund").1;
    new.attach_those_of(&mut old);
    assert_eq!(best(&new, "i am waiting for my refund").1, attached);
    assert_ne!(plain, attached);
}

#[test]
fn no_cut_or_changed_embedding_is_taken() {
    for whole in GENERAL {
        assert!(Embedding::read(whole).is_ok());
        for at in (0..whole.len()).step_by(97).chain([0, 4, 5, 6, 7, 8, 9, 10, 11]) {
            assert!(Embedding::read(&whole[..at]).is_err(), "cut at {at}");
            let mut damaged = whole.to_vec();
            damaged[at] ^= 0x41;
            // What it is for, how soft it is, and how it was taught are no part of the checksum.
            if let Ok(read) = Embedding::read(&damaged) {
                assert!(at < 12 && read.lang().len() < 3, "changed at {at}");
            }
        }
    }
    // A table of zeros that claims to be large.
    let mut bomb = b"ZGEM\x01\x10\x40\x01\x00\x00\0\0\0\0".to_vec();
    bomb.extend_from_slice(&[3, 0]);
    assert!(Embedding::read(&bomb).is_err());
}
