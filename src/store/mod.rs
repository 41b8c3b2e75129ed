//! All SQL, one file a table: free functions that take a connection or a transaction.
//!
//! Here nothing is decided and no transaction is begun: that is for actions, which call this room, and for the web,
//! which reads from it. A row that breaks the schema's own rules reads as an error, never as a guess.

pub mod account;
pub mod audit;
pub mod browser;
pub mod card;
mod closed;
pub mod district;
pub mod draft;
pub mod health;
pub mod job;
pub mod letter;
pub mod listing;
pub mod mail_server;
pub mod member;
pub mod mend;
mod migrations;
mod open;
pub mod password_link;
pub mod past;
pub mod record;
pub mod removal;
pub mod restore;
pub mod school;
pub mod scrub;
pub mod session;
pub mod snapshots;
pub mod throttle;
pub mod undo;
pub mod upload;
mod values;

pub use open::{Opened, changes_by_others, close, make, make_room, open, settle_down};
pub use rusqlite::{Connection, Error as DatabaseError, Transaction};
pub use snapshots::snapshot;

use rusqlite::TransactionBehavior;

/// Begins a transaction that reads: all that is read in it is of one moment, and it is quicker than to lock and unlock the
/// database for every question. Nobody waits for it.
///
/// # Errors
/// If a transaction is open already.
pub fn reading(conn: &Connection) -> rusqlite::Result<Transaction<'_>> {
    conn.unchecked_transaction()
}

/// Begins a transaction that writes. It waits its turn now, so that it cannot fail half-way for want of it.
///
/// # Errors
/// If the database cannot be written, or its turn does not come.
pub fn begin(conn: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    conn.transaction_with_behavior(TransactionBehavior::Immediate)
}
