//! A network that cuts, delays, doubles and swallows.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::client::chance;

/// Bytes of a connection that are kept to be sent again.
const MAX_KEPT: usize = 64 * 1024;

/// How often what was done.
#[derive(Debug, Default)]
pub struct Faults {
    /// The way is closed altogether.
    pub blackout: AtomicBool,
    pub cut: AtomicU64,
    pub delayed: AtomicU64,
    pub doubled: AtomicU64,
    pub swallowed: AtomicU64,
}

/// Listens, and passes on to `to` what it does not spoil. Ends with its task.
///
/// # Errors
/// There is no port.
pub async fn start(to: SocketAddr, faults: Arc<Faults>) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass(client, to, Arc::clone(&faults)));
        }
    });
    Ok(address)
}

async fn pass(mut client: TcpStream, to: SocketAddr, faults: Arc<Faults>) {
    if faults.blackout.load(Ordering::Relaxed) {
        return;
    }
    let Ok(mut server) = TcpStream::connect(to).await else { return };
    let (swallow, double) = (chance() < 0.08, chance() < 0.15);
    // After so many bytes in either direction the line is dead.
    let mut left = if chance() < 0.1 { (chance() * 600.0) as usize } else { usize::MAX };
    let mut kept = Vec::new();
    let (mut from_client, mut from_server) = ([0; 4096], [0; 4096]);
    loop {
        let outcome = tokio::select! {
            read = client.read(&mut from_client) => read.map(|n| (true, n)),
            read = server.read(&mut from_server) => read.map(|n| (false, n)),
            () = sleep(Duration::from_millis(50)), if faults.blackout.load(Ordering::Relaxed) => break,
        };
        let Ok((upwards, n)) = outcome else { break };
        if n == 0 || faults.blackout.load(Ordering::Relaxed) {
            break;
        }
        if chance() < 0.05 {
            faults.delayed.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_secs_f64(0.15 * chance())).await;
        }
        let passed = n.min(left);
        left -= passed;
        let sent = if upwards {
            if kept.len() < MAX_KEPT {
                kept.extend(&from_client[..passed]);
            }
            server.write_all(&from_client[..passed]).await
        } else if swallow {
            // The server has done it and nobody hears of it.
            faults.swallowed.fetch_add(1, Ordering::Relaxed);
            break;
        } else {
            client.write_all(&from_server[..passed]).await
        };
        if sent.is_err() || passed < n {
            if passed < n {
                faults.cut.fetch_add(1, Ordering::Relaxed);
            }
            break;
        }
    }
    drop((client, server));
    if double && !kept.is_empty() {
        // The same bytes once more, when nobody expects them.
        sleep(Duration::from_secs_f64(chance())).await;
        if let Ok(mut server) = TcpStream::connect(to).await {
            faults.doubled.fetch_add(1, Ordering::Relaxed);
            if server.write_all(&kept).await.is_ok() {
                let _ = tokio::time::timeout(Duration::from_secs(1), server.read(&mut from_server)).await;
            }
        }
    }
}
