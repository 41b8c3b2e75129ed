//! What must hold of whatever bytes come as the head of a request: what is let in reaches the server as one plain request,
//! however it came in pieces, with no header of the client's making that the server believes.

use firstbell::web::{Limits, PassedOn, pass_on};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
/// What the server may get of what a client says.
const FORWARDED: [&str; 8] =
    ["Host", "Cookie", "Content-Type", "Origin", "Sec-Fetch-Site", "User-Agent", "If-None-Match", "Accept"];

static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::production);

/// The bytes of a request, with LF for CRLF if they begin so: a machine finds out late that two signs go together.
pub(crate) fn check(data: &[u8]) {
    match data.strip_prefix(b"\n") {
        Some(lines) => {
            let crlf = lines.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]);
            check_bytes(&[&crlf[..], b"\r\n\r\n"].concat());
        }
        None => check_bytes(data),
    }
}

/// Holds what is passed on against what came.
pub(crate) fn check_bytes(came: &[u8]) {
    let said = pass_on(came, &LIMITS, CLIENT);
    match &said {
        Err(status) => assert!((400..=505).contains(status), "{status} is no refusal"),
        Ok(None) => assert!(!came.windows(4).any(|four| four == b"\r\n\r\n"), "its end was not seen"),
        Ok(Some(passed)) => assert_plain(passed, came),
    }
    // A head that ends refuses or passes as much as it does with something after it.
    if let Ok(Some(passed)) = &said {
        assert_eq!(pass_on(&came[..passed.taken], &LIMITS, CLIENT), said);
        assert_eq!(pass_on(&came[..passed.taken - 1], &LIMITS, CLIENT), Ok(None));
    }
}

fn assert_plain(passed: &PassedOn, came: &[u8]) {
    let text = std::str::from_utf8(&passed.head).expect("ASCII").strip_suffix("\r\n\r\n").expect("an end");
    assert!(text.bytes().all(|byte| byte.is_ascii()));
    let mut lines = text.split("\r\n");
    let request_line = lines.next().unwrap();
    assert!(!request_line.contains(|c: char| c.is_control()), "{request_line:?}");
    let words: Vec<&str> = request_line.split(' ').collect();
    let [_, target, "HTTP/1.1"] = words[..] else { panic!("{request_line:?} is no request line") };
    assert!(target.starts_with('/') && came.windows(target.len()).any(|part| part == target.as_bytes()));
    let mut headers = BTreeMap::new();
    for line in lines {
        assert!(!line.chars().any(|c| c.is_control() && c != '\t'), "{line:?}");
        let (name, value) = line.split_once(": ").expect("a name and a value");
        assert!(headers.insert(name, value).is_none(), "{name} is there twice");
    }
    assert_eq!(headers.remove("X-Client-IP"), Some("192.0.2.7"));
    assert_eq!(headers.remove("X-Client-Tls"), Some("no"));
    assert_eq!(headers.remove("Content-Length"), Some(passed.body.to_string().as_str()));
    assert!(headers.keys().all(|name| FORWARDED.contains(name)), "{headers:?}");
    assert!(passed.body <= 10 * 1024 * 1024);
    // Another reader of the same head finds the same request in it.
    let mut slots = [httparse::EMPTY_HEADER; 80];
    let mut again = httparse::Request::new(&mut slots);
    assert!(again.parse(&passed.head).is_ok_and(|read| read.is_complete()));
    assert_eq!((again.path, again.headers.len()), (Some(target), headers.len() + 3));
}
