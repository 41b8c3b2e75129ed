//! Records: the lines of an upload, and what became of each.

use crate::domain::{AccountId, RecordStatus, Scope, Spot, UploadId, Username};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// A record as it is received.
pub struct NewRecord<'a> {
    /// Where it starts in the file.
    pub line: u32,
    /// The first name as it came.
    pub first_name: &'a str,
    /// The last name as it came.
    pub last_name: &'a str,
    /// The email as it came.
    pub email: &'a str,
    /// The password, sealed; `None` if one is to be made.
    pub sealed_password: Option<Vec<u8>>,
    /// Why the line could not be read; empty if it could.
    pub refusal: &'a str,
    /// The username that a check has announced; empty if there was none.
    pub announced: &'a str,
    /// Whether the administrator chose to skip it.
    pub is_left_out: bool,
}

/// A record whose turn has come.
#[derive(Debug)]
pub struct Pending {
    /// Where it starts in the file.
    pub line: u32,
    /// The first name as it came.
    pub first_name: String,
    /// The last name as it came.
    pub last_name: String,
    /// The email as it came.
    pub email: String,
    /// The password, sealed; `None` if one is to be made.
    pub sealed_password: Option<Vec<u8>>,
    /// Why the line could not be read; empty if it could.
    pub refusal: String,
    /// The username that a check has announced; empty if there was none.
    pub announced: String,
    /// Whether the administrator chose to skip it.
    pub is_left_out: bool,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub status: RecordStatus,
    /// A sentence for the administrator.
    pub message: String,
    /// The account that was made, and its username.
    pub account: Option<(AccountId, Username)>,
}

/// A record as the results show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it starts in the file.
    pub line: u32,
    /// The first name as it came.
    pub first_name: String,
    /// The last name as it came.
    pub last_name: String,
    /// The email as it came.
    pub email: String,
    /// The username of the account that was made; empty if none was.
    pub username: String,
    /// How it ended, or that it has not.
    pub status: RecordStatus,
    /// A sentence for the administrator.
    pub message: String,
}

/// Adds a record to an upload.
///
/// # Errors
/// If the database cannot be written.
pub fn insert(tx: &Transaction<'_>, upload: UploadId, new: &NewRecord<'_>) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO record (upload_id, line, first_name, last_name, email, sealed_password, status, message, username,
                             is_left_out)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pending', ?7, ?8, ?9)",
    )?
    .execute(params![
        upload,
        new.line,
        new.first_name,
        new.last_name,
        new.email,
        new.sealed_password,
        new.refusal,
        new.announced,
        new.is_left_out
    ])?;
    Ok(())
}

/// The next pending records after a line, in the order of the file.
///
/// # Errors
/// If the database cannot be read.
pub fn pending_after(
    conn: &Connection,
    upload: UploadId,
    line: u32,
    at_most: u32,
) -> rusqlite::Result<Vec<Pending>> {
    let mut statement = conn.prepare_cached(
        "SELECT line, first_name, last_name, email, sealed_password, message, username, is_left_out
         FROM record
         WHERE upload_id = ?1 AND line > ?2 AND status = 'pending' ORDER BY line LIMIT ?3",
    )?;
    let rows = statement.query_map(params![upload, line, at_most], |row| {
        Ok(Pending {
            line: row.get(0)?,
            first_name: row.get(1)?,
            last_name: row.get(2)?,
            email: row.get(3)?,
            sealed_password: row.get(4)?,
            refusal: row.get(5)?,
            announced: row.get(6)?,
            is_left_out: row.get(7)?,
        })
    })?;
    rows.collect()
}

/// Hands the emails of all records that wait for their turn to `each`, as they came; those of one upload are left out.
///
/// # Errors
/// If the database cannot be read, or `each` fails.
pub fn for_each_pending_email<E: From<rusqlite::Error>>(
    conn: &Connection,
    but: UploadId,
    mut each: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = conn.prepare_cached(
        "SELECT r.email FROM upload u JOIN record r ON r.upload_id = u.id
         WHERE u.status IN ('scheduled', 'in_progress') AND u.id <> ?1 AND r.status = 'pending' AND r.email <> ''",
    )?;
    let mut rows = statement.query([but])?;
    while let Some(row) = rows.next()? {
        each(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
    }
    Ok(())
}

/// Ends a pending record and destroys the seal of its password. Says whether it was still pending.
///
/// # Errors
/// If the database cannot be written.
pub fn end(tx: &Transaction<'_>, upload: UploadId, line: u32, outcome: &Outcome) -> rusqlite::Result<bool> {
    let made = outcome.account.as_ref();
    let (account, username) = (made.map(|made| made.0), made.map_or("", |made| made.1.as_str()));
    let changed = tx
        .prepare_cached(
            "UPDATE record SET status = ?3, message = ?4, account_id = ?5, username = ?6, sealed_password = NULL
             WHERE upload_id = ?1 AND line = ?2 AND status = 'pending'",
        )?
        .execute(params![upload, line, outcome.status, outcome.message, account, username])?;
    Ok(changed == 1)
}

/// Fails every record of an upload that is still pending, and destroys the seals. Says how many there were.
///
/// # Errors
/// If the database cannot be written.
pub fn fail_pending(tx: &Transaction<'_>, upload: UploadId, message: &str) -> rusqlite::Result<usize> {
    tx.execute(
        "UPDATE record SET status = 'failed', sealed_password = NULL,
                message = CASE message WHEN '' THEN ?2 ELSE message END
         WHERE upload_id = ?1 AND status = 'pending'",
        params![upload, message],
    )
}

/// How many records of an upload that were created have these words in their message.
///
/// # Errors
/// If the database cannot be read.
pub fn created_with(conn: &Connection, upload: UploadId, words: &str) -> rusqlite::Result<u32> {
    conn.query_row(
        "SELECT count(*) FROM record WHERE upload_id = ?1 AND status = 'created' AND instr(message, ?2) > 0",
        params![upload, words],
        |row| row.get(0),
    )
}

/// Hands every record of an upload to `each`, in the order of the file, one at a time.
///
/// # Errors
/// If the database cannot be read, or `each` fails.
pub fn for_each<E: From<rusqlite::Error>>(
    conn: &Connection,
    upload: UploadId,
    mut each: impl FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = conn.prepare_cached(&format!("{RECORD} WHERE r.upload_id = ?1 ORDER BY r.line"))?;
    let mut rows = statement.query([upload])?;
    while let Some(row) = rows.next()? {
        each(record(row)?)?;
    }
    Ok(())
}

/// A page of an upload's records, in the order of the file, by their lines; of one status only, if one is given. An upload
/// outside the scope has none.
///
/// # Errors
/// If the database cannot be read.
pub fn page(
    conn: &Connection,
    scope: Scope,
    upload: UploadId,
    status: Option<RecordStatus>,
    spot: Spot<u32>,
    at_most: u32,
) -> rusqlite::Result<Vec<Record>> {
    let (skip, line, beyond, order) = match spot {
        Spot::Skip(rows) => (rows, 0, ">", "ASC"),
        Spot::After(line) => (0, line, ">", "ASC"),
        Spot::Before(line) => (0, line, "<", "DESC"),
    };
    let of_problems = match status {
        Some(RecordStatus::Skipped | RecordStatus::Failed) => OF_PROBLEMS,
        _ => "WHERE",
    };
    let status_is = if status.is_some() { "AND r.status = ?3" } else { "" };
    let mut statement = conn.prepare_cached(&format!(
        "{RECORD} {of_problems} {ON_PAGE} {status_is} AND r.line {beyond} ?6 ORDER BY r.line {order} LIMIT ?4 OFFSET ?5"
    ))?;
    let rows = statement.query_map(params![upload, scope.school(), status, at_most, skip, line], record)?;
    let mut records: Vec<Record> = rows.collect::<rusqlite::Result<_>>()?;
    if matches!(spot, Spot::Before(_)) {
        records.reverse();
    }
    Ok(records)
}

/// The first records of an upload that somebody has to look at: those that failed, then those that were skipped.
///
/// # Errors
/// If the database cannot be read.
pub fn problems(conn: &Connection, upload: UploadId, at_most: u32) -> rusqlite::Result<Vec<Record>> {
    let mut statement = conn.prepare_cached(&format!(
        "{RECORD} {OF_PROBLEMS} r.upload_id = ?1
         ORDER BY r.status <> 'failed', r.line LIMIT ?2"
    ))?;
    let rows = statement.query_map(params![upload, at_most], record)?;
    rows.collect()
}

/// A page of the records whose accounts an upload made and undoing has kept, in the order of the file, after the first
/// `skip`. An upload outside the scope has none.
///
/// # Errors
/// If the database cannot be read.
pub fn kept(
    conn: &Connection,
    scope: Scope,
    upload: UploadId,
    skip: u32,
    at_most: u32,
) -> rusqlite::Result<Vec<Record>> {
    let mut statement = conn.prepare_cached(&format!(
        "{RECORD} WHERE {ON_PAGE} AND r.account_id IS NOT NULL ORDER BY r.line LIMIT ?4 OFFSET ?5"
    ))?;
    let created = RecordStatus::Created;
    let rows = statement.query_map(params![upload, scope.school(), created, at_most, skip], record)?;
    rows.collect()
}

/// How many records an upload has; of one status only, if one is given. An upload outside the scope has none.
///
/// # Errors
/// If the database cannot be read.
pub fn count(
    conn: &Connection,
    scope: Scope,
    upload: UploadId,
    status: Option<RecordStatus>,
) -> rusqlite::Result<u32> {
    conn.prepare_cached(
        "SELECT CASE WHEN ?3 IS NULL THEN total WHEN ?3 = 'created' THEN created WHEN ?3 = 'skipped' THEN skipped
                WHEN ?3 = 'failed' THEN failed ELSE total - created - skipped - failed END
         FROM upload WHERE id = ?1 AND (?2 IS NULL OR school_id = ?2)",
    )?
    .query_row(params![upload, scope.school(), status], |row| row.get(0))
    .optional()
    .map(Option::unwrap_or_default)
}

pub(super) const RECORD: &str =
    "SELECT r.line, r.first_name, r.last_name, r.email, CASE r.status WHEN 'created' THEN r.username ELSE '' END, r.status, r.message
     FROM record r";

/// Along the index of those that somebody has to look at; the rest of the condition follows.
pub(super) const OF_PROBLEMS: &str = "INDEXED BY record_problem WHERE r.status IN ('skipped', 'failed') AND";

const ON_PAGE: &str = "r.upload_id = ?1 AND (?3 IS NULL OR r.status = ?3)
     AND EXISTS (SELECT 1 FROM upload u WHERE u.id = ?1 AND (?2 IS NULL OR u.school_id = ?2))";

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let status = row.get(5)?;
    Ok(Record {
        line: row.get(0)?,
        first_name: row.get(1)?,
        last_name: row.get(2)?,
        email: row.get(3)?,
        username: row.get(4)?,
        status,
        message: if status == RecordStatus::Pending { String::new() } else { row.get(6)? },
    })
}
