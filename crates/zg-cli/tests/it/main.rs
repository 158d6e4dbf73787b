//! The executable, as a shell sees it: arguments and stdin in, stdout, stderr and exit status out.

mod beside;
mod chat;
mod config;
mod delivery;
mod fuzzing;
mod kb;
mod nlu;
mod policy;
mod recommend;
mod recommend_log;
mod search;
mod shopping;
mod train;
mod upkeep;
mod wrong_calls;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Run {
    /// The lines of stdout, each of them JSON.
    #[track_caller]
    fn lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
            .collect()
    }

    #[track_caller]
    fn succeeds(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self
    }

    /// Failed with one line on stderr that says each of `words`, and nothing on stdout.
    #[track_caller]
    fn fails(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in {}", self.err);
        }
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhanggui"));
    command.args(args).env_remove("ZHANGGUI_MODELS").env_remove("RUST_LOG").env_remove("RUST_BACKTRACE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn zhanggui(args: &[&str], stdin: impl AsRef<[u8]>) -> Run {
    finish(command(args), stdin)
}

fn finish(mut command: Command, stdin: impl AsRef<[u8]>) -> Run {
    let mut child = command.spawn().expect("the executable starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    let bytes = stdin.as_ref().to_vec();
    // Written from aside, because both pipes may fill; a child that reads nothing closes its end, which is its right.
    let writer = std::thread::spawn(move || drop(input.write_all(&bytes)));
    let output = child.wait_with_output().expect("the executable ends");
    writer.join().expect("the writer ends");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn string(path: impl AsRef<Path>) -> String {
    path.as_ref().to_str().expect("paths of this repository are UTF-8").to_owned()
}

fn models() -> String {
    string(root().join("models"))
}

/// An empty folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("zg-cli").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// The demo shop's knowledge, compiled once.
fn shop() -> &'static str {
    static SHOP: OnceLock<String> = OnceLock::new();
    SHOP.get_or_init(|| {
        let bundle = string(folder("shop").join("shop.zgkb"));
        zhanggui(&["kb", "build", &string(root().join("demo/knowledge")), "-o", &bundle], "").succeeds();
        bundle
    })
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) -> String {
    std::fs::write(path, bytes).expect("the file can be written");
    string(path)
}
