//! The server behind the door: `tiny_http` on a socket that only the door reaches, and the threads that answer.
//!
//! The only file that names `tiny_http`. It must not meet a network: it takes the length that a request claims for
//! granted, knows no deadline, and stops accepting at the first error. The door brings it whole, small requests over a
//! few connections that are used again and again; should it stop accepting all the same, it is made anew.

use super::http::{Body, Headers, Method, Request, Response};
use super::incident;
use crate::folder::Shelter;
use crate::problem::Problem;
use std::io::{self, Cursor, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What answers requests.
pub type Handler = Arc<dyn Fn(Request) -> Response + Send + Sync>;

/// How a connection to the server looks.
#[cfg(unix)]
pub(super) type Stream = std::os::unix::net::UnixStream;
/// How a connection to the server looks where there are no Unix sockets.
#[cfg(not(unix))]
pub(super) type Stream = std::net::TcpStream;

/// The headers with which the door says who asks, and how they came.
pub(super) const CLIENT_IP: &str = "X-Client-IP";
pub(super) const CLIENT_TLS: &str = "X-Client-Tls";

/// How long the server waits for its threads at the end. Those that have nothing to do are gone in a moment; the door
/// has waited for the others.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long a new connection may take to be taken up, and how often another is tried.
const GREETING: Duration = Duration::from_millis(500);
const GREETINGS: u32 = 10;
/// An answer whose body is so long at most is sent in one piece: most pages.
const AT_ONCE: usize = 32 * 1024;
/// More than the head of an answer usually takes.
const USUAL_HEAD: usize = 1024;

/// The server. It ends when this is dropped; close the door before.
pub struct Server {
    entrance: Entrance,
}

/// What the door knows of the server: how to get in.
#[derive(Clone)]
pub(super) struct Entrance(Arc<Shared>);

struct Shared {
    handler: Handler,
    workers: usize,
    current: Mutex<Arc<Generation>>,
}

/// A connection to the server, and what keeps the threads behind it.
pub(super) struct Passage {
    pub(super) stream: Stream,
    _generation: Arc<Generation>,
}

/// One `tiny_http` and the threads that work for it. They stay until the last connection is gone, though it may have
/// stopped accepting long ago.
struct Generation {
    tiny: Arc<Tiny>,
    workers: usize,
    ended: Mutex<Receiver<()>>,
    /// Where its socket is. The system's temporary folder, because the path of a Unix socket may have no more than some hundred
    /// bytes.
    place: Mutex<Option<Shelter>>,
}

struct Tiny {
    server: tiny_http::Server,
    address: Address,
    /// It accepts no connections any more.
    is_deaf: AtomicBool,
    is_over: AtomicBool,
}

#[cfg(unix)]
type Address = PathBuf;
#[cfg(not(unix))]
type Address = std::net::SocketAddr;

impl Server {
    /// Starts a server with so many threads; at most so many requests are answered at a time.
    ///
    /// # Errors
    /// If there is no place for its socket, or no thread to be had.
    pub fn start(workers: usize, handler: Handler) -> Result<Server, Problem> {
        let problem = |cause| Problem::File { doing: "Starting the web server".to_owned(), cause };
        let workers = workers.max(1);
        let first = Generation::start(workers, &handler).map_err(problem)?;
        let current = Mutex::new(Arc::new(first));
        Ok(Server { entrance: Entrance(Arc::new(Shared { handler, workers, current })) })
    }

    /// The way in, for a door.
    pub(super) fn entrance(&self) -> Entrance {
        self.entrance.clone()
    }
}

impl Entrance {
    /// How many requests are answered at a time.
    pub(super) fn workers(&self) -> usize {
        self.0.workers
    }

    /// A new connection.
    ///
    /// # Errors
    /// If there are no more descriptors, the server could not be made anew, or it has ended.
    pub(super) fn connect(&self) -> io::Result<Passage> {
        let shared = &self.0;
        let mut current = shared.current.lock().unwrap_or_else(PoisonError::into_inner);
        if !current.tiny.is_deaf.load(Ordering::Relaxed) {
            match connect_and_greet(&current.tiny.address) {
                Ok(stream) => return Ok(Passage { stream, _generation: Arc::clone(&current) }),
                // Nobody listens there any more: it stopped without a word, or somebody has tidied its socket away.
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        *current = Arc::new(Generation::start(shared.workers, &shared.handler)?);
        let stream = connect_and_greet(&current.tiny.address)?;
        Ok(Passage { stream, _generation: Arc::clone(&current) })
    }
}

impl Read for Passage {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }
}

impl Write for Passage {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Generation {
    fn start(workers: usize, handler: &Handler) -> io::Result<Generation> {
        let place = Shelter::new()?;
        let (server, address) = listen(place.path().join("socket"))?;
        let tiny = Arc::new(Tiny {
            server,
            address,
            is_deaf: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        });
        let (working, ended) = channel();
        // Made first, so that what was started is ended if a thread cannot be had.
        let generation = Generation {
            tiny: Arc::clone(&tiny),
            workers,
            ended: Mutex::new(ended),
            place: Mutex::new(Some(place)),
        };
        for _ in 0..workers {
            let (tiny, handler, working) = (Arc::clone(&tiny), Arc::clone(handler), working.clone());
            thread::Builder::new()
                .name("firstbell-web".to_owned())
                .spawn(move || work(tiny, &handler, working))?;
        }
        Ok(generation)
    }
}

impl Tiny {
    /// Sends its threads home. What is in their hands they finish.
    fn end(&self, workers: usize) {
        self.is_over.store(true, Ordering::Relaxed);
        for _ in 0..workers {
            self.server.unblock();
        }
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        self.tiny.end(self.workers);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let current = Arc::clone(&self.entrance.0.current.lock().unwrap_or_else(PoisonError::into_inner));
        current.tiny.end(current.workers);
        let ended = current.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // Ends with an error either way: when all threads are gone and their socket with them, or when one of them
        // takes too long.
        let _ = ended.recv_timeout(FAREWELL);
        // Goes with it, though somebody may still hold a connection.
        drop(current.place.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

#[cfg(unix)]
fn listen(path: PathBuf) -> io::Result<(tiny_http::Server, Address)> {
    let listener = std::os::unix::net::UnixListener::bind(&path)?;
    Ok((tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?, path))
}

#[cfg(not(unix))]
fn listen(_path: PathBuf) -> io::Result<(tiny_http::Server, Address)> {
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
    // What is accepted has what the listener has.
    socket2::SockRef::from(&listener).set_tcp_nodelay(true)?;
    let address = listener.local_addr()?;
    Ok((tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?, address))
}

#[cfg(unix)]
fn connect(address: &Address) -> io::Result<Stream> {
    Stream::connect(address)
}

#[cfg(not(unix))]
fn connect(address: &Address) -> io::Result<Stream> {
    let stream = Stream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A connection that a thread of `tiny_http` has taken up. It reckons with a thread that is free until that has woken: a
/// second connection in the same instant is put into a line that nobody looks at while all its threads serve others,
/// and its requests wait for ever. So connections are made one after the other, and each is greeted before the next.
fn connect_and_greet(address: &Address) -> io::Result<Stream> {
    let mut tries = 0;
    loop {
        let stream = connect(address)?;
        match greet(&stream) {
            Ok(()) => return Ok(stream),
            Err(error) if tries == GREETINGS => return Err(error),
            // Perhaps it is one of those; it is let go, and another one finds a thread.
            Err(_) => tries += 1,
        }
    }
}

/// Asks for what no client can ask for, because the door lets nothing in but paths, and waits for the answer.
fn greet(mut stream: &Stream) -> io::Result<()> {
    stream.set_read_timeout(Some(GREETING))?;
    stream.write_all(b"OPTIONS * HTTP/1.1\r\nContent-Length: 0\r\n\r\n")?;
    let mut answer = Vec::new();
    let mut some = [0; 512];
    while !is_whole(&answer) {
        match stream.read(&mut some)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            came => answer.extend_from_slice(some.get(..came).unwrap_or_default()),
        }
    }
    Ok(())
}

/// Whether all of an answer has come.
fn is_whole(answer: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut response = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(head)) = response.parse(answer) else { return false };
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("Content-Length"));
    let length = length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok());
    answer.len() >= head + length.unwrap_or(0)
}

/// What one thread does all its life.
fn work(tiny: Arc<Tiny>, handler: &Handler, working: Sender<()>) {
    loop {
        match tiny.server.recv() {
            Ok(request) => answer(request, handler),
            Err(_) if tiny.is_over.load(Ordering::Relaxed) => break,
            // It stopped accepting, and answers on the connections that it has.
            Err(_) => tiny.is_deaf.store(true, Ordering::Relaxed),
        }
    }
    drop(tiny);
    drop(working);
}

fn answer(mut asked: tiny_http::Request, handler: &Handler) {
    if asked.url() == "*" {
        // Whoever greets and has gone does not hear it.
        let _ = asked.respond(tiny_http::Response::empty(204));
        return;
    }
    let response = match read(&mut asked) {
        Some(request) => incident::guard(|| handler(request)),
        None => Response::bare(400, "There is no such address.\n"),
    };
    let (status, headers, body) = response.into_parts();
    let headers = headers
        .into_iter()
        .filter_map(|(name, value)| tiny_http::Header::from_bytes(name, value).ok())
        .collect();
    let sent = match body {
        Body::Bytes(bytes) if bytes.len() <= AT_ONCE => send_at_once(asked, status, headers, &bytes),
        Body::Bytes(bytes) => {
            let length = bytes.len();
            asked.respond(made(status, headers, Cursor::new(bytes), length))
        }
        Body::File(file, length) => {
            let known = usize::try_from(length).unwrap_or(usize::MAX);
            asked.respond(made(status, headers, file.take(length), known))
        }
    };
    // If the door has hung up, it has told the client why.
    let _ = sent;
}

/// The answer in `tiny_http`'s words.
fn made<R: Read>(
    status: u16,
    headers: Vec<tiny_http::Header>,
    body: R,
    length: usize,
) -> tiny_http::Response<R> {
    tiny_http::Response::new(tiny_http::StatusCode(status), headers, body, Some(length), None)
        .with_chunked_threshold(usize::MAX)
}

/// Sends an answer in one piece. `tiny_http` would hand over its head and then its body, and the door's thread would be
/// woken for each.
fn send_at_once(
    asked: tiny_http::Request,
    status: u16,
    headers: Vec<tiny_http::Header>,
    body: &[u8],
) -> io::Result<()> {
    let mut whole = Vec::with_capacity(USUAL_HEAD + body.len());
    let leaves_body_out = *asked.method() == tiny_http::Method::Head;
    made(status, headers, body, body.len()).raw_print(
        &mut whole,
        asked.http_version().clone(),
        asked.headers(),
        leaves_body_out,
        None,
    )?;
    let mut writer = asked.into_writer();
    writer.write_all(&whole)?;
    writer.flush()
}

/// The request in Firstbell's words; `None` if its path is none.
fn read(asked: &mut tiny_http::Request) -> Option<Request> {
    let length = asked.body_length().unwrap_or(0);
    // The door has all of it, so this is the length that it has.
    let mut body = Vec::with_capacity(length);
    asked.as_reader().read_to_end(&mut body).ok()?;
    if body.len() != length {
        return None;
    }
    let header = |name: &str| {
        let is_it = |header: &&tiny_http::Header| header.field.as_str().as_str().eq_ignore_ascii_case(name);
        asked.headers().iter().find(is_it).map(|header| header.value.as_str().to_owned())
    };
    let headers = Headers {
        cookie: header("Cookie"),
        content_type: header("Content-Type"),
        origin: header("Origin"),
        sec_fetch_site: header("Sec-Fetch-Site"),
        host: header("Host"),
        user_agent: header("User-Agent"),
        if_none_match: header("If-None-Match"),
        accept: header("Accept"),
    };
    let method = Method::named(asked.method().as_str());
    let (client, tls) = (header(CLIENT_IP)?.parse().ok()?, header(CLIENT_TLS)? == "yes");
    Request::new(method, asked.url(), headers, body, client, tls)
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use super::*;

    #[cfg(unix)]
    fn place(entrance: &Entrance) -> PathBuf {
        entrance.0.current.lock().unwrap().tiny.address.parent().unwrap().to_owned()
    }

    #[cfg(unix)]
    #[test]
    fn what_tidies_up_leaves_the_socket_alone_and_where_it_does_not_there_is_another() {
        let server = Server::start(1, Arc::new(|_| Response::text(200, "ok"))).unwrap();
        let entrance = server.entrance();
        let kept = entrance.connect().unwrap();
        let first = place(&entrance);
        assert!(
            std::fs::File::open(&first).unwrap().try_lock().is_err(),
            "nothing holds {}",
            first.display()
        );
        std::fs::remove_dir_all(&first).unwrap();
        let is_heard = |passage: &Passage| (0..60).any(|_| greet(&passage.stream).is_ok());
        assert!(is_heard(&entrance.connect().unwrap()));
        assert_ne!(place(&entrance), first);
        // Whoever was in is still heard.
        assert!(is_heard(&kept));
        let second = place(&entrance);
        drop(server);
        assert!(!second.exists());
    }
}
