//! Uploads: the files that were accepted, and where each stands.

use super::values::{Millis, millis};
use crate::domain::{AccountId, RecordStatus, SchoolId, UploadId, UploadStatus, UserType};
use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction, params};

/// A file that is about to be accepted.
pub struct NewUpload<'a> {
    /// The school that its people belong to.
    pub school: SchoolId,
    /// What kind of people they are.
    pub kind: UserType,
    /// The file's own name, without its folder.
    pub file_name: &'a str,
    /// Who sent it; `None` for the server's command line.
    pub by: Option<AccountId>,
    /// How many records it has.
    pub total: u32,
}

/// An upload and where it stands.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its Job ID.
    pub id: UploadId,
    /// The school that its people belong to.
    pub school: SchoolId,
    /// What kind of people they are.
    pub kind: UserType,
    /// The file's own name.
    pub file_name: String,
    /// Where it stands.
    pub status: UploadStatus,
    /// Why the job could not be finished, if it could not.
    pub failure: Option<String>,
    /// How many records it has.
    pub total: u32,
    /// What became of those that are done.
    pub counts: Counts,
    /// When it was received.
    pub received_at: Timestamp,
}

/// How many records ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Accounts made.
    pub created: u32,
    /// Emails in use already.
    pub skipped: u32,
    /// Lines that need correcting.
    pub failed: u32,
}

impl Counts {
    /// Counts one more record that ended so. A pending one has not ended.
    pub fn add(&mut self, status: RecordStatus) {
        match status {
            RecordStatus::Created => self.created += 1,
            RecordStatus::Skipped => self.skipped += 1,
            RecordStatus::Failed => self.failed += 1,
            RecordStatus::Pending => {}
        }
    }

    /// How many records are done.
    #[must_use]
    pub fn done(&self) -> u32 {
        self.created + self.skipped + self.failed
    }
}

/// Accepts a file; its records follow.
///
/// # Errors
/// If the database cannot be written.
pub fn insert(tx: &Transaction<'_>, new: &NewUpload<'_>, now: Timestamp) -> rusqlite::Result<UploadId> {
    tx.query_row(
        "INSERT INTO upload (school_id, user_type, file_name, uploaded_by, status, total, received_at)
         VALUES (?1, ?2, ?3, ?4, 'scheduled', ?5, ?6) RETURNING id",
        params![new.school, new.kind, new.file_name, new.by, new.total, millis(now)],
        |row| row.get(0),
    )
}

/// An upload.
///
/// # Errors
/// If the database cannot be read, or there is no such upload.
pub fn get(conn: &Connection, id: UploadId) -> rusqlite::Result<Upload> {
    conn.prepare_cached(
        "SELECT id, school_id, user_type, file_name, status, failure, total, created, skipped, failed, received_at
         FROM upload WHERE id = ?1",
    )?
    .query_row([id], upload)
}

/// Says that work on an upload has begun; the first time counts.
///
/// # Errors
/// If the database cannot be written.
pub fn begin(tx: &Transaction<'_>, id: UploadId, now: Timestamp) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE upload SET status = 'in_progress', started_at = ?2 WHERE id = ?1 AND status = 'scheduled'",
        params![id, millis(now)],
    )?;
    Ok(())
}

/// Adds what became of a batch of its records.
///
/// # Errors
/// If the database cannot be written.
pub fn count(tx: &Transaction<'_>, id: UploadId, more: Counts) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE upload SET created = created + ?2, skipped = skipped + ?3, failed = failed + ?4 WHERE id = ?1",
    )?
    .execute(params![id, more.created, more.skipped, more.failed])?;
    Ok(())
}

/// Says that an upload is finished; with a `failure`, that it could not be.
///
/// # Errors
/// If the database cannot be written.
pub fn finish(
    tx: &Transaction<'_>,
    id: UploadId,
    failure: Option<&str>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let status = if failure.is_none() { UploadStatus::Succeeded } else { UploadStatus::Failed };
    tx.execute(
        "UPDATE upload SET status = ?2, failure = ?3, finished_at = ?4 WHERE id = ?1",
        params![id, status, failure, millis(now)],
    )?;
    Ok(())
}

fn upload(row: &Row<'_>) -> rusqlite::Result<Upload> {
    Ok(Upload {
        id: row.get(0)?,
        school: row.get(1)?,
        kind: row.get(2)?,
        file_name: row.get(3)?,
        status: row.get(4)?,
        failure: row.get(5)?,
        total: row.get(6)?,
        counts: Counts { created: row.get(7)?, skipped: row.get(8)?, failed: row.get(9)? },
        received_at: row.get::<_, Millis>(10)?.0,
    })
}
