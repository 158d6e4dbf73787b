//! A connection on which nothing moves for too long is closed: a reader that never reads, a request that never comes.
//! Nor does a request buy time with a byte now and then: from its first byte to the first byte of the answer there is as
//! much as there is for silence.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// Streams of events move every 15 seconds, so only the stuck are still for this long.
const IDLE: Duration = Duration::from_secs(60);

pub struct Guarded<S = TcpStream> {
    stream: S,
    patience: Duration,
    /// Something has come since something was sent last.
    asked: bool,
    /// Boxed, because a `Sleep` may not move.
    idle: Pin<Box<Sleep>>,
}

impl<S> Guarded<S> {
    pub fn new(stream: S) -> Self {
        Self::with(stream, IDLE)
    }

    fn with(stream: S, patience: Duration) -> Self {
        Self { stream, patience, asked: false, idle: Box::pin(sleep(patience)) }
    }

    /// Passes on what moved; what waits may wait until the time is up. `moves` says whether this begins the time anew.
    fn watch<T>(&mut self, context: &mut Context<'_>, poll: Poll<io::Result<T>>, moves: bool) -> Poll<io::Result<T>> {
        let patience = self.patience;
        if poll.is_ready() && moves {
            self.idle.as_mut().reset(Instant::now() + patience);
            return poll;
        }
        match self.idle.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => poll,
        }
    }

    fn watch_read<T>(&mut self, context: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let first = !self.asked;
        self.asked |= poll.is_ready();
        self.watch(context, poll, first)
    }

    fn watch_write<T>(&mut self, context: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.asked &= poll.is_pending();
        self.watch(context, poll, true)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.watch_read(context, poll)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch_write(context, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch_write(context, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A flush of a TCP stream does nothing, so it says nothing about the other end.
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    /// Bytes that are taken one by one before the connection is given up, out of as many as anybody might send.
    async fn n_taken(answers: bool) -> usize {
        const MANY: usize = 50_000;
        let (server, mut client) = duplex(64);
        let mut guarded = Guarded::with(server, Duration::ZERO);
        for n in 0..MANY {
            client.write_all(b"a").await.unwrap();
            if guarded.read_u8().await.is_err() {
                return n;
            }
            if answers {
                guarded.write_all(b"b").await.unwrap();
                client.read_u8().await.unwrap();
            }
            tokio::task::yield_now().await;
        }
        MANY
    }

    #[tokio::test]
    async fn a_request_that_trickles_is_given_up_and_a_talk_is_not() {
        assert_eq!(n_taken(true).await, 50_000);
        assert!((1..50_000).contains(&n_taken(false).await));
    }
}
