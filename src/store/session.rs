//! Sessions: who is signed in, in which face, and what a page needs to know of them.

use super::values::{Millis, millis};
use crate::domain::{AccountId, Admin, Administers, Face, SchoolId, Scope, UserType};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// The SHA-256 of a token.
pub type TokenHash = [u8; 32];

/// A session as it begins.
pub struct NewSession {
    /// Whose it is.
    pub account: AccountId,
    /// In which face.
    pub face: Face,
    /// Whether the password that was typed was chosen, and is long enough for an administrator.
    pub password_is_long: bool,
    /// When its owner signed in. A token that is renewed keeps it.
    pub signed_in_at: Timestamp,
}

/// A session, live or not.
#[derive(Clone, Debug)]
pub struct Session {
    /// When its owner signed in.
    pub signed_in_at: Timestamp,
    /// When they were last seen, to the minute.
    pub seen_at: Timestamp,
    /// Whether the password that they signed in with is long enough for an administrator.
    pub password_is_long: bool,
    /// For how many hours everybody stays signed in.
    pub hours: u8,
    /// Who they are.
    pub person: Person,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their account.
    pub account: AccountId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Username.
    pub username: String,
    /// Email, as typed.
    pub email: Option<String>,
    /// What kind of person.
    pub kind: UserType,
    /// Their school.
    pub school: SchoolId,
    /// Its name.
    pub school_name: String,
    /// What they may administer, in whatever face they are.
    pub administers: Option<Administers>,
    /// In which face they are.
    pub face: Face,
    /// Whether their password is still the generated one.
    pub has_generated_password: bool,
    /// Whether they must choose a password before anything else.
    pub must_choose_password: bool,
}

impl Person {
    /// The administrator that they are now; `None` in the face that is their own.
    #[must_use]
    pub fn admin(&self) -> Option<Admin> {
        let right = self.administers.filter(|_| self.face == Face::Admin)?;
        Some(Admin { account: self.account, scope: Scope::of(right, self.school) })
    }
}

/// Begins a session.
///
/// # Errors
/// If the database cannot be written.
pub fn insert(
    tx: &Transaction<'_>,
    token: &TokenHash,
    new: &NewSession,
    now: Timestamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO session (token_hash, account_id, face, password_is_long, signed_in_at, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        token,
        new.account,
        new.face,
        new.password_is_long,
        millis(new.signed_in_at),
        millis(now)
    ])?;
    Ok(())
}

/// The session of a token, live or not. There is none of a suspended account.
///
/// # Errors
/// If the database cannot be read.
pub fn get(conn: &Connection, token: &TokenHash) -> rusqlite::Result<Option<Session>> {
    conn.prepare_cached(
        "SELECT s.signed_in_at, s.seen_at, s.password_is_long, s.face,
                a.id, a.first_name, a.last_name, a.username, a.email, a.user_type, a.school_id, a.administers,
                c.name, a.generation IS NOT NULL, a.chooses_password, (SELECT session_hours FROM district)
         FROM session s JOIN account a ON a.id = s.account_id JOIN school c ON c.id = a.school_id
         WHERE s.token_hash = ?1 AND a.suspended_at IS NULL",
    )?
    .query_row([token], session)
    .optional()
}

/// Notes that the owner of a session was seen.
///
/// # Errors
/// If the database cannot be written.
pub fn touch(tx: &Transaction<'_>, token: &TokenHash, now: Timestamp) -> rusqlite::Result<()> {
    tx.execute("UPDATE session SET seen_at = ?2 WHERE token_hash = ?1", params![token, millis(now)])?;
    Ok(())
}

/// Notes that the owner of a session has just given the password once more.
///
/// # Errors
/// If the database cannot be written.
pub fn note_proof(tx: &Transaction<'_>, token: &TokenHash, now: Timestamp) -> rusqlite::Result<()> {
    tx.execute("UPDATE session SET proven_at = ?2 WHERE token_hash = ?1", params![token, millis(now)])?;
    Ok(())
}

/// When the owner of a session has last given the password once more.
///
/// # Errors
/// If the database cannot be read.
pub fn proven_at(conn: &Connection, token: &TokenHash) -> rusqlite::Result<Option<Timestamp>> {
    let mut statement = conn.prepare_cached("SELECT proven_at FROM session WHERE token_hash = ?1")?;
    let found = statement.query_row([token], |row| row.get::<_, Option<Millis>>(0)).optional()?;
    Ok(found.flatten().map(|time| time.0))
}

/// Ends a session.
///
/// # Errors
/// If the database cannot be written.
pub fn end(tx: &Transaction<'_>, token: &TokenHash) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM session WHERE token_hash = ?1")?.execute([token])?;
    Ok(())
}

/// Ends every session of an account.
///
/// # Errors
/// If the database cannot be written.
pub fn end_all(tx: &Transaction<'_>, account: AccountId) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM session WHERE account_id = ?1", [account])?;
    Ok(())
}

/// Ends every session that began before the first time or after the second.
///
/// # Errors
/// If the database cannot be written.
pub fn sweep(tx: &Transaction<'_>, (from, to): (Timestamp, Timestamp)) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM session WHERE signed_in_at <= ?1 OR signed_in_at > ?2")?
        .execute(params![millis(from), millis(to)])?;
    Ok(())
}

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        signed_in_at: row.get::<_, Millis>(0)?.0,
        seen_at: row.get::<_, Millis>(1)?.0,
        password_is_long: row.get(2)?,
        hours: row.get(15)?,
        person: Person {
            face: row.get(3)?,
            account: row.get(4)?,
            first_name: row.get(5)?,
            last_name: row.get(6)?,
            username: row.get(7)?,
            email: row.get(8)?,
            kind: row.get(9)?,
            school: row.get(10)?,
            administers: row.get(11)?,
            school_name: row.get(12)?,
            has_generated_password: row.get(13)?,
            must_choose_password: row.get(14)?,
        },
    })
}
