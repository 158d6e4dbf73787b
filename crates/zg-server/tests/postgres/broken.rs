//! Connections that die in the middle of what they do.

use serde_json::json;

use crate::CLUSTER;
use crate::support::{TestApp, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_lose_nothing_and_double_nothing() {
    // A cluster of its own: this one loses everybody's connections.
    if CLUSTER.is_none() {
        return;
    }
    let cluster = zg_harness::services::Cluster::start(false).unwrap();
    let url = cluster.schema("cut").unwrap();
    let app = TestApp::with(|config| config.storage = Some(crate::shared(&url)));
    let shopper = app.shopper("one", "c-1").await;
    const WRITERS: usize = 8;
    const EACH: usize = 40;
    let writers = (0..WRITERS).map(|writer| {
        let shopper = &shopper;
        async move {
            let mut n_refused = 0;
            for n in 0..EACH {
                let id = format!("m-{writer}-{n}");
                let body = json!({ "messages": [text("shopper", &id, "words")] });
                // As an outbox does: again with the same id until the server says that it has it.
                loop {
                    let answer = shopper.post("/messages", &body).await;
                    if answer.status.is_success() {
                        break;
                    }
                    // Whether its own question or its credential was cut, it is told to come again.
                    assert_eq!(answer.status.as_u16(), 503, "{}", answer.text());
                    n_refused += 1;
                }
            }
            n_refused
        }
    });
    let cutting = std::thread::spawn(move || {
        for _ in 0..30 {
            cluster.cut_connections().unwrap();
        }
        cluster
    });
    let refused: Vec<usize> = futures_util::future::join_all(writers).await;
    let _cluster = cutting.join().unwrap();
    let mut ids = std::collections::HashSet::new();
    let mut after = 0;
    loop {
        let page = shopper.get(&format!("/messages?after={after}&limit=200")).await;
        if page.status.as_u16() == 503 {
            continue;
        }
        let page = page.ok().json();
        for message in page["messages"].as_array().unwrap() {
            after += 1;
            assert_eq!(message["seq"], after, "no gap");
            assert!(ids.insert(message["id"].as_str().unwrap().to_owned()), "no double");
        }
        if page["next"].is_null() {
            break;
        }
    }
    assert_eq!(ids.len(), WRITERS * EACH);
    assert!(refused.iter().sum::<usize>() > 0, "the test cut what it meant to cut");
}
