//! Links to a new password. Of their secrets, the SHA-256 only.

use super::values::{Millis, millis};
use crate::domain::AccountId;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// What the database keeps of a link's secret.
pub type LinkHash = [u8; 32];

/// Gives an account a link; those it had before hold no longer.
///
/// # Errors
/// If the database cannot be written.
pub fn replace(
    tx: &Transaction<'_>,
    account: AccountId,
    link: &LinkHash,
    now: Timestamp,
) -> rusqlite::Result<()> {
    forget_all(tx, account)?;
    tx.execute(
        "INSERT INTO password_link (token_hash, account_id, made_at) VALUES (?1, ?2, ?3)",
        params![link, account, millis(now)],
    )?;
    Ok(())
}

/// Whose link it is and when it was made; `None` if there is no such link, or its account is suspended.
///
/// # Errors
/// If the database cannot be read.
pub fn get(conn: &Connection, link: &LinkHash) -> rusqlite::Result<Option<(AccountId, Timestamp)>> {
    conn.query_row(
        "SELECT l.account_id, l.made_at FROM password_link l JOIN account a ON a.id = l.account_id
         WHERE l.token_hash = ?1 AND a.suspended_at IS NULL",
        [link],
        |row| Ok((row.get(0)?, row.get::<_, Millis>(1)?.0)),
    )
    .optional()
}

/// Takes an account's links back.
///
/// # Errors
/// If the database cannot be written.
pub fn forget_all(tx: &Transaction<'_>, account: AccountId) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM password_link WHERE account_id = ?1", [account])?;
    Ok(())
}

/// Takes links back that were made before a time.
///
/// # Errors
/// If the database cannot be written.
pub fn sweep(tx: &Transaction<'_>, before: Timestamp) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM password_link WHERE made_at < ?1", [millis(before)])?;
    Ok(())
}
