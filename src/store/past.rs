//! What is past its time, and deleting it: letters, the audit log, browsers, the lines of uploads. A little at a time,
//! so that nobody who writes waits for long.

use super::values::millis;
use crate::domain::UploadId;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// Things that are kept for a while, each with a time of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters that were taken or given up, by when.
    Letters,
    /// Entries of the audit log, by when it was done.
    Audit,
    /// Browsers that somebody signed in from, by when they last did.
    Browsers,
}

impl Kind {
    /// The table, its key, and the condition for what is before a time.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Kind::Letters => ("letter", "id", "status <> 'queued' AND ended_at < ?1"),
            Kind::Audit => ("audit", "id", "at < ?1"),
            Kind::Browsers => ("browser", "(token_hash, account_id)", "seen_at < ?1"),
        }
    }
}

/// Whether there is something of a kind from before a time.
///
/// # Errors
/// If the database cannot be read.
pub fn any(conn: &Connection, kind: Kind, before: Timestamp) -> rusqlite::Result<bool> {
    let (table, _, past) = kind.words();
    conn.prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {past})"))?
        .query_row([millis(before)], |row| row.get(0))
}

/// Deletes some of a kind from before a time. Says how many.
///
/// # Errors
/// If the database cannot be written.
pub fn delete(tx: &Transaction<'_>, kind: Kind, before: Timestamp, at_most: u32) -> rusqlite::Result<usize> {
    let (table, key, past) = kind.words();
    let columns = key.trim_matches(['(', ')']);
    tx.prepare_cached(&format!(
        "DELETE FROM {table} WHERE {key} IN (SELECT {columns} FROM {table} WHERE {past} LIMIT ?2)"
    ))?
    .execute(params![millis(before), at_most])
}

/// The first upload whose lines are past their time: it was done before this, or undone, and nothing is left to do for
/// it. The lines of one that mends another go after that other's, which would offer its own to be mended again.
///
/// # Errors
/// If the database cannot be read.
pub fn upload(conn: &Connection, before: Timestamp) -> rusqlite::Result<Option<UploadId>> {
    conn.query_row(
        "SELECT id FROM upload u
         WHERE status IN ('succeeded', 'failed', 'undone') AND lines_removed_at IS NULL
           AND max(coalesce(finished_at, received_at), coalesce(undone_at, 0)) < ?1
           AND NOT EXISTS (SELECT 1 FROM job WHERE upload_id = u.id)
           AND NOT EXISTS (SELECT 1 FROM upload m WHERE m.id = u.mends AND m.lines_removed_at IS NULL)
         ORDER BY id LIMIT 1",
        [millis(before)],
        |row| row.get(0),
    )
    .optional()
}

/// An upload whose lines are being removed, and are not all gone.
///
/// # Errors
/// If the database cannot be read.
pub fn half_removed(conn: &Connection) -> rusqlite::Result<Option<UploadId>> {
    conn.query_row(
        "SELECT id FROM upload u
         WHERE lines_removed_at IS NOT NULL AND EXISTS (SELECT 1 FROM record WHERE upload_id = u.id) LIMIT 1",
        [],
        |row| row.get(0),
    )
    .optional()
}

/// Says of an upload that its lines are removed. From here on nobody is shown any that is left.
///
/// # Errors
/// If the database cannot be written.
pub fn note_removed(tx: &Transaction<'_>, id: UploadId, now: Timestamp) -> rusqlite::Result<()> {
    tx.execute("UPDATE upload SET lines_removed_at = ?2 WHERE id = ?1", params![id, millis(now)])?;
    Ok(())
}

/// Removes some lines of an upload. Says how many.
///
/// # Errors
/// If the database cannot be written.
pub fn remove_lines(tx: &Transaction<'_>, id: UploadId, at_most: u32) -> rusqlite::Result<usize> {
    tx.prepare_cached(
        "DELETE FROM record WHERE upload_id = ?1
         AND line IN (SELECT line FROM record WHERE upload_id = ?1 ORDER BY line LIMIT ?2)",
    )?
    .execute(params![id, at_most])
}
