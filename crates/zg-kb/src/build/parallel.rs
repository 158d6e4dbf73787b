//! The same work on many things, on every core. What comes out stands in the order of what went in, so that neither
//! the number of cores nor who was first shows in a bundle.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Things taken at a time: a core that is slower takes fewer.
const PIECE: usize = 128;

/// What the work makes of each item, in order.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_by(items, PIECE, work)
}

/// The same for work that is long for each item.
pub(super) fn map_large<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_by(items, 1, work)
}

fn map_by<T: Sync, R: Send>(items: &[T], piece: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // Where there are no threads, there is no number of cores either.
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len() / piece / 2);
    if n_threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = items.chunks(piece).nth(at) else { return done };
            done.push((at, piece.iter().map(&work).collect::<Vec<R>>()));
        }
    };
    let mut pieces = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..n_threads).map(|_| scope.spawn(worker)).collect();
        let mut pieces = worker();
        for thread in threads {
            match thread.join() {
                Ok(more) => pieces.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        pieces
    });
    pieces.sort_unstable_by_key(|(at, _)| *at);
    pieces.into_iter().flat_map(|(_, piece)| piece).collect()
}

/// Both results; the second on a thread of its own where there is more than one core.
pub(super) fn join<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    if std::thread::available_parallelism().map_or(1, usize::from) == 1 {
        return (a(), b());
    }
    std::thread::scope(|scope| {
        let b = scope.spawn(b);
        let a = a();
        match b.join() {
            Ok(b) => (a, b),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_is_that_of_the_items() {
        for n in [0, 1, 255, 512, 5_000] {
            let items: Vec<usize> = (0..n).collect();
            assert_eq!(super::map(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
        assert_eq!(super::join(|| 1, || 2), (1, 2));
    }
}
