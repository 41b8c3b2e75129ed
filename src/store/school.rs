//! Schools.

use super::values::{Millis, millis};
use crate::domain::{Name, SchoolId, Scope};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// A school and how many people it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    /// Its number.
    pub id: SchoolId,
    /// Its name.
    pub name: String,
    /// When it was added.
    pub added_at: Timestamp,
    /// Teachers.
    pub teachers: u32,
    /// Students.
    pub students: u32,
    /// Parents.
    pub parents: u32,
}

/// Adds a school.
///
/// # Errors
/// If the database cannot be written, or there is a school of this name.
pub fn insert(tx: &Transaction<'_>, name: &Name, now: Timestamp) -> rusqlite::Result<SchoolId> {
    tx.query_row(
        "INSERT INTO school (name, name_key, added_at) VALUES (?1, ?2, ?3) RETURNING id",
        params![name.as_str(), name.key(), millis(now)],
        |row| row.get(0),
    )
}

/// The school of this name, whatever its case.
///
/// # Errors
/// If the database cannot be read.
pub fn by_name(conn: &Connection, name: &Name) -> rusqlite::Result<Option<SchoolId>> {
    conn.query_row("SELECT id FROM school WHERE name_key = ?1", [name.key()], |row| row.get(0)).optional()
}

/// The name of a school.
///
/// # Errors
/// If the database cannot be read, or there is no such school.
pub fn name(conn: &Connection, id: SchoolId) -> rusqlite::Result<String> {
    conn.prepare_cached("SELECT name FROM school WHERE id = ?1")?.query_row([id], |row| row.get(0))
}

/// The names of the first few schools, in the order of the alphabet.
///
/// # Errors
/// If the database cannot be read.
pub fn names(conn: &Connection, at_most: u32) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT name FROM school ORDER BY name_key LIMIT ?1")?;
    let rows = statement.query_map([at_most], |row| row.get(0))?;
    rows.collect()
}

/// The schools of a scope, to choose one: their numbers and names, in the order of the alphabet.
///
/// # Errors
/// If the database cannot be read.
pub fn choices(conn: &Connection, scope: Scope) -> rusqlite::Result<Vec<(SchoolId, String)>> {
    let mut statement =
        conn.prepare_cached("SELECT id, name FROM school WHERE ?1 IS NULL OR id = ?1 ORDER BY name_key")?;
    let rows = statement.query_map([scope.school()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// The schools of a scope and how many people they have, in the order of the alphabet.
///
/// # Errors
/// If the database cannot be read.
pub fn list(conn: &Connection, scope: Scope) -> rusqlite::Result<Vec<School>> {
    let mut statement = conn.prepare_cached(&format!("{SCHOOL} ORDER BY c.name_key"))?;
    let rows = statement.query_map(params![scope.school(), None::<SchoolId>], school)?;
    rows.collect()
}

/// A school; `None` if there is none of this number in the scope.
///
/// # Errors
/// If the database cannot be read.
pub fn get(conn: &Connection, scope: Scope, id: SchoolId) -> rusqlite::Result<Option<School>> {
    conn.prepare_cached(SCHOOL)?.query_row(params![scope.school(), id], school).optional()
}

/// Renames a school. Says whether it could: the names are the district's, and out of reach in any other scope.
///
/// # Errors
/// If the database cannot be written, or another school has this name.
pub fn rename(tx: &Transaction<'_>, scope: Scope, id: SchoolId, name: &Name) -> rusqlite::Result<bool> {
    let changed = tx.execute(
        "UPDATE school SET name = ?3, name_key = ?4 WHERE id = ?2 AND ?1 IS NULL",
        params![scope.school(), id, name.as_str(), name.key()],
    )?;
    Ok(changed == 1)
}

const SCHOOL: &str = "SELECT c.id, c.name, c.added_at,
       coalesce(sum(h.people) FILTER (WHERE h.user_type = 'teacher'), 0),
       coalesce(sum(h.people) FILTER (WHERE h.user_type = 'student'), 0),
       coalesce(sum(h.people) FILTER (WHERE h.user_type = 'parent'), 0)
     FROM school c LEFT JOIN headcount h ON h.school_id = c.id
     WHERE (?1 IS NULL OR c.id = ?1) AND (?2 IS NULL OR c.id = ?2)
     GROUP BY c.id";

fn school(row: &Row<'_>) -> rusqlite::Result<School> {
    Ok(School {
        id: row.get(0)?,
        name: row.get(1)?,
        added_at: row.get::<_, Millis>(2)?.0,
        teachers: row.get(3)?,
        students: row.get(4)?,
        parents: row.get(5)?,
    })
}
