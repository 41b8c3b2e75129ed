//! A browser that costs next to nothing, as it runs on the cores that are measured: cookies, and one connection that is
//! used again.

use super::serving::{LOGIN, PASSWORD};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A connection that nobody used for so long is made anew: the server lets it go after fifteen seconds.
const STALE: Duration = Duration::from_secs(8);
const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) struct Visitor {
    address: SocketAddr,
    line: Option<(TcpStream, Instant)>,
    cookies: BTreeMap<String, String>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where the browser is sent; empty if nowhere.
    pub(crate) location: String,
    pub(crate) body: String,
}

impl Visitor {
    pub(crate) fn to(address: SocketAddr) -> Visitor {
        Visitor { address, line: None, cookies: BTreeMap::new() }
    }

    /// An administrator in the Admin Account.
    pub(crate) fn administrator(address: SocketAddr) -> Visitor {
        let mut ada = Visitor::to(address);
        let token = ada.token("/login");
        ada.sign_in(&token, LOGIN, PASSWORD);
        let token = ada.token("/home");
        assert_eq!(ada.post("/switch", &[("csrf", &token), ("to", "admin")]).status, 303);
        ada
    }

    /// The same connection, and none of the cookies.
    pub(crate) fn forget(&mut self) {
        self.cookies.clear();
    }

    /// The token of the forms on a page.
    pub(crate) fn token(&mut self, path: &str) -> String {
        let page = self.get(path).body;
        let token = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        token.unwrap_or_else(|| panic!("{path} has no form: {page}")).to_owned()
    }

    pub(crate) fn sign_in(&mut self, token: &str, login: &str, password: &str) {
        let answer = self.post("/login", &[("csrf", token), ("login", login), ("password", password)]);
        assert_eq!((answer.status, answer.location.as_str()), (303, "/home"), "{}", answer.body);
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        let answer = self.ask("GET", path, None);
        assert_eq!(answer.status, 200, "{path}");
        answer
    }

    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask("POST", path, Some((FORM, form.as_bytes())))
    }

    /// Hands in a file; gives where the answer sends. `more` are fields besides those that must be there.
    pub(crate) fn hand_in(&mut self, file: &str, more: &[(&str, &str)]) -> String {
        let token = self.token("/admin/uploads/new");
        let fields = [("csrf", token.as_str()), ("user_type", "students"), ("school_id", "1")];
        let mut body = String::new();
        for (name, value) in fields.iter().chain(more) {
            body += &format!("--mark\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }
        body += "--mark\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n";
        body += &format!("Content-Type: text/csv\r\n\r\n{file}\r\n--mark--\r\n");
        let sent =
            self.ask("POST", "/admin/uploads", Some(("multipart/form-data; boundary=mark", body.as_bytes())));
        assert_eq!(sent.status, 303, "{}", sent.body);
        sent.location
    }

    fn ask(&mut self, method: &str, path: &str, body: Option<(&str, &[u8])>) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, is)| format!("{name}={is}")).collect();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        if !cookies.is_empty() {
            head += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        let (kind, body) = body.unwrap_or_default();
        if method == "POST" {
            head += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        }
        let message = [head.as_bytes(), b"\r\n", body].concat();
        let used_before = self.line.take().filter(|(_, used)| used.elapsed() < STALE);
        let mut line = used_before.map_or_else(|| connect(self.address), |(line, _)| line);
        line.write_all(&message).unwrap();
        let (head, body) = receive(&mut line);
        self.line = (!head.contains("\r\nConnection: close")).then(|| (line, Instant::now()));
        self.keep_cookies(&head);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, location: header(&head, "Location").next().unwrap_or_default().to_owned(), body }
    }

    fn keep_cookies(&mut self, head: &str) {
        for cookie in header(head, "Set-Cookie") {
            let (name, rest) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let line = TcpStream::connect(address).unwrap();
    line.set_nodelay(true).unwrap();
    line
}

/// One answer, head and body.
fn receive(line: &mut TcpStream) -> (String, String) {
    let (mut came, mut some) = (Vec::new(), [0; 16 * 1024]);
    let mut read = |came: &mut Vec<u8>| match line.read(&mut some).unwrap() {
        0 => panic!("the server hung up after {:?}", String::from_utf8_lossy(came)),
        n => came.extend_from_slice(&some[..n]),
    };
    let end = loop {
        if let Some(at) = came.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        read(&mut came);
    };
    let head = String::from_utf8(came[..end].to_vec()).unwrap();
    let length = header(&head, "Content-Length").next().map_or(0, |length| length.parse().unwrap());
    while came.len() < end + length {
        read(&mut came);
    }
    (head, String::from_utf8(came[end..].to_vec()).unwrap())
}

fn header<'a>(head: &'a str, name: &'static str) -> impl Iterator<Item = &'a str> {
    let lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    lines.filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
