//! A small table, trained end to end: what comes out, twice, and what is said of tables that are wrong.

use std::sync::OnceLock;

use zg_domain::{Language, Understanding, Utterance};
use zg_nlu::Model;
use zg_train::{Config, TrainError, Trained, check, train};

const INTENTS: [(&str, [&str; 8]); 4] = [
    (
        "return",
        [
            "怎么退货",
            "我要退货",
            "能退货吗",
            "不想要了可以退吗",
            "退货流程是什么",
            "how do i return this",
            "i want to send it back",
            "return policy please",
        ],
    ),
    (
        "shipping",
        [
            "几天发货",
            "什么时候发货",
            "今天能发货吗",
            "发货了没有",
            "怎么还没发货",
            "when will it ship",
            "has my parcel shipped",
            "shipping takes how long",
        ],
    ),
    (
        "invoice",
        [
            "能开发票吗",
            "发票怎么开",
            "我要电子发票",
            "发票抬头写公司",
            "补开一张发票",
            "i need an invoice",
            "can you send the invoice",
            "invoice for my company",
        ],
    ),
    (
        "oos",
        [
            "今天天气怎么样",
            "讲个笑话",
            "你喜欢什么音乐",
            "世界杯谁赢了",
            "给我唱首歌",
            "tell me a joke",
            "what is the weather like",
            "who won the game",
        ],
    ),
];

fn table(intents: &[&str]) -> String {
    let chosen = INTENTS.iter().filter(|(intent, _)| intents.contains(intent));
    let rows = chosen.flat_map(|(intent, texts)| texts.iter().map(move |text| format!("{text}\t{intent}\n")));
    std::iter::once("text\tintent\n".to_owned()).chain(rows).collect()
}

fn run(table: &str) -> Trained {
    train(table.as_bytes(), &Config::default(), &mut |_| {}).expect("the table is fine")
}

/// Three intents of a shop, without a class for the rest.
fn shop() -> &'static Trained {
    static SHOP: OnceLock<Trained> = OnceLock::new();
    SHOP.get_or_init(|| run(&table(&["return", "shipping", "invoice"])))
}

fn understand(model: &Model, text: &str) -> Understanding {
    let reading = zg_text::read(text);
    model.understand(&Utterance { reading: &reading.text, language: Language::Undetermined, previous: None })
}

fn top(model: &Model, text: &str) -> String {
    understand(model, text).intents[0].label.0.clone()
}

#[test]
fn what_is_trained_understands_texts_it_has_not_seen() {
    let model = Model::load(&shop().model).expect("it loads");
    for (text, intent) in [
        ("请问怎么退货呢", "return"),
        ("發貨了嗎", "shipping"),
        ("可以开电子发票吗", "invoice"),
        ("where is the invoice", "invoice"),
        ("how can i return it", "return"),
    ] {
        assert_eq!(top(&model, text), intent, "{text}");
    }
    let known = understand(&model, "几天发货").out_of_scope;
    for text in ["你好", "", "😀", "zzz qqq"] {
        let understood = understand(&model, text);
        assert!(understood.out_of_scope > known, "{text}: {:?} {known:?}", understood.out_of_scope);
        assert_eq!(understood.sentiment.confidence.get(), 0.0);
    }
}

#[test]
fn the_same_table_gives_the_same_bytes() {
    let (one, other) = (shop(), run(&table(&["return", "shipping", "invoice"])));
    assert!(one.model == other.model);
    assert_eq!(one.manifest, other.manifest);
    // Line ends and columns that are not asked for change nothing.
    let windows: String =
        table(&["return", "shipping", "invoice"]).lines().map(|line| format!("{line}\tx\r\n")).collect();
    assert!(run(&format!("\u{feff}{windows}")).model == one.model);
}

#[test]
fn a_model_that_names_rows_it_does_not_have_is_refused() {
    let mut model = shop().model.clone();
    // The name of the tensor, the tag of its raw data, and three bytes of length.
    let name = b"row_of\x4a";
    let at = model.windows(name.len()).position(|bytes| bytes == name).expect("it has the table") + name.len() + 3;
    model[at + 2..at + 4].copy_from_slice(&i16::MAX.to_le_bytes());
    assert!(Model::load(&model).is_err_and(|error| error.to_string().contains("rows that its table does not have")));
    model[at + 2..at + 4].copy_from_slice(&(-1_i16).to_le_bytes());
    assert!(Model::load(&model).is_err_and(|error| error.to_string().contains("below the first")));
}

#[test]
fn a_class_for_the_rest_is_out_of_scope() {
    let trained = run(&table(&["return", "shipping", "invoice", "oos"]));
    let model = Model::load(&trained.model).expect("it loads");
    let inside = understand(&model, "怎么退货").out_of_scope;
    let outside = understand(&model, "讲个笑话吧").out_of_scope;
    assert!(outside.get() > 0.5 && inside.get() < 0.5, "{outside:?} {inside:?}");
}

#[test]
fn the_report_and_the_manifest_say_what_was_made() {
    let trained = shop();
    let report = &trained.report;
    assert_eq!((report.n, report.intents.len(), report.folds, report.quick), (24, 3, 5, false));
    assert!(report.intents.iter().all(|one| one.n == 8 && one.recall <= 1.0));
    assert_eq!(report.bytes, trained.model.len());
    assert!(report.bytes <= zg_train::MODEL_BYTES);
    for words in ["sha256 = \"", "labels = [\"invoice\", \"return\", \"shipping\"]", "temperature = ", "reject = "] {
        assert!(trained.manifest.contains(words), "{words} is not in {}", trained.manifest);
    }
    assert_eq!(trained.warnings, []);
}

#[test]
fn a_line_under_the_wrong_intent_is_named() {
    // Texts of one intent with one word in common, so that the odd line is clear to see.
    let mut rows = vec!["text\tintent".to_owned()];
    for thing in ["鞋子", "裙子", "手机", "杯子", "帽子", "背包", "书本", "台灯", "耳机", "雨伞"] {
        rows.push(format!("{thing}要退货\treturn"));
        rows.push(format!("{thing}能开发票吗\tinvoice"));
    }
    rows.push("围巾要退货\tinvoice".to_owned());
    let report = run(&rows.join("\n")).report;
    let suspects: Vec<_> = report.suspects.iter().map(|one| (one.line, one.found.as_str())).collect();
    let pair = &report.confusions[0];
    assert_eq!(pair.intents, ["invoice".to_owned(), "return".to_owned()]);
    assert!(pair.examples.iter().any(|one| one.line == 22), "{pair:?}");
    assert!(suspects.is_empty() || suspects == [(22, "return")], "{suspects:?}");
}

#[test]
fn lines_that_cannot_be_used_are_left_out_and_named() {
    let mut bytes = table(&["return", "shipping"]).into_bytes();
    for line in [
        &b"no second column\n"[..],
        b"\treturn\n",
        b"text without intent\t\n",
        b"\xff\xfe\treturn\n",
        "怎么退货\tshipping\n".as_bytes(),
        "怎么退货\treturn\n".as_bytes(),
        b"alone\tlonely\n",
        b"a comma\tone,two\n",
    ] {
        bytes.extend_from_slice(line);
    }
    let trained = train(&bytes, &Config::default(), &mut |_| {}).expect("the rest is fine");
    let lines: Vec<usize> = trained.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [18, 19, 20, 21, 22, 24, 25]);
    for (warning, word) in
        trained.warnings.iter().zip(["columns", "text", "intent", "UTF-8", "line 2", "lonely", "comma"])
    {
        assert!(warning.message.contains(word), "{warning}");
    }
    assert_eq!(trained.report.n, 16);
}

#[test]
fn tables_that_teach_nothing_are_refused() {
    let refused = |table: &str| train(table.as_bytes(), &Config::default(), &mut |_| {}).map(|_| ()).unwrap_err();
    for header in ["", "a\tb\n", "text\n", "text,intent\nx,y\n"] {
        assert!(matches!(refused(header), TrainError::Header(_)), "{header:?}");
    }
    for rows in ["", "a\tx\n", "a\tx\nb\tx\nc\tx\n", "a\tx\nb\ty\n", "\n\n\n"] {
        assert!(matches!(refused(&format!("text\tintent\n{rows}")), TrainError::TooFew { .. }), "{rows:?}");
    }
    assert_eq!(check(b"text\tlabel\na\tx\nb\n").len(), 2);
    let many: String = (0..1_002).map(|n| format!("text {n}\tintent {}\n", n / 2)).collect();
    assert!(matches!(refused(&format!("text\tintent\n{many}")), TrainError::TooLarge { .. }));
    let large = vec![b'x'; zg_train::MAX_BYTES + 1];
    assert!(matches!(train(&large, &Config::default(), &mut |_| {}), Err(TrainError::TooLarge { .. })));
}
