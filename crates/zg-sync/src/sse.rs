//! Server-sent events, parsed as their bytes arrive (WHATWG HTML, "Server-sent events", 9.2.6).

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerEvent {
    /// Empty where the server gave none.
    pub id: String,
    /// `message` where the server gave none.
    pub event: String,
    pub data: String,
}

/// More bytes than any event of ours has; a stream that goes past it is not one of ours.
const MAX_EVENT: usize = 1 << 20;

/// Collects bytes into events.
#[derive(Debug, Default)]
pub struct EventStream {
    line: Vec<u8>,
    event: ServerEvent,
    has_data: bool,
    after_return: bool,
    id: String,
}

/// The stream holds an event longer than any of ours; close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is longer than {MAX_EVENT} bytes")]
pub struct TooLong;

impl EventStream {
    /// Takes the next bytes and gives the events that they complete.
    ///
    /// # Errors
    /// [`TooLong`]; the stream is of no further use.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<ServerEvent>, TooLong> {
        let mut events = Vec::new();
        for &byte in bytes {
            // A line ends with \n, \r or \r\n, and a chunk may end between the two.
            if byte == b'\n' && self.after_return {
                self.after_return = false;
                continue;
            }
            self.after_return = byte == b'\r';
            if byte == b'\n' || byte == b'\r' {
                let line = std::mem::take(&mut self.line);
                events.extend(self.end_line(&String::from_utf8_lossy(&line)));
            } else {
                self.line.push(byte);
            }
            if self.line.len() + self.event.data.len() > MAX_EVENT {
                return Err(TooLong);
            }
        }
        Ok(events)
    }

    fn end_line(&mut self, line: &str) -> Option<ServerEvent> {
        if line.is_empty() {
            let mut event = std::mem::take(&mut self.event);
            if !std::mem::take(&mut self.has_data) {
                return None;
            }
            event.id.clone_from(&self.id);
            if event.event.is_empty() {
                "message".clone_into(&mut event.event);
            }
            return Some(event);
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "event" => value.clone_into(&mut self.event.event),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            // Comments (heartbeats), `retry` and what may come.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_the_bytes_are_cut_the_events_are_the_same() {
        let stream =
            ": hi\r\n\r\nid: e-1\nevent: message\ndata: {\"a\":\ndata:  \"退货\"}\n\nid: e-2\rdata\r\rdata: last";
        let whole = EventStream::default().push(stream.as_bytes()).expect("short");
        assert_eq!(
            whole,
            [
                ServerEvent { id: "e-1".into(), event: "message".into(), data: "{\"a\":\n \"退货\"}".into() },
                ServerEvent { id: "e-2".into(), event: "message".into(), data: String::new() },
            ]
        );
        for size in 1..stream.len() {
            let mut parser = EventStream::default();
            let events: Vec<_> =
                stream.as_bytes().chunks(size).flat_map(|chunk| parser.push(chunk).expect("short")).collect();
            assert_eq!(events, whole, "chunks of {size}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut parser = EventStream::default();
        assert_eq!(parser.push(&vec![b'a'; MAX_EVENT + 1]), Err(TooLong));
    }
}
