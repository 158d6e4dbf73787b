//! Work that is long, on threads beside those that answer: reading a body of hundreds of kilobytes, looking at a picture.
//!
//! There are few such threads, they have the cores after everybody else, and what waits for them is bounded: whoever
//! floods the server with what is dear waits for others who do so, and those who write a line wait for neither.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};

use tokio::sync::oneshot;

use crate::problem::Failure;

/// Pieces of work that wait; each is some milliseconds, and holds a body of a megabyte at the most.
const MAX_WAITING: usize = 64;
/// How much later than others these threads have the cores, as `nice` has it: a tenth of the time where all want it.
const NICE: i32 = 10;
/// Whoever is told to come back does so after this.
const RETRY_SECONDS: u64 = 2;

type Work = Box<dyn FnOnce() + Send>;

struct Pool(mpsc::SyncSender<Work>);

static POOL: LazyLock<Pool> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Pool::new((cores / 2).clamp(1, 4))
});

/// Does `work` on one of the threads.
///
/// # Errors
/// So much waits that this would have to wait for long; or it panicked.
pub async fn run<T, F>(work: F) -> Result<T, Failure>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    POOL.run(work).await
}

impl Pool {
    fn new(n_threads: usize) -> Self {
        let (queue, works) = mpsc::sync_channel::<Work>(MAX_WAITING);
        let works = Arc::new(Mutex::new(works));
        for _ in 0..n_threads {
            let works = Arc::clone(&works);
            let work_off = move || {
                loop {
                    let next = works.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(work) = next else { return };
                    // The hook has told where; whoever asked hears that there is no answer.
                    let _ = catch_unwind(AssertUnwindSafe(work));
                }
            };
            if let Err(error) = thread("aside", work_off) {
                // The queue fills up, and everybody is told to come back.
                tracing::error!(%error, "no thread for what is long");
            }
        }
        Self(queue)
    }

    async fn run<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work = move || {
            // Whoever asked may have gone; then nobody wants to know.
            if !answer.is_closed() {
                let _ = answer.send(work());
            }
        };
        self.0.try_send(Box::new(work)).map_err(|_| Failure::overloaded(RETRY_SECONDS))?;
        answered.await.map_err(|_| Failure::internal("work aside panicked"))
    }
}

/// A thread that has the cores after those that answer.
///
/// # Errors
/// The system has no more threads.
pub fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let work = move || {
        give_way();
        work();
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

/// On Linux a priority is a thread's own; elsewhere it would be that of the whole process.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        let now = rustix::process::getpriority_process(None).unwrap_or_default();
        if let Err(error) = rustix::process::setpriority_process(None, (now + NICE).min(19)) {
            tracing::debug!(%error, "a thread keeps the usual priority");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn it_is_done_elsewhere_and_a_panic_costs_its_own_request_alone() {
        let pool = Pool::new(2);
        let here = std::thread::current().id();
        let many = join_all((0..4).map(|n| pool.run(move || (n, std::thread::current().id())))).await;
        for (n, done) in many.into_iter().enumerate() {
            let (k, there) = done.unwrap();
            assert_eq!(k, n);
            assert_ne!(there, here);
        }
        for _ in 0..8 {
            assert!(pool.run(|| -> u8 { std::panic::panic_any("a reader that fails") }).await.is_err());
        }
        assert_eq!(pool.run(|| 7).await.unwrap(), 7);
        #[cfg(target_os = "linux")]
        {
            let priority = || rustix::process::getpriority_process(None).unwrap();
            assert!(pool.run(priority).await.unwrap() > priority() || priority() == 19);
        }
    }

    #[tokio::test]
    async fn more_than_can_wait_is_told_to_come_back_and_the_rest_is_done() {
        let pool = Pool::new(1);
        let (go, wait) = mpsc::channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let works: Vec<_> = (0..2 * MAX_WAITING)
            .map(|_| {
                let wait = Arc::clone(&wait);
                // Until nobody is left who could say go.
                pool.run(move || {
                    let _ = wait.lock().unwrap_or_else(PoisonError::into_inner).recv();
                })
            })
            .collect();
        let (outcomes, ()) = tokio::join!(join_all(works), async { drop(go) });
        let n_done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        // One may have been begun before the last was handed in.
        assert!((MAX_WAITING..=MAX_WAITING + 1).contains(&n_done), "{n_done}");
    }
}
