//! The merchant's own server, which carries out what playbooks ask for.
//!
//! An action is entered in the database, sent, answered and entered again; whoever asks for the same id meanwhile waits for the
//! same answer. Nothing here holds up a shopper: each back office has so many actions at a time, all of them together at most half
//! of what the server takes at all, and one that does not answer is left alone for a while.

mod address;
pub(crate) mod call;
mod circuit;
mod deliver;
mod webhook;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use zg_domain::{ConversationId, TenantId, Timestamp};
use zg_proto::action::{ActionAnswer, ActionRequested, ActionWebhook, RequestAction};
use zg_proto::cli::OutcomeTag;

use self::circuit::Circuit;
use crate::admission::BODY_WEIGHT;
use crate::app::App;
use crate::config::{BackOffice, PATIENCE};
use crate::problem::Failure;
use crate::random;
use crate::storage::{Begun, Digest, NewAction};

/// Another process that has begun an action is left to it for so long: all attempts, and some for the database.
const LEASE_MILLIS: i64 = 40_000;
/// What a waiter waits for one that is carried out already.
const WAIT: Duration = Duration::from_secs(30);

type Key = (TenantId, ConversationId, String);
type Answer = Result<OutcomeTag, Failure>;

/// A back office, and how it has behaved.
struct Office {
    settings: Arc<BackOffice>,
    connector: call::Connector,
    places: Arc<Semaphore>,
    circuit: Circuit,
}

struct Running {
    digest: Digest,
    answer: watch::Receiver<Option<Answer>>,
}

#[derive(Default)]
pub struct Offices {
    offices: Mutex<HashMap<TenantId, Arc<Office>>>,
    running: Mutex<HashMap<Key, Running>>,
    n_waiting: AtomicUsize,
}

/// A request that waits for a back office.
struct Waiting(App);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.offices.n_waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Offices {
    /// The office as it is configured now. Another configuration begins with a clean record.
    fn office(&self, tenant: &TenantId, settings: &Arc<BackOffice>) -> Result<Arc<Office>, Failure> {
        let mut offices = self.offices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(office) = offices.get(tenant)
            && office.settings == *settings
        {
            return Ok(Arc::clone(office));
        }
        let office = Arc::new(Office {
            connector: call::Connector::new(settings).map_err(Failure::internal)?,
            places: Arc::new(Semaphore::new(settings.concurrency)),
            circuit: Circuit::default(),
            settings: Arc::clone(settings),
        });
        offices.insert(tenant.clone(), Arc::clone(&office));
        Ok(office)
    }
}

/// Carries out an action, once; the answer is the same whoever asks and how often.
pub async fn carry_out(
    app: &App,
    tenant: TenantId,
    conversation: ConversationId,
    settings: &Arc<BackOffice>,
    request: RequestAction,
) -> Result<ActionAnswer, Failure> {
    let half = app.config().operations.max_in_flight / (2 * BODY_WEIGHT);
    let waiting = app.offices.n_waiting.fetch_add(1, Ordering::Relaxed);
    let _waiting = Waiting(app.clone());
    if waiting >= half.max(1) {
        return Err(Failure::overloaded(2));
    }
    let id = request.id.clone();
    let digest = random::sha256(zg_proto::to_json(&request).as_bytes());
    let key = (tenant, conversation, id.clone());
    let mut answer = join(app, key, digest, settings, request)?;
    let answered = tokio::time::timeout(WAIT, answer.wait_for(Option::is_some)).await;
    let in_progress = || Failure::overloaded(1);
    let outcome = answered.map_err(|_| in_progress())?.map_err(|_| in_progress())?.clone();
    Ok(ActionAnswer { id, outcome: outcome.unwrap_or(Ok(OutcomeTag::Failed))? })
}

/// The answer that is being waited for, or a task that will give one. The task goes on where its shopper does not.
fn join(
    app: &App,
    key: Key,
    digest: Digest,
    settings: &Arc<BackOffice>,
    request: RequestAction,
) -> Result<watch::Receiver<Option<Answer>>, Failure> {
    let office = app.offices.office(&key.0, settings)?;
    let mut running = app.offices.running.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(other) = running.get(&key) {
        if other.digest != digest {
            return Err(crate::storage::StorageError::Conflict { id: key.2 }.into());
        }
        return Ok(other.answer.clone());
    }
    let place = Arc::clone(&office.places).try_acquire_owned().map_err(|_| Failure::overloaded(2))?;
    let (tell, answer) = watch::channel(None);
    running.insert(key.clone(), Running { digest, answer: answer.clone() });
    drop(running);
    let app = app.clone();
    tokio::spawn(async move {
        // Whatever becomes of it, the next one to ask begins anew.
        let entry = Entry { app, key };
        let outcome = once(&entry.app, &entry.key, digest, &office, request).await;
        tell.send_replace(Some(outcome));
        drop((entry, place));
    });
    Ok(answer)
}

struct Entry {
    app: App,
    key: Key,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.app.offices.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

async fn once(app: &App, key: &Key, digest: Digest, office: &Office, request: RequestAction) -> Answer {
    let (tenant, conversation, id) = key;
    let now = app.now();
    let leased_until = Timestamp::from_millis(now.as_millis().saturating_add(LEASE_MILLIS));
    let new = NewAction { id: id.clone(), digest, delivery: format!("act_{}", random::hex(16)), leased_until };
    let (delivery, subject, locale) = match app.storage.begin_action(tenant, conversation, new, now).await? {
        Begun::Done(outcome) => return Ok(outcome),
        Begun::Running => return Err(Failure::overloaded(1)),
        Begun::Begin { delivery, subject, locale } => (delivery, subject, locale),
    };
    let webhook = ActionWebhook {
        kind: "action.requested".to_owned(),
        timestamp: webhook::rfc3339(now),
        data: ActionRequested {
            tenant: tenant.to_string(),
            conversation: conversation.to_string(),
            id: id.clone(),
            action: request.action,
            arguments: request.arguments,
            subject,
            locale,
        },
    };
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let outcome = deliver::deliver(app, office, &delivery, zg_proto::to_json(&webhook), deadline).await;
    app.metrics.action(word(&outcome));
    // Where this fails the action stays open, and a retry asks under the same name: the back office knows it by that.
    app.storage.finish_action(tenant, conversation, id, outcome.clone()).await?;
    Ok(outcome)
}

/// What is made of an answer's bytes.
#[cfg(any(test, feature = "fuzzing"))]
pub fn outcome_of(bytes: &[u8]) -> Option<OutcomeTag> {
    deliver::read(bytes)
}

fn word(outcome: &OutcomeTag) -> &'static str {
    match outcome {
        OutcomeTag::Ok { .. } => "ok",
        OutcomeTag::Refused { .. } => "refused",
        OutcomeTag::Failed => "failed",
        OutcomeTag::Timeout => "timeout",
        OutcomeTag::Queued => "queued",
    }
}
