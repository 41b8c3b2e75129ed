//! The district's one row.

use super::values::millis;
use crate::domain::Name;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// The district as it was set up.
#[derive(Clone, Debug)]
pub struct District {
    /// Its name.
    pub name: String,
    /// The IANA name of the time zone that its pages show dates in.
    pub time_zone: String,
    /// The most people in an upload.
    pub rows_per_file: u32,
}

/// The district; `None` if it is not set up yet.
///
/// # Errors
/// If the database cannot be read.
pub fn get(conn: &Connection) -> rusqlite::Result<Option<District>> {
    conn.query_row("SELECT name, time_zone, rows_per_file FROM district", [], |row| {
        Ok(District { name: row.get(0)?, time_zone: row.get(1)?, rows_per_file: row.get(2)? })
    })
    .optional()
}

/// Sets the district up. It can be done once.
///
/// # Errors
/// If the database cannot be written, or the district is set up.
pub fn insert(
    tx: &Transaction<'_>,
    name: &Name,
    time_zone: &str,
    rows_per_file: u32,
    now: Timestamp,
) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO district (id, name, time_zone, rows_per_file, set_up_at) VALUES (1, ?1, ?2, ?3, ?4)",
        params![name.as_str(), time_zone, rows_per_file, millis(now)],
    )?;
    Ok(())
}
