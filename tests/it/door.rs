//! The door and the server behind it, over real sockets, met by the kinds of client that a network has.

use firstbell::web::{Door, Limits, Method, Request, Response, Server};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes on the slowest machine; a test that waits for it has failed.
const NEVER: Duration = Duration::from_secs(120);
const SHORT: Duration = Duration::from_millis(200);
/// The cookie of somebody who hands files in.
const OFFICE: &str = "office=1";
/// More than the system's buffers between a writer and a reader who does not read.
const LARGE: usize = 24 * 1024 * 1024;

/// A door, a server, and what its handler has seen.
struct Site {
    door: Door,
    _server: Server,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    paths: Mutex<Vec<String>>,
    now: AtomicUsize,
    most: AtomicUsize,
    gate: Gate,
}

/// Where a handler stops until the test lets it go on.
#[derive(Default)]
struct Gate {
    waiting_and_open: Mutex<(usize, bool)>,
    changed: Condvar,
}

struct Client(BufReader<TcpStream>);

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.waiting_and_open.lock().unwrap();
        state.0 += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| !state.1).unwrap());
    }

    /// Waits until so many have come to it.
    fn reached_by(&self, count: usize) {
        let state = self.waiting_and_open.lock().unwrap();
        let reached = self.changed.wait_timeout_while(state, NEVER, |state| state.0 < count).unwrap();
        assert!(!reached.1.timed_out(), "nobody came to the gate");
    }

    fn open(&self) {
        self.waiting_and_open.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

impl Seen {
    fn answer(&self, request: Request) -> Response {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        self.paths.lock().unwrap().push(request.path.clone());
        let path: Vec<&str> = request.segments.iter().map(String::as_str).collect();
        let response = match (request.method, path.as_slice()) {
            (Method::Post, ["echo"]) => Response::new(200, "application/octet-stream", request.body),
            (_, ["who"]) => Response::text(200, format!("{} {}", request.client, request.tls)),
            (_, ["panic"]) => {
                self.now.fetch_sub(1, Ordering::SeqCst);
                panic!("no such person: ann@springfield.example");
            }
            (_, ["large"]) => Response::new(200, "application/octet-stream", vec![b'x'; LARGE]),
            (_, ["gate"]) => {
                self.gate.pass();
                Response::text(200, "through")
            }
            (_, ["break"]) => Response::text(200, "ok")
                .with_header("X-Name", "Ann\r\nSet-Cookie: stolen=1")
                .unwrap_or_else(|_| Response::text(500, "refused")),
            (_, ["nothing"]) => Response::empty(204),
            _ => Response::text(200, format!("{:?} {} ?{}", request.method, request.path, request.query)),
        };
        self.now.fetch_sub(1, Ordering::SeqCst);
        response
    }
}

/// Limits that no test on this machine runs into by itself, however many descriptors there are.
fn limits() -> Limits {
    Limits { connections: 1000, per_address: 1000, linger: NEVER, ..Limits::production() }
}

impl Site {
    fn open(workers: usize, limits: Limits) -> Site {
        let seen = Arc::new(Seen::default());
        let ours = Arc::clone(&seen);
        let answer = Arc::new(move |request| ours.answer(request));
        let server = Server::start(workers + limits.large_at_once, answer).unwrap();
        let hands_files_in = Arc::new(|cookies: &str, _| cookies == OFFICE);
        let door = Door::open("127.0.0.1:0".parse().unwrap(), &server, limits, None, hands_files_in).unwrap();
        Site { door, _server: server, seen }
    }

    fn client(&self) -> Client {
        Client::from(TcpStream::connect(self.door.address()).unwrap())
    }

    /// What a new client gets for these bytes.
    fn ask(&self, bytes: impl AsRef<[u8]>) -> Answer {
        self.client().ask(bytes)
    }

    /// A client that was let in and has its answer: who is turned away, or let go before, comes again.
    fn let_in(&self) -> Client {
        let begun = Instant::now();
        loop {
            let mut client = self.client();
            // Who is turned away may find that out while it writes or while it reads.
            let is_in = client.0.get_mut().write_all(get("/").as_bytes()).is_ok()
                && matches!(client.0.fill_buf(), Ok(bytes) if bytes.starts_with(b"HTTP/1.1 200"));
            if is_in {
                assert_eq!(client.answer().status, 200);
                return client;
            }
            assert!(begun.elapsed() < NEVER, "nobody is let in");
        }
    }

    fn assert_well(&self) {
        assert_eq!(self.ask(get("/")).status, 200);
    }
}

impl From<TcpStream> for Client {
    fn from(socket: TcpStream) -> Client {
        socket.set_read_timeout(Some(NEVER)).unwrap();
        socket.set_write_timeout(Some(NEVER)).unwrap();
        socket.set_nodelay(true).unwrap();
        Client(BufReader::new(socket))
    }
}

impl Client {
    fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Client {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
        self
    }

    fn ask(&mut self, bytes: impl AsRef<[u8]>) -> Answer {
        self.send(bytes).answer()
    }

    /// Everything up to the empty line.
    fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.0.read_line(&mut head).unwrap(), 0, "the connection ended after {head:?}");
        }
        head
    }

    fn answer(&mut self) -> Answer {
        let head = self.head();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut body = vec![0; length_in(&head)];
        self.0.read_exact(&mut body).unwrap();
        Answer { status, head, body }
    }

    /// That the other side ends the connection, and says nothing before.
    fn assert_ended(&mut self) {
        let mut rest = Vec::new();
        match self.0.read_to_end(&mut rest) {
            Ok(_) => assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest)),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
        }
    }
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// That it is a page in the look of the others, with a sentence and a way back. Gives the sentence.
    fn assert_page(&self) -> &str {
        for header in [
            "Content-Type: text/html; charset=utf-8",
            "style-src 'self'",
            "Cache-Control: no-store",
            "nosniff",
        ] {
            assert!(self.head.contains(header), "{}", self.head);
        }
        let page = self.text();
        for link in ["<link rel=\"stylesheet\" href=\"/static/firstbell.css\">", "href=\"/\""] {
            assert!(page.contains(link), "{page}");
        }
        let sentence = page.split("<p class=\"lead\">").nth(1).unwrap().split("</p>").next().unwrap();
        assert!(sentence.ends_with('.'), "{page}");
        sentence
    }

    fn closes(&self) -> bool {
        self.head.to_ascii_lowercase().contains("connection: close")
    }
}

fn length_in(head: &str) -> usize {
    head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).map_or(0, |n| n.parse().unwrap())
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bell.example\r\n\r\n")
}

fn post_head(path: &str, more: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: bell.example\r\nCookie: {OFFICE}\r\n{more}\r\n\r\n")
}

fn post(path: &str, body: &[u8]) -> Vec<u8> {
    [post_head(path, &format!("Content-Length: {}", body.len())).as_bytes(), body].concat()
}

#[test]
fn a_request_arrives_and_its_answer_comes_back() {
    let site = Site::open(2, limits());
    let mut client = site.client();
    let answer = client.ask(get("/admin/members?q=a%20b"));
    assert_eq!((answer.status, answer.text()), (200, "Get /admin/members ?q=a%20b"));
    assert!(!answer.closes() && !answer.head.contains("tiny"), "{}", answer.head);
    // The same connection, again and again: bodies of all sizes around those of buffers and lanes.
    for size in [0, 1, 1023, 1024, 1025, 65_536, 262_144, 262_145, 3_000_000] {
        let body: Vec<u8> = (0..size).map(|i: u32| i.to_le_bytes()[0]).collect();
        let answer = client.ask(post("/echo", &body));
        assert!(answer.status == 200 && answer.body == body, "{size}: {}", answer.head);
    }
    // HEAD is answered like GET, without the body; the connection goes on.
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(length_in(&client.head()), "Head / ?".len());
    assert_eq!(client.ask(get("/nothing")).status, 204);
    assert_eq!(client.ask("PUT / HTTP/1.1\r\nHost: a\r\n\r\n").text(), "Other / ?");
    assert_eq!(client.ask(get("/%00")).status, 400);
    // HTTP/1.0 ends after one, unless it asks for more.
    assert!(!client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").closes());
    assert!(client.ask("GET / HTTP/1.0\r\n\r\n").closes());
    client.assert_ended();
}

#[test]
fn what_breaks_the_rules_is_refused_on_a_page_with_a_sentence() {
    let site = Site::open(1, limits());
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X-Some: thing\r\n".repeat(100));
    for (status, bytes) in [
        (413, post_head("/echo", "Content-Length: 18446744073709551615")),
        (413, post_head("/echo", "Content-Length: 9223372036854775807")),
        (413, post_head("/echo", "Content-Length: 10485761")),
        (411, post_head("/echo", "Transfer-Encoding: chunked")),
        (400, post_head("/echo", "Content-Length: 1\r\nContent-Length: 1")),
        (431, many),
        (505, "GET / HTTP/3.0\r\nHost: a\r\n\r\n".to_owned()),
        (400, "GET / HTTP/1.1\r\n\r\n".to_owned()),
        (400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n".to_owned()),
        // What a browser sends that takes this for HTTPS.
        (400, "\x16\x03\x01\x02\0\x01".to_owned()),
    ] {
        let mut client = site.client();
        let answer = client.ask(&bytes);
        assert_eq!(answer.status, status, "{bytes:?}");
        assert!(answer.closes(), "{}", answer.head);
        answer.assert_page();
        client.assert_ended();
    }
    assert!(site.seen.paths.lock().unwrap().is_empty());
    site.assert_well();
}

#[test]
fn a_body_that_is_too_large_is_refused_so_that_its_sender_can_read_why() {
    let site = Site::open(1, Limits { body_bytes: Arc::new((3 * 1024 * 1024).into()), ..limits() });
    for _ in 0..5 {
        let answer = site.ask(post("/echo", &vec![0; 5_000_000]));
        assert_eq!(answer.status, 413);
        let sentence = answer.assert_page();
        assert!(
            sentence.starts_with("This is larger than 3 MB, the most that is taken at once."),
            "{sentence}"
        );
    }
    site.assert_well();
    // Also a slow one, who is still sending when others would not be waited for any more.
    let brief = Limits { body_bytes: Arc::new(100_000.into()), linger: 5 * SHORT, ..limits() };
    let site = Site::open(1, brief);
    let mut client = site.client();
    client.send(post_head("/echo", "Content-Length: 5000000")).send(vec![0; 1_000]);
    thread::sleep(10 * SHORT);
    assert_eq!(client.ask(vec![0; 4_999_000]).status, 413);
}

#[test]
fn a_head_without_end_is_refused() {
    let site = Site::open(1, limits());
    let mut client = site.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    // Stops when it is told to, as a client does.
    while client.0.get_mut().write_all(b"X-More: and more\r\n").is_ok() {
        client.0.get_mut().set_nonblocking(true).unwrap();
        let is_answered = client.0.fill_buf().is_ok();
        client.0.get_mut().set_nonblocking(false).unwrap();
        if is_answered {
            break;
        }
    }
    assert_eq!(client.answer().status, 431);
    site.assert_well();
}

#[test]
fn a_trickle_does_not_extend_the_deadline() {
    let site = Site::open(1, Limits { head: SHORT, grace: SHORT, slowest: 1_000_000, ..limits() });
    for begin in ["GET / HTTP/1.1\r\nX: ".to_owned(), post_head("/echo", "Content-Length: 100000")] {
        let mut client = site.client();
        client.send(begin);
        client.0.get_mut().set_read_timeout(Some(SHORT / 10)).unwrap();
        let begun = Instant::now();
        while client.0.fill_buf().is_err() {
            assert!(begun.elapsed() < NEVER);
            client.send("a");
        }
        assert_eq!(client.answer().status, 408);
    }
    site.let_in();
}

#[test]
fn nothing_is_smuggled() {
    let site = Site::open(2, limits());
    let hidden = get("/smuggled");
    let length = hidden.len();
    for (status, bytes) in [
        (411, post_head("/", &format!("Content-Length: {length}\r\nTransfer-Encoding: chunked")) + &hidden),
        (411, post_head("/", "Transfer-Encoding: chunked\r\nContent-Length: 4") + "0\r\n\r\n" + &hidden),
        (411, post_head("/", "Transfer-Encoding:\tx-chunked") + &hidden),
        (411, post_head("/", "tRANSFER-eNCODING: identity\r\nContent-Length: 0") + &hidden),
        (400, post_head("/", "Transfer-Encoding : chunked") + &hidden),
        (400, post_head("/", " Transfer-Encoding: chunked") + &hidden),
        (400, post_head("/", "X: y\nTransfer-Encoding: chunked") + &hidden),
        (400, post_head("/", "X: y\rTransfer-Encoding: chunked") + &hidden),
        (400, post_head("/", "X: y\0") + &hidden),
        (400, post_head("/", &format!("Content-Length: 0\r\nContent-Length: {length}")) + &hidden),
        (400, post_head("/", &format!("Content-Length: 0,{length}")) + &hidden),
        (400, post_head("/", &format!("Content-Length: {length} ;")) + &hidden),
        (400, post_head("/", "Content-Length: \u{b2}") + &hidden),
        (400, "GET / HTTP/1.1\nHost: a\n\n".to_owned() + &hidden),
        (400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned() + &hidden),
    ] {
        let mut client = site.client();
        assert_eq!(client.ask(&bytes).status, status, "{bytes:?}");
        client.assert_ended();
    }
    // A body is a body, whatever it looks like.
    let answer = site.ask(post("/echo", hidden.as_bytes()));
    assert_eq!(answer.text(), hidden);
    assert_eq!(*site.seen.paths.lock().unwrap(), ["/echo"]);
}

#[test]
fn what_is_sent_at_once_is_answered_in_order_one_at_a_time() {
    let site = Site::open(4, limits());
    let mut client = site.client();
    let mut all = Vec::new();
    for number in 0..20 {
        all.extend(get(&format!("/{number}")).into_bytes());
        all.extend(post("/echo", format!("body {number}").as_bytes()));
        all.extend(b"\r\n");
    }
    client.send(all);
    for number in 0..20 {
        assert_eq!(client.answer().text(), format!("Get /{number} ?"));
        assert_eq!(client.answer().text(), format!("body {number}"));
    }
    assert_eq!(site.seen.most.load(Ordering::SeqCst), 1);
}

#[test]
fn who_asks_whether_to_send_is_told() {
    let site = Site::open(1, limits());
    let mut client = site.client();
    client.send(post_head("/echo", "Content-Length: 5\r\nExpect: 100-continue"));
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(client.ask("hello").text(), "hello");
    assert_eq!(
        client.ask(post_head("/echo", "Content-Length: 99999999\r\nExpect: 100-continue")).status,
        413
    );
}

#[test]
fn a_panic_is_an_incident_with_a_number_and_the_log_has_nothing_else_of_it() {
    let ran = in_a_process_of_its_own(
        "a_panic_is_an_incident_with_a_number_and_the_log_has_nothing_else_of_it",
        || {
            let site = Site::open(1, limits());
            let mut client = site.client();
            let answer = client.ask(get("/panic"));
            assert_eq!(answer.status, 500);
            println!("told: {}", answer.text());
            assert!(!answer.closes());
            assert_eq!(client.ask(get("/")).status, 200);
            site.assert_well();
        },
    );
    let Some(ran) = ran else { return };
    let (out, log) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    let number = out.split("incident number ").nth(1).unwrap().get(..6).unwrap();
    assert!(number.bytes().all(|b| b.is_ascii_hexdigit()), "{out}");
    assert_eq!(log.matches(&format!("Incident {number}: ")).count(), 1, "{log}");
    assert!(log.contains("door.rs") && !log.contains("ann@") && !log.contains("panicked"), "{log}");
}

#[test]
fn a_header_with_a_line_break_is_refused() {
    let site = Site::open(1, limits());
    let answer = site.ask(get("/break"));
    assert_eq!((answer.status, answer.text()), (500, "refused"));
    assert!(!answer.head.contains("stolen"));
}

#[test]
fn the_handler_knows_who_asks_and_believes_nobody_else() {
    let site = Site::open(1, limits());
    let spoof = "GET /who HTTP/1.1\r\nHost: a\r\nX-Client-IP: 6.6.6.6\r\nx-client-tls: yes\r\n\r\n";
    assert_eq!(site.ask(spoof).text(), "127.0.0.1 false");
    if cfg!(target_os = "linux") {
        let mut client = client_from([127, 0, 0, 9].into(), site.door.address());
        assert_eq!(client.ask(get("/who")).text(), "127.0.0.9 false");
    }
}

#[test]
fn three_hundred_who_do_nothing_are_in_nobodys_way() {
    allow_many_descriptors();
    let site = Site::open(2, Limits { head: 10 * NEVER, idle: 10 * NEVER, ..limits() });
    let mut silent: Vec<Client> = (0..300).map(|_| site.client()).collect();
    for client in silent.iter_mut().step_by(2) {
        client.send("GET / HTTP/1.1\r\nHos");
    }
    for _ in 0..20 {
        site.assert_well();
    }
    // And they are all still there.
    for client in silent.iter_mut().step_by(2) {
        assert_eq!(client.ask("t: a\r\n\r\n").status, 200);
    }
    for client in silent.iter_mut().skip(1).step_by(2) {
        assert_eq!(client.ask(get("/")).status, 200);
    }
}

#[test]
fn one_address_has_only_its_share() {
    let site =
        Site::open(1, Limits { per_address: 8, idle: 10 * NEVER, idle_when_crowded: 10 * NEVER, ..limits() });
    let mut inside: Vec<Client> = (0..8).map(|_| site.client()).collect();
    assert_eq!(inside[7].ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    let mut ninth = site.client();
    assert_eq!(ninth.answer().status, 503);
    if cfg!(target_os = "linux") {
        let mut other = client_from([127, 0, 0, 9].into(), site.door.address());
        assert_eq!(other.ask(get("/")).status, 200);
    }
    drop(inside);
    // Their places are free as soon as the door has seen them go.
    site.let_in();
}

#[test]
fn who_waits_for_nothing_makes_way_when_it_is_crowded() {
    let site = Site::open(1, Limits { connections: 8, idle: 10 * NEVER, ..limits() });
    // None of them goes by itself.
    let waiting: Vec<Client> = (0..8).map(|_| site.let_in()).collect();
    site.let_in();
    drop(waiting);
}

#[test]
fn who_waits_for_nothing_is_let_go_in_the_end() {
    let site = Site::open(1, Limits { idle: SHORT, idle_when_crowded: SHORT, ..limits() });
    site.client().assert_ended();
    site.let_in().assert_ended();
}

#[test]
fn slow_readers_of_large_answers_hold_up_nobody() {
    let site = Site::open(2, Limits { grace: 10 * NEVER, large_at_once: 2, ..limits() });
    let mut slow = [site.client(), site.client()];
    for client in &mut slow {
        client.send(get("/large"));
        assert!(client.0.fill_buf().unwrap().starts_with(b"HTTP/1.1 200"));
    }
    for _ in 0..20 {
        site.assert_well();
    }
    let third = site.ask(get("/large"));
    assert!(third.status == 503 && third.head.contains("Retry-After: "), "{}", third.head);
    for client in &mut slow {
        assert_eq!(client.answer().body.len(), LARGE);
        // Its share is free before it is answered again.
        assert_eq!(client.ask(get("/")).status, 200);
    }
    assert_eq!(site.ask(get("/large")).body.len(), LARGE);
}

#[test]
fn a_reader_that_reads_nothing_is_let_go() {
    let site = Site::open(1, Limits { grace: SHORT, slowest: 1_000_000_000, large_at_once: 1, ..limits() });
    let mut slow = site.client();
    slow.send(get("/large"));
    slow.0.fill_buf().unwrap();
    // Once the door has given up, the lane is free for somebody else.
    let begun = Instant::now();
    let is_free = || {
        let mut client = site.client();
        client.send(get("/large"));
        client.0.fill_buf().unwrap().starts_with(b"HTTP/1.1 200")
    };
    while !is_free() {
        assert!(begun.elapsed() < NEVER);
    }
}

#[test]
fn slow_bodies_hold_up_nobody() {
    let site = Site::open(1, Limits { grace: 10 * NEVER, all_bodies: 1_000_000, ..limits() });
    let mut slow: Vec<Client> = (0..8).map(|_| site.client()).collect();
    for client in &mut slow {
        client.send(post_head("/echo", "Content-Length: 100000")).send(vec![b'a'; 50_000]);
    }
    for _ in 0..20 {
        site.assert_well();
        assert_eq!(site.ask(post("/echo", b"a small form")).text(), "a small form");
    }
    for client in &mut slow {
        assert_eq!(client.ask(vec![b'a'; 50_000]).body.len(), 100_000);
    }
}

#[test]
fn all_bodies_together_have_a_limit_that_small_ones_do_not_meet() {
    let site = Site::open(1, Limits { all_bodies: 300_000, ..limits() });
    let mut first = site.client();
    let head = post_head("/gate", "Content-Length: 250000");
    first.send([head.as_bytes(), &[b'a'; 250_000]].concat());
    site.seen.gate.reached_by(1);
    assert_eq!(site.ask(post("/echo", &[b'a'; 200_000])).status, 503);
    let mut small = site.client();
    small.send(post("/echo", b"a small form"));
    site.seen.gate.open();
    assert_eq!(first.answer().status, 200);
    assert_eq!(small.answer().text(), "a small form");
    assert_eq!(site.ask(post("/echo", &[b'a'; 200_000])).status, 200);
}

#[test]
fn whoever_hands_no_files_in_keeps_no_file_out() {
    let limits = Limits { all_bodies: 300_000, strangers_bodies: 300_000, ..limits() };
    let site = Site::open(2, limits);
    let of_a_stranger =
        |path, body: &[u8]| String::from_utf8(post(path, body)).unwrap().replace(OFFICE, "office=2");
    let mut first = site.client();
    first.send(of_a_stranger("/gate", &[b'a'; 250_000]));
    site.seen.gate.reached_by(1);
    assert_eq!(site.ask(of_a_stranger("/echo", &[b'a'; 200_000])).status, 403);
    assert_eq!(site.ask(post("/echo", &[b'a'; 250_000])).status, 200);
    assert_eq!(site.ask(of_a_stranger("/echo", b"a small form")).text(), "a small form");
    // Who came in time is answered, as anybody is, and makes room for the next.
    site.seen.gate.open();
    assert_eq!(first.answer().status, 200);
    assert_eq!(site.ask(of_a_stranger("/echo", &[b'a'; 200_000])).status, 200);
}

#[test]
fn an_answer_that_does_not_come_is_not_waited_for_forever() {
    let site = Site::open(2, Limits { answer: SHORT, ..limits() });
    assert_eq!(site.ask(get("/gate")).status, 504);
    site.let_in();
    site.seen.gate.open();
    site.let_in();
}

#[test]
fn a_closing_door_finishes_what_is_in_hand() {
    let site = Site::open(1, Limits { answer: 10 * NEVER, close: 10 * NEVER, ..limits() });
    let address = site.door.address();
    let (mut busy, mut idle) = (site.client(), site.client());
    assert_eq!(idle.ask(get("/")).status, 200);
    busy.send(get("/gate"));
    site.seen.gate.reached_by(1);
    let door = site.door;
    let closing = thread::spawn(move || door.close());
    idle.assert_ended();
    while TcpStream::connect(address).is_ok() {
        thread::yield_now();
    }
    assert!(!closing.is_finished());
    site.seen.gate.open();
    let answer = busy.answer();
    assert_eq!((answer.text(), answer.closes()), ("through", true));
    drop(busy);
    closing.join().unwrap();
    // The place is free for the next one.
    drop(std::net::TcpListener::bind(address));
}

/// All descriptors are taken while somebody knocks, and while the server needs a new connection to be heard.
#[cfg(target_os = "linux")]
#[test]
fn it_recovers_when_descriptors_run_out() {
    in_a_process_of_its_own("it_recovers_when_descriptors_run_out", || {
        let site = Site::open(2, Limits { answer: 20 * SHORT, ..limits() });
        let address = socket2::SockAddr::from(site.door.address());
        let (first, knocking) = (new_socket(), new_socket());
        let (mut waiting, mut second) = (site.client(), site.client());
        // The only connection to the server is given up, for its answer does not come.
        assert_eq!(second.ask(get("/gate")).status, 504);
        drop(second);
        let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        limit.current = Some(64);
        rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
        let mut hoard = hoard();

        // One is left: enough for the door to reach the server, not for the server to answer.
        let deaf = {
            hoard.pop();
            waiting.send(get("/"));
            waiting.answer().status
        };
        assert!((502..=504).contains(&deaf), "{deaf}");
        drop(waiting);
        hoard.extend(self::hoard());

        // None is left. The first who knocks is let in, for Linux had set a descriptor aside for that, and is told
        // to come again; the second waits until there are some.
        first.connect(&address).unwrap();
        let mut first = Client::from(TcpStream::from(first));
        assert_eq!(first.ask(get("/")).status, 503);
        knocking.connect(&address).unwrap();
        let mut knocking = Client::from(TcpStream::from(knocking));
        knocking.send(get("/"));
        knocking.0.get_mut().set_read_timeout(Some(SHORT)).unwrap();
        assert!(knocking.0.fill_buf().is_err());
        // All come at once: while they come one by one, the second might have to come again as well.
        limit.current = Some(256);
        rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
        knocking.0.get_mut().set_read_timeout(Some(NEVER)).unwrap();
        assert_eq!(knocking.answer().status, 200);
        drop(hoard);
        site.seen.gate.open();
        for _ in 0..10 {
            site.assert_well();
        }
    });
}

/// Each connection to the server has three descriptors and a thread; each client two, its own and the door's.
#[cfg(target_os = "linux")]
#[test]
fn what_a_crowd_needed_is_given_up_after_it() {
    const CROWD: usize = 20;
    in_a_process_of_its_own("what_a_crowd_needed_is_given_up_after_it", || {
        let site = Site::open(2 * CROWD, Limits { unused: SHORT, ..limits() });
        site.assert_well();
        let before = open_descriptors();
        let mut crowd: Vec<Client> = (0..CROWD).map(|_| site.client()).collect();
        for client in &mut crowd {
            client.send(get("/gate"));
        }
        let begun = Instant::now();
        while site.seen.now.load(Ordering::SeqCst) < CROWD {
            assert!(begun.elapsed() < NEVER, "they are not all answered at once");
        }
        assert!(open_descriptors() >= before + (3 + 2) * (CROWD - 1));
        site.seen.gate.open();
        crowd.iter_mut().for_each(|client| assert_eq!(client.answer().status, 200));
        drop(crowd);
        while open_descriptors() > before {
            assert!(begun.elapsed() < NEVER, "{} descriptors, {before} before", open_descriptors());
            thread::sleep(SHORT / 20);
            site.assert_well();
        }
    });
}

#[cfg(target_os = "linux")]
fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Runs a test's body in a process of its own, because it changes something that all threads share. Gives the
/// process's output to the test that began, and nothing to the one that is it.
fn in_a_process_of_its_own(test: &str, body: impl FnOnce()) -> Option<Output> {
    const INSIDE: &str = "FIRSTBELL_TEST_INSIDE";
    if std::env::var_os(INSIDE).is_some() {
        body();
        return None;
    }
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("door::{test}"), "--nocapture"])
        .env(INSIDE, "yes")
        .output()
        .unwrap();
    let (out, log) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && out.contains("1 passed"), "{out}{log}");
    Some(ran)
}

#[cfg(target_os = "linux")]
fn hoard() -> Vec<std::fs::File> {
    let (mut hoard, mut in_vain) = (Vec::new(), 0);
    while in_vain < 5 {
        let before = hoard.len();
        hoard.extend(std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()));
        in_vain = if hoard.len() == before { in_vain + 1 } else { 0 };
        // What others are about to close is there in a moment.
        thread::sleep(SHORT);
    }
    hoard
}

fn new_socket() -> socket2::Socket {
    socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap()
}

/// A client with an address of its own on the loopback network.
fn client_from(own: IpAddr, door: SocketAddr) -> Client {
    let socket = new_socket();
    socket.bind(&SocketAddr::new(own, 0).into()).unwrap();
    socket.connect(&door.into()).unwrap();
    Client::from(TcpStream::from(socket))
}

/// As many as the system allows, for tests that are both the server and hundreds of clients.
fn allow_many_descriptors() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum.map_or(limit.current, |most| Some(most.min(8192)));
        setrlimit(Resource::Nofile, limit).unwrap();
    }
}
