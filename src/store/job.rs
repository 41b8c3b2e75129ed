//! Jobs: what the loop has still to do.

use crate::domain::{JobId, UploadId};
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// After so many attempts that got nowhere, a job steps behind all others.
const PATIENCE: u32 = 5;

/// A unit of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Make the accounts of an upload.
    CreateAccounts(UploadId),
    /// Write an upload's results file.
    WriteResults(UploadId),
    /// Take an upload back.
    Undo(UploadId),
}

/// A job that the loop has taken up.
#[derive(Clone, Copy, Debug)]
pub struct Claimed {
    /// Its number.
    pub id: JobId,
    /// What is to be done.
    pub job: Job,
    /// How often it was begun since it last got anywhere, this time included.
    pub attempts: u32,
}

impl Job {
    fn kind(self) -> &'static str {
        match self {
            Job::CreateAccounts(_) => "create_accounts",
            Job::WriteResults(_) => "write_results",
            Job::Undo(_) => "undo",
        }
    }

    /// The upload it belongs to.
    #[must_use]
    pub fn upload(self) -> UploadId {
        match self {
            Job::CreateAccounts(upload) | Job::WriteResults(upload) | Job::Undo(upload) => upload,
        }
    }
}

/// Puts a job at the end of the line. If it is in line already, it keeps its place; but the writing of results is put
/// there anew: whoever writes them just now has read what was before, and takes only their own job out of the line.
///
/// # Errors
/// If the database cannot be written.
pub fn enqueue(tx: &Transaction<'_>, job: Job) -> rusqlite::Result<()> {
    if let Job::WriteResults(upload) = job {
        tx.execute("DELETE FROM job WHERE kind = ?1 AND upload_id = ?2", params![job.kind(), upload])?;
    }
    tx.execute(
        "INSERT INTO job (kind, upload_id) VALUES (?1, ?2) ON CONFLICT (kind, upload_id) DO NOTHING",
        params![job.kind(), job.upload()],
    )?;
    Ok(())
}

/// Takes up the oldest job, those that often got nowhere last, and counts the attempt before the work, so that work that kills the process is counted too.
///
/// # Errors
/// If the database cannot be written.
pub fn claim(tx: &Transaction<'_>) -> rusqlite::Result<Option<Claimed>> {
    tx.query_row(
        "UPDATE job SET attempts = attempts + 1
         WHERE id = (SELECT id FROM job ORDER BY attempts >= ?1, id LIMIT 1) RETURNING id, kind, upload_id, attempts",
        [PATIENCE],
        |row| {
            let upload = row.get(2)?;
            let job = match row.get_ref(1)?.as_str()? {
                "create_accounts" => Job::CreateAccounts(upload),
                "write_results" => Job::WriteResults(upload),
                "undo" => Job::Undo(upload),
                _ => return Err(FromSqlError::InvalidType.into()),
            };
            Ok(Claimed { id: row.get(0)?, job, attempts: row.get(3)? })
        },
    )
    .optional()
}

/// Says that a job has got somewhere: its attempts count from here.
///
/// # Errors
/// If the database cannot be written.
pub fn got_on(tx: &Transaction<'_>, id: JobId) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE job SET attempts = 1 WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Takes an attempt back that was none of the job's fault: it was interrupted, or the disk was full.
///
/// # Errors
/// If the database cannot be written.
pub fn forgive(tx: &Transaction<'_>, id: JobId) -> rusqlite::Result<()> {
    tx.execute("UPDATE job SET attempts = attempts - 1 WHERE id = ?1 AND attempts > 0", [id])?;
    Ok(())
}

/// Takes a job that is done, or given up, out of the line.
///
/// # Errors
/// If the database cannot be written.
pub fn remove(tx: &Transaction<'_>, id: JobId) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM job WHERE id = ?1", [id])?;
    Ok(())
}

/// Whether there is a job still to do for this upload, or for one that was received before it.
///
/// # Errors
/// If the database cannot be read.
pub fn any_up_to(conn: &Connection, upload: UploadId) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM job WHERE upload_id <= ?1)")?
        .query_row([upload], |row| row.get(0))
}

/// The upload whose accounts are being made, or are made next.
///
/// # Errors
/// If the database cannot be read.
pub fn upload_in_hand(conn: &Connection) -> rusqlite::Result<Option<UploadId>> {
    conn.prepare_cached(
        "SELECT upload_id FROM job WHERE kind = 'create_accounts' ORDER BY attempts >= ?1, id LIMIT 1",
    )?
    .query_row([PATIENCE], |row| row.get(0))
    .optional()
}

/// How many jobs there are to do.
///
/// # Errors
/// If the database cannot be read.
pub fn waiting(conn: &Connection) -> rusqlite::Result<u32> {
    conn.query_row("SELECT count(*) FROM job", [], |row| row.get(0))
}
