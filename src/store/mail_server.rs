//! The mail server that takes the district's letters: one row, or none.

use crate::domain::MailSecurity;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// A mail server, and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    /// Its name or number.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is kept from listeners.
    pub security: MailSecurity,
    /// The name that it knows us by; empty if it asks for none.
    pub username: String,
    /// The password to that name, sealed.
    pub sealed_password: Option<Vec<u8>>,
    /// The address that letters come from.
    pub sender: String,
}

/// The mail server; `None` before somebody has named one.
///
/// # Errors
/// If the database cannot be read.
pub fn get(conn: &Connection) -> rusqlite::Result<Option<MailServer>> {
    conn.prepare_cached("SELECT host, port, security, username, sealed_password, sender FROM mail_server")?
        .query_row([], |row| {
            Ok(MailServer {
                host: row.get(0)?,
                port: row.get(1)?,
                security: row.get(2)?,
                username: row.get(3)?,
                sealed_password: row.get(4)?,
                sender: row.get(5)?,
            })
        })
        .optional()
}

/// Takes the mail server away: letters wait from now on.
///
/// # Errors
/// If the database cannot be written.
pub fn remove(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM mail_server", [])?;
    Ok(())
}

/// Names the mail server, or another one.
///
/// # Errors
/// If the database cannot be written.
pub fn put(tx: &Transaction<'_>, server: &MailServer) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT OR REPLACE INTO mail_server (id, host, port, security, username, sealed_password, sender)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            server.host,
            server.port,
            server.security,
            server.username,
            server.sealed_password,
            server.sender
        ],
    )?;
    Ok(())
}
