//! The door with encryption, over real sockets: what held without it holds with it.

use crate::tls::{client, connect};
use firstbell::folder::Folder;
use firstbell::secrets::Certificate;
use firstbell::web::{Door, Limits, Method, Response, Server, Tls};
use rustls::{ClientConfig, ClientConnection, StreamOwned, version};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longer than anything here takes on the slowest machine; a test that waits for it has failed.
const NEVER: Duration = Duration::from_secs(120);
const SHORT: Duration = Duration::from_millis(200);
const LARGE: usize = 8 * 1024 * 1024;

struct Site {
    door: Door,
    _server: Server,
    trusting: Arc<ClientConfig>,
    _place: tempfile::TempDir,
}

type Encrypted = BufReader<StreamOwned<ClientConnection, TcpStream>>;

fn limits() -> Limits {
    Limits { connections: 1000, per_address: 1000, linger: NEVER, ..Limits::production() }
}

impl Site {
    fn open(limits: Limits) -> Site {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::make(place.path()).unwrap();
        let names = ["localhost".to_owned()];
        let certificate = Certificate::make(&folder, &names, firstbell::clock::now()).unwrap();
        let trusting =
            client(&std::fs::read(folder.certificate()).unwrap(), &[&version::TLS13, &version::TLS12]);
        let tls = Arc::new(Tls::new(&certificate).unwrap());
        let server = Server::start(
            2,
            Arc::new(|request| match (request.method, request.path.as_str()) {
                (Method::Post, "/echo") => Response::new(200, "application/octet-stream", request.body),
                (_, "/large") => Response::new(200, "application/octet-stream", vec![b'x'; LARGE]),
                _ => Response::text(200, format!("{} {}", request.client, request.tls)),
            }),
        )
        .unwrap();
        let anybody = Arc::new(|_: &str, _| true);
        let door = Door::open("127.0.0.1:0".parse().unwrap(), &server, limits, Some(tls), anybody).unwrap();
        Site { door, _server: server, trusting, _place: place }
    }

    fn socket(&self) -> TcpStream {
        let socket = TcpStream::connect(self.door.address()).unwrap();
        socket.set_read_timeout(Some(NEVER)).unwrap();
        socket.set_nodelay(true).unwrap();
        socket
    }

    fn client(&self) -> Encrypted {
        BufReader::new(connect(&self.trusting, &self.door.address().to_string()).unwrap())
    }

    /// A client that has its answer: who is let go before comes again.
    fn let_in(&self) -> Encrypted {
        let begun = Instant::now();
        loop {
            let mut client = self.client();
            if client.say(&get("/")).is_ok() && client.fill_buf().is_ok_and(|came| !came.is_empty()) {
                assert_eq!(answer(&mut client).0, 200);
                return client;
            }
            assert!(begun.elapsed() < NEVER, "nobody is answered");
        }
    }

    fn assert_well(&self) {
        let mut client = self.client();
        assert_eq!(ask(&mut client, &get("/")), (200, b"127.0.0.1 true".to_vec()));
    }
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Client-Tls: no\r\n\r\n").into_bytes()
}

fn post(body: &[u8]) -> Vec<u8> {
    let head = format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn ask(client: &mut impl Both, bytes: &[u8]) -> (u16, Vec<u8>) {
    client.say(bytes).unwrap();
    answer(client)
}

/// What reads in lines and writes.
trait Both: BufRead {
    fn say(&mut self, bytes: &[u8]) -> std::io::Result<()>;
}

impl<S: Read + Write> Both for BufReader<S> {
    fn say(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.get_mut().write_all(bytes)?;
        self.get_mut().flush()
    }
}

fn answer(client: &mut impl Both) -> (u16, Vec<u8>) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(client.read_line(&mut head).unwrap(), 0, "the connection ended after {head:?}");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    client.read_exact(&mut body).unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
}

/// How long until the other side ends a connection, and that it does.
fn ended(socket: &mut TcpStream, begun: Instant) -> Duration {
    let mut rest = Vec::new();
    if let Err(error) = socket.read_to_end(&mut rest) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    begun.elapsed()
}

/// What a client says first.
fn hello(site: &Site) -> Vec<u8> {
    let mut client =
        ClientConnection::new(Arc::clone(&site.trusting), "localhost".try_into().unwrap()).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    hello
}

#[test]
fn bodies_of_all_sizes_come_and_go() {
    let site = Site::open(limits());
    let mut client = site.client();
    for size in [0, 1, 16_383, 16_384, 16_385, 65_536, 262_145, 3_000_000] {
        let body: Vec<u8> = (0..size).map(|i: u32| i.to_le_bytes()[0]).collect();
        let came = ask(&mut client, &post(&body));
        assert!(came.0 == 200 && came.1 == body, "{size}: {}", came.0);
    }
    assert_eq!(ask(&mut client, &get("/large")).1.len(), LARGE);
    // Many at once in one record, and one in many.
    client.say(&get("/").repeat(20)).unwrap();
    for _ in 0..20 {
        assert_eq!(answer(&mut client).0, 200);
    }
    for byte in get("/") {
        client.say(&[byte]).unwrap();
    }
    assert_eq!(answer(&mut client).0, 200);
}

#[test]
fn a_request_without_encryption_is_told_where_to_go_and_sent_nowhere() {
    let site = Site::open(limits());
    for bytes in [get("/login"), post(b"login=ada&password=secret")] {
        let mut client = BufReader::new(site.socket());
        client.say(&bytes).unwrap();
        let mut told = String::new();
        client.read_to_string(&mut told).unwrap();
        assert!(told.starts_with("HTTP/1.1 400 ") && told.contains("https://"), "{told}");
        assert!(!told.contains("Location"), "{told}");
    }
    site.assert_well();
}

#[test]
fn a_slow_handshake_ends_at_the_deadline_and_holds_up_nobody() {
    let site = Site::open(Limits { handshake: SHORT * 10, ..limits() });
    let hello = hello(&site);
    let begun = Instant::now();
    let mut silent: Vec<TcpStream> = (0..50).map(|_| site.socket()).collect();
    let mut half: Vec<TcpStream> = (0..50).map(|_| site.socket()).collect();
    for socket in &mut half {
        socket.write_all(&hello[..hello.len() / 2]).unwrap();
    }
    site.assert_well();
    // A trickle does not extend it.
    let mut trickle = site.socket();
    trickle.set_read_timeout(Some(SHORT / 4)).unwrap();
    let mut bytes = hello.iter();
    let began = Instant::now();
    let mut one = [0];
    while !matches!(trickle.read(&mut one), Ok(0)) {
        assert!(began.elapsed() < NEVER, "it goes on and on");
        let Some(byte) = bytes.next() else { panic!("the whole hello was waited for") };
        if trickle.write_all(&[*byte]).is_err() {
            break;
        }
    }
    for socket in silent.iter_mut().chain(&mut half) {
        assert!(ended(socket, begun) >= SHORT * 5);
    }
    site.assert_well();
}

#[test]
fn the_caps_hold_before_the_handshake() {
    let site = Site::open(Limits { per_address: 8, ..limits() });
    let inside: Vec<TcpStream> = (0..8).map(|_| site.socket()).collect();
    // Turned away without a word: it would not be understood.
    let mut ninth = site.socket();
    let mut told = Vec::new();
    let _ = ninth.read_to_end(&mut told);
    assert_eq!(told, b"");
    drop(inside);
    let begun = Instant::now();
    while connect(&site.trusting, &site.door.address().to_string()).is_err() {
        assert!(begun.elapsed() < NEVER, "nobody is let in");
    }
}

#[test]
fn a_handshake_that_fails_ends_that_connection_only() {
    let site = Site::open(limits());
    let mut open = site.client();
    let hello = hello(&site);
    let spoilt: Vec<u8> =
        hello.iter().enumerate().map(|(at, b)| if at > 8 { b ^ 0x55 } else { *b }).collect();
    for bytes in [&b"\x16\x03\x01\xff\xff"[..], b"\x16\x03\x01\0\x04\x01\0\xff\xff", b"\x16", &spoilt] {
        let mut socket = site.socket();
        socket.write_all(bytes).unwrap();
        socket.shutdown(std::net::Shutdown::Write).unwrap();
        ended(&mut socket, Instant::now());
    }
    // A client that trusts somebody else hangs up in the middle of it.
    let stranger = Site::open(limits());
    assert!(connect(&stranger.trusting, &site.door.address().to_string()).is_err());
    // Rubbish after the handshake.
    let mut client = site.client();
    client.get_mut().sock.write_all(b"\x17\x03\x03\0\x20this was never sealed by anybody").unwrap();
    ended(&mut client.get_mut().sock, Instant::now());
    assert_eq!(ask(&mut open, &get("/")).0, 200);
    site.assert_well();
}

#[test]
fn deadlines_hold_inside_the_encryption() {
    let site = Site::open(Limits { head: SHORT, grace: SHORT, slowest: 1_000_000, ..limits() });
    for begin in
        [&b"GET / HTTP/1.1\r\nX: "[..], b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"]
    {
        let mut client = site.client();
        client.say(begin).unwrap();
        client.get_ref().sock.set_read_timeout(Some(SHORT / 10)).unwrap();
        let begun = Instant::now();
        while client.fill_buf().is_err() {
            assert!(begun.elapsed() < NEVER, "it goes on and on");
            // It may have been told already and hung up on.
            let _ = client.say(b"a");
        }
        assert_eq!(answer(&mut client).0, 408);
    }
    // Records that never end count like requests that never begin.
    let waits_briefly = Site::open(Limits { idle: SHORT, ..limits() });
    let mut client = waits_briefly.client();
    client.get_ref().sock.set_read_timeout(Some(SHORT / 10)).unwrap();
    client.get_mut().sock.write_all(b"\x17\x03\x03\x40\0").unwrap();
    let begun = Instant::now();
    while !matches!(client.get_mut().sock.read(&mut [0; 64]), Ok(0)) {
        assert!(begun.elapsed() < NEVER, "it goes on and on");
        if client.get_mut().sock.write_all(b"a").is_err() {
            break;
        }
    }
    // Nor is a client waited for that reads nothing.
    let mut client = site.client();
    client.say(&get("/large").repeat(4)).unwrap();
    // It may have been given up on before its first byte.
    let _ = client.fill_buf();
    site.let_in();
}

#[test]
fn who_waits_for_nothing_is_let_go_with_a_farewell() {
    let site = Site::open(Limits { idle: SHORT, ..limits() });
    let mut client = site.let_in();
    // Without it the end would be an error.
    assert_eq!(client.read_to_end(&mut Vec::new()).unwrap(), 0);
}
