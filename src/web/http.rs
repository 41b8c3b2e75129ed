//! A request and a response as handlers see them. No socket, no library's types: whatever carries them can be replaced.

use crate::folder::OpenFile;
use std::borrow::Cow;
use std::io;
use std::net::IpAddr;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Show something.
    Get,
    /// Like [`Method::Get`]; the body of the answer is left out on its way.
    Head,
    /// Change something.
    Post,
    /// Anything else.
    Other,
}

/// What somebody asks for. It has no `Debug`: there may be a password in it, or a session.
#[derive(Clone)]
pub struct Request {
    /// What is to be done.
    pub method: Method,
    /// The path as it came: `/admin/members%2F1`.
    pub path: String,
    /// The parts of the path between its slashes, decoded: `admin`, `members/1`. None for `/`.
    pub segments: Vec<String>,
    /// What stands behind the question mark, as it came; empty if there is none.
    pub query: String,
    /// The few headers that are passed on.
    pub headers: Headers,
    /// The body, whole.
    pub body: Vec<u8>,
    /// Who asks.
    pub client: IpAddr,
    /// Whether it came through TLS.
    pub tls: bool,
}

/// The headers that are passed on. It has no `Debug`: there may be a session in it.
#[derive(Clone, Default)]
pub struct Headers {
    /// All cookies, joined with `; `.
    pub cookie: Option<String>,
    /// What the body is.
    pub content_type: Option<String>,
    /// The site whose page sent a form.
    pub origin: Option<String>,
    /// `same-origin`, `cross-site` and the like, from browsers that say it.
    pub sec_fetch_site: Option<String>,
    /// The name under which Firstbell was reached, with the port if there is one.
    pub host: Option<String>,
    /// The browser.
    pub user_agent: Option<String>,
    /// The version of the thing that the browser has.
    pub if_none_match: Option<String>,
    /// What the browser would like to get.
    pub accept: Option<String>,
}

/// What is answered. It is handed on and never copied: its body may be long.
#[derive(Debug)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
}

/// The body of an answer.
#[derive(Debug)]
pub(super) enum Body {
    /// Here.
    Bytes(Cow<'static, [u8]>),
    /// So many bytes of a file that is open; they are read as the client takes them.
    File(OpenFile, u64),
}

/// A header that is not sent: its name or value would break the message, or says how the message is sent, which is
/// not for handlers to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a header that cannot be sent")]
pub struct BadHeader;

/// Headers that say how a message is sent. The server and the door set them.
const FRAMING: [&str; 6] =
    ["connection", "content-length", "keep-alive", "trailer", "transfer-encoding", "upgrade"];

/// What a page may load and do: its own styles, script, pictures and addresses; no frame may hold it.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                                 connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What answers carry that no handler gave: nothing is loaded for them, and they are kept nowhere.
const BARE: [(&str, &str); 4] = [
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
];

impl Method {
    /// The method of this name.
    #[must_use]
    pub fn named(name: &str) -> Method {
        match name {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            _ => Method::Other,
        }
    }
}

impl Request {
    /// A request for a target as it came: a path, and perhaps a question mark with something behind it. `None` if the path
    /// is none.
    #[must_use]
    pub fn new(
        method: Method,
        target: &str,
        headers: Headers,
        body: Vec<u8>,
        client: IpAddr,
        tls: bool,
    ) -> Option<Request> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments = Request::segments_of(path)?;
        Some(Request {
            method,
            path: path.to_owned(),
            segments,
            query: query.to_owned(),
            headers,
            body,
            client,
            tls,
        })
    }

    /// The parts of a path, decoded; `None` if it is not one: a bad `%` sequence, bytes that are not UTF-8, or a
    /// control character.
    fn segments_of(path: &str) -> Option<Vec<String>> {
        match path.strip_prefix('/')? {
            "" => Some(Vec::new()),
            parts => parts.split('/').map(percent_decoded).collect(),
        }
    }
}

impl Response {
    /// An answer with this status, body and type of body.
    #[must_use]
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Cow<'static, [u8]>>) -> Response {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Response { status, headers, body: Body::Bytes(body.into()) }
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Response {
        Response { status, headers: Vec::new(), body: Body::Bytes(Cow::Borrowed(&[])) }
    }

    /// All of a file that is open at its beginning.
    ///
    /// # Errors
    /// If the file's length cannot be had.
    pub fn file(content_type: &'static str, file: OpenFile) -> io::Result<Response> {
        let length = file.metadata()?.len();
        let mut answer = Response::new(200, content_type, &[][..]);
        answer.body = Body::File(file, length);
        Ok(answer)
    }

    /// Plain text.
    #[must_use]
    pub fn text(status: u16, text: impl Into<String>) -> Response {
        Response::new(status, "text/plain; charset=utf-8", text.into().into_bytes())
    }

    /// Plain text from below the handlers, with strict headers of its own.
    pub(super) fn bare(status: u16, text: impl Into<String>) -> Response {
        let mut answer = Response::text(status, text);
        let strict = BARE.map(|(name, value)| (name.to_owned(), value.to_owned()));
        answer.headers.extend(strict);
        answer
    }

    /// A page.
    #[must_use]
    pub fn html(status: u16, page: impl Into<String>) -> Response {
        Response::new(status, "text/html; charset=utf-8", page.into().into_bytes())
    }

    /// Sends the browser on to another address, which it gets.
    ///
    /// # Errors
    /// If the address would break the header.
    pub fn see_other(address: &str) -> Result<Response, BadHeader> {
        Response::empty(303).with_header("Location", address)
    }

    /// This answer with one more header.
    ///
    /// # Errors
    /// As [`Response::set_header`] says.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Response, BadHeader> {
        self.set_header(name, value)?;
        Ok(self)
    }

    /// Gives this answer one more header. The one place where headers are set.
    ///
    /// # Errors
    /// If the name is no token (RFC 9110, 5.6.2) or says how the message is sent, or the value has anything but
    /// visible ASCII and spaces: a line break in it would begin a header of its own. The answer is as before.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<(), BadHeader> {
        let is_token = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        let is_framing = FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing));
        let is_plain = value.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
        if !is_token || is_framing || !is_plain {
            return Err(BadHeader);
        }
        self.headers.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers, in the order in which they were set.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The body, as far as it is not in a file.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match &self.body {
            Body::Bytes(bytes) => bytes,
            Body::File(..) => &[],
        }
    }

    /// Status, headers and body, for whoever sends them.
    pub(super) fn into_parts(self) -> (u16, Vec<(String, String)>, Body) {
        (self.status, self.headers, self.body)
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|d| u8::try_from(d).ok());
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => decoded.push(digit(bytes.next())? << 4 | digit(bytes.next())?),
            _ => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).ok().filter(|text| !text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_apart_before_it_is_decoded() {
        let segments = |path| Request::segments_of(path);
        assert_eq!(segments("/"), Some(vec![]));
        assert_eq!(segments("/admin/uploads"), Some(vec!["admin".into(), "uploads".into()]));
        assert_eq!(segments("/a%2Fb/%C3%A9"), Some(vec!["a/b".into(), "é".into()]));
        assert_eq!(segments("/a/"), Some(vec!["a".into(), String::new()]));
        for bad in ["", "a", "/%", "/%4", "/%zz", "/%+1", "/%ff", "/%00", "/%0d%0a"] {
            assert_eq!(segments(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_header_that_would_break_the_message_is_refused() {
        let set = |name, value| Response::text(200, "ok").with_header(name, value).is_ok();
        assert!(set("X-Thing", "a b, c=\"d\""));
        for value in ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b", "a\tb", "é", "a\u{7f}"] {
            assert!(!set("X-Thing", value), "{value:?}");
        }
        for name in ["", "X Thing", "X-Thing:", "X\r\nY", "é", "Content-Length", "transfer-encoding"] {
            assert!(!set(name, "1"), "{name:?}");
        }
        assert_eq!(Response::see_other("/home\r\nX: y").unwrap_err(), BadHeader);
    }
}
