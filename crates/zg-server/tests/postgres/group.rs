//! Messages that share a transaction do not share their troubles.

use std::time::Duration;

use tokio::time::timeout;

use crate::CLUSTER;
use crate::support::TestApp;

/// A connection of somebody else's to the database of a test.
async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn a_conversation_that_somebody_holds_keeps_no_other_waiting() {
    let Some(cluster) = CLUSTER.as_ref() else { return };
    let url = cluster.schema("held").unwrap();
    let app = TestApp::with(|config| config.storage = Some(crate::shared(&url)));
    let (held, free) = (app.shopper("one", "c-held").await, app.shopper("one", "c-free").await);
    let other = connect(&url).await;
    other.batch_execute("BEGIN; SELECT FROM conversations WHERE id = 'c-held' FOR UPDATE").await.unwrap();
    // More than there are connections.
    let ids: Vec<String> = (0..20).map(|n| format!("m-{n}")).collect();
    let mut waiting = futures_util::future::join_all(ids.iter().map(|id| held.say(id, "words")));
    for id in &ids {
        let go_on = free.say(id, "words");
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("what is held is not written"),
            answer = go_on => {
                answer.ok();
            }
        }
    }
    other.batch_execute("COMMIT").await.unwrap();
    for answer in timeout(Duration::from_secs(20), waiting).await.unwrap() {
        answer.ok();
    }
}

#[tokio::test]
async fn what_the_database_refuses_costs_no_other_its_message() {
    let Some(cluster) = CLUSTER.as_ref() else { return };
    let url = cluster.schema("poison").unwrap();
    let app = TestApp::with(|config| config.storage = Some(crate::shared(&url)));
    let shoppers = [app.shopper("one", "c-1").await, app.shopper("one", "c-2").await, app.shopper("one", "c-3").await];
    cluster
        .sql(
            "CREATE FUNCTION poison.refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON poison.messages
                FOR EACH ROW WHEN (NEW.id = 'poison') EXECUTE FUNCTION poison.refuse()",
        )
        .unwrap();
    let ids = ["a", "poison", "b"];
    let answers = shoppers.iter().zip(ids).map(|(shopper, id)| shopper.say(id, "words"));
    let answers = futures_util::future::join_all(answers).await;
    assert_eq!(answers.iter().map(|answer| answer.status.as_u16()).collect::<Vec<_>>(), [200, 503, 200]);
    for (shopper, n) in shoppers.iter().zip([1, 0, 1]) {
        let page = shopper.get("/messages").await.ok().json();
        assert_eq!(page["messages"].as_array().unwrap().len(), n);
    }
    // The connections that took part are as good as new.
    shoppers[1].say("c", "words").await.ok();
}
