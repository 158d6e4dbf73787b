//! What lies beside a bundle, from the build to the folder that devices read.

use serde_json::{Value, json};

use crate::{folder, string, write, zhanggui};

const FEED: &str = "id,title,link,availability,price,product_type,brand
boots,防水雨靴,https://shop.example/p/boots,in_stock,129.00 CNY,鞋,Southwind
socks,羊毛袜,https://shop.example/p/socks,in_stock,59.00 CNY,袜子,Southwind
";

struct Shop {
    place: std::path::PathBuf,
}

impl Shop {
    fn new(name: &str) -> Self {
        Self { place: folder(name) }
    }

    fn at(&self, name: &str) -> String {
        string(self.place.join(name))
    }

    /// A bundle whose catalog has further products, as many as `more`.
    fn build(&self, name: &str, more: usize) -> String {
        let faq = write(&self.place.join("faq.csv"), "question,answer\n怎么退货,七天内可以退货\n");
        let rows = (0..more).map(|n| format!("more-{n},帆布包 {n},,in_stock,{n}9.00 CNY,包,Southwind\n"));
        let feed = write(&self.place.join("feed.csv"), FEED.to_owned() + &rows.collect::<String>());
        let bundle = self.at(&format!("{name}.zgkb"));
        zhanggui(&["kb", "build", &faq, "-o", &bundle, "--catalog", &feed, "--no-models"], "").succeeds();
        bundle
    }

    fn files(&self, folder: &str, ending: &str) -> Vec<String> {
        let names = std::fs::read_dir(self.place.join(folder)).expect("a folder");
        let names = names.map(|item| item.expect("readable").file_name().into_string().expect("UTF-8"));
        let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
        names.sort();
        names
    }
}

fn wish(bundle: &str) -> (Value, String) {
    let events = json!({"at": 1_795_305_600_000_i64, "type": "utterance", "text": "推荐一双防水的鞋"}).to_string();
    let run = zhanggui(&["chat", bundle, "--no-models"], events + "\n").succeeds();
    (run.lines()[0]["effects"].clone(), run.err)
}

#[test]
fn both_files_of_one_build_belong_together() {
    let shop = Shop::new("beside-pair");
    let (one, other) = (shop.build("one", 0), shop.build("other", 1));
    let (file, of_other) = (shop.at("one.zgkc"), shop.at("other.zgkc"));
    let verified = &zhanggui(&["kb", "verify", &one], "").succeeds().lines()[0];
    assert_eq!((&verified["products"], &verified["beside"]), (&json!(2), &json!([file])));
    let inspected = &zhanggui(&["kb", "inspect", &one], "").succeeds().lines()[0];
    assert_eq!((&inspected["products"], &inspected["beside"][0]["there"]), (&json!(2), &json!(true)));
    let (said, _) = wish(&one);
    assert!(said.to_string().contains("\"boots\""), "{said}");

    // Without it the assistant answers, and makes nothing up.
    let kept = std::fs::read(&file).expect("there");
    std::fs::remove_file(&file).expect("there");
    let (said, told) = wish(&one);
    assert!(said.to_string().contains("商品资料这会儿还没取到") && !said.to_string().contains("boots"), "{said}");
    assert!(told.contains("one.zgkc"), "{told}");
    let refused = |words: &[&str]| {
        zhanggui(&["kb", "publish", &one, "-o", &shop.at("refused")], "").fails(1, words);
        assert!(!shop.place.join("refused/manifest.json").exists());
    };
    assert!(zhanggui(&["kb", "verify", &one], "").err.contains("is missing"));
    refused(&["one.zgkc is missing"]);

    // Neither the file of another build, nor a damaged one of the same length.
    let mut damaged = kept.clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    for bytes in [std::fs::read(&of_other).expect("there"), damaged] {
        write(file.as_ref(), bytes);
        zhanggui(&["kb", "verify", &one], "").fails(1, &["is not the file that", "of one build"]);
        zhanggui(&["chat", &one, "--no-models"], "").fails(1, &["is not the file that"]);
        refused(&["is not the file that"]);
    }
    write(file.as_ref(), kept);
    zhanggui(&["kb", "verify", &one], "").succeeds();
    zhanggui(&["kb", "verify", &other], "").succeeds();
    zhanggui(&["kb", "build", &shop.at("faq.csv"), "-o", &shop.at("x.zgkc"), "--catalog", &shop.at("feed.csv")], "")
        .fails(1, &["end the bundle's in .zgkb"]);
}

#[test]
fn a_folder_keeps_what_lies_beside_every_bundle_it_names() {
    let shop = Shop::new("beside-folder");
    let out = shop.at("knowledge");
    let built: Vec<String> = (0..6).map(|n| shop.build(&format!("b{n}"), n)).collect();
    let publish = |bundle: &str| zhanggui(&["kb", "publish", bundle, "-o", &out, "--previous", "1"], "").succeeds();
    publish(&built[0]);
    let first = shop.files("knowledge", ".zgkc");
    assert_eq!(first.len(), 1);
    // What was lost is put back, though nothing else has changed.
    std::fs::remove_file(shop.place.join("knowledge").join(&first[0])).expect("there");
    publish(&built[0]);
    assert_eq!(shop.files("knowledge", ".zgkc"), first);
    for bundle in &built[1..] {
        publish(bundle);
        assert_eq!(shop.files("knowledge", ".zgkc").len(), shop.files("knowledge", ".zgkb").len());
    }
    assert!(!shop.files("knowledge", ".zgkc").contains(&first[0]), "what nothing names is gone");
    for bundle in shop.files("knowledge", ".zgkb") {
        let verified = &zhanggui(&["kb", "verify", &shop.at(&format!("knowledge/{bundle}"))], "").succeeds().lines()[0];
        assert!(verified["beside"].is_array());
    }
}

#[test]
fn with_a_root_the_pair_is_rolled_out_and_back() {
    let shop = Shop::new("beside-root");
    let key = |name: &str| {
        let key = shop.at(name);
        zhanggui(&["kb", "keygen", "-o", &key], "").succeeds();
        [key.clone(), format!("{key}.pub")]
    };
    let [root, targets, stamp] = ["root.key", "targets.key", "timestamp.key"].map(key);
    let out = shop.at("knowledge");
    let init =
        ["kb", "root", "init", "-o", &out, "--key", &root[0], "--targets", &targets[1], "--timestamp", &stamp[1]];
    let made = &zhanggui(&init, "").succeeds().lines()[0];
    let pin = made["pin"].as_str().expect("a pin").to_owned();
    let keys = ["--key", &targets[0], "--timestamp-key", &stamp[0]];
    let call = |args: &[&str]| zhanggui(&[args, &keys[..]].concat(), "").succeeds();
    let says = || {
        let run = zhanggui(&["kb", "verify", &out, "--root", &pin, "--device", &"0".repeat(32)], "");
        (run.code, run.lines()[0].clone())
    };
    let (a, b) = (shop.build("a", 0), shop.build("b", 1));
    call(&["kb", "publish", &a, "-o", &out]);
    let of_a = shop.files("knowledge", ".zgkc");
    call(&["kb", "publish", &b, "-o", &out, "--rollout", "50"]);
    assert_eq!(shop.files("knowledge", ".zgkc").len(), 2, "both answer");
    assert_eq!(says().0, Some(0));
    call(&["kb", "rollout", &out, "--percent", "100"]);
    call(&["kb", "rollback", &out]);
    let (code, said) = says();
    assert_eq!((code, &said["damaged"]), (Some(0), &json!([])));

    // A device would go on without products; whoever publishes is told.
    let path = shop.place.join("knowledge").join(&of_a[0]);
    let whole = std::fs::read(&path).expect("kept for going back");
    write(&path, &whole[1..]);
    let (code, said) = says();
    assert_eq!((code, &said["damaged"]), (Some(1), &json!([of_a[0]])));
    std::fs::remove_file(&path).expect("there");
    assert_eq!(says().1["damaged"], json!([of_a[0]]));
    call(&["kb", "publish", &a, "-o", &out]);
    assert_eq!(says().0, Some(0));
}
