//! The audit log: who did what to whom, and when. It is added to; an entry goes when it is past its time, and a name
//! when its account is removed.

use super::values::{Millis, millis};
use crate::domain::{AccountId, Deed, Scope};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// Whom or what a deed concerns.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    /// A person.
    Account(AccountId),
    /// A school, a file, the district: by its name.
    Named(&'a str),
    /// Nothing beside whoever did it.
    Nothing,
}

/// What is to be written down. People are written as they are called at this moment.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// Who did it; `None` for the server's command line.
    pub by: Option<AccountId>,
    /// What was done.
    pub deed: Deed,
    /// To whom or what.
    pub about: About<'a>,
    /// What else there is to say. Never a secret.
    pub details: &'a str,
}

/// An entry of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When it was done.
    pub at: Timestamp,
    /// Who did it, as they were called then: name and username.
    pub by: String,
    /// What was done.
    pub deed: Deed,
    /// The account that it concerns, if it concerns one that is there.
    pub about_account: Option<AccountId>,
    /// Whom or what it concerns, as it was called then; may be empty.
    pub about: String,
    /// What else there is to say; may be empty.
    pub details: String,
}

/// Writes an entry.
///
/// # Errors
/// If the database cannot be written.
pub fn insert(tx: &Transaction<'_>, new: &NewEntry<'_>, now: Timestamp) -> rusqlite::Result<()> {
    let (account, named) = match new.about {
        About::Account(account) => (Some(account), ""),
        About::Named(name) => (None, name),
        About::Nothing => (None, ""),
    };
    tx.prepare_cached(
        "INSERT INTO audit (at, by_account, by_name, deed, about_account, about, details)
         VALUES (?1, ?2,
                 coalesce((SELECT first_name || ' ' || last_name || ' (' || username || ')'
                           FROM account WHERE id = ?2), 'a removed account (no. ' || ?2 || ')', 'the command line'),
                 ?3, ?4,
                 coalesce((SELECT first_name || ' ' || last_name || ' (' || username || ')'
                           FROM account WHERE id = ?4), 'a removed account (no. ' || ?4 || ')', ?5),
                 ?6)",
    )?
    .execute(params![millis(now), new.by, new.deed, account, named, new.details])?;
    Ok(())
}

/// The newest entries, after the first `skip`. The log is the district's: in any other scope it is empty.
///
/// # Errors
/// If the database cannot be read.
pub fn list(conn: &Connection, scope: Scope, skip: u32, at_most: u32) -> rusqlite::Result<Vec<Entry>> {
    let mut statement = conn.prepare_cached(
        // Entries are numbered without gaps, so a page is found by its numbers, and nothing before it is passed over.
        "SELECT at, by_name, deed, (SELECT id FROM account WHERE id = about_account), about, details FROM audit
         WHERE ?1 IS NULL AND id <= (SELECT max(id) FROM audit) - ?2 AND id > (SELECT max(id) FROM audit) - ?2 - ?3
         ORDER BY id DESC",
    )?;
    let rows = statement.query_map(params![scope.school(), skip, at_most], entry)?;
    rows.collect()
}

/// How many entries there are. In any other scope than the district's there are none.
///
/// # Errors
/// If the database cannot be read.
pub fn count(conn: &Connection, scope: Scope) -> rusqlite::Result<u32> {
    conn.query_row(
        "SELECT iif(?1 IS NULL, coalesce((SELECT max(id) FROM audit) - (SELECT min(id) FROM audit) + 1, 0), 0)",
        [scope.school()],
        |row| row.get(0),
    )
}

/// How often somebody did something since a time.
///
/// # Errors
/// If the database cannot be read.
pub fn how_often(conn: &Connection, by: AccountId, deed: Deed, since: Timestamp) -> rusqlite::Result<u32> {
    conn.query_row(
        "SELECT count(*) FROM audit WHERE by_account = ?1 AND at > ?2 AND deed = ?3",
        params![by, millis(since), deed],
        |row| row.get(0),
    )
}

/// What else was said of the last time that somebody did something, of those where that ends so.
///
/// # Errors
/// If the database cannot be read.
pub fn details_ending(
    conn: &Connection,
    by: AccountId,
    deed: Deed,
    ending: &str,
) -> rusqlite::Result<Option<String>> {
    conn.query_row(
        "SELECT details FROM audit WHERE by_account = ?1 AND deed = ?2 AND substr(details, -length(?3)) = ?3
         ORDER BY at DESC LIMIT 1",
        params![by, deed, ending],
        |row| row.get(0),
    )
    .optional()
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        at: row.get::<_, Millis>(0)?.0,
        by: row.get(1)?,
        deed: row.get(2)?,
        about_account: row.get(3)?,
        about: row.get(4)?,
        details: row.get(5)?,
    })
}
