//! Schools.

use super::values::millis;
use crate::domain::{Name, SchoolId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

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
