//! The storage by itself: every method of its traits, and what they promise to many at once.

use std::sync::Arc;

use zg_domain::{ConversationId, Handoff, MessageId, OperatorId, TenantId, Timestamp};
use zg_proto::cli::{OutcomeTag, PacketTag};
use zg_proto::http::OperatorReply;
use zg_proto::profile::IdentifierTag;
use zg_proto::remedy::RedeemRequest;
use zg_proto::{AuthorTag, Body, Message};
use zg_server::identity::Identity;
use zg_server::storage::profiles::Identifier;
use zg_server::storage::{
    Begun, Image, NewAction, NewConversation, NewOperator, NewSession, Opened, Snapshot, Storage, StorageError,
};

use crate::remedies;
use crate::support::{START, TestApp};

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn conversation(name: &str) -> ConversationId {
    ConversationId::new(name).unwrap()
}

fn operator(name: &str) -> OperatorId {
    OperatorId::new(name).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(START + seconds * 1000)
}

fn said(author: AuthorTag, id: &str, text: &str) -> Message {
    MessageId::new(id).unwrap();
    Message {
        id: id.to_owned(),
        author,
        at: START,
        text: text.to_owned(),
        lang: None,
        body: Body::Text,
        quick_replies: Vec::new(),
        cards: Vec::new(),
    }
}

fn new(id: &str, secret: u8) -> NewConversation {
    let page = Some("https://shop.example/\0p".to_owned());
    NewConversation { id: conversation(id), secret: [secret; 32], locale: "zh-CN".to_owned(), page }
}

fn person(id: &str, name: &str) -> NewOperator {
    let (display_name, password_hash) = (name.to_uppercase(), "$argon2id$x".to_owned());
    NewOperator { id: operator(id), name: name.to_owned(), display_name, password_hash }
}

/// A user id, as a token vouches for it.
fn vouched(user: &str) -> Vec<Identifier> {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(user.as_bytes()).into();
    vec![Identifier { kind: IdentifierTag::User, digest }]
}

async fn with_conversations(storage: &dyn Storage, ids: &[&str]) {
    for id in ids {
        assert_eq!(storage.open(&tenant("one"), new(id, 7), at(0)).await.unwrap(), Opened::Created);
    }
}

#[tokio::test]
async fn a_conversation_is_its_tenants_and_its_secrets() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    let (one, two, id) = (tenant("one"), tenant("two"), conversation("c"));
    assert_eq!(storage.open(&one, new("c", 1), at(0)).await.unwrap(), Opened::Created);
    assert_eq!(storage.open(&one, new("c", 1), at(1)).await.unwrap(), Opened::Existing);
    assert_eq!(storage.open(&one, new("c", 2), at(1)).await.unwrap(), Opened::Refused);
    assert_eq!(storage.open(&two, new("c", 2), at(1)).await.unwrap(), Opened::Created);
    for (secret, owner) in [(1, Some(one.clone())), (2, Some(two.clone())), (3, None)] {
        assert_eq!(storage.shopper(&id, [secret; 32]).await.unwrap(), owner);
    }
    storage.append(&two, &id, vec![said(AuthorTag::Shopper, "m", "a")], at(2)).await.unwrap();
    assert_eq!(storage.state(&one, &id).await.unwrap().unwrap().last_seq, 0);
    assert_eq!(storage.state(&one, &conversation("d")).await.unwrap(), None);
    let who = |subject: &str| Identity {
        subject: Some(subject.to_owned()),
        name: Some("林".to_owned()),
        ..Identity::default()
    };
    let identify = async |id: &str| storage.identify(&one, &conversation("c"), who(id), vouched(id), at(2)).await;
    assert!(identify("1").await.unwrap());
    assert!(identify("1").await.unwrap());
    assert!(!identify("2").await.unwrap());
    storage.erase(&one, &id, at(3)).await.unwrap();
    assert_eq!(storage.shopper(&id, [1; 32]).await.unwrap(), None);
    assert_eq!(storage.shopper(&id, [0; 32]).await.unwrap(), None);
    assert_eq!(storage.open(&one, new("c", 1), at(4)).await.unwrap(), Opened::Refused);
    let missing = [
        storage.append(&one, &id, vec![said(AuthorTag::Shopper, "m", "a")], at(5)).await.map(drop),
        storage.request_handoff(&one, &id, None, None, at(5)).await.map(drop),
        identify("1").await.map(drop),
        storage.end(&one, &id).await.map(drop),
        storage.erase(&one, &id, at(5)).await,
    ];
    for outcome in missing {
        assert!(matches!(outcome, Err(StorageError::Missing)), "{outcome:?}");
    }
    assert_eq!(storage.messages(&one, &id, 0, 9).await.unwrap(), None);
    assert_eq!(storage.snapshot(&one, &id, 0, 9).await.unwrap(), None);
    // The other tenant's of that name is another one.
    assert_eq!(storage.messages(&two, &id, 0, 9).await.unwrap().unwrap().messages.len(), 1);
    storage.ping().await.unwrap();
    assert_eq!(storage.epoch().len(), 16);
}

#[tokio::test]
async fn the_log_has_one_order_and_every_id_once() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    let (one, id) = (tenant("one"), conversation("c"));
    with_conversations(storage, &["c"]).await;
    let a = || said(AuthorTag::Shopper, "a", "\0 喂 😀");
    let b = said(AuthorTag::Assistant, "b", "b");
    // The same twice in one request is one message.
    let acks = storage.append(&one, &id, vec![a(), b.clone(), a()], at(1)).await.unwrap();
    let told: Vec<_> = acks.iter().map(|ack| (ack.id.as_str(), ack.seq, ack.duplicate)).collect();
    assert_eq!(told, [("a", 1, false), ("b", 2, false), ("a", 1, true)]);
    // A conflict takes its whole request with it.
    let batch = vec![said(AuthorTag::Shopper, "c", "c"), said(AuthorTag::Shopper, "a", "other")];
    let conflict = storage.append(&one, &id, batch, at(2)).await;
    assert!(matches!(conflict, Err(StorageError::Conflict { id }) if id == "a"));
    let acks = storage.append(&one, &id, vec![said(AuthorTag::Shopper, "c", "c"), a()], at(2)).await.unwrap();
    assert_eq!(acks.iter().map(|ack| ack.seq).collect::<Vec<_>>(), [3, 1]);
    for (after, limit, seqs, next) in [
        (0, 2, vec![1, 2], Some(2)),
        (2, 2, vec![3], None),
        (3, 2, vec![], None),
        (u64::MAX, 2, vec![], None),
        (0, 3, vec![1, 2, 3], None),
    ] {
        let page = storage.messages(&one, &id, after, limit).await.unwrap().unwrap();
        assert_eq!(page.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), seqs, "{after} {limit}");
        assert_eq!(page.next, next, "{after} {limit}");
        let Snapshot { state, messages, .. } = storage.snapshot(&one, &id, after, limit).await.unwrap().unwrap();
        assert_eq!(state.last_seq, 3);
        assert_eq!(messages, page.messages);
    }
    let first = storage.messages(&one, &id, 0, 1).await.unwrap().unwrap().messages.remove(0);
    assert_eq!(first.message, a());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_long_request_is_written_in_order_beside_others_and_a_conflict_takes_all_of_it() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    let (one, id) = (tenant("one"), conversation("c"));
    with_conversations(storage, &["c", "d"]).await;
    let long = |id: String| said(AuthorTag::Shopper, &id, &"字".repeat(1_000));
    let batch = |name: &str| (0..200).map(|n| long(format!("{name}-{n}"))).collect::<Vec<_>>();
    // Before anything is written, however far behind the conflict is: with what is there, and within the request.
    storage.append(&one, &id, vec![long("x".to_owned())], at(1)).await.unwrap();
    let taken = [batch("a"), vec![said(AuthorTag::Shopper, "x", "other")]].concat();
    let twice = [batch("a"), vec![said(AuthorTag::Shopper, "a-3", "other")]].concat();
    for (refused, id_taken) in [(taken, "x"), (twice, "a-3")] {
        let refused = storage.append(&one, &id, refused, at(2)).await;
        assert!(matches!(refused, Err(StorageError::Conflict { id }) if id == id_taken));
        assert_eq!(storage.state(&one, &id).await.unwrap().unwrap().last_seq, 1);
    }
    let missing = storage.append(&one, &conversation("e"), batch("a"), at(2)).await;
    assert!(matches!(missing, Err(StorageError::Missing)));
    // Several at once, with short ones between; each has its own order, none is lost, and all of it is there when it is said so.
    let appends = ["a", "b", "c"].map(|name| {
        let (app, batch) = (app.app.clone(), batch(name));
        let to = if name == "c" { conversation("d") } else { conversation("c") };
        tokio::spawn(async move { app.storage.append(&tenant("one"), &to, batch, at(3)).await.unwrap() })
    });
    for n in 0..20 {
        storage.append(&one, &id, vec![said(AuthorTag::Shopper, &format!("short-{n}"), "x")], at(3)).await.unwrap();
    }
    for append in appends {
        let acks = append.await.unwrap();
        assert_eq!(acks.len(), 200);
        assert!(acks.windows(2).all(|two| two[0].seq < two[1].seq));
    }
    assert_eq!(storage.state(&one, &id).await.unwrap().unwrap().last_seq, 421);
    assert_eq!(storage.state(&one, &conversation("d")).await.unwrap().unwrap().last_seq, 200);
    // A retry is told by its ids, and adds nothing.
    let again = storage.append(&one, &id, batch("a"), at(4)).await.unwrap();
    assert!(again.iter().all(|ack| ack.duplicate));
    assert_eq!(storage.state(&one, &id).await.unwrap().unwrap().last_seq, 421);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_append_at_once_get_numbers_without_gap() {
    let app = TestApp::new();
    with_conversations(&*app.app.storage, &["c"]).await;
    let writes: Vec<_> = (0..200)
        .map(|n| {
            let app = app.app.clone();
            tokio::spawn(async move {
                // Every message is written by two at once.
                let batch = (0..2).map(|k| said(AuthorTag::Shopper, &format!("m-{}-{k}", n / 2), "x")).collect();
                app.storage.append(&tenant("one"), &conversation("c"), batch, at(1)).await.unwrap()
            })
        })
        .collect();
    let mut by_seq = std::collections::BTreeMap::new();
    let mut n_new = 0;
    for write in writes {
        let acks = write.await.unwrap();
        assert_eq!(acks[0].seq + 1, acks[1].seq, "a request is one piece of the log");
        for ack in acks {
            n_new += usize::from(!ack.duplicate);
            assert_eq!(by_seq.entry(ack.seq).or_insert_with(|| ack.id.clone()), &ack.id);
        }
    }
    assert_eq!(n_new, 200);
    assert_eq!(by_seq.keys().copied().collect::<Vec<_>>(), (1..=200).collect::<Vec<_>>());
}

/// They share a transaction where the storage makes one of many.
#[tokio::test]
async fn requests_that_come_at_once_are_answered_each_for_itself() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    with_conversations(storage, &["a", "b", "gone", "ended"]).await;
    assert_eq!(storage.open(&tenant("two"), new("a", 8), at(0)).await.unwrap(), Opened::Created);
    for id in ["b", "ended"] {
        let old = vec![said(AuthorTag::Shopper, "old", "x")];
        storage.append(&tenant("one"), &conversation(id), old, at(1)).await.unwrap();
    }
    storage.erase(&tenant("one"), &conversation("gone"), at(1)).await.unwrap();
    storage.end(&tenant("one"), &conversation("ended")).await.unwrap();
    let requests = [
        ("one", "a", vec![("m-1", "x"), ("m-2", "x")], "1 2"),
        ("two", "a", vec![("m-1", "other")], "1"),
        ("one", "b", vec![("m-1", "x"), ("old", "changed")], "conflict"),
        ("one", "gone", vec![("m-1", "x")], "missing"),
        ("one", "nowhere", vec![("m-1", "x")], "missing"),
        ("one", "b", vec![("old", "x"), ("m-1", "x")], "1= 2"),
        ("one", "a", vec![("m-2", "x"), ("m-3", "x")], "2= 3"),
        ("one", "a", vec![("m-3", "not the same")], "conflict"),
        ("one", "a", vec![("m-4", "x")], "4"),
        ("one", "ended", vec![("m-1", "x")], "2"),
        ("one", "b", vec![], ""),
    ];
    let answers = requests.iter().map(|(owner, id, messages, _)| {
        let messages = messages.iter().map(|(id, text)| said(AuthorTag::Shopper, id, text)).collect();
        storage.append(&tenant(owner), &conversation(id), messages, at(2))
    });
    // Collected first: all of them are handed in before the first is written.
    let answers: Vec<_> = answers.collect();
    for (answer, (owner, id, _, expected)) in futures_util::future::join_all(answers).await.into_iter().zip(&requests) {
        let told = match answer {
            Ok(acks) => {
                let told = |ack: zg_proto::http::Ack| format!("{}{}", ack.seq, if ack.duplicate { "=" } else { "" });
                acks.into_iter().map(told).collect::<Vec<_>>().join(" ")
            }
            Err(StorageError::Conflict { .. }) => "conflict".to_owned(),
            Err(StorageError::Missing) => "missing".to_owned(),
            Err(other) => panic!("{owner} {id}: {other}"),
        };
        assert_eq!(&told, expected, "{owner} {id}");
    }
    for (owner, id, n, state) in [
        ("one", "a", 4, Handoff::Contained),
        ("two", "a", 1, Handoff::Contained),
        ("one", "b", 2, Handoff::Contained),
        ("one", "ended", 2, Handoff::Contained),
    ] {
        let Snapshot { state: is, messages, .. } =
            storage.snapshot(&tenant(owner), &conversation(id), 0, 9).await.unwrap().unwrap();
        assert_eq!((is.last_seq, is.handoff), (n, state), "{owner} {id}");
        assert_eq!(messages.iter().map(|message| message.seq).collect::<Vec<_>>(), (1..=n).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn the_queue_is_first_come_with_priority_and_is_the_operators() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    let (one, two) = (tenant("one"), tenant("two"));
    let (ann, bob) = (operator("op-a"), operator("op-b"));
    for (id, name) in [("op-a", "ann"), ("op-b", "bob")] {
        storage.put_operator(&one, person(id, name), at(0)).await.unwrap();
    }
    with_conversations(storage, &["b", "a", "c", "Z", "quiet"]).await;
    storage.append(&one, &conversation("a"), vec![said(AuthorTag::Shopper, "m", "我要退货")], at(1)).await.unwrap();
    let packet = |priority| Some(PacketTag { priority, ..PacketTag::default() });
    for (id, second, packet) in
        [("b", 10, None), ("a", 10, packet(false)), ("Z", 10, None), ("c", 200, packet(true)), ("b", 300, None)]
    {
        storage.request_handoff(&one, &conversation(id), Some("asked".into()), packet, at(second)).await.unwrap();
    }
    let order = async |me: &OperatorId| -> Vec<String> {
        storage.queue(&one, me).await.unwrap().into_iter().map(|item| item.id).collect()
    };
    // Who may not wait counts as five minutes earlier; ties go by the bytes of the id.
    assert_eq!(order(&ann).await, ["c", "Z", "a", "b"]);
    for (id, ahead) in [("c", 0), ("Z", 1), ("a", 2), ("b", 3)] {
        let state = storage.state(&one, &conversation(id)).await.unwrap().unwrap();
        assert_eq!(state.queue_ahead, Some(ahead), "{id}");
    }
    assert!(storage.queue(&two, &ann).await.unwrap().is_empty());
    let a = conversation("a");
    storage.take(&one, &ann, &a, at(400)).await.unwrap();
    storage.take(&one, &ann, &a, at(401)).await.unwrap();
    assert!(matches!(storage.take(&one, &bob, &a, at(402)).await, Err(StorageError::Transition(_))));
    assert!(matches!(storage.take(&one, &bob, &conversation("quiet"), at(402)).await, Err(StorageError::Missing)));
    let state = storage.state(&one, &a).await.unwrap().unwrap();
    assert_eq!((state.handoff, state.operator.as_deref()), (Handoff::Assigned { operator: ann.clone() }, Some("ANN")));
    assert!(storage.holds(&one, &ann, &a).await.unwrap());
    assert!(!storage.holds(&one, &bob, &a).await.unwrap());
    let reply = |id: &str, text: &str| OperatorReply { id: id.to_owned(), text: text.to_owned() };
    let first = storage.reply(&one, &ann, &a, reply("r", "您好"), at(403)).await.unwrap();
    let again = storage.reply(&one, &ann, &a, reply("r", "您好"), at(404)).await.unwrap();
    assert_eq!((first.seq, first.duplicate, again.seq, again.duplicate), (3, false, 3, true));
    assert!(matches!(storage.reply(&one, &bob, &a, reply("s", "x"), at(405)).await, Err(StorageError::NotHolder)));
    assert!(matches!(
        storage.reply(&one, &ann, &a, reply("r", "x"), at(405)).await,
        Err(StorageError::Conflict { .. })
    ));
    let view = storage.view(&one, &ann, &a, 0, 2).await.unwrap().unwrap();
    assert_eq!((view.item.mine, view.item.preview.as_str(), view.item.last_seq), (true, "我要退货", 3));
    assert_eq!((view.messages.len(), view.next, view.epoch.as_str()), (2, Some(2), storage.epoch()));
    assert_eq!(storage.view(&one, &ann, &conversation("quiet"), 0, 2).await.unwrap(), None);
    assert!(matches!(storage.release(&one, &bob, &a, at(406)).await, Err(StorageError::NotHolder)));
    storage.release(&one, &ann, &a, at(407)).await.unwrap();
    assert_eq!(order(&ann).await, ["c", "Z", "a", "b"], "back to the place it had");
    // A retry after the release is still the same reply.
    assert!(storage.reply(&one, &ann, &a, reply("r", "您好"), at(408)).await.unwrap().duplicate);
    storage.take(&one, &bob, &a, at(409)).await.unwrap();
    storage.finish(&one, &bob, &a, at(410)).await.unwrap();
    assert!(matches!(storage.finish(&one, &bob, &a, at(411)).await, Err(StorageError::NotHolder)));
    assert_eq!(storage.end(&one, &a).await.unwrap().handoff, Handoff::Ended);
    assert_eq!(storage.end(&one, &conversation("b")).await.unwrap().handoff, Handoff::Ended);
    assert_eq!(order(&bob).await, ["c", "Z"]);
    storage.append(&one, &a, vec![said(AuthorTag::Shopper, "again", "x")], at(412)).await.unwrap();
    assert_eq!(storage.state(&one, &a).await.unwrap().unwrap().handoff, Handoff::Contained);
}

#[tokio::test]
async fn one_of_many_takes() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    with_conversations(storage, &["c"]).await;
    let (one, id) = (tenant("one"), conversation("c"));
    for n in 0..20 {
        storage.put_operator(&one, person(&format!("op-{n}"), &format!("p{n}")), at(0)).await.unwrap();
    }
    storage.request_handoff(&one, &id, None, None, at(1)).await.unwrap();
    let takes = (0..20).map(|n| {
        let (one, id) = (&one, &id);
        async move { storage.take(one, &operator(&format!("op-{n}")), id, at(2)).await.is_ok() }
    });
    let taken = futures_util::future::join_all(takes).await;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
    assert_eq!(storage.state(&one, &id).await.unwrap().unwrap().last_seq, 1, "one has joined");
}

#[tokio::test]
async fn people_and_sessions() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    let (one, two) = (tenant("one"), tenant("two"));
    assert!(!storage.has_operators().await.unwrap());
    storage.put_operator(&one, person("op-a", "ann"), at(0)).await.unwrap();
    assert!(storage.has_operators().await.unwrap());
    let account = storage.account("ann").await.unwrap().unwrap();
    assert_eq!(
        (account.tenant, account.operator, account.display_name.as_str()),
        (one.clone(), operator("op-a"), "ANN")
    );
    for name in ["Ann", "ann\0", "", "' OR 1=1 --"] {
        assert!(storage.account(name).await.unwrap().is_none(), "{name:?}");
    }
    assert!(matches!(
        storage.put_operator(&two, person("op-x", "ann"), at(0)).await,
        Err(StorageError::Conflict { .. })
    ));
    let start = |token: u8, expires| {
        let csrf_token = format!("csrf-{token}");
        storage.start_session(
            &one,
            NewSession { token: [token; 32], operator: operator("op-a"), csrf_token, expires: at(expires) },
            at(0),
        )
    };
    start(1, 100).await.unwrap();
    start(2, 10).await.unwrap();
    let session = storage.session([1; 32], at(99)).await.unwrap().unwrap();
    assert_eq!(
        (session.operator, session.display_name.as_str(), session.csrf_token.as_str()),
        (operator("op-a"), "ANN", "csrf-1")
    );
    assert_eq!(storage.session([1; 32], at(100)).await.unwrap(), None);
    assert_eq!(storage.session([2; 32], at(10)).await.unwrap(), None);
    assert_eq!(storage.session([3; 32], at(1)).await.unwrap(), None);
    storage.end_session(&two, [1; 32]).await.unwrap();
    assert!(storage.session([1; 32], at(1)).await.unwrap().is_some(), "another tenant's is none of theirs");
    storage.end_session(&one, [1; 32]).await.unwrap();
    assert_eq!(storage.session([1; 32], at(1)).await.unwrap(), None);
    start(4, 100).await.unwrap();
    // The same again changes nothing; another password ends the sessions.
    storage.put_operator(&one, person("op-new", "ann"), at(1)).await.unwrap();
    assert!(storage.session([4; 32], at(1)).await.unwrap().is_some());
    let changed = NewOperator { password_hash: "$argon2id$y".to_owned(), ..person("op-new", "ann") };
    storage.put_operator(&one, changed, at(1)).await.unwrap();
    assert_eq!(storage.session([4; 32], at(1)).await.unwrap(), None);
    assert_eq!(storage.account("ann").await.unwrap().unwrap().operator, operator("op-a"), "who it is stays");
}

#[tokio::test]
async fn one_of_many_makes_the_first_operator() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    let makes = (0..20).map(|n| {
        let person = NewOperator { password_hash: format!("$argon2id${n}"), ..person(&format!("op-{n}"), "admin") };
        async move { storage.first_operator(&tenant("one"), person, at(0)).await.unwrap() }
    });
    let made = futures_util::future::join_all(makes).await;
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    let n = made.iter().position(|made| *made).unwrap();
    let account = storage.account("admin").await.unwrap().unwrap();
    assert_eq!(account.password_hash, format!("$argon2id${n}"), "the password that is shown is the one that counts");
    assert!(!storage.first_operator(&tenant("two"), person("op-x", "other"), at(1)).await.unwrap());
}

#[tokio::test]
async fn whoever_listens_is_told_after_the_commit() {
    let app = TestApp::new();
    let (one, id) = (tenant("one"), conversation("c"));
    with_conversations(&*app.app.storage, &["c"]).await;
    let hub = Arc::clone(&app.app.hub);
    let mut news = hub.conversation(&one, &id);
    let mut desk = hub.desk(&one);
    app.app.storage.append(&one, &id, vec![said(AuthorTag::Shopper, "m", "a")], at(1)).await.unwrap();
    app.app.storage.request_handoff(&one, &id, None, None, at(2)).await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < 2 {
        let signal = tokio::time::timeout(std::time::Duration::from_secs(5), news.next()).await.unwrap();
        // At its start a shared database has everyone read once.
        if let zg_server::hub::Heard::Signal(zg_server::hub::Signal::Changed { after, .. }) = signal {
            heard.push(after);
        }
    }
    assert_eq!(heard, [0, 1]);
    let signal = tokio::time::timeout(std::time::Duration::from_secs(5), desk.next()).await.unwrap();
    assert!(matches!(signal, zg_server::hub::Heard::Missed | zg_server::hub::Heard::Signal(_)));
}

fn png(last: u8) -> Image {
    Image { media_type: "image/png", bytes: vec![0, 0xff, b'\\', last] }
}

fn shown(id: &str) -> Message {
    Message { body: Body::Image, ..said(AuthorTag::Shopper, id, "[图片]") }
}

#[tokio::test]
async fn pictures_are_kept_with_their_messages_and_only_for_people() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    let (one, two, id) = (tenant("one"), tenant("two"), conversation("c"));
    with_conversations(storage, &["c", "d"]).await;
    let put = async |message: &str, image: Image| storage.append_image(&one, &id, shown(message), image, at(1)).await;
    let find = async |tenant: &TenantId, id: &ConversationId, message: &str| {
        storage.image(tenant, id, &MessageId::new(message).unwrap()).await.unwrap()
    };
    assert!(matches!(put("p-0", png(0)).await, Err(StorageError::NobodyAsked)));
    assert_eq!(storage.state(&one, &id).await.unwrap().unwrap().last_seq, 0, "nothing of it is kept");
    storage.request_handoff(&one, &id, None, None, at(2)).await.unwrap();
    for n in 0..20 {
        assert_eq!(put(&format!("p-{n}"), png(n)).await.unwrap().seq, u64::from(n) + 1);
    }
    assert!(matches!(put("p-20", png(20)).await, Err(StorageError::TooManyImages { most: 20 })));
    assert!(put("p-7", png(7)).await.unwrap().duplicate);
    assert!(matches!(put("p-7", png(8)).await, Err(StorageError::Conflict { .. })));
    assert_eq!(find(&one, &id, "p-7").await, Some(png(7)));
    for (tenant, id, message) in [(&two, &id, "p-7"), (&one, &conversation("d"), "p-7"), (&one, &id, "p-20")] {
        assert_eq!(find(tenant, id, message).await, None);
    }
    let desk = async |id: &ConversationId| {
        storage.desk_image(&one, id, &MessageId::new("p-7").unwrap()).await.unwrap().is_some()
    };
    assert!(desk(&id).await);
    assert!(!desk(&conversation("d")).await);
    // Who has asked before may look at it after the end; no further one is taken then.
    storage.end(&one, &id).await.unwrap();
    assert!(matches!(put("p-21", png(21)).await, Err(StorageError::NobodyAsked)));
    assert!(desk(&id).await);
    storage.erase(&one, &id, at(3)).await.unwrap();
    assert_eq!(find(&one, &id, "p-7").await, None);
    assert!(!desk(&id).await);
    assert!(matches!(put("p-7", png(7)).await, Err(StorageError::Missing)));
}

#[tokio::test]
async fn what_was_seen_only_grows_up_to_the_end() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    let (one, id, ann) = (tenant("one"), conversation("c"), operator("op-a"));
    with_conversations(storage, &["c"]).await;
    storage.put_operator(&one, person("op-a", "ann"), at(0)).await.unwrap();
    storage
        .append(&one, &id, (0..5).map(|n| said(AuthorTag::Shopper, &format!("m-{n}"), "x")).collect(), at(1))
        .await
        .unwrap();
    assert!(matches!(storage.desk_seen(&one, &ann, &id, 1).await, Err(StorageError::Missing)), "not on the desk");
    storage.request_handoff(&one, &id, None, None, at(2)).await.unwrap();
    assert!(matches!(storage.desk_seen(&one, &ann, &id, 1).await, Err(StorageError::NotHolder)));
    storage.take(&one, &ann, &id, at(3)).await.unwrap();
    for (seq, seen) in [(2, 2), (1, 2), (u64::MAX, 6), (0, 6)] {
        storage.desk_seen(&one, &ann, &id, seq).await.unwrap();
        assert_eq!(storage.state(&one, &id).await.unwrap().unwrap().seen, seen, "{seq}");
        let Snapshot { state, .. } = storage.snapshot(&one, &id, 0, 1).await.unwrap().unwrap();
        assert_eq!(state.seen, seen, "{seq}");
    }
    for (seq, seen) in [(3, 3), (2, 3), (u64::MAX, 6)] {
        storage.seen(&one, &id, seq).await.unwrap();
        assert_eq!(storage.queue(&one, &ann).await.unwrap()[0].seen, seen, "{seq}");
    }
    assert!(matches!(storage.seen(&tenant("two"), &id, 1).await, Err(StorageError::Missing)));
}

fn action(id: &str, digest: u8, delivery: &str, leased_until: Timestamp) -> NewAction {
    NewAction { id: id.to_owned(), digest: [digest; 32], delivery: delivery.to_owned(), leased_until }
}

#[tokio::test]
async fn an_action_is_begun_once_and_again_only_after_its_lease() {
    let app = TestApp::new();
    let storage = &*app.app.storage;
    let (one, id) = (tenant("one"), conversation("c"));
    with_conversations(storage, &["c", "d"]).await;
    let who = Identity { subject: Some("1042".to_owned()), ..Identity::default() };
    storage.identify(&one, &id, who, vouched("1042"), at(0)).await.unwrap();
    let names: Vec<String> = (0..30).map(|n| format!("act_{n}")).collect();
    let begin = async |name: &str, digest: u8, second: i64| {
        storage.begin_action(&one, &id, action("a", digest, name, at(second + 30)), at(second)).await
    };
    let begun = futures_util::future::join_all(names.iter().map(|name| begin(name, 1, 1))).await;
    let mut first = Vec::new();
    for one_of_many in begun {
        match one_of_many.unwrap() {
            Begun::Begin { delivery, subject, locale } => {
                assert_eq!((subject.as_deref(), locale.as_str()), (Some("1042"), "zh-CN"));
                first.push(delivery);
            }
            other => assert_eq!(other, Begun::Running),
        }
    }
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(matches!(begin("x", 2, 2).await, Err(StorageError::Conflict { .. })));
    assert_eq!(begin("x", 1, 30).await.unwrap(), Begun::Running);
    // Under its first name: the back office knows it by that.
    assert!(matches!(begin("x", 1, 31).await.unwrap(), Begun::Begin { delivery, .. } if delivery == first[0]));
    assert_eq!(begin("x", 1, 32).await.unwrap(), Begun::Running, "the lease is a new one");
    let facts = [("status_text".to_owned(), serde_json::json!("\0 已发货"))].into();
    let outcome = OutcomeTag::Ok { facts };
    storage.finish_action(&one, &id, "a", outcome.clone()).await.unwrap();
    assert_eq!(begin("x", 1, 100).await.unwrap(), Begun::Done(outcome.clone()));
    // Another conversation may count the same, and a month later it is forgotten.
    let other = storage.begin_action(&one, &conversation("d"), action("a", 2, "act_d", at(40)), at(33)).await.unwrap();
    assert!(matches!(other, Begun::Begin { subject: None, .. }), "{other:?}");
    let later = begin("again", 1, 31 * 86_400).await.unwrap();
    assert!(matches!(later, Begun::Begin { delivery, .. } if delivery == "again"));
    storage.erase(&one, &id, at(32 * 86_400)).await.unwrap();
    // Whoever carried it out meanwhile has nowhere to write it.
    storage.finish_action(&one, &id, "a", outcome).await.unwrap();
    assert!(matches!(begin("x", 1, 33 * 86_400).await, Err(StorageError::Missing)));
    let elsewhere = storage.begin_action(&tenant("two"), &id, action("a", 1, "x", at(9)), at(1)).await;
    assert!(matches!(elsewhere, Err(StorageError::Missing)));
}

#[tokio::test]
async fn one_request_redeems_one_of_many_codes() {
    let app = remedies::shops();
    let mut codes = Vec::new();
    for n in 0..2 {
        let facts = remedies::late(&format!("r-{n}"), &format!("A{n}"), serde_json::json!({"customer": "lin"}));
        codes.push(remedies::ask(&app, &facts).await["code"].as_str().unwrap().to_owned());
    }
    let redeem = async |code: &str, name: String| {
        let request = RedeemRequest { request: name, customer: "LIN".to_owned(), order: None };
        app.app.storage.redeem(&tenant("one"), code, request, app.app.now()).await
    };
    let answers = futures_util::future::join_all((0..20).map(|n| redeem(&codes[n % 2], "p".to_owned()))).await;
    let mut n_redeemed = 0;
    for answer in answers {
        match answer {
            Ok(answer) => {
                assert!(answer.redeemed, "{answer:?}");
                n_redeemed += usize::from(!answer.replayed);
            }
            Err(error) => assert!(matches!(error, StorageError::Decided { .. }), "{error}"),
        }
    }
    assert_eq!(n_redeemed, 1);
    // The other one is there still, and goes once to one of many.
    let answers: Vec<_> =
        futures_util::future::join_all((0..20).map(|n| redeem(&codes[n % 2], format!("q-{n}")))).await;
    let redeemed = answers.into_iter().filter(|answer| answer.as_ref().unwrap().redeemed).count();
    assert_eq!(redeemed, 1);
}
