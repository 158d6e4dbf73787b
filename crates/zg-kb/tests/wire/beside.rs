//! Two files that belong together: the bundle, and what lies beside it.

use sha2::{Digest, Sha256};
use zg_kb::build::{Entry, Extras, Files, Product, compile, compile_files, compile_with, learn};
use zg_kb::{Beside, Bundle, Companion, OpenError, Query};

use crate::Numbers;
use crate::entries::{question, shop};
use crate::hostile::{catalog, repair, replace};
use crate::memory::peak;

fn parts(n_products: usize) -> (Vec<Entry>, Vec<Product>, Vec<u8>) {
    let mut numbers = Numbers(5);
    let mut entries = shop(3, 60);
    for entry in &mut entries {
        entry.variants = (0..6).map(|_| question(&mut numbers)).collect();
    }
    // Once: it is most of the time that this takes.
    static LEARNED: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let embedding = LEARNED.get_or_init(|| learn(&entries).expect("enough ways to ask"));
    (entries, catalog(n_products), embedding.clone())
}

fn built(n_products: usize) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let (entries, products, embedding) = parts(n_products);
    let extras =
        Extras { products: &products, embedding: Some(&embedding), recommender: b"an index", ..Extras::default() };
    let files = compile_files(&entries, &extras).expect("compiles");
    (files.bundle, files.products.expect("there are products"), files.learned.expect("and what was learned"))
}

fn hits(bundle: &Bundle) -> Vec<(u32, String)> {
    let found = bundle.search(&Query { text: "怎么退货 return", ..Query::default() }, 10);
    found.iter().map(|hit| (hit.entry.0, format!("{:?}", hit.score))).collect()
}

fn companion_of(bundle: &Bundle, file: &[u8]) -> Result<Companion, OpenError> {
    Companion::open(file, bundle.awaited())
}

#[test]
fn with_what_lies_beside_it_a_bundle_answers_as_one_that_has_it_inside() {
    let (entries, products, embedding) = parts(3);
    let extras =
        Extras { products: &products, embedding: Some(&embedding), recommender: b"an index", ..Extras::default() };
    let inside = Bundle::open(compile_with(&entries, &extras).expect("compiles")).expect("opens");
    let (bundle, file, learned) = built(3);
    let named = Beside::of(&bundle).expect("a bundle");
    for (beside, file) in named.iter().zip([&file, &learned]) {
        let sha256: [u8; 32] = Sha256::digest(file).into();
        assert_eq!((beside.bytes(), beside.sha256()), (file.len(), &sha256));
        assert_eq!(beside.sha256_text(), sha256.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }
    assert_eq!(named.iter().map(Beside::has_products).collect::<Vec<_>>(), [true, false]);

    let mut bundle = Bundle::open(bundle).expect("opens");
    assert!(bundle.has_products() && bundle.lacks_products() && bundle.catalog().is_empty());
    let before: Vec<u32> = hits(&bundle).into_iter().map(|(entry, _)| entry).collect();
    assert!(!before.is_empty(), "it answers before");
    // In any order, and each once.
    for file in [&learned, &file] {
        bundle.take_in(companion_of(&bundle, file).expect("a file that it names"));
        assert!(companion_of(&bundle, file).is_err());
    }
    assert!(bundle.has_products() && !bundle.lacks_products() && bundle.awaited().is_empty());
    assert!(bundle.catalog().iter().eq(inside.catalog().iter()));
    assert_eq!(bundle.recommender(), inside.recommender());
    assert_eq!(hits(&bundle), hits(&inside));
}

#[test]
fn without_products_there_is_one_file_as_before() {
    let (entries, _, embedding) = parts(0);
    let extras = Extras { embedding: Some(&embedding), ..Extras::default() };
    let files = compile_files(&entries, &extras).expect("compiles");
    let bundle = compile_with(&entries, &extras).expect("compiles");
    assert_eq!(files, Files { bundle, ..Files::default() });
    assert_eq!(Beside::of(&compile(&entries).expect("compiles")), Ok(Vec::new()));
}

#[test]
fn files_of_two_builds_are_no_pair() {
    let ((one, file, _), (other, of_other, _)) = (built(2), built(3));
    let mut one = Bundle::open(one).expect("opens");
    let other = Bundle::open(other).expect("opens");
    for (bundle, file) in [(&one, &of_other), (&other, &file)] {
        assert!(matches!(companion_of(bundle, file), Err(OpenError::Companion { .. })));
    }
    // Opened for another bundle, which has been replaced meanwhile.
    one.take_in(companion_of(&other, &of_other).expect("a pair"));
    assert!(one.lacks_products());
}

#[test]
fn a_damaged_file_is_refused_and_the_bundle_goes_on() {
    let (bundle, file, _) = built(2);
    let bundle = Bundle::open(bundle).expect("opens");
    for at in 0..file.len() {
        let mut damaged = file.clone();
        damaged[at] ^= 1;
        assert!(companion_of(&bundle, &damaged).is_err(), "byte {at}");
    }
    for length in [0, 1, 15, file.len() - 1] {
        assert!(companion_of(&bundle, &file[..length]).is_err(), "{length} bytes");
    }
    assert!(companion_of(&bundle, &[&file[..], b"x"].concat()).is_err());
    assert!(!hits(&bundle).is_empty());
}

/// A bundle that names this file, whatever it is.
fn naming(bundle: &[u8], file: &[u8]) -> Bundle {
    let last = usize::from(u16::from_le_bytes([bundle[6], bundle[7]])) - 1;
    let mut section = (file.len() as u32).to_le_bytes().to_vec();
    section.extend_from_slice(&crc32fast::hash(file).to_le_bytes());
    section.extend_from_slice(&Sha256::digest(file));
    section.push(1);
    let mut bundle = replace(bundle, last, &section);
    repair(&mut bundle);
    Bundle::open(bundle).expect("opens")
}

#[test]
fn hostile_files_that_a_bundle_names_are_refused_or_read() {
    let (bundle, file, _) = built(20);
    let mut numbers = Numbers(7);
    let mut taken = 0;
    for round in 0..200 {
        let mut hostile = file.clone();
        for _ in 0..1 + numbers.below(6) {
            let at = numbers.below(hostile.len());
            hostile[at] = numbers.next() as u8;
        }
        if round % 8 == 0 {
            hostile.truncate(numbers.below(file.len()));
        }
        repair(&mut hostile);
        let mut named = naming(&bundle, &hostile);
        let (_, most) = peak(|| {
            if let Ok(companion) = companion_of(&named, &hostile) {
                named.take_in(companion);
                taken += usize::from(named.catalog().len() == 20);
                hits(&named);
            }
        });
        assert!(most < 64 << 20, "{most} bytes for one of {}", hostile.len());
    }
    assert!(taken > 10, "some are only a little wrong: {taken}");
    let mut unreadable = replace(&bundle, usize::from(bundle[6]) - 1, b"short");
    repair(&mut unreadable);
    assert!(matches!(Bundle::open(unreadable), Err(OpenError::Companion { .. })));
}
