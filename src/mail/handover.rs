//! Handing a letter over to the mail server, and telling apart the ways in which that ends.

use super::message::Message;
use crate::domain::MailSecurity;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use std::io;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long each step may take, from the connection to the answer to a command. Shorter than RFC 5321 (4.5.3.2) allows a
/// server, long enough for one in the same district or at its provider.
const STEP: Duration = Duration::from_secs(10);
/// How long the answer to the whole letter may take: who stops waiting too early sends it twice.
pub const LAST_ANSWER: Duration = Duration::from_secs(60);
/// The same while somebody waits for the page that tells.
pub const LAST_ANSWER_TO_A_TEST: Duration = Duration::from_secs(15);
/// How long the answer to our goodbye may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// The most characters of a server's words that are kept.
const LONGEST_ANSWER: usize = 500;

/// The mail server, and how to be let in.
#[derive(Clone)]
pub struct Server {
    /// Its name or number.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is kept from listeners.
    pub security: MailSecurity,
    /// The name and the password, if it asks for them.
    pub credentials: Option<(String, Zeroizing<String>)>,
}

/// How handing a letter over has ended, with the server's words or why there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handover {
    /// The server has taken it.
    Taken(String),
    /// The server will never take it.
    Refused(String),
    /// The server did not take it this time.
    NotNow(String),
    /// The server was not reached, or did not let us in: no letter is to blame.
    Unreachable(String),
    /// It was handed over whole and no answer came. It may have been taken.
    InDoubt(String),
}

/// Hands a letter over. `at_the_end` is called when all of it was sent but the sign that ends it: what happens after that
/// may have delivered it, what happens before has not. After that the server is waited for as long as `patience` lasts.
pub fn hand_over(
    server: &Server,
    letter: &Message,
    patience: Duration,
    at_the_end: &mut dyn FnMut(),
) -> Handover {
    let mut conn = match connect(server) {
        Ok(conn) => conn,
        Err(words) => return Handover::Unreachable(words),
    };
    if let Err(ended) = introduce(&mut conn, letter) {
        part(&mut conn);
        return ended;
    }
    // It takes effect or it does not; the step's own limit holds then.
    let _ = conn.set_timeout(Some(patience));
    let mut is_at_the_end = false;
    let end = std::iter::once_with(|| {
        at_the_end();
        is_at_the_end = true;
        [].as_slice()
    });
    let answer = conn.message_iter(std::iter::once(letter.bytes.as_slice()).chain(end));
    let ended = match answer {
        Ok(response) => Handover::Taken(said(&response)),
        Err(error) if error.status().is_none() && is_at_the_end => Handover::InDoubt(words(&error, patience)),
        Err(error) => not_taken(&error, patience),
    };
    part(&mut conn);
    ended
}

/// Says goodbye. Whatever the answer to that is, and whether there is one, changes nothing.
fn part(conn: &mut SmtpConnection) {
    let _ = conn.set_timeout(Some(FAREWELL));
    conn.abort();
}

/// Connects, encrypts and signs in.
fn connect(server: &Server) -> Result<SmtpConnection, String> {
    let hello = ClientId::default();
    let unreachable =
        |error: Error| format!("{} at port {}: {}", server.host, server.port, words(&error, STEP));
    let tls = match server.security {
        MailSecurity::None => None,
        MailSecurity::Tls | MailSecurity::StartTls => {
            Some(TlsParameters::new_rustls(server.host.clone()).map_err(unreachable)?)
        }
    };
    let from_the_start = tls.as_ref().filter(|_| server.security == MailSecurity::Tls);
    let mut conn = SmtpConnection::connect(
        (server.host.as_str(), server.port),
        Some(STEP),
        &hello,
        from_the_start,
        None,
    )
    .map_err(unreachable)?;
    if let (MailSecurity::StartTls, Some(tls)) = (server.security, &tls) {
        if !conn.can_starttls() {
            part(&mut conn);
            return Err(format!(
                "{} does not offer STARTTLS at port {}. Nothing was sent. Choose TLS, or another port.",
                server.host, server.port
            ));
        }
        conn.starttls(tls, &hello).map_err(unreachable)?;
    }
    if let Some((name, password)) = &server.credentials {
        let credentials = Credentials::new(name.clone(), password.to_string());
        let signed_in = conn.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
        if let Err(error) = signed_in {
            part(&mut conn);
            return Err(format!("The mail server did not let us in: {}", words(&error, STEP)));
        }
    }
    Ok(conn)
}

/// Says from whom and to whom, and that the letter comes.
fn introduce(conn: &mut SmtpConnection, letter: &Message) -> Result<(), Handover> {
    let mut parameters = Vec::new();
    if !letter.from.to_string().is_ascii() || !letter.to.to_string().is_ascii() {
        if !conn.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Handover::Refused(
                "The mail server does not take addresses with letters such as these (SMTPUTF8).".to_owned(),
            ));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !letter.bytes.is_ascii() && conn.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    conn.command(Mail::new(Some(letter.from.clone()), parameters))
        .map_err(|error| not_taken(&error, STEP))?;
    conn.command(Rcpt::new(letter.to.clone(), vec![])).map_err(|error| not_taken(&error, STEP))?;
    conn.command(Data).map_err(|error| not_taken(&error, STEP))?;
    Ok(())
}

fn not_taken(error: &Error, waited: Duration) -> Handover {
    match error.status().map(u16::from) {
        // It wants a password, or a better way to say it (RFC 4954, 6): Settings are to blame, and no letter.
        Some(530 | 534 | 535 | 538) => Handover::Unreachable(words(error, waited)),
        _ if error.is_permanent() => Handover::Refused(words(error, waited)),
        _ => Handover::NotNow(words(error, waited)),
    }
}

/// What the server said when it took the letter.
fn said(response: &Response) -> String {
    let message: Vec<&str> = response.message().collect();
    short(&format!("{} {}", response.code(), message.join(" ")))
}

/// What the server said, or what stood in the way; `waited` is how long it was waited for.
fn words(error: &Error, waited: Duration) -> String {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        causes.push(found.to_string());
        cause = found.source();
    }
    causes.dedup();
    let cause = causes.join(": ");
    match error.status() {
        Some(code) => short(&format!("{code} {cause}")),
        None if is_silence(error) => format!("No answer came within {} seconds.", waited.as_secs()),
        None if cause.is_empty() => short(&error.to_string()),
        None => short(&cause),
    }
}

/// Whether the server was waited for in vain. To Unix that is no time-out, but a read that would wait.
fn is_silence(error: &Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        if let Some(found) = found.downcast_ref::<io::Error>() {
            return matches!(found.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock);
        }
        cause = found.source();
    }
    false
}

/// The words without control characters, and not more of them than anybody reads.
fn short(text: &str) -> String {
    super::plain::one_line(text).trim().chars().take(LONGEST_ANSWER).collect()
}
