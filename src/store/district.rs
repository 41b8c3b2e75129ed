//! The district's one row.

use super::values::{Millis, millis};
use crate::domain::kept::Look;
use crate::domain::{Address, Kept, Name, Scope};
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
    /// The fingerprint of the key that belongs to the database.
    pub key_fingerprint: String,
    /// Whether a student with a generated password must choose one at the first sign-in.
    pub students_choose_password: bool,
    /// Where browsers find Firstbell, if somebody has said so.
    pub address: Option<String>,
    /// How long things are kept.
    pub kept: Kept,
}

/// What a district's administrators can change of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub name: Name,
    /// The IANA name of a time zone.
    pub time_zone: String,
    /// The most people in an upload; one at least.
    pub rows_per_file: u32,
    /// Whether a student with a generated password must choose one at the first sign-in.
    pub students_choose_password: bool,
    /// Where browsers find Firstbell.
    pub address: Option<Address>,
}

/// The district; `None` if it is not set up yet.
///
/// # Errors
/// If the database cannot be read.
pub fn get(conn: &Connection) -> rusqlite::Result<Option<District>> {
    conn.prepare_cached(
        "SELECT name, time_zone, rows_per_file, key_fingerprint, students_choose_password, address, letters_kept,
                results_kept, audit_kept, session_hours FROM district",
    )?
    .query_row(
        [],
        |row| {
            Ok(District {
                name: row.get(0)?,
                time_zone: row.get(1)?,
                rows_per_file: row.get(2)?,
                key_fingerprint: row.get(3)?,
                students_choose_password: row.get(4)?,
                address: row.get(5)?,
                kept: Kept {
                    letters: row.get(6)?,
                    results: row.get(7)?,
                    audit: row.get(8)?,
                    session_hours: row.get(9)?,
                },
            })
        },
    )
    .optional()
}

/// The fingerprint of the key that belongs to a database of any version; `None` if no district is set up in it.
///
/// # Errors
/// If the database cannot be read.
pub fn key_fingerprint(conn: &Connection) -> rusqlite::Result<Option<String>> {
    conn.query_row("SELECT key_fingerprint FROM district", [], |row| row.get(0)).optional()
}

/// The district's name, of a database of any version; `None` before it is set up.
///
/// # Errors
/// If the database cannot be read.
pub fn name(conn: &Connection) -> rusqlite::Result<Option<String>> {
    conn.query_row("SELECT name FROM district", [], |row| row.get(0)).optional()
}

/// Whether students choose a password in place of a generated one, where nobody has said anything else.
///
/// # Errors
/// If the database cannot be read, or there is no district.
pub fn students_choose(conn: &Connection) -> rusqlite::Result<bool> {
    conn.query_row("SELECT students_choose_password FROM district", [], |row| row.get(0))
}

/// The IANA name of the district's time zone; `UTC` before there is a district.
///
/// # Errors
/// If the database cannot be read.
pub fn time_zone(conn: &Connection) -> rusqlite::Result<String> {
    Ok(get(conn)?.map_or_else(|| "UTC".to_owned(), |district| district.time_zone))
}

/// Sets the district up. It can be done once.
///
/// # Errors
/// If the database cannot be written, or the district is set up.
pub fn insert(tx: &Transaction<'_>, district: &District, now: Timestamp) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO district (id, name, time_zone, rows_per_file, key_fingerprint, set_up_at, students_choose_password,
                               address, letters_kept, results_kept, audit_kept, session_hours, looked_at,
                               looked_as_of)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?5, ?5)",
        params![
            district.name,
            district.time_zone,
            district.rows_per_file,
            district.key_fingerprint,
            millis(now),
            district.students_choose_password,
            district.address,
            district.kept.letters,
            district.kept.results,
            district.kept.audit,
            district.kept.session_hours
        ],
    )?;
    Ok(())
}

/// Says that another key belongs to the database from now on.
///
/// # Errors
/// If the database cannot be written.
pub fn set_key_fingerprint(tx: &Transaction<'_>, fingerprint: &str) -> rusqlite::Result<()> {
    tx.execute("UPDATE district SET key_fingerprint = ?1", [fingerprint])?;
    Ok(())
}

/// Changes the settings. Says whether it could: they are the district's, and out of reach in any other scope.
///
/// # Errors
/// If the database cannot be written.
pub fn update(tx: &Transaction<'_>, scope: Scope, new: &Settings) -> rusqlite::Result<bool> {
    let changed = tx.execute(
        "UPDATE district SET name = ?2, time_zone = ?3, rows_per_file = ?4, students_choose_password = ?5,
                             address = ?6
         WHERE ?1 IS NULL",
        params![
            scope.school(),
            new.name.as_str(),
            new.time_zone,
            new.rows_per_file,
            new.students_choose_password,
            new.address.as_ref().map(Address::as_str)
        ],
    )?;
    Ok(changed == 1)
}

/// Changes how long things are kept. Says whether it could, as [`update`] does.
///
/// # Errors
/// If the database cannot be written.
pub fn set_kept(tx: &Transaction<'_>, scope: Scope, kept: &Kept) -> rusqlite::Result<bool> {
    let changed = tx.execute(
        "UPDATE district SET letters_kept = ?2, results_kept = ?3, audit_kept = ?4, session_hours = ?5
         WHERE ?1 IS NULL",
        params![scope.school(), kept.letters, kept.results, kept.audit, kept.session_hours],
    )?;
    Ok(changed == 1)
}

/// For how many hours everybody stays signed in.
///
/// # Errors
/// If the database cannot be read, or there is no district.
pub fn session_hours(conn: &Connection) -> rusqlite::Result<u8> {
    conn.prepare_cached("SELECT session_hours FROM district")?.query_row([], |row| row.get(0))
}

/// The last look at what is past its time; `None` if there was none, or there is no district.
///
/// # Errors
/// If the database cannot be read.
pub fn last_look(conn: &Connection) -> rusqlite::Result<Option<Look>> {
    let looked = conn
        .prepare_cached("SELECT looked_at, looked_as_of FROM district")?
        .query_row([], |row| Ok((row.get::<_, Option<Millis>>(0)?, row.get::<_, Option<Millis>>(1)?)))
        .optional()?;
    Ok(looked.and_then(|(at, as_of)| Some(Look { at: at?.0, as_of: as_of?.0 })))
}

/// Notes a look at what is past its time.
///
/// # Errors
/// If the database cannot be written.
pub fn note_look(tx: &Transaction<'_>, look: Look) -> rusqlite::Result<()> {
    tx.execute(
        "UPDATE district SET looked_at = ?1, looked_as_of = ?2",
        [millis(look.at), millis(look.as_of)],
    )?;
    Ok(())
}
