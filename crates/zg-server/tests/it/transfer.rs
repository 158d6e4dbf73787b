//! Backups: of one moment while others write, whole again afterwards, and refused where they are not what they say.

use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zg_domain::{ConversationId, MessageId, TenantId, Timestamp};
use zg_proto::cli::OutcomeTag;
use zg_proto::remedy::RedeemRequest;
use zg_server::Config;
use zg_server::storage::NewAction;
use zg_server::transfer::{self, Summary, TransferError};

use crate::support::{Folder, START, TestApp};
use crate::{images, remedies};

/// A shop with something in every table.
pub async fn shop() -> TestApp {
    let app = crate::profiles::shops();
    let ann = app.operator("one", "ann").await;
    for n in 0..30 {
        let shopper = app.shopper("one", &format!("c-{n}")).await;
        for k in 0..5 {
            shopper.say(&format!("m-{k}"), &format!("{k} 喂 \0 😀 {}", "长".repeat(k * 40))).await.ok();
        }
    }
    let shopper = crate::support::Shopper { app: &app, id: "c-1".into(), secret: crate::support::secret("one-c-1") };
    shopper.post("/handoff", &json!({ "reason": "asked" })).await.ok();
    ann.act("c-1", "take").await.ok();
    ann.reply("c-1", "r-1", "您好").await.ok();
    ann.post("/conversations/c-1/seen", &json!({ "seq": 4 })).await.ok();
    for (id, data) in [("p-1", images::JPEG), ("p-2", images::PNG), ("p-3", images::large().as_str())] {
        shopper.post("/images", &images::picture(id, data)).await.ok();
    }
    let (one, c_1) = (TenantId::new("one").unwrap(), ConversationId::new("c-1").unwrap());
    app.app.storage.begin_action(&one, &c_1, action(), app.app.now()).await.unwrap();
    let facts = [("status_text".to_owned(), json!("已\0发货"))].into();
    app.app.storage.finish_action(&one, &c_1, "a-1", OutcomeTag::Ok { facts }).await.unwrap();
    let granted = remedies::ask(&app, &remedies::late("r-1", "A1", json!({ "household": ["h"] }))).await;
    assert_eq!(granted["decision"], "grant");
    crate::profiles::fill(&app).await;
    crate::recommend::with_something(&app).await;
    let erased = crate::support::Shopper { app: &app, id: "c-2".into(), secret: crate::support::secret("one-c-2") };
    assert_eq!(erased.erase().await.status, 204);
    app
}

fn action() -> NewAction {
    let leased_until = Timestamp::from_millis(START + 30_000);
    NewAction { id: "a-1".into(), digest: [7; 32], delivery: "act_1".into(), leased_until }
}

pub fn into_folder(folder: &Folder) -> Config {
    let mut config = Config { data_dir: folder.0.join("data"), ..crate::support::config(folder) };
    crate::profiles::with_keys(&mut config);
    config
}

fn rows(summary: &Summary) -> Vec<(String, u64)> {
    summary.rows().map(|(table, n)| (table.to_owned(), n)).collect()
}

/// Everything that a shopper and an operator can read.
async fn all(app: &TestApp) -> Vec<Value> {
    let mut seen = Vec::new();
    for n in 0..30 {
        let id = format!("c-{n}");
        let shopper = crate::support::Shopper { app, secret: crate::support::secret(&format!("one-{id}")), id };
        let mut state = shopper.get("").await.json();
        state["epoch"] = Value::Null;
        state["instance"] = Value::Null;
        seen.push(state);
        seen.push(shopper.get("/messages").await.json()["messages"].clone());
    }
    let (one, c_1) = (TenantId::new("one").unwrap(), ConversationId::new("c-1").unwrap());
    for id in ["p-1", "p-2", "p-3"] {
        let image = app.app.storage.image(&one, &c_1, &MessageId::new(id).unwrap()).await.unwrap();
        seen.push(image.map_or(Value::Null, |image| json!([image.media_type, image.bytes])));
    }
    let done = app.app.storage.begin_action(&one, &c_1, action(), app.app.now()).await;
    seen.push(json!(format!("{done:?}")));
    seen.extend(crate::profiles::told(app).await);
    seen.push(json!(crate::recommend::everything(app).await));
    let answer = app.sign_in("ann", crate::support::PASSWORD).await;
    assert_eq!(answer.status, 200);
    seen
}

fn started(config: Config) -> TestApp {
    TestApp::with(|slot| *slot = config)
}

#[tokio::test]
async fn what_is_restored_is_what_was_saved_under_another_epoch() {
    let app = shop().await;
    let place = Folder::new();
    let file = place.0.join("shop.backup");
    let saved = transfer::backup(&app.app.config(), &file).await.unwrap();
    assert_eq!(saved.epoch, app.app.storage.epoch());
    assert!(rows(&saved).contains(&("messages".to_owned(), 29 * 5 + 5)), "{saved:?}");
    // PostgreSQL keeps parts of pictures only where they come from elsewhere.
    let may_be_empty = |table: &str| table == "image_parts" && !app.is_file();
    assert!(
        rows(&saved).iter().all(|(table, n)| *n > 0 || may_be_empty(table)) && saved.rows().count() == 21,
        "every table has something: {saved:?}"
    );
    // Not over what is there.
    assert!(matches!(transfer::backup(&app.app.config(), &file).await, Err(TransferError::Exists(_))));

    let target = Folder::new();
    let config = into_folder(&target);
    let restored = transfer::restore(&file, &config).await.unwrap();
    assert_eq!(rows(&restored), rows(&saved));
    assert_ne!(restored.epoch, saved.epoch);
    let again = started(config.clone());
    assert_eq!(again.app.storage.epoch(), restored.epoch);
    assert_eq!(all(&again).await, all(&app).await);
    // A retry of what was acknowledged before the backup is still one.
    let shopper = crate::support::Shopper { app: &again, id: "c-3".into(), secret: crate::support::secret("one-c-3") };
    let ack = shopper.say("m-0", "0 喂 \0 😀 ").await.ok().json();
    assert_eq!(ack["acks"][0]["duplicate"], true);
    // What was granted is known, and its code is redeemed once.
    let late = remedies::late("r-2", "A1", json!({}));
    let refused = remedies::ask(&again, &late).await;
    assert_eq!(refused["reason"], "already_granted");
    let replayed = remedies::ask(&again, &remedies::late("r-1", "A1", json!({ "household": ["h"] }))).await;
    let code = replayed["code"].as_str().unwrap();
    let request = RedeemRequest { request: "p".into(), customer: "C-A1".into(), order: None };
    let one = TenantId::new("one").unwrap();
    for is_replay in [false, true] {
        let redeemed = again.app.storage.redeem(&one, code, request.clone(), again.app.now()).await.unwrap();
        assert_eq!((redeemed.redeemed, redeemed.replayed), (true, is_replay), "{redeemed:?}");
    }
    // A cursor of the history that was is told so.
    let mut events = shopper.events(Some(&format!("{}-4", saved.epoch))).await;
    assert_eq!(events.next().await.unwrap().name, "reset");
    assert!(matches!(
        transfer::restore(&file, &config).await,
        Err(TransferError::Exists(_) | TransferError::NotEmpty(_))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_of_one_moment_while_others_write() {
    let app = TestApp::new();
    let shopper = app.shopper("one", "c-1").await;
    let place = Folder::new();
    let writes = async {
        for n in 0..200 {
            shopper.say(&format!("m-{n}"), "words").await.ok();
        }
    };
    let saves = async {
        let mut files = Vec::new();
        for n in 0..5 {
            let file = place.0.join(format!("{n}"));
            transfer::backup(&app.app.config(), &file).await.unwrap();
            files.push(file);
        }
        files
    };
    let ((), files) = tokio::join!(writes, saves);
    for file in files {
        let target = Folder::new();
        let config = into_folder(&target);
        transfer::restore(&file, &config).await.unwrap();
        let restored = started(config);
        let shopper = crate::support::Shopper { app: &restored, ..shopper_of(&restored) };
        let last = shopper.get("").await.json()["last_seq"].as_u64().unwrap();
        let messages = shopper.get("/messages?limit=200").await.json()["messages"].as_array().unwrap().len();
        assert_eq!(messages as u64, last, "state and log are of the same moment");
    }
}

fn shopper_of(app: &TestApp) -> crate::support::Shopper<'_> {
    crate::support::Shopper { app, id: "c-1".into(), secret: crate::support::secret("one-c-1") }
}

/// The sum set right again, as an enemy would.
fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 32;
    let sum = Sha256::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&sum);
    bytes
}

#[tokio::test]
async fn files_that_are_cut_changed_or_made_up_are_refused_and_leave_nothing() {
    let app = shop().await;
    let place = Folder::new();
    let file = place.0.join("whole");
    transfer::backup(&app.app.config(), &file).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let n = whole.len();
    let mut wrong: Vec<Vec<u8>> = vec![
        vec![],
        b"ZGBACKUP".to_vec(),
        b"SQLite format 3\0".repeat(8),
        [&whole[..], b"x"].concat(),
        [&whole[..n - 32], &whole[..], &[]].concat(),
    ];
    // Cut anywhere; any bit flipped; and the same with the sum set right.
    wrong.extend((0..40).map(|k| whole[..n * k / 40].to_vec()));
    for k in 0..24 {
        let mut flipped = whole.clone();
        flipped[(n - 1) * k / 23] ^= 1 << (k % 8);
        wrong.push(flipped);
    }
    for k in 0..24 {
        let mut flipped = whole.clone();
        // Behind the magic, whose loss is another test.
        flipped[12 + (n - 45) * k / 23] ^= 1 << (k % 8);
        wrong.push(signed(flipped));
    }
    // A gigabyte of zeros in a few kilobytes.
    let bomb = {
        use std::io::Write as _;
        let mut packed = flate2::write::GzEncoder::new(whole[..12].to_vec(), flate2::Compression::best());
        let head: Vec<u8> =
            [&[1][..], &16_u32.to_le_bytes(), &[b'a'; 16], &[0; 8], &[2], &8_u32.to_le_bytes(), b"messages"].concat();
        let column = [&1_u32.to_le_bytes()[..], &2_u32.to_le_bytes(), b"id", &[3, 2], &u32::MAX.to_le_bytes()].concat();
        packed.write_all(&head).unwrap();
        packed.write_all(&column).unwrap();
        packed.write_all(&vec![0; 1 << 20]).unwrap();
        signed([packed.finish().unwrap(), vec![0; 32]].concat())
    };
    wrong.push(bomb);
    let target = Folder::new();
    for (k, bytes) in wrong.into_iter().enumerate() {
        let config = into_folder(&target);
        std::fs::write(&file, &bytes).unwrap();
        match transfer::restore(&file, &config).await {
            Err(error) => {
                let text = error.to_string();
                assert!(!text.contains('\n') && !text.is_empty(), "{text}");
            }
            // A flipped bit may be one that packs to the same, such as the clock of the packer.
            Ok(_) => {
                assert!(bytes.len() == n, "{k} was taken");
                let restored = started(config.clone());
                assert_eq!(all(&restored).await, all(&app).await, "{k}");
                drop(restored);
                empty(&config);
            }
        }
        assert!(!config.data_dir.join("zhanggui.sqlite3").exists(), "{k} left a database");
    }
    assert!(matches!(
        transfer::restore(Path::new("/nowhere"), &into_folder(&target)).await,
        Err(TransferError::Io { .. })
    ));
    let nothing = Folder::new();
    if app.is_file() {
        let none = transfer::backup(&into_folder(&nothing), &nothing.0.join("x")).await;
        assert!(matches!(none, Err(TransferError::NoDatabase(_))));
        assert!(!nothing.0.join("x").exists() && !nothing.0.join("x.part").exists());
    }
}

/// Makes room for the next one.
fn empty(config: &Config) {
    let _ = std::fs::remove_dir_all(&config.data_dir);
    crate::empty(config);
}
