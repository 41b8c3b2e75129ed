//! The way to the server and back: few connections, used again and again, one request at a time on each.

use super::House;
use super::guests::Share;
use super::head::Head;
use super::refusal::Refusal;
use super::timed::{Timed, read_onto};
use crate::web::server::{Entrance, Passage, Stream};
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// The longest head of a response. The server's own: a dozen headers.
const LONGEST_HEAD: usize = 64 * 1024;
/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// The connections to the server. As many as it has threads: more would only wait there.
pub(super) struct Passages {
    server: Entrance,
    state: Mutex<State>,
    returned: Condvar,
}

struct State {
    free: usize,
    open: Vec<Passage>,
}

/// The right to ask the server, until it is dropped.
struct Turn<'a>(&'a Passages);

/// A whole response, as the client gets it.
pub(super) struct Reply<'a> {
    pub(super) bytes: Vec<u8>,
    /// Whether it says that the client may ask again.
    pub(super) keeps_alive: bool,
    /// Held while the reply is being written, if it is a large one.
    _lane: Share<'a>,
}

impl Passages {
    pub(super) fn new(server: Entrance) -> Passages {
        let free = server.workers();
        Passages { server, state: Mutex::new(State { free, open: Vec::new() }), returned: Condvar::new() }
    }

    /// Waits for its turn; a connection that is open comes with it.
    fn enter(&self, deadline: Instant) -> Option<(Turn<'_>, Option<Passage>)> {
        let longest = deadline.saturating_duration_since(Instant::now());
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut state, _) = self
            .returned
            .wait_timeout_while(state, longest, |state| state.free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        state.free = state.free.checked_sub(1)?;
        let passage = state.open.pop();
        drop(state);
        Some((Turn(self), passage))
    }

    fn put_back(&self, passage: Passage) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).open.push(passage);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).free += 1;
        self.0.returned.notify_one();
    }
}

impl House {
    /// Asks the server, and reads its whole answer, so that its thread is free whatever the client does.
    ///
    /// # Errors
    /// If there was no answer in time, or too many large ones are under way.
    pub(super) fn exchange(&self, head: &Head, body: &[u8], client: IpAddr) -> Result<Reply<'_>, Refusal> {
        let deadline = Instant::now() + self.limits.answer;
        let (_turn, passage) = self.passages.enter(deadline).ok_or(Refusal::BUSY)?;
        let passage = match passage {
            Some(passage) => passage,
            None => self.passages.server.connect().map_err(|_| Refusal::BUSY)?,
        };
        let mut line = Timed::new(&passage.stream, deadline);
        line.write_all(&head.for_server(client)).and_then(|()| line.write_all(body)).map_err(unanswered)?;
        let reply = self.receive(&mut line, head)?;
        self.passages.put_back(passage);
        Ok(reply)
    }

    fn receive(&self, line: &mut Timed<&Stream>, head: &Head) -> Result<Reply<'_>, Refusal> {
        let mut came = Vec::new();
        let end = loop {
            if read_onto(line, &mut came, CHUNK).map_err(unanswered)? == 0
                || came.len() > LONGEST_HEAD + CHUNK
            {
                return Err(Refusal::NO_ANSWER);
            }
            if let Some(at) = came.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let keeps_alive = head.keeps_alive && !self.is_closing();
        let (mut bytes, length) = head_for_client(came.get(..end).unwrap_or_default(), head, keeps_alive)
            .ok_or(Refusal::NO_ANSWER)?;
        let mut lane = self.large.share();
        if length > self.limits.large_response && !lane.grow_to(1) {
            return Err(Refusal::BUSY);
        }
        let whole = bytes.len() + length;
        bytes.reserve_exact(length);
        bytes.extend_from_slice(came.get(end..).unwrap_or_default());
        while bytes.len() < whole {
            let most = CHUNK.min(whole - bytes.len());
            if read_onto(line, &mut bytes, most).map_err(unanswered)? == 0 {
                return Err(Refusal::NO_ANSWER);
            }
        }
        // More than was announced would be read as the next response.
        if bytes.len() == whole {
            Ok(Reply { bytes, keeps_alive, _lane: lane })
        } else {
            Err(Refusal::NO_ANSWER)
        }
    }
}

/// The head that the client gets, and the length of the body that follows it.
fn head_for_client(bytes: &[u8], asked: &Head, keeps_alive: bool) -> Option<(Vec<u8>, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 2 * super::limits::MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(bytes).ok()?;
    let status = response.code?;
    let has_no_body = matches!(status, 100..=199 | 204 | 304);
    let mut head = format!("HTTP/1.1 {status} {}\r\n", response.reason?).into_bytes();
    let mut length = 0;
    for header in response.headers.iter() {
        let is = |name| header.name.eq_ignore_ascii_case(name);
        if is("Content-Length") {
            length = std::str::from_utf8(header.value).ok()?.parse().ok()?;
        }
        // The length is left out where there is never a body; what serves here is nobody's business.
        if is("Connection") || is("Server") || (is("Content-Length") && has_no_body) {
            continue;
        }
        for part in [header.name.as_bytes(), b": ", header.value, b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    let connection: &[u8] = match (keeps_alive, asked.is_old) {
        (false, _) => b"Connection: close\r\n\r\n",
        (true, true) => b"Connection: keep-alive\r\n\r\n",
        (true, false) => b"\r\n",
    };
    head.extend_from_slice(connection);
    Some((head, if has_no_body || asked.is_head { 0 } else { length }))
}

fn unanswered(error: io::Error) -> Refusal {
    if error.kind() == io::ErrorKind::TimedOut { Refusal::ANSWER_TOO_SLOW } else { Refusal::NO_ANSWER }
}
