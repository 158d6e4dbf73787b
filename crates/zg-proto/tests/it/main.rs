//! A snapshot of every serialized form: a snapshot that changes is a format that changes.
//!
//! `UPDATE_EXPECT=1 cargo test -p zg-proto` writes the snapshots anew; read the difference before it is committed.

mod action;
mod cli;
mod config;
mod convert;
mod delivery;
mod http;
mod message;
mod port;
mod profile;
mod recommendation;
mod stored;
mod upkeep;
mod wake;

use expect_test::Expect;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zg_proto::{from_json, to_json};

/// One line of JSON per value, and each line reads back as the value it came from.
#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(values: &[T], expect: Expect) {
    let mut lines = String::new();
    for value in values {
        let line = to_json(value);
        assert_eq!(&from_json::<T>(&line).expect("what was written can be read"), value);
        lines.push_str(&line);
        lines.push('\n');
    }
    expect.assert_eq(&lines);
}

/// Text from elsewhere: what it is read as (written again), or why it is refused.
#[track_caller]
fn check_read<T: Serialize + DeserializeOwned>(texts: &[&str], expect: Expect) {
    let lines: String = texts
        .iter()
        .map(|text| match from_json::<T>(text) {
            Ok(value) => format!("{}\n", to_json(&value)),
            Err(error) => format!("refused: {error}\n"),
        })
        .collect();
    expect.assert_eq(&lines);
}

/// A request with one field more than it knows is refused, and the field is named.
#[track_caller]
fn refuses_unknown_fields<T: Serialize + DeserializeOwned>(value: &T) {
    let line = to_json(value);
    let inside = line.strip_suffix('}').expect("a request is an object");
    let comma = if inside.ends_with('{') { "" } else { "," };
    let padded = format!("{inside}{comma}\"surplus\":1}}");
    match from_json::<T>(&padded) {
        Ok(_) => panic!("{padded} was accepted"),
        Err(error) => assert!(error.to_string().contains("surplus"), "{padded}: {error}"),
    }
}
