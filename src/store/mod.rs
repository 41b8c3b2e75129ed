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
mod turn;
pub mod undo;
pub mod upload;
mod values;

pub use open::{Opened, changes_by_others, close, district_in, make, make_room, open, settle_down};
pub use rusqlite::{Connection, Error as DatabaseError, Transaction};
pub use snapshots::snapshot;

use open::PATIENCE;
use rusqlite::TransactionBehavior;
use rusqlite::ffi;
use std::ops::Deref;
use turn::Turn;

/// A transaction that writes, and its turn, which ends with it. Undone if it is dropped before it is committed.
pub struct Writing<'c> {
    // Its fields are dropped in this order.
    tx: Transaction<'c>,
    turn: Turn,
}

impl Writing<'_> {
    /// Whether somebody else of this process waits to write. What can be done in pieces ends its piece then.
    pub fn others_wait(&self) -> bool {
        self.turn.others_wait()
    }

    /// Makes all of it true, for good.
    ///
    /// # Errors
    /// If the disk did not take it: nothing of it is true then.
    pub fn commit(self) -> rusqlite::Result<()> {
        let Writing { tx, turn } = self;
        let committed = tx.commit();
        drop(turn);
        committed
    }
}

impl<'c> Deref for Writing<'c> {
    type Target = Transaction<'c>;

    fn deref(&self) -> &Transaction<'c> {
        &self.tx
    }
}

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
pub fn begin(conn: &mut Connection) -> rusqlite::Result<Writing<'_>> {
    let turn = Turn::wait(conn.path().unwrap_or_default(), PATIENCE).ok_or_else(busy)?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    Ok(Writing { tx, turn })
}

/// As SQLite says it of a turn that did not come.
fn busy() -> DatabaseError {
    DatabaseError::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None)
}
