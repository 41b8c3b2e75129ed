//! The head of a request: read strictly, and written anew for the server.
//!
//! Two programs that read the same bytes differently are how requests are smuggled. So nothing that is in doubt is let
//! in, and nothing goes on to the server as it came: only a method, an address and the headers that handlers use.

use super::limits::{Limits, MOST_HEADERS};
use super::refusal::Refusal;
use super::turns::Wish;
use crate::web::server::{CLIENT_IP, CLIENT_TLS};
use std::net::IpAddr;
use std::sync::atomic::Ordering;

/// The headers that go on to the server, and with what several of a name are joined; without that there may be one.
const FORWARDED: [(&str, Option<&str>); 8] = [
    ("Host", None),
    ("Cookie", Some("; ")),
    ("Content-Type", None),
    ("Origin", None),
    ("Sec-Fetch-Site", None),
    ("User-Agent", None),
    ("If-None-Match", Some(", ")),
    ("Accept", Some(", ")),
];

/// What the head that the server gets usually has room in, in bytes. It grows if it has to.
const USUAL: usize = 512;

/// What the door needs to know of a request, and what the server will.
#[derive(Debug)]
pub(super) struct Head {
    /// The answer has no body, whatever length it says.
    pub(super) is_head: bool,
    /// The client speaks HTTP/1.0.
    pub(super) is_old: bool,
    /// The client may ask again on this connection.
    pub(super) keeps_alive: bool,
    /// The client waits for a word before it sends the body.
    pub(super) expects_continue: bool,
    /// The length of the body.
    pub(super) length: usize,
    /// It came encrypted.
    pub(super) is_encrypted: bool,
    request_line: String,
    forwarded: Vec<(&'static str, String)>,
}

/// A head that is let in.
#[derive(Debug, PartialEq, Eq)]
pub struct PassedOn {
    /// How many bytes of what came it took.
    pub taken: usize,
    /// How many bytes of a body follow it.
    pub body: usize,
    /// What the server gets instead of it.
    pub head: Vec<u8>,
}

/// What the door makes of the first bytes of a request, without a network: what it passes on, or `None` as long as the
/// head has not all come.
///
/// # Errors
/// The status of the refusal.
pub fn pass_on(came: &[u8], limits: &Limits, client: IpAddr) -> Result<Option<PassedOn>, u16> {
    let refused = |refusal: Refusal| refusal.status;
    let Some(taken) = find_end(came, 0).map_err(refused)? else { return Ok(None) };
    let head = Head::parse(came.get(..taken).unwrap_or_default(), limits).map_err(refused)?;
    Ok(Some(PassedOn { taken, body: head.length, head: head.for_server(client) }))
}

/// Where the head of a request ends in what has come so far; `None` if it has not all come. Looks only at what came
/// after `seen`.
///
/// # Errors
/// Control characters, and line breaks that are not CRLF: no client sends them, and readers differ in what they make
/// of them.
pub(super) fn find_end(came: &[u8], seen: usize) -> Result<Option<usize>, Refusal> {
    let mut before = seen.checked_sub(1).and_then(|at| came.get(at)).copied().unwrap_or(0);
    for (at, &byte) in came.iter().enumerate().skip(seen) {
        if (before == b'\r') != (byte == b'\n') {
            return Err(Refusal::bad("A line of the request does not end as it should."));
        }
        if byte.is_ascii_control() && !b"\r\n\t".contains(&byte) {
            return Err(Refusal::bad("There is a control character in the request."));
        }
        let head = came.get(..=at).unwrap_or_default();
        if byte == b'\n' && head.ends_with(b"\r\n\r\n") {
            return Ok(Some(head.len()));
        }
        before = byte;
    }
    Ok(None)
}

impl Head {
    /// Reads a head, from its first byte to the empty line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Head, Refusal> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let is_whole = request.parse(bytes).map_err(|error| match error {
            httparse::Error::TooManyHeaders => Refusal::HEAD_TOO_LARGE,
            httparse::Error::Version => Refusal::VERSION,
            _ => Refusal::bad("The request is not HTTP as it should be."),
        })?;
        let (Some(method), Some(target), Some(version)) = (request.method, request.path, request.version)
        else {
            return Err(Refusal::bad("The request is not whole."));
        };
        if is_whole.is_partial() || !target.starts_with('/') || !target.bytes().all(|b| b.is_ascii_graphic())
        {
            return Err(Refusal::bad("The address of the request is none."));
        }
        let mut head = Head {
            is_head: method == "HEAD",
            is_old: version == 0,
            keeps_alive: version == 1,
            expects_continue: false,
            length: 0,
            is_encrypted: false,
            request_line: format!("{method} {target} HTTP/1.1\r\n"),
            forwarded: Vec::new(),
        };
        let mut length = None;
        for header in request.headers.iter() {
            let is = |name| header.name.eq_ignore_ascii_case(name);
            if is("Transfer-Encoding") {
                return Err(Refusal::LENGTH_REQUIRED);
            } else if is("Content-Length") {
                if length.replace(length_in(header.value)?).is_some() {
                    return Err(Refusal::bad("The request says its length twice."));
                }
            } else if is("Connection") {
                head.heed_connection(header.value);
            } else if is("Expect") {
                if !header.value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(Refusal::EXPECTATION);
                }
                head.expects_continue = !head.is_old;
            } else {
                head.forward(header)?;
            }
        }
        head.check_host()?;
        head.length = length.unwrap_or(0);
        let most = limits.body_bytes.load(Ordering::Relaxed);
        if head.length > most { Err(Refusal::too_large(most)) } else { Ok(head) }
    }

    fn heed_connection(&mut self, value: &[u8]) {
        for word in value.split(|&b| b == b',').map(<[u8]>::trim_ascii) {
            if word.eq_ignore_ascii_case(b"close") {
                self.keeps_alive = false;
            } else if word.eq_ignore_ascii_case(b"keep-alive") && self.is_old {
                self.keeps_alive = true;
            }
        }
    }

    /// Keeps a header for the server, if handlers use it.
    fn forward(&mut self, header: &httparse::Header<'_>) -> Result<(), Refusal> {
        let of_its_name = |(name, _): &&(&str, _)| name.eq_ignore_ascii_case(header.name);
        let Some(&(name, joint)) = FORWARDED.iter().find(of_its_name) else { return Ok(()) };
        // The server reads ASCII only.
        let value: String =
            header.value.iter().map(|&b| if b.is_ascii() { char::from(b) } else { '?' }).collect();
        match (self.forwarded.iter_mut().find(|(known, _)| *known == name), joint) {
            (None, _) => self.forwarded.push((name, value)),
            (Some((_, known)), Some(joint)) => {
                known.push_str(joint);
                known.push_str(&value);
            }
            (Some(_), None) => return Err(Refusal::bad("A header that may be there once is there twice.")),
        }
        Ok(())
    }

    /// Exactly one plain host; HTTP/1.0 may leave it out.
    fn check_host(&self) -> Result<(), Refusal> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
        match self.forwarded.iter().find(|(name, _)| *name == "Host") {
            Some((_, host)) if !host.is_empty() && host.bytes().all(is_plain) => Ok(()),
            None if self.is_old => Ok(()),
            _ => Err(Refusal::bad("The request does not say which host it is for.")),
        }
    }

    /// The cookies, if there are any.
    pub(super) fn cookies(&self) -> Option<&str> {
        self.forwarded.iter().find(|(name, _)| *name == "Cookie").map(|(_, cookies)| cookies.as_str())
    }

    /// What the client wants, as the method says it.
    pub(super) fn wish(&self) -> Wish {
        if self.is_head || self.request_line.starts_with("GET ") { Wish::Look } else { Wish::Change }
    }

    /// The head that the server gets.
    pub(super) fn for_server(&self, client: IpAddr) -> Vec<u8> {
        let mut head = String::with_capacity(USUAL);
        head.push_str(&self.request_line);
        let length = self.length.to_string();
        let (client, tls) = (client.to_string(), if self.is_encrypted { "yes" } else { "no" });
        let own = [(CLIENT_IP, client.as_str()), (CLIENT_TLS, tls), ("Content-Length", &length)];
        for (name, value) in self.forwarded.iter().map(|(name, value)| (*name, value.as_str())).chain(own) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// Digits and nothing else; so many that they are no number any more say more than anything takes.
fn length_in(value: &[u8]) -> Result<usize, Refusal> {
    match std::str::from_utf8(value) {
        Ok(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            Ok(digits.parse().unwrap_or(usize::MAX))
        }
        _ => Err(Refusal::bad("The length of the request is no number.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &str) -> Result<Head, u16> {
        let head = format!("{}\r\n\r\n", lines.replace('\n', "\r\n"));
        Head::parse(head.as_bytes(), &Limits::production()).map_err(|refusal| refusal.status)
    }

    #[test]
    fn a_head_is_written_anew() {
        let head = parse(
            "POST /login?a=b HTTP/1.1\nhost: bell.example:8080\ncookie: a=1\nCookie: b=2\nX-Client-IP: 6.6.6.6\n\
             X-Client-Tls: yes\nUser-Agent: caf\u{e9}\nConnection: x-client-ip, close\nContent-Length: 3",
        )
        .unwrap();
        assert!(!head.keeps_alive && head.length == 3);
        assert_eq!(
            String::from_utf8(head.for_server("10.0.0.7".parse().unwrap())).unwrap(),
            "POST /login?a=b HTTP/1.1\r\nHost: bell.example:8080\r\nCookie: a=1; b=2\r\nUser-Agent: caf??\r\n\
             X-Client-IP: 10.0.0.7\r\nX-Client-Tls: no\r\nContent-Length: 3\r\n\r\n"
        );
        let head = Head { is_encrypted: true, ..head }.for_server("10.0.0.7".parse().unwrap());
        assert!(String::from_utf8(head).unwrap().contains("\r\nX-Client-Tls: yes\r\n"));
    }

    #[test]
    fn what_is_in_doubt_is_refused() {
        for (status, lines) in [
            (400, "GET / HTTP/1.1"),
            (400, "GET / HTTP/1.1\nHost:"),
            (400, "GET / HTTP/1.1\nHost: a\nHost: a"),
            (400, "GET / HTTP/1.1\nHost: a/b"),
            (400, "GET  / HTTP/1.1\nHost: a"),
            (400, "GET http://a/ HTTP/1.1\nHost: a"),
            (400, "GET /\u{e9} HTTP/1.1\nHost: a"),
            (400, "GET / HTTP/1.1\nHost: a\nX: b\n c"),
            (400, "GET / HTTP/1.1\nHost : a"),
            (400, "GET / HTTP/1.1\n Host: a"),
            (400, "POST / HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 1"),
            (400, "POST / HTTP/1.1\nHost: a\nContent-Length: 1, 1"),
            (400, "POST / HTTP/1.1\nHost: a\nContent-Length: +1"),
            (400, "POST / HTTP/1.1\nHost: a\nContent-Length: -1"),
            (400, "POST / HTTP/1.1\nHost: a\nContent-Length: 0x1"),
            (400, "POST / HTTP/1.1\nHost: a\nContent-Length:"),
            (400, "POST / HTTP/1.1\nHost: a\nOrigin: b\nOrigin: c"),
            (411, "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: identity"),
            (411, "POST / HTTP/1.1\nHost: a\nContent-Length: 1\ntransfer-encoding: chunked"),
            (413, "POST / HTTP/1.1\nHost: a\nContent-Length: 10485761"),
            (413, "POST / HTTP/1.1\nHost: a\nContent-Length: 99999999999999999999999999"),
            (417, "POST / HTTP/1.1\nHost: a\nExpect: a-miracle"),
            (505, "GET / HTTP/2.0\nHost: a"),
            (505, "GET / HTTP/1.2\nHost: a"),
        ] {
            assert_eq!(parse(lines).map(|_| ()).unwrap_err(), status, "{lines}");
        }
        assert_eq!(parse(&format!("GET / HTTP/1.1{}", "\nHost: a".repeat(65))).unwrap_err(), 431);
    }

    #[test]
    fn connections_are_kept_as_the_version_says() {
        assert!(parse("GET / HTTP/1.1\nHost: a").unwrap().keeps_alive);
        assert!(!parse("GET / HTTP/1.1\nHost: a\nConnection: te, Close").unwrap().keeps_alive);
        assert!(!parse("GET / HTTP/1.0").unwrap().keeps_alive);
        assert!(parse("GET / HTTP/1.0\nConnection: Keep-Alive").unwrap().keeps_alive);
    }

    #[test]
    fn the_end_of_a_head_is_found_however_it_comes() {
        let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
        for came in 0..27 {
            assert_eq!(find_end(bytes.get(..came).unwrap(), 0).unwrap(), None, "{came}");
        }
        for seen in 0..27 {
            assert_eq!(find_end(bytes, seen).unwrap(), Some(27), "{seen}");
        }
        for bad in [&b"GET /\n"[..], b"GET /\rX", b"GET \0", b"\x16\x03\x01", b"GET /\x7f", b"A: b\r\n\n"] {
            assert!(find_end(bad, 0).is_err(), "{bad:?}");
        }
    }
}
