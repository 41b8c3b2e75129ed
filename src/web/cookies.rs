//! The cookies: the session, the visit before it, the browser that is known, and the page that is wanted.

use super::http::Response;
use crate::secrets::Token;

/// Which cookie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// Shows who is signed in. It ends with the browser, or on the server before that.
    Session,
    /// Ties the forms before the sign-in to the browser that asked for them.
    Visit,
    /// Shows that this browser was signed in before, so that nobody locks its owner out. It opens nothing.
    Browser,
    /// The page to which a link led before anybody was signed in.
    Wanted,
}

/// How long a wanted page is remembered, in seconds: a log-in's time.
const A_WHILE: u32 = 10 * 60;
/// How long a browser stays known, in seconds: a year.
const A_YEAR: u32 = 365 * 24 * 60 * 60;

impl Cookie {
    /// Over TLS the name has the prefix by which browsers hold it to this host and to TLS (RFC 6265bis, 4.1.3.2).
    fn name(self, tls: bool) -> String {
        let name = match self {
            Cookie::Session => "firstbell_session",
            Cookie::Visit => "firstbell_visit",
            Cookie::Browser => "firstbell_browser",
            Cookie::Wanted => "firstbell_wanted",
        };
        if tls { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// The token in this cookie, if there is one.
    pub(super) fn token(self, cookies: Option<&str>, tls: bool) -> Option<Token> {
        self.text(cookies, tls).and_then(Token::parse)
    }

    /// What is in this cookie, if there is one: anybody may have written it.
    pub(super) fn text(self, cookies: Option<&str>, tls: bool) -> Option<&str> {
        let name = self.name(tls);
        let mut pairs = cookies?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// The answer with this cookie set.
    pub(super) fn set(self, answer: Response, token: &Token, tls: bool) -> Response {
        self.set_text(answer, token.expose().as_str(), tls)
    }

    /// The answer with this cookie set to a text that may stand in a header.
    pub(super) fn set_text(self, answer: Response, text: &str, tls: bool) -> Response {
        let age = match self {
            Cookie::Browser => format!("; Max-Age={A_YEAR}"),
            Cookie::Wanted => format!("; Max-Age={A_WHILE}"),
            Cookie::Session | Cookie::Visit => String::new(),
        };
        self.put(answer, &format!("{text}{age}"), tls)
    }

    /// The answer with this cookie taken away.
    pub(super) fn clear(self, answer: Response, tls: bool) -> Response {
        self.put(answer, "; Max-Age=0", tls)
    }

    fn put(self, mut answer: Response, value: &str, tls: bool) -> Response {
        let secure = if tls { "; Secure" } else { "" };
        let cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}", self.name(tls));
        // Names and addresses are ours and tokens are hexadecimal digits: there is nothing to refuse.
        let _ = answer.set_header("Set-Cookie", &cookie);
        answer
    }
}
