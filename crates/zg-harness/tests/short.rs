//! The crash and chaos tests in short; `cargo xtask crash` runs them at length.

use zg_harness::services::{may_skip, nats_program, postgres_programs};
use zg_harness::{attack, chaos, crash};

fn program() -> std::path::PathBuf {
    env!("CARGO_BIN_EXE_zg-harness").into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_and_killed_again_it_keeps_its_word() {
    let options = crash::Options { program: program(), cycles: 12, writers: 6, postgres: false };
    let outcome = crash::run(&options).await.unwrap();
    assert!(outcome.findings.is_clean(), "{}", outcome.json());
    assert!(outcome.acknowledged > 0 && outcome.retries > 0, "{}", outcome.json());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_on_one_postgres_keep_their_word_also_without_nats() {
    if (postgres_programs().is_none() || nats_program().is_none()) && may_skip("PostgreSQL or NATS") {
        return;
    }
    let options = crash::Options { program: program(), cycles: 8, writers: 6, postgres: true };
    let outcome = crash::run(&options).await.unwrap();
    assert!(outcome.findings.is_clean(), "{}", outcome.json());
    assert!(outcome.acknowledged > 0, "{}", outcome.json());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_at_its_worst_loses_nothing() {
    let options = chaos::Options { program: program(), seconds: 2.0, blackout_seconds: 0.5, writers: 6 };
    let outcome = chaos::run(&options).await.unwrap();
    assert!(outcome.findings.is_clean(), "{}", outcome.json());
    assert!(outcome.acknowledged > 0, "{}", outcome.json());
}

#[test]
fn inputs_of_every_hostile_kind_find_no_failure_of_ours() {
    // Ten of each kind, from many addresses and from one. How long shoppers wait says nothing on a machine that tests.
    let options = attack::Options {
        inputs: 580,
        seconds: 0.5,
        slow: 20,
        seed: 7,
        only: Vec::new(),
        except: Vec::new(),
        attackers_nice: 0,
        together: false,
    };
    let (_, figures) = attack::run(&program(), &options).unwrap();
    for phase in figures["attacks"].as_array().unwrap() {
        assert_eq!(phase["wrong_5xx"], serde_json::json!({}), "{phase}");
        assert_eq!((&phase["alive"], &phase["inputs"]), (&true.into(), &580.into()), "{phase}");
    }
}
