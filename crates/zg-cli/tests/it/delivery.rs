//! A folder with a root: what devices would say of it, and how it comes to be.

use std::path::Path;

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use crate::{Run, folder, root, string, write, zhanggui};

/// Attacks as data; the browser is asked the same by `tests/browser/delivery.test.mjs`.
#[test]
fn attacks_are_refused_as_the_data_says() {
    let text = std::fs::read_to_string(root().join("tests/data/delivery.json")).expect("the data is there");
    let data: Value = serde_json::from_str(&text).expect("JSON");
    let blob = |content: &Value| -> Vec<u8> {
        if let Some(fill) = content["fill"].as_str() {
            return fill.repeat(content["bytes"].as_u64().expect("a length") as usize).into_bytes();
        }
        let blob = &data["blobs"][content.as_str().expect("an id")];
        match blob["text"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => Base64::decode_vec(blob["base64"].as_str().expect("base64")).expect("base64"),
        }
    };
    let cases = data["cases"].as_array().expect("cases");
    assert!(cases.len() > 100);
    let mut wrong = Vec::new();
    for case in cases {
        let place = folder("delivery");
        let state = string(place.join("state.json"));
        for (n, look) in case["looks"].as_array().expect("looks").iter().enumerate() {
            let published = place.join("published");
            let _ = std::fs::remove_dir_all(&published);
            std::fs::create_dir_all(&published).expect("the folder can be made");
            for (name, content) in look["files"].as_object().expect("files") {
                write(&published.join(name), blob(content));
            }
            for name in look["unreachable"].as_array().expect("names") {
                // A folder of that name is there and cannot be read.
                let path = published.join(name.as_str().expect("a name"));
                let _ = std::fs::remove_file(&path);
                std::fs::create_dir_all(path).expect("the folder can be made");
            }
            let text = |name: &str| look[name].as_str().expect("a text");
            let device = case["device"].as_str().expect("a device");
            let given = string(&published);
            let run = zhanggui(
                &[
                    "kb",
                    "verify",
                    &given,
                    "--root",
                    text("pin"),
                    "--state",
                    &state,
                    "--device",
                    device,
                    "--at",
                    text("at"),
                ],
                "",
            );
            let said = run.lines().pop().unwrap_or_else(|| panic!("{}: nothing: {}", case["name"], run.err));
            let expected = &look["expect"];
            let fits = |(name, value): (&String, &Value)| {
                // Where it fails at the bundle itself, the data says which.
                let of_bundle = name == "bundle" && expected["ok"] == json!(false);
                let said = if said[name]["version"].is_u64() { &said[name]["version"] } else { &said[name] };
                of_bundle || said == value
            };
            let right = expected.as_object().expect("what is expected").iter().all(fits)
                && run.code == Some(i32::from(expected["ok"] != json!(true)));
            if !right {
                wrong.push(format!("{} look {n}: {expected} wanted, {said}", case["name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

struct Shop {
    place: std::path::PathBuf,
    out: String,
}

impl Shop {
    fn new(name: &str) -> Self {
        let place = folder(name);
        let out = string(place.join("knowledge"));
        Self { place, out }
    }

    /// The paths of a new secret and public key.
    fn key(&self, name: &str) -> [String; 2] {
        let key = string(self.place.join(name));
        zhanggui(&["kb", "keygen", "-o", &key], "").succeeds();
        [key.clone(), format!("{key}.pub")]
    }

    fn bundle(&self, days: &str) -> String {
        let source = write(
            &self.place.join(format!("{days}.md")),
            format!("---\nlang: zh\n---\n## 几天能退货? {{#return}}\n\n{days}天内。\n"),
        );
        let bundle = string(self.place.join(format!("{days}.zgkb")));
        zhanggui(&["kb", "build", &source, "-o", &bundle, "--no-models", "--no-embedding", "--no-playbooks"], "")
            .succeeds();
        bundle
    }

    fn file(&self, name: &str) -> String {
        string(Path::new(&self.out).join(name))
    }

    fn has(&self, name: &str) -> bool {
        Path::new(&self.out).join(name).exists()
    }

    #[track_caller]
    fn says(&self, pin: &str, more: &[&str]) -> Value {
        let state = string(self.place.join("state.json"));
        let run = zhanggui(&[&["kb", "verify", &self.out, "--root", pin, "--state", &state], more].concat(), "");
        last(&run)
    }
}

#[track_caller]
fn last(run: &Run) -> Value {
    run.lines().pop().unwrap_or_else(|| panic!("nothing: {}", run.err))
}

#[track_caller]
fn done(args: &[&str]) -> Value {
    last(&zhanggui(args, "").succeeds())
}

#[test]
fn a_shop_publishes_rolls_out_and_back_and_refreshes() {
    let shop = Shop::new("delivery-shop");
    let [[root_key, _], [targets, targets_pub], [stamp, stamp_pub], [stranger, _]] =
        ["root.key", "targets.key", "timestamp.key", "stranger.key"].map(|name| shop.key(name));
    let [a, b, c] = ["7", "15", "30"].map(|days| shop.bundle(days));
    let out = shop.out.as_str();
    zhanggui(&["kb", "publish", &a, "-o", out, "--key", &targets, "--rollout", "1"], "").fails(1, &["kb root init"]);
    let init =
        ["kb", "root", "init", "-o", out, "--key", &root_key, "--targets", &targets_pub, "--timestamp", &stamp_pub];
    let made = done(&init);
    let pin = made["pin"].as_str().expect("a pin").to_owned();
    assert_eq!(done(&["kb", "root", "pin", out])["pin"], json!(pin));
    zhanggui(&init, "").fails(1, &["rotate"]);

    let keys = ["--key", &targets, "--timestamp-key", &stamp];
    let publish =
        |bundle: &str, more: &[&str]| done(&[&["kb", "publish", bundle, "-o", out], &keys[..], more].concat());
    zhanggui(&["kb", "publish", &a, "-o", out, "--key", &stranger], "").fails(1, &["none of the role targets"]);
    zhanggui(&[&["kb", "publish", &a, "-o", out, "--rollout", "5"], &keys[..]].concat(), "")
        .fails(1, &["without --rollout"]);
    let first = publish(&a, &[]);
    assert_eq!((&first["version"], &first["changed"]), (&json!(1), &json!(true)));
    assert_eq!(shop.says(&pin, &[])["bundle"], first["bundle"]);
    let there = std::fs::read(shop.file("timestamp.json")).expect("written");
    assert_eq!(publish(&a, &[])["changed"], json!(false));
    assert_eq!(done(&["kb", "timestamp", out, "--timestamp-key", &stamp])["changed"], json!(false));
    assert_eq!(std::fs::read(shop.file("timestamp.json")).expect("there"), there, "nothing was due");
    let forced = done(&["kb", "timestamp", out, "--timestamp-key", &stamp, "--force"]);
    assert_eq!((&forced["changed"], &forced["version"]), (&json!(true), &json!(2)));

    // A rollout: nobody, everybody, some, and back with one command.
    let rolled = publish(&b, &["--rollout", "0"]);
    assert_eq!((&rolled["bundle"], &rolled["rollout"]["percent"]), (&first["bundle"], &json!(0)));
    assert_eq!(shop.says(&pin, &[])["bundle"], first["bundle"]);
    let rollout = |percent: &str| done(&[&["kb", "rollout", out, "--percent", percent], &keys[..]].concat());
    rollout("50");
    let said = shop.says(&pin, &[]);
    let inside = said["in_rollout"] == json!(true);
    assert_eq!(said["bundle"], if inside { &rolled["rollout"]["bundle"] } else { &first["bundle"] }.clone());
    let back = done(&[&["kb", "rollback", out], &keys[..]].concat());
    assert_eq!((&back["bundle"], &back["rollout"]), (&first["bundle"], &Value::Null));
    publish(&b, &["--rollout", "10"]);
    let whole = rollout("100");
    assert_eq!((&whole["bundle"], &whole["rollout"]), (&rolled["rollout"]["bundle"], &Value::Null));
    zhanggui(&[&["kb", "rollout", out, "--percent", "5"], &keys[..]].concat(), "").fails(1, &["--rollout N"]);
    publish(&c, &[]);
    let back = done(&[&["kb", "rollback", out], &keys[..]].concat());
    assert_eq!(back["bundle"], whole["bundle"]);
    let said = shop.says(&pin, &[]);
    assert_eq!((&said["ok"], &said["bundle"], &said["damaged"]), (&json!(true), &whole["bundle"], &json!([])));

    // The timestamp ends within days; a line in cron is what keeps it.
    let at = ["--at", "2199-01-01T00:00:00Z"];
    assert_eq!(shop.says(&pin, &at)["clock_doubted"], json!(true));
    let soon = jiff::Timestamp::now().as_second() + 9 * 86_400;
    let soon = jiff::Timestamp::from_second(soon).expect("a time").strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let said = shop.says(&pin, &["--at", &soon]);
    assert_eq!((&said["role"], &said["code"]), (&json!("timestamp"), &json!("expired")));
    assert!(said["error"].as_str().expect("an error").contains("kb timestamp"));
    zhanggui(&["kb", "verify", out, "--root", "zgroot-1:1:x"], "").fails(1, &["kb root init"]);
}

#[test]
fn keys_on_different_machines_sign_one_after_another() {
    let shop = Shop::new("delivery-machines");
    let [one, two, three, new] = ["one", "two", "three", "new"].map(|name| shop.key(name));
    let [stamp, other_stamp] = ["stamp", "other-stamp"].map(|name| shop.key(name));
    let a = shop.bundle("7");
    let out = shop.out.as_str();
    let sign = |name: &str, key: &str| done(&["kb", "sign-metadata", &shop.file(name), "--key", key]);
    let made = done(&[
        "kb",
        "root",
        "init",
        "-o",
        out,
        "--key",
        &one[0],
        "--root",
        &two[1],
        "--root",
        &three[1],
        "--threshold",
        "2",
        "--targets",
        &one[1],
        "--targets",
        &two[1],
        "--targets-threshold",
        "2",
        "--timestamp",
        &stamp[1],
    ]);
    assert_eq!((&made["missing_signatures"], &made["pin"]), (&json!(1), &Value::Null));
    assert!(!shop.has("1.root.json"));
    zhanggui(&["kb", "sign-metadata", &shop.file("1.root.draft.json"), "--key", &new[0]], "")
        .fails(1, &["none of the role"]);
    // Twice the same key is still one.
    assert_eq!(sign("1.root.draft.json", &one[0])["missing_signatures"], json!(1));
    let signed = sign("1.root.draft.json", &three[0]);
    let pin = signed["pin"].as_str().expect("a pin").to_owned();
    assert!(shop.has("1.root.json") && !shop.has("1.root.draft.json"));
    zhanggui(&["kb", "sign-metadata", &shop.file("1.root.json"), "--key", &two[0]], "").fails(1, &["draft"]);

    let published = done(&["kb", "publish", &a, "-o", out, "--key", &one[0], "--timestamp-key", &stamp[0]]);
    assert_eq!((&published["missing_signatures"], &published["timestamp"]), (&json!(1), &Value::Null));
    zhanggui(&["kb", "timestamp", out, "--timestamp-key", &stamp[0]], "").fails(1, &["publish first"]);
    assert_eq!(sign("1.targets.draft.json", &two[0])["file"], json!("1.targets.json"));
    done(&["kb", "timestamp", out, "--timestamp-key", &stamp[0]]);
    assert_eq!(shop.says(&pin, &[])["ok"], json!(true));

    // The timestamp key was stolen: another, by two of the three root keys, and one root key is exchanged as well.
    let rotated = done(&[
        "kb",
        "root",
        "rotate",
        out,
        "--key",
        &one[0],
        "--root",
        &one[1],
        "--root",
        &two[1],
        "--root",
        &new[1],
        "--timestamp",
        &other_stamp[1],
    ]);
    assert_eq!((&rotated["version"], &rotated["missing_signatures"]), (&json!(2), &json!(1)));
    assert_eq!(shop.says(&pin, &[])["root"]["version"], json!(1), "a draft is nothing to a device");
    assert_eq!(
        sign("2.root.draft.json", &three[0])["missing_signatures"],
        json!(1),
        "one of the new keys is wanted yet"
    );
    assert_eq!(sign("2.root.draft.json", &new[0])["missing_signatures"], json!(0));
    assert_eq!(shop.says(&pin, &[])["code"], json!("signatures"));
    zhanggui(&["kb", "timestamp", out, "--timestamp-key", &stamp[0]], "").fails(1, &["none of the role timestamp"]);
    done(&["kb", "timestamp", out, "--timestamp-key", &other_stamp[0]]);
    let said = shop.says(&pin, &[]);
    assert_eq!((&said["ok"], &said["root"]["version"]), (&json!(true), &json!(2)));
}

#[test]
fn pages_that_pin_no_root_go_along() {
    let shop = Shop::new("delivery-both");
    let [root_key, targets, stamp] = ["root.key", "targets.key", "stamp.key"].map(|name| shop.key(name));
    let [a, b] = ["7", "15"].map(|days| shop.bundle(days));
    let out = shop.out.as_str();
    done(&["kb", "publish", &a, "-o", out, "--key", &targets[0]]);
    done(&["kb", "root", "init", "-o", out, "--key", &root_key[0], "--targets", &targets[1], "--timestamp", &stamp[1]]);
    let keys = ["--key", &targets[0], "--timestamp-key", &stamp[0]];
    done(&[&["kb", "publish", &a, "-o", out], &keys[..]].concat());
    done(&[&["kb", "publish", &b, "-o", out], &keys[..]].concat());
    let manifest: Value =
        serde_json::from_str(&std::fs::read_to_string(shop.file("manifest.json")).expect("there")).expect("JSON");
    assert_eq!(manifest["version"], json!(2));
    let bytes = std::fs::read(shop.file(manifest["bundle"]["file"].as_str().expect("a name"))).expect("there");
    assert_eq!(bytes, std::fs::read(&b).expect("built"));
    // Signed as `kb sign` would have.
    let again = string(shop.place.join("again.sig"));
    zhanggui(&["kb", "sign", &shop.file("manifest.json"), "--key", &targets[0], "-o", &again], "").succeeds();
    let text = |path: &str| std::fs::read_to_string(path).expect("signed");
    assert_eq!(text(&shop.file("manifest.json.sig")), text(&again));
}
