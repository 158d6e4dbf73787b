//! Sources that nobody means well with: findings, never a panic, a flood of memory or an hour.

use std::io::{Cursor, Write};

use zg_kb::build::{Sources, safe_markdown};

use crate::memory::peak;

/// Adds a file and gives the rules of its findings; time and memory stay within what its size explains.
#[track_caller]
fn survive(name: &str, bytes: &[u8]) -> Vec<&'static str> {
    let started = std::time::SystemTime::now();
    let (rules, held) = peak(|| {
        let mut sources = Sources::default();
        sources.add(name, bytes);
        for entry in &sources.entries {
            let safe = safe_markdown(&entry.answer);
            assert!(safe.html.is_empty() && safe.links.is_empty(), "{name}: {:?} {safe:?}", entry.answer);
        }
        sources.findings.iter().map(|finding| finding.rule).collect::<Vec<_>>()
    });
    let seconds = started.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64());
    let most = (150 << 20).max(60 * bytes.len());
    assert!(held < most, "{name}: {held} bytes held for {}", bytes.len());
    assert!(seconds < 60.0, "{name}: {seconds} s");
    rules
}

#[test]
fn deep_nesting() {
    for (open, close) in [
        ("<div>", ""),
        ("<b>", "</b>"),
        ("<ul><li>", ""),
        ("<details><summary>a?</summary>", ""),
        ("<table><tr><td>", ""),
        ("<dl><dt>a?<dd>", ""),
        ("<a href=x>", ""),
        ("<p><i a=1>", ""),
        ("<div itemscope itemprop=offers itemtype=Product>", ""),
    ] {
        let n = 40_000;
        let page = format!("<h2>Why is it deep?</h2>{}x{}", open.repeat(n), close.repeat(n));
        survive("deep.html", page.as_bytes());
    }
    assert_eq!(survive("deep.json", "[".repeat(100_000).as_bytes()), ["json"]);
    assert_eq!(survive("deep.jsonl", "{\"a\":".repeat(100_000).as_bytes()), ["json"]);
    assert_eq!(survive("deep.xml", format!("<rss><item>{}", "<a>".repeat(100_000)).as_bytes())[0], "xml");
    let quoted = format!("## q\n\n{}x\n", "> ".repeat(20_000));
    survive("deep.md", quoted.as_bytes());
    let linked = format!("question,answer\nq,{}x{}\n", "[".repeat(50_000), "](javascript:1)".repeat(50_000));
    survive("deep.csv", linked.as_bytes());
}

#[test]
fn one_long_line() {
    for name in ["a.md", "a.csv", "a.tsv", "a.html", "a.json", "a.jsonl", "a.txt", "a.xml", "a"] {
        for piece in
            ["x", "怎", "<", "\"", "[", "{\"a\":", "问题,答案,", "a b=c ", "&amp;", "13800138000 ", "a@b.cc", "顾客: "]
        {
            survive(name, piece.repeat((1 << 20) / piece.len()).as_bytes());
        }
    }
    let attributes: String = (0..100_000).map(|at| format!(" a{at}=b")).collect();
    survive("attributes.html", format!("<p{attributes}>").as_bytes());
}

#[test]
fn wrong_encodings() {
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    for name in ["a.md", "a.csv", "a.html", "a.json", "a.jsonl", "a.txt", "a.xml", "a.xlsx", "a"] {
        survive(name, &bytes);
        survive(name, &[0xff, 0xfe, 0x00]);
        survive(name, &[0xfe, 0xff, 0xd8, 0x00]);
        survive(name, &[0xef, 0xbb, 0xbf]);
        survive(name, &[]);
        survive(name, &[0; 1_000]);
    }
}

fn workbook(sheet: &[u8], shared: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let workbook = format!(
        "<workbook xmlns=\"{main}\" xmlns:r=\"{rels}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let package = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{rels}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let links = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{rels}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    for (name, content) in [
        ("_rels/.rels", package.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", shared),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("a name is free");
        archive.write_all(content).expect("memory takes it");
    }
    archive.finish().expect("memory takes it").into_inner()
}

#[test]
fn hostile_workbooks() {
    let cell = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let head = format!("<row r=\"1\">{}{}</row>", cell("A1", "question"), cell("B1", "answer"));
    let sheet = |rows: &str| format!("<worksheet><sheetData>{head}{rows}</sheetData></worksheet>");
    let row =
        format!("<row r=\"2\">{}{}</row>", cell("A2", "q?"), cell("B2", "a &lt;script&gt;alert(1)&lt;/script&gt;"));
    let fine = sheet(&row);
    let shared = "<sst uniqueCount=\"0\"></sst>";
    assert_eq!(survive("fine.xlsx", &workbook(fine.as_bytes(), shared.as_bytes())), ["raw-html"]);

    let zeros = vec![b' '; 200 << 20];
    assert_eq!(survive("bomb.xlsx", &workbook(&zeros, shared.as_bytes())), ["xlsx"]);
    // The reader would reserve room for as many texts at once.
    for announced in ["99999999999999", "9999999999", " = '+400000000000"] {
        let shared = if announced.starts_with(' ') {
            format!("<sst uniqueCount{announced}'></sst>")
        } else {
            format!("<sst uniqueCount=\"{announced}\"></sst>")
        };
        assert_eq!(survive("announced.xlsx", &workbook(fine.as_bytes(), shared.as_bytes())), ["xlsx"]);
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(shared.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(survive("wide.xlsx", &workbook(fine.as_bytes(), &wide)), ["xlsx"]);
        let shifted = format!("<?xml version=\"1.0\" encoding=\"ISO-2022-JP\"?>{shared}").replace("que", "q\u{1b}(Bue");
        assert_eq!(survive("shifted.xlsx", &workbook(fine.as_bytes(), shifted.as_bytes())), ["xlsx"]);
    }
    // A sheet as a rectangle would have seventeen thousand million cells.
    let corners =
        sheet(&format!("<row r=\"2\">{}</row><row r=\"1048576\">{}</row>", cell("A2", "q?"), cell("XFD1048576", "a")));
    survive("corners.xlsx", &workbook(corners.as_bytes(), shared.as_bytes()));
    for at in ["A0", "A99999999999", "ZZZZZZZZ1", "", "1A", "\u{0}"] {
        survive("places.xlsx", &workbook(sheet(&cell(at, "x")).as_bytes(), shared.as_bytes()));
    }
    let far = sheet("<row r=\"2\"><c r=\"A2\" t=\"s\"><v>4000000000</v></c><c r=\"B2\" t=\"s\"><v>-1</v></c></row>");
    survive("far.xlsx", &workbook(far.as_bytes(), shared.as_bytes()));

    let whole = workbook(fine.as_bytes(), shared.as_bytes());
    for length in (0..whole.len()).step_by(7) {
        survive("cut.xlsx", &whole[..length]);
    }
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        survive("changed.xlsx", &changed);
    }
}

#[test]
fn findings_of_one_file_come_to_an_end() {
    let rows = "question,answer,mood\n".to_owned() + &"q,a,x\n".repeat(30_000);
    let rules = survive("a.csv", rows.as_bytes());
    assert_eq!((rules.len(), rules.last()), (10_001, Some(&"too-many")));
}

const MARKS: &[u8] = b"<>\"'{}[]()&;,:\n\t|\\*-#";

#[test]
fn files_changed_at_random() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sources");
    let mut state = 7_u64;
    let mut below = |limit: usize| {
        // splitmix64: the same numbers on every machine.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).expect("below a usize")
    };
    for item in std::fs::read_dir(folder).expect("the folder is in the repository") {
        let path = item.expect("it can be listed").path();
        let Ok(whole) = std::fs::read(&path) else { continue };
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        for _ in 0..100 {
            let mut bytes = whole.clone();
            for _ in 0..=below(6) {
                let at = below(bytes.len());
                match below(5) {
                    0 => bytes.truncate(at.max(1)),
                    1 => bytes[at] = MARKS[below(MARKS.len())],
                    2 => bytes[at] = u8::try_from(below(256)).expect("below 256"),
                    3 => {
                        let piece = bytes[at..(at + below(200)).min(bytes.len())].to_vec();
                        let to = below(bytes.len());
                        bytes.splice(to..to, piece);
                    }
                    _ => {
                        bytes.drain(at..(at + below(40)).min(bytes.len()));
                        if bytes.is_empty() {
                            bytes.push(b' ');
                        }
                    }
                }
            }
            survive(&name, &bytes);
        }
    }
}
