//! Letters: each is kept until it is delivered, and for a while after.

use super::values::{Millis, millis};
use crate::domain::{AccountId, LetterId, LetterKind, LetterStatus, UploadId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::time::Duration;

/// How far a clock that is set right by the network may go back, and nothing was wrong with it.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// A letter to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewLetter<'a> {
    /// What it is for.
    pub kind: LetterKind,
    /// The name of whoever gets it.
    pub to_name: &'a str,
    /// The email it goes to.
    pub to_email: &'a str,
    /// The upload it is about, if it is about one.
    pub upload: Option<UploadId>,
    /// Whose account it is for; `None` if it goes to nobody.
    pub account: Option<AccountId>,
    /// What else it has to say.
    pub particulars: &'a str,
    /// The secret of the link in it, sealed.
    pub sealed_link: Option<&'a [u8]>,
    /// The part of its message id before the @: the same at every try, and nobody else's.
    pub message_id: &'a str,
}

/// A letter and where it stands.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its number.
    pub id: LetterId,
    /// What it is for.
    pub kind: LetterKind,
    /// The name of whoever gets it.
    pub to_name: String,
    /// The email it goes to.
    pub to_email: String,
    /// The upload it is about, if it is about one.
    pub upload: Option<UploadId>,
    /// Whose account it is for, as far as it was noted.
    pub account: Option<AccountId>,
    /// What else it has to say.
    pub particulars: String,
    /// The secret of the link in it, sealed, until it is delivered.
    pub sealed_link: Option<Vec<u8>>,
    /// The part of its message id before the @.
    pub message_id: String,
    /// Where it stands.
    pub status: LetterStatus,
    /// How often it was tried.
    pub tries: u32,
    /// How often it was handed over and no answer came.
    pub in_doubt: u32,
    /// The mail server's last words, or why there were none.
    pub answer: String,
    /// When it was written.
    pub queued_at: Timestamp,
    /// When it was first tried.
    pub first_tried_at: Option<Timestamp>,
    /// When it is tried next, while it waits.
    pub next_try_at: Timestamp,
    /// When it was taken or given up.
    pub ended_at: Option<Timestamp>,
}

/// How many letters stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LetterCounts {
    /// Waiting.
    pub queued: u32,
    /// Taken.
    pub sent: u32,
    /// Given up.
    pub failed: u32,
}

/// Writes a letter, to be tried from `first_try_at` on.
///
/// # Errors
/// If the database cannot be written.
pub fn insert(
    tx: &Transaction<'_>,
    new: &NewLetter<'_>,
    now: Timestamp,
    first_try_at: Timestamp,
) -> rusqlite::Result<LetterId> {
    tx.query_row(
        "INSERT INTO letter (kind, to_name, to_email, upload_id, particulars, sealed_link, message_id, status,
                             queued_at, next_try_at, account_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'queued', ?8, ?9, ?10) RETURNING id",
        params![
            new.kind,
            new.to_name,
            new.to_email,
            new.upload,
            new.particulars,
            new.sealed_link,
            new.message_id,
            millis(now),
            millis(first_try_at),
            new.account
        ],
        |row| row.get(0),
    )
}

/// Takes a letter back that nobody has tried yet.
///
/// # Errors
/// If the database cannot be written.
pub fn take_back(tx: &Transaction<'_>, id: LetterId) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM letter WHERE id = ?1 AND status = 'queued' AND tries = 0", [id])?;
    Ok(())
}

/// The letters whose turn has come, the longest due first: those that are due by `now`, and those that lie further ahead than
/// any pause, because the clock was set back.
///
/// # Errors
/// If the database cannot be read.
pub fn due(
    conn: &Connection,
    now: Timestamp,
    too_far: Timestamp,
    at_most: u32,
) -> rusqlite::Result<Vec<Letter>> {
    let mut statement = conn.prepare_cached(&format!(
        "{LETTER} WHERE status = 'queued' AND (next_try_at <= ?1 OR next_try_at > ?2)
         ORDER BY next_try_at, id LIMIT ?3"
    ))?;
    let rows = statement.query_map(params![millis(now), millis(too_far), at_most], letter)?;
    rows.collect()
}

/// A letter; `None` if there is none of this number.
///
/// # Errors
/// If the database cannot be read.
pub fn get(conn: &Connection, id: LetterId) -> rusqlite::Result<Option<Letter>> {
    conn.query_row(&format!("{LETTER} WHERE id = ?1"), [id], letter).optional()
}

/// The message id of the letter that said that an upload was received; `None` if there was none.
///
/// # Errors
/// If the database cannot be read.
pub fn receipt_of(conn: &Connection, upload: UploadId) -> rusqlite::Result<Option<String>> {
    conn.query_row(
        "SELECT message_id FROM letter WHERE upload_id = ?1 AND kind = 'received' ORDER BY id LIMIT 1",
        [upload],
        |row| row.get(0),
    )
    .optional()
}

/// A page of the letters, after the first `skip`: those that failed, then those that wait, then those that were taken,
/// the newest first.
///
/// # Errors
/// If the database cannot be read.
pub fn list(conn: &Connection, skip: u32, at_most: u32) -> rusqlite::Result<Vec<Letter>> {
    // One status after the other, each along its index: to sort them all takes longer the more there are.
    let counts = counts(conn)?;
    let mut statement = conn.prepare_cached(&format!(
        "{LETTER} WHERE id IN (SELECT id FROM letter WHERE status = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3) ORDER BY id DESC"
    ))?;
    let (mut letters, mut skip) = (Vec::new(), skip);
    for (status, count) in [
        (LetterStatus::Failed, counts.failed),
        (LetterStatus::Queued, counts.queued),
        (LetterStatus::Sent, counts.sent),
    ] {
        let room = at_most.saturating_sub(u32::try_from(letters.len()).unwrap_or(u32::MAX));
        for row in statement.query_map(params![status, room, skip], letter)? {
            letters.push(row?);
        }
        skip = skip.saturating_sub(count);
    }
    Ok(letters)
}

/// How many letters stand where.
///
/// # Errors
/// If the database cannot be read.
pub fn counts(conn: &Connection) -> rusqlite::Result<LetterCounts> {
    conn.query_row(
        "SELECT (SELECT count(*) FROM letter WHERE status = 'queued'),
                (SELECT count(*) FROM letter WHERE status = 'sent'),
                (SELECT count(*) FROM letter WHERE status = 'failed')",
        [],
        |row| Ok(LetterCounts { queued: row.get(0)?, sent: row.get(1)?, failed: row.get(2)? }),
    )
}

/// Counts a try of a letter that waits, before anything is said to the mail server. Says whether it waits. One that was
/// first tried by a clock that was ahead begins anew: until that time comes it would never be given up.
///
/// # Errors
/// If the database cannot be written.
pub fn begin_try(tx: &Transaction<'_>, id: LetterId, now: Timestamp) -> rusqlite::Result<bool> {
    let changed = tx.execute(
        "UPDATE letter SET tries = tries + 1, first_tried_at = CASE WHEN first_tried_at <= ?3 THEN first_tried_at ELSE ?2 END
         WHERE id = ?1 AND status = 'queued'",
        params![id, millis(now), millis(now + CLOCKS_DIFFER)],
    )?;
    Ok(changed == 1)
}

/// Says that a letter is all but handed over: from here on it may have arrived, whatever happens.
///
/// # Errors
/// If the database cannot be written.
pub fn doubt(tx: &Transaction<'_>, id: LetterId) -> rusqlite::Result<()> {
    tx.execute("UPDATE letter SET in_doubt = in_doubt + 1 WHERE id = ?1", [id])?;
    Ok(())
}

/// Takes back the last [`doubt`]: the mail server has answered.
///
/// # Errors
/// If the database cannot be written.
pub fn doubt_no_more(tx: &Transaction<'_>, id: LetterId) -> rusqlite::Result<()> {
    tx.execute("UPDATE letter SET in_doubt = in_doubt - 1 WHERE id = ?1 AND in_doubt > 0", [id])?;
    Ok(())
}

/// Has a letter wait for its next try.
///
/// # Errors
/// If the database cannot be written.
pub fn wait(
    tx: &Transaction<'_>,
    id: LetterId,
    answer: &str,
    next_try_at: Timestamp,
) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE letter SET answer = ?2, next_try_at = ?3 WHERE id = ?1 AND status = 'queued'",
        params![id, answer, millis(next_try_at)],
    )?;
    Ok(())
}

/// Ends a letter, taken or given up, and destroys the secret of its link.
///
/// # Errors
/// If the database cannot be written.
pub fn end(
    tx: &Transaction<'_>,
    id: LetterId,
    status: LetterStatus,
    answer: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE letter SET status = ?2, answer = ?3, ended_at = ?4, sealed_link = NULL
         WHERE id = ?1 AND status = 'queued'",
        params![id, status, answer, millis(now)],
    )?;
    Ok(())
}

/// Has a letter that was not taken tried now, as if it were new. Says whether there was one.
///
/// # Errors
/// If the database cannot be written.
pub fn send_now(tx: &Transaction<'_>, id: LetterId, now: Timestamp) -> rusqlite::Result<bool> {
    let changed = tx.execute(
        "UPDATE letter SET status = 'queued', ended_at = NULL, next_try_at = ?2, first_tried_at = NULL,
                in_doubt = CASE status WHEN 'failed' THEN 0 ELSE in_doubt END
         WHERE id = ?1 AND (status = 'queued' OR status = 'failed' AND kind <> 'forgot_password')",
        params![id, millis(now)],
    )?;
    Ok(changed == 1)
}

/// Has every letter that waits tried now: there is another mail server.
///
/// # Errors
/// If the database cannot be written.
pub fn hurry(tx: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE letter SET next_try_at = ?1 WHERE status = 'queued' AND kind <> 'test'",
        [millis(now)],
    )?;
    Ok(())
}

const LETTER: &str =
    "SELECT id, kind, to_name, to_email, upload_id, particulars, sealed_link, message_id, status, tries,
       in_doubt, answer, queued_at, first_tried_at, next_try_at, ended_at, account_id FROM letter";

fn letter(row: &Row<'_>) -> rusqlite::Result<Letter> {
    Ok(Letter {
        id: row.get(0)?,
        kind: row.get(1)?,
        to_name: row.get(2)?,
        to_email: row.get(3)?,
        upload: row.get(4)?,
        account: row.get(16)?,
        particulars: row.get(5)?,
        sealed_link: row.get(6)?,
        message_id: row.get(7)?,
        status: row.get(8)?,
        tries: row.get(9)?,
        in_doubt: row.get(10)?,
        answer: row.get(11)?,
        queued_at: row.get::<_, Millis>(12)?.0,
        first_tried_at: row.get::<_, Option<Millis>>(13)?.map(|at| at.0),
        next_try_at: row.get::<_, Millis>(14)?.0,
        ended_at: row.get::<_, Option<Millis>>(15)?.map(|at| at.0),
    })
}
