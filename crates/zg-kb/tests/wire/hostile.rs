//! Damaged and hostile bundles, deltas and signatures: refused or read, never a panic or a flood.
//!
//! `ZG_HOSTILE=1000000 cargo test --release -p zg-kb --features build,sign hostile` tries a million of them.

use std::ops::Range;

use sha2::{Digest, Sha256};
use zg_domain::Date;
use zg_kb::build::{Entry, Extras, Product, ProductVariant, compile, compile_with};
use zg_kb::delta::{DeltaError, apply, diff, header};
use zg_kb::sign::{Kind, PublicKey, SecretKey, generate, sign, verify};
use zg_kb::{Bundle, OpenError, Query};

use crate::Numbers;
use crate::entries::{edit, shop};
use crate::memory::peak;

const HEADER: usize = 16;
const ROW: usize = 16;
/// What the smallest bundle and delta take: the builder of the term dictionary, the models of the coder, the deflater.
const CONSTANT: usize = 6 << 20;

/// How many of all the cases a test tries. Unoptimised code takes ten times as long for each, so it tries fewer.
fn rounds(share: usize) -> usize {
    let few = if cfg!(debug_assertions) { 4_000 } else { 20_000 };
    let all = std::env::var("ZG_HOSTILE").ok().map_or(few, |n| n.parse().expect("ZG_HOSTILE is a number"));
    all * share / 100
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize)
}

fn set_u32(bytes: &mut [u8], at: usize, value: usize) {
    if let Some(four) = bytes.get_mut(at..at + 4) {
        four.copy_from_slice(&(value as u32).to_le_bytes());
    }
}

fn n_sections(bytes: &[u8]) -> usize {
    bytes.get(6..8).map_or(0, |two| usize::from(u16::from_le_bytes([two[0], two[1]])))
}

fn section(bytes: &[u8], number: usize) -> Option<Range<usize>> {
    let row = HEADER + number * ROW;
    let (offset, length) = (u32_at(bytes, row + 4)?, u32_at(bytes, row + 8)?);
    Some(offset..offset.checked_add(length).filter(|&end| end <= bytes.len())?)
}

/// Makes lengths and checksums right, so that what lies behind them is what is tried.
pub fn repair(bytes: &mut [u8]) {
    if bytes.len() < HEADER {
        return;
    }
    let length = bytes.len();
    set_u32(bytes, 8, length);
    let n_sections = n_sections(bytes);
    for number in 0..n_sections.min(16) {
        if let Some(range) = section(bytes, number) {
            let checksum = crc32fast::hash(&bytes[range]) as usize;
            set_u32(bytes, HEADER + number * ROW + 12, checksum);
        }
    }
    if let Some(table) = bytes.get(HEADER..HEADER + n_sections * ROW) {
        let checksum = crc32fast::hash(table) as usize;
        set_u32(bytes, 12, checksum);
    }
}

/// Puts another body in place of a section's and moves those behind it.
pub fn replace(bytes: &[u8], number: usize, body: &[u8]) -> Vec<u8> {
    let Some(range) = section(bytes, number) else { return bytes.to_vec() };
    let mut new = bytes[..range.start].to_vec();
    new.extend_from_slice(body);
    new.extend_from_slice(&bytes[range.end..]);
    set_u32(&mut new, HEADER + number * ROW + 8, body.len());
    for other in 0..n_sections(bytes).min(16) {
        let at = HEADER + other * ROW + 4;
        if let Some(offset) = u32_at(bytes, at).filter(|&offset| offset >= range.end && other != number) {
            set_u32(&mut new, at, offset - range.len() + body.len());
        }
    }
    new
}

/// One or several small damages of any bytes.
fn damage(numbers: &mut Numbers, bytes: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=numbers.below(6) {
        if bytes.is_empty() {
            return;
        }
        let at = numbers.below(bytes.len());
        let end = (at + numbers.below(24)).min(bytes.len());
        match numbers.below(10) {
            0 => bytes[at] = *[0x00, 0x01, 0x7f, 0x80, 0xff].get(numbers.below(5)).unwrap_or(&0),
            1 => bytes[at] ^= 1 << numbers.below(8),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let repeated = bytes[at..end].to_vec();
                bytes.splice(at..at, repeated);
            }
            4 if !other.is_empty() => {
                let from = numbers.below(other.len());
                let to = (from + numbers.below(64)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            // A number that lies: as large as LEB128 goes, or around powers of two.
            5 => {
                let lie: &[&[u8]] = &[
                    b"\xff\xff\xff\xff\x0f",
                    b"\x80\x80\x80\x80\x10",
                    b"\xff\xff\x3f",
                    b"\x80\x80\x40",
                    b"\xff\xff\xff\x1f",
                    b"\x80\x00",
                    b"\xff\xff\xff\xff\xff\xff",
                ];
                let lie = numbers.pick(lie);
                let end = (at + numbers.below(4)).min(bytes.len());
                bytes.splice(at..end, lie.iter().copied());
            }
            6 if numbers.below(4) == 0 => bytes.truncate(at),
            _ => bytes[at] = numbers.below(256) as u8,
        }
    }
}

fn take_number(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn put_number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A section of deflate blocks whose text is damaged and compressed again, with or without telling the truth about it;
/// `None` where the section is something else.
fn damage_blocks(numbers: &mut Numbers, body: &[u8], head: usize, other: &[u8]) -> Option<Vec<u8>> {
    let mut rest = body;
    let mut out = Vec::new();
    while !rest.is_empty() {
        let mut heads = Vec::new();
        for _ in 0..head {
            heads.push(take_number(&mut rest)?);
        }
        let (raw_length, length) = (take_number(&mut rest)?, take_number(&mut rest)?);
        let (deflated, tail) = rest.split_at_checked(length)?;
        rest = tail;
        let mut raw = miniz_oxide::inflate::decompress_to_vec_with_limit(deflated, 1 << 20).ok()?;
        if raw.len() != raw_length {
            return None;
        }
        if numbers.below(2) == 0 {
            damage(numbers, &mut raw, other);
        }
        if numbers.below(40) == 0 {
            // A bomb: a block that becomes a megabyte, of short strings or of one long one.
            raw = if numbers.below(2) == 0 { vec![numbers.below(3) as u8; 1 << 20] } else { vec![0xff; 1 << 20] };
        }
        let deflated = miniz_oxide::deflate::compress_to_vec(&raw, 1);
        for value in heads {
            put_number(&mut out, if numbers.below(8) == 0 { numbers.below(1 << 20) } else { value });
        }
        let lies = numbers.below(16) == 0;
        put_number(&mut out, if lies { raw.len() + numbers.below(1 << 21) } else { raw.len() });
        put_number(&mut out, deflated.len());
        out.extend_from_slice(&deflated);
    }
    Some(out)
}

/// A bundle with something wrong, and mostly with right checksums.
fn hostile_bundle(numbers: &mut Numbers, whole: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    match numbers.below(8) {
        0 => damage(numbers, &mut bytes, other),
        1 => {
            // The table: its count, a tag, an offset, a length.
            let at = 6 + numbers.below(HEADER + n_sections(whole) * ROW - 6);
            let value = numbers.below(256) as u8;
            bytes[at] = value;
            let row = HEADER + numbers.below(n_sections(whole).max(1)) * ROW + 4 * numbers.below(3);
            if numbers.below(2) == 0 {
                let value = [0, 1, bytes.len(), bytes.len() + 1, u32::MAX as usize, HEADER][numbers.below(6)];
                set_u32(&mut bytes, row, value);
            }
        }
        2 | 3 => {
            let number = numbers.below(n_sections(whole));
            let mut body = section(whole, number).map_or(Vec::new(), |range| whole[range].to_vec());
            damage(numbers, &mut body, other);
            bytes = replace(whole, number, &body);
        }
        4..=6 => {
            for number in 0..n_sections(whole) {
                let Some(body) = section(&bytes, number).map(|range| bytes[range].to_vec()) else { continue };
                let broken = [0, 1, 2].into_iter().find_map(|head| damage_blocks(numbers, &body, head, other));
                if let Some(broken) = broken {
                    bytes = replace(&bytes, number, &broken);
                }
            }
        }
        _ => {
            // A section of another bundle.
            let number = numbers.below(n_sections(whole));
            if let Some(range) = section(other, number) {
                bytes = replace(whole, number, &other[range]);
            }
        }
    }
    if numbers.below(10) > 0 {
        repair(&mut bytes);
    }
    bytes
}

/// Everything a bundle can be asked.
fn use_every_part(bundle: &Bundle) {
    for (at, info) in bundle.entries().take(200) {
        let _ = bundle.answer(at);
        let _ = (bundle.question(at), bundle.forms(at).count(), bundle.find(info.id));
        let _ = (info.verified.map(|day| day.to_string()), info.valid_until.map(|day| day.to_string()));
    }
    if let Ok(products) = bundle.products() {
        assert!(products.len() <= zg_kb::MAX_PRODUCTS && products.is_empty() == (products.iter().count() == 0));
        for product in products.iter().take(200) {
            let _ = (product.codes().count(), product.attributes().count(), product.title.len() + product.url.len());
        }
    }
    for text in ["怎么退货", "羊毛围巾能不能换货", "refnd"] {
        let query = Query { text, lang: Some("zh"), today: Some(Date::from_days(20_500)), ..Query::default() };
        for hit in bundle.search(&query, 5) {
            assert!((0.0..=1.0).contains(&hit.score), "{hit:?}");
            let _ = bundle.answer(hit.entry);
        }
    }
}

/// The most that the blocks of a file say they become, whatever frames them: what a reader is told to expect.
fn declared(bytes: &[u8]) -> usize {
    let of = |body: &[u8], head: usize| -> Option<usize> {
        let (mut rest, mut total) = (body, 0_usize);
        while !rest.is_empty() {
            for _ in 0..head {
                take_number(&mut rest)?;
            }
            let (raw_length, length) = (take_number(&mut rest)?, take_number(&mut rest)?);
            // More than a reader accepts is nothing it may rely on.
            total += raw_length.min(1 << 20);
            rest = rest.split_at_checked(length)?.1;
        }
        Some(total)
    };
    let most = |range: Range<usize>| (0..3).filter_map(|head| of(&bytes[range.clone()], head)).max().unwrap_or(0);
    bytes.len() + (0..n_sections(bytes).min(16)).filter_map(|n| section(bytes, n)).map(most).sum::<usize>()
}

fn bundle(entries: &[Entry]) -> Vec<u8> {
    let n_products = if matches!(entries.len() % 10, 0..=2) { 40 * entries.len() } else { 0 };
    let embedding = (entries.len() % 10 == 1).then_some(EMBEDDING);
    compile_with(
        entries,
        &Extras {
            products: &catalog(n_products),
            embedding,
            playbooks: b"book\tgreeting\talways\nend",
            recommender: b"",
        },
    )
    .expect("a test's entries compile")
}

/// A sound one, as a bundle may carry.
const EMBEDDING: &[u8] = include_bytes!("../../../../models/en/embedding.zgem");

pub fn catalog(n: usize) -> Vec<Product> {
    let product = |at: usize| Product {
        id: format!("p-{at}"),
        sku: format!("SKU-{}", at * 7),
        title: format!("羊毛围巾 {at} scarf"),
        brand: ["掌柜", "Northwind", ""][at % 3].to_owned(),
        price: Some((format!("{}.00", 99 + at), "CNY".to_owned())),
        availability: ["in_stock", "out_of_stock"][at % 2].to_owned(),
        url: format!("https://shop.example/products/{at}?variant=1#top"),
        attributes: vec![("材质".to_owned(), "羊毛".to_owned()), ("color".to_owned(), "red\tand blue".to_owned())],
        variants: vec![ProductVariant { gtin: format!("690123456{at:04}"), ..ProductVariant::default() }],
        ..Product::default()
    };
    (0..n).map(product).collect()
}

#[test]
fn products_come_back_as_they_went_in() {
    let bytes = compile_with(&shop(1, 1), &Extras { products: &catalog(3), ..Extras::default() }).expect("compiles");
    let products = Bundle::open(bytes).expect("opens").products().expect("sound");
    let second = products.iter().nth(1).expect("three products");
    assert_eq!((products.len(), second.id, second.title, second.brand), (3, "p-1", "羊毛围巾 1 scarf", "Northwind"));
    assert_eq!((second.price, second.currency, second.availability), ("100.00", "CNY", "out_of_stock"));
    assert_eq!(
        (second.url, second.codes().collect::<Vec<_>>()),
        ("/products/1?variant=1", vec!["SKU-7", "6901234560001"])
    );
    assert_eq!(second.attributes().collect::<Vec<_>>(), [("材质", "羊毛"), ("color", "red and blue")]);
    let without = compile(&shop(1, 1)).expect("compiles");
    assert!(Bundle::open(without).expect("opens").products().expect("none is none").is_empty());
    let many = compile_with(&shop(1, 1), &Extras { products: &catalog(zg_kb::MAX_PRODUCTS + 1), ..Extras::default() })
        .expect("compiles");
    assert_eq!(Bundle::open(many).expect("opens").products().expect("sound").len(), zg_kb::MAX_PRODUCTS);
}

/// Sections that lie about their blocks, one by one.
#[test]
fn products_that_lie_are_refused() {
    let whole = compile_with(&shop(1, 1), &Extras { products: &catalog(2), ..Extras::default() }).expect("compiles");
    let block = |n: usize, raw: &[u8], raw_length: usize| {
        let deflated = miniz_oxide::deflate::compress_to_vec(raw, 1);
        let mut body = Vec::new();
        [n, raw_length, deflated.len()].into_iter().for_each(|number| put_number(&mut body, number));
        body.extend_from_slice(&deflated);
        body
    };
    let nine = [1, b'a'].repeat(9);
    let bombs = block(9, &[0; 9], 9).repeat(MAX_BOMBS);
    for (what, body, sound) in [
        ("one product", block(9, &nine, 18), true),
        ("none", Vec::new(), true),
        ("not whole products", block(8, &nine[..16], 16), false),
        ("fewer texts than said", block(18, &nine, 18), false),
        ("more texts than said", block(9, &[1, b'a'].repeat(10), 20), false),
        ("another length", block(9, &nine, 19), false),
        ("no UTF-8", block(9, &[1, 0xff].repeat(9), 18), false),
        ("cut", block(9, &nine, 18).split_last().map_or(Vec::new(), |(_, rest)| rest.to_vec()), false),
        ("a block of none", [block(9, &nine, 18), block(0, &[], 0)].concat(), false),
        ("a block beyond the most", block(9, &vec![0; (1 << 20) + 1], (1 << 20) + 1), false),
        ("more products than there may be", bombs, false),
        ("more text than there may be", block(9, &large_row(), 1 << 20).repeat(65), false),
    ] {
        let mut bytes = replace(&whole, 3, &body);
        repair(&mut bytes);
        let declared = declared(&bytes);
        let (read, held) = peak(|| Bundle::open(bytes).expect("opens whatever its products are").products().is_ok());
        assert_eq!(read, sound, "{what}");
        assert!(held <= 2 * declared + CONSTANT, "{what}: {held} bytes held, {declared} declared");
    }
}

const MAX_BOMBS: usize = zg_kb::MAX_PRODUCTS + 1;

/// Nine texts that fill the largest block.
fn large_row() -> Vec<u8> {
    let mut raw = vec![0; 8];
    let length = (1 << 20) - 8 - 3;
    put_number(&mut raw, length);
    raw.resize(1 << 20, b'a');
    raw
}

fn bundles() -> Vec<Vec<u8>> {
    // Of one, two and thirty entries with a catalog, and two without.
    [1, 2, 5, 12, 30].map(|n| bundle(&shop(n, n as usize))).to_vec()
}

#[test]
fn hostile_bundles_are_refused_or_read() {
    let whole = bundles();
    let mut numbers = Numbers(42);
    let (mut n_opened, mut n_inner, mut most) = (0, 0, 0);
    let n_rounds = rounds(60);
    for round in 0..n_rounds {
        let [base, other] = [0, 0].map(|_| numbers.below(whole.len()));
        let bytes = hostile_bundle(&mut numbers, &whole[base], &whole[other]);
        let declared = declared(&bytes);
        let (opened, held) = peak(|| Bundle::open(bytes).map(|bundle| use_every_part(&bundle)));
        assert!(held <= 2 * declared + CONSTANT, "round {round}: {held} bytes held, {declared} declared");
        most = most.max(held.saturating_sub(2 * declared));
        n_opened += usize::from(opened.is_ok());
        n_inner += usize::from(matches!(opened, Err(OpenError::Malformed { .. })));
    }
    println!("{n_rounds} bundles: {n_opened} opened, {n_inner} refused behind their checksums, {most} bytes at most");
    assert!(n_opened > n_rounds / 20 && n_inner > n_rounds / 10, "{n_opened} {n_inner}");
}

fn hash(bytes: &[u8]) -> [u8; 8] {
    std::array::from_fn(|at| Sha256::digest(bytes)[at])
}

/// Where the edits of a delta begin: behind magic, version, two hashes and two numbers.
fn edits_of(delta: &[u8]) -> usize {
    let mut rest = &delta[29..];
    take_number(&mut rest).and_then(|_| take_number(&mut rest)).expect("a delta of ours");
    delta.len() - rest.len()
}

#[test]
fn hostile_deltas_are_refused_or_applied() {
    let whole = bundles();
    let mut numbers = Numbers(43);
    let mut deltas = Vec::new();
    for (seed, old) in [1, 2, 5, 12, 30].into_iter().zip(&whole) {
        for _ in 0..6 {
            let mut entries = shop(seed, seed as usize);
            for _ in 0..=numbers.below(5) {
                edit(&mut numbers, &mut entries);
            }
            let new = bundle(&entries);
            deltas.push((old, diff(old, &new).expect("a delta is made")));
        }
    }
    // Deltas that are sound and lead to hostile bundles: applying is not opening.
    for round in 0..60 {
        let (old, other) = (&whole[round % whole.len()], &whole[round / 12]);
        let new = hostile_bundle(&mut numbers, other, old);
        deltas.push((old, diff(old, &new).expect("a delta is made")));
    }
    let (mut n_applied, mut n_folded, mut n_edits, mut most) = (0, 0, 0, 0);
    let n_rounds = rounds(30);
    for round in 0..n_rounds {
        let (old, delta) = &deltas[numbers.below(deltas.len())];
        let (_, other) = &deltas[numbers.below(deltas.len())];
        let mut old = old.to_vec();
        let edits = edits_of(delta);
        let mut bytes = delta.clone();
        match numbers.below(9) {
            0 => damage(&mut numbers, &mut bytes, other),
            // Other lengths than the edits give.
            1 => {
                let mut head = delta[..29].to_vec();
                for _ in 0..2 {
                    let value = [0, 1, 500, 5_000, 50_000, 1 << 20, 1 << 26, u32::MAX as usize][numbers.below(8)];
                    put_number(&mut head, value + numbers.below(100));
                }
                bytes.splice(..edits, head);
            }
            // An old bundle that is hostile itself, and was hashed so.
            2 | 3 => {
                let bundle = &whole[numbers.below(whole.len())];
                old = hostile_bundle(&mut numbers, &old, bundle);
            }
            // Edits of another delta.
            4 => {
                bytes.truncate(edits);
                bytes.extend_from_slice(&other[edits_of(other)..]);
            }
            // As it was made: what it leads to may be hostile, see above.
            5 => {}
            _ => {
                let mut tail = bytes.split_off(edits);
                damage(&mut numbers, &mut tail, other);
                bytes.append(&mut tail);
            }
        }
        if numbers.below(20) > 0 && bytes.len() > 13 {
            bytes[..5].copy_from_slice(b"ZGKD\x01");
            bytes[5..13].copy_from_slice(&hash(&old));
        }
        let said = header(&bytes).map_or(0, |head| head.length.min(1 << 26) + head.unfolded.min(1 << 26));
        let most_held = 2 * (declared(&old) + said) + CONSTANT;
        let (applied, held) = peak(|| apply(&old, &bytes));
        assert!(held <= most_held, "round {round}: {held} bytes held, {said} declared");
        most = most.max(held.saturating_sub(2 * (declared(&old) + said)));
        match applied {
            Ok(_) => n_applied += 1,
            Err(DeltaError::Result | DeltaError::Damaged { what: "its text does not fold" }) => n_folded += 1,
            Err(DeltaError::Damaged { .. }) => n_edits += 1,
            Err(_) => {}
        }
    }
    println!(
        "{n_rounds} deltas: {n_applied} applied, {n_folded} with edits that made sense, {n_edits} without, {most} bytes at most"
    );
    assert!(n_applied + n_folded > n_rounds / 20 && n_edits > n_rounds / 10, "{n_applied} {n_folded} {n_edits}");
}

#[test]
fn hostile_signatures_and_keys_are_refused() {
    let pair = generate([9; 32]);
    let signature = sign(&pair.secret, Kind::Bundle, b"bytes");
    let texts = [signature.clone(), pair.public.to_string(), pair.secret.to_text().to_string()];
    let mut numbers = Numbers(44);
    for _ in 0..rounds(10) {
        let mut bytes = texts[numbers.below(3)].clone().into_bytes();
        let other = texts[numbers.below(3)].as_bytes();
        damage(&mut numbers, &mut bytes, other);
        let text = String::from_utf8_lossy(&bytes);
        let accepted = verify(&[pair.public], Kind::Bundle, b"bytes", &text).is_ok();
        assert!(!accepted || text.trim_end() == signature.trim_end(), "{text:?}");
        let (_, _) = (text.parse::<PublicKey>().is_ok(), text.parse::<SecretKey>().is_ok());
    }
}
