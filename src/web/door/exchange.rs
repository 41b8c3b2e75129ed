//! The way to the server and back: few connections, used again and again, one request at a time on each.

use super::House;
use super::guests::Share;
use super::head::Head;
use super::refusal::Refusal;
use super::timed::{Timed, read_onto};
use super::turns::Turns;
use crate::web::server::{Entrance, Passage};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The longest head of a response. The server's own: a dozen headers.
const LONGEST_HEAD: usize = 64 * 1024;
/// How much is read at once.
const CHUNK: usize = 64 * 1024;
/// How much is read at first: most pages whole. Linux's C library tidies up all its memory whenever a piece of 64 KiB or more
/// comes back to it.
const FIRST: usize = 16 * 1024;
/// More than what the door adds to a head.
const SPARE: usize = 64;

/// The ways to the server.
pub(super) struct Passages {
    server: Entrance,
    turns: Turns,
    unused: Mutex<Unused>,
    /// How long one is kept that nobody needs.
    kept: Duration,
}

/// Those that nobody is in, and since when; the one that was left last is the next to be used.
#[derive(Default)]
struct Unused(VecDeque<(Timed<Passage>, Instant)>);

/// A response, as the client gets it: whole, or its beginning and the way to the rest.
pub(super) struct Reply<'a> {
    /// The head, and the body if it is not a large one.
    pub(super) bytes: Vec<u8>,
    /// Whether it says that the client may ask again.
    pub(super) keeps_alive: bool,
    /// The rest of a large one.
    pub(super) rest: Option<Rest<'a>>,
}

/// What is still to come of a large response. The server writes it as it is taken, so its length is nobody's memory.
pub(super) struct Rest<'a> {
    house: &'a House,
    passage: Timed<Passage>,
    left: usize,
    _lane: Share<'a>,
}

impl Passages {
    /// The ways to a server, some of whose threads are for large responses alone. One that nobody needs is kept
    /// so long.
    pub(super) fn new(server: Entrance, for_large: usize, kept: Duration) -> Passages {
        let turns = Turns::new(server.workers().saturating_sub(for_large).max(1));
        Passages { server, turns, unused: Mutex::default(), kept }
    }

    fn unused(&self) -> MutexGuard<'_, Unused> {
        self.unused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps one for others, and gives up one that was not needed for so long: a crowd leaves more than are needed after it.
    fn keep(&self, passage: Timed<Passage>) {
        let now = Instant::now();
        let given_up = self.unused().keep(passage, now, self.kept);
        drop(given_up);
    }
}

impl Unused {
    fn take(&mut self) -> Option<Timed<Passage>> {
        self.0.pop_back().map(|(passage, _)| passage)
    }

    /// Gives back the one to be given up.
    fn keep(&mut self, passage: Timed<Passage>, now: Instant, kept: Duration) -> Option<Timed<Passage>> {
        self.0.push_back((passage, now));
        let is_too_old = self.0.front().is_some_and(|(_, since)| now.duration_since(*since) > kept);
        if is_too_old { self.0.pop_front().map(|(passage, _)| passage) } else { None }
    }
}

impl House {
    /// Asks the server, and reads its whole answer, so that its thread is free whatever the client does. A large one
    /// keeps a thread that is there for it, until the client has it. The body is the server's as soon as it has it: a long
    /// one is not kept twice.
    ///
    /// # Errors
    /// If there was no answer in time, or too many large ones are under way.
    pub(super) fn exchange(&self, head: &Head, body: Vec<u8>, client: IpAddr) -> Result<Reply<'_>, Refusal> {
        let deadline = Instant::now() + self.limits.answer;
        let _turn = self.passages.turns.take(head.wish(), deadline).ok_or(Refusal::BUSY)?;
        let used_before = self.passages.unused().take();
        let mut passage = match used_before {
            Some(passage) => passage,
            None => Timed::new(self.passages.server.connect().map_err(|_| Refusal::BUSY)?, deadline),
        };
        passage.until(deadline).write_all(&head.for_server(client)).map_err(unanswered)?;
        passage.write_all(&body).map_err(unanswered)?;
        drop(body);
        self.receive(passage, head)
    }

    fn receive(&self, mut passage: Timed<Passage>, head: &Head) -> Result<Reply<'_>, Refusal> {
        let mut came = Vec::new();
        let (Begun { mut bytes, length, taken }, keeps_alive) = loop {
            if read_onto(&mut passage, &mut came, FIRST).map_err(unanswered)? == 0
                || came.len() > LONGEST_HEAD + FIRST
            {
                return Err(Refusal::NO_ANSWER);
            }
            // Only now: the door may have begun to close while the server was at work.
            let keeps_alive = head.keeps_alive && !self.is_closing();
            if let Some(begun) = head_for_client(&came, head, keeps_alive)? {
                break (begun, keeps_alive);
            }
        };
        let whole = bytes.len() + length;
        bytes.extend_from_slice(came.get(taken..).unwrap_or_default());
        if length > self.limits.large_response {
            let mut lane = self.large.share();
            let left = whole.checked_sub(bytes.len()).ok_or(Refusal::NO_ANSWER)?;
            return match lane.grow_to(1) {
                true => Ok(Reply {
                    bytes,
                    keeps_alive,
                    rest: Some(Rest { house: self, passage, left, _lane: lane }),
                }),
                false => Err(Refusal::BUSY),
            };
        }
        bytes.reserve_exact(whole.saturating_sub(bytes.len()));
        while bytes.len() < whole {
            let most = CHUNK.min(whole - bytes.len());
            if read_onto(&mut passage, &mut bytes, most).map_err(unanswered)? == 0 {
                return Err(Refusal::NO_ANSWER);
            }
        }
        // More than was announced would be read as the next response.
        if bytes.len() == whole {
            self.passages.keep(passage);
            Ok(Reply { bytes, keeps_alive, rest: None })
        } else {
            Err(Refusal::NO_ANSWER)
        }
    }
}

impl Rest<'_> {
    /// The next piece, in place of the one in `bytes`. Says whether there was one.
    ///
    /// # Errors
    /// If the server is gone, or too slow: the client's connection must end, because part of the body is missing.
    pub(super) fn next(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        bytes.clear();
        if self.left == 0 {
            return Ok(false);
        }
        let deadline = Instant::now() + self.house.limits.grace;
        let came = read_onto(self.passage.until(deadline), bytes, CHUNK.min(self.left))?;
        self.left -= came;
        if came == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(true) }
    }

    /// Lets others use the way, if all that was announced has come.
    pub(super) fn end(self) {
        if self.left == 0 {
            self.house.passages.keep(self.passage);
        }
    }
}

/// The beginning of an answer.
struct Begun {
    /// The head that the client gets.
    bytes: Vec<u8>,
    /// The length of the body that follows it.
    length: usize,
    /// How many bytes of what came were the server's head.
    taken: usize,
}

/// The head that the client gets, of what the server has said so far; `None` as long as that is not a whole head.
fn head_for_client(came: &[u8], asked: &Head, keeps_alive: bool) -> Result<Option<Begun>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; 2 * super::limits::MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(came).map_err(|_| Refusal::NO_ANSWER)?;
    let (httparse::Status::Complete(taken), Some(status), Some(reason)) =
        (parsed, response.code, response.reason)
    else {
        return Ok(None);
    };
    let has_no_body = matches!(status, 100..=199 | 204 | 304);
    // Nearly all of what came goes on to the client.
    let mut head = Vec::with_capacity(came.len() + SPARE);
    head.extend_from_slice(format!("HTTP/1.1 {status} {reason}\r\n").as_bytes());
    let mut length = 0;
    for header in response.headers.iter() {
        let is = |name| header.name.eq_ignore_ascii_case(name);
        if is("Content-Length") {
            let digits = std::str::from_utf8(header.value).ok();
            length = digits.and_then(|digits| digits.parse().ok()).ok_or(Refusal::NO_ANSWER)?;
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
    let length = if has_no_body || asked.is_head { 0 } else { length };
    Ok(Some(Begun { bytes: head, length, taken }))
}

fn unanswered(error: io::Error) -> Refusal {
    if error.kind() == io::ErrorKind::TimedOut { Refusal::ANSWER_TOO_SLOW } else { Refusal::NO_ANSWER }
}
