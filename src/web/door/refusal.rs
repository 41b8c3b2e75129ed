//! What the door says to a request that it does not let in: a status and a page with a sentence, and the connection ends.

use crate::web::http::POLICY;
use crate::web::pages::problem::not_let_in;
use std::borrow::Cow;

const TOO_LARGE: u16 = 413;

/// Why a request is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    reason: &'static str,
    words: Cow<'static, str>,
}

impl Refusal {
    pub(super) const NOT_ENCRYPTED: Refusal =
        Refusal::bad("Only HTTPS is spoken here. Begin the address with https:// in place of http://.");
    pub(super) const TOO_SLOW: Refusal =
        Refusal::new(408, "Request Timeout", "The request took too long to arrive. Try again.");
    pub(super) const STRANGER: Refusal = Refusal::new(
        403,
        "Forbidden",
        "So much is taken from an administrator only. Log in, switch to the Admin Account and send it again; nothing was kept.",
    );
    pub(super) const LENGTH_REQUIRED: Refusal =
        Refusal::new(411, "Length Required", "The length of the body has to be said before it.");
    pub(super) const EXPECTATION: Refusal =
        Refusal::new(417, "Expectation Failed", "Nothing but 100-continue can be expected here.");
    pub(super) const HEAD_TOO_LARGE: Refusal = Refusal::new(
        431,
        "Request Header Fields Too Large",
        "The browser sent too much besides the request. Delete its cookies for this site and try again.",
    );
    pub(super) const NO_ANSWER: Refusal =
        Refusal::new(502, "Bad Gateway", "There was no answer. Try again in a minute.");
    pub(super) const BUSY: Refusal = Refusal::new(
        503,
        "Service Unavailable",
        "There is too much going on just now. Try again in a minute.",
    );
    pub(super) const ANSWER_TOO_SLOW: Refusal =
        Refusal::new(504, "Gateway Timeout", "The answer took too long. Try again in a minute.");
    pub(super) const VERSION: Refusal =
        Refusal::new(505, "HTTP Version Not Supported", "HTTP/1.1 or HTTP/1.0 is spoken here.");

    /// A request that breaks the rules of HTTP, with what is wrong.
    pub(super) const fn bad(words: &'static str) -> Refusal {
        Refusal::new(400, "Bad Request", words)
    }

    /// A body that is longer than `most` bytes, which it names in megabytes.
    pub(super) fn too_large(most: usize) -> Refusal {
        let words = format!(
            "This is larger than {} MB, the most that is taken at once. If it is a file of people, split it and upload \
             the parts.",
            most / (1024 * 1024)
        );
        Refusal { status: TOO_LARGE, reason: "Content Too Large", words: Cow::Owned(words) }
    }

    /// Whether a body is refused for its length.
    pub(super) fn is_of_size(&self) -> bool {
        self.status == TOO_LARGE
    }

    const fn new(status: u16, reason: &'static str, words: &'static str) -> Refusal {
        Refusal { status, reason, words: Cow::Borrowed(words) }
    }

    /// The whole response.
    pub(super) fn response(&self) -> String {
        let Refusal { status, reason, words } = self;
        let again = if *status == Refusal::BUSY.status { "Retry-After: 10\r\n" } else { "" };
        // A page fetches its styles, which would be refused as well where nobody is let in.
        let (kind, page) = match *self == Refusal::NOT_ENCRYPTED || *self == Refusal::BUSY {
            true => ("text/plain", format!("{words}\n")),
            false => ("text/html", not_let_in(*status, words).into_string()),
        };
        format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nContent-Security-Policy: {POLICY}\r\n\
             X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n{again}Connection: close\r\n\r\n{page}",
            page.len()
        )
    }
}
