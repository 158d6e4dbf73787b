//! The dialogue, by whole conversations (`tests/conversations` at the root) and by what must hold of any.

mod conversations;
mod holds_always;
mod playbooks;

use std::path::{Path, PathBuf};

use zg_assistant::Playbooks;
use zg_kb::Bundle;
use zg_kb::build::{Sources, compile};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conversations")
}

/// The small knowledge that every conversation is held over.
fn knowledge() -> Bundle {
    let mut sources = Sources::default();
    for name in ["en.md", "zh.md"] {
        let text =
            std::fs::read_to_string(root().join("knowledge").join(name)).expect("the knowledge is in the repository");
        sources.add_markdown(name, &text);
    }
    assert!(sources.findings.is_empty(), "{:?}", sources.findings);
    Bundle::open(compile(&sources.entries).expect("the knowledge compiles")).expect("what was compiled opens")
}

/// The playbooks that every shop has.
fn library() -> Playbooks {
    let (bytes, findings) = zg_assistant::playbook::build::compile(&zg_assistant::playbook::build::Sources::default());
    assert_eq!(findings, [], "the library is sound");
    Playbooks::read(&bytes.expect("what is sound compiles")).expect("what was compiled is read")
}
