//! Drafts: files that were handed in to be checked, and what the check announced. Each is its own administrator's.

use super::values::{Millis, millis};
use crate::domain::{AccountId, Admin, DraftId, RecordStatus, SchoolId, UserType, WhoChooses};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// A file that is about to be kept.
pub struct NewDraft<'a> {
    /// The school that its people belong to.
    pub school: SchoolId,
    /// What kind of people they are.
    pub kind: UserType,
    /// The file's own name.
    pub file_name: &'a str,
    /// All of it, sealed.
    pub sealed_file: &'a [u8],
    /// Who has to choose a password.
    pub who_chooses: WhoChooses,
    /// Who handed it in.
    pub by: AccountId,
}

/// A file that was handed in.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its number.
    pub id: DraftId,
    /// The school that its people belong to.
    pub school: SchoolId,
    /// The school's name.
    pub school_name: String,
    /// What kind of people they are.
    pub kind: UserType,
    /// The file's own name.
    pub file_name: String,
    /// What was answered to questions about it.
    pub answers: String,
    /// Who has to choose a password.
    pub who_chooses: WhoChooses,
    /// When it was handed in.
    pub handed_in_at: Timestamp,
    /// Counts up whenever something else is announced for its lines.
    pub revision: i64,
}

/// What a check announced for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Where it starts in the file.
    pub line: u32,
    /// The first name as it came.
    pub first_name: String,
    /// The last name as it came.
    pub last_name: String,
    /// The email as it came.
    pub email: String,
    /// The username that would be given; empty if none would.
    pub username: String,
    /// How it would end.
    pub status: RecordStatus,
    /// A sentence for the administrator.
    pub message: String,
    /// Whether somebody of this name is there already.
    pub is_namesake: bool,
    /// Whether the administrator chose to skip it.
    pub is_left_out: bool,
}

/// What is to be announced for a line.
pub struct NewLine<'a> {
    /// Where it starts in the file.
    pub line: u32,
    /// The first name, the last name and the email as they came.
    pub cells: [&'a str; 3],
    /// The username that would be given; empty if none would.
    pub username: &'a str,
    /// How it would end.
    pub status: RecordStatus,
    /// A sentence for the administrator.
    pub message: &'a str,
    /// Whether somebody of this name is there already.
    pub is_namesake: bool,
    /// Whether the administrator chose to skip it.
    pub is_left_out: bool,
}

/// Which of the announced lines are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those that would end so.
    Status(RecordStatus),
    /// Those where somebody of this name is there already.
    Namesakes,
}

/// How many lines would end how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanCounts {
    /// Accounts that would be made.
    pub created: u32,
    /// Lines that would be skipped.
    pub skipped: u32,
    /// Lines that would fail.
    pub failed: u32,
    /// Lines where somebody of this name is there already.
    pub namesakes: u32,
}

/// Keeps a file.
///
/// # Errors
/// If the database cannot be written.
pub fn insert(tx: &Transaction<'_>, new: &NewDraft<'_>, now: Timestamp) -> rusqlite::Result<DraftId> {
    tx.query_row(
        "INSERT INTO draft (school_id, user_type, file_name, sealed_file, answers, chooses_password, handed_in_by,
                            handed_in_at)
         VALUES (?1, ?2, ?3, ?4, '', ?5, ?6, ?7) RETURNING id",
        params![
            new.school,
            new.kind,
            new.file_name,
            new.sealed_file,
            new.who_chooses,
            new.by,
            millis(now)
        ],
        |row| row.get(0),
    )
}

/// A draft; `None` if there is none of this number that this administrator handed in, for a school of their scope.
///
/// # Errors
/// If the database cannot be read.
pub fn get(conn: &Connection, admin: &Admin, id: DraftId) -> rusqlite::Result<Option<Draft>> {
    conn.query_row(&format!("{DRAFT} AND d.id = ?3"), params![admin.account, admin.scope.school(), id], draft)
        .optional()
}

/// The drafts of an administrator, the newest first.
///
/// # Errors
/// If the database cannot be read.
pub fn list(conn: &Connection, admin: &Admin, at_most: u32) -> rusqlite::Result<Vec<Draft>> {
    let mut statement = conn.prepare_cached(&format!("{DRAFT} ORDER BY d.id DESC LIMIT ?3"))?;
    let rows = statement.query_map(params![admin.account, admin.scope.school(), at_most], draft)?;
    rows.collect()
}

/// The file of a draft, sealed.
///
/// # Errors
/// If the database cannot be read, or there is no such draft.
pub fn sealed_file(conn: &Connection, id: DraftId) -> rusqlite::Result<Vec<u8>> {
    conn.query_row("SELECT sealed_file FROM draft WHERE id = ?1", [id], |row| row.get(0))
}

/// Keeps what was answered about a draft's file.
///
/// # Errors
/// If the database cannot be written.
pub fn set_answers(tx: &Transaction<'_>, id: DraftId, answers: &str) -> rusqlite::Result<()> {
    tx.execute("UPDATE draft SET answers = ?2 WHERE id = ?1", params![id, answers])?;
    Ok(())
}

/// Takes a draft away, and all that was announced for it.
///
/// # Errors
/// If the database cannot be written.
pub fn remove(tx: &Transaction<'_>, id: DraftId) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM draft_record WHERE draft_id = ?1", [id])?;
    tx.execute("DELETE FROM draft WHERE id = ?1", [id])?;
    Ok(())
}

/// Whether there is a draft that was handed in before the first time or after the second.
///
/// # Errors
/// If the database cannot be read.
pub fn any_outside(conn: &Connection, (from, to): (Timestamp, Timestamp)) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM draft WHERE handed_in_at < ?1 OR handed_in_at > ?2)")?
        .query_row([millis(from), millis(to)], |row| row.get(0))
}

/// Takes drafts away that were handed in before the first time or after the second.
///
/// # Errors
/// If the database cannot be written.
pub fn sweep(tx: &Transaction<'_>, (from, to): (Timestamp, Timestamp)) -> rusqlite::Result<()> {
    tx.execute(
        "DELETE FROM draft_record WHERE draft_id IN
         (SELECT id FROM draft WHERE handed_in_at < ?1 OR handed_in_at > ?2)",
        [millis(from), millis(to)],
    )?;
    tx.execute("DELETE FROM draft WHERE handed_in_at < ?1 OR handed_in_at > ?2", [millis(from), millis(to)])?;
    Ok(())
}

/// Forgets what was announced for a draft: something else is announced now, or nothing.
///
/// # Errors
/// If the database cannot be written.
pub fn begin_plan(tx: &Transaction<'_>, id: DraftId) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM draft_record WHERE draft_id = ?1", [id])?;
    tx.execute("UPDATE draft SET revision = revision + 1 WHERE id = ?1", [id])?;
    Ok(())
}

/// Keeps what is announced for a line.
///
/// # Errors
/// If the database cannot be written.
pub fn announce(tx: &Transaction<'_>, id: DraftId, line: &NewLine<'_>) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO draft_record (draft_id, line, first_name, last_name, email, username, status, message, is_namesake,
                                   is_left_out)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        id,
        line.line,
        line.cells[0],
        line.cells[1],
        line.cells[2],
        line.username,
        line.status,
        line.message,
        line.is_namesake,
        line.is_left_out
    ])?;
    Ok(())
}

/// Hands everything that was announced for a draft to `each`, in the order of the file, one line at a time.
///
/// # Errors
/// If the database cannot be read, or `each` fails.
pub fn for_each<E: From<rusqlite::Error>>(
    conn: &Connection,
    id: DraftId,
    mut each: impl FnMut(Planned) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = conn.prepare_cached(&format!("{PLANNED} WHERE draft_id = ?1 ORDER BY line"))?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        each(planned(row)?)?;
    }
    Ok(())
}

/// A page of what was announced for a draft, after the first `skip` lines.
///
/// # Errors
/// If the database cannot be read.
pub fn page(
    conn: &Connection,
    id: DraftId,
    which: Which,
    skip: u32,
    at_most: u32,
) -> rusqlite::Result<Vec<Planned>> {
    let (status, namesakes) = condition(which);
    let mut statement = conn.prepare_cached(&format!(
        "{PLANNED} WHERE draft_id = ?1 AND (?2 IS NULL OR status = ?2) AND (NOT ?3 OR is_namesake)
         ORDER BY line LIMIT ?4 OFFSET ?5"
    ))?;
    let rows = statement.query_map(params![id, status, namesakes, at_most, skip], planned)?;
    rows.collect()
}

/// How many lines of a draft would end how.
///
/// # Errors
/// If the database cannot be read.
pub fn counts(conn: &Connection, id: DraftId) -> rusqlite::Result<PlanCounts> {
    conn.query_row(
        "SELECT count(*) FILTER (WHERE status = 'created'), count(*) FILTER (WHERE status = 'skipped'),
                count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE is_namesake)
         FROM draft_record WHERE draft_id = ?1",
        [id],
        |row| {
            Ok(PlanCounts {
                created: row.get(0)?,
                skipped: row.get(1)?,
                failed: row.get(2)?,
                namesakes: row.get(3)?,
            })
        },
    )
}

fn condition(which: Which) -> (Option<RecordStatus>, bool) {
    match which {
        Which::All => (None, false),
        Which::Status(status) => (Some(status), false),
        Which::Namesakes => (None, true),
    }
}

const DRAFT: &str = "SELECT d.id, d.school_id, c.name, d.user_type, d.file_name, d.answers, d.chooses_password, d.handed_in_at,
            d.revision
     FROM draft d JOIN school c ON c.id = d.school_id
     WHERE d.handed_in_by = ?1 AND (?2 IS NULL OR d.school_id = ?2)";

fn draft(row: &Row<'_>) -> rusqlite::Result<Draft> {
    Ok(Draft {
        id: row.get(0)?,
        school: row.get(1)?,
        school_name: row.get(2)?,
        kind: row.get(3)?,
        file_name: row.get(4)?,
        answers: row.get(5)?,
        who_chooses: row.get(6)?,
        handed_in_at: row.get::<_, Millis>(7)?.0,
        revision: row.get(8)?,
    })
}

const PLANNED: &str = "SELECT line, first_name, last_name, email, username, status, message, is_namesake, is_left_out FROM draft_record";

fn planned(row: &Row<'_>) -> rusqlite::Result<Planned> {
    Ok(Planned {
        line: row.get(0)?,
        first_name: row.get(1)?,
        last_name: row.get(2)?,
        email: row.get(3)?,
        username: row.get(4)?,
        status: row.get(5)?,
        message: row.get(6)?,
        is_namesake: row.get(7)?,
        is_left_out: row.get(8)?,
    })
}
