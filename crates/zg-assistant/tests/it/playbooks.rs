//! What the compiler of playbooks refuses, and what a shop may replace.

use zg_assistant::Playbooks;
use zg_assistant::playbook::build::{Sources, compile};

fn logic(text: &str) -> Sources {
    Sources { logic: vec![("playbooks/shop.toml".to_owned(), text.to_owned())], ..Sources::default() }
}

/// Rule and message of what is found, beside nothing of the library.
fn found(text: &str) -> Vec<String> {
    let (_, findings) = compile(&logic(text));
    findings.iter().map(|finding| format!("{}: {}: {}", finding.rule, finding.playbook, finding.message)).collect()
}

#[test]
fn what_would_fail_a_shopper_is_refused() {
    for (text, expected) in [
        ("[playbooks.x", "playbook-form: "),
        ("a = 1", "playbook-form: : \"a\" is no table"),
        ("[things.x]\n", "playbook-form: x: [things.…] means nothing"),
        ("[slots.x]\nkind = \"colour\"", "playbook-form: x: no slot is of the kind \"colour\""),
        ("[slots.x]\nkind = \"choice\"", "playbook-form: x: a choice has options"),
        ("[playbooks.x]\nstart = \"now\"\nsteps = [\"end\"]", "playbook-form: x: it cannot start \"now\""),
        ("[playbooks.x]\nstart = \"always\"", "playbook-form: x: it has no steps"),
        ("[playbooks.x]\nstart = \"always\"\nsteps = [{ sing = \"la\" }]", "playbook-form: x: step 1 says nothing"),
        (
            "[playbooks.x]\nstart = \"always\"\nsteps = [{ ask = \"shoe\" }]",
            "playbook-form: x: step 1: there is no slot",
        ),
        (
            "[playbooks.x]\nstart = \"always\"\nsteps = [{ do = \"fly\" }]",
            "playbook-form: x: step 1: there is no action",
        ),
        (
            "[playbooks.x]\nstart = \"always\"\nsteps = [{ go = \"there\" }]",
            "playbook-form: x: step 1: there is no step at",
        ),
        (
            "[playbooks.x]\nstart = \"always\"\nsteps = [{ say = \"hum\" }]",
            "playbook-language: x: there are no words for \"hum\" in en, zh-CN, zh-TW",
        ),
        ("[playbooks.x]\nsteps = [\"end\"]", "playbook-language: x: there are no words for \"do-x\""),
        (
            "[playbooks.x]\nstart = \"always\"\nsteps = [{ ask = \"order\" }, { do = \"order_cancel\", with = [\"order\"] }]",
            "playbook-unconfirmed: x: step 2 cannot be taken back",
        ),
        (
            "[playbooks.x]\nstart = \"always\"\nsteps = [{ ask = \"order\" }, { if = \"state\", is = [\"new\"], then = \"now\" }, { confirm = \"confirm-cancel\", no = \"kept\" }, { at = \"now\", do = \"order_cancel\", with = [\"order\"] }, \"end\", { at = \"kept\", say = \"kept\" }]",
            "playbook-unconfirmed: x: step 4",
        ),
        (
            "[playbooks.x]\nstart = \"always\"\nsteps = [{ do = \"order_lookup\", with = [\"order\"] }]",
            "playbook-unfilled: x: step 1 may come before \"order\" was asked",
        ),
        (
            "[playbooks.x]\nstart = \"always\"\nsteps = [{ ask = \"order\" }, { do = \"order_lookup\", with = [\"order\"], failed = \"over\" }, { at = \"over\", say = \"kept\" }]",
            "playbook-dead-end: x: step 2: a failure leads to no person",
        ),
        ("[playbooks.x]\nstart = \"always\"\nsteps = [\"end\", { say = \"kept\" }]", "playbook-unreachable: x: step 2"),
        (
            "[playbooks.x]\nstart = \"always\"\nsteps = [{ at = \"a\", say = \"kept\" }, { go = \"a\" }]",
            "playbook-circle: x: step 1 comes round to itself",
        ),
    ] {
        let found = found(text);
        assert!(found.iter().any(|found| found.starts_with(expected)), "{text}\n  gave {found:?}\n  not {expected}");
    }
}

#[test]
fn a_shop_replaces_words_and_playbooks() {
    let mut sources = logic(
        "[playbooks.invoice]\noff = true\n[playbooks.greeting]\nstart = \"always\"\nsteps = [{ say = \"kept\" }]",
    );
    sources.words.push(("playbooks/en.ftl".into(), "en".into(), "kept = As you like.\n".into()));
    let (bytes, findings) = compile(&sources);
    assert_eq!(findings, []);
    let text = String::from_utf8(bytes.expect("sound")).expect("text");
    assert!(text.contains("kept = As you like.") && !text.contains("book\tinvoice") && text.contains("book\tgreeting"));
    assert_eq!(compile(&sources).0.map(|bytes| bytes.len()), Some(text.len()), "the same sources give the same bytes");
}

#[test]
fn no_bytes_make_the_reader_panic() {
    let (bytes, _) = compile(&Sources::default());
    let bytes = bytes.expect("the library is sound");
    for at in (0..bytes.len()).step_by(5) {
        // Cut, and one byte changed: read as something sound, or refused.
        let _ = Playbooks::read(&bytes[..at]);
        let mut changed = bytes.clone();
        changed[at] = changed[at].wrapping_add(1 + (at % 7) as u8);
        let _ = Playbooks::read(&changed);
    }
    for text in ["book\tx\talways\ngo\t9", "ask\torder", "do\tx\t\t0\t0", "book\tx\tnever", "\u{c}", "slot\tx"] {
        assert!(Playbooks::read(text.as_bytes()).is_err(), "{text:?}");
    }
    assert!(Playbooks::read(&vec![b'\n'; 2 << 20]).is_err(), "too large");
}
