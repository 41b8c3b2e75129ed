//! Mending: the failed lines of an upload that no other upload has taken up, and the uploads that have.
//!
//! A line has one place where it can be mended: the last job in which it failed. A mending that was undone gives its
//! lines back, but for those whose accounts were kept, and those that a mending of it has taken up.

use super::record::{OF_PROBLEMS, RECORD, Record, record};
use crate::domain::{Scope, UploadId, UploadStatus};
use rusqlite::{Connection, params};

/// An upload that mends lines of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mending {
    /// Its Job ID.
    pub id: UploadId,
    /// Where it stands.
    pub status: UploadStatus,
    /// How many lines it has.
    pub total: u32,
    /// How many accounts it made that are still there.
    pub made: u32,
}

/// A line that can be mended now.
const LEFT: &str = "r.upload_id = ?1 AND r.status = 'failed' AND r.gone_at IS NULL
     AND EXISTS (SELECT 1 FROM upload u
                 WHERE u.id = ?1 AND (?2 IS NULL OR u.school_id = ?2) AND u.status IN ('succeeded', 'failed'))
     AND r.line NOT IN (WITH RECURSIVE mending (id, status) AS (
                            SELECT id, status FROM upload WHERE mends = ?1 AND id > ?1
                            UNION ALL SELECT u.id, u.status FROM mending m JOIN upload u ON u.mends = m.id AND u.id > m.id)
                        SELECT t.line FROM mending v JOIN record t ON t.upload_id = v.id
                        WHERE NOT (v.status = 'undone' AND t.account_id IS NULL))";

/// A page of the lines that can be mended now, in the order of the file, after the first `skip`. An upload outside the
/// scope has none.
///
/// # Errors
/// If the database cannot be read.
pub fn left(
    conn: &Connection,
    scope: Scope,
    upload: UploadId,
    skip: u32,
    at_most: u32,
) -> rusqlite::Result<Vec<Record>> {
    let mut statement =
        conn.prepare_cached(&format!("{RECORD} {OF_PROBLEMS} {LEFT} ORDER BY r.line LIMIT ?3 OFFSET ?4"))?;
    let rows = statement.query_map(params![upload, scope.school(), at_most, skip], record)?;
    rows.collect()
}

/// How many lines can be mended now. An upload outside the scope has none.
///
/// # Errors
/// If the database cannot be read.
pub fn count_left(conn: &Connection, scope: Scope, upload: UploadId) -> rusqlite::Result<u32> {
    conn.prepare_cached(&format!("SELECT count(*) FROM record r {OF_PROBLEMS} {LEFT}"))?
        .query_row(params![upload, scope.school()], |row| row.get(0))
}

/// Those of these lines that can be mended now, in the order of the file. All are asked for at once, as the mendings are looked up
/// for each question.
///
/// # Errors
/// If the database cannot be read.
pub fn left_among(
    conn: &Connection,
    scope: Scope,
    upload: UploadId,
    lines: &[u32],
) -> rusqlite::Result<Vec<Record>> {
    let asked = lines.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let mut statement =
        conn.prepare(&format!("{RECORD} {OF_PROBLEMS} {LEFT} AND r.line IN ({asked}) ORDER BY r.line"))?;
    let rows = statement.query_map(params![upload, scope.school()], record)?;
    rows.collect()
}

/// The uploads that mend lines of this one, the oldest first. They are of its school.
///
/// # Errors
/// If the database cannot be read.
pub fn mended_in(conn: &Connection, scope: Scope, upload: UploadId) -> rusqlite::Result<Vec<Mending>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, status, total, created - removed FROM upload
         WHERE mends = ?1 AND (?2 IS NULL OR school_id = ?2) ORDER BY id",
    )?;
    let rows = statement.query_map(params![upload, scope.school()], |row| {
        Ok(Mending { id: row.get(0)?, status: row.get(1)?, total: row.get(2)?, made: row.get(3)? })
    })?;
    rows.collect()
}
