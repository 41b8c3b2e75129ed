//! The guesses that are remembered, each name's under a mark.

use super::values::{Millis, millis};
use crate::domain::Guesses;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// What stands for a login name.
pub type Mark = [u8; 32];

/// The guesses under a mark, as they were written; `None` if there were none.
///
/// # Errors
/// If the database cannot be read.
pub fn get(conn: &Connection, mark: &Mark) -> rusqlite::Result<Option<Guesses>> {
    conn.prepare_cached("SELECT today, day_began_at, failures, last_at FROM throttle WHERE mark = ?1")?
        .query_row([mark], |row| {
            Ok(Guesses {
                today: row.get(0)?,
                day_began_at: row.get::<_, Millis>(1)?.0,
                failures: row.get(2)?,
                last_at: row.get::<_, Millis>(3)?.0,
            })
        })
        .optional()
}

/// Writes the guesses under a mark; forgets them if there is nothing to remember.
///
/// # Errors
/// If the database cannot be written.
pub fn put(tx: &Transaction<'_>, mark: &Mark, guesses: &Guesses) -> rusqlite::Result<()> {
    if guesses.is_nothing() {
        tx.prepare_cached("DELETE FROM throttle WHERE mark = ?1")?.execute([mark])?;
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT OR REPLACE INTO throttle (mark, today, day_began_at, failures, last_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        mark,
        guesses.today,
        millis(guesses.day_began_at),
        guesses.failures,
        millis(guesses.last_at)
    ])?;
    Ok(())
}

/// Forgets the guesses of some names if there are more than so many: those with the fewest wrong ones, and of them the oldest, until
/// nine tenths are left. Whoever makes names up to have others forgotten has to guess as often at each of them.
///
/// # Errors
/// If the database cannot be written.
pub fn keep_at_most(tx: &Transaction<'_>, names: u32) -> rusqlite::Result<()> {
    let there: u32 = tx.prepare_cached("SELECT count(*) FROM throttle")?.query_row([], |row| row.get(0))?;
    if there > names {
        tx.execute(
            "DELETE FROM throttle WHERE mark IN (SELECT mark FROM throttle ORDER BY failures, last_at LIMIT ?1)",
            [there - names / 10 * 9],
        )?;
    }
    Ok(())
}

/// Forgets every guess from before the first time or after the second.
///
/// # Errors
/// If the database cannot be written.
pub fn sweep(tx: &Transaction<'_>, (from, to): (Timestamp, Timestamp)) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM throttle WHERE last_at <= ?1 OR last_at > ?2")?
        .execute(params![millis(from), millis(to)])?;
    Ok(())
}
