//! Removing an account, and everything that tells of its person: what hangs on it, and where else they are spoken of.

use super::values::millis;
use crate::domain::{AccountId, Deed, Scope, UploadId};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, params, params_from_iter};

/// A line of an upload that may tell of somebody: its job has ended it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The upload.
    pub upload: UploadId,
    /// The line.
    pub line: u32,
    /// The email as it came.
    pub email: String,
    /// The sentence about it.
    pub message: String,
    /// The account that was made of it and is there.
    pub account: Option<AccountId>,
}

/// What stands in the audit log for somebody whose account is removed.
const GONE: &str = "'a removed account (no. ' || ?1 || ')'";

/// Takes away what hangs on an account that goes: it is signed in nowhere, and nothing is sent to it.
///
/// # Errors
/// If the database cannot be written.
pub fn forget(tx: &Transaction<'_>, id: AccountId) -> rusqlite::Result<()> {
    for query in [
        "DELETE FROM session WHERE account_id = ?1",
        "DELETE FROM browser WHERE account_id = ?1",
        "DELETE FROM password_link WHERE account_id = ?1",
        "DELETE FROM letter WHERE account_id = ?1",
    ] {
        tx.prepare_cached(query)?.execute([id])?;
    }
    Ok(())
}

/// Takes an account away that is within reach, with all that hangs on it. Says whether there was one.
///
/// # Errors
/// If the database cannot be written.
pub fn take_away(tx: &Transaction<'_>, scope: Scope, id: AccountId) -> rusqlite::Result<bool> {
    // What refers to it goes after it.
    tx.pragma_update(None, "defer_foreign_keys", true)?;
    // Of letters from before it was noted whom they are for, the email tells.
    tx.execute(
        "DELETE FROM letter WHERE account_id IS NULL AND to_email = (SELECT email FROM account WHERE id = ?1)",
        [id],
    )?;
    let gone = tx.execute(
        "DELETE FROM account WHERE id = ?1 AND (?2 IS NULL OR (school_id = ?2 AND administers IS NOT 'district'))",
        params![id, scope.school()],
    )?;
    forget(tx, id)?;
    tx.execute(
        "DELETE FROM draft_record WHERE draft_id IN (SELECT id FROM draft WHERE handed_in_by = ?1)",
        [id],
    )?;
    tx.execute("DELETE FROM draft WHERE handed_in_by = ?1", [id])?;
    Ok(gone == 1)
}

/// The lines that tell of an account: the one that it was made of, and those that this one mends.
///
/// # Errors
/// If the database cannot be read.
pub fn own_lines(conn: &Connection, id: AccountId) -> rusqlite::Result<Vec<Told>> {
    let mut statement = conn.prepare_cached(
        "WITH RECURSIVE own (upload_id, line) AS (
             SELECT upload_id, line FROM record WHERE account_id = ?1
             UNION SELECT u.mends, o.line FROM own o JOIN upload u ON u.id = o.upload_id WHERE u.mends IS NOT NULL)
         SELECT r.upload_id, r.line, r.email, r.message, r.account_id
         FROM own o JOIN record r ON r.upload_id = o.upload_id AND r.line = o.line",
    )?;
    let rows = statement.query_map([id], told)?;
    rows.collect()
}

/// Hands every line to `each` that may tell of somebody, of the uploads from this one on: whose email has one of theirs in
/// it, given as keys, or a letter beyond ASCII, or whose message has their username in it.
///
/// # Errors
/// If the database cannot be read, or `each` fails.
pub fn for_each_told<E: From<rusqlite::Error>>(
    conn: &Connection,
    from: UploadId,
    username: &str,
    emails: impl Iterator<Item = String>,
    mut each: impl FnMut(Told) -> Result<(), E>,
) -> Result<(), E> {
    let mut values = vec![Value::Integer(from.0), Value::Text(username.to_owned())];
    values.extend(emails.map(Value::Text));
    let has_one: String =
        (3..=values.len()).map(|at| format!(" OR instr(lower(email), ?{at}) > 0")).collect();
    let mut statement = conn.prepare(&format!(
        "SELECT upload_id, line, email, message, account_id FROM record
         WHERE upload_id >= ?1 AND status <> 'pending'
           AND (instr(message, ?2) > 0 OR length(email) <> octet_length(email){has_one})"
    ))?;
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        each(told(row)?)?;
    }
    Ok(())
}

/// The first upload whose job is not done, or the one that comes next: before it no line changes any more.
///
/// # Errors
/// If the database cannot be read.
pub fn first_unfinished(conn: &Connection) -> rusqlite::Result<UploadId> {
    conn.query_row(
        "SELECT coalesce(min(id) FILTER (WHERE status IN ('scheduled', 'in_progress')), max(id) + 1, 1) FROM upload",
        [],
        |row| row.get(0),
    )
}

fn told(row: &rusqlite::Row<'_>) -> rusqlite::Result<Told> {
    Ok(Told {
        upload: row.get(0)?,
        line: row.get(1)?,
        email: row.get(2)?,
        message: row.get(3)?,
        account: row.get(4)?,
    })
}

/// The sentence about a line; `None` if there is no such line any more.
///
/// # Errors
/// If the database cannot be read.
pub fn message(tx: &Transaction<'_>, upload: UploadId, line: u32) -> rusqlite::Result<Option<String>> {
    tx.prepare_cached("SELECT message FROM record WHERE upload_id = ?1 AND line = ?2")?
        .query_row(params![upload, line], |row| row.get(0))
        .optional()
}

/// Empties the cells of a line, and counts its account as removed if it was there.
///
/// # Errors
/// If the database cannot be written.
pub fn empty_line(
    tx: &Transaction<'_>,
    upload: UploadId,
    line: u32,
    message: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE upload SET removed = removed + 1
         WHERE id = ?1 AND EXISTS (SELECT 1 FROM record WHERE upload_id = ?1 AND line = ?2 AND account_id IS NOT NULL)",
    )?
    .execute(params![upload, line])?;
    tx.prepare_cached(
        "UPDATE record SET first_name = '', last_name = '', email = '', username = '', account_id = NULL,
                message = ?3, gone_at = ?4
         WHERE upload_id = ?1 AND line = ?2",
    )?
    .execute(params![upload, line, message, millis(now)])?;
    Ok(())
}

/// Has checks that were announced tell of somebody no more: `tells` says of a line's email and message whether it does,
/// and gives the message that it has then.
///
/// # Errors
/// If the database cannot be written.
pub fn empty_plans(
    tx: &Transaction<'_>,
    tells: impl Fn(&str, &str) -> Option<String>,
) -> rusqlite::Result<()> {
    let mut statement = tx.prepare("SELECT draft_id, line, email, message FROM draft_record")?;
    let mut rows = statement.query([])?;
    let mut told: Vec<(i64, u32, String)> = Vec::new();
    while let Some(row) = rows.next()? {
        let [email, message]: [String; 2] = [row.get(2)?, row.get(3)?];
        if let Some(message) = tells(&email, &message) {
            told.push((row.get(0)?, row.get(1)?, message));
        }
    }
    for (draft, line, message) in told {
        tx.prepare_cached(
            "UPDATE draft_record SET first_name = '', last_name = '', email = '', message = ?3
             WHERE draft_id = ?1 AND line = ?2",
        )?
        .execute(params![draft, line, message])?;
    }
    Ok(())
}

/// What the audit log says of changes to somebody's email: "from one to the other".
///
/// # Errors
/// If the database cannot be read.
pub fn changes_of_email(conn: &Connection, id: AccountId) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare(
        "SELECT details FROM audit WHERE (about_account = ?1 AND deed = ?2) OR (by_account = ?1 AND deed = ?3)",
    )?;
    let rows = statement.query_map(params![id, Deed::SetEmail, Deed::ChangedOwnEmail], |row| row.get(0))?;
    rows.collect()
}

/// Has the audit log name somebody no more: what was done stays, and the number of the account.
///
/// # Errors
/// If the database cannot be written.
pub fn unname(tx: &Transaction<'_>, id: AccountId, full_name: &str, username: &str) -> rusqlite::Result<()> {
    tx.execute(&format!("UPDATE audit SET by_name = {GONE} WHERE by_account = ?1"), [id])?;
    tx.execute(&format!("UPDATE audit SET about = {GONE} WHERE about_account = ?1"), [id])?;
    tx.execute(
        "UPDATE audit SET details = '' WHERE (about_account = ?1 AND deed IN (?2, ?3)) OR (by_account = ?1 AND deed = ?4)",
        params![id, Deed::RenamedMember, Deed::SetEmail, Deed::ChangedOwnEmail],
    )?;
    // Where somebody is spoken of by the name alone.
    tx.execute(
        "UPDATE audit SET about = 'a removed account' WHERE deed = ?1 AND about_account IS NULL AND about = ?2",
        params![Deed::SentLetterNow, full_name],
    )?;
    // The usernames of people who were chosen one by one stand at the end of a sentence: "2 on cards: alee, blee".
    tx.execute(
        "UPDATE audit SET details = rtrim(replace(details || ',', ' ' || ?2 || ',', ' a removed account,'), ',')
         WHERE deed = ?1 AND instr(details || ',', ' ' || ?2 || ',') > 0",
        params![Deed::PrintedCards, username],
    )?;
    Ok(())
}
