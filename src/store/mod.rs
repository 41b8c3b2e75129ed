//! All SQL, one file a table: free functions that take a connection or a transaction.
//!
//! Here nothing is decided and no transaction is begun: that is for actions, which call this room, and for the web,
//! which reads from it. A row that breaks the schema's own rules reads as an error, never as a guess.

pub mod account;
pub mod audit;
pub mod browser;
pub mod card;
mod closed;
pub mod cure;
pub mod district;
pub mod draft;
pub mod health;
pub mod job;
mod last_write;
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

pub use last_write::can_write;
pub use open::{Opened, changes_by_others, close, district_in, make, make_room, open, settle_down};
pub use rusqlite::{Connection, Error as DatabaseError, Transaction};
pub use snapshots::snapshot;

use open::PATIENCE;
use rusqlite::TransactionBehavior;
use rusqlite::ffi;
use std::ops::Deref;
use std::time::Duration;
use turn::Turn;

/// A transaction that writes, and its turn, which ends with it. Undone if it is dropped before it is committed.
pub struct Writing<'c> {
    // Its fields are dropped in this order.
    tx: Transaction<'c>,
    turn: Turn,
    /// How many rows its connection had changed before.
    changed_before: u64,
    is_committed: bool,
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
    pub fn commit(mut self) -> rusqlite::Result<()> {
        let committed = self.tx.execute_batch("COMMIT");
        self.is_committed = committed.is_ok();
        match committed {
            Err(_) => last_write::failed(self.turn.path()),
            // One that changed nothing has written nothing.
            Ok(()) if self.tx.total_changes() > self.changed_before => {
                last_write::succeeded(self.turn.path());
            }
            Ok(()) => {}
        }
        committed
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        // Who refuses something has it ended here. That SQLite has ended it already means that the disk did not take what
        // memory has no room for.
        if !self.is_committed && self.tx.is_autocommit() {
            last_write::failed(self.turn.path());
        }
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
    begin_within(conn, PATIENCE)
}

/// The same for a turn that has to come within this time.
fn begin_within(conn: &mut Connection, patience: Duration) -> rusqlite::Result<Writing<'_>> {
    let path = conn.path().unwrap_or_default();
    let Some(turn) = Turn::wait(path, patience) else {
        last_write::failed(path);
        return Err(busy());
    };
    let changed_before = conn.total_changes();
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .inspect_err(|_| last_write::failed(turn.path()))?;
    Ok(Writing { tx, turn, changed_before, is_committed: false })
}

/// As SQLite says it of a turn that did not come.
fn busy() -> DatabaseError {
    DatabaseError::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None)
}
