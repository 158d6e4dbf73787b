//! PostgreSQL and NATS for a test, from the packages of the system; gone with the process that started them, however it ends.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};

/// Set by `cargo xtask test`, which installs what tests need: there a missing service is a failure.
const REQUIRED: &str = "ZHANGGUI_TEST_SERVICES";

/// Whether a test that needs a missing service may be left out; says so where it is.
#[must_use]
pub fn may_skip(service: &str) -> bool {
    if std::env::var_os(REQUIRED).is_some() {
        return false;
    }
    eprintln!("left out: {service} is not installed (`cargo xtask test` installs it)");
    true
}

/// A program that ends when its standard input does, so that nothing outlives a test that was killed.
struct Tethered(Child);

impl Tethered {
    /// `clean` is removed after the program has ended.
    fn start(mut command: Command, clean: &Path) -> anyhow::Result<Self> {
        // The shell waits for the end of its input, which is ours; the program gets none.
        let mut shell = Command::new("sh");
        let script = r#"dir=$1; shift; "$@" </dev/null & p=$!; while read -r line; do kill "$line" "$p"; done; kill -INT "$p"; wait "$p"; rm -rf "$dir""#;
        shell.args(["-c", script, "sh"]).arg(clean).arg(command.get_program()).args(command.get_args());
        command = shell;
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(as_service(&mut command, clean)?.spawn().context("start a service")?))
    }

    fn signal(&mut self, signal: &str) -> anyhow::Result<()> {
        let input = self.0.stdin.as_mut().context("the service has been ended")?;
        writeln!(input, "{signal}").context("signal a service")
    }
}

impl Drop for Tethered {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// PostgreSQL refuses to run as root; its package brings a user for it.
fn as_service<'a>(command: &'a mut Command, folder: &Path) -> anyhow::Result<&'a mut Command> {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root {
        let users = std::fs::read_to_string("/etc/passwd").context("read /etc/passwd")?;
        let user = users.lines().find(|line| line.starts_with("postgres:")).context("there is no user postgres")?;
        let mut ids = user.split(':').skip(2).map(str::parse::<u32>);
        let (Some(Ok(uid)), Some(Ok(gid))) = (ids.next(), ids.next()) else { bail!("user postgres has no numbers") };
        std::os::unix::fs::chown(folder, Some(uid), Some(gid)).context("hand the folder over")?;
        command.uid(uid).gid(gid);
    }
    Ok(command.current_dir(folder))
}

fn folder(name: &str) -> anyhow::Result<PathBuf> {
    static N: AtomicU32 = AtomicU32::new(0);
    let n = N.fetch_add(1, Ordering::Relaxed);
    // Short: the path of a socket has at most 107 bytes.
    let path = std::env::temp_dir().join(format!("zg-{name}-{}-{n}", std::process::id()));
    std::fs::create_dir_all(&path)?;
    Ok(path)
}

/// A PostgreSQL of one's own, reached by a socket in a folder.
pub struct Cluster {
    folder: PathBuf,
    psql: PathBuf,
    service: Tethered,
}

/// The newest PostgreSQL of the system.
#[must_use]
pub fn postgres_programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .filter(|(version, programs)| *version >= 15 && programs.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().map(|(_, programs)| programs)
}

impl Cluster {
    /// `durable` costs what it costs in earnest; without it the power must not fail, and nothing in a test waits for a disk.
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start.
    pub fn start(durable: bool) -> anyhow::Result<Self> {
        let programs = postgres_programs().context("no PostgreSQL 15 or newer; install the package postgresql")?;
        let folder = folder("pg")?;
        let data = folder.join("data");
        let mut init = Command::new(programs.join("initdb"));
        init.args(["--no-sync", "--auth=trust", "--username=postgres", "--locale=C", "--encoding=UTF8", "-D"])
            .arg(&data);
        let made = as_service(&mut init, &folder)?.output().context("start initdb")?;
        if !made.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&made.stderr));
        }
        let mut server = Command::new(programs.join("postgres"));
        server.arg("-D").arg(&data).args(["-c", "listen_addresses=", "-c", "max_connections=300"]);
        server.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
        if !durable {
            server.args(["-c", "fsync=off", "-c", "shared_buffers=16MB"]);
        }
        let service = Tethered::start(server, &folder)?;
        let cluster = Self { psql: programs.join("psql"), folder, service };
        wait_until(|| cluster.sql("SELECT 1").is_ok()).context("PostgreSQL does not answer")?;
        Ok(cluster)
    }

    /// Runs SQL as the cluster's owner.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub fn sql(&self, sql: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(&self.psql);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "postgres", "-h"]);
        let done = psql.arg(&self.folder).arg("-c").arg(sql).output().context("start psql")?;
        if !done.status.success() {
            bail!("{}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
    }

    /// Makes a schema of that name, which is as good as a database, and gives the address of it.
    ///
    /// # Errors
    /// The name is taken.
    pub fn schema(&self, name: &str) -> anyhow::Result<String> {
        self.sql(&format!("CREATE SCHEMA {name}"))?;
        Ok(self.url(name))
    }

    #[must_use]
    pub fn url(&self, schema: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@/postgres?host={host}&options=-csearch_path%3D{schema}")
    }

    /// Ends every connection of others, in whatever transaction it is.
    ///
    /// # Errors
    /// PostgreSQL does not answer.
    pub fn cut_connections(&self) -> anyhow::Result<()> {
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename IS NOT NULL")
            .map(drop)
    }

    /// Ends the server at once, as a crash would.
    ///
    /// # Errors
    /// It has ended before.
    pub fn crash(&mut self) -> anyhow::Result<()> {
        self.service.signal("-QUIT")
    }
}

/// A NATS of one's own on this machine.
pub struct Nats {
    port: u16,
    folder: PathBuf,
    service: Option<Tethered>,
}

#[must_use]
pub fn nats_program() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    // Debian puts it where an ordinary user's path does not go.
    folders.push(PathBuf::from("/usr/sbin"));
    folders.into_iter().map(|folder| folder.join("nats-server")).find(|program| program.exists())
}

impl Nats {
    /// # Errors
    /// NATS is not installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut nats = Self { port, folder: folder("nats")?, service: None };
        nats.resume()?;
        Ok(nats)
    }

    /// Starts it again where it was.
    ///
    /// # Errors
    /// NATS is not installed or does not start.
    pub fn resume(&mut self) -> anyhow::Result<()> {
        let program = nats_program().context("no NATS; install the package nats-server")?;
        std::fs::create_dir_all(&self.folder)?;
        let mut server = Command::new(program);
        server.args(["-a", "127.0.0.1", "-p", &self.port.to_string()]);
        let mut shell = Command::new("sh");
        let script = r#"dir=$1; shift; "$@" </dev/null & p=$!; read -r _; kill -9 "$p"; rm -rf "$dir""#;
        shell.args(["-c", script, "sh"]).arg(&self.folder).arg(server.get_program()).args(server.get_args());
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        self.service = Some(Tethered(shell.spawn().context("start NATS")?));
        let address = ([127, 0, 0, 1], self.port).into();
        wait_until(|| std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok())
            .context("NATS does not answer")
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.service = None;
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}

/// A port that nobody listens on now.
///
/// # Errors
/// There is none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Asks ten times a second, for half a minute.
fn wait_until(ready: impl Fn() -> bool) -> anyhow::Result<()> {
    for _ in 0..300 {
        if ready() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("it has not been ready within 30 seconds")
}
