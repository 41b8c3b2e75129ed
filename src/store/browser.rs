//! The browsers that an account has signed in from.

use super::session::TokenHash;
use super::values::millis;
use crate::domain::AccountId;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

/// How many browsers of an account are remembered: the latest.
const MOST: u32 = 20;

/// Whether an account has signed in from a browser.
///
/// # Errors
/// If the database cannot be read.
pub fn is_known(conn: &Connection, token: &TokenHash, account: AccountId) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM browser WHERE token_hash = ?1 AND account_id = ?2)")?
        .query_row(params![token, account], |row| row.get(0))
}

/// Whether anybody has signed in from a browser: the token in it is one that was given.
///
/// # Errors
/// If the database cannot be read.
pub fn was_given(conn: &Connection, token: &TokenHash) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM browser WHERE token_hash = ?1)")?
        .query_row([token], |row| row.get(0))
}

/// Remembers that an account has signed in from a browser.
///
/// # Errors
/// If the database cannot be written.
pub fn remember(
    tx: &Transaction<'_>,
    token: &TokenHash,
    account: AccountId,
    now: Timestamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO browser (token_hash, account_id, seen_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (token_hash, account_id) DO UPDATE SET seen_at = excluded.seen_at",
    )?
    .execute(params![token, account, millis(now)])?;
    tx.prepare_cached(
        "DELETE FROM browser WHERE account_id = ?1 AND token_hash NOT IN
         (SELECT token_hash FROM browser WHERE account_id = ?1 ORDER BY seen_at DESC, token_hash = ?3 DESC LIMIT ?2)",
    )?
    .execute(params![account, MOST, token])?;
    Ok(())
}

/// Forgets every browser of an account.
///
/// # Errors
/// If the database cannot be written.
pub fn forget_all(tx: &Transaction<'_>, account: AccountId) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM browser WHERE account_id = ?1", [account])?;
    Ok(())
}
