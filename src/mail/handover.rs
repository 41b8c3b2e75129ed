//! Handing a letter over to the mail server, and telling apart the ways in which that ends.

use super::message::Message;
use crate::domain::MailSecurity;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use std::io;
use std::panic;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long each step may take, from the connection to the answer to a command. Shorter than RFC 5321 (4.5.3.2) allows a
/// server, long enough for one in the same district or at its provider.
const STEP: Duration = Duration::from_secs(10);
/// How long the answer to the whole letter may take: who stops waiting too early sends it twice.
pub const LAST_ANSWER: Duration = Duration::from_secs(60);
/// The same while somebody waits for the page that tells.
pub const LAST_ANSWER_TO_A_TEST: Duration = Duration::from_secs(15);
/// How long all steps before that may take together: a server that says a letter every few seconds keeps each step's limit.
const ALL_STEPS: Duration = Duration::from_secs(120);
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

/// What the thread that speaks to the server tells the one that waits for it.
enum Told {
    /// All was sent but the sign that ends it. The thread goes on when it is told to.
    AtTheEnd,
    /// How it has ended.
    Ended(Handover),
}

/// Hands a letter over. `at_the_end` is called when all of it was sent but the sign that ends it: what happens after that
/// may have delivered it, what happens before has not. Where it says no, the sign is not sent. After that the server is
/// waited for as long as `patience` lasts.
///
/// It is spoken in a thread of its own, because nothing else ends a conversation that goes on and on. A thread that nobody
/// waits for any more never sends the sign that ends a letter.
pub fn hand_over(
    server: &Server,
    letter: &Message,
    patience: Duration,
    at_the_end: &mut dyn FnMut() -> bool,
) -> Handover {
    within(ALL_STEPS, server, letter, patience, at_the_end)
}

fn within(
    limit: Duration,
    server: &Server,
    letter: &Message,
    patience: Duration,
    at_the_end: &mut dyn FnMut() -> bool,
) -> Handover {
    let (tell, told) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let (server, letter) = (server.clone(), letter.clone());
    let spoken = thread::Builder::new().name("mail".to_owned()).spawn(move || {
        let ended = speak(&server, &letter, patience, &mut || {
            if tell.send(Told::AtTheEnd).is_err() || may_go_on.recv().is_err() {
                // The thread ends here, and the connection with it: there is no other way out of the library's loop.
                panic::resume_unwind(Box::new(()));
            }
        });
        // Whoever waited may have gone.
        let _ = tell.send(Told::Ended(ended));
    });
    if spoken.is_err() {
        return Handover::NotNow("Firstbell could not begin to speak to the mail server.".to_owned());
    }
    match told.recv_timeout(limit) {
        Ok(Told::Ended(ended)) => ended,
        Ok(Told::AtTheEnd) if !at_the_end() => Handover::NotNow(
            "Firstbell could not write down that the letter goes out, and kept it.".to_owned(),
        ),
        Ok(Told::AtTheEnd) => {
            let _ = go_on.send(());
            match told.recv_timeout(patience + 3 * FAREWELL) {
                Ok(Told::Ended(ended)) => ended,
                _ => Handover::InDoubt(silence(patience)),
            }
        }
        Err(_) => Handover::Unreachable(format!(
            "The mail server did not come to the point within {} seconds.",
            limit.as_secs()
        )),
    }
}

/// Hands a letter over, from the first word to the last.
fn speak(server: &Server, letter: &Message, patience: Duration, at_the_end: &mut dyn FnMut()) -> Handover {
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
        Ok(_) if server.security == MailSecurity::StartTls && is_out_of_step(&mut conn) => {
            return Handover::InDoubt(
                "More answers came than were asked for: somebody may stand between. Choose TLS from the start.".to_owned(),
            );
        }
        Ok(response) => Handover::Taken(said(&response)),
        Err(error) if error.status().is_none() && is_at_the_end => Handover::InDoubt(words(&error, patience)),
        Err(error) => not_taken(&error, patience),
    };
    part(&mut conn);
    ended
}

/// Whether answers are left when everything was answered, the goodbye included. Whoever stands between can put some in before
/// STARTTLS begins to encrypt, and the library takes them for the server's; then the last ones have not been read yet.
fn is_out_of_step(conn: &mut SmtpConnection) -> bool {
    let _ = conn.set_timeout(Some(FAREWELL));
    match conn.command(Quit) {
        Ok(goodbye) => !goodbye.has_code(221) || conn.read_response().is_ok(),
        // No answer is none too many; a refusal answers something else.
        Err(error) => error.status().is_some(),
    }
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
        None if is_silence(error) => silence(waited),
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

fn silence(waited: Duration) -> String {
    format!("No answer came within {} seconds.", waited.as_secs())
}

/// The words without control characters, and not more of them than anybody reads.
fn short(text: &str) -> String {
    super::plain::one_line(text).trim().chars().take(LONGEST_ANSWER).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Envelope, House, message, test};
    use std::io::Write;
    use std::net::TcpListener;
    use std::time::{Instant, SystemTime};

    /// An envelope to this address.
    fn to(address: &str) -> Envelope<'_> {
        Envelope {
            from_name: "D",
            from: "d@x.example",
            to_name: "Ann Lee",
            to: address,
            date: SystemTime::UNIX_EPOCH,
            message_id: "1",
            follows: None,
        }
    }

    #[test]
    fn an_email_that_was_typed_in_pieces_is_one_that_a_letter_can_be_sent_to() {
        let house = House { district: "D", address: None, to: "Stú" };
        let letter = message(&to("stu\u{301}@le\u{301}.example"), &test(&house), None).unwrap();
        assert_eq!((letter.to.user(), letter.to.domain()), ("stú", "lé.example"));
    }

    #[test]
    fn a_server_that_talks_on_and_on_is_not_listened_to_for_longer_than_all_steps_may_take() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (over, is_over) = mpsc::channel::<()>();
        let server = thread::spawn(move || {
            let mut conn = listener.accept().unwrap().0;
            conn.write_all(b"220 mail").unwrap();
            let pause = Duration::from_millis(50);
            while is_over.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout) {
                conn.write_all(b"l").unwrap();
            }
        });
        let house = House { district: "D", address: None, to: "Ann Lee" };
        let letter = message(&to("ann@x.example"), &test(&house), None).unwrap();
        let at =
            Server { host: "127.0.0.1".to_owned(), port, security: MailSecurity::None, credentials: None };
        let (limit, step) = (Duration::from_secs(1), Duration::from_secs(120));
        let began = Instant::now();
        let ended = within(limit, &at, &letter, step, &mut || panic!("nothing was sent"));
        assert!(matches!(ended, Handover::Unreachable(_)), "{ended:?}");
        assert!(began.elapsed() < step);
        drop(over);
        server.join().unwrap();
    }
}
