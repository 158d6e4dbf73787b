//! `zhanggui config`, and a server that is told to read its configuration again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use crate::{command, folder, write, zhanggui};

#[test]
fn every_mistake_is_a_line() {
    let folder = folder("config-check");
    let file =
        write(&folder.join("z.toml"), "lisen = \"x\"\n[[sites]]\nkey = \"k\"\ntenant = \"t\"\npolicy = \"p.toml\"\n");
    let run = zhanggui(&["config", "check", &file], "");
    assert_eq!(run.code, Some(1), "{}", run.err);
    let found: Vec<(u64, String)> = run
        .lines()
        .iter()
        .map(|line| (line["line"].as_u64().expect("a line"), line["key"].as_str().expect("a key").to_owned()))
        .collect();
    assert_eq!(found, [(1, "lisen".to_owned()), (5, "sites[0].policy".to_owned())]);
    let good = write(&folder.join("good.toml"), "[limits]\nopens_per_minute = 7\n");
    let run = zhanggui(&["config", "check", &good], "").succeeds();
    assert_eq!(run.out, "");
    zhanggui(&["config", "check", "/no/such/file.toml"], "").fails(1, &["cannot read", "/no/such/file.toml"]);
    let sample = zhanggui(&["config", "sample"], "").succeeds().out;
    let sample = write(&folder.join("sample.toml"), sample);
    zhanggui(&["config", "check", &sample], "").succeeds();
}

/// Asks the server for something and gives the head and body of its answer.
fn ask(address: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
        "s".repeat(43),
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("it takes the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[cfg(unix)]
#[test]
fn a_hangup_has_the_configuration_read_again() {
    let folder = folder("config-reload");
    let site = |key: &str| {
        format!(
            "listen = \"127.0.0.1:0\"\ndata = {:?}\n[[sites]]\nkey = \"{key}\"\ntenant = \"t\"\n[operations]\nlog = \"json\"\n",
            folder.join("data")
        )
    };
    let file = write(&folder.join("z.toml"), site("old"));
    let mut server = command(&["serve", "--config", &file]);
    server.env("ZHANGGUI_OPERATOR_PASSWORD", "a password of a test");
    let mut server = server.spawn().expect("the executable starts");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("stdout is piped"))
        .read_line(&mut line)
        .expect("it says where it listens");
    let address = line.trim().strip_prefix("listening on http://").expect("an address").to_owned();
    let open = |key: &str| format!("{{\"id\":\"c-1\",\"site_key\":\"{key}\",\"locale\":\"en\"}}");
    assert!(ask(&address, "/v1/conversations", &open("new")).contains("unknown_site_key"));
    let mut log = BufReader::new(server.stderr.take().expect("stderr is piped")).lines();
    let mut until = |words: &str| {
        let found = log.find_map(|line| line.ok().filter(|line| line.contains(words)));
        found.unwrap_or_else(|| panic!("the log never says {words:?}"))
    };
    let hangup = || {
        let done = std::process::Command::new("kill").args(["-HUP", &server.id().to_string()]).status();
        assert!(done.is_ok_and(|status| status.success()));
    };
    write(&folder.join("z.toml"), site("new"));
    hangup();
    until("a changed configuration holds");
    assert!(ask(&address, "/v1/conversations", &open("new")).starts_with("HTTP/1.1 201"));
    write(&folder.join("z.toml"), "lisen = 1\n");
    hangup();
    let said = until("cannot be used");
    assert!(said.contains("line 1: lisen: unknown key; did you mean `listen`?"), "{said}");
    assert!(ask(&address, "/v1/conversations", &open("new")).starts_with("HTTP/1.1 200"));
    server.kill().expect("it can be ended");
    server.wait().expect("it ends");
}
