//! The one transaction of a group, and its statements.

use std::collections::HashMap;

use deadpool_postgres::Object;
use futures_util::future::{try_join3, try_join4};
use zg_domain::{ConversationId, TenantId};
use zg_proto::Message;

use super::{Failed, Outcomes, Request};
use crate::hub::Change;
use crate::random;
use crate::storage::Digest;
use crate::storage::postgres::row::{self, Known, signed, unsigned};
use crate::storage::rules::{Row, spoken};

/// A conversation whose row this transaction holds.
struct Held {
    before: Row,
    after: Row,
    /// Those of the messages at hand that were there before, and those that are new.
    known: Known,
}

type Key<'a> = (&'a TenantId, &'a ConversationId);

/// All conversations of a group; none where the row is not held.
type Rows<'a> = HashMap<Key<'a>, Option<Held>>;

/// Writes a group. `BEGIN` goes out with the two statements that read, `COMMIT` with those that write: where one of
/// them fails, the database makes a `ROLLBACK` of it.
pub(super) async fn write(client: &Object, group: &[Request]) -> Result<(Outcomes, Vec<Change>), Failed> {
    let mut rows = read(client, group).await?;
    let mut new = NewMessages::default();
    let mut outcomes = Outcomes::with_capacity(group.len());
    for request in group {
        let Some(Some(held)) = rows.get_mut(&request.key()) else {
            // Held by somebody else, or there is none.
            outcomes.push(None);
            continue;
        };
        let placed = row::place(&held.known, held.after.last_seq, &request.messages);
        outcomes.push(Some(placed.map(|placed| {
            for (seq, (message, digest)) in placed.new {
                new.push(request, seq, message, digest);
                held.known.insert(message.id.clone(), (seq, digest.to_vec()));
                held.after.last_seq = seq;
                held.after.handoff = spoken(std::mem::take(&mut held.after.handoff), message.author);
            }
            placed.acks
        })));
    }
    let changes = save(client, &new, &rows).await?;
    Ok((outcomes, changes))
}

const LOCK: &str = "SELECT c.tenant, c.id, c.state, c.queued_at, c.operator, c.last_seq
     FROM unnest($1::text[], $2::text[]) n (tenant, id)
     JOIN conversations c ON c.tenant = n.tenant AND c.id = n.id
     WHERE c.erased_at IS NULL FOR UPDATE OF c SKIP LOCKED";

const FIND: &str = "SELECT m.tenant, m.conversation, m.id, m.seq, m.digest
     FROM unnest($1::text[], $2::text[], $3::text[]) n (tenant, conversation, id)
     JOIN messages m ON m.tenant = n.tenant AND m.conversation = n.conversation AND m.id = n.id";

/// Begins, takes hold of the conversations that are free, and looks for messages that are there already.
async fn read<'a>(client: &Object, group: &'a [Request]) -> Result<Rows<'a>, Failed> {
    let mut rows: Rows<'_> = group.iter().map(|request| (request.key(), None)).collect();
    let (mut tenants, mut ids) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    // What the columns of an answer are found by; the database gives back texts.
    let mut keys: HashMap<(&str, &str), Key<'_>> = HashMap::with_capacity(rows.len());
    for (tenant, id) in rows.keys().copied() {
        tenants.push(tenant.as_str());
        ids.push(id.as_str());
        keys.insert((tenant.as_str(), id.as_str()), (tenant, id));
    }
    let (mut in_tenants, mut in_conversations, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    for request in group {
        for (message, _) in &request.messages {
            in_tenants.push(request.tenant.as_str());
            in_conversations.push(request.id.as_str());
            messages.push(message.id.as_str());
        }
    }
    let (lock, find) = (client.prepare_cached(LOCK).await?, client.prepare_cached(FIND).await?);
    // Each statement sees what was committed before it began, so the second one sees all that went before the lock.
    let (_, locked, found) = try_join3(
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
        client.query(&lock, &[&tenants, &ids]),
        client.query(&find, &[&in_tenants, &in_conversations, &messages]),
    )
    .await?;
    for columns in &locked {
        let key = keys.get(&(columns.get(0), columns.get(1))).and_then(|key| rows.get_mut(key));
        // One that cannot be read counts as not held: what is wrong with it is told where it is written alone.
        if let (Some(row), Ok(before)) = (key, row::read(columns, 2)) {
            *row = Some(Held { after: before.clone(), before, known: Known::new() });
        }
    }
    for columns in &found {
        let key = keys.get(&(columns.get(0), columns.get(1))).and_then(|key| rows.get_mut(key));
        if let Some(Some(held)) = key {
            held.known.insert(columns.get(2), (unsigned(columns.get(3)), columns.get(4)));
        }
    }
    Ok(rows)
}

/// What is new, column by column.
#[derive(Default)]
struct NewMessages<'a> {
    tenants: Vec<&'a str>,
    conversations: Vec<&'a str>,
    received_at: Vec<i64>,
    seqs: Vec<i64>,
    ids: Vec<&'a str>,
    authors: Vec<&'static str>,
    digests: Vec<&'a [u8]>,
    texts: Vec<String>,
}

impl<'a> NewMessages<'a> {
    fn push(&mut self, request: &'a Request, seq: u64, message: &'a Message, digest: &'a Digest) {
        self.tenants.push(request.tenant.as_str());
        self.conversations.push(request.id.as_str());
        self.received_at.push(request.now.as_millis());
        self.seqs.push(signed(seq));
        self.ids.push(message.id.as_str());
        self.authors.push(message.author.name());
        self.digests.push(digest.as_slice());
        self.texts.push(zg_proto::to_json(message));
    }
}

const INSERT: &str = "INSERT INTO messages (tenant, conversation, received_at, seq, id, author, digest, message)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bytea[], $8::text[])";

// `spoken` leaves alone who holds a conversation and since when it waits.
const UPDATE: &str = "UPDATE conversations c SET state = n.state, last_seq = n.last_seq
     FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) n (tenant, id, state, last_seq)
     WHERE c.tenant = n.tenant AND c.id = n.id";

const TELL: &str = "INSERT INTO news (id, tenant, conversation, after, desk, queue)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::boolean[])";

/// Writes what is new and commits; gives whom to tell.
async fn save(client: &Object, new: &NewMessages<'_>, rows: &Rows<'_>) -> Result<Vec<Change>, Failed> {
    let mut changes = Vec::new();
    let (mut tenants, mut ids, mut states, mut last_seqs) = (vec![], vec![], vec![], vec![]);
    let (mut names, mut afters, mut desks, mut queues) = (vec![], vec![], vec![], vec![]);
    for ((tenant, id), held) in rows {
        let Some(Held { before, after, .. }) = held else { continue };
        if after.last_seq == before.last_seq {
            continue;
        }
        tenants.push(tenant.as_str());
        ids.push(id.as_str());
        states.push(after.handoff.name());
        last_seqs.push(signed(after.last_seq));
        let change = Change { id: random::id(), ..row::change(tenant, id, (before, after)) };
        names.push(change.id);
        afters.push(signed(change.after));
        desks.push(change.desk);
        queues.push(change.queue);
        changes.push(change);
    }
    if changes.is_empty() {
        client.batch_execute("COMMIT").await?;
        return Ok(changes);
    }
    let (insert, update) = (client.prepare_cached(INSERT).await?, client.prepare_cached(UPDATE).await?);
    let tell = client.prepare_cached(TELL).await?;
    let NewMessages { tenants: in_tenants, conversations, received_at, seqs, ids: messages, authors, digests, texts } =
        new;
    try_join4(
        client.execute(&insert, &[in_tenants, conversations, received_at, seqs, messages, authors, digests, texts]),
        client.execute(&update, &[&tenants, &ids, &states, &last_seqs]),
        client.execute(&tell, &[&names, &tenants, &ids, &afters, &desks, &queues]),
        client.batch_execute("COMMIT"),
    )
    .await?;
    Ok(changes)
}
