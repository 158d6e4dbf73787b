//! The least that axum and SQLite can do for a durable, deduplicated message: no tenants, no credentials, no limits, no
//! streams. `zg-reference ADDRESS FILE`.

use std::sync::mpsc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use serde_json::{Value, json};
use tokio::sync::oneshot;

struct Job {
    conversation: String,
    message: Value,
    reply: oneshot::Sender<Option<u64>>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(file)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("zg-reference ADDRESS FILE");
    };
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(
        "CREATE TABLE messages (conversation TEXT, seq INTEGER, id TEXT, message TEXT, PRIMARY KEY (conversation, seq)) WITHOUT ROWID;
         CREATE UNIQUE INDEX by_id ON messages (conversation, id);",
    )?;
    let (jobs, queue) = mpsc::channel();
    std::thread::spawn(move || write(connection, &queue));
    let router = Router::new().route("/c/{id}", post(take)).with_state(jobs);
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn take(
    State(jobs): State<mpsc::Sender<Job>>,
    Path(conversation): Path<String>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let message = body["messages"][0].clone();
    let (reply, answer) = oneshot::channel();
    jobs.send(Job { conversation, message, reply }).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let seq = answer.await.ok().flatten().ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Json(json!({ "seq": seq })))
}

/// Group commit: whatever waits shares a transaction.
fn write(mut connection: Connection, queue: &mpsc::Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        while batch.len() < 512
            && let Ok(next) = queue.try_recv()
        {
            batch.push(next);
        }
        let done = connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
            let seqs = batch.iter().map(|job| insert(&transaction, job)).collect::<Result<Vec<_>, _>>()?;
            transaction.commit()?;
            Ok(seqs)
        });
        let seqs = done.map_or_else(|_| vec![None; batch.len()], |seqs| seqs.into_iter().map(Some).collect());
        for (job, seq) in batch.into_iter().zip(seqs) {
            let _ = job.reply.send(seq);
        }
    }
}

fn insert(connection: &Connection, job: &Job) -> rusqlite::Result<u64> {
    let id = job.message["id"].as_str().unwrap_or_default();
    let known = connection
        .prepare_cached("SELECT seq FROM messages WHERE conversation = ?1 AND id = ?2")?
        .query_row(params![job.conversation, id], |row| row.get::<_, i64>(0))
        .optional()?;
    let seq = match known {
        Some(seq) => seq,
        None => connection
            .prepare_cached(
                "INSERT INTO messages SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3 FROM messages WHERE conversation = ?1 RETURNING seq",
            )?
            .query_row(params![job.conversation, id, job.message.to_string()], |row| row.get(0))?,
    };
    Ok(u64::try_from(seq).unwrap_or(0))
}
