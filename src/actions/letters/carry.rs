//! Carrying a letter to the mail server: the try is counted, the letter handed over, and what came of it written down.
//!
//! No transaction is open while the mail server is spoken to. Each letter is handed over at least once and, whatever is
//! killed and whenever, at most twice: just before the sign that ends it, it is noted that from here on it may have
//! arrived; a letter that was noted so twice and never answered for is not handed over again by itself.

use super::compose::{Composed, compose, link_of};
use crate::domain::letter::{LONGEST_PAUSE, PATIENCE, pause_after};
use crate::domain::{LetterId, LetterKind, LetterStatus};
use crate::mail::{self, Envelope, Handover, Server};
use crate::problem::Problem;
use crate::secrets::{Key, SealBroken, Secret, chance};
use crate::store::letter::{self, Letter};
use crate::store::mail_server::{self, MailServer};
use crate::store::{self, Connection, Transaction};
use jiff::Timestamp;
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// How often a letter may be handed over without an answer.
const MOST_DOUBTS: u32 = 2;
/// The most letters whose next try is put off together when the mail server is not reached.
const MOST_PUT_OFF: u32 = 1_000;

/// A letter that was carried, and how that ended. It has to be written down, whatever else happens.
#[derive(Clone, Debug)]
pub struct Carried {
    letter: Letter,
    /// Whether it was noted that it may have arrived.
    is_doubted: bool,
    ended: Handover,
}

/// Carries the letter whose turn has come; `None` if there is none, or no mail server.
///
/// # Errors
/// If the database cannot be read or written. Then nothing was handed over.
pub fn carry_next(conn: &mut Connection, key: &Key, now: Timestamp) -> Result<Option<Carried>, Problem> {
    let Some(server) = mail_server::get(conn)? else { return Ok(None) };
    match letter::due(conn, now, too_far(now), 1)?.pop() {
        Some(letter) => carry(conn, key, &server, letter, now),
        None => Ok(None),
    }
}

/// Carries this letter; `None` if it does not wait any more.
///
/// # Errors
/// If the database cannot be read or written. Then nothing was handed over.
pub(super) fn carry(
    conn: &mut Connection,
    key: &Key,
    server: &MailServer,
    letter: Letter,
    now: Timestamp,
) -> Result<Option<Carried>, Problem> {
    if letter.in_doubt >= MOST_DOUBTS {
        let ended = Handover::InDoubt("It was handed over twice, and no answer came.".to_owned());
        return Ok(Some(Carried { letter, is_doubted: false, ended }));
    }
    let tx = store::begin(conn)?;
    let waits = letter::begin_try(&tx, letter.id, now)?;
    tx.commit()?;
    if !waits {
        return Ok(None);
    }
    let message = match prepare(conn, key, server, &letter) {
        Ok(message) => message,
        Err(Problem::Refused(why)) => {
            return Ok(Some(Carried { letter, is_doubted: false, ended: Handover::Refused(why) }));
        }
        Err(other) => return Err(other),
    };
    let ended = match spoken_to(key, server) {
        Err(SealBroken) => Handover::Unreachable(
            "The password for the mail server cannot be opened with this key. Type it in Settings again."
                .to_owned(),
        ),
        Ok(spoken_to) => {
            let mut is_doubted = false;
            let patience = match letter.kind {
                LetterKind::Test => mail::LAST_ANSWER_TO_A_TEST,
                _ => mail::LAST_ANSWER,
            };
            let ended = mail::hand_over(&spoken_to, &message, patience, &mut || {
                // If it cannot be noted, the letter may arrive once more than it should, and no harm comes of that.
                is_doubted = note_doubt(conn, letter.id).is_ok();
            });
            return Ok(Some(Carried { letter, is_doubted, ended }));
        }
    };
    Ok(Some(Carried { letter, is_doubted: false, ended }))
}

/// Writes down how carrying a letter has ended.
///
/// # Errors
/// If the database cannot be written. It has to be tried again.
pub fn note_carried(conn: &mut Connection, carried: &Carried, now: Timestamp) -> Result<(), Problem> {
    let Carried { letter, is_doubted, ended } = carried;
    let tx = store::begin(conn)?;
    if *is_doubted && !matches!(ended, Handover::InDoubt(_)) {
        letter::doubt_no_more(&tx, letter.id)?;
    }
    match ended {
        Handover::Taken(words) => letter::end(&tx, letter.id, LetterStatus::Sent, words, now)?,
        Handover::Refused(words) => letter::end(&tx, letter.id, LetterStatus::Failed, words, now)?,
        Handover::NotNow(words) => put_off(&tx, letter.id, words, now)?,
        Handover::InDoubt(words) if letter.in_doubt + u32::from(*is_doubted) >= MOST_DOUBTS => {
            let words = format!(
                "{words} It was handed over twice without an answer: it may have arrived once, twice or not at all."
            );
            letter::end(&tx, letter.id, LetterStatus::Failed, &words, now)?;
        }
        Handover::InDoubt(words) => put_off(&tx, letter.id, words, now)?,
        Handover::Unreachable(words) => {
            put_off(&tx, letter.id, words, now)?;
            // The others whose turn has come would fare no better: the server is not asked for each of them.
            for other in letter::due(&tx, now, too_far(now), MOST_PUT_OFF)? {
                letter::begin_try(&tx, other.id, now)?;
                put_off(&tx, other.id, words, now)?;
            }
        }
    }
    tx.commit()?;
    Ok(())
}

/// Has a letter wait for its next try, or gives it up if it has waited for too long. A test is tried once.
fn put_off(tx: &Transaction<'_>, id: LetterId, words: &str, now: Timestamp) -> Result<(), Problem> {
    let Some(letter) = letter::get(tx, id)? else { return Ok(()) };
    let waited = letter.first_tried_at.map_or(Duration::ZERO, |first| {
        Duration::try_from(now.duration_since(first)).unwrap_or(Duration::ZERO)
    });
    if letter.kind == LetterKind::Test {
        letter::end(tx, id, LetterStatus::Failed, words, now)?;
    } else if waited >= PATIENCE {
        let words = format!("{words} It was tried {} times in three days and is given up.", letter.tries);
        letter::end(tx, id, LetterStatus::Failed, &words, now)?;
    } else {
        letter::wait(tx, id, words, now + pause_after(letter.tries, chance()))?;
    }
    Ok(())
}

fn prepare(
    conn: &Connection,
    key: &Key,
    server: &MailServer,
    letter: &Letter,
) -> Result<mail::Message, Problem> {
    let link = link_of(key, letter).map_err(|SealBroken| {
        Problem::refused(
            "The link in this letter cannot be opened with this key. It has to be asked for again.",
        )
    })?;
    let Composed { words, from, attachment } = compose(conn, letter, &link)?;
    let follows = match (letter.kind, letter.upload) {
        (LetterKind::Report, Some(upload)) => letter::receipt_of(conn, upload)?,
        _ => None,
    };
    let envelope = Envelope {
        from_name: &from,
        from: &server.sender,
        to_name: &letter.to_name,
        to: &letter.to_email,
        date: SystemTime::from(letter.queued_at),
        message_id: &letter.message_id,
        follows: follows.as_deref(),
    };
    mail::message(&envelope, &words, attachment).map_err(Problem::refused)
}

fn spoken_to(key: &Key, server: &MailServer) -> Result<Server, SealBroken> {
    let credentials = match &server.sealed_password {
        None => None,
        Some(sealed) => {
            let password = key.open_secret(sealed, Secret::MailPassword)?;
            let password = std::str::from_utf8(&password).map_err(|_| SealBroken)?;
            Some((server.username.clone(), Zeroizing::new(password.to_owned())))
        }
    };
    Ok(Server { host: server.host.clone(), port: server.port, security: server.security, credentials })
}

fn note_doubt(conn: &mut Connection, id: LetterId) -> Result<(), Problem> {
    let tx = store::begin(conn)?;
    letter::doubt(&tx, id)?;
    tx.commit()?;
    Ok(())
}

/// No next try lies further ahead, unless the clock was set back.
fn too_far(now: Timestamp) -> Timestamp {
    now + LONGEST_PAUSE * 2
}
