//! Undoing an upload: which of its accounts nobody has used or changed, and taking those away.

use super::removal;
use super::values::{Millis, millis};
use crate::domain::{AccountId, Scope, UploadId, UploadStatus};
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

/// What undoing an upload does to its accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// Nobody has used or changed them: they go.
    pub untouched: u32,
    /// Their owners have signed in: they stay.
    pub used: u32,
    /// Somebody has changed them, and nobody has signed in: they stay.
    pub changed: u32,
}

/// Why an account stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Its owner has signed in, first at this time.
    Used(Timestamp),
    /// Somebody has changed it, first at this time.
    Changed(Timestamp),
}

/// What undoing an upload would do at this moment.
///
/// # Errors
/// If the database cannot be read.
pub fn fates(conn: &Connection, upload: UploadId) -> rusqlite::Result<Fates> {
    conn.query_row(
        "SELECT count(*) FILTER (WHERE used_at IS NULL AND changed_at IS NULL),
                count(*) FILTER (WHERE used_at IS NOT NULL),
                count(*) FILTER (WHERE used_at IS NULL AND changed_at IS NOT NULL)
         FROM record r JOIN account a ON a.id = r.account_id WHERE r.upload_id = ?1",
        [upload],
        |row| Ok(Fates { untouched: row.get(0)?, used: row.get(1)?, changed: row.get(2)? }),
    )
}

/// Notes that an upload is to be undone. Says whether it could be: it is in the scope, its job is done, and nobody has
/// asked before.
///
/// # Errors
/// If the database cannot be written.
pub fn ask(
    tx: &Transaction<'_>,
    scope: Scope,
    upload: UploadId,
    by: AccountId,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let changed = tx.execute(
        "UPDATE upload SET undone_by = ?3, undone_at = ?4
         WHERE id = ?1 AND (?2 IS NULL OR school_id = ?2) AND status IN ('succeeded', 'failed') AND undone_at IS NULL
           AND lines_removed_at IS NULL",
        params![upload, scope.school(), by, millis(now)],
    )?;
    Ok(changed == 1)
}

/// The next lines of an upload whose accounts are there, after a line, in the order of the file.
///
/// # Errors
/// If the database cannot be read.
pub fn accounts_after(
    conn: &Connection,
    upload: UploadId,
    line: u32,
    at_most: u32,
) -> rusqlite::Result<Vec<(u32, AccountId)>> {
    let mut statement = conn.prepare_cached(
        "SELECT line, account_id FROM record
         WHERE upload_id = ?1 AND line > ?2 AND account_id IS NOT NULL ORDER BY line LIMIT ?3",
    )?;
    let rows = statement.query_map(params![upload, line, at_most], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Takes an account away with all that hangs on it, unless somebody has used or changed it; then it says why it stays.
/// Its line keeps the username, and the username's stem keeps count, so that it is never given again.
///
/// # Errors
/// If the database cannot be written.
pub fn remove(
    tx: &Transaction<'_>,
    upload: UploadId,
    line: u32,
    account: AccountId,
) -> rusqlite::Result<Option<Kept>> {
    // What refers to it goes after it, so that the condition and the removal are one.
    tx.pragma_update(None, "defer_foreign_keys", true)?;
    let gone = tx
        .prepare_cached("DELETE FROM account WHERE id = ?1 AND used_at IS NULL AND changed_at IS NULL")?
        .execute([account])?;
    if gone == 0 {
        return why_kept(tx, account);
    }
    removal::forget(tx, account)?;
    tx.prepare_cached("UPDATE record SET account_id = NULL WHERE upload_id = ?1 AND line = ?2")?
        .execute(params![upload, line])?;
    Ok(None)
}

fn why_kept(tx: &Transaction<'_>, account: AccountId) -> rusqlite::Result<Option<Kept>> {
    tx.prepare_cached("SELECT used_at, changed_at FROM account WHERE id = ?1")?.query_row([account], |row| {
        let [used, changed]: [Option<Millis>; 2] = [row.get(0)?, row.get(1)?];
        let used = used.map(|at| Kept::Used(at.0));
        Ok(used.or(changed.map(|at| Kept::Changed(at.0))))
    })
}

/// Says of a line what undoing did to its account.
///
/// # Errors
/// If the database cannot be written.
pub fn say(tx: &Transaction<'_>, upload: UploadId, line: u32, message: &str) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE record SET message = ?3 WHERE upload_id = ?1 AND line = ?2")?
        .execute(params![upload, line, message])?;
    Ok(())
}

/// Counts accounts of an upload that were taken away.
///
/// # Errors
/// If the database cannot be written.
pub fn count(tx: &Transaction<'_>, upload: UploadId, removed: u32) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE upload SET removed = removed + ?2 WHERE id = ?1")?
        .execute(params![upload, removed])?;
    Ok(())
}

/// Says that an upload is undone. Gives who asked for it.
///
/// # Errors
/// If the database cannot be written, or nobody has asked for it.
pub fn finish(tx: &Transaction<'_>, upload: UploadId) -> rusqlite::Result<Option<AccountId>> {
    tx.query_row(
        "UPDATE upload SET status = ?2, failure = NULL WHERE id = ?1 RETURNING undone_by",
        params![upload, UploadStatus::Undone],
        |row| row.get(0),
    )
}

/// Says that an upload could not be undone to the end. It can be asked for again.
///
/// # Errors
/// If the database cannot be written.
pub fn give_up(tx: &Transaction<'_>, upload: UploadId, failure: &str) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE upload SET status = ?2, failure = ?3, undone_by = NULL, undone_at = NULL WHERE id = ?1",
        params![upload, UploadStatus::Failed, failure],
    )?;
    Ok(())
}
