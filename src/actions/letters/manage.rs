//! What district administrators do about mail: they name the mail server, try it, and have a letter sent now.

use super::carry::{carry, note_carried};
use crate::actions::form::{Faults, NotDone};
use crate::actions::reach::district_only;
use crate::clock;
use crate::domain::letter::LONGEST_PAUSE;
use crate::domain::{Admin, Deed, Email, LetterId, LetterKind, MailSecurity, Scope};
use crate::secrets::{Key, Secret, random_name};
use crate::store::audit::{self, About, NewEntry};
use crate::store::letter::{self, NewLetter};
use crate::store::mail_server::{self, MailServer};
use crate::store::{self, Connection, member};
use jiff::Timestamp;

/// The longest name that a host can have (RFC 1035, 2.3.4).
const LONGEST_HOST: usize = 253;
/// The longest name or password for a mail server, in bytes.
const LONGEST_CREDENTIAL: usize = 500;

/// The mail server as the form gives it.
#[derive(Clone, Copy)]
pub struct TypedMailServer<'a> {
    /// Its name or number; empty for none.
    pub host: &'a str,
    /// Its port.
    pub port: &'a str,
    /// `starttls`, `tls` or `none`.
    pub security: &'a str,
    /// The name that it knows us by; empty if it asks for none.
    pub username: &'a str,
    /// The password to it; empty for the one that was given before.
    pub password: &'a str,
    /// The address that letters come from.
    pub sender: &'a str,
}

/// Names the mail server, or takes it away if `host` is empty. Letters that wait are tried at once.
///
/// # Errors
/// [`NotDone::Refused`] for `host`, `port`, `security`, `username`, `password` or `sender`; [`NotDone::NotFound`] for school
/// administrators.
pub fn change_mail_server(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    typed: &TypedMailServer<'_>,
    now: Timestamp,
) -> Result<(), NotDone> {
    district_only(admin)?;
    let old = mail_server::get(conn)?;
    let new = if typed.host.trim().is_empty() { None } else { Some(read(key, typed, old.as_ref())?) };
    let tx = store::begin(conn)?;
    match &new {
        Some(server) => mail_server::put(&tx, server)?,
        None => mail_server::remove(&tx)?,
    }
    letter::hurry(&tx, now)?;
    let (name, details) = match &new {
        Some(server) => (
            server.host.as_str(),
            format!("port {}, {}, letters from {}", server.port, server.security.word(), server.sender),
        ),
        None => ("none", String::new()),
    };
    let entry = NewEntry {
        by: Some(admin.account),
        deed: Deed::ChangedMailServer,
        about: About::Named(name),
        details: &details,
    };
    audit::insert(&tx, &entry, now)?;
    tx.commit()?;
    Ok(())
}

fn read(key: &Key, typed: &TypedMailServer<'_>, old: Option<&MailServer>) -> Result<MailServer, NotDone> {
    let mut faults = Faults::default();
    let host = faults.take("host", host(typed.host));
    let port = faults.take("port", port(typed.port));
    let security = faults.take("security", security(typed.security));
    let sender = faults.take("sender", sender(typed.sender));
    let username = typed.username.trim();
    faults.take("username", credential(username));
    faults.take("password", credential(typed.password));
    // A password is not handed to another server, for another name or in another way than it was given for.
    let is_the_same = |old: &&MailServer| {
        Some(&old.host) == host.as_ref()
            && Some(old.port) == port
            && Some(old.security) == security
            && old.username == username
    };
    let kept = old
        .filter(|old| typed.password.is_empty() && is_the_same(old))
        .and_then(|old| old.sealed_password.clone());
    if !username.is_empty() && typed.password.is_empty() && kept.is_none() {
        let why = "Type the password again: the server, the port, the name or the encryption is another one."
            .to_owned();
        faults.take::<()>("password", Err(why));
    }
    let (Some(host), Some(port), Some(security), Some(sender), true) =
        (host, port, security, sender, faults.is_empty())
    else {
        return Err(faults.refusal());
    };
    let sealed_password = match (username, kept) {
        ("", _) => None,
        (_, Some(kept)) => Some(kept),
        _ => Some(key.seal_secret(typed.password.as_bytes(), Secret::MailPassword)?),
    };
    let sender = sender.as_str().to_owned();
    Ok(MailServer { host, port, security, username: username.to_owned(), sealed_password, sender })
}

fn host(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_host = text.len() <= LONGEST_HOST
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
    if is_host {
        Ok(text.to_owned())
    } else {
        Err("Write the server's name alone, as mail.springfield.example, or its number.".to_owned())
    }
}

fn sender(text: &str) -> Result<Email, String> {
    if text.trim().is_empty() {
        let why = "Fill in the address that letters come from: one of the district's own, such as firstbell@springfield.example.";
        return Err(why.to_owned());
    }
    Email::parse(text).map_err(|bad| bad.to_string())
}

fn port(text: &str) -> Result<u16, String> {
    let port = text.trim().parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| "Give a number from 1 to 65535: 587 as a rule, or 465 or 25.".to_owned())
}

fn security(text: &str) -> Result<MailSecurity, String> {
    MailSecurity::from_word(text).ok_or_else(|| "Choose STARTTLS, TLS or none.".to_owned())
}

fn credential(text: &str) -> Result<(), String> {
    if text.len() > LONGEST_CREDENTIAL || text.chars().any(char::is_control) {
        return Err("This is too long, or has a line break in it.".to_owned());
    }
    Ok(())
}

/// Sends a letter to the administrator who asks for it, at once, and keeps it with the server's own words. Gives its
/// number.
///
/// # Errors
/// [`NotDone::Refused`] without a mail server; [`NotDone::NotFound`] for school administrators.
pub fn send_test_letter(
    conn: &mut Connection,
    key: &Key,
    admin: &Admin,
    now: Timestamp,
) -> Result<LetterId, NotDone> {
    district_only(admin)?;
    let Some(server) = mail_server::get(conn)? else {
        return Err(NotDone::refused("host", "Name the mail server first, and save it."));
    };
    let own = member::get(conn, Scope::District, admin.account)?.ok_or(NotDone::NotFound)?;
    let Some(email) = &own.email else { return Err(NotDone::NotFound) };
    let new = NewLetter {
        kind: LetterKind::Test,
        to_name: &format!("{} {}", own.first_name, own.last_name),
        to_email: email,
        upload: None,
        account: Some(admin.account),
        particulars: "",
        sealed_link: None,
        message_id: &random_name()?,
    };
    let tx = store::begin(conn)?;
    // It is tried here and now; whoever carries the others comes for it only if this process ends before that.
    let id = letter::insert(&tx, &new, now, now + LONGEST_PAUSE)?;
    let about = About::Named(&server.host);
    let entry = NewEntry { by: Some(admin.account), deed: Deed::SentTestLetter, about, details: "" };
    audit::insert(&tx, &entry, now)?;
    tx.commit()?;
    let written = letter::get(conn, id)?.ok_or(NotDone::NotFound)?;
    if let Some(carried) = carry(conn, key, &server, written, now)? {
        note_carried(conn, &carried, clock::now())?;
    }
    Ok(id)
}

/// Has a letter that was not taken tried now.
///
/// # Errors
/// [`NotDone::NotFound`] if there is no such letter, and for school administrators.
pub fn send_letter_now(
    conn: &mut Connection,
    admin: &Admin,
    id: LetterId,
    now: Timestamp,
) -> Result<(), NotDone> {
    district_only(admin)?;
    let tx = store::begin(conn)?;
    let letter = letter::get(&tx, id)?.ok_or(NotDone::NotFound)?;
    // One that was taken since the button was shown needs nothing more: its page says so.
    if letter::send_now(&tx, id, now)? {
        let about = letter.account.map_or(About::Named(&letter.to_name), About::Account);
        let by = Some(admin.account);
        let entry = NewEntry { by, deed: Deed::SentLetterNow, about, details: "" };
        audit::insert(&tx, &entry, now)?;
    }
    tx.commit()?;
    Ok(())
}
