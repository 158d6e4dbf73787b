//! Over a real socket: first start, restart, stopping.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::support::{Folder, config, secret};

async fn talk(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

fn request(method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        secret("s"),
        body.len()
    )
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_restart_and_streams_end_with_the_server() {
    let folder = Folder::new();
    let mut epochs = Vec::new();
    for round in 0..2 {
        let listener = zg_server::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(zg_server::serve(config(&folder), listener, stopped));
        let open = "{\"id\":\"c-1\",\"site_key\":\"one\",\"locale\":\"en\"}";
        let answer = talk(address, &request("POST", "/v1/conversations", open)).await;
        assert!(answer.starts_with(if round == 0 { "HTTP/1.1 201" } else { "HTTP/1.1 200" }), "{answer}");
        let message =
            "{\"messages\":[{\"id\":\"m-1\",\"author\":\"shopper\",\"at\":1,\"text\":\"hi\",\"kind\":\"text\"}]}";
        let answer = talk(address, &request("POST", "/v1/conversations/c-1/messages", message)).await;
        assert!(answer.contains(&format!("\"seq\":1,\"duplicate\":{}", round == 1)), "{answer}");
        let stream = request("GET", "/v1/conversations/c-1/events", "").replace("Connection: close\r\n", "");
        let mut events = TcpStream::connect(address).await.unwrap();
        events.write_all(stream.as_bytes()).await.unwrap();
        let mut seen = String::new();
        while !seen.contains("event: conversation") {
            let mut buffer = [0; 4096];
            let n = tokio::time::timeout(Duration::from_secs(10), events.read(&mut buffer)).await.unwrap().unwrap();
            assert!(n > 0, "{seen}");
            seen.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
        }
        epochs.push(seen.split("\nid: ").nth(1).unwrap().split('-').next().unwrap().to_owned());
        stop.send(()).unwrap();
        // The stream is open, and the server stops all the same.
        tokio::time::timeout(Duration::from_secs(5), server).await.unwrap().unwrap().unwrap();
    }
    assert_eq!(epochs[0], epochs[1]);
}
