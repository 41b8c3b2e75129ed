//! Noting that somebody asked for what is not theirs.

use crate::domain::{AccountId, Deed};
use crate::problem::Problem;
use crate::store::audit::{self, About, NewEntry};
use crate::store::{self, Connection};
use jiff::{SignedDuration, Timestamp};

/// So many refusals of one person are noted a day: enough to be noticed, and the log cannot be filled with them.
const A_DAY: u32 = 200;
/// How much of what was asked for is noted, in characters.
const LONGEST: usize = 200;

/// Notes that somebody who is signed in was refused. `asked` says what: a method and an address, no more.
///
/// # Errors
/// If the database cannot be written.
pub fn note_refusal(
    conn: &mut Connection,
    by: AccountId,
    asked: &str,
    now: Timestamp,
) -> Result<(), Problem> {
    let yesterday = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
    let tx = store::begin(conn)?;
    if audit::how_often(&tx, by, Deed::WasRefused, yesterday)? < A_DAY {
        let asked: String = asked.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        let about = About::Named(&asked);
        let entry = NewEntry { by: Some(by), deed: Deed::WasRefused, about, details: "" };
        audit::insert(&tx, &entry, now)?;
        tx.commit()?;
    }
    Ok(())
}
