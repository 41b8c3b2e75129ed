//! Uploads: the files that were accepted, and where each stands.

use super::values::{Millis, millis};
use crate::domain::{AccountId, RecordStatus, SchoolId, Scope, UploadId, UploadStatus, UserType, WhoChooses};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// What a file is known by.
pub type FileMark = [u8; 32];

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
    /// What the same file is known by, and no other.
    pub file_mark: Option<FileMark>,
    /// How many records it has.
    pub total: u32,
    /// The upload whose failed lines these are, corrected.
    pub mends: Option<UploadId>,
    /// Who has to choose a password at the first sign-in.
    pub who_chooses: WhoChooses,
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
    /// Who sent it; `None` for the server's command line.
    pub by: Option<AccountId>,
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
    /// The upload whose failed lines these are, corrected.
    pub mends: Option<UploadId>,
    /// Who has to choose a password at the first sign-in.
    pub who_chooses: WhoChooses,
    /// How many of the accounts that it made were removed again.
    pub removed: u32,
    /// When somebody asked for it to be undone, if anybody has.
    pub undone_at: Option<Timestamp>,
    /// Since when its records are gone, if they are: they were past their time.
    pub lines_removed_at: Option<Timestamp>,
}

/// An upload as Upload History shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The upload.
    pub upload: Upload,
    /// The name of its school.
    pub school_name: String,
    /// The name of whoever sent it; `None` for the server's command line.
    pub by_name: Option<String>,
    /// When work on it began.
    pub started_at: Option<Timestamp>,
    /// When it was finished.
    pub finished_at: Option<Timestamp>,
    /// The name of whoever asked for it to be undone.
    pub undone_by_name: Option<String>,
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

impl Upload {
    /// Whether undoing it can be asked for: its job is done, its lines and accounts that it made are there, and nobody
    /// has asked yet.
    #[must_use]
    pub fn can_be_undone(&self) -> bool {
        let is_done = matches!(self.status, UploadStatus::Succeeded | UploadStatus::Failed);
        is_done
            && self.undone_at.is_none()
            && self.lines_removed_at.is_none()
            && self.counts.created > self.removed
    }
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
        "INSERT INTO upload (school_id, user_type, file_name, uploaded_by, status, total, received_at, mends,
                             chooses_password, file_mark)
         VALUES (?1, ?2, ?3, ?4, 'scheduled', ?5, ?6, ?7, ?8, ?9) RETURNING id",
        params![
            new.school,
            new.kind,
            new.file_name,
            new.by,
            new.total,
            millis(now),
            new.mends,
            new.who_chooses,
            new.file_mark
        ],
        |row| row.get(0),
    )
}

/// The last upload of this very file within a scope, and when it was received; but not this one.
///
/// # Errors
/// If the database cannot be read.
pub fn of_the_same_file(
    conn: &Connection,
    scope: Scope,
    mark: &FileMark,
    but: Option<UploadId>,
) -> rusqlite::Result<Option<(UploadId, Timestamp)>> {
    conn.query_row(
        "SELECT id, received_at FROM upload
         WHERE file_mark = ?1 AND (?2 IS NULL OR school_id = ?2) AND id IS NOT ?3 AND (?3 IS NULL OR id < ?3)
         ORDER BY id DESC LIMIT 1",
        params![mark, scope.school(), but],
        |row| Ok((row.get(0)?, row.get::<_, Millis>(1)?.0)),
    )
    .optional()
}

/// The uploads of this very file, for these people, whose imports have not reported what became of them, the oldest first; of
/// those up to number `up_to` whose records are there.
///
/// # Errors
/// If the database cannot be read.
pub fn unreported(
    conn: &Connection,
    school: SchoolId,
    kind: UserType,
    mark: &FileMark,
    up_to: UploadId,
) -> rusqlite::Result<Vec<UploadId>> {
    let mut statement = conn.prepare(
        "SELECT id FROM upload
         WHERE reported = 0 AND file_mark = ?1 AND school_id = ?2 AND user_type = ?3 AND id <= ?4
           AND status IN ('scheduled', 'in_progress', 'succeeded') AND lines_removed_at IS NULL ORDER BY id",
    )?;
    let rows = statement.query_map(params![mark, school, kind, up_to], |row| row.get(0))?;
    rows.collect()
}

/// Notes whether the import that handed an upload in has reported what became of it.
///
/// # Errors
/// If the database cannot be written.
pub fn set_reported(tx: &Transaction<'_>, id: UploadId, reported: bool) -> rusqlite::Result<()> {
    tx.execute("UPDATE upload SET reported = ?2 WHERE id = ?1", params![id, reported])?;
    Ok(())
}

/// The number of the newest upload; 0 if there is none.
///
/// # Errors
/// If the database cannot be read.
pub fn newest(conn: &Connection) -> rusqlite::Result<UploadId> {
    conn.query_row("SELECT coalesce(max(id), 0) FROM upload", [], |row| row.get(0))
}

/// What the file of an upload is known by; `None` if nobody noted it.
///
/// # Errors
/// If the database cannot be read, or there is no such upload.
pub fn file_mark(conn: &Connection, id: UploadId) -> rusqlite::Result<Option<FileMark>> {
    conn.query_row("SELECT file_mark FROM upload WHERE id = ?1", [id], |row| row.get(0))
}

/// An upload.
///
/// # Errors
/// If the database cannot be read, or there is no such upload.
pub fn get(conn: &Connection, id: UploadId) -> rusqlite::Result<Upload> {
    conn.prepare_cached(
        "SELECT id, school_id, user_type, file_name, status, failure, total, created, skipped, failed, received_at,
                uploaded_by, mends, chooses_password, removed, undone_at, lines_removed_at
         FROM upload WHERE id = ?1",
    )?
    .query_row([id], upload)
}

/// The uploads of a scope, newest first, after the first `skip`.
///
/// # Errors
/// If the database cannot be read.
pub fn history(conn: &Connection, scope: Scope, skip: u32, at_most: u32) -> rusqlite::Result<Vec<Listed>> {
    let mut statement = conn.prepare_cached(&format!(
        "{LISTED} AND u.id IN (SELECT id FROM upload WHERE ?1 IS NULL OR school_id = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3)
         ORDER BY u.id DESC"
    ))?;
    let rows = statement.query_map(params![scope.school(), at_most, skip], listed)?;
    rows.collect()
}

/// How many uploads there are in a scope.
///
/// # Errors
/// If the database cannot be read.
pub fn how_many(conn: &Connection, scope: Scope) -> rusqlite::Result<u32> {
    conn.query_row(
        "SELECT count(*) FROM upload WHERE ?1 IS NULL OR school_id = ?1",
        [scope.school()],
        |row| row.get(0),
    )
}

/// An upload; `None` if there is none of this number in the scope.
///
/// # Errors
/// If the database cannot be read.
pub fn visible_to(conn: &Connection, scope: Scope, id: UploadId) -> rusqlite::Result<Option<Listed>> {
    conn.prepare_cached(&format!("{LISTED} AND u.id = ?2"))?
        .query_row(params![scope.school(), id], listed)
        .optional()
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
        by: row.get(11)?,
        mends: row.get(12)?,
        who_chooses: row.get(13)?,
        removed: row.get(14)?,
        undone_at: row.get::<_, Option<Millis>>(15)?.map(|at| at.0),
        lines_removed_at: row.get::<_, Option<Millis>>(16)?.map(|at| at.0),
    })
}

const LISTED: &str =
    "SELECT u.id, u.school_id, u.user_type, u.file_name, u.status, u.failure, u.total, u.created,
       u.skipped, u.failed, u.received_at, u.uploaded_by, u.mends, u.chooses_password, u.removed, u.undone_at, u.lines_removed_at,
       c.name,
       CASE WHEN u.uploaded_by IS NOT NULL THEN coalesce(a.first_name || ' ' || a.last_name, 'a removed account') END,
       u.started_at, u.finished_at,
       CASE WHEN u.undone_by IS NOT NULL THEN coalesce(b.first_name || ' ' || b.last_name, 'a removed account') END
     FROM upload u JOIN school c ON c.id = u.school_id LEFT JOIN account a ON a.id = u.uploaded_by
       LEFT JOIN account b ON b.id = u.undone_by
     WHERE (?1 IS NULL OR u.school_id = ?1)";

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    Ok(Listed {
        upload: upload(row)?,
        school_name: row.get(17)?,
        by_name: row.get(18)?,
        started_at: row.get::<_, Option<Millis>>(19)?.map(|at| at.0),
        finished_at: row.get::<_, Option<Millis>>(20)?.map(|at| at.0),
        undone_by_name: row.get(21)?,
    })
}
